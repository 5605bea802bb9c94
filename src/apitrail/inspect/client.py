"""What program sent a request, by its user agent: `Chrome 142` on Windows, a browser; `curl 8.5`, a tool."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from ua_parser import PartialResult

MAX_CHARS = 512
"""A user agent is read up to here; the longest honest ones have about 400 characters."""
CACHED_CLIENTS = 8192
MAX_NAME = 60
KINDS = ("browser", "mobile app", "tool", "library", "bot", "unknown")


class Client(msgspec.Struct, frozen=True, gc=False):
    """A program and what it runs on; `kind` is one of KINDS, `os` is empty when the user agent does not say."""

    name: str
    os: str
    kind: str


UNKNOWN = Client("", "", "unknown")


def parse(user_agent: str) -> Client:
    """The client that a user agent claims to be."""
    return _parse(user_agent[:MAX_CHARS])


@lru_cache(maxsize=CACHED_CLIENTS)
def _parse(text: str) -> Client:
    text = text.strip()
    found = next((client for step in _STEPS if (client := step(text))), None)
    return found or UNKNOWN


# --- programs that name themselves first -------------------------------------------------------------------------

_PROGRAMS: tuple[tuple[str, str, str], ...] = (
    ("curl", "curl", "tool"),
    ("libcurl", "libcurl", "library"),
    ("wget2?", "Wget", "tool"),
    ("postmanruntime", "Postman", "tool"),
    ("insomnia", "Insomnia", "tool"),
    ("httpie", "HTTPie", "tool"),
    ("bruno(?:runtime)?", "Bruno", "tool"),
    ("hoppscotch", "Hoppscotch", "tool"),
    ("thunder client", "Thunder Client", "tool"),
    ("vscode-restclient", "VS Code REST Client", "tool"),
    ("intellij http client", "IntelliJ HTTP Client", "tool"),
    ("soapui", "SoapUI", "tool"),
    ("paw", "Paw", "tool"),
    ("(?:grafana )?k6", "k6", "tool"),
    ("apache-?jmeter", "JMeter", "tool"),
    ("gatling", "Gatling", "tool"),
    ("apachebench", "ApacheBench", "tool"),
    ("hey", "hey", "tool"),
    ("vegeta", "Vegeta", "tool"),
    ("locust", "Locust", "tool"),
    ("powershell|mozilla/[^()]*\\([^)]*\\) windowspowershell", "PowerShell", "tool"),
    ("sqlmap", "sqlmap", "tool"),
    ("nikto|mozilla/5\\.00 \\(nikto", "Nikto", "tool"),
    ("nuclei", "Nuclei", "tool"),
    ("masscan", "masscan", "tool"),
    ("zgrab|mozilla/5\\.0 zgrab", "ZGrab", "tool"),
    ("nmap|mozilla/5\\.0 \\(compatible; nmap", "Nmap", "tool"),
    ("ffuf|fuzz faster u fool", "ffuf", "tool"),
    ("feroxbuster", "feroxbuster", "tool"),
    ("gobuster", "Gobuster", "tool"),
    ("dirbuster", "DirBuster", "tool"),
    ("wfuzz", "Wfuzz", "tool"),
    ("wpscan", "WPScan", "tool"),
    ("arachni", "Arachni", "tool"),
    ("git", "Git", "tool"),
    ("docker", "Docker", "tool"),
    ("kubectl", "kubectl", "tool"),
    ("kube-probe", "Kubernetes probe", "tool"),
    ("elb-healthchecker", "AWS health check", "tool"),
    ("googlehc", "Google health check", "tool"),
    ("prometheus", "Prometheus", "tool"),
    ("blackbox[ _]exporter", "Blackbox Exporter", "tool"),
    ("aws-cli", "AWS CLI", "tool"),
    ("terraform|hashicorp terraform", "Terraform", "tool"),
    ("python-requests", "python-requests", "library"),
    ("python-httpx", "httpx", "library"),
    ("(?:python/[\\d.]+ )?aiohttp", "aiohttp", "library"),
    ("python-urllib3?|urllib3", "urllib", "library"),
    ("python-httplib2", "httplib2", "library"),
    ("python", "Python", "library"),
    ("pycurl", "PycURL", "library"),
    ("tornado", "Tornado", "library"),
    ("boto3?|botocore", "Boto", "library"),
    ("axios", "axios", "library"),
    ("node-fetch", "node-fetch", "library"),
    ("undici", "undici", "library"),
    ("got", "got", "library"),
    ("node-superagent", "superagent", "library"),
    ("node(?:\\.js)?", "Node.js", "library"),
    ("deno", "Deno", "library"),
    ("bun", "Bun", "library"),
    ("go-http-client|go \\d[\\d.]* package http", "Go http", "library"),
    ("go-resty", "Resty", "library"),
    ("fasthttp", "fasthttp", "library"),
    ("grpc-[a-z+]+(?:-[a-z]+)?", "gRPC", "library"),
    ("connect-(?:go|es)", "Connect", "library"),
    ("apache-httpclient|apache-httpasyncclient|jakarta commons-httpclient", "Apache HttpClient", "library"),
    ("java-http-client|java", "Java", "library"),
    ("spring-?(?:webclient|boot)?|reactornetty", "Spring", "library"),
    ("jersey", "Jersey", "library"),
    ("axis2?|apache cxf|apache-cxf", "Java SOAP", "library"),
    ("okhttp", "OkHttp", "library"),
    ("retrofit", "Retrofit", "library"),
    ("ktor(?:-client)?", "Ktor", "library"),
    ("dart", "Dart", "library"),
    ("alamofire", "Alamofire", "library"),
    ("ruby", "Ruby", "library"),
    ("faraday", "Faraday", "library"),
    ("rest-client", "rest-client", "library"),
    ("http\\.rb", "http.rb", "library"),
    ("typhoeus", "Typhoeus", "library"),
    ("guzzlehttp|guzzle", "Guzzle", "library"),
    ("symfony httpclient", "Symfony HttpClient", "library"),
    ("php(?:-soap)?|pear http_request", "PHP", "library"),
    ("wordpress", "WordPress", "library"),
    ("libwww-perl|lwp::simple|lwp-\\w+|perl", "libwww-perl", "library"),
    ("mojolicious", "Mojolicious", "library"),
    ("reqwest", "reqwest", "library"),
    ("hyper", "hyper", "library"),
    ("ureq", "ureq", "library"),
    ("restsharp", "RestSharp", "library"),
    ("refit", "Refit", "library"),
    ("\\.net|dotnet|microsoft\\.net", ".NET", "library"),
    ("winhttp|microsoft winhttp", "WinHTTP", "library"),
    ("cpp-httplib", "cpp-httplib", "library"),
    ("elixir|hackney|mint", "Elixir", "library"),
    ("http_request2?", "HTTP_Request", "library"),
    ("cfnetwork", "CFNetwork", "library"),
)
"""How the user agent begins (a pattern, any case), what to call it, which kind it is; the first that matches."""


@lru_cache(maxsize=1)
def _program_pattern() -> re.Pattern[str]:
    names = "|".join(f"(?P<p{row}>{pattern})" for row, (pattern, _, _) in enumerate(_PROGRAMS))
    return re.compile(rf"(?:{names})(?=[/ ;(,_v-]|$)(?:[/ ]v?(?P<version>\d+(?:\.\d+)?))?", re.IGNORECASE)


def _as_program(text: str) -> Client | None:
    found = _program_pattern().match(text)
    if not found:
        return None
    version = found["version"]
    row = next(row for row in range(len(_PROGRAMS)) if found[f"p{row}"] is not None)
    _, name, kind = _PROGRAMS[row]
    return Client(f"{name} {version}" if version else name, _os(text), kind)


# --- crawlers that say so ----------------------------------------------------------------------------------------

_BOT = re.compile(
    r"bots?(?![a-z])|b0t|crawl|spider|scrap[ei]|slurp|archiver|fetcher|preview|monitor(?!y)|validator|checker|"
    r"scanner|detector|inspect|synthetic|uptime|pingdom|headlesschrome|phantomjs|lighthouse|cypress/|playwright|puppeteer|"
    r"feed(?!ler)|\brss\b|externalhit|favicon|verif(?:y|ier)|indexer|harvest|like Gecko[;,]",
    re.IGNORECASE,
)
_NOT_BOT = re.compile(r"cubot", re.IGNORECASE)
_OWN_ADDRESS = re.compile(r"https?://|@[\w-]+\.[a-z]{2}|\bwww\.", re.IGNORECASE)
_COMPATIBLE = re.compile(r"compatible; *([A-Za-z][\w .!-]*?)(?:[/;)]|$)")
_ASIDE = re.compile(r"like Gecko[;,] *(?:compatible[;,] *)?([A-Za-z][\w .!-]*?)(?:[/;,)]|$)")
_PRODUCT = re.compile(r"([A-Za-z][\w.!:-]*(?: [A-Za-z][\w.-]*){0,3})(?:[/ ]v?(\d+(?:\.\d+)?))?")
_WORD = re.compile(r"[A-Za-z][\w.!-]*")
_NOT_A_NAME = re.compile(r"(?:mozilla|msie|applewebkit|compatible|like|https?|www)\b", re.IGNORECASE)


def _as_bot(text: str) -> Client | None:
    said = _BOT.search(_NOT_BOT.sub("", text)) or _OWN_ADDRESS.search(text)
    return Client(_bot_name(text, said[0]), _os(text), "bot") if said else None


def _bot_name(text: str, clue: str) -> str:
    """The program's own name: what follows `compatible;`, else the first product, else the word with the clue in it."""
    candidates = [found[1] for found in (_COMPATIBLE.search(text), _ASIDE.search(text), _PRODUCT.match(text)) if found]
    candidates += [word for word in _WORD.findall(text) if clue in word]
    return next((name for name in candidates if not _NOT_A_NAME.match(name)), "crawler")[:MAX_NAME]


