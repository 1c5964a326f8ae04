"""Why one person is in an audience or not, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, localcontext
from fractions import Fraction

from muster.backends.memory.explain import Evidence, Explanation
from muster.compiler.diagnostics import InternalError
from muster.compiler.moments import from_micros
from muster.compiler.show import show_expr
from muster.grammar.format_values import number_text, quoted

_LISTED = 5
_DECIMALS = 9  # of what no decimal number is exactly, such as an average


def person_text(external_id: str, explanation: Explanation) -> str:
    """Say whether a person is a member, and each condition with what it was decided on."""
    verdict = "is a member" if explanation.member else "is not a member"
    return "\n".join([f"{external_id} {verdict}.", *_conditions(explanation)])


def conditions_text(explanation: Explanation) -> str:
    """Say of each condition whether it holds and what it was decided on."""
    return "\n".join(_conditions(explanation))


def _conditions(explanation: Explanation) -> list[str]:
    return [_line(evidence) for evidence in explanation.atoms]


def person_json(external_id: str, explanation: Explanation) -> dict[str, object]:
    """Give the same as data."""
    return {
        "external_id": external_id,
        "member": explanation.member,
        "conditions": [
            {
                "condition": show_expr(evidence.atom),
                "holds": evidence.holds,
                "seen": [_value(each) for each in evidence.seen],
                "compared_with": [_value(each) for each in evidence.compared],
                "events": [{"at": _time(ts), "message_id": mid} for ts, mid in evidence.events],
            }
            for evidence in explanation.atoms
        ],
    }


def _line(evidence: Evidence) -> str:
    head, *rest = show_expr(evidence.atom).split("\n")
    parts = [f"saw {_list(map(_value, evidence.seen)) or 'nothing'}"]
    if evidence.compared:
        parts.append(f"against {_list(map(_value, evidence.compared))}")
    if evidence.events:
        parts.append(f"from {_list(_time(ts) for ts, _ in evidence.events)}")
    mark = "yes" if evidence.holds else "no "
    return "\n".join([f"  {mark}  {head}  ({', '.join(parts)})", *(f"       {line}" for line in rest)])


def _list(items: Iterable[str]) -> str:
    shown = list(items)
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return ", ".join(shown[:_LISTED]) + more


def _value(value: object) -> str:
    """Write a value as rules write it; lists and objects, which these do not write, as JSON."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case Fraction():
            return _fraction(value)
        case int() | Decimal() | float():
            number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
            return number_text(number) if number.is_finite() else str(value)
        case datetime():
            return value.isoformat()
        case tuple((str() as stage, datetime() as at)):
            return f"{stage} at {_value(at)}"
        case list() | tuple():
            return f"[{', '.join(map(_value, value))}]"
        case Mapping():
            return f"{{{', '.join(f'{quoted(str(key))}: {_value(held)}' for key, held in value.items())}}}"
        case None:
            return "null"
        case _:
            raise InternalError("api", f"a value of type {type(value).__name__} that a person has")


def _fraction(value: Fraction) -> str:
    with localcontext(prec=80):
        number = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal(1).scaleb(-_DECIMALS))
    return number_text(number) if Fraction(number) == value else f"about {number_text(number)}"


def _time(micros: int) -> str:
    return from_micros(micros).isoformat()
