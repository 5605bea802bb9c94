"""The recipe in force: what every process that reads traffic must know of a store, read again from time to time."""

from __future__ import annotations

import time

from apitrail.configure import given_flows, ignore_rules, learned, sensitive_patterns, session_parameters, specifications
from apitrail.configure.specifications import NOTHING_ENFORCED, Enforced
from apitrail.inspect.rows import Recipe
from apitrail.store import Store

REFRESH_SECONDS = 5.0
"""How long a process may go on under settings that another process has changed."""


def recipe(store: Store, geo_file: str = "", enforced: Enforced | None = None) -> Recipe:
    """The recipe of a store as it is now; `enforced` are the specifications that are enforced, when they were read already."""
    servers = tuple(session_parameters.servers(store).values())
    parameters = session_parameters.kept(store).parameters
    return Recipe(
        store.identity_secret(),
        parameters,
        servers,
        geo_file,
        ignore_rules.in_force(store),
        tuple((host, tuple(places.items())) for host, places in learned.places(store).items()),
        given_flows.kept(store),
        sensitive_patterns.kept(store),
        (enforced or specifications.enforced(store)).text,
    )


class Recipes:
    """The recipe of a store for somebody who reads on and on."""

    def __init__(self, store: Store, geo_file: str = "") -> None:
        self._store = store
        self._geo_file = geo_file
        self._recipe: Recipe | None = None
        self._enforced = NOTHING_ENFORCED
        self._read = 0.0

    def current(self) -> Recipe:
        """The recipe in force, at most REFRESH_SECONDS old."""
        if self._recipe is None or time.monotonic() - self._read > REFRESH_SECONDS:
            self._enforced = specifications.enforced(self._store, self._enforced)
            self._recipe, self._read = recipe(self._store, self._geo_file, self._enforced), time.monotonic()
        return self._recipe

    def refresh(self) -> None:
        """Read it again at the next question, because it was changed here."""
        self._recipe = None
