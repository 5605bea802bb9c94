"""SQL, NoSQL and LDAP injection: each signature's own proof, disguises that do not help, and time that grows with the text only."""

from __future__ import annotations

import json
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.families import ldap, nosql, sql
from apitrail.inspect.attacks.families.sql_tokens import TOKENS, shape
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.model.finding import Finding
from apitrail.sources import ndjson
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

SIGNATURES = (*sql.SIGNATURES, *nosql.SIGNATURES, *ldap.SIGNATURES)
PLACES = ("query", "json", "form")
HOSTILE = (
    "'",
    '"',
    "/*",
    "or 1=1 ",
    "' or ",
    "';",
    "((",
    "*)(",
    "--",
    "union select ",
    ";select ",
    "sleep(",
    "xor'",
    '{"$ne":',
    "' --\n",
)


def found(text: str, place: str = "query", *, as_name: bool = False) -> tuple[Finding, ...]:
    """The findings of a request that has the text in this place."""
    name, value = (text, "1") if as_name else ("q", text)
    request = {"method": "GET", "url": "/search", "headers": [["Host", "api.example.com"]], "body": ""}
    if place == "query":
        request["url"] = f"/search?{quote_plus(name)}={quote_plus(value)}"
    else:
        kind = "application/json" if place == "json" else "application/x-www-form-urlencoded"
        body = json.dumps({name: value}) if place == "json" else urlencode({name: value})
        request |= {"method": "POST", "headers": [["Host", "api.example.com"], ["Content-Type", kind]], "body": body}
    exchange = ndjson.NDJSON.start(())(json.dumps({"id": "1", **request}))
    return findings(Reading(exchange, read_headers(exchange.headers)))


def types(text: str, place: str = "query", *, as_name: bool = False) -> set[str]:
    """The types of attack that are found."""
    return {finding.type for finding in found(text, place, as_name=as_name)}


def _proofs(kind: str) -> list[pytest.param]:
    return [
        pytest.param(signature, text, id=f"{signature.rule}: {text[:40]!r}")
        for signature in SIGNATURES
        for text in getattr(signature, kind)
    ]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("signature", "text"), _proofs("fires"))
def test_each_signature_is_found_in_each_place(signature: Signature, text: str, place: str) -> None:
    """As the type it names, in a query parameter, a member of JSON and a field of a form."""
    if signature.rule == "sql-statement" and place == "json":
        pytest.skip("a body of JSON may carry a query on purpose; only telling ones are found there")
    assert signature.type in types(text, place, as_name=signature.rule == "nosql-name")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("signature", "text"), _proofs("silent"))
def test_ordinary_texts_are_no_attack(signature: Signature, text: str, place: str) -> None:
    """Nothing of these families is found in what people and programs write."""
    assert not types(text, place, as_name=signature.rule == "nosql-name") & {"sqli", "nosqli", "ldapi"}


def test_each_signature_proves_itself_twice_both_ways() -> None:
    """Two texts that fire and two that stay silent at least, and a rule of its own."""
    assert all(len(signature.fires) >= 2 and len(signature.silent) >= 2 for signature in SIGNATURES)
    assert len({signature.rule for signature in SIGNATURES}) == len(SIGNATURES)


ATTACKS = (
    ("z'", "or", "'k'", "=", "'k"),
    ("z'", "union", "all", "select", "null", ",", "pass", "from", "staff", "--"),
    ("8", "and", "9", "=", "9"),
    ("8", ";", "drop", "table", "visits"),
    ('z"', ")", "or", "sleep", "(", "9", ")", "#"),
    ("-1", "union", "select", "@@version"),
    ("z'", "and", "(", "select", "count", "(", "*", ")", "from", "staff", ")", ">", "3", "--"),
)
GAPS = st.sampled_from((" ", "\t", "\n", "  ", "/**/", "/*x*/", " /* y z */ ", "\x0b", "\xa0", "\r\n"))


@given(st.sampled_from(ATTACKS), st.data())
def test_spaces_comments_and_case_hide_nothing(attack: tuple[str, ...], data: st.DataObject) -> None:
    """Whatever stands between the words, and however they are written, an attack stays one."""
    text = ""
    for word in attack:
        upper = data.draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
        text += "".join(sign.upper() if up else sign for sign, up in zip(word, upper, strict=True)) if word[-1:] != "'" else word
        text += data.draw(GAPS) if word not in {"sleep", "count"} else ""
    assert "sqli" in types(text)


@given(st.text(max_size=300))
def test_a_shape_never_fails_and_stays_short(text: str) -> None:
    """Any text has a shape of a bounded length."""
    assert len(shape(text).letters) <= TOKENS


@given(st.text(alphabet="'\"`()*;#-/=,0aor \n|&$[]{}\\", max_size=120))
def test_signs_in_any_order_are_read(text: str) -> None:
    """No mixture of signs makes the detection fail."""
    found(text)


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_texts_take_time_by_their_length(unit: str) -> None:
    """64 KB of what starts checks is looked at within a bound."""
    text = (unit * 65_536)[:65_536]
    found(text[:1000])
    assert cost(lambda: found(text), below=2) < 2


@pytest.mark.parametrize(
    "text",
    [
        "It's a good idea to select the best offer from the union of both lists, or 1 of them.",
        "Don't write `SELECT * FROM users WHERE id = 5 AND name = 'x'` without an index.",
        "```sql\nSELECT a, b FROM t WHERE a = 'x' OR b = 'y';\nDELETE FROM t WHERE a = 1;\n```\nThis is how you clean the table up.",
        'if (a === "x" && b !== "y") { return true; }',
        "O'Brien or 1",
        "rock 'n' roll and blues; create your own list",
        'query Shop($first: Int) { products(first: $first, filter: {name: "x"}) { edges { node { id } } } }',
        "Price is < 5 and > 3; that's it.",
        "print('a' + 'b'); x = y or z",
        "f(x)(y) = *ptr & (mask | 1)",
    ],
)
def test_people_and_programs_may_speak_of_queries(text: str) -> None:
    """Prose with apostrophes, documentation with statements, code and GraphQL are no injection."""
    assert [types(text, place) & {"sqli", "nosqli", "ldapi"} for place in ("json", "form")] == [set(), set()]
