"""The user's own keys: their order, what they join, users and roles; the same for every source, order and worker (S1.1, S1.2, S2)."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from apitrail.configure import session_parameters
from apitrail.ingest.files import ingest_files
from apitrail.ingest.live import Intake
from apitrail.inspect.identity import Identifier, Identity, Said
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.middleware import SessionTrail
from apitrail.model.exchange import Exchange, Header
from apitrail.model.parameters import CONTEXT, ROLE, USER, McpServer, Parameter, check
from apitrail.model.request import session_hex
from apitrail.store import Store
from pointing import JSON, b64, jwt, reading
from serving import serving
from traffic import NOON

SECRET = b"0123456789abcdef0123456789abcdef"
TOKEN = "f3a9c1d27b64e8a05d1c"


def key(point: str, **more: Any) -> Parameter:
    """A grouping key."""
    return Parameter(point=point, name=more.pop("name", point), grouping=True, **more)


LOGIN = (key("response.body.json.token"), key("request.query.token"), key("request.body.json.token"))


def exchange(**members: Any) -> Exchange:
    """A request of one client."""
    return Exchange(**{"method": "GET", "path": "/", "client_ip": "203.0.113.7", "headers": (("user-agent", "curl"),), **members})


def say(parameters: Sequence[Parameter], *, servers: Sequence[McpServer] = (), mcp: str = "", **members: Any) -> Said:
    """What an exchange says of its sender under these parameters."""
    return Identifier(SECRET, check(parameters), servers).say(reading(exchange(**members)), mcp)


def who(parameters: Sequence[Parameter], **members: Any) -> Identity:
    """The session of an exchange under these parameters."""
    return say(parameters, **members).identity


COOKIE: tuple[Header, ...] = (("user-agent", "curl"), ("cookie", f"sid={TOKEN}"), ("x-user", "bob"))


@pytest.mark.rows("S1.2")
@pytest.mark.parametrize(
    ("parameters", "members", "wanted"),
    [
        ([key("request.header.x-user")], {"headers": COOKIE}, "request.header.x-user"),
        ([key("request.query.u"), key("request.header.x-user")], {"headers": COOKIE}, "request.header.x-user"),
        ([key("request.query.u"), key("request.header.x-user")], {"headers": COOKIE, "query": "u=1"}, "request.query.u"),
        ([key("request.header.x-user"), key("request.query.u")], {"headers": COOKIE, "query": "u=1"}, "request.header.x-user"),
        ([key("request.query.u")], {"headers": COOKIE, "query": "u="}, "request.cookie.sid"),
        ([key("request.query.u")], {"query": "v=1"}, "client.ip+user_agent"),
        ([Parameter(point="request.header.x-user")], {"headers": COOKIE}, "request.cookie.sid"),
        ([key("client.ip")], {"headers": COOKIE}, "client.ip"),
    ],
)
def test_own_keys_come_first_and_in_their_order(parameters: list[Parameter], members: dict[str, Any], wanted: str) -> None:
    """The next key is tried only when the one before found nothing; the built-in ones are tried last (S1.2)."""
    assert who(parameters, **members).key == wanted


PLACES: dict[str, dict[str, Any]] = {
    "response.body.json.token": {"response_body": json.dumps({"token": TOKEN}).encode()},
    "response.body.json.user.tokens[0]": {"response_body": json.dumps({"user": {"tokens": [TOKEN]}}).encode()},
    "response.header.Set-Cookie.own": {"response_headers": (("set-cookie", f"own={TOKEN}; Path=/"),)},
    "response.header.X-Token": {"response_headers": (("x-token", TOKEN),)},
    "request.query.token": {"query": f"token={TOKEN}"},
    "request.path[1]": {"path": f"/s/{TOKEN}/x"},
    "request.cookie.own": {"headers": (("cookie", f"own={TOKEN}"),)},
    "request.header.X-Token": {"headers": (("x-token", TOKEN),)},
    "request.header.Authorization|bearer|jwt.sid": {"headers": (("authorization", f"Bearer {jwt(sid=TOKEN)}"),)},
    "request.query.state|base64|json.t": {"query": "state=" + b64(json.dumps({"t": TOKEN}))},
    "request.body.json.token": {"body": json.dumps({"token": TOKEN}).encode(), "headers": JSON},
    "request.body.json.**.token": {"body": json.dumps({"a": [{"token": TOKEN}]}).encode(), "headers": JSON},
    "request.body.form.token": {"body": f"token={TOKEN}".encode()},
    "request.body.xml.Call.@token": {"body": f'<Call token="{TOKEN}"/>'.encode()},
    "request.graphql.query.me.arguments.token": {"body": json.dumps({"query": f'{{me(token:"{TOKEN}"){{id}}}}'}).encode()},
    "request.graphql.query.me.variables.t": {
        "body": json.dumps({"query": "query($t:ID){me(token:$t){id}}", "variables": {"t": TOKEN}}).encode()
    },
    "client.fingerprint": {"fingerprint": TOKEN},
}


@pytest.mark.rows("S1.1")
@pytest.mark.parametrize("point", PLACES)
def test_an_equal_value_is_one_session_wherever_it_stands(point: str) -> None:
    """A token is the same session in an answer, a query, a body, a claim, and in a session cookie that is known anyway (S1.1)."""
    known = who([], headers=(("cookie", f"PHPSESSID={TOKEN}"),))
    found = who([key(point)], **PLACES[point])
    assert found.session_id == known.session_id
    assert found.key == str(check([key(point)])[0].point)
    assert (TOKEN in found.shown) == (point == "client.fingerprint")


async def _login(request: Request) -> JSONResponse:
    return JSONResponse({"token": f"token-of-{(await request.json())['user']}-{TOKEN}"})


async def _answer(request: Request) -> JSONResponse:
    await request.body()
    return JSONResponse({"ok": True})


@contextlib.contextmanager
def shop(deliver: Any) -> Iterator[str]:
    """The address of a running shop, whose log-in answers with a token in its body."""
    app = Starlette(routes=[Route("/login", _login, methods=["POST"]), Route("/{rest:path}", _answer, methods=["GET", "POST"])])
    app.add_middleware(SessionTrail, deliver=deliver)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)
        listening.close()


def visit(url: str) -> None:
    """Two users log in with different programs, and go on with their token in a query and in a body."""
    for number, user in enumerate(("bob", "eve")):
        with httpx.Client(base_url=url, headers={"user-agent": f"{user}-1"}) as client:
            token = client.post("/login", json={"user": user}).json()["token"]
        with httpx.Client(base_url=url, headers={"user-agent": f"{user}-2"}) as client:
            client.get("/items", params={"token": token})
            client.post("/order", json={"item": number, "token": token})


@pytest.mark.parametrize(("parameters", "sessions"), [(LOGIN, 2), (LOGIN[:1], 4), ((), 4)])
def test_a_log_in_is_joined_with_what_follows_over_real_http(
    chdb_store: Store, parameters: tuple[Parameter, ...], sessions: int
) -> None:
    """The token of a response body, then in a query, then in a JSON body, is one session for each user; without keys it is not."""
    session_parameters.keep(chdb_store, parameters, "test")
    intake = Intake(chdb_store)
    with shop(intake.offer) as url:
        visit(url)
        deadline = time.monotonic() + 20
        while intake.waiting + intake.stored < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
    intake.close()
    rows = chdb_store.rows("SELECT session_id, session_key, path FROM requests")
    assert len(rows) == 6
    assert len({row["session_id"] for row in rows}) == sessions
    if parameters == LOGIN:
        keys = {row["path"]: row["session_key"] for row in rows}
        assert keys == {"/login": LOGIN[0].point, "/items": LOGIN[1].point, "/order": LOGIN[2].point}


USERS = st.sampled_from(("bob", "eve", "mallory"))
PIECES = st.sampled_from(sorted(PLACES))
ALL_KEYS = tuple(check([key(point) for point in PLACES][:20]))


def traffic(choices: Sequence[tuple[str, str]]) -> list[Exchange]:
    """Exchanges that hold the token of a user somewhere."""
    items = []
    for number, (point, user) in enumerate(choices):
        members = {name: replaced(value, user) for name, value in PLACES[point].items()}
        items.append(exchange(**{**members, "id": f"r{number}", "time": NOON + number}))
    return items


def replaced(value: Any, user: str) -> Any:
    """A member of an exchange with the token of a user in it; tokens inside tokens stay as they are."""
    if isinstance(value, tuple):
        return tuple((name, replaced(text, user)) for name, text in value)
    return value.replace(TOKEN.encode(), user.encode()) if isinstance(value, bytes) else value.replace(TOKEN, user)


def _sessions(items: Sequence[Exchange]) -> dict[str, str]:
    rows = Inspector(Recipe(SECRET, ALL_KEYS)).rows(items).to_pylist()
    return {row["request_id"]: session_hex(row["session_id"]) for row in rows}


@given(st.lists(st.tuples(PIECES, USERS), min_size=1, max_size=12), st.randoms(use_true_random=False), st.integers(1, 3))
def test_sessions_do_not_depend_on_order_or_on_who_works(
    choices: list[tuple[str, str]], chance: random.Random, workers: int
) -> None:
    """Any number of workers, in any order, put an exchange into the same session under the same keys."""
    items = traffic(choices)
    wanted = _sessions(items)
    chance.shuffle(items)
    found: dict[str, str] = {}
    for worker in range(workers):
        found |= _sessions(items[worker::workers])
    assert found == wanted


def test_sessions_are_the_same_in_another_process() -> None:
    """Nothing of a process goes into a session that an own key found."""
    items = traffic([(point, user) for point in PLACES for user in ("bob", "eve")])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_sessions, items).result() == _sessions(items)


def as_record(item: Exchange) -> dict[str, Any]:
    """An exchange as a record of the project's own."""
    return {
        "id": item.id, "time": item.time, "method": item.method, "url": f"http://api.example{item.path}?{item.query}", "client_ip": item.client_ip,
        "headers": item.headers, "body": item.body.decode(), "status": 200, "response_headers": item.response_headers,
        "response_body": item.response_body.decode(), "fingerprint": item.fingerprint,
    }  # fmt: skip


