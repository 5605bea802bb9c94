"""Times as people write them, to exact intervals; what is no time is an error."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import BadQuestion
from apitrail.query.interval import PRESETS, instant, interval, iso, zone
from apitrail.query.tree import Interval
from traffic import HOUR, at

FIRST, LAST = (dt.datetime(year, 1, 1) for year in (1970, 2105))  # noqa: DTZ001 - the strategy adds the zone
NOW = at("2026-05-29T08:31:40.5") / 1_000_000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-05-29T08:31:40Z", "2026-05-29T08:31:40"),
        ("2026-05-29T08:31:40.123Z", "2026-05-29T08:31:40.123"),
        ("2026-05-29 08:31", "2026-05-29T08:31:00"),
        ("2026-05-29", "2026-05-29T00:00:00"),
        (" 2026-05-29T10:31:40+02:00 ", "2026-05-29T08:31:40"),
        ("2026-05-29T10:31:40+0200", "2026-05-29T08:31:40"),
        ("-15m", "2026-05-29T08:16:40.5"),
        ("-24h", "2026-05-28T08:31:40.5"),
        ("-1w", "2026-05-22T08:31:40.5"),
        ("now", "2026-05-29T08:31:40.5"),
        ("today", "2026-05-29T00:00:00"),
        ("yesterday", "2026-05-28T00:00:00"),
    ],
)
def test_a_time_is_read_exactly(text: str, wanted: str) -> None:
    """ISO 8601, dates, relative times and words, in UTC unless they say otherwise."""
    assert instant(text, now=NOW) == at(wanted)


@pytest.mark.rows("S3.4")
def test_a_time_without_an_offset_is_in_the_viewers_zone() -> None:
    """The console's times are those of its viewer (S3.4)."""
    berlin = zone("Europe/Berlin")
    assert instant("2026-05-29T10:31", now=NOW, tz=berlin) == at("2026-05-29T08:31")
    assert instant("today", now=NOW, tz=berlin) == at("2026-05-28T22:00")
    assert instant("yesterday", now=at("2026-03-30T12:00") / 1e6, tz=berlin) == at("2026-03-28T23:00")


@pytest.mark.parametrize(
    "text",
    ["x", "24h", "-24", "-24y", "-h", "2026-13-01", "2026-02-30", "2026-05-29T25:00", "29.05.2026", "1780043500", "2026-W22", "20260529",
     "1969-12-31", "2106-01-01", "9999-12-31", "2026-05-29T08:31:40Zx", "'", "-9999999h", "tomorrow", "0"],
)  # fmt: skip
def test_what_is_no_time_is_an_error(text: str) -> None:
    """A time that cannot be read never opens the interval."""
    with pytest.raises(BadQuestion, match=r"^from takes a"):
        interval(text, "", now=NOW)


@pytest.mark.parametrize(("start", "end"), [("now", "-1h"), ("2026-05-29", "2026-05-29"), ("2026-05-30", "2026-05-29")])
def test_an_interval_that_ends_before_it_starts_is_an_error(start: str, end: str) -> None:
    """An empty interval is not asked for on purpose."""
    with pytest.raises(BadQuestion, match="before it starts"):
        interval(start, end, now=NOW)


def test_open_ends_stay_open() -> None:
    """Nothing given is no limit."""
    assert interval("", "", now=NOW) == Interval(None, None)
    assert interval("-1h", "", now=NOW) == Interval(at("2026-05-29T07:31:40.5"), None)


def test_every_preset_is_an_interval() -> None:
    """Each preset of the picker can be asked, and ends after it starts."""
    for preset in PRESETS:
        found = interval(preset.start, preset.end, now=NOW)
        assert found.start is not None
        assert found.end is not None
        assert found.start < found.end <= at("2026-05-29T08:31:40.5")


@given(st.datetimes(FIRST, LAST, timezones=st.just(dt.UTC)))
def test_a_time_written_and_read_again_is_the_same(moment: dt.datetime) -> None:
    """What is shown can be asked, to the microsecond."""
    microseconds = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
    assert instant(iso(microseconds), now=NOW) == microseconds


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_an_error(text: str) -> None:
    """Reading a time fails in one way only."""
    try:
        found = instant(text, now=NOW)
    except BadQuestion:
        return
    assert 0 <= found <= at("2106-01-01") + 24 * HOUR


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "\0", "/etc/localtime"])
def test_an_unknown_time_zone_is_an_error(name: str) -> None:
    """Only IANA names are zones."""
    with pytest.raises(BadQuestion):
        zone(name)
