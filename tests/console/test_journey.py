"""The journey of somebody who names the users of an API: from a HAR file to sessions by user and role (S1.7, S2.3)."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from console.looking import opened, request_rows, sums
from console.serving import COMMAND, DESK, PHONE, Opener, Server, Watch, environment, serve, signed_in, stop

PEOPLE = (("ann", "admin"), ("bob", "clerk"), ("cleo", "clerk"))
SETTINGS = "/api/v1/settings/session-parameters"
TOKEN_POINTS = ("response.body.json.token", "request.body.json.token", "request.query.token")
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def entry(number: int) -> dict[str, Any]:
    """One entry of the recording: a gateway behind the office's one address says who it was."""
    user, role = PEOPLE[number % 3]
    headers = {"Host": "api.shop.example", "User-Agent": AGENT, "X-User-Id": user, "X-User-Role": role}
    return {
        "startedDateTime": f"2026-06-10T08:{number:02d}:00.000Z",
        "time": 20 + number,
        "clientIPAddress": "192.0.2.7",
        "request": {
            "method": "GET",
            "url": f"https://api.shop.example/v1/orders/{1000 + number}",
            "httpVersion": "HTTP/1.1",
            "headers": [{"name": name, "value": value} for name, value in headers.items()],
        },
        "response": {"status": 200, "headers": [], "content": {"size": 120, "mimeType": "application/json", "text": "{}"}},
    }


def ingest(folder: Path, file: Path, *options: str) -> None:
    """Read the recording into a store of its own."""
    command = [*COMMAND, "ingest", str(file), "--store", f"chdb://{folder / 'store'}", "--json", *options]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=True)
    assert '"stored":30' in done.stdout, done.stdout + done.stderr


def visiting(browser: Browser, server: Server) -> BrowserContext:
    """A browser that is signed in there."""
    server.ready()
    return browser.new_context(base_url=server.base, storage_state=signed_in(browser, server), accept_downloads=True)


def accept_all(page: Page, to: Path, *sizes: tuple[int, int]) -> None:
    """Take the recommendations, and the configuration file that says so."""
    page.get_by_role("link", name="Settings").click()
    advice = page.get_by_role("region", name="Recommendations")
    expect(advice.get_by_role("listitem")).to_have_count(2)
    expect(advice).to_contain_text("request.header.X-User-Id")
    expect(advice.get_by_role("listitem").first).to_contain_text("become 3")
    for width, height in sizes:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    advice.get_by_role("button", name="Accept all 2").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_contain_text("added X-User-Id")
    expect(page.get_by_role("region", name="Recommendations")).to_contain_text("Nothing to recommend")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as TOML").click()
    download.value.save_as(to)


@pytest.mark.rows("S1.7", "S2.3")
def test_from_a_recording_to_sessions_by_user(browser: Browser, tmp_path: Path, watching: Watch) -> None:
    """By address and browser all are one session; with the recommendations accepted, a new store has one for each user, with a role."""
    recording, config = tmp_path / "office.har", tmp_path / "apitrail.toml"
    recording.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry(number) for number in range(30)]}}))
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()

    ingest(before, recording)
    server = serve(before)
    with visiting(browser, server) as context:
        page = watching.over(context.new_page())
        page.goto("/sessions")
        expect(page.locator("#sums")).to_contain_text("1 session")
        expect(page.get_by_role("cell", name="unknown")).to_be_visible()
        accept_all(page, config, DESK, PHONE)
    stop(server)

    ingest(after, recording, "--config", str(config))
    server = serve(after)
    with visiting(browser, server) as context:
        page = watching.over(context.new_page())
        page.goto("/sessions")
        expect(page.locator("#sums")).to_contain_text("3 sessions")
        for user, role in PEOPLE:
            expect(page.get_by_role("cell", name=f"{user} {role}")).to_be_visible()
        page.goto("/sessions?q=role:clerk")
        expect(page.locator("#sums")).to_contain_text("2 sessions")
        page.goto("/sessions?q=user:bob")
        page.locator("tbody .row a").first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV").click()
        download.value.save_as(tmp_path / "bob.csv")
    stop(server)

    rows = list(csv.DictReader((tmp_path / "bob.csv").read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 10
    assert {(row["user"], row["role"], row["context.X-User-Id"], row["session_key"]) for row in rows} == {
        ("bob", "clerk", "bob", "request.header.X-User-Id")
    }


@pytest.fixture
def told(open_page: Opener, young: Server, size: tuple[int, int]) -> Iterator[Page]:
    """A page of a server that looks for a token in three places, keeps who it was, and hashes the account."""
    page = open_page(young, size)
    places: list[dict[str, object]] = [{"point": point, "name": point, "grouping": True} for point in TOKEN_POINTS]
    who = [{"point": "request.header.X-User-Id", "type": "user"}, {"point": "request.header.X-Account", "hashed": True}]
    assert page.request.put(SETTINGS, data=json.dumps([*places, *who])).ok
    yield page
    assert page.request.put(SETTINGS, data="[]").ok


def with_token(page: Page, host: str, token: str) -> None:
    """A token is given out in an answer, then sent in a body, then in a query, each time from elsewhere."""
    whole = json.dumps({"token": token})
    steps = (
        {"method": "POST", "url": "/log-in", "response_body": whole, "response_headers": {"Content-Type": "application/json"}},
        {"method": "POST", "url": "/orders", "body": whole, "headers": {"Content-Type": "application/json", "X-User-Id": "ann"}},
        {"method": "GET", "url": f"/orders?token={token}", "headers": {"X-User-Id": "bob"}},
    )
    for number, step in enumerate(steps):
        headers = {**step.get("headers", {}), "Host": host, "X-Account": f"account-of-{host}", "User-Agent": f"program/{number}"}  # type: ignore[dict-item]
        record = {"id": f"{host} {number}", "client_ip": f"192.0.2.{number}", "status": 200, **step, "headers": headers}
        assert page.request.post("/api/v1/ingest", data=json.dumps(record).encode()).json()["stored"] == 1


@pytest.mark.rows("S1.1", "S1.3", "S2.2", "S2.3")
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_a_token_is_one_session_wherever_it_stands(told: Page, size: tuple[int, int]) -> None:
    """S1.1, S1.3, S2.2, S2.3: of an answer, a body and a query it is one session with both its users; it is masked, the account hashed."""
    host = f"token-{size[0]}.example"
    token = f"raw-secret-for-{host}"
    with_token(told, host, token)
    told.goto(f"/sessions?q=host:{host} user:bob")
    sums(told, "1 session · 3 requests")
    expect(told.get_by_role("cell", name="ann +1")).to_be_visible()
    told.locator("tbody .row a").first.click()
    for user in ("ann", "bob"):
        expect(opened(told).get_by_role("link", name=user, exact=True)).to_be_visible()
    hashes = set()
    for number, point in enumerate(TOKEN_POINTS):
        request_rows(told).nth(number).get_by_role("link").first.click()
        card = told.locator("section").filter(has=told.get_by_role("heading", name="Session parameters")).last
        expect(card).to_contain_text(point)
        hashes.add(card.locator("dt:text-is('X-Account') + dd").inner_text())
        assert token not in told.content()
        assert f"account-of-{host}" not in told.content()
    assert len(hashes) == 1
