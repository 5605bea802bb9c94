"""One session: opened in its place, statistics that filter, shared filters, requests, details, parts."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from console.looking import TENTH, opened, request_rows, requests, row_link, sums, the_list
from console.serving import Opener, Server
from console.shop import REQUESTS_OF_INTEGRATION, Hit, counted, iso, local, of

PAGE = 60


def times(hits: tuple[Hit, ...] | list[Hit]) -> list[str]:
    """The times of some requests as the page has them."""
    return [iso(hit.time) for hit in hits]


def open_of(page: Page, actor: str, query: str = "") -> None:
    """Open an actor's session of the 10th in the list."""
    page.goto(f"/sessions?{TENTH}{query}")
    row_link(page, next(hit for hit in of(actor) if hit.time.day == 10)).click()
    expect(opened(page)).to_be_visible()


@pytest.mark.rows("S4.1")
def test_opens_under_its_row_and_closes(sized: Page) -> None:
    """S4.1: a session opens in place, right under its row, and closes again."""
    open_of(sized, "alice")
    link = row_link(sized, of("alice")[0])
    expect(link).to_have_attribute("aria-expanded", "true")
    row = sized.get_by_role("row").filter(has=link).bounding_box()
    detail = sized.get_by_role("row").filter(has=opened(sized)).bounding_box()
    assert row is not None
    assert detail is not None
    assert abs(detail["y"] - row["y"] - row["height"]) < 2
    assert requests(sized) == times(of("alice"))
    link.click()
    expect(opened(sized)).to_have_count(0)
    expect(link).to_have_attribute("aria-expanded", "false")


@pytest.mark.rows("S4.1", "S6.1")
def test_own_address(page: Page) -> None:
    """S4.1, S6.1: the opened session has an address of its own that shows the same requests."""
    open_of(page, "alice")
    address = page.get_by_role("link", name="Copy link").get_attribute("href")
    assert address is not None
    page.goto(address)
    expect(page.get_by_role("heading", name="Session", exact=True)).to_be_visible()
    expect(opened(page)).to_contain_text(re.compile(r"[0-9a-f]{32}"))
    assert requests(page) == times(of("alice"))
    page.get_by_role("link", name="All sessions").click()
    sums(page, "5 sessions")


@pytest.mark.rows("S4.2")
def test_statistics(page: Page) -> None:
    """S4.2: every statistic has its values with count and percent."""
    open_of(page, "alice")
    assert counted(of("alice"), "status") == {"200": 6, "201": 2, "404": 1, "500": 1}
    blocks = opened(page).get_by_role("heading", level=3)
    titles = ["API host", "Method", "Endpoint", "Response code", "Client IP", "Location", "User", "Client", "Protocol"]
    assert [title for title in blocks.all_inner_texts() if title != "Above what is usual"] == titles
    for words in ("200 OK", "201 Created", "404 Not Found", "500 Internal Server Error", "GET", "alice", "/v1/items/{id}"):
        expect(opened(page).get_by_role("link", name=words, exact=True)).to_be_visible()
    item = opened(page).get_by_role("listitem").filter(has=page.get_by_role("link", name="200 OK", exact=True))
    expect(item).to_contain_text(re.compile(r"6\s*60 %"))


@pytest.mark.rows("S4.2")
def test_show_only_and_exclude(sized: Page) -> None:
    """S4.2: a value shows only its requests or hides them, filters combine, and what is filtered out is dimmed, not gone."""
    open_of(sized, "alice")
    opened(sized).get_by_role("link", name="GET", exact=True).click()
    kept = [hit for hit in of("alice") if hit.method == "GET"]
    expect(sized.get_by_text(f"{len(kept)} of 10 requests")).to_be_visible()
    assert requests(sized) == times(kept)
    hide = opened(sized).get_by_role("link", name="Exclude 404 Not Found")
    hide.focus()
    hide.click()
    kept = [hit for hit in kept if hit.status != 404]
    expect(sized.get_by_text(f"{len(kept)} of 10 requests")).to_be_visible()
    assert requests(sized) == times(kept)
    for title, is_dim in (("POST", True), ("404 Not Found", True), ("200 OK", False)):
        item = opened(sized).get_by_role("listitem").filter(has=sized.get_by_role("link", name=title, exact=True))
        expect(item).to_have_css("opacity", "0.45" if is_dim else "1")
    sized.get_by_role("link", name="Remove filter: Method is GET").click()
    assert requests(sized) == times([hit for hit in of("alice") if hit.status != 404])
    opened(sized).get_by_role("link", name="Include 404 Not Found").click()
    expect(request_rows(sized)).to_have_count(10)


