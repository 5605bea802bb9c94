"""Made-up traffic for tests: several days and sessions, attacks, empty values, odd characters; the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable, Sequence

from apitrail.configure.recipes import recipe
from apitrail.inspect.rows import Inspector
from apitrail.model.exchange import Exchange, Verdict
from apitrail.store import Store, Written

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def at(text: str) -> int:
    """Microseconds since 1970 of an ISO time, UTC unless it says otherwise."""
    moment = dt.datetime.fromisoformat(text)
    return round((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp() * 1000) * 1000


NOON = at("2026-05-20T12:00:00")
HOSTS = ("api.shop.example", "shop.example", "admin.shop.example", "")
PATHS = ("/", "/v1/users/42", "/v1/users/43/orders/7", "/v1/items/f47ac10b-58cc-4372-a567-0e02b2c3d479", "/login",
         "/über/straße", "/a'b\\c\"d", "/100%_sure", "/{v0:String}", "/graphql", "/-- drop", "/emoji/😀")  # fmt: skip
QUERIES = ("", "", "page=2&sort=up", "q='; DROP TABLE requests; --", "a=%27&b={v1:String}", "token=abcdefghijkl&x=1")
STATUSES = (200, 200, 200, 201, 204, 301, 400, 401, 403, 404, 418, 500, 502, 503, 0)
METHODS = ("GET", "GET", "GET", "POST", "PUT", "DELETE", "PROPFIND")
AGENTS = (
    "",
    "curl/8.5.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "ünïcode 😀 {agent}",
)
ADDRESSES = ("203.0.113.7", "203.0.113.99", "198.51.100.4", "2001:db8::17", "")
USERS = ("", "", "", "bob", "alice", 'o\'hara \\ "x"')
ATTACKS = ("sqli", "xss", "ptrav")


def exchanges(seed: int, count: int = 600, *, start: int = NOON, days: int = 4) -> list[Exchange]:
    """`count` exchanges spread over some days, many of them near a midnight, in no order."""
    chance = random.Random(seed)
    return [_exchange(chance, number, start, days) for number in range(count)]


def _exchange(chance: random.Random, number: int, start: int, days: int) -> Exchange:
    return Exchange(
        id=f"r{number:06d}" if chance.random() < 0.9 else f"r{number:06d} '\\\"{{x}}😀",
        time=_moment(chance, start, days),
        method=chance.choice(METHODS),
        path=chance.choice(PATHS),
        query=chance.choice(QUERIES),
        host=chance.choice(HOSTS),
        client_ip=chance.choice(ADDRESSES),
        headers=_headers(chance),
        status=chance.choice(STATUSES),
        duration_ms=chance.choice((None, 0.0, 0.5, 12.25, 100.0, 999.0, 30_000.0)),
        request_bytes=chance.choice((None, 0, 17, 5_000)),
        response_bytes=chance.choice((None, 0, 1, 2_048, 7_000_000_000)),
        application=chance.choice(("", "shop", "back office")),
        fingerprint=chance.choice(("", "", "", "t13d1516h2_8daaf6152771")),
        source=chance.choice(("", "node-1", "node-2")),
        user=chance.choice(USERS),
        verdicts=_verdicts(chance),
        blocked=chance.random() < 0.1,
    )


def _moment(chance: random.Random, start: int, days: int) -> int:
    if chance.random() < 0.4:
        midnight = (start // DAY + chance.randint(1, days - 1)) * DAY
        return midnight + chance.choice((-1, 0, 1, -SECOND, SECOND, chance.randint(-MINUTE, MINUTE)))
    return start + chance.randrange(days * DAY // 1000) * 1000


def _headers(chance: random.Random) -> tuple[tuple[str, str], ...]:
    headers = [("user-agent", agent)] if (agent := chance.choice(AGENTS)) else []
    kind = chance.random()
    if kind < 0.4:
        headers.append(("cookie", f"theme=dark; PHPSESSID=cookie-value-{chance.randrange(12)}"))
    elif kind < 0.6:
        headers.append(("authorization", f"Bearer token-value-{chance.randrange(8)}"))
    if chance.random() < 0.3:
        headers.append(("referer", "https://www.google.com/search?q=x&token=secret-in-referer"))
    return tuple(headers)


def _verdicts(chance: random.Random) -> tuple[Verdict, ...]:
    if chance.random() < 0.8:
        return ()
    return tuple(
        Verdict(chance.choice(ATTACKS), "942100", "found", "request.query", "x' or 1") for _ in range(chance.randint(1, 3))
    )


def save(store: Store, items: Sequence[Exchange], *, token: str = "", check: bool = False) -> Written:
    """Store exchanges as one batch."""
    return store.write(Inspector(recipe(store)).rows(items), token=token, check=check)


def combined(
    number: int, time: int, *, ip: str = "203.0.113.7", path: str = "/v1/items", agent: str = "curl/8.5.0", status: int = 200
) -> str:
    """A line of a combined access log, without its end."""
    moment = dt.datetime.fromtimestamp(time // SECOND, dt.UTC)
    return f'{ip} - - [{moment:%d/%b/%Y:%H:%M:%S} +0000] "GET {path}?n={number} HTTP/1.1" {status} {number % 5000} "-" "{agent}"'


def log(count: int, *, start: int = NOON, step: int = SECOND, first: int = 0) -> str:
    """A combined access log of `count` different lines by some twenty clients."""
    lines = (
        combined(n, start + n * step, ip=f"203.0.113.{n % 20}", path=f"/v1/items/{n % 7}", status=200 + n % 3)
        for n in range(first, first + count)
    )
    return "".join(f"{line}\n" for line in lines)


def counts(store: Store) -> dict[str, int]:
    """How many requests there are: as rows, as different ids, and as each rollup has them."""
    rows = store.ask("SELECT count() AS rows, uniqExact(request_id) AS ids FROM requests").to_pylist()[0]
    for table in ("sessions", "minutes"):
        rows[table] = store.ask(f"SELECT sum(requests) AS n FROM {table}").to_pylist()[0]["n"] or 0
    return dict(rows)


def rollups(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Each rollup as it is stored, next to the same made anew from the requests; the two must be equal."""
    questions = {
        "sessions": "SELECT day, toString(session_id) AS s, min(sessions.start) AS a, max(sessions.end) AS z,"
        " sum(sessions.requests) AS n, sum(sessions.attacks) AS bad, sum(sessions.blocked) AS no FROM sessions GROUP BY day, s ORDER BY day, s",
        "sessions anew": "SELECT day, toString(session_id) AS s, min(time) AS a, max(time) AS z, count() AS n,"
        " countIf(notEmpty(attack_types)) AS bad, sum(requests.blocked) AS no FROM requests GROUP BY day, s ORDER BY day, s",
        "minutes": "SELECT day, toUnixTimestamp(minute) AS m, sum(minutes.requests) AS n, sum(minutes.attacks) AS bad FROM minutes"
        " GROUP BY day, m ORDER BY day, m",
        "minutes anew": "SELECT day, toUnixTimestamp(toStartOfMinute(toDateTime(time, 'UTC'))) AS m, count() AS n,"
        " countIf(notEmpty(attack_types)) AS bad FROM requests GROUP BY day, m ORDER BY day, m",
        "people": "SELECT day, toString(session_id) AS s, arraySort(groupUniqArrayArray(sessions.users)) AS u, max(sessions.keyed) AS k"
        " FROM sessions GROUP BY day, s ORDER BY day, s",
        "people anew": "SELECT day, toString(session_id) AS s, arraySort(groupUniqArrayIf(user, user != '')) AS u,"
        " max(session_key NOT LIKE 'client.%') AS k FROM requests GROUP BY day, s ORDER BY day, s",
        "actors": "SELECT day, actor, toString(session_id) AS s, min(toUnixTimestamp(actors.start)) AS a FROM actors"
        " GROUP BY day, actor, s ORDER BY day, actor, s",
        "actors anew": "SELECT day, arrayJoin(arrayFilter(x -> x != 0, [if(user = '', 0, sipHash64('user', user)),"
        " if(fingerprint = '', 0, sipHash64('fingerprint', fingerprint)),"
        " if(ip = '' OR user_agent = '', 0, sipHash64('client', ip, user_agent))])) AS actor, toString(session_id) AS s,"
        " min(toUnixTimestamp(time)) AS a FROM requests GROUP BY day, actor, s ORDER BY day, actor, s",
    }
    return {name: [tuple(row.values()) for row in store.ask(sql).to_pylist()] for name, sql in questions.items()}


def agree(store: Store) -> bool:
    """Whether the rollups say what the requests say."""
    found = rollups(store)
    return all(found[name] == found[f"{name} anew"] for name in ("sessions", "minutes", "people", "actors"))


def one_of_each(items: Iterable[object]) -> bool:
    """Whether nothing comes twice."""
    found = list(items)
    return len(found) == len(set(found))
