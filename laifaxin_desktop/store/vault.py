"""Seals secrets under one key that the keychain keeps; refuses to keep one in the clear on disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from enum import StrEnum
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret

from . import keys, rows, seal
from .database import Database
from .keychain import KeyPlace, vault_error
from .keys import Place
from .ring import KeyReplacedError, KeyRing
from .seal import SealError
from .sealed import (
    Kept,
    Kind,
    Places,
    Sealed,
    Slot,
    drop_sealed,
    read_sealed,
    renewed,
    seal_with,
    slot_of,
    swap_sealed,
    write_memory,
    write_sealed,
)
from .worker import Worker

T = TypeVar("T")
P = ParamSpec("P")

MOST_ATTEMPTS = 5  # to write while other processes replace the key again and again


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


class Vault:
    """What a person chooses about secrets, and the sealing; the values stand beside their accounts.

    What needs a key raises `MailError`, stage vault: no_keychain, locked (keychain or main
    password), missing (`detail`: no_secret, bad_seal, key_lost, out_of_reach).
    """

    def __init__(self, database: Database, place: KeyPlace) -> None:
        self._database = database
        self._place = place
        self._crypto = Worker("crypto")  # imports and stretching take longer than the loop may wait
        self._ring = KeyRing(database, place, self._crypto)
        self._memory: dict[tuple[str, Slot], Kept] = {}
        self._memory_only = False
        self._changing = asyncio.Lock()  # one making or replacing of keys at a time

    async def mode(self) -> VaultMode:
        """Where a secret saved now would be kept."""
        if self._memory_only:
            return VaultMode.MEMORY
        row = await self._ring.current()
        return VaultMode(row.place) if row else VaultMode.KEYCHAIN

    async def state(self) -> VaultState:
        """Whether a secret could be had now, without asking anybody."""
        if self._memory_only:
            return VaultState.OPEN
        row = await self._ring.current()
        if row is None:
            return VaultState.EMPTY
        if self._ring.has(row.id):
            return VaultState.OPEN
        return VaultState.LOCKED if row.place is Place.MASTER_PASSWORD else VaultState.CLOSED

    async def may_begin(self) -> bool:
        """Whether secrets can be had without a person typing the main password first."""
        return await self.state() is not VaultState.LOCKED

    async def use_memory(self) -> None:
        """Keep new secrets in this process only (只在本次使用); sealed ones stay sealed."""
        self._memory_only = True

    async def use_keychain(self) -> None:
        """Keep secrets under the keychain, and move there what is kept otherwise."""
        async with self._changing:
            also = dict(self._memory)
            row = await self._ring.current()
            if row and row.place is Place.MASTER_PASSWORD:
                await self._ring.key(row.id)
                await self._ring.to_keychain(row, also)
            else:
                key_id, key = await self._ring.sealing_key()
                await self._database.write(lambda c: write_memory(c, key_id, key, also))
            self._leave_memory(also)

    async def set_master_password(self, password: Secret) -> None:
        """Keep secrets under a main password (主密码), or change it; leaves the other modes.

        What only an unreachable keychain could open stays as it is.

        :raises ValueError: an empty password
        :raises MailError: locked, when changing it without having unlocked
        """
        if not password:
            raise ValueError("an empty main password keeps nothing")
        async with self._changing:
            also = dict(self._memory)
            await self._ring.set_password(password, also)
            self._leave_memory(also)

    async def unlock(self, password: Secret) -> bool:
        """Open a vault that has a main password; False when it is another one.

        True where there is nothing to unlock.
        """
        row = await self._ring.current()
        return row is None or await self._ring.unlock(row, password)

    async def rotate_key(self) -> None:
        """Make a new key, seal everything anew in one transaction, then drop the old key.

        A crash in between leaves both keys and a readable database. A main password stays.
        """
        async with self._changing:
            row = await self._ring.current()
            if row is None:
                return
            await self._ring.key(row.id)
            if row.place is Place.KEYCHAIN:
                await self._ring.to_keychain(row, {})
            else:
                await self._ring.to_password(row, {})

    @asynccontextmanager
    async def sealing(
        self, account: str, secrets: Mapping[Kind, Secret]
    ) -> AsyncIterator[tuple[Sealed, ...] | None]:
        """The secrets sealed for an account, opened again and compared; the block writes them.

        All with one key. None: they are kept in memory once the block ends well; the mode does not
        change meanwhile.
        """
        async with self._changing:
            if self._memory_only:
                yield None
                for kind, secret in secrets.items():
                    self._memory[account, slot_of(kind)] = Kept(kind, secret)
                return
            key_id, key = await self._ring.sealing_key()
        yield tuple(
            [
                await self._crypto.run(seal_with, key_id, key, account, kind, secret)
                for kind, secret in secrets.items()
            ]
        )
        for kind in secrets:
            self.forget(account, slot_of(kind))

    def put(
        self,
        connection: sqlite3.Connection,
        account: str,
        sealed: tuple[Sealed, ...] | None,
        kinds: Collection[Kind],
    ) -> None:
        """Write sealed values, or delete what stood there, inside the account's transaction.

        :raises KeyReplacedError: another key became current in the meantime
        """
        if sealed is None:
            for kind in kinds:
                drop_sealed(connection, account, slot_of(kind))
            return
        row = keys.current(connection)
        for each in sealed:
            if row is None or row.id != each.key_id:
                raise KeyReplacedError
            write_sealed(connection, account, each)

    def forget(self, account: str, *slots: Slot) -> None:
        """Keep nothing of this account in memory, or nothing for these."""
        for slot in slots or Slot:
            self._memory.pop((account, slot), None)

    def holds(self, account: str, slot: Slot = Slot.ACCOUNT) -> bool:
        """Whether this process keeps the account's secret in memory."""
        return (account, slot) in self._memory

    def kind(self, connection: sqlite3.Connection, account: str) -> str | None:
        """What kind of secret an account has; None: it has none."""
        if sealed := read_sealed(connection, account):
            return sealed.kind
        kept = self._memory.get((account, Slot.ACCOUNT))
        return kept.kind if kept else None

    async def secret(self, account: str, slot: Slot = Slot.ACCOUNT) -> tuple[str, Secret]:
        """The unsealed secret of an account, and its kind."""
        for _ in range(MOST_ATTEMPTS):
            stored, _ = await self._stored(account, slot)
            if stored is None:
                break
            kind, value = stored.kind, stored.value
            try:
                return kind, await self._opening(stored, seal.unseal, account, kind, value)
            except MailError as error:
                if not await self._outdated(error, account, stored, slot):
                    raise
        else:
            raise vault_error(Fault.LOCKED, "key_replaced")
        # Beside one in the file, that in memory is older: the file's is from another process.
        if kept := self._memory.get((account, slot)):
            return kept.kind, kept.secret
        raise vault_error(Fault.MISSING, "no_secret")

    async def renew(self, account: str, revision: int, old: Secret, new: Secret) -> bool:
        """Put `new` in the place of `old`, in the file or in memory; False when it is not there.

        Nothing is scrubbed: what lingers in the log is sealed, and the next save, removal or
        closing empties it. A burst of renewals would flush the whole file to the disk each time.
        """
        for _ in range(MOST_ATTEMPTS):
            stored, now = await self._stored(account)
            if now != revision:
                return False
            if stored is not None:
                try:
                    sealed = await self._opening(stored, renewed, account, stored, old, new)
                except MailError as error:
                    if await self._outdated(error, account, stored):
                        continue
                    raise
                if sealed is None:
                    return False
                swap = partial(
                    swap_sealed, account=account, revision=revision, stored=stored, new=sealed
                )
                if await self._database.write(swap):
                    return True
            else:
                async with self._changing:  # what is just moving to the file is not left behind
                    if await self._stored(account) == (None, revision):
                        return self._renew_in_memory(account, old, new)
            # Renewed, gone, moved, or sealed anew with another key: look again.
        raise vault_error(Fault.LOCKED, "key_replaced")

    async def _outdated(
        self, error: MailError, account: str, opened: Sealed, slot: Slot = Slot.ACCOUNT
    ) -> bool:
        """Whether no key was found because another process has sealed it anew meanwhile."""
        if error.evidence.fault is not Fault.MISSING:
            return False
        return (await self._stored(account, slot))[0] != opened

    async def _stored(
        self, account: str, slot: Slot = Slot.ACCOUNT
    ) -> tuple[Sealed | None, int | None]:
        """The sealed secret and the account's revision, of one moment."""
        return await self._database.read(
            lambda c: (read_sealed(c, account, slot), rows.revision(c, account))
        )

    def _renew_in_memory(self, account: str, old: Secret, new: Secret) -> bool:
        kept = self._memory.get((account, Slot.ACCOUNT))
        if kept is None or kept.secret != old:
            return False
        self._memory[account, Slot.ACCOUNT] = replace(kept, secret=new)
        return True

    async def _opening(
        self,
        sealed: Sealed,
        work: Callable[Concatenate[bytes, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What `work` makes of the key that opens a sealed value."""
        try:
            key = await self._ring.key(seal.key_id_of(sealed.value))
            return await self._crypto.run(work, key, *args, **kwargs)
        except MailError as error:
            if error.evidence.fault is Fault.NO_KEYCHAIN and await self._goes_without():
                raise vault_error(Fault.MISSING, "out_of_reach") from None
            raise
        except SealError:
            raise vault_error(Fault.MISSING, "bad_seal") from None

    async def _goes_without(self) -> bool:
        """Whether a person has chosen to keep secrets without a keychain.

        Then one that only a keychain could open is typed anew; no keychain has to be found first.
        """
        return await self.mode() is not VaultMode.KEYCHAIN

    def close(self) -> None:
        """Forget every key and secret; waits for no prompt."""
        self._memory.clear()
        self._ring.forget()
        self._place.close()
        self._crypto.close()

    def _leave_memory(self, adopted: Places) -> None:
        self._memory_only = False
        for place, kept in adopted.items():
            if self._memory.get(place) is kept:
                del self._memory[place]
