"""Hostile traffic: whatever stands in it is shown as text, and the layout keeps its width."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from console import inventory, siege
from console.looking import dropdown, finding_rows, is_wide, opened, request_rows, requests, row_link, sums
from console.serving import DESK, PHONE, Opener, Server
from console.shop import HOSTILE, IMAGE, LEFT, MARKUP, iso

IP = "45.83.64.9"


def ran(page: Page) -> bool:
    """Whether something of the traffic ran as script."""
    return bool(page.evaluate("'ran' in window"))


def is_sound(page: Page) -> bool:
    """Whether nothing of the traffic ran, and the page keeps its width."""
    return not ran(page) and not is_wide(page)


def is_sound_in_both_sizes(page: Page) -> bool:
    """The same on a phone and on a desk, without asking for the page again."""
    sound = True
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        sound = sound and is_sound(page)
    return sound


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
        page.goto(address)
        expect(page.get_by_role("heading", name="Session parameters")).to_be_visible()
        assert visible(hit.path)[:300] in visible(page.locator("pre").first.inner_text())
        assert is_sound_in_both_sizes(page)


def visible(text: str) -> str:
    """A text without what a browser cannot show."""
    return text.replace("\0", "").replace("\ufffd", "")


@pytest.mark.parametrize("title", ["User", "Endpoint", "API host", "Method"])
def test_dropdowns_are_text(page: Page, title: str) -> None:
    """Hostile: dropdowns have the values as text, and keep their width."""
    page.goto(f"/sessions?q=ip:{IP}")
    dropdown(page, title)
    expect(page.get_by_role("checkbox").first).to_be_visible()
    assert is_sound_in_both_sizes(page)


@pytest.mark.parametrize("value", [MARKUP, IMAGE, LEFT], ids=["script", "img", "right-to-left"])
def test_as_a_filter(sized: Page, value: str) -> None:
    """Hostile: such a value can be a filter; chip, box and ways out have it as text."""
    sized.goto(f"/sessions?q=ip:{IP}")
    dropdown(sized, "User")
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


@pytest.fixture
def hostile_attacks(open_page: Opener, besieged: Server) -> Page:
    """A page about hostile attacks."""
    return open_page(besieged)


@pytest.mark.parametrize("section", ["attacks", "incidents"])
@pytest.mark.parametrize("by", ["default", "user", "none"])
def test_attacks_are_text(hostile_attacks: Page, section: str, by: str) -> None:
    """Hostile: markup in every place of an attack, names and figures included, runs nothing and widens nothing in the lists."""
    hostile_attacks.goto(f"/{section}?q=ip:{siege.HOSTILE_IP}&by={by}")
    expect(hostile_attacks.locator("#sums")).to_be_visible()
    assert is_sound_in_both_sizes(hostile_attacks)


def test_an_attack_is_text(hostile_attacks: Page) -> None:
    """Hostile: so it is in the overview, in the requests, in each request, and in the rule that is made of it."""
    page = hostile_attacks
    page.goto(f"/attacks?by=type&q=ip:{siege.HOSTILE_IP} attack:sqli")
    page.locator("tbody .row a.stretch").first.click()
    expect(page.get_by_role("heading", name="Payloads")).to_be_visible()
    assert is_sound_in_both_sizes(page)
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(finding_rows(page)).to_have_count(16)
    assert is_sound_in_both_sizes(page)
    addresses = page.locator("tr[id^='f-'] a.stretch").evaluate_all("links => links.map(link => link.href)")
    for address in addresses:
        page.goto(address)
        expect(page.get_by_role("heading", name="Detected")).to_be_visible()
        for summary in page.locator(".card summary").all():
            summary.click()
        assert is_sound_in_both_sizes(page), address
    for rule in (page.get_by_role("link", name="Create rule").first, page.get_by_role("button", name="Create rule")):
        rule.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert is_sound_in_both_sizes(page)
    page.get_by_role("row").last.get_by_role("button", name="Remove").click()


def test_an_attack_opened_as_a_session_is_text(hostile_attacks: Page) -> None:
    """Hostile: so it is on the way to its session, whatever its request is called."""
    page = hostile_attacks
    page.goto(f"/attacks?by=none&q=ip:{siege.HOSTILE_IP} attack:sqli payload:*onmouseover*")
    page.locator("tbody .row a.stretch").first.click()
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).first.get_by_role("link").first.click()
    page.get_by_role("link", name="Investigate in API Sessions").first.click()
    expect(request_rows(page)).to_have_count(1)
    assert is_sound_in_both_sizes(page)


@pytest.mark.parametrize("name", ["q", "from", "sort", "after", "by", "facet", "search", "tab", "finding", "rafter", "page"])
@pytest.mark.parametrize(
    "place", ["attacks", "incidents", "attacks/x", "attacks/rule", "incidents/facet", "attacks/group", "attacks/filter"]
)
def test_as_an_address_of_attacks(open_page: Opener, besieged: Server, place: str, name: str) -> None:
    """Hostile: an address that somebody made up runs nothing and answers in words."""
    page = open_page(besieged)
    answer = page.goto(f"/{place}?{name}={quote(MARKUP + IMAGE)}")
    assert answer is not None
    assert answer.status in {200, 400, 404}
    assert is_sound(page)


@pytest.mark.parametrize("value", [MARKUP, IMAGE, LEFT], ids=["script", "img", "right-to-left"])
def test_as_the_name_of_a_view(open_page: Opener, young: Server, value: str) -> None:
    """Hostile: the name of a saved view, which a colleague chose, is text."""
    page = open_page(young)
    page.goto("/incidents?q=attack:sqli")
    page.locator("#views > summary").click()
    page.get_by_label("Save this view as").fill(value)
    page.locator("#views").get_by_role("button", name="Save").click()
    page.locator("#views > summary").click()
    expect(page.locator("#views").get_by_role("link", name=value)).to_be_visible()
    assert is_sound(page)
    page.get_by_role("button", name="Remove the view").click()


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_forms_lead_nowhere_else(open_page: Opener, besieged: Server, back: str) -> None:
    """Hostile: the way back from a rule is a page of this server."""
    page = open_page(besieged)
    page.goto(f"/attacks?q=host:{siege.FILES} attack:ptrav")
    page.locator("tbody .row a.stretch").first.click()
    rule = page.get_by_role("link", name="Create rule").get_attribute("href") or ""
    page.goto(f"{rule.partition('&')[0]}&back={quote(back)}")
    assert page.get_by_role("link", name="Back").get_attribute("href") == "/attacks"


@pytest.mark.parametrize("by", ["host", "none"])
def test_endpoints_are_text(open_page: Opener, crowded: Server, by: str) -> None:
    """Hostile: markup in endpoints, hosts, applications and kinds of data runs nothing and widens nothing in the list."""
    page = open_page(crowded)
    page.goto(f"/discovery?q=host:*odd.example&by={by}")
    expect(page.locator("#sums b").first).to_have_text(str(2 * len(inventory.HOSTILE)))
    assert is_sound_in_both_sizes(page)
    for word in ("host", "sensitive", "application"):
        page.goto(f"/discovery?q=host:*odd.example&facet={word}")
        expect(page.get_by_role("checkbox").first).to_be_visible()
        assert is_sound_in_both_sizes(page), word


def test_an_endpoint_is_text(open_page: Opener, crowded: Server) -> None:
    """Hostile: so it is on all tabs of the page of each of them."""
    page = open_page(crowded)
    page.goto("/discovery?q=host:*odd.example&by=none")
    addresses = page.locator("a.stretch").evaluate_all("links => links.map(link => link.href)")
    assert len(addresses) == 2 * len(inventory.HOSTILE)
    for address in addresses:
        for tab in ("Overview", "Parameters", "Performance", "Traffic"):
            page.goto(f"{address.partition('?')[0]}?tab={'' if tab == 'Overview' else tab.lower()}")
            expect(page.get_by_role("link", name=tab, exact=True)).to_have_attribute("aria-current", "page")
            assert is_sound_in_both_sizes(page), (address, tab)


@pytest.mark.parametrize("name", ["q", "from", "sort", "after", "by", "facet", "search", "tab", "request", "session", "page"])
@pytest.mark.parametrize("place", ["discovery", "discovery/x", "discovery/facet", "discovery/filter"])
def test_as_an_address_of_endpoints(open_page: Opener, explored: Server, place: str, name: str) -> None:
    """Hostile: an address that somebody made up runs nothing and answers in words."""
    page = open_page(explored)
    field = "&field=host&v=x" if place.endswith("filter") else ""
    answer = page.goto(f"/{place}?{name}={quote(MARKUP + IMAGE)}{field}")
    assert answer is not None
    assert answer.status in {200, 400, 404, 422}
    assert is_sound(page)
