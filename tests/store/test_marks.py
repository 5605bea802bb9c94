"""What people say of findings: the counts of attacks follow, at once and for good, and say what a plain count says (A2.4)."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from typing import Any

import pytest

from apitrail.configure import marks
from apitrail.configure.marks import mark_named
from apitrail.errors import BadQuestion, BrokenMachine, NotFound
from apitrail.explore.histogram import histogram
from apitrail.explore.sessions import every_session
from apitrail.query.tree import Question
from apitrail.store import Store
from attacking import attacked
from engines import part
from traffic import DAY, agree, exchanges, save

pytestmark = pytest.mark.rows("A2.4")

FALSE, TRUE = "false_positive", "true_positive"


def found_in(store: Store) -> dict[int, tuple[str, str]]:
    """The request and type of each finding."""
    rows = store.rows("SELECT DISTINCT finding, request_id, type FROM findings")
    return {row["finding"]: (row["request_id"], row["type"]) for row in rows}


def expected(store: Store, said: dict[int, str]) -> dict[str, list[str]]:
    """The attack types of every request, by a plain count: those of findings that are no false positives."""
    types: dict[str, set[str]] = defaultdict(set)
    for finding, (request, kind) in found_in(store).items():
        if said.get(finding) != FALSE:
            types[request].add(kind)
    return {row["request_id"]: sorted(types[row["request_id"]]) for row in store.rows("SELECT request_id FROM requests")}


def same(store: Store, said: dict[int, str]) -> None:
    """Requests, both rollups, the list of sessions and the histogram all count what is left."""
    wanted = expected(store, said)
    rows = store.rows("SELECT request_id, attack_types FROM requests")
    assert {row["request_id"]: list(row["attack_types"]) for row in rows} == wanted
    assert agree(store)
    malicious = sum(map(bool, wanted.values()))
    assert sum(part.attacks for part in every_session(store, Question())) == malicious
    assert sum(bar.attacks for bar in histogram(store, Question()).bars) == malicious


def test_counts_follow_marks(store: Store) -> None:
    """Whatever is marked, marked again, otherwise, or no longer: what counts as an attack is a plain recount of what is left."""
    (seed,) = part(store.dsn, range(2))
    chance = random.Random(seed)
    save(store, attacked(seed=seed, count=150))
    known, said = sorted(found_in(store)), {}
    assert len(known) > 30
    same(store, said)
    for value in (FALSE, TRUE, FALSE, "", FALSE):
        some = chance.sample(known, chance.choice((1, 5, len(known))))
        store.mark(some, value, "test")
        said |= dict.fromkeys(some, value)
        same(store, said)
    store.mark(known, "", "test")
    same(store, {})


def test_a_mark_twice_is_a_mark_once(store: Store) -> None:
    """Saying the same again changes no count, also when it is named twice."""
    save(store, attacked(seed=3, count=60))
    (one, *_) = found_in(store)
    for _ in range(2):
        assert mark_named(store, [f"{one:016x}"] * 2, FALSE, "test") == 1
        same(store, {one: FALSE})


def test_marks_outlive_the_process(chdb_dsn: str) -> None:
    """A store that is opened again has the marks and the same counts, and traffic that comes later is counted beside them."""
    with Store(chdb_dsn, retention_days=0) as store:
        save(store, attacked(seed=4, count=80))
        said = dict.fromkeys(sorted(found_in(store))[::2], FALSE)
        store.mark(list(said), FALSE, "test")
    with Store(chdb_dsn, retention_days=0) as store:
        same(store, said)
        later = exchanges(seed=5, count=40)
        for number, item in enumerate(later):
            item.id, item.time = f"later {number}", item.time + 10 * DAY
        save(store, later)
        same(store, said)
        store.mark(list(said), "", "test")
        same(store, {})


def torn(store: Store) -> None:
    """Change the rollups of all days and break off in the middle."""
    with store._writer.changing([row["day"] for row in store.rows("SELECT DISTINCT day FROM findings")]):
        store._connections.command("INSERT INTO sessions (day, session_id, attacks) SELECT day, session_id, 7 FROM findings")
        raise RuntimeError


def test_rollups_made_again_count_the_same(chdb_dsn: str) -> None:
    """When marking is cut off, the rollups of its days are made again when the store is opened, and say what the requests say."""
    with Store(chdb_dsn, retention_days=0) as store:
        save(store, attacked(seed=6, count=60))
        some = sorted(found_in(store))[:10]
        with pytest.raises(RuntimeError):
            torn(store)
        assert not agree(store)
    with Store(chdb_dsn, retention_days=0) as store:
        same(store, {})
        store.mark(some, FALSE, "test")
        same(store, dict.fromkeys(some, FALSE))


@pytest.mark.parametrize("broken", ["attack_types.work_out", "marks._CORRECT_SESSIONS", "marks._CORRECT_MINUTES"])
def test_a_crash_within_a_mark_left_old_counts(chdb_dsn: str, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """A mark that a crash cut off, wherever, is either not there or counted everywhere when the store is opened again."""
    with Store(chdb_dsn, retention_days=0) as store:
        save(store, attacked(seed=7, count=60))
        known = sorted(found_in(store))[::2]
        module, name = broken.split(".")
        with monkeypatch.context() as crash:
            crash.setattr(f"apitrail.store.{module}.{name}", "THE MACHINE STOPS")
            with pytest.raises((BrokenMachine, TypeError)):
                store.mark(known, FALSE, "test")
    with Store(chdb_dsn, retention_days=0) as store:
        same(store, dict.fromkeys(known, FALSE))


def test_a_mark_within_a_load_counts(chdb_store: Store) -> None:
    """While history is loaded and the engine merges nothing, marks count at once too, and the load goes on."""
    with chdb_store.load("history"):
        items = attacked(seed=7, count=80)
        save(chdb_store, items[:40])
        said = dict.fromkeys(sorted(found_in(chdb_store))[:5], FALSE)
        chdb_store.mark(list(said), FALSE, "test")
        save(chdb_store, items[40:])
    same(chdb_store, said)


def test_a_finding_that_is_read_again_keeps_its_mark(store: Store) -> None:
    """The same traffic once more is no new traffic, so a false positive stays one."""
    items = attacked(seed=8, count=60)
    save(store, items, token="batch")
    some = sorted(found_in(store))[:5]
    store.mark(some, FALSE, "test")
    assert save(store, items, token="batch").stored == 0
    same(store, dict.fromkeys(some, FALSE))


def test_every_mark_names_who_set_it(store: Store) -> None:
    """The log of records has author and value of each mark, so that a change is its own audit entry."""
    save(store, attacked(seed=9, count=30))
    (one, *_) = found_in(store)
    for value, author in ((FALSE, "ann"), ("", "bob")):
        mark_named(store, [f"{one:016x}"], value, author)
    assert [(record.key, record.value, record.author) for record in store.records.history("mark")] == [
        (str(one), "", "bob"), (str(one), FALSE, "ann")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "value", "error", "words"),
    [
        (lambda known: [*known[:3], "0" * 16], FALSE, NotFound, "no finding 0000000000000000"),
        (lambda known: [*known[:3], "12"], FALSE, BadQuestion, "16 hex digits, '12' is none"),
        (lambda _: ["x" * 16], FALSE, BadQuestion, "16 hex digits"),
        (lambda _: [], FALSE, BadQuestion, "1 to 1,000 findings"),
        (lambda known: known[:1] * 1001, FALSE, BadQuestion, "not 1,001"),
        (lambda known: known[:1], "false", BadQuestion, "a mark is false_positive, true_positive, or empty"),
    ],
)
def test_a_wrong_mark_marks_nothing(chdb_store: Store, findings: Any, value: str, error: type[BadQuestion], words: str) -> None:
    """An id that is none or not stored, or a mark that is none, is refused as a whole."""
    save(chdb_store, attacked(seed=1, count=30))
    with pytest.raises(error, match=words.replace("(", "\\(")):
        mark_named(chdb_store, findings([f"{one:016x}" for one in found_in(chdb_store)]), value, "test")
    assert chdb_store.records.history("mark") == []
    same(chdb_store, {})


def test_the_nearest_mark_is_suggested() -> None:
    """A mark in other words is answered with the one that was probably meant."""
    for value, meant in (("False Positive", FALSE), ("true", TRUE), ("nonsense", FALSE)):
        with pytest.raises(BadQuestion) as caught:
            marks.check_mark(value)
        assert caught.value.suggestion == meant
    assert json.dumps(marks.MARKS) == '["false_positive", "true_positive", ""]'
