"""The bots that the console's tests look at, among people: a list of accounts that is tried, a scraper, and hostile names.

Run as a program, it fills a store and analyses it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import chain

import msgspec

from analyze.bot_traffic import crowd, session
from apitrail.analyze.bots.catalogue import Send
from apitrail.analyze.running import analyze
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from console.shop import IMAGE, LEFT, MARKUP, TEMPLATE
from traffic import HOUR, MINUTE, NOON, save

HOST, QUIET, HOSTILE_HOST = "www.books.example", "quiet.example", "odd.example"
THIEVES, TRIES = 5, 14
"""Sessions in which a list of accounts is tried, and log-ins that fail in each."""
HOSTILE_TRIES = 52
"""Log-ins of somebody whose names do harm: more than are marked as those that show it."""
SCRAPED = 40
SCRAPER_IP, HOSTILE_IP = "203.0.113.50", "203.0.113.66"
HOSTILE = (MARKUP, IMAGE, TEMPLATE, LEFT, "' onmouseover=alert(1) x='", "a-word-" * 300)


def thieves() -> Iterator[Exchange]:
    """A list of accounts is tried in some sessions, each from an address of its own."""
    tries = (
        Send("GET /login", every=2),
        Send("POST /api/login", repeat=TRIES, every=3, jitter=0.1, status=401, name="reader{n}"),
    )
    for number in range(THIEVES):
        yield from session(f"thief{number}", HOST, tries, start=NOON - HOUR * number, ip=f"203.0.113.{number + 1}")


def scraper() -> list[Exchange]:
    """Every page of a catalogue, without its files, at an even pace."""
    return session("scraper", HOST, (Send("GET /products/{r}", repeat=SCRAPED, every=12, jitter=0.2),), ip=SCRAPER_IP)


def hostile() -> Iterator[Exchange]:
    """A list of accounts is tried by somebody whose paths, program and host do harm where they are not shown as text."""
    made = session(
        "hostile", HOSTILE_HOST, (Send("POST /api/login", repeat=HOSTILE_TRIES, every=2, status=401, name="n{n}"),), ip=HOSTILE_IP
    )
    for number, one in enumerate(made):
        value = HOSTILE[number % len(HOSTILE)]
        agent = ("user-agent", f"agent {value}")
        headers = tuple(agent if name == "user-agent" else (name, text) for name, text in one.headers)
        path = one.path if number % 2 else f"/v1/{value}/login"
        yield msgspec.structs.replace(one, path=path, headers=headers, application=f"odd {MARKUP}")


def alone() -> list[Exchange]:
    """Somebody on a host with nobody else."""
    return session(
        "alone", QUIET, (Send("GET /products/{r}", repeat=4, every=9, human=True),), start=NOON + MINUTE, ip="203.0.113.90"
    )


ALL: tuple[Exchange, ...] = (*chain(crowd(HOST), thieves(), scraper(), hostile(), alone()),)


def rob(dsn: str) -> None:
    """Fill a store with all of them."""
    with Store(dsn, retention_days=0) as store:
        save(store, list(ALL))
        analyze(store)


if __name__ == "__main__":
    rob(sys.argv[1])
