"""The picture of a path: its endpoints one below the other in order of their first request, and arcs for what followed what."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from markupsafe import Markup

from apitrail.console.links import View
from apitrail.console.words import plural
from apitrail.explore.paths import Move, Path, Stop

ROW = 28
"""The height of an endpoint's row, as the style sheet has it."""
REACH = 200
"""The width of the picture; the longest arc ends there."""
ARCS = 40
"""Arcs that are drawn, of the most frequent moves."""

FAR = 6
"""Rows that an arc over the whole width spans at least."""

Link = Callable[..., str]
"""The address of the requests to some endpoints."""


def content(path: Path, view: View, *, unusual: Collection[tuple[int, int]] = ()) -> dict[str, Any]:
    """What the template of a path needs: rows, and the arcs beside them; `unusual` moves are drawn in the colour of harm.

    Everything leads to the requests of the session that `view` shows, only those to the endpoints in question.
    """

    def link(*stops: Stop) -> str:
        return view.with_session_values(method=[stop.method for stop in stops], endpoint=[stop.endpoint for stop in stops])

    again = {move.before: move.times for move in path.moves if move.before == move.after}
    rows = [
        {"stop": stop, "name": name(path, stop), "url": link(stop) if stop.method else "", "again": again.get(at, 0)}
        for at, stop in enumerate(path.stops)
    ]
    moves = [move for move in path.moves if move.before != move.after][:ARCS]
    several = len({stop.host for stop in path.stops if stop.method}) > 1
    told = [{"said": _said(path, move), "unusual": (move.before, move.after) in unusual} for move in moves]
    return {
        "rows": rows,
        "picture": _arcs(path, moves, link, unusual),
        "several_hosts": several,
        "moves": told,
        "others": path.others,
    }


def name(path: Path, stop: Stop) -> str:
    """An endpoint as it is called; the last stop may stand for others."""
    return f"{stop.method} {stop.endpoint}" if stop.method else plural(path.others, "other endpoint")


def _said(path: Path, move: Move) -> str:
    return f"{name(path, path.stops[move.before])} → {name(path, path.stops[move.after])}: {plural(move.times, 'time')}"


def _arcs(path: Path, moves: list[Move], link: Link, unusual: Collection[tuple[int, int]]) -> Markup:
    if not moves:
        return Markup("")
    most = max(move.times for move in moves)
    farthest = max(FAR, *(abs(move.after - move.before) for move in moves))
    drawn = Markup("").join(
        _arc(path, move, most, farthest, link, (move.before, move.after) in unusual) for move in reversed(moves)
    )
    height = ROW * len(path.stops)
    return Markup(
        '<svg class="arcs" viewBox="0 0 {} {}" preserveAspectRatio="none" role="group" aria-label="{}">{}</svg>'
    ).format(REACH, height, "What followed what", drawn)


def _arc(path: Path, move: Move, most: int, farthest: int, link: Link, unusual: bool) -> Markup:
    down = move.after > move.before
    shift = 4 if down else -4
    low, high = ROW * (move.before + 0.5) + shift, ROW * (move.after + 0.5) - shift
    wide = 24 + (REACH - 32) * (abs(move.after - move.before) / farthest) ** 0.7
    kind = ("down" if down else "back") + (" odd" if unusual else "")
    width = 1 + 4 * (move.times / most) ** 0.5
    before, after = path.stops[move.before], path.stops[move.after]
    words = _said(path, move) + (", unusual" if unusual else "")
    curve = Markup(
        '<title>{}</title><path class="{}" stroke-width="{:.1f}" d="M2 {:.1f}C{:.0f} {:.1f} {:.0f} {:.1f} 2 {:.1f}"/>'
    ).format(words, kind, width, low, wide * 1.3, low, wide * 1.3, high, high)
    if not (before.method and after.method):
        return Markup("<g>{}</g>").format(curve)
    return Markup('<a href="{}" aria-label="{}">{}</a>').format(link(before, after), words, curve)
