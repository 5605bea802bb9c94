"""Answers about API abuse on the terminal: bots and their detectors, profiles, exceptions, lists of what is denied."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from apitrail.model.abuse import BOT_TYPES, DENYLIST_BOTH, DENYLIST_IP, DENYLIST_SESSION
from apitrail.printing import BOTS, Column, write

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


DETECTORS: Sequence[Column] = (
    Column("Detector", lambda seen: seen.name.replace("_", " ")),
    Column("Voted", lambda seen: "yes" if seen.vote else ""),
    Column("Value", lambda seen: round(seen.value, 3), right=True),
    Column("Normal", lambda seen: round(seen.normal, 3), right=True),
    Column("Times", lambda seen: round(seen.multiplier, 1), right=True),
    Column("Because of", lambda seen: ", ".join(seen.because).replace("_", " "), most=80, optional=True),
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


def write_bot(bot: Any, *, json: bool) -> None:
    """Print one bot with what each detector saw, those that voted first, and the requests that show it best."""
    write([bot], BOTS, json=json)
    if not json:
        write(bot.detectors, DETECTORS, json=False, nothing="no detector could work")
        write(bot.flagged, [Column("Requests that show it", str)], json=False, nothing="no request shows it")


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
