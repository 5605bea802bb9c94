"""Access logs of home-lab reverse proxies that write a layout of their own: nginx-proxy-manager, NPMplus, Zoraxy."""

from __future__ import annotations

import re

from apitrail.sources.patterns import pattern_format, quoted

_TIME = r"\[(?P<time>\d\d/\w{3}/\d{4}[^\]]{9,24})\]"

NGINX_PROXY_MANAGER = pattern_format(
    "nginx-proxy-manager",
    "nginx-proxy-manager proxy or fallback host log",
    re.compile(
        rf"{_TIME} (?:\S+ (?:\S+|\d+, \d+) )?(?P<status>\d{{3}}|-) - (?P<method>\S+) (?P<scheme>\w+) (?P<host>\S+) "
        rf"{quoted('target')} "
        r"\[Client (?P<client_ip>[^\]]*)\] \[Length (?P<response_bytes>[^\]]*)\](?: \[Gzip [^\]]*\])?(?: \[Sent-to "
        r"[^\]]*\])? "
        rf"{quoted('user_agent')} {quoted('referer')}",
        re.ASCII,
    ),
    (
        '[10/Oct/2025:13:55:36 +0200] - 200 200 - GET https a.example "/v1/users?x=1" [Client 198.51.100.7] [Length '
        "13] [Gzip -] "
        '[Sent-to 10.0.0.1] "curl/8.5.0" "-"',
        '[10/Oct/2025:13:55:36 +0200] 404 - GET http a.example "/" [Client 198.51.100.7] [Length 150] [Gzip 3.1] '
        '"curl/8.5.0" "-"',
    ),
)
NPMPLUS = pattern_format(
    "npmplus",
    "NPMplus access log",
    re.compile(
        rf"{_TIME} (?P<host>\S+) (?P<client_ip>[0-9a-fA-F.:]+) (?P<duration_s>[\d.]+) {quoted('request')} "
        rf"(?P<status>\d{{3}}) "
        r"(?P<response_bytes>\d+|-) (?P<request_bytes>\d+|-) (?P<referer>\S+) (?P<user_agent>.*)",
        re.ASCII,
    ),
    (
        '[10/Oct/2025:13:55:36 +0200] a.example 198.51.100.7 0.227 "REPORT /dav/ HTTP/2.0" 207 125 440 - Mozilla/5.0 '
        "(Windows NT 10.0)",
        r'[10/Oct/2025:13:55:36 +0200] _ 198.51.100.7 0.811 "\x16\x03\x01=\x22" 400 122 282 - -',
    ),
)
ZORAXY = pattern_format(
    "zoraxy",
    "Zoraxy log",
    re.compile(
        r"(?:\S+ \S+ )?\[(?P<time>\d{4}-\d\d-\d\d[^\]]{9,24})\] \[router:[^\]]*\] \[origin:(?P<host>[^\]]*)\] "
        r"\[client: ?(?P<client_ip>[0-9a-fA-F.:]+|\[[^\]]*\](?::\d+)?)\] (?:\[useragent: ?(?P<user_agent>.*)\] )?"
        r"(?P<method>[A-Z]+) (?P<target>\S+) (?P<status>\d{3})",
        re.ASCII,
    ),
    (
        "2025/10/10 13:55:36 [2025-10-10 13:55:36.150624] [router:host-http] [origin:a.example] [client: 198.51.100.7] "
        "[useragent: Mozilla/5.0 (Windows NT 10.0)] POST /v1/users?x=1 404",
    ),
)
FORMATS = (NGINX_PROXY_MANAGER, NPMPLUS, ZORAXY)
