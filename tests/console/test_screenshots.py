"""A picture of every page, light and dark, wide and narrow, for people to look at."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console import siege
from console.looking import TENTH, attack_link, finding_rows, is_wide, opened, request_rows, row_link
from console.serving import DESK, PHONE, Opener, Server, play, stop
from console.shop import of

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("APITRAIL_SCREENSHOTS") or ROOT / "build" / "screenshots")


LOOKS = tuple((size, scheme) for size in (PHONE, DESK) for scheme in ("dark", "light"))


def shoot_in_every_look(page: Page, name: str) -> None:
    """Take the pictures of a page on phone and desk, dark and light, without asking for it again; it ends as it began, on the desk."""
    for (width, height), scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        shoot(page, name)


def shoot(page: Page, name: str) -> None:
    """Take a picture, and see that the page is not wider than its window."""
    size = page.viewport_size
    assert size is not None
    scheme = "dark" if page.evaluate("matchMedia('(prefers-color-scheme:dark)').matches") else "light"
    page.screenshot(path=FOLDER / f"{name}-{size['width']}-{scheme}.png", full_page=size["width"] == PHONE[0])
    assert not is_wide(page), name


def test_pictures_of_every_page(open_page: Opener, empty: Server) -> None:
    """Each page keeps to its width, and its picture is kept."""
    page = open_page()
    page.goto("/sessions")
    shoot_in_every_look(page, "list")
    page.goto(f"/sessions?{TENTH}&q=-status:418")
    shoot_in_every_look(page, "day")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_be_visible()
    shoot_in_every_look(page, "opened")
    request_rows(page).nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    shoot_in_every_look(page, "request")
    page.goto(f"/sessions?{TENTH}&q=status:200&facet=endpoint")
    shoot_in_every_look(page, "dropdown")
    page.goto(f"/sessions?{TENTH}")
    page.locator("#interval > summary").click()
    shoot_in_every_look(page, "interval")
    for name, address in (("error", "/sessions?q=status:200 hots:x"), ("no-match", "/sessions?q=status:418 user:alice"),
                          ("tokens", "/settings/tokens"), ("traffic", "/settings/traffic"), ("style-guide", "/styleguide"),
                          ("map", f"/sessions?{TENTH}&world=1"), ("sign-in", "/sign-in"), ("not-found", f"/sessions/{'0' * 32}")):  # fmt: skip
        page.goto(address)
        shoot_in_every_look(page, name)
    parameters = [
        {"point": "request.query.user", "type": "user", "grouping": True},
        {"point": "request.body.json.account.id", "hashed": True},
    ]
    page.request.put("/api/v1/settings/session-parameters", data=json.dumps(parameters))
    page.goto("/settings/session-parameters?edit=2&point=request.body.jso.account.id#parameter")
    shoot_in_every_look(page, "parameters")
    page.request.put("/api/v1/settings/session-parameters", data="[]")
    page.goto(f"/sessions?{TENTH}&q=method:GET")
    row_link(page, of("alice")[0]).click()
    page.goto(opened(page).get_by_role("link", name="Copy link").get_attribute("href") or "")
    opened(page).get_by_role("link", name="200 OK", exact=True).click()
    expect(page.get_by_text("Response code is 200")).to_be_visible()
    shoot_in_every_look(page, "session")
    nothing = open_page(empty)
    nothing.goto("/sessions")
    shoot_in_every_look(nothing, "empty")


def test_pictures_of_attacks(open_page: Opener, besieged: Server) -> None:
    """Each page about attacks, incidents and rules keeps to its width, menus open too, and its picture is kept."""
    page = open_page(besieged)
    page.goto(f"/attacks?{TENTH}")
    shoot_in_every_look(page, "attacks")
    for name in ("views", "grouping"):
        page.locator(f"#{name} > summary").click()
        shoot_in_every_look(page, f"attacks-{name}")
    page.goto(f"/attacks?{TENTH}&q=host:{siege.SHOP} attack:sqli point:request.query.q")
    attack_link(page, f"SQL injection on {siege.SHOP}").click()
    expect(page.get_by_role("heading", name="Payloads")).to_be_visible()
    shoot_in_every_look(page, "attack")
    rule = page.get_by_role("link", name="Create rule").get_attribute("href") or ""
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).first.locator("summary").click()
    shoot_in_every_look(page, "attack-requests")
    finding_rows(page).last.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    shoot_in_every_look(page, "attack-request")
    page.goto(f"/incidents?{TENTH}")
    shoot_in_every_look(page, "incidents")
    attack_link(page, f"Path traversal on {siege.FILES}").click()
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    shoot_in_every_look(page, "incident")
    page.goto("/attacks?q=hots:x")
    shoot_in_every_look(page, "attacks-error")
    page.goto(rule)
    shoot_in_every_look(page, "rule")
    page.get_by_role("checkbox", name="Also mark").uncheck()
    page.get_by_role("textbox", name="Reason").fill("the search of the shop takes any text")
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("status")).to_have_text("The rule is in force.")
    shoot_in_every_look(page, "ignore-rules")
    page.get_by_role("button", name="Remove").first.click()


def test_pictures_of_discovery(open_page: Opener, explored: Server, empty: Server) -> None:
    """Each page about endpoints keeps to its width, dropdowns open too, and its picture is kept."""
    page = open_page(explored)
    for name, address in (("discovery", "/discovery"), ("discovery-flat", "/discovery?by=none&sort=-risk"),
                          ("discovery-dropdown", "/discovery?facet=risk"), ("discovery-no-match", "/discovery?q=risk:3"),
                          ("discovery-error", "/discovery?q=rouge:shadow")):  # fmt: skip
        page.goto(address)
        shoot_in_every_look(page, name)
    page.goto("/sessions?q=slow:true")
    page.locator("tbody .row a").first.click()
    request_rows(page).get_by_role("link").first.click()
    page.get_by_role("link", name="Explore in API Discovery").scroll_into_view_if_needed()
    shoot_in_every_look(page, "request-insights")
    page.get_by_role("link", name="Explore in API Discovery").click()
    for tab in ("Overview", "Parameters", "Performance", "Traffic"):
        page.get_by_role("link", name=tab, exact=True).click()
        expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
        shoot_in_every_look(page, f"endpoint-{tab.lower()}")
    nothing = open_page(empty)
    nothing.goto("/discovery")
    shoot_in_every_look(nothing, "discovery-empty")


NOT_ASKED = "APITRAIL_README_SCREENSHOT" not in os.environ


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo, when its analysis has found the bots of the week."""
    server = play(tmp_path_factory.mktemp("demo"))
    yield server
    stop(server)


