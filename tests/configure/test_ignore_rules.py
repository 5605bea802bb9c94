"""Ignore rules: kept with author and time, in force for new traffic only, from narrow to broad (A2.4)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from apitrail.configure import ignore_rules
from apitrail.configure.recipes import recipe
from apitrail.errors import BadQuestion, NotFound
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.finding import Finding
from apitrail.model.ignoring import RULES_LIMIT, IgnoreRule, check
from apitrail.store import Store
from traffic import NOON, save

pytestmark = pytest.mark.rows("A2.4")

FOUND = Finding(type="sqli", subtype="union", point="request.query.id|base64", rule="sql-union")
HOST, ENDPOINT = "api.example", "/users/{id}"


@pytest.mark.parametrize(
    ("members", "fits"),
    [
        ({}, True),
        ({"subtype": "union"}, True),
        ({"subtype": "comment"}, False),
        ({"signature": "sql-union"}, True),
        ({"signature": "sql"}, False),
        ({"point": "request.query.id"}, True),
        ({"point": "request.query.id|base64"}, True),
        ({"point": "request.query.i"}, False),
        ({"point": "request.query"}, False),
        ({"endpoint": ENDPOINT}, True),
        ({"endpoint": "/users"}, False),
        ({"host": HOST}, True),
        ({"host": "example"}, False),
        ({"host": HOST, "endpoint": ENDPOINT, "point": "request.query.id", "signature": "sql-union", "subtype": "union"}, True),
        ({"host": HOST, "endpoint": ENDPOINT, "point": "request.query.id", "signature": "sql-union", "subtype": "x"}, False),
        ({"enabled": False}, False),
        ({"type": "xss"}, False),
    ],
)
def test_every_member_of_a_rule_must_fit(members: dict[str, Any], fits: bool) -> None:
    """From one signature at one point of one endpoint to a type everywhere: each member that is there must fit, as a whole."""
    assert IgnoreRule(**{"type": "sqli", **members}).fits(FOUND, HOST, ENDPOINT) is fits


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (IgnoreRule(type="sqli"), "SQL injection everywhere"),
        (IgnoreRule(type="sqli", subtype="union"), "SQL injection (union) everywhere"),
        (IgnoreRule(type="sqli", signature="942100", host="a"), "signature 942100 on a"),
        (
            IgnoreRule(type="xss", point="request.query.q", endpoint="/a", host="b"),
            "Cross-site scripting at request.query.q of /a on b",
        ),
    ],
)
def test_a_rule_is_said_in_words(rule: IgnoreRule, words: str) -> None:
    """The list of rules reads like sentences."""
    assert rule.sentence == words


def test_rules_are_kept_changed_and_forgotten(store: Store) -> None:
    """Each change is its own entry with its author; a rule that is out of force is still listed."""
    rule = IgnoreRule(type="sqli", point="request.query.id", reason="our query language")
    kept = ignore_rules.add(store, rule, "ann")
    assert (kept.rule, kept.author, ignore_rules.in_force(store)) == (rule, "ann", (rule,))
    assert ignore_rules.add(store, msgspec.structs.replace(rule, reason="again"), "bob") == kept
    off = ignore_rules.change(store, kept.id, "bob", enabled=False)
    assert (off.rule.enabled, off.author, ignore_rules.kept(store)) == (False, "bob", [off])
    assert ignore_rules.in_force(store) == ()
    ignore_rules.change(store, kept.id, "bob", enabled=True)
    assert ignore_rules.in_force(store) == (rule,)
    ignore_rules.remove(store, kept.id, "cid")
    assert ignore_rules.kept(store) == []
    assert [record.author for record in store.records.history(ignore_rules.KIND)] == ["cid", "bob", "bob", "ann"]


@pytest.mark.parametrize(
    ("members", "words", "suggestion"),
    [
        ({"type": "sqlli"}, "no attack type 'sqlli'", "sqli"),
        ({"type": ""}, "no attack type ''", None),
        ({"type": "sqli", "point": "x" * 501}, "point has at most 500 characters", None),
        ({"type": "sqli", "reason": "x" * 501}, "reason has at most 500 characters", None),
    ],
)
def test_a_rule_that_can_be_none(chdb_store: Store, members: dict[str, Any], words: str, suggestion: str | None) -> None:
    """An unknown type is answered with the nearest, an endless member with its limit; nothing is kept."""
    with pytest.raises(BadQuestion, match=words) as caught:
        ignore_rules.add(chdb_store, IgnoreRule(**members), "ann")
    assert caught.value.suggestion == suggestion
    assert ignore_rules.kept(chdb_store) == []


def test_a_rule_that_is_not_there(chdb_store: Store) -> None:
    """Changing or forgetting an unknown rule is an error."""
    for change in (ignore_rules.remove, lambda *told: ignore_rules.change(*told, enabled=True)):
        with pytest.raises(NotFound, match="no ignore rule 'nix'"):
            change(chdb_store, "nix", "ann")


def test_rules_have_a_limit(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has so many rules and no more."""
    assert RULES_LIMIT == 1000
    monkeypatch.setattr(ignore_rules, "RULES_LIMIT", 2)
    for host in "ab":
        ignore_rules.add(chdb_store, check(IgnoreRule(type="sqli", host=host)), "ann")
    with pytest.raises(BadQuestion, match="at most 2 ignore rules"):
        ignore_rules.add(chdb_store, IgnoreRule(type="sqli", host="c"), "ann")


def test_rules_act_on_new_traffic_and_not_on_old(store: Store) -> None:
    """What is stored stays as it is; the same exchange after a rule has only what the rule does not ignore, whoever found it."""

    def sent(name: str) -> Exchange:
        said = (Verdict("sqli", "942100", "m", "request.query.id"), Verdict("rce", "932100", "m", "request.query.id"))
        return Exchange(
            id=name, time=NOON, method="GET", path="/a", query="id=1%27%20OR%201%3D1--", host="api.example", verdicts=said
        )

    types = dict.fromkeys(("before", "after", "elsewhere"))
    save(store, [sent("before")])
    ignore_rules.add(store, IgnoreRule(type="sqli", point="request.query.id", host="api.example"), "ann")
    assert recipe(store).ignored == ignore_rules.in_force(store)
    other = sent("elsewhere")
    other.host = "www.example"
    save(store, [sent("after"), other])
    for row in store.rows("SELECT request_id, attack_types FROM requests"):
        types[row["request_id"]] = row["attack_types"]
    assert types == {"before": ["rce", "sqli"], "after": ["rce"], "elsewhere": ["rce", "sqli"]}
