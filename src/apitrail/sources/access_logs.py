"""The dialects of the common log format by name; `clf` reads them all, so a file that mixes them is fine."""

from __future__ import annotations

import re
from collections.abc import Callable

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import clf
from apitrail.sources.contract import LineFormat, ParseLine
from apitrail.sources.headerless import headerless

_TRAEFIK_END = re.compile(r'"[ \t]\d+ "[^"]*" "[^"]*" \d+ms$', re.ASCII)
_VIRTUAL_HOST = re.compile(r"[A-Za-z0-9_.-]+(?::\d{1,5})? [0-9A-Fa-f.:\[\]]{3,45},? ", re.ASCII)
_WITH_AGENT = 7
_ANSWERED = range(200, 400)


def _dialect(line: str) -> str:
    """The name of the dialect a line is in; empty when it is none."""
    try:
        found = clf.parse(line)
    except RejectedLine:
        return ""
    if _TRAEFIK_END.search(line):
        return "traefik"
    if found.foreign_host and found.status in _ANSWERED and not _VIRTUAL_HOST.match(line):
        return "varnish"
    if clf.pieces(line) < _WITH_AGENT:
        return "common"
    return "vhost-combined" if _VIRTUAL_HOST.match(line) else "combined"


def _recogniser(name: str) -> Callable[[str], float]:
    def recognise(line: str) -> float:
        found = _dialect(line) if '"' in line else ""
        return 0.95 if found == name else 0.5 if found else 0.0

    return recognise


def _whole_urls(line: str) -> Exchange:
    """A line of a server that writes every target as a whole URL, so that none of them is asked of it as of a proxy."""
    found = clf.parse(line)
    found.foreign_host = ""
    return found


def _format(name: str, title: str, *samples: str, parse: ParseLine = clf.parse) -> LineFormat:
    return LineFormat(name=name, title=title, samples=samples, recognise=_recogniser(name), start=headerless(parse))


COMMON = _format(
    "common",
    "Common log format (Apache and many others)",
    '198.51.100.7 - - [10/Oct/2025:13:55:36 -0700] "GET /apache.gif HTTP/1.0" 200 2326',
    '2001:db8::7 - frank [10/Oct/2025:13:55:36 +0000] "POST /v1/users?notify=1 HTTP/1.1" 201 -',
)
COMBINED = _format(
    "combined",
    "Combined log format (Apache, nginx), with or without extra columns",
    '198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /v1/users/7?full=1 HTTP/1.1" 200 512 "https://a.example/" "curl/8.5.0"',
    '198.51.100.7 - bob [10/Oct/2025:13:55:36 +0200] "PUT /v1/me HTTP/2.0" 204 0 "-" "Mozilla/5.0" "203.0.113.9" 0.031',
    r'198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "\x16\x03\x01\x02" 400 157 "-" "-"',
    r'198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /?q=\"a\" HTTP/1.1" 200 1 "-" "say \"hi\"" "-"',
)
VHOST_COMBINED = _format(
    "vhost-combined",
    "Combined log format with the virtual host in front",
    'shop.example:443 198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5.0"',
    'shop.example 198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5.0" "-"',
)
TRAEFIK = _format(
    "traefik",
    "Traefik access log, common log format",
    '198.51.100.7 - - [10/Oct/2025:13:55:36 +0000] "GET /cart HTTP/1.1" 200 512 "-" "curl/8.5.0" 190 "shop@docker" '
    '"http://172.17.0.3:80" 12ms',
)
VARNISH = _format(
    "varnish",
    "Common or combined log format with whole URLs (varnishncsa, caches)",
    '198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET http://shop.example/cart?a=1 HTTP/1.1" 200 512 "-" "curl/8.5.0"',
    '198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "GET http://shop.example/cart HTTP/1.1" 304 0',
    parse=_whole_urls,
)

FORMATS = (COMBINED, COMMON, VHOST_COMBINED, TRAEFIK, VARNISH)
