"""What holds in spite of the detectors: crawlers that are who they say they are (B8), and the exceptions of people (B5)."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources

import msgspec

from apitrail.configure import abuse_exceptions
from apitrail.query.sql import Values, where
from apitrail.query.text import parse
from apitrail.query.tree import Interval
from apitrail.store import Store
from apitrail.store.behaviour import Excepted

CRAWLER = "crawler:"
"""How the id of an exception for a verified crawler begins."""


class Crawler(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A crawler that is well known: its name, how its program is called, and the networks that its owner says it comes from."""

    name: str
    client: str
    source: str
    networks: list[str]


@lru_cache(maxsize=1)
def crawlers() -> tuple[Crawler, ...]:
    """The crawlers that can be told from those who only borrow their name."""
    text = (resources.files("apitrail.analyze.bots") / "crawlers.toml").read_bytes()
    return tuple(msgspec.toml.decode(text, type=dict[str, list[Crawler]])["crawler"])


def every(store: Store, values: Values) -> list[Excepted]:
    """The exceptions in force, those of crawlers first; what they ask for is bound to `values`."""
    known = [Excepted(f"{CRAWLER}{one.name}", (), _is_from(one, values), of_session=True) for one in crawlers()]
    return [*known, *(_of_people(one, values) for one in abuse_exceptions.in_force(store))]


def _is_from(crawler: Crawler, values: Values) -> str:
    """That a session says it is a crawler and comes from nowhere but its networks."""
    networks = values.bind(crawler.networks, "Array(String)")
    valid = "(isIPv4String(ip) OR isIPv6String(ip))"
    inside = f"arrayExists(network -> isIPAddressInRange(if({valid}, ip, '::'), network), {networks})"
    return f"startsWith(client, {values.bind(crawler.client, 'String')}) AND arrayAll(ip -> {valid} AND {inside}, ips)"


def _of_people(one: abuse_exceptions.KeptException, values: Values) -> Excepted:
    return Excepted(one.id, one.exception.bot_types, where(parse(one.exception.q), Interval(), values))
