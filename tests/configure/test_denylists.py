"""The lists of what is denied: addresses, networks and sessions, for a time or for ever (B5)."""

from __future__ import annotations

import time

import pytest

from apitrail.configure import denylists
from apitrail.configure.denylists import REASON_LIMIT
from apitrail.errors import BadQuestion, NotFound
from apitrail.store import Store

SESSION = "9D71154dadd331c8e0f1a2b3c4d5e6f7"


@pytest.mark.rows("B5")
def test_what_is_denied_is_kept_and_taken_off(store: Store) -> None:
    """B5: an entry says why, by whom and until when; each list is its own, and every change is told."""
    forever = denylists.add(store, "ips", "203.0.113.7", "ann", reason="  a\nscraper ")
    assert (forever.value, forever.reason, forever.author, forever.until) == ("203.0.113.7", "a scraper", "ann", "")
    hour = denylists.add(store, "sessions", SESSION, "apitrail", hours=1)
    assert (hour.value, hour.until > hour.added) == (SESSION.lower(), True)
    assert (denylists.kept(store, "ips"), denylists.kept(store, "sessions")) == ([forever], [hour])
    assert denylists.remove(store, "sessions", SESSION, "bob") == SESSION.lower()
    assert denylists.kept(store, "sessions") == []
    with pytest.raises(NotFound, match="is not on the list sessions"):
        denylists.remove(store, "sessions", SESSION, "bob")
    assert [(change.author, change.what) for change in denylists.history(store, "sessions")] == [
        ("bob", f"removed {SESSION.lower()}"),
        ("apitrail", f"denied {SESSION.lower()} until {hour.until[:16].replace('T', ' ')} UTC"),
    ]
    assert [change.what for change in denylists.history(store, "ips", 1)] == [
        "denied 203.0.113.7 for ever, because a scraper"
    ]  # fmt: skip


def test_an_entry_is_on_its_list_for_its_time(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is over an entry is on no list, and can be put there again."""
    now = time.time()
    denylists.add(chdb_store, "ips", "10.0.0.1", "ann", hours=2)
    monkeypatch.setattr(time, "time", lambda: now + 3 * 3600)
    assert denylists.kept(chdb_store, "ips") == []
    with pytest.raises(NotFound):
        denylists.remove(chdb_store, "ips", "10.0.0.1", "ann")
    assert denylists.add(chdb_store, "ips", "10.0.0.1", "bob", hours=2) in denylists.kept(chdb_store, "ips")


def test_what_is_there_longer_stays(chdb_store: Store) -> None:
    """The same again makes an entry last longer and never shorter; what changes nothing is not written."""
    day = denylists.add(chdb_store, "ips", "10.0.0.1", "ann", hours=24)
    assert denylists.add(chdb_store, "ips", "10.0.0.1", "bob", hours=1) == day
    week = denylists.add(chdb_store, "ips", "10.0.0.1", "bob", hours=168)
    assert denylists.kept(chdb_store, "ips") == [week] != [day]
    forever = denylists.add(chdb_store, "ips", "10.0.0.1", "cid")
    assert denylists.add(chdb_store, "ips", "10.0.0.1", "dan", hours=8760) == forever
    assert len(denylists.history(chdb_store, "ips")) == 3


@pytest.mark.parametrize(
    ("list_name", "given", "kept"),
    [
        ("ips", " 203.0.113.77/24 ", "203.0.113.0/24"),
        ("ips", "203.0.113.7/32", "203.0.113.7"),
        ("ips", "::ffff:203.0.113.7", "203.0.113.7"),
        ("ips", "2001:DB8:0:0::1", "2001:db8::1"),
        ("ips", "2001:db8::/32", "2001:db8::/32"),
        ("ips", "fe80::1%eth0", "fe80::1"),
        ("sessions", f" {SESSION} ", SESSION.lower()),
    ],
)
def test_a_value_is_kept_as_traffic_has_it(chdb_store: Store, list_name: str, given: str, kept: str) -> None:
    """However an address is written, it is on the list once, as requests have it, and is taken off however it is written."""
    assert denylists.add(chdb_store, list_name, given, "ann").value == kept
    assert denylists.add(chdb_store, list_name, kept, "bob").author == "ann"
    assert denylists.remove(chdb_store, list_name, given, "ann") == kept


@pytest.mark.parametrize(
    ("list_name", "value", "words"),
    [
        ("ip", "10.0.0.1", "a list is one of ips, sessions, not 'ip'"),
        ("../records", "10.0.0.1", "a list is one of ips, sessions"),
        ("ips", "", "an address is such as 203.0.113.7"),
        ("ips", "<script>", "'<script>' is none"),
        ("ips", "10.0.0.1/33", "an address is such as"),
        ("ips", "0.0.0.0/0", "every address there is"),
        ("ips", "::/0", "every address there is"),
        ("ips", SESSION, "an address is such as"),
        ("sessions", "10.0.0.1", "32 hex digits"),
        ("sessions", "g" * 32, "32 hex digits"),
    ],
)
def test_a_value_that_is_none(chdb_store: Store, list_name: str, value: str, words: str) -> None:
    """What is no address, network or session id, or everything there is, is refused, to be added and to be removed."""
    for act in (denylists.add, denylists.remove):
        with pytest.raises(BadQuestion, match=words):
            act(chdb_store, list_name, value, "ann")


def test_lists_have_limits(chdb_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list has so many entries that hold, a reason so many characters, a time so many hours."""
    monkeypatch.setattr(denylists, "ENTRIES_LIMIT", 1)
    denylists.add(chdb_store, "ips", "10.0.0.1", "ann")
    with pytest.raises(BadQuestion, match="at most 1 entries"):
        denylists.add(chdb_store, "ips", "10.0.0.2", "ann")
    denylists.remove(chdb_store, "ips", "10.0.0.1", "ann")
    denylists.add(chdb_store, "ips", "10.0.0.2", "ann")
    with pytest.raises(BadQuestion, match="at most 500 characters"):
        denylists.add(chdb_store, "sessions", SESSION, "ann", reason="x" * (REASON_LIMIT + 1))
    for hours in (-1, 8761):
        with pytest.raises(BadQuestion, match="hours are from 0"):
            denylists.add(chdb_store, "sessions", SESSION, "ann", hours=hours)
