"""Requests in time order: of one session or of all, one page or every one (S4.4)."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.answers import KnownFinding, Page, Request
from apitrail.explore.bots import attacks
from apitrail.explore.request_orders import ORDERS, Order, order_named
from apitrail.explore.times import epoch_microseconds
from apitrail.model import pace
from apitrail.model.content import read_content
from apitrail.model.request import session_hex, session_number
from apitrail.query import cursor as cursors
from apitrail.query.interval import instant, iso
from apitrail.query.sql import Values, where
from apitrail.query.text import write
from apitrail.query.tree import Question
from apitrail.store import Store
from apitrail.store.schema import FINDING_ID

PAGE_LIMIT = 10_000

COLUMNS = (
    f"arrayMap(said -> {FINDING_ID}, JSONExtractArrayRaw(verdicts)) AS finding_ids,"
    "request_id, session_id, time, method, host, path, query, endpoint, protocol, mcp_server, rpc_methods,"
    " primitives, arguments, status, duration_ms, request_bytes,"
    " response_bytes, attack_types, blocked, ip, country, network, network_kind, user, roles, flows, context, application,"
    " user_agent, client, client_kind, referer, fingerprint, session_key, session_value, source, verdicts, overlimit,"
    f"{pace.DURATION_RATIO} AS duration_ratio, {pace.SIZE_RATIO} AS size_ratio, {pace.SLOW} AS slow, {pace.LARGE} AS large,"
    f"{', '.join(f'{pace.usual(name)} AS {name}' for name in pace.COLUMNS)}"
)
_MARKS = (
    "SELECT key, argMax(value, records.time) AS mark FROM records WHERE kind = 'mark' AND key IN {ids:Array(String)} GROUP BY key"
)


def list_requests(
    store: Store, question: Question, *, session: str = "", newest_first: bool = False, sort: str = "", limit: int = 100,
    cursor: str = "", total: int | None = None,
) -> Page:  # fmt: skip
    """One page of requests and how many there are in all, counted unless `total` is known.

    `session` is a session's 32 hex digits, empty for all sessions; `sort` is one of `request_orders.ORDERS`, and in order of time
    when empty.
    """
    order = _order(sort, newest_first)
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    asked = _asked(question, session, order)
    after = None
    if cursor:
        kinds = (int, str) if order.by_time else (int, int, str)
        span, after = cursors.decode(asked, question.interval, cursor, kinds)
        question = dataclasses.replace(question, interval=span)
    found = _rows(store, question, session, order, limit + 1, after)
    shown = _told(store, found[:limit])
    following = None
    if len(found) > limit:
        following = cursors.encode(asked, question.interval, _place(found[limit - 1], order))
    if total is None:
        total = count_requests(store, question, session=session)
    return Page(items=shown, total=total, next_cursor=following)


def cursor_at(question: Question, found: Request, *, session: str, newest_first: bool = False, sort: str = "") -> str:
    """The cursor of the page that begins with a request, in the order and under the question of `list_requests`."""
    order = _order(sort, newest_first)
    time = instant(found.time, now=0)
    place: list[Any] = [time + 1, ""] if order.descending else [time - 1, chr(0x10FFFF)]
    if not order.by_time:
        place.insert(0, order.rank(found))
    return cursors.encode(_asked(question, session, order), question.interval, place)


def cursor_after(question: Question, last: Request, *, session: str, newest_first: bool = False, sort: str = "") -> str:
    """The cursor of the page after a request, in an order by time and under the question of `list_requests`."""
    order = _order(sort, newest_first)
    return cursors.encode(_asked(question, session, order), question.interval, [instant(last.time, now=0), last.request_id])


def _order(sort: str, newest_first: bool) -> Order:
    return order_named(sort) if sort else ORDERS["-time" if newest_first else "time"]


def _place(row: dict[str, Any], order: Order) -> list[Any]:
    """Where a row stands in an order, for a cursor."""
    place = [epoch_microseconds(row["time"]), row["request_id"]]
    return place if order.by_time else [row["rank"], *place]


def _asked(question: Question, session: str, order: Order) -> str:
    return f"{write(question.all_terms)}\n{session}\n{order.name}"


def every_request(store: Store, question: Question, *, session: str = "", newest_first: bool = False) -> Iterator[Request]:
    """All requests, read page by page, never all in memory."""
    after: list[Any] | None = None
    order = _order("", newest_first)
    while True:
        found = _rows(store, question, session, order, PAGE_LIMIT, after)
        yield from _told(store, found)
        if len(found) < PAGE_LIMIT:
            return
        after = _place(found[-1], order)


def one_request(store: Store, request_id: str, session: str = "") -> Request:
    """The request of an id, with its content; NotFound when it is not stored. Found at once when its session is known."""
    values = Values()
    condition = f"request_id = {values.bind(request_id, 'String')}"
    if session:
        condition += f" AND session_id = {values.bind(parse_session(session), 'UInt128')}"
    found = store.rows(f"SELECT {COLUMNS}, content FROM requests WHERE {condition} LIMIT 1", values.bound)
    if not len(found):
        raise NotFound(f"there is no request {request_id[:80]!r}")
    shown = _told(store, found)[0]
    shown.content = read_content(found[0]["content"])
    return shown


def with_content(store: Store, known: Request) -> Request:
    """A request of a list with its content, headers and body, which lists leave out."""
    values = Values()
    number = values.bind(parse_session(known.session_id), "UInt128")
    condition = f"request_id = {values.bind(known.request_id, 'String')} AND session_id = {number}"
    found = store.rows(f"SELECT content FROM requests WHERE {condition} LIMIT 1", values.bound)
    return replace(known, content=read_content(found[0]["content"])) if found else known


def count_requests(store: Store, question: Question, *, session: str = "") -> int:
    """How many requests there are under a question, exactly."""
    values = Values()
    condition = _condition(question, session, values)
    found = store.rows(f"SELECT count() AS total FROM requests WHERE {condition}", values.bound)
    return int(found[0]["total"])


def _condition(question: Question, session: str, values: Values) -> str:
    condition = where(question.all_terms, question.interval, values)
    if session:
        condition += f" AND session_id = {values.bind(parse_session(session), 'UInt128')}"
    return condition


def parse_session(text: str) -> int:
    """The number of a session id; NotFound when it is not 32 hex digits."""
    try:
        return session_number(text)
    except ValueError:
        raise NotFound(f"a session id has 32 hex digits, {text[:60]!r} is none", position=0) from None


def _rows(
    store: Store, question: Question, session: str, order: Order, limit: int, after: list[Any] | None
) -> list[dict[str, Any]]:
    values = Values()
    condition = _condition(question, session, values)
    direction, sign = ("DESC", "<") if order.descending else ("ASC", ">")
    keys = [] if order.by_time else [order.sql]
    if after:
        condition += f" AND ({', '.join((*keys, 'time', 'request_id'))}) {sign} ({_bound(after, values)})"
    columns = COLUMNS if order.by_time else f"{COLUMNS}, {order.sql} AS rank"
    sorting = ", ".join(f"{key} {direction}" for key in (*keys, "time", "request_id"))
    return store.rows(f"SELECT {columns} FROM requests WHERE {condition} ORDER BY {sorting} LIMIT {int(limit)}", values.bound)


def _bound(place: list[Any], values: Values) -> str:
    *rank, time, request_id = place
    moment = f"fromUnixTimestamp64Micro({values.bind(time, 'Int64')})"
    return ", ".join((*(values.bind(one, "Int64") for one in rank), moment, values.bind(request_id, "String")))


def _told(store: Store, rows: list[dict[str, Any]]) -> list[Request]:
    """Stored rows as the contract's requests, with what people said of their findings."""
    shown = [request(row) for row in rows]
    behaved = attacks.of_requests(store, rows) if rows else {}
    for one, row in zip(shown, rows, strict=True) if behaved else ():
        one.attacks += behaved.get((row["session_id"], row["request_id"]), [])
    every = {str(int(finding.id, 16)) for one in shown for finding in one.verdicts}
    marks = {row["key"]: row["mark"] for row in store.rows(_MARKS, {"ids": sorted(every)})} if every else {}
    for one in shown if marks else ():
        one.verdicts = [replace(finding, mark=marks.get(str(int(finding.id, 16)), "")) for finding in one.verdicts]
    return shown


