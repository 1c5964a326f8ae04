"""Wording of what goes wrong between a ClickHouse engine and where its data is."""

from __future__ import annotations

from collections.abc import Sequence


def another_folder(asked: str, held: str) -> str:
    """Say that a process holds one folder of chdb at a time."""
    return (
        f"The ClickHouse engine of this process is open on {held}, and it can be open on one place at a time; "
        f"close that first, or open {asked} in another process."
    )


def taken(folder: str, holder: str) -> str:
    """Say that another process has a folder open."""
    return (
        f'The folder "{folder}" is open in process {holder}, and the ClickHouse engine lets one process have it; '
        "stop that one, or ask it."
    )


def forked() -> str:
    """Say that chdb does not survive a fork."""
    return (
        "This process was forked after the ClickHouse engine was loaded, and the engine would wait for ever; "
        'start processes by "spawn", or fork before the first query.'
    )


def closed() -> str:
    """Say that an engine was closed before it was asked."""
    return "This ClickHouse engine is closed; open it again."


def no_folder(folder: str, reason: str) -> str:
    """Say that a folder cannot hold a database."""
    return f'The folder "{folder}" cannot hold a ClickHouse database: {reason}'


def unopened(folder: str) -> str:
    """Say what may be wrong where the engine does not start and does not say why."""
    return (
        f'The ClickHouse engine cannot open the folder "{folder}": it holds something else, or another process has it '
        "open, perhaps a child of the one that opened it."
    )


def lacks_columns(table: str, columns: Sequence[str]) -> str:
    """Say which columns rows must have."""
    return f"Rows for the table {table} need a value in every row for: {', '.join(columns)}."


def no_server(where: str, reason: str) -> str:
    """Say that a server does not answer."""
    return f"No ClickHouse server answers at {where}: {reason}"


def refused(where: str, reason: str) -> str:
    """Say that a server answered and did not let us in, in its own words, and what is to be looked at."""
    return (
        f"The ClickHouse server at {where} does not let us in: {reason.splitlines()[0].rstrip('.')}; "
        "check the user, the password and the database of clickhouse://user:password@host:8123/database."
    )


def no_address() -> str:
    """Say what a server's address looks like; the address is not repeated, as it may hold a password."""
    return (
        "This is no address of a ClickHouse server; one looks like clickhouse://user:password@host:8123/database. "
        "In a password / ? # @ [ ] and % are written as %2F %3F %23 %40 %5B %5D and %25."
    )


def times_are_cut(version: str) -> str:
    """Say that a server's times do not reach as far as times here do."""
    return (
        f"ClickHouse {version} cuts times before 1900 and after 2299, so answers would be wrong; "
        "a version that keeps the years 1 to 9999 is needed (26.7 does)."
    )


def unknown_option(option: str, known: Sequence[str]) -> str:
    """Say which options an address may have."""
    return f'An address of a ClickHouse server has no option "{option}"; there are: {", ".join(known)}.'


def no_cluster(name: str, known: Sequence[str]) -> str:
    """Say which clusters a server knows."""
    there_are = f"it knows {', '.join(known)}" if known else "it knows none"
    return f'The ClickHouse server knows no cluster "{name}" (system.clusters); {there_are}.'


def written_twice(cluster: str, shards: Sequence[int]) -> str:
    """Say that a cluster would write each row once a replica, and the replicas copy it again."""
    numbers = ", ".join(map(str, shards))
    return (
        f'The cluster "{cluster}" writes to each replica by itself (shards {numbers}), but the tables here are '
        "replicated; set <internal_replication>true</internal_replication> for every shard in remote_servers."
    )


def is_spread(table: str) -> str:
    """Say that a database lies on a cluster, and that the address does not."""
    return f'The table {table} is spread over a cluster; add "?cluster=NAME" to the address.'


def spread_otherwise(table: str, cluster: str, engine: str) -> str:
    """Say that a table is not the one that a cluster needs."""
    return (
        f'The table {table} is there and is not spread by person over the cluster "{cluster}" (its engine: {engine}); '
        "leave out the cluster, or take another database."
    )


def other_shards(table: str, cluster: str, before: str, now: str) -> str:
    """Say that the shards of a cluster have changed since its tables were made."""
    return (
        f'The table {table} was spread over the cluster "{cluster}" {before or "in a way that is not said"}, and now '
        f"it would be {now}, so new rows of a person would not be where the old ones are; load into a new database."
    )


def no_projects_on_cluster() -> str:
    """Say that a store's projects are not spread over a cluster."""
    return (
        "A store keeps its projects on one ClickHouse server: its steps are not made for a cluster. "
        "Leave ?cluster= out of the engine's address."
    )


def parts_stay(seconds: int) -> str:
    """Say that old parts of tables are still there."""
    return (
        f"ClickHouse still had old parts of the tables after {seconds} s; their bytes are freed when it removes them."
    )
