"""What is usual for an endpoint, and what is above it: ratios, marks, filters and orders are those of a plain computation."""

from __future__ import annotations

import csv
import io
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apitrail.errors import BadQuestion
from apitrail.explore.answers import Request
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.listing import list_attacks
from apitrail.explore.discovery.distribution import BUCKETS_LIMIT, STEPS_OF_DOUBLING, distribution
from apitrail.explore.export import export
from apitrail.explore.facets import facet
from apitrail.explore.request_orders import ORDERS
from apitrail.explore.requests import cursor_at, every_request, list_requests, one_request
from apitrail.explore.session import open_session
from apitrail.explore.sessions import every_session
from apitrail.model import pace
from apitrail.model.exchange import Exchange, Verdict
from apitrail.model.fields import field_named
from apitrail.query.text import parse
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from engines import ENGINES
from traffic import MINUTE, NOON, SECOND, save

LEAST = 30
PATHS = {"/v1/quick": 0.4, "/v1/items": 40.0, "/v1/reports": 900.0, "/v1/none": 0.0}
"""Each path with the median of its time in ms."""
HOST, SELDOM = "api.shop.example", "/v1/seldom"


def exchanges() -> list[Exchange]:
    """800 exchanges of some endpoints, their times spread as real ones are, with errors, attacks and unknown times among them."""
    chance = random.Random(11)
    return [_exchange(chance, number, path) for number in range(800) for path in (chance.choice(list(PATHS)),)] + [
        Exchange(id=f"seldom{number}", time=NOON + number * SECOND, method="GET", path=SELDOM, host=HOST, status=200,
                 client_ip="203.0.113.9", duration_ms=10 + 900 * (number == 7), response_bytes=500)
        for number in range(LEAST - 1)
    ]  # fmt: skip


def _exchange(chance: random.Random, number: int, path: str) -> Exchange:
    status, attacked = chance.choice((200,) * 9 + (201, 404, 500)), chance.random() < 0.1
    spread = chance.lognormvariate(0, 0.9) * (30 if attacked or status >= 400 else 1)
    return Exchange(
        id=f"r{number:04}", time=NOON + number * MINUTE, method=chance.choice(("GET", "GET", "GET", "HEAD")), path=path, host=HOST,
        client_ip=f"203.0.113.{number % 17}", status=status, duration_ms=None if number % 23 == 0 else PATHS[path] * spread,
        response_bytes=None if number % 29 == 0 else int(2000 * chance.lognormvariate(0, 1)),
        verdicts=(Verdict("sqli", "942100", "found", "request.query", "x' or 1"),) if attacked else (),
    )  # fmt: skip


