"""CloudFront standard logs: tabs between the columns, values percent-encoded once more than they came."""

from __future__ import annotations

import re
from urllib.parse import unquote

from apitrail.sources.contract import LineFormat
from apitrail.sources.w3c import Layout, Values

_DEFAULT = (
    "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) "
    "cs-uri-query "
    "cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for "
    "ssl-protocol "
    "ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port "
    "time-to-first-byte "
    "x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
)
_SLOTS = {
    "date": "date",
    "time": "clock",
    "timestamp": "time",
    "sc-bytes": "response_bytes",
    "cs-bytes": "request_bytes",
    "c-ip": "client_ip",
    "cs-method": "method",
    "x-host-header": "host",
    "cs(host)": "domain",
    "cs-uri-stem": "target",
    "cs-uri-query": "query",
    "sc-status": "status",
    "cs(referer)": "referer",
    "cs(user-agent)": "user_agent",
    "cs(cookie)": "cookie",
    "cs-protocol": "scheme",
    "cs-protocol-version": "version",
    "time-taken": "duration_s",
    "x-forwarded-for": "forwarded",
}
_HEADER = re.compile(r"#(?:Version|Fields): ", re.ASCII)
_ROW = re.compile(r"\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}\S{1,20}\t\d+\t", re.ASCII)
_TEXTS = ("referer", "user_agent", "cookie", "forwarded")


def _adjust(values: Values) -> None:
    domain = values.pop("domain", "")
    values.setdefault("host", domain)
    for slot in _TEXTS:
        if slot in values:
            values[slot] = unquote(values[slot])
    for slot in ("target", "query"):
        # Only a doubled percent sign proves that CloudFront encoded what had been encoded by the client.
        if "%25" in values.get(slot, ""):
            values[slot] = unquote(values[slot])


def _recognise(line: str) -> float:
    if line.startswith("#Fields:"):
        return 1.0 if "x-edge-location" in line else 0.0
    return 0.9 if _ROW.match(line) else 0.0


_LAYOUT = Layout("\t", _SLOTS, tuple(_DEFAULT.split()), _adjust, re.compile(r"#Fields:\s*(.*)"))
CLOUDFRONT = LineFormat(
    name="cloudfront",
    title="Amazon CloudFront standard log",
    samples=(
        "2025-10-10\t11:55:36\tFRA2-C1\t1045\t198.51.100.7\tGET\td111.cloudfront.net\t/v1/users\t200\t-\tMozilla/5.0%2"
        "0(X11)\tx=%2520\t-\t"
        "Hit\tabc==\tapi.example.com\thttps\t23\t0.001\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t11040"
        "\t0.001\tHit\t"
        "text/html\t78\t-\t-",
    ),
    recognise=_recognise,
    start=_LAYOUT.start,
    header=_HEADER,
)
