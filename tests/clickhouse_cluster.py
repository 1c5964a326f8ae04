"""Clusters for tests: a ClickHouse server that takes itself for all of their shards.

Apart from `clickhouse_server`, whose HTTP front it is, because the engine needs a configuration to know a cluster. No
process here listens for other servers, so a shard that answers is the engine itself: reached without a connection,
but planned, sent its own query and merged like any other. The rows of all shards lie in one table; a filter on it
shows each shard its own, by the number that the engine gives the shard while it answers. It could go wrong by a
filter that hides nothing, or what it should not: `--misplaced` spreads events otherwise than people, and a test must
notice.

What the engine cannot do here is taken out of the statements, after it has parsed them as they came: ON CLUSTER, which
wants servers to coordinate, and Replicated, which wants a place to keep who has what.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.clickhouse_server import Handler, run, serve, serving

_PORT = 9000  # configured, and listened to by nobody; an address with another port is another server
_GONE = 1  # a port that refuses
_CLUSTERS = {  # the shards, each with its replicas
    "one": [[_PORT]],
    "three": [[_PORT], [_PORT], [_PORT]],
    "half": [[_PORT], [_GONE]],
    "away": [[_GONE], [_GONE]],
    "twice": [[_PORT, _GONE]],
}
_ON_CLUSTER = re.compile(rb' ON CLUSTER "\w+"')
_REPLICATED = re.compile(rb"ReplicatedMergeTree\('/clickhouse/tables/(\w+)/\{shard\}/\w+/\w+', '\{replica\}'\)")
_SHARD = "cityHash64(pid{more}) % greatest(shardCount(), 1) = greatest(shardNum(), 1) - 1"


def serving_clusters(*flags: str, ports: Iterable[int] = ()) -> AbstractContextManager[str]:
    """Run a server that knows the clusters above, and `remote` on some ports; gives host and port."""
    return serving(*flags, *map(str, ports), module="tests.clickhouse_cluster")


class _ClusterHandler(Handler):
    """Answers as any shard would."""

    misplaced = False

    def answer(self, query: bytes, asked: dict[str, str]) -> tuple[str, bytes]:
        """Run a statement without what cannot be done here, and a query on each shard's rows."""
        if _ON_CLUSTER.search(query):
            run(b"EXPLAIN AST " + query, asked, self.place)
            query = _REPLICATED.sub(b"MergeTree()", _ON_CLUSTER.sub(b"", query))
        elif b"Replicated" in query:
            raise RuntimeError("Code: 0. A replicated table that is not made on all servers")
        return run(
            query, {"additional_table_filters": self._filters(asked.get("database", "default")), **asked}, self.place
        )

    def _filters(self, database: str) -> str:
        kept = {
            f"{database}.{name}_local": _SHARD.format(more=" + 1" if self.misplaced and name == "events" else "")
            for name in ("profiles", "events", "stage_log")
        }
        return repr(kept).replace('"', "'").replace("'", "\\'")


def _config(ports: list[int]) -> str:
    written = []
    for name, shards in {**_CLUSTERS, "remote": [[port] for port in ports or [_GONE]]}.items():
        inside = "".join(
            f"<shard><internal_replication>{str(name != 'twice').lower()}</internal_replication>"
            + "".join(f"<replica><host>127.0.0.1</host><port>{port}</port></replica>" for port in replicas)
            + "</shard>"
            for replicas in shards
        )
        written.append(f"<{name}>{inside}</{name}>")
    clusters = f"<remote_servers>{''.join(written)}</remote_servers>"
    return f"<clickhouse><tcp_port>{_PORT}</tcp_port>{clusters}</clickhouse>"


def main() -> None:
    """Serve until what started this lets go of it."""
    parser = ArgumentParser()
    parser.add_argument("--misplaced", action="store_true")
    parser.add_argument("ports", type=int, nargs="*")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clusters.xml"
        path.write_text(_config(asked.ports), encoding="utf-8")
        given = {"place": f":memory:?config-file={path}", "misplaced": asked.misplaced}
        serve(type("Given", (_ClusterHandler,), given))


if __name__ == "__main__":
    main()
