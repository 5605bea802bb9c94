"""Settings: a file is overruled by the environment, the environment by a flag, and nothing wrong is taken in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from apitrail.errors import BadQuestion
from apitrail.settings import load, table


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the machine does not count."""
    for setting in table():
        monkeypatch.delenv(setting.variable, raising=False)
    monkeypatch.delenv("APITRAIL_CONFIG", raising=False)


def test_defaults_hold_when_nothing_is_said() -> None:
    """Each setting has its default."""
    assert dict(load()) == {setting.name: setting.default for setting in table()}


def test_the_later_overrules_the_earlier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, then environment, then flag; a flag that is not given changes nothing."""
    file = tmp_path / "trail.toml"
    file.write_text('port = 1\nhost = "from file"\ntimezone = "from file"\n')
    monkeypatch.setenv("APITRAIL_PORT", "2")
    monkeypatch.setenv("APITRAIL_HOST", "from environment")
    found = load(str(file), {"port": 3, "host": None})
    assert (found.number("port"), found.text("host"), found.text("timezone")) == (3, "from environment", "from file")
    monkeypatch.setenv("APITRAIL_CONFIG", str(file))
    assert load().text("timezone") == "from file"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("prot = 1", "port"),
        ('port = "x"', "whole number"),
        ("port = 1.5", "whole number"),
        ("port = true", "whole number"),
        ("retention_days = -1", "retention_days"),
        ("port = ", "trail.toml"),
    ],
)
def test_a_wrong_file_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    """An unknown name, a value of another type or out of range, or a file that is no TOML: each is said with the file."""
    file = tmp_path / "trail.toml"
    file.write_text(content)
    with pytest.raises(BadQuestion) as caught:
        load(str(file))
    assert message in f"{caught.value} {caught.value.suggestion}"
    assert "trail.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "x"), ("RETENTION_DAYS", "-7"), ("INGEST_QUEUE", ""), ("RETENTION_DAYS", "7d")]
)
def test_a_wrong_variable_is_an_error(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """A negative retention would empty the store; it is refused and never taken."""
    monkeypatch.setenv(f"APITRAIL_{name}", value)
    with pytest.raises(BadQuestion, match=f"APITRAIL_{name}"):
        load()


def test_a_missing_file_is_an_error() -> None:
    """A settings file that is named must be there."""
    with pytest.raises(BadQuestion, match="nowhere"):
        load("/nowhere/trail.toml")
