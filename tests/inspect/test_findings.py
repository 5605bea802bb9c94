"""What is kept of attacks: our own findings and those of other engines, secrets masked, evidence beside them (A1.4, A3.1)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.attacks.detecting import detect
from apitrail.inspect.findings import Finder
from apitrail.inspect.headers import read_headers
from apitrail.inspect.hiding import hiding
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.rows import Inspector, Recipe
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.finding import Finding
from apitrail.model.ignoring import IgnoreRule
from attacking import DATABASE_ERROR, KINDS, attacked
from traffic import NOON

SECRET = b"k" * 32
PLANTED = "PLANTED-5ecret-9f27"
FINDER = Finder(hiding(()))
SQLI = "1' OR '1'='1"


def row(*, rules: tuple[IgnoreRule, ...] = (), **members: Any) -> dict[str, Any]:
    """The row of one exchange under ignore rules."""
    exchange = Exchange(**{"method": "GET", "path": "/v1/items", "time": NOON, "id": "r", "host": "shop.example", **members})
    return dict(Inspector(Recipe(SECRET, ignored=rules)).rows([exchange]).to_pylist()[0])


def findings(found: dict[str, Any]) -> list[Finding]:
    """The findings of a row."""
    return msgspec.json.decode(found["verdicts"], type=list[Finding]) if found["verdicts"] else []


@pytest.mark.rows("A1.1", "A1.2")
def test_an_own_finding_says_everything() -> None:
    """A1.1, A1.2: type, subtype, point, the payload and where in it, signature with its reasons, weakness and class."""
    (found,) = [one for one in findings(row(query="id=1%27%20OR%20%271%27%3D%271")) if one.type == "sqli"]
    assert (found.point, found.payload, found.engine) == ("request.query.id", SQLI, "apitrail")
    assert (found.cwe, found.owasp[:4]) == (89, "API8")
    assert 0 <= found.start < found.end <= len(SQLI)
    assert found.rule
    assert found.rule in {reason.rule for reason in found.reasons}
    assert 0.5 < found.confidence <= 1


@pytest.mark.rows("A1.4")
def test_another_engine_is_taken_over_beside_our_own() -> None:
    """A1.4: a verdict of an audit log stands in our words with its engine, rule and message; both are kept."""
    said = Verdict("sqli", "942100", "SQL Injection Attack", "request.query.id", SQLI)
    found = row(query="id=1%27%20OR%20%271%27%3D%271", verdicts=(said,))
    ours, theirs = findings(found)
    assert (ours.engine, theirs.engine) == ("apitrail", "modsecurity")
    assert (theirs.rule, theirs.message, theirs.point, theirs.payload, theirs.cwe) == (
        "942100", "SQL Injection Attack", "request.query.id", SQLI, 89
    )  # fmt: skip
    assert found["attack_types"] == ["sqli"]


def test_nothing_is_kept_of_what_is_harmless() -> None:
    """A request without attacks has no findings and no content."""
    found = row(query="page=2", body=b'{"name":"bob"}', headers=(("content-type", "application/json"),))
    assert (found["attack_types"], found["verdicts"], found["content"], found["overlimit"]) == ([], "", "", [])


@pytest.mark.rows("A3.1")
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_evidence_stands_with_the_finding_that_worked(kind: dict[str, Any]) -> None:
    """A3.1: a finding has evidence when the response shows that it worked, and only then."""
    found = findings(row(**kind))
    assert found
    assert any(one.evidence for one in found) == ("response_body" in kind)
    for one in found:
        if one.evidence:
            assert one.evidence.text in kind["response_body"].decode()
            assert one.evidence.point.startswith("response.")


PLACES: dict[str, dict[str, Any]] = {
    "request.query.token": {"query": f"token={PLANTED}%27%20OR%20%271%27%3D%271"},
    "request.header.authorization": {"headers": (("authorization", f"{PLANTED}' OR '1'='1"),)},
    "request.cookie.sid": {"headers": (("cookie", f"sid={PLANTED}' OR '1'='1"),)},
    "request.body.form.password": {
        "body": f"password={PLANTED}%27%20OR%20%271%27%3D%271".encode(),
        "headers": (("content-type", "application/x-www-form-urlencoded"),),
    },
    "request.body.json.user.password": {
        "body": json.dumps({"user": {"password": f"{PLANTED}' OR '1'='1"}}).encode(),
        "headers": (("content-type", "application/json"),),
    },
}


@pytest.mark.parametrize("point", PLACES)
def test_a_payload_at_a_secret_point_is_masked(point: str) -> None:
    """An attack in a password, token or cookie is found, and shown like a secret: the value is nowhere in the row."""
    found = row(**PLACES[point])
    assert PLANTED not in str(found)
    shown = findings(found)
    assert any(one.point.startswith(point.rpartition(".")[0]) and one.type == "sqli" for one in shown), shown
    assert all((one.start, one.end) == (0, 0) for one in shown if "***" in one.payload or not one.payload)


@pytest.mark.parametrize("point", ["request.header.authorization", "request.cookie.PHPSESSID", "request.query.token"])
def test_what_another_engine_quotes_is_masked(point: str) -> None:
    """The message of a firewall that repeats a secret is kept without it."""
    said = Verdict("sqli", "942100", f"Matched Data: {PLANTED} found within {point}", point, PLANTED)
    found = row(verdicts=(said,))
    assert PLANTED not in str(found)
    assert "Matched Data" in findings(found)[0].message


def test_a_secret_in_the_evidence_is_masked() -> None:
    """The words of a response that show that an attack worked are kept without the secrets in them."""
    answer = DATABASE_ERROR.replace(b"MySQL", f'password="{PLANTED}" MySQL'.encode())
    assert PLANTED not in str(row(query="id=1%27%20OR%20%271%27%3D%271", response_body=answer, status=500))


@pytest.mark.rows("A2.4")
def test_a_rule_takes_away_what_it_ignores_and_nothing_else() -> None:
    """A2.4: the finding that a rule ignores is not kept; when none is left, the request is no malicious one and has no content."""
    body = {"body": b"x=1", "headers": (("content-type", "application/x-www-form-urlencoded"),)}
    asked = {"query": "id=1%27%20OR%20%271%27%3D%271&q=%3Cscript%3Ealert(1)%3C/script%3E", **body}
    both = row(**asked)
    assert both["attack_types"] == ["sqli", "xss"]
    assert both["content"]
    left = row(rules=(IgnoreRule(type="sqli"),), **asked)
    assert left["attack_types"] == ["xss"]
    assert [one.type for one in findings(left)] == ["xss"]
    none = row(rules=(IgnoreRule(type="sqli"), IgnoreRule(type="xss", point="request.query.q")), **asked)
    assert (none["attack_types"], none["verdicts"], none["content"]) == ([], "", "")


def test_findings_do_not_depend_on_neighbours_or_memory() -> None:
    """What is remembered of clients and targets changes nothing: each exchange alone gives what it gives in a batch."""
    items = attacked(seed=31, count=80)
    inspector = Inspector(Recipe(SECRET))
    together = inspector.rows(items).to_pylist()
    assert [Inspector(Recipe(SECRET)).rows([item]).to_pylist()[0]["verdicts"] for item in items] == [
        one["verdicts"] for one in together
    ]
    assert inspector.rows(items[::-1]).to_pylist()[::-1] == together


@given(payload=st.text(max_size=60), point=st.text(max_size=30), kind=st.sampled_from(["sqli", "xss", "nothing known"]))
def test_no_verdict_breaks_a_row(payload: str, point: str, kind: str) -> None:
    """Whatever another engine says, lone surrogates and NUL included, is a finding that can be stored and read."""
    found = row(verdicts=(Verdict(kind, payload, payload, point, payload),))
    assert kind in {one.type for one in findings(found)}
    assert found["verdicts"].encode()


NUMBERS = st.integers(0, 10**18 - 1).map(str)
PIECES = (
    st.sampled_from(("users", "..", "'+or+1=1--", "%27", "<script>alert(1)</script>", "http://169.254.169.254/", ".env", "x"))
    | NUMBERS
)


@given(st.lists(PIECES, max_size=4), st.lists(st.tuples(st.sampled_from(("id", "q", "url", "9")), PIECES), max_size=3))
def test_targets_alike_but_for_numbers_hid_an_attack(segments: list[str], parameters: list[tuple[str, str]]) -> None:
    """What is found in the target of a log line is what is found when it is looked at by itself, whatever came before it."""
    exchange = Exchange(method="GET", path="/" + "/".join(segments), query="&".join("=".join(pair) for pair in parameters))
    alone = detect(Reading(Exchange(method="", path=exchange.path, query=exchange.query), read_headers(())))
    assert FINDER.target(exchange) == alone
