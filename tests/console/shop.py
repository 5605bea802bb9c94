"""The traffic that the console's tests look at, and what a plain count says of it.

Everything happens around the 10th of June 2026, in summer time, so that the viewer in Berlin is two hours ahead of UTC.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
SHOP, API = "shop.example", "api.shop.example"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
RAN = "window.ran=1"
"""What hostile traffic tries to do; a page on which `window.ran` is set has run it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One request: who sent it, when (UTC), and what it was."""

    actor: str
    time: dt.datetime
    method: str = "GET"
    target: str = "/"
    status: int = 200
    host: str = API
    ip: str = "78.46.10.20"
    agent: str = FIREFOX
    duration_ms: float = 20.0
    size: int = 1200
    user: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    attacks: tuple[str, ...] = ()
    """What the audit log of a firewall says was detected."""
    malicious: bool = False
    """Whether it attacks, whoever says so."""
    blocked: bool = False
    id: str = ""

    @property
    def path(self) -> str:
        """The target without its query."""
        return self.target.partition("?")[0]

    def record(self) -> str:
        """The request as the project's own NDJSON record."""
        headers = [["Host", self.host], ["User-Agent", self.agent], *map(list, self.headers)]
        members = {
            "id": self.id or None, "time": iso(self.time), "client_ip": self.ip, "method": self.method, "url": self.target,
            "headers": headers, "status": self.status, "duration_ms": self.duration_ms, "response_bytes": self.size,
            "user": self.user or None, "source": "edge-1", "application": "shop",
        }  # fmt: skip
        return json.dumps({name: value for name, value in members.items() if value is not None})

    def audit(self) -> str:
        """The request as a line of Coraza's audit log, which says what was detected."""
        request = {"method": self.method, "protocol": "HTTP/1.1", "uri": self.target,
                   "headers": {"host": [self.host], "user-agent": [self.agent]}, "body": ""}  # fmt: skip
        transaction = {
            "unix_timestamp": round(self.time.timestamp() * 1000) * 1_000_000, "client_ip": self.ip, "request": request,
            "response": {"status": self.status, "headers": {}, "body": ""}, "is_interrupted": self.blocked,
        }  # fmt: skip
        messages = [
            {"message": "found", "data": {"id": RULES[code], "msg": f"Attack {code}", "tags": [f"attack-{code}"],
             "data": "Matched Data: ' or 1=1 found within ARGS_GET:q: x' or 1=1"}}
            for code in self.attacks
        ]  # fmt: skip
        return json.dumps({"transaction": transaction, "messages": messages})


REQUESTS_OF_INTEGRATION = 700
RULES = {"sqli": 942100, "xss": 941100, "rce": 932100}


