"""The ignore rules of a store: made of false positives, in force for new traffic, each change its own audit entry (A2.4)."""

from __future__ import annotations

import secrets

import msgspec

from apitrail.errors import BadQuestion, NotFound
from apitrail.model.ignoring import RULES_LIMIT, IgnoreRule, check
from apitrail.query.interval import iso
from apitrail.store import Store

KIND = "ignore-rule"


class KeptRule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule as it is kept: its id, what it says in words, who changed it last and when."""

    id: str
    rule: IgnoreRule
    sentence: str
    author: str
    changed: str


def kept(store: Store) -> list[KeptRule]:
    """Every rule, the one that was changed last first."""
    found = sorted(store.records.current(KIND).values(), key=lambda record: -record.time)
    return [_kept(record.key, msgspec.json.decode(record.value, type=IgnoreRule), record.author, record.time) for record in found]


def in_force(store: Store) -> tuple[IgnoreRule, ...]:
    """The rules that act on new traffic."""
    return tuple(one.rule for one in kept(store) if one.rule.enabled)


def add(store: Store, rule: IgnoreRule, author: str) -> KeptRule:
    """Keep a new rule; the same one again gives the one there is. BadQuestion when it can be none."""
    check(rule)
    known = kept(store)
    same = next((one for one in known if msgspec.structs.replace(one.rule, reason=rule.reason) == rule), None)
    if same:
        return same
    if len(known) >= RULES_LIMIT:
        raise BadQuestion(f"a store has at most {RULES_LIMIT} ignore rules; remove some first")
    return _put(store, secrets.token_hex(8), rule, author)


def change(store: Store, rule_id: str, author: str, *, enabled: bool) -> KeptRule:
    """Put a rule in force or out of it; NotFound when there is none of this id."""
    return _put(store, rule_id, msgspec.structs.replace(_named(store, rule_id).rule, enabled=enabled), author)


def remove(store: Store, rule_id: str, author: str) -> None:
    """Forget a rule; NotFound when there is none of this id."""
    store.records.append(KIND, _named(store, rule_id).id, "", author)


def _named(store: Store, rule_id: str) -> KeptRule:
    found = next((one for one in kept(store) if one.id == rule_id), None)
    if found is None:
        raise NotFound(f"there is no ignore rule {rule_id[:60]!r}")
    return found


def _put(store: Store, rule_id: str, rule: IgnoreRule, author: str) -> KeptRule:
    store.records.append(KIND, rule_id, msgspec.json.encode(rule).decode(), author)
    return next(one for one in kept(store) if one.id == rule_id)


def _kept(rule_id: str, rule: IgnoreRule, author: str, time: int) -> KeptRule:
    return KeptRule(id=rule_id, rule=rule, sentence=rule.sentence, author=author, changed=iso(time))
