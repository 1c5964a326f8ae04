"""No answer holds rows of another query: shown to happen on a bare connection, and never through sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from muster.backends.base import EngineError, Limits
from muster.backends.clickhouse import sessions
from muster.backends.clickhouse.places import InProcess
from muster.backends.clickhouse.sessions import Sessions, Settings, is_drained, reading

THREADS, ROUNDS = 8, 250  # 2,000 failures
SHORT = 0.01  # seconds
FAILING = {
    "error": (
        "SELECT 'theirs' AS v FROM numbers(5) WHERE throwIf(number = 3) = 0 SETTINGS max_block_size = 1",
        Limits(),
    ),
    "rows": ("SELECT 'theirs' AS v FROM numbers(100)", Limits(rows=10)),
    "time": ("SELECT 'theirs' AS v FROM numbers(1000000000) WHERE sipHash64(number) % 1000 = 1", Limits(seconds=SHORT)),
    "memory": ("SELECT toString(number) AS v FROM numbers(1000000) ORDER BY v", Limits(memory_bytes=3_000_000)),
    "syntax": ("SELECT FROM WHERE", Limits()),
}


@pytest.fixture
def place() -> Iterator[InProcess]:
    opened = InProcess("")
    yield opened
    opened.close()


@pytest.fixture
def made(place: InProcess) -> Iterator[Sessions]:
    opened = Sessions(place.open_client, bleeds=True)
    yield opened
    opened.close()


def unreadable(settings: Settings) -> Settings:
    """Leave out `readonly`, so that a query may set the size of its blocks."""
    return settings[:-1]


def fail(client: Client, sql: str) -> None:
    with pytest.raises(ClickHouseError):
        client.query(sql)


def foreign(lend: Callable[[Limits], Any], rounds: int, kinds: tuple[str, ...] = tuple(FAILING)) -> int:
    """Fail again and again, each time followed by a question; count the answers that hold anything else."""
    wrong = 0
    for number in range(rounds):
        sql, limits = FAILING[kinds[number % len(kinds)]]
        with pytest.raises(ClickHouseError), lend(limits) as client:
            client.query(sql)
        word = uuid4().hex
        with lend(limits if number % 2 else Limits()) as client:
            try:
                found = client.query("SELECT {p0:String}", parameters={"p0": word}).result_rows
                is_cut = not found and limits.seconds == SHORT  # which the engine looks at; no row of another's
                wrong += found != [(word,)] and not is_cut
            except ClickHouseError as error:  # 10 ms may be too few for two busy cores
                assert getattr(error, "code", None) in {159, 241}, error  # noqa: PT017 (most rounds raise nothing)
    return wrong


def test_a_bare_connection_gives_rows_of_the_query_that_failed_before(place: InProcess) -> None:
    client = place.open_client(())
    seen: set[Any] = set()
    for _ in range(500):
        fail(client, FAILING["error"][0])
        seen.update(client.query("SELECT 'mine' AS v").result_rows)
        if ("theirs",) in seen:
            break
    client.close()

    assert ("theirs",) in seen  # if it never does any more, nothing needs to be drained


def test_without_the_drain_a_foreign_row_is_noticed(made: Sessions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "is_drained", lambda _: True)
    found = 0
    for _ in range(20):
        found += foreign(lambda limits: made.lend(unreadable(reading(limits))), 25, ("error",))
        if found:
            break

    assert found > 0


@pytest.mark.slow
def test_after_2000_failures_in_8_threads_no_answer_holds_a_foreign_row(made: Sessions) -> None:
    wrong: list[int] = []

    def ask() -> None:
        wrong.append(foreign(lambda limits: made.lend(unreadable(reading(limits))), ROUNDS))

    threads = [Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == [0] * THREADS


@pytest.mark.parametrize("kind", FAILING)
def test_after_each_kind_of_failure_the_next_answer_is_its_own(made: Sessions, kind: str) -> None:
    assert foreign(lambda limits: made.lend(unreadable(reading(limits))), 10, (kind,)) == 0


# --- lending ----------------------------------------------------------------------------------------------------
class Fake:
    """A connection that answers what it is told to."""

    def __init__(self, answers: list[bytes | Exception] | None = None) -> None:
        self.answers = answers
        self.closed = 0

    def raw_query(self, _: str, *, parameters: dict[str, str], fmt: str) -> bytes:
        assert fmt == "TabSeparated"
        if not self.answers:
            return f"{parameters['p0']}\n".encode()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer.replace(b"{word}", parameters["p0"].encode())

    def close(self) -> None:
        self.closed += 1


def faked(*, bleeds: bool, answers: list[bytes | Exception] | None = None) -> tuple[Sessions, list[Fake]]:
    opened: list[Fake] = []

    def open_client(_: Settings) -> Any:
        opened.append(Fake(None if answers is None else list(answers)))
        return opened[-1]

    return Sessions(open_client, bleeds=bleeds), opened


FAST: Settings = (("max_execution_time", "1"),)


def test_a_connection_is_lent_again_to_whom_wants_the_same_settings() -> None:
    made, opened = faked(bleeds=True)
    for settings in (FAST, FAST, (), FAST, ()):
        with made.lend(settings):
            pass

    assert len(opened) == 2


def test_a_connection_is_never_lent_twice_at_once() -> None:
    made, opened = faked(bleeds=True)
    with made.lend(FAST) as first, made.lend(FAST) as second:
        assert first is not second

    assert len(opened) == 2


def test_few_connections_are_kept_however_many_budgets_there_are() -> None:
    made, opened = faked(bleeds=True)
    for number in range(100):
        with made.lend(reading(Limits(seconds=number + 0.5))):
            pass

    assert len([each for each in opened if not each.closed]) == 8
    with made.lend(reading(Limits(seconds=99.5))) as client:
        assert id(client) == id(opened[-1])


def test_a_connection_that_can_be_drained_is_kept_and_another_is_closed() -> None:
    cases: list[tuple[list[bytes | Exception], bool]] = [
        ([b"{word}\n"], True),
        ([b"theirs\n{word}\n", b"{word}\n"], True),
        ([ClickHouseError(), b"", b"{word}\n"], True),
        ([b"theirs\n{word}\n"] * 3, False),
        ([ClickHouseError()] * 3, False),
        ([b"{word}\n{word}\n"] * 3, False),
    ]
    for answers, kept in cases:
        made, opened = faked(bleeds=True, answers=answers)
        with pytest.raises(KeyError), made.lend(FAST):
            raise KeyError
        with made.lend(FAST) as again:
            assert (id(again) == id(opened[0])) is kept
        assert opened[0].closed == (not kept)


def test_a_server_keeps_no_rows_so_nothing_is_asked_of_it() -> None:
    made, opened = faked(bleeds=False, answers=[AssertionError("asked")])
    with pytest.raises(KeyError), made.lend(FAST):
        raise KeyError
    with made.lend(FAST) as again:
        assert id(again) == id(opened[0])


def test_after_closing_nothing_is_lent_and_what_comes_back_is_closed() -> None:
    made, opened = faked(bleeds=True)
    with made.lend(()):
        pass
    with made.lend(FAST):
        made.close()
    made.close()

    assert [each.closed for each in opened] == [1, 1]
    with pytest.raises(EngineError, match="closed"), made.lend(FAST):
        pass


def test_forgetting_says_nothing_to_the_engine() -> None:
    made, opened = faked(bleeds=True)
    with made.lend(()):
        pass

    assert list(map(id, made.forget())) == list(map(id, opened))
    assert [each.closed for each in opened] == [0]


# --- settings ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(), {"max_execution_time": "60.000000", "max_memory_usage": "1000000000"}),
        (Limits(None, None, 5), {"max_result_rows": "5"}),
        (Limits(0, 0, 0), {"max_execution_time": "0.000001", "max_memory_usage": "1", "max_result_rows": "1"}),
        (Limits(1e-9, None), {"max_execution_time": "0.000001"}),
        (Limits(float("inf"), None), {}),
        (Limits(1e20, None), {}),
    ],
    ids=str,
)
def test_limits_are_settings_and_reading_is_the_last(limits: Limits, expected: dict[str, str]) -> None:
    settings = reading(limits)

    assert settings[-1] == ("readonly", "1")
    assert {name: value for name, value in settings if name in {
        "max_execution_time", "max_memory_usage", "max_result_rows"
    }} == expected  # fmt: skip


def test_the_engine_takes_the_settings(made: Sessions) -> None:
    with made.lend(reading(Limits(0.25, 10**9, 7))) as client:
        asked = (
            "SELECT getSetting('readonly'), getSetting('max_result_rows'), toFloat64(getSetting('max_execution_time'))"
        )
        (found,) = client.query(asked).result_rows

    assert tuple(found) == (1, 7, 0.25)


def test_a_fresh_connection_is_drained(place: InProcess) -> None:
    client = place.open_client(reading(Limits()))

    assert is_drained(client)
    client.close()
    assert not is_drained(client)
