"""The page of session context parameters: list, order, form, preview, history; with scripts and without, for every role."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from console.looking import is_wide
from console.serving import DESK, PHONE, Opener, Server
from console.test_access import signed_in_as

ADDRESS = "/settings/session-parameters"
API = f"/api/v1{ADDRESS}"
SECRET = "raw-secret-of-a-client-1"
EXCHANGE = f"""GET /v1/items?token={SECRET} HTTP/1.1
Host: api.shop.example
X-User-Id: alice
Cookie: sid={SECRET}
"""
THREE = ("request.header.X-User-Id", "request.cookie.sid", "request.body.json.user.role")


@pytest.fixture(autouse=True)
def _no_parameters(page: Page) -> Iterator[None]:
    """Every test begins and ends with an empty list."""
    put(page)
    yield
    put(page)


@pytest.fixture
def stranger(browser: Browser, filled: Server) -> Iterator[BrowserContext]:
    """A browser that nobody signed in with."""
    context = browser.new_context(base_url=filled.ready().base)
    yield context
    context.close()


def put(page: Page, points: Sequence[str] = ()) -> None:
    """Put parameters in force behind the page's back."""
    answer = page.request.put(API, data=json.dumps([{"point": point} for point in points]))
    assert answer.ok, answer.text()


def kept(page: Page) -> list[str]:
    """The names of the parameters in force, in their order."""
    return [one["name"] for one in page.request.get(API).json()["parameters"]]


def rows(page: Page) -> Locator:
    """The rows of the list."""
    return page.get_by_role("list", name="Session context parameters").get_by_role("listitem")


def names(page: Page) -> list[str]:
    """The names in the list, from top to bottom."""
    return page.locator(".params > li b.name").all_inner_texts()


def opened(page: Page, *points: str, address: str = ADDRESS) -> Page:
    """The page with these parameters in force."""
    put(page, points)
    page.goto(address)
    return page


@pytest.mark.rows("S2.1")
@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_add_edit_delete(open_page: Opener, size: tuple[int, int], script: bool) -> None:
    """A parameter is added with all that it has, changed in its place, and deleted; each time the page says what was done."""
    page = opened(open_page(size=size, script=script))
    expect(page.get_by_role("heading", level=1)).to_have_text("Session context parameters")
    expect(rows(page)).to_have_text("None yet: the built-in keys apply.")
    page.get_by_label("Point").fill("request.header.x-user-id")
    page.get_by_label("Name").fill("user <b>")
    page.get_by_label("Type").select_option("user")
    page.get_by_label("Grouping key").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("Saved: added user <b> (request.header.x-user-id, user, grouping key).")).to_be_visible()
    expect(rows(page)).to_contain_text(["user <b>"])
    for said in ("request.header.x-user-id", "User", "grouping key"):
        expect(rows(page).first).to_contain_text(said)
    page.get_by_role("link", name="Edit user <b>").click()
    expect(page.get_by_label("Point")).to_have_value("request.header.x-user-id")
    page.get_by_label("Hashed").check()
    page.get_by_label("Name").fill("who")
    assert not is_wide(page)
    page.get_by_role("button", name="Save").click()
    expect(rows(page).first).to_contain_text("hashed")
    assert kept(page) == ["who"]
    page.get_by_role("button", name="Delete who").click()
    expect(rows(page)).to_have_text("None yet: the built-in keys apply.")
    assert kept(page) == []
    assert not is_wide(page)


def test_editing_is_left(page: Page) -> None:
    """Cancel leaves a form without a change, and a number that is not there leads to the list."""
    opened(page, *THREE, address=f"{ADDRESS}?edit=2#parameter")
    page.get_by_label("Name").fill("other")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("heading", name="Add a parameter")).to_be_visible()
    assert kept(page) == ["X-User-Id", "sid", "role"]
    page.goto(f"{ADDRESS}?edit=9")
    expect(page.get_by_role("heading", name="Add a parameter")).to_be_visible()


