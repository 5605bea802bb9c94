"""Live: new traffic appears without a reload."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from playwright.sync_api import Page, expect

from console.looking import is_wide
from console.serving import DESK, PHONE, Opener, Server


def send(page: Page, name: str) -> None:
    """Post one request of a new session to the API."""
    record = {"method": "GET", "url": f"https://young.example/live/{name}", "time": f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
              "headers": [["X-Api-Key", f"live-key-{name}-123"]]}  # fmt: skip
    answer = page.request.post("/api/v1/ingest", data=json.dumps(record).encode())
    assert answer.json()["stored"] == 1


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["1440", "390"])
def test_live(open_page: Opener, young: Server, size: tuple[int, int]) -> None:
    """Live: once Live is pressed, traffic sent to the API appears in list, sums and histogram, and the page is not loaded again."""
    page = open_page(young, size)
    name = f"word{size[0]}x"
    send(page, f"{name}first")
    page.goto(f"/sessions?q={name}")
    page.evaluate("window.stayed = true")
    live = page.get_by_role("button", name="Live")
    expect(live).to_have_attribute("aria-pressed", "false")
    live.click()
    expect(live).to_have_attribute("aria-pressed", "true")
    send(page, f"{name}second")
    expect(page.locator("tr.row")).to_have_count(2, timeout=15_000)
    expect(page.locator("#sums")).to_contain_text("2 sessions · 2 requests")
    assert page.evaluate("window.stayed")
    assert not is_wide(page)
    live.click()
    expect(live).to_have_attribute("aria-pressed", "false")


def test_without_live_nothing_moves(open_page: Opener, young: Server) -> None:
    """Live: the list stands still until Live is pressed, and stays live over a reload until it is pressed again."""
    page = open_page(young)
    send(page, "stillfirst")
    page.goto("/sessions?q=still")
    send(page, "stillsecond")
    expect(page.locator("#sums")).to_contain_text("1 session ·")
    page.get_by_role("button", name="Live").click()
    expect(page.locator("#sums")).to_contain_text("2 sessions ·", timeout=15_000)
    page.reload()
    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Live").click()


def test_live_pauses_and_counts_what_comes_meanwhile(open_page: Opener, young: Server) -> None:
    """Live: paused, the list stands still and the button tells how much came; going on shows it."""
    page = open_page(young)
    send(page, "pausefirst")
    page.goto("/sessions?q=pause")
    live = page.get_by_role("button", name="Live")
    live.click()
    send(page, "pausesecond")
    expect(page.locator("#sums")).to_contain_text("2 sessions ·", timeout=15_000)
    live.click()
    expect(live).to_have_attribute("aria-pressed", "false")
    send(page, "pausethird")
    send(page, "pausefourth")
    expect(live).to_have_text("Live, 2 more", timeout=15_000)
    expect(page.locator("#sums")).to_contain_text("2 sessions ·")
    live.click()
    expect(page.locator("#sums")).to_contain_text("4 sessions ·", timeout=15_000)
    expect(live).to_have_text("Live")
    live.click()


def test_live_took_ticks_and_focus_away(open_page: Opener, young: Server) -> None:
    """Live: a session that is ticked stays ticked, and the row that has the focus keeps it, when more comes."""
    page = open_page(young)
    send(page, "tickfirst")
    page.goto("/sessions?q=tick")
    page.get_by_role("checkbox").first.check()
    row = page.locator("tr.row a.stretch").first
    row.focus()
    kept = row.get_attribute("id")
    page.get_by_role("button", name="Live").evaluate("button => button.click()")
    send(page, "ticksecond")
    expect(page.locator("#sums")).to_contain_text("2 sessions ·", timeout=15_000)
    expect(page.locator("#list input:checked")).to_have_count(1)
    expect(page.locator("tr.row").filter(has=page.locator(f"[id='{kept}']")).get_by_role("checkbox")).to_be_checked()
    assert page.evaluate("document.activeElement.id") == kept
    page.get_by_role("button", name="Live").click()
