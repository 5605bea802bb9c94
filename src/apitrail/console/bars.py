"""Pictures of bots as SVG made from data: stacked bars over time that lead on, pauses beside typical ones, requests over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import Markup

from apitrail.console.abuse_words import bot_title, span
from apitrail.console.charts import HEIGHT, WIDTH, step_name
from apitrail.console.words import Clock, plural
from apitrail.explore.bots.statistics import Step, Timeline
from apitrail.explore.bots.typical import Pause
from apitrail.model.abuse import BOT_TYPES
from apitrail.query.tree import Interval

SHORTEST = 3.0
"""The height of the smallest part of a bar, so that it can be seen and clicked."""
Link = Callable[[int, int, str], str]
"""The address of the bots between two times, in microseconds, of a type or of all when it is empty."""

_PICTURE = Markup('<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="{}" aria-label="{}">{}</svg>')


def stacked(data: Timeline, link: Link, clock: Clock, *, within: Interval) -> Markup:
    """Bots over time, a bar a step, the types one upon the other; each part leads to the bots it counts, the ground to all.

    No link leaves `within`.
    """
    if not data.steps:
        return Markup("")
    width = WIDTH / len(data.steps)
    most = max(sum(step.bots.values()) for step in data.steps) or 1
    total = sum(sum(step.bots.values()) for step in data.steps)
    spans = [(max(one.start, within.start or 0), min(one.start + data.step, within.end or data.end)) for one in data.steps]
    bars = Markup("").join(
        _bar(step, at * width, width, most, edges, link, clock)
        for at, (step, edges) in enumerate(zip(data.steps, spans, strict=True))
    )
    label = (
        f"{plural(total, 'bot')} from {clock.minute(data.start)} to {clock.minute(data.end)}, in steps of {step_name(data.step)}"
    )
    return _PICTURE.format("stacked", WIDTH, HEIGHT, "group", label, bars)


def _bar(step: Step, x: float, width: float, most: int, edges: tuple[int, int], link: Link, clock: Clock) -> Markup:
    total = sum(step.bots.values())
    words = f"{clock.minute(step.start)}: {plural(total, 'bot')}"
    drawn = Markup(
        '<a href="{}"{} aria-label="{}"><title>{}</title><rect class="hit" x="{:.1f}" width="{:.1f}" height="{}"/></a>'
    ).format(link(*edges, ""), Markup("") if total else Markup(' tabindex="-1"'), words, words, x, width, HEIGHT)
    low = float(HEIGHT)
    for kind in (kind for kind in BOT_TYPES if step.bots.get(kind)):
        tall = max(SHORTEST, (HEIGHT - SHORTEST * len(step.bots)) * step.bots[kind] / most)
        low -= tall
        said = f"{clock.minute(step.start)}: {step.bots[kind]:,} {bot_title(kind)}"
        drawn += Markup(
            '<a href="{}" aria-label="{}"><title>{}</title>'
            '<rect class="k-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/></a>'
        ).format(link(*edges, kind), said, said, kind, x + width * 0.12, low, width * 0.76, tall)
    return drawn


def pauses(data: Sequence[Pause]) -> Markup:
    """Pauses in steps of doubling: bars for this session, a line over each for others."""
    if not data:
        return Markup("")
    width = WIDTH / len(data)
    most = max(max(one.own, one.typical) for one in data) or 1
    parts = Markup("").join(_pause(one, at * width, width, most) for at, one in enumerate(data))
    longest = max(data, key=lambda one: one.own)
    label = f"Pauses between requests; most of this session take {span(longest.milliseconds)} to {span(2 * longest.milliseconds)}"
    return _PICTURE.format("pauses", WIDTH, HEIGHT, "img", label, parts)


def _pause(one: Pause, x: float, width: float, most: float) -> Markup:
    words = (
        f"{span(one.milliseconds)} to {span(2 * one.milliseconds)}: {one.own:.0%} of this session, {one.typical:.0%} of others"
    )
    own, typical = (HEIGHT * share / most for share in (one.own, one.typical))
    return Markup(
        '<g><title>{}</title><rect class="hit" x="{:.1f}" width="{:.1f}" height="{}"/>'
        '<rect class="all" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>'
        '<line class="median" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}"/></g>'
    ).format(
        words, x, width, HEIGHT, x + width * 0.1, HEIGHT - own, width * 0.8, own, x, x + width, HEIGHT - typical, HEIGHT - typical
    )  # fmt: skip


def pace(counts: Sequence[int], step: int) -> Markup:
    """Requests over time, in steps of so many microseconds."""
    if sum(counts) < 2:
        return Markup("")
    width = WIDTH / len(counts)
    most = max(counts)
    bars = Markup("").join(
        Markup('<rect class="all" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>').format(
            at * width, HEIGHT - HEIGHT * count / most, width * 0.86, HEIGHT * count / most
        )
        for at, count in enumerate(counts)
        if count
    )
    label = f"{plural(sum(counts), 'request')} over time, at most {most:,} in {span(step / 1000)}"
    return _PICTURE.format("pauses", WIDTH, HEIGHT, "img", label, bars)
