"""The list of sessions: rows, totals, order, filters, chips."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from console.looking import TENTH, row_link, sums, the_list
from console.serving import Opener, Server
from console.shop import ALL, Hit, Part, iso, of, parts, starts

PAGE = 50


@pytest.mark.rows("S3.1")
def test_newest_first(sized: Page) -> None:
    """S3.1: the list has the newest session part first, fifty on a page, the others on the next."""
    sized.goto("/sessions")
    everything = starts(parts(ALL))
    assert the_list(sized) == everything[:PAGE]
    sized.get_by_role("link", name="Next 50 sessions").click()
    expect(sized.get_by_role("link", name="First page")).to_be_visible()
    assert the_list(sized) == everything[PAGE:]


@pytest.mark.rows("S3.3")
def test_totals(sized: Page) -> None:
    """S3.3: the totals are compact, and exact in their titles."""
    sized.goto("/sessions")
    sums(sized, f"66 sessions · {len(ALL) / 1000:.3g}K requests · 12 attacks")
    expect(sized.get_by_title(f"{len(ALL):,}", exact=True)).to_be_visible()


@pytest.mark.rows("S3.1")
def test_a_row_says_what_happened(sized: Page) -> None:
    """S3.1: a row has start, duration, requests, attacks, user, client with country and network, host, endpoints, blocked."""
    sized.goto("/sessions")
    attacker = sized.get_by_role("row").filter(has=row_link(sized, of("mallory")[0]))
    for words in ("a few seconds", "6 attacks", "45.83.64.1", "sqlmap 1.8", "shop.example", "/v1/search", "Partially blocked"):
        expect(attacker).to_contain_text(words)
    shopper = sized.get_by_role("row").filter(has=row_link(sized, of("alice")[0]))
    for words in ("5 minutes", "alice", "Germany", "hosting", "Firefox 128", "api.shop.example", "+4 more endpoints", "500"):
        expect(shopper).to_contain_text(words)


SORTS: tuple[tuple[str, Callable[[Part], float]], ...] = (
    ("duration", lambda part: max(hit.time for hit in part.hits).timestamp() - part.start.timestamp()),
    ("Requests", lambda part: len(part.hits)),
    ("attacks", lambda part: part.attacks),
    ("Started", lambda part: part.start.timestamp()),
)


@pytest.mark.rows("S3.1")
@pytest.mark.parametrize(("heading", "value"), SORTS, ids=[name for name, _ in SORTS])
def test_sorting(page: Page, heading: str, value: Callable[[Part], float]) -> None:
    """S3.1: each sort link puts the largest first, and the smallest when it is pressed again."""
    values = {iso(part.start): value(part) for part in parts(ALL)}
    largest = sorted(values.values(), reverse=True)
    page.goto("/sessions?sort=requests")
    link = page.get_by_role("columnheader").get_by_role("link", name=re.compile(f"^{heading}"))
    link.click()
    expect(link).to_have_text(f"{heading} ↓")
    assert [values[start] for start in the_list(page)] == largest[:PAGE]
    link.click()
    expect(link).to_have_text(f"{heading} ↑")
    assert [values[start] for start in the_list(page)] == largest[::-1][:PAGE]


FILTERS: tuple[tuple[str, Callable[[Hit], bool]], ...] = (
    ("status:5xx", lambda hit: hit.status >= 500),
    ("orders", lambda hit: "/orders" in hit.path),
    ("-method:GET host:api.*", lambda hit: hit.method == "POST"),
    ("ip:78.46.0.0/16", lambda hit: hit.ip.startswith("78.46.")),
    ("attack:*", lambda hit: hit.malicious),
    ("blocked:true", lambda hit: hit.blocked),
    ("duration_ms:>300", lambda hit: not hit.malicious and hit.actor != "mallory" and hit.duration_ms > 300),
)


@pytest.mark.rows("S3.2", "S3.4")
@pytest.mark.parametrize(("words", "fits"), FILTERS, ids=[words for words, _ in FILTERS])
def test_filter_box(page: Page, words: str, fits: Callable[[Hit], bool]) -> None:
    """S3.2, S3.4: only sessions with matching requests are listed, and only these requests are counted."""
    fitting = [hit for hit in ALL if fits(hit)]
    page.goto("/sessions")
    page.get_by_label("Filter", exact=True).fill(words)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"\?q="))
    assert the_list(page) == starts(parts(fitting))
    count = len(parts(fitting))
    sums(page, f"{count} session{'' if count == 1 else 's'} · {len(fitting)} request")


@pytest.mark.rows("S3.2")
def test_chips_go_one_by_one(sized: Page) -> None:
    """S3.2: every filter is a chip in words; removing one leaves the others."""
    sized.goto("/sessions?q=status:404 -method:POST user:alice")
    assert the_list(sized) == starts(parts([hit for hit in of("alice") if hit.status == 404]))
    sized.get_by_role("link", name="Remove filter: Response code is 404").click()
    expect(sized.get_by_text("Response code is 404")).to_have_count(0)
    sums(sized, "1 session · 7 requests")
    sized.get_by_role("link", name="Remove filter: Method is not POST").click()
    sums(sized, "1 session · 10 requests")
    sized.get_by_role("link", name="Remove filter: User is alice").click()
    sums(sized, "66 sessions")


@pytest.mark.rows("S3.2")
def test_all_chips_go_at_once(page: Page) -> None:
    """S3.2: one link removes all filters."""
    page.goto("/sessions?q=status:404 -method:POST")
    page.get_by_role("link", name="Clear all").click()
    sums(page, "66 sessions")


def test_what_is_suggested_is_one_click_away(page: Page) -> None:
    """Bad question: what an error suggests can be clicked, and the rest of the filter and of the address stays as it is."""
    page.goto(f"/sessions?{TENTH}&q=-method:PUT flow:ath status:200")
    page.get_by_role("alert").get_by_role("link", name="flow:Auth").click()
    expect(page.get_by_label("Filter", exact=True)).to_have_value("-method:PUT flow:Auth status:200")
    expect(page).to_have_url(re.compile("from=2026-06-10"))
    expect(page.get_by_role("alert")).to_have_count(0)


WRONG = (
    ("status:200 hots:x", "status:200 ", "hots:x", "host"),
    ("duration_ms:>fast", "duration_ms:", ">fast", "duration_ms:>500"),
    ("user:alice method:", "user:alice method:", "▯", ""),
    ('user:"alice', "user:", '"alice', ""),
)


@pytest.mark.parametrize(("words", "right", "wrong", "suggestion"), WRONG, ids=[words for words, *_ in WRONG])
def test_wrong_filter(page: Page, words: str, right: str, wrong: str, suggestion: str) -> None:
    """Bad question: the page answers 400, shows the wrong place below the box, suggests the nearest word, and has no rows."""
    answer = page.goto(f"/sessions?q={words}")
    assert answer is not None
    assert answer.status == 400
    alert = page.get_by_role("alert")
    expect(alert.get_by_role("mark").or_(alert.locator("mark"))).to_have_text(wrong)
    expect(alert.locator("pre")).to_have_text(right + wrong)
    if suggestion:
        expect(alert).to_contain_text(f"Try {suggestion}")
    expect(page.get_by_label("Filter", exact=True)).to_have_value(words)
    assert the_list(page) == []
    offered = alert.get_by_role("link")
    expect(offered).to_have_count(1 if suggestion == "host" else 0)
    assert alert.bounding_box()["y"] > page.get_by_label("Filter", exact=True).bounding_box()["y"]  # type: ignore[index]


@pytest.mark.parametrize(
    "address",
    ["q=status:200&from=yesteryear", "q=status:200&sort=colour", "q=status:200&after=abc", "q=status:200&from=now&to=-1h"],
)
def test_other_wrong_parts(page: Page, address: str) -> None:
    """Bad question: a wrong interval, order or cursor has its message, and the filter is not blamed for it."""
    answer = page.goto(f"/sessions?{address}")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("alert").locator("pre")).to_have_count(0)
    assert the_list(page) == []


@pytest.mark.rows("S3.2")
def test_no_match_has_ways_out(sized: Page) -> None:
    """S3.2: a list without a match names each filter to remove, and the interval."""
    sized.goto("/sessions?q=status:418 user:alice&from=2026-06-01&to=2026-06-30")
    expect(sized.get_by_role("heading", name="No session matches")).to_be_visible()
    expect(sized.get_by_role("link", name="Without “User is alice”")).to_be_visible()
    expect(sized.get_by_role("link", name="All time").last).to_be_visible()
    sized.get_by_role("link", name="Without “Response code is 418").click()
    sums(sized, "1 session · 10 requests")


def test_empty_store(open_page: Opener, empty: Server) -> None:
    """A console without traffic says how some gets in."""
    page = open_page(empty)
    page.goto("/sessions")
    expect(page.get_by_role("heading", name="No traffic yet")).to_be_visible()
    expect(page.get_by_text("apitrail ingest access.log")).to_be_visible()


def test_search_key(page: Page) -> None:
    """The slash key goes to the filter box."""
    page.goto("/sessions")
    page.keyboard.press("/")
    expect(page.get_by_label("Filter", exact=True)).to_be_focused()
