"""Hostile traffic: whatever stands in it is shown as text, and the layout keeps its width."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from console.looking import is_wide, opened, request_rows, requests, row_link, sums
from console.serving import DESK, PHONE, Opener
from console.shop import HOSTILE, IMAGE, LEFT, MARKUP, iso

IP = "45.83.64.9"


def ran(page: Page) -> bool:
    """Whether something of the traffic ran as script."""
    return bool(page.evaluate("'ran' in window"))


def open_hostile(page: Page) -> None:
    """Open the hostile session in the list."""
    page.goto(f"/sessions?q=ip:{IP}")
    row_link(page, HOSTILE[0]).click()
    expect(opened(page)).to_be_visible()


def test_shown_as_text(sized: Page) -> None:
    """Hostile: markup in method, path, query, host, user, user agent and referer runs nothing, in the list and opened."""
    open_hostile(sized)
    assert requests(sized) == [iso(hit.time) for hit in HOSTILE]
    expect(opened(sized).get_by_role("link", name=IMAGE, exact=True)).to_be_visible()
    assert not ran(sized)
    assert not is_wide(sized)


def test_details_are_text(page: Page) -> None:
    """Hostile: the details of each request have its values as text, run nothing, and widen nothing on desk and phone."""
    open_hostile(page)
    addresses = request_rows(page).get_by_role("link").evaluate_all("links => links.map(link => link.href)")
    for hit, address in zip(HOSTILE, addresses, strict=True):
        page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        page.goto(address)
        expect(page.get_by_role("heading", name="Session parameters")).to_be_visible()
        assert visible(hit.path)[:300] in visible(page.locator("pre").first.inner_text())
        assert not ran(page)
        assert not is_wide(page)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert not is_wide(page)


def visible(text: str) -> str:
    """A text without what a browser cannot show."""
    return text.replace("\0", "").replace("\ufffd", "")


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
@pytest.mark.parametrize("title", ["User", "Endpoint", "API host", "Method"])
def test_dropdowns_are_text(open_page: Opener, title: str, size: tuple[int, int]) -> None:
    """Hostile: dropdowns have the values as text, and keep their width."""
    page = open_page(size=size)
    page.goto(f"/sessions?q=ip:{IP}")
    page.get_by_role("link", name=title, exact=True).click()
    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert not ran(page)
    assert not is_wide(page)


@pytest.mark.parametrize("value", [MARKUP, IMAGE, LEFT], ids=["script", "img", "right-to-left"])
def test_as_a_filter(sized: Page, value: str) -> None:
    """Hostile: such a value can be a filter; chip, box and ways out have it as text."""
    sized.goto(f"/sessions?q=ip:{IP}")
    sized.get_by_role("link", name="User", exact=True).click()
    sized.get_by_role("checkbox", name=value, exact=True).check()
    sized.get_by_role("button", name="Show only").click()
    expect(sized.get_by_text("User is")).to_be_visible()
    sums(sized, "1 session · 12 requests")
    assert not ran(sized)
    assert not is_wide(sized)


NAMES = ("q", "from", "sort", "after", "open", "sq", "facet", "search", "request", "rafter", "day", "order")
ODD = {"right-to-left": LEFT, "long": "x" * 3500, "emoji": "🐍" * 900}
MADE_UP = {f"{name}-markup": (name, MARKUP + IMAGE) for name in NAMES} | {
    f"q-{kind}": ("q", value) for kind, value in ODD.items()
}


@pytest.mark.parametrize(("name", "value"), MADE_UP.values(), ids=MADE_UP)
def test_as_an_address(page: Page, name: str, value: str) -> None:
    """Hostile: a link that somebody made up runs nothing, whatever stands in its parameters, and answers in words."""
    answer = page.goto(f"/sessions?{name}={quote(value)}")
    assert answer is not None
    assert answer.status in {200, 400}
    assert "text/html" in answer.headers["content-type"]
    assert not ran(page)
    assert not is_wide(page)


@pytest.mark.parametrize("value", [MARKUP, IMAGE], ids=["script", "img"])
def test_in_the_sign_in(page: Page, value: str) -> None:
    """Hostile: the page to sign in at has what it was given as text."""
    page.goto(f"/sign-in?next={quote(value)}&code={quote(value)}")
    expect(page.get_by_role("alert")).to_be_visible()
    assert not ran(page)
