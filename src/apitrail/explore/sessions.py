"""The list of session parts under a question (S3): one page, exact total, everything counted within the filters and interval."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from typing import Any

from apitrail.errors import BadQuestion
from apitrail.explore import parts
from apitrail.explore.answers import Page, SessionPart, by_count
from apitrail.explore.attacks import worked
from apitrail.explore.bots import attacks
from apitrail.explore.bots import listing as bots
from apitrail.explore.times import epoch_microseconds
from apitrail.explore.together import together
from apitrail.model import pace
from apitrail.model.request import session_hex
from apitrail.query import cursor as cursors
from apitrail.query.interval import iso
from apitrail.query.sql import Values, where
from apitrail.query.text import write
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_LIMIT = 1000
"""The most parts one page may have; `limit` 0 reads all pages, this many at a time."""


class SessionsPage(Page, kw_only=True):
    """A page of session parts; `sessions` is how many sessions all of them are parts of, None where that is not counted."""

    items: list[SessionPart]
    sessions: int | None = None


def list_sessions(store: Store, question: Question, *, sort: str = "-start", limit: int = 50, cursor: str = "") -> SessionsPage:
    """One page of session parts, how many there are in all, and of how many sessions."""
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    order = parts.order_named(sort)
    asked = f"{write(question.all_terms)}\n{order.name}"
    after = None
    if cursor:
        span, after = cursors.decode(asked, question.interval, cursor, (int, int, str))
        question = dataclasses.replace(question, interval=span)
    keys, sums = parts.page(store, question, order, limit + 1, after)
    shown = keys[:limit]
    following = cursors.encode(asked, question.interval, parts.place(shown[-1])) if len(keys) > limit else None
    items = _details(store, question, shown)
    return SessionsPage(items=items, total=sums.parts, sessions=sums.sessions, next_cursor=following)


def every_session(store: Store, question: Question, *, sort: str = "-start") -> Iterator[SessionPart]:
    """All session parts, read page by page."""
    cursor = ""
    while True:
        page = list_sessions(store, question, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


_COUNTED = {
    "attack_types": "sumMap(mapFromArrays(attack_types, arrayMap(x -> toUInt64(1), attack_types)))",
    "hosts": "sumMap(map(host, toUInt64(1)))",
    "endpoints": "sumMap(map(endpoint, toUInt64(1)))",
    "methods": "sumMap(map(method, toUInt64(1)))",
    "statuses": "sumMap(map(toString(status), toUInt64(1)))",
    "clients": "sumMap(map(client, toUInt64(1)))",
    "flows": "sumMap(mapFromArrays(flows, arrayMap(x -> toUInt64(1), flows)))",
    "mcp_servers": "sumMap(map(mcp_server, toUInt64(1)))",
    "rpc_methods": "sumMap(mapFromArrays(rpc_methods, arrayMap(x -> toUInt64(1), rpc_methods)))",
    "primitives": "sumMap(mapFromArrays(primitives, arrayMap(x -> toUInt64(1), primitives)))",
}
_LISTED = {
    "ips": "ip",
    "countries": "country",
    "networks": "network",
    "network_kinds": "network_kind",
    "applications": "application",
    "users": "user",
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
    listed += f", groupUniqArrayArray({_LISTED_LIMIT})(requests.roles) AS roles"
    listed += f", countIf({pace.SLOW}) AS slow, countIf({pace.LARGE}) AS large"
    with together() as ask:
        judged = ask.submit(bots.types_of_parts, store, keys)
        behaving = ask.submit(attacks.of_parts, store, question, keys)
        working = ask.submit(worked.of_parts, store, question, keys)
        found = store.rows(
            f"SELECT day, session_id, {counted}, {listed} FROM requests WHERE {condition}"
            f" AND session_id IN {ids} AND toInt32(day) IN {days} GROUP BY day, session_id",
            values.bound,
        )
    inside = {(row["day"], row["session_id"]): row for row in found}
    types, behaved, succeeded = judged.result(), behaving.result(), working.result()
    return [
        _part(key, inside.get(place, {}), types.get(place, []), behaved.get(place, attacks.NOTHING), succeeded.get(place, 0))
        for key in keys
        for place in [(key["day"], key["session_id"])]
    ]


def _part(
    key: dict[str, Any], inside: dict[str, Any], bot_types: list[str], behaved: attacks.Shown, incidents: int
) -> SessionPart:
    start, end = epoch_microseconds(key["start"]), epoch_microseconds(key["end"])
    counted: dict[str, Any] = {name: by_count(dict(inside.get(name) or ())) for name in _COUNTED}
    attacked = attacks.added([attacks.Shown(counted["attack_types"], key["attacks"]), behaved])
    counted["attack_types"] = by_count(attacked.types)
    listed: dict[str, Any] = {name: sorted(inside.get(name) or ()) for name in (*_LISTED, "roles")}
    return SessionPart(
        id=session_hex(key["session_id"]),
        day=key["day"].isoformat(),
        start=iso(start),
        end=iso(end),
        duration_ms=(end - start) / 1000,
        requests=key["requests"],
        attacks=attacked.alone,
        incidents=incidents,
        blocked=key["blocked"],
        slow=inside.get("slow", 0),
        large=inside.get("large", 0),
        bots=bot_types,
        status=blocked_status(key["blocked"], key["requests"]),
        **counted,
        **listed,
    )


def blocked_status(blocked: int, requests: int) -> str:
    """The status of a session of which so many requests were blocked."""
    if not blocked:
        return "monitored"
    return "blocked" if blocked == requests else "partially blocked"
