"""The sealed values beside their accounts, always bound to that account and its kind: what lets it
in, which is one, and its proxy's password."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.secret import Secret

from . import seal

# UTF-8 bytes. A cache of tokens has 12 kB at most; SQLite would take a gigabyte and fill the disk.
MOST_BYTES = 1024 * 1024


class Kind(StrEnum):
    """What a secret is, part of what seals it; the words of `engine.ports.SecretKind`."""

    PASSWORD = "password"  # noqa: S105 - a word of the contract
    SIGN_IN = "sign_in"
    PROXY = "proxy"


class Slot(StrEnum):
    """What a secret is for; an account has at most one for each."""

    ACCOUNT = "account"
    PROXY = "proxy"


def kind_of(way: AuthWay) -> Kind:
    """The kind of secret that an account of this way has."""
    return Kind.SIGN_IN if way in SIGNED_IN else Kind.PASSWORD


def slot_of(kind: str) -> Slot:
    """What a secret of this kind is for."""
    return Slot.PROXY if kind == Kind.PROXY else Slot.ACCOUNT


Places = Mapping[tuple[str, Slot], "Kept"]  # by account


def is_too_large(secret: Secret) -> bool:
    """Whether no secret of ours is that long."""
    return len(secret.reveal().encode("utf-8", "surrogatepass")) > MOST_BYTES


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret in the memory of this process (只在本次使用)."""

    kind: Kind
    secret: Secret


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value, its kind and the key it is sealed with."""

    kind: str  # as it stands in the file: another version may know more
    key_id: str
    value: bytes


def seal_with(key_id: str, key: bytes, account: str, kind: str, secret: Secret) -> Sealed:
    """The secret sealed for one account, opened again and compared."""
    return Sealed(kind, key_id, seal.seal(key, key_id, account, kind, secret))


def renewed(key: bytes, account: str, stored: Sealed, old: Secret, new: Secret) -> Sealed | None:
    """`new` sealed just as `stored` is; None when that does not open to `old`.

    :raises SealError: it cannot be opened at all
    """
    if seal.unseal(key, account, stored.kind, stored.value) != old:
        return None
    return seal_with(seal.key_id_of(stored.value), key, account, stored.kind, new)


_IN_SLOT = "account = ? AND (kind = 'proxy') = ?"


def read_sealed(
    connection: sqlite3.Connection, account: str, slot: Slot = Slot.ACCOUNT
) -> Sealed | None:
    """The sealed secret of an account."""
    row = connection.execute(
        f"SELECT kind, key_id, sealed FROM secrets WHERE {_IN_SLOT}",  # noqa: S608 - a constant
        (account, slot is Slot.PROXY),
    ).fetchone()
    return Sealed(*row) if row else None


def drop_sealed(connection: sqlite3.Connection, account: str, slot: Slot) -> bool:
    """Delete the sealed secret of an account; whether there was one."""
    gone = connection.execute(
        f"DELETE FROM secrets WHERE {_IN_SLOT}",  # noqa: S608 - a constant
        (account, slot is Slot.PROXY),
    )
    return gone.rowcount > 0


def write_sealed(connection: sqlite3.Connection, account: str, sealed: Sealed) -> None:
    """Write the sealed secret of an account that is there, in the place of any it has."""
    connection.execute(
        f"DELETE FROM secrets WHERE {_IN_SLOT} AND kind <> ?",  # noqa: S608 - a constant
        (account, slot_of(sealed.kind) is Slot.PROXY, sealed.kind),
    )
    connection.execute(
        """INSERT INTO secrets (account, kind, key_id, sealed) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, kind) DO UPDATE
        SET key_id = excluded.key_id, sealed = excluded.sealed""",
        (account, sealed.kind, sealed.key_id, sealed.value),
    )


def swap_sealed(
    connection: sqlite3.Connection, account: str, revision: int, stored: Sealed, new: Sealed
) -> bool:
    """Put `new` in the place of just this value; False when another stands there by now.

    Both are sealed with the same key, which cannot be dropped while the old value stands.
    """
    swapped = connection.execute(
        """UPDATE secrets SET sealed = ? WHERE account = ? AND kind = ? AND sealed = ?
        AND EXISTS (SELECT 1 FROM accounts WHERE id = secrets.account AND revision = ?)""",
        (new.value, account, stored.kind, stored.value, revision),
    )
    return swapped.rowcount == 1


def write_memory(connection: sqlite3.Connection, key_id: str, key: bytes, memory: Places) -> None:
    """Seal what was kept in memory for the accounts that are still there.

    One that has a sealed secret got it from another process since: that one is the newer.
    """
    for (account, slot), kept in memory.items():
        there = connection.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone()
        if there and read_sealed(connection, account, slot) is None:
            sealed = seal_with(key_id, key, account, kept.kind, kept.secret)
            write_sealed(connection, account, sealed)
