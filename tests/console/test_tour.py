"""The tour: from step to step over one's own traffic, in words of the manual, with and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apitrail.console import manual, tour
from console.looking import is_wide
from console.serving import DESK, PHONE, Opener, Server

STEPS = len(tour.PLACES)


def follow(page: Page) -> list[str]:
    """Go from the first step to the last; where each was told."""
    page.get_by_role("link", name="Tour", exact=True).click()
    card = page.get_by_role("complementary", name="A session", exact=True)
    expect(card).to_contain_text(f"Tour, 1 of {STEPS}")
    told = [page.url]
    for number in range(2, STEPS + 1):
        page.get_by_role("link", name="Next", exact=True).click()
        expect(page.locator(".tour")).to_contain_text(f"Tour, {number} of {STEPS}")
        told.append(page.url)
        assert not is_wide(page), page.url
    expect(page.get_by_role("link", name="Next", exact=True)).to_have_count(0)
    return told


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_the_tour_leads_through_every_section(open_page: Opener, size: tuple[int, int]) -> None:
    """Each step is told where it is looked at, and what it speaks of is marked and there; Back goes back, End ends it."""
    page = open_page(size=size)
    page.goto("/sessions")
    told = follow(page)
    assert [url.partition("//")[2].partition("/")[2].partition("?")[0] for url in told] == [
        address.strip("/") for address, _ in tour.PLACES.values()
    ]
    for url, (_, part) in zip(told, tour.PLACES.values(), strict=True):
        page.goto(url)
        expect(page.locator(":target")).to_have_attribute("id", part)
        expect(page.locator(":target")).to_be_in_viewport()
    page.get_by_role("link", name="Back", exact=True).click()
    expect(page.locator(".tour")).to_contain_text(f"Tour, {STEPS - 1} of {STEPS}")
    page.get_by_role("link", name="End the tour").click()
    expect(page.locator(".tour")).to_have_count(0)
    assert "tour" not in page.url


def test_the_tour_of_an_empty_store(open_page: Opener, empty: Server) -> None:
    """With no traffic the tour tells the same, also where there is nothing to point at."""
    page = open_page(empty)
    page.goto("/sessions")
    page.get_by_role("link", name="a tour of the console").click()
    page.goto("/sessions")
    assert len(follow(page)) == STEPS


def test_the_tour_without_scripts(open_page: Opener) -> None:
    """The tour needs no script."""
    page = open_page(script=False)
    page.goto("/sessions")
    assert len(follow(page)) == STEPS


def test_a_step_ends_where_one_goes_on(page: Page) -> None:
    """What the page leads to is not told the tour, and a step that there is not is said to be none."""
    page.goto("/tour/1")
    page.locator("tbody .row a").first.click()
    expect(page.locator(".tour")).to_have_count(0)
    for address in ("/sessions?tour=99", "/sessions?tour=x", "/sessions?tour=%C2%B2"):
        page.goto(address)
        expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
        expect(page.locator(".tour")).to_have_count(0)
    assert page.goto("/tour/99")
    expect(page.get_by_text(f"the tour has {STEPS} steps")).to_be_visible()


def test_every_step_has_its_words_in_the_manual() -> None:
    """The steps are the sections of the page, in its order, and its links lead to words that the glossary has."""
    assert [section.heading.anchor for section in manual.sections(tour.PAGE)] == list(tour.PLACES)
    glossary = manual.read("glossary").content
    for section in manual.sections(tour.PAGE):
        for link in str(section.content).split('href="')[1:]:
            page, _, anchor = link.partition('"')[0].partition("#")
            assert page.startswith("/docs")
            assert not anchor or f'id="{anchor}"' in glossary, anchor
