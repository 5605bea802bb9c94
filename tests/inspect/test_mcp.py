"""Which exchanges are calls to an MCP server, and what is kept of them (S8.1)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect import arguments, mcp
from apitrail.inspect.headers import read_headers
from apitrail.inspect.mcp import NO_CALL, McpCall, mcp_call
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange
from apitrail.model.parameters import SERVER_LIMIT

pytestmark = pytest.mark.rows("S8.1")

SESSION = ("mcp-session-id", "1868a90c-f17e-4a65-9b0f-2c0d1c5f8a11")
VERSION = ("mcp-protocol-version", "2025-06-18")
INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}}}
SECRET = "hunter2-hunter2-hunter2"


def message(method: Any, /, **params: Any) -> dict[str, Any]:
    """One JSON-RPC request."""
    return {"method": method, "params": params, "jsonrpc": "2.0", "id": 1}


def exchange(body: Any = b"", *headers: tuple[str, str], method: str = "POST", path: str = "/mcp/", **members: Any) -> Exchange:
    """One exchange with a host that speaks MCP."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Exchange(method=method, host="tools.example", path=path, headers=headers, body=data, **members)


def read(body: Any = b"", *headers: tuple[str, str], **members: Any) -> McpCall:
    """The call that an exchange makes."""
    one = exchange(body, *headers, **members)
    return mcp_call(Reading(one, read_headers(one.headers)))


def given_to(body: Any) -> Any:
    """The arguments that are kept of a call."""
    text = read(body).arguments
    return json.loads(text) if text else None


def protocols(*exchanges: Exchange) -> list[str]:
    """The protocol of each, as it is stored."""
    return list(Inspector(Recipe(b"x")).rows(exchanges)["protocol"].to_pylist())


# --- what is a call ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "method",
    [
        "tools/list", "tools/call", "resources/list", "resources/read", "resources/templates/list", "resources/subscribe",
        "prompts/list", "prompts/get", "completion/complete", "logging/setLevel", "roots/list", "sampling/createMessage",
        "elicitation/create", "notifications/initialized", "notifications/cancelled", "tasks/get", "server/discover",
        "subscriptions/listen",
    ],
)  # fmt: skip
def test_methods_of_mcp_tell(method: str) -> None:
    """A method that only MCP has makes a JSON-RPC message a call, without any header."""
    assert read(message(method)) == McpCall("tools.example/mcp", (method,))


def test_the_methods_of_the_mcp_package_tell() -> None:
    """Every method that a client of the installed package may send is recognised."""
    from mcp_types.methods import CLIENT_NOTIFICATIONS, CLIENT_REQUESTS

    methods = {method for method, _ in [*CLIENT_REQUESTS, *CLIENT_NOTIFICATIONS]}
    assert len(methods) > 15
    assert {method for method in methods if read(message(method)) is NO_CALL} == {"initialize", "ping"}
    assert {method for method in methods if read(message(method), VERSION).methods != (method,)} == set()


def test_initialize_tells_by_its_protocol_version() -> None:
    """The initialize of MCP says its protocol version, the one of a language server does not."""
    assert read(INITIALIZE) == McpCall("tools.example/mcp", ("initialize",))
    assert read(message("initialize", processId=1, capabilities={})) is NO_CALL
    assert read(message("initialize", protocolVersion=3)) is NO_CALL


def test_ping_needs_another_sign() -> None:
    """A generic method counts with a header of MCP, or when the request says the protocol version itself."""
    assert read(message("ping")) is NO_CALL
    assert read(message("ping"), SESSION).methods == ("ping",)
    assert read(message("ping", _meta={"io.modelcontextprotocol/protocolVersion": "2026-07-28"})).methods == ("ping",)


@pytest.mark.parametrize("method", ["eth_getBalance", "textDocument/didOpen", "rpc.discover", "system.listMethods", "toolsmith"])
def test_other_json_rpc_is_not_taken_for_mcp(method: str) -> None:
    """JSON-RPC with other methods stays json-rpc."""
    assert read(message(method)) is NO_CALL
    assert protocols(exchange(message(method), ("content-type", "application/json"))) == ["json-rpc"]


def test_the_protocol_is_mcp_exactly_when_there_is_a_call() -> None:
    """What is a call has the protocol mcp, also without a header; a question for the way to sign in has not."""
    metadata = exchange(b"", VERSION, method="GET", path="/.well-known/oauth-protected-resource/mcp")
    assert protocols(exchange(message("tools/list")), exchange(b"", SESSION, method="DELETE"), metadata) == ["mcp", "mcp", "rest"]


