"""Made-up sessions for the proofs of detectors, and the votes that an analysis gives them."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from apitrail.analyze.bots import judging, normal, running
from apitrail.analyze.bots.catalogue import Detector, Proof, Send, detectors
from apitrail.analyze.bots.features import COLUMNS
from apitrail.analyze.bots.plan import Plan
from apitrail.analyze.running import SAMPLES_LEAST
from apitrail.model.exchange import Exchange
from apitrail.store import Store
from traffic import HOUR, NOON, SECOND

BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
CROWD = 60
"""Sessions of others on a host that has some."""
_VISIT = (
    Send("GET /", every=3),
    Send("GET /static/part{n}.css", repeat=6, every=0.1, referer="/"),
    Send("GET /products/{r}", repeat=2, every=9, human=True, referer="/"),
    Send("GET /static/image{n}.png", repeat=4, every=0.1, referer="/"),
    Send("GET /cart", repeat=3, every=6, human=True, referer="/"),
    Send("GET /", every=3, referer="/cart"),
    Send("GET /products/{r}", repeat=2, every=9, human=True, referer="/cart"),
)
"""A visit as most are: pages with their files, one coming from another."""


def letters(number: int) -> str:
    """A number in letters, which no template takes for a value: 0 is `aa`."""
    return string.ascii_lowercase[number // 26 % 26] + string.ascii_lowercase[number % 26]


def session(name: str, host: str, send: Sequence[Send], *, start: int = NOON, ip: str = "203.0.113.7") -> list[Exchange]:
    """The exchanges of a made-up session; `name` makes its ids and, unless it says otherwise, its cookie."""
    chance = random.Random(name)
    now, made = start, []
    for one in send:
        for number in range(one.repeat):
            now += round(_pause(one, chance) * SECOND)
            made.append(_exchange(f"{name}-{len(made)}", name, host, one, number, now, ip, chance))
    return made


def _pause(one: Send, chance: random.Random) -> float:
    if one.human:
        return one.every * chance.lognormvariate(0, 1.2)
    return one.every * (1 + chance.uniform(-one.jitter, one.jitter))


def _exchange(key: str, name: str, host: str, one: Send, number: int, now: int, ip: str, chance: random.Random) -> Exchange:
    drawn = chance.randrange(10_000)

    def fill(text: str) -> str:
        words = {"n": number + 1, "x": letters(number), "r": drawn, "third": number // 3}
        for word, value in words.items():
            text = text.replace(f"{{{word}}}", str(value))
        return text

    method, _, target = fill(one.request).partition(" ")
    path, _, query = target.partition("?")
    body = msgspec.json.encode({"email": fill(one.name), "password": "x"}) if one.name else b""
    headers = [("user-agent", fill(one.agent) or BROWSER)]
    headers += [("referer", f"https://{host}{fill(one.referer)}")] if one.referer else []
    headers += [("x-api-key", "sk_live_7Qm2x9LhVtB4")] if one.key else []
    headers += [("content-type", "application/json")] if body else []
    if not one.ip or one.session:
        headers.append(("cookie", f"sid={name}-{fill(one.session)}-value-of-some-length"))
    return Exchange(
        id=key, time=now, method=method, path=path, query=query, host=host, status=one.status, client_ip=fill(one.ip) or ip,
        headers=tuple(headers), body=body, duration_ms=one.ms, request_bytes=one.sent, response_bytes=one.bytes,
    )  # fmt: skip


def crowd(host: str) -> list[Exchange]:
    """Many visits of others, over some hours."""
    return [
        one
        for number in range(CROWD)
        for one in session(
            f"{host}-crowd{number}", host, _VISIT, start=NOON - 6 * HOUR + number * HOUR // 12, ip=f"198.18.0.{number}"
        )
    ]


def proofs() -> Iterator[tuple[str, Detector, Proof, bool]]:
    """Each proof with a host of its own, its detector, and whether this speaks."""
    for detector in detectors():
        for speaks, some in ((True, detector.fires), (False, detector.silent)):
            for number, proof in enumerate(some):
                yield (
                    f"{detector.name.replace('_', '-')}-{'fires' if speaks else 'silent'}{number}.example",
                    detector,
                    proof,
                    speaks,
                )


def traffic(host: str, proof: Proof, ip: str) -> list[Exchange]:
    """The traffic of a proof."""
    return [*(crowd(host) if proof.crowd else ()), *session(f"{host}-it", host, proof.send, ip=ip)]


def votes(store: Store) -> dict[str, dict[str, dict[str, Any]]]:
    """What detectors see, by session id and detector; a session of several days has what was seen last."""
    plan = Plan()
    store.prepare_behaviour(COLUMNS, normal.AROUND)
    store.learn_baselines(SAMPLES_LEAST)
    running.measure(store)
    store.replace_around(normal.AROUND, normal.around(), plan.values)
    seen = f"SELECT * FROM ({judging.seen(detectors())} SETTINGS join_use_nulls = 1) ORDER BY day"
    rows = store.rows(seen, plan.values)
    return {
        row["session_id"]: {one["name"]: one | {"vote": one["multiplier"] >= one["times"][1]} for one in row["every"]}
        for row in rows
    }
