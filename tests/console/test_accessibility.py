"""Names, headings, focus and contrast."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import apitrail.console
from console.looking import TENTH, attack_link, finding_rows, opened, request_rows, row_link
from console.serving import Opener, Server
from console.shop import of
from console.siege import FILES

NAMELESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a[href], summary')].filter(one => {
    const labelled = one.getAttribute('aria-label') || one.labels?.[0]?.textContent || one.textContent || one.title;
    return !labelled.trim();
}).map(one => one.outerHTML.slice(0, 200))"""
MUTE_PICTURES = """() => [...document.querySelectorAll('svg')].filter(one =>
    one.getAttribute('aria-hidden') !== 'true' && !(one.getAttribute('role') && one.getAttribute('aria-label'))
).map(one => one.outerHTML.slice(0, 200))"""
TWICE = """() => [...document.querySelectorAll('[id]')].map(one => one.id).filter((id, at, all) => all.indexOf(id) !== at)"""
LEVELS = "() => [...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(one => Number(one.tagName[1]))"
FOCUSED = """() => {
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
    return [one.outerHTML.slice(0, 120), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0 && box.width > 1,
            Number(style.opacity)];
}"""


def views(page: Page) -> list[str]:
    """The addresses of every kind of page."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_be_visible()
    session = page.url.partition("#")[0]
    mark = page.get_by_role("group", name=re.compile("over time")).get_by_role("link").first.get_attribute("href") or ""
    own = opened(page).get_by_role("link", name="Copy link").get_attribute("href") or ""
    return [f"/sessions?{TENTH}", f"/sessions?{TENTH}&facet=status&q=user:alice", "/sessions?q=hots:x", "/sessions?q=status:418", session,
            mark.partition("#")[0], own, "/settings/session-parameters", "/settings/session-parameters?point=request.heder.x&edit=1", "/settings/tokens", "/sign-in",
            "/nowhere"]  # fmt: skip


def attack_views(page: Page) -> list[str]:
    """The addresses of every kind of page about attacks."""
    found = ["/attacks", "/attacks?facet=status&q=attack:sqli", "/attacks?q=hots:x", "/attacks?q=status:418", "/attacks?by=none", "/incidents",
             "/incidents?facet=evidence", "/attacks/nonsense", "/settings/ignore-rules"]  # fmt: skip
    for section in ("attacks", "incidents"):
        page.goto(f"/{section}?q=host:{FILES} attack:ptrav")
        attack_link(page, f"Path traversal on {FILES}").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Path traversal on {FILES}")
        found.append(page.url)
        rule = page.get_by_role("link", name="Create rule").get_attribute("href") or ""
        page.get_by_role("link", name="Requests", exact=True).click()
        found.append(page.url)
        finding_rows(page).first.get_by_role("link").first.click()
        expect(page.get_by_role("heading", name="Detected")).to_be_visible()
        found += [page.url.partition("#")[0], rule]
    return found


def discovery_views(page: Page) -> list[str]:
    """The addresses of every kind of page about endpoints, and of a request that is told about its own."""
    found = ["/discovery", "/discovery?by=none&sort=-risk", "/discovery?facet=risk&q=host:*", "/discovery?q=hots:x", "/discovery?q=risk:3",
             "/discovery/nonsense"]  # fmt: skip
    for endpoint in ("/v1/orders/{id}", "/v1/login"):
        page.goto(f"/discovery?q=endpoint:{endpoint}")
        page.locator("a.stretch").click()
        expect(page.get_by_role("heading", name="Protection")).to_be_visible()
        found += [page.url, *(f"{page.url.partition('?')[0]}?tab={tab}" for tab in ("parameters", "performance", "traffic"))]
    page.goto("/sessions?q=slow:true")
    page.locator("tbody .row a").first.click()
    request_rows(page).get_by_role("link").first.click()
    expect(page.get_by_role("link", name="Explore in API Discovery")).to_be_visible()
    return [*found, page.url.partition("#")[0]]


def test_names_pictures_headings(page: Page) -> None:
    """Accessibility: on every page controls have names, pictures a role and a label, and no level of headings is left out."""
    are_sound(page, views(page))


def test_names_pictures_headings_of_attacks(open_page: Opener, besieged: Server) -> None:
    """Accessibility: so it is on every page about attacks, incidents and rules."""
    page = open_page(besieged)
    are_sound(page, attack_views(page))


def test_names_pictures_headings_of_endpoints(open_page: Opener, explored: Server) -> None:
    """Accessibility: so it is on every page about endpoints."""
    page = open_page(explored)
    are_sound(page, discovery_views(page))


def are_sound(page: Page, addresses: list[str]) -> None:
    """On each page controls have names, pictures a role and a label, ids stand once, and no level of headings is left out."""
    for address in addresses:
        page.goto(address)
        assert page.evaluate(TWICE) == [], address
        assert page.evaluate(NAMELESS) == [], address
        assert page.evaluate(MUTE_PICTURES) == [], address
        levels = page.evaluate(LEVELS)
        assert levels[0] == 1, address
        assert levels.count(1) == 1, address
        assert all(low - high <= 1 for high, low in pairwise(levels)), (address, levels)


def test_focus_is_visible(page: Page) -> None:
    """Accessibility: with the keyboard, every step through the page shows where it is."""
    page.goto(f"/sessions?{TENTH}&q=user:alice")
    steps = 0
    while steps < 45:
        page.keyboard.press("Tab")
        element, outlined, opacity = page.evaluate(FOCUSED)
        if element.startswith("<body"):
            break
        assert outlined, element
        assert opacity == 1, element
        steps += 1
    assert steps > 20


def test_skip_to_the_content(page: Page) -> None:
    """Accessibility: the first step leads past the navigation."""
    page.goto("/sessions")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()


def test_keyboard_only(page: Page) -> None:
    """Accessibility: a session is opened, filtered and closed with the keyboard alone."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("alice")[0]).focus()
    page.keyboard.press("Enter")
    expect(opened(page)).to_be_visible()
    opened(page).get_by_role("link", name="Exclude 404 Not Found").focus()
    expect(opened(page).get_by_role("link", name="Exclude 404 Not Found")).to_have_css("opacity", "1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("9 of 10 requests")).to_be_visible()


STYLE = (Path(apitrail.console.__file__).parent / "static" / "app.css").read_text(encoding="utf-8")
GROUNDS = ("bg", "panel", "sunk")
PAIRS = (
    *((text, ground) for text in ("ink", "soft", "faint", "accent", "ok", "warn", "bad") for ground in GROUNDS),
    *((text, ground) for text in ("ink", "soft") for ground in ("bar", "okbg", "warnbg", "badbg")),
    ("bad", "badbg"), ("accent", "warnbg"), ("panel", "accent"), ("panel", "bad"),
)  # fmt: skip


def tokens(scheme: str) -> dict[str, str]:
    """The colours of a scheme by name; those of paper are for what is printed."""
    light, dark, paper = (dict(re.findall(r"--(\w+):(#\w+)", rules)) for rules in re.findall(r":root\{(.*?)\}", STYLE))
    return {"light": light, "dark": {**light, **dark}, "paper": {**light, **paper}}[scheme]


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2.2 defines it."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


FADED = """() => [...document.querySelectorAll('main *')].filter(one => one.checkVisibility() && [...one.childNodes].some(node =>
    node.nodeType === 3 && node.data.trim())).map(one => {
    const over = one => { let all = 1; for (; one; one = one.parentElement) all *= Number(getComputedStyle(one).opacity); return all };
    const ground = one => { for (; one; one = one.parentElement) {
        const colour = getComputedStyle(one).backgroundColor;
        if (!colour.startsWith('rgba') && !colour.includes('/')) return colour } return 'rgb(255, 255, 255)' };
    return [one.className || one.tagName, getComputedStyle(one).color, ground(one), over(one)];
})"""
"""The text of a page: what it is in, its colour, the ground it stands on, and how opaque it is."""


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as a browser computes them."""
    plain = ("#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)) for colour in (one, other))
    low, high = sorted(map(luminance, plain))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_attacks(open_page: Opener, besieged: Server, scheme: str) -> None:
    """Accessibility: on the pages about attacks every text has a contrast of 4.5 or more, light and dark."""
    page = open_page(besieged, scheme=scheme)
    assert weak_texts(page, attack_views(page)) == set()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_of_endpoints(open_page: Opener, explored: Server, scheme: str) -> None:
    """Accessibility: so it is on the pages about endpoints."""
    page = open_page(explored, scheme=scheme)
    assert weak_texts(page, discovery_views(page)) == set()


def weak_texts(page: Page, addresses: list[str]) -> set[tuple[str, str, str]]:
    """The texts of some pages whose contrast is below 4.5."""
    weak = set()
    for address in addresses:
        page.goto(address)
        for name, colour, ground, opacity in page.evaluate(FADED):
            if opacity == 1 and ground.startswith("rgb(") and contrast(colour, ground) < 4.5:
                weak.add((name, colour, ground))
    return weak


@pytest.mark.parametrize("scheme", ["light", "dark", "paper"])
def test_contrast(scheme: str) -> None:
    """Accessibility: every text colour has a contrast of 4.5 or more on the grounds it stands on."""
    colours = tokens(scheme)
    weak = {}
    for text, ground in PAIRS:
        high, low = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
        contrast = (high + 0.05) / (low + 0.05)
        if contrast < 4.5:
            weak[f"{text} on {ground}"] = round(contrast, 2)
    assert weak == {}
