"""Program text put where a server may run it: PHP, JavaScript, Python, Java, Ruby, Perl, Lua."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import NOWHERE, Check, Signature
from apitrail.inspect.attacks.values import Value

LINES = 6
"""Lines of a text up to which it is no source file that someone may store."""

_PHP_SPOKEN = "eval exec system assert popen passthru file chr copy include require create_function extract unserialize readfile"
_PHP_OWN = (
    r"shell_exec|proc_open|pcntl_\w+|popen|passthru|create_function|call_user_func(?:_array)?|(?:base64"
    r"|json|url|zlib|utf8)_decode|str_rot13|"
    r"gz(?:inflate|uncompress|decode|encode|compress|open|file|deflate)|bz(?:de)?compress|p?fsockopen"
    r"|file_(?:get|put)_contents|php(?:info|version|credits)|"
    r"posix_\w+|get_defined_\w+|func_get_args?|curl_(?:init|exec|setopt)|move_uploaded_file"
    r"|is_uploaded_file|show_source|highlight_file|"
    r"php_uname|php_sapi_name|getenv|putenv|ini_(?:set|get|get_all|restore)|error_log"
    r"|preg_replace(?:_callback)?|array_map|array_filter|"
    r"array_walk|register_shutdown_function|set_error_handler|ob_start|parse_str|readgzfile|scandir"
    r"|opendir|unserialize|readfile|fopen|fwrite|fputs|"
    r"mb_ereg_replace|simplexml_load_\w+|session_\w+|stream_\w+|socket_\w+|zlib_encode|convert_uu(?:de"
    r"|en)code|symlink|tmpfile|tempnam|gethostby\w+|mysql_\w+"
)
_CALLED = re.compile(r"""(?:\s|/\*.{0,80}?\*/|(?://|\#)[^\n]{0,80}\n)*=?\(\s*(?P<inside>[^)]{0,200})""", re.DOTALL)
_ARGUMENT = re.compile(r"""["'$`~@\d]|\(|\\["']|[a-z_]\w*\s*\(|_{1,2}|$""", re.IGNORECASE)
_NAME = re.compile(r"[@\\]?\w+")
_BEFORE = re.compile(r"""(?:^|[\s;|&(){}=:@!?,'"`+.<>*/\[-])$""")


def _source(text: str) -> bool:
    return text.count("\n", 0, 4000) > LINES


def _php(value: Value, start: int, end: int) -> float:
    """A call of a function of PHP that runs or reads things."""
    text = value.text
    if _source(text) or prose(text):
        return 0.0
    name = _NAME.match(text, start)
    called = _CALLED.match(text, name.end()) if name else None
    if not called or not _ARGUMENT.match(called["inside"]):
        return 0.0
    before = text[max(0, start - 24) : start]
    if re.search(r"\w\s*\.$", before):  # a method of an object, as in /x/.exec("y")
        return 0.0
    return 0.85 if end - start < 400 else 0.0


def _spoken(value: Value, start: int, end: int) -> float:
    """A call of a function whose name is a word as well."""
    text = value.text
    if not _BEFORE.search(text[max(0, start - 1) : start]):
        return 0.0
    sure = _php(value, start, end)
    inside = text[text.find("(", start) + 1 :].lstrip()[:40]
    name = text[start:end].lower()
    if sure and name.startswith(("include", "require", "file", "copy", "extract")) and inside[:1] not in ("'", '"', "$", ")"):
        return 0.0
    if sure and name.startswith("require") and re.match(r"""['"][@./\w-]+['"]""", inside):
        return 0.0
    return sure


def short(sure: float, *, in_prose: float = 0.0) -> Check:
    """A check that lets a match count in short texts, less in prose and in source files."""

    def check(value: Value, _start: int, _end: int) -> float:
        return in_prose or NOWHERE if _source(value.text) or prose(value.text) else sure

    return check


def _java(value: Value, start: int, end: int) -> float:
    """A class of Java that attacks name: as a whole value, or called; not in a stack trace."""
    text = value.text
    if _source(text) or prose(text) or re.search(r"\bat $", text[max(0, start - 3) : start]):
        return 0.0
    return 0.9 if end - start > 4 and not _EXCEPTION.match(text, start) else 0.0


_EXCEPTION = re.compile(r"[\w.$]*(?:Exception|Error)\b")
_FRAME = re.compile(r'File "[^"\n]{1,200}", line \d{1,6}(?:, in [^\n]{1,100})?\n[^\n]{0,200}\Z')
"""What stands before a line of code in a stack trace of Python."""


def _python(value: Value, start: int, end: int) -> float:
    """Code that runs commands or looks into the insides of Python; not the line at which a stack trace says it stood."""
    return 0.0 if _FRAME.search(value.text, max(0, start - 600), start) else _short_python(value, start, end)


_short_python = short(0.9)


def _tag(value: Value, start: int, _end: int) -> float:
    """Where PHP, JSP or ASP begins, with code in it that does something."""
    text = value.text
    if prose(text[:start] + " ") and "`" in text[max(0, start - 20) : start]:
        return 0.0
    inside = text[start : start + 300]
    if re.search(
        r"\$_(?:GET|POST|REQUEST|SERVER|COOKIE)|\b(?:system|eval|exec|passthru|shell_exec|phpinfo|assert"
        r"|Runtime|base64_decode|popen)\b|`",
        inside,
    ):
        return 0.9
    return 0.75 if not prose(text) else 0.3


def _at_start(sure: float) -> Check:
    def check(value: Value, start: int, _end: int) -> float:
        return sure if not value.text[:start].strip(" \t'\";}") and not prose(value.text) and not _source(value.text) else 0.0

    return check


def _calls(names: str) -> str:
    """A regular expression for a call of some functions of PHP, where its bracket or a comment before it begins."""
    return rf"(?:{names})\s*=?(?:\(|/[*/]|\#)"


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "php-function", "rce", "php", _calls(_PHP_OWN), check=_php,
        fires=("shell_exec('id')", "x;proc_open($a)", "phpinfo()", "a{${phpinfo()}}", "base64_decode /*x*/ ('aWQ=')"),
        silent=("phpinfo shows the settings", "call fopen(name) there", "obj.session_start(x)"),
    ),
    Signature(
        "php-call", "rce", "php", _calls(r"\b(?:" + "|".join(_PHP_SPOKEN.split()) + ")"), check=_spoken,
        fires=(";system('id')", "eval($x)", 'assert  ("1")', "exec('whoami')"),
        silent=("the operating system(s) of yours", "pattern.exec('x')", "file(s) to copy", "require('./app')",
        "exec (see the manual)"),
    ),
    Signature(
        "php-named-call", "rce", "php",
        r"\(\s*[\"']?(?:system|exec|passthru|shell_exec|assert|popen|eval|phpinfo)\s*[\"']?\s*\)\s*\("
        r"|[\"'](?:system|exec|passthru|shell_exec)[\"']\s*\(",
        check=short(0.85), fires=('("system")("id")', "(system)(whoami)"),
        silent=("(system) (see there), which is what we use for it", '"system": ("a")'),
    ),
    Signature(
        "php-whole-call", "rce", "php",
        r"^[ \t;]*(?:system|passthru|shell_exec|pcntl_exec|popen|proc_open|phpinfo|unserialize|create_function)"
        r"\s*\([^()\n][^()\n]+\)[ \t;]*$",
        0.8,
        fires=("system(whoami)", "passthru ($x);", "phpinfo(-1)"),
        silent=("system(s)", "the system (whoami)", "phpinfo (see below) is there"),
    ),
    Signature(
        "php-bare-comment", "rce", "php", r"\b(?:exec|system|eval|passthru|shell_exec)\s*(?:#|//|/\*)", check=_at_start(0.75),
        fires=("exec #x\n", "system /*"), silent=("system // notes of mine to you", "executive #1"),
    ),
    Signature(
        "php-tag", "rce", "php",
        r"<\?(?:php\b|=|\s*(?:echo|system|eval|@|\$))|<%@?\s*(?:page|import|=?\s*(?:Runtime|request|eval"
        r"|Response|CreateObject))", check=_tag,
        fires=("<?php system($_GET['c']);?>", "<?=`$_GET[0]`?>", "<% Runtime.getRuntime() %>"), silent=("<?xml version='1.0'?>",
        "<% if x %>"),
    ),
    Signature(
        "php-variable", "rce", "php",
        r"\$_(?:GET|POST|REQUEST|SERVER|COOKIE|FILES|ENV|SESSION)\b|\$GLOBALS\b|\$HTTP_RAW_POST_DATA"
        r"|[a-z]\w*\s*=>?\s*php://input",
        check=short(0.8),
        fires=("$_GET['x']", "${$_POST}"),
        silent=("In PHP, the variable $_SERVER has what the server and the client have sent to the page.", "$_other"),
    ),
    Signature(
        "node-module", "rce", "nodejs",
        r"require\s*\(\s*[\"'`](?:node:)?(?:child_process|fs|os|net|vm|cluster)\b|process\s*\.\s*(?:mainModule"
        r"|binding|dlopen|_load|exit|kill)\b"
        r"|\bchild_process\b|constructor\s*(?:\.|\[)\s*[\"'`]?constructor\b|\b(?:exec|spawn|execFile"
        r"|fork)Sync\s*\(|_\$\$ND_FUNC\$\$_|\bglobalThis\s*\.\s*process\b"
        r"|this\s*\.\s*constructor\b|process\s*\[\s*[\"']|import\s*\(\s*[\"'`](?:node:)?(?:child_process|fs)",
        check=short(0.9),
        fires=("require('child_process').exec('id')", "process.mainModule.require",
        "a.constructor.constructor('return process')()"),
        silent=("Node has the module child_process which runs what you give to it in a shell.", "require('express')",
        "the process exits"),
    ),
    Signature(
        "script-endless", "rce", "nodejs", r"while\s*\(\s*(?:!|[-+]?(?:\d|Infinity|true)|new\s|['\"`]\S|\[|\{|this|function)",
        check=_at_start(0.8),
        fires=("while(1);", "while(!0){}"), silent=("run it while (true) you can", "while (i < 3)"),
    ),
    Signature(
        "python-code", "rce", "python",
        r"__import__\s*\(|\bos\s*\.\s*(?:system|popen|exec[lv]\w*|spawn\w*|fork|setuid)\s*\("
        r"|\bsubprocess\s*\.\s*\w+\s*\(|__builtins__|__subclasses__|__globals__"
        r"|\bcompile\s*\(\s*['\"].*['\"]\s*,\s*['\"].*exec|\bimportlib\s*\.\s*import_module"
        r"|\bcommands\.getoutput|\beval\s*\(\s*compile"
        r"|__class__\s*\.\s*__(?:base|bases|class|dict|init|mro|subclasses)__",
        check=_python,
        fires=("__import__('os').system('id')", "os.popen('id').read()", "subprocess.check_output('id', shell=True)",
               "user.__class__.__init__.__globals__", "__class__.__base__"),
        silent=("We use the os module and subprocess here.", "the import is done",
                'Traceback:\n  File "/app/a.py", line 3, in run\n    os.system("ls")\nOSError: 2',
                "super().__init__", "__typename"),
    ),
    Signature(
        "java-class", "rce", "java",
        r"\bjava\.(?:lang|io|net|nio|beans|rmi|sql)\.[a-z.]*[A-Z]?\w+|\bjava\.(?:Runtime"
        r"|ProcessBuilder)\b|\bjavax\.(?:script|naming|management|el)\.\w+"
        r"|Runtime\s*(?:\(\s*\))?\s*\.\s*(?:getRuntime|exec)|\bnew\s+ProcessBuilder\b|\bProcessBuilder\s*\("
        r"|\bcom\.sun\.(?:org|rowset|jndi|syndication)\.\w+"
        r"|\bcom\.opensymphony\.xwork2|\borg\.apache\.(?:commons(?:$|[^.]|\.(?:collections|beanutils|io"
        r"|fileupload|jxpath|text|configuration|exec))|struts2|xalan|tomcat|naming|catalina|logging|velocity)"
        r"|\borg\.(?:omg\.CORBA|springframework\.(?:context|beans|expression|aop)|codehaus\.groovy\.runtime"
        r"|hibernate|mozilla\.javascript)|\bScriptEngineManager\b"
        r"|freemarker\.template\.utility\.\w+|\bclass\.module\.classLoader|\bognl\.OgnlContext|@java\.lang\."
        r"|#_memberAccess|#context\b|\bgetClass\s*\(\s*\)\s*\.",
        check=_java,
        fires=("java.lang.Runtime", "T(java.lang.Runtime).getRuntime().exec('id')", "new ProcessBuilder('id')",
        "class.module.classLoader.resources"),
        silent=("\tat java.lang.Thread.run(Thread.java:748)", "com.example.app",
        "Caused by: java.lang.NullPointerException: a is null",
        "We write it in Java, and java.lang.String is what the method takes."),
    ),
    Signature(
        "ruby-code", "rce", "ruby", r"\bKernel\s*\.\s*(?:exec|system|spawn|exit|open|eval|fork)\b|%x[({\[|]|\bIO\.popen\b"
        r"|@\{\[\s*(?:system|exec)|\bopen\s*\(\s*['\"]\|",
        check=short(0.85),
        fires=("Kernel.exec('ls')", "%x(id)", "@{[system 'id']}"), silent=("5%x of it", "the Kernel was exited"),
    ),
    Signature(
        "lua-code", "rce", "lua", r"\b(?:os\.execute|io\.popen|package\.loadlib|loadstring)\s*\(", check=short(0.85),
        fires=("os.execute('id')", "io.popen('id'):read()"), silent=("the os.execute call", "io.open"),
    ),
)  # fmt: skip
