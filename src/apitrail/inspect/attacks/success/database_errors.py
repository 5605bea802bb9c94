"""What a database or a directory says when a payload broke its query."""

from __future__ import annotations

import re
from collections.abc import Mapping

from apitrail.inspect.attacks.success.answer import Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

SHORT_ANSWER = 4000
"""Characters of an answer that is no page of documents: an error in it is its own."""
PIECE = 3
"""Characters that an error has from a payload."""

_MYSQL = (
    r"You have an error in your SQL syntax", r"check the manual that (?:corresponds to|fits) your (?:MySQL|MariaDB)",
    r"Unknown column '[^'\n]{1,100}' in '", r"XPATH syntax error: '", r"The used SELECT statements have a different number of"
    r" columns",
    r"mysqli?_\w{3,30}\(\)(?: expects|:)", r"com\.mysql\.(?:cj\.)?jdbc", r"MySQLSyntaxErrorException", r"ER_PARSE_ERROR",
)  # fmt: skip
_POSTGRESQL = (
    r"PG::\w{3,40}Error", r"org\.postgresql\.util\.PSQLException", r"psycopg2?\.(?:errors\.\w{3,40}|\w{3,40}Error)",
    r"pg_(?:query|exec)\(\)", r"unterminated quoted string at or near", r"syntax error at or near \"",
    r"invalid input syntax for (?:type )?\w", r"relation \"[^\"\n]{1,60}\" does not exist",
    r"column \"[^\"\n]{1,60}\" does not exist", r"UNION types \w{1,30} and \w{1,30} cannot be matched",
    r"each UNION query must have the same number of columns",
)  # fmt: skip
_SQLITE = (
    r"sqlite3\.\w{0,30}(?:Error|Warning)\b", r"SQLITE_(?:ERROR|MISUSE)", r"SQLite(?:3::|/JDBCDriver|Exception|\.Exception)",
    r"near \"[^\"\n]{0,200}\": syntax error", r"unrecognized token: \"", r"SELECTs to the left and right of UNION",
    r"no such (?:column|table|function): ",
)  # fmt: skip
_SQL_SERVER = (
    r"Unclosed quotation mark after the character string", r"Incorrect syntax near (?:the keyword )?'", r"\[SQL Server\]",
    r"\[ODBC \w[^\]\n]{1,60}Driver\]", r"Microsoft OLE DB Provider for",
    r"System\.Data\.(?:SqlClient|OleDb|Odbc)\.\w{3,40}Exception", r"Microsoft\.Data\.SqlClient",
    r"Conversion failed when converting the \w{3,12} value", r"com\.microsoft\.sqlserver\.jdbc",
    r"All queries combined using a UNION, INTERSECT or EXCEPT operator",
)  # fmt: skip
_ORACLE = (r"ORA-\d{5}: ", r"quoted string not properly terminated", r"oracle\.jdbc\.", r"oci_(?:parse|execute)\(\)")
_OTHERS = (
    r"SQLCODE[=:] ?-\d{3}", r"DB2 SQL error", r"com\.ibm\.db2\.jcc", r"Sybase message:", r"org\.h2\.jdbc\.", r"org\.hsqldb\.",
    r"CLI Driver\]", r"Dynamic SQL Error", r"Warning: {1,2}(?:ibase|ingres|sybase|mssql|odbc)_",
)  # fmt: skip
_LIBRARIES = (
    r"SQLSTATE\[\w{5}\]", r"PDOException", r"java\.sql\.SQL\w{0,30}Exception", r"org\.hibernate\.(?:exception|QueryException)",
    r"sqlalchemy\.exc\.\w{3,40}Error", r"Sequelize\w{0,30}Error", r"QueryFailedError", r"PrismaClient\w{3,40}Error",
    r"ActiveRecord::StatementInvalid", r"django\.db\.utils\.\w{3,40}Error", r"Doctrine\\DBAL\\",
    r"Illuminate\\Database\\QueryException",
)  # fmt: skip
_XPATH = (
    r"XPathException", r"xmlXPathEval", r"SimpleXMLElement::xpath\(\)", r"DOMXPath::", r"Invalid XPath", r"javax\.xml\.xpath\.",
    r"lxml\.etree\.XPath\w{0,20}Error",
)  # fmt: skip
_DOCUMENTS = (
    r"Mongo(?:Server|DB)?Error", r"MongoDB\\Driver\\Exception", r"pymongo\.errors\.\w{3,40}", r"BSONTypeError",
    r"CastError: Cast to", r"com\.mongodb\.Mongo\w{0,40}Exception", r"unknown (?:top level )?operator: \$", r"CouchbaseError",
    r"-ERR (?:unknown command|wrong number of arguments|Protocol error)", r"ReplyError: ERR", r"SearchPhaseExecutionException",
    r"query_shard_exception",
)  # fmt: skip
_DIRECTORIES = (
    r"javax\.naming\.(?:\w{1,20}\.)?\w{3,40}Exception", r"LDAPException", r"com\.sun\.jndi\.ldap",
    r"supplied argument is not a valid ldap",
    r"ldap_search\(\)", r"ldap\.(?:FILTER_ERROR|NO_SUCH_OBJECT)", r"Bad search filter", r"invalid DN syntax",
    r"Invalid LDAP filter", r"The search filter is (?:incorrect|invalid)",
)  # fmt: skip

_SQL = (*_MYSQL, *_POSTGRESQL, *_SQLITE, *_SQL_SERVER, *_ORACLE, *_OTHERS, *_LIBRARIES, *_XPATH)
ERRORS: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "sqli": tuple(map(re.compile, _SQL)),
    "nosqli": tuple(map(re.compile, _DOCUMENTS)),
    "ldapi": tuple(map(re.compile, _DIRECTORIES)),
}
"""What engines, drivers and mappers say, by the type of attack; each begins with letters that can be looked for quickly."""

_NEAR = re.compile(
    r"near (?:the keyword )?['\"]([^\n]{1,120})|character string '([^'\n]{1,100})|token: \"([^\"\n]{1,100})"
    r"|column:? ['\"]?([\w.]{2,60})|function:? ([\w.]{2,60})|error: '([^'\n]{2,100})"
)
"""How an error names what it stumbled over."""


def error(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The error of an engine: of an answer that is one, or with a piece of the payload in it."""

    def accepted(match: re.Match[str]) -> bool:
        if attempt.sent.says(match[0]):
            return False
        if answer.status >= 400 or (len(answer.raw) <= SHORT_ANSWER and not attempt.is_search):
            return True
        return _quotes(attempt, match.string[match.start() : match.end() + 200])

    patterns = ERRORS.get(attempt.finding.type, ())
    return next((found for pattern in patterns if (found := answer.find("database_error", pattern, accepted))), None)


def _quotes(attempt: Attempt, said: str) -> bool:
    """Whether an error names a piece of the payload as what it stumbled over."""
    for found in _NEAR.finditer(said):
        named = next(group for group in found.groups() if group)
        first = named.partition("' at line")[0].rstrip("'\"% ")
        if len(first) >= PIECE and first[:20] in attempt.text:
            return True
    return False
