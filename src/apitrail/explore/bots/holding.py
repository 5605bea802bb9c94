"""Which exceptions hold for bots: those of people as they are now, those of crawlers as the newest analysis said (B5, B8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from apitrail.configure import abuse_exceptions
from apitrail.configure.abuse_exceptions import KeptException
from apitrail.errors import BadQuestion
from apitrail.explore.bots.listing import Bot
from apitrail.query import text
from apitrail.query.sql import Values, where
from apitrail.query.tree import Interval
from apitrail.store import Store

CRAWLER = "crawler:"
"""How the id of the exception of a crawler begins whose address was verified."""


def holding(store: Store, bots: Sequence[Bot]) -> list[str]:
    """The ids of the exceptions that hold for some of the bots, in the order of the exceptions, those of crawlers last."""
    kinds = {bot.bot_type for bot in bots}
    kept = [one for one in abuse_exceptions.in_force(store) if _is_for(one, kinds)] if bots else []
    fitting = _fitting(store, bots, kept) if kept else set()
    return [
        *(one.id for one in kept if one.id in fitting),
        *sorted({bot.exception for bot in bots if bot.exception.startswith(CRAWLER)}),
    ]


def _is_for(one: KeptException, kinds: Iterable[str]) -> bool:
    return not one.exception.bot_types or not set(one.exception.bot_types).isdisjoint(kinds)


def _fitting(store: Store, bots: Sequence[Bot], kept: Sequence[KeptException]) -> set[str]:
    """The exceptions that ask for at least half of the requests of a bot that they are for."""
    values = Values()
    asked = {one.id: condition for one in kept if (condition := _condition(one, values))}
    if not asked:
        return set()
    counted = ", ".join(f"2 * countIf({condition}) >= count()" for condition in asked.values())
    sessions = values.bind([int(session, 16) for session in sorted({bot.session_id for bot in bots})], "Array(UInt128)")
    rows = store.rows(
        f"SELECT toString(day) AS day, lower(leftPad(hex(session_id), 32, '0')) AS session, [{counted}] AS holds FROM requests"
        f" WHERE session_id IN {sessions} GROUP BY day, session_id",
        values.bound,
    )
    holds = {(row["day"], row["session"]): dict(zip(asked, row["holds"], strict=True)) for row in rows}
    return {
        one.id
        for one in kept
        for bot in bots
        if _is_for(one, (bot.bot_type,)) and holds.get((bot.day, bot.session_id), {}).get(one.id)
    }


def _condition(one: KeptException, values: Values) -> str:
    """What an exception asks of requests; nothing when its filter is none any more."""
    try:
        return where(text.parse(one.exception.q), Interval(), values)
    except BadQuestion:
        return ""
