"""Paths, URLs, XML and probes: found in every encoding, silent in ordinary requests."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.families import known_paths, paths, probes, urls, xml
from apitrail.inspect.attacks.families.path_tokens import climb
from apitrail.inspect.attacks.families.url_tokens import target_at
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.model.finding import Finding
from apitrail.sources import ndjson
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

SIGNATURES = (*paths.SIGNATURES, *urls.SIGNATURES, *xml.SIGNATURES, *probes.SIGNATURES, *known_paths.SIGNATURES)
PLACES = ("query", "json", "form")
PROOFS = [(signature, text, place) for signature in SIGNATURES for text in signature.fires for place in PLACES]
SILENT = [(signature, text, place) for signature in SIGNATURES for text in signature.silent for place in PLACES]
NOT_IN_JSON = {"url-inside-bare"}
"""Rules of the parameters of a URL or a form."""
MULTIPART = '--b\r\nContent-Disposition: form-data; name="f"; filename="{}"\r\n\r\nx\r\n--b--\r\n'
OF_ONE_PLACE: list[tuple[str, dict[str, object]]] = [
    ("scanner", {"headers": [["User-Agent", "sqlmap/1.7 (https://sqlmap.org)"]]}),
    ("scanner", {"headers": [["User-Agent", "Mozilla/5.0 (compatible; Nuclei - Open-source project)"]]}),
    ("scanner", {"url": "/.env"}),
    ("scanner", {"url": "/app/.git/config"}),
    ("scanner", {"url": "/wp-login.php"}),
    ("scanner", {"url": "/actuator/heapdump"}),
    ("scanner", {"url": "/config.php.bak"}),
    ("scanner", {"url": "/backup.tar.gz"}),
    ("scanner", {"url": "/do.php%23.png"}),
    ("scanner", {"url": "/a.jsp;x.css"}),
    ("file_upload", {"headers": [["Content-Type", "multipart/form-data; boundary=b"]], "body": MULTIPART.format("a.php.jpg.phtml")}),
    ("file_upload", {"headers": [["Content-Type", "multipart/form-data; boundary=b"]], "body": MULTIPART.format("x.jsp")}),
    ("file_upload", {"headers": [["X-Filename", "a.php"]]}),
    ("file_upload", {"headers": [["X-File-Name", "b.phtml.."]]}),
    ("cve", {"headers": [["X-Original-URL", "/admin"]]}),
    ("cve", {"headers": [["User-Agent", "%{(#a=1).(#b)}"]]}),
    ("cve", {"url": "/public/;/admin/users"}),
    ("cve", {"url": "/pages/doenterpagevariables.action", "method": "POST"}),
    ("cve", {"url": "/mgmt/tm/util/bash"}),
    ("cve", {"url": "/vpns/portal/scripts/newbm.pl"}),
    ("cve", {"url": "/cgi-bin/luci/;stok=/locale"}),
    ("cve", {"url": "/webtools/control/ProgramExport"}),
    ("cve", {"url": "/functionRouter"}),
    ("rfi", {"url": "/index.php?page=http://203.0.113.9/x.txt"}),
    ("rfi", {"url": "/index.php?mosConfig_absolute_path=https://a.example"}),
    ("invalid_xml", {"headers": [["Content-Type", "application/xml"]], "body": "<?xml version='1.0'?><a><b></a>"}),
    ("ptrav", {"url": "/static/..;/manager/html"}),
    ("auth", {"headers": [["Authorization", "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."]]}),
]  # fmt: skip


def found(text: str = "", place: str = "", **more: object) -> tuple[Finding, ...]:
    """What is found in a text at a place of a request, or in a request with some members."""
    row: dict[str, object] = {"id": "1", "method": "POST", "url": "/api/items", "headers": [], "body": ""}
    if place == "query":
        row["url"] = f"/api/items?q={quote(text, safe='')}"
    elif place == "json":
        row |= {"headers": [["Content-Type", "application/json"]], "body": json.dumps({"name": text})}
    elif place == "form":
        row |= {"headers": [["Content-Type", "application/x-www-form-urlencoded"]], "body": f"name={quote_plus(text)}"}
    exchange = ndjson.NDJSON.start(())(json.dumps(row | more))
    assert exchange is not None
    return findings(Reading(exchange, read_headers(exchange.headers)))


@pytest.mark.parametrize(("signature", "text", "place"), PROOFS)
def test_what_a_signature_names_is_found(signature: Signature, text: str, place: str) -> None:
    """Each text that must fire does, as the type of its signature."""
    if place == "json" and signature.rule in NOT_IN_JSON:
        pytest.skip("not a rule of JSON")
    assert signature.type in {finding.type for finding in found(text, place)}


@pytest.mark.parametrize(("signature", "text", "place"), SILENT)
def test_what_a_signature_lets_pass_is_silent(signature: Signature, text: str, place: str) -> None:
    """No text that must be silent is found by the signature."""
    assert signature.rule not in {finding.rule for finding in found(text, place)}


@pytest.mark.parametrize(("kind", "members"), OF_ONE_PLACE)
def test_what_belongs_to_one_place_is_found_there(kind: str, members: dict[str, object]) -> None:
    """Probes of a path, headers and uploads are found where they are sent."""
    assert kind in {finding.type for finding in found(**members)}


@pytest.mark.parametrize(
    "text",
    [
        "[Handling errors](../servers/handling-errors.md) is what you want to read after this page.",
        "Open http://localhost:3000 in your browser, it is the server that you have started.",
        "https://hooks.example.com/services/T00/B00?x=1", "../lib/index.js" + "", "file.tar.gz", "1.2.3.4", "10.0.0.0/8",
        "data:image/png;base64,iVBORw0KGgo=", "C:/Work/report.docx", "/home/docs/a.txt", "5 // 3", "https://shop.example.com/a?b=c&d=e",
        "Read /etc/newman for the files that are to be run, or mount it.", "<p>Hello</p>", "12:30", "v1..v2", "wait... what?",
    ],
)  # fmt: skip
def test_ordinary_texts_are_silent(text: str) -> None:
    """Links, prose, versions and public URLs are no attacks."""
    assert found(text, "json") == ()


@pytest.mark.parametrize(
    ("path", "is_dump"),
    [("/dump.sql", True), ("/old/site.sql", True), ("/data/migrations/1699_add-index.sql", False), ("/a/b/c/backup.sql", True)],
)
def test_migrations_of_an_application_are_no_dumps(path: str, is_dump: bool) -> None:
    """A file of SQL deep inside an application is one of its migrations, unless its name says backup or dump."""
    assert bool(found(url=path)) is is_dump


@given(
    st.lists(st.sampled_from(["../", "..//", "..\\", ".././", "%2e%2e/", "..%2f"]), min_size=2, max_size=8),
    st.sampled_from(PLACES),
)
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
def test_slashes_and_encodings_do_not_hide_a_climb(steps: list[str], place: str) -> None:
    """Doubled slashes, the other slash and escapes leave the path what it is."""
    assert {"ptrav", "lfi"} & {finding.type for finding in found("".join(steps) + "etc/passwd", place)}


@given(st.integers(0, 255), st.integers(0, 255), st.sampled_from(["{}", "0x{:x}"]))
def test_numbers_do_not_hide_a_loopback(second: int, last: int, form: str) -> None:
    """Decimal and hexadecimal writings of an address lead where the address leads."""
    number = 127 << 24 | second << 16 | last
    assert target_at(f"http://{form.format(number)}/", 0).leads == "loopback"


@given(st.text(max_size=200))
def test_readers_never_crash(text: str) -> None:
    """Any text can be read as a path and as a URL."""
    climb(text)
    target_at(text, 0)
    for place in PLACES:
        found(text.encode("utf-8", "replace").decode(), place)


@pytest.mark.parametrize(
    "piece", ["../", "..\\", "/", ".", "http://", "<!DOCTYPE ", "\x00", "%2e%2e%2f", "//a@", "/./", "é../", ";/", "<!ENTITY "]
)
def test_hostile_repetition_takes_linear_time(piece: str) -> None:
    """64 KB of one sign are looked at in reasonable time."""
    found("warm", "json")
    assert cost(lambda: found(piece * (65_536 // len(piece)), "json"), below=1.5) < 1.5
