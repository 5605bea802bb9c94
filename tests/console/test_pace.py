"""Requests above what is usual for their endpoint: marks in the rows, sorting, filters, the card with its pictures."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from console.looking import is_wide, opened, request_rows, requests, sums
from console.serving import COMMAND, DESK, PHONE, Opener, Server, environment, serve, stop
from console.shop import Hit, at, cookie, iso

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("APITRAIL_SCREENSHOTS") or ROOT / "build" / "screenshots")
ANALYSE = "import sys; from apitrail.analyze.running import analyze; from apitrail.store import Store\nwith Store(sys.argv[1]) as s: analyze(s)"
USUAL_MS = 67.0


def crowd() -> Iterator[Hit]:
    """What is usual: sixty reports, about 67 ms and 1200 bytes; ten errors and ten attacks that take long."""
    for number in range(60):
        odd = number % 7 - 3 if number % 3 == 0 else 0
        yield Hit(f"c{number}", at(10, "09:00:00") + dt.timedelta(minutes=number), target="/v1/reports", ip=f"91.10.{number}.5",
                  duration_ms=USUAL_MS + odd * odd * odd, size=1200 + odd)  # fmt: skip
    for number in range(20):
        yield Hit(f"bad{number}", at(10, "09:00:00") + dt.timedelta(minutes=number), ip=f"45.83.64.{number}", status=200 if number % 2 else 503,
                  target="/v1/reports" + "?q=1'+union+select+password+from+users--" * (number % 2), duration_ms=9000, size=500_000)  # fmt: skip


STEPS = ((USUAL_MS, 1200), (412.0, 1200), (70.0, 90_000), (150.0, 1000))
"""Milliseconds and bytes of the reports that one person gets: usual, slow, large, not slow enough."""


def person() -> Iterator[Hit]:
    """One session with a slow and a large answer, and a very slow one of an endpoint that nobody else asks."""
    for number, (duration, size) in enumerate(STEPS):
        yield Hit("ann", at(10, "12:00:00") + dt.timedelta(seconds=number), target="/v1/reports", duration_ms=duration, size=size,
                  headers=cookie("ann-cookie-00001"), user="ann")  # fmt: skip
    yield Hit(
        "ann",
        at(10, "12:00:09"),
        target="/v1/seldom",
        duration_ms=30_000,
        size=9_000_000,
        headers=cookie("ann-cookie-00001"),
        user="ann",
    )


ANN = tuple(person())
TIMES = [iso(hit.time) for hit in ANN]


@pytest.fixture(scope="module")
def paced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over this traffic, of which it is known what is usual."""
    folder = tmp_path_factory.mktemp("paced")
    records = folder / "traffic.ndjson"
    records.write_text("".join(f"{hit.record()}\n" for hit in (*crowd(), *ANN)))
    dsn = f"chdb://{folder / 'store'}"
    for command in ([*COMMAND, "ingest", str(records), "--store", dsn], [sys.executable, "-c", ANALYSE, dsn]):
        subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=True)
    server = serve(folder)
    yield server
    stop(server)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def ann(request: pytest.FixtureRequest, open_page: Opener, paced: Server) -> Page:
    """The session of ann on a page of its own."""
    return open_session(open_page(paced, request.param))


def open_session(page: Page) -> Page:
    """Open the session of ann on a page of its own."""
    page.goto("/sessions?q=user:ann")
    page.get_by_role("row").last.get_by_role("link").first.click()
    page.goto(opened(page).get_by_role("link", name="Copy link").get_attribute("href") or "")
    return page


def marks(row: Locator) -> list[str]:
    """The marks of a row of the session."""
    return row.locator(".pace").all_inner_texts()


@pytest.mark.rows("S5.1")
def test_a_mark_shows_where_something_is_well_above_what_is_usual(ann: Page) -> None:
    """S5.1: the slow and the large request have a mark with the ratio, others have none, nor has an endpoint with few samples."""
    assert [marks(row) for row in request_rows(ann).all()] == [[], ["6.1x"], ["75x"], [], []]
    title = request_rows(ann).nth(1).locator(".pace").get_attribute("title") or ""
    assert re.fullmatch(r"Slow: 412 ms, 6\.1x the usual 67 ms; 95 % are at most \d+ ms, of 64 samples", title)
    expect(request_rows(ann).nth(2).locator(".pace")).to_be_visible()


@pytest.mark.rows("S5.1")
def test_the_session_says_how_many_and_filters(ann: Page) -> None:
    """S5.1: the session says how many of its requests were slow or large, and shows only these."""
    expect(ann.locator("header .sums")).to_contain_text("1 slow, 1 large")
    opened(ann).get_by_role("link", name="Slow", exact=True).click()
    expect(ann.get_by_text("1 of 5 requests")).to_be_visible()
    assert requests(ann) == [TIMES[1]]
    expect(ann.get_by_text("Slow is yes")).to_be_visible()
    ann.get_by_role("link", name="Remove filter: Slow is yes").click()
    ann.get_by_role("link", name="1 large").click()
    assert requests(ann) == [TIMES[2]]


