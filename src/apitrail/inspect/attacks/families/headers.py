"""Headers that no honest client sends, or that contradict each other: smuggling, claimed addresses, ways around a proxy."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator

from apitrail.inspect.attacks.families.marks import hit, mark
from apitrail.inspect.attacks.signature import Hit
from apitrail.inspect.points.extracting import Reading

HEADERS_LIMIT = 200
"""Headers of a request that are looked at."""
VALUE_LIMIT = 4096
"""Characters of a header that are looked at."""
HOST_LIMIT = 300
"""Characters of the longest host with its port, and some more."""
RANGES_LIMIT = 10
"""Ranges of an ordinary request for parts of a file."""

_SMUGGLED = mark("header-two-lengths", "crlf", "smuggling")
_CODING = mark("header-coding", "crlf", "smuggling")
_FOLDED = mark("header-name", "crlf", "header")
_HOST = mark("header-host", "redir", "host")
_HOSTS = mark("header-hosts", "redir", "host")
_CLAIMED = mark("header-claimed-address", "auth", "spoofed-address")
_OVERRIDE = mark("header-method-override", "cve", "method-override")
_TRACE = mark("request-method", "scanner", "method")
_INTERNAL = mark("header-internal", "cve", "internal-header")
_DEFAULT = mark("login-default", "auth", "default-credentials")
_HOP = mark("header-hop-by-hop", "cve", "hop-by-hop")
_RANGE = mark("header-ranges", "data_bomb", "ranges")

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z:-]+")
_HOST_TEXT = re.compile(r"(?:[\w.~-]+|\[[0-9A-Fa-f:.%\w]+\])?(?::\d{0,5})?", re.ASCII)
_ADDRESS_HEADERS = frozenset(
    ("x-forwarded-for", "x-forwarded", "forwarded-for", "x-originating-ip", "x-remote-ip", "x-remote-addr", "x-client-ip",
        "client-ip",
     "x-real-ip", "true-client-ip", "x-cluster-client-ip", "x-forwarded-by", "x-custom-ip-authorization",
     "x-original-remote-addr",
     "x-host", "x-proxyuser-ip", "cf-connecting-ip", "x-originally-forwarded-for", "x-forward-for", "x-forwarder-for",
     "x-true-ip",
     "x-ip", "x-backend-host", "x-remote-host")
)  # fmt: skip
_ONLY_FOR_BYPASS = frozenset(
    ("x-custom-ip-authorization", "x-original-remote-addr", "x-originally-forwarded-for", "x-proxyuser-ip")
)
_OVERRIDES = ("x-http-method-override", "x-http-method", "x-method-override")
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "MERGE", "REPORT", "QUERY", "SEARCH"))
KNOWN_METHODS = _METHODS | frozenset(
    ("CONNECT", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "MKCALENDAR", "ACL", "BIND", "REBIND",
        "UNBIND", "LINK", "UNLINK",
     "CHECKIN", "CHECKOUT", "UNCHECKOUT", "VERSION-CONTROL", "LABEL", "MKACTIVITY", "MKWORKSPACE", "UPDATE", "ORDERPATCH",
     "BASELINE-CONTROL",
     "SUBSCRIBE", "UNSUBSCRIBE", "NOTIFY", "POLL", "M-SEARCH", "PURGE", "BAN", "REFRESH", "SOURCE", "VIEW", "WRAPPED", "PRI",
     "BMOVE", "BCOPY", "BDELETE",
     "BPROPFIND", "BPROPPATCH", "LIST", "RPC_IN_DATA", "RPC_OUT_DATA", "X-MS-ENUMATTS", "UPDATEREDIRECTREF", "MKREDIRECTREF")
)  # fmt: skip
"""Methods that IANA lists or that programs use; TRACE, TRACK and DEBUG are left out on purpose."""
_WRITES = frozenset(("PUT", "PATCH", "DELETE", "POST", "MERGE"))
_NEVER_SENT = {
    "x-middleware-subrequest": re.compile(r"."),
    "proxy": re.compile(r"^(?:https?://|[\w.-]+:\d)", re.IGNORECASE),
    "x-accel-redirect": re.compile(r"^/"),
    "x-sendfile": re.compile(r"^/"),
    "spring.cloud.function.routing-expression": re.compile(r"."),
    "user-agentt": re.compile(r"."),
    "next-router-state-tree": re.compile(r"__proto__|constructor", re.IGNORECASE),
}
"""Headers that only a server's own parts send to each other, with the values that count."""
_NAMES_OF_DEFAULTS = frozenset(("admin", "administrator", "root", "tomcat", "manager", "guest", "test", "user", "cisco",
    "ubnt", "pi", "oracle",
                                "postgres", "mysql", "weblogic", "jboss", "rabbitmq", "elastic", "support", "service", "both",
                                "role1"))  # fmt: skip
