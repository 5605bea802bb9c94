"""Who changed what, and when: the log of records in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from apitrail.query.interval import iso
from apitrail.store.records import Record

HISTORY_LIMIT = 1000
"""Changes that are told at most."""

Say = Callable[[Record, str], str]
"""A record and the value before it -> what was done; empty when that is nothing."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One change: when (ISO 8601 in UTC), who, and what was done in words."""

    time: str
    author: str
    what: str


def told(records: Sequence[Record], say: Say, limit: int = HISTORY_LIMIT) -> list[Change]:
    """The changes that records make, given and told newest first, so many at most."""
    known: dict[str, str] = {}
    found = []
    for record in reversed(records):
        what = say(record, known.get(record.key, ""))
        known[record.key] = record.value
        if what:
            found.append(Change(time=iso(record.time), author=record.author, what=what))
    return found[::-1][: max(0, min(limit, HISTORY_LIMIT))]
