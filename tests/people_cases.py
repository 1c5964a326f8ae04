"""Cases of everything around values and events: groups, negation, elements, built-in fields, samples, stages.

Separate from the test that puts them to the reference, so that any engine can be asked the same.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from muster.backends.base import ProfileRow
from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    ComparePair,
    Count,
    ElementTest,
    Expr,
    FieldTest,
    HasKind,
    Not,
    Or,
    Present,
    Sample,
    StageEntered,
    TextTest,
)
from tests.cases import (
    DAY,
    HOUR,
    NOW,
    US,
    Case,
    at,
    compare,
    elem,
    event,
    flag,
    last,
    metric,
    num,
    person,
    profile_field,
    prop,
    text,
    trait,
    within,
)

_GONE = Broken("VIP")
_SKU, _CHEAP = compare(elem("sku"), "eq", text("a")), compare(elem("price"), "lt", num(10))
_A_CHEAP = And((_SKU, _CHEAP))


def _some(where: Expr, path: str = "items") -> Expr:
    return ElementTest(trait(path), where)


def _every(where: Expr) -> Expr:
    return ElementTest(trait("items"), where, every=True)


def _items(*elements: Any) -> ProfileRow:
    return person({"items": list(elements)})


_TWO = _items({"sku": "a", "price": 50}, {"sku": "b", "price": 5})
_ONE = _items({"sku": "a", "price": 50}, {"sku": "a", "price": 5})
_SEEN = compare(profile_field("last_seen"), "lt", at(NOW - 14 * DAY))
_IS_ME = compare(profile_field("external_id"), "eq", text("u1"))
_AT_RISK = compare(profile_field("lifecycle_stage"), "eq", text("at_risk"))
_ENTERED = StageEntered("at_risk", last(7 * DAY))

# int(md5("s:u1")[:8], 16) % 10,000 is 1,514, worked out with md5sum.
_SHARE = Decimal("15.14")

_ROWS: list[tuple[str, Expr, ProfileRow, bool]] = [
    # --- constants and groups
    ("everyone", TRUE, person(), True),
    ("nobody", FALSE, person(), False),
    ("all of nothing is true", And(()), person(), True),
    ("any of nothing is false", Or(()), person(), False),
    ("none of nothing is true", Not(Or(())), person(), True),
    ("and needs all", And((TRUE, FALSE)), person(), False),
    ("or needs one", Or((FALSE, TRUE)), person(), True),
    ("not not", Not(Not(TRUE)), person(), True),
    # --- a deleted reference is nobody in both polarities
    ("broken is false", _GONE, person(), False),
    ("not broken is false too", Not(_GONE), person(), False),
    ("not not broken as well", Not(Not(_GONE)), person(), False),
    ("broken or something", Or((_GONE, TRUE)), person(), True),
    ("broken and something", And((_GONE, TRUE)), person(), False),
    ("not (broken or true)", Not(Or((_GONE, TRUE))), person(), False),
    ("not (broken or false) mails nobody", Not(Or((_GONE, FALSE))), person(), False),
    ("not (broken and false)", Not(And((_GONE, FALSE))), person(), True),
    ("not (broken and true) mails nobody", Not(And((_GONE, TRUE))), person(), False),
    ("not (not broken and true) mails nobody", Not(And((Not(_GONE), TRUE))), person(), False),
    # --- elements
    ("one element has both", _some(_A_CHEAP), _ONE, True),
    ("two elements have one each", _some(_A_CHEAP), _TWO, False),
    ("which paths alone cannot tell", compare(trait("items.price"), "lt", num(10)), _TWO, True),
    ("every element", _every(_SKU), _ONE, True),
    ("not every element", _every(_SKU), _TWO, False),
    ("some element of an empty list", _some(TRUE), _items(), False),
    ("every element of an empty list", _every(FALSE), _items(), True),
    ("some element of nothing", _some(TRUE), person(), False),
    ("every element of nothing", _every(FALSE), person(), True),
    ("a scalar has no elements", _some(TRUE), person({"items": "a"}), False),
    ("so every one of them passes", _every(FALSE), person({"items": "a"}), True),
    ("an object is a list of one", _some(_SKU), person({"items": {"sku": "a"}}), True),
    ("even an empty one", _some(TRUE), person({"items": {}}), True),
    ("nulls are no elements", _every(FALSE), _items(None), True),
    ("a scalar element has no fields", _some(_SKU), _items("a"), False),
    ("so a negation passes", _some(Not(_SKU)), _items("a"), True),
    ("a number out of range is no element", _some(Not(_SKU)), _items(10**18), False),
    ("a nested list never passes", _some(TRUE), _items([{"sku": "a"}]), False),
    ("not even a negation", _some(Not(_SKU)), _items([{"sku": "a"}]), False),
    ("so not every element passes", _every(TRUE), _items({}, []), False),
    ("a field inside an element may be a list", _some(compare(elem("t"), "eq", num(2))), _items({"t": [1, 2]}), True),
    ("a field's size", _some(compare(elem("t", size=True), "gte", num(2))), _items({"t": [1]}, {"t": [1, 2]}), True),
    (
        "elements inside elements",
        _some(ElementTest(elem("parts"), And((_SKU, compare(elem("n"), "eq", num(1)))))),
        _items({"parts": [{"sku": "a", "n": 2}, {"sku": "b", "n": 1}]}, {"parts": {"sku": "a", "n": 1}}),
        True,
    ),
    (
        "an element against a trait",
        _some(FieldTest(elem("sku"), ComparePair("eq", trait("wish")))),
        person({"items": [{"sku": "a"}], "wish": ["a", "z"]}),
        True,
    ),
    (
        "elements at a path through a list",
        _some(_A_CHEAP, "orders.items"),
        person({"orders": [{"items": [{"sku": "a", "price": 50}]}, {"items": [{"sku": "a", "price": 5}]}]}),
        True,
    ),
    # --- built-in fields
    ("last seen long ago", _SEEN, person(last_seen=NOW - 15 * DAY), True),
    ("last seen exactly then is not before", _SEEN, person(last_seen=NOW - 14 * DAY), False),
    ("never seen is missing", _SEEN, person(), False),
    (
        "seen after as_of is missing",
        FieldTest(profile_field("first_seen"), Present()),
        person(first_seen=NOW + US),
        False,
    ),
    ("seen at as_of is missing", FieldTest(profile_field("created_at"), Present()), person(created_at=NOW), False),
    ("seen just before is not", FieldTest(profile_field("last_seen"), Present()), person(last_seen=NOW - US), True),
    (
        "missing fields pass negations",
        Not(compare(profile_field("last_seen"), "gt", at(0))),
        person(last_seen=NOW),
        True,
    ),
    ("the external id", _IS_ME, person(), True),
    ("of an anonymous profile is missing", _IS_ME, person(is_anonymous=True), False),
    ("and its negation true", Not(_IS_ME), person(is_anonymous=True), True),
    (
        "the external id is text only",
        FieldTest(profile_field("external_id"), HasKind("num")),
        person(external_id="7"),
        False,
    ),
    (
        "the external id in NFC",
        FieldTest(profile_field("external_id"), TextTest("equals", "é")),
        person(external_id="e\u0301"),
        True,
    ),
    ("is anonymous", compare(profile_field("is_anonymous"), "eq", flag(1)), person(is_anonymous=True), True),
    ("is not anonymous", compare(profile_field("is_anonymous"), "eq", flag(0)), person(), True),
    (
        "a user trait of that name is another thing",
        compare(trait("last_seen"), "eq", num(1)),
        person({"last_seen": 1}, last_seen=5),
        True,
    ),
    ("a lifecycle stage", _AT_RISK, person(fields={"lifecycle_stage": "at_risk"}), True),
    ("never classified is missing", _AT_RISK, person(), False),
    (
        "a lifecycle measure",
        FieldTest(profile_field("p_return"), within(None, num("0.3"))),
        person(fields={"p_return": Decimal("0.29")}),
        True,
    ),
    # --- stages entered
    ("entered in the window", _ENTERED, person(stages=(("at_risk", NOW - 7 * DAY),)), True),
    ("entered before it", _ENTERED, person(stages=(("at_risk", NOW - 7 * DAY - US),)), False),
    ("entered at as_of", _ENTERED, person(stages=(("at_risk", NOW),)), False),
    ("another stage", _ENTERED, person(stages=(("churned", NOW - DAY),)), False),
    (
        "entered once of several times",
        _ENTERED,
        person(stages=(("at_risk", 0), ("active", NOW - 2 * DAY), ("at_risk", NOW - DAY))),
        True,
    ),
    # --- samples
    ("a sample up to a share leaves it out", Sample("s", _SHARE), person(), False),
    ("a sample a little larger takes it in", Sample("s", _SHARE + Decimal("0.000000001")), person(), True),
    ("another salt is another sample", Sample("s2", _SHARE + Decimal("0.01")), person(), False),
    ("0 percent is nobody", Sample("s", Decimal(0)), person(), False),
    ("100 percent is everyone", Sample("s", Decimal(100)), person(), True),
    (
        "an anonymous profile is sampled by the id that members yields",
        Sample("s", _SHARE + Decimal("0.01")),
        person(is_anonymous=True),
        True,
    ),
]

_CARTS = (event(NOW - HOUR, {"items": [{"sku": "a", "price": 50}, {"sku": "b", "price": 5}]}),)

CASES = [
    *(Case(name, expr, expected, profile) for name, expr, profile, expected in _ROWS),
    Case(
        "elements of a property",
        metric(Count(), Compare("eq", num(1)), where=ElementTest(prop("items"), _A_CHEAP)),
        False,
        events=_CARTS,
    ),
    Case(
        "elements of a property beside the property",
        metric(
            Count(),
            Compare("eq", num(1)),
            where=And((ElementTest(prop("items"), _SKU), compare(prop("items", size=True), "eq", num(2)))),
        ),
        True,
        events=_CARTS,
    ),
]
