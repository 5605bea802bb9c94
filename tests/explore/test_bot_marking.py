"""Marking bots by ids or by a filter, and the exception that is proposed for what is none (B6)."""

from __future__ import annotations

import msgspec
import pytest

from apitrail.analyze.running import analyze
from apitrail.configure import abuse_exceptions, bot_verdicts
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.bots import listing, marking
from apitrail.explore.bots.listing import Bot
from apitrail.explore.bots.marking import ADDRESSES_LIMIT, NAMED_LIMIT, SESSIONS_LIMIT, proposal
from apitrail.model.abuse import AbuseException
from apitrail.query.text import parse
from apitrail.query.tree import Question
from apitrail.store import Store
from scraped import SCRAPER, bots, scraped

SCRAPING = Question(parse("bot:scraping"))


def ids(store: Store, text: str = "") -> list[str]:
    """The ids of the bots under a filter."""
    return [bot.id for bot in bots(store, text)]


@pytest.mark.rows("B6")
def test_a_rejected_bot_is_gone_and_comes_back(store: Store) -> None:
    """B6: rejected bots are in no list that does not ask for verdicts, also after the next analysis, until that is taken back."""
    scraped(store)
    first, *others = ids(store)
    assert marking.mark(store, marking.chosen(store, [first], Question()), "rejected", "ann").marked == 1
    analyze(store)
    assert (ids(store), ids(store, "verdict:rejected")) == (others, [first])
    assert marking.mark(store, marking.chosen(store, [first], Question()), "", "ann").marked == 1
    assert ids(store) == [first, *others]


@pytest.mark.rows("B6")
def test_an_exception_keeps_a_bot_from_being_told_again(chdb_store: Store) -> None:
    """B6: rejected with an exception, the sessions are no such bots after the next analysis either, with the mark or without."""
    scraped(chdb_store)
    found = marking.chosen(chdb_store, [], Question(parse(f"ip:{SCRAPER}")))
    made = marking.mark(chdb_store, found, "rejected", "ann", exception=True)
    assert (made.marked, made.exception and made.exception.exception.q) == (len(found), f"ip:{SCRAPER}")
    analyze(chdb_store)
    marking.mark(chdb_store, bots(chdb_store, "verdict:*"), "", "ann")
    assert bots(chdb_store) == []
    assert {bot.exception for bot in bots(chdb_store, "verdict:excepted")} == {made.exception and made.exception.id}


@pytest.mark.rows("B6")
def test_the_exception_can_be_another(chdb_store: Store) -> None:
    """B6: who rejects may say which requests are meant; an exception that can be none leaves everything as it was."""
    scraped(chdb_store)
    found = marking.chosen(chdb_store, [], SCRAPING)
    with pytest.raises(BadQuestion, match="is about a bot"):
        marking.mark(chdb_store, found, "rejected", "ann", exception=AbuseException(q="bot:scraping"))
    with pytest.raises(BadQuestion, match="an exception is for bots that are rejected"):
        marking.mark(chdb_store, found, "confirmed", "ann", exception=True)
    assert (bot_verdicts.marks(chdb_store), abuse_exceptions.kept(chdb_store)) == ({}, [])
    wanted = AbuseException(q="ip:203.0.113.0/24 path:/products/*", until="2099-01-01", reason="a partner")
    made = marking.mark(chdb_store, found, "rejected", "ann", exception=wanted).exception
    assert made == abuse_exceptions.kept(chdb_store)[0]
    assert made.exception.reason == "a partner"


def test_what_is_marked_is_named_or_asked_for(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids or a filter, never both, none, an id that is not there, or more than can be looked over; a filter may find nothing."""
    scraped(chdb_store)
    one = bots(chdb_store)[0].id
    for ids, question in (([], Question()), ([one], SCRAPING)):
        with pytest.raises(BadQuestion, match="either bots by their ids, or those under a filter"):
            marking.chosen(chdb_store, ids, question)
    for wrong in ("nix", one.replace("2026", "2025"), f"{one}'", "\0", ""):
        with pytest.raises(NotFound, match="there is no bot"):
            marking.chosen(chdb_store, [one, wrong], Question())
    with pytest.raises(BadQuestion, match="at most 100 bots are marked by their ids, not 101"):
        marking.chosen(chdb_store, [str(number) for number in range(NAMED_LIMIT + 1)], Question())
    assert marking.mark(chdb_store, marking.chosen(chdb_store, [], Question(parse("ip:10.9.9.9"))), "rejected", "ann", exception=True) == (
        marking.MarkedBots(marked=0)
    )  # fmt: skip
    monkeypatch.setattr(marking, "FOUND_LIMIT", 1)
    with pytest.raises(BadQuestion, match="at most 1 are marked at once, so narrow it"):
        marking.chosen(chdb_store, [], Question(parse("bot:*")))


@pytest.mark.rows("B6")
def test_a_proposal_tells_sessions_by_little(chdb_store: Store) -> None:
    """B6: by a few addresses, else by the sessions, else by the program, whatever that calls itself; for the types found alone."""
    scraped(chdb_store)
    found = bots(chdb_store, "bot:scraping")[0]
    for client in ("Chrome 142", 'x" OR bot:*', "(a) *", "a,b", "\N{RIGHT-TO-LEFT OVERRIDE}<script>"):
        _proposes(msgspec.structs.replace(found, client=client))


def _proposes(bot: Bot) -> None:
    assert proposal(bot) == AbuseException(q=f"ip:{SCRAPER}", bot_types=("scraping",))
    spread = msgspec.structs.replace(bot, ips=[f"10.0.0.{last}" for last in range(ADDRESSES_LIMIT + 1)])
    assert proposal(spread).q == f"session:{bot.session_id}"
    many = [msgspec.structs.replace(spread, session_id=f"{number:032x}") for number in range(SESSIONS_LIMIT + 1)]
    told = proposal(*many, msgspec.structs.replace(many[0], bot_type="enum"))
    (term,) = parse(told.q)
    assert (term.text.partition(":")[0], told.bot_types) == ("client", ("enum", "scraping"))
    assert abuse_exceptions.check(told) == told
    assert _values(told) == [bot.client]
    with pytest.raises(BadQuestion, match="nothing in common"):
        proposal(*many, msgspec.structs.replace(spread, client="Firefox 140"))


def _values(told: AbuseException) -> list[object]:
    return [match.value for term in parse(told.q) for match in getattr(term, "matches", ())]


def test_a_bot_without_an_address_is_told_by_its_session(chdb_store: Store) -> None:
    """Where the source says no address, the session is what a proposal names."""
    scraped(chdb_store)
    bot: Bot = msgspec.structs.replace(listing.list_bots(chdb_store, SCRAPING).items[0], ips=[""])
    assert proposal(bot).q == f"session:{bot.session_id}"
