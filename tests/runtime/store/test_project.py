"""What a project answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from muster.compiler.diagnostics import RuleError
from muster.runtime.ledger.notices import Notice
from muster.runtime.store.pages import CursorError
from muster.runtime.store.profiles import Device
from muster.runtime.store.project import NobodyError, Project

AT = datetime(2026, 6, 1, tzinfo=UTC)


def fill(project: Project) -> None:
    people = [
        {
            "type": "identify",
            "userId": f"u{number:02}",
            "traits": {"plan": "pro" if number % 2 else "free", "nr": number},
        }
        for number in range(20)
    ]
    events = [
        {"type": "track", "userId": f"u{number:02}", "event": "buy", "timestamp": f"2026-05-{number + 1:02}T00:00:00Z"}
        for number in range(10)
    ]
    project.ingest([*people, *events])


def test_what_was_acknowledged_is_seen_at_once(project: Project) -> None:
    for number in range(5):
        project.ingest([{"type": "track", "event": "buy", "userId": f"u{number}"}])

        assert project.count("did buy") == number + 1


def test_an_answer_may_be_as_old_as_is_said(project: Project) -> None:
    project._woken = lambda: None  # nobody else brings it up to date
    project.ingest([{"type": "track", "event": "buy", "userId": "u1"}])
    project.sync()
    project.ingest([{"type": "track", "event": "buy", "userId": "u2"}])

    assert project.count("did buy", max_age=60) == 1
    assert project.count("did buy", max_age=0) == 2


def test_a_person_is_found_by_each_id_that_is_theirs(project: Project) -> None:
    told: list[Notice] = []
    project.on_takeover(told.append)
    project.ingest(
        [
            {
                "type": "identify",
                "anonymousId": "a1",
                "traits": {"plan": "free", "city": "Rome"},
                "timestamp": "2026-05-01T00:00:00Z",
            },
            {
                "type": "track",
                "event": "view",
                "anonymousId": "a1",
                "context": {"device": {"token": "t1", "type": "ios"}},
                "timestamp": "2026-05-02T00:00:00Z",
            },
        ]
    )
    before = project.profile("a1")
    project.ingest(
        [
            {
                "type": "identify",
                "userId": "u1",
                "anonymousId": "a1",
                "traits": {"plan": "pro"},
                "timestamp": "2026-05-03T00:00:00Z",
            }
        ]
    )
    found = project.profile("u1")

    assert before is not None
    assert (before.is_anonymous, before.external_id) == (True, "a1")
    assert found is not None
    assert found == project.profile("a1")
    assert (found.external_id, found.is_anonymous, found.aliases) == ("u1", False, ("a1",))
    assert dict(found.traits) == {"plan": "pro", "city": "Rome"}
    assert (found.first_seen, found.last_seen) == (datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 3, tzinfo=UTC))
    assert found.devices == (Device("t1", "ios"),)
    assert [(notice.detail["anonymousId"], notice.detail["userId"]) for notice in told] == [("a1", "u1")]
    assert list(project.members("did view")) == ["u1"]
    assert project.profile("nobody") is None


def test_a_device_belongs_to_who_registered_it_last(project: Project) -> None:
    project.register_device("u1", "t1", "ios")
    project.register_device("u2", "t1")
    one, other = project.profile("u1"), project.profile("u2")

    assert one is not None
    assert other is not None
    assert (one.devices, other.devices) == ((), (Device("t1", None),))
    assert one.last_seen is None  # to register is not to be seen


def test_members_come_by_pages_of_one_answer(project: Project) -> None:
    fill(project)
    pages, cursor = [], None
    while True:
        page = project.members_page("nr >= 5", limit=4, cursor=cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            break

    assert [each for page in pages for each in page.ids] == [f"u{number:02}" for number in range(5, 20)]
    assert {(page.total, page.as_of) for page in pages} == {(15, pages[0].as_of)}
    assert project.members_page("nr > 99").ids == ()


@pytest.mark.parametrize("cursor", ["", "x", "W10", "WzEsMl0", "\u00e9"])
def test_a_cursor_that_is_none_is_refused(project: Project, cursor: str) -> None:
    with pytest.raises(CursorError):
        project.members_page("everyone", cursor=cursor)
    with pytest.raises(CursorError):
        project.profiles(cursor=cursor)


def test_people_come_by_pages_and_are_searched(project: Project) -> None:
    fill(project)
    project.ingest([{"type": "identify", "userId": "x", "traits": {"note": ["Gr\u00fc\u00dfe", {"deep": "Pro "}]}}])
    first = project.profiles(limit=15)
    second = project.profiles(limit=15, cursor=first.cursor)

    assert [each.external_id for each in (*first.profiles, *second.profiles)] == [
        *(f"u{number:02}" for number in range(20)),
        "x",
    ]
    assert second.cursor is None
    assert [each.external_id for each in project.profiles(containing="GR\u00dc").profiles] == ["x"]
    assert len(project.profiles(containing="pro").profiles) == 11
    assert [each.external_id for each in project.profiles(containing="U07").profiles] == ["u07"]
    assert project.profiles(containing="plan").profiles == ()  # a name is no value


def test_a_preview_explains_members_that_are_spread_over_all(project: Project) -> None:
    fill(project)
    found = project.preview("nr >= 0", size=4)

    assert [each.external_id for each in found] == ["u00", "u05", "u10", "u15"]
    assert all(each.member for each in found)
    assert [each.external_id for each in project.preview('plan = "pro"', size=50)] == [
        f"u{n:02}" for n in range(1, 20, 2)
    ]
    assert project.preview("nr > 99") == ()


def test_an_explanation_says_until_when(project: Project) -> None:
    fill(project)
    found = project.explain("did buy in last 30 days", "u09", as_of=AT)

    assert found.member
    assert [each.holds for each in found.conditions] == [True]
    assert found.changes_at == datetime(2026, 6, 9, 0, 0, 0, 1, tzinfo=UTC)
    assert project.count("did buy in last 30 days", as_of=found.changes_at) == 0
    with pytest.raises(NobodyError, match='"u99"'):
        project.explain("did buy", "u99")


def test_a_difference_says_who_joins_and_who_leaves(project: Project) -> None:
    fill(project)
    found = project.diff('plan = "pro"', "nr >= 15", examples=2)

    assert (found.before, found.after, found.joins, found.leaves) == (10, 5, 2, 7)
    assert (found.joining, found.leaving) == (("u16", "u18"), ("u01", "u03"))


def test_a_trait_that_holds_one_value_makes_a_list_a_mismatch(project: Project) -> None:
    project.ingest([{"type": "identify", "userId": "u1", "traits": {"plan": ["pro", "free"]}}])
    assert project.count('plan = "pro"') == 1
    project.declare("plan", single=True)
    assert project.count('plan = "pro"') == 0
    assert project.explain('plan = "pro"', "u1").member is False
    project.declare("plan", single=False)

    assert project.count('plan = "pro"') == 1


def test_a_rule_that_is_wrong_is_an_error_and_no_answer(project: Project) -> None:
    with pytest.raises(RuleError):
        project.count("plan = ")
