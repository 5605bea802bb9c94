"""Verdicts of people on bots: who said what, and how right the detectors were by that (B6)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from apitrail.configure import bot_verdicts
from apitrail.configure.bot_verdicts import DetectorPrecision
from apitrail.errors import BadQuestion
from apitrail.store import Store


@dataclass
class Seen:
    """A detector that looked."""

    name: str
    vote: bool


@dataclass
class Bot:
    """A bot, as far as a verdict needs it."""

    id: str
    detectors: list[Seen]
    bot_type: str = "scraping"
    scope: str = "shop"


def bot(key: str, *voted: str, silent: str = "request_size") -> Bot:
    """A bot for which some detectors voted and one did not."""
    return Bot(f"2026-05-20.{key * 32}.scraping", [*(Seen(name, vote=True) for name in voted), Seen(silent, vote=False)])


ONE, TWO, THREE = bot("1", "request_rate", "no_referer"), bot("2", "request_rate"), bot("3", "wide_scope")


@pytest.mark.rows("B6")
def test_verdicts_are_kept_with_who_said_them(store: Store) -> None:
    """B6: many are marked at once, the last word counts, what is there already is not written again, and all can be taken back."""
    assert bot_verdicts.mark(store, [ONE, TWO, TWO], "rejected", "ann") == 2
    assert bot_verdicts.mark(store, [TWO], "confirmed", "bob") == 1
    assert bot_verdicts.mark(store, [TWO], "confirmed", "cid") == 1
    said = bot_verdicts.marks(store)
    assert {key: (one.mark, one.author) for key, one in said.items()} == {
        ONE.id: ("rejected", "ann"),
        TWO.id: ("confirmed", "bob"),
    }
    assert all(one.time.endswith("Z") for one in said.values())
    assert bot_verdicts.mark(store, [ONE, THREE], "", "dan") == 2
    assert set(bot_verdicts.marks(store)) == {TWO.id}
    assert [record.author for record in store.records.history(bot_verdicts.KIND)] == ["dan", "bob", "ann", "ann"]
    assert bot_verdicts.mark(store, [], "rejected", "ann") == 0


@pytest.mark.rows("B6")
def test_precision_is_that_of_the_detectors_that_voted(store: Store) -> None:
    """B6: of the bots that a detector voted for and people judged, the share that was confirmed; a silent detector is not judged."""
    assert bot_verdicts.precision(store) == []
    bot_verdicts.mark(store, [ONE, bot("4", "request_rate"), bot("5", "request_rate")], "confirmed", "ann")
    bot_verdicts.mark(store, [TWO, THREE], "rejected", "ann")
    assert bot_verdicts.precision(store) == [
        DetectorPrecision(name="request_rate", confirmed=3, rejected=1, precision=0.75),
        DetectorPrecision(name="no_referer", confirmed=1, rejected=0, precision=1.0),
        DetectorPrecision(name="wide_scope", confirmed=0, rejected=1, precision=0.0),
    ]


@pytest.mark.parametrize(("value", "suggestion"), [("confirm", "confirmed"), ("REJECTED", "rejected"), ("<b>", "confirmed")])
def test_a_mark_that_is_none(chdb_store: Store, value: str, suggestion: str) -> None:
    """Another word is answered with the nearest one, and nothing is kept."""
    with pytest.raises(BadQuestion, match="a verdict is confirmed, rejected, or empty") as caught:
        bot_verdicts.mark(chdb_store, [ONE], value, "ann")
    assert caught.value.suggestion == suggestion
    assert bot_verdicts.marks(chdb_store) == {}
