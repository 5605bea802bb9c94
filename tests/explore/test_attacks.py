"""Attacks say what a plain computation over the findings of the same traffic says, in each engine (A2)."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from apitrail.configure.recipes import recipe
from apitrail.errors import BadQuestion, NotFound
from apitrail.explore.attacks import grouping, listing, opening, statistics
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.export import attacks_csv, findings_csv
from apitrail.explore.attacks.measures import MEASURES
from apitrail.explore.pulses import STEPS
from apitrail.explore.times import epoch_microseconds
from apitrail.inspect.rows import Inspector
from apitrail.query import conditions, text
from apitrail.query.interval import iso
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from attacking import Finding, attack_id, attacked, findings_of, groups_of, mark_of, measured, status_of, value_of
from engines import ENGINES, part, shared
from explore.asking import INTERVALS
from explore.attack_filters import CONDITIONS, METRICS, NOTHING, Condition, Metric
from explore.plain import plain_rows
from traffic import MINUTE, NOON, save

TIMES = ("started", "last_seen")
PICKED = tuple(name for name in MEASURES if name != "proof")
GROUPINGS = st.sampled_from(
    [*grouping.PRESETS.values(), ("ip",), ("method", "status"), ("attack", "signature", "engine", "blocked"), ("country", "subtype"),
     ("evidence", "owasp", "cwe")]
).map(tuple)  # fmt: skip


class Attacked(NamedTuple):
    """The same attacks in a store and as a list of findings."""

    store: Store
    found: list[Finding]

    def __repr__(self) -> str:
        return f"Attacked({self.store.dsn})"


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[Attacked]:
    """400 exchanges over four days, a third of them attacks; some findings marked."""
    with Store(make_dsn(request.param), retention_days=0) as store:
        items = attacked(seed=17)
        save(store, items)
        found = findings_of(store, plain_rows(Inspector(recipe(store)).rows(items)))
        for value, some in (("false_positive", found[::9]), ("true_positive", found[4::11])):
            ids = {one["id"] for one in some}
            store.mark(sorted(ids), value, "test")
            for one in found:
                one["mark"] = value if one["id"] in ids else one["mark"]
        yield Attacked(store, found)


def within(found: Sequence[Finding], condition: Condition, interval: tuple[int | None, int | None]) -> list[Finding]:
    """The findings that a filter and an interval leave, false positives aside."""
    start, end = interval
    return [
        one
        for one in found
        if (start is None or one["time"] >= start) and (end is None or one["time"] < end) and one["mark"] != "false_positive"
        and condition.test(one)
    ]  # fmt: skip


def asked(
    condition: Condition,
    interval: tuple[int | None, int | None] = (None, None),
    metric: Metric | None = None,
    *,
    tree: bool = False,
) -> Asked:
    """The question of a filter as text or as a tree."""
    if tree:
        told = {"and": [condition.tree, *([metric.tree] if metric else [])]}
        return Asked(Question(conditions.read(told), Interval(*interval)))
    return Asked(Question(text.parse(f"{condition.text} {metric.text if metric else ''}"), Interval(*interval)))


def shown(group: dict[str, Any]) -> dict[str, Any]:
    """What a group of an answer says, as the plain computation says it."""
    return {name: _micros(group[name]) if name in TIMES else group[name] for name in PICKED}


def _micros(value: str) -> int:
    return epoch_microseconds(dt.datetime.fromisoformat(value))


def same(group: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare every measure, also the order inside the maps; of lists at least some values are shown."""
    got = shown(group)
    for name, value in wanted.items():
        if isinstance(value, list):
            assert len(got[name]) == min(len(value), 20), name
            assert set(got[name]) <= set(value), name
        else:
            assert got[name] == value, name
            assert not isinstance(value, dict) or list(got[name]) == list(value), name


RANKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    name: lambda sums, name=name: sums[name] for name, one in MEASURES.items() if one.rank
}


