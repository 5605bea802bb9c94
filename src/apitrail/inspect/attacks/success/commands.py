"""Output of commands that a payload runs: what they always say, what an echo computes, what a shell says of a wrong one."""

from __future__ import annotations

import hashlib
import re
from functools import partial
from typing import NamedTuple

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

LEAST_DIGITS = 5
"""Digits of a computed number that does not stand in an answer by chance."""
LEAST_LETTERS = 6
"""Characters of a computed text that does not."""


class Command(NamedTuple):
    """A command, how it stands in a payload, and what its output looks like."""

    run: re.Pattern[str]
    output: re.Pattern[str]
    is_word: bool = False
    """Whether the output is a word that other values of JSON may be too."""


def _command(run: str, output: str, *, is_word: bool = False) -> Command:
    return Command(re.compile(rf"(?<![\w.])(?:{run})(?!\w)", re.IGNORECASE), re.compile(output, re.MULTILINE), is_word)


COMMANDS: tuple[Command, ...] = (
    _command(r"id", r"uid=\d{1,6}\([\w.$-]{1,40}\) gid=\d{1,6}"),
    _command(r"whoami|id\s+-un|logname", r"^(?:www-data|nt authority\\[\w ]{3,30}|iis apppool\\[\w .-]{1,40})\s?$"),
    _command(r"whoami|id\s+-un|logname", r"^(?:root|nobody|apache|nginx|tomcat|node|ubuntu|ec2-user"
        r"|[\w-]{1,20}\\[\w$.-]{1,30})\s?$", is_word=True),
    _command(r"uname", r"(?:Linux|Darwin|FreeBSD) \S{1,64} \d{1,2}\.\d{1,3}\S{0,40} [^\n\x00]{3,200}"),
    _command(r"ls|dir|find", r"^(?:total \d{1,9}\r?\n)?[-dlbcps][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][.+@]?["
        r" \t]{1,8}\d{1,6}[ \t]{1,8}[\w-]{1,40} "),
    _command(r"ls", r"^bin\r?\nboot\r?\ndev\r?\n(?:[\w.]{1,40}\r?\n)?etc\r?\n"),
    _command(r"dir", r"Volume (?:in drive [A-Z]|Serial Number is)|^ Directory of [A-Z]:\\"),
    _command(r"ipconfig|ifconfig|ip\s+a(?:ddr)?", r"Windows IP Configuration|inet (?:addr:)?\d{1,3}(?:\.\d{1,3}){3}(?:/\d\d? "
        r"| {1,4}netmask | {1,4}Bcast)"),
    _command(r"net\s+(?:user|localgroup)s?", r"User accounts for \\\\|^The command completed (?:successfully|with one or more)"),
    _command(r"systeminfo", r"^Host Name:\s{1,40}\S"),
    _command(r"ver", r"Microsoft Windows \[Version \d"),
    _command(r"tasklist", r"^System Idle Process\s"),
    _command(r"env|printenv|set|export", r"^(?:declare -x |export )?(?:PATH|HOME|PWD|SHLVL|HOSTNAME|ComSpec"
        r"|OLDPWD)=\S[^\n\x00]{0,300}\r?\n[\w ()-]{1,60}="),
    _command(r"netstat|ss", r"Active Internet connections|^Proto\s{1,9}(?:Recv-Q|Local Address)|^Netid\s{1,9}State"),
    _command(r"ps", r"^\s{0,9}PID\s{1,9}TTY|^USER\s{1,20}PID\s{1,9}%CPU|^UID\s{1,12}PID\s{1,9}PPID|^PID\s{1,6}USER\s{1,9}TIME"),
    _command(r"df", r"^Filesystem\s{1,40}(?:1K-blocks|Size|512-blocks)"),
    _command(r"pwd", r"^/(?:var|srv|home|opt|usr|root|app|tmp)(?:/[\w.-]{1,40}){0,8}\r?$", is_word=True),
    _command(r"ping", r"^(?:PING|Pinging) \S{1,100}"),
    _command(r"nslookup|dig|host", r"^Server:\s{1,9}\d{1,3}(?:\.\d{1,3}){3}#?|^;; ANSWER SECTION"),
    _command(r"phpinfo", r"PHP Version \d{1,2}\.\d|php\.ini"),
    _command(r"(?:type|more|cat|head|tail|less|nl|tac|sed|awk|grep)\s.{0,80}(?:issue|release)", r"^(?:PRETTY_NAME|DISTRIB_ID)="
        r"|^(?:Ubuntu|Debian) [^\n\x00]{0,60}\\n \\l"),
    _command(r"php(?:version|_uname)|PHP_OS", r"^(?:Linux|WINNT|Darwin)\s?$"),
)  # fmt: skip
"""Commands by their names."""

OUTPUT_MEMBERS = frozenset(("output", "stdout", "result", "response", "data", "body", "out"))
"""Names of members in which outputs of commands come back."""
_PINGED = re.compile(r"\bping\b[^;|&\n]{0,60}?\s([\w.:-]{3,80})\s*(?:$|[;|&#\n)`'\"])", re.IGNORECASE)

