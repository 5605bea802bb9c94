"""The settings of specifications: uploaded, judged, enforced, removed, with scripts and without (D6, A1.3)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from console.looking import is_wide
from console.serving import DESK, PHONE, Opener, Server, serve, stop
from console.test_axe import all_wrong
from console.test_screenshots import shoot
from documents_of_apis import REAL, document, operation

ADDRESS = "/settings/specifications"
ITEMS = {"/items": {"get": operation(summary="All items", operationId="items")}}
HOSTILE = "<script>window.ran=1</script>"
SIZES = pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])


@pytest.fixture(scope="module")
def specified(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server without specifications at first."""
    server = serve(tmp_path_factory.mktemp("specified"))
    yield server
    stop(server)


@pytest.fixture(params=[(DESK, True), (PHONE, True), (DESK, False)], ids=["1440", "390", "without scripts"])
def plain(request: pytest.FixtureRequest, open_page: Opener, specified: Server) -> Page:
    """A page of that server: as wide as a desk, as a phone, and without scripts; nothing is kept from before."""
    size, script = request.param
    page: Page = open_page(specified, size, script=script)
    clear(page)
    return page


def clear(page: Page) -> None:
    """Remove every specification."""
    for one in page.request.get("/api/v1/specifications").json()["items"]:
        page.request.delete(f"/api/v1/specifications/{one['name']}")


def file(name: str, paths: Any, **members: Any) -> FilePayload:
    """A document as a file of somebody's computer."""
    return {"name": name, "mimeType": "application/json", "buffer": json.dumps(document(paths, **members)).encode()}


def send(page: Page, payload: FilePayload, **fields: str) -> None:
    """Fill the form in and send it."""
    page.goto(ADDRESS)
    form = page.get_by_role("form", name="Upload a specification")
    form.get_by_label("Document").set_input_files(payload)
    for label, text in fields.items():
        form.get_by_label(label).fill(text)
    form.get_by_role("button", name="Upload").click()


@pytest.mark.rows("D6")
def test_from_upload_to_removal(plain: Page) -> None:
    """D6: a document is uploaded, opens with what was read, gets a version, is enforced, put in another scope, and removed."""
    page = plain
    send(page, file("shop.json", ITEMS, servers=[{"url": "https://api.shop.example/v1"}]))
    expect(page.get_by_role("heading", level=1)).to_have_text("shop")
    expect(page.get_by_role("status")).to_contain_text("Version 1 is in force: 1 operation read.")
    expect(page.get_by_text("For api.shop.example, as its servers say.")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="All items")).to_contain_text("GET /v1/items")
    expect(page.get_by_role("row").filter(has_text="All items")).to_contain_text("never called")
    assert not is_wide(page)
    send(page, file("new.json", {}), Name="shop", Hosts="a.example, *.b.example")
    expect(page.get_by_role("status")).to_contain_text("Version 2 is in force: 0 operations read.")
    expect(page.get_by_role("row").filter(has_text="earlier")).to_contain_text("shop.json")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download version 1").click()
    assert json.loads(download.value.path().read_text())["paths"] == ITEMS
    page.get_by_role("button", name="Enforce").click()
    expect(page.get_by_text("New requests are judged by it.")).to_be_visible()
    scope = page.get_by_role("form", name="Scope")
    expect(scope.get_by_label("Hosts")).to_have_value("a.example, *.b.example")
    scope.get_by_label("Hosts").fill("https://a.example")
    scope.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Try a.example")
    expect(scope.get_by_label("Hosts")).to_have_value("https://a.example")
    scope.get_by_label("Hosts").fill("*")
    scope.get_by_role("button", name="Save").click()
    expect(page.get_by_text("For every host.")).to_be_visible()
    page.goto(ADDRESS)
    row = page.get_by_role("row").filter(has_text="shop")
    expect(row).to_contain_text("every host")
    row.get_by_role("button", name="Stop enforcing shop").click()
    page.goto(ADDRESS)
    expect(row.get_by_role("button", name="Enforce shop")).to_be_visible()
    assert not is_wide(page)
    row.get_by_role("link", name="shop", exact=True).click()
    expect(page.get_by_role("button", name="Remove for good")).not_to_be_visible()
    page.get_by_text("Remove this specification").click()
    page.get_by_role("button", name="Remove for good").click()
    expect(page.get_by_role("status")).to_have_text("Removed: shop.")
    expect(page.get_by_role("heading", name="Upload the first one")).to_be_visible()


def test_problems(plain: Page) -> None:
    """What is wrong with a document is told with its place; one that cannot be read is refused, and what was typed stays."""
    page = plain
    twice = {path: {"get": operation(operationId="same")} for path in ("/a", "/b")}
    send(page, file("odd.json", twice))
    expect(page.get_by_role("status")).to_contain_text("1 problem found")
    expect(page.locator(".problems li")).to_contain_text("same")
    page.goto(ADDRESS)
    expect(page.get_by_role("link", name="1 problem")).to_have_attribute("href", f"{ADDRESS}/odd#problems")
    send(page, file("broken.json", {"/a": {"get": 1}}), Name="Mine", Hosts="a.example")
    expect(page.get_by_role("alert")).to_contain_text("#/paths/~1a/get")
    expect(page.get_by_label("Name")).to_have_value("Mine")
    assert not is_wide(page)
    send(page, {"name": "odd.json", "mimeType": "application/json", "buffer": b"{"})
    said = page.get_by_role("alert").locator("p").first
    expect(said).to_contain_text(re.compile("^odd.json"))
    assert said.evaluate("one => getComputedStyle(one, '::first-letter').textTransform") == "none"
    send(page, {"name": "empty.json", "mimeType": "application/json", "buffer": b""})
    expect(page.get_by_role("alert")).to_contain_text("choose a file that is not empty")


