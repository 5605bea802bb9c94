"""`apitrail bot`, `abuse` and `denylist`: judged, configured and listed the same in a store and on a running server."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from analyze.bot_traffic import crowd
from apitrail.abuse import Abuse
from apitrail.abuse_tables import REQUESTS_SHOWN
from apitrail.analyze.bots.normal import SESSIONS_LEAST
from apitrail.analyze.running import analyze
from apitrail.console.abuse_words import catalogue
from apitrail.remote_abuse import RemoteAbuse
from apitrail.store import Store
from commanding import ran
from scraped import HOST, SCRAPER, scraped
from serving import serving
from traffic import save

Where = tuple[str, ...]


def lines(*words: str) -> list[dict[str, Any]]:
    """What a command prints as JSON, one object a line, when all is well."""
    code, out, err = ran(*words, "--json")
    assert (code, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture(scope="module", params=["store", "server"])
def where(request: pytest.FixtureRequest, make_dsn: Callable[[str], str]) -> Iterator[Where]:
    """The options that name a store over visitors and a scraper, or a server over it."""
    dsn = make_dsn("clickhouse" if request.param == "server" else "chdb")
    with Store(dsn, retention_days=0) as store:
        scraped(store)
        if request.param == "server":
            with serving(store) as served:
                yield "--server", served.url, "--token", served.tokens["admin"]
            return
    yield "--store", dsn


@pytest.mark.rows("B6")
def test_a_bot_is_shown_judged_and_excepted(where: Where) -> None:
    """B6: from the list to one bot, its rejection with an exception, and back, for people and for programs."""
    listed = lines("bots", *where)
    one = next(bot for bot in listed if bot["bot_type"] == "scraping")
    assert one["id"] in ran("bots", *where)[1]
    assert lines("bot", "show", one["id"], *where) == [one]
    assert ran("bot", "precision", *where)[1].strip() == "nobody has confirmed or rejected a bot yet"
    (marked,) = lines("bot", "mark", one["id"], "--as", "rejected", "--except", *where)
    assert (marked["marked"], marked["exception"]["exception"]["q"]) == (1, f"ip:{SCRAPER}")
    assert one["id"] not in {bot["id"] for bot in lines("bots", *where)}
    (gone,) = lines("bots", "-q", "verdict:rejected", *where)
    assert (gone["id"], gone["mark"]) == (one["id"], "rejected")
    code, out, _ = ran("bot", "mark", "-q", "bot:*", "--as", "confirmed", *where)
    assert (code, out) == (0, f"marked {len(listed) - 1}\n")
    assert {"name", "confirmed", "rejected", "precision"} == lines("bot", "precision", *where)[0].keys()
    assert "Precision" in ran("bot", "precision", *where)[1]
    assert ran("bot", "mark", *(bot["id"] for bot in listed), "--as", "none", *where)[1] == f"marked {len(listed)}\n"
    assert {bot["id"] for bot in lines("bots", *where)} == {bot["id"] for bot in listed}
    lines("abuse", "exception", "remove", marked["exception"]["id"], *where)


@pytest.mark.rows("B6")
def test_a_bot_is_explained(where: Where) -> None:
    """B6: each detector by title, with value, unit, normal, how far off, why and how it can be wrong; then requests as rows."""
    one = next(bot for bot in lines("bots", *where) if bot["bot_type"] == "scraping")
    code, shown, err = ran("bot", "show", one["id"], *where)
    assert (code, err) == (0, "")
    known = catalogue()
    for seen in one["detectors"]:
        for said in (known[seen["name"]].title, known[seen["name"]].why, known[seen["name"]].wrong):
            assert said in shown
    assert shown.index("Pages without files") < shown.index("looked and stayed silent") < shown.index("requests that show it")
    assert re.search(r"Query abuse\n  40 targets, normal 4 targets, 10× above\n  One parameter", shown)
    rows = re.findall(r"^2026-05-20 12:\S+ +GET +/products/\{id\} +200 +(\S.*?) *$", shown, re.MULTILINE)
    assert rows == one["flagged"][:REQUESTS_SHOWN]
    assert f"and {len(one['flagged']) - REQUESTS_SHOWN} more" in shown


@pytest.mark.rows("B7")
def test_an_empty_list_of_bots_says_why(where: Where) -> None:
    """B7: nothing matches where there are bots, and those that were rejected are named where there are no others."""
    ids = [bot["id"] for bot in lines("bots", *where)]
    assert ran("bots", "-q", "ip:192.0.2.1", *where) == (0, "nothing matches\n", "")
    assert lines("bots", "-q", "ip:192.0.2.1", *where) == []
    lines("bot", "mark", *ids, "--as", "rejected", *where)
    assert "-q 'verdict:rejected,excepted' lists them" in ran("bots", *where)[1]
    lines("bot", "mark", *ids, "--as", "none", *where)


@pytest.mark.rows("B7")
def test_traffic_without_bots_is_legitimate_only_when_that_is_known(make_dsn: Callable[[str], str]) -> None:
    """B7: before an analysis nothing is known, then not enough with few sessions, and only with enough of them it is legitimate."""
    dsn = make_dsn("chdb")
    people = crowd(HOST)
    for some, said in (
        ([], "nothing was analysed yet; run `apitrail analyze`"),
        (people[:5], f"not enough data: what is normal is learned from {SESSIONS_LEAST} sessions"),
        (people, "legitimate traffic: no bots"),
    ):
        with Store(dsn, retention_days=0) as store:
            if some:
                save(store, some)
                analyze(store)
        assert ran("bots", "--store", dsn)[1].startswith(said)


@pytest.mark.rows("B7")
def test_a_server_says_legitimate_only_when_it_knows_the_traffic(make_dsn: Callable[[str], str]) -> None:
    """B7: a server without an inventory is not taken to have seen everything."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store, serving(store) as served:
        at = ("--server", served.url, "--token", served.tokens["viewer"])
        assert ran("bots", *at)[1].startswith("no bots; the server knows no endpoints")
        save(store, crowd(HOST))
        analyze(store)
        assert ran("bots", *at)[1] == "legitimate traffic: no bots\n"


