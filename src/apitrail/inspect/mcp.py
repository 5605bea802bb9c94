"""Calls to MCP servers: JSON-RPC 2.0 with the methods of the Model Context Protocol over HTTP (S8.1).

An exchange is one by its headers (`Mcp-Session-Id`, `Mcp-Protocol-Version`, `Mcp-Method`) or by the messages in its body. Without
such a header only methods count that belong to MCP alone, so that other JSON-RPC stays what it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from apitrail.inspect.arguments import as_json
from apitrail.inspect.headers import Headers
from apitrail.inspect.masking import mask_path, mask_url
from apitrail.inspect.points.decoding import unbase64
from apitrail.inspect.points.extracting import Reading
from apitrail.model.parameters import SERVER_LIMIT

BATCH_LIMIT = 50
"""Messages of one batch that are looked at."""
METHOD_LIMIT = 100
"""Characters of a method that are kept."""
PRIMITIVE_LIMIT = 300
"""Characters of the name of a tool or prompt, or of the URI of a resource, that are kept."""

FAMILIES = ("tools/", "resources/", "prompts/", "completion/", "logging/", "roots/", "sampling/", "elicitation/",
            "notifications/", "tasks/", "subscriptions/", "server/discover")  # fmt: skip
"""Beginnings of methods that only MCP has."""
META_VERSION = "io.modelcontextprotocol/protocolVersion"
"""The member of `params._meta` in which every request says the protocol version, since the revision of 2026-07-28."""

HEADERS = frozenset(("mcp-session-id", "mcp-protocol-version", "mcp-method"))
"""Request headers that only clients of MCP send."""
_HINT = b'"jsonrpc"'


class McpCall(NamedTuple):
    """What an exchange with an MCP server asks for: JSON-RPC methods, names of primitives, and arguments as masked JSON.

    `server` is host and path without a slash at its end; `arguments` is a JSON object or empty.
    """

    server: str
    methods: tuple[str, ...] = ()
    primitives: tuple[str, ...] = ()
    arguments: str = ""


NO_CALL = McpCall("")

Json = dict[str, Any]


def mcp_call(reading: Reading) -> McpCall:
    """The call to an MCP server that an exchange makes; NO_CALL when it is none."""
    tells = _tells_by_body if HEADERS.isdisjoint(reading.request.headers) else _tells_by_headers
    return _call(reading) if tells(reading) else NO_CALL


def _tells_by_body(reading: Reading) -> bool:
    """Whether the messages tell; where the source does not tell the body, an answer that opens a session does."""
    exchange = reading.exchange
    if exchange.method != "POST":
        return False
    if not exchange.body:
        return any(name == "mcp-session-id" for name, _ in exchange.response_headers)
    return _HINT in exchange.body and any(map(_is_mcp, _messages(reading)))


def _tells_by_headers(reading: Reading) -> bool:
    """Whether the headers tell; the version alone is also sent by clients that ask a web server how to sign in."""
    exchange, headers = reading.exchange, reading.request.headers
    if "mcp-session-id" in headers or "mcp-method" in headers:
        return True
    if exchange.method == "GET":
        return "text/event-stream" in headers.get("accept", "")
    return exchange.method in ("POST", "DELETE") and (not exchange.body or _HINT in exchange.body)


def _messages(reading: Reading) -> list[Json]:
    """The JSON-RPC messages of a body: one, or a batch of them."""
    body = reading.request.json if reading.request.body else None
    some = body[:BATCH_LIMIT] if isinstance(body, list) else (body,)
    return [one for one in some if isinstance(one, dict) and one.get("jsonrpc") == "2.0"]


def _is_mcp(message: Json) -> bool:
    """Whether a message says by itself that it belongs to MCP."""
    method, params = _text(message.get("method")), _object(message.get("params"))
    if method == "initialize":
        return isinstance(params.get("protocolVersion"), str)
    return method.startswith(FAMILIES) or META_VERSION in _object(params.get("_meta"))


def _call(reading: Reading) -> McpCall:
    exchange, messages = reading.exchange, _messages(reading)
    server = f"{exchange.host}{mask_path(exchange.path).rstrip('/') or '/'}"[:SERVER_LIMIT]
    if not messages:
        return McpCall(server, *_from_headers(reading.request.headers))
    methods = dict.fromkeys(method[:METHOD_LIMIT] for message in messages if (method := _text(message.get("method"))))
    named = [(_primitive(message), _arguments(message)) for message in messages]
    primitives = dict.fromkeys(primitive for primitive, _ in named if primitive)
    return McpCall(server, tuple(methods), tuple(primitives), _together(named))


def _from_headers(headers: Headers) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Method and primitive of a request whose body is not known or cannot be read."""
    method, name = headers.get("mcp-method", "")[:METHOD_LIMIT], headers.get("mcp-name", "")[: 4 * PRIMITIVE_LIMIT]
    if name.startswith("=?base64?") and name.endswith("?="):
        name = (unbase64(name[9:-2]) or b"").decode("utf-8", "replace")
    return ((method,) if method else ()), ((_shown_name(name),) if name else ())


def _primitive(message: Json) -> str:
    """The tool, prompt or resource that a message names; a completion names one by reference."""
    params = _object(message.get("params"))
    named = _object(params.get("ref")) if message.get("method") == "completion/complete" else params
    return _shown_name(_text(named.get("name")) or _text(named.get("uri")))


def _shown_name(name: str) -> str:
    shown = mask_url(name) if "://" in name else name
    return shown if len(shown) <= PRIMITIVE_LIMIT else shown[: PRIMITIVE_LIMIT - 1] + "…"


def _arguments(message: Json) -> Json:
    """What a message hands to a primitive."""
    params = _object(message.get("params"))
    if message.get("method") == "completion/complete":
        argument = _object(params.get("argument"))
        return {_text(argument.get("name")): argument.get("value")} if argument else {}
    if params.get("arguments") is not None:
        given = params["arguments"]
        return given if isinstance(given, dict) else {"arguments": given}
    return {"uri": params["uri"]} if isinstance(params.get("uri"), str) else {}


def _together(named: list[tuple[str, Json]]) -> str:
    """The arguments of all messages as one object; those of a batch as a list."""
    given: list[Json] = [{"name": name, "arguments": arguments} for name, arguments in named if arguments]
    if not given:
        return ""
    return as_json(given[0]["arguments"] if len(named) == 1 else {"calls": given})


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
