"""What a caller from Python gives beside the rules: kinds of arguments, and numbers that mean something.

Python checks no annotation, so a list where a mapping belongs would be an AttributeError from the inside, a misspelt
keyword would count for nothing, and another `output` than there is would be the other one. Rules, times and time zones
are not looked at here: whatever is wrong with those is a RuleError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from muster.backends.base import Output
from muster.compiler.messages import arguments as say
from muster.compiler.rule import Metric
from muster.compiler.schema import Schema

_OUTPUTS = get_args(Output)
_OF_COMPARISONS = (
    *("schema", "as_of", "timezone", "params", "audiences", "computed"),
    *("seed", "tries", "seconds"),
)


def check_arguments(**given: object) -> None:
    """Look at arguments of a public function; raises TypeError for another kind, ValueError for what has no sense."""
    for name, value in given.items():
        if name in _KINDS and not _KINDS[name](value):
            raise TypeError(say.wrong_kind(name, value))
        if name in ("tries", "seconds") and isinstance(value, (int, float)) and not value > 0:  # nan is not
            raise ValueError(say.not_positive(name, value))
        if name == "output" and value not in _OUTPUTS:
            raise ValueError(say.no_such_output(value, _OUTPUTS))
        for key, held in value.items() if isinstance(value, Mapping) else ():
            if not isinstance(key, str):
                raise TypeError(say.wrong_key(name, key))
            if name == "computed" and not isinstance(held, (Metric, str)):
                raise TypeError(say.wrong_metric(key, held))


def check_keywords(given: Mapping[str, object]) -> None:
    """Look at all keywords of a comparison; raises TypeError also for one that it does not have."""
    for name in given:
        if name not in _OF_COMPARISONS:
            raise TypeError(say.no_such_argument(name, _OF_COMPARISONS))
    check_arguments(**given)


def _kind(*kinds: type) -> Callable[[object], bool]:
    """Tell values of some kinds; True and False are no numbers."""
    return lambda value: isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))


_MAPPING, _TEXT, _NOTHING = _kind(Mapping, type(None)), _kind(str), type(None)
_KINDS: Mapping[str, Callable[[object], bool]] = {
    "schema": _kind(Schema, _NOTHING),
    "params": _MAPPING,
    "audiences": _MAPPING,
    "computed": _MAPPING,
    "dialect": _TEXT,
    "url": _TEXT,
    "name": _kind(str, _NOTHING),
    "strict": _kind(bool),
    "seed": _kind(int),
    "tries": _kind(int),
    "seconds": _kind(int, float),
}
