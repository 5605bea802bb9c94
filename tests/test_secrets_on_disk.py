"""Secrets planted everywhere in traffic are nowhere in the store, its files, what is printed and what is logged (S2.2, S2.4)."""

from __future__ import annotations

import base64
import contextlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from apitrail import reading
from apitrail.configure import session_parameters
from apitrail.ingest.workers import Workers
from apitrail.model.parameters import CONTEXT, ROLE, USER, Parameter
from apitrail.store import Store
from pointing import b64, multipart
from serving import serving
from traffic import NOON, SECOND

pytestmark = pytest.mark.rows("S2.4")

VISIBLE = "Vis1ble-marker-7c41"
"""Stands in harmless places, is stored on purpose, and must be found by the same search."""


@dataclass
class Planted:
    """Traffic with a secret of its own in every place that can hold one."""

    secrets: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)

    def secret(self, where: str) -> str:
        """A new secret; what it is made of says where it was planted."""
        made = f"S3cr{len(self.secrets):03d}t{abs(hash(where)) % 10**8:08d}Q"
        self.secrets[where] = made
        return made

    def token(self, where: str) -> str:
        """A JWT, of which neither claims nor signature may be seen."""
        claims = b64(json.dumps({"jti": self.secret(where)}))
        made = f"{b64(HEADER)}.{claims}.{self.secret(f'{where}, signature')}"
        self.secrets[f"{where}, claims"] = claims
        return made

    def add(self, path: str = "/x", query: str = "", **members: Any) -> None:
        """One more exchange."""
        number = len(self.items)
        url = f"https://shop.example{path}" + (f"?{query}" if query else "")
        self.items.append(
            {
                "id": f"r{number}",
                "time": (NOON + number * SECOND) / 1e6,
                "method": "POST",
                "client_ip": "203.0.113.7",
                "url": url,
                **members,
            }
        )


HEADER = '{"alg":"HS256"}'
PARAMETERS = [
    Parameter(point="request.header.X-Tenant", name="tenant", type=CONTEXT),
    Parameter(point="request.body.json.**.password", name="json password", type=CONTEXT),
    Parameter(point="request.body.form.note", name="form note", type=CONTEXT),
    Parameter(point="request.query.state", name="state", type=CONTEXT),
    Parameter(point="request.query.who", name="who", type=USER),
    Parameter(point="request.query.pin", name="pin", hashed=True, grouping=True),
    Parameter(point="request.query.ref", name="ref", type=CONTEXT, hashed=True),
    Parameter(point="request.cookie.own", name="own cookie", grouping=True),
    Parameter(point="request.body.multipart.token", name="part token", grouping=True),
    Parameter(point="request.graphql.mutation.login.arguments.password", name="argument", type=CONTEXT),
    Parameter(point="request.body.xml.Login.@password", name="attribute", type=CONTEXT),
    Parameter(point="response.body.json.access_token", name="access", grouping=True),
    Parameter(point="response.header.Set-Cookie.remember", name="remember", type=CONTEXT),
    Parameter(point="request.header.X-Roles", name="roles", type=ROLE),
    Parameter(point="request.header.Authorization|basic.password", name="basic password", type=CONTEXT),
    Parameter(point="request.header.Authorization|bearer", name="bearer", type=CONTEXT),
    Parameter(point="request.body", name="whole body", type=CONTEXT),
    Parameter(point="response.body", name="whole answer", type=CONTEXT),
    Parameter(point="request.path[1]", name="segment", type=CONTEXT),
    Parameter(point="request.query", name="whole query", type=CONTEXT),
]


