"""A session beside what is usual for its group, and beside another session; the path of a session as a picture."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from console import rogues
from console.looking import TENTH, is_wide, opened, request_rows, row_link
from console.serving import DESK, PHONE, Opener, Server
from console.shop import of

pytestmark = pytest.mark.rows("S4.5")


def test_the_path_of_a_session_shows_what_followed_what(sized: Page) -> None:
    """Each endpoint of the path leads to its requests in the session, each arc to those of its two ends."""
    page = sized
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("alice")[0]).click()
    page.get_by_role("link", name="Path: what followed what").click()
    path = page.locator("figure.path")
    endpoints = {(hit.method, hit.host, re.sub(r"/\d+", "/{id}", hit.path)) for hit in of("alice")}
    expect(path.locator("ol > li")).to_have_count(len(endpoints))
    arc = path.get_by_role("link", name="→").first
    said = arc.get_attribute("aria-label") or ""
    assert re.fullmatch(r".+ → .+: \d+ times?", said), said
    expect(path.get_by_role("list", name="What followed what").get_by_role("listitem").first).to_contain_text("→")
    path.locator("ol > li a").first.click()
    expect(request_rows(page)).to_have_count(2)
    expect(page.get_by_text(f"2 of {len(of('alice'))} requests")).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_what_is_unusual_stands_beside_what_is_usual(open_page: Opener, robbed: Server, size: tuple[int, int]) -> None:
    """A scraper is beside people at the same host: what it does too often is marked, and what all others do and it does not."""
    page = open_page(robbed, size=size)
    page.goto(f"/sessions?q=ip:{rogues.SCRAPER_IP}")
    page.locator("tbody .row a").first.click()
    opened(page).get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    expect(
        page.get_by_text(re.compile(rf"Beside \d+ other day parts of sessions without a role at {rogues.HOST}"))
    ).to_be_visible()
    table = page.get_by_role("region", name="Beside others")
    expect(table.get_by_text("many more requests than others make")).to_be_visible()
    expect(table.get_by_text("others go there, this one did not").first).to_be_visible()
    assert not is_wide(page)


def test_a_session_with_nobody_like_it_is_told_so(open_page: Opener, robbed: Server) -> None:
    """With too few others nothing is called unusual, and the page says how many there are."""
    page = open_page(robbed)
    page.goto(f"/sessions?q=host:{rogues.QUIET}")
    page.locator("tbody .row a").first.click()
    opened(page).get_by_role("link", name="Compare").click()
    expect(
        page.get_by_text(f"Too few to compare with: there are 0 other day parts of sessions without a role at {rogues.QUIET}")
    ).to_be_visible()
