"""An exchange from named values: what JSON, column and template formats share once they know which field means what."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Header, header
from apitrail.sources.addresses import NOTHING, client, host_of
from apitrail.sources.request_line import INVALID, RequestLine, Target, foreign_host, split_request, split_target, unescape
from apitrail.sources.timestamps import any_time

Values = Mapping[str, Any]
"""Slot to value, as text or number. The slots are those named in this file; `date` and `clock` together make a time."""

MILLISECONDS = {"duration_s": 1_000.0, "duration_ms": 1.0, "duration_us": 1e-3, "duration_ns": 1e-6}
"""The slots of a duration and what makes them milliseconds."""
HEADER_SLOTS = {
    "referer": "referer",
    "user_agent": "user-agent",
    "content_type": "content-type",
    "cookie": "cookie",
    "accept": "accept",
    "accept_language": "accept-language",
    "authorization": "authorization",
    "origin": "origin",
    "forwarded": "x-forwarded-for",
}
"""The slots that are request headers."""
_LONGEST_NUMBER = 18
_STATUS_END = 1_000
_METHOD = re.compile(r"[A-Za-z][A-Za-z_.-]{1,31}", re.ASCII)
_UNITS = {"s": 1_000.0, "ms": 1.0, "us": 1e-3, "\u00b5s": 1e-3, "\u03bcs": 1e-3, "ns": 1e-6}
# Of `0.001, 0.002`, which upstream times are, the last counts.
_DURATION = re.compile(
    r"(?:[^,]{0,200},){0,20} {0,3}\+?(\d{1,15}(?:\.\d{0,15})?(?:[eE]-?\d\d?)?) "
    r"?(ns|us|\u00b5s|\u03bcs|ms|s)?"
)


def text(values: Values, slot: str) -> str:
    """The text of a slot; empty when the server wrote that it has none."""
    value = values.get(slot)
    if value is None:
        return ""
    plain = value if isinstance(value, str) else str(value)
    return "" if plain in NOTHING else plain


def whole(value: object) -> int | None:
    """A count of bytes or a status; None when it is none."""
    if isinstance(value, (int, float)):
        return int(value) if 0 <= value < 1 << 63 else None
    digits = str(value).strip()
    return int(digits) if digits.isdecimal() and len(digits) <= _LONGEST_NUMBER else None


def status(value: object) -> int:
    """A status code; 0 when it is none."""
    code = whole(value) or 0
    return code if code < _STATUS_END else 0


def milliseconds(value: object, factor: float) -> float | None:
    """A duration in units of `factor` milliseconds, unless it names its own unit (`12ms`); None when it is none."""
    found = _DURATION.fullmatch(str(value))
    return round(float(found[1]) * _UNITS.get(found[2], factor), 6) if found else None


def exchange(values: Values, headers: tuple[Header, ...] = (), response_headers: tuple[Header, ...] = ()) -> Exchange:
    """The exchange that the values tell of; raises RejectedLine when there is no request or no readable time."""
    line = _request(values)
    method, target, version = line
    own = host_of(text(values, "host"))
    host = target.host or own
    return Exchange(
        method=method,
        path=target.path,
        query=target.query,
        host=host,
        time=_time(values),
        client_ip=client(text(values, "client_ip"), text(values, "forwarded") or header(headers, "x-forwarded-for")),
        headers=_all_headers(values, headers, host),
        status=status(values.get("status")),
        duration_ms=_duration(values),
        request_bytes=whole(values.get("request_bytes")),
        response_bytes=whole(values.get("response_bytes")),
        response_headers=response_headers,
        user=text(values, "user"),
        scheme=target.scheme or text(values, "scheme").lower(),
        version=version or _version(text(values, "version")),
        foreign_host=foreign_host(line, own) if own else "",
    )


def _request(values: Values) -> RequestLine:
    line = values.get("request")
    if isinstance(line, str):
        found = split_request(line)
        if found.method != INVALID or not text(values, "method"):
            return _known(found, values)
    method = text(values, "method")
    target = _target(values)
    if not method and not target.path:
        raise RejectedLine("no request in it")
    method = method.upper() if _METHOD.fullmatch(method) else INVALID
    return _known(RequestLine(method, target._replace(path=target.path or "/")), values)


def _known(line: RequestLine, values: Values) -> RequestLine:
    # A request that is none is an event only if the server answered it.
    if line.method == INVALID and not status(values.get("status")):
        raise RejectedLine("no request in it")
    return line


def _target(values: Values) -> Target:
    whole_target = text(values, "target") or text(values, "path")
    if not whole_target:
        return Target("")
    found = split_target(unescape(whole_target))
    query = unescape(text(values, "query")).removeprefix("?")
    return found._replace(query=query) if query and not found.query else found


def _time(values: Values) -> int:
    if "clock" in values and "time" not in values:
        return any_time(f"{values.get('date')} {values['clock']}")
    return any_time(values.get("time"))


def _duration(values: Values) -> float | None:
    for slot, factor in MILLISECONDS.items():
        if slot in values and (found := milliseconds(values[slot], factor)) is not None:
            return found
    return None


def _version(written: str) -> str:
    if written[:1].isdigit():
        return f"HTTP/{written}"
    return written.upper() if written[:1] in "Hh" else ""


def _all_headers(values: Values, headers: tuple[Header, ...], host: str) -> tuple[Header, ...]:
    named = {name for name, _ in headers}
    more = [("host", host)] if host and "host" not in named else []
    for slot, name in HEADER_SLOTS.items():
        value = text(values, slot)
        if value and name not in named:
            more.append((name, unescape(value)))
    return (*more, *headers)
