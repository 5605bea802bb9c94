"""Which vulnerabilities people have closed, and when; one that incidents come to again is open again (A3.2)."""

from __future__ import annotations

from apitrail.store import Store

KIND = "vulnerability"
CLOSED = "closed"


def close(store: Store, key: str, author: str) -> None:
    """Say that a vulnerability is no more; `key` is the id of its incident."""
    store.records.append(KIND, key, CLOSED, author)


def reopen(store: Store, key: str, author: str) -> None:
    """Take that back."""
    store.records.append(KIND, key, "", author)


def closed(store: Store) -> dict[str, int]:
    """The closed vulnerabilities with the time of closing in microseconds since 1970."""
    return {record.key: record.time for record in store.records.current(KIND).values()}
