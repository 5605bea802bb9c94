"""Which headers belong to an API, and not to transport, browsers, proxies or tracing."""

from __future__ import annotations

from apitrail.model.memo import Memo

NAME_CHARS = 100
"""Characters of a header name that is remembered."""

_USUAL_STARTS = (
    "sec-", "x-forwarded-", "cf-", "x-amzn-", "x-amz-cf-", "x-b3-", "access-control-", "proxy-", "if-", "accept", "content-",
    "x-envoy-", "x-ratelimit-", "ratelimit-", "x-original-", "x-datadog-", "fastly-", "x-vercel-", "x-cache", "x-served-",
    "ssl-", "x-ssl-", "cross-origin-", "x-azure-", "x-akamai-"
)  # fmt: skip
_USUAL = frozenset(
    ("host", "user-agent", "connection", "referer", "origin", "cache-control", "pragma", "dnt", "te", "trailer", "upgrade",
     "upgrade-insecure-requests", "range", "priority", "x-real-ip", "forwarded", "via", "x-request-id", "x-correlation-id",
     "traceparent", "tracestate", "baggage", "cookie", "set-cookie", "authorization", "expect", "keep-alive",
     "transfer-encoding", "x-requested-with", "date", "server", "etag", "expires", "last-modified", "age", "vary", "location",
     "allow", "strict-transport-security", "x-frame-options", "x-xss-protection", "x-powered-by", "x-runtime",
     "referrer-policy", "permissions-policy", "feature-policy", "alt-svc", "nel", "report-to", "reporting-endpoints",
     "server-timing", "timing-allow-origin", "x-download-options", "x-permitted-cross-domain-policies",
     "x-dns-prefetch-control", "x-ua-compatible", "x-aspnet-version", "x-aspnetmvc-version", "www-authenticate", "retry-after",
     "link", "x-timer", "x-varnish", "x-cloud-trace-context", "x-client-ip", "true-client-ip", "cdn-loop", "x-trace-id",
     "x-span-id", "save-data", "dpr", "width", "viewport-width", "device-memory", "downlink", "ect", "rtt", "from",
     "max-forwards", "http2-settings", "early-data", "purpose", "x-purpose", "x-moz", "sentry-trace", "newrelic", "warning",
     "refresh", "p3p", "source-map", "sourcemap", "x-robots-tag", "x-generator", "x-content-type-options", "x-b3", "b3",
     "uber-trace-id", "x-client-data", "x-wap-profile", "x-att-deviceid", "soapaction", "mcp-protocol-version",
     "mcp-session-id", "last-event-id")
)  # fmt: skip
"""Headers that every server and client may send, and those that carry credentials, sessions and cookies."""


def _is_own(name: str) -> bool:
    return name not in _USUAL and not name.startswith(_USUAL_STARTS)


is_own: Memo[str, bool] = Memo(_is_own, most=5000, longest=NAME_CHARS)
"""Whether a header of this name, in lower case, belongs to the API."""
