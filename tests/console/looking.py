"""What a page says, read the way a person reads it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from console.shop import Hit, local

TENTH = "from=2026-06-10T00:00:00Z&to=2026-06-11T00:00:00Z"
"""The interval of the 10th of June."""


def _times(rows: Locator) -> list[str]:
    rows.page.wait_for_load_state()
    return rows.locator("time").evaluate_all("found => found.map(one => one.dateTime)")


def the_list(page: Page) -> list[str]:
    """The start of every session in the list, from top to bottom, while none is opened."""
    return _times(page.get_by_role("row"))


def sums(page: Page, words: str) -> None:
    """Expect the sums above the list to begin with these words; traffic of the last hours may be of two days."""
    said = re.escape(words)
    for unit in (r"\ session\ ", r"\ sessions\ "):
        said = said.replace(unit, rf"{unit[:-2]}(, \d+ day parts)?\ ")
    expect(page.locator("#sums")).to_have_text(re.compile(said))


def row_link(page: Page, hit: Hit) -> Locator:
    """The link that opens the session which starts with this request."""
    return page.get_by_role("link", name=local(hit.time), exact=True)


def opened(page: Page) -> Locator:
    """The statistics of the opened session."""
    return page.get_by_role("complementary", name="Session")


def requests(page: Page) -> list[str]:
    """The times of the requests shown of the opened session, from top to bottom."""
    return _times(request_rows(page))


def request_rows(page: Page) -> Locator:
    """The rows of the requests of the opened session."""
    return page.locator("tr[id^='r-']")


def finding_rows(page: Page) -> Locator:
    """The rows of the requests of an attack."""
    return page.locator("tr[id^='f-']")


def figure(page: Page, title: str) -> Locator:
    """The most frequent values of an attribute of attacks."""
    return page.get_by_role("region", name=title, exact=True)


def attack_link(page: Page, name: str) -> Locator:
    """The link that opens an attack or incident of the list."""
    return page.get_by_role("link", name=name, exact=True)


def is_wide(page: Page) -> bool:
    """Whether the page must be scrolled sideways, once its style is there: a page reached by a click may still be waiting for it."""
    page.wait_for_load_state()
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def clipboard(page: Page) -> str:
    """What was copied last."""
    return str(page.evaluate("navigator.clipboard.readText()"))


def dropdown(page: Page, title: str) -> Locator:
    """The dropdown of a field, opened; without scripts it has a link to its values, which is followed."""
    closed = page.locator("details[data-facet]").filter(has=page.locator("summary").get_by_text(title, exact=True))
    closed.locator("summary").click()
    link = closed.get_by_role("link", name=f"Count the values of {title}")
    if link.count():
        link.click()
    expect(closed.get_by_role("searchbox")).to_be_visible()
    return closed
