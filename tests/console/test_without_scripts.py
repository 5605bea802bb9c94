"""Everything but live lists and copying works with scripts off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from console import siege
from console.looking import (
    TENTH,
    attack_link,
    dropdown,
    figure,
    finding_rows,
    opened,
    request_rows,
    requests,
    row_link,
    sums,
    the_list,
)
from console.serving import DESK, PHONE, Opener, Server
from console.shop import ALL, at, iso, of, parts, starts


@pytest.fixture
def plain(open_page: Opener) -> Page:
    """A page of a browser that runs no scripts."""
    return open_page(script=False)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def plain_sized(request: pytest.FixtureRequest, open_page: Opener) -> Page:
    """The same, as wide as a desk and as a phone."""
    return open_page(size=request.param, script=False)


def test_list_and_filter(plain: Page) -> None:
    """Without scripts the list, the filter box and the chips work."""
    plain.goto("/sessions")
    sums(plain, "66 sessions")
    expect(plain.get_by_role("button", name="Live")).not_to_be_visible()
    plain.get_by_label("Filter", exact=True).fill("status:404 user:alice")
    plain.keyboard.press("Enter")
    sums(plain, "1 session · 1 request")
    plain.get_by_role("link", name="Remove filter: Response code is 404").click()
    sums(plain, "1 session · 10 requests")


def test_dropdown(plain: Page) -> None:
    """Without scripts a dropdown is a page of its own address, with search and choice."""
    plain.goto("/sessions")
    dropdown(plain, "Response code")
    expect(plain.get_by_role("checkbox", name="404 Not Found")).to_be_visible()
    plain.get_by_role("searchbox", name="Search response code").fill("50")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("group", name="Filters").get_by_role("checkbox")).to_have_count(2)
    plain.get_by_role("checkbox", name="500 Internal Server Error").check()
    plain.get_by_role("button", name="Show only").click()
    expect(plain.get_by_text("Response code is 500")).to_be_visible()
    sums(plain, "1 session · 1 request")


def test_interval(plain: Page) -> None:
    """Without scripts the interval is chosen by presets, by the form, and by bars."""
    plain.goto(f"/sessions?{TENTH}")
    plain.locator("#interval > summary").click()
    plain.get_by_role("link", name="All time").first.click()
    sums(plain, "66 sessions")
    plain.locator("#interval > summary").click()
    plain.get_by_role("textbox", name="From").fill("2026-06-10T12:00")
    plain.get_by_role("textbox", name="To", exact=True).fill("2026-06-10T12:03")
    plain.get_by_role("button", name="Apply", exact=True).click()
    sums(plain, f"1 session · {len([hit for hit in ALL if at(10, '10:00:00') <= hit.time < at(10, '10:03:00')])} requests")


def test_session(plain_sized: Page) -> None:
    """Without scripts a session opens, filters, turns round and shows a request."""
    plain_sized.goto(f"/sessions?{TENTH}")
    row_link(plain_sized, of("mallory")[0]).click()
    expect(request_rows(plain_sized)).to_have_count(6)
    opened(plain_sized).get_by_role("link", name="403 Forbidden", exact=True).click()
    expect(request_rows(plain_sized)).to_have_count(2)
    request_rows(plain_sized).nth(0).get_by_role("link").click()
    expect(plain_sized.get_by_role("heading", name="Detected")).to_be_visible()
    row_link(plain_sized, of("mallory")[0]).click()
    expect(opened(plain_sized)).to_have_count(0)


def test_paging(plain: Page) -> None:
    """Without scripts lists and requests are paged."""
    plain.goto("/sessions")
    plain.get_by_role("link", name="Next 50 sessions").click()
    expect(plain.get_by_role("link", name="First page")).to_be_visible()
    assert the_list(plain) == starts(parts(ALL))[50:]
    plain.goto(f"/sessions?{TENTH}")
    row_link(plain, of("integration")[0]).click()
    plain.get_by_role("link", name="Next requests").click()
    expect(plain.get_by_role("link", name="From the first request")).to_be_visible()
    assert requests(plain) == [iso(hit.time) for hit in of("integration")][60:120]


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def besieged_plain(request: pytest.FixtureRequest, open_page: Opener, besieged: Server) -> Page:
    """A page about attacks of a browser that runs no scripts, as wide as a desk and as a phone."""
    return open_page(besieged, request.param, script=False)


def test_attacks(besieged_plain: Page) -> None:
    """Without scripts attacks are filtered, grouped, opened, and lead to a request and its session."""
    page = besieged_plain
    page.goto(f"/attacks?{TENTH}")
    figure(page, "API host").get_by_role("link", name=siege.SHOP).click()
    sums(page, "3 attacks · 6 malicious requests in 2 sessions")
    page.locator("#grouping > summary").click()
    page.get_by_role("link", name="Type and address").click()
    sums(page, "3 attacks")
    page.goto(f"/attacks?{TENTH}&q=host:{siege.SHOP} attack:sqli point:request.query.q")
    attack_link(page, f"SQL injection on {siege.SHOP}").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(finding_rows(page)).to_have_count(4)
    finding_rows(page).last.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    finding_rows(page).last.locator("summary").click()
    page.get_by_role("link", name="Investigate in API Sessions").first.click()
    expect(request_rows(page)).to_have_count(1)
    page.get_by_role("link", name="Remove filter: Request is").click()
    expect(request_rows(page)).to_have_count(7)


def test_dropdown_of_attacks(besieged_plain: Page) -> None:
    """Without scripts a dropdown over attacks is a page of its own address."""
    besieged_plain.goto(f"/attacks?{TENTH}")
    dropdown(besieged_plain, "Attack")
    besieged_plain.get_by_role("checkbox", name="SQL injection", exact=True).check()
    besieged_plain.get_by_role("button", name="Show only").click()
    sums(besieged_plain, "3 attacks · 6 malicious requests")


def test_marks_and_rules(open_page: Opener, young: Server) -> None:
    """Without scripts a request is marked, a rule is made of it and removed, and a vulnerability is closed."""
    page, host = open_page(young, script=False), "scriptless.example"
    some = [replace(shot, id=f"{host} {shot.id}", host=host, session=f"{host}-{shot.session}") for shot in siege.thief()]
    page.request.post("/api/v1/ingest", data=siege.lines(some))
    page.goto(f"/incidents?q=host:{host} attack:sqli")
    attack_link(page, f"SQL injection on {host}").click()
    page.get_by_role("button", name="Close the vulnerability").click()
    expect(page.get_by_text("vulnerability closed")).to_be_visible()
    page.get_by_role("link", name="Create rule").click()
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("status")).to_contain_text("1 stored finding is marked")
    page.get_by_role("row").filter(has_text=host).get_by_role("button", name="Remove").click()
    expect(page.get_by_text(host)).to_have_count(0)
    page.goto(f"/attacks?q=host:{host} mark:false_positive")
    sums(page, "1 attack")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_discovery(open_page: Opener, explored: Server, size: tuple[int, int]) -> None:
    """Without scripts endpoints are filtered by figures and dropdowns, grouped, opened, given flows, and lead to their sessions."""
    page = open_page(explored, size, script=False)
    page.goto("/discovery")
    figure(page, "Risk").get_by_role("link", name="High, 8 to 10").click()
    expect(page.get_by_text("Risk is 8 to 10")).to_be_visible()
    dropdown(page, "Method")
    page.get_by_role("checkbox", name="GET").check()
    page.get_by_role("button", name="Show only").click()
    sums(page, "1 endpoint of 1 host")
    page.locator("#grouping > summary").click()
    page.get_by_role("link", name="In one list").click()
    page.locator("a.stretch").click()
    for tab in ("Parameters", "Performance", "Traffic", "Overview"):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v1/orders/{id}")
    page.get_by_role("link", name="Explore in API Sessions").click()
    sums(page, "9 sessions · 41 requests")
