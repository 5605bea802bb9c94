"""The inventory of endpoints, one page at a time (D1, D5, D6, D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Page
from apitrail.query import cursor as cursors
from apitrail.query.interval import iso
from apitrail.query.sql import ENDPOINTS, Values, where
from apitrail.query.text import write
from apitrail.query.tree import Question
from apitrail.store import Store

PAGE_LIMIT = 1000
ORDER = "-requests"
SORTS = (
    "requests",
    "risk",
    "host",
    "endpoint",
    "method",
    "first_seen",
    "last_seen",
    "p50_ms",
    "p95_ms",
    "p50_bytes",
    "p95_bytes",
)
"""What endpoints may be sorted by; a minus before it turns the order around."""

_COLUMNS = (
    "id, host, method, endpoint, protocol, applications, requests, first_seen, last_seen, flows, auth, coverage, sensitive,"
    " risk, factors, rogue, changes, protection, length(parameters) AS parameters, p50_ms, p95_ms, p50_bytes, p95_bytes"
)
_BUSIEST = "sum(requests) OVER (PARTITION BY host) DESC, host, "


class Endpoint(msgspec.Struct, kw_only=True):
    """An endpoint of the inventory. `requests` are the harmless ones that were answered well; times are ISO 8601 in UTC.

    `risk` is 1 to 10; `rogue` is `shadow`, `zombie` or empty; `auth_coverage` is `consistent`, `partial` or `missing`;
    `changes` are of `new`, `changed`, `unused`; `parameters` how many it has. Times and sizes are None where no source says.
    """

    id: str
    host: str
    method: str
    endpoint: str
    protocol: str
    applications: list[str]
    requests: int
    risk: int
    risk_factors: list[str]
    rogue: str
    flows: list[str]
    auth: list[str]
    auth_coverage: str
    sensitive: list[str]
    protection: list[str]
    changes: list[str]
    parameters: int
    first_seen: str
    last_seen: str
    p50_ms: float | None
    p95_ms: float | None
    p50_bytes: int | None
    p95_bytes: int | None


def list_endpoints(
    store: Store, question: Question, *, sort: str = ORDER, limit: int = 50, cursor: str = "", by_host: bool = False
) -> Page:
    """One page of endpoints and how many there are in all; those seen within the interval, when there is one.

    With `by_host` those of one host stand together, the busiest host first, sorted within it.
    """
    if not 1 <= limit <= PAGE_LIMIT:
        raise BadQuestion(f"limit is from 1 to {PAGE_LIMIT}, not {limit}", position=0, suggestion=str(PAGE_LIMIT))
    column, falling = _order(sort)
    asked = f"{write(question.all_terms)}\n{sort}{' by host' if by_host else ''}"
    start = 0
    if cursor:
        _, (start,) = cursors.decode(asked, question.interval, cursor, (int,))
    values = Values()
    condition = where(question.all_terms, question.interval, values, table=ENDPOINTS)
    order = f"{_BUSIEST if by_host else ''}{column} {'DESC' if falling else 'ASC'} NULLS LAST, host, endpoint, method"
    found = store.ask(
        f"SELECT {_COLUMNS}, count() OVER () AS total FROM {ENDPOINTS} WHERE {condition} ORDER BY {order}"
        f" LIMIT {limit + 1} OFFSET {values.bind(start, 'UInt64')}",
        values.bound,
    ).to_pylist()
    total = found[0]["total"] if found else (_count(store, question) if start else 0)
    following = cursors.encode(asked, question.interval, [start + limit]) if len(found) > limit else None
    return Page(items=[told(row) for row in found[:limit]], total=total, next_cursor=following)


def every_endpoint(store: Store, question: Question, *, sort: str = ORDER) -> Iterator[Endpoint]:
    """All endpoints, read page by page."""
    cursor = ""
    while True:
        page = list_endpoints(store, question, sort=sort, limit=PAGE_LIMIT, cursor=cursor)
        yield from page.items
        if not page.next_cursor:
            return
        cursor = page.next_cursor


class Host(msgspec.Struct, frozen=True):
    """A host of the inventory: how many endpoints it has, their requests, and the highest risk among them."""

    host: str
    endpoints: int
    requests: int
    risk: int


def hosts_of(store: Store, question: Question) -> list[Host]:
    """The hosts of the endpoints under a question, the busiest first."""
    values = Values()
    condition = where(question.all_terms, question.interval, values, table=ENDPOINTS)
    found = store.rows(
        f"SELECT host, count() AS endpoints, sum(requests) AS requests, max(risk) AS risk FROM {ENDPOINTS} WHERE {condition}"
        " GROUP BY host ORDER BY sum(requests) DESC, host",
        values.bound,
    )
    return [Host(**row) for row in found]


def told(row: dict[str, Any]) -> Endpoint:
    """A row of the inventory as people see it."""
    return Endpoint(
        id=row["id"], host=row["host"], method=row["method"], endpoint=row["endpoint"], protocol=row["protocol"],
        applications=sorted(row["applications"]), requests=row["requests"], risk=row["risk"], risk_factors=row["factors"],
        rogue=row["rogue"], flows=row["flows"], auth=row["auth"], auth_coverage=row["coverage"], sensitive=row["sensitive"],
        protection=row["protection"], changes=row["changes"], parameters=row["parameters"], first_seen=_iso(row["first_seen"]),
        last_seen=_iso(row["last_seen"]), p50_ms=_rounded(row["p50_ms"]), p95_ms=_rounded(row["p95_ms"]),
        p50_bytes=_whole(row["p50_bytes"]), p95_bytes=_whole(row["p95_bytes"]),
    )  # fmt: skip


def _order(sort: str) -> tuple[str, bool]:
    column = sort.removeprefix("-")
    if column not in SORTS:
        raise BadQuestion(f"endpoints are sorted by {', '.join(SORTS)}, not {column[:40]!r}", position=0, suggestion=ORDER)
    return column, sort.startswith("-")


def _count(store: Store, question: Question) -> int:
    values = Values()
    condition = where(question.all_terms, question.interval, values, table=ENDPOINTS)
    return int(store.ask(f"SELECT count() AS total FROM {ENDPOINTS} WHERE {condition}", values.bound)["total"][0].as_py())


def _iso(moment: dt.datetime | int) -> str:
    return iso(int(moment if isinstance(moment, int) else moment.timestamp()) * 1_000_000)


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)