def planted() -> Planted:
    """Every place, with and without a parameter chosen on it."""
    made = Planted()
    secret, token, add = made.secret, made.token, made.add
    add(query=f"page={VISIBLE}", headers={"x-tenant": VISIBLE, "user-agent": VISIBLE})
    _in_headers(made)
    for name in ("password", "token", "api_key", "user[password]", "pin", "authorization", "cookie"):
        add(query=urlencode({"a": 1, name: secret(f"query {name}")}))
    add(
        query=f"ref={secret('hashed query')}&q={token('JWT in a query')}&state={token('JWT in a chosen query')}&who={token('JWT as a user')}"
    )
    add(query="next=" + quote(f"https://shop.example/cb?token={secret('query in a query')}", ""))
    add(query="next=" + quote(f"/a?next={quote('/b?password=' + secret('query in a query in a query'))}", ""))
    add(query="next=" + quote(f"https://bob:{secret('user in a query')}@shop.example/", ""))
    add(query="filter=" + quote(json.dumps({"password": secret("JSON in a query")})))
    add(query=f"h=Bearer+{secret('bearer in a query')}&i=bearer%20{secret('bearer in a query, encoded')}")
    document = f'mutation{{login(password:"{secret("GraphQL in a query")}"){{id}}}}'
    add(query=urlencode({"query": document, "variables": json.dumps({"password": secret("variables in a query")})}), method="GET")
    for path in (
        f"/verify/{token('JWT in a path')}/x",
        f"/a;jsessionid={secret('matrix parameter')}",
        f"/cb%3Ftoken%3D{secret('encoded path')}",
    ):
        add(path)
    add(url=f"https://bob:{secret('user in a URL')}@shop.example/x")
    add(f"/proxy/https://bob:{secret('user in a path')}@shop.example/x")
    _in_bodies(made)
    for point, payload in (("request.query.q", f"password={secret('payload')}'--"), ("request.body", json.dumps({"token": secret("JSON payload")})),
                           ("request.header.Authorization", secret("payload of a header")), ("request.header.X", f"Bearer {token('JWT payload')}"),
                           ("request.body.xml", f"<password>{secret('XML payload')}</password>")):  # fmt: skip
        verdict = {
            "type": "sqli",
            "rule": "942100",
            "message": f"Matched Data: {payload} found",
            "point": point,
            "payload": payload,
        }
        add(verdicts=[verdict])
    return made


def _in_headers(made: Planted) -> None:
    secret, token, add = made.secret, made.token, made.add
    for scheme in ("Bearer", "Token", "ApiKey", "Digest"):
        add(headers={"authorization": f"{scheme} {secret(scheme)}"})
    add(headers={"authorization": f"Bearer {token('bearer JWT')}"})
    add(headers={"authorization": "Basic " + base64.b64encode(f"bob:{secret('basic')}".encode()).decode()})
    for name in ("proxy-authorization", "x-api-key", "x-auth-token", "x-session-id", "x-csrf-token", "x-anything"):
        add(headers={name: secret(name)})
    add(headers={"cookie": f"PHPSESSID={secret('session cookie')}; theme={secret('other cookie')}"})
    add(headers={"cookie": f"own={secret('own cookie')}"})
    add(headers={"user-agent": f"app/1 ({token('JWT in a user agent')}) Bearer {secret('bearer in a user agent')}"})
    add(headers={"x-roles": token("JWT as a role")})
    for name, referer in {
        "query": "https://a.example/?password={}",
        "fragment": "https://a.example/#access_token={}",
        "user": "https://bob:{}@a.example/",
        "path": "https://a.example/x;token={}/y",
        "bearer": "https://a.example/?x=bearer%20{}",
    }.items():
        add(headers={"referer": referer.format(secret(f"referer, {name}"))})
    add(headers={"referer": f"https://a.example/{token('JWT in a referer')}"})


