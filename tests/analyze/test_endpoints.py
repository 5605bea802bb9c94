"""The inventory after an analysis: what a plain computation over the same traffic says (D2 to D9)."""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from apitrail.analyze.endpoints import CHANGED, NEW, UNUSED
from apitrail.analyze.running import SAMPLES_LEAST, analyze
from apitrail.configure import specifications
from apitrail.configure.recipes import recipe
from apitrail.explore import session
from apitrail.explore.attacks import incidents
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.discovery.opening import give_flows, open_endpoint
from apitrail.explore.discovery.risk import WEIGHTS
from apitrail.explore.discovery.rules import Rules
from apitrail.explore.discovery.specifying import compared
from apitrail.explore.sessions import every_session
from apitrail.inspect.rows import Inspector
from apitrail.model.exchange import Exchange, Verdict
from apitrail.query import text
from apitrail.query.interval import iso
from apitrail.query.tree import Question
from apitrail.store import Store
from attacking import KINDS
from documents_of_apis import document, operation
from inventoried import BEARER, ENDPOINTS, HOST, JSON, OTHER, Key, exchange, inventory, numbered, shop, take_inventory
from traffic import DAY, NOON, SECOND, at, exchanges, save

GOOD = (HOST, "GET", "/v1/good")
ITEMS = (HOST, "GET", "/v1/items")


def analyzed(store: Store, items: list[Exchange], rules: Rules | None = None) -> dict[Key, Any]:
    """The inventory after some traffic and what makes it in an analysis."""
    save(store, items)
    take_inventory(store, rules)
    return inventory(store)


# --- as a plain computation ----------------------------------------------------------------------------------------------


