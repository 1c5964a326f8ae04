"""The Arrow types of the schema's names: one field a kind, and for lists and objects a struct an element.

Kept apart because the columns that are built and the DDL that an engine makes must agree on every type.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from muster.compiler.schema import Entry, Name, Record, Shape
from muster.compiler.values import KINDS, NUMBER_DECIMALS, Kind

KEY = pa.uint32()  # of a person: dense numbers, so that rows and sets of them are small
NUM = pa.decimal128(38, NUMBER_DECIMALS)
TIME = pa.timestamp("us")  # UTC, without a zone: engines differ in what they do to zoned ones
TYPES: Mapping[Kind, pa.DataType] = {"str": pa.string(), "num": NUM, "bool": pa.bool_(), "time": TIME}


def record_fields(names: Record) -> list[pa.Field]:
    """Give the columns of all names of a record, in order, and then the maps that names without one share."""
    columns = [field for name in names.values() for field in _name_fields(name)]
    return columns + [pa.field(column, pa.map_(pa.string(), TYPES[kind])) for column, kind in maps_of(names).items()]


def maps_of(names: Record) -> dict[str, Kind]:
    """Give the map columns of a record, in the order of kinds."""
    entries = {kind: held for name in names.values() for kind, held in name.columns.items() if isinstance(held, Entry)}
    return {entries[kind].column: kind for kind in KINDS if kind in entries}


def _name_fields(name: Name) -> list[pa.Field]:
    fields = [pa.field(held, TYPES[kind]) for kind in KINDS if isinstance(held := name.columns.get(kind), str)]
    if name.shape is not None:
        fields += [
            pa.field(name.shape.stored, pa.string()),
            pa.field(name.shape.size, NUM),
            pa.field(name.shape.items, pa.list_(element_type(name.shape))),
        ]
    return fields


def element_type(shape: Shape) -> pa.StructType:
    """Give the struct that one element of a list, or an object, is stored as."""
    scalars = [pa.field(shape.scalars[kind], TYPES[kind]) for kind in KINDS if kind in shape.scalars]
    return pa.struct([*scalars, pa.field(shape.nested, pa.bool_()), *record_fields(shape.element)])