@pytest.mark.rows("A2.1", "A2.2", "A2.5")
@shared(40)
@given(
    condition=CONDITIONS, interval=INTERVALS, words=GROUPINGS, metric=st.none() | METRICS, sort=st.sampled_from(sorted(RANKS)),
    descending=st.booleans(), tree=st.booleans(), limit=st.integers(5, 60),
)  # fmt: skip
@example(
    condition=NOTHING, interval=(None, None), words=grouping.DEFAULT, metric=None, sort="last_seen", descending=True, tree=False, limit=10
)  # fmt: skip
def test_groups_are_those_of_a_plain_computation(
    world: Attacked, condition: Condition, interval: tuple[int | None, int | None], words: tuple[str, ...], metric: Metric | None,
    sort: str, descending: bool, tree: bool, limit: int,
) -> None:  # fmt: skip
    """A2.1, A2.2, A2.5: groups, every count, order, total; filters as text or tree, on what is found and on what it adds up to;
    following the cursors gives every group once.
    """
    chosen = groups_of(within(world.found, condition, interval), words)
    wanted = {attack_id(words, values): measured(some) for values, some in chosen.items()}
    wanted = {key: sums for key, sums in wanted.items() if metric is None or metric.test(sums)}
    question, found, cursor = asked(condition, interval, metric, tree=tree), [], ""
    while True:
        page = listing.aggregate(
            world.store, question, group_by=words, select=PICKED, sort=f"{'-' * descending}{sort}", limit=limit, cursor=cursor
        )
        assert page.total == len(wanted)
        found += page.items
        if not page.next_cursor:
            break
        assert len(page.items) == limit
        cursor = page.next_cursor
    assert sorted(group["id"] for group in found) == sorted(wanted)
    ranks = [RANKS[sort](shown(group)) for group in found]
    assert ranks == sorted(ranks, reverse=descending)
    for group in found:
        same(group, wanted[group["id"]])
        some = chosen[tuple(group["group"].values())]
        assert group["group"] == {word: value_of(some[0], word) for word in words}


@pytest.mark.rows("A2.5")
@shared(25)
@given(condition=CONDITIONS, interval=INTERVALS, metric=st.none() | METRICS)
def test_text_and_tree_are_the_same_question(
    world: Attacked, condition: Condition, interval: tuple[int | None, int | None], metric: Metric | None
) -> None:
    """A2.5: a filter as text and as a tree gives the same attacks."""
    pages = [
        listing.list_attacks(world.store, asked(condition, interval, metric, tree=tree), limit=1000) for tree in (True, False)
    ]
    assert pages[0] == pages[1]


@pytest.mark.rows("A2.1")
def test_an_attack_has_status_mark_and_name(world: Attacked) -> None:
    """A2.1: blocked, partially blocked or monitored; marked when all of it is; named by type and place; false positives are hidden."""
    attacks = list(listing.every_attack(world.store, Asked(Question())))
    left = [one for one in world.found if one["mark"] != "false_positive"]
    groups = groups_of(left, grouping.DEFAULT)
    assert len(attacks) == len(groups) > 10
    for one in attacks:
        some = groups[tuple(one.group.values())]
        assert (one.status, one.mark) == (status_of(measured(some)), mark_of(some))
    names = {one.name for one in attacks}
    assert {"SQL injection on api.shop.example", "Cross-site scripting on shop.example"} <= names
    by_ip = listing.every_attack(world.store, Asked(Question()), group_by=grouping.preset("ip"))
    assert "SQL injection from 203.0.113.7" in {one.name for one in by_ip}
    assert {one.status for one in attacks} >= {"blocked", "monitored"}


@pytest.mark.rows("A2.4")
def test_a_filter_on_marks_shows_what_is_marked(world: Attacked) -> None:
    """A2.4: false positives are hidden by default, and there when a filter asks for marks or for one finding."""
    for word in ("false_positive", "true_positive"):
        some = [one for one in world.found if one["mark"] == word]
        assert opening.count_findings(world.store, Asked(Question(text.parse(f"mark:{word}")))) == len(some) > 0
    assert opening.count_findings(world.store, Asked(Question(text.parse("(mark:* OR -mark:*)")))) == len(world.found)
    false = next(one for one in world.found if one["mark"] == "false_positive")
    assert opening.count_findings(world.store, Asked(Question(text.parse(f"finding:{false['id']:016x}")))) >= 1


