"""Points: the address of any value of an exchange, one parser and one printer (S1.3).

    request.header.X-User-Id                      request.body.json.items[*].sku
    request.cookie.sid                            request.body.xml.Envelope.Body.Login.@user
    request.header.Authorization|bearer|jwt.sub   request.graphql.mutation.login.variables.email
    response.header.Set-Cookie.sid                client.fingerprint

A point is a place and, after each `|`, a decoder of what stands there. Names that hold signs of the notation are written
in double quotes, as in JSON. `parse(str(point)) == point` for every point, and `str(parse(text)) == text` for every text
that a point prints.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Collection, Sequence
from enum import Enum
from typing import NoReturn

import msgspec

from apitrail.errors import BadQuestion

TEXT_LIMIT = 500
"""Characters a point may have."""
DECODERS_LIMIT = 8
"""Decoders a point may have, so that reading it stays cheap whatever stands there."""


class Wild(Enum):
    """Steps of a path that choose more than one value: every item, every member, and every depth."""

    ITEMS = "[*]"
    MEMBERS = "*"
    DEPTHS = "**"


Step = str | int | Wild
"""One step into a structure: a member's name, an item's index from 0, or a wild one."""
Steps = tuple[Step, ...]

CLIENT = ("ip", "fingerprint", "ip+user_agent")
WHOLE = {"request": ("method", "host", "path", "query", "body"), "response": ("body",)}
"""Places that are one value by themselves."""
NAMED = {"request": ("header", "cookie", "query", "body.form", "body.multipart"), "response": ("header",)}
"""Places whose rest is one name."""
PATHS = ("body.json", "body.xml")
"""Places whose rest is a path into a structure."""
GRAPHQL_WHOLE = ("operation", "document")
GRAPHQL_TYPES = ("query", "mutation", "subscription", "*")
GRAPHQL_ENDS = ("arguments", "variables")
PLAIN_DECODERS = ("bearer", "apikey", "base64", "url", "html", "js", "unicode")
PATH_DECODERS = ("json", "jwt", "jwt_header")
BASIC = ("user", "password")
DECODERS = (*PLAIN_DECODERS, *PATH_DECODERS, "basic", "form")
SET_COOKIE = "set-cookie"


class Decoder(msgspec.Struct, frozen=True):
    """How to read on inside a value: `bearer`, `jwt.sub`, `base64`, `json.user.id` ..."""

    name: str
    steps: Steps = ()

    def __str__(self) -> str:
        """The decoder as it is written after its `|`."""
        if self.name == "form":
            return f"form.{_written_name(str(self.steps[0]))}"
        return self.name + _written_steps(self.steps)


class Point(msgspec.Struct, frozen=True):
    """The address of a value: `side` is request, response or client; `place` where in it; `steps` the name or the path there.

    `place` is one of the words before the name (`header`, `body.json` ...), `set-cookie` for a cookie that a response sets.
    """

    side: str
    place: str
    steps: Steps = ()
    decoders: tuple[Decoder, ...] = ()

    def __str__(self) -> str:
        """The point as people write it."""
        return "|".join((self._written_place(), *map(str, self.decoders)))

    @property
    def name(self) -> str:
        """The last name in it, by which people know the value: `sub`, `sid`, `X-User-Id`."""
        for decoder in reversed(self.decoders):
            if names := [step for step in decoder.steps if isinstance(step, str)]:
                return names[-1]
        names = [step for step in self.steps if isinstance(step, str)]
        return names[-1].removeprefix("@") if names else self.place.rpartition(".")[2]

    def _written_place(self) -> str:
        if self.place == SET_COOKIE:
            return f"response.header.Set-Cookie.{_written_name(str(self.steps[0]))}"
        start = f"{self.side}.{self.place}"
        if self.place in NAMED.get(self.side, ()) and self.steps:
            name = str(self.steps[0])
            clash = self.place == "header" and name.lower().startswith(f"{SET_COOKIE}.")
            return f"{start}.{_quoted(name) if clash else _written_name(name)}"
        return start + _written_steps(self.steps)


_BARE_NAME = re.compile(r'[^\s|"\x00-\x1f\x7f\ud800-\udfff][^|"\x00-\x1f\x7f\ud800-\udfff]*(?<!\s)')
_BARE_STEP = re.compile(r'[^\s.\[\]|"*\x00-\x1f\x7f\ud800-\udfff]+')
_WORD = re.compile(r"[^.\[|]*")
_INDEX = re.compile(r"\[(\d{1,9}|\*)\]")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f\x7f\ud800-\udfff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_UNPRINTABLE = re.compile(r"[\x7f\ud800-\udfff]")


def _quoted(name: str) -> str:
    """A name as a JSON string, no longer than it was written: only what no text can hold is escaped."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(name, ensure_ascii=False))


