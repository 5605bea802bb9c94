"""Terms become SQL whose values are bound: nothing in a value changes what is asked, in each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apitrail.explore.requests import count_requests
from apitrail.model import fields
from apitrail.model.exchange import Exchange
from apitrail.model.fields import CATALOGUE, Field
from apitrail.query.sql import Values, where
from apitrail.query.text import parse, quote
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from engines import ENGINES
from explore.plain import like
from traffic import DAY, NOON, save

HOSTILE = (
    "'", "''", '"', "\\", "\\'", "';--", "' OR '1'='1", "') OR 1=1 --", "{v0:String}", "{v1:Int64}", "%", "_", "%s", "\\%", "\\_", "`x`",
    "/* */", "--", ";", "😀", "\u202e", "a\u0300", "\t", "\n", "\r\n", "a\x07b", "$(x)", "%(v0)s", ":v0", "@x", "?", "Straße", "\ufeff", "plain",
)  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def hostile(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[Store]:
    """A store with one request for each hostile value, in its path and user, each a session of its own."""
    with Store(make_dsn(request.param), retention_days=0) as store:
        save(store, [_request(n, value) for n, value in enumerate(HOSTILE)])
        yield store


def _request(number: int, value: str) -> Exchange:
    return Exchange(id=f"{number}", time=NOON + number, method="GET", path=value, user=value, client_ip=f"203.0.113.{number}")


def count(store: Store, text: str) -> int:
    """How many requests a filter leaves."""
    return count_requests(store, Question(parse(text)))


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("word", ["path", "user"])
def test_a_hostile_value_finds_itself_and_nothing_else(hostile: Store, word: str, value: str) -> None:
    """An exact filter has the meaning of ==, whatever is in the value; excluded, it leaves the others."""
    assert count(hostile, f"{word}:{quote(value)}") == 1
    assert count(hostile, f"-{word}:{quote(value)}") == len(HOSTILE) - 1


@pytest.mark.parametrize("value", [value for value in HOSTILE if not set(value) & set(' \t\r\n",*')])
def test_a_pattern_has_stars_and_nothing_else(hostile: Store, value: str) -> None:
    """In a pattern only the star stands for something; percent, underscore and backslash are themselves."""
    fits = like(f"*{value}*")
    assert count(hostile, f"path:*{value}*") == sum(fits(other) for other in HOSTILE)


@settings(max_examples=60)
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=12), negated=st.booleans())
@example(value="{v0:String}", negated=True)
def test_any_value_is_compared_as_it_is(hostile: Store, value: str, negated: bool) -> None:
    """Over arbitrary text the engine finds what plain Python finds."""
    same = sum(other == value for other in HOSTILE)
    assert count(hostile, f"{'-' * negated}path:{quote(value)}") == (len(HOSTILE) - same if negated else same)


@pytest.mark.parametrize("field", CATALOGUE, ids=lambda field: field.word)
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_example_of_each_field_runs(hostile: Store, field: Field, sign: str) -> None:
    """Every field of the catalogue, as a value and as `*`, is SQL that the engine takes; both halves make the whole."""
    for value in (field.example, "*"):
        assert count(hostile, f"{field.word}:{value}") + count(hostile, f"-{field.word}:{value}") == len(HOSTILE)


@pytest.mark.parametrize("field", CATALOGUE, ids=lambda field: field.word)
def test_no_value_is_printed_into_the_sql(field: Field) -> None:
    """The text of the statement holds no part of a value, only placeholders."""
    values = Values()
    sql = where(parse(f"{field.word}:{field.example}"), Interval(NOON, NOON + DAY), values)
    assert len(values.bound) >= 5
    if field.kind in (fields.TEXT, fields.WORDS, fields.ADDRESS):
        assert field.example.strip("*") not in sql
    assert str(NOON) not in sql


def test_the_same_terms_give_the_same_sql() -> None:
    """The golden form of a condition: day and time of the interval, then each term, values bound in order."""
    values = Values()
    sql = where(parse('host:*.example -status:5xx,404 user:"bob" ip:10.0.0.0/8 login'), Interval(NOON, NOON + DAY), values)
    assert sql == (
        "day >= toDate({v0:Int32}) AND time >= fromUnixTimestamp64Micro({v1:Int64})"
        " AND day <= toDate({v2:Int32}) AND time < fromUnixTimestamp64Micro({v3:Int64})"
        " AND (host ILIKE {v4:String})"
        " AND NOT (ifNull(status >= {v5:Float64} AND status <= {v6:Float64}, 0) OR ifNull(status = {v7:Float64}, 0))"
        " AND (session_id IN (SELECT session_id FROM requests WHERE day >= toDate({v9:Int32}) AND day <= toDate({v10:Int32})"
        " AND (user = {v8:String})))"
        f" AND ({ADDRESS})"
        " AND ((endpoint ILIKE {v12:String} OR path ILIKE {v13:String}))"
    )
    bound: list[Any] = list(values.bound.values())
    assert bound == [
        20593,
        NOON,
        20594,
        NOON + DAY,
        "%.example",
        500,
        599,
        404,
        "bob",
        20593,
        20594,
        "10.0.0.0/8",
        "%login%",
        "%login%",
    ]


VALID = "(isIPv4String(ip) OR isIPv6String(ip))"
ADDRESS = f"({VALID} AND isIPAddressInRange(if({VALID}, toString(ip), '::'), {{v11:String}}))"


@pytest.mark.parametrize("ip", ["testclient", "unix:", "1.2.3.4:80", "fe80::1%eth0"])
def test_an_address_that_is_none_does_not_break_a_network_filter(hostile: Store, ip: str) -> None:
    """A stored client that is no address is in no network; asking is not an error."""
    save(hostile, [Exchange(id=f"ip {ip}", time=NOON, method="GET", path="none", client_ip=ip)], check=True)
    assert count(hostile, "path:none ip:0.0.0.0/0") == 0
    assert count(hostile, "path:none ip:::/0") == 0
    hostile._connections.command("ALTER TABLE requests DELETE WHERE path = 'none' SETTINGS mutations_sync = 2")


def test_a_shown_duration_finds_its_request(hostile: Store) -> None:
    """A duration is compared as it is shown, to the microsecond, not as the nearest binary fraction."""
    save(hostile, [Exchange(id="d", time=NOON, method="GET", path="slow", duration_ms=12.3)], check=True)
    for text in ("duration_ms:12.3", "duration_ms:<=12.3", "duration_ms:>=12.3", "duration_ms:12.3..12.3"):
        assert count(hostile, f"path:slow {text}") == 1, text
    hostile._connections.command("ALTER TABLE requests DELETE WHERE path = 'slow' SETTINGS mutations_sync = 2")