def test_streams_and_ends_are_calls() -> None:
    """GET of the event stream and DELETE of the session are calls by their headers, without a method."""
    events = ("accept", "text/event-stream")
    assert read(b"", SESSION, method="GET") == McpCall("tools.example/mcp")
    assert read(b"", VERSION, events, method="GET") == McpCall("tools.example/mcp")
    assert read(b"", SESSION, method="DELETE") == McpCall("tools.example/mcp")
    assert read(b"", VERSION, method="GET") is NO_CALL
    assert read(b"", events, method="GET") is NO_CALL


def test_responses_of_the_client_are_calls() -> None:
    """What a client answers to the server has no method; the header tells that it is MCP."""
    answer = {"jsonrpc": "2.0", "id": 4, "result": {"action": "accept", "content": {"password": SECRET}}}
    assert read(answer, SESSION) == McpCall("tools.example/mcp")
    assert read(answer) is NO_CALL


def test_batches() -> None:
    """A batch has every method and primitive once, and is bounded."""
    batch = [message("tools/call", name="a", arguments={"x": 1}), message("tools/call", name="b"), message("ping"), 7, None]
    call = read(batch)
    assert (call.methods, call.primitives) == (("tools/call", "ping"), ("a", "b"))
    assert json.loads(call.arguments) == {"calls": [{"name": "a", "arguments": {"x": 1}}]}
    many = [message("tools/call", name=f"n{number}") for number in range(mcp.BATCH_LIMIT + 10)]
    assert len(read(many).primitives) == mcp.BATCH_LIMIT


def test_without_bodies() -> None:
    """Where a source tells no body, headers still tell: an opened session, and the routing headers of newer clients."""
    assert read(b"", response_headers=(SESSION,)) == McpCall("tools.example/mcp")
    assert read(b"", ("mcp-method", "tools/call"), ("mcp-name", "search")) == McpCall(
        "tools.example/mcp", ("tools/call",), ("search",)
    )
    name = f"=?base64?{base64.b64encode('söder'.encode()).decode()}?="
    assert read(b"{cut off", ("mcp-method", "tools/call"), ("mcp-name", name)).primitives == ("söder",)


def test_the_server_is_host_and_path() -> None:
    """The server has no slash at its end, no secret in its path, and a bounded length; at the root it is host and slash."""
    assert read(message("tools/list"), path="/").server == "tools.example/"
    assert read(message("tools/list"), path="/a/b//").server == "tools.example/a/b"
    assert SECRET not in read(message("tools/list"), path=f"/mcp;token={SECRET}").server
    assert len(read(message("tools/list"), path="/" + "a" * 5000).server) == SERVER_LIMIT


def test_a_log_with_few_headers_keeps_servers_apart() -> None:
    """Lines of one client that differ in their path only are calls to different servers."""
    lines = [exchange(b"", SESSION, method="DELETE", path=path) for path in ("/a", "/b")]
    rows = Inspector(Recipe(b"x")).rows(lines)
    assert rows["mcp_server"].to_pylist() == ["tools.example/a", "tools.example/b"]


# --- what is kept of it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "primitive", "kept"),
    [
        (message("tools/call", name="search", arguments={"query": "tent", "max": 3}), "search", {"query": "tent", "max": 3}),
        (message("prompts/get", name="gift", arguments={"person": "aunt"}), "gift", {"person": "aunt"}),
        (message("resources/read", uri="shop://terms"), "shop://terms", {"uri": "shop://terms"}),
        (message("completion/complete", ref={"type": "ref/prompt", "name": "gift"}, argument={"name": "person", "value": "au"}), "gift", {"person": "au"}),
        (message("completion/complete", ref={"uri": "file:///{path}"}, argument={"name": "password", "value": "x"}), "file:///{path}", {"password": "***"}),
        (message("tools/call", name="odd", arguments=["a", 1]), "odd", {"arguments": ["a", 1]}),
        (message("tools/list", cursor="x"), "", None),
    ],
)  # fmt: skip
def test_primitive_and_arguments(body: Any, primitive: str, kept: Any) -> None:
    """Name and arguments stand where each method has them."""
    assert read(body).primitives == ((primitive,) if primitive else ())
    assert given_to(body) == kept


