"""What work costs the processor, told so that a slow, shared or busy machine says much the same as an ordinary one.

Time is that of this thread on the processor, so waiting for a turn counts nothing. The garbage collector is off meanwhile. Work
that takes too long is tried again, up to five times, since a neighbour disturbs some tries and slow work is slow in all of them;
what functions of apitrail remember of a try is forgotten before the next one, or that would cost nothing.
"""

from __future__ import annotations

import functools
import gc
import math
import sys
import time
from collections.abc import Callable, Iterator

from apitrail.model.memo import Memo

TRIES = 5
"""How often work is tried before it counts as slow."""
YARDSTICK_SECONDS = 0.01
"""What the yardstick takes on an ordinary machine."""


def cost(run: Callable[..., object], *, below: float, setup: Callable[[], object] | None = None) -> float:
    """Ordinary seconds that work takes: those of the first try below the limit, or the least of five.

    What `setup` makes anew for each try is given to `run`, and making it is not measured. A second is an ordinary one when the
    yardstick, laid on before and after the work, takes what it takes on an ordinary machine; the longer of the two counts.
    """
    least = math.inf
    for _ in _tries():
        given = (setup(),) if setup else ()
        before = _seconds(_yardstick)
        spent = _seconds(run, *given)
        least = min(least, spent * YARDSTICK_SECONDS / max(before, _seconds(_yardstick)))
        if least < below:
            break
    return least


def growth(
    run: Callable[..., object], small: Callable[[], object], large: Callable[[], object], *, below: float, spare: float = 0.05
) -> float:
    """How many times as long work takes on what is large as on what is small: in the first try below the limit, or the least of five.

    `small` and `large` make anew for each try what is given to `run`. Of the longer time so many seconds as `spare` are left out,
    which on little work are noise.
    """
    least = math.inf
    for _ in _tries():
        once, more = _seconds(run, small()), _seconds(run, large())
        least = min(least, max(0.0, more - spare) / once)
        if least < below:
            break
    return least


def _tries() -> Iterator[int]:
    for number in range(TRIES):
        if number:
            _forget()
        yield number


def _seconds(run: Callable[..., object], *given: object) -> float:
    collects = gc.isenabled()
    gc.disable()
    try:
        before = time.thread_time()
        run(*given)
        return time.thread_time() - before
    finally:
        if collects:
            gc.enable()


def _yardstick() -> None:
    sum(len(str(number)) for number in range(100_000))


def _forget() -> None:
    """Empty what remembers answers by what was asked; what is made once for all, such as a matcher, stays."""
    for module in [one for name, one in sys.modules.items() if name.startswith("apitrail.")]:
        for member in list(vars(module).values()):
            if isinstance(member, Memo):
                member.clear()
            elif isinstance(member, functools._lru_cache_wrapper) and (member.cache_parameters()["maxsize"] or 0) > 1:
                member.cache_clear()
