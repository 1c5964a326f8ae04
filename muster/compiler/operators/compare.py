"""Equality, order and membership of a list of literals."""

from __future__ import annotations

from muster.compiler.expr import And, Expr
from muster.compiler.operators.operands import between, compare, equals, one_of
from muster.compiler.operators.spec import ANY_SCALAR, ORDERED, Example, Operands, Operator, Target


def _equal(target: Target, operands: Operands) -> Expr:
    return target.passes(equals(operands.values[0], ignore_case=operands.ignore_case))


def _less(target: Target, operands: Operands) -> Expr:
    return target.passes(compare("lt", operands.values[0]))


def _at_most(target: Target, operands: Operands) -> Expr:
    return target.passes(compare("lte", operands.values[0]))


def _greater(target: Target, operands: Operands) -> Expr:
    return target.passes(compare("gt", operands.values[0]))


def _at_least(target: Target, operands: Operands) -> Expr:
    return target.passes(compare("gte", operands.values[0]))


def _all_equal(target: Target, operands: Operands) -> Expr:
    return And(tuple(target.passes(equals(value)) for value in operands.values))


OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="eq",
        argument="value",
        accepts=ANY_SCALAR,
        ignore_case=True,
        english="is {value}",
        doc="Some element equals the value. A date is a whole local day; text and numbers never meet.",
        lower=_equal,
        examples=(
            Example('plan = "pro"', matches=True, traits={"plan": "pro"}),
            Example('plan = "pro"', matches=False, traits={"plan": "Pro"}),
            Example('plan = "pro" ignoring case', matches=True, traits={"plan": "PRO"}),
            Example("seats = 42", matches=True, traits={"seats": "42"}),
            Example('zip = "02134"', matches=False, traits={"zip": 2134}),
            Example("vip = true", matches=True, traits={"vip": "TRUE"}),
            Example('tags = "b"', matches=True, traits={"tags": ["a", "b"]}),
            Example("born = 2024-02-29", matches=True, traits={"born": "2024-02-29T23:59:59Z"}),
            Example("home = trait work", matches=True, traits={"home": "US", "work": "US"}),
            Example("home = trait work", matches=False, traits={}),
        ),
    ),
    Operator(
        name="neq",
        argument="value",
        accepts=ANY_SCALAR,
        ignore_case=True,
        english="is not {value}",
        doc="The complement of `eq`: also true where the value is missing or of another kind.",
        complement_of="eq",
        examples=(
            Example('plan != "free"', matches=True, traits={"plan": "pro"}),
            Example('plan != "free"', matches=True),
            Example('tags != "x"', matches=False, traits={"tags": ["x", "y"]}),
        ),
    ),
    Operator(
        name="lt",
        argument="value",
        accepts=ORDERED,
        english="is under {value}",
        doc="Some element is below the value; before the start of a date.",
        lower=_less,
        examples=(
            Example("age < 18", matches=True, traits={"age": 17.5}),
            Example("age < 18", matches=False),
            Example("born < 2024-01-01", matches=False, traits={"born": "2024-01-01"}),
        ),
    ),
    Operator(
        name="lte",
        argument="value",
        accepts=ORDERED,
        english="is at most {value}",
        doc="Some element is at or below the value; before the end of a date.",
        lower=_at_most,
        examples=(
            Example("age <= 18", matches=True, traits={"age": 18}),
            Example("born <= 2024-01-01", matches=True, traits={"born": "2024-01-01T10:00:00Z"}),
        ),
    ),
    Operator(
        name="gt",
        argument="value",
        accepts=ORDERED,
        english="is over {value}",
        doc="Some element is above the value; at or after the end of a date.",
        lower=_greater,
        examples=(
            Example("ltv > 1_234.50", matches=True, traits={"ltv": 1234.51}),
            Example("ltv > 1_234.50", matches=False, traits={"ltv": "abc"}),
            Example('name > "a"', matches=False, traits={"name": "B"}),
            Example("born > 2024-01-01", matches=True, traits={"born": "2024-01-02"}),
        ),
    ),
    Operator(
        name="gte",
        argument="value",
        accepts=ORDERED,
        english="is at least {value}",
        doc="Some element is at or above the value; at or after the start of a date.",
        lower=_at_least,
        examples=(
            Example("seats >= 10", matches=True, traits={"seats": [3, 10]}),
            Example("balance >= -5", matches=True, traits={"balance": -5}),
        ),
    ),
    Operator(
        name="between",
        argument="pair",
        accepts=ORDERED,
        english="is between {low} and {high}",
        doc="One element is within both bounds: numbers and texts include both ends, dates whole days, "
        "instants [low, high). Reversed bounds match nobody.",
        lower=between,
        examples=(
            Example("seats between 10 and 50", matches=True, traits={"seats": 50}),
            Example("x between 0 and 1", matches=False, traits={"x": [-1, 2]}),
            Example("d between 2024-01-01 and 2024-01-02", matches=True, traits={"d": "2024-01-02T23:00:00Z"}),
            Example("d between 90 days ago and 30 days ago", matches=False, traits={"d": "2024-06-01"}),
        ),
    ),
    Operator(
        name="in",
        argument="values",
        accepts=ANY_SCALAR,
        english="is one of {values}",
        doc="Some element equals one of the values; of none: nobody.",
        lower=one_of,
        examples=(
            Example('country in ("US", "CA")', matches=True, traits={"country": "CA"}),
            Example('x in ("1", 2)', matches=True, traits={"x": 2}),
            Example("x in ()", matches=False, traits={"x": 2}),
        ),
    ),
    Operator(
        name="not_in",
        argument="values",
        accepts=ANY_SCALAR,
        english="is none of {values}",
        doc="The complement of `in`: also true where the value is missing.",
        complement_of="in",
        examples=(
            Example('country not in ("US", "CA")', matches=True),
            Example('country not in ("US", "CA")', matches=False, traits={"country": "US"}),
        ),
    ),
    Operator(
        name="has",
        argument="value",
        accepts=ANY_SCALAR,
        english="has {value}",
        doc="The same as `eq`, said of a list.",
        lower=_equal,
        examples=(
            Example('tags has "beta"', matches=True, traits={"tags": ["beta", "x"]}),
            Example('tags has "beta"', matches=True, traits={"tags": "beta"}),
            Example('tags has "beta"', matches=False, traits={"tags": [["beta"]]}),
        ),
    ),
    Operator(
        name="has_any",
        argument="values",
        accepts=ANY_SCALAR,
        english="has any of {values}",
        doc="The same as `in`, said of a list.",
        lower=one_of,
        examples=(Example('tags has any of ("a", "b")', matches=True, traits={"tags": ["b"]}),),
    ),
    Operator(
        name="has_all",
        argument="values",
        accepts=ANY_SCALAR,
        english="has all of {values}",
        doc="For each value some element equals it; of none: everyone.",
        lower=_all_equal,
        examples=(
            Example('tags has all of ("a", "b")', matches=True, traits={"tags": ["b", "c", "a"]}),
            Example('tags has all of ("a", "b")', matches=False, traits={"tags": ["a"]}),
        ),
    ),
    Operator(
        name="has_none",
        argument="values",
        accepts=ANY_SCALAR,
        english="has none of {values}",
        doc="The complement of `has_any`: also true where the value is missing.",
        complement_of="has_any",
        examples=(
            Example('tags has none of ("spam")', matches=True),
            Example('tags has none of ("spam")', matches=False, traits={"tags": ["spam", "a"]}),
        ),
    ),
)
