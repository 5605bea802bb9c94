"""Which API protocol an exchange speaks: rest, graphql, grpc, soap, json-rpc, mcp, websocket, or web for pages and files."""

from __future__ import annotations

from apitrail.model.exchange import Exchange

_CONTENT = (("application/grpc", "grpc"), ("application/graphql", "graphql"), ("application/soap+xml", "soap"))
_HEADERS = {"mcp-session-id": "mcp", "mcp-protocol-version": "mcp", "soapaction": "soap", "sec-websocket-key": "websocket"}
_FILES = (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".webp", ".avif", ".woff",
          ".woff2", ".ttf", ".eot", ".html", ".htm", ".mp4", ".webm", ".pdf", ".txt")  # fmt: skip
PROTOCOLS = ("rest", "graphql", "grpc", "soap", "json-rpc", "mcp", "websocket", "web")


def protocol(exchange: Exchange) -> str:
    """The protocol by its own signs, from the surest to the weakest."""
    content = ""
    for name, value in exchange.headers:
        if name in _HEADERS:
            return _HEADERS[name]
        if name == "content-type":
            content = value
    if content:
        for prefix, kind in _CONTENT:
            if content.startswith(prefix):
                return kind
        if "json" in content and b'"jsonrpc"' in exchange.body[:512]:
            return "json-rpc"
    return by_path(exchange.path)


def by_path(path: str) -> str:
    """The protocol that the path alone suggests."""
    low = path[-64:].lower()
    if low.endswith(("/graphql", "/gql", "/graphql/")):
        return "graphql"
    return "web" if low.endswith(_FILES) else "rest"
