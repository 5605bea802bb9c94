"""One exchange that somebody pasted: a record, an entry of a HAR, or a request as HTTP/1.1 writes it, with its response."""

from __future__ import annotations

import json
import re
from typing import Any, Never

from apitrail.errors import BadQuestion, RejectedLine
from apitrail.model.exchange import Exchange, Header, header
from apitrail.sources import ndjson
from apitrail.sources.addresses import host_of
from apitrail.sources.har_entry import entry_exchange
from apitrail.sources.request_line import RequestLine, foreign_host, split_target

SIZE_LIMIT = 1 << 20
"""Characters that a pasted exchange may have."""
EXPECTED = (
    'paste one exchange: a record such as {"method":"GET","url":"/v1/items"}, an entry of a HAR, or a request that begins'
    " with a line such as GET /v1/items HTTP/1.1"
)

_REQUEST = re.compile(r"([A-Za-z][A-Za-z_.-]{0,31}) (\S.*?)(?: (HTTP/\d(?:\.\d)?))?")
_STATUS = re.compile(r"HTTP/\d(?:\.\d)? (\d{3})(?: .*)?")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*?)[ \t]*")


def read(text: str) -> Exchange:
    """The exchange of a pasted text; BadQuestion with the number of the line that cannot be read."""
    if len(text) > SIZE_LIMIT:
        raise BadQuestion(f"a pasted exchange has at most {SIZE_LIMIT >> 20} MB")
    if not text.strip():
        raise BadQuestion(f"line 1: nothing is there; {EXPECTED}", position=0)
    return _from_json(text) if text.lstrip().startswith(("{", "[")) else _Lines(text).exchange()


def _from_json(text: str) -> Exchange:
    try:
        found: Any = json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        raise BadQuestion(f"line {error.lineno}: not JSON: {error.msg[:1].lower()}{error.msg[1:]}", position=error.pos) from None
    except (ValueError, RecursionError) as error:
        raise BadQuestion(f"line 1: not JSON: {error}", position=0) from None
    try:
        entry = _entry(found)
        return ndjson.parse(json.dumps(found)) if entry is None else entry_exchange(entry)
    except RejectedLine as error:
        raise BadQuestion(f"line 1: {error}; {EXPECTED}", position=0) from None


def _entry(found: Any) -> object | None:
    """The one entry of a HAR that it is, or has; None when it should be a record."""
    if not isinstance(found, dict):
        raise RejectedLine("a list is no exchange")
    log = found.get("log")
    entries = log.get("entries") if isinstance(log, dict) else None
    if isinstance(entries, list):
        if len(entries) != 1:
            raise RejectedLine(f"a HAR of {len(entries)} entries, where one exchange should be")
        return dict(entries[0]) if isinstance(entries[0], dict) else str(entries[0])
    return found if isinstance(found.get("request"), dict) else None


class _Lines:
    """A request as it goes over the wire, line by line; numbers of lines count from 1."""

    def __init__(self, text: str) -> None:
        self._lines = text.replace("\r\n", "\n").split("\n")
        self._at = next(at for at, line in enumerate(self._lines) if line.strip())

    def exchange(self) -> Exchange:
        """The exchange."""
        start = _REQUEST.fullmatch(self._lines[self._at].strip())
        if start is None or not (start[3] or start[2].startswith(("/", "http://", "https://"))):
            self._fail(EXPECTED)
        target = split_target(start[2])
        self._at += 1
        headers = self._headers()
        own = host_of(header(headers, "host"), target.scheme)
        body = self._body(headers)
        status, response_headers, response_body = self._response()
        return Exchange(
            method=start[1],
            path=target.path,
            query=target.query,
            host=target.host or own,
            headers=headers,
            body=body,
            status=status,
            response_headers=response_headers,
            response_body=response_body,
            scheme=target.scheme,
            version=start[3] or "",
            foreign_host=foreign_host(RequestLine(start[1], target, start[3] or ""), own) if own else "",
        )

    def _response(self) -> tuple[int, tuple[Header, ...], bytes]:
        if self._at >= len(self._lines):
            return 0, (), b""
        found = _STATUS.fullmatch(self._lines[self._at].strip())
        self._at += 1
        headers = self._headers()
        return int(found[1]) if found else 0, headers, self._body(headers, last=True)

    def _headers(self) -> tuple[Header, ...]:
        found: list[Header] = []
        while self._at < len(self._lines) and self._lines[self._at].strip():
            line = self._lines[self._at]
            pair = _HEADER.fullmatch(line)
            if line[0] in " \t" and found:
                found[-1] = (found[-1][0], f"{found[-1][1]} {line.strip()}")
            elif pair:
                found.append((pair[1].lower(), pair[2]))
            else:
                self._fail("here should be a header, such as Host: api.example.com, or an empty line before the body")
            self._at += 1
        self._at += 1
        return tuple(found)

    def _body(self, headers: tuple[Header, ...], *, last: bool = False) -> bytes:
        """The lines up to the end, or up to a status line, where the response begins."""
        begin = self._at
        while self._at < len(self._lines) and (last or not self._begins_response()):
            self._at += 1
        newline = "\r\n" if "multipart" in header(headers, "content-type").lower() else "\n"
        return newline.join(self._lines[begin : self._at]).rstrip("\r\n").encode("utf-8", "surrogatepass")

    def _begins_response(self) -> bool:
        return not self._lines[self._at - 1].strip() and _STATUS.fullmatch(self._lines[self._at].strip()) is not None

    def _fail(self, message: str) -> Never:
        position = sum(len(line) + 1 for line in self._lines[: self._at])
        raise BadQuestion(f"line {self._at + 1}: {message}", position=position)
