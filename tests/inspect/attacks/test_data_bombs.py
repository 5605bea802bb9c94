"""Requests that are small to send and large to read, told from those that are only large."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import struct
import zipfile
import zlib

import pytest
from tests.inspect.attacks.sending import checked, in_form, in_json, kinds, rules, sent, with_file
from tests.pointing import FORM, JSON, XML

from apitrail.inspect.attacks.families.bombs import colliding
from apitrail.model.exchange import Exchange
from timing import cost

pytestmark = pytest.mark.rows("A1.2")


def archive(*sizes: int) -> bytes:
    """An archive of members that hold zeros."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for at, size in enumerate(sizes):
            packed.writestr(f"m{at}", bytes(size))
    return written.getvalue()


def picture(wide: int, high: int) -> bytes:
    """The beginning of a picture that says how large it is."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", wide, high) + b"\x08\x06\0\0\0"


COLLIDING = ["".join(some) for some in itertools.product(("Aa", "BB"), repeat=7)]
OF_PHP = ["".join(some) for some in itertools.product(("Ez", "FY"), repeat=7)]
BOMBS = {
    "bomb-nested": [
        sent(headers=JSON, body="[" * 500 + "]" * 500),
        sent(headers=JSON, body='{"a":' * 20_000),
        sent(headers=XML, body="<a>" * 500 + "</a>" * 500),
    ],
    "bomb-number": [
        sent(headers=JSON, body='{"padding":"' + "x" * 60 + '","a":1e999999999}'),
        sent(headers=JSON, body='{"a":' + "9" * 5000 + "}"),
    ],
    "bomb-names": [
        in_json(dict.fromkeys(COLLIDING, 1)),
        in_json(dict.fromkeys(OF_PHP, 1)),
        in_json({str(65536 * at): 0 for at in range(1000)}),
        in_form("&".join(f"{name}=1" for name in COLLIDING)),
    ],
    "bomb-parameters": [sent("GET", query="&".join(["a=1"] * 6000)), in_form("&".join(["a=1"] * 6000))],
    "bomb-packed": [
        sent(headers=(*JSON, ("content-encoding", "gzip")), body=gzip.compress(bytes(20_000_000))),
        sent(headers=(("content-encoding", "deflate"),), body=zlib.compress(bytes(20_000_000))),
    ],
    "bomb-archive": [with_file("a.zip", archive(6_000_000, 6_000_000)), sent("PUT", body=archive(20_000_000))],
    "bomb-picture": [with_file("a.png", picture(60_000, 60_000), "image/png")],
    "header-ranges": [
        sent("GET", headers=(("range", "bytes=0-" + ",5-0" * 50),)),
        sent("GET", headers=(("range", "bytes=0-18446744073709551615"),)),
    ],
}
ORDINARY = [
    in_json({f"key_{at}": at for at in range(1000)}),
    in_json({str(at): at for at in range(1000)}),
    in_json({"hash": "1e99999", "digits": "9" * 5000, "brackets": "[" * 500, "n": 1.5e300, "id": 12345678901234567890}),
    sent(headers=JSON, body='{"amount":1e3,"list":[' + ",".join(["[1,[2,[3]]]"] * 200) + "]}"),
    sent(headers=XML, body="<a>" + "<b x='<'><c/>1</b>" * 300 + "</a>"),
    sent(headers=JSON, body=gzip.compress(json.dumps([{"id": at} for at in range(500)]).encode())),
    with_file("app.zip", archive(1000, 2000)),
    with_file("a.png", picture(1920, 1080), "image/png"),
    sent("GET", headers=(("range", "bytes=0-1023,2048-4095"),)),
    sent("GET", query="&".join(f"id={at}" for at in range(500))),
]


@pytest.mark.parametrize(("rule", "exchange"), [(rule, one) for rule, some in BOMBS.items() for one in some])
def test_bombs_are_found(rule: str, exchange: Exchange) -> None:
    """Each way to cost a reader more than a sender is seen for what it is."""
    assert rule in rules(exchange)
    assert "data_bomb" in kinds(exchange)


@pytest.mark.parametrize("exchange", ORDINARY)
def test_large_is_no_bomb(exchange: Exchange) -> None:
    """Many members, long texts, packed bodies of ordinary size are nothing."""
    assert "data_bomb" not in kinds(exchange)


def test_collisions_are_those_of_known_hashes() -> None:
    """Names that fall together in a hash are told from names that only look alike."""
    assert colliding(name.encode() for name in COLLIDING)
    assert not colliding(f"item-{at:05}".encode() for at in range(2000))
    assert not colliding(b"a" for _ in range(2000))


@pytest.mark.parametrize(
    "piece", [b"[", b'{"a":', b'"', b'"\\', b"<a ", b"<a x='", b"</", b"1", b"PK\x03\x04", b"PK\x01\x02", b"e+1", b"a=1&"]
)
@pytest.mark.parametrize("begin", [b"{", b"<a>", b"", b"\x1f\x8b", b"x\x9c"])
def test_hostile_bodies_take_no_time(begin: bytes, piece: bytes) -> None:
    """A megabyte is looked through in a moment, whatever it is made of."""
    exchange = sent(headers=FORM, body=begin + piece * (1_000_000 // len(piece)))
    assert cost(lambda: checked(exchange), below=1.5) < 1.5
