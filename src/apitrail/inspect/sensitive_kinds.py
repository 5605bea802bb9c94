"""The kinds of sensitive data as data: what a value looks like, which words of its name make that surer, and the proof (D4).

A row whose score without words is below the threshold speaks only of values under such a name. Numbers of up to seven digits are
judged by their name alone, because lines of a log that differ only in such numbers are looked at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from apitrail.inspect import checksums

PII, CREDENTIALS, FINANCIAL, MEDICAL, TECHNICAL = "PII", "credentials", "financial", "medical", "technical"
GROUPS = (PII, CREDENTIALS, FINANCIAL, MEDICAL, TECHNICAL)


class Kind(NamedTuple):
    """One way to know a kind of sensitive data.

    `pattern` is matched against the whole value, with `inside` looked for in it. `words` are looked for in the name of the field,
    in small letters with single spaces; where they stand the score is `score_with_words`, where `unless` stands there is none.
    `sign` is a quick expression without which `inside` does not fit.
    `check` is asked about what matched. `fires` and `silent` are names with values.
    """

    kind: str
    group: str
    pattern: str
    score: float = 0.0
    words: str = ""
    score_with_words: float = 0.0
    fires: tuple[tuple[str, str], ...] = ()
    silent: tuple[tuple[str, str], ...] = ()
    check: Callable[[str], bool] | None = None
    inside: bool = False
    sign: str = ""
    unless: str = ""


_OPAQUE = r"(?![\d.-]{1,7}$)(?=[^\d]*\d|[^A-Z]*[A-Z]|.{20})[!-~]{8,4096}"
"""Eight signs or more without a blank, and more than one small word."""
_NUMBERISH = r"(?=[^\d]*\d)(?!\d{1,7}$)[A-Za-z0-9](?:[A-Za-z0-9]|[ ./-](?=[A-Za-z0-9])){4,24}"
"""A number as offices give it: digits, perhaps with letters, blanks and dashes."""
_DATE = r"(?!\d{1,7}$)(?:\d{4}[-/.]?\d\d?[-/.]?\d\d?|\d\d?[-/.]\d\d?[-/.]\d{2,4})(?:[T ][\d:.,]{0,20}(?:Z|[+-][\d:]{2,5})?)?"
_LETTERS = r"[^\W\d_](?:[^\W\d_]|[ '’.,-]){1,79}"
_SOMEBODY = (
    "user|customer|client|person|people|employee|patient|contact|owner|author|holder|recipient|passenger|guest|member|buyer|payer"
)

_PERSONAL = (
    Kind("email", PII,
         r"[\w.%+'-]@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}\.[A-Za-z]{2,24}\b", 0.9, inside=True,
         sign=r"@[A-Za-z0-9-]+\.", fires=(("contact", "jane.roe@shop.example"), ("text", "write to bob@mail.example please")),
         silent=(("package", "@types/node"), ("handle", "@jane"), ("url", "https://user@localhost/"))),
    Kind("phone", PII, r"\+[1-9]\d{0,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}|\(\d{3}\) ?\d{3}-\d{4}", 0.6,
         fires=(("contact", "+49 170 1234567"), ("x", "+14155550123"), ("x", "(415) 555-0123")),
         silent=(("offset", "+02:00"), ("delta", "+12"), ("id", "4155550123"))),
    Kind("phone", PII,
         r"(?=(?:\D*\d){6})[+(]?\d(?:[ ()./-]{0,2}\d){7,16}", 0.05, r"phone|mobile|\b(?:tel|cell|fax|msisdn|whats ?app|sms)\b",
         0.7, fires=(("phoneNumber", "4155550123"), ("tel", "0170/1234567")),
         silent=(("created", "1700000000"), ("phone_model", "Pixel 9"), ("phone_id", "12"))),
    Kind("person_name", PII,
         _LETTERS, 0,
         rf"\b(?:first|last|full|family|given|middle|maiden|legal|sur|nick|real|{_SOMEBODY}) ?name(?: ?\d)?$|\bsurname$"
         r"|\b(?:person|patient|passenger|cardholder|holder|customer) name$",
         0.6, unless=r"user ?name$",
         fires=(("firstName", "Jane"), ("user.full_name", "Jané O'Roe"), ("customer.name", "Bob Miller")),
         silent=(("name", "Blue shirt"), ("hostname", "web"), ("UsernameToken.Type", "plain"), ("first_name", ""))),
    Kind("birth_date", PII, _DATE, 0.05, r"birth|\bdob\b|\bborn\b|geburt|naissance|nacimiento", 0.8,
         fires=(("date_of_birth", "1984-03-09"), ("dob", "03/09/1984"), ("birthDate", "1984-03-09T00:00:00Z")),
         silent=(("created", "1984-03-09"), ("birthplace_id", "77"))),
    Kind("address", PII,
         r"\d{1,5}[A-Za-z]? (?:[A-Z][\w'.-]{0,30} ){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd"
         r"|Court|Ct|Way)\b.{0,120}|[A-Z]\w{1,30}(?:straße|strasse|str\.|weg|gasse|platz) \d{1,4}[a-z]?\b.{0,120}",
         0.5, fires=(("x", "221B Baker Street, London"), ("x", "Hauptstraße 12")),
         silent=(("x", "3 Blue Shirts"), ("x", "2 days on the Way"))),
    Kind("address", PII,
         r"[\w#][^<>{}\[\]@:]{0,199}", 0,
         r"\bstreet|\baddress(?: ?line)?(?: ?\d)?$|\bpost(?:al)? ?code|\bzip(?: ?code)?\b|\bhouse ?(?:number|no)\b|\baddr\d?$",
         0.5,
         unless=r"\b(?:ip|mac|e ?mail|mail|web|wallet|remote|client|server|host|network|bind|listen|memory|url|node|contract"
                r"|token)\b",
         fires=(("address", "12 Elm St"), ("postalCode", "90210"), ("shipping.street", "Elm 4")),
         silent=(("ip_address", "203.0.113.7"), ("email_address", "a"), ("unzip", "1"), ("address", "a@b.example"))),
    Kind("national_id", PII, r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}", 0.5,
         fires=(("x", "536-22-1234"),), silent=(("x", "000-22-1234"), ("date", "2026-11-29"))),
    Kind("national_id", PII, r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]", 0.4,
         fires=(("x", "AB 12 34 56 C"),), silent=(("x", "QQ123456C"), ("sku", "AB123456X"))),
    Kind("national_id", PII, r"(?:\d{8}|[XYZ]\d{7})-?[A-Z]", 0.4, check=checksums.is_dni,
         fires=(("x", "12345678Z"), ("x", "X1234567L")), silent=(("x", "12345678A"),)),
    Kind("national_id", PII, r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", 0.7, check=checksums.is_fiscal_code,
         fires=(("x", "RSSMRA85T10A562S"),), silent=(("x", "RSSMRA85T10A562T"),)),
    Kind("national_id", PII, r"\d{3}\.\d{3}\.\d{3}-\d\d", 0.7, check=checksums.is_cpf,
         fires=(("x", "529.982.247-25"),), silent=(("x", "529.982.247-26"),)),
    Kind("national_id", PII, r"\d{11}", 0.05, r"\bcpf\b", 0.8, check=checksums.is_cpf,
         fires=(("cpf", "52998224725"),), silent=(("id", "52998224725"), ("cpf", "52998224726"))),
    Kind("national_id", PII, r"\d{11}", 0.1, r"pesel", 0.9, check=checksums.is_pesel,
         fires=(("pesel", "44051401359"),), silent=(("pesel", "44051401358"), ("id", "44051401359"))),
    Kind("national_id", PII,
         r"[12] ?\d\d ?(?:0[1-9]|1[0-2]) ?\d\d ?\d{3} ?\d{3} ?\d\d", 0.4, check=checksums.is_nir, unless=r"\b(?:id|time|ts)\b",
         fires=(("x", "255081416802538"),), silent=(("x", "255081416802539"),)),
    Kind("national_id", PII,
         _NUMBERISH, 0,
         r"\bssn\b|social (?:security|insurance)|national ?(?:id|identity|number)|\bnino\b|\btax ?(?:id|number|payer)"
         r"|\bid ?card|identity (?:card|number|document)|personal ?(?:id|number|code)|\b(?:aadhaar|dni|nie|nif|bsn|curp"
         r"|personnummer|cnp|rut|tin|pan)\b",
         0.6, fires=(("ssn", "536221234"), ("nationalId", "AB-123456"), ("taxpayer_number", "12 345 678 901")),
         silent=(("ssn", "none"), ("pan_zoom", "0.5"), ("span", "12345678"))),
    Kind("passport", PII,
         r"(?=[A-Z]{0,2}\d)(?!\d{1,7}$)[A-Z0-9]{6,12}", 0, r"passport", 0.7,
         fires=(("passportNumber", "C01X00T47"), ("passport.no", "123456789")),
         silent=(("passport_strategy", "google"), ("sku", "C01X00T47"))),
    Kind("passport", PII, r"P[A-Z<][A-Z]{3}[A-Z<]{39}(?:\s{0,2}[A-Z0-9<]{44})?", 0.9,
         fires=(("x", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),), silent=(("x", "P<Q << 3"),)),
)  # fmt: skip
_CREDENTIALS = (
    Kind("password", CREDENTIALS,
         r"(?!(?:true|false|null|none|\*+)$)[^\r\n]{1,200}", 0,
         r"(?:\b|pass ?)(?:password|passwd|pwd|passphrase|passcode|pass|pin ?code|pin)(?: ?\d| (?:hash|confirmation|confirm"
         r"|repeat|again))?$",
         0.9, unless=r"\b(?:has|is|needs?|require[sd]?|allow|show|can|boarding|by)\b",
         fires=(("password", "hunter2"), ("newPassword", "Tr0ub4dor&3"), ("password_confirmation", "x"), ("user.pwd", "x"),
                ("pin", "1234")),
         silent=(("password", "true"), ("has_password", "yes"), ("password_policy", "strong"), ("password", "***"),
                 ("compass", "north"))),
    Kind("token", CREDENTIALS,
         _OPAQUE, 0,
         r"\b(?:token|jwt|bearer|session ?id|sid|nonce ?secret|otp|one time code|verification code|secret|csrf|authorization"
         r"|ticket)$",
         0.6,
         unless=r"\b(?:type|count|max|min|next|page|continuation|sync|cursor|prompt|completion|total|mint|erc20|csrf|xsrf)\b",
         fires=(("access_token", "9f8e7d6c5b4a3f2e"), ("refreshToken", "rt-Zm9vYmFyMTIz"), ("sessionId", "s%3Aabc.DEF123")),
         silent=(("token", "word"), ("max_tokens", "2048"), ("token_type", "Bearer12"),
                 ("next_page_token", "9f8e7d6c5b4a3f2e"))),
    Kind("api_key", CREDENTIALS,
         _OPAQUE, 0,
         r"\bapi ?key$|\bapp ?key$|\baccess ?key(?: id)?$|\b(?:client|api|app|shared|consumer|webhook|signing) ?secret$"
         r"|\bsecret ?key$|\bsubscription ?key$|\baccount ?key$",
         0.8, fires=(("apiKey", "b7c1d2e3f4a5"), ("client_secret", "8f14e45fceea167a"), ("AccountKey", "q83vEjRWeJA1==")),
         silent=(("api_key", "none"), ("key", "b7c1d2e3f4a5"), ("api_key", "1234567"))),
    Kind("private_key", CREDENTIALS,
         r"-----BEGIN (?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----", 1.0, inside=True, sign=r"-----BEGIN",
         fires=(("x", "-----BEGIN RSA PRIVATE KEY-----\nMIIB"),), silent=(("x", "-----BEGIN PUBLIC KEY-----\nMIIB"),)),
    Kind("jwt", CREDENTIALS,
         r"\beyJ[\w-]{8,4000}\.(?:eyJ)?[\w-]{2,4000}\.[\w-]{0,1000}", 0.95, inside=True, sign=r"eyJ",
         fires=(("x", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln"),
                ("note", "use eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln now")),
         silent=(("x", "eyJhIjoxfQ=="), ("state", "eyJhIjoxfQ"))),
    Kind("api_key", CREDENTIALS,
         r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,100}|glpat-[\w-]{20}|xox[abprs]-[A-Za-z0-9-]{10,100}|(?:sk"
         r"|rk)_(?:live|test)_[A-Za-z0-9]{16,100}"
         r"|SG\.[\w-]{16,32}\.[\w-]{32,64}|sk-(?:ant-|proj-)?[\w-]{24,200}|npm_[A-Za-z0-9]{36}|shp(?:at|ss)_[a-fA-F0-9]{32})",
         0.9, inside=True,
         sign=r"gh[pousr]_|github_pat_|glpat-|xox[abprs]-|[sr]k_(?:live|test)_|SG\.\w|sk-[\w-]{24}|npm_|shp(?:at|ss)_",
         fires=(("x", "ghp_" + "a1B2" * 9), ("x", "sk_live_" + "4eC39HqLyjWDarjtT1zd"),
                ("text", "token xoxb-" + "123456789012-abcdef")),
         silent=(("x", "ghp_short"), ("x", "task-list-of-the-week"))),
)  # fmt: skip
_MONEY = (
    Kind("card", FINANCIAL,
         r"\d(?<![\d.-]\d)(?:[ -]?\d){12,18}(?![\d-])", 0.4, r"\bcard|credit|debit|\bpan\b|\bcc ?(?:num|number|no)\b", 1.0,
         inside=True, sign=r"\d(?:[ -]?\d){12}", check=checksums.is_card,
         unless=r"\b(?:time|timestamp|ts|ms|id|nonce|seq|offset|imei|isbn|ean|gtin|barcode|tracking)$",
         fires=(("x", "4111 1111 1111 1111"), ("cardNumber", "5555555555554444"), ("note", "pay with 378282246310005, please")),
         silent=(("x", "4111111111111112"), ("id", "4111111111111111"), ("x", "0000000000000000"), ("x", "1764437400123456"))),
    Kind("card", FINANCIAL,
         r"\d{1,7}", 0, r"\b(?:cvv2?|cvc2?|csc|card (?:security|verification) ?(?:code|value)|security ?code)$", 0.8,
         fires=(("cvv", "123"), ("card.securityCode", "1234")), silent=(("cvv", "yes"), ("code", "123"))),
    Kind("iban", FINANCIAL, r"\b[A-Z]{2}\d\d ?(?:[A-Z0-9]{2,4} ?){3,7}[A-Z0-9]{0,4}\b", 0.9, check=checksums.is_iban,
         fires=(("x", "DE89 3704 0044 0532 0130 00"), ("account", "GB82WEST12345698765432")),
         silent=(("x", "DE89 3704 0044 0532 0130 01"), ("sku", "AB12CDEF3456GHIJ"))),
    Kind("account_number", FINANCIAL,
         r"(?=(?:\D*\d){6})(?!\d{1,7}$)[A-Z0-9](?:[ -]?[A-Z0-9]){7,23}", 0,
         r"(?:\baccount|\bacct|\bbank|\brouting|\bsort|\bbsb|\bifsc) ?(?:account|number|num|no|nr|code)\b|\biban\b"
         r"|\bkontonummer\b|\broutingnumber\b",
         0.6, fires=(("accountNumber", "12345678901"), ("bank.account_no", "00-1234-56789")),
         silent=(("account_id", "12345678901"), ("account_number", "main"), ("accounting_note", "12345678"))),
    Kind("account_number", FINANCIAL, r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", 0, r"\b(?:bic|swift)\b", 0.6,
         fires=(("bic", "DEUTDEFF500"),), silent=(("swift_version", "6.0"), ("x", "DEUTDEFF500"))),
)  # fmt: skip
_HEALTH = (
    Kind("diagnosis", MEDICAL,
         r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?", 0.05, r"\bicd|diagnos|disease|\bcondition ?code|morbid|illness|medical", 0.8,
         fires=(("diagnosis_code", "E11.9"), ("icd10", "J45")),
         silent=(("seat", "A12"), ("diagnosis", "pending"), ("x", "E11.9"))),
    Kind("insurance_number", MEDICAL,
         _NUMBERISH, 0,
         r"insurance ?(?:id|number|no|policy)|\bhealth ?(?:id|card|number|plan)|medicare|medicaid|\bnhs\b|\bmrn\b"
         r"|medical ?record|\bsubscriber ?(?:id|number)",
         0.7, fires=(("insuranceNumber", "A123456780"), ("mrn", "MRN-0012345"), ("nhs_number", "943 476 5919")),
         silent=(("insurance_id", "none"), ("health", "ok12345"), ("policy", "A123456780"))),
)  # fmt: skip
_MACHINES = (
    Kind("ip", TECHNICAL,
         r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?::\d{1,5}|/\d\d?)?"
         r"|(?=[0-9a-fA-F:]*[0-9a-fA-F]{3})(?:[0-9a-fA-F]{1,4}::?){3,7}[0-9a-fA-F]{1,4}(?:/\d{1,3})?",
         0.6, unless=r"\bversion|\brelease|\bbuild|\bfirmware|\bua\b",
         fires=(("client", "203.0.113.7"), ("addr", "2001:db8::8a2e:370:7334"), ("peer", "198.51.100.4:443")),
         silent=(("version", "1.2.3.4"), ("time", "10:20:30"), ("x", "256.1.1.1"))),
    Kind("mac", TECHNICAL, r"[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){5}|[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2}){5}", 0.7,
         fires=(("x", "00:1B:44:11:3A:B7"),), silent=(("x", "00:1B:44:11:3A"), ("x", "2026-11-29"))),
    Kind("internal_host", TECHNICAL,
         r"\b[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62}\.){1,6}(?:internal|intranet|corp|lan|localdomain|local)(?![\w.-])", 0.5,
         inside=True, sign=r"\.internal|\.intranet|\.corp|\.lan|\.local",
         fires=(("x", "db-1.prod.internal"), ("x", "api.default.svc.cluster.local")),
         silent=(("x", "shop.example.com"), ("file", "settings.local.json"), ("x", "an internal matter"))),
    Kind("internal_host", TECHNICAL,
         r"//(?:localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|10\.\d{1,3}\.\d{1,3}\.\d{1,3}|192\.168\.\d{1,3}\.\d{1,3}"
         r"|172\.(?:1[6-9]|2\d|3[01])\.\d{1,3}\.\d{1,3}|169\.254\.169\.254)(?![\w.])",
         0.5, inside=True, sign=r"//(?:localhost|127\.|10\.|192\.|172\.|169\.)",
         fires=(("url", "http://10.0.3.7:8080/admin"), ("x", "http://localhost/")),
         silent=(("x", "//10.example.com/"), ("x", "http://11.0.3.7/"))),
    Kind("cloud_key", TECHNICAL,
         r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}|\bya29\.[\w-]{20,400}"
         r"|AccountKey=[A-Za-z0-9+/]{40,100}={0,2}|\bLTAI[A-Za-z0-9]{16,24}\b|\bdop_v1_[a-f0-9]{64}",
         0.9, inside=True, sign=r"AKIA|ASIA|AROA|AIDA|AIza|ya29\.|AccountKey=|LTAI|dop_v1_",
         fires=(("x", "AKIA" + "IOSFODNN7EXAMPLE"), ("x", "AIza" + "SyD-abcdefghijklmnopqrstuvwxyz01234")),
         silent=(("x", "AKIAisshort"), ("x", "AKIAIOSFODNN7"))),
    Kind("stack_trace", TECHNICAL,
         r"Traceback \(most recent call last\)|\n\s{1,20}at [\w.$<>/ ]{1,200}\([^()\n]{0,200}\)|Exception in thread \""
         r"|goroutine \d{1,9} \[[a-z]"
         r"|#\d{1,3} /[^\n]{1,200}\.php\(\d{1,6}\)|\.rb:\d{1,6}:in [`']|\n\s{1,20}File \"[^\"\n]{1,200}\", line \d",
         0.8, inside=True, sign=r"Traceback \(|\n\s{1,20}(?:at|File) |Exception in|goroutine |\.php\(|\.rb:",
         fires=(("error", 'Traceback (most recent call last):\n  File "a.py", line 3'),
                ("x", "java.lang.Error: x\n\tat com.shop.A.b(A.java:12)"), ("x", "Error: x\n    at f (/srv/app.js:3:9)")),
         silent=(("x", "meet at noon (room 3)"), ("x", "a\nat home (soon)"))),
)  # fmt: skip
CATALOGUE: tuple[Kind, ...] = (*_PERSONAL, *_CREDENTIALS, *_MONEY, *_HEALTH, *_MACHINES)
"""Every row."""
