"""Core Rule Set rules in the project's attack codes."""

from __future__ import annotations

import pytest

from apitrail.sources.verdicts import Match, attack_type, verdict

pytestmark = pytest.mark.rows("A1.4")


@pytest.mark.parametrize(
    ("rule", "message", "tags", "code"),
    [
        ("942100", "SQL Injection Attack Detected via libinjection", ["attack-sqli"], "sqli"),
        ("942290", "Finds basic MongoDB SQL injection attempts", ["attack-sqli"], "nosqli"),
        ("941100", "XSS Attack", [], "xss"),
        ("930120", "OS File Access Attempt", ["attack-lfi"], "ptrav"),
        ("931100", "Possible Remote File Inclusion", ["attack-rfi"], "rfi"),
        ("932160", "Remote Command Execution: Unix Shell Code Found", ["attack-rce"], "rce"),
        ("933135", "PHP Injection Attack", ["attack-injection-php"], "rce"),
        ("934100", "Node.js Injection Attack", ["attack-rce"], "rce"),
        ("934110", "Possible Server Side Request Forgery (SSRF) Attack", ["attack-ssrf"], "ssrf"),
        ("934180", "Server-Side Template Injection", ["attack-ssti"], "ssti"),
        ("944240", "Remote Command Execution: Java serialization", ["attack-rce"], "rce"),
        ("943120", "Possible Session Fixation Attack", ["attack-fixation"], "auth"),
        ("913100", "Found User-Agent associated with security scanner", ["attack-reputation-scanner"], "scanner"),
        ("921120", "HTTP Response Splitting Attack", ["attack-protocol"], "crlf"),
        ("921150", "HTTP Header Injection Attack via payload (CR/LF detected)", ["attack-protocol"], "crlf"),
        ("921200", "LDAP Injection Attack", ["attack-ldap"], "ldapi"),
        ("921180", "HTTP Parameter Pollution", ["attack-protocol"], ""),
        ("920340", "Content-Type header missing", ["attack-protocol"], ""),
        ("949110", "Inbound Anomaly Score Exceeded", ["anomaly-evaluation"], ""),
        ("980130", "Inbound Anomaly Score Exceeded - SQLI=5", [], ""),
        ("911100", "Method is not allowed by policy", ["attack-generic"], ""),
        ("100001", "a rule of our own", ["attack-sqli"], "sqli"),
        ("100002", "a rule of our own", [], ""),
        ("", "", [], ""),
    ],
)
def test_a_rule_has_a_code(rule: str, message: str, tags: list[str], code: str) -> None:
    """Rule families, tags and words give the attack; scores and protocol rules give none."""
    assert attack_type(rule, message, tags) == code


@pytest.mark.parametrize(
    ("where", "point"),
    [
        ("ARGS:q", "request.query.q"),
        ("ARGS:other", "request.body.form.other"),
        ("ARGS:json.user.name", "request.body.json.user.name"),
        ("ARGS_POST:q", "request.body.form.q"),
        ("REQUEST_HEADERS:User-Agent", "request.header.user-agent"),
        ("REQUEST_COOKIES:sid", "request.cookie.sid"),
        ("REQUEST_URI", "request.path"),
        ("SOMETHING", ""),
    ],
)
def test_a_verdict_names_its_point(where: str, point: str) -> None:
    """The engine's variable becomes a point, from the data or from the account of the match."""
    by_data = Match("942100", "m", [], f"Matched Data: s&1 found within {where}: 1' or", "")
    by_account = Match(
        "942100", "m", [], "", f"Matched \"Operator `Rx' with parameter `x' against variable `{where}' (Value: `1' )"
    )
    first, second = verdict(by_data, "q=1"), verdict(by_account, "q=1")
    assert first
    assert second
    assert (first.point, first.payload) == (point, "s&1")
    assert second.point == point
