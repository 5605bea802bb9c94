"""Where visitors come from and what they browse with: plausible networks, real browsers, real tools."""

from __future__ import annotations

import random
from ipaddress import ip_network

from apitrail.demo.client import Disguise

HOMES = (
    ("84.128.0.0/12", "de-DE,de;q=0.9,en;q=0.7"),
    ("91.0.0.0/12", "de-DE,de;q=0.9,en;q=0.7"),
    ("90.0.0.0/11", "fr-FR,fr;q=0.9,en;q=0.8"),
    ("86.128.0.0/12", "en-GB,en;q=0.9"),
    ("80.56.0.0/16", "nl-NL,nl;q=0.9,en;q=0.8"),
    ("83.24.0.0/14", "pl-PL,pl;q=0.9,en;q=0.7"),
    ("81.216.0.0/16", "sv-SE,sv;q=0.9,en;q=0.8"),
    ("93.32.0.0/13", "it-IT,it;q=0.9,en;q=0.6"),
    ("73.32.0.0/13", "en-US,en;q=0.9"),
    ("177.32.0.0/14", "pt-BR,pt;q=0.9,en;q=0.7"),
)
"""Home networks with the language people there read."""

DATA_CENTRES = ("165.227.0.0/16", "51.75.0.0/16", "95.216.0.0/16", "159.89.0.0/16", "45.77.32.0/19", "139.59.0.0/17")
FARAWAY_HOMES = ("177.32.0.0/14", "36.64.0.0/13", "113.160.0.0/12", "103.82.0.0/16", "78.160.0.0/12", "105.96.0.0/12")
TOR_EXITS = ("185.220.101.0/24",)
OFFICE = "80.187.96.14"
WAREHOUSE = "18.184.21.77"
PRICE_FEED = "34.241.90.12"
MONITOR = "178.255.152.2"
CRAWLER = "66.249.66.0/27"
AGENT_CLOUD = ("160.79.104.0/23", "20.171.206.0/24")

CHROME = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
SAFARI = "Mozilla/5.0 ({}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{} Mobile/15E148 Safari/604.1"
FIREFOX = "Mozilla/5.0 ({0}; rv:{1}.0) Gecko/20100101 Firefox/{1}.0"
BROWSERS = (
    *(CHROME.format("Windows NT 10.0; Win64; x64", version) for version in (146, 147, 148)),
    CHROME.format("Macintosh; Intel Mac OS X 10_15_7", 148),
    CHROME.format("Linux; Android 10; K", 147),
    FIREFOX.format("Windows NT 10.0; Win64; x64", 151),
    FIREFOX.format("X11; Linux x86_64", 150),
    SAFARI.format("iPhone; CPU iPhone OS 18_6 like Mac OS X", "26.0"),
    SAFARI.format("iPad; CPU OS 18_6 like Mac OS X", "18.6"),
)
OLD_CHROME = CHROME.format("Windows NT 6.1; Win64; x64", 79)
PHONES = ("ShopApp/5.12.1 (iPhone15,3; iOS 26.1)", "ShopApp/5.12.0 (Pixel 9; Android 16)", "ShopApp/5.9.4 (SM-A546B)")


def address(rng: random.Random, *networks: str) -> str:
    """A random address of one of the networks."""
    network = ip_network(rng.choice(networks))
    return str(network[rng.randrange(1, network.num_addresses - 1)])


def browser(rng: random.Random) -> Disguise:
    """Somebody at home with an ordinary browser."""
    network, language = rng.choice(HOMES)
    return browsing(address(rng, network), rng.choice(BROWSERS), language)


def browsing(ip: str, user_agent: str, language: str = "en-US,en;q=0.9") -> Disguise:
    """A browser's headers from a given address."""
    accept = ("Accept", "application/json, text/plain, */*")
    encoding = ("Accept-Encoding", "gzip, deflate, br, zstd")
    return Disguise(ip, (("User-Agent", user_agent), accept, encoding, ("Accept-Language", language)))


def phone(rng: random.Random) -> Disguise:
    """Somebody with the shop's app; every copy of the app knows itself by a device id."""
    device = f"{rng.getrandbits(64):016x}"
    common = (("Accept", "application/json"), ("Accept-Encoding", "gzip"))
    ip = address(rng, rng.choice(HOMES)[0])
    return Disguise(ip, (("User-Agent", rng.choice(PHONES)), *common, ("X-Device-Id", device)))


def tool(ip: str, user_agent: str) -> Disguise:
    """A program that says what it is."""
    return Disguise(ip, (("User-Agent", user_agent), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate")))
