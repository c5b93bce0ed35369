"""The tables, one step for each version; a published step is never edited, only followed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

APPLICATION_ID = 0x4C665844  # "LfXD": SQLite's mark of whose file it is

# Words (security, way, …) stand inside JSON in the model's own vocabulary. A sealed value is opaque
# to SQLite; `key_id` beside it repeats the header, so that unused keys are found without opening.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE accounts (
            id TEXT PRIMARY KEY NOT NULL,
            local TEXT NOT NULL,
            domain TEXT NOT NULL,
            address_key TEXT NOT NULL UNIQUE,
            provider TEXT,
            settings TEXT NOT NULL,
            label TEXT NOT NULL,
            paused INTEGER NOT NULL CHECK (paused IN (0, 1)),
            added_at TEXT NOT NULL
        ) STRICT""",
        """CREATE TABLE keys (
            id TEXT PRIMARY KEY NOT NULL,
            standing TEXT NOT NULL CHECK (standing IN ('claimed', 'current', 'former')),
            place TEXT NOT NULL CHECK (place IN ('keychain', 'master_password')),
            wrapped BLOB,
            salt BLOB,
            memory_kib INTEGER,
            passes INTEGER,
            lanes INTEGER,
            CHECK ((place = 'keychain') = (wrapped IS NULL))
        ) STRICT""",
        "CREATE UNIQUE INDEX one_current_key ON keys (standing) WHERE standing = 'current'",
        """CREATE TABLE secrets (
            account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            kind TEXT NOT NULL,
            key_id TEXT NOT NULL REFERENCES keys (id),
            sealed BLOB NOT NULL,
            PRIMARY KEY (account, kind)
        ) STRICT""",
        """CREATE TABLE reports (
            account TEXT PRIMARY KEY NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
            report TEXT NOT NULL
        ) STRICT""",
    ),
    (
        """CREATE TABLE guide_steps (
            provider TEXT NOT NULL,
            guide TEXT NOT NULL,
            step TEXT NOT NULL,
            PRIMARY KEY (provider, guide, step)
        ) STRICT""",
        "CREATE TABLE window_state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL) STRICT",
    ),
    # Grows with every change of servers or secret: a report of an earlier revision is void.
    ("ALTER TABLE accounts ADD COLUMN revision INTEGER NOT NULL DEFAULT 0",),
    # Settings name proxies and excepted certificates, and `secrets` holds a second one of an
    # account, of kind "proxy": a program that knows neither would connect without the proxy, or
    # take its password for the account's, so it must not open the file.
    (),
)
VERSION = len(MIGRATIONS)


@contextmanager
def transaction(connection: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    """All of the block or, when it raises, nothing; IMMEDIATE takes the right to write at once."""
    connection.execute(begin)
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:  # SQLite itself has rolled back where the disk was full
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection) -> int:
    """The version of the file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def is_ours(connection: sqlite3.Connection) -> bool:
    """Whether the file carries our mark."""
    return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the file to `VERSION`, each step in a transaction of its own.

    The version is read again inside the transaction: another process may have been faster.
    """
    while version_of(connection) < VERSION:
        with transaction(connection):
            version = version_of(connection)
            if version < VERSION:
                for statement in MIGRATIONS[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")


def empty_file() -> bytes:
    """The bytes of a new, empty database with all its tables, in WAL mode from its first byte."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
        image = bytearray(connection.serialize())
    finally:
        connection.close()
    # sqlite.org/fileformat.html 1.3: format versions for writing and reading, 2 is WAL. Switching
    # later would pass through a rollback journal, which only a writer can recover after a crash.
    image[18:20] = b"\x02\x02"
    return bytes(image)
