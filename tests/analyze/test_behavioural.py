"""What behaviour shows, as attacks and as bots, and what holds in spite of it: exceptions, crawlers, verdicts, profiles (A1.3, B4 to B8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from analyze.bot_traffic import crowd, session
from apitrail.analyze.bots import running
from apitrail.analyze.bots.catalogue import Send
from apitrail.analyze.bots.excepting import crawlers
from apitrail.analyze.running import analyze
from apitrail.configure import abuse_exceptions, bot_verdicts, denylists, profiles
from apitrail.explore import pulses
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import every_attack
from apitrail.explore.attacks.marking import mark_attack
from apitrail.explore.bots import listing
from apitrail.explore.facets import facet
from apitrail.explore.histogram import histogram
from apitrail.explore.requests import every_request
from apitrail.explore.session import open_session
from apitrail.explore.sessions import every_session
from apitrail.model import fields
from apitrail.model.abuse import AbuseException, Profile, TypeRule
from apitrail.model.exchange import Exchange
from apitrail.query.text import parse
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from traffic import HOUR, NOON, save

HOST = "www.shop.example"
GUESSER = (Send("POST /api/login", repeat=12, every=2, status=401, name="bob"),)
LISTER = (Send("POST /api/login", repeat=12, every=2, status=401, name="user{n}"),)
MISSER = (Send("GET /backup{n}.zip", repeat=30, every=1, status=404),)
COUNTER = (Send("GET /api/orders/{n}", repeat=40, every=2, human=True),)


def asked(text: str = "") -> Question:
    """A question of a filter, for all times."""
    return Question(parse(text), Interval())


def judged(store: Store, sends: Sequence[Send] = GUESSER, name: str = "one", **options: Any) -> list[Exchange]:
    """A session that is stored, and judged."""
    made = session(name, HOST, sends, **options)
    save(store, made)
    running.refresh(store)
    return made


def bots(store: Store, text: str = "") -> list[listing.Bot]:
    """The bots under a filter."""
    return list(listing.every_bot(store, asked(text)))


def attacks(store: Store, text: str = "") -> dict[str, Any]:
    """The attacks under a filter, by type."""
    return {one.group["attack"]: one for one in every_attack(store, Asked(asked(text)))}


KINDS = {"brute": (GUESSER, 12), "credential_stuffing": (LISTER, 12), "dirbust": (MISSER, 30), "bola": (COUNTER, 40)}
"""What behaviour shows, who behaves so, and how many requests show it."""


@pytest.mark.rows("A1.3")
def test_behaviour_is_an_attack(store: Store) -> None:
    """A1.3: what only behaviour shows is found on the requests that show it, in attacks, sessions and requests alike, and can be asked for."""
    made = {
        kind: session(kind, f"{kind}.example", sends, ip=f"198.51.100.{at}")
        for at, (kind, (sends, _)) in enumerate(KINDS.items())
    }
    save(store, [one for some in made.values() for one in some])
    running.refresh(store)
    for kind, (_, shown) in KINDS.items():
        here = f"host:{kind}.example"
        found = attacks(store, here)[kind]
        assert (found.requests, found.sessions, found.incidents) == (shown, 1, 0)
        assert found.cwes
        (one,) = every_session(store, asked(here))
        assert (one.attack_types[kind], one.attacks) == (shown, shown)
        assert {one.request_id for one in every_request(store, asked(f"{here} attack:{kind}"))} == {one.id for one in made[kind]}
        assert all(kind in one.attacks for one in every_request(store, asked(here)))
        assert [one.id for one in every_session(store, asked(f"{here} attack:{kind}"))] == [one.id]


INJECTED = Send("POST /api/login?next=1%27%20OR%20%271%27=%271", repeat=12, every=2, status=401, name="bob")


@pytest.mark.rows("A1.3", "S3.2", "S3.4", "S3.5", "S4.2")
@pytest.mark.parametrize("text", ["", "attack:*", "-attack:*", "method:POST", "status:200", "attack:brute", "attack:sqli,brute"])
def test_attacks_are_counted_alike_everywhere(store: Store, text: str) -> None:
    """A1.3, S3.4: list, histogram, dropdown, session and requests count what behaviour shows alike, also after marks, under any filter."""
    save(store, [
        *session("guesser", HOST, [*GUESSER, Send("GET /api/me", repeat=4, every=5)], ip="198.51.100.1"),
        *session("both", "two.example", [INJECTED, Send("GET /api/me", repeat=4, every=5)], ip="198.51.100.2"),
        *session("visitor", HOST, [Send("GET /api/me", repeat=5, every=9)], ip="198.51.100.3"),
    ])  # fmt: skip
    running.refresh(store)
    every = attacks(store)
    assert {"sqli", "brute"} <= every.keys()
    counted_alike(store, text)
    for code in ("sqli", "brute"):
        mark_attack(store, Asked(asked(), attack=every[code].id), "false_positive", "ann")
        counted_alike(store, text)


def counted_alike(store: Store, text: str) -> None:
    """Expect what the requests of a filter say of their attacks to be what everything else counts."""
    question = asked(text)
    attacked = [one for one in every_request(store, question) if one.attacks]
    types = dict(Counter(code for one in attacked for code in one.attacks))
    parts = list(every_session(store, question, sort="-attacks"))
    assert [part.attacks for part in parts] == sorted((part.attacks for part in parts), reverse=True)
    assert sum(part.attacks for part in parts) == len(attacked)
    assert [sum(pulse.attacks) for pulse in pulses.of_parts(store, question, parts)] == [part.attacks for part in parts]
    assert sum(bar.attacks for bar in histogram(store, question).bars) == len(attacked)
    assert sum((Counter(part.attack_types) for part in parts), Counter()) == types
    if "attack:" not in text:
        assert {one.value: one.requests for one in facet(store, question, fields.BY_WORD["attack"]).values} == types
    for part in parts:
        opened = open_session(store, question, part.id)
        assert (opened.attacks, opened.parts[0].attacks) == (part.attacks, open_session(store, asked(), part.id).attacks)
        assert {one.value: one.shown for one in opened.statistics["attack"]} == part.attack_types
    if text in ("attack:*", "-attack:*"):
        assert {bool(one.attacks) for one in every_request(store, question)} <= {not text.startswith("-")}


def test_harmless_behaviour_is_none(chdb_store: Store) -> None:
    """A crowd of visitors, one of whom mistypes a password, is no attack and no bot."""
    save(chdb_store, [*crowd(HOST), *session("typo", HOST, [Send("POST /api/login", repeat=2, every=9, status=401, name="bob")])])
    running.refresh(chdb_store)
    assert (attacks(chdb_store), bots(chdb_store)) == ({}, [])


@pytest.mark.rows("A1.3")
def test_public_objects_in_order_are_no_broken_authorization(chdb_store: Store) -> None:
    """A1.3: objects that nobody has to log in for, on a host where elsewhere people do, are scraped and not broken into."""
    for number in range(12):
        ip = f"198.18.0.{number}"
        visit = [
            Send("GET /api/orders/{r}", repeat=3, every=9, key=True, ip=ip),
            Send("GET /api/products/{r}", repeat=3, every=9, ip=ip),
        ]
        save(chdb_store, session(f"visitor{number}", HOST, visit, start=NOON - number * HOUR))
    for name, ip in (("products", "203.0.113.1"), ("orders", "203.0.113.2")):
        save(chdb_store, session(name, HOST, [Send(f"GET /api/{name}/{{n}}", repeat=40, every=2, ip=ip)]))
    analyze(chdb_store)
    assert [*attacks(chdb_store)["bola"].endpoints] == ["/api/orders/{id}"]


@pytest.mark.rows("B6")
def test_a_bot_attack_has_its_sessions(store: Store) -> None:
    """B6: bots of one type on one host are one attack, which knows how many sessions it has, and the flagged requests are its own."""
    for number in range(3):
        save(store, session(f"s{number}", HOST, GUESSER, ip=f"198.51.100.{number}"))
    running.refresh(store)
    found = attacks(store)["account_takeover"]
    assert (found.sessions, found.ips, found.requests) == (3, 3, 36)
    told = bots(store, "bot:account_takeover")
    flagged = {one for bot in told for one in bot.flagged}
    assert flagged == {one.request_id for one in every_request(store, asked("attack:account_takeover"))}


def test_new_requests_of_a_bot_join_what_is_shown(store: Store) -> None:
    """A bot that goes on has its new requests among those that show it after the next analysis; nothing is there twice."""
    made = session("one", HOST, [Send("POST /api/login", repeat=30, every=2, status=401, name="bob")])
    for some in (made[:15], made[15:]):
        save(store, some)
        running.refresh(store)
    running.refresh(store)
    assert attacks(store)["brute"].requests == attacks(store)["brute"].findings == 30


@pytest.mark.rows("B6")
def test_what_a_person_rejects_is_gone(store: Store) -> None:
    """B6: a rejected bot is no bot and no attack any more, at once and after more analyses, until that is taken back."""
    judged(store)
    bot = bots(store, "bot:account_takeover")[0]
    bot_verdicts.mark(store, [bot], "rejected", "ann")
    for _ in range(2):
        assert not bots(store, "bot:account_takeover")
        assert "account_takeover" not in attacks(store)
        assert attacks(store, "mark:false_positive")["account_takeover"].sessions == 1
        assert [one.mark for one in bots(store, "bot:account_takeover verdict:rejected")] == ["rejected"]
        assert listing.open_bot(store, bot.id).mark == "rejected"
        assert not list(every_session(store, asked("bot:account_takeover")))
        running.refresh(store)
    bot_verdicts.mark(store, [bot], "", "ann")
    running.refresh(store)
    assert [one.id for one in bots(store, "bot:account_takeover")] == [bot.id]
    assert attacks(store)["account_takeover"].sessions == 1


@pytest.mark.rows("A2.4", "B6")
def test_a_mark_of_a_bot_attack_is_a_verdict(store: Store) -> None:
    """A2.4, B6: who marks an attack of bots as a false positive rejects its bots."""
    judged(store)
    found = attacks(store)["account_takeover"]
    mark_attack(store, Asked(asked(), attack=found.id), "false_positive", "ann")
    assert not bots(store, "bot:account_takeover")
    assert [one.mark for one in bots(store, "verdict:*")] == ["rejected"]
    mark_attack(store, Asked(asked(), attack=found.id), "", "ann")
    assert bots(store, "bot:account_takeover")


@pytest.mark.rows("B5")
@pytest.mark.parametrize(
    ("q", "holds"),
    [
        ("ip:198.51.100.0/24", True), ("ip:203.0.113.7", False), (f"host:{HOST} path:/api/login", True), ("path:/api/other", False),
        ("user_agent:*Chrome*", True), ("status:401 method:POST", True), ("status:200", False),
    ],
)  # fmt: skip
def test_exceptions(chdb_store: Store, q: str, holds: bool) -> None:
    """B5: sessions of which most requests are as an exception asks are no bots, and can be looked at all the same."""
    kept = abuse_exceptions.add(chdb_store, AbuseException(q=q), "ann")
    judged(chdb_store, ip="198.51.100.9")
    assert (not bots(chdb_store), not attacks(chdb_store)) == (holds, holds)
    excepted = bots(chdb_store, "verdict:excepted")
    assert {one.exception for one in excepted} == ({kept.id} if holds else set())


@pytest.mark.rows("B5")
def test_an_exception_is_for_its_types(chdb_store: Store) -> None:
    """B5: an exception leaves other types alone, and does not hold while it is disabled."""
    judged(chdb_store)
    kinds = {one.bot_type for one in bots(chdb_store)}
    assert "account_takeover" in kinds
    kept = abuse_exceptions.add(chdb_store, AbuseException(q=f"host:{HOST}", bot_types=("account_takeover",)), "ann")
    running.refresh(chdb_store)
    assert {one.bot_type for one in bots(chdb_store)} == kinds - {"account_takeover"}
    assert "brute" in attacks(chdb_store)
    abuse_exceptions.change(chdb_store, kept.id, "ann", enabled=False)
    running.refresh(chdb_store)
    assert {one.bot_type for one in bots(chdb_store)} == kinds


CRAWL = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.rows("B8")
def test_a_crawler_is_believed_by_its_address(store: Store) -> None:
    """B8: a crawler from the networks of its owner is no bot to worry about; who only borrows the name is."""
    reads = [Send("GET /products/{r}", repeat=80, every=1, agent=CRAWL)]
    for ip, host in (("66.249.66.1", "crawled.example"), ("203.0.113.7", "scraped.example")):
        save(store, session(host, host, reads, ip=ip))
    running.refresh(store)
    assert {one.host for one in bots(store)} == {"scraped.example"}
    excepted = bots(store, "verdict:excepted")
    assert {(one.host, one.exception) for one in excepted} == {("crawled.example", "crawler:Googlebot")}


def test_crawlers_have_networks() -> None:
    """Every well-known crawler says where it comes from, and who says so."""
    assert all(one.networks and one.source and one.client for one in crawlers())


@pytest.mark.rows("B4", "B5")
def test_a_profile_sets_how_sensitively_a_type_is_judged(chdb_store: Store) -> None:
    """B4, B5: a disabled type is not told, a paranoid one earlier than a safe one, in the applications of the profile alone."""
    few = [Send("POST /api/login", repeat=4, every=2, status=401, name="bob")]
    save(chdb_store, session("one", HOST, few))

    def found(**rule: str) -> set[str]:
        profiles.put(chdb_store, Profile(name="default", types={"account_takeover": TypeRule(**rule)}), "ann")
        running.refresh(chdb_store)
        return {one.bot_type for one in bots(chdb_store)}

    assert "account_takeover" in found(sensitivity="paranoid")
    assert "account_takeover" not in found(sensitivity="normal")
    assert "account_takeover" not in found(sensitivity="paranoid", action="disabled")
    profiles.put(chdb_store, Profile(name="other", applications=("elsewhere",), types={}), "ann")
    assert "account_takeover" in found(sensitivity="paranoid"), "what another profile says is for its applications"


@pytest.mark.rows("B5")
def test_a_profile_may_put_bots_on_a_list(chdb_store: Store) -> None:
    """B5: what a profile wants denied goes on the list once; what a person takes off again stays off until the bot goes on."""
    rule = TypeRule(action="denylist_both", hours=2)
    profiles.put(chdb_store, Profile(name="default", types={"account_takeover": rule}), "ann")
    judged(chdb_store, ip="198.51.100.9")
    entry = denylists.kept(chdb_store, "ips")[0]
    assert (entry.value, entry.author, entry.reason) == ("198.51.100.9", "apitrail", "Account takeover")
    assert [one.value for one in denylists.kept(chdb_store, "sessions")] == [one.id for one in every_session(chdb_store, asked())]
    denylists.remove(chdb_store, "ips", "198.51.100.9", "ann")
    running.refresh(chdb_store)
    assert denylists.kept(chdb_store, "ips") == []


@pytest.mark.rows("B5")
def test_the_normal_is_that_of_the_domain_where_a_profile_says_so(chdb_store: Store) -> None:
    """B5: a profile analyses by application, as far as there is one, or by domain."""
    judged(chdb_store)
    assert {one.scope for one in bots(chdb_store)} == {HOST}
    save(chdb_store, session("two", HOST, GUESSER, ip="198.51.100.2"))
    profiles.put(chdb_store, Profile(name="default", analyse_by="domain"), "ann")
    running.refresh(chdb_store)
    assert {one.scope for one in bots(chdb_store)} == {HOST}
