"""Payloads marked in the text of a request, where they stand as the client sent them (A2.3, S4.6)."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apitrail.console.highlighting import PLACES_LIMIT, highlighted

pytestmark = pytest.mark.rows("S4.6")

BEFORE, AFTER = "POST /v1/", "\nHost: a.example"
MARK = re.compile(r"<mark>(.*?)</mark>", re.DOTALL)


def marked(text: str, *payloads: str) -> list[str]:
    """What is marked in a text, as it stands there."""
    return [html.unescape(found) for found in MARK.findall(highlighted(text, payloads))]


def bare(shown: str) -> str:
    """What somebody reads, without the marks."""
    return html.unescape(re.sub("</?mark>", "", shown))


def in_json(text: str) -> str:
    """A text inside a JSON string."""
    return json.dumps(text)[1:-1]


ENCODERS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent": lambda text: quote(text, safe=""),
    "plus": quote_plus,
    "JSON": in_json,
    "HTML": html.escape,
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "JSON in a query": lambda text: quote(in_json(text), safe=""),
    "HTML in JSON": lambda text: in_json(html.escape(text)),
}
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0\r")


@pytest.mark.parametrize("encode", ENCODERS.values(), ids=ENCODERS)
@given(payload=st.text(LETTERS, max_size=30))
def test_marked_where_it_stands_encoded(encode: Callable[[str], str], payload: str) -> None:
    """Whatever the payload, the mark is around what was sent for it, from its first sign to its last."""
    sent = encode(f"'<{payload}\">")
    assert marked(f"{BEFORE}{sent}{AFTER}", f"'<{payload}\">") == [sent]


@given(text=st.text(LETTERS, max_size=60), payloads=st.lists(st.text(LETTERS, max_size=5), max_size=4))
def test_the_text_stays_as_it_is(text: str, payloads: list[str]) -> None:
    """Whatever is marked, what somebody reads is the text, and no markup in it is markup."""
    shown = highlighted(text, payloads)
    assert bare(shown) == text
    assert set(re.findall(r"<[^>]*>", shown)) <= {"<mark>", "</mark>"}


@pytest.mark.parametrize(
    ("text", "payloads", "marks"),
    [
        ("a=1&b=2", (), []),
        ("a=1&b=2", ("",), []),
        ("a=1&b=2", ("3",), []),
        ("x' or 1=1; x' or 1=1", ("' or 1=1",), ["' or 1=1", "' or 1=1"]),
        ("abcdef", ("abcd", "cdef"), ["abcd", "ef"]),
        ("abcdef", ("abcdef", "cd"), ["abcdef"]),
        ("abcdef", ("ab", "cd"), ["ab", "cd"]),
        ("aaaa", ("aa",), ["aa", "aa"]),
        ("q=%C3%A4%27--", ("ä'--",), ["%C3%A4%27--"]),
        ("q=%E4'--", ("'--",), ["'--"]),
        ("q=x%27%20or%201", ("' or 1",), ["%27%20or%201"]),
        ("<script>", ("<script>",), ["<script>"]),
        ("&lt;b&gt;", ("<b>",), ["&lt;b&gt;"]),
        ("a" * 100, ("a",), ["a"] * PLACES_LIMIT),
    ],
)  # fmt: skip
def test_marks(text: str, payloads: tuple[str, ...], marks: list[str]) -> None:
    """Each place is marked once; where payloads overlap, their marks meet; bytes of one sign stay together."""
    assert marked(text, *payloads) == marks


def test_within_masked_content() -> None:
    """Beside masked secrets the payload is marked in its own place; a payload that is masked away is not marked."""
    text = 'Authorization: Bearer ***\nCookie: sid=***\n\n{"password": "***", "name": "1\' OR \'1\'=\'1"}'
    assert marked(text, "1' OR '1'='1", "s3cret' OR 1") == ["1' OR '1'='1"]
    assert bare(highlighted(text, ["1' OR '1'='1"])) == text
