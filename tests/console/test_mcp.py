"""The tab of MCP sessions, what an MCP call shows, and the settings of MCP servers (S8.1)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from console.looking import dropdown, is_wide, opened, request_rows, sums
from console.serving import DESK, PHONE, Opener, Server, serve, signed_in, stop
from console.test_axe import all_wrong
from console.test_screenshots import shoot

TOOLS, NOTES = "tools.example/mcp", "notes.example/v1/mcp"
POINTS = {"user": "request.header.X-User", "role": "request.header.X-Role"}
HOSTILE = "<script>window.ran=1</script>"
SECRET = "battery-staple-battery"
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])


def call(
    session: str,
    at: str,
    body: dict[str, Any] | None = None,
    *,
    server: str = TOOLS,
    user: str = "",
    method: str = "POST",
    status: int = 200,
) -> str:
    """One exchange of an agent with an MCP server, as a record."""
    host, _, path = server.partition("/")
    opens = bool(body) and body["method"] == "initialize"
    headers = [["User-Agent", "agent/1"], ["Content-Type", "application/json"]]
    headers += [] if opens else [["Mcp-Session-Id", f"{session}-0123456789abcdef"]]
    headers += [["X-User", user], ["X-Role", "buyer"]] if user else []
    record = {
        "method": method, "url": f"https://{host}/{path}", "time": f"2026-06-10T{at}Z", "client_ip": "5.9.1.7", "headers": headers, "status": status,
        "duration_ms": 12.5, "response_bytes": 900, "id": f"{session}-{at}-{method}",
        "response_headers": [["Mcp-Session-Id", f"{session}-0123456789abcdef"]] if opens else [],
    }  # fmt: skip
    return json.dumps(record | ({"body": json.dumps({"jsonrpc": "2.0", "id": 1, **body})} if body else {}))


def rpc(method: str, /, **params: Any) -> dict[str, Any]:
    """Method and parameters of a message."""
    return {"method": method, "params": params}


def traffic() -> Iterator[str]:
    """Two servers, three sessions, and an ordinary request that is none of theirs."""
    hello = rpc("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo={"name": "agent", "version": "1"})
    yield call("ada", "10:00:00", hello, user="ada")
    yield call("ada", "10:00:01", rpc("tools/list"), user="ada")
    for second, query in enumerate(("tent", "rope", "lamp"), 10):
        yield call(
            "ada",
            f"10:00:{second}",
            rpc(
                "tools/call",
                name="search_products",
                arguments={"query": query, "api_key": SECRET, "filter": {"colours": ["red", "blue"], "max": 3}},
            ),
            user="ada",
        )
    yield call("ada", "10:01:00", rpc("resources/read", uri="shop://terms"), user="ada")
    yield call("ada", "10:02:00", None, method="DELETE", user="ada")
    yield call("bob", "11:00:00", hello, server=NOTES)
    yield call("bob", "11:00:05", rpc("prompts/get", name="greet", arguments={"name": "Ada"}), server=NOTES)
    yield call("bad", "12:00:00", rpc("tools/call", name=HOSTILE, arguments={HOSTILE: HOSTILE}), server=NOTES)
    yield json.dumps(
        {
            "method": "GET",
            "url": "https://shop.example/v1/items",
            "time": "2026-06-10T13:00:00Z",
            "client_ip": "5.9.1.8",
            "id": "plain",
        }
    )


@pytest.fixture(scope="module")
def agents(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that saw the traffic of agents; one MCP server has points of its own."""
    server = serve(tmp_path_factory.mktemp("agents"))
    context = browser.new_context(base_url=server.base, storage_state=signed_in(browser, server))
    put = context.request.put("/api/v1/settings/mcp-servers", data=json.dumps({"server": TOOLS, **POINTS}))
    assert put.ok, put.text()
    sent = context.request.post("/api/v1/ingest", data="\n".join(traffic()).encode())
    assert sent.json()["stored"] == len(list(traffic())), sent.text()
    context.close()
    yield server
    stop(server)


@pytest.fixture(params=[DESK, PHONE], ids=["1440", "390"])
def agents_page(request: pytest.FixtureRequest, open_page: Opener, agents: Server) -> Page:
    """A page of that server, as wide as a desk and as a phone."""
    return open_page(agents, request.param)


def rows(page: Page) -> Locator:
    """The sessions of the list."""
    return page.locator(".list > tbody > .row")


@pytest.mark.rows("S8.1")
def test_the_tab(agents_page: Page) -> None:
    """S8.1: MCP sessions have a tab of their own, which keeps filters and interval; the other tab has everything."""
    page = agents_page
    page.goto("/sessions?from=2026-06-10T00:00:00Z&to=2026-06-11T00:00:00Z")
    tabs = page.get_by_role("navigation", name="Kinds of sessions")
    expect(tabs.get_by_role("link", name="Sessions", exact=True)).to_have_attribute("aria-current", "page")
    sums(page, "4 sessions · 11 requests")
    tabs.get_by_role("link", name="MCP sessions").click()
    sums(page, "3 sessions · 10 requests")
    expect(page).to_have_url(re.compile(r"from=2026.*tab=mcp"))
    expect(page.get_by_role("navigation", name="Kinds of sessions").get_by_role("link", name="MCP sessions")).to_have_attribute(
        "aria-current", "page"
    )
    assert page.get_by_text("Protocol is mcp").count() == 0
    assert not is_wide(page)


