"""Keys: through rows, to the session before and after, help, and what is closed."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from console.looking import TENTH, request_rows
from console.serving import PHONE, Opener, Server


def focused(page: Page) -> Locator:
    """The row whose link is in focus."""
    return page.locator("tr:has(a.stretch:focus)")


def test_through_the_list_and_into_a_session(page: Page) -> None:
    """Keyboard: j and k go through the sessions, Enter opens one, j goes on into its requests, Escape closes one after the other."""
    page.goto(f"/sessions?{TENTH}")
    rows = page.locator(".parts > tbody > .row")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(at).locator("a.stretch")).to_be_focused()
    page.keyboard.press("Enter")
    expect(request_rows(page).first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(request_rows(page).first.locator("a.stretch")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Session parameters")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="Session parameters")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(request_rows(page)).to_have_count(0)


def test_sessions_before_and_after(page: Page) -> None:
    """Keyboard: ] opens the next session of the list, the first where none is open, [ the one before; at the end nothing happens."""
    page.goto(f"/sessions?{TENTH}")
    opened = page.locator(".parts > tbody > .row.open")
    starts = page.locator(".parts > tbody > .row .when time").evaluate_all("all => all.map(one => one.dateTime)")
    for key, at in (("]", 0), ("]", 1), ("[", 0), ("[", 0)):
        page.keyboard.press(key)
        expect(opened.locator(".when time").first).to_have_attribute("datetime", starts[at])


def test_help(page: Page) -> None:
    """Keyboard: ? and the button show the keys, Escape closes the help and nothing else; typing in the filter is no key."""
    page.goto(f"/sessions?{TENTH}")
    page.keyboard.press("]")
    expect(request_rows(page).first).to_be_visible()
    help_of_keys = page.get_by_role("dialog", name="Keys")
    page.keyboard.press("?")
    expect(help_of_keys).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Escape")
    expect(help_of_keys).to_be_hidden()
    expect(request_rows(page).first).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    expect(help_of_keys).to_be_visible()
    help_of_keys.get_by_role("button", name="Close").click()
    page.keyboard.press("/")
    page.keyboard.type("j?]x")
    expect(page.locator("#q")).to_have_value(re.compile(r"j\?\]x$"))
    expect(help_of_keys).to_be_hidden()


def test_ticking(open_page: Opener, besieged: Server) -> None:
    """Keyboard: x ticks the attack whose row is in focus, and takes the tick back."""
    page = open_page(besieged)
    page.goto("/attacks")
    page.keyboard.press("j")
    box = focused(page).get_by_role("checkbox")
    page.keyboard.press("x")
    expect(box).to_be_checked()
    page.keyboard.press("x")
    expect(box).not_to_be_checked()


def test_without_scripts_or_on_a_phone_no_keys_are_offered(open_page: Opener, filled: Server) -> None:
    """Keyboard: where keys do nothing, nothing speaks of them."""
    for page in (open_page(filled, script=False), open_page(filled, PHONE)):
        page.goto("/sessions")
        expect(page.get_by_role("button", name="Keys")).to_have_count(0)
