"""Random filters of attacks, each as text, as a `where` tree, and as what it means for a finding."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import strategies as st

from apitrail.query import text
from attacking import Finding
from explore.plain import inside, like
from traffic import HOSTS, METHODS, STATUSES


class Condition(NamedTuple):
    """A filter in three forms."""

    text: str
    tree: dict[str, Any]
    test: Callable[[Finding], bool]


def _is(word: str, column: str, values: tuple[str, ...]) -> Condition:
    written = ",".join(map(text.quote, values))
    return Condition(
        f"{word}:{written}", {"field": word, "op": "in", "value": list(values)}, lambda one: str(one[column]) in values
    )


def _like(word: str, column: str, pattern: str) -> Condition:
    fits = like(pattern)
    return Condition(f"{word}:{pattern}", {"field": word, "op": "like", "value": pattern}, lambda one: fits(one[column]))


def _exists(word: str, column: str) -> Condition:
    return Condition(f"{word}:*", {"field": word, "op": "exists"}, lambda one: one[column] != "")


SIGNS: dict[str, Callable[[Any, Any], bool]] = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


def _compared(word: str, sign: str, limit: float) -> Condition:
    return Condition(
        f"{word}:{sign}{limit}", {"field": word, "op": sign, "value": limit}, lambda one: SIGNS[sign](one[word], limit)
    )


def _between(word: str, low: int, high: int) -> Condition:
    return Condition(
        f"{word}:{low}..{high}", {"field": word, "op": "between", "value": [low, high]}, lambda one: low <= one[word] <= high
    )


def _within(network: str) -> Condition:
    fits = inside(network)
    return Condition(f"ip:{network}", {"field": "ip", "op": "in", "value": [network]}, lambda one: fits(one["ip"]))


def _blocked(blocked: bool) -> Condition:
    tree = {"field": "blocked", "op": "=", "value": blocked}
    return Condition(f"blocked:{str(blocked).lower()}", tree, lambda one: bool(one["blocked"]) == blocked)


LEAVES = st.sampled_from(
    [
        *(_is("attack", "type", some) for some in (("sqli",), ("xss", "rce"), ("nothing",))),
        *(_is("host", "host", (host,)) for host in HOSTS),
        *(_is("method", "method", (method,)) for method in sorted(set(METHODS))),
        *(_is("engine", "engine", (engine,)) for engine in ("apitrail", "modsecurity")),
        *(_is("signature", "rule", some) for some in (("942100",), ("941100", "932100"))),
        *(_is("point", "point", some) for some in (("request.query.id", "request.query"), ("request.body",))),
        *(_is("evidence", "evidence", (kind,)) for kind in ("database_error", "file_contents")),
        *(_is("cwe", "cwe", (number,)) for number in ("89", "79")),
        *(_like("host", "host", pattern) for pattern in ("*.shop.example", "SHOP*")),
        *(_like("payload", "payload", pattern) for pattern in ("*select*", "*'*", "*%*")),
        *(_like("point", "point", pattern) for pattern in ("request.query*", "*.q")),
        *(_exists(word, column) for word, column in (("evidence", "evidence"), ("host", "host"), ("subtype", "subtype"))),
        *(_compared("status", sign, limit) for sign in SIGNS for limit in sorted({STATUSES[0], 400, 500})),
        *(_compared("confidence", sign, 0.95) for sign in SIGNS),
        _between("status", 400, 499),
        *map(_within, ("203.0.113.0/24", "203.0.113.7/32", "2001:db8::/32", "0.0.0.0/0")),
        *map(_blocked, (True, False)),
    ]
)


def _not(one: Condition) -> Condition:
    return Condition(f"-({one.text})", {"not": one.tree}, lambda finding: not one.test(finding))


def _and(some: list[Condition]) -> Condition:
    written = " ".join(one.text for one in some)
    return Condition(f"({written})", {"and": [one.tree for one in some]}, lambda finding: all(one.test(finding) for one in some))


def _or(some: list[Condition]) -> Condition:
    written = " OR ".join(one.text for one in some)
    return Condition(f"({written})", {"or": [one.tree for one in some]}, lambda finding: any(one.test(finding) for one in some))


def _grown(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(inner, min_size=1, max_size=3)
    return inner.map(_not) | some.map(_and) | some.map(_or)


NOTHING = Condition("", {"and": [{"not": {"field": "finding", "value": "0" * 16}}]}, lambda _: True)
CONDITIONS = LEAVES | LEAVES.flatmap(lambda _: _grown(LEAVES)) | LEAVES.flatmap(lambda _: _grown(_grown(LEAVES)))
"""Conditions at most two levels deep."""


class Metric(NamedTuple):
    """A filter on what attacks add up to."""

    text: str
    tree: dict[str, Any]
    test: Callable[[dict[str, Any]], bool]


def _metric(word: str, sign: str, limit: int) -> Metric:
    return Metric(
        f"{word}:{sign}{limit}", {"field": word, "op": sign, "value": limit}, lambda sums: SIGNS[sign](sums[word], limit)
    )


METRICS = st.builds(
    _metric,
    st.sampled_from(("requests", "sessions", "users", "ips", "payloads")),
    st.sampled_from(sorted(SIGNS)),
    st.integers(0, 6),
)
