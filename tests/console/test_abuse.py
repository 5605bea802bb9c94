"""The section of abuse: from its statistics to one session and its evidence, to a rejection with an exception, and back (B4 to B7)."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from console.looking import attack_link, dropdown, figure, is_wide, request_rows, sums
from console.rogues import HOST, HOSTILE_HOST, HOSTILE_IP, SCRAPED, SCRAPER_IP, THIEVES, TRIES
from console.serving import DESK, PHONE, Opener, Server
from console.test_access import new_token
from console.test_hostile import is_sound_in_both_sizes
from console.test_links import broken, links, some
from console.test_screenshots import shoot_in_every_look

WAIT_SECONDS = 30
"""How long an analysis after a change may take."""
VIEWS = ("/abuse", "/abuse?tab=bots", "/abuse?facet=detector", f"/abuse?q=ip:{SCRAPER_IP}", "/abuse?q=hots:x")


@pytest.fixture
def page(open_page: Opener, robbed: Server) -> Page:
    """A page about bots, as wide as a desk."""
    return open_page(robbed)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def sized(request: pytest.FixtureRequest, open_page: Opener, robbed: Server) -> Page:
    """The same, as wide as a desk and as a phone."""
    return open_page(robbed, request.param)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def plain(request: pytest.FixtureRequest, open_page: Opener, robbed: Server) -> Page:
    """The same without scripts, as wide as a desk and as a phone."""
    return open_page(robbed, request.param, script=False)


def evidence(page: Page) -> Locator:
    """Why the opened session is a bot."""
    return page.get_by_role("region", name="Evidence of a bot")


def bot_rows(page: Page) -> Locator:
    """The bots of the list."""
    return page.locator(".bots tbody tr")


def open_session(page: Page, asked: str) -> None:
    """Open the session of the newest bot under a filter."""
    page.goto(f"/abuse?tab=bots&q={asked}")
    bot_rows(page).first.get_by_role("link").click()
    expect(evidence(page)).to_be_visible()


def until(page: Page, address: str, words: str) -> None:
    """Wait until the sums of an address are these."""
    last = time.monotonic() + WAIT_SECONDS
    page.goto(address)
    while words not in page.locator("main").inner_text():
        assert time.monotonic() < last, page.locator("main").inner_text()[:500]
        page.wait_for_timeout(300)
        page.reload()


@pytest.mark.rows("B1", "B6", "B7")
def test_from_the_statistics_to_an_exception(page: Page) -> None:
    """B6, B7, S4.6: statistics, account takeover, its sessions, one of them with flagged requests and evidence, rejected, gone."""
    page.goto("/abuse")
    sums(page, "10 bots in 7 sessions from 7 addresses")
    page.get_by_role("heading", name="Account takeover").get_by_role("link").click()
    sums(page, f"{THIEVES + 1} bots in {THIEVES + 1} sessions")
    attack_link(page, f"Account takeover on {HOST}").click()
    expect(page.get_by_role("heading", name=f"Account takeover on {HOST}")).to_be_visible()
    expect(page.locator(".top")).to_contain_text(f"in {THIEVES} sessions")
    expect(page.get_by_role("heading", name="Payloads")).to_have_count(0)
    page.get_by_role("link", name="Bots one by one, with their evidence").click()
    expect(bot_rows(page)).to_have_count(THIEVES)
    page.go_back()
    page.get_by_role("link", name="Explore in API Sessions").click()
    sums(page, f"{THIEVES} sessions")
    expect(page.locator("tbody .pill[title='Account takeover']")).to_have_count(THIEVES)
    page.locator("tbody .row a").first.click()
    expect(evidence(page)).to_contain_text("Account takeover")
    evidence(page).get_by_role("link", name="Account takeover").click()
    expect(evidence(page).locator(".seen").first).to_contain_text("normal")
    expect(page.locator(".flag")).to_have_count(TRIES + 1)
    page.get_by_role("link", name=f"Only the {TRIES + 1} flagged requests").click()
    expect(request_rows(page)).to_have_count(TRIES + 1)
    expect(page.get_by_role("link", name="Remove filter: flagged requests only")).to_be_visible()
    address = evidence(page).locator("[name=q]").first.input_value()
    assert address.startswith("ip:203.0.113.")
    reject(page, "our load test")
    expect(evidence(page)).to_contain_text("Rejected by sign-in link on")
    expect(page.locator(".flag")).to_have_count(0)
    session = page.url
    page.goto("/abuse?q=bot:account_takeover")
    sums(page, f"{THIEVES} bots in {THIEVES} sessions")
    page.goto("/settings/exceptions")
    row = page.get_by_role("row").filter(has_text="our load test")
    expect(row).to_contain_text("no Account takeover")
    take_back(page, session, address)


def reject(page: Page, reason: str) -> None:
    """Reject the first bot of the opened session with the exception that is offered, for its types."""
    panel = evidence(page).locator(".bot.unfolded").first
    panel.get_by_text("Reject: it is none").click()
    expect(panel.get_by_role("checkbox", name="Make an exception")).to_be_checked()
    expect(panel.get_by_role("checkbox", name="Account takeover")).to_be_checked()
    expect(panel.get_by_role("checkbox", name="Credential stuffing")).to_be_checked()
    expect(panel.get_by_role("checkbox", name="Scraping")).not_to_be_checked()
    panel.get_by_role("textbox", name="Reason").fill(reason)
    panel.get_by_role("button", name="Reject", exact=True).click()


def take_back(page: Page, session: str, address: str) -> None:
    """What was rejected and is taken back is excepted still, until the exception is removed; then it is raised again."""
    page.goto(session)
    evidence(page).get_by_role("button", name="Take that back").click()
    until(page, f"/abuse?tab=bots&q={address} verdict:excepted", "Excepted")
    bot_rows(page).first.get_by_role("link").click()
    expect(evidence(page)).to_contain_text("Excepted: ")
    page.goto("/settings/exceptions")
    page.get_by_role("row").filter(has_text="our load test").get_by_role("button", name="Remove").click()
    until(page, "/abuse?q=bot:account_takeover", f"{THIEVES + 1} bots in {THIEVES + 1} sessions")


@pytest.mark.rows("B2", "B4", "B6")
def test_evidence_stands_beside_the_typical_session(sized: Page) -> None:
    """B6, S4.6: each detector has value, normal, how many times it is off, why, and how it can be wrong; the silent ones are folded."""
    open_session(sized, f"bot:scraping ip:{SCRAPER_IP}")
    panel = evidence(sized).locator(".bot.unfolded").first
    expect(panel.locator(".fold").first).to_contain_text("almost certain 1.00")
    row = panel.locator(".seen").first.get_by_role("listitem").filter(has_text="Request uniqueness")
    expect(row).to_contain_text(
        re.compile(r"2 %.*normal 40 %.*16× below.*a tenth of different endpoints.*Apps that look for news", re.DOTALL)
    )
    expect(panel.locator(".rest > .seen")).not_to_be_visible()
    panel.get_by_text("more looked and stayed silent").click()
    expect(panel.locator(".rest > .seen")).to_be_visible()
    figures = panel.locator(".typical")
    expect(figures.get_by_role("row").filter(has_text="Requests")).to_contain_text(re.compile(rf"{SCRAPED}\s*\d+\s*\d+"))
    expect(panel.get_by_role("img", name="Pauses between requests; most of this session take 8.19 s to 16.4 s")).to_be_visible()
    expect(panel.get_by_role("img", name=f"{SCRAPED} requests over time")).to_be_visible()
    expect(panel.locator(".visited li")).to_have_count(1)
    row.get_by_role("link").click()
    expect(sized.get_by_text("Detector is request_uniqueness")).to_be_visible()
    expect(bot_rows(sized).first).to_be_visible()


@pytest.mark.rows("B7")
def test_every_picture_drills_down(sized: Page) -> None:
    """B7: a part of a bar leads to its type and day, figures to their value, a pair of detectors to the bots of which both spoke."""
    sized.goto("/abuse")
    sized.locator("#histogram").get_by_role("link", name="Scraping").click()
    sums(sized, "1 bot in 1 session from 1 address")
    expect(sized.get_by_text("Bot type is scraping")).to_be_visible()
    sized.goto("/abuse")
    figure(sized, "Top attackers").get_by_role("link", name=HOSTILE_IP).click()
    sums(sized, "3 bots in 1 session from 1 address")
    sized.goto("/abuse")
    figure(sized, "Because of").get_by_role("link", name="Credential stuffing").click()
    sums(sized, f"{THIEVES + 1} bots")
    sized.goto("/abuse")
    figure(sized, "Top targets").get_by_role("link", name=f"/products/{{id}} on {HOST}").click()
    sums(sized, "2 bots in 1 session")
    sized.goto("/abuse")
    sized.get_by_role("link", name="Authentication abuse + Credential stuffing", exact=True).click()
    sums(sized, f"{THIEVES + 1} bots")
    expect(sized.locator(".chip:not(.add)")).to_have_count(2)


@pytest.mark.rows("B6")
def test_several_are_judged_at_once(page: Page) -> None:
    """B6: bots that are ticked are confirmed together; by that the detectors are told to be right, and each says by whom."""
    page.goto(f"/abuse?tab=bots&q=bot:account_takeover host:{HOST}")
    for row in range(2):
        bot_rows(page).nth(row).get_by_role("checkbox").check()
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator(".bots .pill", has_text="Confirmed")).to_have_count(2)
    assert "By sign-in link" in (page.locator(".bots .pill").first.get_attribute("title") or "")
    page.goto("/abuse")
    row = page.locator(".right li").filter(has_text="Credential stuffing")
    expect(row).to_contain_text(re.compile(r"2 right\s*0 wrong\s*100 %"))
    row.get_by_role("link", name="2 right").click()
    expect(bot_rows(page)).to_have_count(2)
    for row_at in range(2):
        bot_rows(page).nth(row_at).get_by_role("checkbox").check()
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="No bot matches")).to_be_visible()


@pytest.mark.rows("B5", "B6")
def test_a_viewer_judges_nothing(page: Page, browser: Browser, robbed: Server) -> None:
    """B5, B6: somebody who may only look sees figures, evidence, profiles and exceptions, and no form that changes something."""
    token = new_token(page, "viewer")
    visitor = browser.new_page(base_url=robbed.base)
    visitor.goto("/sign-in")
    visitor.get_by_label("API token").fill(token)
    visitor.get_by_role("button", name="Sign in").click()
    for address in ("/abuse", "/abuse?tab=bots", "/settings/abuse", "/settings/exceptions"):
        visitor.goto(address)
        expect(visitor.locator("form[method=post]:not(.who, .zone) button:visible")).to_have_count(0)
    open_session(visitor, "bot:scraping")
    expect(evidence(visitor)).to_contain_text("Request interval")
    expect(evidence(visitor).get_by_role("button")).to_have_count(0)
    answer = visitor.request.post("/abuse/mark", form={"bot": "x", "mark": "rejected"}, max_redirects=0)
    assert answer.status == 403
    visitor.close()


@pytest.mark.rows("B6")
def test_nothing_ticked_and_forms_of_others(page: Page) -> None:
    """B6: without anything ticked it says so; a form that is not of this session changes nothing."""
    page.goto("/abuse?tab=bots")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("nothing is chosen")
    page.goto("/abuse?tab=bots")
    bot = bot_rows(page).first.get_by_role("checkbox").get_attribute("value") or ""
    answer = page.request.post("/abuse/mark", form={"bot": bot, "mark": "rejected", "csrf": "made up"}, max_redirects=0)
    assert answer.status == 400
    page.goto("/abuse?tab=bots&q=verdict:rejected")
    expect(page.get_by_role("heading", name="No bot matches")).to_be_visible()


@pytest.mark.rows("B3", "B7")
def test_without_bots_it_says_why(sized: Page, open_page: Opener, besieged: Server, empty: Server) -> None:
    """B3, B7: a time without bots is legitimate traffic, unless there is too little to say so; a new store has none at all."""
    nobody = "/abuse?from=2026-01-01&to=2026-01-02"
    sized.goto(nobody)
    expect(sized.get_by_role("heading", name="Legitimate traffic: no bots")).to_be_visible()
    expect(sized.get_by_text("Not enough data to say what is normal for")).to_contain_text("quiet.example (1)")
    few = open_page(besieged)
    few.goto(nobody)
    expect(few.get_by_role("heading", name="Not enough data")).to_be_visible()
    nothing = open_page(empty)
    nothing.goto("/abuse")
    expect(nothing.get_by_role("heading", name="No traffic yet")).to_be_visible()


@pytest.mark.parametrize("asked", ["q=hots:x", "tab=else", "sort=payload&tab=bots", "q=payload:x requests:>1 users:>1", "from=x"])
def test_a_wrong_question_is_answered_in_words(page: Page, asked: str) -> None:
    """A question that is none gets a page that says what is wrong, and no figures."""
    answer = page.goto(f"/abuse?{asked}")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".kinds, .bots")).to_have_count(0)


@pytest.mark.rows("B1", "B6")
def test_without_scripts(plain: Page) -> None:
    """B1, B6: without scripts filters by type, dropdowns, the interval, tabs, evidence and forms work."""
    plain.goto("/abuse")
    dropdown(plain, "Bot type")
    plain.get_by_role("checkbox", name="Scraping").check()
    plain.get_by_role("button", name="Show only").click()
    sums(plain, "1 bot in 1 session")
    plain.locator("#interval > summary").click()
    plain.get_by_role("link", name="All time").first.click()
    sums(plain, "1 bot in 1 session")
    plain.get_by_role("link", name="Bots one by one", exact=True).first.click()
    bot_rows(plain).first.get_by_role("link").click()
    expect(evidence(plain)).to_contain_text("Request interval")
    evidence(plain).get_by_role("button", name="Confirm: it is a bot").first.click()
    expect(evidence(plain)).to_contain_text("Confirmed by sign-in link")
    evidence(plain).get_by_role("button", name="Take that back").first.click()
    expect(evidence(plain)).not_to_contain_text("Confirmed by")
    assert not is_wide(plain)


def test_hostile_bots_are_text(page: Page) -> None:
    """Hostile: paths, programs, applications and hosts of bots run nothing and widen nothing, in figures, lists and evidence."""
    for address in (
        f"/abuse?q=ip:{HOSTILE_IP}",
        f"/abuse?tab=bots&q=ip:{HOSTILE_IP}",
        "/abuse?facet=application",
        "/abuse?q=host:<script>",
    ):
        page.goto(address)
        assert is_sound_in_both_sizes(page), address
    open_session(page, f"host:{HOSTILE_HOST}")
    expect(evidence(page)).to_contain_text("odd <script>window.ran=1</script>")
    assert is_sound_in_both_sizes(page)


def test_links_of_abuse(page: Page, robbed: Server) -> None:
    """B6, B7: every link of the statistics, of the bots one by one, and of an opened session with its evidence answers."""
    found: set[str] = set()
    for address in ("/abuse?q=-detector:robots_asked&facet=detector", "/abuse?tab=bots", f"/abuse?q=ip:{HOSTILE_IP}"):
        page.goto(address)
        found |= links(page)
    open_session(page, f"bot:scraping ip:{SCRAPER_IP}")
    found |= links(page)
    page.get_by_role("link", name="flagged requests").first.click()
    found |= links(page)
    assert broken(page, robbed, some(found)) == []


@pytest.mark.rows("B6")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_evidence_hid_the_requests_of_a_bot(open_page: Opener, robbed: Server, size: tuple[int, int]) -> None:
    """B6: opened from the list, what a session is stands in a line above its requests, and unfolds to the evidence and back."""
    page = open_page(robbed, size)
    page.goto(f"/sessions?q=bot:scraping ip:{SCRAPER_IP}")
    page.locator("tbody .row a.stretch").first.click()
    expect(request_rows(page).first).to_be_in_viewport()
    expect(page.locator(".seen")).to_have_count(0)
    fold = evidence(page).locator("a.fold").first
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect(page.locator(".seen").first).to_be_visible()
    evidence(page).locator("a.fold[aria-expanded=true]").click()
    expect(page.locator(".seen")).to_have_count(0)
    assert not is_wide(page)


def test_pictures_of_abuse(page: Page) -> None:
    """Each page about bots keeps to its width, menus open too, and its picture is kept."""
    pages = {"abuse": VIEWS[0], "abuse-bots": VIEWS[1], "abuse-dropdown": VIEWS[2], "abuse-error": VIEWS[4],
             "abuse-none": "/abuse?from=2026-01-01&to=2026-01-02", "abuse-profiles": "/settings/abuse", "abuse-exceptions": "/settings/exceptions"}  # fmt: skip
    for name, address in pages.items():
        page.goto(address)
        shoot_in_every_look(page, name)
    open_session(page, "bot:scraping")
    shoot_in_every_look(page, "abuse-evidence")
    evidence(page).get_by_text("Reject: it is none").first.click()
    shoot_in_every_look(page, "abuse-reject")
