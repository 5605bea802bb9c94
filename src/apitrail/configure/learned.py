"""The templates that were learned of each host, kept so that every process makes the same ones (D1)."""

from __future__ import annotations

import msgspec

from apitrail.model.place import Place, Places
from apitrail.store import Store

KIND = "learned"
AUTHOR = "apitrail"


def places(store: Store) -> dict[str, Places]:
    """The places of each host."""
    return {
        record.key: msgspec.json.decode(record.value, type=dict[str, Place]) for record in store.records.current(KIND).values()
    }  # fmt: skip


def keep(store: Store, host: str, found: Places) -> None:
    """Keep the places of a host; traffic from now on has them."""
    store.records.append(KIND, host, msgspec.json.encode(found).decode(), AUTHOR)