@pytest.mark.rows("S8.1")
def test_columns(agents_page: Page) -> None:
    """S8.1: a session shows server, session, user, roles, methods and primitives with counts, and requests."""
    agents_page.goto("/sessions?tab=mcp&sort=start")
    first = rows(agents_page).first
    for words in (TOOLS, "ada", "buyer", "tools/call 3", "search_products 3", "shop://terms 1", "2 minutes"):
        expect(first).to_contain_text(words)
    expect(first.locator(".count")).to_contain_text("7")
    expect(rows(agents_page)).to_have_count(3)
    expect(rows(agents_page).nth(1)).to_contain_text("unknown")


@pytest.mark.rows("S8.1")
@pytest.mark.parametrize(
    ("title", "value", "expected"),
    [
        ("MCP server", NOTES, 2),
        ("User", "ada", 1),
        ("Role", "buyer", 1),
        ("Method of MCP", "prompts/get", 1),
        ("Primitive", "greet", 1),
    ],
)
def test_dropdowns_of_the_tab(open_page: Opener, agents: Server, title: str, value: str, expected: int) -> None:
    """S8.1: the tab filters by server, user, role, method and primitive, and stays the tab."""
    page = open_page(agents)
    page.goto("/sessions?tab=mcp")
    panel = dropdown(page, title)
    panel.get_by_role("checkbox", name=value, exact=True).check()
    panel.get_by_role("button", name="Show only").click()
    expect(rows(page)).to_have_count(expected)
    expect(page).to_have_url(re.compile("tab=mcp"))
    page.get_by_role("link", name=re.compile("Remove filter")).click()
    expect(rows(page)).to_have_count(3)
    expect(page.locator("summary").get_by_text("Attack", exact=True)).to_be_visible()


def test_without_the_filter_of_the_tab(open_page: Opener, agents: Server) -> None:
    """Several filters and the tab: a chip takes its own filter away, and a wrong filter is refused in the tab."""
    page = open_page(agents)
    page.goto("/sessions?tab=mcp&q=user:ada method:POST")
    page.get_by_role("link", name="Remove filter: User is ada").click()
    expect(page.get_by_text("HTTP method is POST").or_(page.get_by_text("Method is POST"))).to_be_visible()
    sums(page, "3 sessions · 9 requests")
    page.goto("/sessions?tab=mcp&q=usr:ada")
    expect(page.get_by_role("alert")).to_contain_text("did you mean 'user'")
    assert page.request.get("/sessions?tab=mpc").status == 400


@pytest.mark.rows("S8.1")
def test_details_of_a_call(agents_page: Page) -> None:
    """S8.1: a session opens in its place; a request shows method, primitive and arguments, secrets masked."""
    page = agents_page
    page.goto("/sessions?tab=mcp&sort=start")
    rows(page).first.get_by_role("link").first.click()
    expect(opened(page).get_by_role("heading", name="Primitive")).to_be_visible()
    assert opened(page).get_by_role("heading", name="Business flow").count() == 0
    expect(request_rows(page)).to_have_count(7)
    expect(request_rows(page).nth(2)).to_contain_text("tools/call search_products")
    request_rows(page).nth(2).get_by_role("link").click()
    card = page.locator(".card").filter(has=page.get_by_role("heading", name="MCP call"))
    for words in (TOOLS, "tools/call", "search_products", '"query": "tent"', '"api_key": "batt…"'):
        expect(card).to_contain_text(words)
    assert SECRET not in page.content()
    assert not is_wide(page)
    card.get_by_role("link", name="search_products").click()
    expect(rows(page)).to_have_count(1)
    expect(page).to_have_url(re.compile("tab=mcp"))


def test_statistics_without_values_are_not_shown(open_page: Opener, agents: Server) -> None:
    """A session that has nothing to do with MCP has no empty blocks of it."""
    page = open_page(agents)
    page.goto("/sessions?q=-protocol:mcp")
    rows(page).first.get_by_role("link").first.click()
    titles = opened(page).get_by_role("heading", level=3).all_text_contents()
    assert "Endpoint" in titles
    assert not {"MCP server", "Method of MCP", "Primitive", "Attack", "User", "Role"} & set(titles)


def test_hostile_names(agents_page: Page) -> None:
    """Hostile: names and arguments made of markup are shown as text, and run nothing."""
    page = agents_page
    page.goto("/sessions?tab=mcp")
    expect(rows(page).first).to_contain_text(HOSTILE)
    rows(page).first.get_by_role("link").first.click()
    request_rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("heading", name="MCP call")).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert not is_wide(page)