def _in_bodies(made: Planted) -> None:
    secret, token, add = made.secret, made.token, made.add
    add(body=json.dumps({"user": {"password": secret("JSON"), "note": "x"}}), headers={"content-type": "application/json"})
    add(body=urlencode({"password": secret("form"), "note": token("JWT in a form")}))
    parts, headers = multipart(("password", secret("multipart").encode()), ("token", secret("multipart key").encode()))
    add(body=parts.decode(), headers=headers)
    add(body=f"<Login password='{secret('attribute')}'><Secret>{secret('element')}</Secret></Login>")
    asked = {"query": "mutation($password:S){login(password:$password){id}}", "variables": {"password": secret("variable")}}
    add("/graphql", body=json.dumps(asked))
    add("/graphql", body=json.dumps({"query": f'mutation{{login(password:"{secret("argument")}"){{id}}}}'}))
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "login", "arguments": {
        "password": secret("MCP argument"), "deep": [{"api_key": secret("MCP argument, deep")}], "text": f"Bearer {secret('MCP text')}"}}}  # fmt: skip
    add("/mcp", body=json.dumps(call), headers={"content-type": "application/json", "mcp-session-id": secret("MCP session")})
    add(response_body=json.dumps({"access_token": secret("answer"), "refresh_token": secret("answer, refresh")}))
    add(response_headers={"set-cookie": f"PHPSESSID={secret('set-cookie')}; Path=/"})
    add(response_headers={"set-cookie": f"remember={secret('chosen set-cookie')}"})


@contextlib.contextmanager
def opened(dsn: str) -> Iterator[Store]:
    """A store with the parameters, whose columns are written uncompressed, so that a search of its files sees what is in them."""
    with Store(dsn, retention_days=0) as store:
        session_parameters.keep(store, PARAMETERS, "test")
        columns = store.rows("SELECT table, name, type FROM system.columns WHERE database = currentDatabase() AND table IN ('requests', 'sessions')"
                             " AND type LIKE '%String%' AND NOT is_in_sorting_key")  # fmt: skip
        for column in columns:
            store._connections.command(
                f"ALTER TABLE {column['table']} MODIFY COLUMN {column['name']} {column['type']} CODEC(NONE)"
            )
        yield store


def columns_of(store: Store) -> str:
    """Every column of every table, as text."""
    tables = store.rows("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'")
    assert {"requests", "sessions"} <= {table["name"] for table in tables}
    return "\n".join(str(store.rows(f"SELECT * FROM {table['name']}")) for table in tables)


def files_of(dsn: str) -> bytes:
    """Every file of a store."""
    return b"".join(path.read_bytes() for path in Path(dsn.removeprefix("chdb://")).rglob("*") if path.is_file())


def seen(secrets: dict[str, str], text: str | bytes) -> list[str]:
    """Which secrets are in a text: where they were planted."""
    return [where for where, value in secrets.items() if (value.encode() if isinstance(text, bytes) else value) in text]


def as_archive(items: list[dict[str, Any]]) -> str:
    """The same exchanges as an HTTP archive."""
    entries = [
        {
            "startedDateTime": "2026-05-20T12:00:00Z",
            "request": {"method": item["method"], "url": item["url"], "headers": _named(item.get("headers")), "postData": {"text": item.get("body", "")}},
            "response": {"status": 200, "headers": _named(item.get("response_headers")), "content": {"text": item.get("response_body", "")}},
        }
        for item in items
    ]  # fmt: skip
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "x"}, "entries": entries}})


def _named(headers: Any) -> list[dict[str, str]]:
    pairs = headers.items() if isinstance(headers, dict) else headers or ()
    return [{"name": name, "value": value} for name, value in pairs]


