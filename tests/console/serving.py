"""Real servers for the browser tests: `apitrail serve` in a process of its own, and who is signed in there."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, Page, StorageState

from console import inventory, siege
from console.shop import ALL, AUDITED

CHROMIUM = "/usr/bin/chromium"
CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                  "--no-first-run")  # fmt: skip
DESK, PHONE = (1440, 900), (390, 844)
BERLIN = "Europe/Berlin"
COMMAND = (sys.executable, "-c", "from apitrail.cli import main; main()")
HASTY = (
    sys.executable,
    "-c",
    "from apitrail.analyze import keeping; keeping.FIRST_SECONDS = keeping.LOOK_SECONDS = keeping.EVERY_SECONDS = 1;"
    "from apitrail.cli import main; main()",
)


@dataclass(slots=True)
class Watch:
    """What must never happen on a page, as far as it happened."""

    seen: list[str] = field(default_factory=list)
    expected: str = "nothing of this is expected"
    """What a test does expect of these, by its first word."""

    def forget(self) -> None:
        """Begin anew, for the next test."""
        self.seen.clear()
        self.expected = "nothing of this is expected"

    def unexpected(self) -> list[str]:
        """What was seen and should not be."""
        return [one for one in self.seen if not one.startswith(self.expected)]

    def over(self, page: Page) -> Page:
        """The page, watched from now on."""
        page.on("dialog", lambda dialog: (self.seen.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("pageerror", lambda error: self.seen.append(f"script error: {error}"))
        page.on("console", lambda said: self.seen.append(said.text) if "Content Security Policy" in said.text else None)
        page.on("response", lambda got: self.seen.append(f"{got.status} {got.url[:300]}") if got.status >= 500 else None)
        return page


Opener = Callable[..., Page]
"""Opens a watched page: of a server, at a size, in a colour scheme, with or without script."""


class Look(NamedTuple):
    """How somebody looks at the console: screen, colour scheme, and whether scripts run."""

    size: tuple[int, int]
    scheme: str
    script: bool


@dataclass(slots=True)
class Server:
    """A running `apitrail serve`: its address, the sign-in link that it printed, and what the browser keeps after using that."""

    process: subprocess.Popen[str]
    base: str
    link: str = ""
    state: StorageState | None = None
    pages: dict[Look, Page] = field(default_factory=dict)

    def ready(self) -> Server:
        """This server, once it has said that it listens."""
        assert self.process.stdout
        while not self.link:
            line = self.process.stdout.readline()
            assert line, "the server ended before it was ready"
            self.link = line.partition("Sign in once with: ")[2].strip()
        return self


def environment(folder: Path) -> dict[str, str]:
    """The variables a command runs with: nothing of the settings of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("APITRAIL_")}
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folders = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CACHE_HOME": cache}
    return {**kept, **folders, "APITRAIL_RETENTION_DAYS": "0"}


def play(folder: Path) -> Server:
    """Start the demo; it is ready when its week of history is there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*COMMAND, "demo", "--port", str(port), "--store", f"chdb://{folder / 'store'}"]
    process = subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, text=True)
    server = Server(process, f"http://127.0.0.1:{port}").ready()
    assert process.stdout
    assert any("A week of history" in line for line in process.stdout)
    return server


def serve(folder: Path, *, hasty: bool = False) -> Server:
    """Start a server over the store in a folder; it may not be ready yet. A `hasty` one analyses at once what is new."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*(HASTY if hasty else COMMAND), "serve", "--port", str(port), "--store", f"chdb://{folder / 'store'}"]
    process = subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, text=True)
    return Server(process, f"http://127.0.0.1:{port}")


def fill(folder: Path) -> None:
    """Read the tests' traffic into a store as anybody would: two log files, one command."""
    records, audit = folder / "traffic.ndjson", folder / "audit.log"
    records.write_text("".join(f"{hit.record()}\n" for hit in ALL if hit not in AUDITED), encoding="utf-8")
    audit.write_text("".join(f"{hit.audit()}\n" for hit in AUDITED), encoding="utf-8")
    _read(folder, len(ALL), records, audit)


def besiege(folder: Path) -> None:
    """Read the attacks of `console.siege` into a store."""
    records = folder / "siege.ndjson"
    records.write_text(siege.lines(siege.ALL), encoding="utf-8")
    _read(folder, len(siege.ALL), records)


def explore(folder: Path) -> None:
    """Read the API of `console.inventory` into a store."""
    records = folder / "books.ndjson"
    records.write_text(inventory.lines(), encoding="utf-8")
    _read(folder, len(inventory.ALL), records)


def crowd(folder: Path) -> None:
    """Fill a store with a large and a hostile inventory, and with some traffic."""
    explore(folder)
    _run(folder, "console.inventory")


def rob(folder: Path) -> None:
    """Fill a store with the bots of `console.rogues`."""
    _run(folder, "console.rogues")


def _run(folder: Path, module: str) -> None:
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", module, f"chdb://{folder / 'store'}"]
    subprocess.run(command, env=environment(folder) | path, check=True)


def _read(folder: Path, count: int, *files: Path) -> None:
    command = [*COMMAND, "ingest", *map(str, files), "--store", f"chdb://{folder / 'store'}", "--json"]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=True)
    assert f'"stored":{count}' in done.stdout, done.stdout + done.stderr


def stop(server: Server) -> None:
    """End a server."""
    server.process.terminate()
    try:
        server.process.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.communicate()


def kept_page(browser: Browser, server: Server, watch: Watch, look: Look) -> Page:
    """A page of somebody signed in who looks that way; made once, because making one takes as long as showing something on it."""
    if look not in server.pages:
        server.pages[look] = watch.over(_context(browser, server, look).new_page())
    page = server.pages[look]
    width, height = look.size
    page.set_viewport_size({"width": width, "height": height})
    return page


def _context(browser: Browser, server: Server, look: Look) -> BrowserContext:
    width, height = look.size
    context = browser.new_context(
        base_url=server.base, storage_state=signed_in(browser, server), viewport={"width": width, "height": height},
        color_scheme=look.scheme, java_script_enabled=look.script, timezone_id=BERLIN, locale="en-GB", reduced_motion="reduce",
        has_touch=look.size == PHONE, accept_downloads=True, permissions=["clipboard-read", "clipboard-write"],
    )  # fmt: skip
    context.set_default_timeout(10_000)
    return context


def leave(page: Page) -> None:
    """Close what a test opened, but for the one page that is kept of each kind."""
    for other in page.context.pages[1:]:
        other.close()
    page.context.pages[0].goto("about:blank")


def signed_in(browser: Browser, server: Server) -> StorageState:
    """The cookies of somebody who opened the server's one-time link; the browser tells its time zone on the way."""
    if server.state is None:
        context = browser.new_context(timezone_id=BERLIN, locale="en-GB")
        page = context.new_page()
        page.goto(server.ready().link)
        page.wait_for_function("document.cookie.includes('apitrail_tz=')")
        server.state = context.storage_state()
        context.close()
    return server.state
