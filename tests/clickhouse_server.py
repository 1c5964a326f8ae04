"""A ClickHouse server for tests: HTTP in front of the engine of a process of its own, for the stock client.

Apart from the tests, because the engine is one a process: a test starts it by `serving()` and talks to it over
loopback. It speaks what the client needs and no more: no sessions, no streams, one password. Each request has a
connection of its own, so neither settings nor the rows of a failed query reach the next one.
"""

from __future__ import annotations

import argparse
import gzip
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

ROOT = Path(__file__).parents[1]
PASSWORD = "pass word/é"  # noqa: S105 (of nothing but this server)
_TRANSPORT = frozenset({
    "client_protocol_version",
    "compress",
    "database",
    "enable_http_compression",
    "http_headers_progress_interval_ms",
    "query",
    "query_id",
    "send_progress_in_http_headers",
    "wait_end_of_query",
})  # fmt: skip
_FORMAT = re.compile(rb"\s+FORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)
_INSERT = re.compile(rb"\A(\s*INSERT\s+INTO\s.*?)\s+FORMAT\s+(\w+)\s*?(?:\n|\Z)", re.IGNORECASE | re.DOTALL)
_LONG = 100_000
_CODE = re.compile(r"Code: ([0-9]+)")
_CUT = {"0001-01-01 00:00:00.000000": "1900-01-01 00:00:00", "9999-12-31 23:59:59.999999": "2299-12-31 23:59:59"}


@contextmanager
def serving(*flags: str, module: str = "tests.clickhouse_server") -> Iterator[str]:
    """Run a server and give its host and port; it ends with the context, or with this process."""
    command = [sys.executable, "-W", "ignore", "-m", module, *flags]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield f"127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.kill()


def address(where: str, database: str, password: str = PASSWORD) -> str:
    """Give what follows `clickhouse:` in the URL of a database."""
    return f"//default:{quote(password, safe='')}@{where}/{database}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request after another of one client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    old = False  # cuts times as servers before 26.7 do
    cut = False  # breaks off in the middle of a long answer
    place = ":memory:"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        """Answer a query in the address."""
        self.do_POST()

    def do_POST(self) -> None:
        """Answer a query."""
        body = self._body()
        asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        expected = "Basic " + b64encode(f"default:{PASSWORD}".encode()).decode()
        if self.headers["Authorization"] != expected:
            self._send(403, b"Code: 516. DB::Exception: default: Authentication failed. (AUTHENTICATION_FAILED)\n")
            return
        if self.headers.get_content_type() == "multipart/form-data":
            form = _form(self.headers["Content-Type"], body)
            query = form.pop("query").encode()
            asked |= form
        else:
            query = asked.get("query", "").encode() + (b"\n" if asked.get("query") else b"") + body
        try:
            kind, answer = self.answer(query, self._cut_times(asked))
        except RuntimeError as error:
            self._send(500, f"Code: {str(error).partition('Code: ')[2]}".encode())
            return
        self._send(200, answer, kind)

    def answer(self, query: bytes, asked: dict[str, str]) -> tuple[str, bytes]:
        """Give the format and the rows."""
        return run(query, asked, self.place)

    def _cut_times(self, asked: dict[str, str]) -> dict[str, str]:
        return {name: _CUT.get(value, value) if self.old else value for name, value in asked.items()}

    def _send(self, status: int, answer: bytes, kind: str = "TabSeparated") -> None:
        self.send_response(status)
        code = _CODE.search(answer.decode(errors="replace")) if status != 200 else None
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code[1])
        self.send_header("X-ClickHouse-Format", kind)
        self.send_header("X-ClickHouse-Timezone", "UTC")
        if self.cut and len(answer) > _LONG:
            answer = answer[: len(answer) // 2]
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body


def _form(content_type: str, body: bytes) -> dict[str, str]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body, policy=policy.HTTP)
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        fields[str(part.get_param("name", header="content-disposition"))] = payload.decode()
    return fields


def run(query: bytes, asked: dict[str, str], place: str) -> tuple[str, bytes]:
    """Run a query on a connection of its own, under the settings that came with it."""
    import chdb  # noqa: PLC0415 (only the server's own process loads the engine)

    values = {name[6:]: value for name, value in asked.items() if name.startswith("param_")}
    settings = {name: value for name, value in asked.items() if name not in _TRANSPORT and name[:6] != "param_"}
    only_reads = settings.pop("readonly", None)  # after which nothing can be set
    with closing(chdb.connect(place)) as connection:
        connection.query(f"USE `{asked.get('database', 'default')}`", "TabSeparated")
        for name, value in [*settings.items(), *([] if only_reads is None else [("readonly", only_reads)])]:
            connection.query(f"SET {name} = '{value}'", "TabSeparated")
        insert = _INSERT.match(query)
        if insert:
            with connection.send_insert(insert[1].decode(), insert[2].decode()) as inserter:
                inserter.append(query[insert.end() :])
                inserter.finish()
            return "TabSeparated", b""
        kind = _FORMAT.search(query)
        written = kind[1].decode() if kind else "TabSeparated"
        text = query[: kind.start()] if kind else query
        return written, connection.query(text.decode(), written, params=values).bytes()


def main() -> None:
    """Serve until what started this lets go of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--old", action="store_true")
    parser.add_argument("--cut", action="store_true")
    serve(type("Given", (Handler,), vars(parser.parse_args())))


def serve(handler: type[Handler]) -> None:
    """Serve until what started this lets go of it."""
    import chdb  # noqa: PLC0415 (only the server's own process loads the engine)

    keeper = chdb.connect(handler.place)  # what is in memory goes with the last connection
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.daemon_threads = True
    from threading import Thread  # noqa: PLC0415 (only here)

    Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    keeper.close()


if __name__ == "__main__":
    main()
