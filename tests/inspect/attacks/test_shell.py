"""Commands and code are found wherever they stand, and talk about them is not."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.families import code, lines, objects, shell, tokens
from apitrail.inspect.attacks.families.shell_tokens import command_at
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.headers import read_headers
from apitrail.inspect.points.extracting import Reading
from apitrail.model.finding import Finding
from apitrail.sources import ndjson
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

SIGNATURES = (*shell.SIGNATURES, *code.SIGNATURES, *objects.SIGNATURES, *tokens.SIGNATURES, *lines.SIGNATURES)
PLACES = ("query", "json", "form")
PROOFS = [(signature, text, place) for signature in SIGNATURES for text in signature.fires for place in PLACES]
SILENT = [(signature, text, place) for signature in SIGNATURES for text in signature.silent for place in PLACES]
TYPES = {signature.type for signature in SIGNATURES}


def found(text: str, place: str, **more: object) -> tuple[Finding, ...]:
    """What is found in a text at a place of a request."""
    row: dict[str, object] = {"id": "1", "method": "POST", "url": "/api/items", "headers": [], "body": ""}
    if place == "query":
        row["url"] = f"/api/items?q={quote(text, safe='')}"
    elif place == "json":
        row |= {"headers": [["Content-Type", "application/json"]], "body": json.dumps({"name": text})}
    else:
        row |= {"headers": [["Content-Type", "application/x-www-form-urlencoded"]], "body": f"name={quote_plus(text)}"}
    exchange = ndjson.NDJSON.start(())(json.dumps(row | more))
    assert exchange is not None
    return findings(Reading(exchange, read_headers(exchange.headers)))


@pytest.mark.parametrize(("signature", "text", "place"), PROOFS)
def test_what_a_signature_names_is_found(signature: Signature, text: str, place: str) -> None:
    """Each text that must fire does, as the type of its signature."""
    assert signature.type in {finding.type for finding in found(text, place)}


@pytest.mark.parametrize(("signature", "text", "place"), SILENT)
def test_what_a_signature_lets_pass_is_silent(signature: Signature, text: str, place: str) -> None:
    """No text that must be silent is an attack of a type of this family."""
    assert signature.rule not in {finding.rule for finding in found(text, place) if finding.type in TYPES}


def test_each_signature_carries_its_proof() -> None:
    """Two texts at least fire and two stay silent."""
    assert all(len(signature.fires) >= 2 and len(signature.silent) >= 2 for signature in SIGNATURES)


@pytest.mark.parametrize(
    "text",
    [
        "The job runs `ls -al && rm -rf build` and then it is done, as you can see in the log.",
        "```\ncat /etc/passwd | grep root\n```",
        "#!/bin/bash\napt-get update\napt-get install -y nginx\nsystemctl start nginx\n",
        "Use $(document).ready, it is what the docs say; id is the id of the element.",
        "Price: $5 & up; sort by date",
        "mutation { set(id: 1) {\n id\n date\n type\n} }",
        "In Python you call os.system or subprocess to run what the user has asked for.",
        "const x = a && b || c; return x;",
        "curl -X POST https://api.example.com/v1/items -H 'Accept: application/json' -d '{\"a\": 1}'",
        "2024-01-01T10:00:00Z", "archive.tar.gz", "Tom & Jerry; Mickey | Donald",
    ],
)  # fmt: skip
def test_ordinary_texts_are_silent(text: str) -> None:
    """Technical prose, scripts and code are no attacks."""
    assert [found(text, place) for place in PLACES] == [(), (), ()]


@given(
    st.lists(st.sampled_from(["''", '""', "\\", "$@"]), min_size=3, max_size=3), st.sampled_from(["cat", "bash", "wget", "curl"])
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_tricks_inside_a_name_do_not_hide_it(tricks: list[str], name: str) -> None:
    """Quotes, backslashes and empty variables between the letters leave the command what it is."""
    hidden = name[0] + "".join(trick + letter for trick, letter in zip(tricks, name[1:], strict=False))
    hidden += name[4:]
    assert command_at(hidden + " /etc/passwd", 0).name == name
    assert any(finding.type == "rce" for finding in found(f"1;{hidden} /etc/passwd", "query"))


@pytest.mark.parametrize("encode", [quote, lambda text: quote(quote(text, safe=""), safe="")])
def test_encodings_do_not_hide_a_command(encode: object) -> None:
    """A command written once or twice in percent escapes is found in JSON too."""
    assert any(finding.type == "rce" for finding in found(encode("8.8.8.8; cat /etc/passwd"), "json"))  # type: ignore[operator]


@pytest.mark.parametrize(
    "piece", [";", "$(", "`", "|id ", "\n", "'", "a=b;", "eval(", "() {", "c'a't ", "\\", "O:1:", "%0a", "é;id "]
)
def test_hostile_repetition_takes_linear_time(piece: str) -> None:
    """64 KB of one sign are looked at in reasonable time."""
    found("warm; id", "json")
    assert cost(lambda: found(piece * (65_536 // len(piece)), "json"), below=1.5) < 1.5
