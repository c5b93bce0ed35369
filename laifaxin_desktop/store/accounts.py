"""Accounts with their sealed secrets and last reports; refuses to store one without the other."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Collection, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret

from . import rows
from .database import Database
from .fault import StoreError, StoreFault
from .keychain import Keychain, KeyPlace, vault_error
from .remembered import Remembered
from .ring import KeyReplacedError
from .sealed import Kind, Sealed, Slot, drop_sealed, is_too_large, kind_of
from .vault import MOST_ATTEMPTS, Vault

FILE = "accounts.db"


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

    async def save(
        self,
        account: Account,
        secret: Secret | None,
        report: Report | None,
        proxy_secret: Secret | None = None,
    ) -> None:
        """Add or replace: account, sealed secrets and report in one transaction, or nothing.

        What is stored is a password or a sign-in, as the account's way says, never both.
        `secret` None keeps the stored one, and only of the account's own revision: when another
        process has changed or removed the account since, it is refused (missing, `detail`:
        changed_elsewhere), and so is a stored one of another kind (no_secret). The last report
        goes: it spoke of another secret or other servers.

        `proxy_secret` None keeps the stored one while the proxy stays the very same; that of
        another proxy goes.

        Two processes that add one address at once: the later one's account replaces the other.

        :raises MailError: stage vault
        :raises StoreError: also for a secret of more than a megabyte (too_large)
        """
        secrets: dict[Kind, Secret] = {}
        if secret is not None:
            secrets[kind_of(account.settings.auth)] = secret
        proxy = account.settings.proxy
        if proxy_secret is not None and proxy and proxy.username:
            secrets[Kind.PROXY] = proxy_secret
        for each in secrets.values():
            self._refuse_too_large(each)
        write = partial(self._write, account, report, secrets, new=secret is not None)
        if not secrets:
            dropped = await self._database.write(partial(write, ()))
        else:
            for _ in range(MOST_ATTEMPTS):
                with contextlib.suppress(KeyReplacedError):
                    async with self.vault.sealing(account.id, secrets) as sealed:
                        dropped = await self._database.write(partial(write, sealed))
                    break
            else:
                raise vault_error(Fault.LOCKED, "key_replaced")
        if dropped:
            self.vault.forget(account.id, Slot.PROXY)
        if secrets or dropped:
            await self._database.scrub()

    async def secret(self, account_id: str) -> Secret:
        """The unsealed secret, of the kind that the account's way has.

        :raises MailError: stage vault: missing, locked, no_keychain
        """
        account = await self.get(account_id)
        kind, secret = await self.vault.secret(account_id)
        if account is None or kind != kind_of(account.settings.auth):
            # Tokens are no password: also when the account's own words no longer decode.
            raise vault_error(Fault.MISSING, "no_secret")
        return secret

    async def proxy_secret(self, account_id: str) -> Secret:
        """The unsealed password of the account's proxy.

        :raises MailError: stage vault: missing, locked, no_keychain
        """
        _, secret = await self.vault.secret(account_id, Slot.PROXY)
        return secret

    async def renew_secret(self, account_id: str, revision: int, old: Secret, new: Secret) -> bool:
        """Put rotated tokens in the place of the old ones, which must still be stored.

        Revision and report stay: nothing that was proven has changed. False, and nothing is
        written, when the account is gone or of another revision, or another process was first.

        :raises MailError: stage vault; the old secret is still there
        """
        self._refuse_too_large(new)
        return await self.vault.renew(account_id, revision, old, new)

    async def forget_secret(self, account_id: str) -> None:
        """Drop the secret and keep the account (移除连接): it has to be signed in again."""
        await self._database.write(partial(rows.drop_secret, account=account_id))
        self.vault.forget(account_id, Slot.ACCOUNT)
        await self._database.scrub()

    async def set_paused(self, account_id: str, paused: bool) -> None:
        """Pause or resume."""
        await self._database.execute(
            "UPDATE accounts SET paused = ? WHERE id = ?", int(paused), account_id
        )

    async def remove(self, account_id: str) -> None:
        """Delete the account, its secret and its report, in one transaction, and leave no copy."""
        await self._database.execute("DELETE FROM accounts WHERE id = ?", account_id)
        self.vault.forget(account_id)
        await self._database.scrub()

    async def reports(self) -> Mapping[str, Report]:
        """The last report of each account that has one.

        A good report is worth nothing once its secret is gone (只在本次使用, after a restart).
        """

        def read(connection: sqlite3.Connection) -> dict[str, Report]:
            found = connection.execute("SELECT account, report FROM reports")
            decoded = self._reports.decode(found)
            sealed = {
                row[0]
                for row in connection.execute("SELECT account FROM secrets WHERE kind <> 'proxy'")
            }
            return {
                account: report
                for account, report in decoded
                if report and (account in sealed or self.vault.holds(account) or not report.ok)
            }

        return await self._database.read(read)

    async def last_good(self, account_id: str) -> datetime | None:
        """When the account last passed with the servers and secret it has now; None: not known."""
        return await self._database.read(partial(rows.last_good, account=account_id))

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

    def _write(
        self,
        account: Account,
        report: Report | None,
        kinds: Collection[Kind],
        sealed: tuple[Sealed, ...] | None,
        connection: sqlite3.Connection,
        *,
        new: bool,
    ) -> bool:
        """Write the account, with a `new` secret or the stored one.

        Whether the password of another proxy went.
        """
        before, proxy = rows.proxy_of(connection, account.id), account.settings.proxy
        if new:
            revision = rows.write_account(connection, account)
        else:
            revision = self._write_servers(account, connection)
        self.vault.put(connection, account.id, sealed, kinds)
        dropped = False
        if Kind.PROXY not in kinds and (proxy is None or proxy != before):
            sealed_one = drop_sealed(connection, account.id, Slot.PROXY)
            dropped = sealed_one or self.vault.holds(account.id, Slot.PROXY)
        if report is not None:
            rows.write_report(connection, account.id, report, revision)
        return dropped

    def _write_servers(self, account: Account, connection: sqlite3.Connection) -> int:
        revision = rows.write_servers(connection, account)
        if revision is None:
            raise vault_error(Fault.MISSING, "changed_elsewhere")
        kind = self.vault.kind(connection, account.id)
        if kind is not None and kind != kind_of(account.settings.auth):
            raise vault_error(Fault.MISSING, "no_secret")  # tokens are no password
        return revision

    def _refuse_too_large(self, secret: Secret) -> None:
        if is_too_large(secret):
            raise StoreError(StoreFault.TOO_LARGE, self.path)

    async def _one(self, where: str, value: str) -> Account | None:
        def read(connection: sqlite3.Connection) -> Account | None:
            return next(map(rows.account, rows.select(connection, where, value)), None)

        return await self._database.read(read)
