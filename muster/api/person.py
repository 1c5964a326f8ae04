"""Why one person is in an audience or not, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from muster.backends.memory.explain import Evidence, Explanation
from muster.compiler.expr import EdgeTime, EventMetric
from muster.compiler.moments import from_micros
from muster.compiler.show import show_expr

_LISTED = 5


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
                "seen": [_value(each, evidence) for each in evidence.seen],
                "compared_with": [_value(each, evidence) for each in evidence.compared],
                "events": [{"at": _time(ts), "message_id": mid} for ts, mid in evidence.events],
            }
            for evidence in explanation.atoms
        ],
    }


def _line(evidence: Evidence) -> str:
    head, *rest = show_expr(evidence.atom).split("\n")
    parts = [f"saw {_list(_value(each, evidence) for each in evidence.seen) or 'nothing'}"]
    if evidence.compared:
        parts.append(f"against {_list(_value(each, evidence) for each in evidence.compared)}")
    if evidence.events:
        parts.append(f"from {_list(_time(ts) for ts, _ in evidence.events)}")
    mark = "yes" if evidence.holds else "no "
    return "\n".join([f"  {mark}  {head}  ({', '.join(parts)})", *(f"       {line}" for line in rest)])


def _list(items: Iterable[str]) -> str:
    shown = list(items)
    more = f" and {len(shown) - _LISTED} more" if len(shown) > _LISTED else ""
    return ", ".join(shown[:_LISTED]) + more


def _value(value: object, evidence: Evidence) -> str:
    if isinstance(evidence.atom, EventMetric) and isinstance(evidence.atom.reducer, EdgeTime):
        return _time(int(value))  # type: ignore[call-overload]  # microseconds
    if isinstance(value, Fraction):
        return f"{value.numerator}" if value.denominator == 1 else f"{float(value):.9g}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _time(micros: int) -> str:
    return from_micros(micros).isoformat()
