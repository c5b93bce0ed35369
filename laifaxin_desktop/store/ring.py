"""The keys: fetched once in a run, made once for all processes, replaced in one transaction."""

from __future__ import annotations

import contextlib
import sqlite3

from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret

from . import keys, seal
from .database import Database
from .keychain import KeyPlace, vault_error
from .keys import KeyRow, Place
from .seal import SealError, Stretching
from .sealed import Places, seal_with, write_memory, write_sealed
from .worker import Worker


class KeyReplacedError(Exception):
    """The current key is no longer the one that was used: seal again with the new one."""


class KeyRing:
    """Every key this process has seen, and the ways to come by one.

    A new key is named in the database first, its keychain item is written inside the transaction
    that makes it current: two processes never make two, and a crash leaves nothing unnamed.
    What needs the keychain raises `MailError`, stage vault: no_keychain, locked, missing.
    """

    def __init__(self, database: Database, place: KeyPlace, crypto: Worker) -> None:
        self._database = database
        self._place = place
        self._crypto = crypto
        self._keys: dict[str, bytes] = {}
        self._lost: set[str] = set()
        self._stretched: tuple[Stretching, bytes] | None = None
        self._tidied = False

    async def current(self) -> KeyRow | None:
        """The key that seals everything new."""
        return await self._database.read(keys.current)

    def has(self, key_id: str) -> bool:
        """Whether the key is at hand without asking anybody."""
        return key_id in self._keys

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
            key = self._keys[key_id] = seal.key_from_text(text)
        except SealError:
            self._lost.add(key_id)
            raise vault_error(Fault.MISSING, "key_lost") from None
        await self._tidy_once()
        return key

    async def sealing_key(self) -> tuple[str, bytes]:
        """The current key; made when there is none, or when the keychain has lost it."""
        row = await self.current()
        if row is not None:
            try:
                return row.id, await self.key(row.id)
            except MailError as error:
                if error.evidence.fault is not Fault.MISSING:
                    raise
        key_id = await self._make(row)
        return key_id, await self.key(key_id)

    async def to_keychain(self, row: KeyRow | None, also: Places) -> None:
        """A new key in the keychain instead of `row`; everything sealed anew, `also` with it."""
        new, key = await self._claim()
        await self._crown(row, new, key, also)

    async def to_password(self, row: KeyRow | None, also: Places) -> None:
        """A new key under the stretched main password instead of `row`; the rest likewise.

        :raises MailError: locked, when no main password was given in this run
        """
        if self._stretched is None:
            raise vault_error(Fault.LOCKED, "main_password")
        await self._under_password(row, seal.new_key_id(), seal.new_key(), also, self._stretched)

    async def set_password(self, password: Secret, also: Places) -> None:
        """Keep a new key under a main password, or the present one under another password."""
        stretching = Stretching.fresh()
        row = await self.current()
        if row and row.place is Place.MASTER_PASSWORD:
            key_id, key = row.id, await self.key(row.id)
        else:
            key_id, key = seal.new_key_id(), seal.new_key()
            with contextlib.suppress(MailError):  # out of reach: what it sealed stays as it is
                await self.key(row.id if row else "")
        stretched = await self._crypto.run(stretching.stretch, password)
        await self._under_password(row, key_id, key, also, (stretching, stretched))

    async def unlock(self, row: KeyRow, password: Secret) -> bool:
        """Whether this is the main password; the key is at hand then."""
        if row.stretching is None or row.wrapped is None:
            return True
        try:
            stretched = await self._crypto.run(row.stretching.stretch, password)
            key = await self._crypto.run(seal.unwrap, stretched, row.id, row.wrapped)
        except SealError:
            return False
        self._keys[row.id] = key
        self._stretched = row.stretching, stretched
        return True

    async def tidy(self) -> None:
        """Drop keys that seal nothing: what a rotation or a crash left behind."""
        if await self._database.read(keys.unused):
            with contextlib.suppress(MailError):  # the keychain is away: next time
                await self._database.write(self._drop_unused)

    def forget(self) -> None:
        """Let go of every key."""
        self._keys.clear()
        self._stretched = None

    async def _make(self, lost: KeyRow | None) -> str:
        """A new current key in the keychain, instead of none or of a lost one; its id.

        When another process was faster, the id of that one's key.
        """
        new, key = await self._claim()

        def settle(connection: sqlite3.Connection) -> str:
            now = keys.current(connection)
            if now is not None and now != lost:
                keys.forget(connection, new.id)
                return now.id
            # Inside the transaction: whoever else wants to make a key waits for this one.
            self._place.put_now(new.id, seal.key_to_text(key))
            keys.crown(connection, new)
            return new.id

        key_id = await self._database.write(settle)
        if key_id == new.id:
            self._keys[key_id] = key
        await self._tidy_once()
        return key_id

    async def _claim(self) -> tuple[KeyRow, bytes]:
        """A new key, named in the database.

        Asking the keychain for it raises its prompt now, while no transaction is held.
        """
        new = KeyRow(seal.new_key_id(), Place.KEYCHAIN)
        await self._database.write(lambda c: keys.claim(c, new.id))
        try:
            await self._place.get(new.id)
        except MailError:
            await self._database.write(lambda c: keys.forget(c, new.id))
            raise
        return new, seal.new_key()

    async def _under_password(
        self,
        row: KeyRow | None,
        key_id: str,
        key: bytes,
        also: Places,
        stretched: tuple[Stretching, bytes],
    ) -> None:
        wrapped = await self._crypto.run(seal.wrap, stretched[1], key_id, key)
        new = KeyRow(key_id, Place.MASTER_PASSWORD, wrapped, stretched[0])
        await self._crown(row, new, key, also)
        self._stretched = stretched

    async def _crown(self, old: KeyRow | None, new: KeyRow, key: bytes, also: Places) -> None:
        """Make `new` current and seal everything with it that can be opened, in one transaction."""

        def settle(connection: sqlite3.Connection) -> None:
            now = keys.current(connection)
            if (now and now.id) != (old and old.id):
                raise KeyReplacedError
            if new.place is Place.KEYCHAIN:
                self._place.put_now(new.id, seal.key_to_text(key))
            keys.crown(connection, new)
            self._seal_anew(connection, new.id, key)
            write_memory(connection, new.id, key, also)

        try:
            await self._database.write(settle)
        except KeyReplacedError:  # another process did the same just now: a retry sees its key
            raise vault_error(Fault.LOCKED, "key_replaced") from None
        self._keys[new.id] = key
        await self._database.scrub()
        await self.tidy()

    def _seal_anew(self, connection: sqlite3.Connection, key_id: str, key: bytes) -> None:
        found = connection.execute("SELECT account, kind, sealed FROM secrets")
        for account, kind, sealed in found.fetchall():
            with contextlib.suppress(SealError):  # what cannot be opened stays what it is
                old_key = self._keys.get(seal.key_id_of(sealed))
                if old_key is not None:
                    secret = seal.unseal(old_key, account, kind, sealed)
                    write_sealed(connection, account, seal_with(key_id, key, account, kind, secret))

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
