"""LDAP injection: a value that ends its own condition of a filter and begins another (CWE-90)."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

VALUE_LIMIT = 500
"""Characters of a value that could stand in a filter."""

_CONDITION = re.compile(r"\(\s*[|&!]?\s*\(*\s*[\w.;-]{1,60}\s*[~<>:]?=|\(\s*[|&!]\s*(?:\(|\)|$)", re.ASCII)
_PROBE = re.compile(r"(?=.*\*)(?=.*[()])[*()|&!='\x00\\]{4,}|\*\)+(?:\([&|]?|[&|])|\*\){2,}|\*\)+(?:\x00|\\x00|%00).*", re.DOTALL)

_NESTED = re.compile(r"\*\s*\(+\s*[|&!]\s*\(")


def _first_closed(text: str) -> int:
    """The parenthesis that closes what the value did not open; -1 without one."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return at
    return -1


def filtered(value: Value, start: int, _end: int) -> float:
    """Put where a filter has a value, it changes the filter's shape."""
    text = value.text
    if len(text) > VALUE_LIMIT or "\n" in text or "{" in text:
        return 0.0
    if _PROBE.fullmatch(text):
        return 0.8
    closed = _first_closed(text)
    if closed >= 0:
        return 0.85 if _CONDITION.search(text, closed) and not re.search(r"\w\s+\w", text[:closed]) else 0.0
    whole_filter = text.lstrip().startswith("(")
    return 0.75 if not whole_filter and _NESTED.match(text, start) else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "ldap-filter", "ldapi", "filter", r"\)\s*\(+\s*[|&!(]*\s*[\w.;-]+\s*[~<>:]?=|\)\s*\(+\s*[|&!]\s*[()]?",
        check=filtered,
        fires=("*)(cn=*))(|(cn=*", "x)(&(role=*", "bob)(|(mail=*))", "*)(&", "root)(&)"),
        silent=("f(a)(b=c)", "(&(uid=bob)(cn=b*))", "a (b) (c=d) e", "margin (left) (=5)"),
    ),
    Signature(
        "ldap-wildcard", "ldapi", "wildcard", r"\*\s*\(+\s*[|&!]\s*\(|\*\s*\)+\s*(?:\(|\x00|\\x00|%00|$)|\*\(\)",
        check=filtered,
        fires=("*(|(mail=*))", "*))\x00", "*()|&'", "*)("),
        silent=("2*(3+4)", "(a*)", "*bold* (|x)", "f(**kw)"),
    ),
    Signature(
        "ldap-end", "ldapi", "filter", r"\)\s*\(+\s*\w+\s*=[^()]*\)+(?:\x00|\\x00|%00)", 0.85,
        fires=(")(cn=))\\x00", "a)(uid=*))\x00"), silent=("f(a)(b=c)", "(a)(b=c) %00 is no end"),
    ),
)  # fmt: skip
