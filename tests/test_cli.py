"""The command line: members as the contract names them, exit codes, and the same answers from a store and from a server."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apitrail import cli
from apitrail.model.fields import BY_WORD, OTHER_NAMES
from apitrail.printing import fitting
from apitrail.store import Store
from attacking import attacked
from serving import Served, serving
from traffic import DAY, NOON, combined, exchanges, log, save

SESSION = ("id", "day", "start", "end", "duration_ms", "requests", "attacks", "attack_types", "ips", "countries", "hosts", "endpoints",
           "methods", "statuses", "users", "roles", "flows", "bots", "status")  # fmt: skip
REQUEST = ("request_id", "session_id", "time", "method", "host", "path", "endpoint", "status", "duration_ms", "response_bytes",
           "duration_ratio", "size_ratio", "attacks", "ip", "user", "role", "flows", "context")  # fmt: skip
KINDS: dict[str, type | tuple[type, ...]] = {
    "attack_types": dict, "hosts": dict, "endpoints": dict, "methods": dict, "statuses": dict, "context": dict,
    "ips": list, "countries": list, "users": list, "roles": list, "bots": list, "attacks": (list, int), "id": str, "requests": int,
}  # fmt: skip

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs `apitrail` in this process: exit code, standard output, standard error."""

    def call(*words: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["apitrail", *map(str, words)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return call


def lines(text: str) -> list[dict[str, Any]]:
    """One JSON object a line."""
    return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def filled(chdb_dsn: str) -> str:
    """The DSN of a store with 200 exchanges of the last days."""
    with Store(chdb_dsn, retention_days=0) as store:
        save(store, exchanges(seed=21, count=200))
    return chdb_dsn


def test_ingest_prints_one_object_with_the_members_of_the_contract(run: Run, chdb_dsn: str, tmp_path: Path) -> None:
    """read, stored, duplicates, rejected, format, seconds: these, in this order, and nothing else; rejects go to stderr."""
    file = tmp_path / "a.log"
    file.write_text(log(20) + "garbage\n")
    code, out, err = run("ingest", "--json", "--store", chdb_dsn, file)
    (told,) = lines(out)
    assert list(told) == ["read", "stored", "duplicates", "rejected", "format", "seconds"]
    assert (code, {name: told[name] for name in list(told)[:5]}) == (
        0, {"read": 21, "stored": 20, "duplicates": 0, "rejected": 1, "format": "combined"}
    )  # fmt: skip
    assert isinstance(told["seconds"], float)
    assert f"{file}:21: " in err
    code, out, _ = run("ingest", "--json", "--store", chdb_dsn, file)
    assert (code, lines(out)[0]["duplicates"]) == (0, 20)


def test_ingest_ends_with_1_only_when_nothing_could_be_read(run: Run, chdb_dsn: str, tmp_path: Path) -> None:
    """One good file among bad ones is success, with the bad ones named; none is failure."""
    (tmp_path / "good.log").write_text(log(3))
    (tmp_path / "empty.log").write_text("")
    code, _, err = run("ingest", "--store", chdb_dsn, tmp_path / "good.log", tmp_path / "empty.log", tmp_path / "missing.log")
    assert code == 0
    assert "is empty" in err
    assert "No such file" in err
    assert run("ingest", "--store", chdb_dsn, tmp_path / "empty.log")[0] == 1
    assert run("ingest", "--store", chdb_dsn, tmp_path / "missing.log", tmp_path)[0] == 1


def test_rejected_lines_go_to_a_file_on_request(run: Run, chdb_dsn: str, tmp_path: Path) -> None:
    """--rejects keeps every one of them with file, line, reason and text, also when the screen shows only some."""
    (tmp_path / "before.log").write_text(log(1))
    run("ingest", "--store", chdb_dsn, tmp_path / "before.log")
    (tmp_path / "a.log").write_text(
        log(3, first=5) + "".join(f"garbage {n}\n" for n in range(20)) + combined(1, NOON - 30 * DAY) + "\n"
    )
    _, _, err = run("ingest", "--store", chdb_dsn, "--rejects", tmp_path / "rejects", tmp_path / "a.log")
    kept = lines((tmp_path / "rejects").read_text())
    assert [reject["line"] for reject in kept] == list(range(4, 25))
    assert all(set(reject) == {"file", "line", "reason", "text"} and reject["reason"] for reject in kept)
    assert kept[0]["text"] == "garbage 0"
    assert "more:" in err


def test_sessions_have_the_members_of_the_contract(run: Run, filled: str) -> None:
    """`sessions --json` prints one object a line with every member that is promised, in its type."""
    code, out, _ = run("sessions", "--json", "--limit", "0", "--store", filled)
    found = lines(out)
    assert code == 0
    assert sum(part["requests"] for part in found) == 200
    for part in found:
        assert set(SESSION) <= set(part)
        assert all(isinstance(part[name], kind) for name, kind in KINDS.items() if name in part)
    starts = [dt.datetime.fromisoformat(part["start"]) for part in found]
    assert starts == sorted(starts, reverse=True)


def test_requests_have_the_members_of_the_contract(run: Run, filled: str) -> None:
    """`requests --json` prints all requests, or those of one session, in time order."""
    code, out, _ = run("requests", "--json", "--limit", "0", "--store", filled)
    found = lines(out)
    assert (code, len(found)) == (0, 200)
    for request in found:
        assert set(REQUEST) <= set(request)
        assert all(isinstance(request[name], kind) for name, kind in KINDS.items() if name in request)
    session = found[0]["session_id"]
    _, out, _ = run("requests", session, "--json", "--limit", "0", "--store", filled)
    assert lines(out) == [request for request in found if request["session_id"] == session]


def test_filters_interval_sort_and_limit(run: Run, filled: str) -> None:
    """-q, --from, --to, --sort and --limit mean what they mean everywhere."""
    every = lines(run("requests", "--json", "--limit", "0", "--store", filled)[1])
    words = ("-q", "status:>=400 -method:GET", "--from", "2026-05-21", "--to", "2026-05-22T12:00Z")
    found = lines(run("requests", "--json", "--limit", "0", *words, "--store", filled)[1])
    wanted = [r for r in every if r["status"] >= 400 and r["method"] != "GET" and "2026-05-21" <= r["time"] < "2026-05-22T12:00"]
    assert found == wanted
    assert wanted
    counts = [
        part["requests"] for part in lines(run("sessions", "--json", "--sort", "-requests", "--limit", "5", "--store", filled)[1])
    ]
    assert len(counts) == 5
    assert counts == sorted(counts, reverse=True)


def test_one_session_is_shown_with_its_statistics(run: Run, filled: str) -> None:
    """`session ID` prints parts and statistics, as JSON or for people."""
    session = lines(run("sessions", "--json", "--limit", "1", "--sort", "-requests", "--store", filled)[1])[0]
    code, out, _ = run("session", session["id"], "--json", "--in-session", "method:GET", "--store", filled)
    (told,) = lines(out)
    assert (code, told["id"]) == (0, session["id"])
    assert told["requests"] == sum(count["shown"] for count in told["statistics"]["method"])
    assert told["related"]["sessions"]
    shown = run("session", session["id"], "--store", filled)[1]
    assert shown.startswith(f"session {session['id']}")
    assert all(f"  {other['id']}  " in shown for other in told["related"]["sessions"])


def test_a_session_is_compared_with_what_is_usual(run: Run, filled: str) -> None:
    """`compare ID` prints the path with what is unusual, as JSON or for people; a day without a part is refused."""
    session = lines(run("sessions", "--json", "--limit", "1", "--sort", "-requests", "--store", filled)[1])[0]
    code, out, _ = run("compare", session["id"], "--day", session["day"], "--json", "--store", filled)
    (told,) = lines(out)
    assert (code, told["id"], told["day"]) == (0, session["id"], session["day"])
    assert sum(stop["requests"] for stop in told["path"]["stops"]) == session["requests"]
    shown = run("compare", session["id"], "--day", session["day"], "--store", filled)[1]
    assert shown.startswith(f"session {session['id']}, {session['day']}")
    assert all(f"  {stop['method']} {stop['endpoint']}" in shown for stop in told["path"]["stops"] if stop["method"])
    code, _, err = run("compare", session["id"], "--day", "1999-01-01", "--store", filled)
    assert code
    assert session["day"] in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sessions", "-q", "client_ip:198.51.100.7"), "did you mean 'ip'?"),
        (("sessions", "-q", "response_code:404"), "did you mean 'status'?"),
        (("sessions", "-q", "statsu:5xx"), "did you mean 'status'?"),
        (("sessions", "--from", "yesterdya"), "-24h"),
        (("sessions", "--sort", "strat"), "-start"),
        (("requests", "x"), "32 hex digits"),
        (("session", "0" * 32), "there is no session"),
        (("export", "session", "0" * 32), "there is no session"),
        (("token", "create", "x", "--role", "emperor"), "viewer"),
        (("ingest", "--format", "ngnix-json", __file__), "nginx-json"),
    ],
)
def test_a_wrong_question_ends_with_2_and_the_nearest_word(run: Run, filled: str, words: tuple[str, ...], message: str) -> None:
    """Nothing is printed as an answer; the message says what is wrong."""
    code, out, err = run(*words, "--store", filled)
    assert (code, out) == (2, "")
    assert err.startswith("apitrail: ")
    assert message in err


