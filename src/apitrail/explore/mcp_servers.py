"""Every MCP server: those seen in the stored traffic, added by themselves, and those with settings of their own (S8.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from apitrail.configure import session_parameters
from apitrail.explore.times import epoch_microseconds
from apitrail.model.parameters import McpServer
from apitrail.query.interval import iso
from apitrail.store import Store

LIMIT = 500
"""MCP servers that are listed: those with settings, and of the others the ones with the most requests."""


class SeenServer(msgspec.Struct, frozen=True, kw_only=True):
    """One MCP server: what is stored of it, and where its exchanges say session, user and role.

    `first` and `last` are ISO 8601 in UTC, None when nothing of it is stored; in `settings` an empty point means as elsewhere.
    """

    server: str
    requests: int = 0
    sessions: int = 0
    first: str | None = None
    last: str | None = None
    settings: McpServer


class McpServers(msgspec.Struct, frozen=True, kw_only=True):
    """The MCP servers, those with the most requests first, and how many there are in all."""

    items: list[SeenServer]
    total: int


def list_servers(store: Store) -> McpServers:
    """Every MCP server of the store."""
    kept = session_parameters.servers(store)
    seen = {row["mcp_server"]: row for row in store.rows(_SEEN, {"kept": list(kept), "limit": LIMIT})}
    total = int(store.rows(_TOTAL, {"kept": list(kept)})[0]["total"]) + len(kept)
    names = [*seen, *(name for name in kept if name not in seen)]
    return McpServers(items=[_server(name, seen.get(name), kept.get(name)) for name in names], total=total)


_CALLS = "FROM requests WHERE protocol = 'mcp' AND mcp_server != ''"
_SEEN = (
    "SELECT mcp_server, count() AS requests, uniqExact(session_id) AS sessions, min(time) AS first, max(time) AS last,"
    f" has({{kept:Array(String)}}, toString(mcp_server)) AS has_settings {_CALLS}"
    " GROUP BY mcp_server ORDER BY has_settings DESC, requests DESC, mcp_server LIMIT {limit:UInt32}"
)
_TOTAL = f"SELECT uniqExact(mcp_server) AS total {_CALLS} AND NOT has({{kept:Array(String)}}, toString(mcp_server))"


def _server(name: str, row: dict[str, Any] | None, kept: McpServer | None) -> SeenServer:
    settings = kept or McpServer(server=name)
    if row is None:
        return SeenServer(server=name, settings=settings)
    return SeenServer(
        server=name,
        requests=row["requests"],
        sessions=row["sessions"],
        first=iso(epoch_microseconds(row["first"])),
        last=iso(epoch_microseconds(row["last"])),
        settings=settings,
    )
