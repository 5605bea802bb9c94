"""The analysis that a server runs by itself, again and again, while traffic comes."""

from __future__ import annotations

import logging
import threading
import time

from apitrail.analyze.running import analyze
from apitrail.errors import ApitrailError
from apitrail.explore.discovery.rules import Rules
from apitrail.store import Store

FIRST_SECONDS = 3.0
"""How long after its start a server runs the first analysis."""
EVERY_SECONDS = 30.0
"""How long after an analysis the next one begins."""
IDLE_SECONDS = 3600.0
"""How long after an analysis the next one begins when no traffic came, since what is new or unused depends on the time."""
LOOK_SECONDS = 2.0
"""How long after a change of what is configured the next one begins."""
CHANGES = ("specification", "flows", "vulnerability", "verdict", "abuse-exception", "abuse-profile")
"""Kinds of records that change the inventory or the verdicts on bots."""

_NEWEST = """SELECT (SELECT toUnixTimestamp64Micro(max(time)) FROM records WHERE kind IN {kinds:Array(String)}) AS configured,
  (SELECT sum(requests) FROM minutes) AS requests"""
_LOG = logging.getLogger("apitrail")


class Keeper:
    """A thread that keeps the inventory of a store up to date until it is closed."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="apitrail-analysis", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it; an analysis that runs comes to its end first."""
        self._ended.set()
        self._thread.join()

    def _work(self) -> None:
        wait, known, began = FIRST_SECONDS, (-1, -1), 0.0
        while not self._ended.wait(wait):
            wait = LOOK_SECONDS
            configured, requests = now = self._state()
            since = time.monotonic() - began
            if configured == known[0] and since < (EVERY_SECONDS if requests != known[1] else IDLE_SECONDS):
                continue
            known = now
            try:
                analyze(self._store, self._rules)
            except ApitrailError as error:
                _LOG.warning("the analysis failed and will be tried again: %s", error)
                known = (known[0], -1)
            began = time.monotonic()

    def _state(self) -> tuple[int, int]:
        """When something was last configured that changes what is found, in microseconds, and how many requests are stored."""
        found = self._store.rows(_NEWEST, {"kinds": list(CHANGES)})
        return int(found[0]["configured"] or 0), int(found[0]["requests"] or 0)
