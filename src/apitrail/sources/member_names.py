"""The names that JSON access logs give their members: nginx by habit, ECS, CDNs, cloud load balancers, Suricata.

Slot to names, the more telling ones first; see `jsonlog` for how names are compared.
"""

from __future__ import annotations

MEMBER_NAMES = {
    "request": "request request_line http_request raw_request",
    "method": (
        "request_method http_method method verb http.request.method http.method req.method http_verb "
        "httpRequest.requestMethod cs_method ClientRequestMethod requestHTTPMethod"
    ),
    "target": (
        "request_uri url.original request_url original_uri http.url http.target request.url req.url url uri "
        "http.request.uri httpRequest.requestUrl full_url request_full_path ClientRequestURI endpoint"
    ),
    "path": ("url.path path uri_path http_path request_path request.path document_uri resource_path raw_path ClientRequestPath"),
    "query": "query_string args query url.query request.query http.query uri_query http_query request_query",
    "host": (
        "http_host host request_host url.domain vhost domain virtual_host authority request.host http.hostname "
        "server_name domain_name ClientRequestHost req.headers.host target_fqdn hostname"
    ),
    "time": (
        "msec time_iso8601 time_local timestamp time ts datetime date_time start_time time_utc requestTimeEpoch "
        "EdgeStartTimestamp event_time eventTime asctime logged_at created_at started_at date"
    ),
    "status": (
        "status status_code response_status http.response.status_code response.status response_code http_status "
        "code http.status http.status_code res.statusCode httpRequest.status EdgeResponseStatus sc_status "
        "elb_status_code"
    ),
    "response_bytes": (
        "body_bytes_sent bytes_sent response_body_size response_size response_bytes http.response.body.bytes "
        "http.response.bytes bytes size response_length resp_size bytes_out http.length httpRequest.responseSize "
        "EdgeResponseBytes body_size content_length"
    ),
    "request_bytes": (
        "request_length bytes_received request_size request_bytes http.request.bytes http.request.body.bytes "
        "bytes_in httpRequest.requestSize ClientRequestBytes"
    ),
    "duration_s": (
        "request_time duration_s request_time_s request_duration elapsed_seconds duration_seconds response_time "
        "upstream_response_time httpRequest.latency took duration latency"
    ),
    "duration_ms": (
        "duration_ms request_time_ms latency_ms response_time_ms elapsed_ms responseLatency responseTime "
        "time_taken duration_msec elapsed"
    ),
    "duration_us": "duration_us request_time_us latency_us time_us",
    "duration_ns": "event.duration duration_ns latency_ns",
    "client_ip": (
        "remote_addr remote_ip client_ip source.ip client.ip src_ip client_addr client.address source.address "
        "remote_address remote_host clientAddress httpRequest.remoteIp ip ip_address source_ip visitor_ip peer_ip "
        "req.remoteAddress client realip_remote_addr"
    ),
    "forwarded": (
        "http_x_forwarded_for x_forwarded_for xff forwarded_for forwarded_ip http_x_real_ip x_real_ip real_ip "
        "http_cf_connecting_ip cf_connecting_ip"
    ),
    "referer": (
        "http_referer http_referrer referer referrer http.request.referrer request_referer http_refer "
        "httpRequest.referer ClientRequestReferer"
    ),
    "user_agent": (
        "http_user_agent user_agent.original user_agent agent http.http_user_agent request_user_agent ua "
        "httpRequest.userAgent ClientRequestUserAgent browser"
    ),
    "user": "remote_user user.name username auth_user user request_user http_user",
    "scheme": "scheme url.scheme http_scheme request_scheme x_forwarded_proto",
    "version": ("server_protocol request_protocol protocol http.version http_version proto httpRequest.protocol http.protocol"),
    "content_type": "content_type http_content_type request_content_type http.request.mime_type",
    "cookie": "http_cookie cookie cookies",
    "authorization": "http_authorization authorization",
    "accept": "http_accept accept",
    "accept_language": "http_accept_language accept_language",
    "origin": "http_origin origin",
}
"""An unknown layout is read with these."""
