"""A path as a file system reads it: where it climbs to, and whether what it names is sensitive."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

REACH = 1500
"""Characters of a path that are read in each direction."""

_DOT = r"(?:\.|0x2e|\uff0e|\u00c0\.|\u3002|\\u002e|%(?:25)*2e|\u00c0\u00ae)"
_SLASH = re.compile(
    r"0x2f|0x5c|\uff0f|\u2215|\u2216|\uff3c|\u00c0/|\u00c1\\|\u00c0\\|\u00c0\u00af|\u00c1\u009c|\uefc8"
    r"|\uf025|%(?:25)*(?:2f|5c)|\\u002f|\\",
    re.IGNORECASE,
)
_DOTS = re.compile(_DOT, re.IGNORECASE)
_HIDDEN = re.compile(r"['\"^`*;]|\x00|\s")
_INSIDE = re.compile(r"[^ \t\r\n\"'<>|`,()\[\]]*")
_TO_END = re.compile(r".*[ \t\r\n\"'<>|`,()\[\]]", re.DOTALL)
_STEP = re.compile(r"/+")

SENSITIVE = re.compile(
    r"(?:^|/)(?:"
    r"etc/(?:passwd|shadow|group|gshadow|hosts|hostname|issue|sudoers|crontab|fstab|ssh|subuid|subgid"
    r"|resolv\.conf|mtab|inetd\.conf|motd|profile|my\.cnf|"
    r"php|apache|httpd|nginx|mysql|kubernetes)|proc/(?:self|version|cmdline|cpuinfo|mounts|net|sched_debug|\d+)|sys/class|"
    r"boot\.ini|win\.ini|system\.ini|(?:windows|winnt)/(?:system32|repair|system\.ini|win\.ini|php\.ini)|"
    r"web-inf|meta-inf|web\.xml|\.ssh|id_[rd]sa|authorized_keys|known_hosts|\.bash_history|\.bashrc"
    r"|\.htpasswd|\.htaccess|\.env|\.git/|\.aws|\.docker|"
    r"\.kube|\.npmrc|\.pgpass|\.mysql_history|\.history|\.netrc|wp-config\.|config\.inc\.php|var/log/"
    r"|var/run/secrets|httpd\.conf|apache2?\.conf|nginx\.conf|"
    r"php\.ini|my\.cnf|access[._]log|error[._]log|master\.passwd|win\.com|cmd\.exe)",
    re.IGNORECASE,
)
"""Files and folders that nobody outside should read."""
_SYSTEM = re.compile(
    r"/(?:etc|proc|boot|sys|var/(?:log|adm|run|spool|apache\w*|mail|cpanel|nm2|htmp|webmin|lock)"
    r"|usr/(?:local/(?:etc|apache\w*|php\w*|cpanel)|etc|pkgsrc|spool|home|ports)"
    r"|opt/(?:lampp|xampp|apache|nsconfig|\w+/(?:conf|logs?))|root|private/etc|apache\d?|logs?|httpd|nginx|mysql"
    r"|home2?/\w[\w.-]*/\.|dev/(?:shm|fd|mem|kmem|random|zero))(?:/|$)",
    re.IGNORECASE,
)
_WINDOWS = re.compile(
    r"[a-z]:/+(?:windows|winnt|boot\.ini|inetpub|xampp|wamp|program files|progra~\d|users/\w+/(?:appdata|ntuser|\.)|apache"
    r"|php\d?|mysql|sysprep|unattend|pagefile|documents and settings|"
    r"nsysd|home\d?|autoexec|config\.sys|web\.config|minint|oracle|tomcat)",
    re.IGNORECASE,
)


_TELLING = re.compile(
    r"/(?:var|usr|opt|srv)/.*(?:logs?\b|conf|\.(?:ini|cnf|cfg|pid|php|pl|inc|db|sock|passwd|htaccess|htpasswd|htusers)\b|_log|passw|users|\x00)",
    re.IGNORECASE,
)


class Climb(NamedTuple):
    """A path, its steps written with slashes, and how far it leaves the folder in which it begins."""

    path: str
    climbs: int
    above: int
    odd: bool
    """Whether its steps are written as no program writes them: doubled, mixed, with dots or letters that stand for others."""

    @property
    def sensitive(self) -> bool:
        """Whether it names what nobody outside should read."""
        return bool(SENSITIVE.search(self.path))


def token(text: str, start: int, end: int) -> str:
    """The path around a place: all up to blanks, quotes and brackets."""
    before = _TO_END.match(text, max(0, start - REACH), start)
    after = _INSIDE.match(text, end, min(len(text), end + REACH))
    return text[before.end() if before else max(0, start - REACH) : after.end() if after else end]


_WRITTEN_PLAINLY = re.compile(r"(?:[\x00-$&-/1-\x7f]|0(?!x))*", re.IGNORECASE)
"""Neither percent signs nor numbers in base 16 nor letters that stand for signs."""


def _is_plain(path: str) -> bool:
    return _WRITTEN_PLAINLY.fullmatch(path) is not None and "\\u" not in path


def plain(path: str) -> str:
    """A path with one kind of slash and of dot, without what hides names."""
    if _is_plain(path):
        return path.replace("\\", "/")
    return _SLASH.sub("/", _DOTS.sub(".", path))


def unhidden(path: str) -> str:
    """A path without quotes and other characters that a shell or a filter takes out of it."""
    return _HIDDEN.sub("", path)


@lru_cache(maxsize=64)
def climb(path: str) -> Climb:
    """How far a path climbs."""
    written = plain(path)
    steps = [step for step in _STEP.split(written) if step]
    climbs = above = depth = 0
    odd = (not _is_plain(path) and len(_SLASH.findall(path)) not in (0, path.count("\\"))) or "//.." in written or "\\/" in path
    for step in steps:
        bare = step.rstrip(";").lstrip("\x00")
        dots = bare.replace(".", "") == ""
        if bare == ".." or (dots and len(bare) > 2) or bare.startswith("..;"):
            climbs += 1
            depth -= 1
            odd = odd or bare != ".."
            above = max(above, -depth)
        elif bare != ".":
            depth += 1
    return Climb("/".join(steps), climbs, above, odd)


def of_system(path: str) -> bool:
    """Whether an absolute path stands in folders of the system."""
    written = plain(path)
    bare = re.sub(r"/{2,}|(?:/\.)+/", "/", written)
    return bool(_SYSTEM.match(bare) or _WINDOWS.match(written) or _TELLING.match(bare))
