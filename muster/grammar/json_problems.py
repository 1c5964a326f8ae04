"""What pydantic finds wrong with a document, as diagnostics with JSON pointers.

Kept apart from the shapes so that wording never stands where shapes are declared. What could go wrong: a place that
points at a union's tag instead of a key, or a kind of error that nobody thought of (told as a bug, never swallowed).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from muster.compiler.diagnostics import Diagnostic, InternalError, Pointer
from muster.compiler.messages import document as say
from muster.compiler.messages import foreign_json
from muster.compiler.spelling import closest
from muster.compiler.values import MAX_DURATION_COUNT
from muster.grammar import json_fields, json_files, json_shapes, json_values
from muster.grammar.json_fields import FILTER_KEYS, KIND_KEYS, kinds_of
from muster.grammar.json_text import MAX_PROBLEMS
from muster.grammar.json_values import TAG

_PAIR = 2
_SHOWN_KEYS = 8

Place = tuple[int | str, ...]

# What other languages of rules call it; a name that is only spelled alike could mean the opposite.
_ELSEWHERE = {
    "and": "all",
    "must": "all",
    "or": "any",
    "should": "any",
    "nor": "none",
    "must_not": "none",
    "=": "eq",
    "==": "eq",
    "equals": "eq",
    "!=": "neq",
    "<>": "neq",
    "ne": "neq",
    "not_eq": "neq",
    ">": "gt",
    ">=": "gte",
    "<": "lt",
    "<=": "lte",
    "nin": "not_in",
    "regex": "matches",
}

# The models by where they stand: behind a union's tag, under a key, in a list, or under the name it defines.
_BY_TAG: Mapping[str, type[BaseModel]] = {
    "all": json_shapes.AllOf,
    "any": json_shapes.AnyOf,
    "none": json_shapes.NoneOf,
    "not": json_shapes.NotOf,
    "trait": json_fields.TraitTest,
    "property": json_fields.PropertyTest,
    "computed": json_fields.ComputedTest,
    "profile": json_fields.ProfileTest,
    "lifecycle": json_fields.LifecycleTest,
    "entered": json_shapes.StageEnteredIn,
    "event": json_shapes.EventTestIn,
    "metric": json_shapes.MetricTestIn,
    "sequence": json_shapes.SequenceIn,
    "audience": json_shapes.AudienceRefIn,
    "sample": json_shapes.SampleIn,
    "@param": json_values.ParamIn,
    "@trait": json_values.TraitIn,
    "@time": json_values.TimeIn,
    "@ago": json_values.AgoIn,
    "@from_now": json_values.FromNowIn,
    "@dur": json_values.LengthTagged,
}
_BY_KEY: Mapping[str, type[BaseModel]] = {"window": json_shapes.WindowIn, "value": json_values.RegularityIn}
_IN_LIST: Mapping[str, type[BaseModel]] = {"sequence": json_shapes.StepIn, f"{TAG}list": json_files.NamedRuleIn}
_DEFINED: Mapping[str, type[BaseModel]] = {"params": json_files.ParamDeclIn, "computed": json_files.ComputedIn}
_VALUE_TAGS = {
    "boolean": "true or false",
    "number": "a number",
    "param": '{"param": name}',
    "trait": '{"trait": path}',
    "time": '{"time": "2024-01-01"}',
    "ago": '{"ago": "7d"}',
    "from_now": '{"from_now": "7d"}',
    "dur": '{"dur": "30d"}',
}
_TYPES = {
    "string_type": "Text",
    "bool_type": "true or false",
    "decimal_type": "A number",
    "is_instance_of": "A number",
    "list_type": "A list",
    "tuple_type": "A list",
    "dict_type": "An object",
    "model_type": "An object",
    "model_attributes_type": "An object",
}


def diagnose(error: ValidationError, tree: Any) -> list[Diagnostic]:
    """Turn the errors of a validation into diagnostics: all of them, unless there are more than anybody reads."""
    errors = [found for found in error.errors(include_url=False) if not _follows(found)]
    return [_Problem(found, tree).diagnostic() for found in errors[:MAX_PROBLEMS]]


def _follows(error: Mapping[str, Any]) -> bool:
    """Tell whether a list is called short only because of members that have errors of their own."""
    return error["type"] == "too_short" and len(error["input"]) >= int(error["ctx"]["min_length"])


class _Problem:
    """One error of pydantic's with what is needed to word it."""

    def __init__(self, error: Mapping[str, Any], tree: Any) -> None:
        self.kind: str = error["type"]
        self.value: Any = error["input"]
        self.context: Mapping[str, Any] = error.get("ctx", {})
        self.place: Place = error["loc"]
        self.keys = _keys_in(tree, self.place)
        self.at = _pointer(self.keys)
        self.tree = tree
        self.node = _inside(tree, self.keys[:-1])

    @property
    def op(self) -> str | None:
        """The operator whose value the place is in, where it is a text."""
        if "value" not in self.keys:
            return None
        last = max(index for index, key in enumerate(self.keys) if key == "value")
        leaf = _inside(self.tree, self.keys[:last])
        op = leaf.get("op") if isinstance(leaf, dict) else None
        return op if isinstance(op, str) else None

    def diagnostic(self) -> Diagnostic:
        if self.kind in _TYPES:
            return say.wrong_type(self.value, _TYPES[self.kind], self.at)
        word = _WORDINGS.get(self.kind)
        if word is None:
            raise InternalError("json", f"no wording for a {self.kind} error at {self.at.path!r}")
        return word(self)


