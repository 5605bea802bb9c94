"""Calls to MCP servers: JSON-RPC 2.0 with the methods of the Model Context Protocol (S8.1)."""

from __future__ import annotations

from typing import NamedTuple

from apitrail.inspect.points.extracting import Reading


class McpCall(NamedTuple):
    """What an exchange with an MCP server asks for: JSON-RPC methods, names of primitives, and arguments as masked JSON."""

    server: str
    methods: tuple[str, ...] = ()
    primitives: tuple[str, ...] = ()
    arguments: str = ""


NO_CALL = McpCall("")


def mcp_call(reading: Reading) -> McpCall:
    """The call to an MCP server that an exchange makes; NO_CALL when it is none."""
    exchange, headers = reading.exchange, reading.request.headers
    if "mcp-session-id" in headers or "mcp-protocol-version" in headers:
        return McpCall(f"{exchange.host}{exchange.path}")
    return NO_CALL
