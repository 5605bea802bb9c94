"""URLs that make a server ask where it should not (SSRF), send a user away, or include a script from elsewhere."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.families.url_tokens import Target, target_at
from apitrail.inspect.attacks.families.wording import prose
from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_OF_BROWSER = frozenset(("Referer", "Origin", "User-Agent", "From", "Via", "Forwarded"))
_BACK = re.compile(
    r"redir|callback|return|origin|next|continue|logout|success|cancel|website|base_?url|issuer|audience"
    r"|allowed",
    re.IGNORECASE,
)
_GOING = re.compile(
    r"url|redir|next|return|dest|target|goto|continue|link|forward|out|view|to$|rurl|uri|path|page", re.IGNORECASE
)
_LEADS_ON = re.compile(r"url|redir|next|return|goto|continue|forward|dest", re.IGNORECASE)
_INCLUDING = re.compile(
    r"file|page|path|inc|templ|tpl|lang|module|doc|dir|root|conf|cfg|load|read|skin|theme|site|plugin"
    r"|content|view|layout|style|main",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"\.(?:php\d?|txt|inc|phtml|jsp|asp|pl|cgi|sh|dat|tmp)\b[^/]{0,60}$|\?+$|%00$|\x00|\.(?:jpg|png|gif)\?", re.IGNORECASE
)
_SCRIPT_AWAY = re.compile(
    r"(?:https?|ftps?)://[^\s?#]{1,200}\.(?:php\d?|phtml|txt|inc|pl|sh|cgi)(?:\?{1,3}|%00"
    r"|\x00)?",
    re.IGNORECASE,
)
"""The address of a script and nothing more: no parameters that an ordinary link to a page has."""
_AWAY_AND_MEANT = re.compile(
    r"https?://[^\s?#]{1,200}\.(?:php\d?|phtml|txt|inc|pl|sh|cgi)(?:\?{1,3}|%00|\x00)"
    r"|ftps?://[^\s?#]{1,200}\.(?:php\d?|phtml|pl|sh|cgi)",
    re.IGNORECASE,
)
"""The same with a sign that cuts off what is put behind it, or over a protocol that no page has."""
_NAMES_A_URL = re.compile(
    r"ur[li]|link|href|callback|redir|return|next|web|site|home|image|img|photo|avatar|src|ref|source|notif|hook|origin"
    r"|target|dest|continue"
    r"|endpoint|service|host|feed|rss|query|search|text|comment|message|body|note|address|download|schema|sitemap"
    r"|robots|license|terms|policy"
    r"|documentation|^q$|^u$|^s$|icon|logo|success|cancel|fail|back|login|logout",
    re.IGNORECASE,
)
_STATIC = re.compile(r"\.(?:png|jpe?g|gif|svg|webp|js|css|woff2?|mp4|ico|json|xml|pdf)(?:\?\S*)?$", re.IGNORECASE)
_HIDDEN_HOST = re.compile(
    r"https?:(?://(?:[^/\s]*\\+|[\w.-]+(?::\d+)?[#?])@|[/\\]{0,2}[^\s/@]*[<>\\^|`{}][^\s/@]*@[\w.\[:-]"
    r"|//[\w.-]+(?::\d+)?\\+(?:@|[\w-]+(?:\.[\w-]+)*\.[a-z]{2}))",
    re.IGNORECASE,
)
"""A URL whose host is another than it looks like: after a user with signs that no user has, or before a backslash."""
_COMPARED = frozenset(("iss", "aud", "azp", "client_id"))
"""Claims of a token that say by URL who made it and for whom: compared, not asked."""
_METADATA = re.compile(
    r"(?:169\.254\.169\.25[34]|169\.254\.170\.2|100\.100\.100\.200|metadata\.google\.internal)(?:[:/]|$)", re.IGNORECASE
)
"""The services of clouds that tell a machine who it is: nobody else has to do with them."""
_NO_FOLDER = re.compile(r"^[/\\\s]*(?:%2f|%5c|/|\\)", re.IGNORECASE)


def _where(value: Value, start: int, _end: int) -> float:
    """A URL that leads into the network of the server, or to a service that waits for such requests."""
    text = value.text
    if value.place == "header" and value.name in _OF_BROWSER and (value.name != "User-Agent" or text[:start].strip()):
        return 0.0
    found = target_at(text, start)
    whole = not text[:start].strip(" \t'\"(=")
    if found.leads in ("", "public"):
        return (
            0.8
            if found.odd
            and whole
            and found.scheme in ("http", "https", "")
            and ("." in text[start : found.end] + found.host or found.host.isdigit())
            else 0.0
        )
    if found.leads == "metadata":
        return 0.0 if prose(text) else 0.95
    if prose(text) or (not whole and found.leads != "listening" and not found.odd):
        return 0.0
    return _leading(value, found)


def _leading(value: Value, found: Target) -> float:
    if value.decoders and value.decoders[-1].name == "jwt" and value.name in _COMPARED:
        return 0.0
    if found.odd:
        return 0.9
    spoken = value.place in ("body.json", "body", "header", "body.xml")
    if found.leads in ("inside", "listening"):
        return 0.85 if not spoken or found.leads == "listening" else 0.75
    back = _BACK.search(value.name)
    if found.leads == "loopback":
        return 0.4 if back else (0.75 if spoken else 0.8)
    return 0.4 if spoken or back else 0.75


def _bare_host(value: Value, start: int, _end: int) -> float:
    """A name of the own machine without a scheme, as the value of a parameter of the URL."""
    text = value.text
    if start or value.place not in ("query", "body.form", "path", "body.json", "cookie", "host") or prose(text):
        return 0.0
    if _METADATA.match(text):
        return 0.85
    if re.match(r"\d+[:/]", text) or value.place == "path" or (value.place == "body.json" and not _GOING.search(value.name)):
        return 0.0
    found = target_at("//" + text, 0)
    if "/" not in text and not (value.place in ("query", "body.form") and _GOING.search(value.name)):
        return 0.0
    return 0.8 if found.leads in ("loopback", "metadata", "inside") else 0.0


def _scheme(value: Value, start: int, end: int) -> float:
    """A scheme that a client of HTTP should never follow."""
    text = value.text
    if prose(text) or re.search(r"\w$", text[max(0, start - 1) : start]):
        return 0.0
    known = text[start:end].lower()
    whole = not text[:start].strip(" \t'\"")
    if known.startswith(("ldap", "sftp", "tftp", "smb")):
        return 0.75 if whole and (value.place != "body.json" or target_at(text, start).leads == "loopback") else 0.4
    return 0.9 if whole or known.startswith(("gopher", "dict", "netdoc")) else 0.75


def _away(value: Value, start: int, _end: int) -> float:
    """A value that a browser takes for another host, though it looks like a path."""
    text = value.text
    if start or value.place in ("header", "cookie") or value.is_name or prose(text) or len(text) > 400 or " " in text.strip():
        return 0.0
    bare = text.strip()
    found = target_at(bare.lstrip("/\\") if re.match(r"[/\\]+https?:", bare, re.IGNORECASE) else bare, 0)
    slashes = re.match(r"[/\\\s\x00]*", bare)[0]  # type: ignore[index]
    host = bare[len(slashes) :]
    named = re.match(
        r"(?:https?:[/\\]*)?(?:[^\s@/\\]{1,80}@)?[\w.-]+\.[a-z]{2,}|\d+\.\d+\.\d+\.\d+|\[|(?:https?|javascript):"
        r"|[^\s/\[]*@|\\",
        host,
        re.IGNORECASE,
    )
    if value.place == "path":
        return (
            0.8
            if re.match(
                r"[/\\]{0,9}[/\\][\t\n\r\\][/\\\s]{0,9}[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}|[/\\]{2,}(?:https?:"
                r"|[^/]*@|[\w-]+\.(?:com|net|org|io|ru|cn)\b)|/https?:/|/\\",
                bare,
            )
            and not value.steps
            else 0.0
        )
    if not named:
        return 0.0
    if slashes == "//" and not found.odd and ".." not in bare and "%" not in bare and "\\" not in bare:
        plain = _STATIC.search(bare) is not None
        return 0.0 if plain else 0.75
    if slashes == "/" and not re.match(r"(?:https?|javascript):|[^/]*@|\\", host, re.IGNORECASE):
        return 0.0
    return 0.85


def _strange(value: Value, start: int, _end: int) -> float:
    """A URL with too few or too many slashes, with a host behind a user, or with letters that only look like dots."""
    text = value.text
    if text[:start].strip(" \t'\"/\\") or prose(text):
        return 0.0
    if value.place == "header" and value.name in _OF_BROWSER and value.name != "User-Agent":
        return 0.0
    if _HIDDEN_HOST.match(text[start : start + 300]):
        return 0.85
    found = target_at(text, start)
    after = text[start:].partition(":")[2][:4]
    if not re.match(r"//[^/\\]", after):
        return 0.8 if re.match(r"[/\\]{3,}|[/\\]?[^/\s\\]|/\\|\\", after) and (found.leads or "[" in text or found.odd) else 0.0
    return 0.8 if found.odd else 0.0


def _included(value: Value, start: int, _end: int) -> float:
    """The URL of a script in a parameter that names a file."""
    text = value.text
    if start or value.place == "header" or prose(text) or value.is_name or len(text) > 400:
        return 0.0
    if value.place not in ("query", "body.form", "cookie"):
        return 0.75 if _SCRIPT_AWAY.fullmatch(text) and text.endswith(("?", "%00", "\x00")) else 0.0
    step = value.name
    found = target_at(text, 0)
    if re.search(r"absolute_path|\[path\]|_path\b|include|abspath|root_?(?:dir|path)|basepath", step, re.IGNORECASE):
        return 0.85
    if _AWAY_AND_MEANT.fullmatch(text) and not _NAMES_A_URL.search(step):
        return 0.75
    if _SCRIPT.search(text):
        from_number = bool(re.fullmatch(r"[\d.]+", found.host))
        return (
            0.8
            if _INCLUDING.search(step) and not re.search(r"url|uri|link|href", step, re.IGNORECASE)
            else (0.75 if from_number else 0.0)
        )
    return 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "url-inside", "ssrf", "internal", r"(?:https?|wss?|ftp|git|redis|mysql|postgres(?:ql)?|mongodb|amqp|telnet|ssh"
        r"|jdbc:[a-z]+):[/\\]{0,3}[^\s/\\\"'<>]+", check=_where,
        fires=(
            "http://169.254.169.254/latest/meta-data/", "http://localhost/admin", "http://2130706433/", "http://0x7f.1:8080/",
            "http://[::ffff:127.0.0.1]/",
            "http://127.0.0.1.nip.io/", "http://a.example@127.1/", "http://metadata.google.internal/x",
        ),
        silent=(
            "https://hooks.example.com/notify", "Open http://localhost:3000 in your browser and log in to see the page.",
            "https://shop.example.com/?v=1.2",
            "see [it](http://localhost:8080)",
        ),
    ),
    Signature(
        "url-inside-bare", "ssrf", "internal",
        r"^(?:localhost|ip6-|ipv6-localhost|localtest\.me|lvh\.me|(?:\d+|0x[0-9a-f]+)(?:\.(?:\d+"
        r"|0x[0-9a-f]+)){0,3}|\[|host\.|gateway\.|kubernetes\.|metadata\.)\S*[:/]"
        r"|^(?:169\.254\.|100\.100\.|metadata\.google\.)\S+$|^0x[0-9a-f]{8}$",
        check=_bare_host,
        fires=("169.254.169.254", "metadata.google.internal", "localhost/", "127.1/admin", "kubernetes.default.svc/api"),
        silent=("10/12/2024", "169.254.1.2", "metadata.json", "0xdeadbeef", "localhost is my machine", "1:30"),
    ),
    Signature(
        "url-scheme", "ssrf", "scheme", r"\b(?:gopher|dict|netdoc|ldaps?|sftp|tftp|smb|jar):(?://|\\\\|https?:|file:"
            r"|ftp:)|\b(?:https?\+)?unix:/|\bunix:[^\s|]*\|https?:", check=_scheme,
        fires=("gopher://127.0.0.1:6379/_INFO", "dict://a.example:11211/stat", "jar:http://a.example/x!/",
            "unix:///var/run/docker.sock"),
        silent=("a gopher: an animal", "mobilejar:x"),
    ),
    Signature(
        "url-away", "redir", "other-host",
        r"^[ \t]*(?:[/\\][/\\\s\x00]*(?:[/\\]|https?:|javascript:|[^/\s]+@|\\)|[\\/]\s*[\\/])", check=_away,
        fires=("//evil.example", "/\\evil.example", "///evil.example/%2e%2e", "/https://evil.example",
        "//a.example@evil.example/x"),
        silent=("/docs/a", "// a comment", "/users/a@b.example", "//cdn.example.com/logo.png"),
    ),
    Signature(
        "url-strange", "redir", "odd-url",
        r"\bhttps?:(?:[/\\]*[^\s/\x00@]*[<>\\^|`{}][^\s/\x00@]*@|[/\\]{2}[\w.:-]+\\|[/\\]{3,}|/?[^/\s\\]"
        r"|[/\\]{2}[^\s/\\]+\\+@" r"|[/\\]{2}[^\s/\\\"'<>]*[^\s/\\\"'<>\w.:-][^\s\"'<>]*|/?\\)",
        check=_strange,
        fires=("http:evil.example", "https:///evil.example/a", "http://good.example@evil.example", "http:0xd83ad6ce"),
        silent=("http://u:p@db.example/x", "https: see there", "https://a.example/?mail=x@b.example"),
    ),
    Signature(
        "url-user-only", "redir", "odd-url", r"^\.?@[\w-]+(?:\.[\w-]+)+(?:/|$)",
        check=lambda value, _start, _end: 0.75 if value.place in ("query",
            "body.form") and _LEADS_ON.search(value.name) else 0.0,
        silent=("@a.example", "@b.example/x"),
    ),
    Signature(
        "url-wide-dot", "redir", "odd-url", r"^(?:https?:)?[/\\]{0,4}[\w-]+(?:。|．|｡)\w+|^〵\w", 0.85,
        fires=("//google。com", "〵evil.example"), silent=("見る。次", "a. b"),
    ),
    Signature(
        "url-included", "rfi", "script", r"^(?:https?|ftps?)://\S+", check=_included,
        silent=("https://hooks.example.com/notify", "http://a.example/x.html"),
    ),
)  # fmt: skip
