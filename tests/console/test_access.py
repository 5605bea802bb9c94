"""Who gets in, and what no other page can do."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from console.looking import TENTH, opened, row_link, sums
from console.serving import Opener, Server, Watch, serve, stop
from console.shop import of

PAGES = ("/", "/sessions", f"/sessions?{TENTH}&q=status:404", f"/sessions/{'0' * 32}", "/sessions/facet?facet=status",
         "/sessions/filter?field=status&v=200", "/sessions/interval?from=2026-06-10T10:00", "/live", "/settings", "/settings/session-parameters", "/settings/tokens", "/attacks",
         "/incidents", "/attacks/x", "/incidents/x", "/attacks/facet?facet=status", "/attacks/rule?finding=x", "/settings/ignore-rules", "/abuse",
         "/abuse/facet?facet=bot", "/settings/abuse", "/settings/exceptions", "/nowhere")  # fmt: skip


@pytest.fixture
def stranger(browser: Browser, filled: Server) -> Iterator[BrowserContext]:
    """A browser that nobody signed in with."""
    context = browser.new_context(base_url=filled.ready().base)
    yield context
    context.close()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_asks_for_a_sign_in(stranger: BrowserContext, address: str) -> None:
    """Sign-in: without a session every page leads to the sign-in, which remembers where to go."""
    answer = stranger.request.get(address, max_redirects=0)
    assert answer.status == 303
    assert answer.headers["location"] == f"/sign-in?next={quote(address, safe='')}"


def test_signing_in_leads_back(stranger: BrowserContext, page: Page) -> None:
    """Sign-in: a token opens a session, and the page that was asked for is shown."""
    token = new_token(page, "viewer")
    theirs = stranger.new_page()
    theirs.goto(f"/sessions?{TENTH}&q=user:alice")
    expect(theirs).to_have_title("Sign in · apitrail")
    theirs.get_by_label("API token").fill("at_wrong")
    theirs.get_by_role("button", name="Sign in").click()
    expect(theirs.get_by_role("alert")).to_have_text("This token is not valid here.")
    theirs.get_by_label("API token").fill(token)
    theirs.get_by_role("button", name="Sign in").click()
    sums(theirs, "1 session · 10 requests")
    theirs.get_by_role("button", name="Sign out").click()
    expect(theirs).to_have_title("Sign in · apitrail")
    theirs.goto("/sessions")
    expect(theirs).to_have_title("Sign in · apitrail")


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(page: Page, stranger: BrowserContext, elsewhere: str) -> None:
    """Sign-in: only a page of this server is gone to afterwards."""
    token = new_token(page, "viewer")
    answer = stranger.request.post("/sign-in", form={"token": token, "next": elsewhere}, max_redirects=0)
    assert answer.status == 303
    assert answer.headers["location"] == "/sessions"


def test_a_link_works_once(stranger: BrowserContext, filled: Server, page: Page) -> None:
    """Sign-in: a link that was used, or never was one, is refused."""
    assert page
    for link in (filled.link, f"{filled.base}/sign-in?code=guess"):
        answer = stranger.new_page().goto(link)
        assert answer is not None
        assert answer.status == 403
    expect(stranger.pages[0].get_by_role("alert")).to_have_text(
        "This link was used before, or is too old. A server prints a new one when it starts."
    )
    assert not [cookie for cookie in stranger.cookies() if cookie["name"].startswith("apitrail_session")]


def new_token(page: Page, role: str) -> str:
    """A token made on its page."""
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill(f"a {role}")
    page.get_by_label("Role").select_option(role)
    page.get_by_role("button", name="Create token").click()
    said = page.get_by_role("status").inner_text()
    found = re.search(r"at_[\w-]{40,}", said)
    assert found, said
    return found[0]


def signed_in_as(stranger: BrowserContext, page: Page, role: str) -> Page:
    """A page of somebody with a role."""
    assert stranger.request.post("/sign-in", form={"token": new_token(page, role)}).ok
    return stranger.new_page()


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_roles(stranger: BrowserContext, page: Page, role: str) -> None:
    """Roles: who is no administrator sees sessions and no tokens; the page of tokens says why with 403."""
    theirs = signed_in_as(stranger, page, role)
    theirs.goto(f"/sessions?{TENTH}")
    sums(theirs, "5 sessions")
    expect(theirs.get_by_role("link", name="API tokens")).to_have_count(0)
    answer = theirs.goto("/settings/tokens")
    assert answer is not None
    assert answer.status == 403
    expect(theirs.get_by_role("heading", name="Forbidden")).to_be_visible()
    expect(theirs.get_by_role("alert")).to_contain_text("needs the role admin")
    assert stranger.request.post("/settings/tokens", form={"name": "x", "role": "admin"}).status == 403


def test_a_sender_sees_nothing(stranger: BrowserContext, page: Page) -> None:
    """Roles: the token of a sender opens no session."""
    answer = stranger.request.post("/sign-in", form={"token": new_token(page, "sender")})
    assert answer.status == 403


def test_tokens_are_listed_and_revoked(page: Page, stranger: BrowserContext) -> None:
    """Tokens: a new one is shown once, listed without its secret, and invalid as soon as it is revoked."""
    token = new_token(page, "viewer")
    headers = {"Authorization": f"Bearer {token}"}
    assert stranger.request.get("/api/v1/sessions", headers=headers).ok
    page.goto("/settings/tokens")
    assert token not in page.content()
    page.get_by_role("row").filter(has_text="a viewer").last.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="API tokens")).to_be_visible()
    assert stranger.request.get("/api/v1/sessions", headers=headers).status == 401


def test_a_nameless_token(page: Page) -> None:
    """Bad question: a token without a name is refused on its page."""
    page.goto("/settings/tokens")
    page.get_by_label("Name").fill("   ")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("alert")).to_contain_text("a token needs a name", ignore_case=True)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """The address of a site of somebody else, which shows the HTML that it is asked for in its fragment-free query."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE_OF_EVIL.replace("TARGET", self.path[2:]).encode())

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        thread = threading.Thread(target=site.serve_forever, daemon=True)
        thread.start()
        yield f"{site.server_port}"
        site.shutdown()