@pytest.mark.rows("S1.3")
@pytest.mark.parametrize(("size", "script"), [(DESK, True), (PHONE, False)], ids=["1440", "390 without scripts"])
def test_a_wrong_point(open_page: Opener, size: tuple[int, int], script: bool) -> None:
    """A wrong point is marked where it is wrong, at its field, and what was probably meant is taken over by one click."""
    page = opened(open_page(size=size, script=script))
    page.get_by_label("Point").fill("request.heder.X-User-Id")
    page.get_by_label("Type").select_option("user")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#point-problem")).to_contain_text("did you mean 'header'?")
    expect(page.locator("#point-problem mark")).to_have_text("heder.X-User-Id")
    expect(page.get_by_label("Point")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("link", name="Use request.header.X-User-Id").click()
    expect(page.get_by_label("Point")).to_have_value("request.header.X-User-Id")
    expect(page.get_by_label("Type")).to_have_value("user")
    expect(page.locator("#point-problem mark")).to_have_count(0)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(rows(page).first).to_contain_text("X-User-Id")


@pytest.mark.rows("S1.2")
@pytest.mark.parametrize(("size", "script"), [(DESK, True), (PHONE, False)], ids=["1440", "390 without scripts"])
def test_order_by_buttons(open_page: Opener, size: tuple[int, int], script: bool) -> None:
    """The buttons up and down change the order, also without scripts; the ends cannot go further."""
    page = opened(open_page(size=size, script=script), *THREE)
    expect(page.get_by_role("button", name="Move X-User-Id up")).to_be_disabled()
    expect(page.get_by_role("button", name="Move role down")).to_be_disabled()
    page.get_by_role("button", name="Move X-User-Id down").click()
    expect(rows(page).first).to_contain_text("sid")
    page.get_by_role("button", name="Move role up").click()
    expect(rows(page).nth(1)).to_contain_text("role")
    assert kept(page) == names(page) == ["sid", "role", "X-User-Id"]


@pytest.mark.rows("S1.2")
def test_order_by_dragging(page: Page) -> None:
    """A row dragged by its handle changes the order at once; where it is now is said."""
    opened(page, *THREE)
    page.evaluate("window.stayed = true")
    page.locator(".params .handle").nth(2).drag_to(rows(page).nth(0), target_position={"x": 200, "y": 4})
    expect(page.locator("#told")).to_have_text("role is now 1 of 3")
    assert kept(page) == names(page) == ["role", "X-User-Id", "sid"]
    page.locator(".params .handle").nth(0).drag_to(rows(page).nth(1), target_position={"x": 200, "y": 30})
    expect(page.locator("#told")).to_have_text("role is now 2 of 3")
    assert kept(page) == names(page) == ["X-User-Id", "role", "sid"]
    page.locator(".params .handle").nth(0).drag_to(page.get_by_role("heading", name="Preview"))
    assert kept(page) == names(page) == ["X-User-Id", "role", "sid"]
    assert page.evaluate("window.stayed")


@pytest.mark.rows("S1.2")
def test_order_by_keyboard(page: Page) -> None:
    """Alt and an arrow move the focused row, which keeps the focus; where it is now is said; at the end nothing happens."""
    opened(page, *THREE)
    rows(page).nth(0).focus()
    for place in (2, 3):
        page.keyboard.press("Alt+ArrowDown")
        expect(page.locator("#told")).to_have_text(f"X-User-Id is now {place} of 3")
        expect(rows(page).nth(place - 1)).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#told")).to_have_text("X-User-Id is now 2 of 3")
    assert kept(page) == names(page) == ["sid", "X-User-Id", "role"]
    expect(page.locator("#told")).to_have_attribute("aria-live", "polite")


def test_somebody_else_was_faster(page: Page) -> None:
    """A form, a button or a drag on a page that is out of date changes nothing, and says that somebody changed the list meanwhile."""
    opened(page, *THREE)
    put(page, THREE[:2])
    page.get_by_role("button", name="Move sid up").click()
    expect(page.get_by_role("alert")).to_contain_text("has changed the parameters meanwhile")
    assert kept(page) == names(page) == ["X-User-Id", "sid"]
    put(page, THREE)
    rows(page).nth(0).focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.get_by_role("alert")).to_contain_text("has changed the parameters meanwhile")
    expect(rows(page)).to_have_count(3)
    put(page, THREE[1:])
    page.get_by_label("Point").fill("client.ip")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("has changed the parameters meanwhile")
    assert kept(page) == ["sid", "role"]


@pytest.mark.parametrize(("field", "value"), [("Name", "SID"), ("Point", "request.cookie.sid")])
def test_twice(page: Page, field: str, value: str) -> None:
    """A name or a point that is there already is refused, and what was typed stays in the form."""
    opened(page, "request.cookie.sid")
    page.get_by_label("Point").fill("client.ip")
    page.get_by_label("Name").fill("address")
    page.get_by_label(field).fill(value)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("is there already")
    expect(page.get_by_label(field)).to_have_value(value)
    assert kept(page) == ["sid"]