def iso(moment: dt.datetime) -> str:
    """A time as the answers write it: UTC, milliseconds."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(moment: dt.datetime) -> str:
    """A time as the list shows it to somebody in Berlin."""
    here = moment.astimezone(BERLIN)
    return f"{here.day} {here:%b}, {here:%H:%M:%S}"


def at(day: int, clock: str) -> dt.datetime:
    """A time of June 2026 in UTC."""
    return dt.datetime.fromisoformat(f"2026-06-{day:02d}T{clock}+00:00")


def cookie(value: str) -> tuple[tuple[str, str], ...]:
    """The header of a session cookie."""
    return (("Cookie", f"theme=dark; PHPSESSID={value}"),)


def alice() -> Iterator[Hit]:
    """A shopper: ten requests in five minutes, one of them not found, one broken."""
    steps = (
        ("GET", "/v1/items", 200), ("GET", "/v1/items/17", 200), ("GET", "/v1/items/18", 200), ("GET", "/v1/items/99", 404),
        ("POST", "/v1/cart", 201), ("GET", "/v1/cart", 200), ("POST", "/v1/orders", 500), ("POST", "/v1/orders", 201),
        ("GET", "/v1/orders/1042?full=yes", 200), ("GET", "/v1/items?page=2", 200),
    )  # fmt: skip
    for number, (method, target, status) in enumerate(steps):
        yield Hit("alice", at(10, "10:00:00") + dt.timedelta(seconds=30 * number, milliseconds=number * 7), method, target, status,
                  user="alice", headers=cookie("alice-cookie-0001"), duration_ms=15 + 40 * number)  # fmt: skip


def owl() -> Iterator[Hit]:
    """A session over midnight, four requests before it and three after."""
    for number in range(7):
        moment = at(9, "23:52:30.250") + dt.timedelta(seconds=120 * number)
        yield Hit("owl", moment, target=f"/v1/night/{number}", ip="88.198.7.7", user="owl", headers=cookie("night-owl-cookie"))


def mallory() -> Iterator[Hit]:
    """An attacker: injections among ordinary requests, two of them blocked."""
    for number, codes in enumerate(((), ("sqli",), ("sqli", "xss"), (), ("rce",), ("sqli",))):
        yield Hit("mallory", at(10, "10:30:00") + dt.timedelta(seconds=number), target=f"/v1/search?q={number}'+or+1=1",
                  status=403 if number in {2, 4} else 200, ip="45.83.64.1", agent="sqlmap/1.8", attacks=codes, malicious=True,
                  blocked=number in {2, 4}, host=SHOP)  # fmt: skip


def integration() -> Iterator[Hit]:
    """A program with an API key: more requests than a page has, and than a picture shows one by one."""
    for number in range(REQUESTS_OF_INTEGRATION):
        yield Hit("integration", at(10, "12:00:00") + dt.timedelta(seconds=3 * number), target=f"/v2/stock/{number + 1}",
                  status=503 if number % 50 == 49 else 200, ip="5.9.1.1", agent="python-requests/2.32", duration_ms=5 + number % 9,
                  headers=(("X-Api-Key", "integration-key-123456"),))  # fmt: skip


def family() -> Iterator[Hit]:
    """Two people behind one session."""
    for number, user in enumerate(("bob", 'o\'hara "x", y*', "bob")):
        yield Hit("family", at(10, "08:00:00") + dt.timedelta(minutes=number), target="/v1/profile", user=user,
                  ip="2001:db8::17", headers=cookie("family-cookie-1"), host=SHOP)  # fmt: skip


def crowd() -> Iterator[Hit]:
    """Sixty short sessions of the 8th, so that the list has a second page and more than a thousand requests."""
    for person in range(60):
        for number in range(15 + person % 4):
            moment = at(8, "06:00:00") + dt.timedelta(minutes=10 * person, seconds=3 * number)
            yield Hit(f"crowd {person}", moment, target=f"/v1/items/{number + 1}", ip=f"91.10.{person}.5", agent=CHROME)


MARKUP = f"<script>{RAN}</script>"
IMAGE = f"\"><img src=x onerror='{RAN}'>"
TEMPLATE = "{{7*7}}{% raw %}${7*7}"
LEFT = "\u202eright\u2066-to-left\u200f"
LONG = "a-word-" * 1500


def hostile() -> Iterator[Hit]:
    """One session of requests that are bad in every place that a page shows."""
    values = (MARKUP, IMAGE, TEMPLATE, LEFT, "emoji 😀👩‍👩‍👧‍👦", "nul\0byte", "javascript:alert(1)", "' onmouseover=alert(1) x='")
    for number, value in enumerate(values):
        yield Hit("hostile", at(11, "13:00:00") + dt.timedelta(seconds=number), f"GET{MARKUP[:20]}" if number == 0 else "GET",
                  f"/v1/{value}?q={value}", 200, f"{value}.example" if number in {0, 1, 3} else SHOP, "45.83.64.9", f"agent {value}", user=value,
                  malicious=not value.startswith(("emoji", LEFT)), headers=(("Referer", f"https://x.example/{value}"), ("X-Api-Key", "hostile-key-123456")), id=f"h{number} {value}")  # fmt: skip
    for number, target in enumerate((f"/{LONG}", f"/{'x' * 10_000}", f"/e/{'😀' * 3000}", f"/v1?{'k=v&' * 2500}")):
        yield Hit("hostile", at(11, "13:05:00") + dt.timedelta(seconds=number), target=target, status=404, ip="45.83.64.9",
                  agent="x" * 5000, user="u" * 3000, host="h" * 200 + ".example", headers=(("X-Api-Key", "hostile-key-123456"),))  # fmt: skip


PLAIN: tuple[Hit, ...] = tuple(chain(alice(), owl(), integration(), family(), crowd()))
AUDITED: tuple[Hit, ...] = tuple(mallory())
HOSTILE: tuple[Hit, ...] = tuple(hostile())
ALL: tuple[Hit, ...] = PLAIN + AUDITED + HOSTILE


def of(actor: str) -> tuple[Hit, ...]:
    """The requests of one actor, in time order."""
    return tuple(sorted((hit for hit in ALL if hit.actor == actor), key=lambda hit: hit.time))


@dataclass(slots=True)
class Part:
    """One session within one UTC day, as counted here."""

    actor: str
    hits: list[Hit] = field(default_factory=list)

    @property
    def start(self) -> dt.datetime:
        """The first request."""
        return min(hit.time for hit in self.hits)

    @property
    def attacks(self) -> int:
        """Requests with an attack in them."""
        return sum(hit.malicious for hit in self.hits)


def parts(hits: Iterable[Hit]) -> list[Part]:
    """The session parts of some requests, newest first."""
    found: dict[tuple[str, dt.date], Part] = {}
    for hit in hits:
        found.setdefault((hit.actor, hit.time.date()), Part(hit.actor)).hits.append(hit)
    return sorted(found.values(), key=lambda part: part.start, reverse=True)


def starts(found: Sequence[Part]) -> list[str]:
    """The start of each part as the page's time elements have it."""
    return [iso(part.start) for part in found]


def counted(hits: Iterable[Hit], name: str) -> Counter[str]:
    """How many requests have each value of a member."""
    return Counter(str(getattr(hit, name)) for hit in hits)


def by_actor(hits: Iterable[Hit]) -> dict[str, list[Hit]]:
    """The requests of each actor."""
    found = defaultdict(list)
    for hit in hits:
        found[hit.actor].append(hit)
    return dict(found)
