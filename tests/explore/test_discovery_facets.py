"""Dropdowns over endpoints, their order by host, and their names: what a plain computation says."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from apitrail.analyze.endpoints import SCHEMA
from apitrail.errors import BadQuestion
from apitrail.explore.discovery.facets import LEVELS, WORDS, facet
from apitrail.explore.discovery.listing import hosts_of, list_endpoints
from apitrail.explore.discovery.naming import named
from apitrail.explore.discovery.risk import level
from apitrail.model.fields import field_named
from apitrail.query import text
from apitrail.query.tree import Question
from apitrail.store import Store

SEEN = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
ROWS = 300
COLUMNS = {"flow": "flows", "change": "changes", "application": "applications"}
"""The columns of fields that are not called like them."""


def made(chance: random.Random, number: int) -> dict[str, Any]:
    """An endpoint with random properties."""
    some = lambda values: sorted(chance.sample(values, chance.randrange(len(values))))  # noqa: E731
    return {
        "id": f"{number:016x}", "host": chance.choice(("api.example", "pay.example", "<b>.example")),
        "method": chance.choice(("GET", "POST")), "endpoint": f"/v1/{number}/{{id}}", "protocol": chance.choice(("rest", "graphql")),
        "applications": some(["shop", "office 'x'"]), "requests": chance.randrange(50), "first_seen": SEEN, "last_seen": SEEN,
        "flows": some(["Auth", "Billing", "Admin"]), "auth": some(["jwt", "cookie"]),
        "coverage": chance.choice(("consistent", "partial", "missing")), "sensitive": some(["card", "email", "iban"]),
        "risk": chance.randrange(1, 11), "factors": some(["upload", "objects"]), "rogue": chance.choice(("", "shadow", "zombie")),
        "changes": some(["new", "changed", "unused"]), "protection": some(["authentication", "specification"]), "parameters": [],
        "p50_ms": None, "p95_ms": None, "p50_bytes": None, "p95_bytes": None,
    }  # fmt: skip


@pytest.fixture(scope="module")
def chdb_store(make_dsn: Callable[[str], str]) -> Iterator[Store]:
    """One store for all these tests, which only ask."""
    with Store(make_dsn("chdb"), retention_days=0) as opened:
        yield opened


@pytest.fixture(scope="module")
def rows(chdb_store: Store) -> list[dict[str, Any]]:
    """The endpoints of an inventory that a store has."""
    chance = random.Random(5)
    found = [made(chance, number) for number in range(ROWS)]
    chdb_store.replace_endpoints(pa.Table.from_pylist(found, schema=SCHEMA))
    return found


def values(row: dict[str, Any], word: str) -> list[str]:
    """The values of a field of an endpoint, as a dropdown has them."""
    if word == "risk":
        return [LEVELS[level(row["risk"])]]
    value = row[COLUMNS.get(word, word)]
    return value if isinstance(value, list) else [value] if value else []


@pytest.mark.parametrize("word", WORDS)
def test_values_are_counted_under_the_other_filters(chdb_store: Store, rows: list[dict[str, Any]], word: str) -> None:
    """A field's own filter does not narrow its own dropdown; every other one does."""
    question = Question(text.parse("coverage:partial,missing method:GET risk:>=3 host:*.example"))
    conditions = {
        "coverage": lambda row: row["coverage"] != "consistent",
        "method": lambda row: row["method"] == "GET",
        "risk": lambda row: row["risk"] >= 3,
    }
    asked = [row for row in rows if all(holds(row) for name, holds in conditions.items() if name != word)]
    wanted = Counter(value for row in asked for value in values(row, word))
    found = facet(chdb_store, question, field_named(word))
    assert {one.value: one.requests for one in found.values} == dict(wanted)
    assert found.distinct == len(wanted)
    assert [one.requests for one in found.values] == sorted(wanted.values(), reverse=True)


def test_values_are_searched_and_limited(chdb_store: Store, rows: list[dict[str, Any]]) -> None:
    """A dropdown has the values that contain some text, the most frequent ones, and knows how many there are."""
    assert [one.value for one in facet(chdb_store, Question(), field_named("host"), search="<B").values] == ["<b>.example"]
    found = facet(chdb_store, Question(), field_named("host"), limit=1)
    assert (len(found.values), found.distinct) == (1, 3)
    with pytest.raises(BadQuestion, match="no dropdown over endpoints"):
        facet(chdb_store, Question(), field_named("user"))


def test_every_level_of_risk_is_a_filter(chdb_store: Store, rows: list[dict[str, Any]]) -> None:
    """The value of a level chooses the endpoints of that level."""
    for name, chosen in LEVELS.items():
        found = list_endpoints(chdb_store, Question(text.parse(f"risk:{chosen}")), limit=1)
        assert found.total == sum(level(row["risk"]) == name for row in rows)


def test_endpoints_by_host(chdb_store: Store, rows: list[dict[str, Any]]) -> None:
    """By host the busiest host comes first, sorted within it, on page after page; the hosts have the sums of their endpoints."""
    busy = Counter[str]()
    for row in rows:
        busy[row["host"]] += row["requests"]
    hosts = [host for host, _ in busy.most_common()]
    wanted = sorted(rows, key=lambda row: (hosts.index(row["host"]), -row["risk"], row["endpoint"]))
    found: list[str] = []
    cursor = ""
    while cursor is not None:
        page = list_endpoints(chdb_store, Question(), sort="-risk", limit=70, cursor=cursor, by_host=True)
        found += [one.endpoint for one in page.items]
        cursor = page.next_cursor
    assert found == [row["endpoint"] for row in wanted]
    assert [(one.host, one.requests) for one in hosts_of(chdb_store, Question())] == busy.most_common()


def test_names_of_endpoints(chdb_store: Store, rows: list[dict[str, Any]]) -> None:
    """Hosts and templates lead to endpoints; what the inventory does not have leads nowhere, nor does a host of another one."""
    one, other = rows[0], next(row for row in rows if row["host"] != rows[0]["host"])
    places = [(one["host"], one["endpoint"]), (one["host"], other["endpoint"]), ("", "/x"), ("nobody.example", "/x")]
    found = named(chdb_store, places)
    assert {place: [name.id for name in some] for place, some in found.items()} == {places[0]: [one["id"]]}
    assert named(chdb_store, []) == {}
