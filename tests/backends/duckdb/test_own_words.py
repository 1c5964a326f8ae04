"""JSON in somebody's own tables on DuckDB: what its members are read as, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal, localcontext
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.duckdb.own_words import _number
from muster.backends.sql.names import bare
from muster.compiler.own_tables import MemberHow
from muster.compiler.values import NUMBER_LIMIT
from tests.own_databases import Database, duckdb_database
from tests.own_members import CASES, answer, schema_of


@pytest.fixture
def theirs(tmp_path: Path) -> Iterator[Database]:
    """Make an empty database."""
    with duckdb_database(tmp_path) as made:
        yield made


@pytest.mark.parametrize(("hows", "path", "document", "rule"), CASES)
def test_what_json_holds_is_read_or_refused(
    theirs: Database, hows: tuple[MemberHow, ...], path: tuple[str, ...], document: str, rule: str | None
) -> None:
    schema = schema_of(hows, path, theirs.namespace)
    said = answer("duckdb", theirs_with(theirs, document), schema, rule or "x is set")

    if rule is None:
        assert f"holds something else than {' or '.join(hows)} in 1 row" in said
    else:
        assert said == "u1"


def theirs_with(theirs: Database, document: str) -> Database:
    """Make a person u1 who has a document."""
    theirs.run("CREATE TABLE events (id VARCHAR, called VARCHAR, came TIMESTAMP)")
    theirs.run("CREATE TABLE people (id VARCHAR, held JSON)")
    theirs.insert("people", [("u1", document)])
    theirs.done()
    return theirs


def test_a_number_that_a_double_does_not_keep_is_refused(theirs: Database) -> None:
    said = answer(
        "duckdb", theirs_with(theirs, '{"a": 0.12345678901234567}'), schema_of(("num",), ("a",), "main"), "x > 0"
    )

    assert "holds something else than num in 1 row" in said


@pytest.mark.parametrize("document", ['{"a": 0.30000000000000004}', '{"a": 0.3, "id": 12345678901234567890.5}'])
def test_what_a_double_keeps_is_read_whatever_is_beside_it(theirs: Database, document: str) -> None:
    schema = schema_of(("num",), ("a",), "main")

    assert answer("duckdb", theirs_with(theirs, document), schema, "x = 0.3") == "u1"


SQL_OF_NUMBER = DuckDbDialect().write(_number(bare("v")))
NUMBERS = st.decimals(allow_nan=True, allow_infinity=True, places=12) | st.decimals(-(10**19), 10**19, places=15)


@given(NUMBERS.map(str))
@example("1e18")
@example("-1000000000000000000")
@example("999999999999999999.99999999999999999999")
@example("-0.0000000001")
def test_a_number_is_cut_and_none_where_there_is_no_room(text: str) -> None:
    with duckdb.connect() as made:
        ((found,),) = made.execute(f"SELECT {SQL_OF_NUMBER} FROM (SELECT ? AS v)", [text]).fetchall()
    number = Decimal(text)
    with localcontext(prec=80):
        kept = number.is_finite() and abs(round(number, 19)) < NUMBER_LIMIT
        cut = number.quantize(Decimal("1e-9"), rounding=ROUND_DOWN) if kept else None

    assert found == cut


def test_the_text_of_a_number_is_read_once() -> None:
    assert SQL_OF_NUMBER.count("TRY_CAST") == 1
