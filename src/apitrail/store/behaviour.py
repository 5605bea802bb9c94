"""How sessions behave, as figures, and the verdicts made of these: tables that an analysis fills in the engine itself.

`behaviour` holds one row a session part: its features, as the analysis names them; `around` what other sessions say of it. Both
are made of the requests, so that ones with other columns are made anew. `bots` holds the verdicts of the newest analysis, like
the inventory.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable, Mapping
from typing import Any

from apitrail.store.connection import Connections

LIMITS = "max_memory_usage = 4000000000, max_bytes_before_external_group_by = 1000000000"
"""What an analysis may take of the machine, in bytes; grouping that needs more goes to disk."""
FLAGGED = 50
"""Requests of a session that are kept as those that show a bot best."""

_PART = {"day": "Date", "session_id": "UInt128"}
_TELLING = "notEmpty(attack_types) OR status BETWEEN 400 AND 499"
_VERDICT = "day, session_id, bot_type, confidence, scope, ips, start, end, requests, detectors"
_WITH_REQUESTS = f"""SELECT {_VERDICT}, flagged FROM (SELECT {_VERDICT} FROM bots WHERE run = {{first:UInt64}}) AS b
LEFT JOIN (
  SELECT day, session_id, arrayMap(one -> one.3, groupArraySorted({FLAGGED})((NOT ({_TELLING}), time, request_id))) AS flagged
  FROM requests WHERE (day, session_id) IN (SELECT day, session_id FROM bots WHERE run = {{first:UInt64}}) GROUP BY day,
  session_id ) AS r USING (day, session_id)"""


def prepare(connections: Connections, features: Mapping[str, str], around: Mapping[str, str]) -> None:
    """Have tables `behaviour` and `around` with these columns, name -> type of the engine."""
    _have(connections, "behaviour", {**_PART, "version": "UInt64", **features}, "ReplacingMergeTree(version) PARTITION BY day")
    _have(connections, "around", {**_PART, **around}, "MergeTree")


def _have(connections: Connections, table: str, columns: Mapping[str, str], engine: str) -> None:
    found = connections.rows(
        "SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String} ORDER BY position",
        {"database": connections.database, "table": table},
    )
    if [(row["name"], row["type"]) for row in found] == list(columns.items()):
        return
    connections.command(f"DROP TABLE IF EXISTS {table}")
    connections.command(
        f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())}) ENGINE = {engine}"
        f" ORDER BY (day, session_id)"
    )


def add(connections: Connections, columns: Iterable[str], select: str, values: Mapping[str, Any]) -> None:
    """Fill in the features of some session parts by a SELECT of day, session and `columns`; the newest row of a part holds."""
    names = ", ".join(columns)
    version = time.time_ns() // 1000
    connections.command(
        f"INSERT INTO behaviour (day, session_id, version, {names}) SELECT day, session_id, {version:d}, {names} FROM ({select})"
        f" SETTINGS {LIMITS}, optimize_aggregation_in_order = 1, prefer_column_name_to_alias = 1",
        values,
    )


def forget(connections: Connections, days: Iterable[dt.date]) -> None:
    """Drop the features of days whose requests are gone, or are measured anew."""
    for day in days:
        connections.command(f"ALTER TABLE behaviour DROP PARTITION '{day.isoformat()}'")


def replace_around(connections: Connections, columns: Iterable[str], select: str) -> None:
    """Put what a SELECT says of each session in the place of what was known."""
    names = ", ".join(("day", "session_id", *columns))
    connections.command("TRUNCATE TABLE around")
    connections.command(f"INSERT INTO around ({names}) SELECT {names} FROM ({select}) SETTINGS {LIMITS}")


def replace_bots(connections: Connections, columns: Iterable[str], select: str) -> None:
    """Put the verdicts that a SELECT gives in the place of those before, and the requests that show them beside them."""
    first = time.time_ns() // 1000
    with connections.writing():
        names = ", ".join(columns)
        connections.command(f"INSERT INTO bots (run, {names}) SELECT {first:d}, {names} FROM ({select}) SETTINGS {LIMITS}")
        connections.command(
            f"INSERT INTO bots (run, {_VERDICT}, flagged) SELECT {first + 1:d}, {_VERDICT}, flagged FROM ({_WITH_REQUESTS})"
            f" SETTINGS {LIMITS}",
            {"first": first},
        )
        old = connections.ask("SELECT DISTINCT run FROM bots WHERE run != {run:UInt64}", {"run": first + 1})["run"].to_pylist()
        for one in old:
            connections.command(f"ALTER TABLE bots DROP PARTITION {one:d}")
