"""IIS logs: W3C extended format with the columns that `#Fields` names, and the same as Windows events in XML."""

from __future__ import annotations

import re
from html import unescape as without_entities

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import slots
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.w3c import Layout, Values

_DEFAULT = (
    "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status "
    "sc-substatus "
    "sc-win32-status time-taken"
)
_SLOTS = {
    "date": "date",
    "time": "clock",
    "cs-method": "method",
    "cs-uri": "target",
    "cs-uri-stem": "target",
    "cs-uri-query": "query",
    "s-port": "port",
    "cs-username": "user",
    "c-ip": "client_ip",
    "x-forwarded-for": "forwarded",
    "cs(x-forwarded-for)": "forwarded",
    "cs-version": "version",
    "cs-host": "host",
    "cs(host)": "host",
    "cs(user-agent)": "user_agent",
    "csuser-agent": "user_agent",
    "cs(referer)": "referer",
    "csreferer": "referer",
    "cs(cookie)": "cookie",
    "cscookie": "cookie",
    "sc-status": "status",
    "sc-bytes": "response_bytes",
    "cs-bytes": "request_bytes",
    "time-taken": "duration_ms",
}
_HEADER = re.compile(r"#(?:Software|Version|Date|Fields): ", re.ASCII)
_ROW = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:\S+ ){1,6}[A-Z]{3,9} /\S* ", re.ASCII)
_DATA = re.compile(r"<Data Name=[\"']([\w()-]{1,40})[\"']>([^<]{0,8192})</Data>", re.ASCII)


def _adjust(values: Values) -> None:
    # IIS writes blanks in header values as plus signs; a real plus stays one, so a + alone cannot be told.
    for slot in ("user_agent", "cookie", "forwarded"):
        if slot in values:
            values[slot] = values[slot].replace("+", " ")
    if values.pop("port", "") == "443":
        values["scheme"] = "https"


def _recognise(line: str) -> float:
    if line.startswith("#Fields:"):
        return 1.0 if "cs-method" in line and "x-edge-location" not in line else 0.0
    return 0.9 if _ROW.match(line) else 0.3 if line.startswith("#Software: Microsoft Internet") else 0.0


def _parse_event(line: str) -> Exchange:
    if not line.startswith("<Event"):
        raise RejectedLine("not a Windows event")
    named = ((name.lower(), without_entities(value)) for name, value in _DATA.findall(line))
    values = {_SLOTS[name]: value for name, value in named if name in _SLOTS and value != "-"}
    _adjust(values)
    return slots.exchange(values)


def _recognise_event(line: str) -> float:
    return 0.95 if line.startswith("<Event") and 'Name="cs-method"' in line else 0.0


_LAYOUT = Layout(" ", _SLOTS, tuple(_DEFAULT.split()), _adjust, re.compile(r"#Fields:\s*(.*)"))
IIS = LineFormat(
    name="iis",
    title="IIS log, W3C extended",
    samples=(
        "2025-10-10 11:55:36 10.0.0.1 GET /v1/users x=1 443 - 198.51.100.7 Mozilla/5.0+(Windows+NT+10.0) "
        "https://a.example/ 200 0 0 46",
    ),
    recognise=_recognise,
    start=_LAYOUT.start,
    header=_HEADER,
)
IIS_EVENT = LineFormat(
    name="iis-event",
    title="IIS log as Windows events, XML",
    samples=(
        '<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><EventID>6200</EventID></System>'
        "<EventData>"
        '<Data Name="date">2025-10-10</Data><Data Name="time">11:55:36</Data><Data Name="c-ip">198.51.100.7</Data>'
        '<Data Name="cs-method">GET</Data><Data Name="cs-uri-stem">/v1/users</Data><Data '
        'Name="cs-uri-query">a=1&amp;b=2</Data>'
        '<Data Name="sc-status">400</Data><Data Name="time-taken">8</Data><Data '
        'Name="cs-host">a.example</Data></EventData></Event>',
    ),
    recognise=_recognise_event,
    start=headerless(_parse_event),
)
