"""Terms become SQL whose values are bound: nothing in a value changes what is asked, in each engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.explore.requests import count_requests
from apitrail.model import fields
from apitrail.model.exchange import Exchange
from apitrail.model.fields import CATALOGUE, Field
from apitrail.query.sql import BOTS, FINDINGS, REQUESTS, Values, counts, having, where
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


OF_ATTACKS = [field for field in CATALOGUE if field.scope == fields.METRIC]
OF_REQUESTS = [field for field in CATALOGUE if field.scope != fields.METRIC]


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


@pytest.mark.parametrize("field", OF_REQUESTS, ids=lambda field: field.word)
@pytest.mark.parametrize("sign", ["", "-"])
def test_the_example_of_each_field_runs(hostile: Store, field: Field, sign: str) -> None:
    """Every field of the catalogue, as a value and as `*`, is SQL that the engine takes; both halves make the whole."""
    for value in (field.example, "*"):
        assert count(hostile, f"{field.word}:{value}") + count(hostile, f"-{field.word}:{value}") == len(HOSTILE)


@pytest.mark.parametrize("table", [REQUESTS, FINDINGS])
@pytest.mark.parametrize("field", OF_REQUESTS, ids=lambda field: field.word)
def test_no_value_is_printed_into_the_sql(field: Field, table: str) -> None:
    """The text of the statement holds no part of a value, only placeholders."""
    values = Values()
    sql = where(parse(f"{field.word}:{field.example}"), Interval(NOON, NOON + DAY), values, table=table)
    assert len(values.bound) >= 4 + (field.example != "*")
    sql = sql.replace(FINDINGS, "").replace(BOTS, "")
    if field.kind in (fields.TEXT, fields.WORDS, fields.ADDRESS) and field.example != "*":
        assert field.example.strip("*") not in sql
    assert str(NOON) not in sql


@pytest.mark.parametrize("field", OF_ATTACKS, ids=lambda field: field.word)
def test_what_attacks_add_up_to_is_no_filter_of_requests(hostile: Store, field: Field) -> None:
    """A filter that counts is refused where single requests or findings are chosen, also among alternatives; nothing is dropped."""
    for text in (f"{field.word}:{field.example}", f"-{field.word}:{field.example}", f"({field.word}:1 OR {field.word}:2)"):
        with pytest.raises(BadQuestion, match="counts what an attack has"):
            count(hostile, text)
        with pytest.raises(BadQuestion, match="counts what an attack has"):
            where(parse(text), Interval(), Values(), table=FINDINGS)


@pytest.mark.parametrize("field", OF_ATTACKS, ids=lambda field: field.word)
def test_what_attacks_add_up_to_is_a_condition_on_groups(field: Field) -> None:
    """The golden form of a filter that counts: the name of the measure, the number bound."""
    values = Values()
    assert having(parse(f"{field.word}:>100 -{field.word}:7"), values) == (
        f"(ifNull({field.word} > {{v0:Float64}}, 0)) AND NOT (ifNull({field.word} = {{v1:Float64}}, 0))"
    )
    assert list(values.bound.values()) == [100, 7]


@pytest.mark.parametrize(
    ("text", "counting"),
    [("requests:>1", True), ("attack:sqli", False), ("(requests:>1 OR -(ips:2 users:3))", True), ("(attack:a OR host:b)", False)],
)
def test_a_term_counts_or_does_not(text: str, counting: bool) -> None:
    """Whether a term is about what an attack adds up to is known through all levels of parentheses."""
    assert counts(parse(text)[0]) is counting


@pytest.mark.parametrize(
    "text", ["(requests:>1 OR attack:sqli)", "-(requests:>1 attack:sqli)", "(host:a OR (host:b requests:1))"]
)
def test_counts_and_properties_are_no_alternatives(text: str) -> None:
    """What an attack adds up to and what its findings are cannot stand in the same parentheses: the message says so."""
    with pytest.raises(BadQuestion, match="cannot be alternatives"):
        counts(parse(text)[0])


def test_what_was_found_chooses_requests_and_findings() -> None:
    """The golden form of a filter on findings: a row of its own there, the requests that have such a row elsewhere."""
    values, terms = Values(), parse("subtype:union")
    assert where(terms, Interval(), values, table=FINDINGS) == "(subtype = {v0:String})"
    assert where(terms, Interval(NOON, None), values) == (
        "day >= toDate({v1:Int32}) AND time >= fromUnixTimestamp64Micro({v2:Int64})"
        f" AND ((session_id, request_id) IN (SELECT session_id, request_id FROM {FINDINGS} WHERE"
        " day >= toDate({v4:Int32}) AND time >= fromUnixTimestamp64Micro({v5:Int64}) AND (subtype = {v3:String})))"
    )


@pytest.mark.parametrize(
    ("text", "test"),
    [
        ("(path:plain OR path:%)", lambda value: value in ("plain", "%")),
        ("-(path:plain OR path:%)", lambda value: value not in ("plain", "%")),
        ("(path:*a* -path:plain)", lambda value: "a" in value and value != "plain"),
        ("(path:*a* (path:plain OR -(path:*tra*)))", lambda value: "a" in value and "tra" not in value),
        ("path:plain OR user:%", lambda value: value in ("plain", "%")),
        ("ip:203.0.113.0/30 (path:* OR user:*)", lambda value: HOSTILE.index(value) < 4),
    ],
)
def test_parentheses_mean_what_they_say(hostile: Store, text: str, test: Callable[[str], bool]) -> None:
    """AND, OR and NOT in any depth, also over whole sessions, choose what plain Python chooses."""
    assert count(hostile, text) == sum(map(test, map(str.lower, HOSTILE) if "*a*" in text else HOSTILE))


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
