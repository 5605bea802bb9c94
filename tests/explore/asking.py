"""Random questions for Hypothesis, each with what it means in plain Python."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from apitrail.query import text
from apitrail.query.tree import Interval, Question
from explore.plain import Filter, Row, inside, like
from traffic import ADDRESSES, ATTACKS, DAY, HOSTS, HOUR, METHODS, MINUTE, NOON, PATHS, SECOND, STATUSES, USERS

VALUES: dict[str, tuple[str, ...]] = {
    "host": HOSTS,
    "path": PATHS,
    "user": USERS,
    "application": ("", "shop", "back office", "nobody"),
    "source": ("", "node-1", "node-2"),
    "query": ("", "q='; DROP TABLE requests; --", "a=%27&b={v1:String}"),
    "user_agent": ("", "curl/8.5.0", "ünïcode 😀 {agent}"),
    "protocol": ("rest", "graphql"),
    "fingerprint": ("", "t13d1516h2_8daaf6152771"),
    "session_key": ("request.cookie.PHPSESSID", "client.ip", "client.fingerprint"),
}
PATTERNS = {
    "host": ("*.shop.example", "shop*", "*", "ADMIN*"),
    "path": ("/v1/*", "*/42*", "*_sure", "*%*", "/*'*", "*😀", "*{*}*", "*\\*"),
    "user": ("*", "B*", "*\\*"),
    "application": ("*", "back*"),
    "user_agent": ("*chrome*", "*ünï*"),
    "query": ("*drop*", "*%27*", "*{v1*"),
}
SESSION_WORDS = frozenset(("user", "role"))


def _is(word: str, values: list[str]) -> Filter:
    written = ",".join(text.quote(value) for value in values)
    return Filter(f"{word}:{written}", lambda row: row[word] in values, word in SESSION_WORDS)


def _fits(word: str, pattern: str) -> Filter:
    fits = (lambda value: value != "") if pattern == "*" else like(pattern)
    return Filter(f"{word}:{pattern}", lambda row: fits(row[word]), word in SESSION_WORDS)


def _texts() -> st.SearchStrategy[Filter]:
    exact = st.sampled_from(sorted(VALUES)).flatmap(
        lambda word: st.lists(st.sampled_from(VALUES[word]), min_size=1, max_size=3).map(lambda values: _is(word, values))
    )
    pairs = [(word, pattern) for word, patterns in PATTERNS.items() for pattern in patterns]
    return exact | st.sampled_from(pairs).map(lambda pair: _fits(*pair))


NUMBERS: dict[str, tuple[int | float, ...]] = {
    "status": STATUSES,
    "duration_ms": (0, 0.5, 12.25, 100, 999, 30_000),
    "request_bytes": (0, 17, 5_000),
    "response_bytes": (0, 1, 2_048, 7_000_000_000),
}
SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "": lambda a, b: a == b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}


def _compare(word: str, sign: str, limit: float) -> Filter:
    return Filter(f"{word}:{sign}{limit}", lambda row: row[word] is not None and SIGNS[sign](row[word], limit))


def _range(word: str, low: float, high: float) -> Filter:
    low, high = sorted((low, high))
    return Filter(f"{word}:{low}..{high}", lambda row: row[word] is not None and low <= row[word] <= high)


def _numbers() -> st.SearchStrategy[Filter]:
    def of(word: str) -> st.SearchStrategy[Filter]:
        limits = st.sampled_from(NUMBERS[word])
        compared = st.builds(_compare, st.just(word), st.sampled_from(sorted(SIGNS)), limits)
        return compared | st.builds(_range, st.just(word), limits, limits)

    classes = st.integers(1, 5).map(lambda n: Filter(f"status:{n}xx", lambda row: row["status"] // 100 == n))
    return st.sampled_from(sorted(NUMBERS)).flatmap(of) | classes


def _others() -> st.SearchStrategy[Filter]:
    networks = {
        network: inside(network) for network in ("203.0.113.0/24", "203.0.113.7/32", "2001:db8::/32", "0.0.0.0/0", "::/0")
    }
    fixed = [
        *(Filter(f"ip:{network}", lambda row, fits=fits: fits(row["ip"])) for network, fits in networks.items()),
        *(Filter(f"ip:{ip}", lambda row, ip=ip: row["ip"] == ip) for ip in ADDRESSES if ip),
        *(Filter(f"attack:{code}", lambda row, code=code: code in row["attack_types"]) for code in ATTACKS),
        *(Filter(f"method:{name.lower()}", lambda row, name=name: row["method"] == name) for name in set(METHODS)),
        Filter("attack:sqli,xss", lambda row: not {"sqli", "xss"}.isdisjoint(row["attack_types"])),
        Filter("attack:*", lambda row: bool(row["attack_types"])),
        Filter("attack:s*", lambda row: "sqli" in row["attack_types"]),
        Filter("blocked:true", lambda row: row["blocked"] == 1),
        Filter("blocked:no", lambda row: row["blocked"] == 0),
        Filter("users", lambda row: _anywhere(row, "users")),
        Filter('"{id}"', lambda row: _anywhere(row, "{id}")),
        Filter("duration_ms:*", lambda row: row["duration_ms"] is not None),
    ]
    return st.sampled_from(fixed)


def _anywhere(row: Row, word: str) -> bool:
    return like(f"*{word}*")(row["endpoint"]) or like(f"*{word}*")(row["path"])


def _negated(found: Filter, negated: bool) -> Filter:
    return Filter(f"-{found.text}", found.test, found.whole_sessions, negated=True) if negated else found


FILTERS = st.lists(st.builds(_negated, _texts() | _numbers() | _others(), st.booleans()), max_size=3)
EDGES = st.none() | st.sampled_from([NOON + n * DAY // 2 for n in range(-1, 10)]) | st.integers(0, 4 * DAY // MINUTE).map(
    lambda n: NOON + n * MINUTE
) | st.integers(0, 4 * DAY).map(lambda n: NOON + n)  # fmt: skip
INTERVALS = st.tuples(EDGES, EDGES).map(lambda edges: _in_order(*edges))


def _in_order(start: int | None, end: int | None) -> tuple[int | None, int | None]:
    if start is None or end is None:
        return start, end
    return (start, end) if start < end else (end, start if start != end else end + HOUR + SECOND)


def question(
    filters: list[Filter], interval: tuple[int | None, int | None] = (None, None), inside: list[Filter] | None = None
) -> Question:
    """The question of filters as they are written."""
    return Question(text.parse(written(filters)), Interval(*interval), text.parse(written(inside or [])))


def written(filters: list[Filter]) -> str:
    """Filters as their text."""
    return " ".join(found.text for found in filters)
