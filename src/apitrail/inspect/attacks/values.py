"""Every value of a request with its point, taken apart and decoded as far as an application might (A1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from apitrail.inspect.points.escapes import alternatives, base64_text, url
from apitrail.inspect.points.extracting import Reading
from apitrail.inspect.points.structures import json_of, text_of
from apitrail.model.point import Decoder, Point, Steps

VALUES_LIMIT = 2000
"""Values of one request that are looked at, decoded forms included."""
VALUE_LIMIT = 65_536
"""Characters of one value that are looked at."""
DECODINGS = 3
"""Times that decoders are applied to what a decoder yields."""
DEPTH = 64
"""Levels of a body that are looked at."""

_PLAIN = re.compile(
    r"(?!https?:|0x2e|eyJ|(?:convert|class|process|constructor)\.|(?:javax?|com\.(?:sun|opensymphony)|org\.(?:apache|omg|springframework))\."
    r"|.*\.(?:ph(?:p\d?|tml|ar|ps|t)|jspx?|aspx?)\b)"
    r"[A-Za-z0-9_@:+-]*(?:\.[A-Za-z0-9_@:+-]+)*"
)
"""One word, number, date or address: nothing that any language reads as more than a name; no class, no script."""
_BASE64_LIKE = re.compile(r"[A-Za-z0-9+_-]{12,}")


class Value(NamedTuple):
    """A text that an application would see, and where it stands."""

    text: str
    side: str
    place: str
    steps: Steps
    decoders: tuple[str, ...] = ()
    is_name: bool = False
    """Whether the text is a name (of a parameter, of a member), not what stands under it."""

    @property
    def point(self) -> str:
        """The point of the value as it is written."""
        return str(Point(self.side, self.place, self.steps, tuple(map(Decoder, self.decoders))))


def values(reading: Reading) -> list[Value]:
    """The values of a request that could be more than plain words, each with its decoded forms after it."""
    found: list[Value] = []
    for value in _raw(reading):
        text = value.text
        if _PLAIN.fullmatch(text) and not (len(text) >= 12 and _BASE64_LIKE.fullmatch(text)):
            continue
        if len(text) > VALUE_LIMIT:
            value = value._replace(text=text[:VALUE_LIMIT])  # noqa: PLW2901 - the same value, shorter
        _expand(value, found)
        if len(found) >= VALUES_LIMIT:
            break
    return found


def _expand(value: Value, found: list[Value]) -> None:
    """The value and its decoded forms, each text once."""
    known = {value.text}
    level = [value]
    found.append(value)
    for _ in range(DECODINGS):
        deeper = []
        for one in level:
            for decoder, text in alternatives(one.text):
                if text not in known:
                    known.add(text)
                    deeper.append(one._replace(text=text, decoders=(*one.decoders, decoder)))
                    if decoder == "base64" and text[:1] in "{[":
                        deeper.extend(_json(json_of(text), one.side, one.place, one.steps, (*one.decoders, decoder, "json")))
        found.extend(deeper)
        level = deeper
        if not level:
            return


def _raw(reading: Reading) -> Iterator[Value]:
    exchange = reading.exchange
    yield from _path(exchange.path)
    if exchange.query:
        yield from _query(exchange.query)
    for name, text in reading.request.headers.items():
        if name in _HEADERS_OF_TRANSPORT:
            continue
        if name == "cookie":
            yield from (Value(url(text) if "%" in text else text, "request", "cookie", (key,)) for key, text in reading.cookies)
            if "<" in text or "&" in text:  # a semicolon of a payload cut it
                yield Value(url(text) if "%" in text else text, "request", "cookie", ())
        else:
            yield Value(text, "request", "header", (name.title(),))
    if exchange.body:
        yield from _body(reading)


_HEADERS_OF_TRANSPORT = frozenset(
    ("host", "accept", "accept-encoding", "accept-language", "content-length", "connection", "cache-control", "pragma", "dnt",
     "te", "upgrade-insecure-requests", "sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform", "sec-fetch-site", "sec-fetch-mode",
     "sec-fetch-user", "sec-fetch-dest", "if-none-match", "if-modified-since")
)  # fmt: skip


def _path(path: str) -> Iterator[Value]:
    """The whole path, which traversal needs, and each segment."""
    plain = url(path) if "%" in path else path
    yield Value(plain, "request", "path", ())
    segments = path.split("/")[1:VALUES_LIMIT]
    if len(segments) > 1 or "%" in path:
        for at, segment in enumerate(segments):
            if segment:
                yield Value(url(segment) if "%" in segment else segment, "request", "path", (at,))


def _query(query: str) -> Iterator[Value]:
    """Names and values; the whole too when an unescaped sign of markup or script cut a text into them."""
    cut = False
    for part in query.split("&", VALUES_LIMIT)[:VALUES_LIMIT]:
        name, equals, text = part.partition("=")
        name, text = _form_decoded(name), _form_decoded(text)
        cut = cut or bool(_CUT.search(name)) or (name[:2].lower() == "on" and "(" in text)
        if equals and not text.strip("=") and _base64_text(part):
            yield Value(part, "request", "query", ())
            continue
        if not equals:
            yield Value(name, "request", "query", ())
            continue
        yield Value(text, "request", "query", (name,))
        yield Value(name, "request", "query", (name,), is_name=True)
    if cut:
        yield Value(_form_decoded(query[:VALUE_LIMIT]), "request", "query", ())


def _base64_text(text: str) -> bool:
    """Whether a text is base64 that holds text, so that its plus signs are no spaces and its last equals signs part nothing."""
    return len(text) % 4 == 0 and bool(_PADDED_BASE64.fullmatch(text)) and bool(base64_text(text))


_PADDED_BASE64 = re.compile(r"[A-Za-z0-9+/]{11,}={0,2}")
_CUT = re.compile(r"[<>\"'`({;]")
"""Signs that names of parameters do not have."""


def _form_decoded(text: str) -> str:
    if "+" in text and not _base64_text(text):
        text = text.replace("+", " ")
    return url(text) if "%" in text else text


def _body(reading: Reading) -> Iterator[Value]:
    """A body by what it is: JSON, multipart, XML, a form, else as one text."""
    body, kind = reading.exchange.body, reading.request.content_type.lower()
    first = body.lstrip()[:1]
    if "multipart" in kind:
        yield from (Value(text, "request", "body.multipart", (name,)) for name, text in reading.request.multipart)
        yield Value(text_of(body[:VALUE_LIMIT], kind), "request", "body", ())
        return
    if "json" in kind or first in (b"{", b"["):
        root = reading.request.json
        if root is not None:
            yield from _json(root, "request", "body.json", ())
            return
    text = text_of(body[:VALUE_LIMIT], kind)
    if "xml" in kind or first == b"<":
        yield Value(text, "request", "body", ())
        yield from _xml(reading.request.xml)
    elif "urlencoded" in kind or _FORM.match(text):
        yield from (value._replace(place="body.form") if value.steps else value._replace(place="body") for value in _query(text))
    else:
        yield Value(text, "request", "body", ())


_FORM = re.compile(r"[\w.\[\]%-]{1,60}=")


def _json(root: Any, side: str, place: str, steps: Steps, decoders: tuple[str, ...] = ()) -> Iterator[Value]:
    """Names and texts of decoded JSON, breadth first."""
    waiting: list[tuple[Steps, Any]] = [((), root)]
    for count, (path, node) in enumerate(waiting):
        if count > VALUES_LIMIT or len(path) > DEPTH:
            return
        here = steps if decoders else path
        if isinstance(node, str):
            yield Value(node, side, place, here, decoders)
        elif isinstance(node, dict):
            for name, below in node.items():
                if not _PLAIN.fullmatch(name):
                    yield Value(name, side, place, (*path, name) if not decoders else steps, decoders, is_name=True)
                waiting.append(((*path, name), below))
        elif isinstance(node, list):
            waiting += [((*path, at), below) for at, below in enumerate(node[:VALUES_LIMIT])]


def _xml(root: Any) -> Iterator[Value]:
    """Texts and attributes of an XML body."""
    from apitrail.inspect.points.walking import local

    waiting: list[tuple[Steps, Any]] = [((local(root.tag),), root)] if root is not None else []
    for count, (path, node) in enumerate(waiting):
        if count > VALUES_LIMIT or len(path) > DEPTH:
            return
        if node.text and not node.text.isspace():
            yield Value(node.text, "request", "body.xml", path)
        for name, text in node.attrib.items():
            yield Value(text, "request", "body.xml", (*path, f"@{local(name)}"))
        waiting += [((*path, local(child.tag)), child) for child in node]
