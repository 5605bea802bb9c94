"""Specifications over real HTTP: uploaded, listed, changed, removed; each role as far as it may; enforced on what comes in (D6, A1.3)."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from documents_of_apis import REAL, document, operation
from serving import Served

ADDRESS = "/api/v1/specifications"
ITEMS = {"/items": {"get": operation(parameters=[{"name": "page", "in": "query", "schema": {"type": "integer"}}])}}
SHOP = document(ITEMS, servers=[{"url": "https://specified.example/v1"}])


def call(served: Served, method: str, role: str, path: str = "", **options: Any) -> tuple[int, Any]:
    """One call and its answer."""
    with served.client(role) as client:
        answer = client.request(method, f"{ADDRESS}{path}", **options)
        return answer.status_code, answer.json()


def said(answer: tuple[int, Any]) -> tuple[int, str]:
    """Status and message of a refusal."""
    return answer[0], answer[1]["error"]["message"]


@pytest.mark.rows("D6")
def test_from_upload_to_removal(served: Served) -> None:
    """D6: a document is uploaded, says what was read, gets a second version, another scope, and goes."""
    status, found = call(served, "POST", "admin", json={"name": "shop", "document": SHOP, "hosts": ["A.example"]})
    assert (status, found["number"], found["hosts"], found["enforced"], found["problems"]) == (200, 1, ["a.example"], False, [])
    assert [one["templates"] for one in found["operations"]] == [["/v1/items"]]
    assert found.pop("notes") == []
    compared = {"orphans": [{"method": "GET", "path": "/items"}], "called": []}
    assert call(served, "GET", "viewer", "/shop") == (200, found | compared)
    listed = {name: found[name] for name in found if name not in ("operations", "problems")}
    assert call(served, "GET", "viewer") == (200, {"items": [listed], "limit": 100})
    second = json.dumps(document({}, servers=SHOP["servers"]))
    status, found = call(served, "POST", "admin", json={"name": "shop", "document": second, "enforced": True, "file": "s.json"})
    assert (found["number"], found["operation_count"], found["hosts"], found["enforced"]) == (2, 0, ["a.example"], True)
    assert found["versions"][0]["file"] == "s.json"
    with served.client("viewer") as client:
        newest, first = (client.get(f"{ADDRESS}/shop/document", params=params) for params in ({}, {"number": 1}))
        assert (newest.text, newest.headers["content-type"]) == (second, "application/json")
        assert first.json() == SHOP
        assert newest.headers["content-disposition"] == "attachment; filename*=UTF-8''shop.json"
    status, changed = call(served, "PUT", "admin", "/shop", json={"hosts": [], "enforced": False})
    assert (status, changed["scope"], changed["enforced"]) == (200, "specified.example, as its servers say", False)
    assert call(served, "DELETE", "admin", "/shop") == (200, {"removed": "shop"})
    assert said(call(served, "GET", "viewer", "/shop")) == (404, "there is no specification 'shop'; there are none yet")
    assert call(served, "DELETE", "admin", "/shop")[0] == 404


@pytest.mark.parametrize("kind", ["application/yaml", "application/json"])
def test_a_document_is_the_whole_body(served: Served, kind: str) -> None:
    """A document as it is, compressed too, comes with its name and scope in the address."""
    file = REAL / ("vampi-openapi3.yml" if "yaml" in kind else "crapi-openapi.json")
    params = {"name": "Réal (1)", "hosts": "a.example,*.b.example", "applications": ",", "enforced": "true", "file": file.name}
    headers = {"content-type": kind, "content-encoding": "gzip"}
    status, found = call(served, "POST", "admin", params=params, headers=headers, content=gzip.compress(file.read_bytes()))
    assert (status, found["name"], found["hosts"], found["enforced"]) == (200, "Réal (1)", ["a.example", "*.b.example"], True)
    assert found["operation_count"] == len(found["operations"]) > 10
    with served.client("viewer") as client:
        answer = client.get(f"{ADDRESS}/R%C3%A9al%20%281%29/document")
        assert (answer.content, answer.headers["content-type"]) == (file.read_bytes(), kind)
    assert call(served, "DELETE", "admin", "/R%C3%A9al%20%281%29")[0] == 200


def test_problems_are_told_with_their_places(served: Served) -> None:
    """What does no harm is told with its JSON pointer, and the rest is read."""
    bad = {**SHOP, "paths": {"/a": {"get": operation(operationId="same")}, "/b": {"get": operation(operationId="same")}}}
    status, found = call(served, "POST", "admin", json={"name": "odd", "document": bad})
    assert (status, found["problem_count"]) == (200, len(found["problems"]))
    assert all(problem["text"] for problem in found["problems"])
    assert found["problems"]
    call(served, "DELETE", "admin", "/odd")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"json": {"name": "x", "document": {"swagger": "2.0"}}}, "x: #/swagger: it is Swagger 2.0"),
        ({"json": {"name": "x", "document": document({"/a": {"get": 1}})}}, "x: #/paths/~1a/get"),
        ({"params": {"name": "x"}, "content": b"a: [1"}, "x: it is neither JSON nor YAML"),
        ({"params": {"name": "x", "file": "y.yaml"}, "content": b"a: [1"}, "y.yaml: it is neither JSON nor YAML"),
        ({"params": {"name": "x"}, "content": b""}, "it is no OpenAPI document"),
        ({"params": {"name": "x"}, "content": b"\xff\xfe\xff"}, "it is no text"),
        ({"params": {"nam": "x"}, "content": b"{}"}, "did you mean 'name'?"),
        ({"params": {"hosts": "x"}, "content": b"{}"}, "the parameter name is missing"),
        ({"params": {"name": "x", "enforced": "perhaps"}, "content": b"{}"}, "enforced: "),
        ({"json": {"name": "x"}}, "missing required field `document`"),
        ({"json": {"name": "x", "document": 1}}, "document"),
        ({"json": {"name": "x", "document": SHOP, "host": []}}, "did you mean 'hosts'?"),
        ({"json": {"name": "x/y", "document": SHOP}}, "without slashes"),
        ({"json": {"name": "x", "document": SHOP, "hosts": ["http://a/b"]}}, "a host is such as"),
        ({"content": b"{"}, "the body is no JSON"),
        ({"content": b"[]"}, "the body is an object"),
        ({"content": b'{"name":"x","document":"\\ud800"}'}, ""),
    ],
)
def test_what_cannot_be_read_is_refused(served: Served, options: dict[str, Any], words: str) -> None:
    """Bad documents and bad questions are told with the reason and, in a document, its place; nothing is kept."""
    status, message = said(call(served, "POST", "admin", **options))
    assert status == 400
    assert words in message
    assert call(served, "GET", "viewer")[1]["items"] == []


def test_too_large(served: Served) -> None:
    """A document has at most 10 MB, and a body not much more than twice that."""
    status, message = said(call(served, "POST", "admin", params={"name": "x"}, content=b" " * 10_000_001))
    assert (status, "more than 10,000,000 bytes" in message) == (400, True)
    assert call(served, "POST", "admin", params={"name": "x"}, content=b" " * 21_100_000)[0] == 413


def test_roles(served: Served) -> None:
    """A viewer reads, an administrator changes, a sender sees nothing."""
    body = {"name": "mine", "document": SHOP}
    for role in ("viewer", "analyst", "sender"):
        assert call(served, "POST", role, json=body)[0] == 403
    call(served, "POST", "admin", json=body)
    for role, status in (("viewer", 200), ("analyst", 200), ("sender", 403)):
        assert call(served, "GET", role)[0] == status
        assert call(served, "GET", role, "/mine")[0] == status
        with served.client(role) as client:
            assert client.get(f"{ADDRESS}/mine/document").status_code == status
        assert call(served, "PUT", role, "/mine", json={"enforced": True})[0] == 403
        assert call(served, "DELETE", role, "/mine")[0] == 403
    assert call(served, "DELETE", "admin", "/mine")[0] == 200


def record(name: str, url: str, **members: Any) -> str:
    """An exchange as a program sends it."""
    given = {"status": 200, "headers": [["Accept", "*/*"]], "response_headers": [["Content-Type", "text/plain"]], **members}
    return json.dumps({"id": name, "method": "GET", "url": f"https://specified.example{url}", **given})


@pytest.mark.rows("A1.3")
def test_enforcement_of_what_comes_in(served: Served) -> None:
    """A1.3: from enforcement on, violations are attacks of their types; what fits is none; an ignore rule silences one."""
    call(served, "POST", "admin", json={"name": "shop", "document": SHOP, "enforced": True})
    with served.client("admin") as client:
        rule = {"type": "undefined_parameter", "point": "request.query.tracking"}
        kept = client.post("/api/v1/settings/ignore-rules", json=rule).json()
        urls = ("/v1/items?page=2", "/v1/items?page=x", "/v1/secret", "/v1/items?tracking=1", "/v1/items?debug=1")
        sent = client.post("/api/v1/ingest", content="\n".join(record(f"spec{url}", url) for url in urls))
        assert sent.json()["stored"] == len(urls)
        found = client.get("/api/v1/attacks", params={"q": "host:specified.example"}).json()["items"]
        assert {(*one["attack_types"], *one["points"]) for one in found} == {
            ("invalid_parameter", "request.query.page"),
            ("undefined_endpoint", "request.path"),
            ("undefined_parameter", "request.query.debug"),
        }
        asked = client.get("/api/v1/requests", params={"q": "host:specified.example", "limit": 10}).json()["items"]
        assert {one["request_id"] for one in asked if not one["attacks"]} == {"spec/v1/items?page=2", "spec/v1/items?tracking=1"}
        client.delete(f"/api/v1/settings/ignore-rules/{kept['id']}")
    call(served, "DELETE", "admin", "/shop")
