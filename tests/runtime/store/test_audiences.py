"""Audiences that are kept: names, rules, versions, and what refers to what."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from muster.compiler.diagnostics import RuleError
from muster.runtime.ledger.audit import first_broken, read_log
from muster.runtime.store.audiences import AudienceError
from muster.runtime.store.project import Project
from muster.runtime.store.store import open_store

PRO = 'plan = "pro"'


def people(project: Project) -> None:
    plans = {"u1": "pro", "u2": "free", "u3": "pro"}
    project.ingest([{"type": "identify", "userId": user, "traits": {"plan": plan}} for user, plan in plans.items()])


def code(error: pytest.ExceptionInfo[AudienceError]) -> str:
    return error.value.code


@pytest.mark.parametrize(
    "source",
    [
        '  plan = "pro"   # those who pay\n',
        '{ "all": [ {"trait": "plan", "op": "eq", "value": "pro"} ] }',
        '{"all":[{"trait":"plan","op":"eq","value":"caf\\u00e9"}]}',
    ],
)
def test_a_rule_comes_back_byte_for_byte(project: Project, source: str) -> None:
    project.audiences.create("VIP", source)

    assert project.audiences.get("VIP").source == source
    assert project.audiences.create("Bytes", source.encode()).source == source


def test_rules_that_are_seen_to_be_equal_have_one_fingerprint(project: Project) -> None:
    data: dict[str, Any] = {"all": [{"trait": "plan", "op": "eq", "value": "pro"}]}
    text, from_json = project.audiences.create("A", PRO), project.audiences.create("B", data)

    assert text.fingerprint == from_json.fingerprint
    assert (text.form, from_json.form) == ("text", "json")
    assert json.loads(from_json.source) == data
    assert project.audiences.create("C", 'plan = "free"').fingerprint != text.fingerprint


def test_an_audience_is_asked_by_its_name_or_id_wherever_a_rule_may_stand(project: Project) -> None:
    people(project)
    made = project.audiences.create("VIP", PRO)

    assert project.count('in audience "VIP"') == 2
    assert project.count(f'in audience "{made.id}"') == 2
    assert list(project.members('not in audience "VIP"')) == ["u2"]


def test_a_rename_changes_nothing_for_those_who_refer_to_it(project: Project) -> None:
    people(project)
    project.audiences.create("VIP", PRO)
    project.audiences.create("Others", 'not in audience "VIP"')
    project.audiences.update("VIP", name="Best")
    project.audiences.create("VIP", 'plan = "free"')

    assert list(project.members('in audience "Others"')) == ["u2"]
    assert list(project.members('in audience "VIP"')) == ["u2"]


def test_who_refers_to_a_deleted_audience_finds_nobody_in_either_polarity(project: Project) -> None:
    people(project)
    project.audiences.create("VIP", PRO)
    project.audiences.create("In", 'in audience "VIP"')
    project.audiences.create("Out", 'not in audience "VIP"')
    project.audiences.create("Far", 'in audience "Out" or plan = "free"')
    with pytest.raises(AudienceError, match='"In", "Out"') as caught:
        project.audiences.delete("VIP")
    assert code(caught) == "referenced"
    project.audiences.delete("VIP", force=True)
    project.audiences.create("VIP", PRO)

    assert [project.count(f'in audience "{name}"') for name in ("In", "Out", "Far")] == [0, 0, 1]
    statuses = {each.name: each.status for each in project.audiences.list()}
    assert statuses == {"Far": "broken_reference", "In": "broken_reference", "Out": "broken_reference", "VIP": "ok"}


def test_an_edit_that_makes_a_circle_is_refused_and_changes_nothing(project: Project) -> None:
    project.audiences.create("A", PRO)
    project.audiences.create("B", 'in audience "A"')
    with pytest.raises(RuleError, match="circle"):
        project.audiences.update("A", rule='not in audience "B"')
    with pytest.raises(RuleError, match="circle"):
        project.audiences.update("A", rule='in audience "A"')

    assert project.audiences.get("A").version == 1


def test_a_rule_of_everyone_has_to_be_meant(project: Project) -> None:
    with pytest.raises(AudienceError, match="confirm_everyone") as caught:
        project.audiences.create("All", 'plan = "pro" or not plan = "pro"')
    assert code(caught) == "everyone"

    assert project.audiences.create("All", "everyone", confirm_everyone=True).version == 1


def test_an_edit_makes_a_version_and_knows_of_the_one_before(project: Project) -> None:
    project.audiences.create("VIP", PRO, author="ann")
    project.audiences.update("VIP", rule='plan = "free"', if_version=1, author="bob")
    with pytest.raises(AudienceError, match="at version 2") as caught:
        project.audiences.update("VIP", rule=PRO, if_version=1)
    assert code(caught) == "stale"

    found = [(each.version, each.source, each.author) for each in project.audiences.versions("VIP")]
    assert found == [(1, PRO, "ann"), (2, 'plan = "free"', "bob")]


def test_what_is_not_given_stays(project: Project) -> None:
    project.audiences.create("VIP", PRO, description="who pays")
    changed = project.audiences.update("VIP", name="Best")

    assert (changed.name, changed.description, changed.version, changed.source) == ("Best", "who pays", 1, PRO)
    assert project.audiences.update("Best", description="").description == ""


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201])
def test_what_nothing_can_be_called_is_refused(project: Project, name: str) -> None:
    with pytest.raises(AudienceError) as caught:
        project.audiences.create(name, PRO)

    assert code(caught) == "no_name"


def test_a_name_is_one_audiences_in_any_unicode_form(project: Project) -> None:
    project.audiences.create("caf\u00e9", PRO)
    project.audiences.create("other", PRO)
    with pytest.raises(AudienceError) as caught:
        project.audiences.create("cafe\u0301", PRO)
    assert code(caught) == "name_taken"
    with pytest.raises(AudienceError) as caught:
        project.audiences.update("other", name="cafe\u0301")

    assert code(caught) == "name_taken"
    assert project.audiences.get("cafe\u0301").name == "caf\u00e9"


def test_a_rule_that_is_wrong_is_told_where_and_is_not_saved(project: Project) -> None:
    with pytest.raises(RuleError) as caught:
        project.audiences.create("VIP", 'plan = "pro" and in audience "Beter"')
    assert [each.code for each in caught.value.diagnostics] == ["E30"]
    with pytest.raises(AudienceError, match='no audience "VIP"'):
        project.audiences.get("VIP")


def test_an_unknown_name_is_told_with_the_nearest(project: Project) -> None:
    project.audiences.create("Buyers", PRO)

    with pytest.raises(AudienceError, match='Did you mean "Buyers"'):
        project.audiences.get("Byers")


def test_changes_are_logged_without_the_rule(project: Project) -> None:
    project.audiences.create("VIP", PRO, author="ann")
    project.audiences.update("VIP", name="Best", author="ann")
    project.audiences.delete("Best")
    with project._ledger.read() as connection:
        rows = read_log(connection, project.record.id)
        assert first_broken(connection, project.record.id) is None

    assert [row.action for row in rows] == ["audience.created", "audience.updated", "audience.deleted"]
    assert rows[1].detail["changed"] == ["name"]


NAMES = st.sampled_from(("A", "B", "C", "D"))


class AudienceMachine(RuleBasedStateMachine):
    """Any changes: what stands can always be asked, and no circle ever comes about."""

    def __init__(self) -> None:
        super().__init__()
        self.store = open_store(engine="memory:")
        self.project = self.store.project("acme", "web", create=True)
        people(self.project)

    def tried(self, act: Any) -> None:
        with suppress(AudienceError, RuleError):  # refused, and then nothing is changed
            act()

    @rule(name=NAMES, other=NAMES, negated=st.booleans())
    def create(self, name: str, other: str, negated: bool) -> None:  # noqa: FBT001 (drawn)
        text = f'{"not " if negated else ""}in audience "{other}" or plan = "pro"'
        self.tried(lambda: self.project.audiences.create(name, text))

    @rule(name=NAMES)
    def create_alone(self, name: str) -> None:
        self.tried(lambda: self.project.audiences.create(name, PRO))

    @rule(name=NAMES, other=NAMES)
    def refer(self, name: str, other: str) -> None:
        self.tried(lambda: self.project.audiences.update(name, rule=f'in audience "{other}" and plan = "pro"'))

    @rule(name=NAMES, other=NAMES)
    def rename(self, name: str, other: str) -> None:
        self.tried(lambda: self.project.audiences.update(name, name=other))

    @rule(name=NAMES, force=st.booleans())
    def delete(self, name: str, force: bool) -> None:  # noqa: FBT001 (drawn)
        self.tried(lambda: self.project.audiences.delete(name, force=force))

    @invariant()
    def all_can_be_asked(self) -> None:
        names = [each.name for each in self.project.audiences.list()]
        found = {name: set(self.project.members(f'in audience "{name}"')) for name in names}
        for user in ("u1", "u2"):
            told = {each.audience: each.member for each in self.project.memberships(user)}
            assert told == {name: user in found[name] for name in names}

    def teardown(self) -> None:
        self.store.close()


TestAudiences = AudienceMachine.TestCase
TestAudiences.settings = settings(stateful_step_count=20, deadline=None)