@pytest.mark.rows("S4.3")
def test_shares_the_filters_of_the_list(sized: Page) -> None:
    """S4.3: only the requests that match the list's filters are shown, that is said, and all are shown on demand."""
    sized.goto("/sessions?q=status:404,500 user:alice")
    row_link(sized, of("alice")[3]).click()
    assert requests(sized) == times([hit for hit in of("alice") if hit.status in {404, 500}])
    expect(sized.get_by_text("2 of 10 requests match the filters of the list.")).to_be_visible()
    sized.get_by_role("link", name="Show all requests").click()
    expect(request_rows(sized)).to_have_count(10)
    sums(sized, "1 session · 2 requests")
    sized.get_by_role("link", name="Use the filters again").click()
    expect(request_rows(sized)).to_have_count(2)


@pytest.mark.rows("S4.3")
def test_show_all_drops_the_interval_too(page: Page) -> None:
    """S4.3: the interval is a filter of the list as well, inside the session it can be dropped."""
    page.goto("/sessions?from=2026-06-10T10:01:00Z&to=2026-06-10T10:02:00Z")
    page.get_by_role("link", name=local(of("alice")[2].time)).click()
    expect(page.get_by_text("2 of 10 requests match the filters of the list.")).to_be_visible()
    page.get_by_role("link", name="Show all requests").click()
    assert requests(page) == times(of("alice"))
    sums(page, "1 session · 2 requests")


@pytest.mark.rows("S4.3")
def test_nothing_is_said_when_nothing_is_hidden(page: Page) -> None:
    """S4.3: a filter that every request of the part matches hides nothing, and the page does not say it did."""
    page.goto("/sessions?q=user:owl")
    row_link(page, of("owl")[0]).click()
    expect(request_rows(page)).to_have_count(4)
    expect(page.get_by_text("match the filters of the list")).to_have_count(0)


@pytest.mark.rows("S4.3")
def test_apply_filters(page: Page) -> None:
    """S4.3: the in-session filters become filters of the list."""
    open_of(page, "alice", "&q=method:GET")
    opened(page).get_by_role("link", name="200 OK", exact=True).click()
    page.get_by_role("link", name="Apply filters to the list").click()
    expect(opened(page)).to_have_count(0)
    expect(page.get_by_label("Filter", exact=True)).to_have_value("method:GET status:200")
    assert len(the_list(page)) == 5


@pytest.mark.rows("S4.4")
def test_order(sized: Page) -> None:
    """S4.4: requests are in time order, and the order can be reversed."""
    open_of(sized, "alice")
    up, down = (re.compile(f"^time {arrow}$", re.IGNORECASE) for arrow in "↑↓")
    expect(sized.get_by_role("link", name=up)).to_have_count(1)
    sized.get_by_role("link", name=up).click()
    expect(sized.get_by_role("link", name=down)).to_have_count(1)
    assert requests(sized) == times(of("alice")[::-1])


@pytest.mark.rows("S4.4")
def test_a_request_row(sized: Page) -> None:
    """S4.4: a request has time to the millisecond, method, endpoint, code, time in ms, size, attack and blocked mark."""
    open_of(sized, "alice")
    row = request_rows(sized).nth(8)
    for words in ("12:04:00.056", "GET", "/v1/orders/{id}", "1042?full=yes", "200", "335", "1.2 KB"):
        expect(row).to_contain_text(words)
    open_of(sized, "mallory")
    for words in ("403", "SQL injection", "Cross-site scripting", "Blocked"):
        expect(request_rows(sized).nth(2)).to_contain_text(words)


@pytest.mark.rows("S4.4")
def test_paging(page: Page) -> None:
    """S4.4: a long session comes in pages, forward in both orders and back to the first."""
    everything = times(of("integration"))
    open_of(page, "integration")
    assert requests(page) == everything[:PAGE]
    page.get_by_role("link", name="Next requests").click()
    page.wait_for_url(re.compile("rafter="))
    assert requests(page) == everything[PAGE : 2 * PAGE]
    page.get_by_role("link", name="From the first request").click()
    page.wait_for_url(lambda url: "rafter=" not in url)
    assert requests(page) == everything[:PAGE]


