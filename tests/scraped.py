"""A shop with visitors and a scraper, whom the analysis finds."""

from __future__ import annotations

from analyze.bot_traffic import crowd, session
from apitrail.analyze.bots.catalogue import Send
from apitrail.analyze.running import analyze
from apitrail.explore.bots import listing
from apitrail.explore.bots.listing import Bot
from apitrail.query.text import parse
from apitrail.query.tree import Question
from apitrail.store import Store
from traffic import save

HOST = "www.shop.example"
SCRAPER = "203.0.113.7"
"""The scraper's address."""
SEND = (Send("GET /products/{r}", repeat=40, every=12, jitter=0.2),)
"""What a scraper sends."""


def scraped(store: Store, *, addresses: tuple[str, ...] = (SCRAPER,)) -> None:
    """Visitors, and a scraper at each address, in a store that is analysed."""
    save(store, [*crowd(HOST), *(one for ip in addresses for one in session(f"scraper {ip}", HOST, SEND, ip=ip))])
    analyze(store)


def bots(store: Store, text: str = "") -> list[Bot]:
    """The bots under a filter."""
    return list(listing.every_bot(store, Question(parse(text))))
