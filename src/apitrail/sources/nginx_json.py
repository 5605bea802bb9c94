"""JSON access logs that someone laid out by hand (nginx, CDNs, ECS, Suricata), whatever the members are called."""

from __future__ import annotations

from apitrail.sources import jsonlog
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless
from apitrail.sources.member_names import MEMBER_NAMES

_NAMES = jsonlog.Names.of(MEMBER_NAMES)
_NGINX_OWN = frozenset(("remote_addr", "body_bytes_sent", "http_user_agent", "request_uri", "time_iso8601", "time_local"))


def _recognise(line: str) -> float:
    record = jsonlog.members(line) if line.startswith("{") else {}
    found = _NAMES.read(record)
    if "time" not in found or not found.keys() & {"request", "target", "path"}:
        return 0.0
    if "status" not in found:
        return 0.2 if "method" in found else 0.0
    return 0.9 if record.keys() & _NGINX_OWN else 0.8


NGINX_JSON = LineFormat(
    name="nginx-json",
    title="JSON access log of nginx, or any other with common member names",
    samples=(
        '{"time_iso8601":"2025-10-10T13:55:36+02:00","remote_addr":"198.51.100.7","request":"GET /v1/users?x=1 '
        'HTTP/1.1",'
        '"status":"200","body_bytes_sent":"512","request_time":"0.012","http_user_agent":"curl/8.5.0",'
        '"host":"a.example"}',
        '{"@timestamp":"2025-10-10T11:55:36.123Z","http":{"request":{"method":"GET"},"response":{"status_code":404}},'
        '"url":{"path":"/v1/users","query":"x=1"},"source":{"ip":"198.51.100.7"},"event":{"duration":1200000}}',
        r'{"msec":1760097336.5,"remote_addr":"198.51.100.7","request_method":"GET","request_uri":"/a","status":200,'
        r'"http_user_agent":"say \x22hi\x22","upstream_response_time": -}',
    ),
    recognise=_recognise,
    start=headerless(jsonlog.parser(_NAMES)),
)
