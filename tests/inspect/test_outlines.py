"""What exchanges say of their API: good harmless ones are described, all others say nothing of it (D2, D3, D8)."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.outlines import OPERATIONS_LIMIT
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.place import REST, Place
from apitrail.model.request import SCHEMA
from apitrail.sources import registry
from apitrail.sources.contract import LineFormat
from hostile import PROOFS, encoded, everywhere
from pointing import JSON
from traffic import NOON

COLUMNS = ("described", "auth", "media", "response_media")
SECRET = "hunter2-hunter2"


def made(**members: Any) -> Exchange:
    """An exchange with a good answer, unless it says otherwise."""
    usual: dict[str, Any] = {
        "method": "POST", "host": "a.example", "path": "/v1/users/42", "query": "page=2", "status": 200,
        "headers": (*JSON, ("authorization", f"Bearer {SECRET}")), "body": json.dumps({"email": "ann@example.com", "age": 7}).encode(),
        "response_headers": (("content-type", "application/json; charset=utf-8"),), "response_body": b'{"id": 5, "tags": ["x"]}',
    }  # fmt: skip
    return Exchange(**usual | members)


def said(*exchanges: Exchange, recipe: Recipe | None = None) -> list[dict[str, Any]]:
    """The rows of exchanges."""
    return list(Inspector(recipe or Recipe(b"secret")).rows(exchanges).to_pylist())


def test_a_good_exchange_is_described() -> None:
    """Points with their types, kinds of authentication and media types of both messages, without any value."""
    (row,) = said(made())
    assert set(row["described"]) == {
        "request.body.json object", "response.body.json object", "request.body.json.email email email", "request.body.json.age int32", "response.body.json.id int32",
        "response.body.json.tags array", "response.body.json.tags[*] string", "request.query.page int32",
    }  # fmt: skip
    assert (row["auth"], row["media"], row["response_media"]) == (["bearer"], "application/json", "application/json")
    assert SECRET not in repr([row[name] for name in COLUMNS])


@pytest.mark.parametrize(
    "members",
    [
        {"status": 404}, {"status": 301}, {"status": 500}, {"status": 100}, {"method": "HEAD"}, {"method": "OPTIONS"},
        {"verdicts": (Verdict("sqli", "942100", "found", "request.query", "x' or 1"),)},
        {"query": "id=1%27%20OR%20%271%27%3D%271"},
    ],
)  # fmt: skip
def test_what_failed_or_attacks_says_nothing(members: dict[str, Any]) -> None:
    """Failed requests, those that ask for nothing, and malicious ones leave the columns of the API empty."""
    (row,) = said(made(**members))
    assert [row[name] for name in COLUMNS] == [[], [], "", ""]


@pytest.mark.parametrize("status", [0, 200, 201, 204, 299])
def test_a_good_or_unknown_status_says_something(status: int) -> None:
    """An exchange whose status is not known counts as a good one."""
    (row,) = said(made(status=status))
    assert row["described"]
    assert row["media"]


def test_an_attack_between_lines_of_one_client_stays_its_own() -> None:
    """What one line of a log says does not depend on the lines before it, though the client is looked up once."""
    headers = (("user-agent", "curl/8"),)
    lines = [
        Exchange(method="GET", path="/a", query=query, status=status, client_ip="203.0.113.1", headers=headers)
        for query, status in (("page=1", 200), ("page=1", 404), ("id=1%27%20OR%20%271%27%3D%271", 200), ("", 200), ("q=x", 200))
    ]
    together = [row["described"] for row in said(*lines)]
    assert together == [row["described"] for line in lines for row in said(line)]
    assert together == [["request.query.page int32"], [], [], [], ["request.query.q string"]]


def test_a_log_line_says_what_the_full_exchange_says() -> None:
    """The same request, as a line of an access log and as an exchange of which only the same is known, has the same columns."""
    line = '203.0.113.7 - - [20/May/2026:12:00:00 +0000] "GET /v1/users/42?page=2&api_key=abcdefgh12 HTTP/1.1" 200 17 "-" "curl/8.5.0"'
    reader = registry.by_name("combined")
    assert isinstance(reader, LineFormat)
    from_log = reader.start([])(line)
    assert from_log
    full = Exchange(
        method="GET", path="/v1/users/42", query="page=2&api_key=abcdefgh12", status=200, client_ip="203.0.113.7",
        headers=(*((f"x-forwarded-{at}", "") for at in range(6)), ("user-agent", "curl/8.5.0")),
    )  # fmt: skip
    rows = [{name: row[name] for name in (*COLUMNS, "endpoint", "flows")} for row in said(from_log, full)]
    assert rows[0] == rows[1]
    assert rows[0]["auth"] == ["api_key"]
    assert rows[0]["endpoint"] == "/v1/users/{id}"


def test_places_and_flows_of_the_recipe_are_used() -> None:
    """Learned templates and flows that people gave stand in the rows at once; on other hosts nothing changes."""
    recipe = Recipe(
        b"secret",
        learned=(("a.example", (("/u", Place()), ("/x", Place(REST, ("api",))))),),
        flows=((("a.example", "GET", "/u/{name}"), ("Billing",)), (("a.example", "GET", "/login"), ())),
    )
    paths = {"/u/ann": "/u/{name}", "/u/me": "/u/me", "/x/y/z": "/x/{path}", "/x/api/z": "/x/api/z", "/login": "/login"}
    rows = said(*(Exchange(method="GET", host="a.example", path=path) for path in paths), recipe=recipe)
    assert [row["endpoint"] for row in rows] == list(paths.values())
    assert [row["flows"] for row in rows] == [["Billing"], ["Acc mgmt"], [], [], []]
    (other,) = said(Exchange(method="GET", host="b.example", path="/u/ann"), recipe=recipe)
    assert other["endpoint"] == "/u/ann"


def test_masked_paths_have_templates() -> None:
    """A secret in a path is a token in its template."""
    (row,) = said(Exchange(method="GET", path="/reset/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"))
    assert row["endpoint"] == "/reset/{token}"


_EXCHANGES = st.builds(
    Exchange,
    method=st.sampled_from(("GET", "POST", "HEAD", "")) | st.text(max_size=8),
    path=st.text(max_size=60).map(lambda path: "/" + path),
    query=st.text(max_size=60),
    host=st.text(max_size=20),
    status=st.sampled_from((0, 200, 204, 404)),
    headers=st.lists(
        st.tuples(st.sampled_from(("content-type", "authorization", "cookie", "x-api-key", "soapaction")), st.text(max_size=40)), max_size=4
    ).map(tuple),
    body=st.binary(max_size=200),
    response_headers=st.lists(st.tuples(st.just("content-type"), st.text(max_size=40)), max_size=1).map(tuple),
    response_body=st.binary(max_size=200),
)  # fmt: skip


@given(st.lists(_EXCHANGES, max_size=4))
def test_whatever_is_exchanged_becomes_rows(exchanges: list[Exchange]) -> None:
    """No exchange fails, and every one is a row of the schema."""
    rows = Inspector(Recipe(b"secret")).rows(exchanges)
    assert rows.schema == SCHEMA
    assert isinstance(rows, pa.Table)
    assert len(rows) == len(exchanges)


@given(st.sampled_from(PROOFS), st.lists(st.integers(0, 20), max_size=2), st.integers(0, 8))
def test_hostile_exchanges_become_rows(text: str, ways: list[int], kind: int) -> None:
    """Attacks at every place of an exchange fail nowhere either, and are described nowhere when they were found."""
    (row,) = said(everywhere(encoded(text, ways), kind=kind))
    assert not (row["attack_types"] and row["described"])


def test_made_up_operations_do_not_fill_the_store() -> None:
    """A path whose sender makes operations up is told without them from a number on; those that are known stay."""
    inspector = Inspector(Recipe(b"k" * 32))

    def sent(name: str) -> Exchange:
        body = b'{"query": "query { %s { id } }"}' % name.encode()
        return Exchange(
            method="POST", path="/graphql", host="api.example", status=200, time=NOON, id=name, headers=JSON, body=body
        )

    told = inspector.rows([sent(f"f{number}") for number in range(OPERATIONS_LIMIT + 20)])["endpoint"].to_pylist()
    assert len(set(told)) == OPERATIONS_LIMIT + 1
    assert told[-1] == "/graphql"
    assert inspector.rows([sent("f1")])["endpoint"].to_pylist() == ["/graphql#query f1"]
