"""Every kind of page, checked by axe: all its rules and what it holds for good practice, light and dark, wide and narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from console.looking import TENTH, attack_link, finding_rows, opened, request_rows, row_link
from console.serving import DESK, PHONE, Opener, Server
from console.shop import of
from console.siege import FILES
from console.test_accessibility import is_sound

FAULTS = """options => axe.run({resultTypes: ['violations'], ...options}).then(found => found.violations.flatMap(rule =>
    rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 200)}`)))"""
EVERYTHING: dict[str, object] = {}
CONTRAST = {"runOnly": ["color-contrast"]}
LAYOUT = {"rules": {"color-contrast": {"enabled": False}}}
"""A narrow page has the colours of a wide one, and looking at them takes most of the time."""


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the page as it is, in light and in dark, wide and narrow."""
    is_sound(page)
    page.evaluate(f"{AXE_SCRIPT};0")
    yield from page.evaluate(FAULTS, EVERYTHING)
    page.emulate_media(color_scheme="dark")
    yield from page.evaluate(FAULTS, CONTRAST)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    yield from page.evaluate(FAULTS, LAYOUT)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def wrong(page: Page) -> list[str]:
    """The faults of the page, each with its address."""
    return [f"{page.url} {one}" for one in faults(page)]


def all_wrong(page: Page, addresses: Iterable[str]) -> list[str]:
    """The faults of the pages of some addresses."""
    found = []
    for address in addresses:
        page.goto(address)
        found += wrong(page)
    return found


def views(page: Page) -> list[str]:
    """The addresses of every kind of page about sessions and settings."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("mallory")[0]).click()
    ways = ("Copy link", "Report", "Compare")
    found = [opened(page).get_by_role("link", name=name, exact=True).get_attribute("href") or "" for name in ways]
    request_rows(page).nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    return [*found, page.url.partition("#")[0], f"/sessions?{TENTH}&facet=status&q=user:alice", "/sessions?q=hots:x", "/settings/session-parameters",
            "/settings/session-parameters?point=request.heder.x&edit=1", "/settings/tokens", "/settings/traffic", "/styleguide",
            f"/sessions?{TENTH}&world=1", "/sign-in", "/nowhere"]  # fmt: skip


def attack_views(page: Page) -> list[str]:
    """The addresses of every kind of page about attacks."""
    page.goto(f"/attacks?q=host:{FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {FILES}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Path traversal on {FILES}")
    attack = page.url
    rule = page.get_by_role("link", name="Create rule").get_attribute("href") or ""
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    finding = page.url.partition("#")[0]
    page.goto(f"/incidents?q=host:{FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {FILES}").click()
    expect(page.get_by_role("heading", name="Evidence")).to_be_visible()
    return ["/attacks?facet=status&q=attack:sqli", "/attacks?q=status:418", "/attacks?by=none&q=attack:ptrav", "/incidents?facet=evidence",
            attack, finding, rule, page.url, "/settings/ignore-rules"]  # fmt: skip


def discovery_views(page: Page) -> list[str]:
    """The addresses of every kind of page about endpoints, and of a request that is told about its own."""
    page.goto("/discovery?q=endpoint:/v1/orders/{id}")
    page.locator("a.stretch").click()
    expect(page.get_by_role("heading", name="Protection")).to_be_visible()
    endpoint = page.url
    tabs = [f"{endpoint.partition('?')[0]}?tab={tab}" for tab in ("parameters", "performance", "traffic")]
    page.goto("/discovery?q=endpoint:/v1/login")
    page.locator("a.stretch").click()
    expect(page.get_by_role("heading", name="Protection")).to_be_visible()
    other = page.url
    page.goto("/sessions?q=slow:true")
    page.locator("tbody .row a").first.click()
    request_rows(page).get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Explore in API Discovery")).to_be_visible()
    return ["/discovery?by=none&sort=-risk", "/discovery?facet=risk&q=host:*", "/discovery?q=risk:3", endpoint, *tabs, other,
            page.url.partition("#")[0]]  # fmt: skip


def bot_views(page: Page) -> list[str]:
    """The addresses of every kind of page about bots."""
    page.goto("/abuse?tab=bots&q=bot:scraping")
    page.locator(".bots tbody tr").first.get_by_role("link").click()
    expect(page.get_by_role("region", name="Evidence of a bot")).to_be_visible()
    return [
        "/abuse",
        "/abuse?tab=bots",
        "/abuse?q=hots:x",
        page.url.partition("#")[0],
        "/settings/abuse",
        "/settings/exceptions",
        "/settings/denylists",
    ]


def test_sessions(page: Page) -> None:
    """Accessibility: nothing is wrong with the pages about sessions and settings, with menus and help open too."""
    assert all_wrong(page, views(page)) == []
    page.goto(f"/sessions?{TENTH}&q=user:alice")
    page.locator("#interval > summary").click()
    assert wrong(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert wrong(page) == []


def test_the_manual_and_an_empty_store(open_page: Opener, empty: Server) -> None:
    """Accessibility: so it is with the manual, and with what is shown before there is traffic."""
    pages = ("/docs", "/docs/first-hour", "/docs/reference/roles", "/docs?q=filter", "/sessions", "/sessions?tab=mcp", "/attacks", "/discovery", "/abuse",
             "/settings/mcp-servers", "/settings/specifications")  # fmt: skip
    assert all_wrong(open_page(empty), pages) == []


def test_attacks(open_page: Opener, besieged: Server) -> None:
    """Accessibility: so it is with the pages about attacks, incidents and rules."""
    page = open_page(besieged)
    assert all_wrong(page, attack_views(page)) == []


def test_endpoints(open_page: Opener, explored: Server) -> None:
    """Accessibility: so it is with the pages about endpoints."""
    page = open_page(explored)
    assert all_wrong(page, discovery_views(page)) == []


def test_bots(open_page: Opener, robbed: Server) -> None:
    """Accessibility: so it is with the pages about bots."""
    page = open_page(robbed)
    assert all_wrong(page, bot_views(page)) == []
