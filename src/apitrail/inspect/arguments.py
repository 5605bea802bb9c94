"""What was handed to a tool, made fit to be kept: secrets masked at any depth, long texts cut, the whole of it bounded (S2.4)."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from apitrail.inspect.masking import MASK, is_secret_name, mask_text, mask_value

BYTES_LIMIT = 4096
"""Bytes of the JSON text of the arguments of one exchange."""
TEXT_LIMIT = 500
"""Characters of one text in it."""
NAME_LIMIT = 100
"""Characters of the name of a member."""
DEPTH_LIMIT = 10
"""Levels of nesting that are kept."""
MEMBERS_LIMIT = 200
"""Members and items that are kept, all levels together."""

CUT = "…"
"""Stands where something was left out."""
_END_BYTES = 64
"""Room for what says that something was left out, on every level."""


def as_json(arguments: dict[str, Any]) -> str:
    """Arguments as the text of a JSON object of at most BYTES_LIMIT bytes; what was left out is marked by an ellipsis."""
    return _encoded(_Bounded().object(arguments, DEPTH_LIMIT)).decode()


class _Bounded:
    """Copies a structure as long as there is room."""

    def __init__(self) -> None:
        self._bytes = BYTES_LIMIT - (DEPTH_LIMIT + 1) * _END_BYTES
        self._members = MEMBERS_LIMIT

    def object(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        """The members for which there is room."""
        kept: dict[str, Any] = {}
        secret = _names_a_secret(value)
        for key, inner in value.items():
            name = _shortened(key, NAME_LIMIT)
            if not self._take(_size(name) + 2):
                kept[CUT] = CUT
                break
            kept[name] = self._secret(inner) if is_secret_name(name) or (secret and key == "value") else self._value(inner, depth)
        return kept

    def _list(self, value: list[Any], depth: int) -> list[Any]:
        kept: list[Any] = []
        for inner in value:
            if not self._take(1):
                kept.append(CUT)
                break
            kept.append(self._value(inner, depth))
        return kept

    def _value(self, value: Any, depth: int) -> Any:
        if isinstance(value, (dict, list)):
            self._bytes -= 2
            if depth <= 1 and value:
                return self._room_for(CUT)
            return self.object(value, depth - 1) if isinstance(value, dict) else self._list(value, depth - 1)
        return self._room_for(_text(value) if isinstance(value, str) else _number(value))

    def _secret(self, value: Any) -> Any:
        return self._room_for(_shortened(mask_value(value), NAME_LIMIT) if isinstance(value, str) else MASK)

    def _take(self, size: int) -> bool:
        if self._members <= 0 or size > self._bytes:
            return False
        self._members -= 1
        self._bytes -= size
        return True

    def _room_for(self, value: Any) -> Any:
        """The value, or a mark where there is no room for it."""
        size = _size(value)
        if size > self._bytes:
            self._bytes -= _size(CUT)
            return CUT
        self._bytes -= size
        return value


def _names_a_secret(pair: dict[str, Any]) -> bool:
    """Whether an object is a pair of name and value, of which the name is one of a secret."""
    return "value" in pair and any(isinstance(pair.get(key), str) and is_secret_name(pair[key]) for key in ("name", "key"))


def _text(value: str) -> str:
    """A text without the secrets in it; they are looked for before it is cut, so that no half of one is left."""
    return _shortened(mask_text(value[: 4 * TEXT_LIMIT]), TEXT_LIMIT)


def _shortened(value: str, limit: int) -> str:
    shown = value if len(value) <= limit else value[: limit - 1] + CUT
    return shown.encode("utf-8", "replace").decode()


_SAFE_INTEGER = 1 << 53


def _number(value: Any) -> Any:
    """A number, truth value or null that every reader of JSON understands."""
    if isinstance(value, int):
        return value if abs(value) <= _SAFE_INTEGER else str(value)[:NAME_LIMIT]
    return value if value is None or (isinstance(value, float) and math.isfinite(value)) else str(value)[:NAME_LIMIT]


def _size(value: Any) -> int:
    return len(_encoded(value)) + 1


_encoded = msgspec.json.encode
