"""What scanners ask for, and what recent exploits have in common."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Check, Signature
from apitrail.inspect.attacks.values import Value


def _agent(value: Value, _start: int, _end: int) -> float:
    return 0.9 if value.place == "header" and value.steps[:1] == ("User-Agent",) else 0.0


def _of_path(sure: float) -> Check:
    """A check that counts a match only in the path of the request."""

    def check(value: Value, _start: int, _end: int) -> float:
        return sure if value.place == "path" and not value.steps else 0.0

    return check


_STATIC = re.compile(r"\.(?:md|txt|html?|json|zip|tgz|gz|pdf)$", re.IGNORECASE)
_TELLING = re.compile(
    r"^(?:[\w.-]*(?:backup|bak|dump|dmp|database|db|sql|www|wwwroot|site|htdocs|public_html|config"
    r"|settings|old|web|source|src|code|archive|full|prod)[\w.-]*)\.",
    re.IGNORECASE,
)

_TELLING_DEEP = re.compile(r"^[\w.-]*(?:backup|bak|dump|database|wwwroot|htdocs|public_html)[\w.-]*\.", re.IGNORECASE)
"""Names of archives that tell of a server's own files wherever they are asked for."""


_SHALLOW = 2
"""Slashes of a path in which a file of SQL is a dump that was left; deeper ones are an application's own migrations."""


def _backup(value: Value, _start: int, end: int) -> float:
    """An archive or a copy of a file that an editor left, in the path or as a whole value."""
    text = value.text
    whole = re.fullmatch(r"(?:/[\w.%~-]*)*[\w.~-]+", text) is not None
    if value.place == "path":
        if value.steps or end < len(text):
            return 0.0
    elif not whole or value.place not in ("query", "body.form"):
        return 0.0
    name = text[text.rfind("/", 0, end) + 1 : end]
    if name.lower().endswith(".sql") and text.count("/") > _SHALLOW and not _TELLING_DEEP.match(name):
        return 0.0
    if re.search(r"\.(?:bak|old|orig|save|swp|swo|sql|dump|dmp|mdb|tmp|~)(?:\.\w+)?$|~$", name, re.IGNORECASE):
        return 0.8
    telling = _TELLING if text.count("/") <= 1 else _TELLING_DEEP
    if value.place == "path" and re.search(r"/(?:backups?|dumps?|bak)/[^/]*$", text, re.IGNORECASE):
        return 0.75
    return 0.75 if telling.match(name) and value.place == "path" and text.count("/") <= 3 else 0.0


def _upload(value: Value, start: int, end: int) -> float:
    """A file that a server would run, in a multipart body or by the name a header gives it."""
    if value.place == "header":
        return 0.8 if value.steps and re.search(r"file.?name", str(value.steps[0]), re.IGNORECASE) else 0.0
    text = value.text
    return (
        0.85
        if value.place == "body" and re.search(r"content-disposition", text[max(0, start - 200) : start], re.IGNORECASE) and end
        else 0.0
    )


def _header_path(value: Value, _start: int, _end: int) -> float:
    """A header that gives another path than the request has."""
    return (
        0.85
        if value.place == "header"
        and str(value.steps[0]).lower() in ("x-original-url", "x-rewrite-url", "x-override-url", "x-forwarded-path")
        else 0.0
    )


def _pollution(value: Value, _start: int, _end: int) -> float:
    return 0.0 if prose(value.text) or value.text.count("\n", 0, 3000) > 6 else 0.85


def _expression(value: Value, start: int, _end: int) -> float:
    """An expression of a template language in a header of a browser, or in a path."""
    if value.place == "header":
        return (
            0.8
            if value.steps[:1]
            and str(value.steps[0]) in ("User-Agent", "Content-Type", "X-Api-Version", "X-Forwarded-For", "Accept-Language")
            else 0.5
        )
    return 0.75 if value.place == "path" and re.search(r"[#@(]", value.text[start : start + 60]) else 0.0


