"""Any messages, in any batches, twice, with reads in between: the store holds what the plainest model says."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from muster.compiler.moments import from_micros
from muster.runtime.exact_json import encode
from muster.runtime.store.store import Store, open_store
from tests.runtime.store.messages import messages
from tests.runtime.store.states import Sent, model, state_of


class IdentityMachine(RuleBasedStateMachine):
    """A project, and the messages that it accepted."""

    sent_before = Bundle("sent_before")

    def __init__(self) -> None:
        super().__init__()
        self.store: Store = open_store(engine="memory:")
        self.project = self.store.project("acme", "web", create=True)
        self.accepted: list[Sent] = []
        self.told: list[tuple[str, str]] = []
        self.clock = 1_800_000_000_000_000
        self.is_settled = True

    @initialize()
    def listen(self) -> None:
        self.project.on_takeover(
            lambda notice: self.told.append((str(notice.detail["anonymousId"]), str(notice.detail["userId"])))
        )

    @rule(target=sent_before, batch=st.lists(messages(), min_size=1, max_size=5))
    def send(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        self.clock += 1_000_000
        answers = self.project.ingest(batch, received=from_micros(self.clock))
        seen = {each.message["messageId"] for each in self.accepted}
        for said, answer in zip(batch, answers, strict=True):
            assert answer.status == ("duplicate" if said["messageId"] in seen else "accepted")
            if answer.status == "accepted":
                seen.add(said["messageId"])
                self.accepted.append(Sent(said, self.clock, encode(said)))
        self.is_settled = False
        return batch

    @rule(batch=sent_before)
    def send_again(self, batch: list[dict[str, Any]]) -> None:
        answers = self.project.ingest(batch, received=from_micros(self.clock + 5_000_000))

        assert {answer.status for answer in answers} == {"duplicate"}

    @rule()
    def read(self) -> None:
        self.project.sync()

    @invariant()
    def holds_what_the_model_says(self) -> None:
        if len(self.accepted) % 2 and not self.is_settled:
            return  # sometimes several batches are projected at once
        expected = model(self.accepted)
        self.is_settled = True

        assert state_of(self.project) == expected
        assert sorted(self.told) == sorted(expected.links.items())

    def teardown(self) -> None:
        self.is_settled = False
        self.accepted.extend([])
        assert state_of(self.project) == model(self.accepted)
        self.store.close()


TestIdentity = IdentityMachine.TestCase
TestIdentity.settings = settings(stateful_step_count=30, deadline=None)
