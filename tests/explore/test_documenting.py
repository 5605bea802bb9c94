"""From a HAR file to OpenAPI: every good path of the file is covered by the document of its host (D10)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from apitrail.errors import NotFound
from apitrail.explore.discovery.documenting import document_of
from apitrail.explore.discovery.listing import hosts_of
from apitrail.ingest.files import ingest_files
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.reading import read
from apitrail.query.tree import Question
from apitrail.store import Store
from inventoried import take_inventory

pytestmark = pytest.mark.rows("D10")

Entry = dict[str, Any]


def entry(
    method: str,
    url: str,
    status: int = 200,
    *,
    body: str = "",
    kind: str = "application/json",
    answer: Any = None,
    **members: Any,
) -> Entry:
    """An entry of a HAR file as browsers write it."""
    asked: dict[str, Any] = {
        "method": method,
        "url": url,
        "httpVersion": "http/2.0",
        "headers": [],
        "queryString": [],
        "cookies": [],
    }
    if body:
        asked |= {"postData": {"mimeType": kind, "text": body}, "headers": [{"name": "Content-Type", "value": kind}]}
    content = {"size": 10, "mimeType": "application/json; charset=utf-8", "text": json.dumps(answer or {"ok": True})}
    return {
        "startedDateTime": "2026-03-01T10:00:00.000Z", "time": 21.5, "request": asked | members,
        "response": {"status": status, "statusText": "", "headers": [{"name": "content-type", "value": content["mimeType"]}],
                     "content": content, "cookies": [], "redirectURL": "", "headersSize": -1, "bodySize": 10},
    }  # fmt: skip


SHOP = "https://shop.example"
SAMPLES: dict[str, tuple[Entry, ...]] = {
    "identifiers": (
        *(entry("GET", f"{SHOP}/api/v1/users/{number}") for number in (1, 2, 97)),
        entry("GET", f"{SHOP}/api/v1/users/me"),
        entry("DELETE", f"{SHOP}/api/v1/users/3/orders/f47ac10b-58cc-4372-a567-0e02b2c3d479", 204),
        entry("PATCH", f"{SHOP}/api/v1/users/3", body='{"name": "Ann", "tags": ["a", 1, null]}'),
        entry("GET", f"{SHOP}/reports/2026-03-01/ann@mail.example/1.5"),
    ),
    "bodies": (
        entry("POST", f"{SHOP}/login", body="user=ann&password=x", kind="application/x-www-form-urlencoded"),
        entry("POST", f"{SHOP}/soap", body="<a:Envelope xmlns:a='x'><a:Body><b>1</b></a:Body></a:Envelope>", kind="text/xml"),
        entry("POST", f"{SHOP}/graphql", body='{"query": "query { me { id } }"}'),
        entry("POST", f"{SHOP}/graphql", body='{"query": "mutation { login(a: 1) { id } }"}'),
        entry("POST", f"{SHOP}/broken", 201, body='{"name": '),
        entry("POST", f"{SHOP}/upload", body='--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nb\r\n--x--\r\n',
              kind="multipart/form-data; boundary=x"),
        entry("PUT", f"{SHOP}/list", body="[[1, 2.5], [3]]", answer=[1]),
    ),
    "odd addresses": (
        entry("GET", f"{SHOP}/"),
        entry("GET", SHOP),
        entry("GET", f"{SHOP}/search?q=a%20b&q=c&page=2#top"),
        entry("GET", f"{SHOP}/caf%C3%A9/%7Bx%7D/a+b"),
        entry("GET", f"{SHOP}/a//b/"),
        entry("GET", f"{SHOP}/items;color=red/list"),
        entry("GET", f"{SHOP}:8443/port"),
        entry("GET", "http://xn--caf-dma.example/x"),
        entry("GET", "https://[2001:db8::1]/six"),
        entry("GET", "https://203.0.113.9:9000/bare/7"),
    ),
    "several hosts": tuple(entry("GET", f"https://{host}.example/{path}") for host in "abc" for path in ("x", "y/1", "y/2")),
    "nothing good": (
        entry("GET", f"{SHOP}/gone", 404),
        entry("GET", f"{SHOP}/moved", 301),
        entry("HEAD", f"{SHOP}/head"),
        entry("OPTIONS", f"{SHOP}/options", 204),
        entry("GET", f"{SHOP}/logo.png"),
    ),
    "a machine beside others": (entry("GET", "http://localhost:3000/own"), entry("GET", f"{SHOP}/list")),
    "no status": (entry("GET", f"{SHOP}/aborted", 0),),
}  # fmt: skip


@pytest.fixture(scope="module")
def documents(
    make_dsn: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> dict[str, dict[str, Any]]:
    """The documents of all hosts of a sample."""
    file = tmp_path_factory.mktemp("sample") / "sample.har"
    file.write_text(
        json.dumps({"log": {"version": "1.2", "creator": {"name": "t", "version": "1"}, "entries": SAMPLES[request.param]}})
    )
    with Store(make_dsn("chdb"), retention_days=0) as store:
        assert ingest_files(store, [str(file)]).stored == len(SAMPLES[request.param])
        take_inventory(store)
        return {one.host: document_of(store, one.host) for one in hosts_of(store, Question())}


def good(entries: Sequence[Entry]) -> set[tuple[str, str, str]]:
    """Host, method and path of what was answered well: what a document must have."""
    found = set()
    for one in entries:
        asked, url = one["request"], urlsplit(one["request"]["url"])
        left_out = asked["method"] in ("HEAD", "OPTIONS") or url.hostname == "localhost" or url.path.endswith(".png")
        if one["response"]["status"] in (0, *range(200, 300)) and not left_out:
            found.add((url.netloc, asked["method"], url.path or "/"))
    return found


@pytest.mark.parametrize(("documents", "sample"), [(name, name) for name in SAMPLES], indirect=["documents"])
def test_every_good_path_is_covered(documents: dict[str, dict[str, Any]], sample: str) -> None:
    """The document of each host is valid, and an operation of it fits every request of the file that was answered well."""
    wanted = good(SAMPLES[sample])
    assert set(documents) == {host for host, _, _ in wanted}
    for host, made in documents.items():
        assert list(OpenAPIV31SpecValidator(json.loads(json.dumps(made))).iter_errors()) == []
        found = read(json.dumps(made), "export.json")
        assert found.problems == ()
        matcher = Matcher([found])
        for _, method, path in sorted(one for one in wanted if one[0] == host):
            assert matcher.operation(host, method, path), (method, path, list(made["paths"]))


@pytest.mark.parametrize("documents", ["identifiers"], indirect=True)
def test_a_document_names_its_variables(documents: dict[str, dict[str, Any]]) -> None:
    """Identifiers become variables with a name and a type, constant words beside them stay, and bodies have their types."""
    paths = documents["shop.example"]["paths"]
    assert set(paths) == {
        "/api/v1/users/{userId}", "/api/v1/users/me", "/api/v1/users/{userId}/orders/{orderUuid}", "/reports/{reportDate}/{reportEmail}/{reportNumber}",
    }  # fmt: skip
    assert set(paths["/api/v1/users/{userId}"]) == {"get", "patch"}
    body = paths["/api/v1/users/{userId}"]["patch"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["name"] == {"type": "string"}


def test_a_host_without_endpoints_has_no_document(chdb_store: Store) -> None:
    """It is told, rather than given an empty one."""
    with pytest.raises(NotFound, match="no endpoint of the host"):
        document_of(chdb_store, "shop.example")
