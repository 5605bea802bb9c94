"""HAProxy's HTTP log, with or without the syslog prefix it normally comes with."""

from __future__ import annotations

import re

from apitrail.sources.addresses import HOST
from apitrail.sources.patterns import pattern_format

_PATTERN = re.compile(
    r"(?:.{0,200}?haproxy(?:\[\d{1,10}\])?: )?"
    r"(?P<client_ip>[0-9a-fA-F.:\[\]]{2,47}):\d{1,5} \[(?P<time>\d\d/\w{3}/\d{4}[^\]]{9,24})\] (?P<frontend>\S+) \S+ "
    r"(?:[-+\d]+/){4}(?P<duration_ms>\+?\d+|-1)(?:/\S+)? (?P<status>-?\d{1,3}) (?P<response_bytes>\+?\d+) \S+ \S+ "
    r"\S{4} "
    r"\S+ \S+ (?:\{(?P<captured>[^}]*)\} )?(?:\{[^}]*\} )?\"(?P<request>[^\"]*)",
    re.ASCII,
)


def _adjust(values: dict[str, str | None]) -> None:
    # HAProxy logs the header captures without their names: a host name among them can only be the Host header.
    captured = (values.pop("captured") or "").split("|")
    values["host"] = next((one for one in captured if "." in one and HOST[one] and not one[0].isdigit()), None)
    values["user_agent"] = next((one for one in captured if "/" in one and not one.startswith(("http", "/"))), None)
    values["response_bytes"] = (values["response_bytes"] or "").lstrip("+")
    if (values.pop("frontend") or "").endswith("~"):
        values["scheme"] = "https"


HAPROXY = pattern_format(
    "haproxy",
    "HAProxy HTTP log",
    _PATTERN,
    (
        "Apr  4 14:30:19 hap-1 haproxy[3946303]: 198.51.100.7:55032 [04/Apr/2025:14:30:18.885] front_https~ back/web "
        "0/0/0/169/169 "
        '404 1541 - - ---- 5715/616/96/15/0 0/0 "GET /v1/users?x=1 HTTP/1.1"',
        "198.51.100.7:55032 [04/Apr/2025:14:30:18.885] front back/web 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 "
        '{a.example|curl/8.5.0} {} "GET /v1/users HTTP/1.1"',
        "198.51.100.7:55032 [04/Apr/2025:14:30:18.885] front front/<NOSRV> -1/-1/-1/-1/0 400 187 - - PR-- 1/1/0/0/0 "
        '0/0 "<BADREQ>"',
    ),
    adjust=_adjust,
)
