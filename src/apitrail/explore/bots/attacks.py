"""The attacks that behaviour shows, beside those that stand in a request: of requests, and of session parts (A1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from apitrail.model.abuse import BEHAVIOURAL
from apitrail.model.finding import FALSE_POSITIVE
from apitrail.store import Store

_OF_SESSIONS = (
    f"FROM behavioural WHERE session_id IN {{ids:Array(UInt128)}} AND type IN {BEHAVIOURAL} AND finding NOT IN"
    " (SELECT toUInt64OrZero(key) FROM records WHERE kind = 'mark' GROUP BY key"
    f" HAVING argMax(value, records.time) = '{FALSE_POSITIVE}')"
)


class Shown(NamedTuple):
    """Requests of a session part that show an attack, by its type, and those of them in which nothing else was found."""

    types: dict[str, int]
    alone: int


NOTHING = Shown({}, 0)


def of_requests(store: Store, rows: Sequence[dict[str, Any]]) -> dict[tuple[bytes, str], list[str]]:
    """The types of attack that stored rows of requests show, by session and request; those without any are left out."""
    found = store.rows(
        f"SELECT session_id, request_id, arraySort(groupUniqArray(toString(type))) AS types {_OF_SESSIONS}"
        " AND request_id IN {requests:Array(String)} GROUP BY session_id, request_id",
        {"ids": _sessions(rows), "requests": [row["request_id"] for row in rows]},
    )
    return {(row["session_id"], row["request_id"]): row["types"] for row in found}


def of_parts(store: Store, keys: Sequence[dict[str, Any]]) -> dict[tuple[Any, bytes], Shown]:
    """What the requests of session parts show, by day and session; parts without any are left out."""
    found = store.rows(
        "SELECT day, session_id, sumMap(map(toString(type), toUInt64(1))) AS types,"
        f" uniqExactIf(request_id, behavioural.alone) AS alone {_OF_SESSIONS} GROUP BY day, session_id",
        {"ids": _sessions(keys)},
    )
    return {(row["day"], row["session_id"]): Shown(dict(row["types"]), row["alone"]) for row in found}


def _sessions(rows: Sequence[dict[str, Any]]) -> list[int]:
    return list({int.from_bytes(row["session_id"], "little") for row in rows})
