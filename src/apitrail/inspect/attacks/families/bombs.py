"""Bodies that are small to send and large to read: nested, colliding, endless, compressed (CWE-409, CWE-407)."""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading

LEVELS_LIMIT = 100
"""Levels of JSON or XML of an ordinary body."""
READ_LIMIT = 1 << 20
"""Bytes of a body that are looked through."""
DIGITS_LIMIT = 1000
"""Digits of one number in JSON."""
EXPONENT_DIGITS = 4
"""Digits of an exponent that no number of a computer needs."""
NAMES_LEAST = 64
"""Names of one object, or parameters, from which collisions are looked for."""
NAMES_READ = 2000
"""Names of them that are hashed."""
PARAMETERS_LIMIT = 5000
"""Parameters of an ordinary query or form."""
RATIO_LIMIT = 100
"""Times its own size that an ordinary compressed body or member of an archive becomes."""
UNPACKED_LEAST = 5_000_000
"""Bytes that something has to become before it is a bomb."""
UNPACKED_LIMIT = 16_777_216
"""Bytes up to which a body is unpacked to see what it becomes."""
MEMBERS_READ = 200
"""Members of an archive that are looked at."""
PIXELS_LIMIT = 400_000_000
"""Pixels of an ordinary picture."""

_NESTED = mark("bomb-nested", "data_bomb", "nesting")
_NUMBER = mark("bomb-number", "data_bomb", "number")
_NAMES = mark("bomb-names", "data_bomb", "hash-collision")
_MANY = mark("bomb-parameters", "data_bomb", "parameters")
_PACKED = mark("bomb-packed", "data_bomb", "compression")
_ARCHIVE = mark("bomb-archive", "data_bomb", "archive")
_PICTURE = mark("bomb-picture", "data_bomb", "picture")

_JSON_SIGN = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_JSON_NUMBER = re.compile(
    rb'"(?:[^"\\]|\\.)*"?|[eE][+-]?\d{%d,}|(?<![\w.])-?\d{%d,}' % (EXPONENT_DIGITS, DIGITS_LIMIT), re.DOTALL
)
_FAR_EXPONENT = re.compile(rb"[eE][+-]?\d{%d}" % EXPONENT_DIGITS)
_LONG_DIGITS = re.compile(rb"\d{%d}" % DIGITS_LIMIT)
_XML_SIGN = re.compile(rb"<(/?)[A-Za-z_](?:[^<>\"'/]|\"[^\"<]*\"|'[^'<]*'|/(?!>))*(/?)>?")
_JSON_NAME = re.compile(rb'"((?:[^"\\]|\\.){1,200})"\s{0,8}:', re.DOTALL)
_LOCAL_MEMBER = b"PK\x03\x04"
_CENTRAL_MEMBER = b"PK\x01\x02"
_PNG = b"\x89PNG\r\n\x1a\n"


def look(reading: Reading) -> Iterator[Hit]:
    """What in a body costs its reader far more than its sender."""
    exchange = reading.exchange
    if exchange.query.count("&") >= PARAMETERS_LIMIT:
        yield hit(_MANY, 0.75, exchange.query[:500], "query")
    body = exchange.body[:READ_LIMIT]
    if len(body) < 50:
        return
    first = body.lstrip()[:1]
    if first in (b"{", b"["):
        yield from _json(body)
    elif first == b"<" and _xml_levels(body) > LEVELS_LIMIT:
        yield hit(_NESTED, 0.85, _start(body), "body")
    elif "urlencoded" in reading.request.kind:
        yield from _form(body)
    yield from _unpacked(body)


def _start(body: bytes) -> str:
    return body[:500].decode("utf-8", "replace")


def _json(body: bytes) -> Iterator[Hit]:
    if body.count(b"[") + body.count(b"{") > LEVELS_LIMIT and _json_levels(body) > LEVELS_LIMIT:
        yield hit(_NESTED, 0.85, _start(body), "body")
    if (_FAR_EXPONENT.search(body) or _LONG_DIGITS.search(body)) and _has_endless_number(body):
        yield hit(_NUMBER, 0.8, _start(body), "body")
    if body.count(b":") >= NAMES_LEAST:
        names = (found[1] for found in islice(_JSON_NAME.finditer(body), NAMES_READ))
        if colliding(names):
            yield hit(_NAMES, 0.9, _start(body), "body")