@pytest.mark.rows("S4.5")
def test_pictures(sized: Page) -> None:
    """S4.5: a short session has one mark a request that leads to it; a long one has bars that narrow the interval."""
    open_of(sized, "mallory")
    picture = sized.get_by_role("group", name="6 requests over time")
    expect(picture.get_by_role("link")).to_have_count(6)
    picture.get_by_role("link").nth(1).locator("rect").click()
    expect(sized.get_by_role("heading", name="Detected")).to_be_visible()
    open_of(sized, "integration")
    bars = sized.get_by_role("group", name=re.compile(f"^{REQUESTS_OF_INTEGRATION} requests from")).last.get_by_role("link")
    bars.filter(has_text="10 Jun 14:00:").first.locator(".hit").click()
    expect(sized.get_by_role("heading", name="Session", exact=True)).to_be_visible()
    expect(sized.get_by_text("Only the requests of the chosen interval are shown.")).to_be_visible()
    assert requests(sized) == times(of("integration"))[:10]


@pytest.mark.rows("S4.6", "S1.5")
def test_request_details(sized: Page) -> None:
    """S4.6: a request opens in place with its lines, what was detected, client, answer, session parameters; and closes."""
    open_of(sized, "mallory")
    link = request_rows(sized).nth(2).get_by_role("link")
    link.click()
    expect(link).to_have_attribute("aria-expanded", "true")
    for title, words in (
        ("Request", "GET /v1/search?q=2'+or+1=1 HTTP/1.1\nHost: shop.example\nUser-Agent: sqlmap/1.8"),
        ("Detected", "942100"),
        ("Detected", "blocked"),
        ("Client", "45.83.64.1"),
        ("Answer", "403 Forbidden"),
        ("Session parameters", "client.ip+user_agent"),
    ):
        card = sized.locator("section").filter(has=sized.get_by_role("heading", name=title, exact=True)).last
        expect(card).to_contain_text(words, use_inner_text=True)
    expect(sized.locator("mark", has_text="' or 1=1").first).to_be_visible()
    link.click()
    expect(sized.get_by_role("heading", name="Detected")).to_have_count(0)


@pytest.mark.rows("S4.6", "S7.1")
def test_ways_on_from_a_request(page: Page) -> None:
    """S4.6, S7.1: from a request to the list with it alone, and to the sessions with its endpoint."""
    open_of(page, "mallory")
    request_rows(page).nth(1).get_by_role("link").click()
    page.get_by_role("link", name="Only this request").click()
    sums(page, "1 session · 1 request · 1 attack")
    page.go_back()
    page.get_by_role("link", name="Sessions with this endpoint").click()
    expect(page.get_by_text("Endpoint is /v1/search")).to_be_visible()
    sums(page, "1 session · 6 requests")


@pytest.mark.rows("S1.6")
def test_parts_over_midnight(sized: Page) -> None:
    """S1.6: a session over UTC midnight is two parts in the list; each lists both, with a link, and the filter shows all."""
    night = of("owl")
    sized.goto("/sessions?q=user:owl")
    assert the_list(sized) == [iso(night[4].time), iso(night[0].time)]
    row_link(sized, night[4]).click()
    assert requests(sized) == times(night[4:])
    expect(opened(sized).get_by_role("link", name="2026-06-10")).to_have_attribute("aria-current", "true")
    expect(opened(sized)).to_contain_text("4 requests")
    opened(sized).get_by_role("link", name="2026-06-09").click()
    expect(sized.get_by_text("Only the requests of 2026-06-09 (UTC) are shown.")).to_be_visible()
    assert requests(sized) == times(night[:4])
    sized.get_by_role("link", name="Show the whole session").click()
    expect(request_rows(sized)).to_have_count(7)
    session = re.search(r"[0-9a-f]{32}", sized.url)
    assert session is not None
    sized.goto(f"/sessions?q=session:{session[0]}")
    assert the_list(sized) == [iso(night[4].time), iso(night[0].time)]


@pytest.mark.rows("S1.6", "S4.4")
def test_days_of_a_session(page: Page) -> None:
    """S1.6, S4.4: where a session goes over midnight of the viewer, each day stands before its requests, or beside them."""
    page.goto("/sessions?q=user:owl")
    session = page.locator(".row a.stretch").first.get_attribute("href") or ""
    own = f"/sessions/{re.findall('[0-9a-f]{32}', session)[0]}"
    page.goto(own)
    expect(page.locator(".req .group")).to_have_count(0)
    cookies = page.context.cookies()
    page.context.add_cookies([{**one, "value": "UTC"} for one in cookies if one["name"] == "apitrail_tz"])  # type: ignore[typeddict-item]
    page.goto(own)
    days = page.locator(".req tbody tr").evaluate_all("rows => rows.map(row => row.id ? '' : row.innerText.trim())")
    assert [(at, day) for at, day in enumerate(days) if day] == [(0, "9 Jun"), (5, "10 Jun")]
    page.goto(f"{own}?order=-response_bytes")
    expect(page.locator(".req .group")).to_have_count(0)
    expect(request_rows(page).first).to_contain_text("Jun")
    page.context.add_cookies(cookies)  # type: ignore[arg-type]


