"""Times of a question: ISO 8601, dates, words and relative times to an interval; presets for the console."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import time
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from apitrail.errors import BadQuestion
from apitrail.query.tree import Interval

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_RELATIVE = re.compile(r"-(\d{1,6})([smhdw])")
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_YEARS = (1970, 2106)
MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Preset:
    """A named interval: the words of its address, and its title."""

    title: str
    start: str
    end: str = "now"


PRESETS = (
    Preset("Last 15 minutes", "-15m"),
    Preset("Last 30 minutes", "-30m"),
    Preset("Last hour", "-1h"),
    Preset("Last 6 hours", "-6h"),
    Preset("Last 12 hours", "-12h"),
    Preset("Today", "today"),
    Preset("Yesterday", "yesterday", "today"),
    Preset("Last week", "-7d"),
)


def zone(name: str) -> dt.tzinfo:
    """The time zone of an IANA name, UTC when empty; BadQuestion when there is none of that name."""
    if not name or name == "UTC":
        return dt.UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = {one.rpartition("/")[2].lower(): one for one in sorted(available_timezones())}
        near = difflib.get_close_matches(name.rpartition("/")[2].lower(), known, 1, 0.7)
        raise BadQuestion(f"there is no time zone {name[:60]!r}", suggestion=known[near[0]] if near else "UTC") from None


def interval(start: str, end: str, *, now: float | None = None, tz: dt.tzinfo = dt.UTC) -> Interval:
    """The interval between two times as people write them; empty is open. `now` in seconds, `tz` for times without an offset."""
    moment = time.time() if now is None else now
    low = instant(start, now=moment, tz=tz, name="from") if start else None
    high = instant(end, now=moment, tz=tz, name="to") if end else None
    if low is not None and high is not None and low >= high:
        raise BadQuestion(f"the interval ends ({end}) before it starts ({start})", suggestion="swap from and to")
    return Interval(low, high, f"{start.strip()}..{end.strip()} {tz}" if start or end else "")


def instant(text: str, *, now: float, tz: dt.tzinfo = dt.UTC, name: str = "time") -> int:
    """One time in microseconds since 1970: ISO 8601, `now`, `today`, `yesterday`, or back from now such as `-24h`."""
    text = text.strip()
    if found := _RELATIVE.fullmatch(text):
        return max(0, int((now - int(found[1]) * _UNITS[found[2]]) * MICROSECOND))
    if text == "now":
        return int(now * MICROSECOND)
    if text in ("today", "yesterday"):
        midnight = dt.datetime.fromtimestamp(now, tz).replace(hour=0, minute=0, second=0, microsecond=0)
        return _microseconds(midnight - dt.timedelta(days=text == "yesterday"))
    return _iso(text, tz, name)


def _iso(text: str, tz: dt.tzinfo, name: str) -> int:
    try:
        if not _ISO.fullmatch(text):
            raise ValueError  # noqa: TRY301
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise BadQuestion(
            f"{name} takes a time such as 2026-05-29T08:31:40Z, 2026-05-29, -24h, today or now, not {text[:60]!r}",
            position=0,
            suggestion="-24h",
        ) from None
    if not _YEARS[0] <= moment.year < _YEARS[1]:
        raise BadQuestion(f"{name} takes a year from {_YEARS[0]} to {_YEARS[1] - 1}", position=0)
    return _microseconds(moment if moment.tzinfo else moment.replace(tzinfo=tz))


def _microseconds(moment: dt.datetime) -> int:
    return max(0, int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1)))


def iso(microseconds: int) -> str:
    """A time as ISO 8601 in UTC with milliseconds, or microseconds when it has them."""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)
    precision = "milliseconds" if microseconds % 1000 == 0 else "microseconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")
