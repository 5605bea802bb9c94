"""The filter box offers words and values while somebody types, and says what is wrong at its place."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apitrail.console.completing import Place, place_at
from console.serving import Opener, Server


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("|", Place(0, 0, "", "", 0)),
        ("sta|", Place(0, 3, "", "sta", 0)),
        ("-sta|", Place(1, 4, "", "sta", 0)),
        ("(sta|", Place(1, 4, "", "sta", 0)),
        ("status:4|", Place(7, 8, "status", "4", 0)),
        ("user:x STATUS:|", Place(14, 14, "status", "", 7)),
        ("status:200,4|04", Place(11, 14, "status", "4", 0)),
        ('user:"bob b|"', Place(5, 12, "user", '"bob b', 0)),
        ("status:2|00,404", Place(7, 10, "status", "2", 0)),
        ("user:x |", Place(7, 7, "", "", 7)),
    ],
)
def test_what_is_typed_at_a_place(asked: str, place: Place) -> None:
    """A word, a value behind one, or nothing; within several values it is the one at the cursor."""
    at = asked.index("|")
    assert place_at(asked.replace("|", "", 1), at) == place


@pytest.mark.rows("S3.2")
def test_words_and_values_are_taken_by_keys(sized: Page) -> None:
    """Words of the catalogue come with what they mean, values with their counts under the other filters, and Tab takes one."""
    page = sized
    page.goto("/sessions?q=user:alice")
    box = page.get_by_role("combobox", name="Filter")
    box.focus()
    box.press("End")
    page.keyboard.type(" -sta")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("status: The HTTP status")
    page.keyboard.press("Tab")
    expect(box).to_have_value("user:alice -status:")
    expect(options.first).to_contain_text("200 200 OK ·")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(box).to_have_value("user:alice -status:200 ")
    expect(options.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".completion")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Filters")).to_contain_text("Response code is not 200")


def test_a_wrong_word_is_told_while_one_types_on(page: Page) -> None:
    """The wrong part is marked at its place, with what may be meant, before anything is sent."""
    page.goto("/sessions")
    box = page.get_by_role("combobox", name="Filter")
    box.fill("hots:x user:al")
    wrong = page.locator(".completion .wrong")
    expect(wrong.locator("mark")).to_have_text("hots:x")
    expect(wrong).to_contain_text("did you mean 'host'")
    expect(page.get_by_role("option").first).to_contain_text("alice")


def test_a_text_offers_endpoints_that_have_it(page: Page) -> None:
    """Text without a word searches endpoints, so these are offered; a click takes one, and the list follows."""
    page.goto("/sessions")
    box = page.get_by_role("combobox", name="Filter")
    box.fill("orders/{")
    page.get_by_role("option", name="/v1/orders/{id}").first.click()
    box.press("Enter")
    expect(page.get_by_role("group", name="Filters")).to_contain_text("Endpoint is /v1/orders/{id}")


@pytest.mark.parametrize(("section", "typed", "offered"), [("attacks", "attack:sq", "sqli"), ("incidents", "evi", "evidence:")])
def test_the_sections_of_attacks_complete_too(
    open_page: Opener, besieged: Server, section: str, typed: str, offered: str
) -> None:
    """Attacks and incidents offer what they can be filtered by."""
    page = open_page(besieged)
    page.goto(f"/{section}")
    page.get_by_role("combobox", name="Filter").fill(typed)
    expect(page.get_by_role("option").first).to_contain_text(offered)
