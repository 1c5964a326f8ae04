"""Literals in other notations: what they are, and how a rule writes them."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import RuleError, Span
from muster.grammar.text import parse

LITERALS: list[tuple[str, str, str, str | None]] = [
    ('plan = "pro', "E14", '"pro', 'plan = "pro"'),
    ("plan = 'pro", "E14", "'pro", "plan = 'pro'"),
    ('plan = "pro and x = 1', "E14", '"pro and x = 1', None),
    ('plan = "a\nb"', "E14", '"a', None),
    ("`plan = 1", "E14", "`plan = 1", None),
    ("plan = “pro”", "E14", "“pro”", 'plan = "pro"'),
    ('plan = “say "x\\”', "E14", '“say "', 'plan = "say "x\\”'),
    ("plan = ‘pro’ and x = 1", "E14", "‘pro’", 'plan = "pro" and x = 1'),
    ("plan = «pro", "E14", "«pro", None),
    ("x after 2024-1-5", "E22", "2024-1-5", "x after 2024-01-05"),
    ("x after 2024/01/05 and y = 1", "E22", "2024/01/05", "x after 2024-01-05 and y = 1"),
    ("x after 2024.13.05", "E22", "2024.13.05", None),
    ("x after 05/01/2024", "E22", "05/01/2024", None),
    ("x after 5.1.2024", "E22", "5.1.2024", None),
    ("x after 2024-01-05 10:00", "E22", "2024-01-05 10:00", "x after 2024-01-05T10:00"),
    ("x > 1e5", "E13", "1e5", "x > 100000"),
    ("x > 2.5E-3", "E13", "2.5E-3", "x > 0.0025"),
    ("x > 1,000", "E13", "1,000", "x > 1000"),
    ("x > 1,234,567.89", "E13", "1,234,567.89", "x > 1234567.89"),
    ("x > .5", "E13", ".5", "x > 0.5"),
    ("x > -.5", "E13", "-.5", "x > -0.5"),
    ("x > +5", "E13", "+5", "x > 5"),
    ("x\u00a0= 1", "E13", "\u00a0", "x = 1"),
    ("\ufeffx = 1", "E13", "\ufeff", "x = 1"),
    ("x = \u200b1", "E13", "\u200b", "x = 1"),
]


@pytest.mark.parametrize(("text", "code", "place", "mended"), LITERALS)
def test_literal(text: str, code: str, place: str, mended: str | None):
    with pytest.raises(RuleError) as refused:
        parse(text)
    diagnostic = refused.value.diagnostics[0]
    assert isinstance(diagnostic.origin, Span)
    start, end = diagnostic.origin.start, diagnostic.origin.end

    assert (diagnostic.code, text[start:end]) == (code, place)
    if mended is None:
        assert diagnostic.fix is None
    else:
        assert diagnostic.fix is not None
        assert text[:start] + diagnostic.fix + text[end:] == mended
        assert len(refused.value.diagnostics) > 1 or parse(mended)


@pytest.mark.parametrize("text", ["x > 1e18", "x > 1e-10", "x > 1e999"])
def test_a_number_that_no_rule_holds_gets_no_fix(text: str):
    with pytest.raises(RuleError) as refused:
        parse(text)

    assert all(not (d.fix or "").startswith("1000") for d in refused.value.diagnostics)
