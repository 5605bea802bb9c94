"""Detection never raises and stays linear, whatever bytes stand where (A1.1)."""

from __future__ import annotations

from functools import partial
from operator import mul

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.hostile import PROOFS, encoded, everywhere
from tests.pointing import reading

from apitrail.inspect.attacks.detecting import detect
from apitrail.inspect.attacks.matching import CATALOGUE, matcher
from apitrail.inspect.attacks.values import Value, look
from apitrail.model.exchange import Exchange
from apitrail.model.point import parse
from timing import growth

NAMES = st.text(max_size=30)
PIECES = st.one_of(st.sampled_from(PROOFS), st.text(max_size=40), st.sampled_from(tuple("'\"`;|&<>(){}[]$%\\/.=\n\0")))
TEXTS = st.builds(encoded, st.lists(PIECES, max_size=4).map("".join), st.lists(st.integers(0, 9), max_size=4))
BYTES = st.one_of(st.binary(max_size=200), TEXTS.map(lambda text: text.encode("utf-8", "replace")))
EXCHANGES = st.builds(
    Exchange,
    method=NAMES,
    path=TEXTS,
    query=TEXTS,
    host=NAMES,
    headers=st.lists(
        st.tuples(st.sampled_from(("content-type", "cookie", "content-encoding", "x-a", "te")) | NAMES, TEXTS), max_size=5
    ).map(tuple),
    body=BYTES,
)
SHORT, LONG = 2000, 16_000
"""Characters of the two texts whose times are compared."""
UNLIKELY_RATIO = 20
"""How much longer the long text may take: eight times, and what a shared machine adds; work in a square takes 64 times."""
NOTICEABLE = 0.02
"""Seconds below which times tell nothing."""

SLOW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


CUT_COOKIE = Exchange(method="GET", path="/", headers=(("cookie", "&#x00003c;script>"),))
"""A Cookie header that a payload cut at its semicolon: a finding of the whole header, whose point was none."""


@given(EXCHANGES)
@example(CUT_COOKIE)
@SLOW
def test_no_exchange_makes_detection_fail(exchange: Exchange) -> None:
    """Hostile bytes at every place, behind any encoders: an answer, whose points are points."""
    for finding in detect(reading(exchange)).findings:
        assert str(parse(finding.point)) == finding.point


@given(TEXTS, st.integers(0, 7), st.booleans())
@SLOW
def test_no_text_makes_detection_fail_anywhere(text: str, kind: int, packed: bool) -> None:
    """One text at all places at once, in each kind of body, packed or not."""
    detect(reading(everywhere(text, kind=kind, packed=packed)))


def search(text: str) -> None:
    """Look for all signatures in a text."""
    seen = look(reading(Exchange(method="POST", path="/", body=text.encode("utf-8", "replace"))))
    matcher().search([*seen.values, Value(text, "request", "query", ("a",))])


@pytest.mark.parametrize("number", range(0, len(CATALOGUE), 8))
def test_time_grows_with_the_length_and_no_faster(number: int) -> None:
    """The texts that prove a signature, repeated: eight times the length takes about eight times the time."""
    for signature in CATALOGUE[number : number + 8]:
        for text in signature.fires[:2]:
            for unit in (text, text[-1:], text[: len(text) // 2]):
                short, long = (partial(mul, unit, size // max(len(unit), 1)) for size in (SHORT, LONG))
                ratio = growth(search, short, long, below=UNLIKELY_RATIO, spare=NOTICEABLE)
                assert ratio < UNLIKELY_RATIO, (signature.rule, unit)
