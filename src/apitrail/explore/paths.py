"""The path of a session: to which endpoints it went, and what followed what."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import msgspec

from apitrail.explore.requests import parse_session
from apitrail.query.sql import Values, where
from apitrail.query.tree import Question
from apitrail.store import Store

STOPS = 12
"""Endpoints of a path that are told one by one, the most frequent ones; the others are one together."""
MOVES = 60
"""Moves between them that are told, the most frequent ones."""
REQUESTS_LOOKED = 100_000
"""Requests of a session whose order is looked at, the first ones."""

KEY = "cityHash64(host, method, endpoint)"
"""What stands for an endpoint while the order is counted."""


class Stop(msgspec.Struct, frozen=True):
    """An endpoint of a path: the requests to it, and how many of them failed with 4xx or 5xx.

    The one that stands for all that are not told one by one has no method and no endpoint.
    """

    host: str
    method: str
    endpoint: str
    requests: int
    failed: int

    @property
    def key(self) -> tuple[str, str, str]:
        """What names the endpoint."""
        return self.host, self.method, self.endpoint


class Move(msgspec.Struct, frozen=True):
    """That a request to one stop was followed by one to another, so many times; both by their place among the stops."""

    before: int
    after: int
    times: int


class Path(msgspec.Struct, frozen=True):
    """The stops in order of the first request to each, and the moves between them, most frequent first.

    `others` is how many endpoints the last stop stands for, 0 when all are told one by one. `looked` is of how many requests the
    order was looked at.
    """

    stops: list[Stop]
    moves: list[Move]
    others: int
    looked: int


def path(store: Store, question: Question, session: str, *, stops: int = STOPS) -> Path:
    """The path of a session, by its 32 hex digits, under a question."""
    values = Values()
    number = values.bind(parse_session(session), "UInt128")
    condition = f"{where(question.all_terms, question.interval, values)} AND session_id = {number}"
    found = _stops(store, condition, values)
    shown = sorted(found[:stops], key=lambda row: (row["first"], row["key"]))
    rest = found[stops:]
    places = {row["key"]: at for at, row in enumerate(shown)}
    told = [Stop(row["host"], row["method"], row["endpoint"], row["requests"], row["failed"]) for row in shown]
    if rest:
        told.append(Stop("", "", "", sum(row["requests"] for row in rest), sum(row["failed"] for row in rest)))
    keys = _keys(store, condition, values)
    counted = Counter(pairwise(places.get(key, len(shown)) for key in keys))
    moves = [Move(before, after, times) for (before, after), times in counted.most_common(MOVES)]
    return Path(told, moves, len(rest), len(keys))


def _stops(store: Store, condition: str, values: Values) -> list[dict[str, Any]]:
    return store.rows(
        f"SELECT host, method, endpoint, any({KEY}) AS key, count() AS requests, countIf(status >= 400) AS failed,"
        f" min(time) AS first FROM requests WHERE {condition} GROUP BY host, method, endpoint"
        " ORDER BY requests DESC, first, endpoint",
        values.bound,
    )


def _keys(store: Store, condition: str, values: Values) -> list[int]:
    """The endpoints of the session's requests in order of time."""
    ordered = f"SELECT {KEY} AS key FROM requests WHERE {condition} ORDER BY time, request_id LIMIT {REQUESTS_LOOKED}"
    return list(store.rows(f"SELECT groupArray(key) AS keys FROM ({ordered})", values.bound)[0]["keys"])
