"""Whether a document is valid OpenAPI: what is wrong where apitrail reads is refused, what is wrong elsewhere is told.

The rules are those of openapi-spec-validator, without what it does to schemas: following every one of them from every place,
trying their patterns on their defaults. That is neither linear nor needed; each schema is checked once, where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from apitrail.inspect.specifications.decoding import pointer, refuse, size
from apitrail.inspect.specifications.specification import Problem

CHECKED_LIMIT = 50_000
"""Values of a document that is checked by all rules, which takes up to 20 seconds; of a larger one, only what is read is."""
PROBLEMS_LIMIT = 50
"""Problems of a document that are told."""
SHOWN = 200
"""Characters of what is wrong that are shown."""

_UNREAD = frozenset(
    ("example", "examples", "default", "description", "summary", "contact", "license", "termsOfService", "externalDocs", "tags",
     "callbacks", "links", "headers", "responses", "encoding", "xml", "discriminator", "webhooks", "schema", "schemas", "content",
     "securitySchemes", "format", "version", "operationId", "variables")
)  # fmt: skip
"""Parts of a document that nothing depends on, or whose parts are left out one by one when they cannot be read."""
_HARMLESS = frozenset(("additionalProperties", "unevaluatedProperties", "format", "uniqueItems"))
"""Rules whose breach keeps nobody from reading the document."""
_BROKEN = (KeyError, TypeError, AttributeError, AssertionError, ValueError, LookupError)
"""What the validator trips over in a document that is not valid."""


def problems(document: dict[str, Any], name: str) -> tuple[Problem, ...]:
    """What is wrong with a document that can be read; BadQuestion with the place when it cannot."""
    if size(document, name) > CHECKED_LIMIT:
        said = f"it has more than {CHECKED_LIMIT:,} values; only what apitrail reads of it was checked"
        return (Problem("", said),)
    found: dict[Problem, None] = {}
    try:
        for error in islice(_errors(document), PROBLEMS_LIMIT):
            deepest = _deepest(error)
            place, text = pointer(*deepest.absolute_path), _short(deepest.message)
            if not _is_small(deepest):
                raise refuse(name, place, text)
            found[Problem(place, text)] = None
    except RecursionError:
        raise refuse(name, "", "it is nested too deeply to be checked") from None
    except _BROKEN as error:
        found[Problem("", f"it could not be checked to its end: {_short(repr(error))}")] = None
    return tuple(found)


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} … {text[-SHOWN // 2 :]}"


def _errors(document: dict[str, Any]) -> Iterator[Any]:
    checker = _checker(document)
    yield from checker.schema_validator.iter_errors(document)
    yield from checker.root_validator(checker.schema_path)


def _checker(document: dict[str, Any]) -> Any:
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator
    from openapi_spec_validator.validation import keywords

    class Unfollowed(keywords.SchemaValidator):  # type: ignore[misc] # it has no types here
        """The schemas of 3.0 are checked with the document."""

        def __call__(self, *_: Any, **__: Any) -> Iterator[Any]:
            return iter(())

    class Once(keywords.OpenAPIV31SchemaValidator):  # type: ignore[misc] # the same
        """Checks a schema of 3.1 with all that stands in it, once."""

        def __init__(self, registry: Any) -> None:
            super().__init__(registry)
            self._checked: set[int] = set()

        def __call__(self, schema: Any, *_: Any, **__: Any) -> Iterator[Any]:
            value = schema.read_value()
            if id(value) not in self._checked:
                self._checked.add(id(value))
                error = self._validate_schema_meta(schema, value)
                if error is not None:
                    yield error

    base, schemas = (
        (OpenAPIV30SpecValidator, Unfollowed) if document["openapi"].startswith("3.0") else (OpenAPIV31SpecValidator, Once)
    )
    rules = {**base.keyword_validators, "schema": schemas}
    # Without handlers, nothing can be fetched.
    checker: Any = type("Checker", (base,), {"resolver_handlers": {}, "keyword_validators": rules})
    return checker(document)


def _deepest(error: Any) -> Any:
    """What is wrong in the alternative that was meant: of a parameter, not that it is no reference."""
    while error.context:
        error = max(error.context, key=lambda some: (len(some.absolute_path), some.validator != "required", -some.schema_path[0]))
    return error


def _is_small(error: Any) -> bool:
    """Whether the document can be read in spite of an error; those without a rule tell of doubled names and the like."""
    if not isinstance(error.validator, str) or error.validator in _HARMLESS:
        return True
    words = [str(step) for step in error.absolute_path]
    return _any_unread(words) or (error.validator == "required" and _missing(error) in _UNREAD)


def _any_unread(words: Iterable[str]) -> bool:
    return any(word in _UNREAD or word.startswith("x-") for word in words)


def _missing(error: Any) -> str:
    """The member that is required and not there."""
    return next((member for member in error.validator_value if member not in error.instance), "")
