"""Two lists of requests side by side: the same steps in one row, so that one sees where two sessions part ways."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Sequence
from itertools import groupby, zip_longest
from typing import NamedTuple

from apitrail.explore.answers import Request


class Step(NamedTuple):
    """A request, or several to the same endpoint with the same outcome one after the other; `after` seconds from the first."""

    request: Request
    times: int
    after: float


class Row(NamedTuple):
    """The step of each side, None where a side has none; `parted` when they are not the same, in endpoint or in outcome."""

    left: Step | None
    right: Step | None
    parted: bool


def aligned(left: Sequence[Request], right: Sequence[Request]) -> list[Row]:
    """The steps of both, aligned by endpoint.

    A longest common subsequence, as found by Python's `difflib`; steps that answer otherwise stand in one row but are parted.
    """
    here, there = _steps(left), _steps(right)
    matcher = difflib.SequenceMatcher(None, [_place(one) for one in here], [_place(one) for one in there], autojunk=False)
    rows = []
    for kind, low, high, low_there, high_there in matcher.get_opcodes():
        if kind == "equal":
            both = zip(here[low:high], there[low_there:high_there], strict=True)
            rows += [Row(one, other, _outcome(one.request) != _outcome(other.request)) for one, other in both]
        else:
            rows += [Row(one, other, True) for one, other in zip_longest(here[low:high], there[low_there:high_there])]  # noqa: FBT003
    return rows


def _steps(requests: Sequence[Request]) -> list[Step]:
    if not requests:
        return []
    begin = dt.datetime.fromisoformat(requests[0].time)
    grouped = (list(some) for _, some in groupby(requests, lambda one: (one.host, one.method, one.endpoint, _outcome(one))))
    return [Step(some[0], len(some), (dt.datetime.fromisoformat(some[0].time) - begin).total_seconds()) for some in grouped]


def _place(step: Step) -> tuple[str, str]:
    return step.request.method, step.request.endpoint


def _outcome(request: Request) -> int:
    return request.status // 100