# --- browsers and apps -------------------------------------------------------------------------------------------

_BROWSERS: tuple[tuple[str, str, str], ...] = (
    ("FBA[NV]", "Facebook", "mobile app"),
    ("Instagram", "Instagram", "mobile app"),
    ("MicroMessenger", "WeChat", "mobile app"),
    ("Snapchat", "Snapchat", "mobile app"),
    ("(?:musical_ly|TikTok|BytedanceWebview)", "TikTok", "mobile app"),
    ("Line", "LINE", "mobile app"),
    ("WhatsApp", "WhatsApp", "mobile app"),
    ("GSA", "Google App", "mobile app"),
    ("Electron", "Electron", "browser"),
    ("EdgA?(?:iOS)?", "Edge", "browser"),
    ("Edge", "Edge", "browser"),
    ("OPR", "Opera", "browser"),
    ("OPX?T?", "Opera", "browser"),
    ("SamsungBrowser", "Samsung Internet", "browser"),
    ("YaBrowser", "Yandex Browser", "browser"),
    ("Vivaldi", "Vivaldi", "browser"),
    ("UCBrowser", "UC Browser", "browser"),
    ("(?:MiuiBrowser|XiaoMi/MiuiBrowser)", "Mi Browser", "browser"),
    ("HuaweiBrowser", "Huawei Browser", "browser"),
    ("DuckDuckGo", "DuckDuckGo", "browser"),
    ("Iceweasel", "Iceweasel", "browser"),
    ("SeaMonkey", "SeaMonkey", "browser"),
    ("FxiOS", "Firefox", "browser"),
    ("CriOS", "Chrome", "browser"),
)
"""The word before the slash, the name, the kind: words that only one browser uses, so the first that matches."""
_SYSTEM = r"^Mozilla/5\.0 \((?:Windows|X11|Linux|Macintosh|iP(?:hone|ad|od)|Android|Mobile)[^()]*(?:\([^()]*\)[^()]*)?\) "
_WEBKIT = _SYSTEM + r"AppleWebKit/[\d.]+ \(KHTML, like Gecko\) "
_ENGINES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(_SYSTEM + r"Gecko/[\d.]+ Firefox/(?P<version>\d+)[\d.]*$"), "Firefox"),
    (re.compile(_WEBKIT + r"Chrome/(?P<version>\d+)[\d.]* (?:Mobile )?Safari/[\d.]+$"), "Chrome"),
    (re.compile(_WEBKIT + r"Version/(?P<version>\d+)[\d.]* (?:Mobile/\w+ )?Safari/[\d.]+$"), "Safari"),
)
"""The whole user agent of an ordinary browser; one more word would be another browser."""
_WEBVIEW = re.compile(r"; wv\)|\bMobile/\w+$")


