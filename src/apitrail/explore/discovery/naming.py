"""The endpoints of the inventory by their host and template, many at once: what names in other sections lead to."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from apitrail.query.sql import ENDPOINTS
from apitrail.store import Store

Place = tuple[str, str]
"""A host and an endpoint's template."""


class Named(msgspec.Struct, frozen=True):
    """An endpoint of the inventory: its id and its method."""

    id: str
    method: str


def named(store: Store, places: Iterable[Place]) -> dict[Place, list[Named]]:
    """The endpoints at some places, one for each method; nothing for a place that the inventory does not have."""
    wanted = sorted({place for place in places if place[1]})
    if not wanted:
        return {}
    bound = {"hosts": [host for host, _ in wanted], "endpoints": [endpoint for _, endpoint in wanted]}
    rows = store.rows(
        f"SELECT id, host, method, endpoint FROM {ENDPOINTS} WHERE has({{hosts:Array(String)}}, host) AND"
        " has({endpoints:Array(String)}, endpoint) ORDER BY requests DESC, method",
        bound,
    )
    found: dict[Place, list[Named]] = {}
    for row in rows:
        found.setdefault((row["host"], row["endpoint"]), []).append(Named(row["id"], row["method"]))
    return {place: found[place] for place in wanted if place in found}
