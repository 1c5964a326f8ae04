"""JSON text in which no number changes: 0.1 stays 0.1, and 12345678901234567890 stays that.

Kept apart so that every text that is stored is written and read by one codec (msgspec), and none by a float. It could
go wrong by taking in what JSON has not: NaN, infinities, half of a UTF-16 pair.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from muster.backends.base import Json

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def encode(value: Json) -> str:
    """Write JSON data, and times as RFC 3339; raises ValueError for what cannot be written or read back."""
    try:
        return _encoder.encode(value).decode()
    except (TypeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def decode(text: str | bytes) -> Json:
    """Read JSON text: numbers with a point or an exponent as Decimal, others as int; raises ValueError."""
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error)) from error