def test_secrets_are_masked_at_any_depth() -> None:
    """Values of secret-looking names are masked wherever they are, of any type, and so are secrets inside of texts."""
    secrets = {
        "password": SECRET, "deep": [{"api_key": SECRET}, {"token": [SECRET]}, {"name": "client_secret", "value": SECRET}], "pin": 1234,
        "header": f"Authorization: Bearer {SECRET}", "body": json.dumps({"user": "bob", "password": SECRET}),
        "url": f"https://bob:{SECRET}@x.example/?token={SECRET}", "plain": "stays",
    }  # fmt: skip
    body = message("tools/call", name="login", arguments=secrets)
    text = read(body).arguments
    kept = json.loads(text)
    assert SECRET not in text
    assert (kept["password"], kept["pin"], kept["plain"]) == ("hunt…", "***", "stays")
    assert "bob" in kept["body"]


def test_secrets_in_a_resource_uri_are_masked() -> None:
    """Neither primitive nor arguments have user, password, or a secret parameter of the URI."""
    call = read(
        message("resources/read", uri=f"https://bob:{SECRET}@files.example/a?token={SECRET}&page=2#access_token={SECRET}")
    )
    assert SECRET not in str(call)
    assert "page=2" in call.primitives[0]


def test_arguments_are_bounded() -> None:
    """Whatever is handed over, what is kept is a JSON object of a bounded length that says that something is missing."""
    deep: Any = "x"
    for _ in range(200):
        deep = {"a": deep}
    for huge in (
        {"text": "é" * 100_000},
        {f"k{number}": "v" * 40 for number in range(5000)},
        {"list": list(range(5000))},
        deep,
        {"n" * 5000: 1},
    ):
        text = read(message("tools/call", name="t", arguments=huge)).arguments
        assert len(text.encode()) <= arguments.BYTES_LIMIT
        assert isinstance(json.loads(text), dict)
        assert "…" in text


def test_long_names_are_cut() -> None:
    """Method and primitive have a bounded length."""
    call = read(message("tools/" + "m" * 5000, name="n" * 5000))
    assert len(call.methods[0]) == mcp.METHOD_LIMIT
    assert len(call.primitives[0]) == mcp.PRIMITIVE_LIMIT


# --- hostile -------------------------------------------------------------------------------------------------------------

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["name", "uri", "value", "password", "x://y@z/?token=1"]),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(
            st.sampled_from(["name", "uri", "ref", "argument", "arguments", "value", "password", "_meta"]) | st.text(),
            inner,
            max_size=6,
        )
    ),
    max_leaves=40,
)
MESSAGE = st.fixed_dictionaries(
    {"jsonrpc": st.just("2.0") | ANY},
    optional={
        "method": st.sampled_from(["tools/call", "completion/complete", "resources/read", "initialize", "ping"]) | ANY,
        "params": ANY,
        "id": ANY,
    },
)
HEADERS = st.lists(
    st.sampled_from([SESSION, VERSION, ("mcp-method", "=?base64?"), ("mcp-name", "=?base64?/w=?="), ("accept", "")]), max_size=3
)


@given(st.one_of(MESSAGE, st.lists(MESSAGE | ANY, max_size=5), ANY), HEADERS, st.sampled_from(["POST", "GET", "DELETE", "X"]))
def test_hostile_json(body: Any, headers: list[tuple[str, str]], method: str) -> None:
    """Any JSON with any types anywhere gives a call or none, whose texts can be stored, and arguments that are an object or empty."""
    one = exchange(body, *headers, method=method)
    call = mcp_call(Reading(one, read_headers(one.headers)))
    assert all(text.encode() for text in (*call.methods, *call.primitives))
    assert not call.arguments or isinstance(json.loads(call.arguments), dict)
    assert len(call.arguments.encode()) <= arguments.BYTES_LIMIT
    assert Inspector(Recipe(b"x")).rows([one])["mcp_server"].to_pylist() == [call.server]


@given(st.binary(max_size=300))
def test_hostile_bytes(noise: bytes) -> None:
    """A broken body is no call, or with a header a call that says nothing."""
    body = b'{"jsonrpc":"2.0","method":"tools/call"' + noise
    assert read(body) in (NO_CALL, McpCall("tools.example/mcp", ("tools/call",))) or read(body).methods
    assert read(body, SESSION).server == "tools.example/mcp"


def test_deep_nesting_and_large_bodies() -> None:
    """Nesting beyond what the decoder takes, and a body beyond what is looked into, are no calls."""
    assert read(b'{"jsonrpc":"2.0","method":"tools/call","params":' + b"[" * 100_000) is NO_CALL
    assert read(b'{"jsonrpc":"2.0","method":"tools/call","params":"' + b"x" * (1 << 20) + b'"}') is NO_CALL
