"""Writing, exactly once: after a crash at any moment, the same batch again adds what is missing and nothing else.

A batch has a token. `batches` says that it was begun before its rows are inserted, and that it is done after. A token that
was begun before is compared with the stored rows by request id; so are batches whose ids came from outside (`check`).
A batch that was begun and never done may have reached some of the tables only: the rollups of its days are made again.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from apitrail.store import attack_types
from apitrail.store.attack_types import MARKED
from apitrail.store.connection import Connections
from apitrail.store.schema import ROLLUPS, rollup

DAY_MICROSECONDS = 86_400_000_000
FUTURE_MICROSECONDS = 300_000_000
"""A time later than this ahead of now is a wrong clock (S1.6)."""

RETRY_MICROSECONDS = 3_600_000_000
"""A record without a time of its own is dated when it arrives; sent again within this long, it is still recognised."""

BOUND_IDS = 2000
"""Above this many ids, the stored ids of the batch's own time span are compared here instead of bound one by one."""

_KNOWN = (
    "SELECT request_id FROM requests WHERE day >= toDate({low_day:Int32}) AND day <= toDate({high_day:Int32})"
    " AND time >= fromUnixTimestamp64Micro({low:Int64}) AND time <= fromUnixTimestamp64Micro({high:Int64})"
)

_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a batch: `stored` + `duplicates` + the two kinds of rejected rows make its length.

    `expired` and `future` hold the positions of the rejected rows in the batch, `ids` the ids of the rows that were stored.
    """

    stored: int
    duplicates: int
    expired: tuple[int, ...] = ()
    future: tuple[int, ...] = ()
    ids: pa.ChunkedArray | None = None


MEND_AFTER_SECONDS = 600
"""A batch on a server that was begun longer ago than this and is not done was cut off."""

BULK_PARTS = 300
"""Inserts after which a bulk load lets the engine merge again, long before it would refuse more parts."""


Entry = tuple[str, str, list[dt.date]]
"""What the log of batches says: the batch's token, begun or done, and its days."""


