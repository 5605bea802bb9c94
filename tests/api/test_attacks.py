"""Attacks, incidents, marks and ignore rules over real HTTP: the answers of `explore`, each role as far as it may (A2, A3)."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apitrail.explore.attacks import grouping, incidents, listing, opening, statistics
from apitrail.explore.attacks.asking import Asked
from apitrail.explore.attacks.measures import MEASURES
from apitrail.model.attack import TITLES
from apitrail.model.fields import CATALOGUE
from apitrail.query.conditions import OPS
from apitrail.query.interval import interval
from apitrail.query.text import parse
from apitrail.query.tree import Question
from apitrail.store import Store
from attacking import attacked, said
from serving import Served, serving
from traffic import agree, save

API = "/api/v1"
PLANTED = "PLANTED-5ecret-9f27"
Answer = tuple[int, Any]


@pytest.fixture(scope="module")
def served(make_dsn: Callable[[str], str]) -> Iterator[Served]:
    """A server over 300 exchanges, a third of them attacks."""
    with Store(make_dsn("chdb"), retention_days=0) as store:
        save(store, attacked(seed=41, count=300))
        with serving(store) as found:
            yield found


@pytest.fixture(autouse=True)
def _unmarked(served: Served) -> Iterator[None]:
    """Every test ends without marks."""
    yield
    marked = [int(record.key) for record in served.store.records.current("mark").values()]
    if marked:
        served.store.mark(marked, "", "test")


def call(served: Served, method: str, path: str, role: str = "viewer", body: Any = None, **params: Any) -> httpx.Response:
    """One call."""
    with served.client(role) as client:
        content = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        return client.request(method, f"{API}{path}", params=params, content=content)


def get(served: Served, path: str, **params: Any) -> Any:
    """The JSON of an answer that must be one."""
    answer = call(served, "GET", path, **params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(served: Served, path: str, body: Any, role: str = "viewer") -> Answer:
    """Status and JSON of a question that is sent."""
    answer = call(served, "POST", path, role, body)
    return answer.status_code, answer.json()


def walked(page: Callable[[str], Any]) -> list[Any]:
    """All pages by their cursors."""
    found, cursor = [], ""
    while True:
        answer = page(cursor)
        found += answer["items"]
        cursor = answer["next_cursor"]
        if not cursor:
            assert answer["total"] == len(found)
            return found


def attacks_of(served: Served, q: str = "", **options: Any) -> list[Any]:
    """What the library says."""
    return list(listing.every_attack(served.store, Asked(Question(parse(q))), **options))


@pytest.mark.rows("A2.1")
@pytest.mark.parametrize(
    "params", [{}, {"q": "attack:sqli"}, {"preset": "ip", "sort": "-requests"}, {"group_by": "method,status", "sort": "findings"}]
)
def test_attacks_are_paged_by_cursor(served: Served, params: dict[str, str]) -> None:
    """A2.1: all pages together are the list of the library, each attack once, in every grouping and order."""
    words = grouping.chosen(params.get("group_by", ""), params.get("preset", ""))
    wanted = said(attacks_of(served, params.get("q", ""), group_by=words, sort=params.get("sort", listing.ORDER)))
    assert walked(lambda cursor: get(served, "/attacks", limit=7, cursor=cursor, **params)) == wanted
    assert len({one["id"] for one in wanted}) == len(wanted) > 1


def test_an_interval_that_counts_back_is_the_same_on_every_page(served: Served) -> None:
    """A cursor keeps the edges of `-24h` as they were on the first page."""
    assert len(
        walked(lambda cursor: get(served, "/attacks", limit=5, cursor=cursor, **{"from": "-900000h", "to": "now"}))
    ) == len(attacks_of(served))


@pytest.mark.rows("A2.3")
def test_one_attack_its_requests_and_its_csv(served: Served) -> None:
    """A2.3: an attack opens by its id under filters, with its requests by cursor and as CSV."""
    attack = max(attacks_of(served), key=lambda one: one.findings)
    asked = Asked(Question(parse("status:>=200")), attack.id)
    assert get(served, f"/attacks/{attack.id}", q="status:>=200") == said(opening.open_attack(served.store, asked))
    wanted = said(list(opening.every_finding(served.store, asked)))
    path = f"/attacks/{attack.id}/requests"
    assert walked(lambda cursor: get(served, path, q="status:>=200", limit=3, cursor=cursor)) == wanted
    answer = call(served, "GET", f"/attacks/{attack.id}/export.csv", q="status:>=200")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    assert [row["finding"] for row in csv.DictReader(io.StringIO(answer.text))] == [one["finding"] for one in wanted]


@pytest.mark.rows("A2.2")
def test_the_list_as_csv(served: Served) -> None:
    """A2.2: `attacks.csv` has every attack of the same question, not only a page; a wrong question is refused before it begins."""
    answer = call(served, "GET", "/attacks.csv", q="-attack:rce", preset="type", sort="-requests")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    wanted = attacks_of(served, "-attack:rce", group_by=grouping.PRESETS["type"], sort="-requests")
    assert [(row["id"], row["requests"], row["group.attack"]) for row in rows] == [
        (one.id, str(one.requests), one.group["attack"]) for one in wanted
    ]
    assert call(served, "GET", "/attacks.csv", sort="hosts").status_code == 400


@pytest.mark.rows("A3.2")
def test_incidents(served: Served) -> None:
    """A3.2: incidents by cursor, one by its id under filters; closed and reopened by who may, each time with the new state."""
    wanted = said(list(incidents.every_incident(served.store, Asked(Question()))))
    assert walked(lambda cursor: get(served, "/incidents", limit=4, cursor=cursor)) == wanted
    one = wanted[0]
    assert get(served, f"/incidents/{one['id']}") == one
    assert get(served, "/incidents", q="attack:sqli", sort="-requests")["total"] == sum(
        other["attack"]["group"]["attack"] == "sqli" for other in wanted
    )
    assert post(served, f"/incidents/{one['id']}/close", None, "viewer")[0] == 403
    status, closed = post(served, f"/incidents/{one['id']}/close", None, "analyst")
    assert (status, closed["vulnerability"], closed["id"]) == (200, "closed", one["id"])
    assert get(served, f"/incidents/{one['id']}")["vulnerability"] == "closed"
    assert post(served, f"/incidents/{one['id']}/reopen", None, "analyst") == (200, one)
    assert post(served, "/incidents/x/close", None, "analyst")[0] == 404


QUERY: dict[str, Any] = {
    "select": ["requests", "sessions", "hosts"], "group_by": ["attack", "ip"], "order_by": "-requests", "time_range": "-900000h",
    "where": {"and": [{"field": "status", "op": ">=", "value": 200}, {"not": {"field": "attack", "op": "in", "value": ["rce"]}}]},
}  # fmt: skip


@pytest.mark.rows("A2.5")
def test_query(served: Served) -> None:
    """A2.5: groups with the selected measures and nothing else, by cursor; a tree and a text give the same."""
    found = walked(lambda cursor: post(served, "/attacks/query", {**QUERY, "limit": 3, "cursor": cursor})[1])
    question = Question(parse("status:>=200 -attack:rce"), interval("-900000h", ""))
    wanted = listing.aggregate(
        served.store, Asked(question), group_by=QUERY["group_by"], select=QUERY["select"], sort="-requests", limit=1000
    )
    assert found == said(wanted.items)
    assert {tuple(one) for one in found} == {("id", "group", "requests", "sessions", "hosts")}
    rest = {name: value for name, value in QUERY.items() if name != "where"}
    assert post(served, "/attacks/query", {**rest, "q": "status:>=200 -attack:rce", "limit": 1000})[1]["items"] == found
    span = {"from": "2020-01-01", "to": "2026-05-22T00:00:00Z"}
    bounded = post(served, "/attacks/query", {"preset": "none", "time_range": span, "limit": 1000})[1]
    assert bounded["total"] == len({one["id"] for one in bounded["items"]}) > 0
    assert post(served, "/attacks/query", {})[1]["items"][0].keys() == {"id", "group", "requests"}


@pytest.mark.rows("A2.2")
@pytest.mark.parametrize(
    ("q", "tree"),
    [("requests:>2", {"field": "requests", "op": ">", "value": 2}), ("-ips:1", {"not": {"field": "ips", "value": 1}})],
)
def test_a_filter_on_what_attacks_add_up_to(served: Served, q: str, tree: dict[str, Any]) -> None:
    """A2.2: `requests:>100` works as text and as tree, in lists, aggregations and statistics."""
    wanted = [one for one in attacks_of(served) if (one.requests > 2 if q == "requests:>2" else one.ips != 1)]
    assert 0 < len(wanted) < len(attacks_of(served))
    assert {one["id"] for one in get(served, "/attacks", q=q, limit=1000)["items"]} == {one.id for one in wanted}
    assert post(served, "/attacks/query", {"where": tree, "limit": 1000})[1]["total"] == len(wanted)
    figure = post(served, "/attacks/stats", {"kind": "value", "measure": "findings", "where": tree})[1]
    assert figure["value"] == sum(one.findings for one in wanted)


@pytest.mark.rows("A2.5")
def test_statistics(served: Served) -> None:
    """A2.5: a number, a series, a top list and shares are those of the library."""
    asked, store = Asked(Question(parse("attack:sqli"))), served.store
    ask = {"where": {"field": "attack", "value": "sqli"}}

    def told(**members: Any) -> Any:
        status, answer = post(served, "/attacks/stats", {**ask, **members})
        assert status == 200, answer
        return answer

    assert told()["value"] == statistics.single(store, asked)
    assert told(kind="series", measure="sessions", by="host", bars=10)["series"] == said(
        statistics.series(store, asked, "sessions", by="host", bars=10)
    )
    assert told(kind="top", field="ip", measure="payloads", limit=2)["items"] == said(
        statistics.top(store, asked, "ip", "payloads", limit=2)
    )
    assert told(kind="pie", field="status", limit=2)["items"] == said(statistics.pie(store, asked, "status", limit=2))


@pytest.mark.rows("A2.5")
def test_schema(served: Served) -> None:
    """A2.5: a program learns every field, measure, preset, sign, type and limit; what is said to work works."""
    found = get(served, "/attacks/schema")
    assert [field["word"] for field in found["fields"]] == [field.word for field in CATALOGUE]
    assert [measure["name"] for measure in found["measures"]] == list(MEASURES)
    assert (found["ops"], found["types"], set(found["statistics"])) == (
        list(OPS),
        dict(TITLES),
        {"value", "series", "top", "pie"},
    )
    assert found["presets"] == {name: list(words) for name, words in grouping.PRESETS.items()}
    for field in found["fields"]:
        status, _ = post(served, "/attacks/query", {"group_by": [field["word"]]})
        assert status == (200 if field["groupable"] else 400), field["word"]
    for measure in found["measures"]:
        for name in (measure["name"], f"-{measure['name']}"):
            status, _ = post(served, "/attacks/query", {"select": [measure["name"]], "order_by": name})
            assert status == (200 if measure["sortable"] else 400), name
        status, _ = post(served, "/attacks/stats", {"kind": "value", "measure": measure["name"]})
        assert status == (200 if measure["statistic"] else 400), measure["name"]
    assert post(served, "/attacks/query", {"limit": found["limits"]["limit"] + 1})[0] == 400
    assert len(post(served, "/attacks/query", {"group_by": ["host"] * (found["limits"]["group_by"] + 1)})[1]["error"]) >= 2


@pytest.mark.parametrize(
    ("path", "body", "words", "suggestion"),
    [
        ("query", b"{", "the body is no JSON", None),
        ("query", b"[1]", "the body is an object", "{}"),
        ("query", b"[" * 100_000, "no JSON|nested too deeply", None),
        ("query", {"selct": ["requests"]}, "no member 'selct' here; did you mean 'select'", "select"),
        ("query", {"select": "requests"}, "array", None),
        ("query", {"select": ["requets"]}, "no measure 'requets'", "requests"),
        ("query", {"group_by": ["atack"]}, "no field 'atack'", "attack"),
        ("query", {"group_by": ["attack"], "preset": "ip"}, "not both", "group_by"),
        ("query", {"preset": "ips"}, "a preset is one of", "default"),
        ("query", {"q": "a", "where": {}}, "q or where, not both", "where"),
        ("query", {"q": "statsu:1"}, "no field 'statsu'", "status"),
        ("query", {"where": {"and": [{"field": "statsu", "value": 1}]}}, r"where\.and\[0\]: there is no field", "status"),
        ("query", {"where": []}, "object", None),
        ("query", {"order_by": "hosts"}, "cannot be ordered", "-last_seen"),
        ("query", {"time_range": "-24x"}, "from takes a time", "-24h"),
        ("query", {"time_range": {"form": "-24h"}}, "form", None),
        ("query", {"time_range": {"from": "now", "to": "-1h"}}, "before it starts", "swap from and to"),
        ("query", {"limit": 0}, "limit is from 1 to 1000", "1000"),
        ("query", {"limit": "many"}, "int", None),
        ("query", {"cursor": "AAAA"}, "the cursor is not one", None),
        ("stats", {"kind": "tops"}, "kind is one of", "value"),
        ("stats", {"measure": "hosts"}, "hosts is no number", "requests"),
        ("stats", {"kind": "top"}, "needs a field", "field"),
        ("stats", {"kind": "value", "field": "ip"}, "has no field", None),
        ("stats", {"kind": "top", "field": "ip", "by": "host"}, "has no by", None),
        ("stats", {"kind": "top", "field": "hots"}, "no field 'hots'", "host"),
        ("stats", {"kind": "top", "field": "ip", "limit": 1001}, "limit is from 1 to 1000", None),
        ("stats", {"kind": "pie", "field": "ip", "measure": "requests"}, "shares are of findings", "findings"),
        ("stats", {"kind": "series", "bars": 0}, "bars is from 1 to 1000", "96"),
        ("stats", {"fields": "ip"}, "no member 'fields'", "field"),
        ("mark", {}, "mark", None),
        ("mark", {"mark": "true_positive"}, "either findings or an attack", "findings"),
        ("mark", {"mark": "true", "findings": ["0" * 16]}, "a mark is", "true_positive"),
        ("mark", {"mark": "true_positive", "findings": ["12"]}, "16 hex digits", None),
        ("mark", {"mark": "true_positive", "findings": ["0" * 16], "q": "a"}, "filters are for an attack", "attack"),
        ("mark", {"mark": "true_positive", "findings": ["0" * 16], "attack": "x"}, "either findings or an attack", "findings"),
    ],
)
def test_a_wrong_question_is_a_400_with_the_nearest_word(
    served: Served, path: str, body: Any, words: str, suggestion: str | None
) -> None:
    """No member is dropped and no answer is wider than asked: the one error shape says what is wrong and what was meant."""
    status, answer = post(served, f"/attacks/{path}", body, "analyst")
    assert (status, set(answer), answer["error"]["code"]) == (400, {"error"}, "bad_question")
    assert re.search(words, answer["error"]["message"]), answer
    assert answer["error"].get("suggestion") == suggestion


@pytest.mark.parametrize(
    ("path", "params", "position", "suggestion"),
    [
        ("/attacks", {"q": "statsu:500"}, 0, "status"),
        ("/attacks", {"q": "(host:a OR statsu:500)"}, 11, "status"),
        ("/attacks", {"group": "ip"}, 0, "group_by"),
        ("/attacks", {"group_by": "atack"}, None, "attack"),
        ("/attacks", {"group_by": "ip,ip"}, 0, None),
        ("/attacks", {"group_by": "ip", "preset": "ip"}, 0, "group_by"),
        ("/attacks", {"sort": "hosts"}, 0, "-last_seen"),
        ("/attacks", {"limit": "0"}, 0, "1000"),
        ("/attacks", {"cursor": "AAAA"}, 0, None),
        ("/attacks.csv", {"limit": "5"}, 0, None),
        ("/incidents", {"group_by": "ip"}, 0, None),
        ("/incidents", {"sort": "requets"}, 0, "requests"),
        ("/attacks/schema", {"q": "x"}, 0, None),
    ],
)
def test_a_wrong_address_is_a_400(
    served: Served, path: str, params: dict[str, str], position: int | None, suggestion: str | None
) -> None:
    """Wrong filters, groupings, orders and parameters that are not there are refused with place and nearest word."""
    answer = call(served, "GET", path, **params)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error.get("position"), error.get("suggestion")) == (
        400,
        "bad_question",
        position,
        suggestion,
    )


@pytest.mark.parametrize("path", ["/attacks/x", "/attacks/query", "/attacks/stats", "/attacks/x/requests", "/attacks/x/export.csv", "/incidents/x",
                                  f"/attacks/{grouping.encode(('attack',), ('nothing',))}"])  # fmt: skip
def test_what_is_not_there_is_a_404(served: Served, path: str) -> None:
    """Unknown ids answer 404 in the one error shape; the addresses that only take questions are no attacks."""
    answer = call(served, "GET", path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.dictionaries(
        st.sampled_from(["select", "group_by", "preset", "where", "q", "order_by", "time_range", "limit", "cursor", "x"]),
        st.none() | st.integers() | st.text(max_size=5) | st.lists(st.text(max_size=5) | st.integers(), max_size=2)
        | st.dictionaries(st.sampled_from(["and", "field", "op", "value", "from"]), st.text(max_size=5), max_size=2),
        max_size=4,
    )
)  # fmt: skip
def test_any_question_is_answered_or_refused(served: Served, body: dict[str, Any]) -> None:
    """Whatever is sent, nothing breaks."""
    assert post(served, "/attacks/query", body)[0] in (200, 400)


@pytest.mark.rows("A2.4")
def test_findings_are_marked_by_their_ids(served: Served) -> None:
    """A2.4: what is marked is hidden, no longer counts as an attack, names its mark where it is shown, and can be taken back."""
    before = get(served, "/attacks", preset="none", limit=1000)
    some = [one["group"]["finding"] for one in before["items"][:3]]
    assert post(served, "/attacks/mark", {"findings": some, "mark": "false_positive"}, "viewer")[0] == 403
    assert post(served, "/attacks/mark", {"findings": some, "mark": "false_positive"}, "analyst") == (200, {"marked": 3})
    assert get(served, "/attacks", preset="none")["total"] == before["total"] - 3
    assert {one["group"]["finding"] for one in get(served, "/attacks", q="mark:false_positive", preset="none")["items"]} == set(
        some
    )
    (row,) = get(served, "/attacks", q=f"finding:{some[0]}", preset="none")["items"]
    assert row["mark"] == "false_positive"
    request = get(served, f"/attacks/{row['id']}/requests")["items"][0]["request_id"]
    shown = get(served, f"/requests/{request}")["verdicts"]
    assert {one["id"]: one.get("mark") for one in shown}[some[0]] == "false_positive"
    assert agree(served.store)
    assert post(served, "/attacks/mark", {"findings": some, "mark": ""}, "analyst") == (200, {"marked": 3})
    assert get(served, "/attacks", preset="none", limit=1000) == before
    assert {record.author for record in served.store.records.history("mark")} >= {"test analyst"}


@pytest.mark.rows("A2.4")
def test_an_attack_is_marked_under_filters(served: Served) -> None:
    """A2.4: of a group, what filters and interval leave is marked; the answer says how many findings that were."""
    attack = max(attacks_of(served), key=lambda one: one.requests)
    tree = {"field": "status", "op": ">=", "value": 400}
    ids = {one["finding"] for one in get(served, f"/attacks/{attack.id}/requests", q="status:>=400", limit=1000)["items"]}
    body = {"attack": attack.id, "where": tree, "time_range": {"from": "2020-01-01", "to": "now"}, "mark": "true_positive"}
    assert post(served, "/attacks/mark", body, "analyst") == (200, {"marked": len(ids)})
    assert get(served, f"/attacks/{attack.id}")["mark"] == "mixed"
    assert {
        one["group"]["finding"] for one in get(served, "/attacks", q="mark:true_positive", preset="none", limit=1000)["items"]
    } == ids
    assert post(served, "/attacks/mark", {"attack": "x", "mark": ""}, "analyst")[0] == 404


RULES = "/settings/ignore-rules"


def sent(served: Served, name: str, **members: Any) -> dict[str, Any]:
    """A new request that is stored, as the API shows it."""
    record = {"id": name, "method": "GET", "url": "https://rules.example/find?id=1%27%20OR%20%271%27%3D%271", **members}
    answer = call(served, "POST", "/ingest", "sender", record)
    assert answer.json()["stored"] == 1, answer.text
    return dict(get(served, f"/requests/{name}"))


@pytest.mark.rows("A2.4")
def test_a_rule_acts_at_once_on_new_traffic_and_not_on_old(served: Served) -> None:
    """A2.4: from a false positive a rule is made; the next request is unmarked, the one before stays; switched off, it is found again."""
    assert sent(served, "before")["attacks"] == ["sqli"]
    wanted = {
        "type": "sqli",
        "point": "request.query.id",
        "endpoint": "/find",
        "host": "rules.example",
        "reason": "a query language",
    }
    status, rule = post(served, RULES, wanted, "admin")
    assert (status, rule["rule"], rule["author"]) == (200, wanted, "test admin")
    assert rule["sentence"] == "SQL injection at request.query.id of /find on rules.example"
    assert sent(served, "after")["attacks"] == []
    assert get(served, "/requests/after")["verdicts"] == []
    assert get(served, "/requests/before")["attacks"] == ["sqli"]
    assert get(served, RULES)["items"] == [rule]
    off = call(served, "PUT", f"{RULES}/{rule['id']}", "admin", {"enabled": False}).json()
    assert off["rule"]["enabled"] is False
    assert sent(served, "off")["attacks"] == ["sqli"]
    assert call(served, "PUT", f"{RULES}/{rule['id']}", "admin", {"enabled": True}).status_code == 200
    assert sent(served, "on")["attacks"] == []
    assert call(served, "DELETE", f"{RULES}/{rule['id']}", "admin").json() == {"removed": rule["id"]}
    assert (get(served, RULES)["items"], sent(served, "gone")["attacks"]) == ([], ["sqli"])


def test_only_administrators_make_rules(served: Served) -> None:
    """Everybody who may see sees the rules; an administrator makes, changes and removes them."""
    for role in ("viewer", "analyst"):
        assert post(served, RULES, {"type": "sqli"}, role)[0] == 403
        assert call(served, "PUT", f"{RULES}/x", role, {"enabled": True}).status_code == 403
        assert call(served, "DELETE", f"{RULES}/x", role).status_code == 403
    assert call(served, "GET", RULES, "sender").status_code == 403
    assert get(served, RULES) == {"items": [], "limit": 1000}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "suggestion"),
    [
        ("POST", "", {"type": "sqlli"}, 400, "sqli"),
        ("POST", "", {"type": "sqli", "pont": "x"}, 400, "point"),
        ("POST", "", {}, 400, None),
        ("POST", "", {"type": "sqli", "host": 5}, 400, None),
        ("PUT", "/x", {"enabled": True}, 404, None),
        ("PUT", "/x", {"enabeld": True}, 400, "enabled"),
        ("PUT", "/x", {"enabled": "yes"}, 400, None),
        ("DELETE", "/x", None, 404, None),
    ],
)
def test_a_wrong_rule(served: Served, method: str, path: str, body: Any, status: int, suggestion: str | None) -> None:
    """A rule that can be none, or is not there, is refused in the one error shape."""
    answer = call(served, method, f"{RULES}{path}", "admin", body)
    assert (answer.status_code, answer.json()["error"].get("suggestion")) == (status, suggestion)
    assert get(served, RULES)["items"] == []


@pytest.mark.rows("S4.6", "S2.4")
def test_no_secret_is_in_the_content_of_a_malicious_request(served: Served) -> None:
    """S4.6, S2.4: headers, cookies, JSON and forms, sent and answered, are shown without their secrets; the rest is shown."""
    secret = {"password": PLANTED, "name": "bob"}
    headers = [["Cookie", f"sid={PLANTED}; theme=dark"], ["Authorization", f"Bearer {PLANTED}"], ["X-Api-Key", PLANTED],
               ["Content-Type", "application/json"], ["X-Trace", "trace-7"]]  # fmt: skip
    shown = sent(
        served, "secrets in json", headers=headers, body=json.dumps(secret), response_body=json.dumps({"access_token": PLANTED, "n": 1}),
        response_headers=[["Set-Cookie", f"sid={PLANTED}; Path=/"], ["Content-Type", "application/json"]], status=200,
    )  # fmt: skip
    form = [["Content-Type", "application/x-www-form-urlencoded"], ["A", "1"], ["B", "2"]]
    other = sent(served, "secrets in a form", method="POST", headers=form, body=f"name=bob&password={PLANTED}&token={PLANTED}")
    point = sent(served, "secret point", url=f"https://rules.example/find?token={PLANTED}%27%20OR%20%271%27%3D%271", method="GET")
    for one in (shown, other, point):
        assert PLANTED not in json.dumps(one)
        assert one["attacks"] == ["sqli"]
        rows = get(served, "/attacks", q=f'request:"{one["request_id"]}"', preset="none")["items"]
        assert PLANTED not in json.dumps(rows)
        assert PLANTED not in json.dumps([get(served, f"/attacks/{row['id']}/requests") for row in rows])
    assert "bob" in shown["content"]["request"]["body"]
    assert ["X-Trace", "trace-7"] in [[name.title(), value] for name, value in shown["content"]["request"]["headers"]]
    assert shown["content"]["response"]["body"].count("***") == 1
    assert "name=bob" in other["content"]["request"]["body"]


def test_nobody_asks_without_a_token(served: Served) -> None:
    """Every address of attacks needs a role that may see; a sender may not."""
    for method, path in (("GET", "/attacks"), ("GET", "/attacks.csv"), ("GET", "/incidents"), ("GET", "/attacks/schema"),
                         ("POST", "/attacks/query"), ("POST", "/attacks/stats"), ("POST", "/attacks/mark")):  # fmt: skip
        with served.client() as client:
            assert client.request(method, f"{API}{path}").status_code == 401
        assert call(served, method, path, "sender").status_code == 403
