from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables import Catalogue
from muster.compiler.diagnostics import RuleError, Span
from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.schema import Schema
from muster.grammar.text import parse, parse_metric

CART: list[Json] = [{"sku": "A", "parts": [{"name": "n", "height": 1}]}]


def people() -> Iterator[ProfileRow]:
    for pid in range(100):
        yield ProfileRow(pid, f"u{pid}", traits={"plan": "pro", "seats": "12 or so" if pid < 2 else pid, "cart": CART})


def events() -> Iterator[EventRow]:
    for pid in range(5):
        yield EventRow(
            pid, "purchase", 0, str(pid), {"amount": 3, "note": "$3", "numbers": [1], "items": [{"sku": "A"}]}
        )
    yield EventRow(1, "purchase_failed", 0, "f", {"note": 5})


@pytest.fixture(scope="module")
def schema() -> Schema:
    catalogue = Catalogue()
    catalogue.observe_profiles(people())
    catalogue.observe_events(events())
    return catalogue.schema()


def warnings(source: str, schema: Schema) -> list[str]:
    return [found.code for found in resolve(parse(source), Surroundings(schema)).warnings]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('plan = "pro" and did purchase where (amount > 1)', []),
        ("did purchse", ["E08"]),
        ("did anything where (amount > 1)", []),
        ('did "*"', ["E08"]),
        ('did any of (purchase, "*")', ["E08"]),
        ("pln is set", ["E08"]),
        ("plan = trait pln", ["E08"]),
        ("did purchase where (amout > 1)", ["E08"]),
        ('did purchase where (any items where (sku = "A"))', []),
        ('did purchase where (any items where (skuu = "A"))', ["E08"]),
        ('did purchase where (amount > 1 and no items where (sku = "A" and any parts where (n = 1)))', ["E08"]),
        ('did purchase where (any amount where (sku = "A"))', ["E08"]),
        ('any cart where (sku = "A" and any parts where (name = "n" and height = 1))', []),
        ('any cart where (sku = "A" and any parts where (nam = "n"))', ["E08"]),
        ("any plan where (x = 1)", ["E08"]),
        ("sum(amout) of purchase > 1", ["E08"]),
        ("sum(amount) of purchase > 1", []),
        *((f"{agg}(note) of purchase > 1", ["E09"]) for agg in ("sum", "avg", "min", "max")),
        ("distinct(note) of purchase > 1", []),
        ("sum(note) of any of (purchase, purchase_failed) > 1", []),
        ("sum(numbers) of purchase > 1", []),
        ("sum(items) of purchase > 1", ["E09"]),
        ("did purchase then purchase with same amout", ["E08"]),
        ("seats > 10", []),
        ('seats > "10"', ["E09"]),
        ("plan > 3", ["E09"]),
        ("seats is a string", []),
        ("computed c = count of bouy; computed c > 1", ["E08"]),
        ("computed c = sum(amout) of purchase where (amuont > trait zzz); computed c > 1", ["E08", "E08", "E08"]),
        ("computed c = count of bouy; plan is set", []),
        ("count of purchase > trait zzz", ["E08"]),
        ("sum(amount) of purchase > trait zzz", ["E08"]),
        ("did purchase where (amount = trait zzz)", ["E08"]),
        ("did purchase where (any items where (sku = trait zzz))", ["E08"]),
        ("did purchase where (any itemz where (sku = 1))", ["E08"]),
        ("any itemz where (q = trait zzz)", ["E08", "E08"]),
        ("pln = trait zzz", ["E08", "E08"]),
        ("first_seen > trait zzz", ["E08"]),
    ],
)
def test_the_catalogue_speaks_up(source: str, expected: list[str], schema: Schema) -> None:
    assert warnings(source, schema) == expected


def test_near_names_come_with_their_volume(schema: Schema) -> None:
    (found,) = resolve(parse("did purchse in last 30 days"), Surroundings(schema)).warnings

    assert found.expected == ("purchase",)
    assert found.suggestions == ("did purchase in last 30 days",)
    assert found.hint == 'Did you mean "purchase" (5 events)?'


def test_a_field_of_an_element_is_found_among_those_of_its_list(schema: Schema) -> None:
    (found,) = resolve(parse('any cart where (any parts where (nam = "n"))'), Surroundings(schema)).warnings

    assert found.message == "No element field `nam` ever occurred in this project."
    assert (found.fix, found.origin) == ("name", Span(33, 36))


def test_a_rare_kind_comes_with_its_share(schema: Schema) -> None:
    (found,) = resolve(parse('seats > "10"'), Surroundings(schema)).warnings

    assert found.message == (
        '`seats` is a number in 98% of its values, "10" is text: only the 2% stored as text could match.'
    )


def test_unknown_names_stop_a_strict_compile(schema: Schema) -> None:
    with pytest.raises(RuleError) as caught:
        resolve(parse("did purchse and pln is set"), Surroundings(schema, strict=True))

    assert [found.code for found in caught.value.diagnostics] == ["E08", "E08"]


def test_a_computed_trait_from_elsewhere_is_told_where_it_is_named(schema: Schema) -> None:
    given = Surroundings(schema, computed={"orders": parse_metric("count of purchse")})

    (found,) = resolve(parse("plan is set and computed orders > 1"), given).warnings

    assert found.code == "E08"
    assert found.fix is None
    assert isinstance(found.origin, Span)
    assert found.origin.start >= len("plan is set and ")


def test_a_number_is_said_as_it_is_written(schema: Schema) -> None:
    (found,) = resolve(parse("plan > 50"), Surroundings(schema)).warnings

    assert "50 is a number" in found.message


def test_a_sum_of_texts_is_told_and_with_strict_refused(schema: Schema) -> None:
    rule = parse("sum(note) of purchase < 5")
    (found,) = resolve(rule, Surroundings(schema)).warnings

    assert "holds text, never a number, and `sum` is of numbers only: it is 0 for everyone" in found.message
    assert found.hint is not None
    assert "decimal commas" in found.hint
    with pytest.raises(RuleError, match="has no value and passes no test"):
        resolve(parse("avg(note) of purchase < 5"), Surroundings(schema, strict=True))
