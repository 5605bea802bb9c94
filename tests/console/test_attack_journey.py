"""From an attack to everything its actor did and back to a rule; from an incident to a closed vulnerability (A2, A3, S7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, expect

from console import siege
from console.looking import attack_link, figure, finding_rows, request_rows, sums
from console.serving import DESK, PHONE, Opener, Server
from console.siege import DATABASE_ERROR, INJECTION, PASSWD, Shot, injector, searched, thief


def moved(shots: Iterable[Shot], host: str) -> list[Shot]:
    """The same requests to a host of the test's own, of sessions of its own."""
    return [replace(shot, id=f"{host} {shot.id}", host=host, session=f"{host}-{shot.session}") for shot in shots]


def send(page: Page, shots: list[Shot]) -> None:
    """Send requests to the API, as a gateway does."""
    answer = page.request.post("/api/v1/ingest", data=siege.lines(shots))
    assert answer.json()["stored"] == len(shots)


def press(page: Page, link: Locator) -> None:
    """Go to something with the Tab key alone, and press Enter there."""
    target = link.element_handle()
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", target):
            page.keyboard.press("Enter")
            return
    raise AssertionError("the Tab key does not lead there")


def from_the_sums(page: Page, host: str) -> None:
    """From the section to the SQL injection on a host, by its figures."""
    page.goto("/attacks")
    figure(page, "API host").get_by_role("link", name=host, exact=True).click()
    figure(page, "Attack").get_by_role("link", name="SQL injection", exact=True).click()
    sums(page, "1 attack · 3 malicious requests in 1 session from 1 address")


@pytest.mark.rows("S7.1", "S7.2", "A2.3", "A2.4")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_from_an_attack_to_a_rule(open_page: Opener, young: Server, size: tuple[int, int]) -> None:
    """S7.1, S7.2, A2.3, A2.4: an attack leads to a request, to its session, the whole of it, to a mark and a rule; new traffic is unmarked."""
    page, host = open_page(young, size), f"journey-{size[0]}.example"
    shots = moved(injector(), host)
    send(page, shots)
    from_the_sums(page, host)
    attack_link(page, f"SQL injection on {host}").click()
    expect(page.get_by_role("heading", name=f"SQL injection on {host}")).to_be_visible()
    expect(page.get_by_role("definition").filter(has_text="ivan")).to_be_visible()
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(finding_rows(page)).to_have_count(3)
    finding_rows(page).nth(2).get_by_role("link").first.click()
    expect(page.locator("pre mark")).to_have_text("1%27%20OR%20%271%27%3D%271%27%20--%20")
    page.get_by_role("link", name="Investigate in API Sessions").click()
    only_this_request_is_shown(page)
    the_whole_session_is_shown(page, f"{host} inject-1")
    page.get_by_role("button", name="Mark as false positive").click()
    expect(page.locator(".finding .pill", has_text="False positive")).to_be_visible()
    expect(page.locator("tr.atk")).to_have_count(3)
    page.get_by_role("link", name="Create rule").click()
    make_the_rule(page, host)
    page.goto(f"/attacks?q=host:{host}")
    sums(page, "1 attack · 1 malicious request")
    expect(attack_link(page, f"Cross-site scripting on {host}")).to_be_visible()
    new_traffic_is_unmarked(page, host)


def only_this_request_is_shown(page: Page) -> None:
    """S7.1: the list has one session, of which one request is shown, expanded."""
    sums(page, "1 session · 1 request")
    expect(request_rows(page)).to_have_count(1)
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()


def the_whole_session_is_shown(page: Page, request: str) -> None:
    """S7.1: without the filter of the request, all seven requests are there, the four malicious ones marked."""
    page.get_by_role("link", name=f"Remove filter: Request is {request}").click()
    expect(request_rows(page)).to_have_count(7)
    expect(page.locator("tr.atk")).to_have_count(4)
    expect(page.locator("tr.atk.on")).to_have_count(1)


def make_the_rule(page: Page, host: str) -> None:
    """A2.4: the narrowest rule is offered first; with it what is stored and fits is marked too."""
    expect(page.get_by_role("radio", name=f"at request.query.q of /v1/search on {host}")).to_be_checked()
    expect(page.get_by_role("radio", name="the signature")).to_be_checked()
    page.get_by_role("radio", name="every SQL injection").check()
    page.get_by_role("textbox", name="Reason").fill("our search speaks SQL")
    page.get_by_role("button", name="Create rule").click()
    expect(page.get_by_role("status")).to_have_text("The rule is in force. 2 stored findings are marked as false positive.")
    row = page.get_by_role("row").filter(has_text=host)
    expect(row).to_contain_text(f"SQL injection at request.query.q of /v1/search on {host}")
    expect(row).to_contain_text("our search speaks SQL")


def new_traffic_is_unmarked(page: Page, host: str) -> None:
    """A2.4: a rule acts on new traffic at its place, and nowhere else, until it is switched off."""
    search = Shot(
        id=f"{host} later", time=dt.datetime.now(dt.UTC), session="later-session-0001", host=host, url=searched(INJECTION)
    )
    send(page, [search, replace(search, id=f"{host} elsewhere", url=searched(INJECTION).replace("?q=", "?name="))])
    page.goto(f'/sessions?q=request:"{host} later"')
    sums(page, "1 session · 1 request")
    expect(page.locator("#sums")).not_to_contain_text("attack")
    page.goto(f"/attacks?q=host:{host} attack:sqli")
    sums(page, "1 attack · 1 malicious request")
    expect(page.get_by_role("row").filter(has_text="request.query.name")).to_be_visible()
    page.goto("/settings/ignore-rules")
    page.get_by_role("row").filter(has_text=host).get_by_role("button", name="Switch off").click()
    send(page, [replace(search, id=f"{host} after")])
    page.goto(f"/attacks?q=host:{host} attack:sqli point:request.query.q")
    sums(page, "1 attack · 1 malicious request")
    page.goto("/settings/ignore-rules")
    page.get_by_role("row").filter(has_text=host).get_by_role("button", name="Remove").click()
    expect(page.get_by_text(host)).to_have_count(0)


