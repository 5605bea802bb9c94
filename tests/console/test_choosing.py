"""What a viewer chooses of the list: columns, ticked sessions, saved views, the map, how times are said."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from apitrail.console import columns
from console.looking import TENTH, is_wide, opened, row_link, sums, the_list
from console.serving import DESK, Opener
from console.shop import local, of


def tick(page: Page, actor: str) -> None:
    """Tick the session of an actor."""
    page.get_by_role("checkbox", name=f"Tick the session of {local(of(actor)[0].time)}").check()


@pytest.mark.rows("S3.1")
def test_columns_are_chosen_and_stand_in_the_address(sized: Page) -> None:
    """The columns of the menu are those of the list, and a link has them; the usual ones come back."""
    page = sized
    page.goto(f"/sessions?{TENTH}")
    page.locator("#columns > summary").click()
    page.get_by_role("checkbox", name="User").uncheck()
    page.get_by_role("checkbox", name="Codes").check()
    page.get_by_role("button", name="Show", exact=True).click()
    assert parse_qs(urlsplit(page.url).query)["cols"] == ["pulse,client,host,endpoints,codes,status"]
    row = page.get_by_role("row").filter(has=row_link(page, of("alice")[0]))
    expect(row.locator(".counts")).to_contain_text("200")
    expect(row.locator(".user")).to_have_count(0)
    assert not is_wide(page)
    page.locator("#columns > summary").click()
    page.get_by_role("link", name="The usual ones").click()
    expect(row.locator(".user")).to_have_count(1)


@pytest.mark.rows("S3.1")
def test_a_column_that_there_is_not_is_told(page: Page) -> None:
    """A wrong column in an address is an error that names the columns, and shows no rows."""
    got = page.goto("/sessions?cols=user,hots")
    assert got is not None
    assert got.status == 400
    expect(page.get_by_role("alert")).to_contain_text("there is no column 'hots'")


@pytest.mark.parametrize("more", [0, 1, 5])
@pytest.mark.parametrize("width", [1024, 1280, 1440])
def test_endpoints_had_no_room_beside_more_columns(page: Page, more: int, width: int) -> None:
    """Every column has room for what it says, however many there are: the list scrolls sideways by itself, the page does not."""
    names = [*columns.USUAL, *(one.name for one in columns.COLUMNS if one.name not in columns.USUAL)][: len(columns.USUAL) + more]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/sessions?{TENTH}&cols={','.join(names)}")
    shown = page.locator(".parts > thead th:not(.tickbox)")
    widths = shown.evaluate_all("all => all.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().width)")
    assert min(widths) >= 56, widths
    assert page.locator(".parts > thead .t-endpoints").evaluate("one => one.getBoundingClientRect().width") >= 100
    assert not is_wide(page)
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def test_ticks_were_lost_when_a_session_was_opened(page: Page) -> None:
    """What is ticked stays so while others are opened and closed, until something is done with it."""
    page.goto(f"/sessions?{TENTH}")
    tick(page, "alice")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_be_visible()
    tick(page, "mallory")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_have_count(0)
    expect(page.locator(".tickbox input:checked")).to_have_count(2)
    tick(page, "integration")
    page.reload()
    expect(page.locator(".tickbox input:checked")).to_have_count(3)
    page.get_by_role("button", name="Only these").click()
    expect(page.locator(".parts > tbody > tr.row")).to_have_count(3)
    page.goto(f"/sessions?{TENTH}")
    expect(page.locator(".tickbox input:checked")).to_have_count(0)


def test_two_ticked_sessions_are_compared(page: Page) -> None:
    """Both stand side by side, step by step, and the first row in which they differ is reached by a link."""
    page.goto(f"/sessions?{TENTH}")
    tick(page, "alice")
    tick(page, "mallory")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="Step by step")).to_be_visible()
    steps = page.locator(".steps tbody tr")
    assert steps.count() >= max(len({hit.path for hit in of(actor)}) for actor in ("alice", "mallory"))
    page.get_by_role("link", name="the first marked row").click()
    expect(page.locator("#parted")).to_be_in_viewport()
    heads = page.locator(".sides th")
    before = heads.all_inner_texts()
    page.get_by_role("link", name="Swap the sides").click()
    expect(heads.first).to_contain_text(before[1].split("·")[1].split("\n")[0].strip() if "·" in before[1] else "This session")


def test_what_is_done_with_ticked_sessions_waits_for_ticks(page: Page) -> None:
    """How many sessions are ticked is told, and two are compared, no more and no fewer."""
    page.goto(f"/sessions?{TENTH}")
    compare, only = (page.get_by_role("button", name=name) for name in ("Compare", "Only these"))
    for number, (actor, may) in enumerate((("", (False, False)), ("alice", (False, True)), ("mallory", (True, True)))):
        if actor:
            tick(page, actor)
        assert (compare.is_enabled(), only.is_enabled()) == may
        expect(page.locator("#how-many")).to_have_text(str(number or ""))
    tick(page, "integration")
    assert (compare.is_enabled(), only.is_enabled()) == (False, True)
    only.click()
    sums(page, "3 sessions")


def test_other_than_two_sessions_are_not_compared(open_page: Opener) -> None:
    """Without scripts, one ticked session, or none, is told as what is wrong."""
    page = open_page(script=False)
    page.goto(f"/sessions?{TENTH}")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("tick some sessions first")
    page.go_back()
    tick(page, "alice")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("alert")).to_contain_text("two sessions are compared, not 1")


@pytest.mark.rows("S3.2")
def test_only_the_ticked_sessions_are_shown(page: Page) -> None:
    """The list narrows to what is ticked, as a filter that is removed like others."""
    page.goto(f"/sessions?{TENTH}")
    everything = the_list(page)
    tick(page, "alice")
    tick(page, "mallory")
    page.get_by_role("button", name="Only these").click()
    sums(page, "2 sessions")
    page.get_by_role("link", name=re.compile("Remove filter: Session is")).click()
    assert the_list(page) == everything


def test_a_view_of_sessions_is_saved_and_removed(page: Page) -> None:
    """A view keeps filters, interval and columns under a name; it stands in the menu until it is removed."""
    page.goto(f"/sessions?{TENTH}&q=user:alice&cols=user,codes")
    page.locator("#views > summary").click()
    page.get_by_role("textbox", name="Save this view as").fill("Alice's day")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/sessions")
    page.locator("#views > summary").click()
    page.get_by_role("link", name="Alice's day").click()
    assert parse_qs(urlsplit(page.url).query)["cols"] == ["user,codes"]
    sums(page, "1 session")
    page.locator("#views > summary").click()
    page.get_by_role("button", name="Remove the view Alice's day").click()
    page.locator("#views > summary").click()
    expect(page.get_by_role("link", name="Alice's day")).to_have_count(0)


@pytest.mark.rows("S3.2")
def test_a_country_of_the_map_narrows_the_list(sized: Page) -> None:
    """Each country with requests is a link on the map, and stands in the list beside it with its count."""
    page = sized
    page.goto(f"/sessions?{TENTH}")
    page.get_by_role("link", name="Map", exact=True).click()
    places = page.get_by_role("region", name="Where requests come from")
    tile = places.get_by_role("group").get_by_role("link").first
    said = tile.get_attribute("aria-label") or ""
    assert re.fullmatch(r"[\w ]+: [\d,]+ requests?, .+ %", said), said
    assert not is_wide(page)
    tile.click()
    expect(page.get_by_role("group", name="Filters")).to_contain_text(
        f"Location is {parse_qs(urlsplit(page.url).query)['q'][0].partition(':')[2]}"
    )
    page.get_by_role("link", name="Hide the map").click()
    expect(places).to_have_count(0)


@pytest.mark.rows("S3.4")
def test_times_are_said_as_how_long_ago(page: Page) -> None:
    """Lists say how long ago something was, with the exact time for who points at it, until exact times are asked for again."""
    page.goto(f"/sessions?{TENTH}&q=user:alice")
    page.locator("#interval > summary").click()
    page.get_by_role("button", name="How long ago").click()
    when = page.locator("tbody .when time")
    expect(when).to_have_text(re.compile(r"^\d+ (month|day|year)s? ago$|^in "))
    expect(when).to_have_attribute("title", re.compile(re.escape(local(of("alice")[0].time))))
    page.locator("#interval > summary").click()
    page.get_by_role("button", name="Exact times").click()
    expect(when).to_have_text(local(of("alice")[0].time))


@pytest.mark.rows("S3.4")
def test_a_zone_is_chosen_by_one_click(page: Page) -> None:
    """Times of UTC, and those of the browser's own zone again."""
    page.goto(f"/sessions?{TENTH}&q=user:alice")
    here = page.locator("tbody .when time").inner_text()
    page.locator("#interval > summary").click()
    page.get_by_role("button", name="UTC", exact=True).click()
    expect(page.locator("tbody .when time")).not_to_have_text(here)
    page.locator("#interval > summary").click()
    page.get_by_role("button", name="This browser's zone").click()
    expect(page.locator("tbody .when time")).to_have_text(here)
