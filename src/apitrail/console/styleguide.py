"""The style guide: what the console is made of, shown by the parts themselves with made-up figures."""

from __future__ import annotations

import time

from fastapi import APIRouter
from starlette.responses import Response

from apitrail.console import charts, path_chart
from apitrail.console.asking import TheClock, ThePerson
from apitrail.console.links import View
from apitrail.console.templating import page
from apitrail.errors import BadQuestion
from apitrail.explore.histogram import MINUTE, Bar, Histogram
from apitrail.explore.paths import Move, Path, Stop
from apitrail.explore.pulses import Pulse
from apitrail.query.interval import iso
from apitrail.query.tree import Interval

ADDRESS = "/styleguide"
TOKENS = (
    ("bg", "ground"), ("panel", "what lies on it"), ("sunk", "what lies deeper"), ("line", "lines"), ("ink", "text"),
    ("soft", "text beside"), ("faint", "labels"), ("accent", "links and what is chosen"), ("ok", "answered"),
    ("warn", "odd: 4xx, slow"), ("bad", "harm: attacks, 5xx"), ("okbg", "ground of good"), ("warnbg", "ground of odd"),
    ("badbg", "ground of harm"), ("bar", "bars behind numbers"),
)  # fmt: skip
"""The colour tokens of the style sheet, with what each is for."""
_HEIGHTS = (3, 5, 4, 8, 13, 9, 6, 4, 2, 0, 0, 1, 4, 7, 12, 18, 11, 6, 3, 2)
_HARM = 15
"""The bar of the example that has attacks."""

router = APIRouter(include_in_schema=False)


@router.get(ADDRESS)
def show(clock: TheClock, person: ThePerson) -> Response:
    """Every token and every part on one page."""
    bars = [Bar(at * MINUTE, n, n // 3 if at == _HARM else 0) for at, n in enumerate(_HEIGHTS)]
    drawn = charts.histogram(
        Histogram(0, len(bars) * MINUTE, MINUTE, bars), lambda _low, _high: "#g-pictures", clock, within=Interval()
    )
    stops = [Stop("", "GET", "/products", 5, 0), Stop("", "POST", "/cart", 2, 0), Stop("", "POST", "/orders", 2, 1)]
    walked = Path(stops, [Move(0, 1, 2), Move(1, 0, 1), Move(1, 2, 1), Move(0, 0, 2), Move(2, 2, 1)], 0, 9)
    return page(
        "styleguide.html",
        person,
        clock,
        title="Style guide",
        tokens=TOKENS,
        now=iso(time.time_ns() // 1000),
        problem=BadQuestion("there is no field 'hots'; did you mean 'host'?", position=11, suggestion="host"),
        text="status:200 hots:x",
        histogram=drawn,
        meters=[("200 OK", 0.86, "ok"), ("404 Not Found", 0.12, "warn"), ("500 Internal Server Error", 0.05, "bad")],
        pulse=Pulse(list(_HEIGHTS), [bar.attacks for bar in bars]),
        path=path_chart.content(walked, View(), unusual=[(1, 2)]),
    )
