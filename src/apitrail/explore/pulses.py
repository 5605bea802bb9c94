"""How requests are spread over time, small: of each session part of a page over its own length, of each endpoint over days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec

from apitrail.explore.answers import SessionPart
from apitrail.explore.bots import attacks
from apitrail.explore.times import epoch_microseconds
from apitrail.model.request import session_number
from apitrail.query.sql import Values, where
from apitrail.query.tree import Question
from apitrail.store import Store

STEPS = 24
"""Steps of time of a session part."""
DAYS = 14
"""Days of an endpoint, back from the newest."""


class Pulse(msgspec.Struct, frozen=True):
    """Requests, and those of them with attacks, in equal steps of time."""

    requests: list[int]
    attacks: list[int]


def of_parts(store: Store, question: Question, parts: Sequence[SessionPart]) -> list[Pulse]:
    """The pulse of each of some session parts, as far as the question shows them, from its first to its last request."""
    if not parts:
        return []
    values = Values()
    ids = values.bind([session_number(part.id) for part in parts], "Array(UInt128)")
    days = values.bind([_day(part.day) for part in parts], "Array(Int32)")
    starts = values.bind([_micros(part.start) for part in parts], "Array(Int64)")
    spans = values.bind([max(_micros(part.end) - _micros(part.start) + 1, STEPS) for part in parts], "Array(Int64)")
    condition = where(question.all_terms, question.interval, values)
    place = f"indexOf(arrayZip({days}, {ids}), (toInt32(day), session_id))"
    step = f"intDiv((toUnixTimestamp64Micro(time) - {starts}[place]) * {STEPS}, {spans}[place])"
    behaved = attacks.select(store, question, values, sessions=ids)
    rows = store.rows(
        f"SELECT {place} AS place, {step} AS step, count() AS n, countIf(notEmpty(attack_types)) AS bad FROM requests"
        f" WHERE {condition} AND session_id IN {ids} AND toInt32(day) IN {days} GROUP BY place, step HAVING place > 0"
        f" UNION ALL SELECT {place} AS place, {step} AS step, 0 AS n, uniqExact(request_id) AS bad FROM ({behaved})"
        " WHERE alone GROUP BY place, step HAVING place > 0",
        values.bound,
    )
    counted = [([0] * STEPS, [0] * STEPS) for _ in parts]
    for row in rows:
        at = min(max(row["step"], 0), STEPS - 1)
        counted[row["place"] - 1][0][at] += row["n"]
        counted[row["place"] - 1][1][at] += row["bad"]
    return [Pulse(requests, attacked) for requests, attacked in counted]


def of_endpoints(store: Store, endpoints: Sequence[tuple[str, str, str]]) -> dict[tuple[str, str, str], Pulse]:
    """The pulse of each of some endpoints, named by host, method and endpoint, a step a day; some may have none."""
    if not endpoints:
        return {}
    values = Values()
    columns = [values.bind([one[at] for one in endpoints], "Array(String)") for at in range(3)]
    newest = "(SELECT max(day) FROM minutes)"
    rows = store.rows(
        f"SELECT host, method, endpoint, dateDiff('day', day, {newest}) AS ago, sum(inventory.requests) AS n FROM inventory"
        f" WHERE day > {newest} - {DAYS} AND (host, method, endpoint) IN arrayZip({', '.join(columns)})"
        " GROUP BY host, method, endpoint, day",
        values.bound,
    )
    found: dict[tuple[str, str, str], Pulse] = {}
    for row in rows:
        key = (row["host"], row["method"], row["endpoint"])
        found.setdefault(key, Pulse([0] * DAYS, [0] * DAYS)).requests[DAYS - 1 - row["ago"]] += row["n"]
    return found


def _micros(iso: str) -> int:
    return epoch_microseconds(dt.datetime.fromisoformat(iso))


def _day(iso: str) -> int:
    return (dt.date.fromisoformat(iso) - dt.date(1970, 1, 1)).days
