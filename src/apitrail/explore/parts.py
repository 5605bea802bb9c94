"""Which session parts a question has, in which order, and how many: the keys of the list, without what is in them.

A part lies within one UTC day. So a day that lies wholly in the interval is answered by the rollup, a day that is cut by it,
or any day under a filter, by the requests; and a list in order of time is read day by day until the page is full.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from apitrail.errors import BadQuestion
from apitrail.explore.bots import attacks
from apitrail.model.request import session_hex, session_number
from apitrail.query.sql import DAY, Values, where
from apitrail.query.tree import Interval, Question
from apitrail.store import Store

SESSIONS_COUNTED = 200_000
"""Parts of whole days up to which it is counted how many sessions they are parts of."""

Key = dict[str, Any]
"""A part before its details: day, session_id, start, end, requests, attacks, blocked, and its rank in the order."""


class Sum(NamedTuple):
    """How many parts there are in all, and of how many sessions; None where that takes too long to count."""

    parts: int
    sessions: int | None


@dataclass(frozen=True, slots=True)
class Order:
    """How the list is sorted: the expression over a grouped part, and whether the largest comes first."""

    name: str
    sql: str
    descending: bool = True

    @property
    def by_time(self) -> bool:
        """Whether all parts of a later day come on one side of those of an earlier one."""
        return self.name.lstrip("-") == "start"

    @property
    def by_attacks(self) -> bool:
        """Whether what behaviour shows has to be known of every part; `alone` is how many requests show an attack by it alone."""
        return self.name.lstrip("-") == "attacks"


_START = "toUnixTimestamp64Micro(start)"
_DURATION = "toUnixTimestamp64Micro(end) - toUnixTimestamp64Micro(start)"
_RANKS = {"start": _START, "duration": _DURATION, "requests": "requests", "attacks": "attacks + alone"}
ORDERS = {
    order.name: order for name, sql in _RANKS.items() for order in (Order(f"-{name}", sql), Order(name, sql, descending=False))
}
"""A minus before the name puts the largest, or newest, first."""


def order_named(name: str) -> Order:
    """The order of a name; BadQuestion lists the names."""
    if name not in ORDERS:
        raise BadQuestion(f"sort is one of {', '.join(ORDERS)}, not {name[:40]!r}", position=0, suggestion="-start")
    return ORDERS[name]


def page(store: Store, question: Question, order: Order, limit: int, after: list[Any] | None) -> tuple[list[Key], Sum]:
    """The first keys of a question in an order, behind a place given by `place`, and how many there are in all."""
    if question.all_terms:
        found = _keys(store, question, order, limit, after)
        return found, Sum(found[0]["total"], found[0]["sessions"]) if found else _sum(store, question)
    traffic = _traffic(store, question.interval)
    days = [day for day, _ in traffic]
    found = _by_day(store, question, order, limit, after, days) if order.by_time else _keys(store, question, order, limit, after)
    total = sum(_count_of_day(store, question, day, requests) for day, requests in traffic)
    if len(days) > 1:
        return found, _sum(store, question) if total <= SESSIONS_COUNTED else Sum(total, None)
    return found, Sum(total, total)


def _by_day(store: Store, question: Question, order: Order, limit: int, after: list[Any] | None, days: list[int]) -> list[Key]:
    found: list[Key] = []
    for day in _in_order(days, order, after):
        found += _keys(store, _within(question, day), order, limit - len(found), after)
        if len(found) == limit:
            break
    return found


def place(key: Key) -> list[Any]:
    """Where a key stands in its order, for a cursor."""
    return [key["rank"], _number(key["day"]), session_hex(key["session_id"])]


def _keys(store: Store, question: Question, order: Order, limit: int, after: list[Any] | None) -> list[Key]:
    values = Values()
    direction = "DESC" if order.descending else "ASC"
    grouped = _grouped(question, values)
    if order.by_attacks:
        alone = (
            f"SELECT day, session_id, uniqExact(request_id) AS alone FROM ({attacks.select(store, question, values)}) WHERE alone"
        )
        grouped = (
            f"SELECT * FROM ({grouped}) AS part LEFT JOIN ({alone} GROUP BY day, session_id) AS shown USING (day, session_id)"
        )
    sums = "count() OVER () AS total, uniqExact(session_id) OVER () AS sessions"
    counted = f"SELECT *, {sums} FROM ({grouped})" if question.all_terms else grouped
    following = f"WHERE {_after(order, after, values)}" if after else ""
    return store.rows(
        f"SELECT *, toInt64({order.sql}) AS rank FROM ({counted})"
        f" {following} ORDER BY rank {direction}, day {direction}, session_id {direction} LIMIT {int(limit)}",
        values.bound,
    )


def _count(store: Store, question: Question) -> int:
    values = Values()
    return int(store.rows(f"SELECT count() AS total FROM ({_grouped(question, values, '1')})", values.bound)[0]["total"])


def _sum(store: Store, question: Question) -> Sum:
    values = Values()
    grouped = _grouped(question, values, "session_id")
    found = store.rows(f"SELECT count() AS parts, uniqExact(session_id) AS sessions FROM ({grouped})", values.bound)[0]
    return Sum(found["parts"], found["sessions"])


def _count_of_day(store: Store, question: Question, day: int, requests: int) -> int:
    """The parts of one day; remembered for a day that is asked whole, as long as nothing is added to it."""
    asked = _within(question, day)
    if asked.interval != _span(day):
        return _count(store, asked)
    known = store.remembered.get(("parts", day))
    if known is None or known[0] != requests:
        known = store.remembered["parts", day] = (requests, _count(store, asked))
    return int(known[1])


def _traffic(store: Store, interval: Interval) -> list[tuple[int, int]]:
    """The days in an interval that have traffic, with their number of requests, newest first."""
    values = Values()
    days = where((), Interval(interval.start, interval.end), values, days_only=True)
    found = store.rows(
        f"SELECT day, sum(requests) AS requests FROM minutes WHERE {days} GROUP BY day ORDER BY day DESC", values.bound
    )
    return [(_number(row["day"]), row["requests"]) for row in found]


def _in_order(days: list[int], order: Order, after: list[Any] | None) -> Iterator[int]:
    """The days that may hold what follows a place; `days` are newest first."""
    for day in days if order.descending else reversed(days):
        if after is None or (day <= after[1] if order.descending else day >= after[1]):
            yield day


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _span(day: int) -> Interval:
    return Interval(day * DAY, (day + 1) * DAY)


def _within(question: Question, day: int) -> Question:
    """The question within one day that it touches."""
    span, interval = _span(day), question.interval
    low = span.start if interval.start is None else max(span.start or 0, interval.start)
    high = span.end if interval.end is None else min(span.end or 0, interval.end)
    return dataclasses.replace(question, interval=Interval(low, high))


_FROM_ROLLUP = (
    "day, session_id, min(sessions.start) AS start, max(sessions.end) AS end, sum(sessions.requests) AS requests,"
    " sum(sessions.attacks) AS attacks, sum(sessions.blocked) AS blocked"
)
_FROM_REQUESTS = (
    "day, session_id, min(time) AS start, max(time) AS end, count() AS requests, countIf(notEmpty(attack_types)) AS attacks,"
    " sum(requests.blocked) AS blocked"
)


def _grouped(question: Question, values: Values, columns: str = "") -> str:
    """The SELECT of all parts of a question: the rollup for whole days, the requests for the rest."""
    if question.all_terms:
        return _select("requests", columns or _FROM_REQUESTS, where(question.all_terms, question.interval, values))
    whole, cut = _split(question.interval)
    selects = [_select("requests", columns or _FROM_REQUESTS, where((), span, values)) for span in cut]
    if whole:
        selects.append(_select("sessions", columns or _FROM_ROLLUP, where((), whole, values, days_only=True)))
    return " UNION ALL ".join(selects)


def _select(table: str, columns: str, condition: str) -> str:
    return f"SELECT {columns} FROM {table} WHERE {condition} GROUP BY day, session_id"


def _split(interval: Interval) -> tuple[Interval | None, list[Interval]]:
    """The whole days of an interval, if any, and what is left at its edges."""
    start, end = interval.start, interval.end
    first = None if start is None else -(-start // DAY) * DAY
    last = None if end is None else end // DAY * DAY
    if first is not None and last is not None and first > last:
        return None, [interval]
    cut = [Interval(start, first)] if start != first else []
    cut += [Interval(last, end)] if end != last else []
    return (None if first is not None and first == last else Interval(first, last)), cut


def _after(order: Order, after: list[Any], values: Values) -> str:
    rank, day, session = after
    try:
        number = session_number(session)
    except ValueError:
        raise BadQuestion("the cursor is not one that an answer gave; start again without it", position=0) from None
    sign = "<" if order.descending else ">"
    return (
        f"(toInt64({order.sql}), day, session_id) {sign} ({values.bind(rank, 'Int64')},"
        f" toDate({values.bind(day, 'Int32')}), {values.bind(number, 'UInt128')})"
    )
