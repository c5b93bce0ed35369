"""Runs the checks of stored accounts in the background and says whose truth changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol as Shape

from laifaxin_desktop.engine.check import Checker, asks_a_person
from laifaxin_desktop.engine.ports import Accounts
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Report, StageResult

log = logging.getLogger(__name__)

AT_ONCE = 8  # accounts checked side by side; two connections each
POLL = 0.5  # seconds between two looks for another process's writes


class WatchedAccounts(Accounts, Shape):
    """Accounts that also tell when another process wrote."""

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since the last call."""
        ...


class Watch:
    """Knows which accounts are being checked and how far; tells every subscriber."""

    def __init__(self, accounts: WatchedAccounts, checker: Checker, at_once: int = AT_ONCE) -> None:
        self._accounts = accounts
        self._checker = checker
        self._free = asyncio.Semaphore(at_once)
        self._running: dict[str, dict[Side, tuple[StageResult, ...]]] = {}
        self._subscribers: list[Callable[[frozenset[str]], None]] = []

    @property
    def checking(self) -> frozenset[str]:
        """The ids of the accounts being checked now, or waiting for their turn."""
        return frozenset(self._running)

    def is_checking(self, account_id: str) -> bool:
        """Whether this account is being checked now, or waits for its turn."""
        return account_id in self._running

    def stages(self, account_id: str) -> Mapping[Side, tuple[StageResult, ...]]:
        """How far the running check of an account is; empty when none runs."""
        return self._running.get(account_id, {})

    def subscribe(self, changed: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        """Call `changed` with the ids whose truth changed; empty: the list itself changed.

        Returns the function that ends the subscription.
        """
        self._subscribers.append(changed)
        return lambda: self._subscribers.remove(changed) if changed in self._subscribers else None

    def tell(self, *ids: str) -> None:
        """Tell every subscriber that these accounts changed; none: the list did."""
        for changed in tuple(self._subscribers):
            changed(frozenset(ids))

    async def check(self, ids: Iterable[str]) -> None:
        """Check accounts because a person asked; one that is already being checked is not again.

        Paused accounts are left alone.
        """
        wanted = [each for each in dict.fromkeys(ids) if each not in self._running]
        for account_id in wanted:
            self._running[account_id] = {}
        self.tell(*wanted)
        try:
            async with asyncio.TaskGroup() as group:
                for account_id in wanted:
                    group.create_task(self._check_one(account_id))
        finally:
            for account_id in wanted:
                self._running.pop(account_id, None)
            self.tell(*wanted)

    async def at_start(self) -> None:
        """Check every account that the machine may check: not paused, no credential refused."""
        reports = await self._accounts.reports()
        accounts = await self._accounts.all()
        await self.check(
            a.id for a in accounts if not a.paused and not asks_a_person(reports.get(a.id))
        )

    async def follow(self) -> None:
        """Notice what other processes write; runs until cancelled."""
        while True:
            await asyncio.sleep(POLL)
            try:
                if await self._accounts.changed_elsewhere():
                    self.tell()
            except Exception:  # a database that is busy now may be free at the next look
                log.exception("looking for changes by another process failed")

    async def _check_one(self, account_id: str) -> None:
        try:
            async with self._free:
                account = await self._accounts.get(account_id)
                if account and not account.paused:
                    report = await self._report(account)
                    await self._accounts.save_report(report, account.revision)
        except Exception:  # a disk that is full must not stop the other accounts' checks
            log.exception("a report could not be kept")
        self._running.pop(account_id, None)
        self.tell(account_id)

    async def _report(self, account: Account) -> Report:
        def see(side: Side, result: StageResult) -> None:
            legs = self._running.get(account.id, {})
            legs[side] = (*legs.get(side, ()), result)
            self.tell(account.id)

        try:
            return await self._checker.check_stored(account, self._accounts, see)
        except Exception as error:  # our bug: shown as such, and the other accounts go on
            log.exception("a check broke")
            return self._checker.of_bug(account, type(error).__name__)
