"""A piece of a command line read as shells read it: the name of the command without quoting tricks, and what it is given."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, NamedTuple

from apitrail.inspect.attacks.families.shell_words import DISTINCT, LOOKING, ORDINARY

LENGTH = 400
"""Characters of a command line that are read."""
NAME_LENGTH = 120
"""Characters of them in which the name of the command stands."""
_BEFORE_NAME = " \t\xa0(!{\r\n+"

COMMANDS = DISTINCT | ORDINARY
"""Every command."""

_PIECE = re.compile(
    r"""(?P<gap>\$\{?IFS\}?(?:\$\d)?(?:%%\?\?)?|\$\{IFS[^}]{0,20}\}|[\s\xa0]+|%09|%20)"""
    r"""|(?P<empty>\$[@*#\d!]|\$\{[@*#\d]?\w{0,10}\}|\$\w{1,12}|\$\(\)|``|''|"")"""
    r"""|(?P<escape>\\x[0-9a-fA-F]{2}|\\[0-7]{3})"""
    r"""|(?P<drop>\$?'|\$?"|\\(?!n\b)|\^)"""
    r"""|(?P<plain>[\w./~+%?*\[\]!@:=-]+)"""
    r"""|(?P<comma>,)"""
    r"""|(?P<end>.)""",
    re.DOTALL,
)
_SIMPLE = re.compile(r"""([A-Za-z][A-Za-z0-9_.+-]*)(?=([\s\xa0]+)|[;|&)`<>\n,\u00c0]|["'](?![\w'"\\/$])|$)""")
_WINDOWS_PATH = re.compile(r"(?:[A-Za-z]:|%\w{1,20}%)[\\/][\w\\/.-]{1,200}")
_OWN_FOLDER = re.compile(r"(?:/[\w.-]+)*/(?:s?bin|tmp|shm)/|\./|c:[\\/]+windows[\\/]+(?:[\w.]+[\\/]+)*", re.IGNORECASE)
_ARGUMENT = re.compile(
    r"""\s*(?:-{1,2}[A-Za-z]|/|~|\.{1,2}/|\$|%\w+%|[A-Za-z]:[\\/]|\*|"|'|<|>|https?:|@|\\\\|\d+(?:\.\d+){3}|\u00c0)"""
)
_NUMBER = re.compile(r"\s*-?[a-z]?\s*\d+(?:\.\d+)?[smh]?\b")
_ENDED = re.compile(r"""[\s\xa0]*(?:$|[;|&)`#\n}<>]|['"]\s*(?:$|[;|&)#`])|\\n|%0a|\\['"])""")
_ASSIGNED = re.compile(r"(?:[A-Z_][A-Z0-9_]*=\S*\s+)+")


class Command(NamedTuple):
    """A command: its name without folder and tricks, its folder, the text after it, how many tricks hid it."""

    name: str
    folder: str
    rest: str
    tricks: int

    @property
    def known(self) -> bool:
        """Whether it is a program that attackers run."""
        return self.name in COMMANDS


@lru_cache(maxsize=128)
def command_at(text: str, at: int) -> Command:
    """The command that a shell would run from a place of a text on."""
    line = text[at : at + LENGTH].lstrip(_BEFORE_NAME)
    if "+" in line and " " not in line:  # a blank as forms write it, decoded once too seldom
        line = line.replace("+", " ")
    if line[:1].isupper() and (assigned := _ASSIGNED.match(line)):
        line = line[assigned.end() :]
    simple = _SIMPLE.match(line)
    if simple:
        return _named(simple[1], line[simple.end() :], 0)
    if windows := _WINDOWS_PATH.match(line):
        return _named(windows[0], line[windows.end() :], 0)
    word, tricks, end = _word(line, braced=text[max(0, at - 1) : at + 3].find("{") >= 0)
    return _named(word, line[end:], tricks)


_TRICKS = re.compile(r"""\$[@*#\d!]|\$\{[@*#\d]?\w{0,10}\}|\$\w{1,12}|\$\(\)|``|\$?'|\$?"|\\(?!n\b)|\^""")
_LONGER = re.compile(r"%|\+|IFS|\\x[0-9a-fA-F]{2}|\\[0-7]{3}|^[A-Z]")
"""What a look at the name alone does not understand."""
_NAME = re.compile(r"[\w./~?*\[\]!@:=-]*")


def may_hide_command(text: str, at: int) -> bool:
    """Whether a known command or a pattern may begin at a place once the tricks are taken away: a quick look at its name."""
    line = text[at : at + LENGTH].lstrip(_BEFORE_NAME)[:NAME_LENGTH]
    if _LONGER.search(line):
        return True
    found = _NAME.match(_TRICKS.sub("", line).lstrip())
    word = found[0].lower() if found else ""
    if "?" in word or "*" in word or "[" in word or ":" in word:
        return True
    name = word.rpartition("/")[2].removesuffix(".exe").removesuffix(".com")
    return name in COMMANDS or name.rstrip("0123456789.") in COMMANDS


def _word(line: str, *, braced: bool) -> tuple[str, int, int]:
    """The first word of a line, the tricks in it, and where it ends."""
    word, tricks, end = "", 0, 0
    for piece in _PIECE.finditer(line, 0, NAME_LENGTH):
        kind, found = piece.lastgroup, piece[0]
        if kind == "plain":
            word += found
        elif kind == "escape":
            word += chr(int(found[2:] if found[1] == "x" else found[1:], 16 if found[1] == "x" else 8) & 0x7F)
            tricks += 1
        elif kind in ("drop", "empty"):
            tricks += 1
        elif kind == "gap" and not word:
            pass
        elif kind == "gap":
            tricks += "$" in found
            break
        elif kind == "comma" and braced:
            tricks += 1
            break
        else:
            break
        end = piece.end()
    return word, tricks, end


def _named(word: str, rest: str, tricks: int) -> Command:
    folder = ""
    if "/" in word or "\\" in word:
        last = max(word.rfind("/"), word.rfind("\\")) + 1
        folder, word = word[:last], word[last:]
    name = word.lower().removesuffix(".exe").removesuffix(".com")
    if name not in COMMANDS:
        bare = name.rstrip("0123456789.")
        name = bare if bare in COMMANDS else name
    return Command(name, folder, rest, tricks)


def given(command: Command) -> bool:
    """Whether it is given something that only programs are given: an option, a path, a variable, an address."""
    if _ARGUMENT.match(command.rest):
        return True
    if command.name in ("sleep", "ping", "timeout", "kill") and _NUMBER.match(command.rest):
        return True
    return command.name in LOOKING and bool(re.match(r"\s*[\w.-]+/[\w.]", command.rest))


def ended(command: Command) -> bool:
    """Whether nothing more is given to it."""
    return bool(_ENDED.match(command.rest))


def distinct(command: Command) -> bool:
    """Whether its name is no ordinary word."""
    return command.name in DISTINCT


def looks(command: Command) -> bool:
    """Whether it is what attackers try first."""
    return command.name in LOOKING or command.name in DISTINCT


def looks_first(command: Command) -> bool:
    """Whether attackers run it only to see that they can."""
    return command.name in LOOKING


def by_wildcard(command: Command) -> bool:
    """Whether the name is a pattern that the shell would find a program by."""
    name, folder = command.name, command.folder
    if "?" not in name + folder and "*" not in name + folder and "[" not in name + folder:
        return False
    if re.fullmatch(r"/[\w?*\[\]-]{2,8}/(?:[\w?*\[\]-]{2,8}/)?", folder) and len(name) <= 12:
        return True
    letters = sum(letter.isalpha() for letter in name)
    return (
        letters > 0
        and len(name) <= 12
        and any(fnmatchcase(known, name) for known in ("cat", "id", "ls", "bash", "nc", "wget", "curl", "whoami"))
    )


def in_own_folder(command: Command) -> bool:
    """Whether it is named by the folder in which programs stand."""
    return bool(command.folder and _OWN_FOLDER.fullmatch(command.folder) and re.fullmatch(r"[\w.+-]{1,30}", command.name))


def any_of(names: Iterable[str]) -> str:
    """A regular expression that fits each of some names, common beginnings written once."""
    tree: dict[str, Any] = {}
    for name in names:
        below = tree
        for letter in name:
            below = below.setdefault(letter, {})
        below[""] = {}
    return _branches(tree)


def _branches(tree: dict[str, Any]) -> str:
    each = [re.escape(letter) + _branches(below) for letter, below in sorted(tree.items()) if letter]
    if not each:
        return ""
    one = each[0] if len(each) == 1 and "" not in tree else f"(?:{'|'.join(each)})"
    return f"{one}?" if "" in tree else one
