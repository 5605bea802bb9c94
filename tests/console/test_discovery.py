"""The section Discovery: the list and its figures, the page of an endpoint, and the ways to it and back (D1 to D11, S4.6, S7.3)."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from console.inventory import API, FIRST, MANY, OLD, ORDERS, PAY, SECOND, SLOW, document
from console.looking import dropdown, figure, is_wide, request_rows, sums
from console.serving import DESK, PHONE, Opener, Server

ENDPOINTS = 6
"""The endpoints of the API: five of its own host, one of the other."""
BARS = """() => [...document.querySelectorAll('.figures li')].map(one => [one.querySelector('a').getAttribute('href'), one.querySelector('em').innerText])"""
CUT = "found => found.filter(one => one.scrollWidth > one.clientWidth && one.clientWidth).map(one => one.textContent)"
"""The texts that do not fit into their elements."""
SUMS = re.compile(r'<b title="([\d,]+)">[^<]*</b> endpoint')
ADDRESS = "/settings/specifications"


@pytest.fixture
def page(open_page: Opener, explored: Server) -> Page:
    """A page of the explored server, as wide as a desk."""
    return open_page(explored)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def sized(request: pytest.FixtureRequest, open_page: Opener, explored: Server) -> Page:
    """The same, as wide as a desk and as a phone."""
    return open_page(explored, request.param)


def endpoints(page: Page) -> Locator:
    """The links that open the endpoints of the list."""
    return page.locator("a.stretch")


def open_endpoint(page: Page, endpoint: str, method: str = "GET") -> None:
    """Open an endpoint from the list."""
    page.goto(f"/discovery?q=endpoint:{endpoint} method:{method}")
    endpoints(page).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{method} {endpoint}")


def counted(page: Page, address: str) -> str:
    """How many endpoints the list of an address says there are."""
    found = SUMS.search(page.request.get(address).text())
    assert found, address
    return found[1]


def specify(page: Page, content: object) -> None:
    """Upload a document as the specification `books`."""
    page.goto(ADDRESS)
    file = {"name": "books.json", "mimeType": "application/json", "buffer": json.dumps(content).encode()}
    page.get_by_label("Document").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("books")


def forget_specifications(page: Page) -> None:
    """Remove every specification."""
    for one in page.request.get("/api/v1/specifications").json()["items"]:
        assert page.request.delete(f"/api/v1/specifications/{one['name']}").ok


@pytest.fixture
def unspecified(page: Page) -> Iterator[Page]:
    """A page of the server, which has no specification afterwards either."""
    yield page
    forget_specifications(page)


@pytest.mark.rows("D1", "D4", "D8", "D9")
def test_the_list(sized: Page) -> None:
    """D1, D4, D8, D9: an endpoint has requests, risk, authentication, sensitive data, flows, what is new; hosts stand together with their sums."""
    sized.goto("/discovery")
    sums(sized, f"{ENDPOINTS} endpoints of 2 hosts")
    group = sized.get_by_role("row").filter(has=sized.get_by_role("link", name=API, exact=True))
    expect(group).to_contain_text("5 endpoints")
    row = sized.get_by_role("row").filter(has_text="/v1/orders/{id}")
    for words in (str(ORDERS + 1), "8", "Sensitive data", "Consistent", "Bearer token", "E-mail address", "REST"):
        expect(row).to_contain_text(words)
    expect(sized.get_by_role("row").filter(has_text="/v1/payments")).to_contain_text("Billing")
    expect(sized.get_by_role("row").filter(has_text="/v2/wishes")).to_contain_text("New")
    expect(sized.get_by_role("row").filter(has_text="/v1/books")).to_contain_text("Partial")
    assert not is_wide(sized)


def test_in_one_list(page: Page) -> None:
    """Endpoints stand in one list, each with its host, when that is chosen, and are sorted by what the heads say."""
    page.goto("/discovery")
    page.locator("#grouping > summary").click()
    page.get_by_role("link", name="In one list").click()
    expect(page.locator("tr.group")).to_have_count(0)
    expect(page.get_by_role("row").filter(has_text="/v1/payments")).to_contain_text(PAY)
    page.get_by_role("link", name="Endpoint", exact=True).last.click()
    names = page.locator(".endpoints .name code").all_inner_texts()
    assert names == sorted(names)
    page.get_by_role("link", name="Requests").click()
    expect(page.locator(".endpoints .count").first).to_contain_text(str(ORDERS + 1))


@pytest.mark.rows("D5", "D7", "D8", "D9")
@pytest.mark.parametrize("query", ["", f"host:{API}", "risk:8..10 coverage:consistent", "flow:Auth"])
def test_each_bar_leads_to_what_it_counts(page: Page, query: str) -> None:
    """D5 to D9: each bar of the figures leads to a list of exactly as many endpoints as it says."""
    page.goto(f"/discovery?q={query}")
    bars = page.evaluate(BARS)
    assert len(bars) > 4
    assert {href: counted(page, href) for href, _ in bars} == dict(bars)


def test_a_dropdown(sized: Page) -> None:
    """A dropdown counts endpoints by titles under the other filters, is searched, and takes several values and exclusion."""
    sized.goto(f"/discovery?q=host:{API}")
    dropdown(sized, "Risk")
    expect(sized.get_by_role("checkbox", name="High, 8 to 10")).to_be_visible()
    sized.get_by_role("checkbox", name="High, 8 to 10").check()
    sized.get_by_role("button", name="Show only").click()
    expect(sized.get_by_text("Risk is 8 to 10")).to_be_visible()
    dropdown(sized, "Sensitive data")
    sized.get_by_role("searchbox", name="Search sensitive data").fill("mail")
    expect(sized.get_by_role("checkbox")).to_have_count(1)
    sized.get_by_role("checkbox", name="E-mail address").check()
    sized.get_by_role("button", name="Exclude").click()
    sums(sized, "0 endpoints")
    expect(sized.get_by_role("heading", name="No endpoint matches")).to_be_visible()
    assert not is_wide(sized)


def test_a_wrong_filter(page: Page) -> None:
    """A word that is none is refused with its place, and no rows are shown."""
    page.goto("/discovery?q=risk:>=8 rouge:shadow")
    expect(page.get_by_role("alert")).to_contain_text("rogue")
    expect(endpoints(page)).to_have_count(0)
    page.goto("/discovery?q=payloads:>2")
    expect(page.get_by_role("alert")).to_contain_text("filter of attacks and incidents")


@pytest.mark.rows("D10")
def test_downloads(sized: Page) -> None:
    """D10: CSV has the endpoints of the list, OpenAPI those of a host."""
    sized.goto(f"/discovery?q=host:{API}")
    text = sized.request.get(sized.get_by_role("link", name="CSV").get_attribute("href") or "").text()
    assert len(list(csv.DictReader(text.splitlines()))) == ENDPOINTS - 1
    document_of_host = sized.request.get(sized.get_by_role("link", name="OpenAPI").get_attribute("href") or "").json()
    assert document_of_host["openapi"].startswith("3.1")
    assert "/v1/books" in document_of_host["paths"]


def test_saved_views(page: Page) -> None:
    """A view is kept under a name, opens the section when that is chosen, and is removed."""
    page.goto("/discovery?q=risk:8..10&by=none")
    page.locator("#views > summary").click()
    page.get_by_label("Save this view as").fill("dangerous")
    page.get_by_label("Open the section with it").check()
    page.get_by_role("button", name="Save").click()
    page.goto("/sessions")
    page.get_by_role("link", name="Discovery", exact=True).click()
    expect(page.get_by_text("Risk is 8 to 10")).to_be_visible()
    page.locator("#views > summary").click()
    page.get_by_role("button", name="Remove the view dangerous").click()
    page.goto("/discovery")
    expect(page.get_by_text("Risk is 8 to 10")).to_have_count(0)


@pytest.mark.rows("D3", "D5", "D7")
def test_the_overview_of_an_endpoint(sized: Page) -> None:
    """D3, D5, D7: risk is explained factor by factor, protection and authentication are told."""
    open_endpoint(sized, "/v1/orders/{id}")
    for name in ("Risk", "Protection", "Authentication", "Specification", "Business flows", "Seen"):
        expect(sized.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(sized.locator(".factors")).to_contain_text("Sensitive data goes in or out: e-mail address.")
    expect(sized.get_by_text("No specification is in force for this host.")).to_be_visible()
    expect(sized.locator(".guards .holds")).to_have_count(1)
    assert not is_wide(sized)


@pytest.mark.rows("D3", "D4")
def test_the_parameters_of_an_endpoint(sized: Page) -> None:
    """D3: parameters stand by place with type, presence and sensitive data, those of the path first."""
    open_endpoint(sized, "/v1/login", "POST")
    sized.get_by_role("link", name="Parameters", exact=True).click()
    row = sized.get_by_role("row").filter(has_text=re.compile(r"^\s*email"))
    for words in ("email", "required", "100 %", "E-mail address"):
        expect(row).to_contain_text(words)
    expect(sized.get_by_role("row").filter(has_text="password")).to_contain_text("Password")
    open_endpoint(sized, "/v1/orders/{id}")
    sized.get_by_role("link", name="Parameters", exact=True).click()
    expect(sized.locator("tr.group").first).to_contain_text("Path")
    expect(sized.locator("tr.group").filter(has_text="Path")).to_have_count(1)
    expect(sized.get_by_role("row").filter(has_text="orderId")).to_contain_text("required")
    assert not is_wide(sized)


@pytest.mark.rows("S7.3")
def test_the_traffic_of_an_endpoint(sized: Page) -> None:
    """D3, S7.3: requests over time with what is most frequent among them; a bar leads to the sessions with such requests."""
    open_endpoint(sized, "/v1/books")
    sized.get_by_role("link", name="Traffic", exact=True).click()
    expect(sized.get_by_text("of them malicious")).to_be_visible()
    assert not is_wide(sized)
    figure(sized, "Attack").get_by_role("link", name="SQL injection").click()
    sums(sized, "1 session · 6 requests")
    open_endpoint(sized, "/v1/books")
    sized.get_by_role("link", name="6 malicious").click()
    expect(sized.get_by_role("link", name=re.compile("SQL injection on"))).to_be_visible()


def test_a_bar_narrows_the_interval(page: Page) -> None:
    """A bar of the traffic shows the same page over its time."""
    open_endpoint(page, "/v1/orders/{id}")
    page.get_by_role("link", name="Traffic", exact=True).click()
    bar = page.locator(".histogram a:not([tabindex])").first
    words = re.search(r": ([\d,]+) request", bar.get_attribute("aria-label") or "")
    page.goto(bar.get_attribute("href") or "")
    assert words
    expect(page.locator(".lead b").first).to_have_text(words[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v1/orders/{id}")


@pytest.mark.rows("D8")
def test_flows_are_given_by_hand(page: Page) -> None:
    """D8: an analyst gives an endpoint its flows; the list, the requests and their sessions follow."""
    open_endpoint(page, "/v1/books")
    page.get_by_role("checkbox", name="Admin").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("The business flows are saved")
    appears(page, page.locator("[name=flow][value=Admin][checked]"))
    page.goto("/discovery?q=flow:Admin")
    sums(page, "1 endpoint of 1 host")
    page.goto("/sessions?q=flow:Admin")
    expect(page.get_by_role("heading", name="No session matches")).to_have_count(0)
    open_endpoint(page, "/v1/books")
    page.get_by_role("checkbox", name="Admin").uncheck()
    page.get_by_role("button", name="Save").click()
    appears(page, page.locator("[name=flow][value=Admin]:not([checked])"))


def test_from_an_attack_to_its_endpoint(page: Page) -> None:
    """In attacks the name of an endpoint leads to its page."""
    page.goto(f"/attacks?q=host:{API}")
    page.locator("td.ends").get_by_role("link", name="/v1/books", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v1/books")
    page.goto(f"/attacks?q=host:{API}")
    page.locator("a.stretch").first.click()
    page.get_by_role("definition").get_by_role("link", name="/v1/books").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v1/books")


@pytest.mark.rows("D11", "S5.1")
def test_from_a_slow_request_to_its_endpoint_and_back(sized: Page) -> None:
    """D11, S5.1: ratio and picture, what is known of the endpoint, its page with the request marked, and the way back."""
    page = sized
    page.goto("/sessions?q=slow:true")
    sums(page, "1 session · 1 request")
    page.locator("tbody .row a").first.click()
    request_rows(page).get_by_role("link").first.click()
    expect(page.locator(".usual .above")).to_contain_text(re.compile(r"412 ms, \d+x the usual 2\d ms"))
    expect(page.locator(".usual .distribution").first).to_be_visible()
    expect(page.locator(".insights")).to_contain_text("sensitive data")
    page.get_by_role("link", name="Explore in API Discovery").click()
    expect(page.locator(".factors")).to_contain_text("Sensitive data goes in or out")
    expect(page.get_by_text("From the request of")).to_be_visible()
    page.get_by_role("link", name="Performance", exact=True).click()
    expect(page.get_by_role("definition").filter(has_text="412 ms")).to_be_visible()
    expect(page.locator(".distribution .here").first).to_be_attached()
    page.get_by_role("link", name="the request", exact=True).click()
    expect(page).to_have_url(re.compile(f"#r-{SLOW}$"))
    expect(request_rows(page)).to_have_count(2)
    expect(page.locator(f"#r-{SLOW} a")).to_have_attribute("aria-expanded", "true")


@pytest.mark.rows("D6", "S7.3")
def test_from_a_zombie_to_the_sessions_that_call_it(unspecified: Page) -> None:
    """D6, S7.3: what a second version of a specification no longer has is a zombie, whose requests lead to their sessions."""
    page = unspecified
    specify(page, FIRST)
    specify(page, SECOND)
    open_endpoint(page, "/v1/reports/{id}")
    appears(page, page.locator(".top .pill", has_text="Zombie"))
    expect(page.get_by_text("An earlier version of a specification has it.", exact=False)).to_be_visible()
    page.goto("/discovery?q=rogue:zombie")
    sums(page, f"1 endpoint of 1 host · {OLD} requests")
    page.locator(".endpoints .count a").click()
    sums(page, f"1 session · {OLD} requests")
    expect(page.get_by_text("Endpoint is /v1/reports/{id}")).to_be_visible()


def appears(page: Page, what: Locator) -> None:
    """Reload until it is there: the next analysis brings it."""
    for _ in range(40):
        if what.count():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("no analysis brought it")


@pytest.mark.rows("D6", "D7")
def test_what_an_endpoint_is_specified_in(unspecified: Page) -> None:
    """D6, D7: an endpoint and the operation that describes it lead to each other; one that none describes is a shadow."""
    page = unspecified
    specify(page, document("3.0", "/v1/orders/{orderId}"))
    page.get_by_role("link", name="/v1/orders/{orderId}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("GET /v1/orders/{id}")
    expect(page.get_by_role("link", name="books", exact=True)).to_have_attribute("href", f"{ADDRESS}/books")
    expect(page.get_by_text("/v1/orders/{orderId}")).to_be_visible()
    open_endpoint(page, "/v1/books")
    appears(page, page.locator(".top .pill", has_text="Shadow"))


@pytest.mark.rows("D4")
def test_many_kinds_of_data_and_an_old_date_fit(open_page: Opener, crowded: Server) -> None:
    """D9: at 1440 a row shows four kinds of sensitive data whole, counts the others, and has room for a date of another year."""
    page = open_page(crowded)
    page.goto("/discovery?q=endpoint:/v1/thing-0001/*")
    data = page.locator(".endpoints td.data")
    expect(data).to_contain_text("Account number, Card number, E-mail address, IBAN +2")
    expect(data.locator("[title]")).to_have_attribute("title", re.compile("IBAN, JWT, Password$"))
    page.locator(".endpoints td.when time").evaluate("one => one.textContent = '28 Nov 2025, 23:58:58'")
    assert page.locator(".endpoints td").evaluate_all(CUT) == []


def test_a_figure_says_how_many_values_it_leaves_out(open_page: Opener, crowded: Server) -> None:
    """D9: a figure with more values than it shows says how many more there are, and leads to all of them."""
    page = open_page(crowded)
    page.goto("/discovery?q=host:many.example")
    figure(page, "Sensitive data").get_by_role("link", name=re.compile(r"^[\d,]+ more$")).click()
    expect(page.get_by_role("searchbox", name="Search sensitive data")).to_be_visible()


def test_figures_on_a_phone(open_page: Opener, explored: Server) -> None:
    """At 390 nothing of the figures is cut or must be scrolled to, and the section that one is in can be seen."""
    page = open_page(explored, PHONE)
    page.goto("/discovery")
    assert page.locator(".figures em").evaluate_all("found => found.every(one => one.getBoundingClientRect().right < innerWidth)")
    expect(page.get_by_role("navigation", name="Sections").locator("[aria-current]")).to_be_in_viewport(ratio=0.9)


@pytest.mark.rows("D3")
def test_times_that_no_source_says(open_page: Opener, crowded: Server) -> None:
    """D3: where no source says times or sizes, nothing leads to slow requests or large answers."""
    page = open_page(crowded)
    page.goto("/discovery?q=endpoint:/v1/thing-0001/*")
    endpoints(page).click()
    page.get_by_role("link", name="Performance", exact=True).click()
    expect(page.get_by_text("The source of this traffic does not say.")).to_have_count(2)
    expect(page.get_by_role("link", name="slow requests")).to_have_count(0)


def test_nothing_yet(open_page: Opener, empty: Server) -> None:
    """An empty inventory says what brings endpoints into it."""
    page = open_page(empty)
    page.goto("/discovery")
    expect(page.get_by_role("heading", name="No traffic yet")).to_be_visible()
    assert page.goto("/discovery/0000000000000000")
    expect(page.get_by_role("alert")).to_contain_text("no endpoint of this id")


def test_many_endpoints_are_paged(open_page: Opener, crowded: Server) -> None:
    """Thousands of endpoints are counted exactly and shown page by page, each once."""
    page = open_page(crowded)
    page.goto("/discovery?q=host:many.example&sort=endpoint")
    expect(page.locator("#sums b").first).to_have_attribute("title", f"{MANY:,}")
    first = page.locator(".endpoints .name code").all_inner_texts()
    page.get_by_role("link", name="Next endpoints").click()
    expect(page.get_by_role("link", name="First page")).to_be_visible()
    second = page.locator(".endpoints .name code").all_inner_texts()
    assert [*first, *second] == [f"/v1/thing-{number:04}/{{id}}" for number in range(100)]


def test_with_the_keyboard_alone(page: Page) -> None:
    """Accessibility: an endpoint is opened from the list, and its tabs are walked, with Tab and Enter alone."""
    page.goto("/discovery?q=endpoint:/v1/login")
    target = endpoints(page).element_handle()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("one => document.activeElement === one", target):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("POST /v1/login")
    page.get_by_role("link", name="Parameters", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("table.parameters")).to_be_visible()
