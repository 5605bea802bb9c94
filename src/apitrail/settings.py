"""One table of settings; a file is overruled by the environment, the environment by a flag."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from apitrail.errors import BadQuestion

Value = str | int


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, its default, which also tells its type, its unit and one sentence about it."""

    name: str
    default: Value
    help: str
    unit: str = ""

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"APITRAIL_{self.name.upper()}"

    def read(self, text: object, origin: str) -> Value:
        """A value of the setting's type; BadQuestion says where the wrong one came from."""
        if isinstance(self.default, int):
            try:
                number = int(str(text))
            except ValueError:
                number = -1
            if number < 0:
                raise BadQuestion(f"{origin}: {self.name} takes a whole number from 0 on, not {str(text)[:60]!r}")
            return number
        return str(text)


def data_folder() -> Path:
    """Where apitrail keeps its data unless told otherwise: the user's data folder."""
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(base) / "apitrail"


def cache_folder() -> Path:
    """Where apitrail keeps what it can make again: the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "apitrail"


def table() -> tuple[Setting, ...]:
    """Every setting."""
    return (
        Setting(
            "store", f"chdb://{data_folder() / 'store'}", "The store: chdb:///PATH or clickhouse://USER:PASSWORD@HOST:PORT/DB."
        ),
        Setting("host", "127.0.0.1", "The address that the console and the API listen on."),
        Setting("port", 8080, "The port that the console and the API listen on."),
        Setting(
            "public_url", "", "The address people use, when a proxy stands before the console, such as https://trail.example.com."
        ),
        Setting("retention_days", 7, "How long traffic is kept, counted back from the newest exchange; 0 keeps all.", "days"),
        Setting("geo_file", "", "A MaxMind or IPinfo file of your own, instead of the countries and networks that come along."),
        Setting("timezone", "UTC", "The time zone of the console until the viewer chooses another one."),
        Setting("ingest_body_mb", 64, "The largest body of one POST to the ingest address, after decompression.", "MB"),
        Setting(
            "ingest_queue", 50_000, "How many exchanges may wait for the store before senders are told to slow down.", "exchanges"
        ),
        Setting("session_hours", 12, "How long a sign-in to the console lasts.", "hours"),
        Setting("discovery_little", 1000, "Good requests of a host below which all its endpoints are listed.", "requests"),
        Setting("discovery_requests", 5, "Good requests from which an endpoint of a busier host is listed.", "requests"),
        Setting("discovery_seconds", 60, "How long an endpoint of a busier host must be in use to be listed.", "s"),
        Setting("discovery_parameter_percent", 1, "Share of the requests from which a parameter belongs to an endpoint.", "%"),
        Setting(
            "discovery_left_out",
            "localhost localhost:* 127.* [::1]*",
            "Hosts without inventory, unless there are no others; blanks between.",
        ),
        Setting("discovery_unused_days", 7, "How long nobody asks for an endpoint until it is told to be unused.", "days"),
        Setting("discovery_removed_days", 30, "How long an endpoint is not asked for until it leaves the inventory.", "days"),
        Setting("risk_vulnerability", 9, "Risk of an endpoint on which attacks worked, not said to be mended; 0 is none."),
        Setting("risk_sensitive_data", 8, "Risk of an endpoint that takes or gives sensitive data; 0 is none."),
        Setting("risk_many_parameters", 6, "Risk of an endpoint with many parameters; 0 is none."),
        Setting("risk_objects", 6, "Risk of an endpoint that accepts JSON or XML objects; 0 is none."),
        Setting("risk_upload", 6, "Risk of an endpoint that accepts files; 0 is none."),
        Setting("risk_many", 10, "Request parameters from which an endpoint has many.", "parameters"),
    )


TABLES = {
    "session_parameters": "The session context parameters, in their order: point, name, type, hashed, grouping.",
    "mcp_servers": "Where MCP servers say session, user and role: server, session, user, role.",
    "sensitive_patterns": "Kinds of sensitive data of your own: name, pattern, score, words, score_with_words.",
}
"""Tables of the configuration file that are put in force in the store, where the console and the API change them too."""


class Settings(Mapping[str, Value]):
    """The settings in force, an item for each; `tables` are those of the file at `origin`, as they stand there."""

    def __init__(self, values: Mapping[str, Value], tables: Mapping[str, object] | None = None, origin: str = "") -> None:
        self._values = dict(values)
        self.tables = dict(tables or {})
        self.origin = origin

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def text(self, name: str) -> str:
        """A setting that is text."""
        return str(self._values[name])

    def number(self, name: str) -> int:
        """A setting that is a whole number."""
        return int(self._values[name])


def load(config: str = "", flags: Mapping[str, Value | None] | None = None) -> Settings:
    """The settings from defaults, file, environment and flags, the later overruling the earlier.

    `config` is the path of a TOML file, by default what APITRAIL_CONFIG names; an unknown setting in it is a BadQuestion.
    """
    known = {setting.name: setting for setting in table()}
    values: dict[str, Value] = {name: setting.default for name, setting in known.items()}
    path = config or os.environ.get("APITRAIL_CONFIG", "")
    content = _read(path, known) if path else {}
    values.update({name: known[name].read(value, path) for name, value in content.items() if name in known})
    for name, setting in known.items():
        if setting.variable in os.environ:
            values[name] = setting.read(os.environ[setting.variable], setting.variable)
    values.update({name: value for name, value in (flags or {}).items() if value is not None})
    return Settings(values, {name: table for name, table in content.items() if name in TABLES}, path)


def _read(path: str, known: Mapping[str, Setting]) -> dict[str, object]:
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadQuestion(f"{path}: {error}") from error
    for name in content:
        if name not in known and name not in TABLES:
            near = difflib.get_close_matches(name, [*known, *TABLES], 1)
            raise BadQuestion(f"{path}: there is no setting {name!r}", suggestion=near[0] if near else None)
    return content