def request(row: dict[str, Any]) -> Request:
    """A stored row as the contract's request."""
    same = {name: row[name] for name in Request.__struct_fields__ if name in row and name not in _CHANGED}
    same |= _usual(row)
    return Request(
        session_id=session_hex(row["session_id"]),
        time=iso(epoch_microseconds(row["time"])),
        attacks=list(row["attack_types"]),
        blocked=bool(row["blocked"]),
        duration_ms=None if row["duration_ms"] is None else round(row["duration_ms"], 3),
        context=dict(row["context"]),
        role=", ".join(row["roles"]),
        arguments=msgspec.json.decode(row["arguments"]) if row["arguments"] else {},
        verdicts=_verdicts(row) if row["verdicts"] else [],
        **same,
    )


def _usual(row: dict[str, Any]) -> dict[str, Any]:
    """What is usual for the endpoint of a row; nothing where its samples are too few."""
    known = {unit: bool(row[f"p95_{unit}"]) for unit in ("ms", "bytes")}
    median = {f"usual_{unit}": round(row[f"p50_{unit}"], 3) if known[unit] else None for unit in known}
    high = {f"p95_{unit}": round(row[f"p95_{unit}"], 3) if known[unit] else None for unit in known}
    samples = {"duration_samples": row["timed"], "size_samples": row["sized"]}
    return {**median, **high, **samples, "slow": bool(row["slow"]), "large": bool(row["large"])}


def _verdicts(row: dict[str, Any]) -> list[KnownFinding]:
    found = msgspec.json.decode(row["verdicts"], type=list[KnownFinding])
    return [replace(finding, id=f"{number:016x}") for finding, number in zip(found, row["finding_ids"], strict=True)]


_CHANGED = frozenset(("session_id", "time", "attacks", "blocked", "duration_ms", "context", "verdicts", "role", "arguments",
                      "p95_ms", "p95_bytes", "slow", "large"))  # fmt: skip
