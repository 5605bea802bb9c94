"""Bodies and values as structures: JSON, forms, multipart, XML; None or nothing when they are not what they seem."""

from __future__ import annotations

import codecs
import re
from encodings.aliases import aliases
from functools import cache, lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

BODY_LIMIT = 1 << 20
"""Bytes of a body that is looked into; a larger one has no values but itself."""
FIELDS_LIMIT = 1000
"""Fields of a form, a query, or cookies that are read."""
PARTS_LIMIT = 200
"""Parts of a multipart body that are read."""
PART_BYTES = 8192
"""Bytes of one part that are kept."""
HEADER_LIMIT = 1000
"""Characters of a content type that are looked at."""

CACHED_COOKIES = 4096
"""Cookie headers that are remembered taken apart: a client sends the same one with every request."""
CACHED_CHARS = 1024
"""Characters of a Cookie header that is remembered."""

Pairs = list[tuple[str, str]]

_CHARSET = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?([\w.:-]{1,40})", re.IGNORECASE | re.ASCII)
_XML_ENCODING = re.compile(rb"<\?xml\s[^>]{0,80}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})")
_BOMS = ((codecs.BOM_UTF8, "utf_8"), (codecs.BOM_UTF16_LE, "utf_16_le"), (codecs.BOM_UTF16_BE, "utf_16_be"))
_READ = ("utf_8", "utf_16", "utf_16_le", "utf_16_be", "latin_1", "iso8859_15", "cp1252", "ascii", "cp1251", "koi8_r", "shift_jis",
         "euc_jp", "gb18030", "gbk", "big5", "euc_kr")  # fmt: skip
_ENCODINGS = {known: known for known in _READ} | {alias: known for alias, known in aliases.items() if known in _READ}
"""Encodings of text that a body may name, by every name of theirs; others are not looked up: some do other things than decode,
and Python remembers each name that it did not find."""


def encoding_of(body: bytes, content_type: str, declared: str = "") -> str:
    """How a body is encoded: by its byte order mark, the character set it names, the look of its first bytes, else UTF-8."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    found = _CHARSET.search(content_type[:HEADER_LIMIT])
    said = found[1] if found else declared
    named = _ENCODINGS.get(said.lower().replace("-", "_").replace(".", "_"), "") if said else ""
    if named in ("", "utf_16") and b"\0" in body[:2] and len(body) > 1:
        return "utf_16_be" if body[0] == 0 else "utf_16_le"
    return "utf_16_le" if named == "utf_16" else named or "utf_8"


def text_of(body: bytes, content_type: str, declared: str = "") -> str:
    """A body as text without its byte order mark; what cannot be read is replaced."""
    return body.decode(encoding_of(body, content_type, declared), "replace").removeprefix("\ufeff")


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
        return msgspec.json.decode(text_of(body, content_type))
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def form_of(text: str, encoding: str = "utf_8") -> Pairs:
    """The fields of a query or an urlencoded form, in order."""
    if len(text) > BODY_LIMIT or text.count("&") >= FIELDS_LIMIT:
        text = "&".join(text[:BODY_LIMIT].split("&", FIELDS_LIMIT)[:FIELDS_LIMIT])
    if "%" not in text and "+" not in text:
        pairs = (part.partition("=") for part in text.split("&"))
        return [(name, value) for name, equals, value in pairs if name or equals]
    return parse_qsl(text, keep_blank_values=True, encoding=encoding, errors="replace")


def cookies_of(header: str) -> Pairs:
    """The cookies of a Cookie header, in order, quotes taken off; not to be changed."""
    return _remembered_cookies(header) if len(header) <= CACHED_CHARS else _cookies_of(header)


def _cookies_of(header: str) -> Pairs:
    parts = header[:BODY_LIMIT].split(";", FIELDS_LIMIT)[:FIELDS_LIMIT]
    pairs = (part.strip().partition("=") for part in parts)
    return [(name.strip(), value.strip().strip('"')) for name, equals, value in pairs if equals]


_remembered_cookies = lru_cache(maxsize=CACHED_COOKIES)(_cookies_of)


def xml_of(body: bytes, content_type: str = "") -> Any:
    """The root element of an XML body; None when it is no XML, is too large, or declares entities or a document type."""
    if len(body) > BODY_LIMIT or b"<" not in body[:200]:
        return None
    from defusedxml import DefusedXmlException, ElementTree

    declared = _XML_ENCODING.match(body)
    try:
        # As text, because the parser would look up whatever encoding the document names.
        text = text_of(body, content_type, declared[1].decode() if declared else "")
        return ElementTree.fromstring(text, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError, RecursionError):
        return None


def multipart_of(body: bytes, content_type: str) -> Pairs:
    """The fields of a multipart body by name; of a file its beginning. What follows a malformed part is left out."""
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser

    boundary = _options(content_type[:HEADER_LIMIT].encode("latin-1", "replace")).get(b"boundary")
    if not boundary or len(body) > BODY_LIMIT:
        return []
    parts = _Parts()
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        parser.logger = _silent()
        parser.write(body)
    except (FormParserError, ValueError, _Enough):
        pass
    return parts.pairs


def _options(header: bytes) -> dict[bytes, bytes]:
    from python_multipart.multipart import parse_options_header

    return parse_options_header(header)[1]


@cache
def _silent() -> Any:
    """What a broken body makes its parser say is of no interest: a logger that belongs to no tree of loggers is never heard."""
    import logging

    return logging.Logger("multipart", logging.CRITICAL)  # noqa: LOG001


def is_plain(name: str) -> bool:
    """Whether a name stands in a query or in JSON as it is, without being encoded."""
    return _PLAIN.fullmatch(name) is not None


_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


class _Enough(Exception):
    pass


class _Parts:
    """Collects the parts of a multipart body as its parser finds them; its headers are bounded by the parser."""

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
        self._field, self._value = data[start:end], b""

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value = data[start:end]

    def _on_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            name = _options(self._value).get(b"name")
            self._name = None if name is None else name.decode("utf-8", "replace")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        room = PART_BYTES - len(self._data)
        self._data += data[start : min(end, start + room)]

    def _end(self) -> None:
        if self._name is not None:
            self.pairs.append((self._name, self._data.decode("utf-8", "replace")))
