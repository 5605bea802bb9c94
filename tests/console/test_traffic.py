"""A file that is chosen or dropped in the console goes into the store, with progress, and what is wrong in it is told."""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect

from console.looking import is_wide, sums
from console.serving import DESK, Opener, Server
from traffic import NOON, combined

DROP = """async ({name, text}) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    const target = document.querySelector('main');
    for (const kind of ['dragenter', 'dragover', 'drop'])
        target.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: data}));
}"""


def log(host: str, *, first: int = 0, broken: int = 0) -> str:
    """A log of three requests of a day, with lines that are none."""
    lines = [combined(first + n, NOON + n * 1_000_000, path=f"/{host}/items", ip="203.0.113.200") for n in range(3)]
    return "".join(f"{line}\n" for line in [*lines, *(f"no line of a log {n}" for n in range(broken))])


def test_a_chosen_file_is_read(open_page: Opener, young: Server, tmp_path: Path) -> None:
    """The page says how many requests are stored and from which format, lists lines kept aside, and leads to the sessions."""
    page = open_page(young)
    path = tmp_path / "access <b>log.txt"
    path.write_text(log("chosen", broken=2), encoding="utf-8")
    page.goto("/settings/traffic")
    page.get_by_label("File with traffic").set_input_files(path)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("status")).to_contain_text("3 requests stored")
    expect(page.get_by_role("status")).to_contain_text("2 kept aside")
    expect(page.get_by_role("heading", name="access <b>log.txt")).to_be_visible()
    expect(page.get_by_role("row").nth(1)).to_contain_text("4")
    page.get_by_role("link", name="Another file").click()
    expect(page.get_by_role("row", name="access <b>log.txt")).to_contain_text("3 stored, 2 kept aside")
    page.goto("/sessions?q=path:/chosen/*")
    sums(page, "1 session · 3 requests")


def test_a_dropped_file_is_read(open_page: Opener, young: Server) -> None:
    """A file that is dropped anywhere on the page is sent at once; the same file again stores nothing twice."""
    page = open_page(young)
    for stored in ("3 requests stored", "0 requests stored"):
        page.goto("/settings/traffic")
        page.wait_for_load_state()
        page.evaluate(DROP, {"name": "dropped.log", "text": log("dropped")})
        expect(page.get_by_role("status")).to_contain_text(stored)
    expect(page.get_by_role("status")).to_contain_text("3 were known before")


def test_without_scripts_the_form_sends_the_file(open_page: Opener, young: Server, tmp_path: Path) -> None:
    """A file of any name goes in without scripts too, and the page asks again by itself until it is read."""
    page = open_page(young, script=False)
    path = tmp_path / f"...{'ü' * 90}"
    path.write_text(log("plain"), encoding="utf-8")
    page.goto("/settings/traffic")
    page.get_by_label("File with traffic").set_input_files(path)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("status")).to_contain_text("3 requests stored")


def test_what_is_no_traffic_is_told(open_page: Opener, young: Server, tmp_path: Path) -> None:
    """A file of which nothing can be read says so, and stores nothing."""
    page = open_page(young)
    path = tmp_path / "picture.bin"
    path.write_bytes(bytes(range(256)) * 40)
    page.goto("/settings/traffic")
    page.get_by_label("File with traffic").set_input_files(path)
    page.get_by_role("button", name="Read it").click()
    expect(page.get_by_role("alert")).to_contain_text("format")


def test_the_empty_console_shows_how_to_begin(open_page: Opener, empty: Server) -> None:
    """An empty store shows where to drop a file, the commands, and the words."""
    page = open_page(empty)
    page.goto("/sessions")
    expect(page.get_by_text("Drop a file here")).to_be_visible()
    expect(page.get_by_label("File with traffic")).to_be_visible()
    expect(page.get_by_role("link", name="what the words mean")).to_be_visible()
    assert not is_wide(page)


def test_only_who_may_change_things_adds_traffic(open_page: Opener, young: Server) -> None:
    """A viewer sees no form, and cannot send one."""
    page = open_page(young, DESK)
    made = page.request.post("/api/v1/tokens", data=json.dumps({"name": "looks on", "role": "viewer"}))
    secret = made.json()["token"]
    answer = page.request.get("/settings/traffic", headers={"Authorization": f"Bearer {secret}", "Cookie": ""})
    assert answer.status == 403
