"""The values of a body by what it is: JSON, multipart, XML, a form, else one text; packed ones are unpacked within bounds."""

from __future__ import annotations

import re
from typing import Any

from apitrail.inspect.attacks.gathering import (
    BODY_SIZE,
    DECOMPRESSION,
    DEEP,
    DEPTH,
    NODES_LIMIT,
    VALUE_LENGTH,
    VALUE_LIMIT,
    VALUES,
    VALUES_LIMIT,
    Gathering,
)
from apitrail.inspect.attacks.parameters import add_parameters
from apitrail.inspect.points.escapes import mended
from apitrail.inspect.points.extracting import Reading, Side
from apitrail.inspect.points.structures import BODY_LIMIT, PART_BYTES, PARTS_LIMIT, encoding_of, text_of
from apitrail.inspect.points.unpacking import TOO_LARGE, unpacked
from apitrail.inspect.points.walking import local
from apitrail.model.point import Steps

RECURSION_LEAST = 500
"""Brackets of a body that is no JSON from which it may be nested too deeply to be read."""

_FORM = re.compile(r"[\w.\[\]%-]{1,60}=")
_DISPOSITION = re.compile(rb"content-disposition:([^\r\n]{0,1000})", re.IGNORECASE)
_OF_PART = re.compile(r"\b(name|filename)\*?\s{0,4}=\s{0,4}(?:\"((?:[^\"\\]|\\.)*)|([^;\"\s][^;]*))", re.IGNORECASE)
_MAGIC = (b"\x1f\x8b",)


def add_body(reading: Reading, gathering: Gathering) -> None:
    """Gather the values of the body of a request."""
    side = _readable(reading, gathering)
    if side is None:
        return
    body, kind = side.body, side.content_type.lower()
    if len(body) > BODY_LIMIT:
        gathering.reached(BODY_SIZE)
        body = body[:BODY_LIMIT]
    first = body.lstrip()[:1]
    if "multipart" in kind:
        _add_parts(side, gathering)
        gathering.add(body[:VALUE_LIMIT].decode("utf-8", "replace"), "request", "body", ())
    elif ("json" in kind or first in (b"{", b"[")) and (root := side.json) is not None:
        for path, text, is_name in gathering.leaves(root):
            gathering.add(text, "request", "body.json", path, is_name=is_name)
    elif "xml" in kind or first == b"<":
        gathering.add(body.decode("utf-8", "replace"), "request", "body", ())
        _add_xml(side.xml, gathering)
    else:
        if first in (b"{", b"[") and _nested_too_deeply(body):
            gathering.reached(DEEP)
        text = body.decode("utf-8", "replace")
        if "urlencoded" in kind or _FORM.match(text):
            add_parameters(text, gathering, place="body.form", whole="body")
        else:
            gathering.add(text, "request", "body", ())


def _readable(reading: Reading, gathering: Gathering) -> Side | None:
    """The message with its body unpacked and in UTF-8; nothing when unpacking it costs more than it is worth."""
    side, headers = reading.request, reading.request.headers
    body = side.body
    if "content-encoding" in headers or body.startswith(_MAGIC):
        plain = unpacked(body)
        if plain is TOO_LARGE:
            gathering.reached(DECOMPRESSION)
            return None
        body = plain or body
    if not body.isascii() or b"\0" in body[:4]:
        body = _in_utf_8(body[: BODY_LIMIT + 1], side.content_type)
    if body is side.body:
        return side
    kind = side.content_type
    return Side({"content-type": kind if "multipart" in kind.lower() else kind.partition(";")[0]}, body)


def _in_utf_8(body: bytes, kind: str) -> bytes:
    if "multipart" in kind.lower():
        return body
    encoding = encoding_of(body, kind)
    if encoding != "utf_8":
        return text_of(body, kind).encode("utf-8", "replace")
    try:
        body.decode()
    except UnicodeDecodeError:
        return mended(body).encode("utf-8", "replace")
    return body.removeprefix(b"\xef\xbb\xbf")


def _nested_too_deeply(body: bytes) -> bool:
    return body.count(b"[") + body.count(b"{") > RECURSION_LEAST


def _add_parts(side: Side, gathering: Gathering) -> None:
    """The fields of a multipart body, their names, and the names of files, however broken the rest is."""
    for name, text in side.multipart:
        gathering.add(text, "request", "body.multipart", (name,))
        if len(text) >= PART_BYTES:
            gathering.reached(VALUE_LENGTH)
    for count, found in enumerate(_DISPOSITION.finditer(side.body[:BODY_LIMIT])):
        if count >= PARTS_LIMIT:
            gathering.reached(VALUES)
            return
        named = [
            (word.lower(), quoted or bare)
            for word, quoted, bare in _OF_PART.findall(found[1].decode("utf-8", "replace"))
        ]  # fmt: skip
        field = next((text for word, text in named if word == "name"), "")
        for _, text in named:
            gathering.add(text, "request", "body.multipart", (field,), is_name=True)


def _add_xml(root: Any, gathering: Gathering) -> None:
    """Texts and attributes of an XML body."""
    waiting: list[tuple[Steps, Any]] = [((local(root.tag),), root)] if root is not None else []
    for count, (path, node) in enumerate(waiting):
        if count > NODES_LIMIT or len(gathering.values) >= VALUES_LIMIT:
            gathering.reached(VALUES)
            return
        if node.text and not node.text.isspace():
            gathering.add(node.text, "request", "body.xml", path)
        for name, text in node.attrib.items():
            gathering.add(text, "request", "body.xml", (*path, f"@{local(name)}"))
        if len(path) >= DEPTH and len(node):
            gathering.reached(DEEP)
            continue
        waiting += [((*path, local(child.tag)), child) for child in node]
