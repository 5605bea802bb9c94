"""The interval: presets, from and to, the viewer's zone, the histogram."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
from playwright.sync_api import APIRequestContext, Page, expect

from apitrail.console.charts import ticks
from apitrail.console.words import Clock
from apitrail.explore.histogram import Bar, Histogram
from console.looking import requests, row_link, sums, the_list
from console.serving import DESK, PHONE, Opener, Server
from console.shop import ALL, BERLIN, at, iso, of, parts, starts

MINUTE, HOUR, DAY = 60, 3600, 86_400
AGES = (2 * MINUTE, 20 * MINUTE, 45 * MINUTE, 3 * HOUR, 9 * HOUR, 20 * HOUR, 26 * HOUR, 40 * HOUR, 3 * DAY, 6 * DAY, 9 * DAY)
"""How long ago the requests were that the presets choose among, in seconds."""


def presets(now: dt.datetime) -> dict[str, tuple[dt.datetime, dt.datetime]]:
    """What each preset means to somebody in Berlin."""
    today = now.astimezone(BERLIN).replace(hour=0, minute=0, second=0, microsecond=0)
    back = {"Last 15 minutes": 15, "Last 30 minutes": 30, "Last hour": 60, "Last 6 hours": 360, "Last 12 hours": 720}
    named = {name: (now - dt.timedelta(minutes=minutes), now) for name, minutes in back.items()}
    days = {
        "Today": (today, now),
        "Yesterday": (today - dt.timedelta(days=1), today),
        "Last week": (now - dt.timedelta(days=7), now),
    }
    return {**named, **days}


def post(client: APIRequestContext, *moments: dt.datetime, name: str) -> None:
    """Send one request for each time, all of one session."""
    records = (
        {
            "method": "GET",
            "url": f"https://young.example/{name}",
            "time": iso(moment),
            "headers": [["X-Api-Key", f"{name}-key-12345"]],
        }
        for moment in moments
    )
    answer = client.post("/api/v1/ingest", data="\n".join(map(json.dumps, records)).encode())
    assert answer.ok, answer.text()


@pytest.mark.rows("S3.4")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_presets(open_page: Opener, young: Server, size: tuple[int, int]) -> None:
    """S3.4: every preset counts exactly the requests of its interval in the viewer's zone."""
    page = open_page(young, size)
    now = dt.datetime.now(dt.UTC)
    name = f"presets-{size[0]}"
    moments = [now - dt.timedelta(seconds=age) for age in AGES]
    post(page.request, *moments, name=name)
    page.goto(f"/sessions?q={name}")
    for title, (start, end) in presets(now).items():
        page.locator("#interval > summary").click()
        page.get_by_role("link", name=title, exact=True).click()
        expect(page.locator("#interval > summary")).to_have_text(title)
        count = sum(start <= moment < end for moment in moments)
        expect(page.locator("#sums")).to_contain_text(f"· {count} request" if count else "0 sessions")


@pytest.mark.rows("S3.4")
def test_from_and_to(sized: Page) -> None:
    """S3.4: from and to are to the minute in the viewer's zone; only requests between are counted, also in the opened session."""
    sized.goto("/sessions")
    sized.locator("#interval > summary").click()
    sized.get_by_role("textbox", name="From").fill("2026-06-10T12:00")
    sized.get_by_role("textbox", name="To", exact=True).fill("2026-06-10T12:03")
    sized.get_by_role("button", name="Apply", exact=True).click()
    within = [hit for hit in of("alice") if hit.time < at(10, "10:03:00")]
    sums(sized, f"1 session · {len(within)} requests")
    assert the_list(sized) == starts(parts(within))
    expect(sized.locator("#interval > summary")).to_have_text("10 Jun 12:00 to 10 Jun 12:03")
    row_link(sized, within[0]).click()
    expect(sized.get_by_text("6 of 10 requests match the filters of the list")).to_be_visible()
    assert requests(sized) == [iso(hit.time) for hit in within]


