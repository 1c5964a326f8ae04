"""The text of a key: `pk_` or `sk_`, 8 characters that name it, 32 that nobody else knows, and 6 to check it by.

Kept apart from the rows of keys, which hold none of its secret. The check is a CRC-32, so that whoever searches code
for keys that leaked tells one from other text, and a key that was cut off while copying is told without asking the
ledger. The secret is 190 bits at random: SHA-256 of it is enough, as nobody tries them all.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib
from dataclasses import dataclass
from typing import Literal

KeyKind = Literal["pk", "sk"]

_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_PUBLIC, _SECRET, _CHECK = 8, 32, 6
_FORM = re.compile(rf"(pk|sk)_([0-9A-Za-z]{{{_PUBLIC}}})[0-9A-Za-z]{{{_SECRET + _CHECK}}}")


@dataclass(frozen=True, slots=True, repr=False)
class KeyText:
    """A key in full. It is shown once and kept nowhere, so it has no place in a log."""

    text: str

    @property
    def kind(self) -> KeyKind:
        """Whether it is a public key or a secret one."""
        return "pk" if self.text.startswith("pk") else "sk"

    @property
    def public_id(self) -> str:
        """What names it, also where the key itself must not be seen."""
        return self.text[3 : 3 + _PUBLIC]

    @property
    def last4(self) -> str:
        """The end of its secret, by which people tell keys apart."""
        return self.text[-_CHECK - 4 : -_CHECK]

    @property
    def digest(self) -> bytes:
        """What is kept of it."""
        return hashlib.sha256(self.text.encode()).digest()

    def __repr__(self) -> str:
        """Name it without its secret."""
        return f"<key {self.kind}_{self.public_id}…>"


def new_key(kind: KeyKind) -> KeyText:
    """Make a key."""
    begun = f"{kind}_" + "".join(secrets.choice(_DIGITS) for _ in range(_PUBLIC + _SECRET))
    return KeyText(begun + _check(begun))


def read_key(text: str) -> KeyText | None:
    """Read a key; None for what is none, or was mistyped."""
    if not _FORM.fullmatch(text) or _check(text[:-_CHECK]) != text[-_CHECK:]:
        return None
    return KeyText(text)


def _check(text: str) -> str:
    left = zlib.crc32(text.encode())
    digits = []
    for _ in range(_CHECK):
        left, digit = divmod(left, len(_DIGITS))
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
