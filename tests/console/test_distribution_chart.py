"""The picture of a distribution: bars with titles, lines at what is usual and at one request."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from apitrail.console import axes, charts
from apitrail.console.pace import size_said, time_said, times
from apitrail.explore.discovery.distribution import Bucket, Distribution

DATA = Distribution("duration_ms", 12, 4.0, 8.0, [Bucket(2, 4, 3), Bucket(4, 8, 0), Bucket(8, 16, 9)])


def drawn(**options: object) -> ET.Element:
    """The picture of DATA, as a tree."""
    return ET.fromstring(str(charts.distribution(DATA, time_said, **options)))  # type: ignore[arg-type]


@pytest.mark.rows("S5.1")
def test_every_bar_with_requests_says_what_it_is() -> None:
    """S5.1: each bar is a link with a title, an empty one is not drawn, and the whole has a name for those who do not see it."""
    picture = drawn(link=lambda low, high: f"/x?{low}..{high}", marked=32.0)
    assert picture.get("aria-label") == (
        "12 requests from 2.0 ms to 16 ms, median 4.0 ms, 95th percentile 8.0 ms, this request 32 ms"
    )
    assert [(bar.get("href"), bar[0].text) for bar in picture.iter("a")] == [
        ("/x?2..4", "2.0 ms to 4.0 ms: 3 requests"), ("/x?8..16", "8.0 ms to 16 ms: 9 requests"),
    ]  # fmt: skip


@pytest.mark.rows("S5.1")
def test_lines_stand_by_the_logarithm() -> None:
    """S5.1: from 2 to 32 ms the median, the percentile and the marked request are a quarter, a half and the whole across."""
    lines = {line.get("class"): float(line.get("x1", "")) for line in drawn(marked=32.0).iter("line")}
    assert lines == {"median": charts.WIDTH / 4, "p95": charts.WIDTH / 2, "here": charts.WIDTH}
    assert {line.get("class") for line in drawn().iter("line")} == {"median", "p95"}


@pytest.mark.rows("S5.1")
def test_lines_at_the_same_place_are_told_apart() -> None:
    """S5.1: the median is drawn from half way up, above what is marked, so that each line is seen where two are equal."""
    same = Distribution("duration_ms", 3, 4.0, 4.0, [Bucket(2, 4, 1), Bucket(4, 8, 2)])
    picture = ET.fromstring(str(charts.distribution(same, time_said, marked=4.0)))
    lines = {line.get("class"): (line.get("x1"), line.get("y1")) for line in picture.iter("line")}
    assert lines == {"here": ("600.0", "0"), "p95": ("600.0", "0"), "median": ("600.0", "36")}
    assert list(lines) == ["here", "p95", "median"]


@pytest.mark.rows("S5.1")
def test_the_axis_has_round_values_where_they_are() -> None:
    """S5.1: the values on the axis are round, stand by their logarithm, and it is said that the scale is one."""
    axis = ET.fromstring(str(axes.logarithmic(DATA, time_said, marked=32.0)))
    assert axis.get("aria-label") == "Logarithmic scale: 5.0 ms, 10 ms, 20 ms"
    places = [round(float((text.get("x") or "").rstrip("%"))) for text in axis.iter("text")]
    assert places == [33, 58, 83]
    assert axes.logarithmic(Distribution("duration_ms", 0, None, None, []), time_said) == ""


@pytest.mark.rows("S5.1")
@pytest.mark.parametrize(
    ("low", "high", "finest", "values"),
    [(0.125, 2200, 0.1, [1, 10, 100, 1000]), (20, 40, 0.1, [25, 30, 35]), (21, 22.9, 0.1, [22]), (22.1, 22.9, 0.1, []),
     (1, 2, 1, []), (1, 30, 1, [2, 5, 10, 20]), (90, 430, 0.1, [100, 150, 200, 300, 400]), (0.125, 0.25, 0.1, [0.2])],
)  # fmt: skip
def test_round_values(low: float, high: float, finest: float, values: list[float]) -> None:
    """S5.1: an axis has a few values that can be said as they are, none at its edges, and none where none is round."""
    assert axes.round_values(low, high, finest=finest) == pytest.approx(values)


def test_without_links_bars_have_titles_only() -> None:
    """A picture that leads nowhere has groups instead of links."""
    assert [group[0].text for group in drawn().iter("g")] == ["2.0 ms to 4.0 ms: 3 requests", "8.0 ms to 16 ms: 9 requests"]
    assert not list(drawn().iter("a"))


def test_nothing_and_odd_values() -> None:
    """Nothing gives no picture; a value below all buckets stands at the left edge, and one bucket alone is drawn."""
    assert charts.distribution(Distribution("duration_ms", 0, None, None, []), time_said) == ""
    alone = Distribution("response_bytes", 5, None, None, [Bucket(1, 2, 5)])
    assert "<line" not in charts.distribution(alone, size_said)
    assert "<text" not in axes.logarithmic(alone, size_said)
    text = str(charts.distribution(alone, size_said, marked=0.0))
    assert re.findall(r'x1="([\d.]+)"', text) == ["0.0"]


@pytest.mark.rows("S5.1")
def test_ratios_in_words() -> None:
    """S5.1: a ratio has one decimal below ten."""
    assert [times(value) for value in (0.04, 6.149, 9.99, 10.4, 1234.0)] == ["0.0x", "6.1x", "10.0x", "10x", "1,234x"]
