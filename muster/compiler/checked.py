"""`CheckedRule`: a rule in which every name is resolved and every operator has what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.rule import Condition, Metric


@dataclass(frozen=True, slots=True)
class CheckedRule:
    """A rule that `lower` cannot fail on.

    `condition` holds no Param. `audiences` has every audience that it refers to, None for a deleted one, and is
    free of cycles; `computed` every computed trait that it names. `warnings` do not stop the rule.
    """

    condition: Condition
    audiences: Mapping[str, CheckedRule | None]
    computed: Mapping[str, Metric]
    warnings: tuple[Diagnostic, ...] = ()
