"""The compiler in one place: Rule -> CheckedRule -> Expr -> Expr -> Plan, every value kept so that people can look.

Pure and without a clock: what depends on `as_of` is bound when a query runs, so one Compiled serves every send.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from muster.compiler.checked import CheckedRule
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.expr import Expr
from muster.compiler.facts import facts_of
from muster.compiler.lint import lint
from muster.compiler.lower import lower
from muster.compiler.passes import run_passes
from muster.compiler.plan import Plan
from muster.compiler.planner import plan
from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema


@dataclass(frozen=True, slots=True)
class Compiled:
    """A rule at every stage of the compiler."""

    rule: Rule
    checked: CheckedRule
    lowered: Expr
    optimised: Expr
    plan: Plan

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What the schema says of the rule's names (E08, E09); it does not stop the rule."""
        return self.checked.warnings

    def placed(self, found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
        """Attach the rule's text to what a back-end has found.

        Where audiences were put in, a place may be one in their text, which nothing tells apart, so none is given.
        """
        if self.checked.audiences:
            return tuple(replace(each, origin=None) for each in found)
        return tuple(replace(each, source=self.rule.source) for each in found)


def compile_rule(rule: Rule, around: Surroundings | None = None, *, name: str | None = None) -> Compiled:
    """Take a rule through every stage up to its plan; raises RuleError with every problem found."""
    checked = resolve(rule, around, name=name)
    lowered = lower(checked)
    optimised = run_passes(lowered, facts=facts_of(None if around is None else around.schema))
    return Compiled(rule, checked, lowered, optimised, plan(lowered, optimised))


def check_rule(rule: Rule, around: Surroundings | None = None, *, name: str | None = None) -> tuple[Diagnostic, ...]:
    """Give every warning and lint of a rule, in order of severity; raises RuleError for what stops it."""
    around = around or Surroundings()
    return advice(compile_rule(rule, around, name=name), around.schema)


def advice(compiled: Compiled, schema: Schema | None) -> tuple[Diagnostic, ...]:
    """Give every warning and lint of a compiled rule, in order of severity; `schema` is what it was compiled against.

    The warnings among them say that an answer may be another than was asked for; the rest is for who writes a rule.
    """
    lints = lint(compiled.rule, compiled.checked, compiled.lowered, schema)
    found = (*compiled.warnings, *(replace(each, source=compiled.rule.source) for each in lints))
    return tuple(sorted(dict.fromkeys(found), key=lambda diagnostic: _ORDER[diagnostic.severity]))


_ORDER = {"error": 0, "warning": 1, "info": 2}
