"""Which API protocol an exchange speaks: rest, graphql, grpc, soap, json-rpc, mcp, websocket, or web for pages and files."""

from __future__ import annotations

from apitrail.inspect.headers import Headers
from apitrail.model.exchange import Exchange

_CONTENT = (("application/grpc", "grpc"), ("application/graphql", "graphql"), ("application/soap+xml", "soap"))
_HEADERS = {"soapaction": "soap", "sec-websocket-key": "websocket"}
_FILES = (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif", ".woff",
          ".woff2", ".ttf", ".eot", ".html", ".htm", ".mp4", ".webm", ".pdf", ".txt")  # fmt: skip
_SIGNS = frozenset(_HEADERS)
PROTOCOLS = ("rest", "graphql", "grpc", "soap", "json-rpc", "mcp", "websocket", "web")


def protocol(exchange: Exchange, headers: Headers) -> str:
    """The protocol by signs of its own, surest first; empty when only the path can tell (`by_path`). `mcp_call` tells MCP."""
    if not _SIGNS.isdisjoint(headers):
        return next(kind for name, kind in _HEADERS.items() if name in headers)
    content = headers.get("content-type", "")
    if content:
        for prefix, kind in _CONTENT:
            if content.startswith(prefix):
                return kind
        if "json" in content and b'"jsonrpc"' in exchange.body[:512]:
            return "json-rpc"
    return ""


def by_path(path: str) -> str:
    """The protocol that the path alone suggests."""
    low = path[-64:].lower()
    if low.endswith(("/graphql", "/gql", "/graphql/")):
        return "graphql"
    return "web" if low.endswith(_FILES) else "rest"
