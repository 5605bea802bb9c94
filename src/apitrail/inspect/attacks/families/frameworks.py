"""Ways into frameworks and interpreters that no parameter should open: settings, controllers, arguments (CWE-88, CWE-470)."""

from __future__ import annotations

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value

LINES = 6
"""Lines of a text up to which it is no file of settings or source that someone stores."""


def _short(sure: float) -> Check:
    def check(value: Value, _start: int, _end: int) -> float:
        return 0.0 if prose(value.text) or value.text.count("\n", 0, 4000) > LINES else sure

    return check


def _setting(value: Value, start: int, end: int) -> float:
    """A setting of PHP as the name of a parameter, as an argument, or with a value behind it."""
    text = value.text
    given = value.is_name or text[end : end + 3].lstrip()[:1] == "=" or "-d" in text[max(0, start - 4) : start]
    return 0.85 if given and not prose(text) and text.count("\n", 0, 4000) <= LINES else 0.0


def _prefix(value: Value, start: int, _end: int) -> float:
    """A prefix by which a name of a parameter becomes an order."""
    return 0.8 if not start and (value.is_name or (value.place == "query" and not value.steps)) else 0.0


def _query(value: Value, _start: int, _end: int) -> float:
    """A query that begins with a host, so that a path put before it becomes a user."""
    return 0.8 if value.place == "query" and (value.is_name or not value.steps) else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "framework-php-setting", "rce", "php",
        r"\b(?:auto_(?:ap|pre)pend_file|allow_url_include|cgi\.force_redirect|suhosin\.simulation|disable_functions)\b",
        check=_setting,
        fires=("-d allow_url_include=1 -d auto_prepend_file=php://input", "auto_prepend_file=/etc/passwd"),
        silent=("set disable_functions in the ini", "The setting auto_prepend_file = x is what we have on all of our servers"),
    ),
    Signature(
        "framework-controller", "rce", "php",
        r"\b_controller\s*=\s*(?:system|exec|passthru|phpcredits|phpinfo|shell_exec|file_put_contents|call_user_func)"
        r"|\\think\\|\binvokefunction\b",
        check=_short(0.9),
        fires=("_controller=system&command=id", "index/\\think\\app/invokefunction"),
        silent=("_controller=App\\Controller\\Home", "I think\\hope so"),
    ),
    Signature(
        "framework-render-array", "rce", "drupal", r"\[#(?:post_render|pre_render|lazy_builder|markup|access_callback"
            r"|value_callback|submit)",
        check=_short(0.85),
        fires=("mail[#post_render][]", "name[#lazy_builder][0]"), silent=("mail[#1]",
            "[#markup is cut off by prose that is in the text that you read"),
    ),
    Signature(
        "framework-prefix", "rce", "struts", r"^(?:redirect|redirectaction|action|method):[^\s]", check=_prefix,
        silent=("redirect:x is a value", "action: none"),
    ),
    Signature(
        "framework-argument", "rce", "argument",
        r"-oproxycommand\s*=|\bext::(?:sh|bash)\b|--(?:upload|receive)-pack\s*=|--checkpoint-action\s*=\s*exec"
        r""
        r"|[\\\"' ]-(?:X|oQ|OQueueDirectory=)\s?/\w+/",
        check=_short(0.85),
        fires=("x -oProxyCommand=id}", "ext::sh -c id", '"a\\" -oQ/tmp/ -X/var/www/x.php b"@a.example', "--upload-pack=touch x"),
        silent=("git fetch --upload", "use -X POST /api", "-o Proxy"),
    ),
    Signature(
        "framework-page-directive", "rce", "dotnet", r"<%@\s*(?:register|webservice|webhandler|assembly|control|master)\b",
        check=_short(0.85),
        fires=('<%@ Register TagPrefix="a" Namespace="b" %>', "<%@ WebHandler Language='C#' %>"), silent=("<%= master %>",
            "@ register"),
    ),
    Signature(
        "framework-graphql-schema", "graphql", "introspection", r"\b__schema\s*\{|\b__type\s*\(\s*name\s*:", check=_short(0.75),
        fires=("{__schema{types{name}}}", 'query { __type(name: "User") { name } }'),
        silent=("__schema is what the tools ask for when they are used", "__typename"),
    ),
    Signature(
        "framework-suffix", "cve", "path-confusion", r"^/[\w/.-]+;\.(?:jspx?|css|js|png|jpe?g|gif|ico|svg|html?|json)$", 0.8,
        fires=("/app/rest/server;.jsp", "/admin/users;.css"), silent=("/app/rest;v=1.json", "/a.css"),
    ),
    Signature(
        "framework-host-in-query", "ssrf", "path-confusion", r"^@[\w-]+(?:\.[\w-]+)+/", check=_query,
        silent=("@a.example/b", "a@b.example/"),
    ),
)  # fmt: skip
