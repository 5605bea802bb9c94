"""Bots in figures, and a session beside the typical one: as plain Python counts them from the bots and the requests (B6, B7)."""

from __future__ import annotations

import datetime as dt
import statistics as plain
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations, pairwise

import msgspec
import pytest

from analyze.bot_traffic import CROWD, crowd, session
from apitrail.analyze.bots import running
from apitrail.analyze.bots.catalogue import Send
from apitrail.configure import bot_verdicts, profiles
from apitrail.errors import BadQuestion
from apitrail.explore.bots import listing, scopes, statistics, typical
from apitrail.explore.bots.listing import Bot
from apitrail.model.abuse import CONFIRMED, DOMAIN, REJECTED, Profile
from apitrail.query.text import parse
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from engines import ENGINES
from traffic import DAY, HOUR, NOON, save

HOST, SHOP = "www.books.example", "shop"
THIEF = (Send("GET /login", every=2), Send("POST /api/login", repeat=14, every=3, status=401, name="reader{n}"))
SCRAPER = (Send("GET /products/{r}", repeat=40, every=12, jitter=0.2),)


@pytest.fixture(scope="module", params=ENGINES)
def robbed(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[Store]:
    """People, four sessions of an application in which a list of accounts is tried on two days, and a scraper."""
    with Store(make_dsn(request.param), retention_days=0) as store:
        made = [*crowd(HOST), *session("scraper", HOST, SCRAPER, ip="203.0.113.50")]
        for number in range(4):
            start = NOON - HOUR - number % 2 * DAY
            tried = session(f"thief{number}", HOST, THIEF, start=start, ip=f"203.0.113.{number // 2}")
            made += [msgspec.structs.replace(one, application=SHOP) for one in tried]
        save(store, made)
        running.refresh(store)
        yield store


def asked(text: str = "", interval: Interval | None = None) -> Question:
    """A question about bots."""
    return Question(parse(text), interval or Interval())


def bots(store: Store, question: Question) -> list[Bot]:
    """The bots themselves."""
    return list(listing.every_bot(store, question))


def voted(bot: Bot) -> list[str]:
    """The detectors that spoke of a bot."""
    return sorted(one.name for one in bot.detectors if one.vote)


QUESTIONS = (
    "",
    "bot:account_takeover",
    "bot_confidence:>0.9",
    "ip:203.0.113.0",
    "detector:credential_stuffing",
    "host:elsewhere.example",
)


@pytest.mark.rows("B7")
@pytest.mark.parametrize("text", QUESTIONS)
def test_totals_are_those_of_the_bots(robbed: Store, text: str) -> None:
    """B7: bots, sessions, addresses and requests are those of the list, each session part counted once."""
    found = bots(robbed, asked(text))
    parts = {(bot.day, bot.session_id): bot.requests for bot in found}
    assert statistics.totals(robbed, asked(text)) == statistics.Totals(
        len(found), len({bot.session_id for bot in found}), len({ip for bot in found for ip in bot.ips}), sum(parts.values())
    )


@pytest.mark.rows("B7")
@pytest.mark.parametrize("text", QUESTIONS)
def test_steps_of_time_hold_all_bots(robbed: Store, text: str) -> None:
    """B7: over thirty days each bot stands in the day in which it began, under its type; empty days are there too."""
    span = Interval(NOON - 30 * DAY, NOON + DAY)
    data = statistics.timeline(robbed, asked(text, span))
    assert data.step == DAY
    assert [later.start - earlier.start for earlier, later in pairwise(data.steps)] == [DAY] * (len(data.steps) - 1)
    found = Counter((bot.day, bot.bot_type) for bot in bots(robbed, asked(text, span)))
    assert Counter({(_day(step.start), kind): n for step in data.steps for kind, n in step.bots.items()}) == found


def _day(microseconds: int) -> str:
    return (dt.date(1970, 1, 1) + dt.timedelta(days=microseconds // DAY)).isoformat()


@pytest.mark.rows("B7")
def test_a_narrow_interval_has_narrow_steps(robbed: Store) -> None:
    """B7: an hour is shown in steps of minutes, and has the bots that were there in it, also those that began before."""
    data = statistics.timeline(robbed, asked("", Interval(NOON + 60_000_000, NOON + HOUR)))
    assert data.step < HOUR
    assert (
        sum(sum(step.bots.values()) for step in data.steps)
        == len(bots(robbed, asked("", Interval(NOON + 60_000_000, NOON + HOUR))))
        > 0
    )


@pytest.mark.rows("B7")
def test_types_are_counted_whatever_type_is_asked_for(robbed: Store) -> None:
    """B7: each type has its sessions, addresses and requests, also while the filter asks for one of them."""
    found = bots(robbed, asked())
    for kind in statistics.kinds(robbed, asked("bot:scraping")):
        mine = [bot for bot in found if bot.bot_type == kind.bot_type]
        assert kind.sessions == len({bot.session_id for bot in mine})
        assert kind.ips == len({ip for bot in mine for ip in bot.ips})
        assert kind.requests == sum(bot.requests for bot in mine)
        assert min(bot.confidence for bot in mine) <= kind.confidence <= max(bot.confidence for bot in mine)
    assert {kind.bot_type for kind in statistics.kinds(robbed, asked())} == {bot.bot_type for bot in found}


@pytest.mark.rows("B7")
def test_the_most_frequent_values(robbed: Store) -> None:
    """B7: addresses, hosts and detectors have the sessions in which they are, the most frequent first."""
    found = bots(robbed, asked())
    addresses = {(ip, bot.session_id) for bot in found for ip in bot.ips}
    expected = Counter(ip for ip, _ in addresses)
    assert {one.ip: one.sessions for one in statistics.attackers(robbed, asked())} == expected
    detectors = Counter(name for name, _ in {(name, bot.session_id) for bot in found for name in voted(bot)})
    tops = statistics.tops(robbed, asked(), ["detector", "host", "application"], limit=100)
    told = tops["detector"]
    assert {one.value: one.requests for one in told} == detectors
    assert [one.requests for one in told] == sorted(detectors.values(), reverse=True)
    assert [(one.value, one.requests) for one in tops["host"]] == [(HOST, 5)]
    applications = Counter(name for name, _ in {(bot.application, bot.session_id) for bot in found if bot.application})
    assert {one.value: one.requests for one in tops["application"]} == applications
    (first,) = statistics.tops(robbed, asked(), ["detector"], limit=1)["detector"]
    assert first == told[0]


def test_a_dropdown_leaves_its_own_filter_out(robbed: Store) -> None:
    """A dropdown has the values under the other filters, those that contain a text alone, and says how many there are."""
    every = statistics.facet(robbed, asked("bot:scraping"), "bot")
    assert {one.value for one in every.values} == {bot.bot_type for bot in bots(robbed, asked())}
    some = statistics.facet(robbed, asked(), "detector", search="stuffing", limit=1)
    assert [one.value for one in some.values] == ["credential_stuffing"]
    assert some.distinct >= 1
    with pytest.raises(BadQuestion, match="no dropdown over bots"):
        statistics.facet(robbed, asked(), "payload")


@pytest.mark.rows("B7")
def test_targets_are_what_the_sessions_ask_for(robbed: Store) -> None:
    """B7: endpoints have the requests that the bots' sessions sent to them."""
    found = {one.endpoint: one.requests for one in statistics.targets(robbed, asked())}
    assert found == {"/api/login": 4 * 14, "/products/{id}": 40, "/login": 4}


@pytest.mark.rows("B7")
def test_pairs_spoke_of_the_same_sessions(robbed: Store) -> None:
    """B7: two detectors stand together with the number of session parts of which both spoke, in whatever type."""
    parts = {(bot.day, bot.session_id, pair) for bot in bots(robbed, asked()) for pair in combinations(voted(bot), 2)}
    expected = Counter(pair for *_, pair in parts)
    assert {(one.one, one.other): one.parts for one in statistics.pairs(robbed, asked(), limit=100)} == expected


@pytest.mark.rows("B6")
def test_rejected_bots_leave_the_figures(robbed: Store) -> None:
    """B6: what was rejected is in no figure but those of verdicts and of what is left out; what was confirmed stays."""
    question = asked("bot:account_takeover")
    bot, other = bots(robbed, question)[:2]
    before = statistics.totals(robbed, question)
    bot_verdicts.mark(robbed, [bot], REJECTED, "alice")
    bot_verdicts.mark(robbed, [other], CONFIRMED, "alice")
    try:
        assert statistics.totals(robbed, question).bots == before.bots - 1
        assert statistics.totals(robbed, asked("bot:account_takeover verdict:rejected")).bots == 1
        told = statistics.facet(robbed, question, "verdict")
        assert [(one.value, one.requests) for one in told.values] == [("confirmed", 1), ("rejected", 1)]
        assert statistics.left_out(robbed, question) == statistics.LeftOut(0, 1)
        assert statistics.left_out(robbed, asked("bot:scraping")) == statistics.LeftOut(0, 0)
        assert statistics.left_out(robbed, asked("verdict:confirmed")) == statistics.LeftOut(0, 0)
    finally:
        bot_verdicts.mark(robbed, [bot, other], "", "alice")
    assert statistics.totals(robbed, question) == before


@pytest.mark.rows("B3", "B5")
def test_how_many_sessions_a_scope_has(robbed: Store) -> None:
    """B3, B5: scopes are applications, or hosts where none is named or a profile says so, each with its session parts."""
    apart, together = [scopes.Scope(HOST, CROWD + 1), scopes.Scope(SHOP, 4)], [scopes.Scope(HOST, CROWD + 5)]
    assert scopes.scopes(robbed) == apart
    profiles.put(robbed, Profile(name="shops", applications=(SHOP,), analyse_by=DOMAIN), "alice")
    assert scopes.scopes(robbed) == together
    profiles.put(robbed, Profile(name="default", analyse_by=DOMAIN), "alice")
    assert scopes.scopes(robbed) == together
    profiles.put(robbed, Profile(name="shops", applications=(SHOP,)), "alice")
    assert scopes.scopes(robbed) == apart
    profiles.remove(robbed, "shops", "alice")
    assert scopes.scopes(robbed) == together
    profiles.put(robbed, Profile(name="default"), "alice")
    assert scopes.scopes(robbed) == apart


def test_without_an_analysis_there_are_no_figures(chdb_store: Store) -> None:
    """A new store has nothing of anything."""
    assert scopes.scopes(chdb_store) == []
    assert statistics.timeline(chdb_store, asked()).steps == []
    assert statistics.totals(chdb_store, asked()) == statistics.Totals(0, 0, 0, 0)
    assert statistics.kinds(chdb_store, asked()) == statistics.pairs(chdb_store, asked()) == []
    assert statistics.targets(chdb_store, asked()) == statistics.attackers(chdb_store, asked()) == []


@pytest.mark.rows("B6")
def test_the_typical_session_is_made_of_the_others(robbed: Store) -> None:
    """B6: figures stand beside the median and the 95th percentile of the other sessions of the scope."""
    bot = bots(robbed, asked("bot:scraping"))[0]
    found = typical.compare(robbed, bot)
    parts = robbed.rows("SELECT session_id, count() AS n FROM requests WHERE application = '' GROUP BY day, session_id")
    others = [row["n"] for row in parts if int.from_bytes(row["session_id"], "little") != int(bot.session_id, 16)]
    assert found.sessions == len(others)
    requests = next(one for one in found.figures if one.name == "requests")
    assert (requests.value, requests.median) == (40, plain.median_low(others))
    assert max(others) >= (requests.p95 or 0) >= plain.median(others)
    assert sum(found.pace) == bot.requests


@pytest.mark.rows("B6")
def test_pauses_are_shares(robbed: Store) -> None:
    """B6: the shares of the pauses add up to one, for the session and for the others; a scraper's are all alike."""
    found = typical.compare(robbed, bots(robbed, asked("bot:scraping"))[0])
    assert sum(one.own for one in found.pauses) == pytest.approx(1)
    assert sum(one.typical for one in found.pauses) == pytest.approx(1)
    assert [one.milliseconds for one in found.pauses if one.own] == [8192]
    assert sum(bool(one.typical) for one in found.pauses) > 3


@pytest.mark.rows("B6")
def test_endpoints_stand_beside_their_share_in_other_sessions(robbed: Store) -> None:
    """B6: each endpoint has the requests of the session, and its share there and elsewhere."""
    found = typical.compare(robbed, bots(robbed, asked("bot:scraping"))[0])
    every = Counter(row["endpoint"] for row in robbed.rows("SELECT endpoint FROM requests WHERE application = ''"))
    share = (every["/products/{id}"] - 40) / (sum(every.values()) - 40)
    assert [(one.endpoint, one.requests, one.own) for one in found.endpoints] == [("GET /products/{id}", 40, 1)]
    assert found.endpoints[0].typical == pytest.approx(share)
