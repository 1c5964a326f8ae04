"""The JSON form of rules and libraries, read into `Rule` and `Library`; every problem of a document is told at once.

Kept apart from the shapes: those say what may stand where, this gives every node its place and the surface its one
spelling. What could go wrong: two JSON spellings of one condition that become two Rules, a place that points beside
its node, a rule larger than later stages may walk.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from muster.compiler.diagnostics import Collector, Pointer, RuleError
from muster.compiler.messages import document as say
from muster.compiler.messages import foreign_json
from muster.compiler.rule import Condition, Library, Metric, ParamDecl, Rule
from muster.compiler.values import Literal_
from muster.grammar import json_text
from muster.grammar.json_conditions import condition, constant, metric
from muster.grammar.json_fields import kinds_of
from muster.grammar.json_files import (
    CONDITION,
    FILE,
    FILE_KEYS,
    LIBRARY,
    Definitions,
    ParamDeclIn,
)
from muster.grammar.json_problems import diagnose, is_query_builder
from muster.grammar.limits import MAX_LIBRARY_TEXT, MAX_TEXT, check_rule

_ROOT = Pointer("")
# Requests that make an audience have their rule under this key; no rule has it.
_BODY_KEY = "rules"

T = TypeVar("T")


def load(data: str | bytes | Mapping[str, Any]) -> Rule:
    """Read one rule, bare or with its constants, from JSON text or a mapping that stands for it."""
    tree, found, source = _tree(data, MAX_TEXT)
    keys = tree if isinstance(tree, dict) else {}
    if "audiences" in keys:
        found.add(say.library_instead(_ROOT))
        found.raise_errors()
    if _BODY_KEY in keys and "rule" not in keys and not kinds_of(keys) and not is_query_builder(keys):
        found.add(foreign_json.audience_body_instead(_BODY_KEY, keys[_BODY_KEY], _ROOT))
        found.raise_errors()
    if any(key in keys for key in FILE_KEYS):
        file = _validated(FILE, tree, found)
        _check_names(file, found)
        rule = Rule(
            condition=condition(file.rule, _ROOT.child("rule")),
            let=_let(file),
            params=_params(file),
            computed=_computed(file),
            source=source,
        )
    else:
        rule = Rule(condition=condition(_validated(CONDITION, tree, found), _ROOT), source=source)
    check_rule(rule, found)
    found.raise_errors()
    return rule


def load_library(data: str | bytes | Mapping[str, Any]) -> Library:
    """Read several named audiences from JSON text or a mapping that stands for it."""
    tree, found, source = _tree(data, MAX_LIBRARY_TEXT)
    if not isinstance(tree, dict) or "audiences" not in tree:
        found.add(say.rule_instead(_ROOT))
        found.raise_errors()
    file = _validated(LIBRARY, tree, found)
    _check_names(file, found)
    library = Library(
        audiences=_audiences(file.audiences, found),
        let=_let(file),
        params=_params(file),
        computed=_computed(file),
        source=source,
    )
    check_rule(library, found)
    found.raise_errors()
    return library


def _tree(data: str | bytes | Mapping[str, Any], limit: int) -> tuple[json_text.Tree, Collector, str | None]:
    if isinstance(data, (str, bytes)):
        text = json_text.decode(data, limit)
        found = Collector(text)
        return json_text.parse(text, found, limit), found, text
    found = Collector()
    return json_text.plain(data, found, limit), found, None


def _validated(shape: TypeAdapter[T], tree: json_text.Tree, found: Collector) -> T:
    """Judge the shape of a document, leaving out what follows from problems already found at the same places."""
    known = [problem.origin.path for problem in found.errors if isinstance(problem.origin, Pointer)]
    try:
        validated = shape.validate_python(tree)
    except ValidationError as error:
        for problem in diagnose(error, tree):
            at = problem.origin.path if isinstance(problem.origin, Pointer) else ""
            if not any(at == place or at.startswith(f"{place}/") for place in known):
                found.add(problem)
        raise RuleError(found.errors) from error
    found.raise_errors()
    return validated


def _check_names(file: Definitions, found: Collector) -> None:
    """Report names that `$name` could read in two ways."""
    at = _ROOT.child("params")
    for name in file.params:
        if name in file.let:
            found.add(say.name_twice("constants or parameters", name, at.child(name)))


def _let(file: Definitions) -> tuple[tuple[str, Literal_], ...]:
    at = _ROOT.child("let")
    return tuple((name, constant(raw, at.child(name))) for name, raw in file.let.items())


def _params(file: Definitions) -> tuple[ParamDecl, ...]:
    at = _ROOT.child("params")
    return tuple(_param(name, shape, at.child(name)) for name, shape in file.params.items())


def _param(name: str, shape: ParamDeclIn, at: Pointer) -> ParamDecl:
    default = None if shape.default is None else constant(shape.default, at.child("default"), type_=shape.type)
    return ParamDecl(name=name, type=shape.type, default=default, origin=at)


def _computed(file: Definitions) -> tuple[tuple[str, Metric], ...]:
    at = _ROOT.child("computed")
    return tuple((name, metric(shape, at.child(name))) for name, shape in file.computed.items())


def _audiences(shape: Any, found: Collector) -> tuple[tuple[str, Condition], ...]:
    at = _ROOT.child("audiences")
    if isinstance(shape, dict):
        return tuple((name, condition(member, at.child(name))) for name, member in shape.items())
    named: dict[str, Condition] = {}
    for index, member in enumerate(shape):
        if member.name in named:
            found.add(say.name_twice("audiences", member.name, at.child(index).child("name")))
        named[member.name] = condition(member.rule, at.child(index).child("rule"))
    return tuple(named.items())
