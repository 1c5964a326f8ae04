"""Only known functions can be called, and only whole numbers written."""

from __future__ import annotations

import pytest

from muster.backends.duckdb.dialect import call, file_call
from muster.backends.sql.calls import integer, signed
from muster.backends.sql.names import column
from tests.sql_text import DIALECT


def test_a_known_function_is_called_with_its_arguments() -> None:
    assert DIALECT.write(call("LEN", column("p", "tags__items"))) == "LEN(p.tags__items)"


@pytest.mark.parametrize("name", ["READ_CSV", "len", "LEN(", "GETENV", ""])
def test_any_other_function_is_refused(name: str) -> None:
    assert name not in call.names
    with pytest.raises(KeyError):
        call(name)


def test_a_number_is_written_as_digits() -> None:
    assert DIALECT.write(integer(7)) == "7"
    assert integer(True).this == "1"
    assert [DIALECT.write(signed(number)) for number in (7, 0, -7)] == ["7", "0", "-7"]


def test_what_reading_a_file_takes_is_apart_from_what_rules_may_call() -> None:
    assert DIALECT.write(file_call("STRLEN", column("p", "x__str"))) == "STRLEN(p.x__str)"
    assert call.names.isdisjoint(file_call.names)
    with pytest.raises(KeyError):
        file_call("READ_CSV")
