"""Places in paths whose values vary without a shape: `/users/alice` becomes `/users/{name}`, `/users/me` stays (D1).

The templates of shapes that were answered well make a tree for each host. At each node, the words that may be values are told
from those that are parts of the API by what surrounds them: how many there are, how seldom each comes, whether the same things
follow them, whether they look like names of things that exist once, whether the word before them is a plural.
"""

from __future__ import annotations

import functools
import itertools
import operator
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import NamedTuple

from apitrail.model.place import ANY_SHAPE, NAME, REST, Place, Places, is_fixed

SELDOM = 2.0
"""Requests of the word in the middle up to which words come seldom: parts of an API come again and again."""
OFTEN = 50
"""How many times the requests of the word in the middle a word has that is no value but a part of the API."""
GAP = 4
"""How many times the requests of the next more seldom word it then has; the tail of values has no such gap."""
CATCH_ALL_OFTEN = 10
"""The same, of a route beside one that answers everything."""
CONSTANTS_LIMIT = 1000
"""Constants of one place."""
DEPTH = 12
"""Segments that are looked at."""
ODD_SHARE = 0.4
"""Share of words with digits or signs from which words look like values."""
SURELY_ODD_SHARE = 0.8
"""Share of words with digits or signs from which other values with a shape at their place prove it."""
MIXED_LEAST, MIXED_SHARE = 0.1, 0.35
"""Share of either, and of both together, of odd words and those made of several from which they look like names of people."""
CAPITAL_SHARE = 0.8
"""Share of words that begin with a capital, after a word in small letters, from which they look like values."""
PLURAL_SHARE = 0.4
"""Share of plurals from which words look like collections, which are parts of the API."""
SLUG_SHARE = 0.5
"""Share of words made of several words from which they are titles of things."""
ALIKE_SHARE = 0.5
"""Share of words followed by the same word from which they are values: `/room/blue/messages`, `/room/red/messages`."""
SHARED_SHARE = 0.1
"""Share of words that a follower has when many have it."""
SURELY_ALIKE_SHARE = 0.7
"""Share of words followed by one that many have from which they are values."""
GOING_SHARE = 0.25
"""Share of words that are followed by others, from which these tell for all."""
ENDED_SHARE = 0.5
"""Share of words that end a path from which nothing needs to follow them alike."""
LANGUAGES = 3
"""Words that look like languages, followed by the same things, from which they are values."""
CATCH_ALL_WORDS = 300
"""Values at one place from which a route may be one that answers everything."""


class Signs(NamedTuple):
    """What speaks for words at one place being values.

    `look` is how they look: `odd` with digits, signs and capitals in disorder, `slugs` of several words, or plain words.
    `alike` is where most are followed by the same words: `next`, or `later`, after another value.
    `after` is what stands before: a `plural`, another `noun`, or no name at all.
    """

    look: str = ""
    alike: str = ""
    after: str = ""


ENOUGH_WORDS: Mapping[str, Mapping[tuple[str, str], int]] = MappingProxyType({
    "odd": {("next", "plural"): 3, ("next", "noun"): 3, ("next", ""): 5, ("", "plural"): 5, ("", "noun"): 6, ("", ""): 8},
    "slugs": {("next", "plural"): 4, ("next", "noun"): 5, ("next", ""): 8, ("", "plural"): 6, ("", "noun"): 8, ("", ""): 15},
    "": {("next", "plural"): 6, ("next", "noun"): 8, ("next", ""): 40, ("", "plural"): 10, ("", "noun"): 100, ("", ""): 300},
})  # fmt: skip
"""Words at one place from which they are values, by `look`, and `alike` and `after` of their signs."""
ENOUGH_ALIKE_LATER = 10
"""The same, where the words that are alike come later."""
MANY_SELDOM = {"plural": 10, "noun": 20, "": 100}
"""Words of one kind that come seldom from which they are values, by what stands before."""
MANY_ALIKE = 25
"""The same, at any place, of those that are followed alike."""
MANY_COLLECTIONS = 20
"""Plurals after a plural from which they are values, as in `/categories/shoes`."""

