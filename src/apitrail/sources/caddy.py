"""Caddy 2 access logs: JSON with the request's headers as lists."""

from __future__ import annotations

from apitrail.errors import RejectedLine
from apitrail.model.exchange import Exchange
from apitrail.sources import jsonlog, slots
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless

_NAMES = jsonlog.Names.of(
    {
        "method": "request.method",
        "target": "request.uri",
        "host": "request.host",
        "version": "request.proto",
        "client_ip": "request.client_ip request.remote_ip request.remote_addr",
        "time": "ts",
        "status": "status",
        "duration_s": "duration",
        "response_bytes": "size",
        "request_bytes": "bytes_read",
        "user": "user_id",
    }
)


def _is_access(record: dict[str, object]) -> bool:
    # The error and reverse proxy loggers repeat the request that the access logger tells of.
    logger = str(record.get("logger", ""))
    return isinstance(record.get("request"), dict) and (
        logger.startswith("http.log.access") or record.get("msg") == "handled request"
    )


def _parse(line: str) -> Exchange:
    record = jsonlog.decode(line)
    if not _is_access(record):
        raise RejectedLine("a Caddy log line, but not of an access log")
    values = _NAMES.read(record)
    if "tls" in record["request"]:
        values["scheme"] = "https"
    request = jsonlog.headers_of(record["request"].get("headers"))
    return slots.exchange(values, request, jsonlog.headers_of(record.get("resp_headers")))


def _recognise(line: str) -> float:
    return 0.95 if '"request"' in line and _is_access(jsonlog.members(line)) else 0.0


CADDY = LineFormat(
    name="caddy",
    title="Caddy 2 access log",
    samples=(
        '{"level":"info","ts":1760097336.75,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":'
        '"198.51.100.7","client_ip":"198.51.100.7","proto":"HTTP/2.0","method":"GET","host":"a.example",'
        '"uri":"/v1/a?x=1",'
        '"headers":{"User-Agent":["curl/8.5.0"],"Authorization":["REDACTED"]},"tls":{"version":772}},"bytes_read":0,'
        '"user_id":"","duration":0.0012,"size":12,"status":200,"resp_headers":{"Server":["Caddy"]}}',
    ),
    recognise=_recognise,
    start=headerless(_parse),
)
