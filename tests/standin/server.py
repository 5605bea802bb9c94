"""A stand-in for a ClickHouse server: ClickHouse's HTTP interface, answered by chDB, the same engine, in a process of its own.

It is not a ClickHouse server and does not pretend to be one in what it proves: the SQL, the formats and the way values are
bound are the engine's own, the wire is what `clickhouse-connect` speaks, but there is no cluster, no user management and no
native protocol version (the client notices and goes without).

    python tests/standin/server.py FOLDER      prints the port it listens on, serves until it is killed
"""

from __future__ import annotations

import base64
import gzip
import json
import re
import sys
import tempfile
import threading
import uuid
import zlib
from collections import defaultdict
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import chdb
import lz4.frame
from backports import zstd

USER = "default"
TRANSPORT = frozenset(
    ("query", "database", "default_format", "user", "password", "session_id", "session_timeout", "session_check", "query_id",
     "quota_key", "buffer_size", "wait_end_of_query", "compress", "decompress", "client_protocol_version", "role",
     "send_progress_in_http_headers", "http_headers_progress_interval_ms", "enable_http_compression")
)  # fmt: skip
"""URL parameters that the HTTP interface takes for itself; every other one is a setting of the engine."""

STATUS = {516: 403, 497: 403, 60: 404, 81: 404, 47: 404, 46: 404, 62: 400, 457: 400, 456: 400, 159: 408, 241: 500}
"""The HTTP status of an engine error code, as ClickHouse gives it; 500 for the others."""

UNPACK: Mapping[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "zstd": zstd.decompress,
    "lz4": lz4.frame.decompress,
}
PACK: Mapping[str, Callable[[bytes], bytes]] = {"zstd": zstd.compress, "gzip": gzip.compress, "lz4": lz4.frame.compress}

_INSERT_WITH_DATA = re.compile(rb"\s*INSERT\s+INTO\s.*?\sFORMAT\s+(\w+)[ \t]*(?:\r?\n|$)", re.IGNORECASE | re.DOTALL)
_CODE = re.compile(r"Code: (\d+)")


