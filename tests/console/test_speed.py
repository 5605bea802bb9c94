"""How fast and how light every kind of page is; the figures are printed, and kept in build/speed.txt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console.looking import TENTH, attack_link, finding_rows, opened, request_rows, row_link
from console.serving import DESK, PHONE, Opener, Server
from console.shop import of
from console.siege import FILES
from console.stopwatch import Stopwatch, Visit

FILE = Path(__file__).parents[2] / "build" / "speed.txt"
ANSWERED_MS, USABLE_MS = 150, 300
SENT_BYTES, SCRIPT_BYTES = 100_000, 40_000
NARROW = {"width": PHONE[0], "height": PHONE[1]}
WIDE = {"width": DESK[0], "height": DESK[1]}
Table = dict[str, dict[str, Visit]]
Pages = Callable[[Page], dict[str, str]]


def of_sessions(page: Page) -> dict[str, str]:
    """Pages about sessions, settings and the manual, by name."""
    page.goto(f"/sessions?{TENTH}")
    row_link(page, of("mallory")[0]).click()
    expect(opened(page)).to_be_visible()
    session = opened(page).get_by_role("link", name="Copy link").get_attribute("href") or ""
    report = opened(page).get_by_role("link", name="Report", exact=True).get_attribute("href") or ""
    compared = opened(page).get_by_role("link", name="Compare", exact=True).get_attribute("href") or ""
    request_rows(page).nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", name="Detected")).to_be_visible()
    return {"sessions": f"/sessions?{TENTH}", "all sessions": "/sessions", "dropdown": f"/sessions?{TENTH}&facet=status",
            "opened request": page.url.partition("#")[0], "session": session, "report": report, "compared": compared,
            "session parameters": "/settings/session-parameters", "tokens": "/settings/tokens",
            "manual": "/docs/first-hour", "sign in": "/sign-in"}  # fmt: skip


def of_attacks(page: Page) -> dict[str, str]:
    """Pages about attacks, by name."""
    page.goto(f"/attacks?q=host:{FILES} attack:ptrav")
    attack_link(page, f"Path traversal on {FILES}").click()
    expect(page.get_by_role("heading", name="Payloads")).to_be_visible()
    attack = page.url
    page.get_by_role("link", name="Requests", exact=True).click()
    expect(finding_rows(page).first).to_be_visible()
    return {
        "attacks": "/attacks",
        "incidents": "/incidents",
        "attack": attack,
        "requests of it": page.url,
        "ignore rules": "/settings/ignore-rules",
    }


def of_discovery(page: Page) -> dict[str, str]:
    """Pages about endpoints, by name."""
    page.goto("/discovery?q=endpoint:/v1/orders/{id}")
    page.locator("a.stretch").click()
    expect(page.get_by_role("heading", name="Protection")).to_be_visible()
    tabs = {f"its {tab}": f"{page.url.partition('?')[0]}?tab={tab}" for tab in ("parameters", "performance")}
    return {"discovery": "/discovery", "endpoint": page.url, **tabs}


def of_bots(page: Page) -> dict[str, str]:
    """Pages about bots, by name."""
    page.goto("/abuse?tab=bots&q=bot:scraping")
    page.locator(".bots tbody tr").first.get_by_role("link").click()
    expect(page.get_by_role("region", name="Evidence of a bot")).to_be_visible()
    return {"abuse": "/abuse", "bots": "/abuse?tab=bots", "evidence": page.url.partition("#")[0], "profiles": "/settings/abuse"}


KINDS: dict[str, Pages] = {"filled": of_sessions, "besieged": of_attacks, "explored": of_discovery, "robbed": of_bots}


@pytest.fixture(scope="module")
def table(request: pytest.FixtureRequest) -> Iterator[Table]:
    """What was measured, by server and page; printed and kept in the end."""
    measured: Table = {}
    yield measured
    text = "\n".join(lines(measured))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(f"{text}\n", encoding="utf-8")
    terminal = request.config.pluginmanager.get_plugin("terminalreporter")
    terminal.write_line(f"\n{text}")


def lines(table: Table) -> Iterator[str]:
    """The table for people."""
    yield f"{'page':20}{'answered':>10}{'usable':>10}{'sent':>10}{'script':>10}{'shift':>8}"
    for visits in table.values():
        for name, one in visits.items():
            times = f"{one.answered_ms:7.0f} ms{one.usable_ms:7.0f} ms"
            yield f"{name:20}{times}{one.sent_bytes / 1000:7.1f} KB{one.script_bytes / 1000:7.1f} KB{one.shift:8.4f}"


@pytest.fixture
def visits(request: pytest.FixtureRequest, open_page: Opener, table: Table) -> Table:
    """The pages of all servers, measured once."""
    for name, kinds in KINDS.items():
        if name not in table:
            server = request.getfixturevalue(name)
            table[name] = measured(open_page(server), server, kinds)
    return table


def measured(page: Page, server: Server, kinds: Pages) -> dict[str, Visit]:
    """Each page of a server, visited on a desk, and once more on a phone for what moves there."""
    addresses = kinds(page)
    watch = Stopwatch(page, server)
    on_a_desk = {name: watch.measure(address, in_time) for name, address in addresses.items()}
    page.set_viewport_size(NARROW)
    moved = {name: watch.visit(address).shift for name, address in addresses.items()}
    page.set_viewport_size(WIDE)
    watch.stop()
    return {name: one._replace(shift=max(one.shift, moved[name])) for name, one in on_a_desk.items()}


def in_time(one: Visit) -> bool:
    """Whether the server answered and the page was usable soon enough."""
    return one.answered_ms < ANSWERED_MS and one.usable_ms < USABLE_MS


def every(table: Table) -> dict[str, Visit]:
    """The pages of all servers by name."""
    return {name: one for visits in table.values() for name, one in visits.items()}


def test_pages_are_there_in_time(visits: Table) -> None:
    """Speed: every page is answered within 150 ms and usable within 300 ms."""
    assert {name: one for name, one in every(visits).items() if not in_time(one)} == {}


def test_nothing_moves_and_script_is_small(visits: Table) -> None:
    """Speed: nothing moves on a page while it arrives, wide or narrow, and its script is below 40 KB."""
    assert {name: one.shift for name, one in every(visits).items() if one.shift} == {}
    assert all(one.script_bytes < SCRIPT_BYTES for one in every(visits).values())


def test_pages_are_light(visits: Table) -> None:
    """Speed: a first visit sends less than 100 KB, pictures of data left out."""
    assert {name: one.sent_bytes for name, one in every(visits).items() if one.sent_bytes >= SENT_BYTES} == {}
