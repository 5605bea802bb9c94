"""Clients that look for an open proxy, and versions that HTTP does not have, as sources tell of them."""

from __future__ import annotations

import pytest
from tests.pointing import reading

from apitrail.inspect.attacks.detecting import findings
from apitrail.model.exchange import Exchange
from apitrail.sources import pasted, registry
from apitrail.sources.contract import LineFormat

PLAIN = '198.51.100.7 - - [10/Oct/2025:13:55:36 +0200] "{}" {} 5 "-" "-"'
OWN = "own.example:80 " + PLAIN
JSON = '{{"time":"2025-10-10T13:55:36Z","remote_addr":"198.51.100.7","http_host":"own.example","request":"{}","status":{}}}'


def read(format_name: str, line: str) -> Exchange:
    """The exchange of a line."""
    known = registry.by_name(format_name)
    assert isinstance(known, LineFormat)
    exchange = known.start(())(line)
    assert exchange
    return exchange


def found(exchange: Exchange) -> set[tuple[str, str, str]]:
    """The types and subtypes of what is found, with what was asked for."""
    return {(finding.type, finding.subtype, finding.payload) for finding in findings(reading(exchange))}


def logged(request: str, status: int, line: str = PLAIN) -> set[tuple[str, str, str]]:
    """What is found in a line of a log."""
    return found(read("combined", line.format(request, status)))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501])
def test_a_refused_tunnel_looks_for_a_proxy(status: int) -> None:
    """CONNECT at a server that is no proxy is a probe."""
    assert logged("CONNECT www.foreign.example:443 HTTP/1.1", status) == {("scanner", "open-proxy", "www.foreign.example:443")}


@pytest.mark.parametrize("status", [200, 407, 502, 503, 504])
def test_a_tunnel_of_a_proxy_is_silent(status: int) -> None:
    """A proxy that opens tunnels, wants a password or does not reach the host is used as it is meant."""
    assert not logged("CONNECT www.foreign.example:443 HTTP/1.1", status)


def test_a_tunnel_whose_answer_is_not_known() -> None:
    """CONNECT is no method of an API; over HTTP/2 it opens WebSockets, and has a path."""
    assert found(Exchange(method="CONNECT", path="a.example:443")) == {("scanner", "open-proxy", "a.example:443")}
    assert not found(Exchange(method="CONNECT", path="/socket", version="HTTP/2", status=404))


@pytest.mark.parametrize("status", [400, 403, 404, 405])
@pytest.mark.parametrize("line", [PLAIN, OWN])
def test_a_refused_whole_url_looks_for_a_proxy(status: int, line: str) -> None:
    """A request line with the URL of a host that is not known to be the server's own, and a refusal, is a probe."""
    assert logged("GET http://www.foreign.example:80/x HTTP/1.0", status, line) == {
        ("scanner", "open-proxy", "www.foreign.example")
    }


@pytest.mark.parametrize("status", [0, 200, 204, 301, 304, 407, 502])
def test_a_whole_url_that_was_served_is_silent(status: int) -> None:
    """A forward proxy answers whole URLs."""
    assert not logged("GET http://www.foreign.example/x HTTP/1.1", status)


@pytest.mark.parametrize("target", ["http://own.example/x", "http://own.example:80/x", "http://www.own.example/x", "/x"])
def test_a_whole_url_of_the_own_host_is_silent(target: str) -> None:
    """An origin server takes whole URLs of its own."""
    assert not logged(f"GET {target} HTTP/1.1", 404, OWN)
    assert not found(read("nginx-json", JSON.format(f"GET {target} HTTP/1.1", 404)))


def test_a_host_in_another_column_is_the_own_one() -> None:
    """The host that a server logs behind the user agent counts as well."""
    line = PLAIN.format("GET http://{}/x HTTP/1.1", 404) + ' "own.example"'
    assert not found(read("combined", line.format("own.example")))
    assert found(read("combined", line.format("foreign.example"))) == {("scanner", "open-proxy", "foreign.example")}


def test_a_json_log_that_knows_its_host() -> None:
    """Where the host stands beside the request line, another one in it is foreign."""
    assert found(read("nginx-json", JSON.format("GET http://foreign.example/ HTTP/1.1", 404))) == {
        ("scanner", "open-proxy", "foreign.example")
    }