class Refused(Exception):
    """What the engine, or the interface before it, says no to."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Engine:
    """Handles of one chDB engine; those with equal settings are used again, one request at a time each."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._idle: dict[tuple[tuple[str, str], ...], list[Any]] = defaultdict(list)
        self._lock = threading.Lock()
        self._keep_alive = chdb.connect(folder)

    def run(
        self,
        sql: bytes,
        *,
        form: str,
        database: str,
        settings: dict[str, str],
        values: dict[str, str],
    ) -> Any:
        """The engine's result of one statement; Refused when it fails."""
        key = tuple(sorted(settings.items()))
        handle = self._take(key)
        try:
            handle.query(f"USE `{database}`")
            return handle.query(sql, form, params=values)
        except RuntimeError as error:
            found = _CODE.search(str(error))
            raise Refused(int(found[1]) if found else 1002, str(error)) from error
        finally:
            with self._lock:
                self._idle[key].append(handle)

    def _take(self, key: tuple[tuple[str, str], ...]) -> Any:
        with self._lock:
            if self._idle[key]:
                return self._idle[key].pop()
        handle = chdb.connect(self._folder)
        try:
            for name, value in key:
                handle.query(f"SET {_identifier(name)} = {_literal(value)}")
        except RuntimeError as error:
            handle.close()
            raise Refused(115, str(error)) from error
        return handle


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    engine: Engine

    def do_GET(self) -> None:
        """`/ping`, `/replicas_status`, or a query that may not change anything."""
        if urlsplit(self.path).path in ("/ping", "/replicas_status"):
            self._answer(200, b"Ok.\n", {})
            return
        self._serve(b"", read_only=True)

    def do_POST(self) -> None:
        """A query in the body, in `?query=` with data in the body, or in a form."""
        self._serve(self._body(), read_only=False)

    def _serve(self, body: bytes, *, read_only: bool) -> None:
        try:
            self._authenticate()
            params = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()}
            body = UNPACK[self.headers.get("Content-Encoding", "")](body)
            body = self._form(body, params)
            sql = params.get("query", "").encode()
            self._run(sql + b"\n" + body if sql and body else sql or body, params, read_only)
        except Refused as error:
            headers = {"X-ClickHouse-Exception-Code": str(error.code)}
            self._answer(STATUS.get(error.code, 500), f"{error}\n".encode(), headers)

    def _run(self, sql: bytes, params: dict[str, str], read_only: bool) -> None:
        settings = {name: value for name, value in params.items() if name not in TRANSPORT and not name.startswith("param_")}
        if read_only:
            settings["readonly"] = "2"
        asked = {
            "form": params.get("default_format") or self.headers.get("X-ClickHouse-Format") or "TabSeparated",
            "database": params.get("database") or self.headers.get("X-ClickHouse-Database") or "default",
            "settings": settings,
            "values": {name.removeprefix("param_"): value for name, value in params.items() if name.startswith("param_")},
        }
        result = self._insert(sql, asked)
        if result is None:
            result = self.engine.run(sql, **asked)
        self._answer(200, bytes(result.bytes() or b""), self._about(result, sql, asked["form"], params), self._packing(params))

    def _insert(self, sql: bytes, asked: dict[str, Any]) -> Any:
        """Data after its statement reaches chDB as a file."""
        found = _INSERT_WITH_DATA.match(sql)
        if not found or len(found[0]) >= len(sql.rstrip()):
            return None
        statement = found[0].rstrip()
        head = re.sub(rb"\s+FORMAT\s+\w+$", b"", statement, flags=re.IGNORECASE)
        with tempfile.NamedTemporaryFile() as file:
            file.write(sql[found.end() :])
            file.flush()
            told = b"%s FROM INFILE '%s' FORMAT %s" % (head, file.name.encode(), found[1])
            return self.engine.run(told, **asked)

    def _authenticate(self) -> None:
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(given).decode().partition(":") if scheme == "Basic" else (USER, "", "")
        if user != USER or password:
            raise Refused(516, f"Code: 516. DB::Exception: {user}: Authentication failed. (AUTHENTICATION_FAILED)")

    def _form(self, body: bytes, params: dict[str, str]) -> bytes:
        """Fields of a form are parameters, as long values come that way; what is left is the body."""
        kind = self.headers.get("Content-Type", "")
        if not kind.startswith("multipart/form-data"):
            return body
        message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        for part in message.iter_parts():
            name = part.get_param("name", header="content-disposition")
            params[str(name)] = (part.get_payload(decode=True) or b"").decode()
        return b""

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(iter(self._chunk, b""))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        data = self.rfile.read(size)
        self.rfile.readline()
        return data

    def _packing(self, params: dict[str, str]) -> str:
        if params.get("enable_http_compression") != "1":
            return ""
        accepted = [name.strip() for name in self.headers.get("Accept-Encoding", "").split(",")]
        return next((name for name in accepted if name in PACK), "")

    def _about(self, result: Any, sql: bytes, form: str, params: dict[str, str]) -> dict[str, str]:
        summary = {"read_rows": str(result.rows_read()), "read_bytes": str(result.bytes_read())}
        if sql.lstrip()[:6].upper() == b"INSERT":
            summary |= {"written_rows": summary["read_rows"], "written_bytes": summary["read_bytes"]}
        return {
            "X-ClickHouse-Summary": json.dumps(summary),
            "X-ClickHouse-Query-Id": params.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Server-Display-Name": "apitrail-standin",
            "X-ClickHouse-Timezone": "UTC",
        } | ({"X-ClickHouse-Format": form} if result.bytes() else {})

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str], packing: str = "") -> None:
        if packing:
            body = PACK[packing](body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if packing:
            self.send_header("Content-Encoding", packing)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Many connections, a thread each."""

    daemon_threads = True
    request_queue_size = 128


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*", name):
        raise Refused(115, f"Code: 115. DB::Exception: Unknown setting {name}. (UNKNOWN_SETTING)")
    return name


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def main() -> None:
    """Serve a folder on a free port of the loopback until killed."""
    Handler.engine = Engine(sys.argv[1])
    server = Server(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
