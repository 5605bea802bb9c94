"""Pictures as SVG made from data: every bar is a link with a title, and the browser needs no script to draw them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from markupsafe import Markup

from apitrail.console.words import Clock, outcome, plural
from apitrail.explore.answers import Request
from apitrail.explore.discovery.distribution import Bucket, Distribution
from apitrail.explore.histogram import Bar, Histogram
from apitrail.explore.pulses import Pulse
from apitrail.query.sql import DAY
from apitrail.query.tree import Interval

WIDTH, HEIGHT = 1200, 72
LINE_HEIGHT = 56
Link = Callable[[int, int], str]
MARKS = 600
"""A session with more requests than this is drawn in steps."""


def histogram(
    data: Histogram, link: Link, clock: Clock, *, within: Interval, words: tuple[str, str] = ("request", "attack")
) -> Markup:
    """Requests, and the attacks among them, over time; `words` name both.

    `link` gives the address of an interval in microseconds, none of them leaves `within`.
    """
    if not data.bars:
        return Markup("")
    most = max(bar.requests for bar in data.bars) or 1
    width = WIDTH / len(data.bars)
    spans = (_clipped(bar.start, bar.start + data.step, within) for bar in data.bars)
    bars = Markup("").join(
        _bar(bar, at * width, width, most, span, link, _said(bar, clock, words))
        for at, (bar, span) in enumerate(zip(data.bars, spans, strict=True))
    )
    total = sum(bar.requests for bar in data.bars)
    span = f"from {clock.minute(data.start)} to {clock.minute(data.end)}"
    label = f"{plural(total, words[0])} {span}, in steps of {step_name(data.step)}"
    return Markup(
        '<svg class="histogram" viewBox="0 0 {} {}" preserveAspectRatio="none" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, label, bars)


def _clipped(low: int, high: int, within: Interval) -> tuple[int, int]:
    """An interval without what lies outside another; the first and the last bar often begin or end outside."""
    return max(low, within.start or low), min(high, within.end or high)


def _bar(bar: Bar, x: float, width: float, most: int, span: tuple[int, int], link: Link, words: str) -> Markup:
    tall = _height(bar.requests, most)
    bad = min(tall, max(_height(bar.attacks, most), 2.0 if bar.attacks else 0))
    return Markup(
        '<a href="{}"{} data-from="{}" data-to="{}" aria-label="{}"><title>{}</title>'
        '<rect class="hit" x="{:.1f}" width="{:.1f}" height="{}"/>'
        '<rect class="all" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>{}</a>'
    ).format(
        link(*span), Markup("") if bar.requests else _UNREACHED, *span, words, words, x, width, HEIGHT,
        x + width * 0.1, HEIGHT - tall, width * 0.8, tall, _attacks(x, width, bad),
    )  # fmt: skip


def _said(bar: Bar, clock: Clock, words: tuple[str, str]) -> str:
    """What a bar says when it is pointed at; the second word is plural as it is when it is no noun."""
    bad = f"{bar.attacks:,} {words[1]}" if " " in words[1] else plural(bar.attacks, words[1])
    return f"{clock.minute(bar.start)}: {plural(bar.requests, words[0])}" + (f", {bad}" if bar.attacks else "")


_UNREACHED = Markup(' tabindex="-1"')
"""An empty bar can be clicked, but the keyboard passes it by."""


def _attacks(x: float, width: float, bad: float) -> Markup:
    if not bad:
        return Markup("")
    return Markup('<rect class="bad" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        x + width * 0.1, HEIGHT - bad, width * 0.8, bad
    )


def _height(count: int, most: int) -> float:
    return max(2.0, HEIGHT * count / most) if count else 0.0


def step_name(step: int) -> str:
    """The width of a bar in words."""
    seconds = step // 1_000_000
    for unit, word in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % unit == 0:
            return plural(seconds // unit, word)
    return plural(seconds, "second")


MONTHS = 300 * DAY
"""A time beyond which a day without its year says too little."""


def ticks(data: Histogram, clock: Clock, count: int = 5) -> list[str]:
    """Labels under a histogram, from its start to its end."""
    if not data.bars:
        return []
    span = data.end - data.start
    marks = [data.start + span * at // (count - 1) for at in range(count)]
    form = "%H:%M" if span <= DAY else "%-d %b %H:%M" if span <= MONTHS else "%-d %b %Y"
    return [f"{clock.micro(mark):{form}}" for mark in marks]


def timeline(requests: Sequence[Request], link: Callable[[str], str], clock: Clock) -> Markup:
    """One mark a request: time across, height by duration, colour by outcome; gaps stay visible."""
    if len(requests) < 2:
        return Markup("")
    times = [clock.at(request.time).timestamp() for request in requests]
    low, span = times[0], (times[-1] - times[0]) or 1.0
    tallest = max((request.duration_ms or 0 for request in requests), default=0) or 1
    marks = Markup("").join(_marks(requests, times, low, span, tallest, link, clock))
    label = f"{plural(len(requests), 'request')} over time"
    return Markup(
        '<svg class="timeline" viewBox="0 0 {} {}" preserveAspectRatio="none" role="group" aria-label="{}">{}</svg>'
    ).format(WIDTH, LINE_HEIGHT, label, marks)


def _marks(
    requests: Sequence[Request], times: Sequence[float], low: float, span: float, tallest: float,
    link: Callable[[str], str], clock: Clock,
) -> Iterator[Markup]:  # fmt: skip
    width = max(2.0, min(10.0, WIDTH / len(requests) * 0.6))
    for request, at in zip(requests, times, strict=True):
        x = (at - low) / span * (WIDTH - width)
        tall = 12 + (LINE_HEIGHT - 14) * ((request.duration_ms or 0) / tallest) ** 0.5
        kind = "bad" if request.attacks else outcome(request.status)
        words = f"{clock.time(request.time)} {request.method} {request.endpoint} {request.status}"
        yield Markup(
            '<a href="{}"><title>{}</title><rect class="t-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></a>'
        ).format(link(request.request_id), words, kind, x, LINE_HEIGHT - tall, width, tall)


def distribution(
    data: Distribution, said: Callable[[float], str], *, marked: float | None = None,
    link: Callable[[float, float], str] | None = None,
) -> Markup:  # fmt: skip
    """Requests by time or size, in steps that grow by a factor, with lines at the median, the 95th percentile and a marked value.

    `said` puts a value into words; `link` gives the address of the requests between two values, None when bars lead nowhere.
    """
    if not data.buckets:
        return Markup("")
    lines = [("median", "median", data.median), ("p95", "95th percentile", data.p95), ("here", "this request", marked)]
    known = [(kind, f"{title} {said(value)}", value) for kind, title, value in lines if value is not None]
    place = places(data, marked)
    most = max(bucket.requests for bucket in data.buckets)
    bars = Markup("").join(_bucket(bucket, place, most, said, link) for bucket in data.buckets if bucket.requests)
    marks = Markup("").join(_line(kind, title, place(value)) for kind, title, value in reversed(known))
    label = ", ".join((f"{plural(data.requests, 'request')} from {said(data.buckets[0].low)} to {said(data.buckets[-1].high)}",
                       *(title for _, title, _ in known)))  # fmt: skip
    return Markup(
        '<svg class="distribution" viewBox="0 0 {} {}" preserveAspectRatio="none" role="group" aria-label="{}">{}{}</svg>'
    ).format(WIDTH, HEIGHT, label, bars, marks)


def places(data: Distribution, marked: float | None) -> Callable[[float], float]:
    """Where values stand across, by their logarithm; what is smaller than all buckets stands at the left edge."""
    least, most = reach(data, marked)
    low = math.log2(least)
    span = math.log2(most) - low
    return lambda value: (math.log2(max(value, least)) - low) / span * WIDTH


def reach(data: Distribution, marked: float | None) -> tuple[float, float]:
    """The values at the edges of a picture: those of its buckets, and further up what is marked in it."""
    known = (value for value in (data.median, data.p95, marked) if value is not None)
    return data.buckets[0].low, max([data.buckets[-1].high, *known])


def _bucket(
    bucket: Bucket, place: Callable[[float], float], most: int, said: Callable[[float], str],
    link: Callable[[float, float], str] | None,
) -> Markup:  # fmt: skip
    left, right, tall = place(bucket.low), place(bucket.high), _height(bucket.requests, most)
    words = f"{said(bucket.low)} to {said(bucket.high)}: {plural(bucket.requests, 'request')}"
    width = (right - left) * 0.9
    drawn = Markup('<title>{}</title><rect class="hit" x="{:.1f}" width="{:.1f}" height="{}"/>').format(
        words, left, width, HEIGHT
    )
    drawn += Markup('<rect class="all" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
        left, HEIGHT - tall, width, tall
    )
    if link is None:
        return Markup("<g>{}</g>").format(drawn)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(link(bucket.low, bucket.high), words, drawn)


def _line(kind: str, title: str, x: float) -> Markup:
    """A line from top to bottom; the median from half way up, so that another line at the same place is seen above it."""
    top = HEIGHT // 2 if kind == "median" else 0
    return Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"><title>{}</title></line>').format(
        kind, x, x, top, HEIGHT, title
    )


SPARK_HEIGHT = 20
_BAR, _GAP = 3, 1


def spark(pulse: Pulse, title: str) -> Markup:
    """Requests in steps of time as a small picture, those with attacks in the colour of harm; `title` says of what."""
    most = max(pulse.requests) or 1
    width = (_BAR + _GAP) * len(pulse.requests)
    steps = f"at most {max(pulse.requests):,} in one of {len(pulse.requests)} steps"
    said = f"{title}: {plural(sum(pulse.requests), 'request')}, {steps}"
    bad = Markup('<path class="bad" d="{}"/>').format(_bars(pulse.attacks, most)) if any(pulse.attacks) else Markup("")
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}"><title>{}</title>'
        '<path class="all" d="{}"/>{}</svg>'
    ).format(width, SPARK_HEIGHT, said, said, _bars(pulse.requests, most), bad)


def _bars(counts: Sequence[int], most: int) -> str:
    """Bars as one path, from the ground up; the smallest can be seen."""
    drawn = []
    for at, count in enumerate(counts):
        if count:
            tall = max(2, round((SPARK_HEIGHT - 1) * count / most))
            drawn.append(f"M{at * (_BAR + _GAP)} {SPARK_HEIGHT}v-{tall}h{_BAR}v{tall}z")
    return "".join(drawn)


def meter(share: float, kind: str = "") -> Markup:
    """A bar behind a number; `share` from 0 to 1."""
    width = round(100 * max(0.0, min(1.0, share)), 1)
    return Markup(
        '<svg class="meter {}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="1"/></svg>'
    ).format(kind, width)
