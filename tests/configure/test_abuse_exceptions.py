"""Exceptions: requests whose sessions are no bots, for a time or for ever, with every change of them (B5)."""

from __future__ import annotations

import time
from typing import Any

import pytest

from apitrail.configure import abuse_exceptions
from apitrail.configure.abuse_exceptions import REASON_LIMIT, sentence
from apitrail.errors import BadQuestion, NotFound
from apitrail.model.abuse import AbuseException
from apitrail.query.interval import iso
from apitrail.store import Store

OFFICE = AbuseException(q="ip:203.0.113.0/24", bot_types=("scraping",), reason="our office")


@pytest.mark.rows("B5")
def test_exceptions_are_kept_changed_and_forgotten(store: Store) -> None:
    """B5: an exception says who made and who changed it, holds while it is enabled, and every change of it is told in words."""
    made = abuse_exceptions.add(store, OFFICE, "ann")
    assert (made.exception, made.author, made.created, made.ended) == (OFFICE, "ann", made.changed, False)
    assert abuse_exceptions.in_force(store) == [made]
    off = abuse_exceptions.change(store, made.id, "bob", enabled=False)
    assert (off.exception.enabled, off.author, off.created, off.changed > off.created) == (False, "bob", made.created, True)
    assert (abuse_exceptions.kept(store), abuse_exceptions.in_force(store)) == ([off], [])
    last = abuse_exceptions.change(store, made.id, "cid", until="2099-01-31", enabled=True, reason="they  moved\n")
    assert abuse_exceptions.change(store, made.id, "dan", enabled=True) == last
    assert (last.exception.until, last.exception.reason) == ("2099-01-31T00:00:00.000Z", "they moved")
    abuse_exceptions.remove(store, made.id, "eve")
    assert abuse_exceptions.kept(store) == []
    said = "Client IP is in 203.0.113.0/24: no Scraping"
    assert [(change.author, change.what) for change in abuse_exceptions.history(store)] == [
        ("eve", f"removed {said} until 2099-01-31 00:00 UTC"),
        ("cid", f"switched on {said}, {said}: until 2099-01-31 00:00 UTC, {said}: because they moved"),
        ("bob", f"switched off {said}"),
        ("ann", f"added {said}, because our office"),
    ]
    assert [change.author for change in abuse_exceptions.history(store, 2)] == ["eve", "cid"]


def test_the_same_again_is_the_same(chdb_store: Store) -> None:
    """The same requests for the same types are one exception, whatever the reason; other types are another."""
    made = abuse_exceptions.add(chdb_store, OFFICE, "ann")
    assert (
        abuse_exceptions.add(chdb_store, AbuseException(q="  ip:203.0.113.0/24 ", bot_types=("scraping", "scraping")), "bob")
        == made
    )
    abuse_exceptions.add(chdb_store, AbuseException(q=OFFICE.q), "bob")
    assert len(abuse_exceptions.kept(chdb_store)) == 2


