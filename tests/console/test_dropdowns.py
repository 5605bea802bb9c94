"""The dropdowns of the list: values with counts, search, several values, exclusion."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from console.looking import dropdown, sums, the_list
from console.shop import ALL, counted, of, parts, starts


@pytest.mark.rows("S3.2")
def test_values_with_counts(sized: Page) -> None:
    """S3.2: a dropdown has every value with its number of requests under the other filters, not under its own."""
    sized.goto("/sessions?q=user:alice status:404")
    panel = dropdown(sized, "Response code")
    expected = {"200 OK": 6, "201 Created": 2, "404 Not Found": 1, "500 Internal Server Error": 1}
    assert counted(of("alice"), "status") == {"200": 6, "201": 2, "404": 1, "500": 1}
    expect(panel.get_by_role("checkbox")).to_have_count(len(expected))
    for title, count in expected.items():
        expect(panel.get_by_title(f"Only {title}", exact=True)).to_have_text(str(count))
    expect(panel.get_by_role("checkbox", name="404 Not Found")).to_be_checked()


@pytest.mark.rows("S3.2")
def test_choosing_one(page: Page) -> None:
    """S3.2: the count of a value shows only that value, whatever the field was filtered by before."""
    page.goto("/sessions?q=user:alice status:404")
    dropdown(page, "Response code").get_by_role("link", name="6 requests, only 200 OK").click()
    sums(page, "1 session · 6 requests")
    expect(page.get_by_text("Response code is 200")).to_be_visible()


@pytest.mark.rows("S3.2")
def test_several_values_found_by_search(sized: Page) -> None:
    """S3.2: values chosen in different searches are chosen together."""
    sized.goto("/sessions")
    panel = dropdown(sized, "Response code")
    search = panel.get_by_role("searchbox", name="Search response code")
    search.fill("not found")
    expect(panel.get_by_role("checkbox")).to_have_count(1)
    panel.get_by_role("checkbox", name="404 Not Found").check()
    search.fill("50")
    expect(panel.get_by_role("checkbox")).to_have_count(3)
    panel.get_by_role("checkbox", name="500 Internal Server Error").check()
    panel.get_by_role("button", name="Show only").click()
    expect(sized.get_by_text("Response code is 404 or 500")).to_be_visible()
    assert the_list(sized) == starts(parts([hit for hit in ALL if hit.status in {404, 500}]))


@pytest.mark.rows("S3.2")
def test_exclusion(page: Page) -> None:
    """S3.2: chosen values are excluded."""
    page.goto("/sessions")
    panel = dropdown(page, "Client IP")
    panel.get_by_role("checkbox", name="5.9.1.1").check()
    panel.get_by_role("button", name="Exclude").click()
    expect(page.get_by_text("Client IP is not 5.9.1.1")).to_be_visible()
    sums(page, f"65 sessions · {len([hit for hit in ALL if hit.ip != '5.9.1.1']) / 1000:.3g}K requests")


@pytest.mark.rows("S3.2")
def test_a_search_without_a_match(page: Page) -> None:
    """S3.2: a search that finds nothing says so."""
    page.goto("/sessions")
    panel = dropdown(page, "API host")
    panel.get_by_role("searchbox").fill("nowhere")
    expect(panel.get_by_text("No values that contain “nowhere”")).to_be_visible()
    expect(panel.get_by_role("checkbox")).to_have_count(0)


@pytest.mark.rows("S3.2")
def test_a_country_is_found_by_its_name(page: Page) -> None:
    """S3.2: a dropdown that shows names is searched by names."""
    page.goto("/sessions")
    panel = dropdown(page, "Location")
    panel.get_by_role("searchbox").fill("german")
    expect(panel.get_by_role("checkbox")).to_have_count(1)
    expect(panel.get_by_role("checkbox", name="Germany")).to_be_visible()


@pytest.mark.rows("S3.2")
def test_more_dropdowns(page: Page) -> None:
    """S3.2: the other fields stand under More."""
    page.goto("/sessions")
    page.get_by_text("More", exact=True).click()
    panel = dropdown(page, "Network type")
    panel.get_by_role("checkbox", name="hosting").check()
    panel.get_by_role("button", name="Show only").click()
    expect(page.get_by_text("Network type is hosting")).to_be_visible()


def test_one_is_open_at_a_time(page: Page) -> None:
    """A dropdown closes when another opens, and at Escape."""
    page.goto("/sessions")
    first = dropdown(page, "Method").get_by_role("searchbox")
    second = dropdown(page, "User").get_by_role("searchbox")
    expect(first).not_to_be_visible()
    page.keyboard.press("Escape")
    expect(second).not_to_be_visible()


@pytest.mark.rows("S3.2")
def test_odd_values(page: Page) -> None:
    """S3.2: a value with quotes, commas and stars is chosen as it is."""
    page.goto("/sessions")
    panel = dropdown(page, "User")
    panel.get_by_role("checkbox", name='o\'hara "x", y*').check()
    panel.get_by_role("button", name="Show only").click()
    assert the_list(page) == starts(parts(of("family")))
