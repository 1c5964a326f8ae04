from __future__ import annotations

from muster.compiler.schema import EventTable, Name, Schema, Shape, merge_names


def test_a_property_over_several_events_has_the_kinds_of_all() -> None:
    schema = Schema(
        events=EventTable(
            events={
                "buy": {("amount",): Name(columns={"num": "amount__num"})},
                "refund": {("amount",): Name(columns={"str": "amount__str"})},
                "login": {},
            }
        )
    )

    assert schema.property(["buy"], ("amount",)).columns == {"num": "amount__num"}
    assert schema.property(["buy", "refund", "login"], ("amount",)).columns == {
        "str": "amount__str",
        "num": "amount__num",
    }
    assert schema.property([], ("amount",)).columns == {"str": "amount__str", "num": "amount__num"}
    assert schema.property(["never"], ("amount",)) == Name()
    assert schema.trait(("plan",)) == Name()


def test_shapes_of_one_column_add_their_fields_up() -> None:
    def shape(path: str, column: str) -> Shape:
        return Shape(
            stored="i__stored",
            size="i__size",
            items="i__items",
            nested="nested",
            scalars={},
            element={(path,): Name(columns={"str": column})},
        )

    merged = merge_names([Name(shape=shape("sku", "sku__str")), Name(shape=shape("color", "color__str"), single=True)])

    assert merged.shape is not None
    assert set(merged.shape.element) == {("sku",), ("color",)}
    assert merged.single is False
