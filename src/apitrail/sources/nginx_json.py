"""JSON access logs that someone laid out by hand (nginx `log_format ... escape=json`, CDNs, ECS, Suricata): any naming."""

from __future__ import annotations

from apitrail.sources import jsonlog
from apitrail.sources.contract import LineFormat
from apitrail.sources.headerless import headerless

NAMES = jsonlog.Names.of({
    "request": "request request_line http_request raw_request",
    "method": "request_method http_method method verb http.request.method http.method req.method http_verb "
    "httpRequest.requestMethod cs_method ClientRequestMethod requestHTTPMethod",
    "target": "request_uri url.original request_url original_uri http.url http.target request.url req.url url uri http.request.uri "
    "httpRequest.requestUrl full_url request_full_path ClientRequestURI endpoint",
    "path": "url.path path uri_path http_path request_path request.path document_uri resource_path raw_path ClientRequestPath",
    "query": "query_string args query url.query request.query http.query uri_query http_query request_query",
    "host": "http_host host request_host url.domain vhost domain virtual_host authority request.host http.hostname server_name "
    "domain_name ClientRequestHost req.headers.host target_fqdn hostname",
    "time": "msec time_iso8601 time_local timestamp time ts datetime date_time start_time time_utc requestTimeEpoch "
    "EdgeStartTimestamp event_time eventTime asctime logged_at created_at date",
    "status": "status status_code response_status http.response.status_code response.status response_code http_status code "
    "http.status http.status_code res.statusCode httpRequest.status EdgeResponseStatus sc_status elb_status_code",
    "response_bytes": "body_bytes_sent bytes_sent response_body_size response_size response_bytes http.response.body.bytes "
    "http.response.bytes bytes size response_length resp_size bytes_out http.length httpRequest.responseSize "
    "EdgeResponseBytes body_size content_length",
    "request_bytes": "request_length bytes_received request_size request_bytes http.request.bytes http.request.body.bytes bytes_in "
    "httpRequest.requestSize ClientRequestBytes",
    "duration_s": "request_time duration_s request_time_s request_duration elapsed_seconds duration_seconds response_time "
    "upstream_response_time httpRequest.latency took duration latency",
    "duration_ms": "duration_ms request_time_ms latency_ms response_time_ms elapsed_ms responseLatency responseTime time_taken "
    "duration_msec elapsed",
    "duration_us": "duration_us request_time_us latency_us time_us",
    "duration_ns": "event.duration duration_ns latency_ns",
    "client_ip": "remote_addr remote_ip client_ip source.ip client.ip src_ip client_addr client.address source.address remote_address "
    "remote_host clientAddress httpRequest.remoteIp ip ip_address source_ip visitor_ip peer_ip req.remoteAddress client "
    "realip_remote_addr",
    "forwarded": "http_x_forwarded_for x_forwarded_for xff forwarded_for forwarded_ip http_x_real_ip x_real_ip real_ip "
    "http_cf_connecting_ip cf_connecting_ip",
    "referer": "http_referer http_referrer referer referrer http.request.referrer request_referer http_refer "
    "httpRequest.referer ClientRequestReferer",
    "user_agent": "http_user_agent user_agent.original user_agent agent http.http_user_agent request_user_agent ua "
    "httpRequest.userAgent ClientRequestUserAgent browser",
    "user": "remote_user user.name username auth_user user request_user http_user",
    "scheme": "scheme url.scheme http_scheme request_scheme x_forwarded_proto",
    "version": "server_protocol request_protocol protocol http.version http_version proto httpRequest.protocol http.protocol",
    "content_type": "content_type http_content_type request_content_type http.request.mime_type",
    "cookie": "http_cookie cookie cookies",
    "authorization": "http_authorization authorization",
    "accept": "http_accept accept",
    "accept_language": "http_accept_language accept_language",
    "origin": "http_origin origin",
})  # fmt: skip
_NGINX_OWN = frozenset(("remote_addr", "body_bytes_sent", "http_user_agent", "request_uri", "time_iso8601", "time_local"))


def _recognise(line: str) -> float:
    record = jsonlog.members(line) if line.startswith("{") else {}
    found = NAMES.read(record)
    if "time" not in found or not found.keys() & {"request", "target", "path"}:
        return 0.0
    if "status" not in found:
        return 0.2 if "method" in found else 0.0
    return 0.9 if record.keys() & _NGINX_OWN else 0.8


NGINX_JSON = LineFormat(
    name="nginx-json",
    title="JSON access log of nginx, or any other with common member names",
    samples=(
        '{"time_iso8601":"2025-10-10T13:55:36+02:00","remote_addr":"198.51.100.7","request":"GET /v1/users?x=1 HTTP/1.1",'
        '"status":"200","body_bytes_sent":"512","request_time":"0.012","http_user_agent":"curl/8.5.0","host":"a.example"}',
        '{"@timestamp":"2025-10-10T11:55:36.123Z","http":{"request":{"method":"GET"},"response":{"status_code":404}},'
        '"url":{"path":"/v1/users","query":"x=1"},"source":{"ip":"198.51.100.7"},"event":{"duration":1200000}}',
        r'{"msec":1760097336.5,"remote_addr":"198.51.100.7","request_method":"GET","request_uri":"/a","status":200,'
        r'"http_user_agent":"say \x22hi\x22","upstream_response_time": -}',
    ),
    recognise=_recognise,
    start=headerless(jsonlog.parser(NAMES)),
)
