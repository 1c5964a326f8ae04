"""For tests of rules: people, events and rules at random (Hypothesis), and laws that a rule should keep.

The strategies need Hypothesis, `pip install '.[testing]'`; the laws do not, so each is imported when asked for.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from muster.compiler.messages import laws as _say

if TYPE_CHECKING:
    from muster.runtime.search.person import Person
    from muster.testing.laws import assert_complement, assert_monotone_in_window, assert_subset
    from muster.testing.strategies import events, people, people_near, rules

__all__ = [
    "Person",
    "assert_complement",
    "assert_monotone_in_window",
    "assert_subset",
    "events",
    "people",
    "people_near",
    "rules",
]

_PLACES = {
    "Person": "muster.runtime.search.person",
    "assert_complement": "muster.testing.laws",
    "assert_monotone_in_window": "muster.testing.laws",
    "assert_subset": "muster.testing.laws",
    "events": "muster.testing.strategies",
    "people": "muster.testing.strategies",
    "people_near": "muster.testing.strategies",
    "rules": "muster.testing.strategies",
}


if not TYPE_CHECKING:  # a type checker would take any name for a public one

    def __getattr__(name: str) -> object:
        """Import a public name the first time that it is asked for; raises ImportError where Hypothesis is needed."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        if _PLACES[name].endswith("strategies") and find_spec("hypothesis") is None:
            raise ImportError(_say.no_hypothesis())
        found: object = getattr(import_module(_PLACES[name]), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