def _is_tag(part: int | str) -> bool:
    return isinstance(part, str) and part.startswith(TAG)


def _keys_in(tree: Any, place: Place) -> tuple[int | str, ...]:
    """Give the keys of a place that are in the document: no tags, nothing inside a text that stands for a list."""
    keys: list[int | str] = []
    for part in place:
        if _is_tag(part) or part == "[key]" or isinstance(tree, str):
            continue
        keys.append(part)
        tree = _inside(tree, [part])
    return tuple(keys)


def _pointer(keys: Sequence[int | str]) -> Pointer:
    pointer = Pointer("")
    for key in keys:
        pointer = pointer.child(key)
    return pointer


def _inside(tree: Any, keys: Sequence[int | str]) -> Any:
    for key in keys:
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):  # a key that is missing has nothing in it
            return None
    return tree


def _parent(pointer: Pointer) -> Pointer:
    return Pointer(pointer.path.rpartition("/")[0])


def _unknown_key(problem: _Problem) -> Diagnostic:
    *before, key = problem.place
    model = _model(before, problem.node)
    if key == "name" and model is json_files.FileIn:
        return foreign_json.name_beside_rule(problem.at)
    allowed = _keys_of(model)
    return say.unknown_key(str(key), allowed, closest(str(key), allowed), problem.at)


def _model(place: Sequence[int | str], node: Any) -> type[BaseModel]:
    """Find the model of the object at a place."""
    match [str(part) for part in place]:
        case []:
            return json_files.LibraryIn if "audiences" in node else json_files.FileIn
        case [section, _] if section in _DEFINED:
            return _DEFINED[section]
        case [*_, tag] if tag.startswith(TAG):
            return _BY_TAG[tag.removeprefix(TAG)]
        case [*_, key] if key in _BY_KEY:
            return _BY_KEY[key]
        case [*_, parent, _] if parent in _IN_LIST:
            return _IN_LIST[parent]
        case _:
            raise InternalError("json", f"no model at {place!r}")


def _keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    if "note" not in keys:
        return tuple(keys)
    # Of a condition, what says the kind comes first, what means nothing last.
    return tuple(sorted(keys, key=lambda key: (key == "note") - (key in KIND_KEYS)))


def _missing(problem: _Problem) -> Diagnostic:
    return say.missing_key(str(problem.keys[-1]), None, _parent(problem.at))


def _key_missing(problem: _Problem) -> Diagnostic:
    return say.missing_key(problem.context["key"], f"`{problem.context['op']}`", _parent(problem.at))


def is_query_builder(node: Mapping[str, Any]) -> bool:
    """Tell whether an object is a group or a test as forms that build queries write it."""
    is_group = "rules" in node and any(key in node for key in ("combinator", "condition", "not"))
    return is_group or ("field" in node and any(key in node for key in ("operator", "op")))


def _no_kind(problem: _Problem) -> Diagnostic:
    in_where = "where" in problem.keys
    allowed = FILTER_KEYS if in_where else tuple(key for key in KIND_KEYS if key != "property")
    if not isinstance(problem.value, dict):
        return say.wrong_type(problem.value, "An object that holds one condition", problem.at)
    kinds = kinds_of(problem.value)
    if is_query_builder(problem.value):
        return foreign_json.query_builder_instead(problem.at)
    if len(kinds) > 1:
        return say.two_kinds(kinds, problem.at)
    if kinds:
        return say.wrong_place(kinds[0], problem.at.child(kinds[0]), in_where=in_where)
    keys = tuple(problem.value)[:_SHOWN_KEYS]
    near = tuple(dict.fromkeys(name for key in keys for name in _meant(key, allowed)[:1]))
    return say.no_kind(keys, allowed, near, problem.at)


def _misfit(problem: _Problem) -> Diagnostic:
    tags = re.findall(r"x00@(\w+)", problem.context["expected_tags"])
    words = [_text_word(tags) if tag == "text" else _VALUE_TAGS[tag] for tag in tags]
    return say.misfit(problem.op, problem.value, say.listed(words), problem.at)


def _text_word(tags: Sequence[str]) -> str:
    """Say what a plain text means beside the other possible values."""
    if "boolean" in tags:
        return "text"
    return 'a time such as "2024-01-01"' if "ago" in tags else 'a length such as "30d"'