def _dot(value: Value, start: int, _end: int) -> float:
    """A hidden file or folder asked for by its path."""
    if value.place != "path" or value.steps:
        return 0.0
    name = value.text[start + 2 :].lower()
    return 0.0 if name.startswith(("well-known", "..")) else 0.8


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "scanner-agent", "scanner", "agent",
        r"\b(?:sqlmap|nikto|nessus|openvas|acunetix|netsparker|wpscan|dirbuster|gobuster|ffuf|fuzz faster"
        r"|nuclei|masscan|zgrab|nmap scripting|arachni|w3af|whatweb|"
        r"burpsuite|burp suite|owasp zap|skipfish|wfuzz|feroxbuster|dirsearch|jaeles|xsstrike|commix|havij"
        r"|joomscan|cmsmap|vega/|paros|webinspect|appscan|"
        r"qualys|rapid7|detectify|projectdiscovery|l9explore|l9tcpid|leakix|morfeus|zmeu|jorgee|\(hydra\)"
        r"|interactsh|libredtail|vulnx|wapiti|grendel|sqlninja|nosqlmap|tplmap|dalfox|crlfuzz|kube-hunter|naabu|wafw00f"
        r"|testssl|sslyze"
        r"|httpx - open|zaproxy|goby|afrog|xray/|cloudmapper|droopescan|davtest|metasploit|cobalt ?strike)",
        check=_agent,
        silent=("I use sqlmap", "nikto"),
    ),
    Signature(
        "probe-hidden-file", "scanner", "dot-file", r"/\.(?:[a-z]\w[\w.-]*|a0proj)(?:/|$|[\w.-]+)", check=_dot,
        silent=("/.well-known/openid-configuration", "/a/.b"),
    ),
    Signature(
        "probe-application", "scanner", "application",
        r"/(?:wp-(?:login|admin|config|includes|content)|xmlrpc\.php|phpmyadmin|pma/|myadmin|adminer|phpinfo"
        r"|info\.php|test\.php|shell\.php|cgi-bin/|server-(?:status|info)\b|manager/(?:html|text|status)"
        r"|jmx-console|web-console|invoker/|solr/admin|actuator/(?:env|heapdump|gateway|jolokia|mappings"
        r"|logfile|threaddump|trace|configprops|beans|shutdown|loggers)|jolokia|vendor/phpunit|_ignition/"
        r"|boaform|gponform|hnap1|setup\.cgi|dana-na/|remote/fgt_lang|autodiscover/|owa/auth|ecp/|_cat/indices"
        r"|druid/index|debug/(?:pprof|vars)|telescope/requests|console/login|web\.config\b|elmah\.axd"
        r"|trace\.axd|crossdomain\.xml|struts/|nacos/v1|geoserver/web|wls-wsat|_async/|api/jsonws/invoke"
        r"|wp-json/wp/v2/users|telerik\.web\.ui|hudson|script/?$|composer\.(?:json|lock)|package(?:-lock)?\.json"
        r"|dockerfile|docker-compose\.ya?ml"
        r"|id_rsa|credentials\.(?:json|xml|txt)|secrets?\.(?:json|ya?ml|env|txt)"
        r"|application(?:-\w+)?\.(?:properties|ya?ml)|appsettings\.json|local_settings\.py|settings\.py"
        r"|database\.yml|(?:admin/)?install\.php)",
        check=_of_path(0.75),
        silent=("/wp-login.php", "/api/v1/actuator"),
    ),
    Signature(
        "probe-backup", "scanner", "backup",
        r"\.(?:bak|old|orig|save|swp|swo|sql|dump|dmp|mdb|tmp)(?:\.(?:gz|zip|tar|bz2|7z|rar|txt))?$|\.\w+~$"
        r"|\.(?:zip|gz|tgz|rar|7z|bz2|tar)$", check=_backup,
        silent=("archive.tar.gz", "notes of mine.bak"),
    ),
    Signature(
        "probe-script-as-image", "scanner", "path-confusion",
        r"\.(?:php\d?|jspx?|aspx?)\.(?:png|jpe?g|gif|css|ico|svg)$|\.(?:php\d?|jspx?|aspx?|do|action)(?:[;#\n\x00]|%0a"
        r"|%00|%3b|%23|\\u[0-9a-f]{4}"
        r"|[^\x00-\x7f]+)/?[\w-]*\.(?:png|jpe?g|gif|css|js|ico|svg)", check=_of_path(0.8),
        silent=("/a.php", "/a.js;v=1"),
    ),
    Signature(
        "upload-script", "file_upload", "script-name",
        r"filename\*?\s*=\s*(?:utf-8'')?[\"']?[^\"'\r\n]*\.(?:ph(?:p\d?|tml?|ar|ps|t)|jspx?|jspf|aspx?|ashx"
        r"|asmx|asa|cgi|war|htaccess|user\.ini)[\s.;:%\x00$]*(?:[\"'\r\n.;/\\%]|$)",
        check=_upload,
        silent=("filename=a.png", "filename=x.php"),
    ),
    Signature(
        "upload-name-header", "file_upload", "script-name", r"\.(?:ph(?:p\d*|tml?|ar|ps|t)|jspx?|aspx?)[\s.;%\x00]*$",
        check=lambda value, start, end: _upload(value, start, end) if value.place == "header" else 0.0,
        silent=("a.php", "b.jsp"),
    ),
    Signature(
        "exploit-other-path", "cve", "path-override", r"^/\w", check=_header_path, silent=("/admin", "/a"),
    ),
    Signature(
        "exploit-prototype", "mass_assignment", "prototype-pollution",
        r"__proto__|constructor[\"']?\s*[.:\[\]{]+\s*[\"']?prototype|\bprototype\s*\[\s*[\"']", check=_pollution,
        fires=("__proto__[admin]", "$1:__proto__:then", "constructor[prototype][x]"),
        silent=("In JavaScript, __proto__ is what the object has its methods from.", "a prototype"),
    ),
    Signature(
        "exploit-header-expression", "cve", "expression", r"[%$#]\{[^}][^}]|\{\{[^}]", check=_expression, silent=("${name}",
        "{{name}}"),
    ),
    Signature(
        "exploit-path-parameter", "cve", "path-confusion", r"/\.?\.?;[^/\x00]*/|;/|\.\w+;$|\*~1|~1\*"
            r"|\([AFS]\([^/)\x00]*\)\)[^\x00]*\([AFS]\(|/%2e[/%]|%2f\.\.|%252e"
            r"|;/?\.(?:css|js|png|jpe?g|gif|ico|svg|woff2?|html?|json)$|\.\x00\.",
        check=_of_path(0.75), silent=("/a;v=1/b", "a;/b"),
    ),
    Signature(
        "exploit-middleware", "cve", "middleware", r"^(?:src/)?(?:pages/_)?middleware(?::(?:src/)?(?:pages/_)?middleware)+$",
        0.9, fires=("src/middleware:src/middleware", "pages/_middleware:pages/_middleware"), silent=("middleware",
        "src/middleware"),
    ),
)  # fmt: skip
