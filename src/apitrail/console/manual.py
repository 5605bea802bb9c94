"""The manual: the project's own Markdown, which a forge shows as well, made into pages of the console."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from apitrail.errors import NotFound

ADDRESS = "/docs"
INDEX = "index"
HITS_LIMIT = 30
"""Sections that a search finds at most."""
EXCERPT = 90
"""Characters of the text around what was searched for, on each side."""
_INSTALLED = Path(__file__).parents[1] / "docs"
FOLDER = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[3] / "docs"
"""Where the Markdown is: inside the installed package, else beside the source."""


class Heading(NamedTuple):
    """A heading inside a page: its anchor, its text, and how deep it is, from 2 on."""

    anchor: str
    text: str
    depth: int


class Manual(NamedTuple):
    """A page: its name without `.md`, its title, its content and its headings."""

    name: str
    title: str
    content: Markup
    headings: list[Heading]


class Section(NamedTuple):
    """A heading of a page with what stands below it up to the next one, without pictures."""

    heading: Heading
    content: Markup


class Hit(NamedTuple):
    """A section in which words were found: its address, the page's title, its own; the text before, at and after the words."""

    address: str
    page: str
    section: str
    before: str
    found: str
    after: str


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all pages, such as `how-to/nginx`; empty where no manual is installed."""
    return tuple(sorted(path.relative_to(FOLDER).with_suffix("").as_posix() for path in FOLDER.rglob("*.md")))


@lru_cache(maxsize=128)
def read(name: str) -> Manual:
    """A page of the manual. NotFound when there is none of this name."""
    if name not in names():
        raise NotFound(f"there is no page {name[:100]!r} in the manual", suggestion=ADDRESS)
    tokens = _markdown().parse(_text(name))
    headings = list(_headings(tokens))
    _name_terms(tokens)
    _lead(tokens, name)
    return Manual(name, headings[0].text if headings else name, _rendered(tokens), [one for one in headings if one.depth > 1])


def sections(name: str) -> list[Section]:
    """The sections of a page below its title, in order."""
    tokens = _markdown().parse(_text(name))
    headings = list(_headings(tokens))
    _lead(tokens, name)
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open"]
    parts = [tokens[start + 3 : end] for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True)]
    return [
        Section(heading, _rendered(list(_without_pictures(part)))) for heading, part in zip(headings[1:], parts[1:], strict=True)
    ]


def _rendered(tokens: list[Token]) -> Markup:
    return Markup(_markdown().renderer.render(tokens, _markdown().options, {}))  # noqa: S704 - our own text; HTML in it is off


def _without_pictures(tokens: list[Token]) -> Iterator[Token]:
    """Tokens without the paragraphs that have a picture."""
    pictures = {at for at, token in enumerate(tokens) if any(child.type == "image" for child in token.children or ())}
    return (token for at, token in enumerate(tokens) if not {at - 1, at, at + 1} & pictures)


def _name_terms(tokens: list[Token]) -> None:
    """Give the row of a table whose first cell is one bold word that word for an id, so that a term can be linked to."""
    for row, cell, inline in zip(tokens, tokens[1:], tokens[2:], strict=False):
        children = [child for child in inline.children or () if child.content or child.type != "text"]
        if (row.type, cell.type) == ("tr_open", "td_open") and [one.type for one in children] == _BOLD:
            row.attrSet("id", _anchor(children[1].content))


def picture(name: str) -> Path:
    """The file of a picture of the manual. NotFound when there is none of this name."""
    path = FOLDER / "images" / name
    if path not in (FOLDER / "images").glob("*.png"):
        raise NotFound(f"there is no picture {name[:100]!r} in the manual", suggestion=ADDRESS)
    return path


def search(text: str) -> list[Hit]:
    """The sections in which all words of a text stand, those with a word in their title first."""
    words = [word.casefold() for word in text.split()]
    if not words:
        return []
    hits = [(weight, section) for section in _sections() if (weight := _weight(section, words))]
    hits.sort(key=lambda one: -one[0])
    return [_hit(section, words) for _, section in hits[:HITS_LIMIT]]


class _Section(NamedTuple):
    name: str
    page: str
    heading: Heading
    text: str


@lru_cache(maxsize=1)
def _sections() -> tuple[_Section, ...]:
    return tuple(section for name in names() for section in _sections_of(name))


def _sections_of(name: str) -> Iterator[_Section]:
    text = _text(name)
    title = read(name).title
    tokens = _markdown().parse(text)
    lines = text.splitlines()
    starts = [token.map[0] for token in tokens if token.type == "heading_open" and token.map]
    for heading, start, end in zip(_headings(tokens), starts, [*starts[1:], len(lines)], strict=True):
        yield _Section(
            name, title, heading, " ".join(re.sub(r"[`*|]|\]\([^)]*\)|!?\[", "", line) for line in lines[start + 1 : end])
        )


def _weight(section: _Section, words: list[str]) -> int:
    title, text = f"{section.page} {section.heading.text}".casefold(), section.text.casefold()
    if not all(word in title or word in text for word in words):
        return 0
    return 1 + sum(10 * (word in section.heading.text.casefold()) + 5 * (word in section.page.casefold()) for word in words)


def _hit(section: _Section, words: list[str]) -> Hit:
    text = " ".join(section.text.split())
    found = next((match for word in words if (match := re.search(re.escape(word), text, re.IGNORECASE))), None)
    start, end = found.span() if found else (0, 0)
    before = text[max(0, start - EXCERPT) : start]
    return Hit(
        f"{_address(section.name)}#{section.heading.anchor}",
        section.page,
        section.heading.text,
        before if start <= EXCERPT else f"…{before}",
        text[start:end],
        text[end : end + EXCERPT] + ("…" if end + EXCERPT < len(text) else ""),
    )


def _text(name: str) -> str:
    """The Markdown of a page, without comments to those who write it."""
    return re.sub(r"<!--.*?-->\n?", "", (FOLDER / f"{name}.md").read_text("utf-8"), flags=re.DOTALL)


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def _headings(tokens: list[Token]) -> Iterator[Heading]:
    """The headings of a page, whose anchors are those that forges make; each token gets its anchor for an id."""
    seen: dict[str, int] = {}
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open":
            continue
        text = "".join(child.content for child in inline.children or ())
        anchor = _anchor(text)
        number = seen[anchor] = seen.get(anchor, -1) + 1
        anchor = f"{anchor}-{number}" if number else anchor
        opening.attrSet("id", anchor)
        yield Heading(anchor, text, int(opening.tag[1:]))


def _anchor(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


_BOLD = ["strong_open", "text", "strong_close"]


def _lead(tokens: list[Token], name: str) -> None:
    """Make links and pictures lead to their addresses here; columns of numbers have a class for a style."""
    for token in tokens:
        _lead(token.children or [], name)
        if token.attrs.pop("style", ""):
            token.attrSet("class", "num")
        for attribute in ("href", "src"):
            target = token.attrGet(attribute)
            if isinstance(target, str) and "://" not in target and not target.startswith(("#", "mailto:")):
                path, mark, anchor = target.partition("#")
                place = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
                token.attrSet(attribute, f"{_address(place.removesuffix('.md'))}{mark}{anchor}")


def _address(name: str) -> str:
    return ADDRESS if name == INDEX else f"{ADDRESS}/{name}"
