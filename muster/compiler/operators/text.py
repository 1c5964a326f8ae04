"""Parts of a text, literally, and patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from muster.compiler.expr import Expr, Matches, TextTest
from muster.compiler.operators.spec import TEXT_ONLY, Example, Operands, Operator, Target
from muster.compiler.regex import parse_pattern
from muster.compiler.values import Text


def _part(how: Literal["contains", "starts_with", "ends_with"]) -> Callable[[Target, Operands], Expr]:
    def lower(target: Target, operands: Operands) -> Expr:
        return target.passes(TextTest(how, _text(operands), operands.ignore_case))

    return lower


def _matches(target: Target, operands: Operands) -> Expr:
    return target.passes(Matches(parse_pattern(_text(operands)), operands.ignore_case))


def _text(operands: Operands) -> str:
    (value,) = operands.values
    assert isinstance(value, Text), value
    return value.value


def _complement(name: str, english: str, example: Example) -> Operator:
    return Operator(
        name=f"not_{name}",
        argument="value",
        accepts=TEXT_ONLY,
        ignore_case=True,
        english=english,
        doc=f"The complement of `{name}`: also true where the value is missing.",
        complement_of=name,
        examples=(example,),
    )


OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="contains",
        argument="value",
        accepts=TEXT_ONLY,
        ignore_case=True,
        english="contains {value}",
        doc="Some text element holds the text, literally. `ignoring case` folds ASCII letters only.",
        lower=_part("contains"),
        examples=(
            Example('email contains "+test"', matches=True, traits={"email": "a+test@x.com"}),
            Example('note contains "%_"', matches=False, traits={"note": "100 percent"}),
            Example('city contains "É" ignoring case', matches=False, traits={"city": "é"}),
        ),
    ),
    _complement("contains", "does not contain {value}", Example('email does not contain "x"', matches=True)),
    Operator(
        name="starts_with",
        argument="value",
        accepts=TEXT_ONLY,
        ignore_case=True,
        english="starts with {value}",
        doc="Some text element begins with the text, literally.",
        lower=_part("starts_with"),
        examples=(Example('url starts with "/pricing"', matches=True, traits={"url": "/pricing?a=1"}),),
    ),
    _complement(
        "starts_with",
        "does not start with {value}",
        Example('url does not start with "/"', matches=False, traits={"url": "/a"}),
    ),
    Operator(
        name="ends_with",
        argument="value",
        accepts=TEXT_ONLY,
        ignore_case=True,
        english="ends with {value}",
        doc="Some text element ends with the text, literally.",
        lower=_part("ends_with"),
        examples=(Example('email ends with "@acme.com" ignoring case', matches=True, traits={"email": "A@ACME.COM"}),),
    ),
    _complement(
        "ends_with",
        "does not end with {value}",
        Example('email does not end with "@acme.com"', matches=False, traits={"email": "a@acme.com"}),
    ),
    Operator(
        name="matches",
        argument="value",
        accepts=TEXT_ONLY,
        ignore_case=True,
        english="matches the pattern {value}",
        doc="Some text element has a match of the pattern somewhere, in Muster's regex dialect.",
        lower=_matches,
        examples=(
            Example('sku matches "^[A-Z]{3}-[0-9]+$"', matches=True, traits={"sku": "ABC-12"}),
            Example('sku matches "^[A-Z]{3}-[0-9]+$"', matches=False, traits={"sku": "ABC-12\n"}),
            Example(r'sku matches "^\\w$"', matches=False, traits={"sku": "é"}),
        ),
    ),
    _complement("matches", "does not match the pattern {value}", Example('sku does not match "a"', matches=True)),
)