@pytest.fixture(scope="module", params=ENGINES)
def learned(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[Store]:
    """A store of this traffic, of which is learned what is usual."""
    with Store(make_dsn(request.param), retention_days=0) as store:
        save(store, exchanges())
        store.learn_baselines(LEAST)
        yield store


@pytest.fixture(scope="module")
def every(learned: Store) -> list[Request]:
    """All requests of that store as the answers have them, in order of time."""
    return list(every_request(learned, Question()))


def good(found: list[Request], member: str) -> dict[tuple[str, str], list[float]]:
    """The values of the good requests of each endpoint."""
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for one in found:
        if 200 <= one.status < 300 and not one.attacks and one.method != "HEAD" and getattr(one, member) is not None:
            values[one.method, one.endpoint].append(getattr(one, member))
    return values


def same(ratio: float | None, value: float | None, median: float | None) -> bool:
    """Whether a ratio is how many times the median a value is, and None where either is not known."""
    if value is None or not median:
        return ratio is None
    return ratio == pytest.approx(value / median, rel=0.01, abs=0.01)


def above(value: float | None, median: float | None, high: float | None, least: float) -> bool:
    """The definition of slow and large, said once more."""
    if value is None or median is None or high is None:
        return False
    return value > high and value > 3 * median and value - median > least


@pytest.mark.rows("S5.1")
def test_usual_are_median_and_percentile_of_the_good_requests(every: list[Request]) -> None:
    """S5.1: attacks, errors and HEAD are left out of what is usual, and fewer than the least samples tell nothing."""
    for member, names in (("duration_ms", ("usual_ms", "p95_ms", "duration_samples")),
                          ("response_bytes", ("usual_bytes", "p95_bytes", "size_samples"))):  # fmt: skip
        values = good(every, member)
        for one in every:
            own = values[one.method, one.endpoint]
            median, high, samples = (getattr(one, name) for name in names)
            if len(own) < LEAST or not max(own):
                assert (median, high) == (None, None)
                continue
            assert samples == len(own)
            assert median == pytest.approx(statistics.median(own), rel=0.1)
            assert high == pytest.approx(statistics.quantiles(own, n=20)[-1], rel=0.35)
    assert {one.usual_ms for one in every if one.endpoint == SELDOM or one.method == "HEAD"} == {None}


@pytest.mark.rows("S5.1")
def test_every_request_has_its_ratio_and_marks(learned: Store, every: list[Request]) -> None:
    """S5.1: ratios and marks follow from the value, the median and the percentile, for attacks and errors as well."""
    for one in every:
        assert same(one.duration_ratio, one.duration_ms, one.usual_ms)
        assert same(one.size_ratio, one.response_bytes, one.usual_bytes)
        assert one.slow == above(one.duration_ms, one.usual_ms, one.p95_ms, pace.LEAST_MS)
        assert one.large == above(one.response_bytes, one.usual_bytes, one.p95_bytes, pace.LEAST_BYTES)
    shown = [*every[::20], *(one for one in every if one.slow and one.large)]
    assert [one_request(learned, one.request_id) for one in shown] == shown
    assert any(one.slow and one.status == 500 for one in every)
    assert any(one.slow and one.attacks for one in every)
    assert any(one.large for one in every)
    assert not any(
        one.slow for one in every if one.endpoint in {"/v1/none", "/v1/quick"} and not one.attacks and one.status < 300
    )


FILTERS: dict[str, Callable[[Request], bool]] = {
    "slow:true": lambda one: one.slow,
    "slow:false": lambda one: not one.slow,
    "-slow:true": lambda one: not one.slow,
    "large:yes": lambda one: one.large,
    "slow:true large:true": lambda one: one.slow and one.large,
    "duration_ratio:>5": lambda one: one.duration_ratio is not None and one.duration_ratio > 5,
    "duration_ratio:0.5..2": lambda one: one.duration_ratio is not None and 0.5 <= one.duration_ratio <= 2,
    "-duration_ratio:*": lambda one: one.duration_ratio is None,
    "size_ratio:<1": lambda one: one.size_ratio is not None and one.size_ratio < 1,
    "(slow:true OR size_ratio:>=4)": lambda one: one.slow or (one.size_ratio is not None and one.size_ratio >= 4),
}


@pytest.mark.rows("S5.1")
@pytest.mark.parametrize("text", FILTERS)
def test_filters_choose_what_is_marked(learned: Store, every: list[Request], text: str) -> None:
    """S5.1: the filter words choose the requests that the answers mark, and the sessions of these."""
    wanted = [one.request_id for one in every if FILTERS[text](one)]
    assert wanted
    assert [one.request_id for one in every_request(learned, Question(parse(text)))] == wanted
    assert sum(part.requests for part in every_session(learned, Question(parse(text)))) == len(wanted)


def in_order(every: list[Request], sort: str) -> list[Request]:
    """Requests in an order, from those in order of time; what is not known is last."""
    word, sign = sort.lstrip("-"), -1 if sort.startswith("-") else 1
    if word == "time":
        return every
    return sorted(every, key=lambda one: float("inf") if getattr(one, word) is None else sign * getattr(one, word))


@pytest.mark.rows("S4.4", "S5.1")
@pytest.mark.parametrize("sort", ORDERS)
def test_pages_in_every_order_together_are_all_requests(learned: Store, every: list[Request], sort: str) -> None:
    """S4.4, S5.1: in each order the pages have every request once, what is not known last, and any page can be jumped to."""
    wanted = in_order(every[::-1] if sort.startswith("-") else every, sort)
    found, cursor = [], ""
    while True:
        page = list_requests(learned, Question(), sort=sort, limit=190, cursor=cursor)
        assert page.total == len(every)
        found += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    assert [one.request_id for one in found] == [one.request_id for one in wanted]
    there = list_requests(
        learned, Question(), sort=sort, limit=3, cursor=cursor_at(Question(), found[400], session="", sort=sort)
    )
    assert there.items == found[400:403]


def test_a_wrong_order_names_the_nearest(learned: Store) -> None:
    """Bad question: an order that there is not is an error, and a cursor belongs to its order."""
    with pytest.raises(BadQuestion, match="sort is one of time, -time") as caught:
        list_requests(learned, Question(), sort="-duration-ratio")
    assert caught.value.suggestion == "-duration_ratio"
    cursor = list_requests(learned, Question(), sort="size_ratio", limit=1).next_cursor or ""
    with pytest.raises(BadQuestion, match="another question"):
        list_requests(learned, Question(), sort="-size_ratio", cursor=cursor)


@pytest.mark.rows("S5.1")
def test_sessions_say_how_many(learned: Store, every: list[Request]) -> None:
    """S5.1: a session, and each part of the list, counts its slow and large requests under the filters."""
    for part in every_session(learned, Question()):
        own = [one for one in every if one.session_id == part.id and one.time[:10] == part.day]
        assert (part.slow, part.large) == (sum(one.slow for one in own), sum(one.large for one in own))
    session = next(one for one in every if one.slow).session_id
    own = [one for one in every if one.session_id == session]
    found = open_session(learned, Question(session_terms=parse("status:500")), session)
    for count, member in ((found.slow, "slow"), (found.large, "large")):
        marked = [one for one in own if getattr(one, member)]
        assert (count.requests, count.shown) == (len(marked), sum(one.status == 500 for one in marked))


@pytest.mark.rows("S3.2", "S6.2")
def test_dropdown_attacks_and_file_know_it(learned: Store, every: list[Request]) -> None:
    """S3.2, S6.2: the dropdown counts what is slow, attacks are filtered by it, and a CSV file has its columns."""
    slow = sum(one.slow for one in every)
    counts = {one.value: one.requests for one in facet(learned, Question(), field_named("slow")).values}
    assert counts == {"true": slow, "false": len(every) - slow}
    attacks = list_attacks(learned, Asked(Question(parse("slow:true"))))
    assert sum(one.requests for one in attacks.items) == sum(one.slow and bool(one.attacks) for one in every)
    rows = list(csv.DictReader(io.StringIO("".join(export(learned, Question(), "csv")))))
    told = ("duration_ratio", "size_ratio", "usual_ms", "p95_ms", "usual_bytes", "p95_bytes", "slow", "large")
    for row, one in zip(rows, every, strict=True):
        assert [row[name] for name in told] == ["" if (value := getattr(one, name)) is None else str(value) for name in told]


@pytest.mark.rows("S5.1")
def test_a_new_analysis_counts_at_once(store: Store) -> None:
    """S5.1: a filter that was asked before holds for what is usual now, though the requests are the same."""
    items = [Exchange(id=f"{n}", time=NOON + n, method="GET", path="/a", host=HOST, status=200, client_ip="203.0.113.1",
                      duration_ms=10.0 if n < 50 else 100.0) for n in range(51)]  # fmt: skip
    save(store, items)
    asked = Question(parse("slow:true"))
    assert list_requests(store, asked).total == list_requests(store, asked, sort="-duration_ratio").total == 0
    store.learn_baselines(LEAST)
    assert [one.request_id for one in list_requests(store, asked, sort="-duration_ratio").items] == ["50"]


@pytest.mark.rows("S5.1")
@pytest.mark.parametrize("field", ["duration_ms", "response_bytes"])
@pytest.mark.parametrize("path", [*PATHS, SELDOM])
def test_a_distribution_has_every_good_request_once(learned: Store, every: list[Request], field: str, path: str) -> None:
    """S5.1: buckets that grow by a factor, forty at most, each with the good requests between its edges."""
    found = distribution(learned, HOST, "GET", path, field=field)
    values = good(every, field)["GET", path]
    assert 0 < len(found.buckets) <= BUCKETS_LIMIT
    assert found.requests == len(values) == sum(bucket.requests for bucket in found.buckets)
    for before, after in zip(found.buckets, found.buckets[1:], strict=False):
        assert before.high == after.low
        assert after.high / after.low == pytest.approx(before.high / before.low)
    for bucket in found.buckets[1:]:
        assert bucket.requests == sum(bucket.low <= value < bucket.high for value in values)
    assert found.buckets[0].high / found.buckets[0].low >= 2 ** (1 / STEPS_OF_DOUBLING) - 1e-9
    assert (found.median is None) == (path in {SELDOM, "/v1/none"} and (field == "duration_ms" or path == SELDOM))


@pytest.mark.rows("S5.1")
def test_a_distribution_keeps_to_its_question(learned: Store) -> None:
    """S5.1: an interval and filters narrow the requests, what is usual stays, and an unknown endpoint has nothing."""
    whole = distribution(learned, HOST, "GET", "/v1/items")
    part = distribution(
        learned, HOST, "GET", "/v1/items", question=Question(parse("ip:203.0.113.1"), Interval(NOON, NOON + 400 * MINUTE))
    )
    assert 0 < part.requests < whole.requests
    assert (part.median, part.p95) == (whole.median, whole.p95)
    hostile: Any = ("' OR 1=1 --", "{v0:String}", "\\")
    nothing = distribution(learned, *hostile)
    assert (nothing.requests, nothing.median, nothing.buckets) == (0, None, [])
    with pytest.raises(BadQuestion) as caught:
        distribution(learned, HOST, "GET", "/v1/items", field="status")
    assert caught.value.suggestion == "duration_ms"
