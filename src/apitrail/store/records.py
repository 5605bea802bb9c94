"""The append-only log of everything that is configured: newest wins, and every change is its own audit entry."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa

from apitrail.store.connection import Connections
from apitrail.store.remembering import Remembering


class Record(NamedTuple):
    """One entry of the log; an empty `value` means that the key is gone. `time` is in microseconds since 1970."""

    kind: str
    key: str
    value: str
    author: str
    time: int


class Records:
    """Reads and appends records of one store."""

    def __init__(self, connections: Connections, remembering: Remembering) -> None:
        self._connections = connections
        self._remembering = remembering

    def append(self, kind: str, key: str, value: str, author: str) -> None:
        """Set a key; an empty value removes it. The earlier values stay in the history."""
        self.append_all(kind, {key: value}, author)

    def append_all(self, kind: str, values: Mapping[str, str], author: str) -> None:
        """Set many keys at the same time, key -> value."""
        if not values:
            return
        row = {"kind": [kind] * len(values), "key": [*values], "value": [*values.values()], "author": [author] * len(values)}
        columns = {name: pa.array(texts, pa.string()) for name, texts in row.items()}
        columns["time"] = pa.array([time.time_ns() // 1000] * len(values), pa.timestamp("us", "UTC"))
        self._connections.insert("records", pa.table(columns))

    def current(self, kind: str) -> dict[str, Record]:
        """The newest record of each key of a kind, without the removed ones, by key."""
        found = self._remembering.rows(
            "SELECT key, argMax(value, time) AS value, argMax(author, time) AS author, max(time) AS at"
            " FROM records WHERE kind = {kind:String} GROUP BY key HAVING argMax(value, time) != '' ORDER BY key",
            {"kind": kind},
        )
        return {row["key"]: _record(kind, row) for row in found}

    def history(self, kind: str) -> list[Record]:
        """Every change of a kind, newest first."""
        found = self._remembering.rows(
            "SELECT key, value, author, time AS at FROM records WHERE kind = {kind:String} ORDER BY time DESC",
            {"kind": kind},
        )
        return [_record(kind, row) for row in found]


def _record(kind: str, row: dict[str, object]) -> Record:
    at = int(row["at"].timestamp() * 1_000_000)  # type: ignore[attr-defined]
    return Record(kind, str(row["key"]), str(row["value"]), str(row["author"]), at)
