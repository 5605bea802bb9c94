"""Script in markup and without, templates, includes and prompts: each signature's proof, through the whole detection."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pointing import FORM, JSON, reading

from apitrail.inspect.attacks.detecting import findings
from apitrail.inspect.attacks.families import elements, html, prompts, scripts, templates
from apitrail.inspect.attacks.families.html_tokens import script_scheme, tag
from apitrail.inspect.attacks.families.script_code import mentioned, runs
from apitrail.inspect.attacks.families.template_expressions import computes, resolved
from apitrail.inspect.attacks.matching import Matcher, matcher
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value
from apitrail.model.exchange import Exchange
from apitrail.model.finding import Finding
from timing import cost

pytestmark = pytest.mark.rows("A1.2")

SIGNATURES = (*html.SIGNATURES, *elements.SIGNATURES, *scripts.SIGNATURES, *templates.SIGNATURES, *prompts.SIGNATURES)
TYPES = {signature.type for signature in SIGNATURES}
FIRES = [(signature, text) for signature in SIGNATURES for text in signature.fires]
SILENT = [(signature, text) for signature in SIGNATURES for text in signature.silent]
HOSTILE = (
    "<", "{{", "${", "${${", "{%", "<%", " on=", " onload=", "onload=a(", "<svg onload=", "<a ", "<script", "<!--", '"><a', "javascript:", "alert(",
    "document.cookie", "window[", "`", "\\", "data:,", "eval(", "'+'", "![]+", "<meta ", "style=\\", ":expression(", "ignore all ", "reveal your ", "';",
    "/*", "\x00", "j\ta\tv\ta\t", "&#x3c;", '<a x="', "é<svg onload=alert(1)>", "{{(", "${'", "{{''.", "#set(", "${lower:", "constructor.",
)  # fmt: skip


def in_query(text: str) -> tuple[Finding, ...]:
    """Findings of a text in a parameter."""
    return findings(reading(Exchange(method="GET", path="/s", query=f"q={quote(text, safe='')}")))


def in_json(text: str) -> tuple[Finding, ...]:
    """Findings of a text in a member."""
    return findings(reading(Exchange(method="POST", path="/s", headers=JSON, body=json.dumps({"a": {"b": text}}).encode())))


def in_form(text: str) -> tuple[Finding, ...]:
    """Findings of a text in a field."""
    return findings(
        reading(Exchange(method="POST", path="/s", headers=FORM, body=f"x=1&comment={quote(text, safe='')}".encode()))
    )


def own(found: tuple[Finding, ...]) -> set[str]:
    """The types of these families among findings."""
    return {finding.type for finding in found} & TYPES


@pytest.mark.parametrize("place", [in_query, in_json, in_form])
@pytest.mark.parametrize(("signature", "text"), FIRES, ids=[f"{signature.rule}-{n}" for n, (signature, _) in enumerate(FIRES)])
def test_it_fires(signature: Signature, text: str, place) -> None:
    """What a signature says it finds is found as its type wherever it stands."""
    assert signature.type in own(place(text))


@pytest.mark.parametrize("place", [in_query, in_json, in_form])
@pytest.mark.parametrize(("signature", "text"), SILENT, ids=[f"{signature.rule}-{n}" for n, (signature, _) in enumerate(SILENT)])
def test_it_is_silent(signature: Signature, text: str, place) -> None:
    """What a signature says is harmless is harmless to all of these families."""
    assert not own(place(text)), signature.rule


def test_each_signature_proves_itself() -> None:
    """Each has two examples of both kinds, and a rule of its own name."""
    assert all(len(signature.fires) >= 2 and len(signature.silent) >= 2 for signature in SIGNATURES)
    assert len({signature.rule for signature in SIGNATURES}) == len(SIGNATURES)


HARMLESS = (
    "Use <b>bold</b> and <i>italics</i>, or <br/> for a break",
    "List<String> names; Map<String, List<Integer>> m; if (a < b && c > d) { return x; }",
    '<p style="color:#333">Dear Anna,<br>your order <a href="https://shop.example/o/1">#1</a> was sent.</p><img src="https://shop.example/a.png" alt="">',
    "Add `<script src='app.js'></script>` to the end of the body and the page will load it.",
    "```html\n<img src=x onerror=alert(1)>\n```\nis what the scanner of this page will send when you use it.",
    'fetch("/api/items").then(r => r.json()).then(d => setItems(d))',
    'const el = document.getElementById("x"); el.addEventListener("click", () => save());',
    "query($id: ID!) { user(id: $id) { name orders(first: 10) { edges { node { id } } } } }",
    "$(document).ready(function() { $('.x').hide(); });",
    "def f(self): return self.__class__.__name__",
    "I can't do it; it's (really) \"hard\", isn't it?",
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><set name="x">1</set></soap:Body></soap:Envelope>',
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M0 0L10 10"/></svg>',
    "{{ price * quantity }} {{ formatDate(order.date, 'YYYY') }} {{ 'hello' | upper }} ${var.region}-${local.name}",
    "echo ${PATH:-/usr/bin} $((1+2)) ${{ env.NAME }}",
    "Please ignore my previous message, I found the invoice. The instructions for returning it are clear.",
    "Act as a reviewer and summarize the following text.",
)  # fmt: skip


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_stays_quiet(text: str) -> None:
    """Markup, programs, templates and sentences as people send them."""
    assert not own(in_json(text))


def test_a_text_cut_by_signs_of_the_query_is_seen_whole() -> None:
    """An equals or ampersand sign that was not escaped parts a payload; it is found all the same."""
    assert own(findings(reading(Exchange(method="GET", path="/", query="%3Csvg%20onload=alert&lpar;1&rpar;%3E")))) == {"xss"}
    assert own(findings(reading(Exchange(method="GET", path="/", query="a=1&onfocus=fetch(name)")))) == {"xss"}


_BASES = (
    "<svg/onload=alert(1)>",
    "<img src=x onerror=location=name>",
    "<script>top.x()</script>",
    "javascript:alert(1)",
    "<details open ontoggle=eval(name)>",
)


@settings(max_examples=60, deadline=None)
@given(
    base=st.sampled_from(_BASES),
    upper=st.lists(st.booleans(), min_size=60, max_size=60),
    prefix=st.sampled_from(["", "x", '"', "'>", "1 ", "é"]),
)
def test_letter_case_and_what_stands_before_hide_nothing(base: str, upper: list[bool], prefix: str) -> None:
    """Any case, after any short prefix that leaves a markup attack one."""
    text = "".join(letter.upper() if up else letter for letter, up in zip(base, upper, strict=False))
    assert "xss" in own(in_query((prefix if base[0] == "<" else "") + text))


@settings(max_examples=60, deadline=None)
@given(
    gap=st.text("\t\n\f /", min_size=1, max_size=6),
    equals=st.text("\t\n\f ", max_size=4),
    code=st.sampled_from(["alert(1)", "top.x()", "fetch`//e`"]),
)
def test_space_and_slashes_between_attributes_hide_nothing(gap: str, equals: str, code: str) -> None:
    """What a browser skips between the parts of a tag is skipped."""
    assert "xss" in own(in_json(f"<svg{gap}id=1{gap.replace('/', ' ')} onload{equals}={equals}{code}>"))


@settings(max_examples=60, deadline=None)
@given(
    at=st.lists(st.integers(0, 9), max_size=4),
    form=st.sampled_from(["&#{};", "&#x{:x};", "&#0000{};"]),
    junk=st.sampled_from(["", "\t", "\n", "&Tab;"]),
)
def test_entities_and_ignored_characters_in_a_scheme_hide_nothing(at: list[int], form: str, junk: str) -> None:
    """Letters of the scheme as entities, tabs and line ends within."""
    scheme = "".join(form.format(ord(letter)) if n in at else letter + junk for n, letter in enumerate("javascript"))
    assert "xss" in own(in_form(f"<a href='{scheme}:top.x(1)'>x</a>"))


@settings(max_examples=60, deadline=None)
@given(
    left=st.integers(2, 9999),
    right=st.integers(2, 9999),
    space=st.text(" ", max_size=3),
    signs=st.sampled_from([("{{", "}}"), ("${", "}"), ("#{", "}"), ("<%=", "%>")]),
)
def test_arithmetic_between_signs_is_found(left: int, right: int, space: str, signs: tuple[str, str]) -> None:
    """Products of any numbers in any of the common signs."""
    assert own(in_query(f"{signs[0]}{space}{left}{space}*{space}{right}{space}{signs[1]}")) == {"ssti"}


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("<>\"'`=/ {}$%#()[]:;&xonjav\\\n\x00"), max_size=200))
def test_no_check_fails_on_odd_text(text: str) -> None:
    """Whatever is sent, detection answers."""
    in_json(text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """64 KB of one sign take no more than a share of a second, checks and all."""
    value = Value((text * 65_536)[:65_536], "request", "query", ("q",))
    assert cost(lambda: matcher().hits([value]), below=0.5) < 0.5


@pytest.mark.parametrize("signature", SIGNATURES, ids=lambda signature: signature.rule)
def test_a_check_is_cheap(signature: Signature) -> None:
    """A check takes some microseconds at its places in the texts that fire."""
    values = [Value(text, "request", "query", ("q",)) for text in signature.fires]
    one = Matcher([signature])
    limit = 0.001 * 50 * len(values)
    assert cost(lambda: [one.hits(values) for _ in range(50)], below=limit) < limit


def test_tags_are_read_as_browsers_read_them() -> None:
    """Slashes part attributes, the first of a name wins, quotes may miss, prefixes fall off."""
    found = tag("<x:IMG/src=a src=b\tonError = 'f(\">\")' q", 0)
    assert found is not None
    assert found.name == "img"
    assert found.attributes == {"src": "a", "onerror": 'f(">")', "q": ""}
    assert tag("< 5", 0) is None


def test_schemes_codes_and_expressions_are_told_apart() -> None:
    """The small parsers, each by what it says of a few texts."""
    assert script_scheme("\x01java\nscript:x()") == "x()"
    assert script_scheme("https://e.example") == ""
    assert runs("a.b(1)") > runs("plain words")
    assert computes("'x'*7") > 0.7
    assert computes("user.name|upper") == 0
    assert resolved("${${lower:J}ndi:x}") == "jndi:x"
    assert mentioned("the code `x` is what you use in the page with it", 10, 11)
    assert not mentioned("`x`", 1, 2)
