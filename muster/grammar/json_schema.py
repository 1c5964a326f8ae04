"""The JSON Schema (2020-12) of rules, files and libraries, made of the shapes that `load` validates with.

Kept apart from the shapes because nothing at run time needs it: it is for editors, documentation and other languages.
The operators, and what each takes, come from the registry, so that a new one is in the schema at once. What could go
wrong: a document that `load` accepts and the schema refuses; the tests try every random rule. The schema is the looser
of the two: it does not know which dates exist, how many decimals fit, or what stands twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

from pydantic import TypeAdapter

from muster.compiler.operators import ALIASES, EVENT_OPERATORS, FIELD_OPERATORS, EventOperator, Operator
from muster.compiler.rule import LIFECYCLE_MEASURES, LIFECYCLE_STAGES, PROFILE_FIELDS, Aggregate
from muster.grammar.json_fields import FilterIn
from muster.grammar.json_files import CONDITION, FILE, LIBRARY
from muster.grammar.json_shapes import COUNT, OPTIONS, operators_on
from muster.grammar.json_values import ARGUMENTS, DEFAULTS, EVENT_ARGUMENTS

Schema = dict[str, Any]

_REF = "#/$defs/{model}"
_FIELD_LEAVES = ("TraitTest", "PropertyTest", "ComputedTest", "ProfileTest", "LifecycleTest")
_Part = tuple[str, Literal["validation"], TypeAdapter[Any]]


def json_schema() -> Schema:
    """Give the schema of everything that `load` and `load_library` read."""
    parts, definitions = _generated()
    schemas = {name: _tidied(schema) for name, schema in parts.items()}
    definitions = {_short(name): _tidied(schema) for name, schema in definitions.items()}
    unions = {"condition": schemas["condition"], "filter": schemas["filter"], "value": schemas["value:value"]}
    definitions = {name: _shared(schema, unions) for name, schema in definitions.items()}
    values = {name: _shared(schema, unions) for name, schema in schemas.items()}
    definitions |= {name: _members_shared(schema, name, unions) for name, schema in unions.items()}
    definitions |= _operator_names()
    _refine(definitions, values)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Muster audience rule",
        "anyOf": [_ref("condition"), _ref("File"), _ref("Library")],
        "$defs": dict(sorted(definitions.items())),
    }


def _generated() -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Let pydantic make the schema of every shape, with one set of definitions."""
    parts: list[_Part] = [
        ("condition", "validation", CONDITION),
        ("filter", "validation", TypeAdapter(FilterIn)),
        ("file", "validation", FILE),
        ("library", "validation", LIBRARY),
    ]
    for prefix, shapes in (("value", ARGUMENTS), ("event", EVENT_ARGUMENTS), ("default", DEFAULTS)):
        for name, shape in shapes.items():
            if shape is not None:
                parts.append((f"{prefix}:{name}", "validation", shape))
    found, common = TypeAdapter.json_schemas(parts, ref_template=_REF)
    return {str(name): schema for (name, _), schema in found.items()}, common["$defs"]


def _short(name: str) -> str:
    """Name a definition after what it describes, not after the model that reads it."""
    return re.sub(r"(Tagged|In)$", "", name)