def computed(rows: list[dict[str, Any]]) -> dict[Key, dict[str, Any]]:
    """The endpoints of rows as they go into the store."""
    groups: defaultdict[Key, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        good = row["status"] == 0 or 200 <= row["status"] < 300
        if good and not row["attack_types"] and row["method"] not in ("HEAD", "OPTIONS") and row["protocol"] != "web":
            groups[row["host"], row["method"], row["endpoint"]].append(row)
    return {key: _summed(some) for key, some in groups.items()}


def _summed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    least = len(rows) / 100
    auth = Counter(kind for row in rows for kind in row["auth"])
    points: Counter[str] = Counter()
    for row in rows:
        points.update(said.split(" ")[0] for said in row["described"] if said.split(" ")[1] not in ("object", "array"))
    seconds = [int(row["time"].replace(tzinfo=None).timestamp()) for row in rows]
    return {
        "requests": len(rows),
        "seconds": max(seconds) - min(seconds),
        "applications": sorted({row["application"] for row in rows} - {""}),
        "flows": {flow for row in rows for flow in row["flows"]},
        "auth": {kind for kind, count in auth.items() if count >= least},
        "parameters": sum(count >= least for count in points.values()) + rows[0]["endpoint"].partition("#")[0].count("{"),
        "timed": sum(row["duration_ms"] is not None for row in rows) >= SAMPLES_LEAST,
        "sized": sum(row["response_bytes"] is not None for row in rows) >= SAMPLES_LEAST,
    }


@pytest.mark.rows("D1", "D3")
def test_inventory_is_that_of_a_plain_computation(store: Store) -> None:
    """D1, D3: endpoints, requests, applications, flows, authentication and parameters, over traffic of every odd kind."""
    items = [*exchanges(seed=7), *shop()]
    wanted = computed(Inspector(recipe(store)).rows(items).to_pylist())
    found = analyzed(store, items)
    assert set(found) == set(wanted)
    assert len(found) > 30
    for key, one in found.items():
        told = {
            "requests": one.requests,
            "seconds": _seconds(one.last_seen) - _seconds(one.first_seen),
            "applications": one.applications,
            "flows": set(one.flows),
            "auth": set(one.auth),
            "parameters": one.parameters,
            "timed": one.p50_ms is not None,
            "sized": one.p50_bytes is not None,
        }
        assert told == wanted[key], key


def _seconds(moment: str) -> int:
    return at(moment) // SECOND


@pytest.mark.rows("D3", "S5.1")
def test_usual_time_and_size_are_told(store: Store) -> None:
    """D3, S5: median and 95th percentile are those of the good requests; what nobody measured, or too few did, is not told."""
    times = [float(10 + at) for at in range(100)]
    items = [exchange(at, "/v1/good", duration_ms=time, response_bytes=int(time) * 100) for at, time in enumerate(times)]
    one = analyzed(store, [*items, exchange(100, "/v1/good", status=500, duration_ms=90_000.0), *numbered(101, 3, "/v1/items"),
            *numbered(110, SAMPLES_LEAST - 1, "/v1/few", duration_ms=5.0), *numbered(150, SAMPLES_LEAST, "/v1/many", duration_ms=5.0)])[GOOD]  # fmt: skip
    assert 59 <= one.p50_ms <= 60
    assert 103 <= one.p95_ms <= 106
    assert (5900 <= one.p50_bytes <= 6000, 10_300 <= one.p95_bytes <= 10_600) == (True, True)
    assert inventory(store)[ITEMS].p95_ms is None
    assert (inventory(store)[HOST, "GET", "/v1/few"].p50_ms, inventory(store)[HOST, "GET", "/v1/many"].p50_ms) == (None, 5.0)


def test_a_second_analysis_changes_nothing(store: Store) -> None:
    """Run again at once, every column of the inventory is as it was."""
    save(store, [*exchanges(seed=9, count=300), *shop()])
    first = analyze(store)
    rows = "SELECT * EXCEPT run FROM endpoints ORDER BY host, endpoint, method"
    before = store.ask(rows).to_pylist()
    second = analyze(store)
    assert (second.moved, second.endpoints) == (0, first.endpoints)
    assert store.ask(rows).to_pylist() == before
    assert len(before) == first.endpoints > len(ENDPOINTS)


def test_an_empty_store_has_no_inventory(chdb_store: Store) -> None:
    """Neither before nor after an analysis; when all traffic is noise there is none either."""
    assert inventory(chdb_store) == {}
    assert analyze(chdb_store).endpoints == 0
    assert analyzed(chdb_store, numbered(0, 5, "/v1/items", status=404)) == {}


# --- noise (D2) ----------------------------------------------------------------------------------------------------------

SQLI = (Verdict("sqli", "942100", "found", "request.query", "x' or 1"),)
NOISE: tuple[dict[str, Any], ...] = (
    *({"status": status} for status in (101, 301, 304, 400, 401, 403, 404, 500, 503)),
    {"method": "HEAD"},
    {"method": "OPTIONS"},
    {"path": "/static/app.js"},
    {"path": "/logo.png"},
    {"verdicts": SQLI},
    KINDS[0],
    *({"host": host} for host in ("localhost", "LOCALHOST:8080", "127.0.0.1", "127.9.0.1:9000", "[::1]", "[::1]:8443")),
)


@pytest.mark.rows("D2")
def test_noise_is_left_out(store: Store) -> None:
    """D2: failed and malicious requests, HEAD, OPTIONS, files and loopback hosts make no endpoint and count in none."""
    items = numbered(0, 10, "/v1/good")
    for number, members in enumerate(NOISE):
        items += [exchange(100 + number, **{"path": path, **members}) for path in ("/v1/good", "/v1/noise")]
    found = analyzed(store, items)
    assert {key: one.requests for key, one in found.items()} == {GOOD: 10}


@pytest.mark.rows("D2")
def test_a_busy_host_lists_what_is_stable(store: Store) -> None:
    """D2: on a busy host an endpoint needs enough requests over enough time, on a quiet one it needs none; settings say how much."""
    items = [
        *numbered(0, 1000, "/v1/items"),
        *numbered(1000, 4, "/v1/rare"),
        *(exchange(1100 + at, "/v1/burst", time=NOON + at * SECOND // 10) for at in range(50)),
        *(exchange(1200 + at, "/v1/steady", time=NOON + at * 15 * SECOND) for at in range(5)),
        exchange(1300, "/v1/once", host=OTHER),
    ]
    found = analyzed(store, items)
    assert {key[2] for key in found} == {"/v1/items", "/v1/steady", "/v1/once"}
    assert take_inventory(store, Rules(requests=6)) == 3, "what was listed stays"
    assert take_inventory(store, Rules(requests=4)) == 4
    assert take_inventory(store, Rules(requests=4, seconds=0)) == 5
    assert take_inventory(store, Rules(left_out=("pay.*",))) == 4


def test_scanners_do_not_fill_the_inventory(chdb_store: Store) -> None:
    """40,000 random paths that are not found leave it unchanged."""
    before = analyzed(chdb_store, shop())
    chance = random.Random(3)
    for low in range(0, 40_000, 20_000):
        numbers = range(low + 1000, low + 21_000)
        save(chdb_store, [exchange(at, f"/{_junk(chance)}", status=404, time=NOON + at * SECOND) for at in numbers])
    assert take_inventory(chdb_store) == len(before)
    assert {key: one.requests for key, one in inventory(chdb_store).items()} == ENDPOINTS


def test_a_catch_all_ends_as_one_template(chdb_store: Store) -> None:
    """20,000 random paths that a single-page application answers well are one endpoint, beside those of the API."""
    chance = random.Random(4)
    items = [exchange(at, f"/{_junk(chance)}", time=NOON + at * SECOND) for at in range(20_000)]
    found = analyzed(chdb_store, [*items, *(exchange(30_000 + at, f"/api/orders/{at}", method="POST") for at in range(200))])
    assert sum(one.requests for one in found.values()) == 20_200
    assert {key[2] for key in found if key[1] == "GET"} == {"/{path}"}


def _junk(chance: random.Random) -> str:
    """A path of one to three words as a scanner makes them up."""
    return "/".join(
        "".join(chance.choices("abcdefghijklmnoprstuw", k=chance.randrange(4, 10))) for _ in range(chance.choice((1, 2, 3)))
    )


# --- risk and protection (D5, D7) ----------------------------------------------------------------------------------------

FORM = (("content-type", "multipart/form-data; boundary=x"),)
FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--\r\n'
RISKS: dict[str, tuple[dict[str, Any], int, list[str]]] = {
    "/none": ({"query": "page=1"}, 1, []),
    "/email": ({"response_headers": JSON, "response_body": b'{"email": "ann@mail.example"}'}, 8, ["sensitive_data"]),
    "/many": ({"query": "&".join(f"some{at}=1" for at in range(10))}, 6, ["many_parameters"]),
    "/few": ({"query": "&".join(f"some{at}=1" for at in range(9))}, 1, []),
    "/json": ({"method": "POST", "headers": JSON, "body": b'{"count": 2}'}, 6, ["objects"]),
    "/xml": ({"method": "POST", "headers": (("content-type", "text/xml"),), "body": b"<a><b>2</b></a>"}, 6, ["objects"]),
    "/upload": ({"method": "POST", "headers": FORM, "body": FILE}, 6, ["upload"]),
    "/both": ({"method": "POST", "headers": JSON, "body": b'{"email": "ann@mail.example"}'}, 8, ["sensitive_data", "objects"]),
}


@pytest.mark.rows("D5")
def test_risk_is_the_heaviest_factor(store: Store) -> None:
    """D5: each factor alone, two together and none; every factor is explained."""
    found = analyzed(
        store, [one for at, (path, (members, *_)) in enumerate(RISKS.items()) for one in numbered(20 * at, 10, path, **members)]
    )
    assert {key[2]: (one.risk, one.risk_factors) for key, one in found.items()} == {
        path: (risk, factors) for path, (_, risk, factors) in RISKS.items()
    }
    for one in found.values():
        opened = open_endpoint(store, one.id)
        assert [(factor.name, bool(factor.why)) for factor in opened.factors] == [(name, True) for name in one.risk_factors]


@pytest.mark.rows("D5")
def test_weights_are_settings(chdb_store: Store) -> None:
    """D5: a weight changes the risk and the order, 0 switches a factor off, and how many parameters are many is a setting too."""
    items = [one for at, path in enumerate(("/both", "/few")) for one in numbered(20 * at, 10, path, **RISKS[path][0])]
    found = analyzed(chdb_store, items, Rules(weights={**WEIGHTS, "objects": 10}, many=9))
    assert {key[2]: (one.risk, one.risk_factors) for key, one in found.items()} == {
        "/both": (10, ["objects", "sensitive_data"]),
        "/few": (6, ["many_parameters"]),
    }
    take_inventory(chdb_store, Rules(weights=dict.fromkeys(WEIGHTS, 0)))
    assert {(one.risk, *one.risk_factors) for one in inventory(chdb_store).values()} == {(1,)}


@pytest.mark.rows("D5")
def test_an_open_vulnerability_is_the_highest_risk(store: Store) -> None:
    """D5: attacks that worked make their endpoint risky until somebody closes the vulnerability, and again when it is opened."""
    worked: dict[str, Any] = KINDS[1]
    save(
        store,
        [
            *numbered(0, 10, "/v1/items"),
            *numbered(10, 10, "/v1/good"),
            exchange(20, "/v1/items", **worked),
            exchange(21, "/v1/good", **KINDS[0]),
        ],
    )
    (incident,) = incidents.every_incident(store, Asked(Question()))

    def told() -> dict[Key, tuple[int, list[str]]]:
        take_inventory(store)
        return {key: (one.risk, one.risk_factors) for key, one in inventory(store).items()}

    assert told() == {GOOD: (1, []), ITEMS: (9, ["vulnerability"])}
    incidents.close(store, incident.id, "ann")
    assert told() == {GOOD: (1, []), ITEMS: (1, [])}
    incidents.reopen(store, incident.id, "ann")
    assert told()[ITEMS] == (9, ["vulnerability"])


@pytest.mark.rows("D3")
def test_coverage_of_authentication(chdb_store: Store) -> None:
    """D3: consistent from 95 of 100 requests, missing without any; only consistent authentication protects (D7)."""
    wanted = {100: "consistent", 95: "consistent", 94: "partial", 1: "partial", 0: "missing"}
    items = [
        exchange(100 * row + at, f"/v1/of{authenticated}", headers=BEARER if at < authenticated else ())
        for row, authenticated in enumerate(wanted)
        for at in range(100)
    ]
    found = analyzed(chdb_store, items)
    for authenticated, coverage in wanted.items():
        one = found[HOST, "GET", f"/v1/of{authenticated}"]
        assert (one.auth_coverage, one.auth) == (coverage, ["bearer"] if authenticated else []), authenticated
        assert one.protection == (["authentication"] if coverage == "consistent" else []), authenticated


# --- specifications (D6) -------------------------------------------------------------------------------------------------


def upload(store: Store, *operations: str, **options: Any) -> None:
    """Upload a version of the specification of HOST with some operations: `GET /v1/items`, `GET /v1/old deprecated`."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        method, path, *deprecated = one.split(" ")
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        declared = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
        members: dict[str, Any] = {"parameters": declared, "deprecated": bool(deprecated)}
        paths.setdefault(path, {})[method.lower()] = operation(**members)
    made = document(paths, servers=[{"url": f"https://{HOST}/v1"}])
    specifications.upload(store, "shop", json.dumps(made).encode(), "ann", **options)


def rogues(store: Store) -> dict[Key, tuple[str, bool]]:
    """What the analysis says of each endpoint: shadow or zombie, and whether a specification covers it."""
    take_inventory(store)
    return {key: (one.rogue, "specification" in one.protection) for key, one in inventory(store).items()}


@pytest.mark.rows("D6")
def test_shadow_zombie_and_orphan(store: Store) -> None:
    """D6: nothing is rogue without a specification; then what it lacks is a shadow, what a second version drops or retires a zombie."""
    save(store, shop())
    assert {rogue for rogue, _ in rogues(store).values()} == {""}
    upload(store, "GET /orders/{order}", "GET /items", "POST /items", "GET /unheard")
    first = rogues(store)
    assert {key for key, (rogue, _) in first.items() if rogue} == {(HOST, "POST", "/v1/login")}
    assert first[HOST, "POST", "/v1/login"] == ("shadow", False)
    assert {key for key, (_, specified) in first.items() if specified} == {key for key in ENDPOINTS if key[0] == HOST} - {
        (HOST, "POST", "/v1/login")
    }
    assert first[OTHER, "POST", "/v1/payments"] == ("", False), "no specification is for that host"
    upload(store, "GET /orders/{order}", "GET /items deprecated", "POST /login", "GET /unheard")
    assert rogues(store) == {
        (HOST, "GET", "/v1/orders/{id}"): ("", True),
        (HOST, "GET", "/v1/items"): ("zombie", True),
        (HOST, "POST", "/v1/items"): ("zombie", False),
        (HOST, "POST", "/v1/login"): ("", True),
        (OTHER, "POST", "/v1/payments"): ("", False),
    }
    assert [(one.method, one.path) for one in compared(store, "shop").orphans] == [("GET", "/unheard")]
    specifications.change(store, "shop", "ann", applications=["another"])
    orphans = {(one.method, one.path) for one in compared(store, "shop").orphans}
    assert orphans == {("GET", "/items"), ("GET", "/unheard")}, "items are seen in another application only"
    specifications.remove(store, "shop", "ann")
    assert {rogue for rogue, _ in rogues(store).values()} == {""}


@pytest.mark.rows("D6", "A1.3")
def test_what_breaks_a_specification_is_still_listed(chdb_store: Store) -> None:
    """D6, A1.3: when a specification is enforced, requests that break it are attacks, and their endpoint is a shadow nevertheless."""
    upload(chdb_store, "GET /items", enforced=True)
    found = analyzed(
        chdb_store,
        [*numbered(0, 10, "/v1/items"), *numbered(10, 10, "/v1/secret", response_headers=JSON, response_body=b'{"a": 1}')],
    )
    assert chdb_store.rows("SELECT DISTINCT type FROM findings") == [{"type": "undefined_endpoint"}]
    assert {key[2]: (one.rogue, one.requests) for key, one in found.items()} == {
        "/v1/items": ("", 10),
        "/v1/secret": ("shadow", 10),
    }
    assert found[HOST, "GET", "/v1/secret"].parameters == 1
    assert found[ITEMS].protection == ["specification", "enforcement"]
    opened = open_endpoint(chdb_store, found[HOST, "GET", "/v1/secret"].id)
    assert (opened.requests, opened.all_requests, opened.malicious, opened.violations) == (10, 10, 0, 10), "harmless in both"


QUANTITY = {"name": "quantity", "in": "query", "schema": {"type": "integer"}}
LINES = {"type": "object", "properties": {"lines": {"type": "array", "items": {"properties": {"id": {"format": "uuid"}}}}}}
UUID = "f47ac10b-58cc-4372-a567-0e02b2c3d47{}"


def types(store: Store, method: str, endpoint: str) -> dict[str, tuple[str, bool]]:
    """The parameters of an endpoint of HOST: type, and whether it is required."""
    take_inventory(store)
    opened = open_endpoint(store, inventory(store)[HOST, method, endpoint].id)
    return {one.point: (one.type, one.required) for one in opened.members}


@pytest.mark.rows("D3")
def test_what_breaks_a_specification_does_not_shape_types(chdb_store: Store) -> None:
    """D3: of few requests, one whose values an enforced specification does not allow leaves types and what is required as they are."""
    order = operation(parameters=[QUANTITY], requestBody={"content": {"application/json": {"schema": LINES}}})
    made = document({"/orders": {"post": order}}, servers=[{"url": f"https://{HOST}/v1"}])
    specifications.upload(chdb_store, "shop", json.dumps(made).encode(), "ann", enforced=True)

    def bought(number: int, quantity: str, line: str) -> Exchange:
        body = json.dumps({"lines": [{"id": UUID.format(0)}, {"id": line}]}).encode()
        return exchange(number, "/v1/orders", method="POST", query=f"quantity={quantity}", headers=JSON, body=body)

    save(chdb_store, [*(bought(at, str(at), UUID.format(at)) for at in range(9)), bought(9, "many", "a line")])
    assert {row["type"] for row in chdb_store.rows("SELECT type FROM findings")} == {"invalid_parameter"}
    found = types(chdb_store, "POST", "/v1/orders")
    assert found["request.query.quantity"] == ("int32", True)
    assert found["request.body.json.lines[*].id"] == ("uuid", True)


@pytest.mark.rows("D2", "D3")
def test_a_rare_value_does_not_change_a_type(store: Store) -> None:
    """D2, D3: a type is that of all values but fewer than one in a hundred; the settings say how many."""
    values = [*map(str, range(200)), "all"]
    save(store, [exchange(at, "/v1/good", query=f"page={value}") for at, value in enumerate(values)])
    assert types(store, "GET", "/v1/good") == {"request.query.page": ("int32", True)}
    opened = open_endpoint(store, inventory(store)[GOOD].id, Rules(share=0.001))
    assert [one.type for one in opened.members] == ["string"]


@pytest.mark.rows("D3")
def test_required_is_what_every_request_has(store: Store) -> None:
    """D3: a parameter that one request of two hundred lacks is optional; variables of the path are always required."""
    queries = ["page=1&size=2"] * 199 + ["page=1"]
    save(store, [exchange(at, f"/v1/orders/{at}", query=query) for at, query in enumerate(queries)])
    assert types(store, "GET", "/v1/orders/{id}") == {
        "request.path[2]": ("string", True),
        "request.query.page": ("int32", True),
        "request.query.size": ("int32", False),
    }
    assert inventory(store)[HOST, "GET", "/v1/orders/{id}"].parameters == 3


@pytest.mark.rows("D3")
def test_everything_was_first_seen_some_time(store: Store) -> None:
    """D3: each parameter says when it was first and last seen, also objects, lists, and variables of the path."""
    save(store, shop())
    take_inventory(store)
    for one in inventory(store).values():
        assert all(some.first_seen and some.last_seen for some in open_endpoint(store, one.id).members)


# --- changes (D9) --------------------------------------------------------------------------------------------------------


def daily(path: str, *days: int, first: int = 0, **members: Any) -> list[Exchange]:
    """Ten requests to a path on each of some days."""
    return [
        exchange(first + day * 100 + at, path, time=NOON + day * DAY + at * SECOND, **members) for day in days for at in range(10)
    ]


def changes(found: dict[Key, Any]) -> dict[str, list[str]]:
    """The changes of each endpoint."""
    return {key[2]: one.changes for key, one in found.items()}


@pytest.mark.rows("D9")
def test_changes(store: Store) -> None:
    """D9: what came lately is new, what got a parameter changed, what nobody asks for is unused and goes after 30 days."""
    found = analyzed(store, [*daily("/v1/items", 0, 1), *daily("/v1/old", 0, first=10_000)])
    assert changes(found) == {"/v1/items": [], "/v1/old": []}, "everything is as old as its host"
    later = [*daily("/v1/items", 20, query="page=1"), *daily("/v1/wishes", 20, first=20_000)]
    found = analyzed(store, later)
    assert changes(found) == {"/v1/items": [CHANGED], "/v1/old": [UNUSED], "/v1/wishes": [NEW]}
    assert {one.point: one.status for one in open_endpoint(store, found[ITEMS].id).members} == {"request.query.page": "new"}
    found = analyzed(store, daily("/v1/items", 28, query="page=1", first=30_000))
    assert changes(found) == {"/v1/items": [], "/v1/old": [UNUSED], "/v1/wishes": [UNUSED]}
    found = analyzed(store, daily("/v1/items", 31, query="page=1", first=30_000))
    assert changes(found) == {"/v1/items": [], "/v1/wishes": [UNUSED]}
    take_inventory(store, Rules(unused=30, removed=40))
    assert changes(inventory(store)) == {"/v1/items": [CHANGED], "/v1/old": [UNUSED], "/v1/wishes": [NEW]}, (
        "how long is a setting"
    )


@pytest.mark.rows("D9", "S1.6")
def test_what_the_retention_drops_is_still_known(make_dsn: Callable[[str], str]) -> None:
    """D9, S1.6: an endpoint whose days are dropped keeps when it was first and last seen, and what was known, until it goes."""
    with Store(make_dsn("chdb"), retention_days=5) as store:
        order = {"response_headers": JSON, "response_body": b'{"email": "ann@mail.example"}', "headers": BEARER}
        before = analyzed(store, [*daily("/v1/items", 0), *daily("/v1/old", 0, first=10_000, **order)])
        save(store, daily("/v1/items", 10, first=20_000))
        assert store.dropped == 20
        take_inventory(store)
        found = inventory(store)
        old = (HOST, "GET", "/v1/old")
        assert (found[ITEMS].requests, found[ITEMS].first_seen, found[ITEMS].changes) == (10, before[ITEMS].first_seen, [])
        assert found[ITEMS].last_seen == iso(NOON + 10 * DAY + 9 * SECOND)
        assert (found[old].requests, found[old].changes) == (0, [UNUSED])
        for name in ("id", "first_seen", "last_seen", "risk", "sensitive", "auth", "auth_coverage", "parameters"):
            assert getattr(found[old], name) == getattr(before[old], name)
        assert open_endpoint(store, found[old].id).all_requests == 0
        assert set(analyzed(store, daily("/v1/items", 30, first=30_000))) == {ITEMS}


# --- flows (D8) ----------------------------------------------------------------------------------------------------------


@pytest.mark.rows("D8")
def test_flows_by_words_and_by_hand(store: Store) -> None:
    """D8: words tell flows; those given by hand hold for stored requests, their sessions, later analyses and new traffic."""
    found = analyzed(store, shop())
    assert {key[2]: one.flows for key, one in found.items() if one.flows} == {"/v1/login": ["Auth"], "/v1/payments": ["Billing"]}
    given = give_flows(store, found[ITEMS].id, ["SMS GW", "Admin"], "ann")
    assert given.flows == ["Admin", "SMS GW"]
    give_flows(store, found[HOST, "POST", "/v1/login"].id, [], "ann")
    save(store, [exchange(900, "/v1/items"), exchange(901, "/v1/login", method="POST"), exchange(902, "/v1/items", host=OTHER)])
    take_inventory(store)
    assert {key: one.flows for key, one in inventory(store).items() if one.flows} == {
        ITEMS: ["Admin", "SMS GW"],
        (OTHER, "POST", "/v1/payments"): ["Billing"],
    }
    asked = store.rows(
        "SELECT DISTINCT host, method, endpoint, arraySort(CAST(flows, 'Array(String)')) AS flows FROM requests WHERE notEmpty(flows)"
    )
    assert {(row["host"], row["method"], row["endpoint"]): row["flows"] for row in asked} == {
        ITEMS: ["Admin", "SMS GW"],
        (OTHER, "POST", "/v1/payments"): ["Billing"],
    }
    sessions = list(every_session(store, Question(text.parse("flow:Admin"))))
    assert sum(one.requests for one in sessions) == 31
    assert {flow for one in sessions for flow in one.flows} >= {"Admin", "SMS GW"}
    assert session.open_session(store, Question(), sessions[0].id).id == sessions[0].id


@pytest.mark.rows("D2")
def test_an_api_of_the_own_machine_is_listed_where_there_is_no_other(chdb_store: Store) -> None:
    """D2: loopback hosts are noise beside others; where there is nothing else, they are what somebody looks at."""
    assert {key[0] for key in analyzed(chdb_store, numbered(0, 3, "/notes/{}", host="localhost:3000"))} == {"localhost:3000"}
    assert {key[0] for key in analyzed(chdb_store, numbered(10, 3, "/notes/{}"))} == {HOST}


@pytest.mark.rows("D1")
def test_a_log_that_tells_no_host_has_an_inventory(chdb_store: Store) -> None:
    """D1: the endpoints of a plain access log, which names no host, are listed, opened and found by their filter."""
    found = analyzed(chdb_store, numbered(0, 3, "/v1/orders/{}", host=""))
    assert set(found) == {("", "GET", "/v1/orders/{id}")}
    opened = open_endpoint(chdb_store, found["", "GET", "/v1/orders/{id}"].id)
    assert (opened.host, opened.all_requests) == ("", 3)