@pytest.mark.skipif(NOT_ASKED, reason="only when APITRAIL_README_SCREENSHOT is set")
@pytest.mark.timeout(600)
def test_pictures_for_readme_and_manual(demo: Server, open_page: Opener) -> None:
    """The pictures in README and manual are real ones, of the demo."""
    page = open_page(demo)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/abuse")
    for _ in range(300):
        if page.locator(".figures").count() and page.locator(".attacks tbody tr").count() > 2:
            break
        page.wait_for_timeout(1000)
        page.reload()
    keep(page, "abuse")
    for name in ("attacks", "discovery"):
        page.goto(f"/{name}")
        keep(page, name)
    page.goto("/sessions")
    keep(page, "list")
    page.goto("/sessions?q=attack:sqli")
    page.locator("tbody .row a.stretch").first.click()
    expect(opened(page)).to_be_visible()
    page.evaluate("scrollTo(0, 0)")
    keep(page, "sessions")
    page.goto("/sessions?q=bot:scraping")
    page.locator("tbody .row a.stretch").first.click()
    opened(page).get_by_role("link", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    keep(page, "compare")


def keep(page: Page, name: str) -> None:
    """Take a picture for the manual."""
    page.mouse.move(0, 0)
    page.screenshot(path=ROOT / "docs" / "images" / f"{name}.png")
