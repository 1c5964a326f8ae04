from __future__ import annotations

from itertools import islice

from muster.backends.discover import all_backends
from muster.backends.tables import Catalogue
from muster.runtime.compilation import to_rule
from muster.runtime.demo import DEMO_AS_OF, demo_audiences, generate
from muster.runtime.evaluation import evaluate
from muster.runtime.messages import fold


def test_the_same_seed_gives_the_same_messages_and_more_people_never_change_the_first() -> None:
    first = list(generate(20, seed=3))

    assert first == list(islice(generate(40, seed=3), len(first)))
    assert first != list(generate(20, seed=4))


def test_another_clock_moves_every_message_by_as_much() -> None:
    def times(as_of: str) -> list[int]:
        return [event.ts for event in fold(generate(30, 1, as_of)).events]

    day = 86_400_000_000
    assert [later - day for later in times("2024-06-16T12:00:00+00:00")] == times(DEMO_AS_OF)


def test_every_message_is_accepted_and_nothing_is_in_the_future_of_its_people() -> None:
    folded = fold(generate(100, seed=1))

    assert folded.rejects == ()
    assert len(folded.events) > 500
    assert {profile.is_anonymous for profile in folded.profiles} == {True, False}


def test_every_audience_is_somebody_and_not_everybody_on_every_engine() -> None:
    folded = fold(generate(400, seed=1))
    catalogue = Catalogue()
    catalogue.observe_profiles(folded.profiles)
    catalogue.observe_events(folded.events)
    rules = {name: to_rule(text) for name, text in demo_audiences().items()}
    found: list[dict[str, int]] = []
    for backend in all_backends():
        engine = backend.connect("", catalogue.schema())
        engine.load(folded.profiles, folded.events)
        found.append(
            {name: evaluate(rule, engine, as_of=DEMO_AS_OF, audiences=rules).count() for name, rule in rules.items()}
        )
        engine.close()

    assert all(counts == found[0] for counts in found)
    assert all(0 < count < len(folded.profiles) for count in found[0].values())
