"""Saying whether bots are some: by their ids or all under a filter, with an exception for what is none (B6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from apitrail.configure import abuse_exceptions, bot_verdicts
from apitrail.configure.abuse_exceptions import KeptException
from apitrail.errors import BadQuestion
from apitrail.explore.bots import listing
from apitrail.explore.bots.holding import holding
from apitrail.explore.bots.listing import Bot
from apitrail.model.abuse import REJECTED, AbuseException
from apitrail.query import text
from apitrail.query.tree import Question
from apitrail.store import Store

NAMED_LIMIT = 100
"""Bots that can be named one by one in one go."""
FOUND_LIMIT = 1000
"""Bots under a filter that are marked in one go."""
ADDRESSES_LIMIT = 5
"""Addresses by which an exception tells sessions; where there are more, it tells them by their ids."""
SESSIONS_LIMIT = 50
"""Sessions that an exception tells by their ids; where there are more, it tells them by their program."""


class MarkedBots(msgspec.Struct, frozen=True, kw_only=True):
    """How many bots have the mark now, and the exception that was made for them, if one was wanted.

    Where marks were taken back, `still_excepted` has the ids of the exceptions that hold for some of the bots all the same.
    """

    marked: int
    exception: KeptException | None = None
    still_excepted: list[str] = []


def chosen(store: Store, ids: Sequence[str], question: Question) -> list[Bot]:
    """The bots of ids, else those under a question; NotFound when one is not there, BadQuestion for both, none or too many."""
    if bool(ids) == (question != Question()):
        raise BadQuestion("what is marked is either bots by their ids, or those under a filter", position=0, suggestion="bots")
    return _named(store, ids) if ids else _found(store, question)


def mark(store: Store, bots: Sequence[Bot], value: str, author: str, *, exception: bool | AbuseException = False) -> MarkedBots:
    """Confirm or reject bots, or take that back with an empty value; rejected ones may have an exception, proposed or given.

    BadQuestion, and nothing is marked, when the value is none, or the exception can be none.
    """
    bot_verdicts.check_mark(value)
    if exception is False or not bots:
        marked = bot_verdicts.mark(store, bots, value, author)
        return MarkedBots(marked=marked, still_excepted=holding(store, bots) if value == bot_verdicts.NONE else [])
    if value != REJECTED:
        raise BadQuestion(f"an exception is for bots that are rejected, not {value or 'for a mark that is taken away'}")
    wanted = proposal(*bots) if exception is True else exception
    kept = abuse_exceptions.add(store, wanted, author)
    return MarkedBots(marked=bot_verdicts.mark(store, bots, value, author), exception=kept)


def proposal(*bots: Bot) -> AbuseException:
    """An exception for the sessions of bots, for their types alone.

    It tells them by their addresses if these are few, else by their ids, which are the same for a key or cookie on any day, else
    by the program that they all name. BadQuestion when nothing tells them apart from others.
    """
    addresses = _distinct(address for bot in bots for address in bot.ips)
    sessions = _distinct(bot.session_id for bot in bots)
    clients = _distinct(bot.client for bot in bots)
    if 1 <= len(addresses) <= ADDRESSES_LIMIT:
        term = text.term("ip", addresses)
    elif 1 <= len(sessions) <= SESSIONS_LIMIT:
        term = text.term("session", sessions)
    elif len(clients) == 1 and all(bot.client for bot in bots):
        term = text.term("client", clients)
    else:
        raise BadQuestion("these bots have nothing in common by which to except them; write the filter of the exception yourself")
    return AbuseException(q=term.text, bot_types=tuple(_distinct(bot.bot_type for bot in bots)))


def _distinct(values: Iterable[str]) -> list[str]:
    return sorted(set(filter(None, values)))


def _named(store: Store, ids: Sequence[str]) -> list[Bot]:
    names = list(dict.fromkeys(ids))
    if len(names) > NAMED_LIMIT:
        raise BadQuestion(f"at most {NAMED_LIMIT} bots are marked by their ids, not {len(names):,}; more by a filter")
    return [listing.open_bot(store, name) for name in names]


def _found(store: Store, question: Question) -> list[Bot]:
    page = listing.list_bots(store, question, limit=FOUND_LIMIT)
    if page.total > FOUND_LIMIT:
        raise BadQuestion(f"{page.total:,} bots are under this filter; at most {FOUND_LIMIT:,} are marked at once, so narrow it")
    return list(page.items)
