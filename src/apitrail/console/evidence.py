"""Why an opened session is a bot: what each detector saw beside what is normal, and the typical session beside it (S4.6, B6)."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from apitrail.analyze.bots.catalogue import Detector
from apitrail.configure import abuse_exceptions, bot_verdicts
from apitrail.configure.abuse_exceptions import KeptException
from apitrail.console import abuse_notes, bars
from apitrail.console.abuse_words import (
    bot_title,
    catalogue,
    detector_title,
    measured,
    multiplier,
    span,
    sure_words,
    unit_of,
    verdict_title,
)
from apitrail.console.links import AbuseView, View
from apitrail.errors import BadQuestion
from apitrail.explore.bots import listing, marking, typical
from apitrail.explore.bots.holding import CRAWLER
from apitrail.explore.bots.listing import Bot, Seen
from apitrail.explore.bots.typical import Comparison
from apitrail.model.abuse import EXCEPTED, REJECTED
from apitrail.query import text
from apitrail.store import Store
from apitrail.store.behaviour import FLAGGED

PANELS = 10
"""Bots of a session that are shown: those that are surest."""
EXCEPTION_DAYS = 30
"""Days for which a rejection offers an exception."""


def bots_of(store: Store, session: str, day: str) -> list[Bot]:
    """The bots that a session is, or its part of a day: those that stand first, and among them the surest. NotFound for no id."""
    mine = [bot for bot in listing.bots_of_session(store, session) if not day or bot.day == day]
    return sorted(mine, key=lambda bot: bot.mark in (REJECTED, EXCEPTED))[:PANELS]


def flagged(bots: Sequence[Bot]) -> dict[str, str]:
    """The requests that show best that a session is a bot, each with the types in words; not of what was rejected or excepted."""
    found: dict[str, list[str]] = {}
    for bot in bots:
        for request in bot.flagged if bot.mark not in (REJECTED, EXCEPTED) else ():
            found.setdefault(request, []).append(bot_title(bot.bot_type))
    return {request: ", ".join(dict.fromkeys(titles)) for request, titles in found.items()}


def content(store: Store, bots: Sequence[Bot], view: View) -> dict[str, Any]:
    """Everything the template of the evidence needs.

    The bots that the view names are unfolded, the first of these beside the typical session; of the others stands what they are.
    """
    if not bots:
        return {"panels": [], "back": "", "flagged": 0, "only_url": "", "told": None}
    said = bot_verdicts.marks(store) if any(bot.mark for bot in bots) else {}
    kept = {one.id: one for one in abuse_exceptions.kept(store)} if any(bot.exception for bot in bots) else {}
    several = len({bot.day for bot in bots}) > 1
    of_day = Counter(bot.day for bot in bots)
    panels = [_panel(bot, said.get(bot.id), kept, several=several, others=of_day[bot.day] > 1) for bot in bots]
    unfolded = [at for at, bot in enumerate(bots) if abuse_notes.key(bot) in view.bot.split(",")]
    for at, bot in enumerate(bots):
        panels[at]["open"] = at in unfolded
        panels[at]["toggle"] = view.url(bot="" if at in unfolded else abuse_notes.key(bot)) + view.anchor
    if unfolded:
        panels[unfolded[0]]["beside"] = _beside(store, bots[unfolded[0]])
    shown = len(flagged(bots))
    return {
        "panels": panels,
        "back": view.url() + view.anchor,
        "told": abuse_notes.of_session(store, bots, view),
        "flagged": shown,
        "only_url": view.url(flagged="" if view.flagged else "1", rafter="", request="") + view.anchor if shown else "",
    }


def _panel(
    bot: Bot, said: bot_verdicts.Verdict | None, kept: dict[str, KeptException], *, several: bool, others: bool
) -> dict[str, Any]:
    voted = sorted((one for one in bot.detectors if one.vote), key=lambda one: -one.multiplier)
    return {
        "bot": bot,
        "title": bot_title(bot.bot_type),
        "sure": sure_words(bot.confidence),
        "stands": bot.mark not in (REJECTED, EXCEPTED),
        "mark": verdict_title(bot.mark),
        "said": said,
        "excepted": _excepted(bot, kept),
        "day": bot.day if several else "",
        "others": others,
        "open": False,
        "cut": FLAGGED if FLAGGED <= len(bot.flagged) < bot.requests else 0,
        "voted": [_seen(one) for one in voted],
        "silent": [_seen(one) for one in bot.detectors if not one.vote],
        "beside": None,
        "proposal": _proposal(bot),
        "alike_url": AbuseView(q=text.term_text("bot", bot.bot_type), tab="bots").url(),
    }


def _excepted(bot: Bot, kept: dict[str, KeptException]) -> str:
    """Why an exception holds, in words; empty when none does."""
    if bot.mark != EXCEPTED:
        return ""
    if bot.exception.startswith(CRAWLER):
        return f"it is the crawler {bot.exception.removeprefix(CRAWLER)}, whose address was verified"
    known = kept.get(bot.exception)
    return known.sentence if known else "an exception that is there no more; the next analysis judges it again"


def _proposal(bot: Bot) -> dict[str, Any]:
    """The exception that a rejection offers, also for the attacks that its detectors stand for.

    Without a filter when the bot has nothing to tell it by.
    """
    attacks = {known.attack for one in bot.detectors if one.vote and (known := catalogue().get(one.name))} - {""}
    offered = {"types": [bot.bot_type, *sorted(attacks)], "until": _days_from_now(EXCEPTION_DAYS)}
    try:
        return {"q": marking.proposal(bot).q, **offered}
    except BadQuestion:
        return {"q": "", **offered}


def _days_from_now(days: int) -> str:
    """A day in UTC, as a field of a form has it."""
    return (dt.datetime.fromtimestamp(time.time(), dt.UTC) + dt.timedelta(days=days)).date().isoformat()


def _seen(one: Seen) -> dict[str, Any]:
    known: Detector | None = catalogue().get(one.name)
    unit = unit_of(one.name)
    direction = known.direction if known else "high"
    return {
        "name": one.name,
        "title": detector_title(one.name),
        "value": measured(one.value, unit),
        "normal": measured(one.normal, unit),
        "off": multiplier(one.multiplier, direction),
        "because": [name.replace("_", " ") for name in one.because],
        "why": known.why if known else "",
        "wrong": known.wrong if known else "",
        "url": AbuseView(q=text.term_text("detector", one.name), tab="bots").url(),
    }


def _beside(store: Store, bot: Bot) -> dict[str, Any]:
    """The session part beside the typical one: figures, and pictures of pauses, endpoints, and requests over time."""
    found = typical.compare(store, bot)
    return {
        "sessions": found.sessions,
        "figures": [_figure(one) for one in found.figures if one.value is not None],
        "pauses": bars.pauses(found.pauses),
        "pause_edges": _edges(found),
        "pace": bars.pace(found.pace, found.step),
        "pace_step": span(found.step / 1000),
        "endpoints": found.endpoints,
    }


def _figure(one: typical.Figure) -> dict[str, str]:
    return {
        "title": one.title,
        "value": measured(one.value, one.unit, named=False),
        "median": measured(one.median, one.unit, named=False),
        "p95": measured(one.p95, one.unit, named=False),
    }


def _edges(found: Comparison) -> tuple[str, str]:
    if not found.pauses:
        return ("", "")
    return span(found.pauses[0].milliseconds), span(2 * found.pauses[-1].milliseconds)
