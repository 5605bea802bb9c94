"""A format that the user defines by the very `log_format` of nginx or `LogFormat` of Apache that wrote the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from apitrail.errors import BadQuestion, RejectedLine
from apitrail.model.exchange import Exchange, Header
from apitrail.sources import slots
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.prefixes import layers, through
from apitrail.sources.request_line import unescape
from apitrail.sources.template_fields import (
    REQUEST_HEADER,
    RESPONSE_HEADER,
    Field,
    apache_fields,
    is_apache,
    nginx_fields,
)

_DIRECTIVE = re.compile(r"\s*(?:log_format\s+\w+\s+(?:escape=\w+\s+)?|LogFormat\s+)(?=['\"])", re.ASCII)
_PIECE = re.compile(r"'([^']*)'|\"((?:[^\"\\]|\\.)*)\"")
_ESCAPES = {r"\"": '"', r"\t": "\t", r"\\": "\\"}
_LONGEST = 8_192
_GIVES_REQUEST = frozenset(("request", "target", "path"))

_CLF = r"\[?\d{1,2}/\w{3}/\d{4}:\d\d:\d\d:\d\d(?:\.\d+)?(?: [+-]\d{4})?\]?"
_IN_QUOTES = r'(?:[^"\\]++|\\.)*+'
_LIST = r"[^\s,\"]+(?:(?:, | : )[^\s,\"]+)*+"
# How a value looks that has blanks in it though nothing encloses it, or that touches the next value.
_SHAPES = {
    "time_local": _CLF,
    "%t": _CLF,
    "is_args": r"\??",
    "scheme": r"\w*",
    "status": r"\d{3}|-",
    "host": r"[^/\s\"]*",
    "http_host": r"[^/\s\"]*",
    "server_name": r"[^/\s\"]*",
    "uri": r"[^?\s\"]*",
    "%U": r"[^?\s\"]*",
    "%q": r"(?:\?[^\s\"]*)?",
    "%m": r"[A-Za-z-]*",
    "request_method": r"[A-Za-z-]*",
    "http_x_forwarded_for": _LIST,
    "proxy_add_x_forwarded_for": _LIST,
}
_ANYTHING = frozenset(("request", "user", "user_agent", "referer", "cookie"))
_BLANKS = re.compile(r"(?:\\[ \t\n]|\s)+")


def line_format(definition: str) -> LineFormat:
    """The format of lines written with this definition; raises BadQuestion with the position of what is wrong in it."""
    text = _plain(definition)
    fields = apache_fields(text) if is_apache(text) else nginx_fields(text)
    _check(definition, text, fields)
    pattern = _compile(text, fields)
    parse = through(_parser(pattern, fields))

    def recognise(line: str) -> float:
        return 1.0 if any(pattern.match(inner) for inner in layers(line)) else 0.0

    return LineFormat("custom", f"log format {definition[:60]}", (), recognise, headerless(parse))


def _plain(definition: str) -> str:
    """The format string alone, when a whole directive was pasted from a configuration."""
    directive = _DIRECTIVE.match(definition)
    text = definition.strip("\r\n")
    if directive:
        text = "".join(one or two for one, two in _PIECE.findall(definition[directive.end() :]))
    for written, meant in _ESCAPES.items():
        text = text.replace(written, meant)
    return text


def _check(definition: str, text: str, fields: list[Field]) -> None:
    if len(text) > _LONGEST:
        raise BadQuestion(f"a log format has at most {_LONGEST} characters", position=_LONGEST)
    known = {field.slot for field in fields}
    if not known & _GIVES_REQUEST:
        raise BadQuestion("the log format gives no request", position=0, suggestion='"$request"')
    if "time" not in known:
        raise BadQuestion("the log format gives no time", position=0, suggestion="[$time_local]")
    for field, following in pairwise(fields):
        if field.end == following.position and field.written not in _SHAPES:
            position = definition.find(text[following.position : following.end])
            raise BadQuestion(f"nothing stands between {field.written} and {following.written}", position=max(position, 0))


def _compile(text: str, fields: list[Field]) -> re.Pattern[str]:
    ends = [field.position for field in fields[1:]] + [len(text)]
    pieces = [_literal(text[: fields[0].position])]
    for field, end in zip(fields, ends, strict=True):
        value = _shape(field, text[: field.position], text[field.end :])
        # Atomic: a value ends at the first place where what follows fits, so that no line is tried twice.
        pieces.append(f"(?>({value}){_literal(text[field.end : end])})")
    return re.compile("".join(pieces), re.ASCII | re.DOTALL)


def _literal(text: str) -> str:
    return _BLANKS.sub(r"[ \\t]{1,20}", re.escape(text.replace("%%", "%")))


def _shape(field: Field, before: str, after: str) -> str:
    if after.startswith('"'):
        return _IN_QUOTES
    if before.endswith("[") and after.startswith("]"):
        return r"[^\]]*"
    if field.written in _SHAPES or field.written.startswith("upstream_"):
        return _SHAPES.get(field.written, _LIST)
    if not after.strip():
        return ".*"
    if field.slot in _ANYTHING:
        return ".*?"
    return r"\S*" if after[0].isspace() else f"[^{re.escape(after[0])}]*"


def _parser(pattern: re.Pattern[str], fields: list[Field]) -> Callable[[str], Exchange]:
    # The best of several for one slot comes last and so stays.
    places = sorted(
        ((place, field) for place, field in enumerate(fields) if field.slot),
        key=lambda pair: pair[1].rank,
        reverse=True,
    )

    def parse(line: str) -> Exchange:
        found = pattern.match(line)
        if found is None:
            raise RejectedLine("not a line of the given log format")
        texts = found.groups()
        values = {field.slot: texts[place] for place, field in places if field.slot == "request" or texts[place] not in {"", "-"}}
        return slots.exchange(values, _headers(values, REQUEST_HEADER), _headers(values, RESPONSE_HEADER))

    return parse


def _headers(values: dict[str, str], start: str) -> tuple[Header, ...]:
    return tuple([(slot.removeprefix(start), unescape(text)) for slot, text in values.items() if slot.startswith(start)])
