"""The common log format and its family: one parser for Apache common, combined, vhost_combined and nginx.

This is the hot path. A line is cut at its quotes; what repeats (second, address, referer with user agent) is looked up.
"""

from __future__ import annotations

import re

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange, Header
from apitrail.model.memo import Memo
from apitrail.sources.addresses import HOST, IP, NOTHING, client, host_of
from apitrail.sources.columns import EXTRA, Extra
from apitrail.sources.request_line import foreign_host, split_request, unescape
from apitrail.sources.timestamps import CLF_MINUTE, CLF_TIME, SECONDS

_QUOTED = re.compile(r'"((?:[^"\\]++|\\.?)*+)(?:"|\Z)', re.DOTALL)
_BARE_TAILS = frozenset(("", " ", ' "-"', " -"))
_METHODS = frozenset(("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "REPORT"))
_ANSWER = re.compile(r'" \d{3} (?:\d{1,18}|-)(?= |$)', re.ASCII)
_STATUS = {str(status): status for status in range(100, 1000)} | {"0": 0, "000": 0}
"""A status of one or two digits is one that was cut off."""
_MOST_WORDS = 12
_WITH_REQUEST, _WITH_AGENT = 3, 7
"""How many pieces the quotes cut a line into."""
_OF_PROXY = re.compile(r"\bTCP_[A-Z_]{3,60}[:/][A-Z]", re.ASCII)
"""How Squid ends its lines."""
_NO_EXTRA = Extra()

Front = tuple[str, str, str]
"""Host, client address and user: what stands before the time."""


def _front(text: str) -> Front:
    words = text.split()
    if not 1 <= len(words) <= _MOST_WORDS:
        raise RejectedLine("no client address before the time")
    ip = IP[words[0].rstrip(",")]
    if ip:
        # lighttpd has the virtual host where others have the identity that nobody uses.
        named = words[1] if len(words) > 1 and ("." in words[1] or ":" in words[1]) else ""
        return host_of(named), ip, _user(words[2:])
    ip = IP[words[1].rstrip(",")] if len(words) > 1 else ""
    return (_host(words[0]), ip, _user(words[3:])) if ip else _nameless(words)


def _host(text: str) -> str:
    if not HOST[text] and text not in NOTHING:
        raise RejectedLine("neither a client address nor a host name at the start")
    return host_of(text)


def _user(words: list[str]) -> str:
    user = " ".join(words)
    # A dash at the end is an empty user behind one more column, such as the request id of BunkerWeb.
    return unescape(user) if user and user[0] != "-" and not user.endswith(" -") else ""


def _nameless(words: list[str]) -> Front:
    # HostnameLookups: the client is a name, which is no address. Only the dash tells that this is a log line at all.
    if "-" not in words[1:3] or words[0].endswith(":"):
        raise RejectedLine("no client address before the time")
    return "", "", "" if words[-1] == "-" else words[-1]


def _headers(key: tuple[str, str, str]) -> tuple[Header, ...]:
    named = zip(("host", "referer", "user-agent"), key, strict=True)
    return tuple([(name, unescape(value)) for name, value in named if value not in {"", "-"}])


_FRONT: Memo[str, Front] = Memo(_front)
_HEADERS: Memo[tuple[str, str, str], tuple[Header, ...]] = Memo(_headers)


def pieces(line: str) -> int:
    """How many pieces a line's quotes cut it into: 3 with a request only, 7 with referer and user agent."""
    return len(_QUOTED.split(line))


def parse(line: str) -> Exchange:
    """One line of any dialect to an exchange; raises RejectedLine."""
    parts = _QUOTED.split(line) if "\\" in line else line.split('"')
    size = len(parts)
    if size < _WITH_REQUEST:
        raise RejectedLine("no quoted request")
    numbers = parts[2].split()
    status = _STATUS.get(numbers[0]) if numbers else None
    if status is None:
        return parse(_with_escapes(line))
    front, _, clock = parts[0].rpartition("[")
    host, ip, user = _FRONT[front]
    second = SECONDS.get(clock[18:20])
    try:
        micros = CLF_TIME[clock.rstrip(" ]")] if second is None else CLF_MINUTE[clock[:18], clock[20:]] + second
    except RejectedLine:
        micros = CLF_TIME[clock.rstrip(" ]")]
    words = parts[1].split(" ")
    if len(words) == 3 and words[0] in _METHODS and words[1][:1] == "/" and "\\" not in words[1]:
        path, _, query = words[1].partition("?")
        method, version, scheme, foreign = words[0], words[2], "", ""
    else:
        request = split_request(parts[1])
        method, (path, query, target_host, scheme), version = request
        foreign = "" if _OF_PROXY.search(parts[-1]) else foreign_host(request, host)
        host = host or target_host
    referer, agent = (parts[3], parts[5]) if size >= _WITH_AGENT else _lonely(parts)
    extra = _NO_EXTRA
    if len(numbers) > 2 or (size >= _WITH_AGENT and (size > _WITH_AGENT or parts[6] not in _BARE_TAILS)):
        extra = EXTRA[" ".join(numbers[2:]) + '"'.join(parts[6:])]
        foreign = foreign and foreign_host(request, extra.host)
        host = host or extra.host
        ip = client(ip, extra.forwarded)
    headers = _HEADERS[host, referer, agent]
    sent = numbers[1] if len(numbers) > 1 else ""
    return Exchange(
        method=method,
        path=path,
        query=query,
        host=host,
        time=micros,
        client_ip=ip,
        headers=(*headers, ("x-forwarded-for", extra.forwarded)) if extra.forwarded else headers,
        status=status,
        duration_ms=extra.duration_ms,
        # Apache writes - for no bytes.
        response_bytes=int(sent[:18]) if sent.isdecimal() else 0 if sent == "-" else None,
        user=user,
        scheme=scheme,
        version=version,
        foreign_host=foreign,
    )


def _lonely(parts: list[str]) -> tuple[str, str]:
    """Referer and user agent when a line has at most one of them."""
    text = parts[3] if len(parts) > _WITH_REQUEST else ""
    return (text, "") if "://" in text[:8] else ("", text)


def _with_escapes(line: str) -> str:
    """The line with the quotes inside its request escaped, as servers forget to; raises RejectedLine if none are."""
    first, answer = line.find('"'), _ANSWER.search(line)
    request = line[first + 1 : answer.start()] if answer else ""
    escaped = request.replace('\\"', '"').replace('"', '\\"')
    if answer is None or escaped == request:
        raise RejectedLine("no status behind the request")
    return f"{line[: first + 1]}{escaped}{line[answer.start() :]}"
