"""Sharing: links that reproduce the view, copies, downloads, Back and Forward."""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from console.looking import TENTH, clipboard, opened, request_rows, requests, row_link, sums
from console.serving import Opener
from console.shop import Hit, iso, of

Row = tuple[str, str, str]
"""Time, method and code of a request."""


def open_of(page: Page, actor: str, query: str = "") -> None:
    """Open an actor's session of the 10th in the list."""
    page.goto(f"/sessions?{TENTH}{query}")
    row_link(page, next(hit for hit in of(actor) if hit.time.day == 10)).click()
    expect(opened(page)).to_be_visible()


@pytest.mark.rows("S6.1")
def test_copy_link(page: Page, open_page: Opener) -> None:
    """S6.1: Copy link in the head reproduces the view: filters, interval, opened session, expanded request."""
    open_of(page, "mallory", "&q=ip:45.83.64.1")
    opened(page).get_by_role("link", name="403 Forbidden", exact=True).click()
    request_rows(page).nth(0).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard(page) == page.url
    other = open_page()
    other.goto(clipboard(page))
    assert other.get_by_role("main").inner_text() == page.get_by_role("main").inner_text().replace("Copied", "Copy link")


@pytest.mark.rows("S6.1")
def test_another_person_sees_the_same(page: Page, browser: Browser) -> None:
    """S6.1: the link of a session, opened by somebody else who is signed in, shows the same requests."""
    open_of(page, "alice", "&q=method:GET")
    opened(page).get_by_role("link", name="200 OK", exact=True).click()
    opened(page).get_by_role("link", name="Copy link").click()
    expect(opened(page).get_by_role("link", name="Copied")).to_be_visible()
    context = browser.new_context(storage_state=page.context.storage_state())
    theirs = context.new_page()
    theirs.goto(clipboard(page))
    expect(theirs.get_by_text("Response code is 200")).to_be_visible()
    assert requests(theirs) == [iso(hit.time) for hit in of("alice") if hit.method == "GET" and hit.status == 200]
    context.close()


@pytest.mark.rows("S4.1", "S4.6")
def test_copies(page: Page) -> None:
    """S4.1, S4.6: session id, request id, cURL and raw HTTP are copied as they are."""
    open_of(page, "mallory")
    opened(page).get_by_role("button", name="Copy").first.click()
    expect(opened(page).get_by_role("button", name="Copied")).to_be_visible()
    assert re.fullmatch(r"[0-9a-f]{32}", clipboard(page))
    request_rows(page).nth(1).get_by_role("link").click()
    page.get_by_role("button", name="Copy as cURL").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    hit = of("mallory")[1]
    assert shlex.split(clipboard(page)) == ["curl", "-X", "GET", f"https://shop.example{hit.target}", "-A", "sqlmap/1.8"]
    page.get_by_role("button", name="Copy raw").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).includes('HTTP/1.1')")
    expected = [f"GET {hit.target} HTTP/1.1", "Host: shop.example", "User-Agent: sqlmap/1.8", "", ""]
    assert clipboard(page).replace("\r\n", "\n").split("\n") == expected


def from_csv(text: str) -> list[Row]:
    """The requests of a CSV file."""
    return [(row["time"], row["method"], row["status"]) for row in csv.DictReader(io.StringIO(text))]


def from_har(text: str) -> list[Row]:
    """The requests of a HAR file."""
    entries = json.loads(text)["log"]["entries"]
    return [(one["startedDateTime"], one["request"]["method"], str(one["response"]["status"])) for one in entries]


def from_json(text: str) -> list[Row]:
    """The requests of an NDJSON file."""
    records = map(json.loads, text.splitlines())
    return [(record["time"], record["method"], str(record["status"])) for record in records]


def shown(page: Page) -> list[Row]:
    """The requests that the page shows."""
    rows = request_rows(page)
    cells = rows.evaluate_all(
        "rows => rows.map(row => [row.querySelector('time').dateTime, row.cells[1].innerText, row.cells[3].innerText])"
    )
    return [(time, method, code) for time, method, code in cells]


FILES: dict[str, Callable[[str], list[Row]]] = {"CSV": from_csv, "HAR": from_har, "JSON": from_json}


def download(page: Page, name: str) -> str:
    """The text of the file behind a link."""
    with page.expect_download() as started:
        opened(page).get_by_role("link", name=name, exact=True).click()
    assert started.value.suggested_filename.endswith(f".{name.lower()}")
    return started.value.path().read_text(encoding="utf-8")


@pytest.mark.rows("S6.2")
def test_downloads_are_what_is_shown(sized: Page) -> None:
    """S6.2: each file has exactly the requests shown: part, general filters and in-session filters applied."""
    open_of(sized, "alice", "&q=-status:500")
    opened(sized).get_by_role("link", name="GET", exact=True).click()
    kept = [hit for hit in of("alice") if hit.status != 500 and hit.method == "GET"]
    expect(request_rows(sized)).to_have_count(len(kept))
    for name, read in FILES.items():
        assert read(download(sized, name)) == shown(sized) == [as_row(hit) for hit in kept]


@pytest.mark.rows("S6.2")
def test_downloads_have_every_page(page: Page) -> None:
    """S6.2: the file has all requests, not only those of the page."""
    open_of(page, "integration")
    assert from_csv(download(page, "CSV")) == [as_row(hit) for hit in of("integration")]


@pytest.mark.rows("S6.2", "S4.3")
def test_downloads_of_all_requests(page: Page) -> None:
    """S6.2, S4.3: after Show all requests the file has all of them too."""
    page.goto("/sessions?q=status:404 user:alice")
    row_link(page, of("alice")[3]).click()
    page.get_by_role("link", name="Show all requests").click()
    expect(request_rows(page)).to_have_count(10)
    assert from_har(download(page, "HAR")) == shown(page)


def as_row(hit: Hit) -> Row:
    """A request as the files have it."""
    return iso(hit.time), hit.method, str(hit.status)


@pytest.mark.rows("S6.1")
def test_back_forward_reload(sized: Page) -> None:
    """S6.1: Back, Forward and reload keep the view; every step is an address."""
    open_of(sized, "alice")
    opened(sized).get_by_role("link", name="GET", exact=True).click()
    expect(request_rows(sized)).to_have_count(7)
    sized.go_back()
    expect(request_rows(sized)).to_have_count(10)
    sized.go_back()
    expect(opened(sized)).to_have_count(0)
    sums(sized, "5 sessions")
    sized.go_forward()
    sized.go_forward()
    expect(request_rows(sized)).to_have_count(7)
    sized.reload()
    expect(request_rows(sized)).to_have_count(7)
    expect(sized.get_by_text("Method is GET")).to_be_visible()
