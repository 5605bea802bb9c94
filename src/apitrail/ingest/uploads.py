"""Files that somebody gave to the running server: read one after the other, as a command would, with progress to look at."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from apitrail.errors import ApitrailError, StoreFull
from apitrail.ingest.files import Options, Summary, ingest_files
from apitrail.sources.contract import Reject
from apitrail.store import Store

KEPT = 50
"""Uploads whose outcome is remembered, the newest."""
REJECTS_KEPT = 20
"""Lines kept aside that are shown of an upload."""
WAITING, READING, DONE = "waiting", "reading", "done"


@dataclass(slots=True)
class Upload:
    """A file on its way into the store; `bytes_read` and `lines` grow while it is read, unpacked bytes where it is compressed."""

    id: str
    name: str
    bytes: int
    state: str = WAITING
    bytes_read: int = 0
    lines: int = 0
    stopping: bool = False
    summary: Summary | None = None
    rejects: list[Reject] = field(default_factory=list)
    problem: str = ""

    def progress(self, bytes_read: int, lines: int) -> None:
        """How far reading has come; it ends here when somebody stopped it."""
        self.bytes_read, self.lines = bytes_read, lines
        if self.stopping:
            raise _Stopped

    def reject(self, _file: str, reject: Reject) -> None:
        """A line was kept aside."""
        if len(self.rejects) < REJECTS_KEPT:
            self.rejects.append(reject)


class _Stopped(Exception):
    """Somebody stopped the reading of a file."""


class Uploads:
    """The uploads of one server; a thread reads them, in the order in which they came."""

    def __init__(self, store: Store, *, geo_file: str = "") -> None:
        self._store = store
        self._geo_file = geo_file
        self._known: OrderedDict[str, Upload] = OrderedDict()
        self._turn = threading.Lock()
        self._changing = threading.Lock()

    def begin(self, name: str, content: BinaryIO) -> Upload:
        """Take a copy of a file and read it in the background. StoreFull when there is no room for the copy."""
        called = PurePosixPath(name.replace("\\", "/")).name[:200] or "upload"
        folder = Path(tempfile.mkdtemp(prefix="apitrail-upload-"))
        plain = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in called)[-60:]
        kept = folder / f"upload-{plain}"
        try:
            with kept.open("wb") as copy:
                shutil.copyfileobj(content, copy)
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise StoreFull(f"the file could not be kept: {error.strerror or error}") from error
        upload = Upload(secrets.token_hex(8), called, kept.stat().st_size)
        with self._changing:
            self._known[upload.id] = upload
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        threading.Thread(target=self._read, args=(upload, kept), name=f"upload-{upload.id}", daemon=True).start()
        return upload

    def find(self, upload_id: str) -> Upload | None:
        """An upload by its id, as long as it is remembered."""
        with self._changing:
            return self._known.get(upload_id)

    def stop(self, upload_id: str) -> None:
        """Stop reading a file, or do not begin; what is stored stays, and the same file again stores the rest."""
        upload = self.find(upload_id)
        if upload:
            upload.stopping = True

    def newest_first(self) -> list[Upload]:
        """The uploads that are remembered."""
        with self._changing:
            return list(reversed(self._known.values()))

    def _read(self, upload: Upload, path: Path) -> None:
        options = Options(geo_file=self._geo_file, progress=upload.progress, rejected=upload.reject)
        with self._turn, _removed(path.parent):
            upload.state = READING
            try:
                upload.progress(0, 0)
                upload.summary = ingest_files(self._store, [str(path)], options)
                upload.problem = "; ".join(one.removeprefix(f"{path}: ") for one in upload.summary.failures)
            except _Stopped:
                upload.problem = "It was stopped. What was read is stored; the same file again stores the rest."
            except ApitrailError as error:
                upload.problem = str(error)
            except OSError as error:
                upload.problem = error.strerror or "the file could not be read"
            finally:
                upload.problem = upload.problem.replace(str(path), upload.name)
                upload.state = DONE


@contextmanager
def _removed(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