def as_entry(item: Exchange) -> dict[str, Any]:
    """An exchange as an entry of an HTTP archive."""
    headers, answers = (
        [{"name": name, "value": value} for name, value in some] for some in (item.headers, item.response_headers)
    )
    started = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(item.time // 1_000_000)) + f".{item.time % 1_000_000:06d}Z"
    return {
        "startedDateTime": started, "request": {"method": item.method, "url": f"http://api.example{item.path}?{item.query}", "headers": headers,
        "postData": {"text": item.body.decode()}}, "response": {"status": 200, "headers": answers, "content": {"text": item.response_body.decode()}},
    }  # fmt: skip


def test_sessions_are_the_same_from_every_source(chdb_store: Store, tmp_path: Path) -> None:
    """The same exchanges from a file of records, by several processes, over HTTP, and from an HTTP archive are in the same sessions."""
    session_parameters.keep(chdb_store, ALL_KEYS, "test")
    items = [item for item in traffic([(point, user) for point in PLACES for user in ("bob", "eve")]) if not item.fingerprint]
    records = [json.dumps({**as_record(item), "id": f"f-{item.id}"}) for item in items]
    (tmp_path / "a.ndjson.gz").write_bytes(gzip.compress("\n".join(records).encode()))
    (tmp_path / "b.har").write_text(json.dumps({"log": {"creator": {}, "entries": [as_entry(item) for item in items]}}))
    assert ingest_files(chdb_store, [str(tmp_path / "*")]).stored == 2 * len(items)
    with serving(chdb_store) as served, served.client("sender") as client:
        body = "\n".join(json.dumps({**as_record(item), "id": f"h-{item.id}"}) for item in items)
        assert client.post("/api/v1/ingest", content=body).json()["stored"] == len(items)
    found = chdb_store.rows("SELECT time, uniqExact(session_id) AS sessions, count() AS n FROM requests GROUP BY time")
    assert len(found) == len(items)
    assert {(row["sessions"], row["n"]) for row in found} == {(1, 3)}
    # One for each user, and one for the token inside other tokens, which is the same for both.
    assert len(chdb_store.rows("SELECT session_id FROM requests GROUP BY session_id")) == 3


@pytest.mark.rows("S2.1", "S2.3")
def test_users_roles_and_context() -> None:
    """A user, several roles of an array, and whatever else was chosen, each under its name (S2.1, S2.3)."""
    token = jwt(sub="bob", roles=["admin", "sales"], tenant=7)
    said = say(
        [
            Parameter(point="request.header.Authorization|bearer|jwt.sub", name="who", type=USER),
            Parameter(point="request.header.Authorization|bearer|jwt.roles", name="may", type=ROLE),
            Parameter(point="request.header.X-Role", name="also", type=ROLE),
            Parameter(point="request.header.Authorization|bearer|jwt.tenant", name="tenant", type=CONTEXT),
            Parameter(point="request.query.none", name="none", type=CONTEXT),
        ],
        headers=(("authorization", f"Bearer {token}"), ("x-role", "audit")),
    )
    assert (said.user, said.roles) == ("bob", ("admin", "sales", "audit"))
    assert dict(said.context) == {"who": "bob", "may": "admin, sales", "also": "audit", "tenant": "7"}
    assert said.identity.key == "request.header.Authorization|bearer|jwt.sub"


def test_the_first_parameter_that_finds_a_user_names_it() -> None:
    """Of several users in one exchange the first counts, in the order of the list."""
    parameters = [Parameter(point=f"request.query.{name}", name=name, type=USER) for name in ("a", "b")]
    assert say(parameters, query="b=eve&a=bob").user == "bob"
    assert say(parameters, query="b=eve").user == "eve"


@pytest.mark.rows("S2.2")
def test_a_hashed_value_can_be_compared_and_not_read() -> None:
    """Hashed before it leaves the worker: the same value has the same hash, in this store alone (S2.2)."""
    parameters = [Parameter(point="request.query.u", name="u", type=USER, hashed=True, grouping=True)]
    one, same, other = (say(parameters, query=f"u={user}") for user in ("bob", "bob", "eve"))
    assert one.user == same.user == dict(one.context)["u"] == one.identity.shown
    assert one.user != other.user
    assert len(one.user) == 32
    assert "bob" not in repr(one)
    identifier = Identifier(b"y" * 32, check(parameters))
    assert identifier.hidden(reading(exchange(query="u=bob")), "tools.example/mcp") == ["bob"]
    elsewhere = Identifier(b"x" * 32, check(parameters)).say(reading(exchange(query="u=bob")))
    assert elsewhere.user != one.user


def test_a_hash_that_is_shown_is_not_the_id_of_the_session() -> None:
    """Hashes of context and of sessions are of different kinds, so one cannot be looked up as the other."""
    said = say([Parameter(point="request.query.u", name="u", hashed=True, grouping=True)], query="u=bob")
    assert session_hex(said.identity.session_id) != said.identity.shown


CALL = {"body": b'{"jsonrpc":"2.0","method":"tools/call","params":{"arguments":{"s":"s1","u":"bob","r":["a","b"]}}}'}
SERVER = McpServer(
    server="h/mcp",
    session="request.body.json.params.arguments.s",
    user="request.body.json.params.arguments.u",
    role="request.body.json.params.arguments.r",
)


@pytest.mark.rows("S8.1")
def test_the_settings_of_an_mcp_server_win_over_own_keys() -> None:
    """Where a server's settings say the session, the user and the roles, they come before everything else, for that server only (S8.1)."""
    parameters = [key("request.header.x-user", type=USER)]
    headers = (("x-user", "eve"), ("mcp-session-id", "m1"))
    here = say(parameters, servers=[SERVER], mcp="h/mcp", headers=headers, **CALL)
    assert (here.identity.key, here.user, here.roles) == (SERVER.session, "bob", ("a", "b"))
    elsewhere = say(parameters, servers=[SERVER], mcp="h/other", headers=headers, **CALL)
    assert (elsewhere.identity.key, elsewhere.user, elsewhere.roles) == ("request.header.Mcp-Session-Id", "eve", ())
    none = say(parameters, servers=[SERVER], headers=headers, **CALL)
    assert (none.identity.key, none.user) == ("request.header.x-user", "eve")


def test_one_point_may_be_session_and_user_of_a_server() -> None:
    """The same point for several members loses none of them."""
    both = McpServer(server="h/mcp", session=SERVER.user, user=SERVER.user, role=SERVER.user)
    said = say([], servers=[both], mcp="h/mcp", **CALL)
    assert (said.identity.key, said.user, said.roles) == (SERVER.user, "bob", ("bob",))


def test_a_server_without_settings_for_the_session_keeps_its_header() -> None:
    """A user's point alone leaves the session to Mcp-Session-Id."""
    said = say(
        [], servers=[McpServer(server="h/mcp", user=SERVER.user)], mcp="h/mcp", headers=(("mcp-session-id", "m1"),), **CALL
    )
    assert (said.identity.key, said.user) == ("request.header.Mcp-Session-Id", "bob")


TARGETS = [
    ("request.query.u", [{"query": "u=1"}, {"query": "u=2"}, {"query": ""}, {"query": "%75=1"}, {"query": "x=u"}]),
    ('request.query."a b"', [{"query": "a+b=1"}, {"query": "a%20b=2"}, {"query": "ab=1"}]),
    ("request.query.é", [{"query": "%C3%A9=1"}, {"query": "é=2"}, {"query": ""}]),
    ("request.query|form.u", [{"query": "u=1"}, {"query": "u=2"}]),
    ("request.path[0]", [{"path": "/a/x"}, {"path": "/b/x"}, {"path": "/"}]),
    ("request.path", [{"path": "/a"}, {"path": "/b"}]),
    ("request.method", [{"method": "GET"}, {"method": "PUT"}]),
    ("request.host", [{"host": "a"}, {"host": "b"}]),
    (
        "request.graphql.query.me.arguments.id",
        [{"query": "query=%7Bme(id:1)%7D"}, {"query": "query=%7Bme(id:2)%7D"}, {"query": ""}],
    ),
    ("client.ip", [{"client_ip": "192.0.2.1"}, {"client_ip": "192.0.2.2"}]),
]


@pytest.mark.parametrize(("point", "lines"), TARGETS)
def test_lines_of_one_client_are_told_apart_by_their_target(point: str, lines: list[dict[str, Any]]) -> None:
    """What is remembered of a client from the line before never hides what an own key finds in the target of the next."""
    recipe = Recipe(SECRET, check([key(point, type=USER)]))
    items = [exchange(time=NOON, **line) for line in [*lines, *reversed(lines)]]
    together = Inspector(recipe).rows(items).to_pylist()
    assert together == [Inspector(recipe).rows([item]).to_pylist()[0] for item in items]
    assert len({row["session_id"] for row in together}) > 1
