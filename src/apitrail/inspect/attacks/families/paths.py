"""Paths that leave their folder, or name files of the system."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.path_tokens import SENSITIVE, climb, of_system, plain, token, unhidden
from apitrail.inspect.attacks.families.wording import fenced, prose
from apitrail.inspect.attacks.signature import NOWHERE, Signature
from apitrail.inspect.attacks.values import Value

_DOT = r"(?:\.|0x2e|\\u002e|%(?:25)*2e|．|À\.|À®)"
_SLASH = r"(?:[/\\]|0x2f|0x5c|%(?:25)*(?:2f|5c)|\\u002f|／|∕|∖|＼|À/|À\\|Á\\|À¯|Á\x9c|" "\uefc8|\uf025)"
_RELATIVE = re.compile(r"(?:\.{1,2}/)+(?:[\w@-][\w@.-]*/)*[\w@-]*(?:\.[\w-]+)*(?:[#?]\S*)?")
_ABSOLUTE = re.compile(r"(?:[A-Za-z]:|[/\\.]|file:)")
_SHELLED = re.compile(r"[;|`$(]")


def _climbs(value: Value, start: int, end: int) -> float:
    """Steps up in a path: out of the folder of the server, or to a file that nobody should read."""
    text = value.text
    spoken = prose(text)
    path = token(text, start, end)
    found = climb(path)
    if not found.climbs or (found.climbs == 1 and found.odd and re.fullmatch(r"[\w ]*\.{3,}[\w ]*", path)):
        return 0.0
    if found.sensitive and (found.climbs >= 2 or not spoken):
        return 0.95
    if spoken or (" " in text.strip() and len(text) > 300):
        return 0.75 if found.climbs >= 3 and (value.decoders or found.odd) and found.above >= 3 else 0.0
    if _inside_words(text, path) or ("://" in path and found.above < 1):
        return 0.0
    if re.match(r"^\.{3,}|\.\.\.", path) and found.climbs == 1 and not path.startswith("/"):
        return 0.0  # dots that leave something out
    return _alone(value, path, found.climbs, odd=found.odd)


def _inside_words(text: str, path: str) -> bool:
    return len(text) > len(path) + 20 and bool(re.search(r"[A-Za-z]{2,} [A-Za-z]{2,}|\]\(\.\.", text))


def _alone(value: Value, path: str, climbs: int, *, odd: bool) -> float:
    """How sure a climbing path is that is the value, or nearly."""
    if value.place == "path" or odd or value.decoders or climbs >= 3 or path[:1] in "/\\":
        return 0.9
    if value.place == "header" and value.steps[:1] == ("Referer",):
        return 0.8
    harmless = _RELATIVE.fullmatch(plain(path)) and path.rpartition(".")[2].lower() in _DOCUMENTS
    return 0.0 if harmless else 0.8


_DOCUMENTS = frozenset(
    [
        "md",
        "png",
        "jpg",
        "jpeg",
        "gif",
        "svg",
        "webp",
        "css",
        "scss",
        "less",
        "js",
        "mjs",
        "ts",
        "tsx",
        "jsx",
        "vue",
        "html",
        "rst",
        "txt",
        "json",
        "yaml",
        "yml",
        "toml",
        "py",
        "rb",
        "go",
        "rs",
        "java",
        "c",
        "h",
        "lock",
    ]
)


def _file(value: Value, start: int, end: int) -> float:
    """A file of the system, named by itself or by the end of a path."""
    text = value.text
    if prose(text) or fenced(text) or text.count("\n", 0, 2000) > 4:
        return NOWHERE
    path = unhidden(plain(token(text, start, end)))
    if not SENSITIVE.search(path):
        return 0.0
    left = text[:start]
    whole = len(path) >= len(text.strip()) - 12
    if whole or _SHELLED.search(text[:120]):
        return 0.85
    return 0.75 if len(text) < 160 and not re.search(r"[A-Za-z]{2,} [A-Za-z]{2,} ", left) else 0.0


def _system(value: Value, start: int, _end: int) -> float:
    """A value that is an absolute path of the system."""
    text = value.text.strip(" \t'\"\x00")
    if value.place == "path" or not _ABSOLUTE.match(text):
        return 0.0
    if len(text) > 400 or "\n" in text or text.count(" ") > 3 or prose(value.text):
        return 0.0
    if value.text[:start].strip(" '\"\t"):
        return 0.0
    if not of_system(text):
        return 0.0
    named = "mount" in str(value.steps[-1:]).lower()
    last = plain(text).rstrip("/").rpartition("/")[2]
    return 0.0 if named and "." not in last else 0.8


def _hidden(value: Value, start: int, end: int) -> float:
    """A sensitive file whose name is broken up by quotes, backslashes or wildcards."""
    text = value.text
    if prose(text):
        return 0.0
    bare = re.sub(r"[\\'\"^`]|\$[@*\d]|\$\(\w*\)|\$\{\w*\}", "", text[max(0, start - 20) : end + 60])
    return 0.85 if re.search(r"etc/+(?:passwd|shadow|hosts|group)|proc/self|windows/+win\.ini", bare, re.IGNORECASE) else 0.0


def _null(value: Value, start: int, _end: int) -> float:
    """A zero byte inside or after a file name, where C ends a text."""
    text = value.text
    left, right = text[:start], text[start:].lstrip("\x00%0")
    if prose(text) or text.count("\x00") > 4 or len(text) > 1000 or not re.search(r"[\w)/\\.]$", left):
        return 0.0
    if re.search(r"\.\w{1,5}$|[/\\][\w.-]*$", left) or re.match(r"\.\w{1,5}\b", right):
        return 0.85
    return 0.0


def _dots(value: Value, start: int, end: int) -> float:
    """A path of nothing but steps that stay, or of very many dots, which breaks filters."""
    text = value.text
    return 0.8 if not prose(text) and end - start >= 10 and (end - start) * 3 >= min(len(text), 2000) else 0.0


def _wrapper(value: Value, start: int, end: int) -> float:
    """A wrapper by which a file function reads other things."""
    text = value.text
    scheme = text[start:end].lower().partition(":")[0]
    if prose(text) or re.search(r"\w$", text[max(0, start - 1) : start]):
        return 0.0
    if scheme == "data":
        return 0.75 if "base64" not in text[end : end + 40].lower() or "text/plain" in text[start:end].lower() else 0.0
    if scheme == "file":
        rest = plain(text[end : end + 200])
        return (
            0.9
            if SENSITIVE.search(rest) or re.match(r"/*(?:etc|proc|sys|[a-z]:|e\?|\.\.)", rest) or "$(" in rest
            else (0.75 if not text[:start].strip() else 0.4)
        )
    return 0.9


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "path-climb", "ptrav", "climb", rf"{_DOT}{{2,}};?{_SLASH}|{_SLASH}{_DOT}{{2,}}(?:;|$)|{_SLASH}{_DOT}{{2,}}{_SLASH}?",
        check=_climbs,
        fires=("../../../../etc/passwd", "..\\..\\boot.ini", "..%252f..%252fx", "....//....//x", "..;/manager/html",
        "0x2e0x2e0x2f0x2e0x2e0x2fx", "/../"),
        silent=(
            "see [the page](../docs/readme.md) of the guide", "wait... and/or not", "a range 1..2", "loading...",
            "from ... to .../x", "spread {...props}",
            "The config is in ../../config/settings.yaml and you can change it there when you like.",
        ),
    ),
    Signature(
        "path-file", "lfi", "sensitive-file",
        r"(?:etc|proc|windows|winnt|web-inf|meta-inf|repair|sys)[/\\]+[\w.]|\b(?:boot|win|system|php)\.ini\b"
        r"|\bweb\.xml\b|\bid_[rd]sa\b|\.(?:ssh|aws|kube|docker|git)[/\\]"
        r"|\.(?:bash_history|history|htpasswd|htaccess|bashrc|pgpass|netrc|mysql_history)\b|\bwp-config\."
        r"|\b(?:httpd|nginx|apache2?)\.conf\b|\b(?:access|error)[._]log\b",
        check=_file,
        fires=("/etc/passwd", "file=c:\\windows\\win.ini", "cat /etc/shadow", ".ssh/id_rsa", "/WEB-INF/web.xml", "x|/etc/hosts"),
        silent=("The users stand in /etc/passwd as you know, and groups in /etc/group.", "etc/and so on", "fetch/users",
        "processing"),
    ),
    Signature(
        "path-system", "lfi", "absolute",
        r"^[ \t'\"]*(?:(?:[/\\]|0x2f)+(?:\.(?:[/\\]|0x2f)+)*(?:etc|proc|boot|sys|var|usr|opt|srv|root|private|apache|logs?"
        r"|httpd|nginx|mysql|home|dev)|[a-z]:(?:[/\\]|0x2f)+(?:\.[/\\])*(?:win|boot|inetpub|xampp|wamp|prog|users|apache|php|mysql"
        r"|sysprep|unattend|pagefile|documents|nsysd|home|autoexec|config|web|minint|oracle|tomcat))", check=_system,
        fires=("/etc/httpd/logs/access.log", "/proc/1/environ", "C:\\xampp\\apache\\bin", "/var/log/auth.log",
        "/usr/local/apache/conf"),
        silent=("/home/docs/file.txt", "/data/in.csv", "/api/v1/items", "C:/Work/a.txt"),
    ),
    Signature(
        "path-hidden-file", "lfi", "obfuscated",
        r"/e\w*[\\'\"^`$*?(){}@][\w\\'\"^`$*?(){}@]*c?/|/etc?[\\'\"^`$*?]|/etc/[a-z]{1,4}[\\'\"$^`]", check=_hidden,
        fires=("/e't'c/passwd", "x /etc/pa's's'wd"), silent=("/etc 'and' so on", "/e/c"),
    ),
    Signature(
        "path-null", "lfi", "null-byte", r"\x00|%00", check=_null,
        fires=("image.php%00.png", "/home/x/a%00"), silent=("100%00", "a\x00b"),
    ),
    Signature(
        "path-dots", "ptrav", "filter-breaking",
        r"(?:\.[/\\]+){8,}|\.{20,}[/\\]?|(?:\.\.(?:2f|5c))+|(?:[/\\]\.{3,}){3,}|(?:[/\\]\.[\\/]+\.){3,}", check=_dots,
        fires=("/././././././././././x", "/.../.../.../.../"), silent=("Name: ................ age: .....", "wait...... ok"),
    ),
    Signature(
        "path-wrapper", "lfi", "wrapper",
        r"\b(?:php|zip|phar|expect|glob|zlib|compress\.zlib|ogg|rar|ssh2|jar|netdoc|file)\s?:(?://|/|\$\()"
        r"|\bdata:(?://)?(?:text/(?:plain|html|x-\w+)|application/x-\w+)[;,]",
        check=_wrapper,
        fires=("php://filter/convert.base64-encode/resource=index.php", "file:///etc/passwd", "expect://id", "phar://x.phar/a",
        "data://text/plain;base64,PD8="),
        silent=("a resource like `file://recipes/italian.md` of the server", "profile: //", "data:image/png;base64,iVBOR"),
    ),
    Signature(
        "path-filter-chain", "lfi", "wrapper",
        r"\bconvert\.(?:iconv|base64-(?:en|de)code|quoted-printable)\b|\bread=string\.\w+", check=lambda value, _start,
        _end: 0.0 if prose(value.text) else 0.85,
        fires=("convert.iconv.UTF8.UTF7", "x/convert.base64-encode/resource=y"), silent=("convert.it",
        "I read the string. Then I convert.base it to what you want"),
    ),
)  # fmt: skip