@pytest.mark.rows("S1.6")
def test_other_part_outside_the_interval(page: Page) -> None:
    """S1.6: the link to a part works when the list's interval leaves that part out."""
    open_of(page, "owl")
    opened(page).get_by_role("link", name="2026-06-09").click()
    assert requests(page) == times(of("owl")[:4])


@pytest.mark.parametrize("address", ["0" * 32, "nonsense", "%00", "..%2f..%2fetc"])
def test_unknown_session(page: Page, address: str) -> None:
    """Bad question: an id that is not stored, or is none, has a page that says so and leads back."""
    answer = page.goto(f"/sessions/{address}")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.get_by_role("link", name=re.compile("Back to the list")).click()
    sums(page, "66 sessions")


def test_unknown_session_opened_in_the_list(page: Page) -> None:
    """Bad question: an opened session that is not stored is an error of the list."""
    answer = page.goto(f"/sessions?q=status:200&open={'0' * 32}.2026-06-10")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_role("alert")).to_contain_text("there is no session", ignore_case=True)
    expect(page.get_by_role("alert").locator("pre")).to_have_count(0)


def test_a_wrong_filter_inside(page: Page) -> None:
    """Bad question: a wrong in-session filter is shown where it is wrong."""
    open_of(page, "alice")
    answer = page.goto(f"{page.url.partition('#')[0]}&sq=stats:5")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_role("alert").locator("mark")).to_have_text("stats:5")


@pytest.mark.rows("S6.1")
def test_opened_but_not_on_this_page(page: Page) -> None:
    """S6.1: a session that is not on the shown page of the list is opened above it."""
    open_of(page, "alice")
    query = page.url.partition("?")[2].partition("#")[0]
    page.goto(f"/sessions?{query}&q=user:owl")
    expect(page.get_by_text("This session is not on this page of the list.")).to_be_visible()
    page.get_by_role("link", name="Close it").click()
    expect(opened(page)).to_have_count(0)


@pytest.mark.rows("S7.1")
@pytest.mark.parametrize("order", ["", "&order=desc"])
def test_an_expanded_request_was_not_on_the_first_page(page: Page, order: str) -> None:
    """S7.1: the address of a request deep in a long session shows the page that has it, expanded, and the way to the first."""
    open_of(page, "integration")
    session = page.url.partition("open=")[2].partition(".")[0]
    found = page.request.get(f"/api/v1/sessions/{session}/requests?limit=300").json()["items"][299]["request_id"]
    page.goto(f"/sessions/{session}?request={found}{order}")
    expect(page.get_by_role("heading", name="Answer", exact=True)).to_be_visible()
    at = 299 if not order else REQUESTS_OF_INTEGRATION - 300
    expected = times(of("integration"))[:: -1 if order else 1][at : at + PAGE]
    assert requests(page) == expected
    page.get_by_role("link", name="From the first request").click()
    expect(page.get_by_role("link", name="From the first request")).to_have_count(0)


@pytest.mark.rows("S4.4")
def test_the_row_showed_who_sent_it_and_not_what(open_page: Opener, young: Server) -> None:
    """S4.4: a row shows the payload of the attack, also when the program that sent it is a scanner by its name."""
    page = open_page(young)
    record = {"method": "GET", "url": "https://payload.example/items?id=1%27%20UNION%20SELECT%20password%20FROM%20users--",
              "time": "2025-04-01T10:00:00Z", "headers": [["User-Agent", "sqlmap/1.9.4#stable (https://sqlmap.org)"]],
              "client_ip": "192.0.2.61"}  # fmt: skip
    assert page.request.post("/api/v1/ingest", data=json.dumps(record)).json()["rejected"] == 0
    page.goto("/sessions?q=host:payload.example")
    page.locator("tr.row a.stretch").first.click()
    expect(request_rows(page).locator(".payload")).to_contain_text("UNION SELECT")
    expect(request_rows(page)).to_contain_text("Scanner")
