"""What the OWASP Core Rule Set says of a request, in the attack codes of this project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from apitrail.model.exchange import Verdict

_TAGS = {
    "attack-sqli": "sqli",
    "attack-xss": "xss",
    "attack-rce": "rce",
    "attack-injection-php": "rce",
    "attack-injection-java": "rce",
    "attack-ssrf": "ssrf",
    "attack-ssti": "ssti",
    "attack-ldapi": "ldapi",
    "attack-ldap-injection": "ldapi",
    "attack-rfi": "rfi",
    "attack-lfi": "ptrav",
    "attack-fixation": "auth",
    "attack-reputation-scanner": "scanner",
}
_FAMILIES = {
    "913": "scanner",
    "930": "ptrav",
    "931": "rfi",
    "932": "rce",
    "933": "rce",
    "934": "rce",
    "941": "xss",
    "942": "sqli",
    "943": "auth",
    "944": "rce",
}
_RULE_ID_LENGTH = 6
# Families that only add up scores, and those about the form of a request, which is no attack.
_SILENT = frozenset(("901", "905", "911", "920", "922", "949", "950", "951", "952", "953", "954", "959", "980"))
# Within broad families the words of the message tell more than the number.
_WORDS = (
    (("934",), re.compile(r"mongo|nosql", re.IGNORECASE), "nosqli"),
    (("942",), re.compile(r"nosql|mongodb", re.IGNORECASE), "nosqli"),
    (("934", "921"), re.compile(r"template|ssti", re.IGNORECASE), "ssti"),
    (("934",), re.compile(r"ssrf|server.side request", re.IGNORECASE), "ssrf"),
    (("932", "944"), re.compile(r"deseriali[sz]", re.IGNORECASE), "deserialize"),
    (("921",), re.compile(r"ldap", re.IGNORECASE), "ldapi"),
    (("921",), re.compile(r"splitting|header injection|smuggling|\bcrlf\b", re.IGNORECASE), "crlf"),
)
_DATA = re.compile(r"Matched Data: (.*?) found within ([^:]{1,60}(?::[^:\s][^:]{0,200})?)(?:: |$)", re.DOTALL)
_VARIABLE = re.compile(r"against variable [`']([^'`]{1,300})'")
_POINTS = {
    "ARGS_GET": "request.query",
    "ARGS_GET_NAMES": "request.query",
    "QUERY_STRING": "request.query",
    "ARGS_POST": "request.body.form",
    "ARGS_POST_NAMES": "request.body.form",
    "REQUEST_HEADERS": "request.header",
    "REQUEST_HEADERS_NAMES": "request.header",
    "REQUEST_COOKIES": "request.cookie",
    "REQUEST_COOKIES_NAMES": "request.cookie",
    "REQUEST_BODY": "request.body",
    "XML": "request.body.xml",
    "FILES": "request.body.multipart",
    "REQUEST_URI": "request.path",
    "REQUEST_URI_RAW": "request.path",
    "REQUEST_FILENAME": "request.path",
    "REQUEST_BASENAME": "request.path",
    "REQUEST_LINE": "request.path",
}
_LONGEST = 500


def attack_type(rule: str, message: str, tags: Iterable[str]) -> str:
    """The attack code of a rule that matched; empty when the rule is no verdict on an attack."""
    family = rule[:3] if len(rule) == _RULE_ID_LENGTH else ""
    if family in _SILENT:
        return ""
    for families, words, code in _WORDS:
        if family in families and words.search(message):
            return code
    tagged = next((_TAGS[tag.lower()] for tag in tags if tag.lower() in _TAGS), "")
    return tagged or _FAMILIES.get(family, "")


class Match(NamedTuple):
    """One rule that matched: its id and message, its tags, what it matched, and the engine's account of where."""

    rule: str
    message: str
    tags: list[str]
    data: str
    account: str


def verdict(match: Match, query: str) -> Verdict | None:
    """The verdict of one rule; `query` tells whether an argument came in the URL or in the body."""
    code = attack_type(match.rule, match.message, match.tags)
    if not code:
        return None
    found = _DATA.search(match.data)
    variable = _VARIABLE.search(match.account)
    named = found[2] if found else variable[1] if variable else ""
    payload = found[1] if found else match.data
    return Verdict(code, match.rule, match.message[:_LONGEST], _point(named, query), payload[:_LONGEST])


def _point(variable: str, query: str) -> str:
    collection, _, name = variable.strip().partition(":")
    if collection in {"ARGS", "ARGS_NAMES"}:
        return _argument(name, query)
    base = _POINTS.get(collection, "")
    return f"{base}.{name.lower() if base == 'request.header' else name}" if base and name else base


def _argument(name: str, query: str) -> str:
    if name.startswith("json."):
        return f"request.body.{name}"
    in_query = any(pair.partition("=")[0] == name for pair in query.split("&"))
    return f"request.query.{name}" if in_query else f"request.body.form.{name}"
