"""Detection never raises and stays linear, whatever bytes stand where (A1.1)."""

from __future__ import annotations

import time

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
LONG = 8000
"""Characters of the shorter one of two texts whose times are compared."""
UNLIKELY_RATIO = 3.5
"""How much longer the text of double length may take: twice, and what a shared machine adds."""
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


def seconds(text: str) -> float:
    """What looking for all signatures in a text takes, at the best of three times."""
    taken = []
    for _ in range(3):
        before = time.process_time()
        seen = look(reading(Exchange(method="POST", path="/", body=text.encode("utf-8", "replace"))))
        matcher().search([*seen.values, Value(text, "request", "query", ("a",))])
        taken.append(time.process_time() - before)
    return min(taken)


@pytest.mark.parametrize("number", range(0, len(CATALOGUE), 8))
def test_time_grows_with_the_length_and_no_faster(number: int) -> None:
    """The texts that prove a signature, repeated: twice the length takes about twice the time."""
    for signature in CATALOGUE[number : number + 8]:
        for text in signature.fires[:2]:
            for unit in (text, text[-1:], text[: len(text) // 2]):
                short, double = (unit * (size // max(len(unit), 1)) for size in (LONG, 2 * LONG))
                once, twice = seconds(short), seconds(double)
                assert twice < max(NOTICEABLE, UNLIKELY_RATIO * once), (signature.rule, unit)
