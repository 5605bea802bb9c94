"""A real client and a real server of the `mcp` package, seen through our middleware: what is stored of their talk (S8.1)."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import mcp
import pytest
import uvicorn
from mcp.client.streamable_http import streamable_http_client
from mcp.server.mcpserver import MCPServer

from apitrail.configure import session_parameters
from apitrail.explore.answers import Request
from apitrail.explore.mcp_servers import list_servers
from apitrail.explore.requests import every_request
from apitrail.explore.sessions import list_sessions
from apitrail.middleware import SessionTrail
from apitrail.model.exchange import Exchange
from apitrail.query import text
from apitrail.query.tree import Question
from apitrail.store import Store
from serving import Served, serving
from traffic import save

pytestmark = pytest.mark.rows("S8.1")

SECRET = "correct-horse-battery-staple"
HEADERS = {"X-Agent-User": "ada", "X-Agent-Role": "buyer"}
POINTS = {"user": "request.header.X-Agent-User", "role": "request.header.X-Agent-Role"}


def toolbox() -> MCPServer:
    """An MCP server with a tool, a resource and a prompt."""
    server = MCPServer("toolbox")

    @server.tool()
    def search(query: str, api_key: str = "", filters: dict[str, str] | None = None) -> str:
        """Search."""
        return f"nothing like {query} with {len(api_key)} {filters}"

    @server.resource("notes://today")
    def today() -> str:
        """What is noted for today."""
        return "nothing"

    @server.prompt()
    def greet(name: str) -> str:
        """Greet somebody."""
        return f"Greet {name}"

    return server


@dataclass
class Talk:
    """An address of an MCP server, and what went over it."""

    url: str
    seen: list[Exchange] = field(default_factory=list)

    @property
    def server(self) -> str:
        """Host and path, as they are stored."""
        return self.url.removeprefix("http://")


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    """A running MCP server behind our middleware."""
    seen: list[Exchange] = []
    app = SessionTrail(toolbox().streamable_http_app(), deliver=seen.append)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield Talk(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/mcp", seen)
    server.should_exit = True
    thread.join(20)


async def _use(url: str, mode: str, headers: dict[str, str]) -> None:
    async with httpx2.AsyncClient(headers=headers) as http:
        transport = streamable_http_client(url, http_client=http)
        async with mcp.Client(transport, mode=mode) as client:
            await client.list_tools()
            given = {"query": "tent", "api_key": SECRET, "filters": {"password": SECRET, "colour": "red"}}
            await client.call_tool("search", given)
            await client.read_resource("notes://today")
            await client.get_prompt("greet", {"name": "Ada"})


def used(talk: Talk, mode: str = "legacy", headers: dict[str, str] | None = None) -> list[Exchange]:
    """What a client does with the server, as exchanges."""
    talk.seen.clear()
    asyncio.run(_use(talk.url, mode, headers or {}))
    deadline = time.monotonic() + 20
    while mode == "legacy" and not any(one.method == "GET" for one in talk.seen):
        assert time.monotonic() < deadline  # the stream of events ends a moment after the client has gone
        time.sleep(0.01)
    return sorted(talk.seen, key=lambda one: one.time)


def stored(store: Store, exchanges: list[Exchange]) -> list[Request]:
    """The requests that a store has of them."""
    save(store, exchanges)
    return list(every_request(store, Question(text.parse("protocol:mcp"))))


def by_method(requests: list[Request]) -> dict[str, Request]:
    """The first request of each MCP method."""
    found: dict[str, Request] = {}
    for request in requests:
        for method in request.rpc_methods:
            found.setdefault(method, request)
    return found


def test_a_session_from_initialize_to_the_end(talk: Talk, chdb_store: Store) -> None:
    """All of it is one session: initialize, which has no session yet, every call, the stream of events, and the end."""
    exchanges = used(talk)
    requests = stored(chdb_store, exchanges)
    assert len(requests) == len(exchanges)
    assert len({request.session_id for request in requests}) == 1
    found = by_method(requests)
    assert found["initialize"].session_key == "response.header.Mcp-Session-Id"
    assert found["tools/call"].session_key == "request.header.Mcp-Session-Id"
    assert {request.method for request in requests} == {"GET", "POST", "DELETE"}
    assert {request.mcp_server for request in requests} == {talk.server}


def test_methods_primitives_and_arguments(talk: Talk, chdb_store: Store) -> None:
    """What the client asked for is told by method, primitive and arguments; secrets are masked, at any depth."""
    found = by_method(stored(chdb_store, used(talk)))
    assert {"initialize", "notifications/initialized", "tools/list", "tools/call", "resources/read", "prompts/get"} <= set(found)
    assert found["tools/call"].primitives == ["search"]
    assert found["tools/call"].arguments == {
        "query": "tent",
        "api_key": "corr…",
        "filters": {"password": "corr…", "colour": "red"},
    }
    assert (found["resources/read"].primitives, found["resources/read"].arguments) == (
        ["notes://today"],
        {"uri": "notes://today"},
    )
    assert (found["prompts/get"].primitives, found["prompts/get"].arguments) == (["greet"], {"name": "Ada"})
    rows = chdb_store.rows("SELECT * FROM requests")
    assert SECRET not in str(list(rows))


def test_the_newer_revision_without_sessions(talk: Talk, chdb_store: Store) -> None:
    """A client of the revision without sessions is recognised too; its session is told by the other keys."""
    requests = stored(chdb_store, used(talk, "auto", {"Authorization": "Bearer of-one-agent-0123456789"}))
    assert {"server/discover", "tools/list", "tools/call"} <= set(by_method(requests))
    assert by_method(requests)["tools/call"].primitives == ["search"]
    assert {request.session_key for request in requests} == {"request.header.Authorization|bearer"}
    assert len({request.session_id for request in requests}) == 1


def test_the_list_counts_methods_and_primitives(talk: Talk, chdb_store: Store) -> None:
    """The session's row has its server, methods and primitives with the number of requests."""
    save(chdb_store, used(talk))
    (part,) = list_sessions(chdb_store, Question(text.parse("protocol:mcp"))).items
    assert set(part.mcp_servers) == {talk.server}
    assert (part.rpc_methods["tools/call"], part.primitives["search"], part.primitives["greet"]) == (1, 1, 1)


