"""Related sessions (S4.7): other sessions of the same actor, with the reasons, and the ones before and after."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from console.looking import is_wide, opened, requests
from console.serving import DESK, PHONE, Opener, Server
from console.shop import CHROME, IMAGE, RAN
from console.test_keys import press

DAY = "2025-03-01"
INTERVAL = "from=2025-03-01T00:00:00Z&to=2025-03-02T00:00:00Z"
NAME = f"rita {IMAGE}"
"""A user whose name is markup; pages show it as text."""


def hit(cookie: str, clock: str, user: str = "", agent: str = CHROME, ip: str = "192.0.2.44") -> dict[str, object]:
    """A record of a request."""
    headers = [["User-Agent", agent], ["Cookie", f"PHPSESSID={cookie}"]]
    return {"method": "GET", "url": f"https://related.example/{cookie}", "time": f"{DAY}T{clock}Z", "client_ip": ip, "headers": headers,
            "user": user or None, "id": f"{cookie} {clock}"}  # fmt: skip


STORY = (
    hit("visitor-cookie", "09:50:00"),
    hit("first-cookie-of-rita", "10:00:00", NAME),
    hit("first-cookie-of-rita", "10:04:00", NAME),
    hit("second-cookie-of-rita", "15:00:00", NAME, "curl/8.5.0", "198.51.100.77"),
    hit("somebody-else-entirely", "10:01:00", "sam", "Wget/1.21", "198.51.100.78"),
)


def tell(page: Page) -> None:
    """Send the story; sent again, it is stored once."""
    answer = page.request.post("/api/v1/ingest", data="\n".join(json.dumps(record) for record in STORY).encode())
    assert answer.json()["rejected"] == 0, answer.text()


def open_at(page: Page, clock: str) -> None:
    """Open the session that begins at a time of that day in place."""
    page.goto(f"/sessions?{INTERVAL}")
    page.locator(f"tr.row:has(time[datetime='{DAY}T{clock}.000Z']) a.stretch").click()
    expect(opened(page)).to_be_visible()


def related(page: Page) -> Locator:
    """The rows of the related sessions."""
    return page.get_by_role("region", name="Related sessions").get_by_role("listitem")


@pytest.mark.rows("S4.7")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_related_sessions_and_why(open_page: Opener, young: Server, size: tuple[int, int]) -> None:
    """S4.7: the session before the log-in and the user's other one, nearest first, each with its reasons and a link."""
    page = open_page(young, size)
    tell(page)
    open_at(page, "10:00:00")
    expect(related(page)).to_have_count(2)
    expect(related(page).nth(0)).to_contain_text("same IP and user agent before log-in")
    expect(related(page).nth(0)).to_contain_text("1 request")
    expect(related(page).nth(1)).to_contain_text(NAME)
    expect(related(page).nth(1)).to_contain_text("same user")
    assert not is_wide(page)
    related(page).nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Session", exact=True)).to_be_visible()
    assert requests(page) == [f"{DAY}T15:00:00.000Z"]
    assert not is_wide(page)
    assert not page.evaluate("'ran' in window"), RAN


@pytest.mark.rows("S4.7")
def test_previous_and_next_say_by_what(open_page: Opener, young: Server) -> None:
    """S4.7: from a session to the user's next one and back, in place and on a page of its own."""
    page = open_page(young)
    tell(page)
    open_at(page, "10:00:00")
    expect(page.get_by_role("link", name="← Previous")).to_have_count(0)
    link = page.get_by_role("link", name="Next →")
    expect(link).to_have_attribute("title", f"next session of user {NAME}")
    link.click()
    assert requests(page) == [f"{DAY}T15:00:00.000Z"]
    link = page.get_by_role("link", name="← Previous")
    expect(link).to_have_attribute("title", f"previous session of user {NAME}")
    link.click()
    assert requests(page) == [f"{DAY}T10:00:00.000Z", f"{DAY}T10:04:00.000Z"]


def test_keys_lead_to_the_next_and_the_previous(open_page: Opener, young: Server) -> None:
    """Keyboard: on the page of a session ] and [ open what its links to the next and the previous one do."""
    page = open_page(young)
    tell(page)
    open_at(page, "10:00:00")
    page.goto(page.get_by_role("link", name="Copy link").get_attribute("href") or "")
    press(page, "]")
    expect(page.get_by_role("link", name="← Previous")).to_be_visible()
    assert requests(page) == [f"{DAY}T15:00:00.000Z"]
    press(page, "[")
    expect(page.get_by_role("link", name="Next →")).to_be_visible()
    assert requests(page) == [f"{DAY}T10:00:00.000Z", f"{DAY}T10:04:00.000Z"]


@pytest.mark.rows("S4.7")
def test_a_log_in_is_seen_from_before_it(open_page: Opener, young: Server) -> None:
    """S4.7: the nameless session says which one came after it."""
    page = open_page(young)
    tell(page)
    open_at(page, "09:50:00")
    expect(related(page)).to_have_count(1)
    expect(related(page)).to_contain_text("after log-in")
    expect(page.get_by_role("link", name="Next →")).to_have_attribute(
        "title", "next session of 192.0.2.44 with the same user agent"
    )


def test_a_session_of_nobody_else_has_no_such_section(open_page: Opener, young: Server) -> None:
    """Nothing related, nothing shown."""
    page = open_page(young)
    tell(page)
    open_at(page, "10:01:00")
    expect(page.get_by_role("region", name="Related sessions")).to_have_count(0)
    expect(page.get_by_role("link", name="Next →")).to_have_count(0)


@pytest.mark.rows("S4.7")
def test_compare_broke_with_a_related_session_of_nobody(open_page: Opener, young: Server) -> None:
    """A session is offered to compare with all its related ones, also with one of which no user is known."""
    page = open_page(young)
    tell(page)
    open_at(page, "10:00:00")
    opened(page).get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    near = page.get_by_role("listitem").filter(has=page.locator("time[datetime='2025-03-01T09:50:00.000Z']"))
    expect(near).to_contain_text("before log-in")
    expect(page.get_by_role("listitem").filter(has=page.locator("time[datetime='2025-03-01T15:00:00.000Z']"))).to_contain_text(
        NAME
    )


def test_a_long_name_made_the_comparison_wider_than_a_phone(open_page: Opener, young: Server) -> None:
    """Two sessions side by side fit a phone, whatever their users are called."""
    page = open_page(young, PHONE)
    name = f"{'long' * 20}@mail.example"
    told = [hit(f"long-cookie-{clock[:2]}", clock, name, ip="192.0.2.45") for clock in ("17:00:00", "18:00:00")]
    answer = page.request.post("/api/v1/ingest", data="\n".join(json.dumps(record) for record in told).encode())
    assert answer.json()["rejected"] == 0, answer.text()
    open_at(page, "17:00:00")
    opened(page).get_by_role("link", name="Compare", exact=True).click()
    page.locator("section.related").get_by_role("link").first.click()
    expect(page.locator(".sides th").first).to_contain_text(name)
    assert not is_wide(page)