def _form(body: bytes) -> Iterator[Hit]:
    count = body.count(b"&") + 1
    if count > PARAMETERS_LIMIT:
        yield hit(_MANY, 0.75, _start(body), "body")
    if count >= NAMES_LEAST and colliding(part.partition(b"=")[0] for part in body.split(b"&", NAMES_READ)[:NAMES_READ]):
        yield hit(_NAMES, 0.9, _start(body), "body")


def _json_levels(body: bytes) -> int:
    """The deepest level of arrays and objects, brackets in texts left out."""
    level = deepest = 0
    for found in _JSON_SIGN.finditer(body):
        sign = found[0]
        if sign in (b"[", b"{"):
            level += 1
            deepest = max(deepest, level)
        elif sign in (b"]", b"}"):
            level -= 1
    return deepest


def _has_endless_number(body: bytes) -> bool:
    return any(found[0][:1] != b'"' for found in _JSON_NUMBER.finditer(body))


def _xml_levels(body: bytes) -> int:
    if body.count(b"<") <= LEVELS_LIMIT:
        return 0
    level = deepest = 0
    for found in _XML_SIGN.finditer(body):
        if found[1]:
            level -= 1
        elif not found[2]:
            level += 1
            deepest = max(deepest, level)
    return deepest


def colliding(names: Iterable[bytes]) -> bool:
    """Whether many different names fall together in a hash that languages have used for the members of objects."""
    different = set(names)
    if len(different) < NAMES_LEAST:
        return False
    if all(name.isdigit() for name in different):
        low = Counter(int(name[-15:]) & 0xFFFF for name in different)
        return len(low) * 4 < len(different)
    return any(len({_hashed(name, factor) for name in different}) * 2 < len(different) for factor in (31, 33))


def _hashed(name: bytes, factor: int) -> int:
    value = 0
    for byte in name[:200]:
        value = (value * factor + byte) & 0xFFFFFFFF
    return value


def _unpacked(body: bytes) -> Iterator[Hit]:
    if body[:2] == b"\x1f\x8b" and _becomes(body, 31) > RATIO_LIMIT * len(body):
        yield hit(_PACKED, 0.9, "", "body")
    if body[:1] == b"x" and body[1:2] in (b"\x01", b"\x9c", b"\xda") and _becomes(body, 15) > RATIO_LIMIT * len(body):
        yield hit(_PACKED, 0.9, "", "body")
    at = body.find(_CENTRAL_MEMBER) if _LOCAL_MEMBER in body else -1
    if at >= 0 and _swells(body, at):
        yield hit(_ARCHIVE, 0.9, "", "body")
    at = body.find(_PNG)
    if at >= 0 and _pixels(body, at) > PIXELS_LIMIT:
        yield hit(_PICTURE, 0.8, "", "body")


def _becomes(body: bytes, window: int) -> int:
    """Bytes that a compressed body becomes, as far as it is unpacked; nothing when those are few."""
    unpacker, total, rest = zlib.decompressobj(wbits=window), 0, body
    try:
        while rest and total < UNPACKED_LIMIT and not unpacker.eof:
            total += len(unpacker.decompress(rest, 1 << 20))
            rest = unpacker.unconsumed_tail
    except zlib.error:
        pass
    return total if total >= UNPACKED_LEAST else 0


def _swells(body: bytes, at: int) -> bool:
    """Whether the members of an archive, by its own list of them, become far more than they are."""
    packed = unpacked = 0
    for _ in range(MEMBERS_READ):
        if at < 0 or at + 46 > len(body):
            break
        small, large, name, extra, comment = struct.unpack_from("<IIHHH", body, at + 20)
        packed, unpacked = packed + small, unpacked + large
        at += 46 + name + extra + comment
        if body[at : at + 4] != _CENTRAL_MEMBER:
            break
    return unpacked >= UNPACKED_LEAST and unpacked > RATIO_LIMIT * max(packed, 1)


def _pixels(body: bytes, at: int) -> int:
    """Pixels that a picture says it has."""
    if at + 24 > len(body):
        return 0
    wide, high = struct.unpack_from(">II", body, at + 16)
    return int(wide) * int(high)