def test_a_server_is_added_when_it_is_first_seen(talk: Talk, store: Store) -> None:
    """A server is listed from its first request on, with what was seen; one with settings is listed even when nothing was."""
    assert list_servers(store).items == []
    exchanges = used(talk)
    save(store, exchanges)
    odd = session_parameters.keep_server(store, _server("Quoted.example/it's\\\"/"), "test")
    one, other = list_servers(store).items
    assert (one.server, one.requests, one.sessions) == (talk.server, len(exchanges), 1)
    assert one.first
    assert one.last
    assert one.first <= one.last
    assert (other.server, other.requests, other.first, other.settings) == ("quoted.example/it's\\\"", 0, None, odd)
    assert list_servers(store).total == 2


def _server(name: str, **points: str) -> Any:
    return session_parameters.McpServer(server=name, **(points or POINTS))


@pytest.fixture
def served(chdb_store: Store) -> Iterator[Served]:
    """A server over a store of its own."""
    with serving(chdb_store, retention_days=0) as running:
        yield running


def put(served: Served, by: str = "admin", /, **members: str) -> tuple[int, dict[str, Any]]:
    """Send the settings of one server."""
    with served.client(by) as client:
        answer = client.put("/api/v1/settings/mcp-servers", content=json.dumps(members))
    return answer.status_code, answer.json()


def test_points_of_a_server_count_for_new_traffic(talk: Talk, served: Served) -> None:
    """After a PUT the next exchanges of that server have the user and the role from its points, and only of that server."""
    intake = served.app.state.intake
    intake.take(used(talk, headers=HEADERS))
    assert put(served, server=talk.server, **POINTS)[0] == 200
    intake.take(used(talk, headers=HEADERS))
    intake.take([_elsewhere()])
    found = list(every_request(served.store, Question(text.parse("rpc_method:tools/call"))))
    assert [(request.user, request.role) for request in found] == [("", ""), ("ada", "buyer"), ("", "")]
    sessions = list_sessions(served.store, Question(text.parse("user:ada"))).items
    assert [(part.users, part.roles) for part in sessions] == [(["ada"], ["buyer"])]


def _elsewhere() -> Exchange:
    """A call to another server with the same headers."""
    headers = tuple((name.lower(), value) for name, value in HEADERS.items())
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}}'
    return Exchange(
        method="POST", host="other.example", path="/mcp", headers=headers, body=body, time=time.time_ns() // 1000, id="elsewhere"
    )


def test_the_session_point_of_a_server(talk: Talk, served: Served) -> None:
    """A server's own session point comes before the Mcp-Session-Id header; where it finds nothing, the header counts."""
    put(served, server=talk.server, session="request.header.X-Agent-User", user="request.header.X-Agent-User")
    served.app.state.intake.take([*used(talk, headers=HEADERS), *used(talk, headers=HEADERS), *used(talk)])
    requests = list(every_request(served.store, Question()))
    with_user = {request.session_id for request in requests if request.user == "ada"}
    without = {request.session_id for request in requests if not request.user}
    assert (len(with_user), len(without), len(with_user & without)) == (1, 1, 0)


def test_settings_over_http(served: Served) -> None:
    """Viewers read the list, administrators change it; a wrong point says where, and what was meant; nothing is added then."""
    assert put(served, "viewer", server="a.example/mcp", user="client.ip")[0] == 403
    status, answer = put(served, server="https://A.example/mcp/", user="client.ip")
    assert (status, answer) == (200, {"server": "a.example/mcp", "session": "", "user": "client.ip", "role": ""})
    status, answer = put(served, server="b.example/mcp", role="request.heder.X-Role")
    assert (status, answer["error"]["position"], answer["error"]["suggestion"]) == (400, 8, "request.header.X-Role")
    assert put(served, server="no-path")[0] == put(served, user="client.ip")[0] == put(served, server="a/b", usr="x")[0] == 400
    with served.client("viewer") as client:
        listed = client.get("/api/v1/settings/mcp-servers").json()
        described = client.get("/api/v1/openapi.json").json()["paths"]["/api/v1/settings/mcp-servers"]
    assert [one["server"] for one in listed["items"]] == ["a.example/mcp"]
    assert (listed["total"], set(described)) == (1, {"get", "put"})
    assert put(served, server="a.example/mcp")[0] == 200
    assert list_servers(served.store).items == []
