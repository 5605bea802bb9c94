"""The answers computed in plain Python over lists of rows: what the engine must say too."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from apitrail.model import fields
from apitrail.model.fields import Field
from apitrail.model.request import session_hex
from traffic import DAY

Row = dict[str, Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Filter:
    """A term of the filter language, what it means for a row, and whether it chooses whole sessions."""

    text: str
    test: Test
    whole_sessions: bool = False
    negated: bool = False


def plain_rows(table: Any) -> list[Row]:
    """Rows as they go into the store, as dicts with times in microseconds."""
    return [row | {"time": _micros(row["time"]), "session": session_hex(row["session_id"])} for row in table.to_pylist()]


def _micros(moment: dt.datetime) -> int:
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def select(rows: Sequence[Row], filters: Iterable[Filter], start: int | None = None, end: int | None = None) -> list[Row]:
    """The rows that all filters and the interval leave."""
    days = [
        row
        for row in rows
        if (start is None or row["time"] // DAY >= start // DAY) and (end is None or row["time"] // DAY <= (end - 1) // DAY)
    ]
    kept = [row for row in days if (start is None or row["time"] >= start) and (end is None or row["time"] < end)]
    for found in filters:
        test = found.test
        if found.whole_sessions:
            chosen = {row["session"] for row in days if found.test(row)}
            test = lambda row, chosen=chosen: row["session"] in chosen  # noqa: E731
        kept = [row for row in kept if test(row) != found.negated]
    return kept


def like(pattern: str) -> Callable[[str], bool]:
    """Whether a text fits a pattern with stars, letter case aside."""
    expression = re.compile(".*".join(map(re.escape, pattern.split("*"))), re.IGNORECASE | re.DOTALL)
    return lambda value: bool(expression.fullmatch(value))


def inside(network: str) -> Callable[[str], bool]:
    """Whether an address is in a network."""
    wanted = ipaddress.ip_network(network)
    return lambda value: bool(value) and ipaddress.ip_address(value) in wanted


def parts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The session parts that rows make, newest first."""
    groups: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row["day"].isoformat(), row["session"]), []).append(row)
    found = [_part(day, session, some) for (day, session), some in groups.items()]
    return sorted(found, key=lambda part: (part["start"], part["day"], part["id"]), reverse=True)


def _part(day: str, session: str, rows: list[Row]) -> dict[str, Any]:
    times = [row["time"] for row in rows]
    blocked = sum(row["blocked"] for row in rows)
    return {
        "id": session,
        "day": day,
        "start": min(times),
        "end": max(times),
        "duration_ms": (max(times) - min(times)) / 1000,
        "requests": len(rows),
        "attacks": sum(bool(row["attack_types"]) for row in rows),
        "blocked": blocked,
        "status": "monitored" if not blocked else "blocked" if blocked == len(rows) else "partially blocked",
        "attack_types": counted(word for row in rows for word in row["attack_types"]),
        "hosts": counted(row["host"] for row in rows),
        "endpoints": counted(row["endpoint"] for row in rows),
        "methods": counted(row["method"] for row in rows),
        "statuses": counted(str(row["status"]) for row in rows),
        "clients": counted(row["client"] for row in rows),
        "ips": sorted({row["ip"] for row in rows} - {""}),
        "countries": sorted({row["country"] for row in rows} - {""}),
        "users": sorted({row["user"] for row in rows} - {""}),
        "applications": sorted({row["application"] for row in rows} - {""}),
    }


def counted(values: Iterable[str]) -> dict[str, int]:
    """Values with their counts, most frequent first, then by name; the empty one left out."""
    found = Counter(value for value in values if value)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


SORTS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "start": lambda part: part["start"],
    "duration": lambda part: part["end"] - part["start"],
    "requests": lambda part: part["requests"],
    "attacks": lambda part: part["attacks"],
}


def ordered(found: Sequence[dict[str, Any]], sort: str) -> list[dict[str, Any]]:
    """Parts in an order of the list, equal ones by day and session."""
    rank = SORTS[sort.lstrip("-")]
    return sorted(found, key=lambda part: (rank(part), part["day"], part["id"]), reverse=sort.startswith("-"))


def values(row: Row, field: Field) -> list[str]:
    """The values that a row has of a statistic, as text."""
    if field.kind == fields.YES_NO:
        return ["true" if row.get(field.word) else "false"]  # nothing is slow or large before an analysis
    if field.kind == fields.WORDS:
        return list(row.get(field.sql) or ())
    return [str(row.get(field.word, ""))]


def statistic(rows: list[Row], field: Field) -> dict[str, int]:
    """A statistic over rows, most frequent first."""
    return counted(value for row in rows for value in values(row, field))
