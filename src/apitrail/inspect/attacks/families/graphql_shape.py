"""The shape of a GraphQL document, read in one pass without a tree: depth, aliases, directives, fragments, introspection."""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

READ_LIMIT = 65_536
"""Characters of a document whose shape is read."""
TOKENS_READ = 20_000
"""Tokens of a document that are read."""

_TOKEN = re.compile(r'"""(?:[^"\\]|\\.|"(?!""))*(?:"""|$)|"(?:[^"\\\n]|\\.)*"?|#[^\n]*|\.\.\.|[A-Za-z_]\w*|[{}()\[\]:$@!|&=]')
_WRAPPERS = frozenset(("edges", "node", "nodes", "items", "data", "results"))
"""Fields that stand between the fields that mean something, as lists of Relay have them."""
_SECRET_TAKING = re.compile(
    r"log_?in|sign_?in|auth|token|verify|otp|password|pin|redeem|coupon|voucher|code"
    r"|reset",
    re.IGNORECASE,
)
_DOCUMENT = re.compile(
    r"[\s,]*(?:#[^\n]*\n[\s,]*)*(?:\{\s*(?:[A-Za-z_#.]|$)|(?:query|mutation|subscription|fragment)\b[^{]{0,4000}\{)"
)


class Shape(NamedTuple):
    """What a document asks for, in numbers."""

    tokens: int = 0
    depth: int = 0
    """Levels of selections within selections; fragments as they are written, not spread."""
    repeated: int = 0
    """How many times the path to a field comes through fields of one name, at most, lists' wrappers aside."""
    aliased: int = 0
    """How often one field is asked for under other names."""
    duplicated: int = 0
    """How often one field stands in one selection, each time the same."""
    directives: int = 0
    """Directives on one field, or one name of a directive that the document does not pass a variable to."""
    introspects: str = ""
    """The field that asks for the schema."""
    circular: bool = False
    """Whether a fragment spreads itself, by way of others too."""
    mutates: bool = False
    tries: bool = False
    """Whether a field that is asked for most under other names takes a password or a code."""


def looks_like_document(text: str) -> bool:
    """Whether a text begins as a GraphQL document does."""
    return _DOCUMENT.match(text, 0, 8192) is not None


class _Reader:
    """What one pass over the tokens gathers."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.deepest = 0
        self.repeated = 0
        self.on_the_way: Counter[str] = Counter()
        self.brackets = 0
        self.aliased: Counter[str] = Counter()
        self.fields: list[Counter[str]] = []
        self.duplicated = 0
        self.directives = 0
        self.bare_directives: Counter[str] = Counter()
        self.row = 0
        self.introspects = ""
        self.spreads: dict[str, set[str]] = {}
        self.fragment = ""
        self.mutates = False
        self.last = ""
        self.alias = False

    def take(self, word: str, before: str, two_before: str) -> None:
        """One token with the two before it."""
        if word in "([":
            self.brackets += 1
        elif word in ")]":
            self.brackets = max(0, self.brackets - 1)
        elif not self.brackets:
            self._of_selection(word, before, two_before)

    def _of_selection(self, word: str, before: str, two_before: str) -> None:
        if word == "{":
            self._open()
        elif word == "}":
            self._close()
        elif word == ":":
            self.alias = True
        elif word == "...":
            self.row = 0
        elif word[0].isalpha() or word[0] == "_":
            self._name(word, before, two_before)

    def _open(self) -> None:
        self.path.append(self.last)
        self.fields.append(Counter())
        self.last, self.row, self.alias = "", 0, False
        self.deepest = max(self.deepest, len(self.path))
        name = self.path[-1]
        if name and name not in _WRAPPERS:
            self.on_the_way[name] += 1
            self.repeated = max(self.repeated, self.on_the_way[name])

    def _close(self) -> None:
        if self.path:
            self.on_the_way[self.path.pop()] -= 1
            fields = self.fields.pop()
            self.duplicated = max(self.duplicated, max(fields.values(), default=0))
        if not self.path:
            self.fragment = ""
        self.last, self.row, self.alias = "", 0, False

    def _name(self, word: str, before: str, two_before: str) -> None:
        if before == "@":
            self.row += 1
            self.directives = max(self.directives, self.row)
            return
        if before == "...":
            if self.path and word != "on":
                self.spreads.setdefault(self.fragment, set()).add(word)
            return
        if before == "on" and two_before in ("...", self.fragment):
            return
        if not self.path:
            self._of_operation(word, before)
            return
        if self.alias:
            self.aliased[word] += 1
            self.alias = False
        else:
            self.fields[-1][word] += 1
        if word in ("__schema", "__type"):
            self.introspects = word
        self.last, self.row = word, 0

    def _of_operation(self, word: str, before: str) -> None:
        if before == "fragment":
            self.fragment = word
        elif word == "mutation" and before not in ("query", "subscription"):
            self.mutates = True

    def circular(self) -> bool:
        """Whether the fragments lead back to one of them."""
        state: dict[str, int] = {}
        for first in self.spreads:
            waiting = [(first, False)]
            while waiting:
                name, left = waiting.pop()
                if left:
                    state[name] = 2
                elif state.get(name, 0) == 0:
                    state[name] = 1
                    waiting.append((name, True))
                    for other in self.spreads.get(name, ()):
                        if state.get(other) == 1:
                            return True
                        waiting.append((other, False))
        return False


def shape_of(document: str) -> Shape:
    """The shape of a document; what cannot be a word is passed over."""
    reader = _Reader()
    before = two_before = ""
    count = 0
    for found in _TOKEN.finditer(document, 0, READ_LIMIT):
        word = found[0]
        if word[0] in '"#':
            continue
        count += 1
        if count > TOKENS_READ:
            break
        reader.take(word, before, two_before)
        two_before, before = before, word
    while reader.fields:
        reader._close()  # noqa: SLF001 - a document that ends too early ends here
    most = reader.aliased.most_common(1)
    return Shape(
        count,
        reader.deepest,
        reader.repeated,
        most[0][1] if most else 0,
        reader.duplicated,
        reader.directives,
        reader.introspects,
        reader.circular(),
        reader.mutates,
        bool(most and _SECRET_TAKING.search(most[0][0])),
    )
