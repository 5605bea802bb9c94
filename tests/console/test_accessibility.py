"""Names, headings, focus and contrast."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import apitrail.console
from console.looking import TENTH, opened, row_link
from console.shop import of

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


def is_sound(page: Page) -> None:
    """Controls have names, pictures a role and a label, ids stand once, and no level of headings is left out."""
    assert page.evaluate(TWICE) == [], page.url
    assert page.evaluate(NAMELESS) == [], page.url
    assert page.evaluate(MUTE_PICTURES) == [], page.url
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1, page.url
    assert levels.count(1) == 1, page.url
    assert all(low - high <= 1 for high, low in pairwise(levels)), (page.url, levels)


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
