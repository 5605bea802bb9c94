"""Related sessions (S4.7): what a plain computation says of generated traffic, and each rule by a small story."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.errors import NotFound
from apitrail.explore import related as module
from apitrail.explore.related import AFTER_LOG_IN, BEFORE_LOG_IN, LISTED, SAME, Related, related
from apitrail.explore.sessions import list_sessions
from apitrail.model.exchange import Exchange
from apitrail.query.interval import iso
from apitrail.query.tree import Question
from apitrail.store import Store
from engines import shared
from explore.plain import Row
from traffic import DAY, HOUR, MINUTE, NOON, SECOND, save

pytestmark = pytest.mark.rows("S4.7")

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


# --- as a plain computation says ----------------------------------------------------------------------------------------


def _values(rows: list[Row]) -> dict[str, set[Any]]:
    return {
        "user": {row["user"] for row in rows} - {""},
        "fingerprint": {row["fingerprint"] for row in rows} - {""},
        "client": {(row["ip"], row["user_agent"]) for row in rows if row["ip"] and row["user_agent"]},
    }


def _plain(rows: list[Row], session: str, crowd: int) -> dict[str, Any]:
    """The answer in plain Python; a kind that more than `crowd` sessions share is a crowd."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["session"], []).append(row)
    spans = {one: (min(row["time"] for row in some), max(row["time"] for row in some)) for one, some in groups.items()}
    here, (start, end) = _values(groups[session]), spans[session]
    mates = {by: {one for one in groups if one != session and _values(groups[one])[by] & here[by]} for by in SAME if here[by]}
    crowds = {by for by, some in mates.items() if len(some) > crowd}
    days = range((start - 6 * HOUR) // DAY, (end + 6 * HOUR) // DAY + 1)
    found = {by: _nearest(groups, by, here[by], session, start, days) if by in crowds else some for by, some in mates.items()}

    def gap(one: str) -> tuple[int, int, str]:
        low, high = spans[one]
        return max(0, low - end, start - high), abs(low - start), one

    order = sorted({one for some in found.values() for one in some}, key=gap)
    telling = {one for by, some in found.items() if by not in crowds for one in some}
    chosen = sorted(sorted(order, key=lambda one: one not in telling)[:LISTED], key=gap)
    strongest = next(iter(found.values()), set())
    place = (start, session)
    return {
        "sessions": [(one, spans[one], len(groups[one]), _reasons(groups, spans, session, one)) for one in chosen],
        "total": len(order),
        "previous": max((p for one in strongest if (p := (spans[one][0], one)) < place), default=(0, None))[1],
        "next": min((p for one in strongest if (p := (spans[one][0], one)) > place), default=(0, None))[1],
        "looked_at": [(by, len(some), by in crowds) for by, some in found.items()],
    }


def _nearest(groups: dict[str, list[Row]], by: str, values: set[Any], session: str, start: int, days: range) -> set[str]:
    """The sessions of a crowd that are first seen with a value, within some days, nearest to a time."""
    begins: dict[str, int] = {}
    for one, rows in groups.items():
        for row in rows:
            day = row["time"] // DAY
            if one != session and day in days and _values([row])[by] & values:
                begins[one] = min(begins.get(one, row["time"]), row["time"])
    away = {one: abs(time // SECOND - start // SECOND) for one, time in begins.items()}
    return set(sorted(away, key=lambda one: (away[one], one))[:LISTED])


def _reasons(groups: dict[str, list[Row]], spans: dict[str, tuple[int, int]], session: str, other: str) -> list[str]:
    here, there = _values(groups[session]), _values(groups[other])
    shared = [by for by in SAME if here[by] & there[by]]
    reasons = [SAME[by] for by in shared]
    nobody, other_nobody = _nobody(groups[session]), _nobody(groups[other])
    if nobody != other_nobody and set(shared) & {"fingerprint", "client"}:
        first, then = (session, other) if nobody else (other, session)
        if 0 <= spans[then][0] - spans[first][1] <= 30 * MINUTE:
            reasons.append(AFTER_LOG_IN if nobody else BEFORE_LOG_IN)
    return reasons


def _nobody(rows: list[Row]) -> bool:
    return not any(row["user"] for row in rows) or all(row["session_key"].startswith("client.") for row in rows)


def _simple(found: Related) -> dict[str, Any]:
    """An answer as the plain computation gives it."""
    return {
        "sessions": [(one.id, (one.start, one.end), one.requests, one.reasons) for one in found.sessions],
        "total": found.total,
        "previous": found.previous and found.previous.id,
        "next": found.next and found.next.id,
        "looked_at": [(looked.by, looked.sessions, looked.crowded) for looked in found.looked_at],
    }


@shared(60)
@given(data=st.data(), crowd=st.sampled_from([200, 12, 3]))
def test_related_sessions_are_what_a_plain_computation_says(world: Any, data: Any, crowd: int) -> None:
    """Which sessions, in which order, why, and the two neighbours, also when a value is shared by a crowd."""
    session = data.draw(st.sampled_from(sorted({row["session"] for row in world.rows})))
    wanted = _plain(world.rows, session, crowd)
    wanted["sessions"] = [(one, (iso(low), iso(high)), *rest) for one, (low, high), *rest in wanted["sessions"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CROWD", crowd)
        assert _simple(related(world.store, session)) == wanted


def test_users_and_attacks_are_those_of_the_whole_session(world: Any) -> None:
    """A related session is described by all its requests, whatever it shares."""
    rows = world.rows
    session = Counter(row["session"] for row in rows if row["user"]).most_common(1)[0][0]
    for one in related(world.store, session).sessions:
        own = [row for row in rows if row["session"] == one.id]
        assert one.users == sorted({row["user"] for row in own} - {""})
        assert (one.requests, one.attacks) == (len(own), sum(bool(row["attack_types"]) for row in own))
        assert one.day == min(row["day"] for row in own).isoformat()


# --- each rule ----------------------------------------------------------------------------------------------------------


def _hit(
    cookie: str, minute: float, *, user: str = "", ip: str = "203.0.113.7", agent: str = FIREFOX, mark: str = ""
) -> Exchange:
    headers = tuple(
        pair
        for pair in (("user-agent", agent), ("cookie", f"PHPSESSID={cookie}"))
        if (pair[1] and cookie) or (pair[0] == "user-agent" and agent)
    )
    time = NOON + int(minute * MINUTE)
    return Exchange(id=f"{cookie}-{minute}-{ip}", time=time, method="GET", path="/", host="shop.example", client_ip=ip, headers=headers,
                    user=user, fingerprint=mark)  # fmt: skip


def _ids(store: Store, *hits: Exchange) -> list[str]:
    """Store requests, each of a session of its own; the ids of the sessions in order of their start."""
    save(store, hits)
    return [part.id for part in list_sessions(store, Question(), sort="start").items]


def _why(store: Store, session: str) -> dict[str, list[str]]:
    return {one.id: one.reasons for one in related(store, session).sessions}


def test_a_log_in_links_the_two_sessions(store: Store) -> None:
    """The nameless session just before a log-in, and the named one just after, by the same address and browser."""
    before, after = _ids(store, _hit("visitor-cookie-1", 0), _hit("member-cookie-1", 30, user="bob"))
    assert _why(store, after) == {before: [SAME["client"], BEFORE_LOG_IN]}
    assert _why(store, before) == {after: [SAME["client"], AFTER_LOG_IN]}


@pytest.mark.parametrize(
    ("first", "second", "minutes"),
    [("", "bob", 30.1), ("bob", "", 5), ("bob", "bob", 5), ("", "", 5)],
    ids=["too long ago", "a log-out", "both named", "both nameless"],
)
def test_what_is_no_log_in(store: Store, first: str, second: str, minutes: float) -> None:
    """Longer ago than the limit, the other way round, or both alike: no reason of a log-in."""
    _, after = _ids(store, _hit("visitor-cookie-1", 0, user=first), _hit("member-cookie-1", minutes, user=second))
    (reasons,) = _why(store, after).values()
    assert not {BEFORE_LOG_IN, AFTER_LOG_IN} & set(reasons)


def test_a_session_told_by_its_client_alone_is_nobodys(store: Store) -> None:
    """A request without a cookie belongs to the log-in that follows it, even when the server already names a user."""
    before, after = _ids(store, _hit("", 0, user="bob"), _hit("member-cookie-1", 10, user="bob"))
    assert _why(store, after) == {before: [SAME["user"], SAME["client"], BEFORE_LOG_IN]}


def test_address_and_browser_count_only_together(store: Store) -> None:
    """The same address with another browser, the same browser elsewhere, or no browser at all relates nothing."""
    ids = _ids(store, _hit("cookie-number-1", 0), _hit("cookie-number-2", 1, agent="curl/8.5.0"), _hit("cookie-number-3", 2, ip="198.51.100.4"),
               _hit("cookie-number-4", 3, agent="", ip="192.0.2.1"), _hit("cookie-number-5", 4, agent="", ip="192.0.2.1"))  # fmt: skip
    assert [_why(store, session) for session in ids] == [{}] * 5
    assert related(store, ids[4]).looked_at == []


def test_the_neighbours_are_of_the_same_user_first(store: Store) -> None:
    """Before and after are of the user when the session has one, whoever else was nearer; else of the fingerprint."""
    ids = _ids(store, _hit("cookie-number-1", 0, user="bob"), _hit("cookie-number-2", 60, mark="t13d"), _hit("cookie-number-3", 120, user="bob", mark="t13d"),
               _hit("cookie-number-4", 180, mark="t13d"), _hit("cookie-number-5", 3 * 24 * 60, user="bob"))  # fmt: skip
    found = related(store, ids[2])
    assert [(one.id, one.by, one.value) for one in (found.previous, found.next) if one] == [
        (ids[0], "user", "bob"),
        (ids[4], "user", "bob"),
    ]
    found = related(store, ids[1])
    assert found.previous is None
    assert found.next
    assert (found.next.id, found.next.by, found.next.value) == (ids[2], "fingerprint", "t13d")


def test_hostile_values_relate_and_stay_values(store: Store) -> None:
    """Quotes, placeholders and markup in a user's name are a name like any other."""
    name = 'o\'hara \\ "x" {v0:String} <script>'
    first, second = _ids(store, _hit("cookie-number-1", 0, user=name), _hit("cookie-number-2", 1, user=name, ip="192.0.2.9"))
    assert _why(store, second) == {first: [SAME["user"]]}
    found = related(store, second).previous
    assert found
    assert found.value == name


def test_a_session_that_is_not_stored_has_no_relations(store: Store) -> None:
    """An id of nothing is not found, as everywhere."""
    with pytest.raises(NotFound):
        related(store, "0" * 32)
