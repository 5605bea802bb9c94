"""HAR, the archive of requests that browsers and proxies save; broken and cut off ones give what can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import msgspec

from apitrail.errors import RejectedLine, UnreadableSource
from apitrail.model.exchange import Exchange
from apitrail.sources.contract import DocumentFormat, Reject
from apitrail.sources.har_entry import entry_exchange

_BOM = b"\xef\xbb\xbf"
_ENTRIES = re.compile(r'"entries"\s{0,100}:\s{0,100}\[')
_BETWEEN = re.compile(r"[\s,]*")
_LOG = re.compile(rb'"log"\s{0,100}:\s{0,100}[\[{]')
_SHOWN = 200


class _Log(msgspec.Struct):
    entries: list[msgspec.Raw]


class _Archive(msgspec.Struct):
    log: _Log


def _read(stream: BinaryIO) -> Iterator[Exchange | Reject]:
    data = stream.read().removeprefix(_BOM)
    number = 0
    for number, entry in enumerate(_entries(data), start=1):
        try:
            yield entry_exchange(entry)
        except RejectedLine as reason:
            yield Reject(number, str(reason), json.dumps(entry)[:_SHOWN])
    if not number and not _is_whole(data):
        raise UnreadableSource("HAR", "no log.entries in it")


def _is_whole(data: bytes) -> bool:
    try:
        msgspec.json.decode(data, type=_Archive)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True


def _entries(data: bytes) -> Iterator[Any]:
    try:
        archive = msgspec.json.decode(data, type=_Archive)
        whole_entries = [msgspec.json.decode(entry) for entry in archive.log.entries]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        yield from _salvaged(data.decode("utf-8", "backslashreplace"))
    else:
        yield from whole_entries


def _salvaged(text: str) -> Iterator[Any]:
    """The complete entries before the place where a document breaks off, wherever in it the list is."""
    found = _ENTRIES.search(text)
    decoder = json.JSONDecoder(strict=False)
    place = found.end() if found else len(text)
    while True:
        between = _BETWEEN.match(text, place)
        place = between.end() if between else place
        try:
            entry, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            if text[place : place + 1] == "{":
                yield text[place : place + _SHOWN]
            return
        yield entry


def _recognise(head: bytes) -> float:
    text = head.removeprefix(_BOM).lstrip()
    if not text.startswith(b"{") or not _LOG.search(text[:4_096]):
        return 0.0
    return 0.95 if b'"entries"' in text or b'"creator"' in text else 0.5


HAR = DocumentFormat(name="har", title="HAR, a browser's or proxy's HTTP archive", recognise=_recognise, read=_read)
