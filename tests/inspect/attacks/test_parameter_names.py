"""Names of parameters that reach the interpreter or the server, told from those of forms."""

from __future__ import annotations

import pytest
from tests.inspect.attacks.sending import in_form, kinds, sent


@pytest.mark.parametrize(
    "name",
    [
        "PHPRC",
        "LD_PRELOAD",
        "__debugger__",
        "XDEBUG_SESSION_START",
        "class.module.classLoader.URLs[0]",
        "setup.applicationConfig.setupComplete",
    ],
)
def test_names_that_reach_the_server(name: str) -> None:
    """Variables of the environment, debuggers and ways through beans are seen in a query and in a form."""
    assert kinds(sent("GET", query=f"{name}=1")) == {"rce"}
    assert kinds(in_form(f"a=1&{name}=1")) == {"rce"}


@pytest.mark.parametrize(
    "name", ["path", "PATH", "user.name", "class", "class.name", "debug", "a.classLoaderName", "config.setup"]
)
def test_names_of_forms(name: str) -> None:
    """Names that forms have are nothing."""
    assert not kinds(sent("GET", query=f"{name}=1"))
    assert not kinds(in_form(f"{name}=1"))
