"""`muster check` of two rules: how they are given, the answers, and exit codes that tell them apart."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.api.invoking import muster

EVENTS = str(Path(__file__).resolve().parents[2] / "data" / "events.csv")
UNKNOWN = ("sum(a) of p > 3", "max(a) of p > 0")
LIBRARY = """\
let many = 100;
audience "VIP": ltv >= $many;
audience "Quiet VIP": in audience "VIP" and did not login in last 30 days;
"""


@pytest.fixture
def library(tmp_path: Path) -> str:
    path = tmp_path / "audiences.muster"
    path.write_text(LIBRARY, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("arguments", "code", "answer"),
    [
        (("seats > 5", "seats > 3", "--subset"), 0, "yes"),
        (("seats > 3", "seats > 5", "--subset"), 1, "no"),
        ((*UNKNOWN, "--subset", "--tries", "20"), 4, "unknown"),
        (("not not a = 1", "a = 1", "--equivalent"), 0, "yes"),
        (("did a", "did b", "--equivalent"), 1, "no"),
        (("did a", "did b", "--overlap"), 0, "yes"),
        (("did a", "did not a", "--overlap"), 1, "no"),
        (("sum(a) of p > 3", "max(a) of p < 0", "--overlap", "--tries", "20"), 4, "unknown"),
    ],
)
def test_an_answer_has_its_exit_code(arguments: tuple[str, ...], code: int, answer: str) -> None:
    done = muster("check", *arguments)

    assert (done.code, done.err) == (code, "")
    assert done.out.startswith(f"{answer}: ")
    told = muster("check", *arguments, "--json")
    assert (told.code, json.loads(told.out)["answer"]) == (code, answer)


@pytest.mark.parametrize("wrong", ["plan == 1", "nobody_has = 1"], ids=["syntax", "meaning"])
def test_what_is_wrong_is_told_of_the_rule_that_is(wrong: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.muster"
    file.write_text(f"\n{wrong}", encoding="utf-8")
    strict = ("--subset", "--events", EVENTS, "--strict")

    first, second = muster("check", wrong, "did purchase", *strict), muster("check", "did purchase", wrong, *strict)
    assert (first.code, second.code) == (1, 1)
    assert " --> first rule:1:" in first.err
    assert " --> second rule:1:" in second.err
    assert f" --> {file}:2:" in muster("check", "did purchase", "--other-file", str(file), *strict).err
    assert f" --> {file}:2:" in muster("check", "-f", str(file), "did purchase", *strict).err
    told = json.loads(muster("check", "did purchase", wrong, *strict, "--json").err.splitlines()[-1])
    assert {each["within"] for each in told["diagnostics"]} == {"second rule"}


def test_what_is_doubtful_is_told_of_the_rule_that_it_is_of() -> None:
    done = muster("check", "nobody_has = 1", "did nothing_known", "--subset", "--events", EVENTS)

    assert " --> first rule:1:1" in done.err
    assert " --> second rule:1:5" in done.err


def test_somebody_is_shown_with_the_reason() -> None:
    rules = ('plan != "pro" and did purchase in last 7 days', "seats > 1.5")
    done = muster("check", *rules, "--subset", "--as-of", "2024-06-15T12:00Z")

    assert done.out.splitlines()[0] == "no: somebody can be in the first rule and not in the second."
    assert done.out.splitlines()[1] == "somebody:"
    assert '    - {"event": "purchase", "at": "2024-06-' in done.out
    assert "in the first rule:\n" in done.out
    assert '  no   trait plan = "pro"  (saw nothing)' in done.out
    assert "not in the second rule:\n  no   trait seats > 1.5  (saw nothing)" in done.out


def test_somebody_as_json_with_exact_numbers() -> None:
    done = muster("check", "x > 0.123456788 and x < 0.12345679", "y = 1", "--subset", "--json", "--seed", "3")
    told = json.loads(done.out)

    assert told["person"] == {"external_id": "somebody", "traits": {"x": 0.123456789}}
    assert (told["first"]["member"], told["second"]["member"]) == (True, False)
    assert told["first"]["conditions"][0]["holds"] is True


def test_rules_come_from_files_too(library: str, tmp_path: Path) -> None:
    single = tmp_path / "one.muster"
    single.write_text("ltv > 50", encoding="utf-8")
    named = ("-f", library, "--name", "Quiet VIP")

    assert muster("check", *named, "--other-name", "VIP", "--subset").code == 0
    assert muster("check", *named, 'in audience "VIP"', "--subset").code == 0
    assert muster("check", *named, "ltv > 200", "--subset").code == 1
    assert muster("check", *named, "--other-file", str(single), "--subset").code == 0
    assert muster("check", "ltv = 7", "--other-file", str(single), "--subset").code == 1
    assert muster("check", "ltv = 7", "--other-file", library, "--other-name", "VIP", "--overlap").code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("a = 1", "b = 2"),
        ("a = 1", "--other-name", "VIP"),
        ("a = 1", "--subset"),
        ("--subset",),
        ("a = 1", "b = 2", "--subset", "--overlap"),
        ("a = 1", "--other-name", "VIP", "--subset"),
        ("a = 1", "b = 2", "--subset", "--tries", "0"),
    ],
)
def test_what_is_not_clear_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    done = muster("check", *arguments)

    assert (done.code, done.out) == (2, "")


def test_both_a_file_and_two_rules_are_too_many(library: str) -> None:
    assert muster("check", "a = 1", "b = 2", "-f", library, "--subset").code == 2
    assert muster("check", "a = 1", "-f", library).code == 2


def test_a_rule_that_is_wrong_ends_with_1_and_its_place() -> None:
    done = muster("check", "a = 1", "b == 2", "--subset")

    assert done.code == 1
    assert "error[E01]" in done.err


def test_parameters_are_shared() -> None:
    assert muster("check", "a > $low", "a is set", "--subset", "-p", "low=3").code == 0
    assert muster("check", "a > 1", "a is set", "--subset", "-p", "low=3").code == 1


def test_data_says_which_names_there_are(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("id,seats\nu1,3\n", encoding="utf-8")
    maps = tmp_path / "map.toml"
    maps.write_text(
        '[profiles]\nid = "id"\n[profiles.traits]\nseats = { column = "seats", as = "num", single = true }\n',
        encoding="utf-8",
    )
    data = ("--profiles", str(people), "--map", str(maps))
    done = muster("check", "seats > 5", "seats < 3", "--overlap", *data)

    assert done.code == 1, done.err
    assert muster("check", "seats > 5", "seats < 3", "--overlap").code == 0
    assert "E08" in muster("check", "seats > 5", "seat < 3", "--overlap", *data).err