def test_another_name_of_a_field_leads_to_its_word() -> None:
    """What is told as meant for the title of a field, or for what logs call it, is a filter word."""
    assert set(OTHER_NAMES.values()) <= BY_WORD.keys()
    assert {"client_ip", "response_code", "location"} <= OTHER_NAMES.keys()


@pytest.mark.parametrize("words", [("sessions", "--limti", "3"), ("sesions",), ("sessions", "--limit", "-1"), ("ingest",)])
def test_a_wrong_command_ends_with_2(run: Run, words: tuple[str, ...]) -> None:
    """An unknown option or command is refused."""
    assert run(*words)[0] == 2


def test_a_store_of_no_kind_ends_with_2(run: Run) -> None:
    """The message shows how a store is named."""
    code, _, err = run("sessions", "--store", "/tmp/x")
    assert code == 2
    assert "chdb:///PATH" in err


def test_a_locked_store_offers_the_server(filled: str) -> None:
    """A second process is told that the store is in use, and of --server (exit code 1)."""
    with Store(filled):
        words = ["sessions", "--json", "--store", filled]
        done = subprocess.run(
            [sys.executable, "-c", "from apitrail.cli import main; main()", *words], capture_output=True, text=True, check=False
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert "--server" in done.stderr
    assert "Traceback" not in done.stderr


def test_export_writes_each_format(run: Run, filled: str) -> None:
    """csv, har and json come out whole; an unknown one is refused."""
    session = lines(run("sessions", "--json", "--limit", "1", "--sort", "-requests", "--store", filled)[1])[0]["id"]
    wanted = len(lines(run("requests", session, "--json", "--limit", "0", "--store", filled)[1]))
    assert len(json.loads(run("export", "session", session, "--format", "har", "--store", filled)[1])["log"]["entries"]) == wanted
    assert len(lines(run("export", "session", session, "--format", "json", "--store", filled)[1])) == wanted
    assert run("export", "session", session, "--store", filled)[1].startswith("request_id,session_id,time,")
    assert run("export", "session", session, "--format", "pdf", "--store", filled)[0] == 2


def test_tokens_are_made_listed_and_revoked(run: Run, chdb_dsn: str) -> None:
    """The secret is printed once; the list does not have it."""
    _, out, _ = run("token", "create", "ci", "--role", "analyst", "--json", "--store", chdb_dsn)
    (made,) = lines(out)
    assert made["token"].startswith("at_")
    listed = run("token", "list", "--json", "--store", chdb_dsn)[1]
    assert made["token"] not in listed
    assert [(token["id"], token["role"]) for token in lines(listed)] == [(made["id"], "analyst")]
    assert run("token", "revoke", made["id"], "--store", chdb_dsn)[0] == 0
    assert run("token", "list", "--json", "--store", chdb_dsn)[1] == ""
    assert run("token", "revoke", made["id"], "--store", chdb_dsn)[0] == 2


def test_hostile_traffic_does_not_reach_the_terminal(run: Run, chdb_dsn: str) -> None:
    """Control characters and markup of traffic are shown, not obeyed."""
    with Store(chdb_dsn, retention_days=0) as store:
        item = exchanges(seed=1, count=1)[0]
        item.path, item.host, item.query = "/\x1b[31mred\x07[bold]x[/bold]", "h\x1b]0;title\x07", "a=\u202e1"
        save(store, [item])
    for verb in ("sessions", "requests"):
        out = run(verb, "--store", chdb_dsn)[1]
        assert not {"\x1b", "\x07", "\u202e"} & set(out)
        assert "[bold]" in out or verb == "sessions"


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over 200 exchanges of the past."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store:
        save(store, exchanges(seed=21, count=200))
        with serving(store) as found:
            yield found


@pytest.mark.parametrize(
    "words",
    [
        ("sessions", "--limit", "0"),
        ("sessions", "--limit", "0", "-q", "status:5xx host:*.example", "--sort", "-attacks"),
        ("sessions", "--limit", "0", "--from", "-90000h", "--to", "now"),
        ("requests", "--limit", "0", "-q", "-method:GET"),
        ("requests", "--limit", "7"),
    ],
)
def test_a_server_gives_the_answers_of_the_store(
    run: Run, served: Served, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """--server and --store print the same, over several pages."""
    monkeypatch.setattr("apitrail.remote.PAGE", 20)
    there = run(*words, "--json", "--server", served.url, "--token", served.tokens["viewer"])
    here = run(*words, "--json", "--store", served.store.dsn)
    assert there == here
    assert here[0] == 0
    assert here[1]


def test_a_session_of_a_server_is_shown_and_exported(run: Run, served: Served) -> None:
    """`session` and `export` work over the server too, with the same words."""
    asked = ("--server", served.url, "--token", served.tokens["viewer"])
    session = lines(run("sessions", "--json", "--sort", "-requests", "--limit", "1", "--store", served.store.dsn)[1])[0]["id"]
    for words in (
        ("session", session, "--json"),
        ("requests", session, "--json"),
        *(("export", "session", session, "--format", f) for f in ("csv", "har", "json")),
    ):
        assert run(*words, *asked) == run(*words, "--store", served.store.dsn), words


def test_a_file_sent_to_a_server_is_stored_once(run: Run, served: Served, tmp_path: Path) -> None:
    """`ingest --server` counts like `ingest --store`; sent again, everything is already there; bad lines are told."""
    (tmp_path / "a.log").write_text(log(50) + "garbage\n")
    (tmp_path / "b.log.gz").write_bytes(gzip.compress(log(50, first=50).encode()))
    words = (
        "ingest",
        "--json",
        "--server",
        served.url,
        "--token",
        served.tokens["sender"],
        tmp_path / "a.log",
        tmp_path / "b.log.gz",
    )
    for stored in (100, 0):
        code, out, err = run(*words)
        (told,) = lines(out)
        assert (code, told["read"], told["stored"], told["duplicates"], told["rejected"]) == (0, 101, stored, 100 - stored, 1)
        assert "a.log:51" in err


def test_a_batch_of_which_nothing_is_stored_does_not_end_the_sending(run: Run, served: Served, tmp_path: Path) -> None:
    """When the server rejects a whole batch (here: the future), its lines are told and the next file goes in."""
    (tmp_path / "a.log").write_text("".join(combined(n, NOON + 900 * DAY) + "\n" for n in range(3)))
    (tmp_path / "b.log").write_text(log(5, first=900))
    words = ("ingest", "--json", "--server", served.url, "--token", served.tokens["sender"])
    code, out, err = run(*words, tmp_path / "a.log", tmp_path / "b.log")
    (told,) = lines(out)
    assert (code, told["read"], told["stored"], told["rejected"]) == (0, 8, 5, 3)
    assert "a.log:3: in the future" in err


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("--token", "at_wrong"), 2, "token"),
        ((), 2, "needs a token"),
    ],
)
def test_a_server_lets_nobody_in_without_a_token(
    run: Run, served: Served, words: tuple[str, ...], code: int, message: str
) -> None:
    """The refusal says what is missing."""
    found = run("sessions", "--server", served.url, *words)
    assert (found[0], found[1]) == (code, "")
    assert message in found[2]