_VERSION = re.compile(r"v\d+(?:[._]\d+)*$|\d+(?:\.\d+)*$", re.IGNORECASE)
_PLURAL = re.compile(r"[A-Za-z_-]*(?:[^siu]s|ies|[aeiou]es|people|children|data)$", re.IGNORECASE)
_ODD = re.compile(
    r"\d|[^A-Za-z0-9_.-]|[a-z][A-Z]{2}|[A-Z]{2,}[a-z]|[A-Z]{2,6}$|[A-Z][a-z]+_|[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{6}"
)
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?$")
_API_WORD = re.compile(
    r"(?:(?:rest|open)?-?apis?|rest|service|rpc|odata|public|internal|settings|config|preferences|admin|oauth2?|auth|accounts?|me)$",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"(?<=[A-Za-z0-9])[-_](?=[A-Za-z0-9])")
_PLAIN_NUMBERED = re.compile(r"[A-Za-z]+\d?$")


class Seen(NamedTuple):
    """A template that was seen on one host, and how often."""

    endpoint: str
    requests: int


class Node:
    """What follows a prefix: the next segments, and how many requests end here or go on."""

    __slots__ = ("below", "ends", "known_depths", "requests")

    def __init__(self) -> None:
        self.below: dict[str, Node] = {}
        self.ends = 0
        self.requests = 0
        self.known_depths = 0

    @property
    def depths(self) -> int:
        """How many segments may follow until a request ends, as bits: the lowest is set where requests end here."""
        if not self.known_depths:
            self.known_depths = bool(self.ends)
            for below in self.below.values():
                self.known_depths |= below.depths << 1
        return self.known_depths

    def add(self, segments: Sequence[str], requests: int) -> None:
        """Requests with these segments to come."""
        node = self
        node.requests += requests
        for segment in segments[:DEPTH]:
            node = node.below.setdefault(segment, Node())
            node.requests += requests
        node.ends += requests

    def take(self, other: Node) -> None:
        """All that follows another prefix follows this one too."""
        waiting = [(self, other)]
        for node, more in waiting:
            node.known_depths = 0
            node.ends += more.ends
            node.requests += more.requests
            waiting += [(node.below.setdefault(segment, Node()), below) for segment, below in more.below.items()]


def learn(seen: Iterable[Seen], known: Places) -> Places:
    """The places of one host: those that are known, and those that what was seen shows."""
    root = Node()
    for endpoint, requests in seen:
        path = endpoint.partition("#")[0]
        root.add(path.split("/")[1:], requests)
    places = dict(known)
    _look(root, [""], places)
    return places


def _look(node: Node, before: list[str], places: dict[str, Place]) -> None:
    """Look at a node and all below it, the nearest first; what is found to vary counts as one from there on."""
    prefix = "/".join(before)
    place = places.get(prefix) or _place(node, before)
    if place:
        places[prefix] = place
        _merge(node, place)
    for segment, below in node.below.items():
        if segment and segment != REST and len(before) < DEPTH:
            _look(below, [*before, segment], places)


def _merge(node: Node, place: Place) -> None:
    for segment in list(node.below):
        stands = place.put(segment)
        if stands != segment:
            node.below.setdefault(stands, Node()).take(node.below.pop(segment))
    if REST in node.below:
        node.below[REST].below.clear()


def _place(node: Node, before: Sequence[str]) -> Place | None:
    """What varies after a prefix; nothing when all words there are parts of the API."""
    shaped = [segment for segment in node.below if ANY_SHAPE in segment]
    words = [segment for segment in node.below if segment and ANY_SHAPE not in segment and not _VERSION.match(segment)]
    values = _languages(node, words) or _values(node, words)
    if not values or not (_vary(node, values, shaped, before) or _languages(node, values)):
        return _of_shapes(node, shaped, words)
    if _answers_everything(node, values):
        usual = median(node.below[word].requests for word in words)
        return Place(REST, _most_asked(node, [word for word in words if node.below[word].requests > CATCH_ALL_OFTEN * usual]))
    constants = {segment for segment in node.below if segment and ANY_SHAPE not in segment and not is_fixed(segment)}
    return Place(NAME, _most_asked(node, constants.difference(values)))


def _most_asked(node: Node, words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(sorted(words, key=lambda word: (-node.below[word].requests, word))[:CONSTANTS_LIMIT]))


def _of_shapes(node: Node, shaped: Sequence[str], words: Sequence[str]) -> Place | None:
    """One name for values that have several shapes by chance: of random digits and letters some are digits alone."""
    kinds = [shape for shape in _BY_CHANCE if shape in shaped]
    if len(kinds) < 2:
        return None
    others = tuple(sorted({*words, *(shape for shape in shaped if shape not in kinds), *_versions(node)}))
    return Place(kinds[-1], others)


