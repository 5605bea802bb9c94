"""Whether a text is prose, which may speak of attacks without being one."""

from __future__ import annotations

import re
from functools import lru_cache

SAMPLE = 2000
"""Characters of a text from which prose is recognised."""

_WORD = re.compile(r"(?<![\w/\\.$@%='-])[^\W\d_]{2,}(?=[\s,.;:!?)*]|'s\b|n't\b|$)")
_LINKING = frozenset(
    [
        "a",
        "about",
        "also",
        "an",
        "and",
        "any",
        "are",
        "as",
        "be",
        "because",
        "been",
        "but",
        "can",
        "could",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "here",
        "how",
        "however",
        "if",
        "in",
        "is",
        "it",
        "its",
        "let",
        "may",
        "me",
        "must",
        "my",
        "need",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "please",
        "should",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "use",
        "used",
        "using",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "der",
        "die",
        "das",
        "und",
        "ist",
        "nicht",
        "ein",
        "eine",
        "mit",
        "auf",
        "el",
        "la",
        "los",
        "las",
        "que",
        "para",
        "con",
        "una",
        "les",
        "des",
        "est",
        "dans",
        "pour",
        "avec",
        "une",
    ]
)


@lru_cache(maxsize=128)
def prose(text: str) -> bool:
    """Whether a text consists of sentences: plain words that fill most of it, or some that link others."""
    sample = text[:SAMPLE]
    words = _WORD.findall(sample)
    if len(words) < 4:
        return False
    linking = sum(word.lower() in _LINKING for word in words)
    filled = sum(map(len, words)) + len(words)
    if linking >= 3 and filled * 3 >= len(sample):
        return True
    return (len(words) >= 8 and linking >= 2 and filled * 2 >= len(sample)) or linking >= 12


def fenced(text: str) -> bool:
    """Whether pieces of code stand in a text as Markdown sets them off."""
    return text.startswith("```") or "\n```" in text


def has_words(text: str, least: int = 2) -> bool:
    """Whether some plain words stand in a text."""
    return sum(1 for _ in zip(range(least), _WORD.finditer(text[:SAMPLE]), strict=False)) >= least
