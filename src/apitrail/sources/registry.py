"""Every format by name, and which one a stream of bytes or a stray line is in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches
from functools import cache

from apitrail.errors import BadQuestion, RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import access_logs, proxy_managers
from apitrail.sources.alb import ALB
from apitrail.sources.caddy import CADDY
from apitrail.sources.cloudfront import CLOUDFRONT
from apitrail.sources.contract import DocumentFormat, Format, LineFormat, ParseLine
from apitrail.sources.envoy import ENVOY, ENVOY_JSON
from apitrail.sources.haproxy import HAPROXY
from apitrail.sources.har import HAR
from apitrail.sources.iis import IIS, IIS_EVENT
from apitrail.sources.mitmproxy import MITMPROXY
from apitrail.sources.modsecurity import MODSECURITY
from apitrail.sources.ndjson import NDJSON
from apitrail.sources.nginx_json import NGINX_JSON
from apitrail.sources.prefixes import layers, through
from apitrail.sources.traefik import TRAEFIK_JSON
from apitrail.sources.zeek import ZEEK, ZEEK_JSON

_SAMPLE_LINES = 50
_SAMPLE_CHARACTERS = 65_536
_BOM = "\ufeff"


def _carried(line_format: LineFormat) -> LineFormat:
    """The format, also behind syslog and container prefixes."""

    def recognise(line: str) -> float:
        return max(map(line_format.recognise, layers(line)))

    return replace(line_format, recognise=recognise, start=lambda headers: through(line_format.start(headers)))


LINE_FORMATS: tuple[LineFormat, ...] = tuple(
    _carried(line_format)
    for line_format in (
        NDJSON,
        *access_logs.FORMATS,
        CADDY,
        TRAEFIK_JSON,
        ENVOY_JSON,
        NGINX_JSON,
        ENVOY,
        HAPROXY,
        ALB,
        CLOUDFRONT,
        IIS,
        IIS_EVENT,
        ZEEK,
        ZEEK_JSON,
        MODSECURITY,
        *proxy_managers.FORMATS,
    )
)
DOCUMENT_FORMATS: tuple[DocumentFormat, ...] = (HAR, MITMPROXY)
FORMATS: tuple[Format, ...] = (*LINE_FORMATS, *DOCUMENT_FORMATS)
"""All formats; of two that claim a line equally the earlier one gets it."""


def by_name(name: str) -> Format:
    """The format of that name; raises BadQuestion with the nearest name."""
    for known in FORMATS:
        if known.name == name:
            return known
    near = get_close_matches(name.lower(), [known.name for known in FORMATS], n=1, cutoff=0.4)
    raise BadQuestion(f"unknown format {name!r}", suggestion=near[0] if near else None)


def recognise(head: bytes) -> Format | None:
    """The format of a source from its first, decompressed bytes; None when nobody claims any of it."""
    text = head[:_SAMPLE_CHARACTERS].decode("utf-8", "backslashreplace").removeprefix(_BOM)
    lines = [line for line in text.split("\n")[:_SAMPLE_LINES] if line.strip()]
    if len(lines) > 1 and not text.endswith("\n"):
        lines.pop()
    scores = {line_format.name: _score(line_format.recognise, lines) for line_format in LINE_FORMATS}
    scores |= {document.name: document.recognise(head) for document in DOCUMENT_FORMATS}
    best = max(FORMATS, key=lambda known: scores[known.name])
    if scores[best.name] > 0:
        return best
    return NDJSON if len(lines) == 1 and _LONG_RECORD.match(lines[0]) else None


_LONG_RECORD = re.compile(r'\{(?=.*"method"\s*:\s*")(?=.*"url"\s*:\s*")')
"""The beginning of a record that is longer than the sample."""


def _score(recognise_line: Callable[[str], float], lines: list[str]) -> float:
    """The mean over the lines a format claims at all, lowered a little by each it does not."""
    claimed = [score for line in lines if (score := recognise_line(line.rstrip("\r"))) > 0]
    return sum(claimed) / len(claimed) * (0.5 + 0.5 * len(claimed) / len(lines)) if claimed else 0.0


def any_line(line: str) -> Exchange | None:
    """The exchange of a line that its file's own format rejected, read by whichever other format knows it best."""
    for parse in _readers(line):
        try:
            return parse(line)
        except RejectedLine:
            continue
    return None


def _readers(line: str) -> Iterator[ParseLine]:
    scored = [(known.recognise(line), known) for known in LINE_FORMATS]
    for _, known in sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: -pair[0]):
        yield _plain_parser(known.name)


@cache
def _plain_parser(name: str) -> ParseLine:
    return next(known for known in LINE_FORMATS if known.name == name).start(())
