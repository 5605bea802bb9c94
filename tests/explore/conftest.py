"""One world of made-up traffic a module, stored in each engine and kept as plain rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from apitrail.inspect.rows import Inspector, Recipe
from apitrail.store import Store
from engines import ENGINES
from explore.plain import Row, plain_rows
from traffic import exchanges, save


class World(NamedTuple):
    """The same traffic in a store and as plain rows."""

    store: Store
    rows: list[Row]

    def __repr__(self) -> str:
        return f"World({self.store.dsn})"


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[World]:
    """600 exchanges over four days, written in three batches."""
    with Store(make_dsn(request.param), retention_days=0) as store:
        items = exchanges(seed=7)
        for low in range(0, len(items), 200):
            save(store, items[low : low + 200])
        yield World(store, plain_rows(Inspector(Recipe(store.identity_secret())).rows(items)))
