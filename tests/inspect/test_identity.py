"""Whose request it is: the built-in grouping keys in their order, and the keyed hash that every worker agrees on (S1.1, S1.4, S1.5)."""

from __future__ import annotations

import base64
import json
import random
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.inspect.builtin import API_KEY_HEADERS, SESSION_COOKIES, SESSION_HEADERS
from apitrail.inspect.headers import read_headers
from apitrail.inspect.identity import Identifier, Identity
from apitrail.inspect.points.decoding import jwt_claims
from apitrail.inspect.points.extracting import Reading
from apitrail.model.exchange import Exchange
from apitrail.model.request import session_hex
from traffic import exchanges

SECRET = b"0123456789abcdef0123456789abcdef"
TOKEN = "f3a9c1d27b64e8a05d1c"


def jwt(**claims: Any) -> str:
    """A JWT with these claims and a signature that nobody checks."""
    pieces = (json.dumps(piece).encode() for piece in ({"alg": "HS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(piece).decode().rstrip("=") for piece in pieces), "c2ln"])


def basic(user: str, password: str) -> str:
    """The Authorization value of a user and a password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def who(
    *headers: tuple[str, str],
    ip: str = "203.0.113.7",
    response: tuple[tuple[str, str], ...] = (),
    fingerprint: str = "",
    secret: bytes = SECRET,
) -> Identity:
    """The identity of an exchange with these headers."""
    exchange = Exchange(method="GET", path="/", client_ip=ip, headers=headers, response_headers=response, fingerprint=fingerprint)
    return Identifier(secret).say(Reading(exchange, read_headers(exchange.headers))).identity


@pytest.mark.rows("S1.4")
@pytest.mark.parametrize(
    "name", [*sorted(SESSION_COOKIES), "ASPSESSIONIDQQABCD", "wordpress_logged_in_0f3a", "SESS_abc", "SSESS0a1b", "PHPSESSID"]
)
def test_session_cookies_of_the_frameworks_are_keys(name: str) -> None:
    """The cookie that a framework keeps its session in groups requests, among other cookies and in any letter case (S1.4)."""
    found = who(("cookie", f"theme=dark; {name}={TOKEN}; _ga=GA1.2"))
    assert found.key == f"request.cookie.{name}"
    assert found.session_id == who(("cookie", f"{name}={TOKEN}"), ip="198.51.100.1").session_id


@pytest.mark.rows("S1.4")
@pytest.mark.parametrize("name", SESSION_HEADERS + API_KEY_HEADERS)
def test_session_and_key_headers_are_keys(name: str) -> None:
    """Headers that carry a session or an API key group requests (S1.4)."""
    assert who((name, TOKEN)).key == f"request.header.{name.title()}"


@pytest.mark.rows("S1.4")
@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ((("authorization", f"Bearer {TOKEN}"),), "request.header.Authorization|bearer"),
        ((("authorization", f"bearer   {TOKEN}"),), "request.header.Authorization|bearer"),
        ((("authorization", f"Token {TOKEN}"),), "request.header.Authorization|bearer"),
        ((("authorization", f"ApiKey {TOKEN}"),), "request.header.Authorization|apikey"),
        ((("authorization", basic("bob", "pw")),), "request.header.Authorization|basic.user"),
        ((("authorization", f"Bearer {jwt(sid='s1', sub='u1')}"),), "request.header.Authorization|bearer|jwt.sid"),
        ((("authorization", f"Bearer {jwt(sub='u1')}"),), "request.header.Authorization|bearer|jwt.sub"),
        ((("authorization", f"Bearer {jwt(sub=42)}"),), "request.header.Authorization|bearer|jwt.sub"),
        ((("authorization", f"Bearer {jwt(iss='x')}"),), "request.header.Authorization|bearer"),
        ((("authorization", "Bearer eyJ.eyJ.x"),), "request.header.Authorization|bearer"),
        ((("authorization", "Bearer "), ("user-agent", "curl")), "client.ip+user_agent"),
        ((("authorization", "Basic !!!"), ("user-agent", "curl")), "client.ip+user_agent"),
        ((("authorization", "Negotiate abc"),), "client.ip"),
        ((("cookie", "theme=dark"), ("user-agent", "curl")), "client.ip+user_agent"),
        ((("cookie", "sid="), ("user-agent", "curl")), "client.ip+user_agent"),
        ((("cookie", f"sid={TOKEN}"), ("x-session-id", "other"), ("authorization", "Bearer t")), "request.cookie.sid"),
        ((("x-session-id", TOKEN), ("authorization", "Bearer t"), ("x-api-key", "k")), "request.header.X-Session-Id"),
        ((("authorization", f"Bearer {TOKEN}"), ("x-api-key", "k")), "request.header.Authorization|bearer"),
        ((("user-agent", "curl"),), "client.ip+user_agent"),
        ((), "client.ip"),
    ],
)
def test_keys_are_tried_in_their_order(headers: tuple[tuple[str, str], ...], key: str) -> None:
    """The first key that finds a value wins: cookie, session header, authorization, API key, then the client (S1.4)."""
    assert who(*headers).key == key


@pytest.mark.rows("S1.4")
def test_a_fingerprint_comes_before_the_address() -> None:
    """Without a session the TLS fingerprint groups, wherever the client is (S1.4)."""
    found = who(("user-agent", "curl"), fingerprint="t13d1516h2")
    assert (found.key, found.shown) == ("client.fingerprint", "t13d1516h2")
    assert found.session_id == who(ip="198.51.100.1", fingerprint="t13d1516h2").session_id


@pytest.mark.rows("S1.1")
@pytest.mark.parametrize(
    "response",
    [
        ("set-cookie", f"PHPSESSID={TOKEN}; Path=/; HttpOnly"),
        ("mcp-session-id", TOKEN),
    ],
)
def test_a_log_in_belongs_to_the_session_it_opens(response: tuple[str, str]) -> None:
    """The answer that gives out a session is in it, with the requests that follow (S1.1)."""
    opened = who(("user-agent", "curl"), response=(("content-type", "text/html"), response))
    assert opened.key == f"response.header.{response[0].title()}{'.PHPSESSID' if response[0] == 'set-cookie' else ''}"
    assert opened.session_id == who(("cookie", f"PHPSESSID={TOKEN}")).session_id == who(("mcp-session-id", TOKEN)).session_id


@pytest.mark.parametrize(
    "cookie",
    ["PHPSESSID=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0", "sid=whatever; Max-Age=0", "sid=x123; max-age=-1"],
)
def test_a_cookie_that_is_taken_away_is_no_session(cookie: str) -> None:
    """Everybody who is logged out gets the same empty cookie; that does not make them one session."""
    assert who(("user-agent", "curl"), response=(("set-cookie", cookie),)).key == "client.ip+user_agent"


@pytest.mark.rows("S1.1")
@pytest.mark.parametrize(
    "headers",
    [
        (("cookie", f"JSESSIONID={TOKEN}"),),
        (("x-session-id", TOKEN),),
        (("authorization", f"Bearer {TOKEN}"),),
        (("x-api-key", TOKEN),),
        (("authorization", f"Bearer {jwt(sid=TOKEN, sub='u')}"),),
    ],
)
def test_an_equal_value_is_one_session_whichever_key_found_it(headers: tuple[tuple[str, str], ...]) -> None:
    """The id is made of the value alone (S1.1)."""
    assert who(*headers).session_id == who(("cookie", f"PHPSESSID={TOKEN}")).session_id


@pytest.mark.rows("S1.4")
def test_a_refreshed_token_stays_in_its_session() -> None:
    """A new JWT of the same session claim is the same session (S1.4)."""
    one, two = (who(("authorization", f"Bearer {jwt(sid='abc', sub='bob', iat=n, exp=n + 300)}")) for n in (1, 301))
    assert one.session_id == two.session_id


def test_another_password_is_the_same_user() -> None:
    """Basic authentication groups by its user; a wrong password does not make another session."""
    assert who(("authorization", basic("bob", "a"))).session_id == who(("authorization", basic("bob", "b"))).session_id


@pytest.mark.parametrize("other", [{"ip": "203.0.113.8"}, {"agent": "curl/9"}])
def test_another_address_or_agent_is_another_client(other: dict[str, str]) -> None:
    """Without any token, address and user agent together are the client."""
    same = who(("user-agent", "curl"))
    assert same.session_id == who(("user-agent", "curl")).session_id
    assert same.session_id != who(("user-agent", other.get("agent", "curl")), ip=other.get("ip", "203.0.113.7")).session_id


def test_a_client_cannot_be_imitated_by_a_token() -> None:
    """Address and user agent hash in a space of their own, which no single-line header value reaches."""
    assert who(ip="203.0.113.7").session_id != who(("x-api-key", "203.0.113.7")).session_id


@pytest.mark.rows("S1.5")
def test_the_id_is_32_hex_digits_under_the_stores_key() -> None:
    """The id is a keyed hash: another store has other ids for the same value (S1.5)."""
    one, other = who(("cookie", f"sid={TOKEN}")), who(("cookie", f"sid={TOKEN}"), secret=b"x" * 32)
    assert one.session_id != other.session_id
    assert len(session_hex(one.session_id)) == 32


@pytest.mark.rows("S1.5")
@pytest.mark.parametrize(
    "headers", [(("cookie", f"sid={TOKEN}"),), (("authorization", f"Bearer {TOKEN}"),), (("authorization", basic("bob", TOKEN)),)]
)
def test_what_is_shown_of_a_secret_is_not_the_secret(headers: tuple[tuple[str, str], ...]) -> None:
    """The matched value is shown masked (S1.5)."""
    assert TOKEN not in who(*headers).shown


def _sessions(items: list[Exchange], secret: bytes) -> dict[str, str]:
    identifier = Identifier(secret)
    return {item.id: session_hex(identifier.say(Reading(item, read_headers(item.headers))).identity.session_id) for item in items}


@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_ids_do_not_depend_on_order_or_on_who_works(chance: random.Random, workers: int) -> None:
    """Any number of workers that never talk, in any order, put the same exchange into the same session."""
    items = exchanges(seed=1, count=120)
    wanted = _sessions(items, SECRET)
    chance.shuffle(items)
    found: dict[str, str] = {}
    for worker in range(workers):
        found |= _sessions(items[worker::workers], SECRET)
    assert found == wanted


def test_ids_are_the_same_in_another_process() -> None:
    """Nothing of a process (hash seeds, caches) goes into an id."""
    items = exchanges(seed=1, count=50)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(_sessions, items, SECRET).result() == _sessions(items, SECRET)


@given(st.text(max_size=80))
def test_any_authorization_is_somebody(text: str) -> None:
    """No header value breaks the identification."""
    assert len(who(("authorization", text), ("cookie", text), ("x-api-key", text)).session_id) == 16
    assert isinstance(jwt_claims(f"ey{text}.{text}.{text}"), dict)


def test_a_full_cache_changes_nothing() -> None:
    """Caches are bounded; what falls out is found again."""
    identifier = Identifier(SECRET)
    first = identifier.say(Reading(Exchange(method="GET", path="/", client_ip="a"), {})).identity
    for number in range(50_001):
        identifier.say(Reading(Exchange(method="GET", path="/", client_ip=str(number)), {}))
    assert identifier.say(Reading(Exchange(method="GET", path="/", client_ip="a"), {})).identity == first