def test_every_finding_is_found_by_its_id(world: Attacked) -> None:
    """An id has 16 digits, also when it begins with zeros, and finds its finding in requests and in attacks."""
    with_zeros = {one["id"]: one for one in world.found if one["id"] < 1 << 56}
    for one in [*with_zeros.values(), *world.found[:5]]:
        question = Question(text.parse(f"finding:{one['id']:016x}"))
        found = list(opening.every_finding(world.store, Asked(question)))
        assert {(row.request_id, row.type, row.point) for row in found} == {(one["request_id"], one["type"], one["point"])}


@pytest.mark.rows("A2.1")
def test_every_session_is_opened_by_its_group(world: Attacked) -> None:
    """A2.1: grouped by session, the value is the session's id as everywhere, and it opens the attack again."""
    attacks = listing.every_attack(world.store, Asked(Question()), group_by=grouping.preset("session"))
    for one in part(world.store.dsn, attacks):
        assert any(one.group["session"] == other["session"] for other in world.found)
        assert opening.open_attack(world.store, Asked(Question(text.parse("-mark:false_positive")), one.id)) == one


@pytest.mark.rows("A2.3")
def test_an_opened_attack_is_the_one_of_the_list(world: Attacked) -> None:
    """A2.3: an attack opened by its id says what the list says, and with its false positives what a plain count says."""
    for one in part(world.store.dsn, listing.every_attack(world.store, Asked(Question()))):
        whole = [found for found in world.found if all(value_of(found, word) == value for word, value in one.group.items())]
        opened = opening.open_attack(world.store, Asked(Question(), one.id))
        same(members_of(opened), measured(whole))
        assert opened.mark == mark_of(whole)
        some = [found for found in whole if found["status"] >= 400]
        narrowed = Asked(Question(text.parse("status:>=400")), one.id)
        if some:
            same(members_of(opening.open_attack(world.store, narrowed)), measured(some))
        else:
            with pytest.raises(NotFound, match="nothing of this attack"):
                opening.open_attack(world.store, narrowed)


def members_of(attack: Any) -> dict[str, Any]:
    """An attack as its members."""
    return {name: getattr(attack, name) for name in attack.__struct_fields__}


@pytest.mark.rows("A2.3")
@pytest.mark.parametrize("limit", [3, 7])
def test_requests_of_an_attack_by_cursor(world: Attacked, limit: int) -> None:
    """A2.3: the pages together are every finding once, newest first, also where two signatures speak of one finding."""
    groups = groups_of(world.found, ("attack", "engine"))
    values, some = next(item for item in groups.items() if item[0] == ("xss", "modsecurity"))
    question = Asked(Question(), attack_id(("attack", "engine"), values))
    found, cursor = [], ""
    while True:
        page = opening.list_findings(world.store, question, limit=limit, cursor=cursor)
        assert page.total == len(some)
        found += page.items
        if not page.next_cursor:
            break
        cursor = page.next_cursor
    key = [(_micros(one.time), one.finding) for one in found]
    assert key == sorted(key, reverse=True)
    assert len(set(key)) < len(key)
    assert sorted((one.request_id, one.point, one.rule, one.mark) for one in found) == sorted(
        (one["request_id"], one["point"], one["rule"], one["mark"]) for one in some
    )