@pytest.mark.rows("S2.1")
def test_the_21st_is_refused(page: Page) -> None:
    """With twenty parameters the form is gone and says why; a form of before that is refused clearly."""
    opened(page, *(f"request.query.p{number}" for number in range(19)))
    page.get_by_label("Point").fill("request.query.another")
    put(page, [f"request.query.p{number}" for number in range(20)])
    page.locator("#parameter [name=version]").evaluate("field => { field.value = '' }")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("at most 20 context parameters; the 21st is 'another'")
    page.goto(ADDRESS)
    expect(page.get_by_text("All 20 are in use. Delete one before you add another.")).to_be_visible()
    expect(page.get_by_role("button", name="Add", exact=True)).to_have_count(0)
    assert len(kept(page)) == 20


def preview(page: Page) -> Locator:
    """What the parameters find."""
    return page.get_by_role("region", name="What the parameters find")


@pytest.mark.rows("S1.8")
def test_the_preview_follows_the_form(sized: Page) -> None:
    """With scripts the preview shows, while one types, what the form's parameter would make of the pasted exchange; nothing is saved."""
    opened(sized)
    expect(preview(sized)).to_contain_text("20 stored requests")
    sized.get_by_label("Paste an exchange").fill(EXCHANGE)
    expect(preview(sized)).to_contain_text("request.cookie.sid")
    expect(preview(sized)).to_contain_text("built in")
    sized.get_by_label("Point").press_sequentially("request.header.X-User-Id")
    expect(preview(sized).get_by_role("row").filter(has_text="alice")).to_contain_text("plain")
    sized.get_by_label("Grouping key").check()
    expect(preview(sized)).to_contain_text("yours")
    expect(preview(sized).get_by_role("row").filter(has_text="X-User-Id")).to_contain_text("masked")
    expect(preview(sized)).not_to_contain_text("alice")
    sized.get_by_label("Hashed").check()
    expect(preview(sized).get_by_role("row").filter(has_text="X-User-Id")).to_contain_text("hashed")
    assert SECRET not in preview(sized).inner_html()
    sized.get_by_role("button", name="Use recent traffic").click()
    expect(preview(sized)).to_contain_text("20 stored requests")
    expect(sized.get_by_label("Paste an exchange")).to_have_value("")
    assert kept(sized) == []


def test_a_broken_exchange_names_its_line(page: Page) -> None:
    """What cannot be read of a pasted text is said with its line."""
    opened(page)
    page.get_by_label("Paste an exchange").fill("GET / HTTP/1.1\nHost: a\nnot a header\n")
    expect(preview(page).get_by_role("alert")).to_contain_text("line 3: here should be a header", ignore_case=True)


@pytest.mark.rows("S1.8")
def test_the_preview_without_scripts(open_page: Opener) -> None:
    """Without scripts the button shows the preview, with what was typed and pasted still there."""
    page = opened(open_page(script=False), "request.cookie.sid")
    page.get_by_label("Point").fill("request.header.X-User-Id")
    page.get_by_label("Grouping key").check()
    page.get_by_label("Paste an exchange").fill(EXCHANGE)
    page.get_by_role("button", name="Preview").click()
    expect(preview(page)).to_contain_text("yours")
    expect(preview(page).get_by_role("row").filter(has_text="X-User-Id")).to_contain_text("masked")
    assert SECRET not in preview(page).inner_html()
    expect(page.get_by_label("Point")).to_have_value("request.header.X-User-Id")
    expect(page.get_by_label("Grouping key")).to_be_checked()
    assert page.get_by_label("Paste an exchange").input_value().strip() == EXCHANGE.strip()
    page.get_by_role("link", name="Use recent traffic").click()
    expect(preview(page)).to_contain_text("20 stored requests")
    expect(page.get_by_label("Point")).to_have_value("request.header.X-User-Id")
    assert kept(page) == ["sid"]


@pytest.mark.rows("S1.8")
def test_recent_traffic_is_tried_in_memory(open_page: Opener, young: Server) -> None:
    """Exchanges that came in just now are tried with all they had, although their bodies are not stored."""
    page = open_page(young)
    record = {
        "method": "POST",
        "url": "https://young.example/login",
        "body": '{"account":"acme"}',
        "headers": {"X-Api-Key": SECRET},
    }
    assert page.request.post("/api/v1/ingest", data=json.dumps(record).encode()).json()["stored"] == 1
    page.goto(f"{ADDRESS}?point=request.body.json.account&name=account")
    expect(preview(page)).to_contain_text("recent request")
    expect(preview(page).get_by_role("row").filter(has_text="acme")).to_have_count(1)
    assert SECRET not in page.content()


