"""A request as text to copy: raw HTTP, and a cURL command; in full when its content was kept, else as far as it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable

from apitrail.console.words import target
from apitrail.explore.answers import Request
from apitrail.model.content import Message
from apitrail.model.exchange import Header

_OF_TRANSPORT = frozenset(("host", "content-length", "connection", "transfer-encoding"))
"""Headers that cURL makes by itself."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name as HTTP has it; cURL would take some others for a file to read."""
_LINE_END = re.compile(r"\r\n|\r|\n")


def headers(request: Request) -> list[Header]:
    """The headers of a request, in the order they came."""
    if request.content and request.content.request.headers:
        return [(_titled(name), value) for name, value in request.content.request.headers]
    known = (("Host", request.host), ("User-Agent", request.user_agent), ("Referer", request.referer))
    return [(name, value) for name, value in known if value]


def _titled(name: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-"))


def raw(request: Request) -> str:
    """The request as raw HTTP."""
    lines = [f"{request.method} {target(request)} HTTP/1.1", *_lines(headers(request))]
    return "\r\n".join(lines) + "\r\n\r\n" + (request.content.request.body if request.content else "")


def _lines(some: Iterable[Header]) -> list[str]:
    """A line for each header; line ends in a value are folded, so that they begin no other header."""
    return [_LINE_END.sub("\r\n ", f"{name}: {value}") for name, value in some]


def response_head(request: Request) -> str:
    """Status and headers of the response as text."""
    message = request.content.response if request.content else Message()
    return "\n".join(
        (f"HTTP/1.1 {request.status or ''}".rstrip(), *_lines((_titled(name), value) for name, value in message.headers))
    )


def curl(request: Request) -> str:
    """The request as a cURL command."""
    url = f"https://{request.host or 'HOST'}{target(request)}"
    method = ["--head"] if request.method == "HEAD" else ["-X", _shell(request.method)]
    sent = [(name, value) for name, value in headers(request) if _NAME.fullmatch(name) and name.lower() not in _OF_TRANSPORT]
    parts = ["curl", *_as_it_is(request), *method, _shell(url), *(part for name, value in sent for part in _header(name, value))]
    body = request.content.request.body if request.content else ""
    if not body:
        return " ".join(parts)
    is_typed = any(name.lower() == "content-type" for name, _ in sent)
    return " ".join([*parts, *([] if is_typed else ["-H", _shell("Content-Type:")]), "--data-raw", _shell(body)])


def _header(name: str, value: str) -> tuple[str, str]:
    """A header as cURL wants it; without a value it would take the header away."""
    if not value:
        return "-H", _shell(f"{name};")
    return ("-A", _shell(value)) if name.lower() == "user-agent" else ("-H", _shell(f"{name}: {value}"))


def _as_it_is(request: Request) -> list[str]:
    """What keeps cURL from tidying the path up and from reading brackets as patterns."""
    sent = target(request)
    return ["--path-as-is"] * ("/." in sent) + ["--globoff"] * bool(set("[]{}") & set(sent))


def _shell(value: str) -> str:
    return "'" + value.replace("'", "'\\''") + "'"