class Writer:
    """The only one that adds or drops traffic."""

    def __init__(self, connections: Connections, *, retention_days: int) -> None:
        self._connections = connections
        self._retention = retention_days * DAY_MICROSECONDS
        self._newest: int | None = None
        self._oldest_day: int | None = None
        self._torn = False
        self._bulk = 0
        self._floor: int | None = None
        self._loaded: set[dt.date] = set()
        self._done: list[Entry] = []
        self.dropped = 0
        """How many requests this writer dropped because they were past the retention."""

    @contextlib.contextmanager
    def load(self, floor: int) -> Iterator[None]:
        """Load history: what is written as `history` in here is only measured against `floor`, the newest time before.

        So an old log can be explored as it is (S1.6); its days go when later traffic arrives. The engine merges afterwards, not
        again and again in between, which would cost more than the load.
        """
        self._floor, self._loaded = floor, set()
        self._stop_merges()
        try:
            yield
            self._log()
        finally:
            self._merge_again()
            self._floor = None
        if self._loaded:
            self.expire(keep=self._loaded)

    def _stop_merges(self) -> None:
        if self._connections.embedded:
            self._connections.command("SYSTEM STOP MERGES")
            self._bulk = 1

    def _merge_again(self) -> None:
        if self._bulk:
            self._bulk = 0
            self._connections.command("SYSTEM START MERGES")

    def newest(self) -> int:
        """The time of the newest stored exchange in microseconds; 0 when there is none."""
        if self._newest is None:
            found = self._connections.ask("SELECT toUnixTimestamp64Micro(max(end)) AS newest, min(day) AS oldest FROM sessions")
            self._newest = max(0, found["newest"][0].as_py())
            self._oldest_day = (found["oldest"][0].as_py() - _EPOCH).days if self._newest else None
        return self._newest

    def write(self, rows: pa.Table, *, token: str = "", check: bool = False, history: bool = False) -> Written:
        """Store the rows of one batch that are within the retention and not there yet.

        `token` names the batch: the same token must always mean the same records, in any number. `check` says that
        the ids may be known from elsewhere, `history` that the rows are part of a `load`. When this returns, the rows survive
        a crash.
        """
        with self._connections.writing():
            if self._torn:
                self.mend(patience=0)
            times = rows["time"].cast(pa.int64())
            future = _positions(pc.greater(times, time.time_ns() // 1000 + FUTURE_MICROSECONDS))
            kept = _without(rows, future)
            newest = max(self.newest(), _max_time(kept))
            unseen = self._unseen(kept, token, check)
            unique = self._lasting(unseen, self._floor if history and self._floor is not None else newest)
            expired = _positions_of(rows, unseen, unique)
            if self._floor is not None:
                self._loaded.update(_without(rows, (*future, *expired))["day"].unique().to_pylist())
            self._insert(unique, token or secrets.token_hex(16))
            self._advance(newest, unique)
            return Written(len(unique), len(kept) - len(unique) - len(expired), expired, future, unique["request_id"])

    def _lasting(self, rows: pa.Table, newest: int) -> pa.Table:
        if not self._retention:
            return rows
        return rows.filter(pc.greater_equal(rows["time"].cast(pa.int64()), newest - self._retention))

    def _unseen(self, rows: pa.Table, token: str, check: bool) -> pa.Table:
        rows = _first_of_each_id(rows)
        if len(rows) and (check or (token and self._begun(token))):
            known = self._known_ids(rows)
            if len(known):
                rows = rows.filter(pc.invert(pc.is_in(rows["request_id"], known)))
        return rows

    def _begun(self, token: str) -> bool:
        found = self._connections.ask("SELECT 1 AS x FROM batches WHERE token = {token:String} LIMIT 1", {"token": token})
        return len(found) > 0

    def _known_ids(self, rows: pa.Table) -> pa.Array:
        low, high = _span(rows)
        low -= RETRY_MICROSECONDS
        values = {"low": low, "high": high, "low_day": low // DAY_MICROSECONDS, "high_day": high // DAY_MICROSECONDS}
        question = _KNOWN
        if len(rows) <= BOUND_IDS:
            question += " AND request_id IN {ids:Array(String)}"
            values["ids"] = rows["request_id"].to_pylist()
        found = self._connections.ask(question, values)
        return found["request_id"].combine_chunks() if len(found) else pa.array([], pa.string())

    def _insert(self, rows: pa.Table, token: str) -> None:
        if len(rows):
            days = sorted(rows["day"].unique().to_pylist())
            self._torn = True
            self._log((token, "begun", days))
            self._connections.insert("requests", rows)
            self._done.append((token, "done", days))
            if self._floor is None:
                self._log()
            self._torn = False
            self._count_bulk()

    @contextlib.contextmanager
    def changing(self, days: list[dt.date]) -> Iterator[None]:
        """Change rows of some days that are there; when it is cut off by a crash, those days are mended."""
        with self._connections.writing(), self._merging():
            token = secrets.token_hex(16)
            self._torn = True
            self._log((token, "begun", days))
            yield
            self._log((token, "done", days))
            self._torn = False

    @contextlib.contextmanager
    def _merging(self) -> Iterator[None]:
        """Let the engine merge, also within a load, which goes on afterwards: while it merges nothing, it changes no rows."""
        loading = bool(self._bulk)
        self._merge_again()
        yield
        if loading:
            self._stop_merges()

    def _count_bulk(self) -> None:
        if self._bulk:
            self._bulk += 1
        if self._bulk > BULK_PARTS:
            self._merge_again()

    def _log(self, *entries: Entry) -> None:
        """Write entries into the log of batches, with those that waited; within a load, that a batch is done can wait."""
        entries = (*self._done, *entries)
        if not entries:
            return
        tokens, states, days = zip(*entries, strict=True)
        now = time.time_ns() // 1000
        self._connections.insert(
            "batches",
            pa.table(
                {
                    "token": pa.array(tokens),
                    "state": pa.array(states),
                    "days": pa.array(days, pa.list_(pa.date32())),
                    "time": pa.array([now] * len(entries), pa.timestamp("us", "UTC")),
                }
            ),
        )
        self._done.clear()

    def _advance(self, newest: int, rows: pa.Table) -> None:
        if not len(rows):
            return
        self._newest = newest
        days = rows["day"].unique().to_pylist()
        first = (min(days) - _EPOCH).days
        self._oldest_day = first if self._oldest_day is None else min(first, self._oldest_day)
        if self._floor is None and self._retention and (self._oldest_day + 1) * DAY_MICROSECONDS <= newest - self._retention:
            self.expire()

    def expire(self, keep: Iterable[dt.date] = ()) -> int:
        """Drop each day that lies wholly before the retention, counted back from the newest exchange (S1.6), but for some."""
        if not self._retention or not self.newest():
            return 0
        last = (self.newest() - self._retention) // DAY_MICROSECONDS
        with self._connections.writing():
            found = self._connections.ask(
                "SELECT day, sum(requests) AS requests FROM minutes WHERE day < toDate({last:Int32}) GROUP BY day", {"last": last}
            )
            gone = {row["day"]: row["requests"] for row in found.to_pylist() if row["day"] not in keep}
            for day in gone:
                self._drop(day, ("requests", *ROLLUPS))
            self._oldest_day = None
            self._newest = None
            self.newest()
        self.dropped += sum(gone.values())
        return int(sum(gone.values()))

    def _drop(self, day: dt.date, tables: Iterable[str]) -> None:
        for table in tables:
            self._connections.command(f"ALTER TABLE {table} DROP PARTITION '{day.isoformat()}'")

    def mend(self, *, patience: int | None = None) -> int:
        """Make the rollups and attack types of days again whose last batch was cut off by a crash; the number of such batches.

        On a server, a batch that was begun a moment ago may be another process's that is still at it; `patience` is in seconds.
        """
        if patience is None:
            patience = 0 if self._connections.embedded else MEND_AFTER_SECONDS
        found = self._connections.ask(
            "SELECT token, argMax(days, time) AS days FROM batches GROUP BY token"
            " HAVING argMax(state, (time, state)) = 'begun' AND max(time) <= now64(6) - toIntervalSecond({patience:UInt32})",
            {"patience": patience},
        )
        cut_off = found.to_pylist()
        if cut_off:
            with self._merging():
                for day in sorted({day for batch in cut_off for day in batch["days"]}):
                    self._roll_up(day)
        for batch in cut_off:
            self._done.append((batch["token"], "done", batch["days"]))
        self._log()
        self._torn = False
        return len(cut_off)

    def _roll_up(self, day: dt.date) -> None:
        self._drop(day, ROLLUPS)
        of_the_day = f"day = '{day.isoformat()}'"
        # Findings first: what people said of them decides which requests the other rollups count as attacks.
        for table in sorted(ROLLUPS, key=lambda table: table != "findings"):
            self._connections.command(f"INSERT INTO {table} {rollup(table, of_the_day)}")
            if table == "findings":
                attack_types.work_out(self._connections, f"{of_the_day} AND finding IN ({MARKED})")


def _positions(mask: pa.ChunkedArray) -> tuple[int, ...]:
    return tuple(pc.indices_nonzero(mask).to_pylist())


def _positions_of(rows: pa.Table, some: pa.Table, but: pa.Table) -> tuple[int, ...]:
    """Where in `rows` those of `some` stand that are not in `but`, which is a part of it."""
    if len(some) == len(but):
        return ()
    gone = some["request_id"].filter(pc.invert(pc.is_in(some["request_id"], but["request_id"].combine_chunks())))
    return _positions(pc.is_in(rows["request_id"], gone.combine_chunks()))


def _without(rows: pa.Table, positions: tuple[int, ...]) -> pa.Table:
    if not positions:
        return rows
    gone = set(positions)
    return rows.take(pa.array([at for at in range(len(rows)) if at not in gone], pa.int64()))


def _max_time(rows: pa.Table) -> int:
    return int(pc.max(rows["time"].cast(pa.int64())).as_py() or 0)


def _span(rows: pa.Table) -> tuple[int, int]:
    span = pc.min_max(rows["time"].cast(pa.int64())).as_py()
    return span["min"], span["max"]


def _first_of_each_id(rows: pa.Table) -> pa.Table:
    ids = rows["request_id"]
    if pc.count_distinct(ids).as_py() == len(ids):
        return rows
    seen: dict[str, int] = {}
    for at, request_id in enumerate(ids.to_pylist()):
        seen.setdefault(request_id, at)
    return rows.take(pa.array(list(seen.values()), pa.int64()))
