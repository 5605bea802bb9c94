"""Envoy (and Istio) access logs: the default text format and JSON with the default member names."""

from __future__ import annotations

import re

from apitrail.sources import jsonlog
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.patterns import QUOTED, pattern_format, quoted

_NAMES = jsonlog.Names.of(
    {
        "method": "method :method request_method x_request_method",
        "target": "x_envoy_original_path path :path request_path",
        "host": "authority :authority host requested_server_name",
        "version": "protocol",
        "scheme": "scheme x_forwarded_proto",
        "client_ip": (
            "downstream_remote_address downstream_remote_address_without_port downstream_direct_remote_address remote_address"
        ),
        "forwarded": "x_forwarded_for",
        "time": "start_time timestamp time",
        "status": "response_code status",
        "duration_ms": "duration",
        "response_bytes": "bytes_sent",
        "request_bytes": "bytes_received",
        "user_agent": "user_agent",
        "referer": "referer",
    }
)
_OWN = frozenset(
    (
        "response_flags",
        "upstream_cluster",
        "downstream_remote_address",
        "upstream_service_time",
        "x_envoy_original_path",
    )
)


def _recognise(line: str) -> float:
    members = jsonlog.members(line).keys() if '"response_code"' in line or '"response_flags"' in line else set()
    return 0.95 if members & _OWN else 0.0


ENVOY_JSON = LineFormat(
    name="envoy-json",
    title="Envoy or Istio access log, JSON",
    samples=(
        '{"start_time":"2025-10-10T11:55:36.310Z","method":"GET","path":"/v1/a?x=1","protocol":"HTTP/2",'
        '"response_code":200,'
        '"response_flags":"-","bytes_received":0,"bytes_sent":154,"duration":12,"x_forwarded_for":"198.51.100.7",'
        '"user_agent":"curl/8.5.0","authority":"a.example","downstream_remote_address":"10.0.0.9:41000"}',
    ),
    recognise=_recognise,
    start=headerless(jsonlog.parser(_NAMES, only_access=True)),
)

ENVOY = pattern_format(
    "envoy",
    "Envoy or Istio access log, default text",
    re.compile(
        rf"\[(?P<time>\d{{4}}-[^\]]{{10,40}})\] {quoted('request')} (?P<status>\d{{1,3}}) \S+ "
        # Istio has three columns more: response code details, termination details, transport failure.
        rf"(?:\S+ \S+ {QUOTED} )?(?P<request_bytes>\d+|-) (?P<response_bytes>\d+|-) (?P<duration_ms>\d+|-) (?:\d+|-) "
        rf"{quoted('forwarded')} {quoted('user_agent')} {QUOTED} {quoted('host')} {QUOTED}"
        r"(?: \S+ \S+ \S+ (?P<client_ip>[0-9a-fA-F.:\[\]]+))?",
        re.ASCII,
    ),
    (
        '[2025-10-10T11:55:36.310Z] "POST /v1/locations HTTP/2" 204 - 154 0 226 100 "198.51.100.7" "nsq2http" '
        '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations.example" "tcp://10.0.2.1:80"',
        '[2025-10-10T11:55:36.310Z] "GET /a HTTP/1.1" 200 - via_upstream - "-" 0 5 2 1 "-" "curl/8.5.0" "id" '
        '"a.example" '
        '"10.0.1.2:80" outbound|80||a 10.0.1.1:4000 10.0.3.1:80 198.51.100.7:5000 - default',
    ),
)
