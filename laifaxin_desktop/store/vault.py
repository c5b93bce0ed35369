"""Seals secrets under one key that the keychain keeps; refuses to keep one in the clear on disk."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret

from . import keys, seal
from .database import Database
from .keychain import KeyPlace, vault_error
from .keys import KeyRow, Place
from .seal import SealError, Stretching
from .worker import Worker

KIND = "password"  # of the secrets kept so far: engine.ports.SecretKind


class VaultMode(StrEnum):
    """Where secrets are kept."""

    KEYCHAIN = "keychain"  # sealed, the key in the OS keychain
    MEMORY = "memory"  # 只在本次使用: in this process only, chosen anew in each run
    MASTER_PASSWORD = "master_password"  # noqa: S105 - 主密码: sealed, the key wrapped under it


class VaultState(StrEnum):
    """Whether a secret could be had now."""

    EMPTY = "empty"  # no key was ever made
    CLOSED = "closed"  # the keychain was not asked yet
    LOCKED = "locked"  # the main password is wanted
    OPEN = "open"


class KeyReplacedError(Exception):
    """The current key is no longer the one that was used: seal again with the new one."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the key it is sealed with."""

    key_id: str
    value: bytes


class Vault:
    """Keys in memory, keychain and database; the sealed values stand beside their accounts.

    What needs a key raises `MailError`, stage vault: no_keychain, locked (keychain or main
    password), missing (`detail`: no_secret, bad_seal, key_lost).
    """

    def __init__(self, database: Database, place: KeyPlace) -> None:
        self._database = database
        self._place = place
        self._crypto = Worker("crypto")  # imports and stretching take longer than the loop may wait
        self._keys: dict[str, bytes] = {}
        self._lost: set[str] = set()
        self._memory: dict[str, Secret] = {}
        self._memory_only = False
        self._stretched: tuple[Stretching, bytes] | None = None
        self._changing = asyncio.Lock()
        self._tidied = False

    async def mode(self) -> VaultMode:
        """Where a secret saved now would be kept."""
        if self._memory_only:
            return VaultMode.MEMORY
        row = await self._database.read(keys.current)
        return VaultMode(row.place) if row else VaultMode.KEYCHAIN

    async def state(self) -> VaultState:
        """Whether a secret could be had now, without asking anybody."""
        if self._memory_only:
            return VaultState.OPEN
        row = await self._database.read(keys.current)
        if row is None:
            return VaultState.EMPTY
        if row.id in self._keys:
            return VaultState.OPEN
        return VaultState.LOCKED if row.place is Place.MASTER_PASSWORD else VaultState.CLOSED

    async def use_memory(self) -> None:
        """Keep new secrets in this process only (只在本次使用); sealed ones stay sealed."""
        self._memory_only = True

    async def use_keychain(self) -> None:
        """Keep secrets under the keychain, and move there what is kept otherwise."""
        async with self._changing:
            row = await self._database.read(keys.current)
            if row and row.place is Place.MASTER_PASSWORD:
                await self._replace(row, await self.key(row.id))
            else:
                await self._adopt(*await self._sealing_key())
            self._memory_only = False
        await self.tidy()

    async def set_master_password(self, password: Secret) -> None:
        """Keep secrets under a main password (主密码), or change it; leaves the other modes.

        What only an unreachable keychain could open stays as it is.

        :raises ValueError: an empty password
        :raises MailError: locked, when changing it without having unlocked
        """
        if not password:
            raise ValueError("an empty main password keeps nothing")
        async with self._changing:
            stretching = Stretching.fresh()
            stretched = await self._crypto.run(stretching.stretch, password)
            row = await self._database.read(keys.current)
            if row and row.place is Place.MASTER_PASSWORD:
                key_id, key = row.id, await self.key(row.id)
            else:
                key_id, key = seal.new_key_id(), seal.new_key()
            wrapped = await self._crypto.run(seal.wrap, stretched, key_id, key)
            new = KeyRow(key_id, Place.MASTER_PASSWORD, wrapped, stretching)
            if row and row.id != key_id:
                with contextlib.suppress(MailError):
                    await self.key(row.id)
            await self._crown(row, new, key)
            self._stretched = stretching, stretched
            self._memory_only = False
        await self.tidy()

    async def unlock(self, password: Secret) -> bool:
        """Open a vault that has a main password; False when it is another one.

        True where there is nothing to unlock.
        """
        row = await self._database.read(keys.current)
        if row is None or row.stretching is None or row.wrapped is None:
            return True
        try:
            stretched = await self._crypto.run(row.stretching.stretch, password)
            key = await self._crypto.run(seal.unwrap, stretched, row.id, row.wrapped)
        except SealError:
            return False
        self._keys[row.id] = key
        self._stretched = row.stretching, stretched
        return True

    async def rotate_key(self) -> None:
        """Make a new key, seal everything anew in one transaction, then drop the old key.

        A crash in between leaves both keys and a readable database. A main password stays.
        """
        async with self._changing:
            row = await self._database.read(keys.current)
            if row is None:
                return
            key = await self.key(row.id)
            if row.place is Place.KEYCHAIN:
                await self._replace(row, key)
            elif self._stretched:
                stretching, stretched = self._stretched
                key_id, key = seal.new_key_id(), seal.new_key()
                wrapped = await self._crypto.run(seal.wrap, stretched, key_id, key)
                new = KeyRow(key_id, Place.MASTER_PASSWORD, wrapped, stretching)
                await self._crown(row, new, key)
        await self.tidy()

    # ---- for the account store ----

    async def sealed(self, account: str, secret: Secret) -> Sealed | None:
        """The secret sealed for an account, opened again and compared; None: kept in memory."""
        if self._memory_only:
            return None
        async with self._changing:
            key_id, key = await self._sealing_key()
        return Sealed(key_id, await self._crypto.run(seal.seal, key, key_id, account, KIND, secret))

    def put(self, connection: sqlite3.Connection, account: str, sealed: Sealed | None) -> None:
        """Write a sealed value, or delete what stood there, inside the account's transaction.

        :raises KeyReplacedError: another key became current in the meantime
        """
        if sealed is None:
            connection.execute("DELETE FROM secrets WHERE account = ?", (account,))
            return
        row = keys.current(connection)
        if row is None or row.id != sealed.key_id:
            raise KeyReplacedError
        _write(connection, account, sealed)

    def remember(self, account: str, secret: Secret | None) -> None:
        """Keep a secret in this process (memory mode), or no longer (None)."""
        self._memory.pop(account, None)
        if secret is not None and self._memory_only:
            self._memory[account] = secret

    async def secret(self, account: str) -> Secret:
        """The unsealed secret of an account."""
        if account in self._memory:
            return self._memory[account]
        found = await self._database.rows(
            "SELECT sealed FROM secrets WHERE account = ? AND kind = ?", account, KIND
        )
        if not found:
            raise vault_error(Fault.MISSING, "no_secret")
        [(sealed,)] = found
        try:
            key = await self.key(seal.key_id_of(sealed))
            return await self._crypto.run(seal.unseal, key, account, KIND, sealed)
        except SealError:
            raise vault_error(Fault.MISSING, "bad_seal") from None

    async def key(self, key_id: str) -> bytes:
        """A key by its id; asks the keychain once in a run."""
        if key_id in self._keys:
            return self._keys[key_id]
        row = await self._database.read(lambda c: keys.by_id(c, key_id))
        if row is None or key_id in self._lost:
            raise vault_error(Fault.MISSING, "key_lost")
        if row.wrapped is not None:
            return await self._unwrapped(row, row.wrapped)
        text = await self._place.get(key_id)
        try:
            if text is None:
                raise SealError("no such item")
            self._keys[key_id] = seal.key_from_text(text)
        except SealError:
            self._lost.add(key_id)
            raise vault_error(Fault.MISSING, "key_lost") from None
        await self._tidy_once()
        return self._keys[key_id]

    async def tidy(self) -> None:
        """Drop keys that seal nothing: what a rotation or a crash left behind."""
        if not await self._database.read(keys.unused):
            return
        with contextlib.suppress(MailError):  # the keychain is away: next time
            await self._database.write(self._drop_unused)

    def close(self) -> None:
        """Forget every key and secret; waits for no prompt."""
        self._keys.clear()
        self._memory.clear()
        self._stretched = None
        self._place.close()
        self._crypto.close()

    # ---- making and replacing keys ----

    async def _sealing_key(self) -> tuple[str, bytes]:
        """The current key; made when there is none, or when the keychain has lost it."""
        row = await self._database.read(keys.current)
        if row is not None:
            try:
                return row.id, await self.key(row.id)
            except MailError as error:
                if error.evidence.fault is not Fault.MISSING:
                    raise
        key_id = await self._make(row)
        return key_id, await self.key(key_id)

    async def _make(self, lost: KeyRow | None) -> str:
        """A new current key in the keychain, instead of none or of a lost one; its id.

        When another process was faster, the id of that one's key.
        """
        new, key = await self._claim()

        def settle(connection: sqlite3.Connection) -> str:
            now = keys.current(connection)
            if now != lost and now is not None:
                keys.forget(connection, new.id)
                return now.id
            # In the transaction: whoever else wants to make a key waits for this one.
            self._place.put_now(new.id, seal.key_to_text(key))
            keys.crown(connection, new)
            return new.id

        key_id = await self._database.write(settle)
        if key_id == new.id:
            self._keys[key_id] = key
        await self._tidy_once()
        return key_id

    async def _claim(self) -> tuple[KeyRow, bytes]:
        """A new key that is named in the database, with the keychain unlocked for it.

        Asking for it raises the prompt now, while no transaction is held.
        """
        new = KeyRow(seal.new_key_id(), Place.KEYCHAIN)
        await self._database.write(lambda c: keys.claim(c, new.id))
        try:
            await self._place.get(new.id)
        except MailError:
            await self._database.write(lambda c: keys.forget(c, new.id))
            raise
        return new, seal.new_key()

    async def _replace(self, old: KeyRow, old_key: bytes) -> None:
        """A new key in the keychain instead of `old`, everything sealed anew."""
        self._keys[old.id] = old_key
        new, key = await self._claim()
        await self._crown(old, new, key)

    async def _crown(self, old: KeyRow | None, new: KeyRow, key: bytes) -> None:
        """Make `new` current and seal everything with it that can be opened, in one transaction."""

        def settle(connection: sqlite3.Connection) -> None:
            now = keys.current(connection)
            if (now and now.id) != (old and old.id):
                raise KeyReplacedError
            if new.place is Place.KEYCHAIN:
                self._place.put_now(new.id, seal.key_to_text(key))
            keys.crown(connection, new)
            self._seal_anew(connection, new.id, key)

        try:
            await self._database.write(settle)
        except KeyReplacedError:  # another process did the same just now: a retry sees its key
            raise vault_error(Fault.LOCKED, "key_replaced") from None
        await self._database.scrub()
        self._keys[new.id] = key
        self._memory.clear()

    def _seal_anew(self, connection: sqlite3.Connection, key_id: str, key: bytes) -> None:
        for account, sealed in connection.execute("SELECT account, sealed FROM secrets").fetchall():
            with contextlib.suppress(SealError):  # what cannot be opened stays what it is
                old_key = self._keys.get(seal.key_id_of(sealed))
                if old_key is not None:
                    secret = seal.unseal(old_key, account, KIND, sealed)
                    value = seal.seal(key, key_id, account, KIND, secret)
                    _write(connection, account, Sealed(key_id, value))
        self._seal_memory(connection, key_id, key)

    def _seal_memory(self, connection: sqlite3.Connection, key_id: str, key: bytes) -> None:
        for account, secret in self._memory.items():
            if connection.execute("SELECT 1 FROM accounts WHERE id = ?", (account,)).fetchone():
                value = seal.seal(key, key_id, account, KIND, secret)
                _write(connection, account, Sealed(key_id, value))

    async def _adopt(self, key_id: str, key: bytes) -> None:
        """Seal what is kept in memory under the current key."""
        if self._memory:
            await self._database.write(lambda c: self._seal_memory(c, key_id, key))
            self._memory.clear()

    async def _unwrapped(self, row: KeyRow, wrapped: bytes) -> bytes:
        if self._stretched and self._stretched[0] == row.stretching:
            with contextlib.suppress(SealError):
                key = await self._crypto.run(seal.unwrap, self._stretched[1], row.id, wrapped)
                return self._keys.setdefault(row.id, key)
        raise vault_error(Fault.LOCKED, "main_password")

    async def _tidy_once(self) -> None:
        if not self._tidied:
            self._tidied = True
            await self.tidy()

    def _drop_unused(self, connection: sqlite3.Connection) -> None:
        for row in keys.unused(connection):
            if row.place is Place.KEYCHAIN:
                self._place.drop_now(row.id)
            keys.forget(connection, row.id)
            self._keys.pop(row.id, None)


def _write(connection: sqlite3.Connection, account: str, sealed: Sealed) -> None:
    connection.execute(
        """INSERT INTO secrets (account, kind, key_id, sealed) VALUES (?, ?, ?, ?)
        ON CONFLICT (account, kind) DO UPDATE
        SET key_id = excluded.key_id, sealed = excluded.sealed""",
        (account, KIND, sealed.key_id, sealed.value),
    )
