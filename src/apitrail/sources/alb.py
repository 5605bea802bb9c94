"""Access logs of AWS load balancers: Application Load Balancer, and Classic."""

from __future__ import annotations

import re

from apitrail.sources.patterns import QUOTED, pattern_format, quoted

_SECONDS = r"-?\d{1,9}(?:\.\d{1,9})?"
_PATTERN = re.compile(
    r"(?:(?P<type>https?|h2|grpcs?|wss?) )?(?P<time>\d{4}-\d\d-\d\dT\S{9,20}) \S+ (?P<client_ip>\S+):\d{1,5} \S+ "
    rf"(?P<first>{_SECONDS}) (?P<second>{_SECONDS}) (?P<third>{_SECONDS}) (?P<status>\d{{3}}|-) \S+ "
    rf"(?P<request_bytes>\d+) (?P<response_bytes>\d+) {quoted('request')}"
    rf"(?: {quoted('user_agent')} \S+ \S+(?: \S+ {QUOTED} {quoted('domain')} {QUOTED} \S+ (?P<created>\d{{4}}-\S{{10,"
    rf"30}}))?)?",
    re.ASCII,
)


def _adjust(values: dict[str, str | None]) -> None:
    stages = [float(values.pop(stage) or -1) for stage in ("first", "second", "third")]
    # A stage that did not happen is -1; then the sum is no duration.
    if min(stages) >= 0:
        values["duration_s"] = f"{sum(stages):.6f}"
    values["time"] = values.pop("created") or values["time"]
    # The request line has the host the client named; a request that is none has "- http://host:80- -".
    domain, kind = values.pop("domain"), values.pop("type")
    if "://" not in (values["request"] or ""):
        values["host"], values["scheme"] = domain, kind


ALB = pattern_format(
    "aws-alb",
    "AWS Application (or Classic) Load Balancer access log",
    _PATTERN,
    (
        "https 2025-10-10T11:55:36.186641Z app/shop/490d68edf04676fe 198.51.100.7:44740 10.0.0.1:80 0.086 0.048 0.037 "
        "200 200 34 57 "
        '"GET https://www.example.com:443/v1/users?x=1 HTTP/1.1" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
        'arn:aws:elasticloadbalancing:us-east-2:1:targetgroup/t/73e2d6bc "Root=1-58337281-1d84f3d7" "www.example.com" '
        '"arn:aws:acm:us-east-2:1:certificate/1" 0 2025-10-10T11:55:36.015000Z "forward" "-" "-" "10.0.0.1:80" "200" '
        '"-" "-"',
        "2025-10-10T11:55:36.943403Z lb 198.51.100.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 200 200 0 29 "
        '"GET http://www.example.com:80/ HTTP/1.1" "curl/8.5.0" - -',
    ),
    adjust=_adjust,
)