@lru_cache(maxsize=1)
def _browser_pattern() -> re.Pattern[str]:
    names = "|".join(f"(?P<b{row}>{pattern})" for row, (pattern, _, _) in enumerate(_BROWSERS))
    return re.compile(rf"(?<![\w.-])(?:{names})/(?P<version>\d+)?")


def _as_plain_browser(text: str) -> Client | None:
    """Most traffic: the three engines in their usual form, recognised before anything slow is tried."""
    if not text.startswith("Mozilla/5.0 (") or "; wv)" in text or "://" in text or _BOT.search(text, 13, text.find(")")):
        return None
    for pattern, name in _ENGINES:
        if whole := pattern.match(text):
            return Client(f"{name} {whole['version']}", _os(text), "browser")
    return None


def _as_browser(text: str) -> Client | None:
    if not text.startswith(("Mozilla/", "Opera/")):
        return None
    if not (found := _browser_pattern().search(text)):
        return None
    row = next(row for row in range(len(_BROWSERS)) if found[f"b{row}"] is not None)
    _, name, kind = _BROWSERS[row]
    return Client(f"{name} {found['version'] or ''}".rstrip(), _os(text), kind)


_APP_SYSTEM = re.compile(r"CFNetwork/|Darwin/|\biOS\b|iPhone|iPad|Android|Dalvik/")


