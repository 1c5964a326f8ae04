"""Files of rule tests: what they hold becomes people, events and tests, and what is wrong has a line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from muster.api.test_file import read_test_file
from muster.runtime.clock import to_clock
from muster.runtime.errors import InputError
from muster.runtime.rule_tests import Expected

NOW = to_clock("2024-03-31T12:00+02:00", "Europe/Berlin").as_of
DAY = 86_400_000_000
WHOLE = """\
now: 2024-03-31T12:00
timezone: Europe/Berlin
people:
  "1":
    traits: {plan: pro, amount: 1.10}
    created_at: 2024-01-01
    events:
      - {event: buy, at: 2 days ago, properties: {usd: 0.1}}
      - {event: buy, at: 1 month ago}
      - {event: see, at: now}
      - {event: see, at: 2024-03-31T03:00Z}
  eve:
  ghost: {anonymous: true}
tests:
  - rule: plan = "pro"
    members: [1]
  - {name: later, rule: {trait: plan, op: eq, value: pro}, now: 2024-04-01, count: 1, params: {a: 1}}
  - {rule: everyone, includes: [eve], excludes: [ghost]}
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.muster.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_people_events_and_times_are_read(tmp_path: Path) -> None:
    read = read_test_file(written(tmp_path, WHOLE))
    one, eve, ghost = read.people

    assert read.name == "some"
    assert (one.external_id, one.traits) == ("1", {"plan": "pro", "amount": Decimal("1.10")})
    assert one.created_at == to_clock("2024-01-01", "Europe/Berlin").as_of
    assert [event.ts for event in read.events] == [
        NOW - 2 * DAY,
        to_clock("2024-02-29T12:00", "Europe/Berlin").as_of,  # the last day of the month before
        NOW,
        to_clock("2024-03-31T03:00Z").as_of,
    ]
    assert (one.first_seen, one.last_seen) == (min(e.ts for e in read.events), NOW)
    assert [event.mid for event in read.events] == ["000000", "000001", "000002", "000003"]
    assert read.events[0].properties == {"usd": Decimal("0.1")}
    assert (eve.traits, eve.first_seen, ghost.is_anonymous) == ({}, None, True)


def test_tests_are_read_with_their_lines(tmp_path: Path) -> None:
    path = written(tmp_path, WHOLE)
    first, second, third = read_test_file(path).tests

    assert (first.name, first.place) == ('plan = "pro"', f"{path}:15")
    assert first.expected == Expected(members=("1",))
    assert first.clock.as_of == NOW
    assert (second.name, second.params, second.expected.count) == ("later", {"a": 1}, 1)
    assert second.clock == to_clock("2024-04-01", "Europe/Berlin")
    assert third.expected == Expected(includes=("eve",), excludes=("ghost",))


def test_audiences_come_from_files_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.muster").write_text('audience vip: plan = "pro"; audience all_of_them: everyone;', encoding="utf-8")
    text = "now: 2024-01-01\naudiences: [a.muster]\npeople: {u: }\ntests: [{audience: vip, members: []}]"
    read = read_test_file(written(tmp_path, text))

    assert sorted(read.audiences) == ["all_of_them", "vip"]
    assert (read.tests[0].name, read.tests[0].audience) == ("vip", "vip")
    assert read.tests[0].rule == read.audiences["vip"]


HEAD = "now: 2024-01-01\npeople: {ann: , bob: }\n"
ANN = "now: 2024-01-01\ntests: [{rule: everyone, count: 1}]\npeople:\n  ann:\n    "


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "A mapping of keys to values is expected; null was found"),
        ("[1]", 1, "A mapping of keys to values is expected; a list was found"),
        ("now: 2024-01-01\ntests: [{rule: everyone, count: 1}]", 1, 'The key "people" is missing'),
        (HEAD + "tests: []", 3, "tests: A list of at least one test is expected; an empty list was found"),
        (
            HEAD + "test: []\ntests: [{rule: everyone, count: 1}]",
            3,
            'test: "test" is no key here. Did you mean "tests"?',
        ),
        (HEAD + "tests:\n- rule: everyone\n  member: [ann]", 5, 'tests[0].member: "member" is no key here'),
        (HEAD + "tests:\n- rule: everyone", 4, "tests[0]: Nothing is expected"),
        (HEAD + "tests:\n- members: []", 4, 'tests[0]: A test has either a "rule" or the name of an "audience"'),
        (HEAD + "tests:\n- rule: everyone\n  members: [anne]", 5, 'Nobody here is called "anne". Did you mean "ann"?'),
        (HEAD + "tests:\n- rule: everyone\n  excludes: [x]", 5, 'Nobody here is called "x". Known: ann, bob.'),
        (
            HEAD + "tests:\n- rule: everyone\n  count: -1",
            5,
            "tests[0].count: A number of 0 or more is expected; the number -1 was found",
        ),
        (HEAD + "tests:\n- rule: 5\n  count: 1", 4, "tests[0].rule: A text is expected; the number 5 was found"),
        (HEAD + "tests:\n- audience: vip\n  count: 1", 4, 'No audience is called "vip": name the file'),
        (HEAD + "tests:\n- rule: everyone\n  count: 1\n  now: soon", 6, 'tests[0].now: "soon" is no time'),
        ("now: 1\npeople: {}\ntests: []", 1, "now: A text is expected; the number 1 was found"),
        (
            ANN + "events:\n    - {event: buy, at: yesterday}",
            6,
            'people.ann.events[0].at: "yesterday" is no time',
        ),
        (
            ANN + "event: []",
            5,
            'people.ann.event: "event" is no key here. Did you mean "events"?',
        ),
        (
            ANN + "events:\n    - {evnt: buy, at: now}",
            6,
            'people.ann.events[0]: The key "event" is missing',
        ),
        (HEAD + "audiences: gone.muster\ntests: [{rule: everyone, count: 1}]", 3, "gone.muster"),
        (HEAD + "timezone: Mars\ntests: [{rule: everyone, count: 1}]", 3, 'timezone: "Mars" is not a time zone'),
        ("a: 1\na: 2", 2, "second time"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as wrong:
        read_test_file(path)

    assert str(wrong.value).startswith(f"{path}:{line}: ")
    assert words in str(wrong.value)


@pytest.mark.parametrize(
    ("content", "words"), [("plan = ", "is wrong: "), ('plan = "pro"', "holds one rule and no named audiences")]
)
def test_a_file_of_audiences_that_is_wrong_is_told(tmp_path: Path, content: str, words: str) -> None:
    (tmp_path / "a.muster").write_text(content, encoding="utf-8")
    path = written(tmp_path, HEAD + "audiences: a.muster\ntests: [{rule: everyone, count: 1}]")

    with pytest.raises(InputError, match=words):
        read_test_file(path)


def test_an_audience_that_no_file_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "a.muster").write_text("audience vip: everyone;", encoding="utf-8")
    path = written(tmp_path, HEAD + "audiences: a.muster\ntests: [{audience: vips, count: 1}]")

    with pytest.raises(InputError, match='Did you mean "vip"'):
        read_test_file(path)


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "some.muster.yaml"
    path.write_bytes(b"now: \xff")

    with pytest.raises(InputError, match="The byte at 5 is no UTF-8; save the file as UTF-8"):
        read_test_file(path)
