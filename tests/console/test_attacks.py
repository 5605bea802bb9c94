"""The lists of attacks and incidents and the page of one: figures that count what they lead to, marks, saved views, dropdowns."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from apitrail.console.attacks_page import GROUPINGS
from console import siege
from console.looking import attack_link, clipboard, dropdown, figure, finding_rows, is_wide, sums
from console.serving import DESK, PHONE, Opener, Server
from console.siege import ALL, FILES, HOSTILE_IP, LAB, injector, scanner, thief

ON_THE_9TH_AND_10TH = "from=2026-06-09T00:00:00Z&to=2026-06-11T00:00:00Z"
QUIET = f"{ON_THE_9TH_AND_10TH}&q=-ip:{HOSTILE_IP}"
SUMS = re.compile(r'<b title="([\d,]+)">[^<]*</b> malicious|<b>([\d,]+)</b> malicious')
BARS = """() => [...document.querySelectorAll('.figures li')].map(one => [one.querySelector('a').getAttribute('href'), one.querySelector('em').innerText])"""
MOMENTS = """() => [...document.querySelectorAll('.histogram a:not([tabindex])')].map(one => [one.getAttribute('href'), one.getAttribute('aria-label').match(/: ([\\d,]+) malicious/)[1]])"""


@pytest.fixture
def page(open_page: Opener, besieged: Server) -> Page:
    """A page of the besieged server, as wide as a desk."""
    return open_page(besieged)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def sized(request: pytest.FixtureRequest, open_page: Opener, besieged: Server) -> Page:
    """The same, as wide as a desk and as a phone."""
    return open_page(besieged, request.param)


def malicious(page: Page, address: str) -> str:
    """How many malicious requests the page of an address says there are."""
    found = SUMS.search(page.request.get(address).text())
    assert found, address
    return found[1] or found[2]


@pytest.mark.rows("A2.1")
def test_the_list(sized: Page) -> None:
    """A2.1: an attack has name, point, times, requests, sessions, addresses, endpoints, payloads, codes and whether it worked."""
    sized.goto(f"/attacks?{QUIET}")
    row = sized.get_by_role("row").filter(has_text="request.query.id")
    for words in (f"SQL injection on {FILES}", "10 Jun, 14:10:00", "1 session", "5.9.1.1", "Germany", "UNION SELECT", "Incident"):
        expect(row).to_contain_text(words)
    worked = sized.get_by_role("row").filter(has_text=f"Path traversal on {FILES}")
    expect(worked).to_contain_text(re.compile(rf"{len([one for one in thief() if one.kind == 'ptrav'])}( requests)?"))
    assert not is_wide(sized)


@pytest.mark.rows("A2.2")
@pytest.mark.parametrize("query", ["", f" host:{LAB}", " attack:sqli,xss -status:403"])
def test_each_bar_leads_to_what_it_counts(page: Page, query: str) -> None:
    """A2.2: each bar of the figures and of the histogram leads to a list of exactly as many malicious requests as it says; of
    the histogram's, under a filter, every fourth.
    """
    page.goto(f"/attacks?{QUIET}{query}")
    bars = page.evaluate(BARS)
    moments = page.evaluate(MOMENTS)
    assert len(bars) > 5
    asked = [*bars, *(moments[::4] if query else moments)]
    assert {href: malicious(page, href) for href, _ in asked} == dict(asked)


@pytest.mark.rows("A2.3", "A3.2")
@pytest.mark.parametrize("section", ["attacks", "incidents"])
def test_each_bar_of_one_leads_to_its_requests(page: Page, section: str) -> None:
    """A2.3, A3.2: so do the bars of an attack and of an incident, and they lead to their requests."""
    page.goto(f"/{section}?{QUIET} host:{FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {FILES}").click()
    bars = page.evaluate(BARS)
    assert len(bars) > 5
    assert {href: malicious(page, href) for href, _ in bars} == dict(bars)
    figure(page, "Client IP").get_by_role("link").first.click()
    expect(finding_rows(page)).to_have_count(3)


@pytest.mark.rows("A2.2")
def test_the_figures_count_what_was_sent(page: Page) -> None:
    """A2.2: the figures of addresses and codes are those of a plain count."""
    sent = list(scanner())
    page.goto(f"/attacks?{ON_THE_9TH_AND_10TH}&q=host:{LAB}")
    for title, name in (("Client IP", "ip"), ("Response code", "status")):
        shown = (
            figure(page, title)
            .locator("li")
            .evaluate_all("found => found.map(one => [one.innerText.split(/\\s/)[0], one.querySelector('em').innerText])")
        )
        values = [str(getattr(shot, name)) for shot in sent]
        assert dict(shown) == {value: str(values.count(value)) for value in values}


@pytest.mark.rows("A2.1")
def test_grouping(page: Page) -> None:
    """A2.1: findings are grouped by presets, by up to four attributes that somebody chooses, or not at all."""
    page.goto(f"/attacks?{ON_THE_9TH_AND_10TH}&q=attack:sqli")
    group(page).get_by_role("link", name="Type", exact=True).click()
    sums(page, "1 attack · 6 malicious requests in 3 sessions from 3 addresses")
    group(page).get_by_role("link", name="Nothing: every finding").click()
    sums(page, "6 attacks · 6 malicious requests")
    form = group(page)
    form.get_by_label("Attribute 1").select_option("ip")
    form.get_by_label("Attribute 2").select_option("status")
    form.get_by_role("button", name="Group").click()
    sums(page, "5 attacks · 6 malicious requests")
    expect(page.get_by_text("Grouped by ip, status")).to_be_visible()


def group(page: Page) -> Locator:
    """The opened menu of the grouping."""
    page.locator("#grouping > summary").click()
    return page.locator("#grouping .panel")


@pytest.mark.rows("A2.2")
def test_a_dropdown_counts_malicious_requests(sized: Page) -> None:
    """A2.2: a dropdown has the values with their malicious requests, and chosen ones become a filter."""
    sized.goto(f"/attacks?{ON_THE_9TH_AND_10TH}")
    dropdown(sized, "API host")
    expect(sized.get_by_role("link", name=f"24 requests, only {LAB}")).to_be_visible()
    sized.get_by_role("checkbox", name=LAB, exact=True).check()
    sized.get_by_role("button", name="Exclude").click()
    sums(sized, "6 attacks · 10 malicious requests")
    expect(sized.get_by_text(f"API host is not {LAB}")).to_be_visible()


def test_wrong_question(page: Page) -> None:
    """Bad question: a wrong word is answered in words on both lists, with the nearest one, and no rows."""
    for section in ("attacks", "incidents"):
        answer = page.goto(f"/{section}?q=hots:x")
        assert answer is not None
        assert answer.status == 400
        expect(page.get_by_role("alert")).to_contain_text("Try host")
        expect(page.get_by_role("row")).to_have_count(0)


def test_an_attack_that_is_not_there(page: Page) -> None:
    """Bad question: an address that names no attack, or one of which nothing is stored, says so and leads back."""
    for address in (
        "/attacks/nonsense",
        "/incidents/nonsense",
        f"/attacks/{'A' * 200}",
        "/attacks/rule?finding=00ff00ff00ff00ff",
    ):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status in {400, 404}, address
        expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.rows("A2.3")
def test_nothing_of_an_attack_has_ways_out(sized: Page) -> None:
    """A2.3: an attack that has nothing in an interval or under filters leads back to what it has."""
    sized.goto(f"/attacks?q=host:{FILES} attack:ptrav")
    attack_link(sized, f"Path traversal on {FILES}").click()
    answer = sized.goto(f"{sized.url}+status:404&from=-15m")
    assert answer is not None
    assert answer.status == 200
    expect(sized.get_by_role("alert")).to_contain_text("nothing of this attack is stored under these filters")
    expect(sized.get_by_role("link", name="Without filters", exact=True)).to_be_visible()
    expect(sized.get_by_role("link", name="Back to the list of attacks")).to_be_visible()
    sized.get_by_role("link", name="Without filters, all time").click()
    expect(sized.get_by_role("heading", name=f"Path traversal on {FILES}")).to_be_visible()


@pytest.mark.rows("A2.2")
def test_no_match_has_ways_out(sized: Page) -> None:
    """A2.2: a list without a match names each filter to remove."""
    sized.goto("/attacks?q=status:418 attack:sqli")
    expect(sized.get_by_role("heading", name="No attack matches")).to_be_visible()
    sized.get_by_role("link", name="Without “Response code is 418”").click()
    expect(attack_link(sized, f"SQL injection on {FILES}")).to_be_visible()


def test_empty_store(open_page: Opener, empty: Server) -> None:
    """Without traffic both lists say where to bring some in."""
    nothing = open_page(empty)
    for section in ("attacks", "incidents"):
        nothing.goto(f"/{section}")
        expect(nothing.get_by_role("heading", name="No traffic yet")).to_be_visible()


@pytest.fixture
def marked(open_page: Opener, young: Server) -> Page:
    """A page of another server, over attacks of its own that can be marked."""
    page = open_page(young)
    some = [replace(shot, id=f"mark {shot.id}", host="mark.example", session=f"mark-{shot.session}") for shot in injector()]
    page.request.post("/api/v1/ingest", data=siege.lines(some))
    return page


@pytest.mark.rows("A2.4")
def test_marking_ticked_attacks(marked: Page) -> None:
    """A2.4: ticked attacks are marked together, are hidden then, are found by their mark, and lose it again."""
    marked.goto("/attacks?q=host:mark.example")
    sums(marked, "2 attacks")
    for box in marked.get_by_role("checkbox", name="Choose").all():
        box.check()
    marked.get_by_role("button", name="False positive").click()
    expect(marked.get_by_role("heading", name="No attack matches")).to_be_visible()
    expect(marked.get_by_text("findings are marked as false positive and not shown")).to_be_visible()
    marked.get_by_role("link", name="Show them").click()
    sums(marked, "2 attacks · 4 malicious requests")
    attack_link(marked, "Cross-site scripting on mark.example").click()
    marked.get_by_role("button", name="Mark as true positive").click()
    expect(marked.get_by_role("alert")).to_contain_text("nothing of this attack is stored under these filters")
    marked.goto("/attacks?q=host:mark.example mark:true_positive")
    sums(marked, "1 attack · 1 malicious request")
    marked.goto("/attacks?q=host:mark.example mark:*")
    for box in marked.get_by_role("checkbox", name="Choose").all():
        box.check()
    marked.get_by_role("button", name="No mark").click()
    marked.goto("/attacks?q=host:mark.example")
    sums(marked, "2 attacks · 4 malicious requests")


@pytest.mark.rows("A2.4")
def test_marking_nothing(marked: Page) -> None:
    """A2.4: without a tick nothing is marked, and the page says what to do."""
    marked.goto("/attacks?q=host:mark.example")
    marked.get_by_role("button", name="True positive").click()
    expect(marked.get_by_role("alert")).to_contain_text("tick some attacks first")


@pytest.fixture
def own_views(marked: Page) -> Iterator[Page]:
    """The same page, without views; those of the test are removed after it."""
    page = marked
    yield page
    page.goto("/attacks?by=default")
    while (remove := views(page).get_by_role("button", name="Remove the view")).count():
        remove.first.click()


def views(page: Page) -> Locator:
    """The menu of views, opened."""
    if page.locator("#views").get_attribute("open") is None:
        page.locator("#views > summary").click()
    return page.locator("#views .panel")


@pytest.mark.rows("A2.2")
def test_saved_views(own_views: Page) -> None:
    """A2.2: a view is saved under a name, opened from the menu, opens its section when somebody wants it to, is copied, and removed."""
    page = own_views
    page.goto("/attacks?q=attack:xss -ip:10.0.0.0/8&by=ip&sort=-requests&from=2026-01-01")
    views(page).get_by_label("Save this view as").fill("scripts <b>")
    views(page).get_by_role("button", name="Save").click()
    saved = page.url
    page.goto("/attacks?by=default")
    views(page).get_by_role("link", name="scripts <b>").click()
    expect(page).to_have_url(saved)
    expect(page.get_by_text("Grouped by type and address")).to_be_visible()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert clipboard(page) == saved
    page.goto("/attacks?q=attack:sqli")
    views(page).get_by_label("Save this view as").fill("first of all")
    views(page).get_by_label("Open the section with it").check()
    views(page).get_by_role("button", name="Save").click()
    page.goto("/sessions")
    page.get_by_role("link", name="Attacks", exact=True).click()
    expect(page.get_by_text("Attack is sqli")).to_be_visible()
    expect(views(page).get_by_role("listitem").filter(has_text="first of all")).to_contain_text("opens first")
    views(page).get_by_role("link", name="All attacks").click()
    expect(page.get_by_text("Attack is sqli")).to_have_count(0)
    views(page).get_by_role("button", name="Remove the view first of all").click()
    expect(views(page).get_by_role("listitem")).to_have_count(2)
    page.goto("/incidents")
    expect(views(page).get_by_role("listitem")).to_have_count(1)
    page.goto("/attacks")
    expect(page.get_by_text("Attack is sqli")).to_have_count(0)


@pytest.mark.rows("A3.2")
def test_a_view_of_incidents(own_views: Page) -> None:
    """A3.2: incidents have views of their own, which stay in their section when they are removed."""
    page = own_views
    page.goto("/incidents?q=attack:sqli")
    views(page).get_by_label("Save this view as").fill("databases")
    views(page).get_by_role("button", name="Save").click()
    expect(page).to_have_url(re.compile(r"/incidents\?q=attack"))
    views(page).get_by_role("button", name="Remove the view databases").click()
    expect(page).to_have_url(re.compile(r"/incidents"))
    expect(views(page).get_by_role("listitem")).to_have_count(1)


@pytest.mark.rows("A1.1")
def test_everything_was_found(page: Page) -> None:
    """A1: every request of the siege that means harm is malicious, and none of the others is."""
    page.goto("/attacks?by=none")
    expect(page.locator("#sums b").nth(1)).to_have_text(str(len([shot for shot in ALL if shot.kind])))


@pytest.mark.rows("A2.2", "A3.2")
@pytest.mark.parametrize(("section", "count"), [("attacks", 3), ("incidents", 3)])
def test_downloads(page: Page, section: str, count: int) -> None:
    """A2.2, A3.2: the CSV of a list has its rows, that of one its findings, as they are shown."""
    page.goto(f"/{section}?q=host:{FILES}")
    listed = page.get_by_role("link", name="CSV").get_attribute("href") or ""
    assert len(list(csv.DictReader(page.request.get(listed).text().splitlines()))) == count
    page.goto(f"/{section}?q=host:{FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {FILES}").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    found = page.get_by_role("link", name="CSV").get_attribute("href") or ""
    rows = list(csv.DictReader(page.request.get(found).text().splitlines()))
    assert [row["request_id"] for row in rows] == ["passwd-2", "passwd-1", "passwd-0"]


@pytest.mark.rows("A2.2")
@pytest.mark.parametrize("by", ["", *GROUPINGS, "ip,status"])
def test_a_download_is_grouped_as_the_list(page: Page, by: str) -> None:
    """A2.2: the CSV has a row for each attack of the list, in the list's grouping and order."""
    page.goto(f"/attacks?{ON_THE_9TH_AND_10TH}&q=attack:sqli,xss&sort=-requests&by={by}")
    rows = list(
        csv.DictReader(page.request.get(page.get_by_role("link", name="CSV").get_attribute("href") or "").text().splitlines())
    )
    shown = page.locator("td.count > a").evaluate_all("found => found.map(one => parseInt(one.innerText))")
    assert [int(row["requests"]) for row in rows] == shown