def test_logs_that_write_every_target_as_a_whole_url() -> None:
    """Load balancers, caches, proxies, HTTP/2 and records of exchanges name the host in every line."""
    balancer = (
        "2025-10-10T11:55:36.943403Z lb 198.51.100.7:2817 10.0.0.1:80 0.000073 0.001048 0.000057 404 404 0 29 "
        '"GET http://www.example.com:80/ HTTP/1.1" "curl/8.5.0" - -'
    )
    whole = "GET http://shop.example/missing HTTP/1.1"
    assert not found(read("aws-alb", balancer))
    assert not found(read("varnish", PLAIN.format(whole, 404)))
    assert not found(read("combined", PLAIN.format(whole, 404) + " TCP_MISS:HIER_DIRECT"))
    assert not logged("GET https://shop.example/missing HTTP/2.0", 404)
    assert not found(
        read("ndjson", '{"method":"GET","url":"http://shop.example/missing","status":404,"version":"HTTP/1.1","headers":[]}')
    )


def test_a_log_of_served_whole_urls_is_recognised() -> None:
    """A log in which whole URLs are answered well is one of a cache or a proxy; refusals alone are probes."""
    served, refused = (PLAIN.format("GET http://shop.example/x HTTP/1.1", status) + "\n" for status in (200, 404))
    own = PLAIN.format("GET /x HTTP/1.1", 200) + "\n"
    for text, name in ((served * 3 + refused, "varnish"), (refused * 3, "combined"), (own * 3 + served, "combined")):
        recognised = registry.recognise(text.encode())
        assert recognised
        assert recognised.name == name


def test_a_pasted_request_with_two_hosts() -> None:
    """A pasted request for another host than its own header says is one to a proxy; without the header it may be a note."""
    text = "GET http://foreign.example/x HTTP/1.1\n{}\nHTTP/1.1 404 Not Found\n"
    assert found(pasted.read(text.format("Host: own.example\n"))) == {("scanner", "open-proxy", "foreign.example")}
    assert not found(pasted.read(text.format("Host: foreign.example\n")))
    assert not found(pasted.read(text.format("")))


@pytest.mark.parametrize("version", ["HTTP/1.2", "HTTP/2.1", "HTTP/9.9", "HTTP/0.8", "HTTP/5", "http/1.2"])
@pytest.mark.parametrize("status", [0, 200, 505])
def test_a_version_that_does_not_exist(version: str, status: int) -> None:
    """No client speaks a version that HTTP does not have."""
    exchange = Exchange(method="GET", path="/", version=version, status=status)
    assert found(exchange) == {("scanner", "protocol", version)}


@pytest.mark.parametrize("version", ["", "-", "0.9", "1.0", "1.1", "2", "2.0", "3", "3.0", "10", "11", "20", "HTTP", "HTTP/0.9", "HTTP/1",
                                     "HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0", "http/1.1", "http/2.0", "h2", "H2",
                                     "h2c", "h3", "h3-29", "H3-Q050", "HTTP/11", "HTTP/20", "HTTPS/1.1", "HTTP/1.1 ", "spdy/3.1", "SPDY/3.1",
                                     "quic", "HTTP/2+QUIC/46", "http/2+quic/43", "TLSv1.3", "grpc", "ws", "unknown"])  # fmt: skip
@pytest.mark.parametrize("status", [0, 200, 404])
def test_usual_spellings_of_versions_are_silent(version: str, status: int) -> None:
    """However a program writes a version that exists, it is none of a scanner."""
    assert not found(Exchange(method="GET", path="/", version=version, status=status))


@pytest.mark.parametrize("known", registry.LINE_FORMATS, ids=lambda known: known.name)
def test_samples_of_formats_have_versions_that_exist(known: LineFormat) -> None:
    """What each source makes of its own samples is a version that exists."""
    exchanges = [known.start([line for line in known.samples if line[:1] == "#"])(line) for line in known.samples]
    assert not [exchange for exchange in exchanges if exchange and "protocol" in {kind[1] for kind in found(exchange)}]


@pytest.mark.parametrize("request_line", ["OPTIONS / RTSP/1.0", "OPTIONS sip:nm SIP/2.0"])
def test_another_protocol_is_a_probe_where_it_is_refused(request_line: str) -> None:
    """A server of HTTP that is spoken to as one of films or telephones was not known to whoever asked."""
    assert {kind[:2] for kind in logged(request_line, 400)} == {("scanner", "protocol")}
    assert not logged("DESCRIBE /film RTSP/1.0", 200) - {("scanner", "method", "DESCRIBE")}