def test_no_planted_secret_is_stored_printed_or_logged(
    chdb_dsn: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a file of records, over HTTP and by an HTTP archive, with parameters chosen on many of the secrets."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(reading, "SHOWN_PER_REASON", 10_000)
    made = planted()
    lines = [json.dumps(item) for item in made.items]
    broken = [line.replace('"method": "POST"', '"method": 7') for line in lines]
    (tmp_path / "a.ndjson").write_text("\n".join([*lines, *broken]))
    (tmp_path / "b.har").write_text(as_archive(made.items))
    with opened(chdb_dsn) as store:
        with Workers(1) as workers:
            assert reading.read(reading.Plan([str(tmp_path / "*")]), store, workers) == 0
        with serving(store) as served, served.client("sender") as client:
            body = "\n".join(json.dumps({**item, "id": f"h-{item['id']}"}) for item in made.items)
            assert client.post("/api/v1/ingest", content=body).json()["stored"] == len(made.items)
        columns = columns_of(store)
    printed = "".join(capfd.readouterr())
    assert columns.count(VISIBLE) >= 3 * 3
    assert VISIBLE.encode() in files_of(chdb_dsn)
    assert "rejected" in printed
    assert len(made.secrets) > 70
    places: dict[str, str | bytes] = {"columns": columns, "files": files_of(chdb_dsn), "terminal": printed, "log": caplog.text}
    assert {place: seen(made.secrets, text) for place, text in places.items()} == {place: [] for place in places}


def test_the_search_finds_what_is_stored(chdb_dsn: str) -> None:
    """A value that nothing marks as a secret is stored, in columns and files, and the search sees it in both."""
    with opened(chdb_dsn) as store, serving(store) as served, served.client("sender") as client:
        record = {
            "method": "GET",
            "url": f"https://shop.example/{VISIBLE}-p?x={VISIBLE}-q",
            "headers": {"x-tenant": f"{VISIBLE}-t"},
        }
        assert client.post("/api/v1/ingest", content=json.dumps(record)).json()["stored"] == 1
        columns = columns_of(store)
    wanted = {where: f"{VISIBLE}-{where}" for where in ("p", "q", "t")}
    assert seen(wanted, columns) == ["p", "q", "t"]
    assert seen(wanted, files_of(chdb_dsn)) == ["p", "q", "t"]


@pytest.mark.rows("S2.2")
def test_hashed_values_are_equal_and_unreadable(chdb_dsn: str) -> None:
    """What is kept as a hash can be compared in the store and never read (S2.2)."""
    with opened(chdb_dsn) as store, serving(store) as served, served.client("sender") as client:
        records = [
            {"method": "GET", "url": f"https://shop.example/?ref={value}", "id": str(at)}
            for at, value in enumerate(("abcd-1", "abcd-1", "abcd-2"))
        ]
        assert client.post("/api/v1/ingest", content="\n".join(map(json.dumps, records))).json()["stored"] == 3
        found = [dict(row["context"])["ref"] for row in store.rows("SELECT context FROM requests ORDER BY request_id")]
    assert found[0] == found[1] != found[2]
    assert not any("abcd" in value for value in found)


def test_a_key_with_a_harmless_name_is_nowhere_else(chdb_dsn: str) -> None:
    """A value that only names a session, or is hashed, is masked in path, query, referer and arguments too, whatever it is called."""
    value = "h4rmless-n4me"
    parameters = [Parameter(point=point, name=point, grouping=True) for point in (
        "request.query.ref", 'request.query."my ref"', "request.path[1]", "request.body.json.params.arguments.where")]  # fmt: skip
    call = {
        "jsonrpc": "2.0",
        "method": "tools/call",
        "params": {"name": "go", "arguments": {"where": value, "also": f"at {value}"}},
    }
    records = [
        {"url": f"/a?ref={value}&x=1", "headers": {"referer": f"https://a.example/?r%65f={value}"}},
        {"url": f"/a?my+ref={value}"},
        {"url": f"/b/{value}/c"},
        {"url": "/mcp", "body": json.dumps(call)},
    ]
    with Store(chdb_dsn, retention_days=0) as store:
        session_parameters.keep(store, parameters, "test")
        with serving(store) as served, served.client("sender") as client:
            body = "\n".join(json.dumps({"method": "POST", "client_ip": "203.0.113.7", **record}) for record in records)
            assert client.post("/api/v1/ingest", content=body).json()["stored"] == len(records)
        rows = store.rows("SELECT * FROM requests")
        assert len({row["session_id"] for row in rows}) == 1
        assert value not in columns_of(store)
    assert {row["endpoint"] for row in rows} == {"/a", "/b/{token}/c", "/mcp#tools/call go"}
