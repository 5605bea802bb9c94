"""Times as logs write them, to whole microseconds since 1970 in UTC; anything else is a RejectedLine."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from apitrail.errors import RejectedLine
from apitrail.model.exchange import MICROSECOND
from apitrail.model.memo import Memo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_LATEST = 253_402_300_799 * MICROSECOND
"""The end of the year 9999: later than any request, and the last moment most engines can hold."""

MONTHS = {
    name: number
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1)
}
_ZONE = r"(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,12}))?"
_CLF = re.compile(r"(?P<day>\d{1,2})[/-](?P<month>\w{2,3})[/-](?P<year>\d{4})[: T]" + _CLOCK + r" ?" + _ZONE, re.ASCII)
_CTIME = re.compile(r"(?:\w{3},? )?(?P<month>\w{3}) {1,2}(?P<day>\d{1,2}) " + _CLOCK + r"(?: \w{3,4})? (?P<year>\d{4})", re.ASCII)
_ISO = re.compile(r"(?P<year>\d{4})[-/](?P<month>\d\d)[-/](?P<day>\d\d)[T_ :]" + _CLOCK + r" ?" + _ZONE, re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{0,12})?(?:[eE][+-]?\d\d?)?", re.ASCII)


def _reject(text: object) -> RejectedLine:
    return RejectedLine(f"time cannot be read: {str(text)[:60]!r}")


def _offset(zone: str | None) -> int:
    if not zone or zone[0] not in "+-":
        return 0
    minutes = int(zone[1:3]) * _MINUTE + int(zone[-2:])
    return minutes * _MINUTE if zone[0] == "+" else -minutes * _MINUTE


def _month_and_day(month: str, day: str) -> tuple[int, int]:
    if not month.isdigit():
        return MONTHS[month.lower()], int(day)
    # cPanel alone writes numbers in this place, and the month first.
    return (int(day), int(month)) if int(day) <= len(MONTHS) else (int(month), int(day))


def _moment(found: re.Match[str], *, named: bool) -> int:
    part = found.groupdict()
    month, day = _month_and_day(part["month"], part["day"]) if named else (int(part["month"]), int(part["day"]))
    days = date(int(part["year"]), month, day).toordinal() - _EPOCH_DAY
    hour, minute, second = int(part["hour"]), int(part["minute"]), int(part["second"])
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError
    seconds = days * _DAY + hour * _HOUR + minute * _MINUTE + second - _offset(part.get("zone"))
    return seconds * MICROSECOND + int((part["fraction"] or "0")[:6].ljust(6, "0"))


def _read(pattern: re.Pattern[str], text: str, *, named: bool = True) -> int:
    found = pattern.fullmatch(text)
    if found is None:
        raise _reject(text)
    try:
        return _possible(_moment(found, named=named), text)
    except (ValueError, KeyError) as error:
        raise _reject(text) from error


CLF_TIME: Memo[str, int] = Memo(lambda text: _read(_CLF, text))
"""`10/Oct/2000:13:55:36 -0700`, the time of the common log format and its family; without a zone it is UTC."""

CLF_MINUTE: Memo[tuple[str, str], int] = Memo(lambda parts: CLF_TIME[f"{parts[0]}00{parts[1]}".rstrip(" ]")])
"""The same, from what stands before the seconds and what behind them: a busy log has a new second with every line."""

SECONDS = {f"{second:02}": second * MICROSECOND for second in range(61)}
"""The microseconds of a written second."""


def iso_time(text: str) -> int:
    """Any ISO 8601 moment; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _read(_ISO, text, named=False)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - _EPOCH
    return _possible((since.days * _DAY + since.seconds) * MICROSECOND + since.microseconds, text)


def epoch_time(number: float) -> int:
    """Seconds, milliseconds, microseconds or nanoseconds since 1970: the size tells which."""
    size = abs(number)
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if size < limit:
            return _possible(round(number * factor), number)
    raise _reject(number)


def _possible(micros: int, written: object) -> int:
    if not 0 <= micros <= _LATEST:
        raise _reject(written)
    return micros


def any_time(value: object) -> int:
    """A time in whatever way a log field holds it: a number since 1970, or text in one of the known notations."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value:  # noqa: PLR0124 - NaN
        return epoch_time(value)
    if value is None or value == "":
        raise RejectedLine("time is missing")
    if not isinstance(value, str):
        raise _reject(value)
    text = value.strip("[] ")
    if _NUMBER.fullmatch(text):
        return epoch_time(float(text))
    return _possible(_notation(text), text)


def _notation(text: str) -> int:
    if text[:4].isdigit():
        return iso_time(text)
    return CLF_TIME[text] if "/" in text[:3] or "-" in text[:3] else _read(_CTIME, text)
