"""Say once who belongs to an audience; get the same answer from every engine, with the reason.

Names are imported when they are asked for, so that `muster --version` and a check of a rule in text load no more than
they need.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muster.compiler.diagnostics import Diagnostic, InternalError, MusterError, RuleError
    from muster.compiler.rule import Library, Rule
    from muster.runtime.comparison import Verdict, equivalent, overlap, subset
    from muster.runtime.compilation import CompiledQuery
    from muster.runtime.compilation import compile_query as compile  # noqa: A004 (the name users look for)
    from muster.runtime.compilation import to_rule as parse
    from muster.runtime.forms import to_english, to_json
    from muster.runtime.forms import to_text as format  # noqa: A004 (the name users look for)
    from muster.runtime.own_data import Schema
    from muster.runtime.store.store import Store
    from muster.runtime.store.store import open_store as open  # noqa: A004 (the name users look for)

__all__ = [
    "CompiledQuery",
    "Diagnostic",
    "InternalError",
    "Library",
    "MusterError",
    "Rule",
    "RuleError",
    "Schema",
    "Store",
    "Verdict",
    "compile",
    "equivalent",
    "format",
    "open",
    "overlap",
    "parse",
    "subset",
    "to_english",
    "to_json",
]

_PLACES = {
    "CompiledQuery": ("muster.runtime.compilation", "CompiledQuery"),
    "Diagnostic": ("muster.compiler.diagnostics", "Diagnostic"),
    "InternalError": ("muster.compiler.diagnostics", "InternalError"),
    "Library": ("muster.compiler.rule", "Library"),
    "MusterError": ("muster.compiler.diagnostics", "MusterError"),
    "Rule": ("muster.compiler.rule", "Rule"),
    "RuleError": ("muster.compiler.diagnostics", "RuleError"),
    "Schema": ("muster.runtime.own_data", "Schema"),
    "Store": ("muster.runtime.store.store", "Store"),
    "Verdict": ("muster.runtime.comparison", "Verdict"),
    "compile": ("muster.runtime.compilation", "compile_query"),
    "equivalent": ("muster.runtime.comparison", "equivalent"),
    "format": ("muster.runtime.forms", "to_text"),
    "open": ("muster.runtime.store.store", "open_store"),
    "overlap": ("muster.runtime.comparison", "overlap"),
    "parse": ("muster.runtime.compilation", "to_rule"),
    "subset": ("muster.runtime.comparison", "subset"),
    "to_english": ("muster.runtime.forms", "to_english"),
    "to_json": ("muster.runtime.forms", "to_json"),
}


if not TYPE_CHECKING:  # a type checker would take any name for a public one

    def __getattr__(name: str) -> object:
        """Import a public name the first time that it is asked for."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        module, original = _PLACES[name]
        found: object = getattr(import_module(module), original)
        globals()[name] = found
        return found


def load_ipython_extension(shell: object) -> None:
    """Add `%%audience` to IPython and Jupyter, which call this for `%load_ext muster`."""
    import_module("muster.api.notebook").load_ipython_extension(shell)


def __dir__() -> list[str]:
    """List the public names, imported or not."""
    return sorted({*globals(), *__all__})
