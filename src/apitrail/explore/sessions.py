"""The list of session parts under a question (S3): one page, exact total, everything counted within the filters and interval."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Page, SessionPart
from apitrail.explore.times import epoch_microseconds
from apitrail.model.request import session_hex, session_number
from apitrail.query import cursor as cursors
from apitrail.query.interval import iso
from apitrail.query.sql import DAY, Values, where
from apitrail.query.text import write
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_LIMIT = 1000
"""The most parts one page may have; `limit` 0 reads all pages, this many at a time."""


@dataclass(frozen=True, slots=True)
class Order:
    """How the list is sorted: the expression over a grouped part, its cursor type, and whether the largest comes first."""

    name: str
    sql: str
    descending: bool = True


ORDERS = {
    order.name: order
    for order in (
        Order("-start", "toUnixTimestamp64Micro(start)"),
        Order("start", "toUnixTimestamp64Micro(start)", descending=False),
        Order("-duration", "toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)"),
        Order("duration", "toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)", descending=False),
        Order("-requests", "requests"),
        Order("requests", "requests", descending=False),
        Order("-attacks", "attacks"),
        Order("attacks", "attacks", descending=False),
    )
}
"""A minus before the name puts the largest, or newest, first."""


def order_named(name: str) -> Order:
    """The order of a name; BadQuestion lists the names."""
    if name not in ORDERS:
        raise BadQuestion(f"sort is one of {', '.join(ORDERS)}, not {name[:40]!r}", position=0, suggestion="-start")
    return ORDERS[name]


def list_sessions(store: Store, question: Question, *, sort: str = "-start", limit: int = 50, cursor: str = "") -> Page:
    """One page of session parts and how many there are in all."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    order = order_named(sort)
    asked = _question_text(question, order)
    after = cursors.decode(asked, cursor, (int, int, str)) if cursor else None
    keys = _keys(store, question, order, limit + 1, after)
    shown = keys[:limit]
    following = cursors.encode(asked, _place(shown[-1])) if len(keys) > limit else None
    return Page(items=_details(store, question, shown), total=count_sessions(store, question), next_cursor=following)


