"""What is asked for where one path serves many operations: GraphQL, SOAP, MCP and other JSON-RPC (D1)."""

from __future__ import annotations

import re

from apitrail.inspect.mcp import NO_CALL, McpCall
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.walking import local

MARK = "#"
"""Stands between the path of an endpoint and its operation; no path has it."""
FIELDS_LIMIT = 3
"""Fields of a GraphQL operation that name it."""
NAME = re.compile(r"[A-Za-z_][\w.:/ -]{0,79}")
"""What may name an operation; others are left out, since the sender may write anything there."""


def operation_of(reading: Reading, call: McpCall, protocol: str) -> str:
    """The operation of an exchange: `mutation login`, `GetOrder`, `tools/call search`; empty when the path tells all."""
    if call is not NO_CALL:
        return _named(" ".join((*call.methods[:1], *call.primitives[:1])))
    if not reading.exchange.body and protocol not in ("graphql", "soap"):
        return ""
    if protocol == "soap":
        return _soap(reading)
    if protocol == "json-rpc":
        message = reading.request.json
        method = message.get("method") if isinstance(message, dict) else None
        return _named(method) if isinstance(method, str) else ""
    return _graphql(reading) if protocol == "graphql" or b'"query"' in reading.exchange.body[:2000] else ""


def _graphql(reading: Reading) -> str:
    calls = [call for _, call in reading.calls]
    if not calls:
        return ""
    fields = sorted({call.path[0] for call in calls if call.path and not call.path[0].startswith("__")})
    return _named(f"{calls[0].type} {'+'.join(fields[:FIELDS_LIMIT])}".replace("+", "-")) if fields else _named(calls[0].type)


def _soap(reading: Reading) -> str:
    """The name of the first element in the body of the envelope; else the last piece of the header that names the action."""
    root = reading.request.xml
    if root is not None:
        body = next((child for child in root if local(child.tag) == "Body"), None)
        if body is not None and len(body):
            return _named(local(body[0].tag))
    action = reading.request.headers.get("soapaction", "").strip('"')
    return _named(re.split(r"[/#:]", action)[-1])


def _named(text: str) -> str:
    return text if NAME.fullmatch(text) else ""