_HIDING = re.compile(r"['\"\\^]|\$@|\$\{?IFS\}?")
_ARITHMETIC = re.compile(
    r"\$\(\(\s{0,4}(\d{1,12})\s{0,4}([*+-])\s{0,4}(\d{1,12})\s{0,4}\)\)|\bexpr\s{1,4}(\d{1,12})\s{1,4}\\?([*+-])\s{1,4}(\d{1,12})"
    r"|\b(?:print|echo|puts|printf|write|eval|exec|return|set /a"
    r"|system\.out\.println)\b[^\w\n]{0,6}(\d{1,12})\s{0,4}([*+-])\s{0,4}(\d{1,12})",
    re.IGNORECASE,
)
_HASHED = re.compile(r"\b(md5|sha1)\s{0,2}\(\s{0,2}['\"]?([\w.-]{1,60})['\"]?\s{0,2}\)", re.IGNORECASE)
_SUMMED = re.compile(r"echo\s{1,4}-n\s{1,4}['\"]?([\w.-]{1,60})['\"]?\s{0,4}\|\s{0,4}(md5|sha1)sum", re.IGNORECASE)
_QUOTED = re.compile(r"\becho\s{1,4}([\w'\"\\^-]{6,80})", re.IGNORECASE)
_JOINED = re.compile(
    r"\b(?:print|echo|puts|write)\b[^\w'\"\n]{0,4}((?:'[\w-]{1,40}'|\"[\w-]{1,40}\")(?:\s?[.+]\s?(?:'[\w-]{1,40}'"
    r"|\"[\w-]{1,40}\")){1,9})",
    re.IGNORECASE,
)

_SHELL_ERROR = re.compile(
    r"(?:/bin/)?(?:ba|da|z|a)?sh: (?:line )?(?:\d{1,4}: )?([^\n:\x00]{1,80}): (?:command )?not found"
    r"|sh: (?:\d{1,4}: )?Syntax error: ([^\n\x00]{1,80})|syntax error near unexpected token [`'](\S{1,20})'"
    r"|'([^'\n\x00]{1,80})' is not recognized as an internal or external command"
    r"|sh: (?:line \d{1,4}: )?([^\n:\x00]{1,80}): No such file or directory"
)
_SIGNS = {"*": int.__mul__, "+": int.__add__, "-": int.__sub__}


def output(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What a command of the payload says."""
    asked = attempt.text
    plain = asked + "\n" + _HIDING.sub("", asked) if _HIDING.search(asked) else asked
    for command in COMMANDS:
        run = command.run.search(plain)
        if run:
            accepted = partial(_is_its, command, run[0], plain, attempt, answer)
            if found := answer.find("command_output", command.output, accepted):
                return found
    return None


def _is_its(command: Command, name: str, plain: str, attempt: Attempt, answer: Answer, match: re.Match[str]) -> bool:
    """Whether an output is no part of the request, a word stands where outputs do, and a ping is the one that was asked for."""
    if attempt.sent.says(match[0]):
        return False
    if command.is_word:
        return not answer.values or str(answer.steps(match.start())[-1:]).strip("(),'").lower() in OUTPUT_MEMBERS
    if name.lower() != "ping":
        return True
    pinged = _PINGED.search(plain)
    return pinged is not None and match[0].split()[-1] == pinged[1]


def echo(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What an echo of the payload computes or puts together, and does not write."""
    for text in computed(attempt.text):
        if not attempt.sent.says(text):
            found = answer.find("command_output", re.compile(rf"(?<![\w.-]){re.escape(text)}(?![\w.-])"))
            if found:
                return found
    return None


def computed(asked: str) -> list[str]:
    """The texts that the echoes of a payload come to, as far as no chance writes them."""
    numbers = []
    for match in _ARITHMETIC.finditer(asked):
        left, sign, right = (group for group in match.groups() if group)
        numbers.append(str(_SIGNS[sign](int(left), int(right))))
    texts = [_digest(match[1], match[2]) for match in _HASHED.finditer(asked)]
    texts += [_digest(match[2], match[1]) for match in _SUMMED.finditer(asked)]
    texts += [_HIDING.sub("", match[1]) for match in _QUOTED.finditer(asked) if _HIDING.search(match[1].strip("'\""))]
    texts += [re.sub(r"['\"\s.+]", "", match[1]) for match in _JOINED.finditer(asked)]
    found = [number for number in numbers if len(number.lstrip("-")) >= LEAST_DIGITS]
    return [text for text in (*found, *(text for text in texts if len(text) >= LEAST_LETTERS)) if text not in asked][:20]


def _digest(name: str, text: str) -> str:
    return hashlib.new(name.lower(), text.encode(), usedforsecurity=False).hexdigest()


def shell_error(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What a shell says of a word of the payload."""

    def accepted(match: re.Match[str]) -> bool:
        word = next(group for group in match.groups() if group).strip()
        return not attempt.sent.says(match[0]) and ("yntax error" in match[0] or word.partition(" ")[0] in attempt.text)

    return answer.find("shell_error", _SHELL_ERROR, accepted)