def every_session(store: Store, question: Question, *, sort: str = "-start") -> Iterator[SessionPart]:
    """All session parts, read page by page."""
    cursor = ""
    while True:
        page = list_sessions(store, question, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


def count_sessions(store: Store, question: Question) -> int:
    """How many session parts there are under a question, exactly."""
    values = Values()
    table, condition = _table(question, values)
    found = store.rows(
        f"SELECT count() AS total FROM (SELECT 1 FROM {table} WHERE {condition} GROUP BY day, session_id)", values.bound
    )
    return int(found[0]["total"])


def _question_text(question: Question, order: Order) -> str:
    return f"{write(question.all_terms)}\n{order.name}\n{question.interval}"


def _table(question: Question, values: Values) -> tuple[str, str]:
    """The rollup when it can answer, which is when no filter looks inside a day; else the requests."""
    interval = question.interval
    whole_days = all(edge is None or edge % DAY == 0 for edge in (interval.start, interval.end))
    if question.all_terms or not whole_days:
        return "requests", where(question.all_terms, interval, values)
    conditions = []
    if interval.start is not None:
        conditions.append(f"day >= toDate({values.bind(interval.start // DAY, 'Int32')})")
    if interval.end is not None:
        conditions.append(f"day < toDate({values.bind(interval.end // DAY, 'Int32')})")
    return "sessions", " AND ".join(conditions) or "1"


_GROUPED = {
    "sessions": "min(sessions.start) AS start, max(sessions.end) AS end, sum(sessions.requests) AS requests,"
    " sum(sessions.attacks) AS attacks, sum(sessions.blocked) AS blocked",
    "requests": "min(time) AS start, max(time) AS end, count() AS requests, countIf(notEmpty(attack_types)) AS attacks,"
    " sum(requests.blocked) AS blocked",
}


def _keys(store: Store, question: Question, order: Order, limit: int, after: list[Any] | None) -> list[dict[str, Any]]:
    values = Values()
    table, condition = _table(question, values)
    direction = "DESC" if order.descending else "ASC"
    following = f"WHERE {_after(order, after, values)}" if after else ""
    return store.rows(
        f"SELECT day, session_id, start, end, requests, attacks, blocked, toInt64({order.sql}) AS rank FROM ("
        f"SELECT day, session_id, {_GROUPED[table]} FROM {table} WHERE {condition} GROUP BY day, session_id) {following} "
        f"ORDER BY rank {direction}, day {direction}, session_id {direction} LIMIT {int(limit)}",
        values.bound,
    )


def _after(order: Order, place: list[Any], values: Values) -> str:
    rank, day, session = place
    try:
        number = session_number(session)
    except ValueError:
        raise BadQuestion("the cursor is not one that an answer gave; start again without it", position=0) from None
    sign = "<" if order.descending else ">"
    return (
        f"(toInt64({order.sql}), day, session_id) {sign} ({values.bind(rank, 'Int64')},"
        f" toDate({values.bind(day, 'Int32')}), {values.bind(number, 'UInt128')})"
    )


def _place(key: dict[str, Any]) -> list[Any]:
    return [key["rank"], (key["day"] - dt.date(1970, 1, 1)).days, session_hex(key["session_id"])]


_COUNTED = {
    "attack_types": "sumMap(mapFromArrays(attack_types, arrayMap(x -> toUInt64(1), attack_types)))",
    "hosts": "sumMap(map(host, toUInt64(1)))",
    "endpoints": "sumMap(map(endpoint, toUInt64(1)))",
    "methods": "sumMap(map(method, toUInt64(1)))",
    "statuses": "sumMap(map(toString(status), toUInt64(1)))",
    "clients": "sumMap(map(client, toUInt64(1)))",
    "flows": "sumMap(mapFromArrays(flows, arrayMap(x -> toUInt64(1), flows)))",
}
_LISTED = {
    "ips": "ip",
    "countries": "country",
    "networks": "network",
    "network_kinds": "network_kind",
    "applications": "application",
    "users": "user",
    "roles": "role",
}
_LISTED_LIMIT = 100
"""Values of one list that a part shows; more are counted in the session's own statistics."""


def _details(store: Store, question: Question, keys: list[dict[str, Any]]) -> list[SessionPart]:
    if not keys:
        return []
    values = Values()
    condition = where(question.all_terms, question.interval, values)
    ids = values.bind([int.from_bytes(key["session_id"], "little") for key in keys], "Array(UInt128)")
    days = values.bind(sorted({(key["day"] - dt.date(1970, 1, 1)).days for key in keys}), "Array(Int32)")
    counted = ", ".join(f"{sql} AS {name}" for name, sql in _COUNTED.items())
    listed = ", ".join(f"groupUniqArrayIf({_LISTED_LIMIT})({sql}, {sql} != '') AS {name}" for name, sql in _LISTED.items())
    found = store.rows(
        f"SELECT day, session_id, {counted}, {listed} FROM requests WHERE {condition}"
        f" AND session_id IN {ids} AND toInt32(day) IN {days} GROUP BY day, session_id",
        values.bound,
    )
    inside = {(row["day"], row["session_id"]): row for row in found}
    return [_part(key, inside.get((key["day"], key["session_id"]), {})) for key in keys]


def _part(key: dict[str, Any], inside: dict[str, Any]) -> SessionPart:
    start, end = epoch_microseconds(key["start"]), epoch_microseconds(key["end"])
    counted: dict[str, Any] = {name: by_count(dict(inside.get(name) or ())) for name in _COUNTED}
    listed: dict[str, Any] = {name: sorted(inside.get(name) or ()) for name in _LISTED}
    return SessionPart(
        id=session_hex(key["session_id"]),
        day=key["day"].isoformat(),
        start=iso(start),
        end=iso(end),
        duration_ms=(end - start) / 1000,
        requests=key["requests"],
        attacks=key["attacks"],
        blocked=key["blocked"],
        status=blocked_status(key["blocked"], key["requests"]),
        **counted,
        **listed,
    )


def blocked_status(blocked: int, requests: int) -> str:
    """The status of a session of which so many requests were blocked."""
    if not blocked:
        return "monitored"
    return "blocked" if blocked == requests else "partially blocked"


def by_count(counts: dict[str, int]) -> dict[str, int]:
    """Counts with the most frequent first, equal ones by name; the empty value is left out."""
    return dict(sorted(((name, n) for name, n in counts.items() if name), key=lambda item: (-item[1], item[0])))


def arrow(parts: list[SessionPart]) -> pa.Table:
    """Session parts as an Arrow table with the members of the contract as columns."""
    import msgspec

    return pa.Table.from_pylist([msgspec.to_builtins(part) for part in parts])
