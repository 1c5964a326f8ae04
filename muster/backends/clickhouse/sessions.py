"""Connections to ClickHouse: opened with their limits, lent to one query at a time, and cleaned after a failure.

Kept apart because the engine in this process gives rows of a failed query in the answer of the next one on the same
connection (RELIABILITY: seen after a time-out, a row limit and an error inside a query). So whatever fails, the
connection is asked for something only it can know until it answers that and nothing else, or it is thrown away. It
could go wrong by lending a connection that another thread still uses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from threading import Lock
from uuid import uuid4

from clickhouse_connect.driver.client import Client
from sqlglot import exp

from muster.backends.base import EngineError, Limits, Parameter
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.compiler.messages import clickhouse as say

Settings = tuple[tuple[str, str], ...]  # in the order in which they are made
Open = Callable[[Settings], Client]
_DIALECT = ClickHouseDialect()
_WORD = Parameter("p0", "str", "")
_ASK = _DIALECT.write(exp.Select(expressions=[_DIALECT.parameter(_WORD)]))
_KEPT = 8  # of all settings together: each budget of time that is left makes settings of its own
_DRAINS = 3
_UNTRACKED, _PART = 4_194_304, 64  # bytes that a thread may take before they count: by default, and of a small limit
_LONGEST = 1e9  # seconds that ClickHouse's setting can hold, in whole microseconds
# Rules may be long and deep; ClickHouse's own limits are below those of the language.
_EACH = {
    "max_query_size": "100000000",
    "max_parser_depth": "10000",
    "max_parser_backtracks": "100000000",
    "max_ast_depth": "10000",
    "max_ast_elements": "10000000",
    "max_expanded_ast_elements": "10000000",
    # A few people are looked up in a table's key, in a fifth of the time. A set of people from events is large, and
    # looking every one of them up costs more than it saves (a third of the time of "did X in 30 days").
    "use_index_for_in_with_subqueries_max_values": "20000",
    # It looks for bounds that follow from others, in a time that grows with the text of what is compared: half a
    # second for a hundred audiences. The passes have done that already.
    "optimize_and_compare_chain": "0",
}


class Sessions:
    """The connections of one engine. `bleeds`: an error leaves rows behind, as it does in this process."""

    def __init__(self, open_client: Open, *, bleeds: bool) -> None:
        self._open = open_client
        self._bleeds = bleeds
        self._idle: list[tuple[Settings, Client]] = []  # the longest idle first
        self._closed = False
        self._lock = Lock()

    @contextmanager
    def lend(self, settings: Settings) -> Iterator[Client]:
        """Lend a connection with some settings."""
        client = self._take(settings)
        clean = False
        try:
            yield client
            clean = True
        finally:
            if clean or not self._bleeds or is_drained(client):
                self._give_back(settings, client)
            else:
                client.close()

    def close(self) -> None:
        """Close every connection; one that is lent is closed when it comes back."""
        for client in self.forget():
            client.close()

    def forget(self) -> list[Client]:
        """Lend nothing more, and give up what is idle without a word to the engine."""
        with self._lock:
            self._closed = True
            clients = [client for _, client in self._idle]
            self._idle.clear()
        return clients

    def _take(self, settings: Settings) -> Client:
        with self._lock:
            if self._closed:
                raise EngineError(say.closed())
            for index in reversed(range(len(self._idle))):
                if self._idle[index][0] == settings:
                    return self._idle.pop(index)[1]
        return self._open(settings)

    def _give_back(self, settings: Settings, client: Client) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append((settings, client))
                if len(self._idle) <= _KEPT:
                    return
                client = self._idle.pop(0)[1]
        client.close()


def reading(limits: Limits) -> Settings:
    """Give the settings of a connection that reads under limits; `readonly` last, as nothing can be set after it.

    ClickHouse takes 0 for no limit, so the least limit there is stands for it.
    """
    settings = dict(_EACH)
    if limits.seconds is not None and limits.seconds < _LONGEST:
        settings["max_execution_time"] = f"{max(ceil(limits.seconds * 1e6), 1) / 1e6:.6f}"
    if limits.memory_bytes is not None:
        settings["max_memory_usage"] = str(max(limits.memory_bytes, 1))
        settings["max_untracked_memory"] = str(min(_UNTRACKED, limits.memory_bytes // _PART))
    if limits.rows is not None:
        settings["max_result_rows"] = str(max(limits.rows, 1))
    return (*settings.items(), ("readonly", "1"))


def is_drained(client: Client) -> bool:
    """Ask for a word made up on the spot until it comes alone; false if it never does."""
    for _ in range(_DRAINS):
        word = uuid4().hex
        try:
            answer = client.raw_query(_ASK, parameters={_WORD.name: word}, fmt="TabSeparated")
        except Exception:  # noqa: BLE001, S112 (what is left of the failure; the connection is closed if it goes on)
            continue
        if answer == f"{word}\n".encode():
            return True
    return False
