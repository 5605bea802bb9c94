"""The store: one place with traffic, its rollups and its records, opened by DSN and brought up to date."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from apitrail.store import behaviour, inventory, marks, moving, schema
from apitrail.store.behaviour import Excepted, Shown
from apitrail.store.connection import Connections
from apitrail.store.records import Records
from apitrail.store.remembering import Remembering
from apitrail.store.write import Writer, Written

RETENTION_DAYS = 7


class Store:
    """An open store. One process owns a chDB path; any number may share a server.

    Use it as a context manager. Raises StoreLocked when another process has the path, BrokenMachine for other faults.
    """

    def __init__(self, dsn: str, *, retention_days: int = RETENTION_DAYS) -> None:
        self._connections = Connections(dsn)
        self._remembering = Remembering(self._connections)
        self.dsn = dsn
        self.records = Records(self._connections, self._remembering)
        self.remembered: dict[tuple[str, int], tuple[int, int]] = {}
        """Answers about a day that hold as long as nothing is added to it: (name, day) -> (requests then, answer)."""
        self._migrate()
        self._writer = Writer(self._connections, retention_days=retention_days)
        self._writer.mend()

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> pa.Table:
        """The answer to a SELECT as an Arrow table; values are bound."""
        return self._remembering.ask(sql, values)

    def rows(self, sql: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """The answer to a SELECT as a list of rows."""
        return self._remembering.rows(sql, values)

    def write(self, rows: pa.Table, *, token: str = "", check: bool = False, history: bool = False) -> Written:
        """Store rows exactly once; see `store.write.Writer.write`."""
        return self._writer.write(rows, token=token, check=check, history=history)

    def mark(self, findings: Sequence[int], value: str, author: str) -> None:
        """Set what a person says of findings, or take it away with an empty value; see `store.marks`."""
        marks.mark(self._connections, self._writer, findings, value, author)

    def move(self, moves: Mapping[tuple[str, str], str]) -> None:
        """Give the stored requests of some endpoints a template that was learned; see `store.moving`."""
        moving.move(self._connections, self._writer, moves)

    def set_flows(self, host: str, method: str, endpoint: str, flows: Sequence[str]) -> None:
        """Set the business flows of the stored requests of an endpoint."""
        moving.set_flows(self._connections, self._writer, host, method, endpoint, flows)

    def learn_baselines(self, least: int) -> None:
        """Work out anew what is usual for each endpoint with at least so many requests that tell (S5)."""
        self._connections.command(inventory.BASELINES_FILL, {"least": least})

    def replace_endpoints(self, rows: pa.Table) -> None:
        """Put the inventory of an analysis in the place of the one before, at once."""
        run = time.time_ns() // 1000
        rows = rows.append_column("run", pa.array([run] * len(rows), pa.uint64()))
        with self._connections.writing():
            if len(rows):
                self._connections.insert("endpoints", rows)
            else:
                self._connections.command("TRUNCATE TABLE endpoints")
            old = self.ask("SELECT DISTINCT run FROM endpoints WHERE run != {run:UInt64}", {"run": run})["run"].to_pylist()
            for one in old:
                self._connections.command(f"ALTER TABLE endpoints DROP PARTITION {one:d}")

    def prepare_behaviour(self, features: Mapping[str, str], around: Mapping[str, str]) -> None:
        """Have tables for the features of sessions; see `store.behaviour`."""
        behaviour.prepare(self._connections, features, around)

    def add_behaviour(self, columns: Iterable[str], select: str, values: Mapping[str, Any], *, few: bool) -> None:
        """Fill in the features of some session parts, a `few` or those of a whole day, by a SELECT."""
        behaviour.add(self._connections, columns, select, values, few=few)

    def forget_behaviour(self, days: Iterable[dt.date]) -> None:
        """Drop the features of some days."""
        behaviour.forget(self._connections, days)

    def replace_around(self, columns: Iterable[str], select: str, values: Mapping[str, Any]) -> None:
        """Put what a SELECT says of each session, by others, in the place of what was known."""
        behaviour.replace_around(self._connections, columns, select, values)

    def replace_bots(self, columns: Iterable[str], select: str, excepted: Sequence[Excepted], values: Mapping[str, Any]) -> None:
        """Put the verdicts that a SELECT gives in the place of those before, at once, with what holds in spite of them."""
        behaviour.replace_bots(self._connections, columns, select, excepted, values)

    def replace_shown(self, columns: Iterable[str], verdicts: str, shown: Shown) -> list[dt.date]:
        """Keep the requests that show each of some verdicts best; the days in which these changed."""
        return behaviour.replace_shown(self._connections, columns, verdicts, shown)

    @contextlib.contextmanager
    def load(self, name: str) -> Iterator[None]:
        """Load history within this context: rows written as `history` are not measured against each other (S1.6).

        `name` stands for what is loaded. A load that was cut off by a crash goes on, under the same name, as it had begun.
        """
        begun = self.records.current("load").get(name)
        floor = int(begun.value) if begun else self.newest()
        if not begun:
            self.records.append("load", name, str(floor), "apitrail")
        with self._writer.load(floor):
            yield
        self.records.append("load", name, "", "apitrail")

    def expire(self) -> int:
        """Drop the days that are past the retention; the number of requests dropped."""
        return self._writer.expire()

    @property
    def dropped(self) -> int:
        """How many requests were dropped since this store was opened, because they were past the retention."""
        return self._writer.dropped

    def merge(self) -> None:
        """Merge the rollups to their smallest, which makes the lists faster."""
        for table in schema.ROLLUPS:
            self._connections.command(f"OPTIMIZE TABLE {table} FINAL")

    def newest(self) -> int:
        """The time of the newest stored exchange in microseconds since 1970; 0 when there is none."""
        return self._writer.newest()

    def identity_secret(self) -> bytes:
        """The key of the session hash; made at random when the store is new, and never changed."""
        known = self.records.current("secret").get("identity")
        if known is None:
            self.records.append("secret", "identity", secrets.token_hex(32), "apitrail")
            known = self.records.current("secret")["identity"]
        return bytes.fromhex(known.value)

    def close(self) -> None:
        """Close the connections; an engine inside this process stops."""
        self._connections.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _migrate(self) -> None:
        self._connections.command(schema.RECORDS)
        done = {int(key) for key in self.records.current("migration")}
        for step in schema.MIGRATIONS:
            if step.number not in done:
                for statement in step.statements:
                    self._connections.command(statement)
                self.records.append("migration", str(step.number), step.title, "apitrail")


def as_time(microseconds: int) -> dt.datetime:
    """Microseconds since 1970 as a datetime in UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
