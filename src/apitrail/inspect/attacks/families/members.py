"""Members that no client should set: privileges of its own, the prototype of all objects (CWE-915, CWE-1321)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading
from apitrail.model.point import Steps

MEMBERS_LIMIT = 2000
"""Members of a body that are looked at."""
LEVELS = 12
"""Levels of a body that are looked at."""

_PRIVILEGE = mark("member-privilege", "mass_assignment", "privilege")
_POLLUTION = mark("member-prototype", "mass_assignment", "prototype-pollution")

_FLAG = re.compile(
    r"(?:is|has|user|account)?[_-]?(?:super)?[_-]?(?:admin(?:istrator)?|staff|super_?user|root|moderator)"
    r"(?:[_-]?(?:flag|access|rights|user))?",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?:user|account|member)?[_-]?(?:roles?|role_?name|groups?|user_?type|account_?type|permissions?|privileges?"
    r"|authorit(?:y|ies)"
    r"|access_?level)",
    re.IGNORECASE,
)
_HIGH = re.compile(r"(?:role[_-])?(?:super|sys|global|site)?[_-]?(?:admin(?:istrator)?s?|super_?users?|root)|\*", re.IGNORECASE)
_TRUE = frozenset(("1", "true", "yes", "on", "y"))
_OWN = re.compile(
    r"/(?:register|registration|sign-?up|signup|profile|me|myself|self|join|onboard(?:ing)?|my-?account|create-?account|account"
    r"|update-?profile)(?:/(?:user|update|edit|new|profile|settings))?/?$",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"pass(?:word|wd|phrase)?(?:_?(?:repeat|confirm(?:ation)?))?|pwd", re.IGNORECASE)
_PROTOTYPE = re.compile(r"(?:^|[.\[\"'])__proto__(?:$|[.\[\]\"'])|(?:^|[.\[])constructor(?:\]\[|\.)prototype(?:$|[.\]])")


class _Member(NamedTuple):
    name: str
    value: Any
    steps: Steps


def look(reading: Reading) -> Iterator[Hit]:
    """Privileges that someone gives himself, and names that reach the prototype."""
    yield from _of_names(reading)
    body = reading.exchange.body
    if not body or reading.exchange.method == "GET":
        return
    if body.lstrip()[:1] in (b"{", b"["):
        members, place = list(_members(reading.request.json)), "body.json"
    else:
        members, place = [_Member(name, value, (name,)) for name, value in reading.request.form], "body.form"
    yield from _privileges(reading, members, place)


def _of_names(reading: Reading) -> Iterator[Hit]:
    """Names in a query, form or JSON body that lead to the prototype of objects."""
    exchange = reading.exchange
    if "proto" in exchange.query:
        for name, _ in reading.query:
            if _PROTOTYPE.search(name):
                yield hit(_POLLUTION, 0.9, name, "query", (name,))
    if b"proto" not in exchange.body and b"\\u00" not in exchange.body:
        return
    for name, _ in reading.request.form:
        if _PROTOTYPE.search(name):
            yield hit(_POLLUTION, 0.9, name, "body.form", (name,))
    for member in _members(reading.request.json):
        name, value = member.name, member.value
        if name == "__proto__" or (name == "constructor" and isinstance(value, dict) and "prototype" in value):
            yield hit(_POLLUTION, 0.9, name, "body.json", member.steps)
        elif _PROTOTYPE.search(name):
            yield hit(_POLLUTION, 0.85, name, "body.json", member.steps)


def _members(root: Any) -> Iterator[_Member]:
    """The members of decoded JSON, breadth first."""
    waiting: list[tuple[Steps, Any]] = [((), root)]
    seen = 0
    for path, node in waiting:
        if isinstance(node, dict):
            for name, below in node.items():
                seen += 1
                if seen > MEMBERS_LIMIT:
                    return
                yield _Member(name, below, (*path, name))
                if isinstance(below, (dict, list)) and len(path) < LEVELS:
                    waiting.append(((*path, name), below))
        elif isinstance(node, list) and len(path) < LEVELS:
            waiting += [((*path, at), below) for at, below in enumerate(node[:MEMBERS_LIMIT]) if isinstance(below, (dict, list))]


def _privileges(reading: Reading, members: list[_Member], place: str) -> Iterator[Hit]:
    """Privileges in a request about the one who sends it: his registration, his own account."""
    high = [member for member in members if len(member.steps) <= 3 and _grants(member.name, member.value)]
    if not high:
        return
    about_self = _OWN.search(reading.exchange.path) is not None
    signs_up = any(_PASSWORD.fullmatch(member.name) for member in members) and not _known(reading)
    if about_self or signs_up:
        for member in high:
            yield hit(_PRIVILEGE, 0.8, f"{member.name}={member.value}"[:500], place, member.steps)


def _known(reading: Reading) -> bool:
    headers = reading.request.headers
    return bool(headers.get("authorization") or headers.get("cookie") or headers.get("x-api-key"))


def _grants(name: str, value: Any) -> bool:
    """Whether a member makes someone more than an ordinary user."""
    name = name.rpartition("[")[2].rstrip("]").rpartition(".")[2] if name[-1:] == "]" or "." in name else name
    if _FLAG.fullmatch(name):
        return value is True or str(value).lower() in _TRUE or bool(_HIGH.fullmatch(str(value)))
    if not _ROLE.fullmatch(name):
        return False
    some = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and _HIGH.fullmatch(one) for one in some[:20])
