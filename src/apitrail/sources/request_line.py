"""The request line a server logged, `GET /a?b HTTP/1.1`, taken apart; also URLs and the escapes logs put into both."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.sources.addresses import NOTHING, host_of

INVALID = "INVALID"
"""The method of a request line that is not HTTP: TLS bytes on a plain port, scanners, connections without a request."""
_METHOD = re.compile(r"[A-Za-z][A-Za-z_.-]{1,31}", re.ASCII)
_VERSION = re.compile(r"(?:HTTP|HTTPS|h|RTSP|SIP)/?\d(?:\.\d)?", re.ASCII | re.IGNORECASE)
_ABSOLUTE = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{0,15})://([^/?#]{0,300})(.*)", re.ASCII | re.DOTALL)
_ESCAPE = re.compile(r"(?:\\x[0-9A-Fa-f]{2})+|\\[\"\\/tnrbfv]", re.ASCII)
_LETTERS = {"t": "\t", "n": "\n", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}


class Target(NamedTuple):
    """Where a request went."""

    path: str
    query: str = ""
    host: str = ""
    scheme: str = ""


class RequestLine(NamedTuple):
    """A request line taken apart; `version` is empty when the line has none."""

    method: str
    target: Target
    version: str = ""


def unescape(text: str) -> str:
    r"""What a server escaped (`\"`, `\\`, `\xHH`) as it was; bytes that are no UTF-8 stay written as `\xHH`."""
    return _ESCAPE.sub(_unescaped, text) if "\\" in text else text


def _unescaped(found: re.Match[str]) -> str:
    text = found[0]
    if text[1] != "x":
        return _LETTERS.get(text[1], text[1])
    return bytes.fromhex(text.replace("\\x", "")).decode("utf-8", "backslashreplace")


def split_target(target: str) -> Target:
    """A path with query, or an absolute URL as proxies get it, taken apart; the fragment is never part of a request."""
    absolute = None if target.startswith("/") else _ABSOLUTE.match(target)
    if absolute is None:
        path, _, query = target.partition("?")
        return Target(path or "/", query)
    scheme = absolute[1].lower()
    path, _, query = absolute[3].partition("#")[0].partition("?")
    host = host_of(absolute[2].rpartition("@")[2], scheme)
    return Target(path or "/", query, host, scheme)


def split_request(text: str) -> RequestLine:
    """The parts of a request line; one that is not HTTP becomes method INVALID with the line, as logged, for a path."""
    method, _, rest = text.strip().partition(" ")
    if not rest or not _METHOD.fullmatch(method):
        return _invalid(text)
    target, _, version = rest.rpartition(" ")
    if not target or not _VERSION.fullmatch(version):
        target, version = rest, ""
    if method == "CONNECT":
        return RequestLine(method, Target(target, "", host_of(target, "https")), version)
    if not version and not target.startswith(("/", "*", "http")):
        return _invalid(text)
    return RequestLine(method, split_target(unescape(target)), version.upper())


def foreign_host(line: RequestLine, own: str) -> str:
    """The host of a target written as a whole URL in HTTP/1, unless it is the server's `own`, as far as that is known."""
    target = line.target
    if not target.scheme or not line.version.startswith("HTTP/1"):
        return ""
    return "" if _name(target.host) == _name(own) else target.host


def _name(host: str) -> str:
    return host.removeprefix("www.").partition(":")[0]


def _invalid(text: str) -> RequestLine:
    if text in NOTHING or text.startswith("- "):
        return RequestLine(INVALID, Target("/"))
    path, _, query = text.partition("?")
    return RequestLine(INVALID, Target(path or "/", query))