def _written_name(name: str) -> str:
    return name if _BARE_NAME.fullmatch(name) else _quoted(name)


def _written_steps(steps: Steps) -> str:
    return "".join(map(_written_step, steps))


def _written_step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if isinstance(step, Wild):
        return step.value if step is Wild.ITEMS else f".{step.value}"
    return f".{step}" if _BARE_STEP.fullmatch(step) else f".{_quoted(step)}"


def parse(text: str) -> Point:
    """The point that a text names; BadQuestion with the position and the nearest valid word when it names none."""
    return _Scanner(text).point()


def graphql_end(steps: Steps) -> int:
    """Where in a GraphQL path the word `arguments` or `variables` stands, after a field and before a name; 0 when nowhere."""
    return next((at for at, step in enumerate(steps[2:-1], 2) if step in GRAPHQL_ENDS), 0)


def header_point(name: str, *decoders: Decoder) -> Point:
    """The point of a request header."""
    return Point("request", "header", (name,), decoders)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def point(self) -> Point:
        if len(self.text) > TEXT_LIMIT:
            self._fail(f"a point has at most {TEXT_LIMIT} characters", TEXT_LIMIT)
        if self.text.startswith(_REQUEST_STARTS):
            meant = f"request.{self.text}"
            raise BadQuestion(f"a point begins with request, response or client: {meant}", position=0, suggestion=meant)
        side = self._word("a point begins with", ("request", "response", "client"))
        self._dot(f"after {side!r}")
        if side == "client":
            point = Point(side, self._word("of a client there are", CLIENT))
        elif side == "request" and self._ahead("graphql"):
            point = self._graphql()
        else:
            point = self._place(side)
        decoders: list[Decoder] = []
        while self._takes("|"):
            if len(decoders) == DECODERS_LIMIT:
                self._fail(f"a point has at most {DECODERS_LIMIT} decoders")
            decoders.append(self._decoder())
        if self.at < len(self.text):
            self._fail("here should be the end, or | and a decoder")
        return msgspec.structs.replace(point, decoders=tuple(decoders))

    def _place(self, side: str) -> Point:
        places = (*WHOLE[side], *NAMED[side], *PATHS)
        words = tuple(dict.fromkeys(place.partition(".")[0] for place in places))
        start = self.at
        if side == "response" and self._ahead("cookie."):
            meant = f"response.header.Set-Cookie.{self.text[self.at + 7 :]}"
            raise BadQuestion(f"a response sets its cookies by a header: {meant}", position=self.at, suggestion=meant)
        place = self._word(f"of a {side} there are", (*words, "graphql") if side == "request" else words)
        inner = tuple(known.partition(".")[2] for known in places if known.startswith(f"{place}."))
        if inner and self._takes("."):
            place += "." + self._word(f"of a {place} there are", inner)
        if place in PATHS:
            return Point(side, place, self._steps())
        if place == "path":
            return Point(side, place, self._segment())
        if place in NAMED[side] and (self._takes(".") or place not in WHOLE[side]):
            return self._named(side, place, start)
        return Point(side, place)

    def _named(self, side: str, place: str, start: int) -> Point:
        if self.text[self.at - 1] != "." or self.at == start:
            self._fail(f"{place} is followed by a dot and a name, such as {side}.{place}.{_EXAMPLES[place]}")
        if side == "response" and self.text[self.at :].lower().startswith(f"{SET_COOKIE}."):
            self.at += len(SET_COOKIE) + 1
            return Point(side, SET_COOKIE, (self._name(),))
        return Point(side, place, (self._name(),))

    def _name(self) -> str:
        if self._ahead('"'):
            return self._string()
        found = _BARE_NAME.match(self.text, self.at)
        if not found:
            self._fail("here should be a name")
        self.at = found.end()
        return found[0]

    def _segment(self) -> Steps:
        if not self._ahead("["):
            return ()
        step = self._index()
        return (step,)

    def _steps(self) -> Steps:
        steps: list[Step] = []
        while self.at < len(self.text) and self.text[self.at] in ".[":
            if self._ahead("["):
                steps.append(self._index())
                continue
            self.at += 1
            steps.append(self._step())
        return tuple(steps)

    def _index(self) -> Step:
        found = _INDEX.match(self.text, self.at)
        if not found:
            self._fail("here should be an index from 0, such as [0], or [*] for every item")
        self.at = found.end()
        return Wild.ITEMS if found[1] == "*" else int(found[1])

    def _step(self) -> Step:
        if self._ahead('"'):
            return self._string()
        for wild in (Wild.DEPTHS, Wild.MEMBERS):
            if self._takes(wild.value):
                return wild
        found = _BARE_STEP.match(self.text, self.at)
        if not found:
            self._fail('here should be a name; one with other signs is written in "double quotes"')
        self.at = found.end()
        return found[0]

    def _graphql(self) -> Point:
        self.at += len("graphql")
        self._dot("after 'graphql'")
        first = self._word("after graphql there are", (*GRAPHQL_WHOLE, *GRAPHQL_TYPES))
        if first in GRAPHQL_WHOLE:
            return Point("request", "graphql", (first,))
        start: Step = Wild.MEMBERS if first == "*" else first
        steps = (start, *self._steps())
        end = graphql_end(steps)
        if not end or not all(isinstance(step, str) or step is Wild.MEMBERS for step in steps[:end]):
            self._fail(
                "a GraphQL point names a field, then arguments or variables, then one of them, such as"
                " request.graphql.mutation.login.variables.email"
            )
        return Point("request", "graphql", steps)

    def _decoder(self) -> Decoder:
        name = self._word("decoders are", DECODERS)
        if name in PLAIN_DECODERS:
            return Decoder(name)
        if name in PATH_DECODERS:
            steps = self._steps()
            if not steps and name != "json":
                self._fail(f"{name} is followed by a dot and a claim, such as {name}.{'sub' if name == 'jwt' else 'kid'}")
            return Decoder(name, steps)
        self._dot(f"after {name!r}")
        return Decoder(name, (self._name(),) if name == "form" else (self._word("of basic there are", BASIC),))

    def _word(self, what: str, words: Sequence[str]) -> str:
        found = _WORD.match(self.text, self.at)
        word = found[0] if found else ""
        if word.lower() not in words:
            near = difflib.get_close_matches(word.lower(), words, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self._fail(f"{what} {', '.join(words)}, not {word[:40]!r}{hint}", words=near)
        self.at += len(word)
        return word.lower()

    def _string(self) -> str:
        found = _STRING.match(self.text, self.at)
        if not found:
            self._fail("a name in double quotes is written as in JSON, up to the next double quote")
        self.at = found.end()
        return str(json.loads(found[0]))

    def _dot(self, where: str) -> None:
        if not self._takes("."):
            self._fail(f"{where} should be a dot")

    def _ahead(self, sign: str) -> bool:
        return self.text.startswith(sign, self.at)

    def _takes(self, sign: str) -> bool:
        if not self._ahead(sign):
            return False
        self.at += len(sign)
        return True

    def _fail(self, message: str, at: int | None = None, words: Collection[str] = ()) -> NoReturn:
        position = self.at if at is None else at
        suggestion = next((text for word in words if _is_point(text := self._repaired(word))), None)
        raise BadQuestion(f"{self.text[:80]!r}, position {position}: {message}", position=position, suggestion=suggestion)

    def _repaired(self, word: str) -> str:
        """The whole text with the nearest word in the place of the wrong one."""
        found = _WORD.match(self.text, self.at)
        return self.text[: self.at] + word + self.text[found.end() if found else self.at :]


def _is_point(text: str) -> bool:
    try:
        parse(text)
    except BadQuestion:
        return False
    return True


_REQUEST_STARTS = ("header.", "cookie.", "query.", "path[", "body.", "graphql.")
_EXAMPLES = {"header": "X-User-Id", "cookie": "sid", "query": "token", "body.form": "email", "body.multipart": "email"}
