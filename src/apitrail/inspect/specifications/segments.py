"""Paths and templates as segments, and what stands in their variables. Every step is linear in the length of the path."""

from __future__ import annotations

import re
from urllib.parse import unquote

PATH_LIMIT = 2048
"""Characters of a path that is looked for; a longer one is in no specification."""
SEGMENTS_LIMIT = 40
"""Segments of a path that is looked for."""

_VARIABLE = re.compile(r"\{([^{}]*)\}")


def segments(path: str) -> tuple[str, ...] | None:
    """The segments of a path as it was sent, decoded; empty ones and matrix parameters left out. None when it is too long."""
    if len(path) > PATH_LIMIT:
        return None
    parts = [bare for part in path.split("/") if (bare := part.partition(";")[0])]
    return tuple(unquote(part) if "%" in part else part for part in parts) if len(parts) <= SEGMENTS_LIMIT else None


def of_template(template: str) -> tuple[str, ...]:
    """The segments of a template of a document, whose query and fragment do not count."""
    plain = re.split(r"[?#]", template, maxsplit=1)[0]
    return tuple(part if _VARIABLE.search(part) else unquote(part) for part in plain.split("/") if part)


def pieces(segment: str) -> tuple[str, ...]:
    """The constant pieces around the variables of a segment: `("report-", ".pdf")` of `report-{id}.pdf`, one when it has none."""
    return tuple(_VARIABLE.split(segment)[::2])


def names(segment: str) -> tuple[str, ...]:
    """The names of the variables of a segment."""
    return tuple(_VARIABLE.split(segment)[1::2])


def values(around: tuple[str, ...], segment: str) -> tuple[str, ...] | None:
    """What stands between the constant pieces in a segment, none of it empty; None when the segment is not made like this."""
    first, last = around[0], around[-1]
    end = len(segment) - len(last)
    if not segment.startswith(first) or not segment.endswith(last):
        return None
    at, found = len(first), []
    for piece in around[1:-1]:
        next_at = segment.find(piece, at + 1, end) if piece else at + 1
        if next_at < 0:
            return None
        found.append(segment[at:next_at])
        at = next_at + len(piece)
    found.append(segment[at:end])
    return tuple(found) if end > at and all(found) else None


def variables(template: str, path: str) -> dict[str, tuple[str, int]] | None:
    """The values of the variables of a template in a path, each with the number of its segment from 0; None when it does not fit.

    The numbers are those of `request.path[N]`.
    """
    sent = path.split("/")[1:] if len(path) <= PATH_LIMIT else []
    numbered = [(unquote(bare), number) for number, part in enumerate(sent) if (bare := part.partition(";")[0])]
    made = of_template(template)
    if len(numbered) != len(made):
        return None
    found: dict[str, tuple[str, int]] = {}
    for part, (text, number) in zip(made, numbered, strict=True):
        around = pieces(part)
        if len(around) == 1:
            if part != text:
                return None
            continue
        inside = values(around, text)
        if inside is None:
            return None
        found |= {name: (value, number) for name, value in zip(names(part), inside, strict=True)}
    return found