@pytest.mark.rows("B5")
def test_a_profile_is_made_changed_and_removed(where: Where) -> None:
    """B5: options say what changes of a profile, the rest stays; the default one is changed in the same way."""
    shop = ("abuse", "profile", "set", "shop", *where)
    (made,) = lines(*shop, "--application", "shop", "--application", "app", "--rule", "scraping=denylist_ip,0,paranoid")
    assert made["profile"]["applications"] == ["shop", "app"]
    (changed,) = lines(*shop, "--rule", "account_takeover=disabled", "--analyse-by", "domain")
    assert changed["profile"] == made["profile"] | {
        "analyse_by": "domain",
        "types": {
            "account_takeover": {"action": "disabled", "hours": 24, "sensitivity": "normal"},
            "scraping": {"action": "denylist_ip", "hours": 0, "sensitivity": "paranoid"},
        },
    }
    code, out, err = ran("abuse", "profile", "list", *where)
    assert (code, err) == (0, "")
    for said in (
        "all types registered",
        "shop, app",
        "account_takeover: disabled, normal",
        "scraping: denylist_ip, for ever, paranoid",
    ):
        assert said in out
    assert lines("abuse", "profile", "set", "default", "--rule", "scraping= safe , 12 ", *where)[0]["profile"]["types"] == {
        "scraping": {"action": "register", "hours": 12, "sensitivity": "safe"}
    }
    assert ran("abuse", "profile", "remove", "shop", *where)[:2] == (0, "removed shop\n")
    assert [one["profile"]["name"] for one in lines("abuse", "profile", "list", *where)] == ["default"]


@pytest.mark.rows("B5")
def test_an_exception_is_added_changed_and_removed(where: Where) -> None:
    """B5: exceptions are listed with what they say in words and whether they hold; the history tells every change."""
    (made,) = lines("abuse", "exception", "add", "ip:10.0.0.0/8 path:/feed", "--type", "scraping", "--until", "2099-01-01",
                    "--reason", "our reader", *where)  # fmt: skip
    out = ran("abuse", "exception", "list", *where)[1]
    assert "Client IP is in 10.0.0.0/8 and Path is /feed: no Scraping until 2099-01-01 00:00 UTC" in out
    (off,) = lines("abuse", "exception", "change", made["id"], "--disable", "--until", "", *where)
    assert (off["exception"]["enabled"], off["exception"]["until"], off["exception"]["reason"]) == (False, "", "our reader")
    assert lines("abuse", "exception", "remove", made["id"], *where) == [{"removed": made["id"]}]
    history = lines("abuse", "exception", "history", "--limit", "2", *where)
    assert [change["what"].split()[0] for change in history] == ["removed", "switched"]
    assert "because our reader" in ran("abuse", "exception", "history", *where)[1]