def test_with_the_keyboard_alone(open_page: Opener, young: Server) -> None:
    """Accessibility: the same way, from the list to the marked session, is gone with Tab and Enter."""
    page, host = open_page(young), "keys.example"
    send(page, moved(injector(), host))
    page.goto(f"/attacks?q=host:{host} attack:sqli")
    press(page, attack_link(page, f"SQL injection on {host}"))
    expect(page.get_by_role("heading", name=f"SQL injection on {host}")).to_be_visible()
    press(page, page.get_by_role("link", name="Requests", exact=True))
    expect(finding_rows(page)).to_have_count(3)
    press(page, finding_rows(page).nth(2).locator("summary"))
    press(page, page.get_by_role("link", name="Investigate in API Sessions"))
    only_this_request_is_shown(page)
    press(page, page.get_by_role("link", name="Remove filter: Request is"))
    expect(request_rows(page)).to_have_count(7)
    press(page, page.get_by_role("button", name="Mark as false positive"))
    expect(page.locator("tr.atk")).to_have_count(3)


@pytest.mark.rows("A2.3")
def test_the_menu_of_a_session(open_page: Opener, young: Server) -> None:
    """A2.3: the session's id has a menu: the attacks in it, those not in it, only it here, the whole of it, and its id to copy."""
    page, host = open_page(young), "menu.example"
    send(page, moved((*injector(), *siege.other()), host))
    ways = {
        "Attacks in this session": "2 attacks · 4 malicious requests",
        "Attacks not in it": "2 attacks · 2 malicious requests",
    }
    for name, words in ways.items():
        open_menu(page, host)
        page.get_by_role("link", name=name).click()
        page.goto(f"{page.url} host:{host}")
        sums(page, words)
    open_menu(page, host)
    page.get_by_role("link", name="Only this session here").click()
    expect(finding_rows(page)).to_have_count(3)
    open_menu(page, host)
    page.get_by_role("link", name="The whole session").click()
    expect(request_rows(page)).to_have_count(7)


def open_menu(page: Page, host: str) -> None:
    """Open the menu of the session with the oldest request of an attack."""
    page.goto(f"/attacks?q=host:{host} attack:sqli point:request.query.q")
    attack_link(page, f"SQL injection on {host}").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).last.locator("summary").click()


@pytest.mark.rows("A3.1", "A3.2")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_incidents(open_page: Opener, young: Server, size: tuple[int, int]) -> None:
    """A3: an incident shows its evidence and leads to its sessions; its vulnerability is closed, and reopens when it happens again."""
    page, host = open_page(young, size), f"cellar-{size[0]}.example"
    shots = moved(thief(), host)
    send(page, shots)
    page.goto("/incidents")
    figure(page, "API host").get_by_role("link", name=host, exact=True).click()
    sums(page, "3 incidents · 4 malicious requests in 1 session")
    expect(page.get_by_role("row").filter(has_text=DATABASE_ERROR[:20])).to_contain_text("Error of the database")
    attack_link(page, f"Path traversal on {host}").click()
    evidence = page.locator(".proofs")
    expect(evidence.locator("mark")).to_contain_text(PASSWD.splitlines()[0])
    expect(evidence).to_contain_text("The vulnerability is at request.query.name of /v1/files")
    incident = page.url
    page.get_by_role("link", name="Explore in API Sessions").click()
    sums(page, "1 session · 3 requests")
    page.goto(incident)
    page.get_by_role("button", name="Close the vulnerability").click()
    expect(page.get_by_text("vulnerability closed")).to_be_visible()
    row = state_of(page, host)
    expect(row).to_contain_text("Closed")
    send(
        page, [replace(shots[0], id=f"{host} again", time=dt.datetime.now(dt.UTC), session=f"{host}-session-9", ip="88.198.9.9")]
    )
    expect(state_of(page, host)).to_contain_text("Reopened")
    attack_link(page, f"Path traversal on {host}").click()
    expect(page.get_by_text("and happened again since")).to_be_visible()
    expect(page.locator(".top")).to_contain_text("4 malicious requests in 2 sessions · vulnerability reopened")
    page.get_by_role("button", name="Close the vulnerability").click()
    page.get_by_role("button", name="Open the vulnerability again").click()
    expect(page.get_by_text("vulnerability open", exact=False).first).to_be_visible()


def state_of(page: Page, host: str) -> Locator:
    """The row of the path traversal in the list of incidents."""
    page.goto(f"/incidents?q=host:{host} attack:ptrav")
    return page.get_by_role("row").filter(has_text="Path traversal")


@pytest.mark.rows("A3.1", "S4.6")
def test_an_incident_shows_its_response(open_page: Opener, young: Server) -> None:
    """A3.1, S4.6: the request of an incident has its response open, with the evidence marked in it."""
    page, host = open_page(young), "proof.example"
    send(page, moved(thief(), host))
    page.goto(f"/incidents?q=host:{host} attack:sqli")
    attack_link(page, f"SQL injection on {host}").click()
    page.get_by_role("link", name="Requests", exact=True).click()
    finding_rows(page).first.get_by_role("link").first.click()
    expect(page.locator("details[open] pre mark")).to_contain_text(DATABASE_ERROR[:60])
    expect(page.locator(".finding .pill.solid")).to_have_text("Worked: error of the database")
