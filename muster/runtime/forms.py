"""A rule in its other forms, whatever it is given in: the library's `to_json`, `format` and `to_english`.

Kept apart from the grammar, whose functions take a `Rule`: here a text, JSON text or JSON data is one too, as it is
for `parse` and `compile`.
"""

from __future__ import annotations

from muster.compiler.rule import Library
from muster.grammar import english, json_dump
from muster.grammar import format as text_format
from muster.runtime.compilation import RuleSource, to_rule


def to_json(source: RuleSource | Library) -> json_dump.Json:
    """Give the canonical JSON data of a rule or library; raises RuleError if it is given in text or JSON and wrong."""
    return json_dump.dump(source if isinstance(source, Library) else to_rule(source))


def to_text(source: RuleSource | Library) -> str:
    """Give the canonical text of a rule or library; raises RuleError as `to_json` does."""
    if isinstance(source, Library):
        return text_format.format_library(source)
    return text_format.format_rule(to_rule(source))


def to_english(source: RuleSource) -> str:
    """Say a rule in English; raises RuleError as `to_json` does."""
    return english.english(to_rule(source))
