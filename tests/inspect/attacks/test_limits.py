"""Whatever a request holds, looking at it takes bounded time, and a limit that cuts the look short is named (A1.1)."""

from __future__ import annotations

import base64
import gzip
import json
import random
from typing import Any
from urllib.parse import quote

import pytest
from tests.pointing import FORM, JSON, XML, reading

from apitrail import scanning
from apitrail.inspect.attacks import gathering
from apitrail.inspect.attacks.automata import STARTS_LIMIT
from apitrail.inspect.attacks.detecting import Detected
from apitrail.inspect.attacks.matching import PLACES, PLACES_LIMIT, matcher
from apitrail.inspect.attacks.values import Look, Value, look
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.unpacking import TOO_LARGE, UNPACKED_LIMIT, unpacked
from apitrail.model.exchange import Exchange
from timing import cost

pytestmark = pytest.mark.rows("A1.1")

SECONDS = 0.6
"""What the slowest may take of an ordinary machine: four times what it takes."""
MULTIPART = (("content-type", "multipart/form-data; boundary=XX"),)
GZIP = (("content-encoding", "gzip"),)


def escaped(text: str, times: int) -> str:
    """A text with percent escapes put on it again and again."""
    for _ in range(times):
        text = quote(text, safe="")
    return text


def parts(count: int) -> bytes:
    """A multipart body of many files."""
    one = b'--XX\r\nContent-Disposition: form-data; name="a%d"; filename="x%d"\r\n\r\nit\'s\r\n'
    return b"".join(one % (number, number) for number in range(count)) + b"--XX--\r\n"


HOSTILE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "parameters": ({"query": "&".join(f"p{at}=it's {at}" for at in range(5000))}, {gathering.VALUES}),
    "plain parameters": ({"query": "&".join(f"p{at}={at}" for at in range(30_000))}, {gathering.VALUES}),
    "texts of JSON": ({"headers": JSON, "body": json.dumps([f"it's {at}" for at in range(30_000)]).encode()}, {gathering.VALUES}),
    "deep JSON": ({"headers": JSON, "body": b'{"a":' * 500 + b"1" + b"}" * 500}, {gathering.DEEP}),
    "deepest JSON": ({"headers": JSON, "body": b"[" * 500_000}, {gathering.DEEP, gathering.VALUE_LENGTH}),
    "deep XML": ({"headers": XML, "body": b"<a>" * 5000 + b"x y" + b"</a>" * 5000}, {gathering.DEEP}),
    "wide XML": ({"headers": XML, "body": b"<a>" + b"<b>x y</b>" * 60_000 + b"</a>"},
                 {gathering.VALUES, gathering.VALUE_LENGTH}),
    "large JSON": ({"headers": JSON, "body": json.dumps({"a": "x y " * 2_500_000}).encode()},
                   {gathering.BODY_SIZE, gathering.VALUE_LENGTH}),
    "large form": ({"headers": FORM, "body": b"a=" + b"x+y+" * 2_500_000}, {gathering.BODY_SIZE, gathering.VALUE_LENGTH}),
    "large text": ({"body": b"a ../ b; cat <c> " * 600_000}, {gathering.BODY_SIZE, gathering.VALUE_LENGTH}),
    "long value": ({"query": "a=" + "x y' or " * 20_000}, {gathering.VALUE_LENGTH}),
    "bomb": ({"headers": GZIP, "body": gzip.compress(b"\0" * 20_000_000)}, {gathering.DECOMPRESSION}),
    "bomb in base64": ({"query": "a=" + quote(base64.b64encode(gzip.compress(b"a " * 2_000_000)).decode(), safe="")},
                       {gathering.DECOMPRESSION}),
    "escapes on escapes": ({"query": "q=" + escaped("<b>", 8)}, {gathering.DECODED}),
    "percent signs": ({"query": "q=" + "%25" * 20_000}, set()),
    "entities": ({"query": "q=" + "%26lt;" * 10_000}, set()),
    "segments": ({"path": "/" + "../" * 20_000}, {gathering.VALUES}),
    "headers": ({"headers": tuple((f"x-{at}", f"it's {at}") for at in range(5000))}, {gathering.VALUES}),
    "cookies": ({"headers": (("cookie", "; ".join(f"a{at}=it's" for at in range(5000))),)}, {gathering.VALUES}),
    "parts": ({"headers": MULTIPART, "body": parts(5000)}, {gathering.VALUES}),
    "noise": ({"headers": JSON, "body": random.Random(1).randbytes(1_000_000)}, {gathering.VALUE_LENGTH}),
    "wide letters": ({"headers": JSON, "body": json.dumps({"a": "\ufdfa \uff1c" * 9000}, ensure_ascii=False).encode()},
                     {gathering.VALUE_LENGTH}),
}  # fmt: skip


