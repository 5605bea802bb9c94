"""Everybody who visits the shop: who they are, what they look like, and when they come."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from apitrail.demo import places
from apitrail.demo.actors import attackers, bots, machines, office, shoppers
from apitrail.demo.client import Client, Disguise
from apitrail.demo.clock import Clock

Actor = Callable[[Client, Clock, random.Random], Awaitable[None]]
Look = Callable[[random.Random], Disguise]


@dataclass(frozen=True, slots=True)
class Role:
    """One kind of visitor."""

    name: str
    actor: Actor
    look: Look


def _fixed(disguise: Disguise) -> Look:
    return lambda rng: disguise


def _tool(user_agent: str, *networks: str) -> Look:
    return lambda rng: places.tool(places.address(rng, *networks), user_agent)


def _browser_from(*networks: str, user_agent: str) -> Look:
    return lambda rng: places.browsing(places.address(rng, *networks), user_agent)


SHOPPER = Role("shopper", shoppers.shopper, places.browser)
APP_USER = Role("app user", shoppers.app_user, places.phone)
COLLEAGUE = Role("colleague", office.colleague, _fixed(places.browsing(places.OFFICE, places.BROWSERS[1], "de-DE")))
AGENT = Role("agent", machines.agent, _tool("shopping-agent/0.9 (+mcp)", *places.AGENT_CLOUD))
CRAWLER = Role(
    "crawler",
    machines.crawler,
    _tool("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", places.CRAWLER),
)

RESIDENTS = (
    Role("warehouse", machines.warehouse, _fixed(places.tool(places.WAREHOUSE, "warehouse-sync/3.2 (Java/21)"))),
    Role("price feed", machines.price_feed, _fixed(places.tool(places.PRICE_FEED, "okhttp/4.12.0"))),
    Role("monitor", machines.monitor, _fixed(places.tool(places.MONITOR, "uptime-probe/2.0"))),
)
"""Those who are always there."""

INTRUDER = Role(
    "intruder",
    attackers.intruder,
    _browser_from(*places.TOR_EXITS, *places.DATA_CENTRES, user_agent=places.BROWSERS[6]),
)
SCANNER = Role("scanner", attackers.scanner, _tool("Mozilla/5.0 zgrab/0.x", *places.DATA_CENTRES))
SQL_INJECTOR = Role("sql injector", attackers.sql_injector, _tool("sqlmap/1.9.4#stable", *places.DATA_CENTRES))
PROBER = Role("prober", attackers.prober, _browser_from(*places.FARAWAY_HOMES, user_agent=places.BROWSERS[0]))
ENUMERATOR = Role("order enumerator", attackers.order_enumerator, _tool("python-requests/2.32.5", "51.75.0.0/16"))
HIJACKER = Role("agent hijacker", attackers.agent_hijacker, _tool("python-httpx/0.28.1", *places.DATA_CENTRES))
STUFFER = Role("credential stuffer", bots.credential_stuffer, places.browser)
THIEF = Role("patient thief", bots.patient_thief, places.browser)
BRUTE = Role("brute forcer", bots.brute_forcer, _tool("Mozilla/5.0 (Hydra)", *places.FARAWAY_HOMES))
TAKER = Role("account taker", bots.account_taker, _browser_from(*places.FARAWAY_HOMES, user_agent=places.BROWSERS[3]))
SCRAPER = Role("scraper", bots.scraper, _browser_from(*places.DATA_CENTRES, user_agent=places.BROWSERS[2]))
HOARDER = Role("hoarder", bots.hoarder, _tool("Go-http-client/2.0", *places.DATA_CENTRES))
