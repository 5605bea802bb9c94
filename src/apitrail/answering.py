"""What answers a command: the store opened here, or a running server."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from typing import Any

from apitrail.options import load, opened


@contextlib.contextmanager
def answers(store: str | None, config: str, server: str, token: str) -> Iterator[Any]:
    """What answers, under the options of a command: a `Trail` or a `Remote`, which have the same methods."""
    from apitrail.explore.discovery.rules import rules
    from apitrail.library import Trail
    from apitrail.remote import Remote

    if server:
        yield Remote(server, token)
        return
    with opened(config, store=store) as found:
        yield Trail(found, author="command line", rules=rules(load(config)))


def first(items: Iterable[Any], limit: int) -> Iterable[Any]:
    """The first of some items; all when the limit is 0."""
    return itertools.islice(items, limit) if limit else items