def looked_at(exchange: Reading) -> Look:
    """What is looked at of a request, once all signatures were looked for in it."""
    seen = look(exchange)
    matcher().search(seen.values)
    return seen


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_takes_bounded_time_and_names_its_limit(name: str) -> None:
    """Every way to make a request large or deep is cut short at a limit that is told, in a tenth of a second or so."""
    members, limits = HOSTILE[name]
    exchange = Exchange(**{"method": "POST", "path": "/", **members})
    matcher()
    assert cost(looked_at, setup=lambda: reading(exchange), below=SECONDS) < SECONDS
    seen = look(reading(exchange))
    assert limits <= set(seen.overlimit)
    assert len(seen.values) <= gathering.VALUES_LIMIT
    assert sum(len(value.text) for value in seen.values) <= gathering.TEXT_LIMIT


def test_an_ordinary_request_reaches_no_limit() -> None:
    """Nothing is told of limits where everything was looked at."""
    body = json.dumps({"name": "Ann O'Hara", "items": [{"note": f"number {at}"} for at in range(100)]}).encode()
    assert look(reading(Exchange(method="POST", path="/a", query="a=b%20c", headers=JSON, body=body))).overlimit == ()


def test_places_that_are_not_checked_are_told() -> None:
    """More places than are checked, of which none is an attack, are a limit that was reached; an attack among the last is found."""
    found, overlimit = matcher().search([Value("{{name}} " * 4 * PLACES_LIMIT, "request", "body", ())])
    assert (found, overlimit) == ([], (PLACES,))
    found, _ = matcher().search([Value("{{name}} " * 4 * PLACES_LIMIT + "{{7*7}}", "request", "body", ())])
    assert {hit.signature.type for hit in found} == {"ssti"}


def test_places_of_one_pattern_are_bounded() -> None:
    """An automaton stops when it has told enough places, and that is told as well."""
    _, overlimit = matcher().search([Value("../ " * (STARTS_LIMIT + 10), "request", "body", ())])
    assert overlimit == (PLACES,)


def test_a_limit_stands_in_the_answer_of_a_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer has the names of the limits that were reached, and no such member when none was."""
    line = json.dumps({"method": "GET", "url": "/a"})
    assert "overlimit" not in scanning.answer_to(line, 1)
    monkeypatch.setattr(scanning, "detect", lambda _reading: Detected((), ("values",)))
    assert scanning.answer_to(line, 1)["overlimit"] == ["values"]


@pytest.mark.parametrize("size", [0, 1, 70_000, UNPACKED_LIMIT])
def test_what_is_no_bomb_is_unpacked(size: int) -> None:
    """Bodies up to the limit come back as they were, from one member or several."""
    raw = random.Random(size).randbytes(size)
    packed = gzip.compress(raw[: size // 2]) + gzip.compress(raw[size // 2 :])
    assert unpacked(packed) == raw
    assert unpacked(gzip.compress(b" " * 60_000)) == b" " * 60_000
    assert unpacked(gzip.compress(raw + b"x" * (UNPACKED_LIMIT + 1))) is TOO_LARGE
    assert unpacked(b"not packed at all") == b""