@pytest.mark.rows("A2.3")
def test_a_request_of_an_attack_has_every_member(world: Attacked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A2.3: each member of each finding is what was found, also over the edges of pages."""
    monkeypatch.setattr(opening, "PAGE_LIMIT", 20)
    found = list(opening.every_finding(world.store, Asked(Question(text.parse("(mark:* OR -mark:*)")))))
    wanted = {(one["request_id"], one["point"], one["type"], one["rule"], one["message"]): one for one in world.found}
    assert len(found) == len(world.found)
    for one in found:
        other = wanted[one.request_id, one.point, one.type, one.rule, one.message]
        names = ("method", "host", "path", "query", "endpoint", "status", "ip", "country", "user", "client", "subtype", "payload",
                 "engine", "cwe", "owasp", "evidence", "shown", "shown_at", "mark")  # fmt: skip
        assert {name: getattr(one, name) for name in names} == {name: other[name] for name in names}
        assert (one.session_id, one.time, one.blocked) == (other["session"], iso(other["time"]), bool(other["blocked"]))
        assert (one.finding, one.confidence) == (f"{other['id']:016x}", round(other["confidence"], 3))


@pytest.mark.rows("A2.2", "A2.5")
@shared(25)
@given(condition=CONDITIONS, interval=INTERVALS, metric=st.none() | METRICS, field=st.sampled_from(["attack", "ip", "host", "status", "signature"]),
       measure=st.sampled_from(statistics.measures()), limit=st.integers(1, 6))  # fmt: skip
def test_statistics_are_those_of_a_plain_computation(
    world: Attacked,
    condition: Condition,
    interval: tuple[int | None, int | None],
    metric: Metric | None,
    field: str,
    measure: str,
    limit: int,
) -> None:
    """A2.2, A2.5: one number, a top list and shares, under every filter, also one on what the attacks add up to."""
    found = within(world.found, condition, interval)
    if metric:
        groups = groups_of(found, grouping.DEFAULT).values()
        found = [one for some in groups if metric.test(measured(some)) for one in some]
    question = asked(condition, interval, metric)
    whole = measured(found)[measure] if found else 0
    assert statistics.single(world.store, question, measure) == pytest.approx(whole)
    sums = {values[0]: measured(some)[measure] for values, some in groups_of(found, (field,)).items()}
    top = statistics.top(world.store, question, field, measure, limit=limit)
    assert [(one.value, pytest.approx(one.amount)) for one in top] == sorted(
        sums.items(), key=lambda item: (-item[1], item[0].encode())
    )[:limit]
    shares = statistics.pie(world.store, question, field, limit=limit)
    assert sum(one.amount for one in shares) == len(found)
    assert not found or sum(one.share or 0 for one in shares) == pytest.approx(1)
    assert (len(groups_of(found, (field,))) > limit) == (bool(shares) and shares[-1].value is None)


@pytest.mark.rows("A2.2")
@pytest.mark.parametrize("by", ["", "attack", "ip"])
@pytest.mark.parametrize("measure", ["requests", "findings", "sessions", "incidents"])
def test_a_series_is_that_of_a_plain_computation(world: Attacked, by: str, measure: str) -> None:
    """A2.2: every step of time has the measure, whole and by the values of an attribute; empty steps are there."""
    span = (NOON + MINUTE, NOON + 50 * 60 * MINUTE)
    series = statistics.series(world.store, asked(NOTHING, span), measure, by=by, bars=30)
    found = within(world.found, NOTHING, span)
    assert (series.start, series.end) == span
    assert len(series.steps) <= 31
    for step in series.steps:
        some = [one for one in found if step.start <= one["time"] < step.start + series.step]
        assert step.amount == (measured(some)[measure] if some else 0)
        if by:
            parts = {values[0]: measured(few)[measure] for values, few in groups_of(some, (by,)).items() if values[0]}
            assert step.parts == parts


@pytest.mark.rows("A2.2")
@pytest.mark.parametrize("words", [grouping.DEFAULT, grouping.VULNERABILITY, ("ip",)], ids=lambda words: words[0])
def test_a_pulse_is_that_of_a_plain_computation(world: Attacked, words: tuple[str, ...]) -> None:
    """A2.2: each attack of a list has its malicious requests, and those that worked, in equal steps of the whole interval."""
    low, high = NOON + MINUTE, NOON + 50 * 60 * MINUTE
    groups = groups_of(within(world.found, NOTHING, (low, high)), words)
    shown = list(groups)[:30]
    ids = [grouping.encode(words, values) for values in shown]
    found = statistics.pulses(world.store, asked(NOTHING, (low, high)), ids)
    assert list(found) == ids
    for attack, values in zip(ids, shown, strict=True):
        steps: dict[int, list[Finding]] = {}
        for one in groups[values]:
            steps.setdefault((one["time"] - low) * STEPS // (high - low), []).append(one)
        expected = [measured(steps[at]) if at in steps else {"requests": 0, "incidents": 0} for at in range(STEPS)]
        assert found[attack].requests == [step["requests"] for step in expected]
        assert found[attack].attacks == [step["incidents"] for step in expected]


def test_no_attacks_have_no_pulses(store: Store) -> None:
    """Without attacks nothing is asked, and an empty store has nothing to tell."""
    assert statistics.pulses(store, Asked(Question()), []) == {}
    assert statistics.pulses(store, Asked(Question()), [grouping.encode(("attack",), ("sqli",))]) == {}


def test_a_series_has_few_parts(world: Attacked) -> None:
    """A series by an attribute of many values is split by the most frequent ones only, and the whole stays the whole."""
    series = statistics.series(world.store, Asked(Question()), "findings", by="finding", bars=5)
    assert len({name for step in series.steps for name in step.parts}) <= statistics.PARTS_LIMIT
    assert sum(step.amount for step in series.steps) == sum(one["mark"] != "false_positive" for one in world.found)


@pytest.mark.rows("A2.2")
def test_csv_has_every_attack_and_every_finding(world: Attacked) -> None:
    """A2.2: the CSV of a list and of an attack have what the answers have, one line each, the grouping in front."""
    question = asked(NOTHING)
    rows = list(csv.DictReader(io.StringIO("".join(attacks_csv(listing.every_attack(world.store, question), grouping.DEFAULT)))))
    attacks = list(listing.every_attack(world.store, question))
    assert [(row["id"], row["group.attack"], row["group.point"], int(row["requests"])) for row in rows] == [
        (one.id, one.group["attack"], one.group["point"], one.requests) for one in attacks
    ]
    assert all(row["statuses"].startswith(f"{next(iter(one.statuses))}: ") for row, one in zip(rows, attacks, strict=True))
    found = list(csv.DictReader(io.StringIO("".join(findings_csv(opening.every_finding(world.store, question))))))
    assert [row["finding"] for row in found] == [one.finding for one in opening.every_finding(world.store, question)]


@pytest.mark.parametrize(
    ("question", "options", "words", "suggestion"),
    [
        ("", {"group_by": ()}, "1 to 4 attributes", None),
        ("", {"group_by": ("attack", "host", "ip", "user", "point")}, "1 to 4 attributes, not 5", None),
        ("", {"group_by": ("attack", "attack")}, "twice", None),
        ("", {"group_by": ("atack",)}, "no field 'atack'", "attack"),
        ("", {"group_by": ("requests",)}, "cannot be grouped by 'requests'", "attack"),
        ("", {"sort": "requets"}, "no measure 'requets'", "requests"),
        ("", {"sort": "hosts"}, "cannot be ordered by hosts", "-last_seen"),
        ("", {"limit": 0}, "limit is from 1 to 1000", "1000"),
        ("", {"limit": 1001}, "limit is from 1 to 1000", "1000"),
        ("", {"cursor": "AAAA"}, "cursor is not one", None),
        ("(requests:>1 OR attack:sqli)", {}, "cannot be alternatives", None),
    ],
)  # fmt: skip
def test_a_wrong_question_about_attacks(
    world: Attacked, question: str, options: dict[str, Any], words: str, suggestion: str | None
) -> None:
    """Every wrong grouping, order, limit, cursor or filter is refused; nothing wider is answered."""
    with pytest.raises(BadQuestion, match=words) as caught:
        listing.list_attacks(world.store, Asked(Question(text.parse(question))), **options)
    assert caught.value.suggestion == suggestion


def test_a_cursor_belongs_to_one_question(world: Attacked) -> None:
    """Other filters, groups, order or attacks make a cursor invalid."""
    cursor = listing.list_attacks(world.store, Asked(Question()), limit=1).next_cursor or ""
    others: list[tuple[Asked, dict[str, Any]]] = [
        (Asked(Question(text.parse("status:200"))), {}), (Asked(Question(interval=Interval(0, None))), {}),
        (Asked(Question()), {"group_by": ("ip",)}), (Asked(Question()), {"sort": "requests"}), (Asked(Question(), incidents=True), {}),
    ]  # fmt: skip
    for other, options in others:
        with pytest.raises(BadQuestion, match="another question"):
            listing.list_attacks(world.store, other, cursor=cursor, **options)


@given(st.text(max_size=40) | st.lists(st.lists(st.text(max_size=5), max_size=3), max_size=3).map(str))
@example("W10")
@example(grouping.encode(("finding",), ("x",)))
@example(grouping.encode(("nothing",), ("x",)))
@example(grouping.encode(("attack",), ("x", "y")))
@example("W1siYXR0YWNrIl0sWyJzcWxpIl1d!")
@settings(max_examples=40)
def test_what_is_no_attack_is_not_found(attack: str) -> None:
    """No text that did not come from an answer opens an attack."""
    with pytest.raises(NotFound):
        grouping.decode(attack)
