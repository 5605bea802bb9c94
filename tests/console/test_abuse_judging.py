"""Judging the bots of a session: what was done is said, can be taken back, and names the exceptions that hold all the same (B5, B6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from apitrail.console.links import saying
from apitrail.store.behaviour import FLAGGED
from console.looking import is_wide
from console.rogues import HOSTILE_IP, SCRAPER_IP
from console.serving import DESK, Opener, Server
from console.test_abuse import bot_rows, evidence, open_session, until

HOSTILE = f"ip:{HOSTILE_IP}"


@pytest.fixture
def page(open_page: Opener, robbed: Server) -> Iterator[Page]:
    """A page about bots, without scripts; verdicts and exceptions of the test are taken back."""
    page = open_page(robbed, DESK, script=False)
    yield page
    page.goto("/settings/exceptions")
    for _ in range(page.get_by_role("button", name="Remove").count()):
        page.get_by_role("button", name="Remove").first.click()
    page.goto("/abuse?tab=bots&q=verdict:*")
    for box in bot_rows(page).get_by_role("checkbox").all():
        box.check()
    if bot_rows(page).count():
        page.get_by_role("button", name="Take back").click()
    until(page, "/abuse", "10 bots in 7 sessions")


def unfolded(page: Page) -> Locator:
    """The bots of the opened session whose evidence is unfolded."""
    return evidence(page).locator(".bot.unfolded")


def told(page: Page) -> Locator:
    """What was just done."""
    return page.get_by_role("status")


def reject(page: Page, **filled: str) -> None:
    """Reject the bot of the opened session that is unfolded, with some fields of the exception filled in."""
    panel = unfolded(page)
    panel.get_by_text("Reject: it is none").click()
    for name, value in filled.items():
        panel.locator(f".rejecting [name={name}]").fill(value)
    panel.get_by_role("button", name="Reject", exact=True).click()


@pytest.mark.rows("B6")
def test_a_rejection_is_said_and_taken_back(page: Page) -> None:
    """B6: the exception ends in 30 days unless that is changed; what was done is said in a line, from which it is taken back."""
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    in_a_month = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)
    expect(unfolded(page).locator("[name=until]")).to_have_value(in_a_month.isoformat())
    reject(page)
    expect(told(page)).to_contain_text("Rejected: Scraping, with the exception Client IP is")
    expect(told(page)).to_contain_text(f"until {in_a_month}")
    expect(unfolded(page).locator(".fold b")).to_have_text("Scraping")
    assert not is_wide(page)
    told(page).get_by_role("button", name="Take back").click()
    expect(told(page)).to_contain_text("Taken back: Scraping; the exception Client IP is")
    expect(told(page)).to_contain_text("still holds.")
    expect(told(page).get_by_role("button")).to_have_count(0)
    expect(unfolded(page).locator(".fold b")).to_have_text("Scraping")
    told(page).get_by_role("link").click()
    assert page.locator(":target").inner_text().startswith("Client IP is")
    page.go_back()
    page.get_by_role("link", name="Show all requests").or_(page.get_by_role("link", name="flagged requests")).first.click()
    expect(told(page)).to_have_count(0)


@pytest.mark.rows("B5")
def test_an_exception_for_ever(page: Page) -> None:
    """B5: the end that is offered can be emptied."""
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    reject(page, until="", reason="ours")
    page.goto("/settings/exceptions")
    expect(page.get_by_role("row").filter(has_text="ours")).to_contain_text("for ever")


@pytest.mark.rows("B5", "B6")
def test_what_is_left_out_is_counted(page: Page) -> None:
    """B5, B6: excepted and rejected bots are counted beside the sums, in the dropdown of verdicts, and at their exception."""
    page.goto("/abuse")
    expect(page.locator("#sums")).not_to_contain_text("left out")
    open_session(page, HOSTILE)
    unfolded(page).get_by_role("checkbox", name="Confirm all types of this session").check()
    unfolded(page).get_by_role("button", name="Confirm: it is a bot").click()
    expect(told(page)).to_contain_text("Confirmed: ")
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    reject(page)
    page.goto("/abuse?facet=verdict")
    expect(page.locator("#sums")).to_contain_text("left out: 1 rejected")
    expect(page.locator(".facet")).to_contain_text("Rejected")
    expect(page.locator(".facet")).to_contain_text("Confirmed")
    page.locator("#sums").get_by_role("link", name="1 rejected").click()
    expect(bot_rows(page)).to_have_count(1)
    bot_rows(page).get_by_role("checkbox").check()
    page.get_by_role("button", name="Take back").click()
    expect(told(page)).to_contain_text("Taken back; the exception Client IP is")
    until(page, "/abuse", "left out: 1 excepted")
    page.goto("/settings/exceptions")
    page.get_by_role("link", name="1 bot", exact=True).click()
    expect(bot_rows(page)).to_have_count(1)
    expect(bot_rows(page)).to_contain_text(SCRAPER_IP)


@pytest.mark.rows("B6")
def test_all_types_of_a_session(page: Page) -> None:
    """B6: a link to a bot unfolds its type alone; with one tick the other types are judged too, and their exception is for all."""
    page.goto(f"/abuse?tab=bots&q={HOSTILE}")
    titles = bot_rows(page).locator(".type").evaluate_all("found => found.map(one => one.firstChild.data.trim())")
    assert len(titles) > 1
    for row, title in enumerate(titles):
        page.goto(f"/abuse?tab=bots&q={HOSTILE}")
        bot_rows(page).nth(row).get_by_role("link").click()
        expect(unfolded(page)).to_have_count(1)
        expect(unfolded(page).locator("> .fold b")).to_have_text(title)
        expect(unfolded(page).locator(".typical")).to_be_visible()
    panel = unfolded(page)
    panel.get_by_text("Reject: it is none").click()
    panel.locator(".rejecting").get_by_role("checkbox", name="Reject all types of this session").check()
    panel.get_by_role("button", name="Reject", exact=True).click()
    for title in titles:
        expect(told(page).locator("span")).to_contain_text(title)
    expect(unfolded(page)).to_have_count(len(titles))
    page.goto("/settings/exceptions")
    for title in titles:
        expect(page.locator(".rules tbody tr")).to_contain_text(title)


@pytest.mark.rows("S4.6")
def test_more_requests_than_are_marked(page: Page) -> None:
    """S4.6: where only the first of the requests that show a bot are marked, it says so; else it does not."""
    open_session(page, f"bot:account_takeover {HOSTILE}")
    expect(unfolded(page)).to_contain_text(f"the first {FLAGGED} of them are marked")
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    expect(evidence(page)).not_to_contain_text("of them are marked")


@pytest.mark.rows("B6")
def test_a_wrong_exception_leads_back(page: Page) -> None:
    """B6: where the exception of a session can be none, nothing is marked, and the page leads back to the session."""
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    session = page.url
    reject(page, q="bot:scraping")
    expect(page.get_by_role("alert")).to_contain_text("bot is about a bot")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(0)
    page.get_by_role("link", name="Back to where you were").click()
    assert page.url.partition("#")[0] == session.partition("#")[0]
    reject(page, q="*")
    expect(page.get_by_role("alert")).to_contain_text("* is every request there is")


def test_a_problem_leads_to_no_other_server(page: Page) -> None:
    """Hostile: neither a form nor its problem leads to another server; words of an address that are not known say nothing."""
    page.goto("/abuse?tab=bots")
    for back in ("//evil.example", "https://evil.example", "/\\evil.example", ""):
        answer = page.request.post("/abuse/mark", form={"back": back, "mark": "rejected"}, max_redirects=0)
        assert answer.status == 400, back
        assert "evil" not in answer.text()
        assert "Back to where" not in answer.text()
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    page.goto(f"{page.url}&done=<script>window.ran=1</script>&held=<b>x</b>,crawler:<i>,nix")
    expect(told(page)).to_have_count(0)
    page.goto("/abuse?done=taken-back&held=<b>x</b>,nix")
    expect(told(page)).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "members", "wanted"),
    [
        ("/sessions", {"done": "confirmed"}, "/sessions?done=confirmed"),
        ("/sessions?q=a%3Ab&done=x#open", {"done": "rejected", "held": ""}, "/sessions?q=a%3Ab&done=rejected#open"),
        ("/abuse?q=&done=x", {"done": ""}, "/abuse?q="),
    ],
)
def test_an_address_says_something(address: str, members: dict[str, str], wanted: str) -> None:
    """Parameters are put in the place of those before; the rest of an address stays."""
    assert saying(address, **members) == wanted
