"""What is said about wrong documents: one golden file of documents and everything said about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from muster.compiler.diagnostics import Diagnostic, InternalError, Pointer, RuleError, Span
from muster.compiler.rule import Rule
from muster.grammar import json_problems
from muster.grammar.json_dump import dump
from muster.grammar.json_problems import diagnose
from muster.grammar.json_rule import load, load_library
from tests.json_documents import problems
from tests.rule_strategies import rules

GOLDEN = Path(__file__).parent.parent / "golden" / "json_problems.txt"
CASES = Path(__file__).parent.parent / "fixtures" / "json_problems.txt"
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def cases() -> list[str]:
    return [line for line in CASES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def told(text: str) -> str:
    load_it = load_library if text.startswith('{"audiences": ') else load
    return "\n".join([text, *(line(problem) for problem in problems(text, load_it))]) + "\n"


def line(problem: Diagnostic) -> str:
    match problem.origin:
        case Pointer(path):
            place = path or "(whole document)"
        case Span(start, end):
            place = f"characters {start} to {end}"
        case None:
            place = "nowhere"
    hint = f"\n      {problem.hint}" if problem.hint else ""
    return f"  {problem.code} {place}: {problem.message}{hint}"


def test_every_case_is_told_as_the_golden_file_says(golden: Callable[[Path, str], None]) -> None:
    golden(GOLDEN, "\n".join(told(text) for text in cases()))


def test_every_wording_has_a_case(monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    class Recorder(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            used.add(key)
            return super().get(key, default)

    wordings = json_problems._WORDINGS
    monkeypatch.setattr(json_problems, "_WORDINGS", Recorder(wordings))
    for text in cases():
        told(text)

    assert set(wordings) - used == set()


def test_messages_say_what_was_found_and_never_you() -> None:
    for text in cases():
        for problem in problems(text, load_library if text.startswith('{"audiences": ') else load):
            said = f"{problem.message} {problem.hint}".replace("Did you mean", "")
            assert problem.message.endswith(".")
            assert not re.search(r"\byour?\b|invalid|\bstr\b|\bdict\b|Input should|[A-Z]\w+In\b|\\x00", said)


def test_an_error_that_nobody_worded_is_told_as_our_bug() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(int).validate_python("x")
    with pytest.raises(InternalError, match="int_parsing"):
        diagnose(caught.value, "x")


def test_an_unknown_key_of_a_model_that_nobody_placed_is_told_as_our_bug() -> None:
    class Stray(BaseModel):
        model_config = ConfigDict(extra="forbid")

    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, dict[str, Stray]]).validate_python({"a": {"b": {"c": 1}}})
    with pytest.raises(InternalError):
        diagnose(caught.value, {"a": {"b": {"c": 1}}})


# ---- whatever is wrong, it is told ----


def places(document: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the path of every value in a document."""
    inner: list[tuple[Any, ...]] = []
    if isinstance(document, Mapping):
        inner = [place for key, value in document.items() for place in places(value, (*at, key))]
    elif isinstance(document, list):
        inner = [place for index, value in enumerate(document) for place in places(value, (*at, index))]
    return [at, *inner]


def changed(document: Any, place: tuple[Any, ...], change: Callable[[Any], Any]) -> Any:
    """Copy a document with one value changed."""
    if not place:
        return change(document)
    key, *rest = place
    if isinstance(document, Mapping):
        return {name: changed(value, tuple(rest), change) if name == key else value for name, value in document.items()}
    return [changed(value, tuple(rest), change) if index == key else value for index, value in enumerate(document)]


STRANGE: st.SearchStrategy[Any] = st.sampled_from(
    [5, -1, 1.5, True, "", "x", "30d", "2024-01-01", "*", [], {}, ["x"], [5], {"trait": "x"}, {"param": "x"}, {"x": 1}]
)


def spoilt(document: Any) -> st.SearchStrategy[Any]:
    """Give a document with one value replaced, one key dropped or one key added."""

    def spoil(place: tuple[Any, ...]) -> st.SearchStrategy[Any]:
        replaced = STRANGE.map(lambda strange: changed(document, place, lambda _: strange))
        added = st.tuples(st.sampled_from(["op", "value", "where", "event", "trait", "zz", "all"]), STRANGE).map(
            lambda pair: changed(
                document, place, lambda node: {**node, pair[0]: pair[1]} if isinstance(node, dict) else []
            )
        )
        dropped = st.just(
            changed(document, place, lambda node: dict(list(node.items())[1:]) if isinstance(node, dict) else None)
        )
        return replaced | added | dropped

    return st.sampled_from(places(document)).flatmap(spoil)


@SLOW
@given(rules().map(dump).flatmap(spoilt))
def test_a_spoilt_document_is_read_or_told_at_a_place_that_it_has(document: Any) -> None:
    assume(isinstance(document, dict))  # a text would be JSON text
    try:
        rule = load(document)
    except RuleError as error:
        for problem in error.diagnostics:
            assert isinstance(problem.origin, Pointer)
            parent = problem.origin.path.rpartition("/")[0]
            assert parent in {pointer(place) for place in places(document)} | {""}
    else:
        assert load(dump(rule)) == rule


def pointer(place: tuple[Any, ...]) -> str:
    found = Pointer("")
    for key in place:
        found = found.child(key)
    return found.path


@SLOW
@given(rules().map(dump).flatmap(spoilt).flatmap(spoilt))
def test_a_twice_spoilt_document_raises_nothing_but_rule_errors(document: Any) -> None:
    assume(isinstance(document, dict))
    loaded: Rule | None = None
    with suppress(RuleError):
        loaded = load(document)

    assert loaded is None or load(dump(loaded)) == loaded
