"""One attack: what it adds up to, and its requests (A2.3)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.answers import Page
from apitrail.explore.attacks import grouping
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import Attack, attack
from apitrail.explore.attacks.measures import MEASURES
from apitrail.explore.times import epoch_microseconds
from apitrail.model.attack import title
from apitrail.model.request import session_hex
from apitrail.query import cursor as cursors
from apitrail.query.interval import iso
from apitrail.query.sql import FINDINGS, Values
from apitrail.store import Store

PAGE_LIMIT = 1000
MARKED_LIMIT = 1_000_000
"""Findings that can be marked at the same time."""


class AttackRequest(msgspec.Struct, kw_only=True):
    """One finding in one request of an attack.

    `evidence` is the kind of thing in the response that shows that it worked, `shown` its words, `shown_at` where they stand.
    """

    finding: str
    request_id: str
    session_id: str
    time: str
    method: str
    host: str
    path: str
    query: str
    endpoint: str
    status: int
    blocked: bool
    ip: str
    country: str
    user: str
    client: str
    type: str
    title: str
    subtype: str
    point: str
    payload: str
    rule: str
    message: str
    engine: str
    confidence: float
    cwe: int
    owasp: str
    evidence: str
    shown: str
    shown_at: str
    mark: str


_CHANGED: dict[str, Callable[[Any], Any]] = {
    "finding": lambda value: f"{value:016x}",
    "session_id": session_hex,
    "time": lambda value: iso(epoch_microseconds(value)),
    "blocked": bool,
    "confidence": lambda value: round(value, 3),
}
_COLUMNS = tuple(name for name in AttackRequest.__struct_fields__ if name != "title")


def open_attack(store: Store, asked: Asked) -> Attack:
    """The attack that is asked, under filters and interval; NotFound when nothing of it is stored."""
    words, told = grouping.decode(asked.attack)
    values = Values()
    counted = ", ".join(f"{measure.sql} AS {measure.name}" for measure in MEASURES.values())
    row = store.rows(f"SELECT {counted} FROM {FINDINGS} AS findings WHERE {asked.where(values)}", values.bound)[0]
    if not row["findings"]:
        raise NotFound("nothing of this attack is stored under these filters and in this interval")
    measured = {measure.name: measure.read(row[measure.name]) for measure in MEASURES.values()}
    return attack({"id": grouping.encode(words, told), "group": grouping.shown(words, told), **measured})


def list_findings(store: Store, asked: Asked, *, limit: int = 100, cursor: str = "") -> Page:
    """The requests of an attack, or of all, newest first, a row for each finding in them."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    after: _Place | None = None
    told = f"{asked.text}\nfindings"
    if cursor:
        span, (time, finding, seen) = cursors.decode(told, asked.question.interval, cursor, (int, str, int))
        after = _Place(time, finding, seen)
        asked = dataclasses.replace(asked, question=dataclasses.replace(asked.question, interval=span))
    rows = _rows(store, asked, limit + 1, after)
    following = None
    if len(rows) > limit:
        following = cursors.encode(told, asked.question.interval, list(_place(rows[:limit], after)))
    return Page(items=[_finding(row) for row in rows[:limit]], total=count_findings(store, asked), next_cursor=following)


def every_finding(store: Store, asked: Asked) -> Iterator[AttackRequest]:
    """All findings of an attack or of all, newest first, read page by page."""
    after: _Place | None = None
    while True:
        rows = _rows(store, asked, PAGE_LIMIT, after)
        yield from map(_finding, rows)
        if len(rows) < PAGE_LIMIT:
            return
        after = _place(rows, after)


def count_findings(store: Store, asked: Asked) -> int:
    """How many findings there are, exactly."""
    values = Values()
    found = store.rows(f"SELECT count() AS n FROM {FINDINGS} AS findings WHERE {asked.where(values)}", values.bound)
    return int(found[0]["n"])


def finding_ids(store: Store, asked: Asked) -> list[int]:
    """The findings that a mark of a whole attack is about; BadQuestion when there are too many."""
    values = Values()
    found = store.ask(
        f"SELECT DISTINCT finding FROM {FINDINGS} AS findings WHERE {asked.where(values)} LIMIT {MARKED_LIMIT + 1}", values.bound
    )
    if len(found) > MARKED_LIMIT:
        raise BadQuestion(f"at most {MARKED_LIMIT:,} findings are marked at the same time; narrow the interval")
    return list(found["finding"].to_pylist()) if len(found) else []


class _Place(NamedTuple):
    """Where a page ends: several signatures may speak of one finding, of which so many were `seen`."""

    time: int
    finding: str
    seen: int


def _place(rows: list[dict[str, Any]], before: _Place | None) -> _Place:
    """The place after the last of some rows, which came after the place `before`."""
    time, finding = epoch_microseconds(rows[-1]["time"]), str(rows[-1]["finding"])
    seen = sum(str(row["finding"]) == finding for row in rows)
    if before and seen == len(rows) and (before.time, before.finding) == (time, finding):
        seen += before.seen
    return _Place(time, finding, seen)


def _rows(store: Store, asked: Asked, limit: int, after: _Place | None) -> list[dict[str, Any]]:
    values = Values()
    condition, skipped = asked.where(values), 0
    if after:
        time, finding = values.bind(after.time, "Int64"), values.bind(int(after.finding), "UInt64")
        condition += f" AND (time, finding) <= (fromUnixTimestamp64Micro({time}), {finding})"
        skipped = after.seen
    return store.rows(
        f"SELECT {', '.join(_COLUMNS)} FROM {FINDINGS} AS findings WHERE {condition}"
        f" ORDER BY time DESC, finding DESC, rule, engine, message, payload LIMIT {int(limit)} OFFSET {int(skipped)}",
        values.bound,
    )


def _finding(row: dict[str, Any]) -> AttackRequest:
    told = {name: _CHANGED[name](row[name]) if name in _CHANGED else row[name] for name in _COLUMNS}
    return AttackRequest(title=title(row["type"]), **told)
