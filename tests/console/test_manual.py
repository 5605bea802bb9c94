"""The manual in the console: every page, every link, the search, on a desk and on a phone."""

from __future__ import annotations

from urllib.parse import urljoin

import httpx
import pytest
from playwright.sync_api import Page, expect

from apitrail.console import manual
from apitrail.errors import NotFound
from console.looking import is_wide
from console.serving import Opener, Server
from console.test_links import broken, links
from console.test_screenshots import shoot


def test_every_page_answers_and_every_link_in_it(page: Page, filled: Server) -> None:
    """Docs: all pages of the manual are there, and what they link to inside the console answers, pictures too."""
    addresses: set[str] = set()
    for name in manual.names():
        address = f"/docs/{name}"
        page.goto(address)
        expect(page.locator("article h1")).to_have_count(1)
        addresses |= {urljoin(address, link) for link in links(page) if "://" not in link}
        addresses |= set(page.locator("article img").evaluate_all("all => all.map(one => one.getAttribute('src'))"))
    assert len(addresses) > len(manual.names())
    assert broken(page, filled, addresses) == []


def test_links_lead_to_the_heading(page: Page) -> None:
    """Docs: a link to a section leads to it, and the page lists its sections."""
    for name in manual.names():
        shown = manual.read(name)
        anchors = {heading.anchor for heading in shown.headings}
        assert len(anchors) == len(shown.headings)
    page.goto("/docs/how-to/bots")
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Say whether it was right").click()
    expect(page.locator("#say-whether-it-was-right")).to_be_in_viewport()


def test_words_are_found(sized: Page) -> None:
    """Docs: a search shows the sections with all the words, each a link to it; nothing found says so."""
    sized.goto("/docs")
    box = sized.get_by_role("searchbox", name="Search the docs")
    box.fill("retention future")
    box.press("Enter")
    expect(sized.locator("article section mark").first).to_have_text("retention", ignore_case=True)
    assert not is_wide(sized)
    sized.locator("article section a").first.click()
    expect(sized.locator("article h1")).to_have_count(1)
    sized.goto("/docs?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    expect(sized.get_by_text("Nothing is written about that.")).to_be_visible()


@pytest.mark.parametrize("name", ["../pyproject", "how-to/../../README", "nothing", "images/../index", "\0", "%2e%2e/README"])
def test_nothing_but_pages_is_read(name: str) -> None:
    """Hostile: a name that is no page of the manual is not found, whatever it leads to."""
    with pytest.raises(NotFound):
        manual.read(name)
    with pytest.raises(NotFound):
        manual.picture(name)


def test_without_a_person_nothing_is_told(filled: Server) -> None:
    """Access: the manual is for those who are signed in, as every page is."""
    for address in ("/docs", "/docs/security", "/docs/images/sessions.png"):
        answer = httpx.get(f"{filled.base}{address}")
        assert answer.status_code in (303, 401)
        assert "<article>" not in answer.text


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures_of_the_manual(open_page: Opener, filled: Server, scheme: str) -> None:
    """Docs: a page with a table, code and a picture is as wide as the window."""
    page = open_page(filled, scheme=scheme)
    for name in ("index", "first-hour", "reference/fields"):
        page.goto(f"/docs/{name}")
        expect(page.locator("article h1")).to_be_visible()
        shoot(page, f"manual-{name.replace('/', '-')}")
