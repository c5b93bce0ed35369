"""Accounts with their sealed secrets and last reports; refuses to store one without the other."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Self

from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret

from . import rows
from .database import Database
from .keychain import Keychain, KeyPlace, vault_error
from .remembered import Remembered
from .ring import KeyReplacedError
from .sealed import Sealed
from .vault import Vault

FILE = "accounts.db"
_MOST_ATTEMPTS = 5  # to save while other processes replace the key again and again


class AccountStore(Remembered):
    """What the engine's `Accounts` asks for, on disk, and what the window remembers.

    Any method raises `StoreError` (a `MailError`) when the file cannot be used.
    """

    def __init__(self, path: Path, place: KeyPlace | None = None) -> None:
        super().__init__(Database(path))
        self.vault = Vault(self._database, place or Keychain())
        self._accounts = rows.Decoder(rows.account)
        self._reports = rows.Decoder(rows.report)

    @classmethod
    async def open(cls, folder: Path, place: KeyPlace | None = None) -> Self:
        """Open or begin the file in this folder.

        :raises StoreError: the file cannot be used; it was not changed
        """
        store = cls(folder / FILE, place)
        async with AsyncExitStack() as unless_good:
            unless_good.push_async_callback(store.close)
            await store._database.read(lambda c: None)
            unless_good.pop_all()
        return store

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    async def all(self) -> tuple[Account, ...]:
        """Every account, in the order they were added."""
        return await self._database.read(
            lambda c: tuple(self._accounts.decode(rows.select(c, "TRUE ORDER BY added_at, rowid")))
        )

    async def get(self, account_id: str) -> Account | None:
        """The account with this id."""
        return await self._one("id = ?", account_id)

    async def find(self, address: Address) -> Account | None:
        """The account with this address, whatever its case."""
        return await self._one("address_key = ?", address.key)

    async def save(self, account: Account, secret: Secret | None, report: Report | None) -> None:
        """Add or replace: account, sealed secret and report in one transaction, or nothing.

        `secret` None keeps the stored one, and only of the account's own revision: when another
        process has changed or removed the account since, it is refused (missing, `detail`:
        changed_elsewhere). The last report goes: it spoke of another secret or other servers.

        Two processes that add one address at once: the later one's account replaces the other.

        :raises MailError: stage vault
        """
        sealed: Sealed | None
        for _ in range(_MOST_ATTEMPTS):
            sealed = await self.vault.sealed(account.id, secret) if secret is not None else None

            def write(connection: sqlite3.Connection) -> None:
                if secret is not None:
                    revision: int | None = rows.write_account(connection, account)
                    self.vault.put(connection, account.id, sealed)  # noqa: B023 - run at once
                else:
                    revision = rows.write_servers(connection, account)
                if revision is None:
                    raise vault_error(Fault.MISSING, "changed_elsewhere")
                if report is not None:
                    rows.write_report(connection, account.id, report, revision)

            try:
                await self._database.write(write)
                break
            except KeyReplacedError:
                continue
        else:
            raise vault_error(Fault.LOCKED, "key_replaced")
        if secret is not None:
            self.vault.remember(account.id, None if sealed else secret)
            await self._database.scrub()

    async def secret(self, account_id: str) -> Secret:
        """The unsealed secret.

        :raises MailError: stage vault: missing, locked, no_keychain
        """
        return await self.vault.secret(account_id)

    async def set_paused(self, account_id: str, paused: bool) -> None:
        """Pause or resume."""
        await self._database.execute(
            "UPDATE accounts SET paused = ? WHERE id = ?", int(paused), account_id
        )

    async def remove(self, account_id: str) -> None:
        """Delete the account, its secret and its report, in one transaction, and leave no copy."""
        await self._database.execute("DELETE FROM accounts WHERE id = ?", account_id)
        self.vault.remember(account_id, None)
        await self._database.scrub()

    async def reports(self) -> Mapping[str, Report]:
        """The last report of each account that has one.

        A good report is worth nothing once its secret is gone (只在本次使用, after a restart).
        """

        def read(connection: sqlite3.Connection) -> dict[str, Report]:
            found = connection.execute("SELECT account, report FROM reports")
            decoded = self._reports.decode(found)
            sealed = {row[0] for row in connection.execute("SELECT account FROM secrets")}
            return {
                account: report
                for account, report in decoded
                if report and (account in sealed or self.vault.holds(account) or not report.ok)
            }

        return await self._database.read(read)

    async def save_report(self, report: Report, revision: int) -> None:
        """Keep a report on the account it names, if servers and secret are still those it tried.

        `revision` is that of the account as it was read before its secret was.
        """
        account = report.account
        if account is not None:
            await self._database.write(lambda c: rows.write_report(c, account, report, revision))

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since this was last asked."""
        return await self._database.changed_elsewhere()

    async def rotate_key(self) -> None:
        """Make a new key and seal everything anew; see `Vault.rotate_key`."""
        await self.vault.rotate_key()

    async def set_aside(self, at: datetime) -> Path:
        """Move a file that cannot be used out of the way, on a person's word; its new name."""
        return await self._database.set_aside(at)

    async def close(self) -> None:
        """Finish what is queued and let go of the file; waits for no keychain prompt."""
        self.vault.close()
        await self._database.close()

    async def _one(self, where: str, value: str) -> Account | None:
        def read(connection: sqlite3.Connection) -> Account | None:
            return next(map(rows.account, rows.select(connection, where, value)), None)

        return await self._database.read(read)
