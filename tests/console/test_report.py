"""The report: a session as one page to print or to send."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from console.looking import TENTH, is_wide, opened, request_rows, row_link
from console.serving import DESK, PHONE, Opener, Server
from console.shop import HOSTILE, of
from console.test_links import broken, links, some
from console.test_screenshots import shoot


def to_report(page: Page) -> None:
    """Go on from the opened session to its report."""
    opened(page).get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_role("heading", name="Report of a session")).to_be_visible()


def first_opened(page: Page) -> Locator:
    """The requests of the first session of the list, once it is opened."""
    page.locator(".parts > tbody > .row a.stretch").first.click()
    expect(opened(page)).to_be_visible()
    return request_rows(page)


def story(page: Page) -> str:
    """The sentences of the story."""
    return page.locator(".report").first.inner_text()


def test_a_report_tells_what_the_session_shows(page: Page) -> None:
    """Report: its numbers are those of the session: requests, statistics and every request in order of time."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_be_visible()
    shown = request_rows(page).locator("time").evaluate_all("all => all.map(one => one.dateTime)")
    to_report(page)
    assert f"{len(shown)} requests from" in story(page)
    assert "From the address 45.83.64" in story(page)
    listed = page.locator(".report").last.locator("tbody time").evaluate_all("all => all.map(one => one.dateTime)")
    assert listed == shown
    page.get_by_role("link", name="The session").click()
    expect(request_rows(page)).to_have_count(len(shown))


def test_a_report_keeps_the_filters(page: Page) -> None:
    """Report: under a filter it has the requests that are shown alone, and says so."""
    page.goto(f"/sessions?{TENTH}&q=status:404")
    shown = first_opened(page).count()
    to_report(page)
    expect(page.locator(".report").last.locator("tbody tr")).to_have_count(shown)
    expect(page.locator(".note")).to_contain_text(re.compile(rf"^Under filters: {shown} of \d+ requests"))


def test_attacks_and_incidents_stand_in_it(open_page: Opener, besieged: Server) -> None:
    """Report: attacks with point and payload, those that worked first, each a link to its first request."""
    page = open_page(besieged)
    page.goto("/sessions?q=attack:ptrav")
    first = page.locator(".parts > tbody > .row").first
    expect(first.get_by_text("Incident", exact=True)).to_have_attribute(
        "title", re.compile(r"^In \d+ requests? an attack worked$")
    )
    worked = re.search(r"\d+", first.get_by_text("Incident", exact=True).get_attribute("title") or "")
    first_opened(page)
    to_report(page)
    attacks = page.get_by_role("heading", name="Attacks", exact=True).locator("..")
    expect(attacks.locator("tbody tr").first).to_contain_text("Path traversal")
    incidents = page.locator(".report").last.locator("tbody tr").filter(has_text="Incident")
    expect(incidents).to_have_count(int(worked[0]) if worked else 0)
    assert broken(page, besieged, some(links(page))) == []
    attacks.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()


def test_a_bot_has_its_evidence_in_it(open_page: Opener, robbed: Server) -> None:
    """Report: why a session is a bot, with value and normal of each detector that spoke."""
    page = open_page(robbed)
    page.goto("/abuse?tab=bots&q=bot:scraping")
    page.locator(".bots tbody tr").first.get_by_role("link").click()
    to_report(page)
    assert "By its behaviour a bot: Scraping" in story(page)
    evidence = page.get_by_role("heading", name=re.compile("Evidence: Scraping")).locator("..")
    expect(evidence.get_by_role("rowheader").first).to_be_visible()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_hostile_values_are_text(open_page: Opener, filled: Server, size: tuple[int, int]) -> None:
    """Hostile: markup in names, paths and user agents is shown as text, and nothing is wider than the page."""
    page = open_page(filled, size)
    page.goto("/sessions?q=ip:45.83.64.9")
    row_link(page, HOSTILE[0]).click()
    to_report(page)
    assert not is_wide(page)
    shoot(page, "report")


def test_it_prints_without_the_console(page: Page) -> None:
    """Report: on paper there is neither navigation nor button, and nothing is cut off."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("mallory")[0]).click()
    to_report(page)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("navigation", name="Sections")).to_be_hidden()
    assert page.pdf()[:5] == b"%PDF-"
    page.emulate_media(media="screen")


def test_a_report_of_flagged_requests_has_the_others_too(open_page: Opener, robbed: Server) -> None:
    """Report: made from the flagged requests alone, its story and its requests are those of the whole session, the flagged marked."""
    page = open_page(robbed)
    page.goto("/abuse?tab=bots&q=bot:account_takeover")
    page.locator(".bots tbody tr").first.get_by_role("link").click()
    page.get_by_role("link", name=re.compile("flagged request")).first.click()
    to_report(page)
    rows = page.locator(".report").last.locator("tbody tr")
    assert f"{rows.count()} requests from" in story(page)
    expect(rows.filter(has_text="Flagged").first).to_be_visible()
