"""The attacks that the console's tests look at: some worked, some are hostile to whoever looks at them, some are told by a plain count."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any
from urllib.parse import quote

from console.shop import FIREFOX, IMAGE, LEFT, MARKUP, TEMPLATE, at, iso

SHOP, FILES, LAB = "shop.example", "files.example", "lab.example"
INJECTION = "1' OR '1'='1' -- "
UNION = "1' UNION SELECT login,password FROM users-- "
TRAVERSAL = "../../../../etc/passwd"
PASSWD = "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
DATABASE_ERROR = "You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version"
HOSTILE_IP = "45.83.64.77"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request of the siege, hostile or not, with what was answered."""

    id: str
    time: dt.datetime
    session: str
    method: str = "GET"
    url: str
    host: str = SHOP
    ip: str = "45.83.64.1"
    agent: str = FIREFOX
    user: str = ""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    answered: str = ""
    answered_as: str = "application/json"
    kind: str = ""
    """The type of attack that it is, if it is one."""

    def record(self) -> dict[str, Any]:
        """The request as the project's own exchange record."""
        sent = [("Host", self.host), ("User-Agent", self.agent), ("Cookie", f"PHPSESSID={self.session}"), *self.headers]
        members: dict[str, Any] = {
            "id": self.id, "time": iso(self.time), "client_ip": self.ip, "method": self.method, "url": self.url,
            "headers": [list(one) for one in sent], "body": self.body, "status": self.status, "duration_ms": 12.5,
            "response_headers": [["Content-Type", self.answered_as]] if self.answered else [], "response_body": self.answered,
            "user": self.user, "application": "shop", "source": "edge-1",
        }  # fmt: skip
        return {name: value for name, value in members.items() if value != ""}


def searched(value: str) -> str:
    """The address of a search."""
    return f"/v1/search?q={quote(value, safe='')}"


def injector() -> Iterator[Shot]:
    """Somebody who looks around, injects SQL into the search three times, and looks around again."""
    steps = (("look-1", "/v1/items", ""), ("inject-1", searched(INJECTION), "sqli"), ("look-2", "/v1/items/17", ""),
             ("inject-2", searched(UNION), "sqli"), ("script-1", searched("<script>alert(1)</script>"), "xss"),
             ("inject-3", searched(INJECTION), "sqli"), ("look-3", "/v1/cart", ""))  # fmt: skip
    for number, (name, url, kind) in enumerate(steps):
        yield Shot(id=name, time=at(10, "09:00:00") + dt.timedelta(seconds=20 * number), session="injector-session-01", url=url,
                   user="ivan", kind=kind, status=403 if name == "inject-2" else 200)  # fmt: skip


def other() -> Iterator[Shot]:
    """Somebody else with the same injection, and one of a body."""
    yield Shot(id="inject-4", time=at(10, "11:00:00"), session="another-session-02", url=searched(INJECTION), ip="88.198.7.7",
               status=500, kind="sqli")  # fmt: skip
    yield Shot(id="inject-5", time=at(10, "11:00:20"), session="another-session-02", method="POST", url="/v1/login", ip="88.198.7.7",
               headers=(("Content-Type", "application/json"),), status=401, kind="sqli",
               body=json.dumps({"login": {"name": INJECTION, "password": "correct horse"}}))  # fmt: skip


def thief() -> Iterator[Shot]:
    """Two ways in that worked: files of the system, and a database that says so."""
    for number in range(3):
        yield Shot(id=f"passwd-{number}", time=at(10, "12:00:00") + dt.timedelta(minutes=number), session="thief-session-0003",
                   host=FILES, url=f"/v1/files?name={quote(TRAVERSAL, safe='')}", ip="5.9.1.1", answered=PASSWD,
                   answered_as="text/plain", kind="ptrav")  # fmt: skip
    yield Shot(id="error-1", time=at(10, "12:10:00"), session="thief-session-0003", host=FILES, ip="5.9.1.1", status=500,
               url=f"/v1/orders?id={quote(UNION, safe='')}", answered=json.dumps({"error": DATABASE_ERROR}), kind="sqli")  # fmt: skip


def scanner() -> Iterator[Shot]:
    """Attacks of other kinds, from many addresses, so that figures have something to count."""
    kinds = (("rce", searched("; cat /etc/hosts | sh")), ("ssti", searched("{{7*7}}{{config.items()}}")),
             ("ssrf", searched("http://169.254.169.254/latest/meta-data/")), ("xss", searched("<img src=x onerror=alert(1)>")))  # fmt: skip
    for number in range(24):
        kind, url = kinds[number % 4]
        yield Shot(id=f"scan-{number}", time=at(9, "20:00:00") + dt.timedelta(minutes=7 * number), kind=kind, host=LAB, url=url,
                   session=f"scanner-session-{number % 6:02}", ip=f"91.10.{number % 5}.5", agent="sqlmap/1.8",
                   status=(200, 403, 404, 500, 200, 200)[number % 6])  # fmt: skip


def hostile() -> Iterator[Shot]:
    """Attacks that are bad in every place a page shows: path, query, header, body, payload, user agent, user, host, id."""
    values = (MARKUP, IMAGE, TEMPLATE, LEFT, "nul\0byte", "' onmouseover=alert(1) x='", "a-word-" * 1500, "x" * 10_000)
    for number, value in enumerate(values):
        attack = f"{INJECTION}{value}"
        yield Shot(id=f"w{number} {value[:300]}", time=at(11, "13:00:00") + dt.timedelta(seconds=number), ip=HOSTILE_IP,
                   session="hostile-session-01", method="POST", url=f"/v1/{value}?q={quote(attack, safe='')}", agent=f"agent {value}",
                   host=f"{value[:50]}.example" if number < 4 else "odd.example", user=value[:1000],
                   headers=(("X-Odd", value), ("Content-Type", "application/json")), body=json.dumps({"note": attack, "more": value}),
                   answered=f"<p>{value}</p> {DATABASE_ERROR}", answered_as="text/html", kind="sqli")  # fmt: skip


def lines(shots: Iterable[Shot]) -> str:
    """Requests as a file of exchange records."""
    return "".join(f"{json.dumps(shot.record())}\n" for shot in shots)


ALL: tuple[Shot, ...] = tuple(chain(injector(), other(), thief(), scanner(), hostile()))
