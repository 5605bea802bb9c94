"""Answers about API abuse on the terminal: bots and their detectors, profiles, exceptions, lists of what is denied."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from apitrail.console.abuse_words import catalogue, detector_title, measured, multiplier, unit_of
from apitrail.model.abuse import BOT_TYPES, DENYLIST_BOTH, DENYLIST_IP, DENYLIST_SESSION
from apitrail.printing import BOTS, WIDE, Column, plain, words, write

REQUESTS_SHOWN = 20
"""Requests that show a bot which are listed on the terminal."""
LISTED = (DENYLIST_IP, DENYLIST_SESSION, DENYLIST_BOTH)
"""What is done for a time."""


def _moment(time: str) -> str:
    return time[:19].replace("T", " ")


def _rules(kept: Any) -> Iterator[str]:
    """What is done about each type that is not registered as usual, as `--rule` takes it."""
    for bot_type in BOT_TYPES:
        if bot_type in kept.profile.types:
            rule = kept.profile.types[bot_type]
            hours = [f"{rule.hours} h" if rule.hours else "for ever"] if rule.action in LISTED else []
            yield f"{bot_type}: {', '.join([rule.action, *hours, rule.sensitivity])}"


def _state(kept: Any) -> str:
    if kept.ended:
        return "ended"
    return "yes" if kept.exception.enabled else "no"


FLAGGED: Sequence[Column] = (
    Column("Time", lambda request: request.time[:23].replace("T", " "), width=23),
    Column("Method", lambda request: request.method),
    Column("Endpoint", lambda request: request.endpoint, most=90),
    Column("Code", lambda request: request.status, right=True),
    Column("Id", lambda request: request.request_id),
)
PRECISION: Sequence[Column] = (
    Column("Detector", lambda one: one.name.replace("_", " ")),
    Column("Confirmed", lambda one: one.confirmed, right=True),
    Column("Rejected", lambda one: one.rejected, right=True),
    Column("Precision", lambda one: one.precision, right=True),
)
PROFILES: Sequence[Column] = (
    Column("Profile", lambda kept: kept.profile.name),
    Column("Applications", lambda kept: ", ".join(kept.profile.applications) or "all others", most=60),
    Column("Normal by", lambda kept: kept.profile.analyse_by),
    Column("Rules", lambda kept: "; ".join(_rules(kept)) or "all types registered", most=200),
    Column("Author", lambda kept: kept.author, most=40, optional=True),
    Column("Changed", lambda kept: _moment(kept.changed), optional=True),
)
EXCEPTIONS: Sequence[Column] = (
    Column("Id", lambda kept: kept.id, width=16),
    Column("Exception", lambda kept: kept.sentence, most=140),
    Column("In force", _state),
    Column("Author", lambda kept: kept.author, most=40),
    Column("Changed", lambda kept: _moment(kept.changed), width=19),
    Column("Reason", lambda kept: kept.exception.reason, most=60, optional=True),
)
DENIED: Sequence[Column] = (
    Column("Denied", lambda entry: entry.value),
    Column("Until", lambda entry: _moment(entry.until) or "for ever"),
    Column("Author", lambda entry: entry.author, most=40),
    Column("Added", lambda entry: _moment(entry.added), width=19),
    Column("Reason", lambda entry: entry.reason, most=60, optional=True),
)
HISTORY: Sequence[Column] = (
    Column("Time", lambda change: _moment(change.time), width=19),
    Column("Author", lambda change: change.author, most=60),
    Column("What", lambda change: change.what),
)


def write_bot(bot: Any, requests: Sequence[Any], *, json: bool) -> None:
    """Print one bot, what each detector saw and why that counts, those that voted first, and the first requests that show it.

    As JSON it is the bot alone, with the ids of all requests that show it.
    """
    write([bot], BOTS, json=json)
    if json:
        return
    out = Console(width=None if sys.stdout.isatty() else WIDE)
    voted = sorted((seen for seen in bot.detectors if seen.vote), key=lambda seen: -seen.multiplier)
    for heading, some in (("voted", voted), ("looked and stayed silent", [seen for seen in bot.detectors if not seen.vote])):
        if some:
            out.print(Text(f"\n{len(some)} {'detector' if len(some) == 1 else 'detectors'} {heading}", style="dim"))
        for seen in some:
            _write_seen(out, seen)
    out.print(Text("\nrequests that show it", style="dim"))
    write(requests, FLAGGED, json=False, nothing="none of them is stored any more" if bot.flagged else "no request shows it")
    if len(bot.flagged) > REQUESTS_SHOWN:
        out.print(Text(f"and {len(bot.flagged) - REQUESTS_SHOWN} more; --json has their ids", style="dim"))


def _write_seen(out: Console, seen: Any) -> None:
    """Print what a detector saw, as the console says it: title, value beside normal, why it counts, how it can be wrong."""
    known, unit = catalogue().get(seen.name), unit_of(seen.name)
    off = multiplier(seen.multiplier, known.direction if known else "high")
    out.print(plain(detector_title(seen.name)), style="bold")
    out.print(plain(f"  {measured(seen.value, unit)}, normal {measured(seen.normal, unit)}, {off}"))
    if seen.because:
        out.print(plain(f"  Most of all by {', '.join(map(words, seen.because))}."))
    if known:
        out.print(plain(f"  {known.why}"))
        out.print(plain(f"  {known.wrong}"))


def write_marked(marked: Any, *, json: bool) -> None:
    """Print how many bots have a mark now, and the exception that was made for them."""
    if json:
        write([marked], (), json=True)
        return
    sys.stdout.write(f"marked {marked.marked}\n")
    sys.stdout.flush()
    if marked.exception:
        write([marked.exception], EXCEPTIONS, json=False)


def write_removed(name: str, *, json: bool) -> None:
    """Print what is gone."""
    if json:
        write([{"removed": name}], (), json=True)
    else:
        sys.stdout.write(f"removed {name}\n")
