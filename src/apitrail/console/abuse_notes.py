"""What is said after bots were judged: what was done, and which exceptions hold for them all the same (B6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from apitrail.configure import abuse_exceptions
from apitrail.console.abuse_words import bot_title
from apitrail.console.links import LIST, AbuseView, View, saying
from apitrail.explore.bots.holding import CRAWLER
from apitrail.explore.bots.listing import Bot
from apitrail.explore.bots.marking import MarkedBots
from apitrail.model.abuse import CONFIRMED, REJECTED
from apitrail.store import Store

TAKEN_BACK = "taken-back"
DONE: Mapping[str, str] = {CONFIRMED: "Confirmed", REJECTED: "Rejected", TAKEN_BACK: "Taken back"}
"""What can be done to a bot, in words."""
HELD_TOLD = 5
"""Exceptions that are told after bots were judged."""


def key(bot: Bot) -> str:
    """A bot of an opened session: its day and type."""
    return f"{bot.day}.{bot.bot_type}"


def back_to(address: str, mark: str, bots: Sequence[Bot], marked: MarkedBots) -> str:
    """The address that a form leads back to, with what was done to which bots."""
    held = [marked.exception.id] if marked.exception else marked.still_excepted[:HELD_TOLD]
    judged = {"bot": ",".join(map(key, bots))} if address.startswith(LIST) else {}
    return saying(address, **judged, done=mark or TAKEN_BACK, held=",".join(held))


def of_session(store: Store, bots: Sequence[Bot], view: View) -> dict[str, Any] | None:
    """What was done to the bots of an opened session, as far as it is so; None when nothing was."""
    named = view.bot.split(",")
    judged = [bot for bot in bots if key(bot) in named and _is_so(bot, view.done)]
    if not judged:
        return None
    titles = ", ".join(dict.fromkeys(bot_title(bot.bot_type) for bot in judged))
    ids = [bot.id for bot in judged] if view.done != TAKEN_BACK else []
    return {"words": f"{DONE[view.done]}: {titles}", "ids": ids, **_exceptions(store, view)}


def of_list(store: Store, view: AbuseView) -> dict[str, Any] | None:
    """Which exceptions hold for bots that were judged in the list; None when that says nothing."""
    told = _exceptions(store, view)
    holds = told["held"] or told["verified"]
    return {"words": DONE[view.done], "ids": [], **told} if view.done in DONE and holds else None


def _is_so(bot: Bot, done: str) -> bool:
    return bot.mark not in (CONFIRMED, REJECTED) if done == TAKEN_BACK else bool(done) and bot.mark == done


def _exceptions(store: Store, view: View | AbuseView) -> dict[str, Any]:
    """The exceptions of an address that are there; `still` when they hold in spite of what was done."""
    ids = view.held.split(",")[:HELD_TOLD] if view.held else []
    known = {one.id: one.sentence for one in abuse_exceptions.in_force(store)} if ids else {}
    held = [{"id": one, "words": known[one]} for one in ids if one in known]
    still = view.done == TAKEN_BACK
    return {"held": held, "still": still, "verified": still and any(one.startswith(CRAWLER) for one in ids)}
