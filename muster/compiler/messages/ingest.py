"""Wording of what becomes of messages, and of why one is rejected."""

from __future__ import annotations


def message_too_large(found: int, most: int) -> str:
    """Say that a message is too large."""
    return f"the message has {found:,} bytes, and may have {most:,}."


def too_long(what: str, found: int, most: int) -> str:
    """Say that a text is too long."""
    return f'"{what}" has {found:,} characters, and may have {most:,}.'


def too_many_keys(most: int) -> str:
    """Say that a document is too wide."""
    return f"the traits or properties have more than {most:,} names."


def no_json(reason: str) -> str:
    """Say that a message cannot be written as JSON."""
    return f"the message cannot be written as JSON: {reason}."


def gone() -> str:
    """Say that a person was erased, without saying who."""
    return "the person was erased, and nothing of theirs is taken in; if they agreed anew, say so first (reconsent)."


def not_messages(found: str) -> str:
    """Say what ingest takes."""
    return f"ingest takes a list of messages (dicts); found {found}. For one message: ingest([message])"