_PASSWORDS = frozenset(("admin", "password", "root", "123456", "12345", "1234", "s3cret", "tomcat", "manager", "changeme",
    "default", "guest", "toor",
                        "test", "welcome1", "pass", "passw0rd", "admin123", "cisco", "ubnt", "raspberry", "weblogic",
                        ""))  # fmt: skip
_OF_ONE_CONNECTION = frozenset(
    (
        "",
        "keep-alive",
        "close",
        "upgrade",
        "te",
        "http2-settings",
        "proxy-connection",
        "transfer-encoding",
        "trailer",
        "keepalive",
    )
)
"""What a Connection header may name."""
_ADMIN_PATH = re.compile(
    r"admin|manage|console|tomcat|/host-manager|/jmx|cgi-bin|actuator|setup|config|phpmyadmin|jenkins|nagios|grafana"
    r"|/status|/system|router|"
    r"\.cgi|\.asp",
    re.IGNORECASE,
)


def look(reading: Reading) -> Iterator[Hit]:
    """What is wrong with the headers and the method of a request."""
    named = reading.request.headers
    for check in _CHECKS:
        yield from check(reading)
    for name in _NEVER_SENT.keys() & named.keys():
        if _NEVER_SENT[name].search(named[name]):
            yield hit(_INTERNAL, 0.85, named[name][:VALUE_LIMIT], "header", (name.title(),))


def _lengths(reading: Reading) -> Iterator[Hit]:
    """Two ways to say where a body ends, of which two readers take different ones."""
    named = reading.request.headers
    if (
        len(named) == len(reading.exchange.headers)
        and "transfer-encoding" not in named
        and named.get("content-length", "0").isdigit()
    ):
        return
    lengths = [value.strip() for name, value in reading.exchange.headers[:HEADERS_LIMIT] if name == "content-length"]
    codings = [value for name, value in reading.exchange.headers[:HEADERS_LIMIT] if name == "transfer-encoding"]
    if codings and (lengths or len(codings) > 1):
        yield hit(_SMUGGLED, 0.8, codings[0][:VALUE_LIMIT], "header", ("Transfer-Encoding",))
    if len(set(lengths)) > 1 or any(not value.isdigit() for value in lengths if value):
        yield hit(_SMUGGLED, 0.85, ", ".join(lengths)[:VALUE_LIMIT], "header", ("Content-Length",))
    for coding in codings:
        words = [word.strip(" \t").lower() for word in coding[:VALUE_LIMIT].split(",")]
        if any(word not in ("chunked", "gzip", "deflate", "compress", "identity", "x-gzip", "br", "trailers") for word in words):
            yield hit(_CODING, 0.8, coding[:VALUE_LIMIT], "header", ("Transfer-Encoding",))


def _names(reading: Reading) -> Iterator[Hit]:
    """Names with characters that no name has, values that go on in another line."""
    for name, value in reading.exchange.headers[:HEADERS_LIMIT]:
        if name and not _TOKEN.fullmatch(name[:VALUE_LIMIT]):
            yield hit(_FOLDED, 0.8, name[:VALUE_LIMIT], "header", (name[:100].title(),))
        elif "\n" in value[:VALUE_LIMIT].strip("\r\n"):
            yield hit(_FOLDED, 0.75, value[:VALUE_LIMIT], "header", (name[:100].title(),))