def _versions(node: Node) -> list[str]:
    return [segment for segment in node.below if _VERSION.match(segment)]


_BY_CHANCE = ("{id}", "{hex}", "{slug}", "{token}", "{text}")
"""Shapes that values of one kind can have by chance, the narrowest first."""


def _values(node: Node, words: Sequence[str]) -> list[str]:
    """The words that may be values: no fixed ones, and followed by what others are followed by, too.

    One that comes far more often than others is a part of the API when nothing else says that it is a value.
    """
    free = [word for word in words if not is_fixed(word)]
    if not free:
        return []
    depths = Counter(bit for word in free for bit in _bits(node.below[word].depths))
    common = [word for word in free if any(depths[bit] > 1 for bit in _bits(node.below[word].depths))]
    most = _most_of_a_value(sorted(node.below[word].requests for word in free))
    nexts = Counter(segment for word in free for segment in node.below[word].below)
    return [
        word for word in common
        if node.below[word].requests <= most
        or _is_odd(word) or _SEPARATOR.search(word)
        or any(nexts[segment] >= max(2, len(free) // 50) for segment in node.below[word].below)
    ]  # fmt: skip


def _most_of_a_value(requests: Sequence[int]) -> int:
    """The most requests that a value has, of all numbers from the least on: above are parts of the API."""
    usual = OFTEN * max(median(requests), 1)
    for fewer, more in itertools.pairwise(requests):
        if more > usual and more > GAP * fewer:
            return fewer
    return requests[-1]


@functools.cache
def _bits(depths: int) -> tuple[int, ...]:
    return tuple(at for at in range(depths.bit_length()) if depths >> at & 1)


def _vary(node: Node, values: Sequence[str], shaped: Sequence[str], before: Sequence[str]) -> bool:
    """Whether words are values."""
    count = len(values)
    usual = median(node.below[word].requests for word in values)
    signs = Signs(_look_of(values, before[-1]), _followed_alike(node, values), _what_is_before(before))
    if signs.look != "odd" and _are_collections(values) and (signs.after != "plural" or count < MANY_COLLECTIONS):
        return count >= MANY_SELDOM[""] and usual <= SELDOM
    if _like_the_shaped(node, values, shaped, signs) or count >= _enough(signs):
        return True
    many = min(MANY_SELDOM[signs.after], MANY_ALIKE) if signs.alike else MANY_SELDOM[signs.after]
    return count >= many and usual <= SELDOM and _belong_together(node, values)


def _are_collections(values: Sequence[str]) -> bool:
    """Whether words are plurals, of which an API has one for each kind of thing."""
    return sum(1 for word in values if _PLURAL.match(word) and len(word) > 3) >= PLURAL_SHARE * len(values)


def _enough(signs: Signs) -> int:
    by_place = ENOUGH_WORDS[signs.look]
    if signs.alike == "later":
        return min(ENOUGH_ALIKE_LATER, by_place["next", signs.after])
    return by_place[signs.alike, signs.after]


def _look_of(values: Sequence[str], before: str) -> str:
    """How words look: `odd`, `slugs`, which some of both are as well, or plain."""
    count = len(values)
    odd = sum(1 for word in values if _is_odd(word))
    several = sum(1 for word in values if _SEPARATOR.search(word) and not _is_odd(word))
    capital = sum(1 for word in values if word[0].isupper()) if before.islower() and not _API_WORD.match(before) else 0
    if odd >= ODD_SHARE * count or capital >= CAPITAL_SHARE * count:
        return "odd"
    mixed = min(odd, several) >= MIXED_LEAST * count and odd + several >= MIXED_SHARE * count
    return "slugs" if mixed or _are_slugs(values) else ""


def _what_is_before(before: Sequence[str]) -> str:
    """Whether the nearest word that is no version is a `plural`, another `noun`, or names nothing."""
    word = next((segment for segment in reversed(before) if segment and not _VERSION.match(segment)), "")
    if not word or ANY_SHAPE in word or _API_WORD.match(word):
        return ""
    if len(word) > 3 and _PLURAL.match(word):
        return "plural"
    return "noun" if before[-1] == word else ""


def _belong_together(node: Node, values: Sequence[str]) -> bool:
    """Whether words are one kind of thing: most end a path, or are followed alike; unlike the parts of many APIs."""
    ended = sum(1 for word in values if node.below[word].ends)
    return ended >= ENDED_SHARE * len(values) or bool(_followed_alike(node, values)) or len(values) >= CATCH_ALL_WORDS


def _languages(node: Node, words: Sequence[str]) -> list[str]:
    """The words of two letters, perhaps with a country, that go on alike."""
    found = [word for word in words if _LANGUAGE.match(word) and node.below[word].below]
    return found if len(found) >= LANGUAGES and _share_of_next(node, found) >= ALIKE_SHARE else []


def _followed_alike(node: Node, values: Sequence[str]) -> str:
    """Whether the same words stand behind most words: `next`, or `later` after another value; else empty."""
    nexts = [set(filter(_names_a_part, node.below[word].below)) for word in values]
    if _are_alike(nexts):
        return "next"
    counts = Counter(segment for one in nexts for segment in one)
    most = 1 + SHARED_SHARE * len(values)
    laters = [
        {
            more
            for segment, below in node.below[word].below.items()
            for more in below.below
            if counts[segment] <= most and _names_a_part(more)
        }
        for word in values
    ]
    return "later" if _are_alike(laters) else ""


def _are_alike(followers: Sequence[set[str]]) -> bool:
    """Whether most words that go on, and enough do, have followers that many of the others have, too."""
    going = [some for some in followers if some]
    if len(going) < max(2, GOING_SHARE * len(followers)):
        return False
    counts = Counter(segment for some in going for segment in some)
    if max(counts.values()) >= ALIKE_SHARE * len(going):
        return True
    shared = {segment for segment, count in counts.items() if count >= max(3, SHARED_SHARE * len(going))}
    return sum(1 for some in going if some & shared) >= SURELY_ALIKE_SHARE * len(going)


def _share_of_next(node: Node, values: Sequence[str]) -> float:
    """The largest share of the words that have the same word behind them."""
    nexts = Counter(segment for word in values for segment in node.below[word].below)
    most = max((count for segment, count in nexts.items() if _names_a_part(segment)), default=0)
    return most / len(values)


def _names_a_part(segment: str) -> bool:
    return bool(segment) and segment not in _OF_COLLECTIONS and (ANY_SHAPE not in segment or segment == "{version}")


_OF_COLLECTIONS = frozenset(
    ("search", "new", "all", "count", "list", "export", "import", "batch", "bulk", "create", "update", "delete", "edit", "stats",
     "summary", "validate", "filter", "add", "get", "info")
)  # fmt: skip
"""What stands behind the collections of an API: that it does behind many words says nothing of them."""


def _are_slugs(values: Sequence[str]) -> bool:
    """Whether words of several words, as in `/posts/my-first-post`, are usual here."""
    return sum(1 for word in values if _SEPARATOR.search(word)) >= SLUG_SHARE * len(values)


def _is_odd(word: str) -> bool:
    return bool(_ODD.search(word)) and (len(word) > 3 or word.isupper() or not _PLAIN_NUMBERED.match(word))


def _like_the_shaped(node: Node, values: Sequence[str], shaped: Sequence[str], signs: Signs) -> bool:
    """Whether values with a shape stand at the same place, followed by the same things, and often enough."""
    alike = [shape for shape in shaped if shape.startswith(ANY_SHAPE)]
    if not alike or len(values) < (2 if signs.look == "odd" or signs.after == "plural" else 5):
        return False
    depths = functools.reduce(operator.or_, (node.below[shape].depths for shape in alike))
    requests = sum(node.below[shape].requests for shape in alike)
    followed = sum(1 for word in values if node.below[word].depths & depths)
    if 2 * followed < len(values) or requests < 4:
        return False
    surely = sum(1 for word in values if _is_odd(word)) >= SURELY_ODD_SHARE * len(values)
    return surely or requests >= sum(node.below[word].requests for word in values) / 2


def _answers_everything(node: Node, values: Sequence[str]) -> bool:
    """Whether made-up paths of any depth are answered: values after values, some ending here and some going on."""
    if len(values) < CATCH_ALL_WORDS:
        return False
    ended = sum(1 for word in values if node.below[word].ends)
    deeper: Counter[str] = Counter()
    deepest = 0
    for word in values:
        below = node.below[word].below
        deeper.update(segment for segment in below if segment)
        deepest += any(more.below for more in below.values())
    single = sum(1 for count in deeper.values() if count == 1)
    return (
        len(deeper) >= CATCH_ALL_WORDS
        and single >= 0.5 * len(deeper)
        and deepest >= 0.05 * len(values)
        and 0.05 * len(values) <= ended
    )