@pytest.mark.rows("B5")
def test_what_is_denied_is_added_and_removed(where: Where) -> None:
    """B5: both lists are shown with why and until when, and tell their history."""
    assert ran("denylist", "show", "sessions", *where)[1].strip() == "nothing is denied"
    (entry,) = lines("denylist", "add", "ips", "203.0.113.0/24", "--hours", "2", "--reason", "a scraper", *where)
    assert (entry["value"], entry["until"] > entry["added"]) == ("203.0.113.0/24", True)
    assert "a scraper" in ran("denylist", "show", "ips", *where)[1]
    assert lines("denylist", "add", "sessions", "A" * 32, *where)[0]["value"] == "a" * 32
    assert "for ever" in ran("denylist", "show", "sessions", *where)[1]
    assert ran("denylist", "remove", "sessions", "A" * 32, *where)[:2] == (0, f"removed {'A' * 32}\n")
    assert lines("denylist", "remove", "ips", "203.0.113.0/24", *where) == [{"removed": "203.0.113.0/24"}]
    assert [change["what"].split()[0] for change in lines("denylist", "history", "ips", *where)] == ["removed", "denied"]


def test_store_and_server_answer_to_the_same_words() -> None:
    """Whatever the library says and changes of API abuse, a running server does under the same names and parameters."""
    told = [
        {name: str(inspect.signature(one)) for name, one in vars(kind).items() if not name.startswith("_")}
        for kind in (Abuse, RemoteAbuse)
    ]
    assert told[0] == told[1]
    assert len(told[0]) == 16


def test_errors(where: Where) -> None:
    """What is wrong is told with the words there are and exit code 2, and nothing is printed."""
    for words, said in (
        (("bot", "show", "<script>"), "there is no bot <script>"),
        (("bot", "mark", "x"), "--as says what they are"),
        (("bot", "mark", "--as", "rejected"), "either bots by their ids"),
        (("bot", "mark", "-q", "bot:*", "--as", "confirm"), "--as is one of confirmed, rejected, none, not 'confirm'"),
        (("bot", "mark", "-q", "bot:*", "--as", "none", "--except"), "an exception is for bots that are rejected"),
        (("abuse", "profile", "set", "x"), "a profile names its applications"),
        (("abuse", "profile", "set", "x", "--rule", "scrapin=disabled"), "a type of bot is one of suspicious_api_activity"),
        (
            ("abuse", "profile", "set", "x", "--rule", "scraping=disable"),
            "what is done about scraping is one of disabled, register",
        ),
        (("abuse", "profile", "set", "x", "--rule", "scraping=denylist_ip,abc"), "safe, or hours from 0 to 8760, not 'abc'"),
        (
            ("abuse", "profile", "set", "x", "--rule", "scraping=denylist_ip,-1"),
            "hours are from 0, which is for ever, to 8760, not -1",
        ),
        (("abuse", "profile", "set", "x", "--rule", "scraping=9999"), "hours are from 0"),
        (("abuse", "profile", "remove", "default"), "change it instead"),
        (("abuse", "exception", "add", "bot:scraping"), "bot is about a bot"),
        (("abuse", "exception", "change", "nix"), "there is no exception 'nix'"),
        (("denylist", "add", "ip", "10.0.0.1"), "a list is one of ips, sessions, not 'ip'"),
        (("denylist", "add", "ips", "198.51.100.7/24"), "198.51.100.7/24 is 198.51.100.0/24: say so, or 198.51.100.7"),
        (("denylist", "remove", "ips", "198.51.100.7/24"), "198.51.100.7/24 is 198.51.100.0/24: say so"),
        (("denylist", "add", "ips", "1.2.3/24"), "an address is such as"),
        (("bots", "-q", "client_ip:198.51.100.7"), "there is no field 'client_ip'; did you mean 'ip'?"),
        (("denylist", "remove", "ips", "10.0.0.1"), "10.0.0.1 is not on the list ips"),
    ):
        code, out, err = ran(*words, *where)
        assert (code, out, "Traceback" in err) == (2, "", False), words
        assert said in err, words
