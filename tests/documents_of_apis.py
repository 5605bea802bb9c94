"""Documents for the tests of specifications."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from apitrail.inspect.specifications.reading import read
from apitrail.inspect.specifications.specification import Specification

REAL = Path(__file__).parent / "inspect" / "specifications" / "real"
"""Documents of APIs that are used to learn and to test."""


def document(paths: Any, *, openapi: str = "3.1.0", **members: Any) -> dict[str, Any]:
    """A document with these paths."""
    return {"openapi": openapi, "info": {"title": "Shop", "version": "2"}, "paths": paths, **members}


def operation(**members: Any) -> dict[str, Any]:
    """An operation that is answered well."""
    return {"responses": {"200": {"description": "OK"}}, **members}


def path_parameters(*names: str) -> list[dict[str, Any]]:
    """The parameters that a path with these variables declares."""
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def specification(paths: Any, **members: Any) -> Specification:
    """What is read of a document with these paths."""
    return read(json.dumps(document(paths, **members)), "shop.json")
