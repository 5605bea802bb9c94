"""Zeek's http.log, in tab-separated columns and in JSON."""

from __future__ import annotations

import re

from apitrail.sources import jsonlog
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.w3c import Layout, Values

_DEFAULT = (
    "ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent origin "
    "request_body_len "
    "response_body_len status_code status_msg info_code info_msg tags username password proxied orig_fuids "
    "orig_filenames "
    "orig_mime_types resp_fuids resp_filenames resp_mime_types"
)
_SLOTS = {
    "ts": "time",
    "id.orig_h": "client_ip",
    "method": "method",
    "host": "host",
    "uri": "target",
    "referrer": "referer",
    "version": "version",
    "user_agent": "user_agent",
    "origin": "origin",
    "request_body_len": "request_bytes",
    "response_body_len": "response_bytes",
    "status_code": "status",
    "username": "user",
}
_HEADER = re.compile(r"#(?:separator|set_separator|empty_field|unset_field|path|open|fields|types)\s", re.ASCII)
_ROW = re.compile(r"\d{9,11}\.\d{1,6}\t\w{10,20}\t[0-9a-fA-F.:]+\t\d+\t[0-9a-fA-F.:]+\t\d+\t\d+\t", re.ASCII)


def _adjust(values: Values) -> None:
    for slot in [slot for slot, value in values.items() if value == "(empty)"]:
        del values[slot]


def _recognise(line: str) -> float:
    if line.startswith("#fields\t"):
        return 1.0 if "\turi" in line and "\tmethod" in line else 0.0
    return 0.9 if _ROW.match(line) else 0.3 if line.startswith("#separator \\x09") else 0.0


def _recognise_json(line: str) -> float:
    members = jsonlog.members(line).keys() if '"id.orig_h"' in line else set()
    return 0.95 if {"uri", "method"} & members else 0.0


_LAYOUT = Layout("\t", _SLOTS, tuple(_DEFAULT.split()), _adjust, re.compile(r"#fields\s+(.*)"))
ZEEK = LineFormat(
    name="zeek",
    title="Zeek http.log, tab-separated",
    samples=(
        "1760097336.310000\tClEkJM2Vm5giqnMf4h\t198.51.100.7\t40354\t10.0.0.1\t80\t1\tGET\ta.example\t/v1/users?x=1\t-"
        "\t1.1\tcurl/8.5.0\t-\t"
        "0\t8984\t200\tOK\t-\t-\t(empty)\t-\t-\t-\t-\t-\t-\tFTKnz016WapPYpNaxl\t-\ttext/plain",
    ),
    recognise=_recognise,
    start=_LAYOUT.start,
    header=_HEADER,
)
ZEEK_JSON = LineFormat(
    name="zeek-json",
    title="Zeek http.log, JSON",
    samples=(
        '{"ts":1760097336.31,"uid":"CHhAvVGS1DHFjwGM9","id.orig_h":"198.51.100.7","id.orig_p":59856,'
        '"id.resp_h":"10.0.0.1",'
        '"id.resp_p":80,"trans_depth":1,"method":"GET","host":"a.example","uri":"/v1/users?x=1","version":"1.1",'
        '"user_agent":"curl/8.5.0","request_body_len":0,"response_body_len":4705,"status_code":200,"status_msg":"OK",'
        '"tags":[]}',
    ),
    recognise=_recognise_json,
    start=headerless(jsonlog.parser(jsonlog.Names.of({slot: name for name, slot in _SLOTS.items()}), only_access=True)),
)
