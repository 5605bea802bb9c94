"""Which vulnerabilities people have closed, and when; one that incidents come to again is open again (A3.2)."""

from __future__ import annotations

from typing import NamedTuple

from apitrail.store import Store

KIND = "vulnerability"
CLOSED = "closed"


def close(store: Store, key: str, author: str) -> None:
    """Say that a vulnerability is no more; `key` is the id of its incident."""
    store.records.append(KIND, key, CLOSED, author)


def reopen(store: Store, key: str, author: str) -> None:
    """Take that back."""
    store.records.append(KIND, key, "", author)


class Closed(NamedTuple):
    """When a vulnerability was closed, in microseconds since 1970, and by whom."""

    time: int
    author: str


def closed(store: Store) -> dict[str, Closed]:
    """The closed vulnerabilities with when and by whom."""
    return {record.key: Closed(record.time, record.author) for record in store.records.current(KIND).values()}
