"""Requests a second in which attacks are looked for, on one core, for made-up traffic of several kinds."""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.hostile import PROOFS

from apitrail.scanning import answer_to

ROWS = 4000
"""Requests of one kind."""
AGENTS = tuple(
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version}.0.0.0 Safari/537.36"
    for version in range(120, 142)
)
SESSIONS = tuple(f"{random.Random(at).getrandbits(128):032x}" for at in range(500))
PROSE = (
    "the order was sent to an old address, and we'd like to have it changed before Friday; can you or your colleagues tell us "
    "when it's in stock again? We use 2 of 3 items (the blue ones) and select them by name from the list. Thanks & regards"
)
WORDS = PROSE.split()
DOCUMENT = (
    "query Orders($first: Int!) {\n  orders(first: $first) {\n    id\n    date\n    customer { name type }\n    total\n  }\n}"
)
SOAP = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><Get><id>{}</id><name>{}</name></Get></s:Body></s:Envelope>"


def main() -> list[str]:
    """One line for each kind, and one for all of them together."""
    lines, rows, seconds = [], 0, 0.0
    answer_to(_record(random.Random(0), 0, "GET", "/?a=%27%20or%201=1"), 1)
    gc.collect()
    gc.freeze()
    for name, make in KINDS.items():
        chance = random.Random(5)
        records = [make(chance, number) for number in range(ROWS)]
        before = time.process_time()
        for number, record in enumerate(records):
            answer_to(record, number)
        taken = time.process_time() - before
        rows, seconds = rows + ROWS, seconds + taken
        lines.append(f"detection, {name}: {ROWS / taken:,.0f} requests/s")
    return [*lines, f"detection, all of them: {rows / seconds:,.0f} requests/s (to reach 20,000)"]


def _record(chance: random.Random, number: int, method: str, url: str, *, kind: str = "", body: str = "") -> str:
    headers = [
        ["Host", "api.shop.example"], ["User-Agent", chance.choice(AGENTS)], ["Accept", "application/json, text/plain, */*"],
        ["Accept-Encoding", "gzip, deflate, br"], ["Referer", "https://www.shop.example/"],
        ["Cookie", f"sid={SESSIONS[number % len(SESSIONS)]}; theme=dark"],
    ]  # fmt: skip
    if kind:
        headers.append(["Content-Type", kind])
    return json.dumps({"id": str(number), "method": method, "url": url, "headers": headers, "body": body})


def _reading(chance: random.Random, number: int) -> str:
    path = chance.choice(("products", "orders", "users", "invoices"))
    return _record(chance, number, "GET", f"/api/v1/{path}/{number}?page={number % 9}&sort=price&q={chance.choice(WORDS)}")


def _writing(chance: random.Random, number: int) -> str:
    items = [{"sku": f"A-{chance.randrange(999)}", "quantity": 1, "name": "A blue chair, 2 m"} for _ in range(3)]
    body = {"customer": {"id": number, "email": f"ann{number}@mail.example", "name": "Ann O'Hara"}, "items": items}
    return _record(chance, number, "POST", "/api/v1/orders", kind="application/json", body=json.dumps(body))


def _prose(chance: random.Random, number: int) -> str:
    text = " ".join(chance.choice(WORDS) for _ in range(60))
    return _record(chance, number, "POST", "/api/v1/comments", kind="application/json", body=json.dumps({"text": text}))


def _graphql(chance: random.Random, number: int) -> str:
    body = json.dumps({"operationName": "Orders", "query": DOCUMENT, "variables": {"first": number}})
    return _record(chance, number, "POST", "/graphql", kind="application/json", body=body)


def _soap(chance: random.Random, number: int) -> str:
    return _record(chance, number, "POST", "/soap", kind="text/xml", body=SOAP.format(number, chance.choice(WORDS)))


def _attack(chance: random.Random, number: int) -> str:
    text = chance.choice(PROOFS)
    if number % 2:
        return _record(chance, number, "GET", f"/search?q={quote(text, safe='', errors='replace')}&page=1")
    return _record(
        chance, number, "POST", "/api/v1/notes", kind="application/json", body=json.dumps({"title": "a", "note": text})
    )


KINDS: dict[str, Callable[[random.Random, int], str]] = {
    "reading an API": _reading,
    "writing JSON": _writing,
    "prose in JSON": _prose,
    "GraphQL": _graphql,
    "SOAP": _soap,
    "texts that prove signatures": _attack,
    "a mix with one such text in ten": lambda chance, number: (
        _attack if number % 10 == 0 else chance.choice((_reading, _reading, _reading, _writing, _prose))
    )(chance, number),
}
"""Kinds of traffic."""
