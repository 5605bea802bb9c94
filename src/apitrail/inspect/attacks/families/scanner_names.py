"""Names that scanners give themselves in paths, and the files that they ask for to see how a server says no.

They follow from what the programs document of themselves, or show in every log of a server on the Internet.
"""

from __future__ import annotations

import re

from apitrail.inspect.attacks.signature import Signature
from apitrail.inspect.attacks.values import Value

_IN_QUERY = re.compile(r"acunetix[-_]wvs|acu_?nonexist|netsparker\(0x|nsextt|w00tw00t|appscanheader", re.IGNORECASE)
"""What no person searches for."""


def _asked(value: Value, start: int, end: int) -> float:
    """The name of a scanner in the path, or in a parameter that it made up."""
    if value.place == "query":
        return 0.85 if _IN_QUERY.match(value.text, start, end) else 0.0
    return 0.85 if value.place == "path" and not value.steps else 0.0


def _of_path(value: Value, _start: int, _end: int) -> float:
    """A file by which a scanner sees what a server or a proxy answers."""
    return 0.8 if value.place == "path" and not value.steps else 0.0


SIGNATURES: tuple[Signature, ...] = (
    Signature(
        "scanner-name", "scanner", "name",
        r"w00tw00t|anti-sec:|\bdfind\b|muieblackcat|^/(?:zmeu|jorgee|morfeus|pmafind|toata|soapcaller)\b|acunetix[-_](?:wvs"
        r"|test|ssrf|xss)|acu_?nonexist|acunetix_wvs|nessus_is_probing|nessus\d{4,}|/nikto-[\w-]{6,80}\.html"
        r"|/nmap(?:lower|upper)check\d|/nmap/folder/check\d|nice ports,|trinity\.txt\.bak|netsparker\(0x|nsextt"
        r"|appscan_fingerprint"
        r"|_appscan_|appscanheader|qualys_?(?:test|was|guard|probe)|openvas[-_]?(?:test|vt|\d{4,})"
        r"|therei?snowaythat-?you-?canbethere"
        r"|/randomfile1$|/frand2$|/sfi\d{6}|vega-?inject|burpcollab|burp-?suite|zap-?(?:attack|proxy)-?test"
        r"|inexistent_file_name\.inexistent",
        check=_asked,
        fires=("/w00tw00t.at.blackhats.romanian.anti-sec:)", "/w00tw00t.at.ISC.SANS.DFind:)", "/muieblackcat",
               "/nmaplowercheck1700000000", "/Nmap/folder/check1700000000", "/nice ports,/Trinity.txt.bak",
               "/acunetix-wvs-test-for-some-inexistent-file", "/nessus_is_probing_you_", "/nikto-test-a1b2c3.html",
               "/appscan_fingerprint/mac_address", "/QualysTest.html", "/openvas-1234.html", "/zmeu"),
        silent=("/api/nmap", "/tools/nikto", "/docs/nessus", "/reports/qualys", "/integrations/burp", "/burpees",
                "/zmeuri/7", "/trinity.txt",
                "/api/acunetix/scans"),
    ),
    Signature(
        "scanner-folder", "scanner", "name",
        r"^/(?:nikto|nessus|openvas|acunetix|netsparker|appscan|qualys|arachni|w3af|wapiti|skipfish|nuclei|sqlmap|burp|wpscan"
        r"|dirbuster"
        r"|masscan|zgrab|detectify|leakix|l9explore)(?:[\d.:_-][\w.:-]{0,80})?(?:/|$)",
        check=_of_path, absent=True,
        fires=("/Nikto", "/netsparker-0f3a.aspx", "/nessus12345.html", "/burp/"),
        silent=("/burpees", "/nucleic-acids", "/api/nikto", "/masscanning"),
    ),
    Signature(
        "scanner-proxy-judge", "scanner", "open-proxy",
        r"/(?:azenv|proxy-?judge\d*|prx?j(?:dg|udge)?\d*|proxy_?(?:check|test|header|env)\w*|testproxy|proxyheader|textenv"
        r"|httpheader|checkproxy)"
        r"\.(?:php\d?|cgi|pl|aspx?)",
        check=_of_path, absent=True,
        fires=("/azenv.php", "/prxjdg.cgi", "/proxyheader.php", "/testproxy.php"),
        silent=("/proxy/check", "/api/proxies.json", "/judge", "/proxy.php"),
    ),
    Signature(
        "scanner-implant", "scanner", "implant",
        r"^/(?:ab2[gh]|aa[ab]9|teorema505|systembc/\w+\.php|res/login\.html|jquery-3\.3\.[12]\.slim\.min\.js\.php|stager(?:32"
        r"|64)|a/b/c/gate\.php"
        r"|(?:panel|admin)/(?:gate|bots?)\.php|gate\.php|c2conf)$",
        check=_of_path, absent=True,
        fires=("/ab2g", "/teorema505", "/systembc/password.php", "/gate.php"),
        silent=("/ab2", "/api/ab2g", "/gate", "/resources/login.html"),
    ),
)  # fmt: skip
"""Scanners by name; judges of proxies; servers that command malware."""
