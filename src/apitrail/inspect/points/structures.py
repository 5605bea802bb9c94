"""Bodies and values as structures: JSON, forms, multipart, XML; None or nothing when they are not what they seem."""

from __future__ import annotations

import codecs
import re
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from defusedxml import DefusedXmlException, ElementTree
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

BODY_LIMIT = 1 << 20
"""Bytes of a body that is looked into; a larger one has no values but itself."""
FIELDS_LIMIT = 1000
"""Fields of a form, a query, or cookies that are read."""
PARTS_LIMIT = 200
"""Parts of a multipart body that are read."""
PART_BYTES = 8192
"""Bytes of one part that are kept."""

Pairs = list[tuple[str, str]]

_CHARSET = re.compile(r"charset\s*=\s*\"?([\w.:-]{1,40})", re.IGNORECASE)
_NAMED_ENCODINGS = frozenset(("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "iso8859-1", "iso8859-15", "cp1252", "ascii",
                              "cp1251", "koi8-r", "shift_jis", "euc_jp", "gb18030", "gbk", "big5", "euc_kr"))  # fmt: skip
"""Encodings of text that a body may name; others, which may do other things than decode, are not looked up."""


def text_of(body: bytes, content_type: str) -> str:
    """A body as text, by the character set it names, else UTF-8; what cannot be read is replaced."""
    found = _CHARSET.search(content_type)
    name = "utf-16" if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8"
    if found:
        try:
            named = codecs.lookup(found[1]).name
        except (LookupError, ValueError):
            named = name
        name = named if named in _NAMED_ENCODINGS else name
    return body.decode(name, "replace")


def json_of(body: bytes | str, content_type: str = "") -> Any:
    """The JSON value of a body, of a name given twice the last; None when it is no JSON or nested too deeply."""
    if len(body) > BODY_LIMIT:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        pass
    if isinstance(body, str) or body.lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n")[:1] not in (b"{", b"[", b'"'):
        return None
    try:
        return msgspec.json.decode(text_of(body, content_type).lstrip("\ufeff"))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def form_of(text: str) -> Pairs:
    """The fields of a query or an urlencoded form, in order."""
    if len(text) > BODY_LIMIT or text.count("&") >= FIELDS_LIMIT:
        text = "&".join(text[:BODY_LIMIT].split("&", FIELDS_LIMIT)[:FIELDS_LIMIT])
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def cookies_of(header: str) -> Pairs:
    """The cookies of a Cookie header, in order, quotes taken off."""
    parts = header[:BODY_LIMIT].split(";", FIELDS_LIMIT)[:FIELDS_LIMIT]
    pairs = (part.strip().partition("=") for part in parts)
    return [(name.strip(), value.strip().strip('"')) for name, equals, value in pairs if equals]


def xml_of(body: bytes) -> ElementTree.Element | None:
    """The root of an XML body; None when it is no XML, is too large, or declares entities or a document type."""
    if len(body) > BODY_LIMIT or b"<" not in body[:200]:
        return None
    try:
        return ElementTree.fromstring(body, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None


def multipart_of(body: bytes, content_type: str) -> Pairs:
    """The fields of a multipart body by name; of a file its beginning. What follows a malformed part is left out."""
    header = Message()
    header["content-type"] = content_type[:500].replace("\r", " ").replace("\n", " ")
    boundary = header.get_param("boundary")
    if not isinstance(boundary, str) or not boundary or len(body) > BODY_LIMIT:
        return []
    parts = _Parts()
    try:
        parser = MultipartParser(boundary.encode("latin-1", "replace"), parts.callbacks())
        parser.write(body)
    except (FormParserError, ValueError, _Enough):
        pass
    return parts.pairs


def is_plain(name: str) -> bool:
    """Whether a name stands in a query or in JSON as it is, without being encoded."""
    return _PLAIN.fullmatch(name) is not None


_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


class _Enough(Exception):
    pass


class _Parts:
    """Collects the parts of a multipart body as its parser finds them."""

    def __init__(self) -> None:
        self.pairs: Pairs = []
        self._field = self._value = b""
        self._name: str | None = None
        self._data = bytearray()

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_part_data": self._on_data,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.pairs) >= PARTS_LIMIT:
            raise _Enough
        self._name, self._data = None, bytearray()

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            header = Message()
            header["content-disposition"] = self._value.decode("utf-8", "replace").replace("\r", " ").replace("\n", " ")
            name = header.get_param("name", header="content-disposition")
            self._name = name if isinstance(name, str) else None
        self._field = self._value = b""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        room = PART_BYTES - len(self._data)
        self._data += data[start : min(end, start + room)]

    def _end(self) -> None:
        if self._name is not None:
            self.pairs.append((self._name, self._data.decode("utf-8", "replace")))