def test_a_server_that_is_not_there_ends_with_1(run: Run) -> None:
    """No connection is a broken machine, said in one line."""
    code, out, err = run("sessions", "--server", "http://127.0.0.1:9", "--token", "at_x")
    assert (code, out, len(err.splitlines())) == (1, "", 1)


ATTACK = ("id", "name", "group", "status", "mark", "requests", "findings", "sessions", "users", "ips", "payloads", "started",
          "last_seen", "attack_types", "points", "hosts", "endpoints", "statuses", "signatures")  # fmt: skip
INCIDENT = ("id", "vulnerability", "closed_at", "closed_by", "endpoint", "point", "kind", "shown", "shown_at", "attack")


@pytest.fixture(scope="module")
def attacks_served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over 150 exchanges, a third of them attacks."""
    with Store(make_dsn("clickhouse"), retention_days=0) as store:
        save(store, attacked(seed=51, count=150))
        with serving(store) as found:
            yield found


@pytest.fixture(params=["store", "server"])
def asked(request: pytest.FixtureRequest, attacks_served: Served) -> tuple[str, ...]:
    """The options that name a store, or the server over it."""
    if request.param == "store":
        return ("--store", attacks_served.store.dsn)
    return ("--server", attacks_served.url, "--token", attacks_served.tokens["admin"])


def test_attacks_have_their_members(run: Run, asked: tuple[str, ...]) -> None:
    """`attacks --json` prints one object a line under filters, grouping, order and limit; 0 is all."""
    code, out, _ = run("attacks", "--json", "--limit", "0", *asked)
    found = lines(out)
    assert code == 0
    assert len(found) > 10
    assert all(set(ATTACK) <= set(one) for one in found)
    assert [one["last_seen"] for one in found] == sorted((one["last_seen"] for one in found), reverse=True)
    assert lines(run("attacks", "--json", "--limit", "3", *asked)[1]) == found[:3]
    words = ("-q", "attack:sqli requests:>1", "--group-by", "attack,ip", "--sort", "-requests")
    some = lines(run("attacks", "--json", "--limit", "0", *words, *asked)[1])
    assert some
    assert all(set(one["group"]) == {"attack", "ip"} and one["requests"] > 1 for one in some)
    assert lines(run("attacks", "--json", "--group-by", "none", "--limit", "0", *asked)[1])[0]["group"].keys() == {"finding"}
    head, first, *_ = run("attacks", "--limit", "1", *asked)[1].splitlines()
    assert "Point" in head
    assert next(iter(found[0]["points"])) in first, "where it stands, for people as well"


def test_incidents_have_their_members(run: Run, asked: tuple[str, ...]) -> None:
    """`incidents --json` prints one object a line; for people the evidence has its title."""
    found = lines(run("incidents", "--json", "--limit", "0", *asked)[1])
    assert found
    assert all(list(one) == list(INCIDENT) and one["vulnerability"] == "open" for one in found)
    shown = run("incidents", *asked)[1]
    assert "Error of the database" in shown or "Contents of a file" in shown
    assert "database_error" not in shown


def test_the_tables_of_attacks(run: Run, asked: tuple[str, ...]) -> None:
    """For people: names, counts and ids that can be used again; nothing found is said."""
    out = run("attacks", "--limit", "5", *asked)[1]
    (found, *_) = lines(run("attacks", "--json", "--limit", "1", *asked)[1])
    assert found["name"] in out
    assert found["id"][:60] in out
    assert "nothing matches" in run("attacks", "-q", "host:nowhere.example", *asked)[1]


def test_one_attack_with_its_newest_requests(run: Run, asked: tuple[str, ...]) -> None:
    """`attack ID` prints what it adds up to and its newest requests, as JSON or for people."""
    (found,) = lines(run("attacks", "--json", "--sort", "-requests", "--limit", "1", *asked)[1])
    code, out, _ = run("attack", found["id"], "--json", "--limit", "2", *asked)
    (told,) = lines(out)
    newest = told.pop("newest_requests")
    assert (code, told, len(newest)) == (0, found, 2)
    assert newest[0]["time"] == found["last_seen"]
    shown = run("attack", found["id"], *asked)[1]
    assert shown.startswith(found["name"])
    assert newest[0]["finding"] in shown


def test_findings_and_attacks_are_marked(run: Run, asked: tuple[str, ...]) -> None:
    """`mark` says what findings or a whole attack are, and takes it back; what is false is gone from the list."""
    before = run("attacks", "--json", "--limit", "0", *asked)[1]
    (attack, *_) = lines(before)
    (told,) = lines(run("attack", attack["id"], "--json", "--limit", "1", *asked)[1])
    finding = told["newest_requests"][0]["finding"]
    assert run("mark", finding, "--as", "true_positive", *asked)[:2] == (0, "marked 1\n")
    assert finding in run("attacks", "--json", "-q", "mark:true_positive", "--group-by", "none", *asked)[1]
    code, out, _ = run("mark", "--attack", attack["id"], "--as", "false_positive", "--json", *asked)
    assert (code, lines(out)[0]["marked"] >= 1) == (0, True)
    assert attack["id"] not in {one["id"] for one in lines(run("attacks", "--json", "--limit", "0", *asked)[1])}
    assert run("mark", "--attack", attack["id"], "--as", "none", *asked)[0] == 0
    assert run("attacks", "--json", "--limit", "0", *asked)[1] == before


def test_ignore_rules_from_the_first_to_the_last(run: Run, asked: tuple[str, ...]) -> None:
    """list, add, disable, enable and remove do what they say, on a store and on a server."""
    rules = ("settings", "ignore-rules")
    assert "there are none" in run(*rules, "list", *asked)[1]
    code, out, _ = run(
        *rules, "add", "sqli", "--point", "request.query.id", "--host", "a.example", "--reason", "x", "--json", *asked
    )
    (rule,) = lines(out)
    assert (code, rule["sentence"]) == (0, "SQL injection at request.query.id on a.example")
    assert rule["author"] == ("command line" if asked[0] == "--store" else "test admin")
    for word, enabled in (("disable", False), ("enable", True)):
        (changed,) = lines(run(*rules, word, rule["id"], "--json", *asked)[1])
        assert changed["rule"].get("enabled", True) is enabled
    assert rule["sentence"] in run(*rules, "list", *asked)[1]
    assert run(*rules, "remove", rule["id"], *asked)[:2] == (0, f"removed {rule['id']}\n")
    assert run(*rules, "list", "--json", *asked)[1] == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("attacks", "--group-by", "atack"), "did you mean 'attack'"),
        (("attacks", "--sort", "requets"), "did you mean 'requests'"),
        (("attacks", "-q", "(host:a OR statsu:1)"), "did you mean 'status'"),
        (("attack", "x"), "there is no attack of this id"),
        (("incidents", "--sort", "hosts"), "cannot be ordered by hosts"),
        (("mark", "0" * 16), "--as says what it is"),
        (("mark", "--as", "true_positive"), "either findings or an attack"),
        (("mark", "0" * 16, "--as", "true_positive"), "there is no finding 0000000000000000"),
        (("mark", "0" * 16, "--as", "true"), "a mark is"),
        (("mark", "0" * 16, "-q", "a", "--as", "none"), "filters are for an attack"),
        (("settings", "ignore-rules", "add", "sqlli"), "(try: sqli)"),
        (("settings", "ignore-rules", "remove", "x"), "there is no ignore rule 'x'"),
    ],
)
def test_a_wrong_question_about_attacks_ends_with_2(
    run: Run, asked: tuple[str, ...], words: tuple[str, ...], message: str
) -> None:
    """The message is the same from a store and from a server, and names the nearest word."""
    code, out, err = run(*words, *asked)
    assert (code, out) == (2, "")
    assert message in err


def test_a_viewer_marks_nothing(run: Run, attacks_served: Served) -> None:
    """The role of the token counts."""
    words = ("--server", attacks_served.url, "--token", attacks_served.tokens["viewer"])
    assert "needs the role analyst" in run("mark", "0" * 16, "--as", "none", *words)[2]
    assert "needs the role admin" in run("settings", "ignore-rules", "add", "sqli", *words)[2]


def test_hostile_attacks_do_not_reach_the_terminal(run: Run, chdb_dsn: str) -> None:
    """Control characters and markup in hosts, paths and payloads are shown, not obeyed."""
    with Store(chdb_dsn, retention_days=0) as store:
        item = exchanges(seed=1, count=1)[0]
        item.path, item.host = "/\x1b[31mred\x07[bold]x[/bold]", "h\x1b]0;title\x07"
        item.query, item.status = "id=1%27%20OR%20%271%27%3D%271%1b[31m", 500
        save(store, [item])
    (attack, *_) = lines(run("attacks", "--json", "--store", chdb_dsn)[1])
    for words in (("attacks",), ("attack", attack["id"])):
        assert not {"\x1b", "\x07"} & set(run(*words, "--store", chdb_dsn)[1])


def test_a_reader_that_goes_away_is_no_error(filled: str) -> None:
    """`apitrail requests | head -1` ends quietly."""
    command = f"{sys.executable} -c 'from apitrail.cli import main; main()' requests --json --limit 0 --store {filled} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    assert (len(done.stdout.splitlines()), done.stderr) == (1, "")


def test_a_narrow_terminal_cuts_texts_before_numbers() -> None:
    """Wide columns of text give way first, numbers never; where there is room nothing is cut."""
    assert fitting([70, 12, 8, 160], [10, 10, 8, 10], 400) == [70, 12, 8, 160]
    narrow = fitting([70, 12, 8, 160], [10, 10, 8, 10], 120)
    assert sum(narrow) + 2 * 3 == 120
    assert narrow[1:3] == [12, 8]
    assert fitting([70, 12, 8, 160], [10, 10, 8, 10], 20) == [10, 10, 8, 10]
