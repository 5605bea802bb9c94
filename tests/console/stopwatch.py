"""What showing a page takes, told so that a busy machine says much the same as an idle one.

Something is written to the store before each visit, so that the server has no answer left from the one before.

Of the time that passed, the time in which threads of the server or the browser stood in the queue for a processor is taken off, as
the kernel counts it. What is left is never less than what the server ran, divided among the processors, and the page's own thread
with it. Where the kernel does not tell, as on macOS, it is the time that passed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Page

from console.serving import Server

TRIES = 3
"""How often a page that takes too long is measured before it counts as slow: a neighbour may disturb some tries."""
VISITS = 3
"""Visits of which the one in the middle counts."""
PROCESSORS = os.cpu_count() or 1
MEASURE = """() => new Promise(done => {
    let shift = 0;
    const add = list => { for (const one of list) shift += one.value };
    const observer = new PerformanceObserver(list => add(list.getEntries()));
    observer.observe({type: 'layout-shift', buffered: true});
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
        add(observer.takeRecords());
        const [page] = performance.getEntriesByType('navigation'), parts = performance.getEntriesByType('resource');
        const sum = (list, size) => list.reduce((all, one) => all + one[size], 0);
        const pictures = new Blob([...document.querySelectorAll('figure svg')].map(one => one.outerHTML));
        done({
            answered: page.responseStart - page.requestStart, usable: page.domContentLoadedEventEnd, shift,
            sent: sum([page, ...parts], 'encodedBodySize'), pictures: pictures.size * page.encodedBodySize / page.decodedBodySize,
            script: sum(parts.filter(one => new URL(one.name).pathname.endsWith('.js')), 'decodedBodySize'),
        });
    })));
})"""
"""What the browser measured of the page it shows. Pictures of data are those in figures, counted as squeezed as their page is."""


class Visit(NamedTuple):
    """A first visit: until the server answered, until the page was usable, what was sent but for pictures, script, layout shift."""

    answered_ms: float
    usable_ms: float
    sent_bytes: float
    script_bytes: float
    shift: float


class Stopwatch:
    """Measures visits with a page whose browser and server keep nothing meanwhile, so that each is a first one."""

    def __init__(self, page: Page, server: Server) -> None:
        self._page, self._server, self._base = page, server.process.pid, server.base
        page.goto("/settings/tokens")
        self._csrf = page.locator("input[name=csrf]").first.input_value()
        assert page.context.browser
        self._browser = page.context.browser.new_browser_cdp_session()
        self._tab = page.context.new_cdp_session(page)
        self._tab.send("Network.enable")
        self._tab.send("Network.setCacheDisabled", {"cacheDisabled": True})
        self._tab.send("Performance.enable", {"timeDomain": "threadTicks"})

    def measure(self, address: str, in_time: Callable[[Visit], bool]) -> Visit:
        """The median of some visits, with the largest shift; visited again while it is not in time."""
        for _ in range(TRIES):
            visits = [self.visit(address) for _ in range(VISITS)]
            found = Visit(*map(median, zip(*visits, strict=True)))._replace(shift=max(one.shift for one in visits))
            if in_time(found):
                break
        return found

    def visit(self, address: str) -> Visit:
        """One visit."""
        self._write()
        processes = self._processes()
        ran, waited = _ran_ms(self._server), _waited_ms(processes)
        self._page.goto(address)
        told = self._page.evaluate(MEASURE)
        ran, waited = (_ran_ms(self._server) - ran) / PROCESSORS, _waited_ms(processes) - waited
        return Visit(
            _without_queue(told["answered"], ran, waited),
            _without_queue(told["usable"], ran + self._drawn_ms(), waited),
            told["sent"] - told["pictures"],
            told["script"],
            told["shift"],
        )

    def stop(self) -> None:
        """Let the browser keep things again, and leave the store as it was."""
        self._send("/views/remove", section="sessions", name="stopwatch")
        self._tab.detach()
        self._browser.detach()

    def _write(self) -> None:
        """Write to the store: a view that is kept over the one before of the same name, and is gone in the end."""
        self._send("/views", section="sessions", name="stopwatch", query="q=status:200")

    def _send(self, path: str, **form: str) -> None:
        answer = self._page.request.post(f"{self._base}{path}", form={**form, "csrf": self._csrf}, max_redirects=0)
        assert answer.status == 303, answer.status

    def _processes(self) -> list[int]:
        told = self._browser.send("SystemInfo.getProcessInfo")["processInfo"]
        return [self._server, *(one["id"] for one in told)]

    def _drawn_ms(self) -> float:
        """What the page's own thread ran."""
        told = self._tab.send("Performance.getMetrics")["metrics"]
        return float(next(one["value"] for one in told if one["name"] == "TaskDuration")) * 1000


def _without_queue(passed_ms: float, ran_ms: float, waited_ms: float) -> float:
    return min(passed_ms, max(ran_ms, passed_ms - waited_ms))


def _ran_ms(process: int) -> float:
    """What all threads of a process ran so far; 0 where nobody tells."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def _waited_ms(processes: list[int]) -> float:
    """How long the threads of some processes stood in the queue so far; 0 where nobody tells."""
    return sum(_waited_ns(thread) for one in processes for thread in Path(f"/proc/{one}/task").glob("*/schedstat")) / 1e6


def _waited_ns(thread: Path) -> int:
    try:
        return int(thread.read_text(encoding="utf-8").split()[1])
    except (OSError, IndexError):  # it ended meanwhile
        return 0
