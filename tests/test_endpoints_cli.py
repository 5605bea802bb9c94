"""`apitrail analyze`, `endpoints`, `endpoint` and `export`: the same answers from a store and from a running server."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from apitrail.analyze.running import analyze
from apitrail.configure import specifications
from apitrail.explore.discovery.documenting import LIST_COLUMNS
from apitrail.store import Store
from commanding import ran
from documents_of_apis import document, operation
from inventoried import ENDPOINTS, HOST, inventory, numbered, shop
from serving import serving
from traffic import save


def lines(text: str) -> list[dict[str, Any]]:
    """One JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture(scope="module", params=["store", "server"])
def where(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[tuple[str, ...]]:
    """The options that name a store over the shop, or a server over it."""
    dsn = make_dsn("clickhouse" if request.param == "server" else "chdb")
    with Store(dsn, retention_days=0) as store:
        save(store, shop())
        analyze(store)
        if request.param == "server":
            with serving(store) as served:
                yield "--server", served.url, "--token", served.tokens["viewer"]
            return
    yield "--store", dsn


def test_analyze_says_what_it_did(make_dsn: Callable[[str], str]) -> None:
    """One object with moved, endpoints, bots and seconds; then the inventory is there, and a second run has the same."""
    dsn = make_dsn("chdb")
    code, out, _ = ran("endpoints", "--store", dsn)
    assert (code, out.strip()) == (0, "no endpoint yet; run `apitrail analyze`")
    with Store(dsn, retention_days=0) as store:
        save(store, shop())
    for _ in range(2):
        code, out, err = ran("analyze", "--json", "--store", dsn)
        (done,) = lines(out)
        assert (code, err, list(done)) == (0, "", ["moved", "endpoints", "bots", "seconds"])
        assert (done["moved"], done["endpoints"]) == (0, len(ENDPOINTS))
    assert f"{len(ENDPOINTS)} endpoints, " in ran("analyze", "--store", dsn)[1]
    assert len(lines(ran("endpoints", "--json", "--store", dsn)[1])) == len(ENDPOINTS)


def test_a_running_server_analyses_when_it_is_asked(chdb_store: Store) -> None:
    """Beside a server, whose store is locked, an admin has the server run its analysis; others may not."""
    save(chdb_store, shop())
    with serving(chdb_store) as served:
        where = ("--server", served.url, "--token")
        code, out, err = ran("analyze", *where, served.tokens["viewer"])
        assert (code, out, "this needs the role admin" in err) == (2, "", True)
        code, out, err = ran("analyze", "--json", *where, served.tokens["admin"])
        assert (code, err, lines(out)[0]["endpoints"]) == (0, "", len(ENDPOINTS))
        assert len(lines(ran("endpoints", "--json", *where, served.tokens["viewer"])[1])) == len(ENDPOINTS)


@pytest.mark.rows("D3", "D6")
def test_an_endpoint_says_what_is_usual_and_where_it_is_specified(make_dsn: Callable[[str], str]) -> None:
    """D3, D6: times and sizes of thirty requests and more, requests that only break a specification, and the operation it has there."""
    made = document({"/items": {"get": operation()}}, servers=[{"url": f"https://{HOST}/v1"}])
    dsn = make_dsn("chdb")
    with Store(dsn, retention_days=0) as store:
        specifications.upload(store, "shop", json.dumps(made).encode(), "ann", enforced=True)
        save(
            store,
            [*numbered(0, 30, "/v1/items", duration_ms=12.0, response_bytes=900), *numbered(30, 2, "/v1/items", query="x=1")],
        )
        analyze(store)
        (one,) = inventory(store).values()
    code, out, err = ran("endpoint", one.id, "--store", dsn)
    assert (code, err) == (0, "")
    for said in ("32 requests in 1 session, 2 not as specified", "32 requests harmless and answered well", "specified in shop", ": /items",
                 "usual time: p50 12.0 ms, p95 12.0 ms", "usual size: p50 900 bytes, p95 900 bytes"):  # fmt: skip
        assert said in out


def test_endpoints_are_listed_and_opened(where: tuple[str, ...]) -> None:
    """A line an endpoint under filters, in an order, up to a limit; one endpoint by its id, for people and for programs."""
    code, out, err = ran("endpoints", "--json", *where)
    listed = lines(out)
    assert (code, err) == (0, "")
    assert {(one["host"], one["method"], one["endpoint"]): one["requests"] for one in listed} == ENDPOINTS
    assert all(tuple(one) == LIST_COLUMNS for one in listed)
    assert [one["risk"] for one in lines(ran("endpoints", "--json", "--sort", "-risk", "--limit", "2", *where)[1])] == [8, 6]
    (orders,) = lines(ran("endpoints", "-q", "sensitive:email", "--json", *where)[1])
    assert orders in listed
    assert "/v1/orders/{id}" in ran("endpoints", *where)[1]
    code, out, _ = ran("endpoint", orders["id"], "--json", *where)
    (opened,) = lines(out)
    assert (code, {name: opened[name] for name in LIST_COLUMNS}) == (0, orders)
    assert {member["point"] for member in opened["members"]} >= {"response.body.json.email", "response.body.json.id"}
    code, out, _ = ran("endpoint", orders["id"], *where)
    for said in (f"GET {HOST}/v1/orders/{{id}}", "risk 8", "Sensitive data goes in or out: email.", "response.body.json.email",
                 "request.path[2] (orderId)", "20 requests in 1 session\n", "statuses: 200 20", "20 requests harmless and answered well",
                 "authentication: bearer 20", "seen from 20"):  # fmt: skip
        assert said in out
    (opened,) = lines(ran("endpoint", orders["id"], "--json", *where)[1])
    assert (opened["parameters"], opened["specified"]) == (
        sum(one["type"] not in ("object", "array") for one in opened["members"]),
        [],
    )


def test_bad_questions(where: tuple[str, ...]) -> None:
    """What is not known is told on standard error, with an exit code of its own, and nothing is printed."""
    for words, said in (
        (("endpoints", "-q", "rsk:8"), "did you mean 'risk'?"),
        (("endpoints", "--sort", "colour"), "endpoints are sorted by"),
        (("endpoint", "0000000000000000"), "no endpoint of this id"),
        (("export", "openapi", "nobody.example"), "no endpoint of the host"),
        (("export", "endpoints", "-q", "rsk:8"), "did you mean 'risk'?"),
    ):
        code, out, err = ran(*words, *where)
        assert code != 0
        assert (out, said in err, "Traceback" in err) == ("", True, False)


@pytest.mark.rows("D10")
def test_exports(where: tuple[str, ...]) -> None:
    """D10: a valid OpenAPI 3.1 document of a host, and the list as CSV."""
    code, out, err = ran("export", "openapi", HOST, *where)
    assert (code, err) == (0, "")
    made = json.loads(out)
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []
    assert set(made["paths"]) == {"/v1/orders/{orderId}", "/v1/items", "/v1/login"}
    assert type(made["paths"]["/v1/items"]["get"]["x-numbers"]["requests"]) is int
    code, out, err = ran("export", "endpoints", "-q", f"host:{HOST}", *where)
    assert (code, err) == (0, "")
    head, *rows = csv.reader(io.StringIO(out.removeprefix("\ufeff")))
    assert tuple(head) == LIST_COLUMNS
    assert [row[head.index("requests")] for row in rows] == ["30", "20", "10", "5"]
