"""The one SQLite file and the one thread that touches it; never overwrites what it cannot read."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from . import schema
from .fault import StoreError as StoreError
from .fault import StoreFault as StoreFault
from .fault import store_error
from .worker import Worker, answer_of

T = TypeVar("T")

PATIENCE = 5.0  # seconds that a statement waits for another process's transaction
_SCRUB_PATIENCE = 0.2  # seconds: what is not scrubbed now is scrubbed with the next write
_LIMIT_ERRNOS = {errno.ENOSPC: StoreFault.FULL, errno.EDQUOT: StoreFault.FULL}
_DENIED_ERRNOS = dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), StoreFault.READ_ONLY)
_MAGIC = b"SQLite format 3\0"
_KINDS = _LIMIT_ERRNOS | _DENIED_ERRNOS


class Database:
    """A connection that lives in a thread of its own, opened by the first job that needs it.

    A job gets the connection and must return plain values. Every failure of the file is a
    `StoreError`; a failed opening is tried again by the next job.
    """

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self.path = path
        self._patience = patience
        self._worker = Worker("store")
        self._connection: sqlite3.Connection | None = None
        self._seen = 0  # data_version when last asked
        self._owes_scrub = False

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` reads, from one moment.

        :raises StoreError: the file cannot be used
        """
        return await self._worker.run(self._transaction, work, "BEGIN")

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in one transaction: all of it or, when it raises, nothing.

        :raises StoreError: the file cannot be used
        """
        return await self._worker.run(self._transaction, work, "BEGIN IMMEDIATE")

    async def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What one statement reads.

        :raises StoreError: the file cannot be used
        """
        return await self.read(lambda c: c.execute(statement, values).fetchall())

    async def execute(self, statement: str, *values: object) -> None:
        """Write one statement, in a transaction of its own.

        :raises StoreError: the file cannot be used
        """
        await self.write(lambda c: c.execute(statement, values).fetchall())

    async def scrub(self) -> None:
        """Empty the write-ahead log, so that no replaced or deleted value lingers in it.

        Where another process is reading just now it is done with the next write, or at closing.
        """
        await self._worker.run(self._scrub)

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since this was last asked."""
        return await self._worker.run(self._changed_elsewhere)

    async def set_aside(self, at: datetime) -> Path:
        """Move a file that cannot be used out of the way; only ever on a person's word.

        :returns: its new name, beside the old one; the next job begins a new, empty file
        """
        return await self._worker.run(self._set_aside, at)

    async def close(self) -> None:
        """Finish what is queued, fold the log into the file and let go of it; once is enough."""
        if not self._worker.closed:
            answer = self._worker.submit(self._close)
            self._worker.close()
            await answer_of(answer)

    # ---- everything below runs in the worker's thread ----

    def _transaction(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        with _named(self.path):
            connection = self._open()
            with schema.transaction(connection, begin):
                answer = work(connection)
            if self._owes_scrub:
                self._scrub()
            return answer

    def _scrub(self) -> None:
        with _named(self.path):
            connection = self._open()
            connection.execute(f"PRAGMA busy_timeout = {int(_SCRUB_PATIENCE * 1000)}")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {int(self._patience * 1000)}")
            self._owes_scrub = bool(busy)

    def _changed_elsewhere(self) -> bool:
        with _named(self.path):
            version = _data_version(self._open())
            changed, self._seen = version != self._seen, version
            return changed

    def _set_aside(self, at: datetime) -> Path:
        self._let_go()
        mark = f".damaged-{at:%Y%m%d-%H%M%S}"
        with _named(self.path):
            # The log first: beside a new file it would be taken for the new file's own.
            for suffix in ("-wal", "-shm", "-journal", ""):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{self.path}{suffix}", f"{self.path}{mark}{suffix}")
        return Path(f"{self.path}{mark}")

    def _close(self) -> None:
        if self._connection is not None and self._owes_scrub:
            with contextlib.suppress(StoreError):
                self._scrub()
        self._let_go()

    def _let_go(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        self._prepare_file()
        self._inspect()
        with contextlib.ExitStack() as unless_good:
            connection = sqlite3.connect(self.path, timeout=self._patience, isolation_level=None)
            unless_good.callback(connection.close)
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("PRAGMA foreign_keys = ON")
            # KiB: whole tables are read, and the system keeps their pages anyway.
            connection.execute("PRAGMA cache_size = -512")
            schema.migrate(connection)
            self._seen = _data_version(connection)
            unless_good.pop_all()
        self._connection = connection
        return connection

    def _inspect(self) -> None:
        """Refuse what is not ours to open; read-only, since SQLite mends and deletes on its own."""
        with self.path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise StoreError(StoreFault.CORRUPT, self.path)
        with contextlib.closing(
            sqlite3.connect(_read_only(self.path), self._patience, uri=True)
        ) as connection:
            if not schema.is_ours(connection):
                raise StoreError(StoreFault.CORRUPT, self.path)
            if schema.version_of(connection) > schema.VERSION:
                raise StoreError(StoreFault.NEWER, self.path)
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise StoreError(StoreFault.CORRUPT, self.path)

    def _prepare_file(self) -> None:
        folder = self.path.parent
        for missing in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)  # `parents=True` would leave those open
        # The log is looked at before the file: while another process begins a new file the log
        # can only be there after it.
        orphan = _size(Path(f"{self.path}-wal")) > 0
        size = _size(self.path)
        if size < 0 and not orphan:
            _begin(self.path)
        elif size <= 0:
            # New files appear whole (`_begin`), so an empty one was emptied, and a log without its
            # file would be poured into the new one. SQLite would start afresh without a word.
            raise StoreError(StoreFault.CORRUPT, self.path)
        _sweep(self.path)
        if not os.access(self.path, os.W_OK) or not os.access(folder, os.W_OK):
            raise StoreError(StoreFault.READ_ONLY, self.path)
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.chmod(f"{self.path}{suffix}", 0o600)


def _begin(path: Path) -> None:
    """Put a new, empty database at `path` in one step, or leave the one that came first."""
    handle, name = tempfile.mkstemp(prefix=_beginning(path), dir=path.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(schema.empty_file())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)
        except FileExistsError:
            return
        except OSError:  # a file system without links; Windows keeps an existing file here too
            if not path.exists():
                os.rename(name, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)


def _beginning(path: Path) -> str:
    return f".{path.name}.new-"


def _sweep(path: Path) -> None:
    """Delete beginnings whose process was killed before it could.

    Only once the file is there: whoever is just beginning one needs it no more.
    """
    for left in path.parent.glob(f"{_beginning(path)}*"):
        with contextlib.suppress(OSError):
            left.unlink()


def _read_only(path: Path) -> str:
    """As SQLite reads URIs: an empty authority, also for a network folder of Windows."""
    posix = path.absolute().as_posix()
    slash = "" if posix.startswith("/") else "/"
    return f"file://{slash}{quote(os.fsencode(posix), safe='/:')}?mode=ro"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return -1


def _data_version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the file system into `StoreError`."""
    try:
        yield
    except sqlite3.Error as error:
        if (known := store_error(error, path)) is None:
            raise
        raise known from error
    except OSError as error:
        raise StoreError(_KINDS.get(error.errno or 0, StoreFault.DISK), path) from error
