"""Times in all the ways that logs write them."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import RejectedLine
from apitrail.sources import clf
from apitrail.sources.timestamps import any_time

MOMENT = 1_760_097_336_000_000


@pytest.mark.parametrize(
    "written",
    [
        "10/Oct/2025:13:55:36 +0200",
        "[10/Oct/2025:13:55:36 +0200]",
        "10/Oct/2025:11:55:36",
        "10/10/2025:11:55:36 -0000",
        "2025-10-10T11:55:36Z",
        "2025-10-10T13:55:36+02:00",
        "2025-10-10T11:55:36.000000000Z",
        "2025-10-10 11:55:36",
        "2025/10/10 11:55:36",
        "2025-10-10 11:55:36,000",
        "2025-10-10T11:55:36+0000",
        "Fri Oct 10 11:55:36 2025",
        "Fri Oct 10 11:55:36.000000 2025",
        1760097336,
        1760097336.0,
        1760097336000,
        1760097336000000,
        1760097336000000000,
        "1760097336",
        "1760097336.000",
    ],
)
def test_every_notation_is_the_same_moment(written: object) -> None:
    """The same moment in each notation is the same number."""
    assert any_time(written) == MOMENT


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        True,
        [],
        "-",
        "yesterday",
        "31/Feb/2025:00:00:00 +0000",
        "10/Foo/2025:00:00:00 +0000",
        "10/Oct/2025:24:00:00 +0000",
        "2025-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "0001-01-01T00:00:00Z",
        "1/1/0001:00:00:00",
        -1,
        1e30,
        float("nan"),
        float("inf"),
        "9" * 20,
        "٣" * 10,
    ],
)
def test_what_is_no_time_is_rejected(written: object) -> None:
    """Impossible dates, other types and prose are refused, and the reason speaks of the time."""
    with pytest.raises(RejectedLine, match="time"):
        any_time(written)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone comes later
def test_the_log_notation_agrees_with_the_standard_library(moment: datetime, minutes: int) -> None:
    """A time written with any offset is the moment that the standard library says."""
    sign, offset = ("-" if minutes < 0 else "+"), abs(minutes)
    month = calendar.month_abbr[moment.month]
    day = f"{moment.day:02}/{month}/{moment.year}"
    written = f"{day}:{moment:%H:%M:%S} {sign}{offset // 60:02}{offset % 60:02}"
    whole = moment.replace(microsecond=0, tzinfo=UTC)
    assert any_time(written) == (int(whole.timestamp()) - minutes * 60) * 1_000_000
    assert any_time(moment.replace(tzinfo=UTC).isoformat()) == int(whole.timestamp()) * 1_000_000 + moment.microsecond


def test_a_rejected_time_was_quoted_with_other_seconds() -> None:
    """What is said of a line whose time cannot be read quotes the time that stands in it."""
    with pytest.raises(RejectedLine, match="99/Foo/2019:10:50:18 "):
        clf.parse('203.0.113.7 - - [99/Foo/2019:10:50:18 +0200] "GET /a HTTP/1.1" 200 5 "-" "x"')
