"""What the variables of nginx's `log_format` and the directives of Apache's `LogFormat` mean here."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.sources.slots import HEADER_SLOTS

REQUEST_HEADER, RESPONSE_HEADER = "request-header:", "response-header:"
"""What a slot for any other header starts with."""
_SLOT_OF_HEADER = {name: slot for slot, name in HEADER_SLOTS.items()} | {"host": "host", "x-real-ip": "forwarded"}


class Field(NamedTuple):
    """One variable of a definition: where it stands, how it is written there, and its slot (empty: skipped over)."""

    position: int
    end: int
    written: str
    slot: str
    rank: int = 0


_NGINX = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
_NGINX_SLOTS = {
    "request": ("request", 0),
    "request_method": ("method", 0),
    "request_uri": ("target", 0),
    "uri": ("path", 0),
    "document_uri": ("path", 1),
    "args": ("query", 0),
    "query_string": ("query", 0),
    "remote_addr": ("client_ip", 0),
    "proxy_protocol_addr": ("client_ip", 1),
    "realip_remote_addr": ("client_ip", 2),
    "proxy_add_x_forwarded_for": ("forwarded", 1),
    "remote_user": ("user", 0),
    "msec": ("time", 0),
    "time_iso8601": ("time", 1),
    "time_local": ("time", 2),
    "status": ("status", 0),
    "bytes_sent": ("response_bytes", 1),
    "body_bytes_sent": ("response_bytes", 0),
    "request_length": ("request_bytes", 0),
    "request_time": ("duration_s", 0),
    "upstream_response_time": ("duration_s", 1),
    "http_host": ("host", 0),
    "host": ("host", 1),
    "server_name": ("host", 2),
    "scheme": ("scheme", 0),
    "server_protocol": ("version", 0),
    "content_type": ("content_type", 0),
}
_APACHE = re.compile(r"%(?:[!\d,]{0,40})([<>]?)(?:\{([^}]{0,100})\})?(\^?[A-Za-z]{1,2}|%)", re.ASCII)
_APACHE_SLOTS = {
    "r": "request",
    "m": "method",
    "U": "path",
    "q": "query",
    "H": "version",
    "h": "client_ip",
    "a": "client_ip",
    "u": "user",
    "t": "time",
    "s": "status",
    "b": "response_bytes",
    "B": "response_bytes",
    "O": "response_bytes",
    "I": "request_bytes",
    "D": "duration_us",
    "T": "duration_s",
    "v": "host",
    "V": "host",
}
_APACHE_UNITS = {"ms": "duration_ms", "us": "duration_us", "s": "duration_s"}
_APACHE_RANKS = {"V": 1, "O": 1, "h": 1, "T": 1}


def is_apache(definition: str) -> bool:
    """Whether a definition is written with Apache's directives; nginx has no use for percent signs."""
    return bool(_APACHE.search(definition)) and not _NGINX.search(definition)


def nginx_fields(definition: str) -> list[Field]:
    """The variables of an nginx definition, in their order."""
    return [_nginx_field(found) for found in _NGINX.finditer(definition)]


def _nginx_field(found: re.Match[str]) -> Field:
    name = (found[1] or found[2]).lower()
    slot, rank = _NGINX_SLOTS.get(name, ("", 0))
    if not slot and name.startswith("http_"):
        slot = _header_slot(name.removeprefix("http_").replace("_", "-"))
    if not slot and name.startswith("sent_http_"):
        slot = RESPONSE_HEADER + name.removeprefix("sent_http_").replace("_", "-")
    return Field(found.start(), found.end(), name, slot, rank)


def _header_slot(name: str) -> str:
    return _SLOT_OF_HEADER.get(name) or REQUEST_HEADER + name


def apache_fields(definition: str) -> list[Field]:
    """The directives of an Apache definition, in their order; `%%` is none."""
    return [_apache_field(found) for found in _APACHE.finditer(definition) if found[3] != "%"]


def _apache_field(found: re.Match[str]) -> Field:
    argument, letter = found[2] or "", found[3]
    end = found.end()
    if letter[0] != "^" and len(letter) > 1:
        letter, end = letter[0], end - 1
    return Field(found.start(), end, f"%{letter}", _apache_slot(letter, argument), _APACHE_RANKS.get(letter, 0))


def _apache_slot(letter: str, argument: str) -> str:
    if letter == "i":
        return _header_slot(argument.lower())
    if letter == "o":
        return RESPONSE_HEADER + argument.lower()
    if letter == "T" and argument:
        return _APACHE_UNITS.get(argument, "")
    if letter == "t" and argument.endswith("_frac"):
        return ""
    return _APACHE_SLOTS.get(letter, "")
