"""Running rules on an engine: how many belong, who belongs, and why one person does.

Kept apart from compiling for a dialect: an engine runs a plan, so the reference evaluator, which has no SQL, answers
through the same door.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from muster.backends.base import Engine, Limits
from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.compiler.moments import Clock
from muster.compiler.outside import outside
from muster.compiler.pipeline import Compiled, advice, compile_rule
from muster.compiler.plan import Batch
from muster.compiler.planner import plan_many
from muster.compiler.rule import Metric
from muster.compiler.skipped_times import skipped_times
from muster.runtime.clock import AsOf, to_clock
from muster.runtime.compilation import RuleSource, placing, surroundings, to_rule

if TYPE_CHECKING:
    import pyarrow as pa  # what runs a query imports it


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A rule compiled against an engine's schema and bound to a clock, ready to run on that engine."""

    engine: Engine
    compiled: Compiled
    clock: Clock
    limits: Limits

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What says that the answer may be another than was asked for: unknown names, everyone, the case of a text."""
        found = advice(self.compiled, self.engine.schema)
        return tuple(each for each in found if each.severity != "info")

    @property
    def notes(self) -> tuple[Diagnostic, ...]:
        """What this clock makes of the rule: windows that no event of the data lies in, times that its zone skips."""
        lowered = self.compiled.lowered
        found = outside(lowered, self.engine.schema.stats.times, self.clock)
        return self.compiled.placed((*found, *skipped_times(lowered, self.clock)))

    def count(self) -> int:
        """Count the members."""
        with placing(self.compiled):
            return self.engine.count(self.compiled.plan, self.clock, self.limits)

    def members(self) -> pa.ChunkedArray:
        """Give the members' external ids as Arrow strings, each once, sorted by code point."""
        with placing(self.compiled):
            return self.engine.members(self.compiled.plan, self.clock, self.limits)


@dataclass(frozen=True, slots=True)
class EvaluationBatch:
    """Several rules compiled against an engine's schema and planned together, so that what they share is read once."""

    engine: Engine
    batch: Batch
    warnings: tuple[tuple[Diagnostic, ...], ...]
    clock: Clock
    limits: Limits

    def counts(self) -> list[int]:
        """Count the members of each rule, in order."""
        with _placing_nowhere():
            return self.engine.count_many(self.batch, self.clock, self.limits) if self.batch.conditions else []

    def members(self) -> list[pa.ChunkedArray]:
        """Give the members' external ids of each rule, in order, as `Evaluation.members` does."""
        with _placing_nowhere():
            return self.engine.members_many(self.batch, self.clock, self.limits) if self.batch.conditions else []


@contextmanager
def _placing_nowhere() -> Iterator[None]:
    """Leave out where in its rule something stands that a back-end refuses: nothing tells which rule it is."""
    try:
        yield
    except RuleError as error:
        raise RuleError([replace(each, origin=None) for each in error.diagnostics]) from error


def evaluate_many(
    sources: Sequence[RuleSource],
    engine: Engine,
    *,
    as_of: AsOf = None,
    timezone: str = "UTC",
    audiences: Mapping[str, RuleSource | None] | None = None,
    computed: Mapping[str, Metric | str] | None = None,
    strict: bool = False,
    limits: Limits | None = None,
) -> EvaluationBatch:
    """Compile rules for an engine, to be run in one go; raises RuleError for the first rule that is wrong.

    Parameters have their defaults, as each rule has its own. A batch reads each event's rows once, however many rules
    ask for them (docs/benchmarks.md).
    """
    around = surroundings(schema=engine.schema, audiences=audiences, computed=computed, strict=strict)
    compiled = [compile_rule(to_rule(source), around) for source in sources]
    batch = plan_many([(each.lowered, each.optimised) for each in compiled])
    warnings = tuple(each.warnings for each in compiled)
    return EvaluationBatch(engine, batch, warnings, to_clock(as_of, timezone), limits or Limits())


def evaluate(
    source: RuleSource,
    engine: Engine,
    *,
    as_of: AsOf = None,
    timezone: str = "UTC",
    params: Mapping[str, object] | None = None,
    audiences: Mapping[str, RuleSource | None] | None = None,
    computed: Mapping[str, Metric | str] | None = None,
    strict: bool = False,
    name: str | None = None,
    limits: Limits | None = None,
) -> Evaluation:
    """Compile a rule for an engine; nothing runs before `count` or `members`. Raises RuleError."""
    around = surroundings(schema=engine.schema, params=params, audiences=audiences, computed=computed, strict=strict)
    compiled = compile_rule(to_rule(source), around, name=name)
    return Evaluation(engine, compiled, to_clock(as_of, timezone), limits or Limits())
