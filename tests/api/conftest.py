"""One server a module, over made-up traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from apitrail.store import Store
from serving import Served, serving
from traffic import exchanges, save


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over 300 exchanges."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        save(store, exchanges(seed=11, count=300))
        with serving(store, ingest_body_mb=1, ingest_queue=1000) as found:
            yield found
