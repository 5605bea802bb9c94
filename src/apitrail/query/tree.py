"""The question as a frozen tree: terms that must all hold, over an interval of time."""

from __future__ import annotations

from dataclasses import dataclass, field

from apitrail.model.fields import Field

IS = "is"
LIKE = "like"
ABOVE = ">"
AT_LEAST = ">="
BELOW = "<"
AT_MOST = "<="
BETWEEN = "between"
WITHIN = "within"
ANY = "any"


@dataclass(frozen=True, slots=True)
class Match:
    """One way a value can fit: a sign and what it is compared with; `upper` only for `between`."""

    sign: str
    value: str | int | float
    upper: int | float | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A field and the matches of which one must fit, or none of which may when `negated`; `text` as it was written."""

    field: Field
    matches: tuple[Match, ...]
    negated: bool
    text: str

    @property
    def word(self) -> str:
        """The filter word."""
        return self.field.word


@dataclass(frozen=True, slots=True)
class Either:
    """Alternatives in parentheses: all terms of one of them must hold, or of none when `negated`."""

    alternatives: tuple[tuple[Term | Either, ...], ...]
    negated: bool
    text: str

    @property
    def word(self) -> str:
        """Empty: it is of several fields."""
        return ""


Terms = tuple[Term | Either, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start`, included, to `end`, excluded, in microseconds since 1970 UTC; None is open.

    `asked` is how it was written, when it was: `-24h` is the same question a minute later, over another span.
    """

    start: int | None = None
    end: int | None = None
    asked: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """What was asked: the words, or else the edges."""
        return self.asked or f"{self.start}..{self.end}"


@dataclass(frozen=True, slots=True)
class Question:
    """General filters, in-session filters, and the interval: what a view shows."""

    terms: Terms = ()
    interval: Interval = Interval()
    session_terms: Terms = ()

    @property
    def all_terms(self) -> Terms:
        """General and in-session filters together."""
        return self.terms + self.session_terms
