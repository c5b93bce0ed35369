"""The rows that say which keys there are and where each is kept; never the keys themselves."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from .seal import Stretching


class Standing(StrEnum):
    """What a key is good for."""

    CLAIMED = "claimed"  # about to be made: its keychain item may exist, nothing is sealed with it
    CURRENT = "current"  # seals everything new; at most one
    FORMER = "former"  # may still open what it sealed


class Place(StrEnum):
    """Where a key is kept."""

    KEYCHAIN = "keychain"
    MASTER_PASSWORD = "master_password"  # noqa: S105 - wrapped under it, in the row itself


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key; `wrapped` and `stretching` stand only where a main password keeps it."""

    id: str
    place: Place
    wrapped: bytes | None = None
    stretching: Stretching | None = None


_COLUMNS = "id, place, wrapped, salt, memory_kib, passes, lanes"


def current(connection: sqlite3.Connection) -> KeyRow | None:
    """The key that seals everything new."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM keys WHERE standing = 'current'")  # noqa: S608
    return _row(found.fetchone())


def by_id(connection: sqlite3.Connection, key_id: str) -> KeyRow | None:
    """The key with this id."""
    found = connection.execute(f"SELECT {_COLUMNS} FROM keys WHERE id = ?", (key_id,))  # noqa: S608
    return _row(found.fetchone())


def claim(connection: sqlite3.Connection, key_id: str) -> None:
    """Name a key before its keychain item is written, so that a crash leaves no unknown item."""
    connection.execute(
        "INSERT INTO keys (id, standing, place) VALUES (?, 'claimed', 'keychain')", (key_id,)
    )


def crown(connection: sqlite3.Connection, row: KeyRow) -> None:
    """Make this the current key, and what was current a former one."""
    connection.execute(
        "UPDATE keys SET standing = 'former' WHERE standing = 'current' AND id <> ?", (row.id,)
    )
    costs = row.stretching
    connection.execute(
        """INSERT INTO keys (id, standing, place, wrapped, salt, memory_kib, passes, lanes)
        VALUES (?, 'current', ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET standing = 'current', place = excluded.place,
            wrapped = excluded.wrapped, salt = excluded.salt, memory_kib = excluded.memory_kib,
            passes = excluded.passes, lanes = excluded.lanes""",
        (
            row.id,
            row.place,
            row.wrapped,
            costs and costs.salt,
            costs and costs.memory_kib,
            costs and costs.passes,
            costs and costs.lanes,
        ),
    )


def unused(connection: sqlite3.Connection) -> tuple[KeyRow, ...]:
    """Claimed and former keys with which nothing is sealed: left by a rotation or a crash."""
    found = connection.execute(
        f"""SELECT {_COLUMNS} FROM keys
        WHERE standing <> 'current' AND id NOT IN (SELECT key_id FROM secrets)"""  # noqa: S608
    )
    return tuple(row for row in map(_row, found) if row)


def forget(connection: sqlite3.Connection, key_id: str) -> None:
    """Delete the row of a key with which nothing is sealed."""
    connection.execute("DELETE FROM keys WHERE id = ? AND standing <> 'current'", (key_id,))


def _row(values: tuple[object, ...] | None) -> KeyRow | None:
    if values is None:
        return None
    key_id, place, wrapped, salt, memory_kib, passes, lanes = values
    stretching = None
    if isinstance(salt, bytes):
        stretching = Stretching(salt, _int(memory_kib), _int(passes), _int(lanes))
    return KeyRow(str(key_id), Place(str(place)), _bytes(wrapped), stretching)


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0


def _bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None
