"""The extra columns that servers add to the combined log format, told apart by how they look."""

from __future__ import annotations

import re
from typing import NamedTuple

from apitrail.model.memo import Memo
from apitrail.sources.addresses import IP, NOTHING, host_of, is_public

_TOKEN = re.compile(r'(?:([A-Za-z_]{1,30})[=:])?(?:"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|([^\s"]+))', re.ASCII)
_SECONDS = re.compile(r"\d{1,6}\.\d{1,9}", re.ASCII)
_MILLISECONDS = re.compile(r"(\d{1,9})ms", re.ASCII)
_HOST = re.compile(r"(?=[^/]*[A-Za-z])[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}(?::\d{1,5})?", re.ASCII)
_KEYS = {
    **dict.fromkeys(("rt", "request_time", "req_time", "reqtime", "time", "duration", "took"), "seconds"),
    **dict.fromkeys(("host", "vhost", "server_name", "http_host", "domain", "h"), "host"),
    **dict.fromkeys(("xff", "forwarded_for", "x_forwarded_for", "http_x_forwarded_for", "ff", "real_ip"), "forwarded"),
}


class Extra(NamedTuple):
    """What the extra columns of a line say."""

    forwarded: str = ""
    host: str = ""
    duration_ms: float | None = None


def _extra(text: str) -> Extra:
    found: dict[str, str] = {}
    for key, quoted, bracketed, bare in _TOKEN.findall(text[:2_000]):
        value = quoted or bare
        kind = _KEYS.get(key.lower()) if key else _kind(value, quoted=bool(quoted or bracketed))
        if kind and value not in NOTHING:
            found.setdefault(kind, value)
    return Extra(found.get("forwarded", ""), host_of(found.get("host", "")), _duration(found))


def _kind(value: str, *, quoted: bool) -> str:
    if IP[value.partition(",")[0].strip()]:
        # A bare local address, or one with a port, is the upstream's.
        local = not quoted and not is_public(IP[value.partition(",")[0].strip()])
        return "" if local or value.count(":") == 1 else "forwarded"
    if _HOST.fullmatch(value):
        return "host" if not _SECONDS.fullmatch(value) else ""
    if quoted:
        # nginx's own example puts "$gzip_ratio" here: a quoted number is no time.
        return ""
    return "seconds" if _SECONDS.fullmatch(value) else "milliseconds" if _MILLISECONDS.fullmatch(value) else ""


def _duration(found: dict[str, str]) -> float | None:
    whole = _MILLISECONDS.fullmatch(found.get("milliseconds", ""))
    if whole:
        return float(whole[1])
    seconds = _SECONDS.fullmatch(found.get("seconds", ""))
    return float(seconds[0]) * 1_000 if seconds else None


EXTRA: Memo[str, Extra] = Memo(_extra)
"""The reading of everything behind the user agent; most logs repeat a handful of endings."""