def test_nothing_yet(page: Page) -> None:
    """Without any MCP traffic the tab says how it comes."""
    page.goto("/sessions?tab=mcp")
    expect(page.get_by_role("heading", name="No MCP session yet")).to_be_visible()


def settings(page: Page, server: str) -> Locator:
    """The opened settings of one server."""
    page.goto("/settings/mcp-servers")
    entry = page.get_by_role("listitem").filter(has_text=server)
    entry.get_by_text(server, exact=True).click()
    return entry


@pytest.mark.rows("S8.1")
def test_points_are_changed(agents_page: Page) -> None:
    """S8.1: where a server says session, user and role is changed on its page; a wrong point says where it is wrong."""
    page = agents_page
    entry = settings(page, NOTES)
    expect(entry).to_contain_text("3 requests in 2 sessions")
    entry.get_by_label("User").fill("request.heder.X-User")
    entry.get_by_role("button", name="Save").click()
    wrong = page.get_by_role("listitem").filter(has_text=NOTES)
    expect(wrong.locator("mark")).to_have_text("heder.X-User")
    expect(wrong).to_contain_text("Try request.header.X-User")
    expect(wrong.get_by_label("User")).to_have_value("request.heder.X-User")
    assert not is_wide(page)
    wrong.get_by_label("User").fill("request.header.X-User")
    wrong.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text(f"Saved: {NOTES}")
    kept = page.request.get("/api/v1/settings/mcp-servers").json()["items"]
    assert {one["server"]: one["settings"]["user"] for one in kept}[NOTES] == "request.header.X-User"
    assert page.request.put("/api/v1/settings/mcp-servers", data=json.dumps({"server": NOTES})).ok


@pytest.mark.rows("S8.1")
def test_a_server_is_added(open_page: Opener, agents: Server) -> None:
    """A server that was not seen yet is added with its points, and is gone when it has none any more."""
    page = open_page(agents)
    page.goto("/settings/mcp-servers")
    form = page.get_by_role("form", name="Add a server")
    form.get_by_label("Server").fill("https://New.example/mcp/")
    form.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Say at least one point")).to_be_visible()
    form.get_by_label("Session").fill("request.query.session_id")
    form.get_by_role("button", name="Add").click()
    entry = page.get_by_role("listitem").filter(has_text="new.example/mcp")
    expect(entry).to_contain_text("not seen yet")
    entry.get_by_label("Session").fill("")
    entry.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="MCP servers")).to_be_visible()
    expect(page.get_by_text("new.example/mcp")).to_have_count(0)


def test_only_administrators_change(open_page: Opener, agents: Server, browser: Browser) -> None:
    """A viewer sees the settings and cannot change them; a form of another session is refused."""
    page = open_page(agents)
    assert page.request.post("/settings/mcp-servers", form={"server": TOOLS, "csrf": "of-another"}).status == 400
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("viewer of agents")
    page.get_by_role("button", name="Create token").click()
    token = page.locator("[data-copy]").get_attribute("data-copy") or ""
    with browser.new_context(base_url=agents.base) as context:
        viewer = context.new_page()
        context.request.post("/sign-in", form={"token": token})
        viewer.goto("/settings/mcp-servers")
        viewer.get_by_role("listitem").filter(has_text=TOOLS).get_by_text(TOOLS, exact=True).click()
        expect(viewer.get_by_text("request.header.X-User", exact=True)).to_be_visible()
        assert viewer.get_by_role("button", name=re.compile("Save|Add")).count() == 0
        assert context.request.post("/settings/mcp-servers", form={"server": TOOLS}).status == 403


def test_axe_finds_nothing_wrong(open_page: Opener, agents: Server) -> None:
    """Accessibility: nothing is wrong with the tab, an opened call, and the settings."""
    page = open_page(agents)
    page.goto("/sessions?tab=mcp&sort=start")
    rows(page).first.get_by_role("link").first.click()
    request_rows(page).nth(2).get_by_role("link").click()
    expect(page.get_by_role("heading", name="MCP call")).to_be_visible()
    assert all_wrong(page, ["/sessions?tab=mcp", page.url, "/settings/mcp-servers"]) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@SIZES
def test_pictures(open_page: Opener, agents: Server, size: tuple[int, int], scheme: str) -> None:
    """A picture of the tab, of a call, and of the settings, for people to look at."""
    page = open_page(agents, size, scheme)
    page.goto("/sessions?tab=mcp&sort=start")
    shoot(page, "mcp")
    rows(page).first.get_by_role("link").first.click()
    request_rows(page).nth(2).get_by_role("link").click()
    expect(page.get_by_role("heading", name="MCP call")).to_be_visible()
    shoot(page, "mcp-call")
    entry = settings(page, TOOLS)
    entry.get_by_label("Role").fill("request.heder.X-Role")
    entry.get_by_role("button", name="Save").click()
    expect(page.locator(".servers mark")).to_be_visible()
    shoot(page, "mcp-servers")
