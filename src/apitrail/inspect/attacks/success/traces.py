"""Stack traces and errors from inside an application: the payload reached code that was not ready for it."""

from __future__ import annotations

import re

from apitrail.inspect.attacks.success.answer import Accept, Answer
from apitrail.inspect.attacks.success.attempt import Attempt
from apitrail.inspect.attacks.success.evidence import Evidence

PIECE, LEAST_PIECE = 40, 4
"""Characters of a value, at most and at least, that show that a trace is about it."""

_TRACES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"Traceback \(most recent call last\):?(?:\r?\n[^\n\x00]{1,200}){0,6}",
        r"^\s{0,9}(?:at |File )[\w.$/<>]{3,200}\([\w$]{1,80}\.(?:java|kt|scala|groovy):\d{1,6}\)",
        r"^\s{0,9}at [^\n\x00]{0,200}?\(?(?:file:///|node:|/|[A-Z]:\\)[^\n\x00:()]{1,200}\.(?:js|ts|mjs|cjs):\d{1,6}:\d{1,6}\)?",
        r"(?:Fatal error|Parse error|Warning|Notice|Deprecated)(?:</b>)?: [^\n\x00]{1,300} in (?:<b>)?[^\n\x00<]{1,200}\.(?:php"
        r"|inc)(?:</b>)? on line",
        r"^(?:PHP )?Stack trace:\r?\n(?:PHP )?\s{0,4}#0 ",
        r"^\s{0,9}at [\w.<>`+]{3,200}\([^()\n]{0,200}\)(?: in [^\n\x00]{1,200}:line \d{1,6})?\r?\n\s{0,9}at [\w.<>`+]{3,200}\(",
        r"Server Error in '[^'\n]{0,80}' Application",
        r"\.rb:\d{1,6}:in [`'][^'\n]{1,80}'",
        r"^goroutine \d{1,9} \[[\w ,]{1,40}\]:|^panic: [^\n\x00]{1,200}\n",
        r"thread '[^'\n]{1,60}' (?:\(\d{1,9}\) )?panicked at",
        r"(?:jinja2\.exceptions|mako\.exceptions|django\.template\.exceptions|tornado\.template)\.\w{3,40}",
        r"Twig\\Error\\\w{5,30}|freemarker\.(?:core|template)\.\w{3,60}|FreeMarker template error"
        r"|org\.thymeleaf\.exceptions\.\w{5,60}",
        r"org\.apache\.velocity\.exception\.\w{3,40}|SpelEvaluationException|ognl\.\w{3,40}Exception"
        r"|Smarty(?:Compiler)?Exception",
        r"(?:org\.xml\.sax\.SAXParseException|lxml\.etree\.XMLSyntaxError|xml\.etree\.ElementTree\.ParseError"
        r"|System\.Xml\.XmlException)",
        r"<title>(?:DisallowedHost|OperationalError|ProgrammingError|TypeError|ValueError) at /"
        r"|You're seeing this error because you have",
        r"\b(?:Uncaught )?(?:TypeError|ReferenceError|SyntaxError|RangeError): [^\n\x00]{1,200}\n\s{1,9}at ",
    )
)

_OBJECT_ERRORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"java\.io\.(?:InvalidClassException|StreamCorruptedException|ObjectInputStream|OptionalDataException)",
        r"ClassNotFoundException: [\w.$]{3,120}|java\.lang\.ClassCastException",
        r"com\.fasterxml\.jackson\.databind\.exc\.\w{3,40}|com\.alibaba\.fastjson\.JSONException|com\.thoughtworks\.xstream\.\w",
        r"unserialize\(\): Error at offset|__PHP_Incomplete_Class|allowed classes",
        r"(?:_?pickle|cPickle)\.UnpicklingError|could not find MARK|yaml\.constructor\.ConstructorError",
        r"System\.Runtime\.Serialization\.SerializationException|BinaryFormatter|ObjectStateFormatter|ViewState MAC",
        r"marshal data too short|incompatible marshal file format|Psych::DisallowedClass|Tried to load unspecified class",
        r"org\.apache\.logging\.log4j|javax\.naming\.CommunicationException|Error looking up JNDI resource",
    )
)
_FILE_ERRORS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:EACCES: permission denied|EISDIR: illegal operation)[^\n\x00]{0,20}, \w{2,10}(?: '([^'\n]{1,200})')?",
        r"\[Errno (?:13|21)\] (?:Permission denied|Is a directory): '([^'\n]{1,300})'",
        r"java\.io\.FileNotFoundException: ([^\n\x00(]{1,300}) \((?:Permission denied|Is a directory|Access is denied)\)",
        r"(?:include|require|fopen|file_get_contents|readfile)(?:_once)?\(([^()\n]{1,300})\): [Ff]ailed to open stream",
        r"[Ff]ailed opening (?:required )?'([^'\n]{1,300})'",
        r"open_basedir restriction in effect\. File\(([^()\n]{1,300})\)",
        r"Access to the path '([^'\n]{1,300})' is denied",
    )
)


def trace(attempt: Attempt, answer: Answer) -> Evidence | None:
    """A stack trace in an answer that is an error, or one that has the payload in it."""
    pieces = [piece for form in attempt.forms if len(piece := form.strip()[:PIECE]) >= LEAST_PIECE]

    failed = answer.status >= 400
    if not failed and (attempt.is_search or not any(piece in answer.text for piece in pieces)):
        return None

    def accepted(match: re.Match[str]) -> bool:
        near = match.string[max(match.start() - 300, 0) : match.end() + 300]
        return not attempt.sent.says(match[0]) and (failed or any(piece in near for piece in pieces))

    return _first("stack_trace", _TRACES, answer, accepted)


def object_error(attempt: Attempt, answer: Answer) -> Evidence | None:
    """What a reader of objects says of one that it could not make."""
    return _first("object_error", _OBJECT_ERRORS, answer, lambda match: not attempt.sent.says(match[0]) and not attempt.is_search)


def file_error(attempt: Attempt, answer: Answer) -> Evidence | None:
    """The system's refusal to open the file that was asked for: the path was followed."""

    def accepted(match: re.Match[str]) -> bool:
        name = re.split(r"[/\\]", match[1] or "")[-1]
        return len(name) >= 3 and name in attempt.text and not attempt.sent.says(match[0])

    return _first("file_error", _FILE_ERRORS, answer, accepted)


def _first(kind: str, patterns: tuple[re.Pattern[str], ...], answer: Answer, accepted: Accept) -> Evidence | None:
    return next((found for pattern in patterns if (found := answer.find(kind, pattern, accepted))), None)
