"""Shards that answer nothing and keep the text they are asked: ClickHouse's own protocol, as far as the first query.

Apart from `clickhouse_cluster`, whose shards are the engine itself and are not asked by text. It says the least that
makes the engine send a query (who it is, that a table is not behind), notes the query, and refuses. It could go wrong
by taking something else for the query, so the tests run what was noted.
https://clickhouse.com/docs/native-protocol/basics
"""

from __future__ import annotations

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader, BytesIO
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

_REVISION = 54440  # of a server whose greeting is still short
_HELLO, _EXCEPTION, _PONG, _TABLES = 0, 2, 4, 9
_QUERY, _PING, _ASK_TABLES = 1, 4, 5
_SQL = re.compile(rb"([\x80-\xff]*[\x00-\x7f])(?:SELECT|WITH) ")
_SECONDS = 20
_MOST = 1 << 16
_CODE = 999


@contextmanager
def listening() -> Iterator[tuple[int, SimpleQueue[str]]]:
    """Listen on a port; what is asked there comes out of the queue."""
    asked: SimpleQueue[str] = SimpleQueue()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                Thread(target=_converse, args=(connection, asked), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        yield int(listener.getsockname()[1]), asked


def _converse(connection: socket.socket, asked: SimpleQueue[str]) -> None:
    with (
        connection,
        connection.makefile("rb") as stream,
        suppress(ConnectionError, TimeoutError, EOFError),  # who asks may hang up at any time
    ):
        connection.settimeout(_SECONDS)
        _greet(connection, stream)
        while (packet := _read_number(stream)) != _QUERY:
            if packet == _PING:
                connection.sendall(_number(_PONG))
            elif packet == _ASK_TABLES:
                names = [(_read_text(stream), _read_text(stream)) for _ in range(_read_number(stream))]
                said = b"".join(_text(database) + _text(name) + b"\0" for database, name in names)  # not replicated
                connection.sendall(_number(_TABLES) + _number(len(names)) + said)
            else:
                raise AssertionError(f"a packet of the kind {packet}")
        asked.put(_read_query(stream))
        said = struct.pack("<i", _CODE) + _text(b"test") + _text(b"noted") + _text(b"") + b"\0"
        connection.sendall(_number(_EXCEPTION) + said)
        while stream.read1(_MOST):
            pass  # what else came with the query


def _greet(connection: socket.socket, stream: BufferedReader) -> None:
    for kind in (int, bytes, int, int, int, bytes, bytes, bytes):  # the packet, who, versions; database, user, password
        _read_number(stream) if kind is int else _read_text(stream)
    numbers = b"".join(map(_number, (26, 9, _REVISION)))
    connection.sendall(_number(_HELLO) + _text(b"ClickHouse") + numbers + _text(b"UTC") + _text(b"test") + b"\1")


def _read_query(stream: BufferedReader) -> str:
    """Find the text after its length, among settings that are not worth reading."""
    held = b""
    while not (found := _SQL.search(held)):
        held += _some(stream.read1(_MOST))
    length = _read_number(BytesIO(found[1]))
    start = found.end(1)
    while len(held) < start + length:
        held += _some(stream.read1(_MOST))
    return held[start : start + length].decode()


def _some(read: bytes) -> bytes:
    if not read:
        raise EOFError
    return read


def _read_number(stream: BinaryIO) -> int:
    value = shift = 0
    while True:
        (byte,) = _some(stream.read(1))
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
        shift += 7


def _read_text(stream: BinaryIO) -> bytes:
    return stream.read(_read_number(stream))


def _number(value: int) -> bytes:
    written = b""
    while value > 0x7F:
        written += bytes([value & 0x7F | 0x80])
        value >>= 7
    return written + bytes([value])


def _text(value: bytes) -> bytes:
    return _number(len(value)) + value
