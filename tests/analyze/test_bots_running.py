"""The analysis of bots: features as plain Python computes them, new traffic added to what is known, and no verdict without enough data."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pytest

from analyze.bot_traffic import BROWSER, crowd, session
from apitrail.analyze.bots import running
from apitrail.analyze.bots.catalogue import Send
from apitrail.analyze.bots.features import TRAIL
from apitrail.explore.bots import listing
from apitrail.explore.sessions import list_sessions
from apitrail.model.exchange import Exchange
from apitrail.query.interval import iso
from apitrail.query.text import parse
from apitrail.query.tree import Interval, Question
from apitrail.store import Store
from traffic import DAY, HOUR, NOON, SECOND, exchanges, save

HOST = "www.shop.example"
SCRAPER = (Send("GET /products/{r}", repeat=40, every=12, jitter=0.2),)


def bots(store: Store, text: str = "", interval: Interval | None = None) -> list[listing.Bot]:
    """The bots under a filter."""
    return list(listing.every_bot(store, Question(parse(text), interval or Interval())))


def measured(store: Store) -> list[dict[str, Any]]:
    """All that is known of each session part, but when it was worked out."""
    return store.rows("SELECT * EXCEPT version FROM behaviour FINAL ORDER BY day, session_id")


def told(store: Store) -> list[tuple[str, str, float]]:
    """The verdicts, short."""
    return sorted((bot.id, bot.bot_type, bot.confidence) for bot in bots(store))


def test_features_are_what_plain_python_computes(chdb_store: Store) -> None:
    """Counts, shares and volumes of each session part are equal to the same made from the requests one by one."""
    save(chdb_store, exchanges(3, 900))
    running.refresh(chdb_store)
    parts: dict[tuple[Any, bytes], list[dict[str, Any]]] = defaultdict(list)
    for row in chdb_store.rows("SELECT * FROM requests"):
        parts[row["day"], row["session_id"]].append(row)
    found = measured(chdb_store)
    assert {(row["day"], row["session_id"]) for row in found} == set(parts)
    for row in found:
        rows = parts[row["day"], row["session_id"]]
        assert row["requests"] == len(rows)
        assert row["attacked"] == sum(bool(one["attack_types"]) for one in rows)
        assert row["ips"] == sorted({one["ip"] for one in rows})
        assert row["f_scope_width"] == len({(one["method"], one["endpoint"]) for one in rows})
        sizes = [one["response_bytes"] for one in rows if one["response_bytes"] is not None]
        assert row["f_response_volume"] == (pytest.approx(sum(sizes)) if sizes else None)
        wrong = sum(400 <= one["status"] <= 499 and one["status"] not in (401, 429) for one in rows)
        assert row["f_error_share"] == (pytest.approx(wrong / len(rows)) if len(rows) >= 5 else None)


def test_pauses_are_measured_in_order(chdb_store: Store) -> None:
    """The spread of the pauses is that of the pauses in order of time, in whatever order the requests arrive."""
    made = session("one", HOST, [Send("GET /api/items/{n}", repeat=21, every=10, human=True)])
    times = [one.time // 1000 for one in made]
    random.Random(1).shuffle(made)
    for at in range(0, len(made), 4):
        save(chdb_store, made[at : at + 4])
    running.refresh(chdb_store)
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(times))
    low, middle, high = gaps[round(0.1 * 18 + 0.1)], (gaps[9] + gaps[10]) / 2, gaps[17]
    spread = measured(chdb_store)[0]["f_interval_spread"]
    assert (high - low) / middle * 0.7 < spread < (high - low) / middle * 1.4


def test_what_is_new_is_added_as_if_all_came_at_once(chdb_store: Store) -> None:
    """Features and verdicts after many small analyses are those of one over everything, also for traffic that comes late."""
    made = [*crowd(HOST), *session("scraper", HOST, SCRAPER), *exchanges(5, 300)]
    random.Random(2).shuffle(made)
    for at in range(0, len(made), len(made) // 4 + 1):
        save(chdb_store, made[at : at + len(made) // 4 + 1])
        running.refresh(chdb_store)
    step = measured(chdb_store), told(chdb_store)
    running.refresh(chdb_store, whole=True)
    assert (measured(chdb_store), told(chdb_store)) == step
    assert step[1]


def test_only_sessions_with_new_requests_are_measured_again(chdb_store: Store) -> None:
    """An analysis without new traffic writes nothing, one with a new request measures its session alone."""
    save(chdb_store, crowd(HOST))
    running.refresh(chdb_store)
    before = _rows(chdb_store)
    running.refresh(chdb_store)
    assert _rows(chdb_store) == before
    save(chdb_store, session("one more", HOST, [Send("GET /")], start=NOON - HOUR))
    running.refresh(chdb_store)
    assert _rows(chdb_store) == before + 1


def test_only_sessions_whose_requests_moved_are_measured_again(chdb_store: Store) -> None:
    """After requests went to a learned endpoint, the sessions that made them are measured, and all is as if measured anew."""
    save(chdb_store, crowd(HOST))
    save(chdb_store, session("wanderer", HOST, [Send("GET /towns/berlin"), Send("GET /towns/rome")]))
    running.refresh(chdb_store)
    before = _rows(chdb_store)
    chdb_store.move({(HOST, "/towns/berlin"): "/towns/{town}", (HOST, "/towns/rome"): "/towns/{town}"})
    running.refresh(chdb_store, moved=True)
    assert _rows(chdb_store) == before + 1
    step = measured(chdb_store)
    running.refresh(chdb_store, whole=True)
    assert measured(chdb_store) == step


def _rows(store: Store) -> int:
    return int(store.rows("SELECT sum(rows) AS n FROM system.parts WHERE active AND table = 'behaviour'")[0]["n"])


@pytest.mark.rows("B2", "B4")
def test_a_scraper_among_people_is_found_and_the_people_are_not(store: Store) -> None:
    """The session that reads pages without files is the only bot; its evidence has value, normal and how many times it is off."""
    save(store, [*crowd(HOST), *session("scraper", HOST, SCRAPER)])
    assert running.refresh(store) == 1
    found = bots(store)
    assert {bot.session_id for bot in found} == {found[0].session_id}
    assert "scraping" in {bot.bot_type for bot in found}
    bot = next(bot for bot in found if bot.bot_type == "scraping")
    seen = {one.name: one for one in bot.detectors}["pages_without_files"]
    assert (seen.value, seen.vote) == (0, True)
    assert seen.normal > 1
    assert seen.multiplier > 20
    assert (bot.requests, len(bot.flagged), bot.ips) == (40, 40, ["203.0.113.7"])


@pytest.mark.rows("B6")
def test_a_bot_has_an_address_and_filters(chdb_store: Store) -> None:
    """Bots are opened by id and chosen by type, confidence, request fields and time; sessions name the types and are chosen by them."""
    save(chdb_store, [*crowd(HOST), *session("scraper", HOST, SCRAPER)])
    running.refresh(chdb_store)
    bot = bots(chdb_store, "bot:scraping")[0]
    assert listing.open_bot(chdb_store, bot.id) == bot
    assert bots(chdb_store, f"session:{bot.session_id} bot_confidence:>0.5 ip:203.0.113.7 bot:scraping") == [bot]
    assert bots(chdb_store, "bot:account_takeover") == bots(chdb_store, "host:elsewhere.example") == []
    assert bots(chdb_store, interval=Interval(NOON + DAY, None)) == []
    part = list_sessions(chdb_store, Question(parse("bot:scraping"))).items[0]
    assert part.id == bot.session_id
    assert "scraping" in part.bots
    assert bot.start >= iso(NOON)


@pytest.mark.rows("B3")
def test_without_enough_data_nothing_is_said(chdb_store: Store) -> None:
    """A single person, however odd, is compared with nobody: what needs a normal is silent, and weak signs alone convict nobody."""
    save(chdb_store, session("alone", HOST, [Send("GET /products/{r}", repeat=30, every=9, human=True)]))
    assert running.refresh(chdb_store) == 0
    assert bots(chdb_store) == []


def test_an_empty_store_has_no_bots(store: Store) -> None:
    """The analysis of nothing finds nothing."""
    assert running.refresh(store) == 0


def test_a_session_over_midnight_has_a_verdict_for_each_day(chdb_store: Store) -> None:
    """Each part is judged by its own requests, and belongs to the same session."""
    midnight = NOON // DAY * DAY + DAY
    save(chdb_store, [*crowd(HOST), *session("scraper", HOST, SCRAPER, start=midnight - 240 * SECOND)])
    running.refresh(chdb_store)
    found = bots(chdb_store, "bot:scraping")
    assert len({bot.day for bot in found}) == 2
    assert len({bot.session_id for bot in found}) == 1


def test_clocks_that_jump_do_no_harm(chdb_store: Store) -> None:
    """Times far apart, equal, and out of order are measured; days that appear late are added."""
    made = session("one", HOST, SCRAPER)
    jumping = [_at(one, NOON + (number % 3 - 1) * DAY) for number, one in enumerate(made)]
    save(chdb_store, jumping)
    running.refresh(chdb_store)
    assert sum(row["requests"] for row in measured(chdb_store)) == len(made)
    assert all(row["f_rate"] is None or row["f_rate"] > 0 for row in measured(chdb_store))


def _at(one: Exchange, time: int) -> Exchange:
    return Exchange(
        id=one.id, time=time, method=one.method, path=one.path, host=one.host, client_ip=one.client_ip, headers=one.headers
    )


def test_a_long_session_takes_bounded_room(chdb_store: Store) -> None:
    """Of a session of any length, only so many first requests are looked at in order, and the lists of addresses end."""
    made = [
        Exchange(id=f"r{n}", time=NOON + n * SECOND // 4, method="GET", path=f"/api/items/{n}", host=HOST, client_ip=f"198.18.{n // 250}.{n % 250}",
                 headers=(("cookie", "sid=the-same-value-of-some-length"), ("user-agent", BROWSER)), status=200)
        for n in range(20_000)
    ]  # fmt: skip
    save(chdb_store, made)
    running.refresh(chdb_store)
    row = measured(chdb_store)[0]
    assert row["requests"] == len(made)
    assert max(len(row["ips"]), len(row["steps"])) <= TRAIL
    assert all(len(bot.flagged) <= 50 for bot in bots(chdb_store))


def test_many_short_sessions_are_each_measured(chdb_store: Store) -> None:
    """Sessions of one request each are all there, and none is a bot for being short."""
    save(chdb_store, [_visit(n) for n in range(5000)])
    assert running.refresh(chdb_store) == 0
    assert len(measured(chdb_store)) == 5000


def _visit(number: int) -> Exchange:
    address = f"198.18.{number // 250}.{number % 250}"
    return Exchange(
        id=f"v{number}", time=NOON + number * SECOND, method="GET", path="/", host=HOST, client_ip=address, status=200
    )


def test_days_that_are_gone_take_their_verdicts_along(chdb_store: Store) -> None:
    """When the requests of a day are dropped, the next analysis knows nothing of them."""
    save(chdb_store, [*crowd(HOST), *session("scraper", HOST, SCRAPER)])
    running.refresh(chdb_store)
    _drop_everything(chdb_store, ("requests", "sessions", "minutes"))
    assert running.refresh(chdb_store) == 0
    assert measured(chdb_store) == []


def _drop_everything(store: Store, tables: Sequence[str]) -> None:
    for table in tables:
        store._connections.command(f"TRUNCATE TABLE {table}")
