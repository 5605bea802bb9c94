"""The values of a query or a form: names and texts, taken apart as lenient servers do."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.gathering import NODES_LIMIT, VALUE_LIMIT, VALUES, VALUES_LIMIT, Gathering
from apitrail.inspect.points.escapes import base64_text, url

_QUIET = re.compile(r"(?:[A-Za-z_][\w-]{0,10}(?:=(?:\d{1,11}|[A-Za-z_]{0,11}))?(?:&|$))*", re.ASCII)
"""Short words and numbers under plain names."""
_PADDED_BASE64 = re.compile(r"[A-Za-z0-9+/]{11,}={0,2}")
_CUT = re.compile(r"[<>\"'`({;]")
"""Signs that names of parameters do not have."""


def add_parameters(query: str, gathering: Gathering, *, place: str = "query", whole: str = "query") -> None:
    """Gather names and values; the whole too when an unescaped sign of markup or script cut a text into them."""
    if len(query) <= VALUE_LIMIT and _QUIET.fullmatch(query):
        return
    cut = False
    parts = query.split("&", NODES_LIMIT)
    if len(parts) > NODES_LIMIT:
        gathering.reached(VALUES)
        parts.pop()
    for part in parts:
        if len(gathering.values) >= VALUES_LIMIT:
            gathering.reached(VALUES)
            break
        name, equals, text = part.partition("=")
        name, text = form_decoded(name), form_decoded(text)
        if not equals:
            gathering.add(name, "request", whole, ())
        elif not text.strip("=") and is_base64_text(part):
            gathering.add(part, "request", whole, ())
            continue
        else:
            gathering.add(text, "request", place, (name,))
            gathering.add(name, "request", place, (name,), is_name=True)
        cut = cut or _CUT.search(name) is not None or (name[:2].lower() == "on" and "(" in text)
    if cut:
        gathering.add(form_decoded(query[:VALUE_LIMIT]), "request", whole, ())


def is_base64_text(text: str) -> bool:
    """Whether a text is base64 that holds text, so that its plus signs are no spaces and its last equals signs part nothing."""
    return len(text) % 4 == 0 and bool(_PADDED_BASE64.fullmatch(text)) and bool(base64_text(text))


def form_decoded(text: str) -> str:
    """A text without plus signs for spaces and percent escapes."""
    if "+" in text and not is_base64_text(text):
        text = text.replace("+", " ")
    return url(text) if "%" in text else text
