"""Keys: through rows, to the session before and after, help, and what is closed."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from console.looking import TENTH, request_rows
from console.serving import PHONE, Opener, Server


def press(page: Page, key: str) -> None:
    """Press a key once the script of the page is there."""
    page.wait_for_load_state()
    page.keyboard.press(key)


def focused(page: Page) -> Locator:
    """The row whose link is in focus."""
    return page.locator("tr:has(a.stretch:focus)")


def test_through_the_list_and_into_a_session(page: Page) -> None:
    """Keyboard: j and k go through the sessions, Enter opens one, j goes on into its requests, Escape closes one after the other."""
    page.goto(f"/sessions?{TENTH}")
    rows = page.locator(".parts > tbody > .row")
    for key, at in (("j", 0), ("j", 1), ("j", 2), ("k", 1), ("k", 0), ("k", 0)):
        press(page, key)
        expect(rows.nth(at).locator("a.stretch")).to_be_focused()
    press(page, "Enter")
    expect(request_rows(page).first).to_be_visible()
    press(page, "j")
    press(page, "j")
    expect(request_rows(page).first.locator("a.stretch")).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("heading", name="Session parameters")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("heading", name="Session parameters")).to_have_count(0)
    press(page, "Escape")
    expect(request_rows(page)).to_have_count(0)


def test_sessions_before_and_after(page: Page) -> None:
    """Keyboard: ] opens the next session of the list, the first where none is open, [ the one before; at the end nothing happens."""
    page.goto(f"/sessions?{TENTH}")
    opened = page.locator(".parts > tbody > .row.open")
    starts = page.locator(".parts > tbody > .row .when time").evaluate_all("all => all.map(one => one.dateTime)")
    for key, at in (("]", 0), ("]", 1), ("[", 0), ("[", 0)):
        press(page, key)
        expect(opened.locator(".when time").first).to_have_attribute("datetime", starts[at])


def test_help(page: Page) -> None:
    """Keyboard: ? and the button show the keys, Escape closes the help and nothing else; typing in the filter is no key."""
    page.goto(f"/sessions?{TENTH}")
    press(page, "]")
    expect(request_rows(page).first).to_be_visible()
    help_of_keys = page.get_by_role("dialog", name="Keys")
    press(page, "?")
    expect(help_of_keys).to_be_visible()
    press(page, "j")
    press(page, "Escape")
    expect(help_of_keys).to_be_hidden()
    expect(request_rows(page).first).to_be_visible()
    page.get_by_role("button", name="Keys").click()
    expect(help_of_keys).to_be_visible()
    help_of_keys.get_by_role("button", name="Close").click()
    press(page, "/")
    page.keyboard.type("j?]x")
    expect(page.locator("#q")).to_have_value(re.compile(r"j\?\]x$"))
    expect(help_of_keys).to_be_hidden()


def test_ticking(open_page: Opener, besieged: Server) -> None:
    """Keyboard: x ticks the attack whose row is in focus, and takes the tick back."""
    page = open_page(besieged)
    page.goto("/attacks")
    press(page, "j")
    box = focused(page).get_by_role("checkbox")
    press(page, "x")
    expect(box).to_be_checked()
    press(page, "x")
    expect(box).not_to_be_checked()


def test_without_scripts_or_on_a_phone_no_keys_are_offered(open_page: Opener, filled: Server) -> None:
    """Keyboard: where keys do nothing, nothing speaks of them."""
    for page in (open_page(filled, script=False), open_page(filled, PHONE)):
        page.goto("/sessions")
        expect(page.get_by_role("button", name="Keys")).to_have_count(0)
