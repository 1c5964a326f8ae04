"""Arrow types of names."""

from __future__ import annotations

import pyarrow as pa

from muster.backends.tables.fields import NUM, TIME, element_type, record_fields
from muster.compiler.schema import Name, Shape

SHAPE = Shape("x__stored", "x__size", "x__items", "nested", {"num": "num"}, {("n",): Name({"str": "n__str"})})


def test_kinds_have_exact_types() -> None:
    name = Name({"time": "x__time", "bool": "x__bool", "num": "x__num", "str": "x__str"})

    assert record_fields({("x",): name}) == [
        pa.field("x__str", pa.string()),
        pa.field("x__num", pa.decimal128(38, 9)),
        pa.field("x__bool", pa.bool_()),
        pa.field("x__time", pa.timestamp("us")),
    ]


def test_a_shape_has_three_columns() -> None:
    assert record_fields({("x",): Name({}, SHAPE)}) == [
        pa.field("x__stored", pa.string()),
        pa.field("x__size", NUM),
        pa.field("x__items", pa.list_(element_type(SHAPE))),
    ]


def test_an_element_has_scalars_then_nested_then_its_own_names() -> None:
    assert [field.name for field in element_type(SHAPE)] == ["num", "nested", "n__str"]


def test_times_carry_no_zone() -> None:
    assert TIME.tz is None
