"""YAML as JSON has it: texts, numbers, true, false and null, and where each thing stands.

Kept apart from what a file of tests may hold. YAML 1.1 makes `no` a boolean, 010 an eight and a date a date object;
here a country code stays a text, a date too, and a fraction is exact. A key that stands twice is refused.
https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import yaml

from muster.compiler.messages import rule_tests

_TAG = "tag:yaml.org,2002:"
_PLAIN = (
    ("null", r"null|~", "n~"),
    ("null", r"", ""),
    ("bool", r"true|false", "tf"),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", "-0123456789"),
)


class YamlError(Exception):
    """A text is no YAML; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


class _Loader(yaml.SafeLoader):
    """Reads plain words by the rules of JSON."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (as its parent has it)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError("A key must be a text.", key.start_mark.line + 1)
        if key.value in seen:
            raise YamlError(f'The key "{key.value}" stands here for the second time.', key.start_mark.line + 1)
        seen.add(key.value)
    return {key.value: loader.construct_object(value, deep=True) for key, value in node.value}


def _as(convert: Callable[[str], object]) -> Callable[[_Loader, yaml.ScalarNode], object]:
    return lambda loader, node: convert(str(loader.construct_scalar(node)))


for _name, _pattern, _first in _PLAIN:
    _Loader.add_implicit_resolver(f"{_TAG}{_name}", re.compile(rf"(?:{_pattern})\Z"), list(_first) or [""])
_Loader.add_constructor(f"{_TAG}map", _mapping)
_Loader.add_constructor(f"{_TAG}float", _as(Decimal))
_Loader.add_constructor(f"{_TAG}int", _as(int))
_Loader.add_constructor(f"{_TAG}bool", _as("true".__eq__))


class Document:
    """What a YAML text holds, and where; made of a text, it raises YamlError."""

    def __init__(self, text: str) -> None:
        try:
            loader = _Loader(text)
            try:
                self._root = loader.get_single_node()
                self.value: Any = None if self._root is None else loader.construct_document(self._root)
            finally:
                loader.dispose()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise YamlError(f"This is no YAML: {error.problem}.", 1 if mark is None else mark.line + 1) from error
        except RecursionError as error:
            raise YamlError(rule_tests.too_deep(), loader.line + 1) from error
        except yaml.YAMLError as error:  # a character that YAML does not have
            raise YamlError(f"This is no YAML: {str(error).splitlines()[0]}.", 1) from error

    def line(self, path: Sequence[str | int]) -> int:
        """Give the line of what stands at a path, or of the last thing on the way to it."""
        line = 1
        for _, node in _down(self._root, path):
            line = node.start_mark.line + 1
        return line

    def known(self, path: Sequence[str | int]) -> tuple[str | int, ...]:
        """Give a path without the steps that lead nowhere."""
        return tuple(step for step, _ in _down(self._root, path))


def _down(root: yaml.Node | None, path: Sequence[str | int]) -> Iterator[tuple[str | int, yaml.Node]]:
    node = root
    for step in path:
        inside: dict[object, tuple[yaml.Node, yaml.Node]] = {}  # where it begins, and what it is
        if isinstance(node, yaml.MappingNode):
            inside = {key.value: (key, value) for key, value in node.value}
        elif isinstance(node, yaml.SequenceNode):
            inside = {number: (item, item) for number, item in enumerate(node.value)}
        if step in inside:
            begins, node = inside[step]
            yield step, begins
