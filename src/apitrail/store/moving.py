"""Stored requests that move to a template that was learned after they came, and the flows that people give to endpoints."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pyarrow as pa

from apitrail.store.connection import Connections
from apitrail.store.write import Writer

_SUMS = (
    "requests, start, end, durations, sizes, timed, sized, seen, auth, authenticated, media, response_media, protocols,"
    " applications, flows"
)
_OF_ENDPOINT = "host = {host:String} AND method = {method:String} AND endpoint = {endpoint:String}"


def move(connections: Connections, writer: Writer, moves: Mapping[tuple[str, str], str]) -> None:
    """Give the stored requests of some endpoints another one: (host, template) -> template. What is known of them follows."""
    if not moves:
        return
    to = f"joinGet('{connections.database}.moves', 'moved', host, endpoint)"
    with writer.changing(_days(connections)):
        connections.command("TRUNCATE TABLE moves")
        connections.insert("moves", _rows(moves))
        for table in ("requests", "findings"):
            connections.command(f"ALTER TABLE {table} UPDATE endpoint = {to} WHERE {to} != '' SETTINGS mutations_sync = 1")
        connections.command(
            f"INSERT INTO inventory (day, host, method, endpoint, {_SUMS}) SELECT day, host, method,"
            f" {to}, {_SUMS} FROM inventory WHERE {to} != ''"
        )
        connections.command(f"ALTER TABLE inventory DELETE WHERE {to} != '' SETTINGS mutations_sync = 1")


def set_flows(connections: Connections, writer: Writer, host: str, method: str, endpoint: str, flows: Sequence[str]) -> None:
    """Set the business flows of the stored requests of an endpoint."""
    values = {"host": host, "method": method, "endpoint": endpoint, "flows": list(flows)}
    with writer.changing(_days(connections)):
        for table in ("requests", "findings", "inventory", "endpoints"):
            connections.command(
                f"ALTER TABLE {table} UPDATE flows = {{flows:Array(String)}} WHERE {_OF_ENDPOINT} SETTINGS mutations_sync = 1",
                values,
            )


def _days(connections: Connections) -> list[dt.date]:
    return [row["day"] for row in connections.rows("SELECT DISTINCT day FROM requests")]


def _rows(moves: Mapping[tuple[str, str], str]) -> pa.Table:
    hosts, endpoints = zip(*moves, strict=True)
    return pa.table({"host": hosts, "endpoint": endpoints, "moved": list(moves.values())})