@pytest.mark.rows("S3.4")
def test_the_form_holds_the_interval(page: Page) -> None:
    """S3.4: the fields begin with the shown interval, so that pressing Apply at once changes nothing."""
    page.goto("/sessions")
    page.locator("#interval > summary").click()
    expect(page.get_by_role("textbox", name="From")).to_have_value("2026-06-08T08:00")
    expect(page.get_by_role("textbox", name="To", exact=True)).to_have_value("2026-06-11T15:06")
    page.get_by_role("button", name="Apply", exact=True).click()
    sums(page, "66 sessions")


@pytest.mark.rows("S3.4")
def test_another_zone(open_page: Opener, young: Server) -> None:
    """S3.4: the viewer may choose another zone; a wrong one is refused in words."""
    page = open_page(young, (1440, 700))
    page.goto("/sessions?q=status:200")
    page.locator("#interval > summary").click()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    page.get_by_label("Time zone").fill("Asia/Tokyo")
    page.get_by_role("button", name="Set").click()
    page.locator("#interval > summary").click()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(page.get_by_label("Filter", exact=True)).to_have_value("status:200")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_role("alert")).to_contain_text("no time zone 'Mars/Olympus'", ignore_case=True)


MORNING = "from=2026-06-10T10:00:00Z&to=2026-06-10T13:00:00Z"


@pytest.mark.rows("S3.5")
def test_histogram_counts(page: Page) -> None:
    """S3.5: the histogram has the requests and attacks of the interval, bar by bar."""
    page.goto(f"/sessions?{MORNING}")
    inside = [hit for hit in ALL if at(10, "10:00:00") <= hit.time < at(10, "13:00:00")]
    picture = page.get_by_role("group", name=f"{len(inside)} requests from 10 Jun 12:00 to 10 Jun 15:00, in steps of 2 minutes")
    expect(picture.get_by_role("link")).to_have_count(90)
    expect(picture.get_by_role("link", name="10 Jun 12:30: 6 requests, 6 attacks")).to_have_count(1)


@pytest.mark.rows("S3.5")
def test_a_bar_narrows(sized: Page) -> None:
    """S3.5: clicking a bar narrows the interval to it."""
    sized.goto(f"/sessions?{MORNING}")
    sized.get_by_role("link", name="10 Jun 12:00: 4 requests").locator(".hit").click()
    sums(sized, "1 session · 4 requests")
    expect(sized).to_have_url(re.compile(r"from=2026-06-10T10%3A00%3A00.000Z&to=2026-06-10T10%3A02%3A00.000Z"))


@pytest.mark.rows("S3.5")
def test_the_first_bar_stays_inside(page: Page) -> None:
    """S3.5: a bar that begins before the interval does not widen it."""
    page.goto("/sessions?from=2026-06-10T10:00:30Z&to=2026-06-10T13:00:30Z")
    page.get_by_role("link", name="10 Jun 12:00: 3 requests").locator(".hit").click()
    sums(page, "1 session · 3 requests")


@pytest.mark.rows("S3.5")
def test_dragging_narrows(page: Page) -> None:
    """S3.5: dragging over bars narrows the interval from the first to the last."""
    page.goto(f"/sessions?{MORNING}")
    first, last = (page.get_by_role("link", name=re.compile(f"10 Jun {clock}:")).locator(".hit") for clock in ("12:30", "12:00"))
    first.hover()
    page.mouse.down()
    last.hover()
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=2026-06-10T10%3A00%3A00.000Z&to=2026-06-10T10%3A32%3A00.000Z"))
    sums(page, "2 sessions · 16 requests")


@pytest.mark.rows("S3.5")
@pytest.mark.parametrize(
    ("span", "first", "last"), [(DAY, "12:00", "12:00"), (300 * DAY, "1 Mar 12:00", "26 Dec 12:00"), (4000 * DAY, "1 Mar 2020", "12 Feb 2031")]
)  # fmt: skip
def test_the_axis_says_what_tells_its_times_apart(span: int, first: str, last: str) -> None:
    """S3.5: below the bars of a day stand times, below those of weeks days with times, below those of years days with their years."""
    start = int(dt.datetime(2020, 3, 1, 12, tzinfo=dt.UTC).timestamp()) * 1_000_000
    end = start + span * 1_000_000
    said = ticks(Histogram(start, end, end - start, [Bar(start, 1, 0)]), Clock(dt.UTC, "UTC"))
    assert (said[0], said[-1], len(said)) == (first, last, 5)
