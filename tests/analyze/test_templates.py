"""Learning from the store: requests, findings and the inventory move to what was learned, and their counts add up (D1)."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from analyze.made_apis import word
from apitrail.analyze.templates import learn_templates
from apitrail.configure import learned
from apitrail.configure.recipes import recipe
from apitrail.errors import BrokenMachine
from apitrail.inspect.rows import Inspector
from apitrail.model.exchange import Exchange, Verdict
from apitrail.store import Store
from traffic import DAY, NOON, SECOND, agree, save

pytestmark = pytest.mark.rows("D1")

HOST, OTHER = "api.shop.example", "other.example"
JSON = (("content-type", "application/json"),)


def exchange(number: int, path: str, **members: Any) -> Exchange:
    """A request to a path, answered well unless it says otherwise."""
    members = {"host": HOST, "method": "GET", "status": 200, "time": NOON + number * SECOND, **members}
    return Exchange(id=f"e{number:05d}", path=path, client_ip=f"203.0.113.{number % 9}", **members)


def people(count: int = 120, *, first: int = 0) -> list[Exchange]:
    """Requests to `/people/NAME` and around it over three days: good ones, failed ones, and attacks."""
    chance = random.Random(first)
    items = []
    for number in range(first, first + count):
        path = f"/people/{word(chance)}{chance.choice(('', '', '/notes', '/notes/7'))}"
        members: dict[str, Any] = {"duration_ms": 5.0 + number % 7, "response_bytes": 100, "query": "page=2"}
        members["time"] = NOON + number % 3 * DAY + number * SECOND
        if number % 5 == 0:
            members |= {"method": "POST", "body": b'{"age": 7}', "headers": JSON}
        if number % 11 == 0:
            members["status"] = 404
        if number % 17 == 0:
            members["verdicts"] = (Verdict("sqli", "942100", "found", "request.query", "x' or 1"),)
        items.append(exchange(number, path, **members))
    return [
        *items,
        *(exchange(first + count + at, "/people/me") for at in range(6)),
        exchange(first + count + 6, "/people/ann", host=OTHER),
        exchange(first + count + 7, "/graphql", method="POST", headers=JSON, body=b'{"query":"mutation { login(a:1) { id } }"}'),
    ]


def endpoints(store: Store, table: str) -> Counter[tuple[str, str]]:
    """How many rows of a table each endpoint has."""
    rows = store.rows(f"SELECT host, endpoint, count() AS n FROM {table} GROUP BY host, endpoint")
    return Counter({(row["host"], row["endpoint"]): row["n"] for row in rows})


_INVENTORY = """SELECT toString(day) AS day, host, method, endpoint, sum(requests) AS n, sum(timed) AS timed, sum(sized) AS sized,
  toUnixTimestamp(min(start)) AS first, toUnixTimestamp(max(end)) AS last, sumMap(seen) AS seen, sumMap(auth) AS auth,
  sumMap(media) AS media FROM inventory GROUP BY day, host, method, endpoint"""
_REQUESTS = """SELECT toString(day) AS day, host, method, endpoint, toUnixTimestamp(time) AS at, duration_ms IS NOT NULL AS timed,
  response_bytes IS NOT NULL AS sized, described, auth, media FROM requests
  WHERE (status = 0 OR status BETWEEN 200 AND 299) AND empty(attack_types) AND method NOT IN ('HEAD', 'OPTIONS') AND protocol != 'web'"""


def kept(store: Store) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """The inventory as the store has it."""
    return {
        (row["day"], row["host"], row["method"], row["endpoint"]): (
            row["n"], row["timed"], row["sized"], row["first"], row["last"], *(_counted(row[name]) for name in ("seen", "auth", "media"))
        )
        for row in store.rows(_INVENTORY)
    }  # fmt: skip


def _counted(pair: Any) -> dict[str, int]:
    words, counts = pair.values() if isinstance(pair, dict) else pair
    return dict(zip(words, counts, strict=True))


def computed(store: Store) -> dict[tuple[str, ...], tuple[Any, ...]]:
    """The same by a plain computation over the good requests."""
    groups: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in store.rows(_REQUESTS):
        groups[row["day"], row["host"], row["method"], row["endpoint"]].append(row)
    return {
        key: (
            len(rows), sum(row["timed"] for row in rows), sum(row["sized"] for row in rows), min(row["at"] for row in rows),
            max(row["at"] for row in rows), dict(Counter(said for row in rows for said in row["described"])),
            dict(Counter(kind for row in rows for kind in row["auth"])), dict(Counter(row["media"] for row in rows if row["media"])),
        )
        for key, rows in groups.items()
    }  # fmt: skip


ENDPOINTS = {"/people/{name}", "/people/{name}/notes", "/people/{name}/notes/{id}", "/people/me", "/graphql#mutation login"}
"""The endpoints of HOST when all moved."""


def moved_well(store: Store, requests: int, findings: int, *, elsewhere: int = 1) -> None:
    """Everything is at its learned template, nothing is lost, and every rollup says what the requests say."""
    by_request, by_finding = endpoints(store, "requests"), endpoints(store, "findings")
    assert {endpoint for host, endpoint in by_request if host == HOST} == ENDPOINTS
    assert {endpoint for _, endpoint in by_finding} <= ENDPOINTS
    assert by_request[OTHER, "/people/ann"] == elsewhere
    assert (by_request.total(), by_finding.total()) == (requests, findings)
    assert kept(store) == computed(store)
    assert agree(store)


def test_stored_requests_move_to_what_was_learned(store: Store) -> None:
    """Requests, findings and inventory stored before have the learned template; counts add up before and after; other hosts stay."""
    items = people()
    save(store, items)
    findings = endpoints(store, "findings").total()
    assert findings > 5
    assert kept(store) == computed(store)
    assert learn_templates(store) > 20
    moved_well(store, len(items), findings)


def test_a_second_analysis_moves_nothing(store: Store) -> None:
    """What was learned and moved is neither learned nor moved again, and the log of records has it once."""
    save(store, people())
    learn_templates(store)
    before = kept(store)
    assert learn_templates(store) == 0
    assert kept(store) == before
    assert len(store.records.history(learned.KIND)) == 1


def test_new_traffic_has_the_template_from_the_recipe(chdb_store: Store) -> None:
    """What comes after learning, in any process with the recipe of the store, has the learned template at once."""
    save(chdb_store, people())
    learn_templates(chdb_store)
    rows = Inspector(recipe(chdb_store)).rows([exchange(9000, "/people/nobody/notes"), exchange(9001, "/people/me")])
    assert rows["endpoint"].to_pylist() == ["/people/{name}/notes", "/people/me"]
    save(chdb_store, people(60, first=10_000))
    assert kept(chdb_store) == computed(chdb_store)
    assert learn_templates(chdb_store) == 0


def test_what_another_process_stored_under_an_older_recipe_follows(chdb_store: Store) -> None:
    """Rows that were read before learning and stored after it move with the next analysis, failed ones and attacks as well."""
    items = people()
    late = Inspector(recipe(chdb_store)).rows(people(60, first=20_000))
    save(chdb_store, items)
    learn_templates(chdb_store)
    chdb_store.write(late)
    assert learn_templates(chdb_store) > 10
    moved_well(chdb_store, len(items) + len(late), endpoints(chdb_store, "findings").total(), elsewhere=2)
    assert learn_templates(chdb_store) == 0


@pytest.mark.parametrize(
    "broken", ["INSERT INTO moves", "TRUNCATE TABLE moves", "ALTER TABLE requests", "ALTER TABLE findings", "INSERT INTO inventory",
               "ALTER TABLE inventory"]
)  # fmt: skip
def test_a_crash_within_the_move_is_mended(chdb_dsn: str, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """Wherever the machine stops while rows move, the store that is opened again counts right, and the next analysis moves the rest."""
    with Store(chdb_dsn, retention_days=0) as store:
        items = people()
        save(store, items)
        findings = endpoints(store, "findings").total()
        connections = store._connections
        for name in ("command", "insert"):
            monkeypatch.setattr(connections, name, _stops_at(broken, name, getattr(connections, name)))
        with pytest.raises(BrokenMachine):
            learn_templates(store)
    with Store(chdb_dsn, retention_days=0) as store:
        assert kept(store) == computed(store)
        learn_templates(store)
        moved_well(store, len(items), findings)
        assert learn_templates(store) == 0


def _stops_at(broken: str, name: str, does: Any) -> Any:
    def stops(first: str, *rest: Any) -> None:
        if (f"INSERT INTO {first}" if name == "insert" else first).startswith(broken):
            raise BrokenMachine("the machine stops")
        does(first, *rest)

    return stops


def test_analysis_while_history_is_loaded(chdb_store: Store) -> None:
    """Within a load, when the engine merges nothing, rows move too, and the load goes on."""
    items = people()
    with chdb_store.load("history"):
        save(chdb_store, items[:90])
        assert learn_templates(chdb_store) > 20
        save(chdb_store, items[90:])
    findings = endpoints(chdb_store, "findings").total()
    assert learn_templates(chdb_store) == 0
    moved_well(chdb_store, len(items), findings)


def test_what_failed_teaches_nothing(chdb_store: Store) -> None:
    """Requests that were not answered well, of which a scanner sends many, add no template and move nowhere."""
    save(chdb_store, [exchange(at, f"/people/{word(random.Random(at))}{at}", status=404) for at in range(400)])
    assert learn_templates(chdb_store) == 0
    assert learned.places(chdb_store) == {}


def test_an_empty_store_has_nothing_to_learn(store: Store) -> None:
    """Nothing stored, nothing learned."""
    assert learn_templates(store) == 0
