"""How the console says that a request is above what is usual for its endpoint: marks, sentences, pictures (S5.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from apitrail.console import charts
from apitrail.console.links import View
from apitrail.console.words import milliseconds, plural, size
from apitrail.explore.answers import Request
from apitrail.explore.discovery.distribution import Distribution, distributions
from apitrail.query.text import term_text
from apitrail.store import Store


def time_said(value: float | None) -> str:
    """A time with its unit."""
    return f"{milliseconds(value)} ms"


def size_said(value: float | None) -> str:
    """A size with its unit, of medians too."""
    return size(None if value is None else round(value))


def times(ratio: float) -> str:
    """A ratio: 6.1x, 61x."""
    return f"{ratio:,.0f}x" if ratio >= 10 else f"{ratio:.1f}x"


@dataclass(frozen=True, slots=True)
class _Measured:
    """A member of a request that is compared with what is usual, with the members that say what that is."""

    field: str
    word: str
    median: str
    high: str
    samples: str
    said: Callable[[float | None], str]


_MEASURED = (
    _Measured("duration_ms", "slow", "usual_ms", "p95_ms", "duration_samples", time_said),
    _Measured("response_bytes", "large", "usual_bytes", "p95_bytes", "size_samples", size_said),
)


def marks(request: Request) -> dict[str, dict[str, Any] | None]:
    """What stands beside time and size of a request: `text` and `title`, None where it is not well above what is usual."""
    above = {row["field"]: row for row in rows(request) if row["above"]}
    return {measured.field: above.get(measured.field) for measured in _MEASURED}


def rows(request: Request) -> list[dict[str, Any]]:
    """What is said of time and size of a request, only where it is known what is usual."""
    return [_row(request, measured) for measured in _MEASURED if _known(request, measured)]


def _known(request: Request, measured: _Measured) -> bool:
    return getattr(request, measured.field) is not None and getattr(request, measured.median) is not None


def _row(request: Request, measured: _Measured) -> dict[str, Any]:
    value, median, above = (getattr(request, name) for name in (measured.field, measured.median, measured.word))
    ratio = times(value / median) if median else ""
    usual = f"{ratio} the usual" if above and ratio else "usual is"
    sentence = f"{measured.said(value)}, {usual} {measured.said(median)}"
    samples = plural(getattr(request, measured.samples), "sample")
    rest = f"95 % are at most {measured.said(getattr(request, measured.high))}, of {samples}"
    return {
        "field": measured.field,
        "above": above,
        "text": ratio or measured.word,
        "sentence": sentence,
        "rest": rest,
        "title": f"{measured.word.capitalize()}: {sentence}; {rest}",
        "picture": Markup(""),
    }


def pictures(store: Store, request: Request) -> list[dict[str, Any]]:
    """What is said of time and size of an expanded request, each with the picture of its endpoint."""
    told = rows(request)
    if not told:
        return []
    found = distributions(store, request.host, request.method, request.endpoint, fields=[row["field"] for row in told])
    return [{**row, "picture": _picture(found[row["field"]], request)} for row in told]


def _picture(found: Distribution, request: Request) -> Markup:
    said = time_said if found.field == "duration_ms" else size_said
    own = [term_text(word, getattr(request, word)) for word in ("host", "method", "endpoint")]

    def link(low: float, high: float) -> str:
        return View(q=" ".join((*own, f"{found.field}:{low:.3f}..{high:.3f}"))).url()

    return charts.distribution(found, said, marked=getattr(request, found.field), link=link)