PAGE_OF_EVIL = """<form method=post action="TARGET/settings/tokens"><input name=name value=evil><input name=role value=admin>
<button>Win</button></form><form method=post action="TARGET/sign-out"><button>Out</button></form><iframe src="TARGET/sessions"></iframe>"""


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_forms_of_other_sites_are_refused(page: Page, watch: Watch, filled: Server, elsewhere: str, host: str) -> None:
    """CSRF: a form of another origin makes no token and signs nobody out, on the same host and on another."""
    watch.expected = "Framing"
    for button in ("Win", "Out"):
        page.goto(f"http://{host}:{elsewhere}/?{filled.base}")
        with page.expect_navigation():
            page.get_by_role("button", name=button).click()
        expect(page.get_by_text(re.compile("form of another site|sign in with an API token"))).to_be_visible()
    page.goto(f"{filled.base}/settings/tokens")
    expect(page.get_by_role("heading", name="API tokens")).to_be_visible()
    expect(page.get_by_text("evil")).to_have_count(0)


def test_a_form_without_its_secret_is_refused(page: Page) -> None:
    """CSRF: a form of tokens without the session's own secret is refused even from the same origin."""
    page.goto("/settings/tokens")
    page.locator("input[name=csrf]").first.evaluate("field => { field.value = 'guess' }")
    page.get_by_label("Name").fill("forged")
    page.get_by_role("button", name="Create token").click()
    expect(page.get_by_role("alert")).to_contain_text("this form is from another session", ignore_case=True)


def test_no_framing(page: Page, watch: Watch, filled: Server, elsewhere: str) -> None:
    """Headers: no other page can show the console in a frame."""
    watch.expected = "Framing"
    page.goto(f"http://127.0.0.1:{elsewhere}/?{filled.base}")
    frame = page.frames[1]
    frame.wait_for_load_state()
    assert frame.url.startswith("chrome-error:")


@pytest.mark.parametrize(
    "address", ["/sign-in", "/sessions", "/settings/tokens", "/static/app.js", "/nowhere", f"/sessions/{'0' * 32}"]
)
def test_headers(page: Page, address: str) -> None:
    """Headers: a strict content policy, no framing, no sniffing, no referrer and no cache, on every answer."""
    headers = page.request.get(address).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_nothing_inline(page: Page) -> None:
    """Headers: no page has inline script, handlers or styles, which the policy would stop."""
    for address in (
        f"/sessions?{TENTH}",
        "/settings/session-parameters?point=request.heder.x",
        "/settings/tokens",
        "/sign-in",
        f"/sessions?q={quote('no:x')}",
    ):
        page.goto(address)
        inline = page.locator("script:not([src]), style, [style]").count()
        handlers = page.evaluate(
            "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
        )
        assert (inline, handlers) == (0, [])


def test_cookies_of_others_do_not_lock_out(page: Page) -> None:
    """Sign-in: cookies of other programs on this host, of any form, do not hide the session."""
    session = next(cookie for cookie in page.context.cookies() if cookie["name"].startswith("apitrail_session"))
    odd = f'ui={{"a": "b", c}}; "x"; {session["name"]}={session["value"]}'
    answer = page.request.get("/settings/tokens", headers={"Cookie": odd}, max_redirects=0)
    assert answer.status == 200


def test_unknown_pages_are_pages(page: Page) -> None:
    """Bad question: what is not there is said in a page, not in JSON."""
    answer = page.goto("/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    expect(page.get_by_role("link", name="Back to the list of sessions")).to_be_visible()


def test_other_names_of_the_server(filled: Server, page: Page) -> None:
    """Headers: a request under a name that is not the server's is refused, so that no page can rebind to it."""
    assert page.request.get("/sign-in", headers={"Host": "rebound.example"}).status == 421


def test_stops_while_a_page_is_live(browser: Browser, tmp_path_factory: pytest.TempPathFactory, open_page: Opener) -> None:
    """A server that is told to stop does so although a live page is open."""
    server = serve(tmp_path_factory.mktemp("stopping"))
    page = open_page(server)
    page.goto("/sessions")
    with page.expect_request("**/live"):
        page.get_by_role("button", name="Live").click()
    server.process.terminate()
    assert server.process.wait(timeout=15) is not None
    stop(server)


@pytest.mark.rows("S1.4", "S1.5", "S2.4")
def test_an_opened_session_has_no_secret(sized: Page) -> None:
    """S1.4, S1.5, S2.4: the cookie that made the session is nowhere on its page, only its mask."""
    sized.goto(f"/sessions?{TENTH}")
    row_link(sized, of("alice")[0]).click()
    expect(opened(sized)).to_be_visible()
    sized.get_by_role("row").filter(has_text="/v1/items").last.get_by_role("link").first.click()
    expect(sized.get_by_text("request.cookie.PHPSESSID")).to_be_visible()
    expect(sized.get_by_text("alic…")).to_be_visible()
    assert "alice-cookie-0001" not in sized.content()