def _host(reading: Reading) -> Iterator[Hit]:
    """A host that is no host, or two of them."""
    if len(reading.request.headers) < len(reading.exchange.headers):
        hosts = [value.strip() for name, value in reading.exchange.headers[:HEADERS_LIMIT] if name == "host"]
        if len(set(hosts)) > 1:
            yield hit(_HOSTS, 0.8, ", ".join(hosts)[:VALUE_LIMIT], "header", ("Host",))
    for name in ("host", "x-forwarded-host", "x-host", "x-forwarded-server"):
        value = reading.request.headers.get(name, "")[:VALUE_LIMIT]
        parts = value.split(",") if name != "host" else [value]
        if len(value) > HOST_LIMIT or any(
            part.isascii()
            and not _HOST_TEXT.fullmatch(
                part.strip().removeprefix("https://").removeprefix("http://") if name != "host" else part
            )
            for part in parts
        ):
            yield hit(_HOST, 0.8, value, "header", (name.title(),))


def _addresses(reading: Reading) -> Iterator[Hit]:
    """An address of the server's own network that a client claims, in more headers than a proxy would set."""
    forwarded = reading.request.headers.get("forwarded", "")[:VALUE_LIMIT]
    if re.search(r"\[\d+\.\d+\.\d+\.\d+\]", forwarded):
        yield hit(_CLAIMED, 0.8, forwarded, "header", ("Forwarded",))
    if not _ADDRESS_HEADERS & reading.request.headers.keys():
        return
    claimed = [
        (name, value)
        for name, value in reading.exchange.headers[:HEADERS_LIMIT]
        if name in _ADDRESS_HEADERS and _inside(value[:200].partition(",")[0].strip())
    ]
    if len(claimed) >= 3 or any(name in _ONLY_FOR_BYPASS for name, _ in claimed):
        name, value = claimed[0]
        yield hit(_CLAIMED, 0.8, value, "header", (name.title(),))


def _inside(text: str) -> bool:
    if text.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _methods(reading: Reading) -> Iterator[Hit]:
    """A method given over that of the request though it only reads, or one that tells or debugs."""
    method, headers = reading.exchange.method, reading.request.headers
    given = [(("header", (name.title(),)), headers[name]) for name in _OVERRIDES if name in headers]
    if b"_method=" in reading.exchange.body[:VALUE_LIMIT]:
        given += [(("body.form", (name,)), value) for name, value in reading.request.form if name == "_method"]
    if "_method=" in reading.exchange.query:
        given += [(("query", (name,)), value) for name, value in reading.query if name == "_method"]
    for (place, steps), value in given:
        word = value.strip().upper()
        if word not in _METHODS or (method in ("GET", "HEAD") and word in _WRITES):
            yield hit(_OVERRIDE, 0.75, value[:VALUE_LIMIT], place, steps)
    if method not in KNOWN_METHODS and method not in ("", "INVALID"):
        yield hit(_TRACE, 0.75, method, "path")


def _credentials(reading: Reading) -> Iterator[Hit]:
    """A name and password that devices and servers are shipped with, where they are administered."""
    scheme, _, encoded = reading.request.headers.get("authorization", "")[:300].partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        user, colon, password = base64.b64decode(encoded).decode().lower().partition(":")
    except (binascii.Error, ValueError):
        return
    if colon and user in _NAMES_OF_DEFAULTS and (password in _PASSWORDS or password == user):
        yield hit(
            _DEFAULT,
            0.8 if _ADMIN_PATH.search(reading.exchange.path) else 0.5,
            f"{user}:{password}",
            "header",
            ("Authorization",),
        )


def _ranges(reading: Reading) -> Iterator[Hit]:
    """Very many ranges, or one beyond every file."""
    value = reading.request.headers.get("range", "") or reading.request.headers.get("request-range", "")
    value = value[:VALUE_LIMIT]
    if value.count(",") >= RANGES_LIMIT or re.search(r"\d{18}", value):
        yield hit(_RANGE, 0.85, value, "header", ("Range",))


def _hops(reading: Reading) -> Iterator[Hit]:
    """Headers that the next proxy is told to drop, though they are no matter of one connection."""
    value = reading.request.headers.get("connection", "")
    if len(value) > 10:
        words = {word.strip().lower() for word in value[:VALUE_LIMIT].split(",")}
        if words - _OF_ONE_CONNECTION:
            yield hit(_HOP, 0.8, value[:VALUE_LIMIT], "header", ("Connection",))


_CHECKS: tuple[Callable[[Reading], Iterator[Hit]], ...] = (
    _lengths,
    _names,
    _host,
    _addresses,
    _methods,
    _credentials,
    _ranges,
    _hops,
)
