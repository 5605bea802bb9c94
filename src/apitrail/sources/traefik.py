"""Traefik access logs in JSON; its common log format is read by `access_logs`."""

from __future__ import annotations

from typing import Any

from apitrail.model.exchange import Exchange, Header
from apitrail.sources import jsonlog, slots
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless

_NAMES = jsonlog.Names.of(
    {
        "method": "RequestMethod",
        "target": "RequestPath",
        "host": "RequestHost RequestAddr",
        "version": "RequestProtocol",
        "scheme": "RequestScheme",
        "client_ip": "ClientHost ClientAddr",
        "time": "StartUTC StartLocal time",
        "status": "DownstreamStatus OriginStatus",
        "duration_ns": "Duration",
        "response_bytes": "DownstreamContentSize",
        "request_bytes": "RequestContentSize",
        "user": "ClientUsername",
    }
)


def _prefixed(record: dict[str, Any], prefix: str) -> tuple[Header, ...]:
    pairs = ((name[len(prefix) :].lower(), value) for name, value in record.items() if name.startswith(prefix))
    return tuple([(name, value) for name, value in pairs if isinstance(value, str)])


def _parse(line: str) -> Exchange:
    record = jsonlog.decode(line)
    values = _NAMES.read(record)
    # Behind trusted proxies ClientHost is the whole chain; its end is the peer, as in any X-Forwarded-For.
    chain = slots.text(values, "client_ip")
    if "," in chain:
        values["client_ip"], values["forwarded"] = chain.rpartition(",")[2].strip(), chain
    return slots.exchange(values, _prefixed(record, "request_"), _prefixed(record, "downstream_"))


def _recognise(line: str) -> float:
    return 0.95 if '"RequestMethod"' in line and "RequestPath" in jsonlog.members(line) else 0.0


TRAEFIK_JSON = LineFormat(
    name="traefik-json",
    title="Traefik access log, JSON",
    samples=(
        '{"ClientAddr":"198.51.100.7:39496","ClientHost":"198.51.100.7","ClientUsername":"-",'
        '"DownstreamContentSize":357,'
        '"DownstreamStatus":200,"Duration":357313,"RequestAddr":"a.example","RequestHost":"a.example",'
        '"RequestMethod":"GET",'
        '"RequestPath":"/v1/a?x=1","RequestProtocol":"HTTP/1.1","RequestScheme":"https",'
        '"StartUTC":"2025-10-10T11:55:36.587782192Z","request_User-Agent":"curl/8.5.0","level":"info","msg":""}',
    ),
    recognise=_recognise,
    start=headerless(_parse),
)
