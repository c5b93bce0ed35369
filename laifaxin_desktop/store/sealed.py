"""The sealed values beside their accounts: one row each, always bound to that account."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from laifaxin_desktop.model.secret import Secret

from . import seal

KIND = "password"  # of the secrets kept so far: engine.ports.SecretKind


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the key it is sealed with."""

    key_id: str
    value: bytes


def seal_with(key_id: str, key: bytes, account: str, secret: Secret) -> Sealed:
    """The secret sealed for one account, opened again and compared."""
    return Sealed(key_id, seal.seal(key, key_id, account, KIND, secret))


def write_sealed(connection: sqlite3.Connection, account: str, sealed: Sealed) -> None:
    """Write or replace the sealed secret of an account that is there."""
    connection.execute(
        """INSERT INTO secrets (account, kind, key_id, sealed) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, kind) DO UPDATE
        SET key_id = excluded.key_id, sealed = excluded.sealed""",
        (account, KIND, sealed.key_id, sealed.value),
    )


def write_memory(
    connection: sqlite3.Connection, key_id: str, key: bytes, memory: Mapping[str, Secret]
) -> None:
    """Seal what was kept in memory for the accounts that are still there."""
    for account, secret in memory.items():
        if connection.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
            write_sealed(connection, account, seal_with(key_id, key, account, secret))