def _choice(problem: _Problem) -> Diagnostic:
    allowed = re.findall(r"'([^']*)'", problem.context["expected"])
    if problem.keys[-1] == "agg" and "op" in problem.node:
        allowed.remove(json_shapes.COUNT)
    near = _meant(problem.value, allowed) if isinstance(problem.value, str) else ()
    if problem.keys[-1] == "op" and isinstance(problem.value, str):
        place = f"`{kinds_of(problem.node)[0]}`"
        return say.unknown_operator(problem.value, place, near or tuple(allowed), allowed, problem.at)
    return say.wrong_choice(problem.value, allowed, near, problem.at)


def _operator(problem: _Problem) -> Diagnostic:
    context = problem.context
    near = _meant(context["op"], context["allowed"]) or _counting(context["op"], context["allowed"])
    return say.unknown_operator(context["op"], context["place"], near, context["allowed"], problem.at)


def _meant(word: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Give what is called so elsewhere, or else the names that are spelled alike."""
    elsewhere = _ELSEWHERE.get(word.lower().lstrip("$"))
    return (elsewhere,) if elsewhere is not None and elsewhere in allowed else closest(word, allowed)


def _counting(op: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Suggest `count_gte` where `gte` stands on an event."""
    return tuple(name for name in allowed if name == f"count_{op}")


def _too_many(problem: _Problem) -> Diagnostic:
    what = {"sequence": "steps", "value": "values"}.get(str(problem.keys[-1]), str(problem.keys[-1]))
    if problem.keys[-1] in KIND_KEYS and what != "steps":
        what = "members"
    limit = problem.context["max_length"]
    if limit == _PAIR:
        return say.misfit(problem.op, problem.value, "two values, the lower and the upper", problem.at)
    return say.too_many(what, problem.context["actual_length"], limit, problem.at)


def _too_few(problem: _Problem) -> Diagnostic:
    if problem.keys[-1] == "sequence":
        return say.sequence_structure("A sequence has at least two steps.", problem.at)
    if problem.context["min_length"] == _PAIR:
        return say.misfit(problem.op, problem.value, "two values, the lower and the upper", problem.at)
    return say.plain("At least one event is expected; the list is empty.", problem.at)


def _text(problem: _Problem) -> str:
    return str(problem.context["text"])


def _plain(sentence: str, hint: str | None = None) -> Callable[[_Problem], Diagnostic]:
    return lambda problem: say.plain(sentence, problem.at, hint)


_WORDINGS: Mapping[str, Callable[[_Problem], Diagnostic]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "key_missing": _key_missing,
    "key_not_taken": lambda p: say.key_not_taken(p.context["key"], p.context["op"], p.at),
    "union_tag_not_found": _no_kind,
    "union_tag_invalid": _misfit,
    "literal_error": _choice,
    "unknown_op": _operator,
    "value_not_taken": lambda p: say.value_not_taken(p.context["op"], p.at),
    "too_long": _too_many,
    "too_short": _too_few,
    "greater_than_equal": lambda p: say.percent_out_of_range(str(p.value), p.at),
    "less_than_equal": lambda p: say.percent_out_of_range(str(p.value), p.at),
    "not_one_window": lambda p: say.not_one_window(p.context["found"], p.context["allowed"], p.at),
    "agg_count": lambda p: say.count_as_aggregate(p.at),
    "sequence_structure": lambda p: say.sequence_structure(p.context["problem"], p.at.child(p.context["step"])),
    "wrong_default": lambda p: say.wrong_default(str(p.keys[-2]), say.found(p.value), p.context["wanted"], p.at),
    "ambiguous_unit": lambda p: say.ambiguous_unit(_text(p), p.at),
    "not_a_duration": lambda p: say.not_a_duration(_text(p), p.op, p.at),
    "duration_too_long": lambda p: say.duration_too_long(_text(p), MAX_DURATION_COUNT, p.at),
    "number_too_large": lambda p: say.number_out_of_range(_text(p), p.at),
    "too_many_decimals": lambda p: say.too_many_decimals(_text(p), p.at),
    "not_a_time": lambda p: say.not_a_time(_text(p), p.op, p.at),
    "no_such_time": lambda p: say.no_such_time(_text(p), p.at),
    "not_whole": lambda p: say.wrong_type(p.value, "A whole number", p.at),
    "count_out_of_range": lambda p: say.count_out_of_range(_text(p), p.context["limit"], p.at),
    "not_a_path": lambda p: say.wrong_type(p.value, 'A path such as "plan" or ["address", "city"]', p.at),
    "empty_segment": _plain("A path has no empty part between its dots.", 'A key that holds dots: ["a.b"].'),
    "empty_name": _plain("A name is expected; the text is empty."),
    "unknown_version": _plain("This version of the rule format is not known; 1 is.", "Leave `version` out."),
}
