"""The inventory over real HTTP: listed, filtered, sorted, opened, exported, given flows; each role as far as it may (D1 to D10)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from apitrail.analyze.running import analyze
from apitrail.explore.discovery.documenting import LIST_COLUMNS
from apitrail.explore.discovery.listing import SORTS
from apitrail.explore.discovery.rules import rules
from apitrail.inspect.specifications.matching import Matcher
from apitrail.inspect.specifications.reading import read
from apitrail.store import Store
from inventoried import ENDPOINTS, HOST, OTHER, exchange, shop
from serving import Served, serving
from traffic import save

ADDRESS = "/api/v1/endpoints"


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over the shop, analyzed, with an attack in one of its sessions."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        save(store, [*shop(), exchange(200, "/v1/items", query="id=1%27%20OR%20%271%27%3D%271", client_ip="198.51.100.4")])
        analyze(store)
        with serving(store) as found:
            yield found


def get(served: Served, path: str = "", **params: Any) -> Any:
    """The answer to a viewer."""
    with served.client("viewer") as client:
        answer = client.get(f"{ADDRESS}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


def refused(served: Served, path: str = "", **params: Any) -> tuple[int, str, str]:
    """Status, code and message of a refusal."""
    with served.client("viewer") as client:
        answer = client.get(f"{ADDRESS}{path}", params=params)
        error = answer.json()["error"]
        return answer.status_code, error["code"], error["message"]


def told(items: list[dict[str, Any]]) -> set[str]:
    """Endpoints in short: `GET /v1/items`."""
    return {f"{one['method']} {one['endpoint']}" for one in items}


def the(served: Served, name: str) -> dict[str, Any]:
    """The endpoint of a name such as `GET /v1/items`."""
    (one,) = [one for one in get(served)["items"] if told([one]) == {name}]
    return dict(one)


ORDERS, ITEMS, NEW_ITEMS, LOGIN, PAY = (
    "GET /v1/orders/{id}",
    "GET /v1/items",
    "POST /v1/items",
    "POST /v1/login",
    "POST /v1/payments",
)


@pytest.mark.rows("D1")
def test_endpoints_are_listed(served: Served) -> None:
    """Every endpoint, the most used first, with all its members and the exact total."""
    page = get(served)
    assert (page["total"], page["next_cursor"]) == (len(ENDPOINTS), None)
    assert {(one["host"], one["method"], one["endpoint"]): one["requests"] for one in page["items"]} == ENDPOINTS
    assert [one["requests"] for one in page["items"]] == sorted(ENDPOINTS.values(), reverse=True)
    assert all(tuple(one) == LIST_COLUMNS for one in page["items"])
    orders = the(served, ORDERS)
    assert (orders["risk"], orders["sensitive"], orders["auth_coverage"], orders["p50_ms"]) == (8, ["email"], "consistent", None)


FILTERS: dict[str, set[str]] = {
    "risk:>=8": {ORDERS},
    "risk:1..7": {ITEMS, NEW_ITEMS, LOGIN, PAY},
    "risk_factor:objects": {NEW_ITEMS},
    "risk_factor:*": {ORDERS, NEW_ITEMS},
    "rogue:shadow": set(),
    "-rogue:*": {ORDERS, ITEMS, NEW_ITEMS, LOGIN, PAY},
    "auth:bearer": {ORDERS, PAY},
    "coverage:missing": {ITEMS, NEW_ITEMS, LOGIN},
    "sensitive:email": {ORDERS},
    "sensitive:*": {ORDERS},
    "change:new": set(),
    "protection:authentication": {ORDERS, PAY},
    "requests:>=20": {ORDERS, ITEMS},
    "requests:5": {LOGIN, PAY},
    "method:POST host:*.shop.example": {NEW_ITEMS, LOGIN, PAY},
    f"host:{OTHER}": {PAY},
    "endpoint:/v1/orders/{id}": {ORDERS},
    "path:/v1/i*": {ITEMS, NEW_ITEMS},
    "flow:Auth,Billing": {LOGIN, PAY},
    "protocol:rest -method:GET -flow:*": {NEW_ITEMS},
    "application:shop": {ITEMS},
    "status:201": {NEW_ITEMS},
    "duration_ms:>10": {ORDERS},
    "attack:sqli": {ITEMS},
    "ip:198.51.100.4": {ITEMS},
    "orders": {ORDERS},
    "(risk:8 OR flow:Auth)": {ORDERS, LOGIN},
}


@pytest.mark.parametrize("q", FILTERS)
def test_filters(served: Served, q: str) -> None:
    """Filters of endpoints, and those of requests that ask whether some request to the endpoint is so."""
    page = get(served, q=q)
    assert told(page["items"]) == FILTERS[q]
    assert page["total"] == len(FILTERS[q])


@pytest.mark.rows("D11")
def test_the_id_is_a_filter_and_an_address(served: Served) -> None:
    """What finds an endpoint in the list finds its requests and sessions as well (D11)."""
    one = the(served, ITEMS)
    assert told(get(served, q=f"endpoint_id:{one['id']}")["items"]) == {ITEMS}
    with served.client("viewer") as client:
        asked: dict[str, Any] = {"q": f"endpoint_id:{one['id']} status:2xx -attack:*", "limit": 100}
        assert len(client.get("/api/v1/requests", params=asked).json()["items"]) == one["requests"]
        sessions = client.get("/api/v1/sessions", params={"q": "risk:>=8"}).json()["items"]
        assert sum(part["requests"] for part in sessions) == 20


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "rsk:8"}, "did you mean 'risk'?"),
        ({"q": "risk:high"}, ""),
        ({"q": "sessions:>1"}, "a filter of attacks and incidents"),
        ({"sort": "colour"}, "endpoints are sorted by"),
        ({"limit": "0"}, "limit is from 1 to 1000"),
        ({"limit": "1001"}, "limit is from 1 to 1000"),
        ({"limit": "x"}, "limit: "),
        ({"cursor": "nonsense"}, "cursor"),
        ({"sotr": "risk"}, "did you mean 'sort'?"),
        ({"from": "nowhen"}, ""),
    ],
)
def test_bad_questions_are_refused(served: Served, params: dict[str, str], words: str) -> None:
    """What is not known or cannot be is an error that says what is wrong, and never an empty answer."""
    status, code, message = refused(served, **params)
    assert (status, code) == (400, "bad_question")
    assert words in message


@pytest.mark.parametrize("sort", SORTS)
def test_orders_and_pages(served: Served, sort: str) -> None:
    """Each order, both ways, page by page; what is not known comes last; a cursor holds for its own question alone."""
    for sign in ("", "-"):
        every = [one[sort] for one in get(served, sort=f"{sign}{sort}")["items"]]
        known = [value for value in every if value is not None]
        assert known == sorted(known, reverse=bool(sign))
        assert every == [*known, *[None] * (len(every) - len(known))]
        found, cursor = [], ""
        while cursor is not None:
            page = get(served, sort=f"{sign}{sort}", limit=2, **({"cursor": cursor} if cursor else {}))
            assert page["total"] == len(ENDPOINTS)
            found += page["items"]
            cursor = page["next_cursor"]
        assert found == get(served, sort=f"{sign}{sort}")["items"]
    cursor = get(served, limit=2)["next_cursor"]
    assert refused(served, limit=2, cursor=cursor, q="method:GET")[0] == 400
    assert refused(served, limit=2, cursor=cursor, sort="risk")[0] == 400


def test_the_interval_chooses_what_was_there(served: Served) -> None:
    """An endpoint is in an interval when it was seen before its end and after its start."""
    assert get(served, **{"from": "2026-05-20T12:55:00", "to": "2026-05-20T13:02:00"})["total"] == 2
    assert get(served, **{"from": "2026-06-01"})["total"] == 0


def test_hosts(served: Served) -> None:
    """The hosts with their endpoints, requests and highest risk, the busiest first, under filters too."""
    assert get(served, "/hosts")["items"] == [
        {"host": HOST, "endpoints": 4, "requests": 65, "risk": 8},
        {"host": OTHER, "endpoints": 1, "requests": 5, "risk": 1},
    ]
    assert [one["requests"] for one in get(served, "/hosts", q="method:POST")["items"]] == [15, 5]


@pytest.mark.rows("D3", "D5", "D7")
def test_one_endpoint(served: Served) -> None:
    """D3, D5, D7: parameters with type and presence, what makes the risk, what covers it, and all requests to it, bad ones too."""
    one = get(served, f"/{the(served, ORDERS)['id']}")
    members = {member["point"]: member for member in one["members"]}
    email = members["response.body.json.email"]
    assert (email["type"], email["required"], email["sensitive"], email["requests"]) == ("email", True, ["email"], 20)
    assert members["response.body.json.lines[*].sku"]["type"] == "string"
    assert [(factor["name"], factor["weight"]) for factor in one["factors"]] == [("sensitive_data", 8)]
    assert list(one["protected_by"]) == ["authentication"]
    assert (one["auth_kinds"], one["response_media"], one["statuses"]) == ({"bearer": 20}, {"application/json": 20}, {"200": 20})
    items = get(served, f"/{the(served, ITEMS)['id']}")
    assert (items["requests"], items["all_requests"], items["malicious"], items["attack_types"]) == (30, 31, 1, {"sqli": 1})
    assert items["sessions"] == 2
    assert {name: items[name] for name in LIST_COLUMNS} == the(served, ITEMS)


@pytest.mark.parametrize("name", ["0000000000000000", "x", "%27%20OR%201", "openapi"])
def test_an_unknown_endpoint_is_not_found(served: Served, name: str) -> None:
    """Nor is one whose id is none."""
    assert refused(served, f"/{name}")[:2] == (404, "not_found")
    with served.client("analyst") as client:
        assert client.put(f"{ADDRESS}/{name}/flows", json={"flows": []}).status_code == 404


@pytest.mark.rows("D10")
def test_the_document_of_a_host(served: Served) -> None:
    """D10: valid OpenAPI 3.1 that is read back to the same endpoints; an unknown host is not found, and none is asked for."""
    made = get(served, "/openapi.json", host=HOST)
    assert made["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == []
    found = read(json.dumps(made), "export.json")
    assert found.problems == ()
    matcher = Matcher([found])
    ours = [key for key in ENDPOINTS if key[0] == HOST]
    assert len(found.operations) == len(ours)
    assert all(matcher.operation_of_template(*key) for key in ours)
    assert refused(served, "/openapi.json", host="nobody.example")[0] == 404
    assert refused(served, "/openapi.json", host="*")[0] == 404
    assert refused(served, "/openapi.json")[0] == 400


@pytest.mark.rows("D10")
def test_csv_is_the_list(served: Served) -> None:
    """D10: a head and a line an endpoint, in the order asked for, under filters."""
    with served.client("viewer") as client:
        answer = client.get(f"{ADDRESS}.csv", params={"q": f"host:{HOST}", "sort": "-risk"})
        assert client.get(f"{ADDRESS}.csv", params={"q": "rsk:8"}).status_code == 400
        assert client.get(f"{ADDRESS}.csv", params={"sort": "colour"}).status_code == 400
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="endpoints.csv"'
    head, *rows = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert tuple(head) == LIST_COLUMNS
    listed = get(served, q=f"host:{HOST}", sort="-risk")["items"]
    assert [row[0] for row in rows] == [one["id"] for one in listed]
    assert [row[head.index("requests")] for row in rows] == [str(one["requests"]) for one in listed]


@pytest.mark.rows("D8")
def test_flows_are_given(served: Served) -> None:
    """D8: an analyst gives an endpoint its flows; stored requests, their sessions and new traffic follow; bad ones are refused."""
    one = the(served, ITEMS)
    address = f"{ADDRESS}/{one['id']}/flows"
    with served.client("analyst") as client:
        given = client.put(address, json={"flows": ["SMS GW", "Admin", "Admin"]})
        assert (given.status_code, given.json()["flows"]) == (200, ["Admin", "SMS GW"])
        record = {"id": "new", "method": "GET", "url": f"https://{HOST}/v1/items", "status": 200}
        with served.client("sender") as sender:
            assert sender.post("/api/v1/ingest", content=json.dumps(record)).json()["stored"] == 1
        asked = client.get("/api/v1/requests", params={"q": "flow:Admin", "limit": 100}).json()["items"]
        assert {(len(asked), tuple(found["flows"])) for found in asked} == {(32, ("Admin", "SMS GW"))}
        assert "Admin" in client.get("/api/v1/sessions", params={"q": "flow:Admin"}).json()["items"][0]["flows"]
        bad = client.put(address, json={"flows": ["Everything"]})
        assert (bad.status_code, "a flow is one of" in bad.json()["error"]["message"]) == (400, True)
        for body in ("{}", '{"flows": "Admin"}', '{"flows": [1]}', '{"flow": ["Admin"]}', "[]", "{"):
            assert client.put(address, content=body).status_code == 400
        assert client.put(address, json={"flows": []}).json()["flows"] == []
        assert client.get("/api/v1/requests", params={"q": "flow:Admin"}).json()["items"] == []


@pytest.mark.rows("D5")
def test_factors_have_the_weights_of_the_settings(make_dsn: Callable[[str], str]) -> None:
    """D5: what is told of an endpoint's risk is what the analysis reckoned with."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store, serving(store, risk_sensitive_data=10, risk_many=2) as own:
        save(store, shop())
        analyze(store, rules(own.app.state.settings))
        one = get(own, f"/{the(own, ORDERS)['id']}")
        assert (one["risk"], [factor["weight"] for factor in one["factors"]]) == (10, [10])
        one = get(own, f"/{the(own, ITEMS)['id']}")
        assert [factor["name"] for factor in one["factors"]] == one["risk_factors"] == ["many_parameters"]


def test_roles(served: Served) -> None:
    """A viewer reads, an analyst gives flows, a sender sees nothing, nobody without a token anything."""
    one = the(served, LOGIN)
    paths = ("", "/hosts", ".csv", f"/openapi.json?host={HOST}", f"/{one['id']}")
    for role, status in (("viewer", 200), ("analyst", 200), ("admin", 200), ("sender", 403), ("", 401)):
        with served.client(role) as client:
            assert {client.get(f"{ADDRESS}{path}").status_code for path in paths} == {status}
            changed = client.put(f"{ADDRESS}/{one['id']}/flows", json={"flows": ["Auth"]}).status_code
            assert changed == (status if role != "viewer" else 403)