def _tidied(schema: Any) -> Any:
    """Drop what pydantic adds and rules do not have: titles, nulls and their defaults."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _ref(_short(schema["$ref"].rpartition("/")[2]))
    branches = schema.get("anyOf", ())
    if {"type": "null"} in branches:
        rest = [branch for branch in branches if branch != {"type": "null"}]
        plain = {key: value for key, value in schema.items() if key not in ("anyOf", "default", "title")}
        return _tidied({**plain, **rest[0]} if len(rest) == 1 else {**plain, "anyOf": rest})
    return {
        key: {name: _tidied(member) for name, member in value.items()} if key == "properties" else _tidied(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(model=name)}


def _shared(schema: Any, unions: Mapping[str, Schema]) -> Any:
    """Refer to the large unions by name instead of repeating them."""
    for name, union in unions.items():
        if schema == union:
            return _ref(name)
    if isinstance(schema, list):
        return [_shared(item, unions) for item in schema]
    if isinstance(schema, dict):
        return {key: _shared(value, unions) for key, value in schema.items()}
    return schema


def _members_shared(schema: Schema, name: str, unions: Mapping[str, Schema]) -> Schema:
    others = {other: union for other, union in unions.items() if other != name}
    shared: Schema = _shared(schema, others)
    return shared


# --- what the registry adds -----------------------------------------------------------------------------------------


def _operator_names() -> dict[str, Schema]:
    """List the operators with their documentation, aliases last."""
    fields = [{"const": op.name, "description": op.doc} for op in FIELD_OPERATORS.values()]
    fields += [{"const": alias, "description": f"The same as `{name}`."} for alias, name in ALIASES.items()]
    events = [{"const": op.name, "description": op.doc} for op in EVENT_OPERATORS.values()]
    return {"FieldOperator": {"oneOf": fields}, "EventOperator": {"oneOf": events}}


def _refine(definitions: dict[str, Schema], values: Mapping[str, Schema]) -> None:
    """Say which operator takes which value and keys, and what else the models check in code."""
    for name in _FIELD_LEAVES:
        leaf = definitions[name]
        leaf["properties"]["op"] = _ref("FieldOperator")
        leaf["allOf"] = [_ref("FieldArguments")]
    definitions["FieldArguments"] = {"oneOf": _field_branches(FIELD_OPERATORS.values(), values)}
    event = definitions["EventTest"]
    event["properties"]["op"] = _ref("EventOperator")
    event["oneOf"] = [_event_branch(operator, values) for operator in EVENT_OPERATORS.values()]
    metric = definitions["MetricTest"]
    metric["properties"]["op"] = _ref("FieldOperator")
    metric["oneOf"] = [
        _with_property(branch, "agg", {"const": agg})
        for agg in get_args(Aggregate)
        if agg != COUNT
        for branch in _field_branches(operators_on(agg).values(), values, where=None)
    ]
    definitions["Computed"]["oneOf"] = [
        {"properties": {"agg": {"const": COUNT}, "property": False}},
        {"properties": {"agg": {"not": {"const": COUNT}}}, "required": ["property"]},
    ]
    definitions["Window"] |= {"minProperties": 1, "maxProperties": 1}
    definitions["ParamDecl"]["oneOf"] = [_default_branch(type_, values) for type_ in DEFAULTS]
    first = {"within": False, "same": False, "negate": {"const": False}}
    definitions["Sequence"]["properties"]["sequence"]["prefixItems"] = [{**_ref("Step"), "properties": first}]
    definitions["ProfileTest"]["properties"]["profile"]["examples"] = list(PROFILE_FIELDS)
    definitions["LifecycleTest"]["properties"]["lifecycle"]["examples"] = list(LIFECYCLE_MEASURES)
    definitions["StageEntered"]["properties"]["stage"]["examples"] = list(LIFECYCLE_STAGES)


def _field_branches(
    operators: Iterable[Operator], values: Mapping[str, Schema], *, where: str | None = "where"
) -> list[Schema]:
    """Group operators by what they take: one branch for each kind of argument, with and without folding of case."""
    grouped: dict[tuple[str, bool], list[str]] = {}
    for operator in operators:
        names = grouped.setdefault((operator.argument, operator.ignore_case), [])
        names += [operator.name, *(alias for alias, name in ALIASES.items() if name == operator.name)]
    branches = []
    for (argument, folds), names in grouped.items():
        properties: Schema = {"op": {"enum": names}, "value": values.get(f"value:{argument}", False)}
        if not folds:
            properties["ignore_case"] = {"const": False}
        required = [] if properties["value"] is False else ["value"]
        if argument == where:
            required.append("where")
        elif where is not None:
            properties["where"] = False
        branches.append({"properties": properties, "required": required})
    return branches


def _event_branch(operator: EventOperator, values: Mapping[str, Schema]) -> Schema:
    properties: Schema = {
        "op": {"const": operator.name},
        "value": values.get(f"event:{operator.argument}", False),
    }
    required = [] if properties["value"] is False else ["value"]
    if operator.window == "none":
        properties["window"] = False
    if operator.window == "required":
        required.append("window")
    for option, name in OPTIONS.items():
        if name != operator.name:
            properties[option] = False
        elif option == "gap":
            required.append(option)
    return {"properties": properties, "required": required}


def _default_branch(type_: str, values: Mapping[str, Schema]) -> Schema:
    return {"properties": {"type": {"const": type_}, "default": values.get(f"default:{type_}", False)}}


def _with_property(branch: Schema, name: str, schema: Schema) -> Schema:
    return {**branch, "properties": {name: schema, **branch["properties"]}}
