"""Why the file of accounts cannot be used: one exception, one word for each reason."""

from __future__ import annotations

import sqlite3
from enum import StrEnum
from pathlib import Path

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage


class StoreFault(StrEnum):
    """The reasons; each has one sentence in the resources under ``store.<word>``."""

    NEWER = "newer"  # written by a newer version of this program
    CORRUPT = "corrupt"  # damaged, emptied, or not our file
    READ_ONLY = "read_only"  # the folder or the file cannot be written
    LOCKED = "locked"  # another program holds it
    FULL = "full"  # no room on the disk
    TOO_LARGE = "too_large"  # a secret of more than a megabyte
    DISK = "disk"  # the disk reported an error


class StoreError(MailError):
    """The file of accounts cannot be used; nothing was changed, nothing was deleted.

    A `MailError`, so that whoever knows no better still reports it as a failure of the world.
    """

    def __init__(self, kind: StoreFault, path: Path) -> None:
        super().__init__(Evidence(Stage.VAULT, Fault.UNEXPECTED, detail=f"store.{kind}"))
        self.kind = kind
        self.path = path


# SQLite's primary result codes (sqlite.org/rescode.html); extended codes keep them in the low byte.
_KINDS = {
    sqlite3.SQLITE_BUSY: StoreFault.LOCKED,
    sqlite3.SQLITE_LOCKED: StoreFault.LOCKED,
    sqlite3.SQLITE_PROTOCOL: StoreFault.LOCKED,
    sqlite3.SQLITE_READONLY: StoreFault.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: StoreFault.READ_ONLY,
    sqlite3.SQLITE_PERM: StoreFault.READ_ONLY,
    sqlite3.SQLITE_AUTH: StoreFault.READ_ONLY,
    sqlite3.SQLITE_FULL: StoreFault.FULL,
    sqlite3.SQLITE_TOOBIG: StoreFault.FULL,
    sqlite3.SQLITE_IOERR: StoreFault.DISK,
    sqlite3.SQLITE_NOMEM: StoreFault.DISK,
    sqlite3.SQLITE_CORRUPT: StoreFault.CORRUPT,
    sqlite3.SQLITE_NOTADB: StoreFault.CORRUPT,
    sqlite3.SQLITE_SCHEMA: StoreFault.CORRUPT,
}


def store_error(error: sqlite3.Error, path: Path) -> StoreError | None:
    """What SQLite's error means for a person; None where it is our own mistake."""
    code = getattr(error, "sqlite_errorcode", None)
    kind = _KINDS.get(code & 0xFF) if isinstance(code, int) else None
    return StoreError(kind, path) if kind else None