@pytest.mark.rows("D6")
def test_real_documents(open_page: Opener, specified: Server) -> None:
    """D6: real documents, YAML too, are read; their operations are listed."""
    page = open_page(specified)
    clear(page)
    for path in sorted(path for path in REAL.iterdir() if path.suffix != ".md"):
        page.goto(ADDRESS)
        page.get_by_label("Document").set_input_files(path)
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(path.stem)
        assert page.locator(".operations tbody tr").count() > 0
    assert all_wrong(page, [page.url, ADDRESS]) == []


def test_hostile_documents(plain: Page) -> None:
    """Hostile: markup in names, titles, paths and summaries is shown as text; a file that is too large, or no form, is refused."""
    page = plain
    paths = {f"/{HOSTILE.replace('/', '')}": {"get": operation(summary=HOSTILE)}, f"/{'x' * 900}": {"get": operation()}}
    send(page, file("h.json", paths, info={"title": HOSTILE * 5, "version": HOSTILE}), Name=HOSTILE.replace("/", ""))
    expect(page.get_by_role("row").filter(has_text=HOSTILE).last).to_be_visible()
    assert not is_wide(page)
    page.goto(ADDRESS)
    expect(page.get_by_role("link", name="<script>").first).to_be_visible()
    assert not is_wide(page)
    assert page.evaluate("window.ran") is None
    clear(page)
    page.goto(ADDRESS)
    csrf = page.locator("[name=csrf]").first.get_attribute("value") or ""
    large: FilePayload = {"name": "l.json", "mimeType": "application/json", "buffer": b" " * 11_100_000}
    assert page.request.post(ADDRESS, multipart={"csrf": csrf, "document": large}).status == 413
    assert page.request.post(ADDRESS, form={"csrf": csrf}).status == 400
    assert page.request.post(ADDRESS, headers={"content-type": "multipart/form-data"}, data="x").status == 400
    assert page.request.get("/api/v1/specifications").json()["items"] == []


def test_only_administrators_change(open_page: Opener, specified: Server, browser: Browser) -> None:
    """A viewer sees specifications and cannot change them; a form of another session is refused."""
    page = open_page(specified)
    clear(page)
    send(page, file("shop.json", ITEMS))
    other = {"csrf": "of-another", "document": file("x.json", ITEMS)}
    assert page.request.post(ADDRESS, multipart=other).status == 400
    assert page.request.post(f"{ADDRESS}/shop", form={"csrf": "of-another", "act": "remove"}).status == 400
    token = page.request.post("/api/v1/tokens", data=json.dumps({"name": "viewer", "role": "viewer"})).json()["token"]
    with browser.new_context(base_url=specified.base) as context:
        viewer = context.new_page()
        context.request.post("/sign-in", form={"token": token})
        viewer.goto(ADDRESS)
        viewer.get_by_role("link", name="shop", exact=True).click()
        expect(viewer.get_by_role("heading", name="Operations")).to_be_visible()
        assert viewer.locator("main").get_by_role("button").count() == 0
        assert context.request.post(f"{ADDRESS}/shop", form={"act": "enforce"}).status == 403
        assert context.request.post(ADDRESS, multipart={"document": file("x.json", ITEMS)}).status == 403


@pytest.mark.parametrize("scheme", ["light", "dark"])
@SIZES
def test_pictures(open_page: Opener, specified: Server, size: tuple[int, int], scheme: str) -> None:
    """A picture of the list, of a specification, and of a refusal; controls have names, no level of headings is left out."""
    page = open_page(specified, size, scheme)
    clear(page)
    page.goto(ADDRESS)
    shoot(page, "specifications-none")
    twice = {path: {"get": operation(operationId="same", deprecated=path == "/b")} for path in ("/a", "/b")}
    for name, sent, hosts in (
        ("legacy", document(twice), ["old.example"]),
        ("shop", document(ITEMS), ["*.shop.example", "shop.example"]),
    ):
        page.request.post(
            "/api/v1/specifications",
            data=json.dumps({"name": name, "document": sent, "hosts": hosts, "enforced": name == "shop"}),
        )
    petstore = (REAL / "petstore-openapi.yaml").read_bytes()
    page.request.post("/api/v1/specifications?name=petstore", data=petstore)
    for name, address in (
        ("specifications", ADDRESS),
        ("specification", f"{ADDRESS}/legacy"),
        ("specification-real", f"{ADDRESS}/petstore"),
    ):
        page.goto(address)
        shoot(page, name)
    send(page, file("broken.json", {"/a": {"get": 1}}), Name="Mine")
    shoot(page, "specifications-refused")
