"""What keys may do: every scope there is, in one table.

Kept apart from keys, which hold names of scopes, and from whoever asks for one. A route or command that wants a scope
names one of these. A public key, which anybody can read in a page, has by default only those that tell nobody
anything; an operator may grant it others by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from muster.compiler.messages import keys as say
from muster.runtime.errors import InputError

ALL = "*"  # how a key keeps that it may do everything, also what a later Muster adds


@dataclass(frozen=True, slots=True)
class Scope:
    """What a scope allows, and whether a public key has it without being granted it."""

    allows: str
    is_public: bool = False


SCOPES: Mapping[str, Scope] = {
    "events:write": Scope(
        "send messages: identify, track, page, screen, group, alias, batches of them", is_public=True
    ),
    "devices:write": Scope("register push tokens", is_public=True),
    "profiles:read": Scope("read, list and search profiles"),
    "profiles:write": Scope("write traits"),
    "profiles:export": Scope("export what is held of people"),
    "profiles:delete": Scope("erase people"),
    "audiences:read": Scope("list and read audiences, count and list members, explain, compare and estimate rules"),
    "audiences:write": Scope("create, change and delete audiences"),
    "audiences:check": Scope("ask which audiences one person is in"),
    "sends:write": Scope("send to audiences and people"),
    "schema:read": Scope("list the names and values of traits and events"),
    "rejects:read": Scope("read rejected and recent messages"),
    "webhooks:read": Scope("list webhooks and what was delivered"),
    "webhooks:write": Scope("create, change, delete and replay webhooks"),
}


class ScopeError(InputError):
    """There is no such scope."""


def default_scopes(*, is_public: bool) -> frozenset[str]:
    """Give the scopes of a key that was granted none by name."""
    if is_public:
        return frozenset(name for name, scope in SCOPES.items() if scope.is_public)
    return frozenset({ALL})


def checked_scopes(names: Iterable[str]) -> frozenset[str]:
    """Give names of scopes as a set; raises ScopeError for one that is none."""
    found = frozenset(names)
    for name in sorted(found - SCOPES.keys() - {ALL}):
        raise ScopeError(say.no_scope(name, tuple(SCOPES)))
    return found
