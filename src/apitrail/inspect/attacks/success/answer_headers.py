"""What the headers of an answer show: a way out of the own host, a header that the payload wrote."""

from __future__ import annotations

import re
from urllib.parse import unquote

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import TEXT_LIMIT, Evidence
from apitrail.model.exchange import header

LINES_LIMIT = 20
"""Lines of a payload that are taken for headers."""
LOCATION_LIMIT = 2000
"""Characters of a location that are read."""

_AUTHORITY = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,20}:)?[/\\\t\n\r]{2,20}(?:[^/\\?#@\s]{0,200}@)?([^/\\?#:@\s]{1,253})", re.IGNORECASE
)
_SLASHLESS = re.compile(r"https?:/?([\w-]{1,63}(?:\.[\w-]{1,63}){1,9})", re.IGNORECASE)
_GRANT = re.compile(r"[?&#](?:code|state|error|id_token|access_token)=")
_LINE = re.compile(
    r"(?:[\r\n]|\\r\\n|\\n|\\r|%0[dDaA]|[\u560a\u560d])\s{0,9}([\w-]{2,60})\s?:[ \t]{0,9}([^\r\n\\%\u560a\u560d]{0,300})"
)
_ORDINARY = frozenset(
    ("content-type", "content-length", "connection", "date", "server", "cache-control", "transfer-encoding", "host")
)
_BY_PAGE = re.compile(
    r"<meta[^<>]{1,100}?http-equiv=[\"']?refresh[^<>]{1,100}?url\s?=\s?[\"']?([^\"'<>\s]{4,400})"
    r"|(?:window\.|document\.|top\.|self\.)?location(?:\.href)?\s?(?:=|\.(?:replace|assign)\()\s?[\"']([^\"'\n<>]{4,400})[\"']",
    re.IGNORECASE,
)


def redirect(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A redirect to the host of the payload, by the status or by the page."""
    location = header(answer.headers, "location")
    if 300 <= answer.status < 400 and location:
        if leads_out(location, attempt, answer.exchange.host):
            return Evidence("redirect", location[:TEXT_LIMIT], "response.header.Location")
        return None
    refresh = header(answer.headers, "refresh").partition("=")[2]
    if refresh and leads_out(refresh, attempt, answer.exchange.host):
        return Evidence("redirect", refresh[:TEXT_LIMIT], "response.header.Refresh")
    if not answer.is_page:
        return None
    return answer.find("redirect", _BY_PAGE, lambda match: leads_out(match[1] or match[2], attempt, answer.exchange.host))


def leads_out(location: str, attempt: Attempt, own: str) -> bool:
    """Whether a location is on a host that the payload names and that is not of the application's own domain."""
    host = host_of(location)
    if not host or host not in unquote(attempt.text).lower() or _domain(host) == _domain(own.partition(":")[0].lower()):
        return False
    return not (attempt.name == "redirect_uri" and _GRANT.search(location))


def host_of(location: str) -> str:
    """The host of a location as browsers read it, in lower case; empty when it stays where it is."""
    start = location[:LOCATION_LIMIT].lstrip()
    found = _AUTHORITY.match(start) or _SLASHLESS.match(start)
    return found[1].lower().rstrip(".") if found else ""


def _domain(host: str) -> str:
    """The part of a name that one owner has; of short ends such as co.uk three labels."""
    labels = host.split(".")
    if len(labels) < 3 or labels[-1].isdecimal():
        return host
    return ".".join(labels[-3:] if len(labels[-1]) == 2 and len(labels[-2]) <= 3 else labels[-2:])


def injected(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A header of the answer that the payload wrote into it."""
    for form in attempt.forms:
        for line in list(_LINE.finditer(form))[:LINES_LIMIT]:
            name, value = line[1].lower(), line[2].strip()
            values = [text.strip() for key, text in answer.headers if key == name]
            if value and value in values and (name not in _ORDINARY or len(values) > 1):
                return Evidence("header_injected", f"{line[1]}: {value}"[:TEXT_LIMIT], f"response.header.{line[1].title()}")
    return None
