"""The style guide shows every token and every icon that there is."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

import apitrail.console

STYLE = (Path(apitrail.console.__file__).parent / "static" / "app.css").read_text(encoding="utf-8")
TEMPLATES = Path(apitrail.console.__file__).parent / "templates"


def test_every_colour_of_the_style_sheet_is_shown(page: Page) -> None:
    """Each colour token stands in the guide with what it is for, and the guide names none that there is not."""
    tokens = set(re.findall(r"--(\w+):#", STYLE.partition("}")[0]))
    page.goto("/styleguide")
    shown = page.locator(".swatches code").all_inner_texts()
    assert {one.removeprefix("--") for one in shown} == tokens


def test_every_icon_is_shown_and_used_by_a_name_that_there_is(page: Page) -> None:
    """Each icon stands in the guide; templates use no others."""
    used = set(re.findall(r'icon\("(\w+)"\)', "".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html"))))
    page.goto("/styleguide")
    shown = {one.strip() for one in page.locator(".icons li").all_inner_texts()}
    assert used <= shown
    expect(page.locator(".icons svg")).to_have_count(len(shown))
