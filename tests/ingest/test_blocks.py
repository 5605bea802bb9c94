"""Lines have the same ids and blocks the same cuts however the bytes arrive."""

from __future__ import annotations

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apitrail.sources import blocks
from apitrail.sources.blocks import Block, Chain, Cutter, Growing

CONTENT = st.lists(st.binary(max_size=12).map(lambda raw: raw.replace(b"\n", b"")), max_size=40).map(b"\n".join)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 bytes, so that small texts have many."""
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 64)


def lines(found: list[Block]) -> list[tuple[int, bytes, str]]:
    """Each line of some blocks with its number and its id."""
    named = []
    for block in found:
        chain = Chain(block.seed)
        raw = block.data.split(b"\n")
        if not raw[-1]:
            raw.pop()
        named += [(number, line, chain.id(line)) for number, line in enumerate(raw, block.first_line)]
    return named


def pieces(content: bytes, cuts: list[int]) -> list[bytes]:
    """The content cut at some places."""
    places = sorted({min(cut, len(content)) for cut in cuts})
    return [content[low:high] for low, high in zip([0, *places], [*places, len(content)], strict=True)]


@settings(max_examples=200)
@given(content=CONTENT, cuts=st.lists(st.integers(0, 500), max_size=20))
def test_ids_do_not_depend_on_how_the_bytes_arrive(content: bytes, cuts: list[int]) -> None:
    """A stream, a stream in pieces, and a file that grows give every line the same number and id."""
    wanted = lines(list(blocks.blocks(io.BytesIO(content))))
    cutter, growing = Cutter(), Growing()
    cut, grown = [], []
    for piece in pieces(content, cuts):
        cut += list(cutter.feed(piece))
        grown += list(growing.feed(piece))
    assert lines([*cut, cutter.rest()]) == wanted
    assert lines([*grown, *growing.rest()]) == wanted
    assert b"\n".join(line for _, line, _ in wanted) == content.removesuffix(b"\n")


@given(content=CONTENT, more=CONTENT)
def test_what_is_appended_does_not_change_what_was_there(content: bytes, more: bytes) -> None:
    """The ids of whole lines, and the tokens of their blocks, stay when the file grows."""
    whole = content + b"\n"
    before, after = (list(blocks.blocks(io.BytesIO(text))) for text in (whole, whole + more))
    assert lines(after)[: len(lines(before))] == lines(before)
    assert [block.token for block in after][: len(before)] == [block.token for block in before]


def test_equal_lines_have_different_ids() -> None:
    """A line that comes again is another request, within a file as between two files of different beginnings."""
    content = b"same\n" * 1000
    ids = [name for _, _, name in lines(list(blocks.blocks(io.BytesIO(content))))]
    assert len(set(ids)) == 1000
    assert not {name for _, _, name in lines(list(blocks.blocks(io.BytesIO(b"first\n" + content))))} & set(ids)


def test_another_source_has_other_ids() -> None:
    """Two nodes whose logs begin alike are told apart by their label."""
    one, other = (lines(list(blocks.blocks(io.BytesIO(b"a\nb\n"), blocks.seed_of(label)))) for label in ("node-1", "node-2"))
    assert not {name for _, _, name in one} & {name for _, _, name in other}


def test_a_line_beyond_the_limit_is_left_out_and_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without line ends does not fill the memory; the lines around the long one keep their numbers."""
    monkeypatch.setattr(blocks, "LINE_LIMIT", 100)
    content = b"before\n" + b"x" * 5000 + b"\nafter\n"
    for size in (1, 7, 64, 1000, 10_000):
        cutter = Cutter()
        found = [block for low in range(0, len(content), size) for block in cutter.feed(content[low : low + size])] + [
            cutter.rest()
        ]
        texts = [(number, line) for number, line, _ in lines(found) if line and len(line) < 200]
        assert texts == [(1, b"before"), (3, b"after")] or size >= 5000


def test_random_chunks_of_many_blocks_agree() -> None:
    """Over a long text with many blocks the cuts fall on the same lines."""
    chance = random.Random(3)
    content = b"".join(b"%d %s\n" % (n, b"y" * chance.randrange(90)) for n in range(3000))
    wanted = [(block.token, block.first_line, block.data) for block in blocks.blocks(io.BytesIO(content))]
    cutter, found, low = Cutter(), [], 0
    while low < len(content):
        size = chance.randrange(1, 4000)
        found += list(cutter.feed(content[low : low + size]))
        low += size
    found.append(cutter.rest())
    assert [(block.token, block.first_line, block.data) for block in found] == wanted