def _as_app(text: str) -> Client | None:
    """`Shop/3.2 (iPhone; iOS 17.1)`, `Shop/3 CFNetwork/1494 Darwin/23.4`: an own name on a phone's system."""
    if text.startswith(("Mozilla/", "Opera/")) or not _APP_SYSTEM.search(text):
        return None
    product = _PRODUCT.match(text)
    return Client(_named(product) if product else "app", _os(text), "mobile app")


def _named(product: re.Match[str]) -> str:
    return (f"{product[1]} {product[2]}" if product[2] else product[1])[:MAX_NAME]


# --- the rest: ua-parser's table, slow (0.3 ms) and wide ---------------------------------------------------------


def _as_listed(text: str) -> Client | None:
    agent = _listed(text).user_agent
    if agent is None:
        return None
    name = f"{agent.family} {agent.major}" if agent.major else agent.family
    return Client(name[:MAX_NAME], _os(text), _listed_kind(text))


def _listed_kind(text: str) -> str:
    if text.startswith(("Mozilla/", "Opera", "Lynx", "Links", "Dillo", "ELinks", "w3m", "NCSA")):
        return "mobile app" if _WEBVIEW.search(text) else "browser"
    return "browser" if "(" in text and ("MIDP" in text or "Profile/" in text) else "tool"


@lru_cache(maxsize=1)
def _resolver() -> Callable[[str], PartialResult]:
    """The matchers are compiled one by one when first asked, so that the first call takes 10 ms and not 90."""
    from ua_parser import BasicResolver, Domain, load_lazy_builtins

    resolver = BasicResolver(load_lazy_builtins())
    return lambda text: resolver(text, Domain.USER_AGENT)


def _listed(text: str) -> PartialResult:
    return _resolver()(text)


def _as_product(text: str) -> Client | None:
    """Nothing knows it, but it begins with a product: a program of somebody's own."""
    if text.startswith("Mozilla/"):
        return _as_pretender(text)
    product = _PRODUCT.match(text)
    return Client(_named(product), _os(text), "tool") if product and len(product[1]) <= MAX_NAME else None


def _as_pretender(text: str) -> Client | None:
    """`Mozilla/5.0 (compatible; Thing/1.0)`, `Mozilla/5.0 thing/2.1`: a program behind a browser's first word."""
    if system := _os(text):
        return Client("Mozilla compatible", system, "browser")
    words = [word for word in _WORD.findall(text) if not _NOT_A_NAME.match(word)]
    return Client(words[0][:MAX_NAME], "", "bot") if words else None


_STEPS: tuple[Callable[[str], Client | None], ...] = (
    lambda text: UNKNOWN if text in ("", "-") else None,
    _as_plain_browser,
    _as_program,
    _as_bot,
    _as_browser,
    _as_app,
    _as_listed,
    _as_product,
)


# --- operating system --------------------------------------------------------------------------------------------

_SYSTEMS: tuple[tuple[str, str], ...] = (
    ("Windows Phone|IEMobile", "Windows Phone"),
    ("Windows|Win(?:98|95|32|64|NT)", "Windows"),
    (r"iPhone|iPad|iPod|\biOS|CFNetwork", "iOS"),
    (r"Android|Dalvik|\bAdr ", "Android"),
    ("Macintosh|Mac OS|Mac_|Darwin|macOS", "macOS"),
    (r"\bCrOS\b", "ChromeOS"),
    ("Tizen", "Tizen"),
    ("KAIOS", "KaiOS"),
    ("HarmonyOS|OpenHarmony", "HarmonyOS"),
    ("BlackBerry|BB10", "BlackBerry"),
    ("Symbian|Series ?60|SymbOS", "Symbian"),
    ("FreeBSD|OpenBSD|NetBSD", "BSD"),
    ("Linux|X11|Ubuntu|Fedora|Debian", "Linux"),
)
"""What the user agent contains (a pattern) and the system's name; the first that matches."""


@lru_cache(maxsize=1)
def _system_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern, re.IGNORECASE), name) for pattern, name in _SYSTEMS)


def _os(text: str) -> str:
    return next((name for pattern, name in _system_patterns() if pattern.search(text)), "")
