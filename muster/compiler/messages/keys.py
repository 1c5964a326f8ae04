"""Wording of what goes wrong with keys and scopes. No sentence holds a key's secret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from muster.compiler.spelling import closest

Refusal = Literal["malformed", "unknown", "revoked", "expired"]


def refused(why: Refusal) -> str:
    """Say why a key does not open anything."""
    match why:
        case "malformed":
            return (
                "That is no key: it begins with pk_ or sk_ and has 49 characters. A part may be missing, or mistyped."
            )
        case "unknown":
            return "Nobody was given this key here."
        case "revoked":
            return "The key was revoked."
        case "expired":
            return "The key has expired."


def no_scope(name: str, known: Sequence[str]) -> str:
    """Say that a scope is none, with the nearest one."""
    near = closest(name, known, most=1)
    hint = f'Did you mean "{near[0]}"?' if near else f"There are {', '.join(known)}."
    return f'There is no scope "{name}". {hint}'


def no_key(public_id: str, known: Sequence[str]) -> str:
    """Say that nobody has a key of that id, with the nearest one."""
    near = closest(public_id, known, most=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no key "{public_id}".{hint} A key is named by the 8 characters after pk_ or sk_.'


def no_organisation(name: str, known: Sequence[str]) -> str:
    """Say that an organisation is not there, with the nearest one."""
    near = closest(name, known, most=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no organisation "{name}".{hint}'


def no_project(org: str, name: str) -> str:
    """Say that an organisation has no such project."""
    return f'There is no project "{name}" in "{org}".'


def public_needs_project() -> str:
    """Say that a public key is of one project."""
    return "A public key (pk) is of one project; only a secret one (sk) can be of a whole organisation."


def name_in_use(name: str, public_id: str) -> str:
    """Say that a live key is called so."""
    return f'The key {public_id} is called "{name}" and is live. Rotate it, or choose another name.'


def no_key_name(longest: int) -> str:
    """Say what keys may be called."""
    return f"A key is called by 1 to {longest} printable characters."


def two_live(name: str, public_ids: Sequence[str]) -> str:
    """Say that a key was rotated and the one before is still live."""
    return f'Two keys called "{name}" are live: {" and ".join(public_ids)}. Revoke one of them first.'


def not_live(public_id: str) -> str:
    """Say that a key that opens nothing cannot be followed by another."""
    return f"The key {public_id} was revoked or has expired, so nothing uses it; create a new one."


def already_over() -> str:
    """Say that a key would never work."""
    return "The key would have expired before it is made."


# --- on the command line ----------------------------------------------------------------------------------------
def one_owner() -> str:
    """Say that a key is of one project or one organisation."""
    return "Give --project ORG/NAME or --org ORG, one of the two."


def shown_once(public_id: str) -> str:
    """Say that a key cannot be shown again."""
    return f"Keep it now: it is not shown again. To take it back: muster keys revoke {public_id}"


def is_revoked(public_id: str) -> str:
    """Say that a key opens nothing any more."""
    return f"The key {public_id} is revoked."