@pytest.mark.rows("S5.1")
@pytest.mark.parametrize(
    ("name", "order"),
    [
        ("× usual time", [1, 3, 2, 0, 4]),
        ("× usual size", [2, 1, 0, 3, 4]),
        ("time taken", [4, 1, 3, 2, 0]),
        ("size", [4, 2, 1, 0, 3]),
    ],
)
def test_sorting_on_a_phone(open_page: Opener, paced: Server, name: str, order: list[int]) -> None:
    """S5.1: requests sort by time, size and both ratios, the largest first, and what is not known last either way."""
    page = open_session(open_page(paced, PHONE))
    page.locator(".sorts").get_by_role("link", name=name, exact=True).click()
    expect(page.locator(".sorts").get_by_role("link", name=f"{name} ↓")).to_be_visible()
    assert requests(page) == [TIMES[at] for at in order]
    page.locator(".sorts").get_by_role("link", name=f"{name} ↓").click()
    expect(page.locator(".sorts").get_by_role("link", name=f"{name} ↑")).to_be_visible()
    assert requests(page)[0] != TIMES[order[0]]
    expect(page.get_by_role("group", name="5 requests over time")).to_be_visible()


@pytest.mark.rows("S5.1")
def test_column_heads_sort(open_page: Opener, paced: Server) -> None:
    """S5.1: on a wide page the heads of the columns sort."""
    page = open_session(open_page(paced))
    page.get_by_role("columnheader").get_by_role("link", name="Time, ms").click()
    expect(page.get_by_role("columnheader").get_by_role("link", name="Time, ms ↓")).to_be_visible()
    assert requests(page) == [TIMES[at] for at in (4, 1, 3, 2, 0)]
    page.get_by_role("columnheader").get_by_role("link", name="Time", exact=True).click()
    assert requests(page) == TIMES


def test_a_wrong_order_is_an_error(open_page: Opener, paced: Server) -> None:
    """Bad question: an order that there is not is an error that names the nearest."""
    page = open_session(open_page(paced))
    answer = page.goto(f"{page.url}&order=duration_rato")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_role("alert")).to_contain_text("duration_ratio")


@pytest.mark.rows("S5.1")
def test_the_card_has_the_pictures(ann: Page) -> None:
    """S5.1: the expanded request says it in a sentence, over the distribution of its endpoint, and a bar leads to its requests."""
    request_rows(ann).nth(1).get_by_role("link").first.click()
    card = ann.locator("section.usual").filter(has=ann.get_by_role("heading", name="Time taken"))
    expect(card).to_contain_text("412 ms, 6.1x the usual 67 ms")
    picture = card.get_by_role(
        "group", name=re.compile(r"^64 requests from .* median 67 ms, 95th percentile \d+ ms, this request 412 ms$")
    )
    expect(picture).to_be_visible()
    assert not is_wide(ann)
    expect(ann.locator("section.usual").filter(has=ann.get_by_role("heading", name="Size", exact=True))).to_contain_text(
        "1.2 KB, usual is 1.2 KB"
    )
    picture.get_by_role("link", name=re.compile("1 request$")).first.click()
    sums(ann, "1 session · 1 request")


@pytest.mark.rows("S5.1")
def test_nothing_is_told_from_too_few_samples(ann: Page) -> None:
    """S5.1: an endpoint that is seldom asked has no usual time, whatever a request took."""
    request_rows(ann).nth(4).get_by_role("link").first.click()
    expect(ann.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
    expect(ann.locator("section.usual")).to_have_count(0)


@pytest.mark.rows("S3.2")
def test_the_dropdown_has_good_names(open_page: Opener, paced: Server) -> None:
    """S3.2: the dropdown of slow requests names its values."""
    page = open_page(paced)
    page.goto("/sessions?facet=slow")
    for words in ("Slow", "Not slow"):
        expect(page.get_by_role("checkbox", name=words, exact=True)).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_pictures_of_what_is_usual(open_page: Opener, paced: Server, size: tuple[int, int], scheme: str) -> None:
    """The session and its expanded request keep to their width, and their pictures are kept."""
    page = open_session(open_page(paced, size, scheme))
    page.screenshot(path=FOLDER / f"usual-{size[0]}-{scheme}.png", full_page=True)
    assert not is_wide(page)
    request_rows(page).nth(1).get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Time taken")).to_be_visible()
    page.screenshot(path=FOLDER / f"usual-card-{size[0]}-{scheme}.png", full_page=True)
    assert not is_wide(page)