def test_history(page: Page) -> None:
    """The history says who changed what and when, newest first."""
    opened(page, "request.cookie.sid")
    page.get_by_role("button", name="Delete sid").click()
    page.get_by_text(re.compile(r"^History")).click()
    rows_of = page.locator("#history tbody tr")
    expect(rows_of.nth(0)).to_contain_text("removed sid (request.cookie.sid)")
    expect(rows_of.nth(1)).to_contain_text("added sid (request.cookie.sid)")
    expect(rows_of.nth(0)).to_contain_text("sign-in link")


@pytest.mark.rows("S1.2", "S1.4")
def test_the_built_in_keys_come_after(sized: Page) -> None:
    """What comes after the own keys is listed below them."""
    opened(sized)
    sized.get_by_text("Then, built in:").click()
    expect(sized.locator(".builtin li")).to_have_count(11)
    expect(sized.locator(".builtin li").last).to_contain_text("client.ip")


def test_export(page: Page) -> None:
    """The list is exported as a TOML file."""
    opened(page, "request.cookie.sid")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as TOML").click()
    assert download.value.suggested_filename == "session-parameters.toml"
    assert (
        download.value.path().read_text() == '[[session_parameters]]\npoint = "request.cookie.sid"\nname = "sid"\ntype = "none"\n'
    )


def test_a_viewer_looks_and_an_analyst_tries(stranger: BrowserContext, page: Page) -> None:
    """A viewer sees list and history, no form and no preview; an analyst tries things out and cannot save; posts of both are refused."""
    put(page, THREE)
    for role in ("viewer", "analyst"):
        theirs = signed_in_as(stranger, page, role)
        theirs.goto(ADDRESS)
        expect(rows(theirs)).to_have_count(3)
        expect(theirs.get_by_role("button", name=re.compile("^(Add|Save|Move .*|Delete .*)$"))).to_have_count(0)
        expect(theirs.get_by_role("heading", name="Preview")).to_have_count(1 if role == "analyst" else 0)
        for path in ("", "/move", "/delete"):
            answer = theirs.request.post(ADDRESS + path, form={"point": "client.ip", "number": "1", "to": "2"})
            assert answer.status == 403, (role, path)
        assert theirs.request.post(f"{ADDRESS}/preview", form={"fragment": "1"}).status == (200 if role == "analyst" else 403)
        assert kept(page) == ["X-User-Id", "sid", "role"]
        theirs.goto(f"{ADDRESS}?edit=1")
        expect(theirs.get_by_role("button", name="Save")).to_have_count(0)


def test_a_form_without_its_secret(page: Page) -> None:
    """CSRF: a form without the session's own secret changes nothing."""
    put(page, THREE)
    for path in ("", "/move", "/delete"):
        answer = page.request.post(ADDRESS + path, form={"point": "client.ip", "number": "1", "to": "2", "csrf": "guess"})
        assert answer.status == 400
        assert "from another session" in answer.text()
    assert kept(page) == ["X-User-Id", "sid", "role"]


@pytest.mark.parametrize(("path", "form"), [("/move", {"number": "9", "to": "1"}), ("/move", {"number": "x", "to": "1"}), ("/move", {"number": "1"}),
                                            ("/delete", {}), ("/delete", {"number": "0"}), ("", {"number": "7", "point": "client.ip"})])  # fmt: skip
def test_odd_forms(page: Page, path: str, form: dict[str, str]) -> None:
    """A form with a number that is none of a parameter changes nothing and is a bad question."""
    opened(page, "request.cookie.sid")
    csrf = page.locator("#parameter [name=csrf]").input_value()
    assert page.request.post(ADDRESS + path, form={"csrf": csrf, **form}).status == 400
    assert kept(page) == ["sid"]


def test_settings_are_found(page: Page) -> None:
    """The settings have one link in the navigation and tabs among themselves."""
    page.goto("/sessions")
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Session context parameters")
    tabs = page.get_by_role("navigation", name="Settings")
    tabs.get_by_role("link", name="API tokens").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("API tokens")
    expect(tabs.get_by_role("link", name="API tokens")).to_have_attribute("aria-current", "page")
