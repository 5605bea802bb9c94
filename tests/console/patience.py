"""A page is read once it is there, as a person reads it: who acts on it waits for where that leads."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from playwright.sync_api import Locator

ACTS = ("click", "press", "check", "uncheck", "select_option")
"""What may lead to another page. The browser says that it comes when its first bytes are there, and its rows may be still to come."""


def be_patient(patch: pytest.MonkeyPatch) -> None:
    """Let every act on a part of a page end when the page that follows has loaded, for as long as the patch lasts."""
    for name in ACTS:
        patch.setattr(Locator, name, _until_there(getattr(Locator, name)))


def _until_there(act: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(act)
    def acted(part: Locator, *args: Any, **options: Any) -> Any:
        answer = act(part, *args, **options)
        part.page.wait_for_load_state()
        return answer

    return acted
