"""What carriers put before a log line: syslog, journald, containers, pods; `peel` takes one such layer off."""

from __future__ import annotations

import re

import msgspec

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources.contract import ParseLine
from apitrail.sources.texts import without_surrogates

_MOST_LAYERS = 6
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TAG = r"(?:[\w./@{}-]{1,80}(?:\[[\w.-]{0,20}\])?:[ \t]{1,4})"
_STRUCTURED = r"(?:-|\[(?:[^\]\"]|\"(?:[^\"\\]|\\.)*+\")*+\])"

_PREFIXES = tuple(
    re.compile(pattern, re.ASCII)
    for pattern in (
        # RFC 5424: <134>1 2025-10-10T13:55:36Z host app 12 - [meta a="b"] message
        rf"<\d{{1,3}}>1 (?:-|{_ISO}) \S{{1,255}} \S{{1,64}} \S{{1,128}} \S{{1,32}} {_STRUCTURED} "
        rf"?(?:\xef\xbb\xbf|\ufeff)?",
        # RFC 3164: <134>Oct 10 13:55:36 host nginx[12]: message; nginx leaves out the number, some leave out the host
        rf"(?:<\d{{1,3}}>)?[A-Z][a-z]{{2}} [ \d]?\d (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d{{1,9}})? (?:\S{{1,255}} {{1,"
        rf"4}})?{_TAG}",
        # rsyslog and journald with an ISO time: 2025-10-10T13:55:36+00:00 host nginx[12]: message
        rf"(?:<\d{{1,3}}>)?{_ISO} \S{{1,255}} {{1,4}}(?:{_TAG}|(?={{))",
        # Kubernetes CRI: 2025-10-10T13:55:36.123456789Z stdout F message
        rf"{_ISO} (?:stdout|stderr) [FP] ",
        # fluentd's file output: 2025-10-10T13:55:36+00:00<tab>tag<tab>message
        rf"{_ISO}\t\S{{1,255}}\t",
        # docker logs --timestamps, kubectl logs --timestamps
        rf"{_ISO}[ \t]{{1,4}}(?=[\[{{<\"\w])",
        # the colours of docker compose
        r"\x1b\[[\d;]{0,20}m",
        # docker compose: web_1  | message
        r"[\w.-]{1,80} {0,80}\|(?: |(?=\x1b))",
        # kubectl logs --prefix: [pod/web-1/nginx] message
        r"\[(?:pod/)?[\w.-]{1,253}/[\w.-]{1,253}\] ",
        # <134>message and plain tags, as programs send to a pipe
        r"<\d{1,3}>(?! )",
        rf"{_TAG}(?=[\[{{<\"\w])",
    )
)
# The member of a JSON log in which other programs' lines are kept.
_MEMBER = re.compile(
    r'"(?:log|message|msg|MESSAGE|textPayload|event|_raw|raw|line)"\s{0,4}:\s{0,'
    r'4}("(?:[^"\\]++|\\.)*+")'
)
_DECODE = msgspec.json.Decoder(str).decode


def peel(line: str) -> str:
    """The line without its outermost prefix; the line itself when it has none."""
    if line.startswith("{"):
        return _message(line)
    for prefix in _PREFIXES:
        found = prefix.match(line)
        if found and found.end() < len(line):
            return line[found.end() :].lstrip(" ")
    return line


def _message(line: str) -> str:
    found = _MEMBER.search(line)
    if found is None:
        return line
    try:
        return _DECODE(found[1].encode("utf-8", "backslashreplace")).rstrip("\r\n") or line
    except msgspec.MsgspecError:
        return line


def layers(line: str) -> list[str]:
    """The line, then the line with one prefix less, and so on."""
    found = [line]
    while len(found) < _MOST_LAYERS and (inner := peel(found[-1])) is not found[-1]:
        found.append(inner)
    return found


def through(parse: ParseLine) -> ParseLine:
    """A parser that also reads its lines when something carried them; the plain line costs nothing more."""

    def parse_carried(line: str) -> Exchange | None:
        if not line.isascii():
            line = without_surrogates(line)
        try:
            return parse(line)
        except RejectedLine as reason:
            return _inner(parse, line, reason)

    return parse_carried


def _inner(parse: ParseLine, line: str, reason: RejectedLine) -> Exchange | None:
    outer = line
    for inner in layers(line)[1:]:
        try:
            return parse(inner)
        except RejectedLine as inner_reason:
            # A message inside a JSON record may be any prose; a carrier's content is the line that was meant.
            reason = reason if outer.startswith("{") and not outer.startswith('{"log":') else inner_reason
        outer = inner
    raise reason
