"""Incidents are the attacks that worked, by vulnerability, which is open, closed or reopened; as a plain computation says (A3)."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from typing import Any

import pytest

from apitrail.configure.recipes import recipe
from apitrail.errors import NotFound
from apitrail.explore.attacks import grouping, incidents, listing
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.incidents import CLOSED, OPEN, REOPENED, Incident
from apitrail.explore.attacks.marking import mark_attack
from apitrail.explore.requests import every_request
from apitrail.explore.sessions import every_session
from apitrail.inspect.rows import Inspector
from apitrail.model.exchange import Exchange
from apitrail.query import text
from apitrail.query.interval import iso
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from attacking import KINDS, Finding, attack_id, attacked, findings_of, groups_of, measured
from explore.plain import plain_rows
from traffic import DAY, NOON, SECOND, save

ALL = Asked(Question())


def filled(store: Store, seed: int = 23, count: int = 200) -> list[Finding]:
    """What was found in attacks that are stored."""
    items = attacked(seed=seed, count=count)
    save(store, items)
    return findings_of(store, plain_rows(Inspector(recipe(store)).rows(items)))


def worked(found: Sequence[Finding]) -> dict[str, list[Finding]]:
    """The findings that worked, by incident."""
    groups = groups_of([one for one in found if one["evidence"]], grouping.VULNERABILITY)
    return {attack_id(grouping.VULNERABILITY, values): some for values, some in groups.items()}


def by_id(store: Store, asked: Asked = ALL) -> dict[str, Incident]:
    """Every incident by its id."""
    return {one.id: one for one in incidents.every_incident(store, asked)}


@pytest.mark.rows("A3.1")
def test_incidents_are_those_of_a_plain_computation(store: Store) -> None:
    """A3.1: every attack whose response shows it worked, by host, endpoint, type and point, with the newest evidence."""
    wanted = worked(filled(store))
    found = by_id(store)
    assert set(found) == set(wanted)
    assert len(wanted) > 5
    for key, one in found.items():
        sums = measured(wanted[key])
        assert (one.vulnerability, one.closed_at) == (OPEN, None)
        assert (one.attack.requests, one.attack.findings, one.attack.incidents) == (
            sums["requests"],
            sums["findings"],
            sums["requests"],
        )
        assert one.attack.last_seen == iso(sums["last_seen"])
        newest = [finding for finding in wanted[key] if finding["time"] == sums["last_seen"]]
        assert (one.kind, one.shown, one.shown_at) in [(other["evidence"], other["shown"], other["shown_at"]) for other in newest]
        assert (one.endpoint, one.point) == (newest[0]["endpoint"], newest[0]["point"])
    assert {one.kind for one in found.values()} >= {"database_error", "file_contents"}


@pytest.mark.rows("A3.1", "S3.1")
@pytest.mark.parametrize("words", ["", "attack:sqli", "method:GET status:200"])
def test_sessions_count_their_incidents(store: Store, words: str) -> None:
    """A3.1, S3.1: a session says in how many of its requests, under the filters, an attack worked; not in those marked as false."""
    found = [one for one in filled(store) if one["evidence"]]
    question = Question(text.parse(words))
    asked = {one.request_id for one in every_request(store, question)}
    told = {(part.id, part.day): part.incidents for part in every_session(store, question) if part.incidents}
    kept = [one for one in found if one["request_id"] in asked and (words != "attack:sqli" or one["type"] == "sqli")]
    assert sum(told.values()) == len({one["request_id"] for one in kept}) > 0
    key = next(iter(by_id(store)))
    mark_attack(store, Asked(Question(), attack=key, incidents=True), "false_positive", "ann")
    left = sum(part.incidents for part in every_session(store, question))
    still = {one["request_id"] for one in kept if one not in worked(found)[key]}
    assert left == len(still)


@pytest.mark.rows("A3.2")
def test_pages_filters_and_orders(store: Store) -> None:
    """A3.2: the cursors give every incident once, in any order; filters and interval leave what a plain computation leaves."""
    found = filled(store, seed=24)
    whole = list(incidents.every_incident(store, ALL, sort="-requests"))
    pages, cursor = [], ""
    while True:
        page = incidents.list_incidents(store, ALL, sort="-requests", limit=3, cursor=cursor)
        assert page.total == len(whole)
        pages += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    assert pages == whole
    assert [one.attack.requests for one in whole] == sorted((one.attack.requests for one in whole), reverse=True)
    span = (NOON + DAY, NOON + 3 * DAY)
    some = [one for one in found if one["type"] == "sqli" and span[0] <= one["time"] < span[1]]
    assert set(by_id(store, Asked(Question(text.parse("attack:sqli"), Interval(*span))))) == set(worked(some)) != set()
    many = {key for key, few in worked(found).items() if measured(few)["requests"] > 1}
    assert set(by_id(store, Asked(Question(text.parse("requests:>1"))))) == many


@pytest.mark.rows("A2.4")
def test_a_false_positive_is_no_incident(store: Store) -> None:
    """A2.4: what is marked as a false positive is gone from the list, and there again when the mark is."""
    found = filled(store, seed=25)
    key, some = next(iter(worked(found).items()))
    ids = [one["id"] for one in some]
    store.mark(ids, "false_positive", "test")
    assert set(by_id(store)) == set(worked(found)) - {key}
    store.mark(ids, "", "test")
    assert set(by_id(store)) == set(worked(found))


def again(number: int, moment: int) -> Exchange:
    """An attack that worked, at a time."""
    members: dict[str, Any] = KINDS[1]
    return Exchange(
        id=f"again {number}", time=moment, method="GET", path="/v1/items", host="shop.example", client_ip="203.0.113.7", **members
    )


@pytest.mark.rows("A3.2")
def test_a_vulnerability_is_closed_and_reopens(store: Store) -> None:
    """A3.2: closed by a person; traffic of before leaves it closed; the same again reopens it; it can be closed and reopened by hand."""
    now = time.time_ns() // 1000
    save(store, [again(1, now - DAY), again(2, now - DAY // 2)])
    (key,) = by_id(store)
    closed = incidents.close(store, key, "ann")
    assert (closed.vulnerability, closed.id, by_id(store)[key]) == (CLOSED, key, closed)
    assert closed.closed_at is not None
    assert closed.closed_at >= iso(now)
    assert closed.closed_by == "ann"
    save(store, [again(3, now - SECOND)])
    assert by_id(store)[key].vulnerability == CLOSED
    later = time.time_ns() // 1000 + 2 * SECOND
    save(store, [again(4, later)])
    assert (by_id(store)[key].vulnerability, by_id(store)[key].attack.requests) == (REOPENED, 4)
    before = Asked(Question(interval=Interval(now - 2 * DAY, now)))
    assert (by_id(store, before)[key].vulnerability, by_id(store, before)[key].attack.requests) == (REOPENED, 3)
    assert incidents.open_incident(store, Asked(before.question, key)).vulnerability == REOPENED
    (finding,) = [row["finding"] for row in store.rows("SELECT finding FROM findings WHERE request_id = 'again 4'")]
    store.mark([finding], "false_positive", "ann")
    assert by_id(store)[key].vulnerability == CLOSED
    assert incidents.reopen(store, key, "bob").vulnerability == OPEN
    assert [(record.value, record.author) for record in store.records.history("vulnerability")] == [
        ("", "bob"),
        ("closed", "ann"),
    ]


@pytest.mark.rows("A3.2")
def test_one_vulnerability_does_not_close_another(store: Store) -> None:
    """A3.2: closing is of one host, endpoint, type and point; the others stay open."""
    wanted = worked(filled(store, seed=26))
    key = min(wanted)
    incidents.close(store, key, "ann")
    assert {one.id for one in by_id(store).values() if one.vulnerability == CLOSED} == {key}


def test_what_is_no_incident_is_not_found(store: Store) -> None:
    """An id that is none, of an attack, or of something that never worked opens, closes and reopens nothing."""
    filled(store, seed=27)
    attack = listing.list_attacks(store, ALL).items[0].id
    never = grouping.encode(grouping.VULNERABILITY, ("a", "b", "c", "d"))
    for wrong in ("x", attack, never):
        for change in (incidents.close, incidents.reopen):
            with pytest.raises(NotFound):
                change(store, wrong, "ann")
        with pytest.raises(NotFound):
            incidents.open_incident(store, Asked(Question(), wrong))
    assert store.records.history("vulnerability") == []


def test_an_id_written_otherwise_is_the_same_incident(store: Store) -> None:
    """An id with padding or spaces in it closes the incident that it names, under its one id."""
    save(store, [again(1, NOON)])
    (key,) = by_id(store)
    words = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
    other = base64.urlsafe_b64encode(words.replace(b",", b", ")).decode()
    assert incidents.close(store, other, "ann").id == key
    assert by_id(store)[key].vulnerability == CLOSED