@pytest.mark.rows("B5")
def test_an_exception_ends(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B5: from its end on an exception holds no longer, is still listed as ended, and can be given a later end."""
    now = time.time()
    made = abuse_exceptions.add(chdb_store, AbuseException(q="ip:10.0.0.1", until=iso(round(now + 60) * 1_000_000)), "ann")
    assert abuse_exceptions.in_force(chdb_store) == [made]
    monkeypatch.setattr(time, "time", lambda: now + 90)
    assert [one.ended for one in abuse_exceptions.kept(chdb_store)] == [True]
    assert abuse_exceptions.in_force(chdb_store) == []
    assert abuse_exceptions.change(chdb_store, made.id, "ann", reason="why").ended
    assert not abuse_exceptions.change(chdb_store, made.id, "ann", until="").ended


@pytest.mark.parametrize(
    ("exception", "words"),
    [
        (AbuseException(q="ip:10.0.0.1"), "Client IP is 10.0.0.1: no bot"),
        (
            AbuseException(q="user_agent:*probe* -path:/login", bot_types=("account_takeover", "bola")),
            "User agent is *probe* and Path is not /login: no Account takeover or Broken object level authorization",
        ),
        (AbuseException(q="(ip:10.0.0.1 OR host:a)", until="2099-01-31T08:30:00.000Z"),
         "Client IP is 10.0.0.1 or API host is a: no bot until 2099-01-31 08:30 UTC"),
        (AbuseException(q="gone:1"), "gone:1: no bot"),
    ],
)  # fmt: skip
def test_an_exception_is_said_in_words(exception: AbuseException, words: str) -> None:
    """The list of exceptions reads like sentences; a filter of a field that is gone stands as it was written."""
    assert sentence(exception) == words


@pytest.mark.parametrize(
    ("members", "words", "suggestion"),
    [
        ({"q": ""}, "a filter that says which requests are meant", None),
        ({"q": "  "}, "a filter that says which requests are meant", None),
        ({"q": "adress:1"}, "there is no field 'adress'", None),
        ({"q": "ip:1 "}, "takes an address", "ip:203.0.113.0/24"),
        ({"q": "bot:scraping"}, "bot is about a bot; an exception asks for requests", "ip"),
        ({"q": "ip:10.0.0.1 (host:a OR (host:b bot_confidence:>0.5))"}, "bot_confidence is about a bot", "ip"),
        ({"q": "requests:>100"}, "requests is about what an attack adds up to", "ip"),
        ({"q": "payload:x"}, "payload is about what was found", "ip"),
        ({"q": "*"}, r"^\* is every request there is; an exception says whom it is for", None),
        ({"q": "ip:0.0.0.0/0"}, "ip:0.0.0.0/0 is every request there is", None),
        ({"q": "ip:::/0"}, "ip:::/0 is every request there is", None),
        ({"q": "ip:0.0.0.0/1,128.0.0.0/1"}, "is every request there is", None),
        ({"q": "ip:10.0.0.1,*.*"}, "is every request there is", None),
        ({"q": "method:* path:/* status:>0"}, "is every request there is", None),
        ({"q": "(ip:10.0.0.1 OR session:*)"}, "is every request there is", None),
        ({"q": "-ip:10.0.0.1"}, "-ip:10.0.0.1 is every request but some", None),
        ({"q": "-ip:10.0.0.1 -(host:a OR host:b) method:*"}, "method:[*] is every request there is", None),
        ({"q": "ip:10.0.0.1", "bot_types": ("scrapping",)}, "a type of bot is one of", "scraping"),
        ({"q": "ip:10.0.0.1", "until": "tomorrow"}, "until takes a time such as", "-24h"),
        ({"q": "ip:10.0.0.1", "until": "2020-01-01"}, "'2020-01-01' is over", None),
        ({"q": "ip:10.0.0.1", "until": "-1h"}, "'-1h' is over", None),
        ({"q": "ip:10.0.0.1", "reason": "x" * (REASON_LIMIT + 1)}, "at most 500 characters", None),
        ({"q": "x" * 5000}, "a filter has at most", None),
        ({"q": "path:\0"}, "NUL", None),
    ],
)
def test_an_exception_that_can_be_none(
    chdb_store: Store, members: dict[str, Any], words: str, suggestion: str | None
) -> None:  # fmt: skip
    """A filter that is none, or asks for something else than requests, an end that is over: said in words, and nothing is kept."""
    with pytest.raises(BadQuestion, match=words) as caught:
        abuse_exceptions.add(chdb_store, AbuseException(**members), "ann")
    assert suggestion in (None, caught.value.suggestion)
    assert abuse_exceptions.kept(chdb_store) == []


@pytest.mark.parametrize(
    "q", ["ip:10.0.0.0/8", "ip:10.0.0.1 -path:/login", "method:* (host:a OR path:/health*)", "user:*", "slow:true"]
)
def test_an_exception_that_names_somebody(chdb_store: Store, q: str) -> None:
    """A filter that some requests fit, and others not, is kept as it is."""
    assert abuse_exceptions.add(chdb_store, AbuseException(q=q), "ann").exception.q == q


def test_a_filter_that_is_refused_says_where(chdb_store: Store) -> None:
    """The position is that of the word that asks for something else than requests."""
    with pytest.raises(BadQuestion, match="bot is about a bot") as caught:
        abuse_exceptions.add(chdb_store, AbuseException(q="ip:10.0.0.1 bot:scraping"), "ann")
    assert caught.value.position == 12


def test_an_exception_that_is_not_there(chdb_store: Store) -> None:
    """Changing or forgetting an unknown exception is an error."""
    for act in (abuse_exceptions.remove, lambda *told: abuse_exceptions.change(*told, enabled=True)):
        with pytest.raises(NotFound, match="no exception 'nix'"):
            act(chdb_store, "nix", "ann")


def test_exceptions_have_a_limit(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store has so many exceptions and no more."""
    monkeypatch.setattr(abuse_exceptions, "EXCEPTIONS_LIMIT", 1)
    abuse_exceptions.add(chdb_store, OFFICE, "ann")
    with pytest.raises(BadQuestion, match="at most 1 exceptions"):
        abuse_exceptions.add(chdb_store, AbuseException(q="ip:10.0.0.1"), "ann")
    assert abuse_exceptions.add(chdb_store, OFFICE, "ann") in abuse_exceptions.kept(chdb_store)
