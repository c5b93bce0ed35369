"""Runs the checks of stored accounts in the background and says whose truth changed."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol as Shape

from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.engine.past import knowing
from laifaxin_desktop.engine.ports import Accounts
from laifaxin_desktop.engine.retry import (
    Retries,
    asks_a_person,
    may_retry,
    next_try,
    not_before,
    refused_at_proxy,
    stays_locked,
)
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Diagnosis
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Report, StageResult

log = logging.getLogger(__name__)

AT_ONCE = 8  # accounts checked side by side; two connections each
POLL = 0.5  # seconds between two looks for another process's writes
TICK = 10.0  # seconds between two looks for whose turn it is
WAKING = 15.0  # seconds that a network needs after a sleep
# No check, and no wait for a turn, takes so long: the computer was asleep meanwhile, or its clock
# was set.
SLEPT = timedelta(minutes=4)


async def always() -> bool:
    """Nothing has to be unlocked first."""
    return True


class WatchedAccounts(Accounts, Shape):
    """Accounts that also tell when another process wrote."""

    async def changed_elsewhere(self) -> bool:
        """Whether another process has written since the last call."""
        ...


@dataclass(slots=True)
class _Run:
    """What the accounts of one check of many have met."""

    locked: bool = False  # the keychain, and its prompt was not answered


class Watch:
    """Knows which accounts are being checked and how far; tells every subscriber."""

    def __init__(
        self,
        accounts: WatchedAccounts,
        checker: Checker,
        at_once: int = AT_ONCE,
        *,
        tick: float = TICK,
        waking: float = WAKING,
        may_begin: Callable[[], Awaitable[bool]] = always,
    ) -> None:
        """`may_begin` says whether stored secrets can be had at all before a person does something.

        Until then nothing is checked by itself: what the list knows would be lost for no news.
        """
        self._accounts = accounts
        self._checker = checker
        self._tick, self._waking = tick, waking
        self._may_begin = may_begin
        self._retries = Retries()
        self._back = asyncio.Event()  # the network is: nobody waits for a turn
        self._problems: dict[str, dict[Side, Diagnosis]] = {}
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

    def problems(self, account_id: str) -> Mapping[Side, Diagnosis]:
        """What has failed in the running check so far; the report may know more, seconds later."""
        return self._problems.get(account_id, {})

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

        Paused accounts are left alone. Where the keychain stays locked those that have not begun
        are left as they were: its prompt, once dismissed, does not come again for each of them.
        """
        wanted = [each for each in dict.fromkeys(ids) if each not in self._running]
        for account_id in wanted:
            self._running[account_id] = {}
        self.tell(*wanted)
        run = _Run()
        try:
            async with asyncio.TaskGroup() as group:
                for account_id in wanted:
                    group.create_task(self._check_one(account_id, run))
        finally:
            for account_id in wanted:
                self._running.pop(account_id, None)
                self._problems.pop(account_id, None)
            self.tell(*wanted)

    async def at_start(self) -> None:
        """Check every account that the machine may check: not paused, no credential refused."""
        if not await self._may_begin():
            return
        reports = await self._accounts.reports()
        accounts = [a for a in await self._accounts.all() if not a.paused]
        now, wanted = self._checker.now(), list[str]()
        for account in accounts:
            report = reports.get(account.id)
            if asks_a_person(report) or (account.settings.proxy and refused_at_proxy(report)):
                continue
            if report is not None and (not_before(report) or now) > now:
                self._retries.note(account.id, report)  # the server asked for patience
            else:
                wanted.append(account.id)
        await self.check(wanted)

    async def retry(self) -> None:
        """Check again what passes by itself, each at its time, and all after the computer slept.

        As soon as anybody is reached again, nobody waits for a turn.

        Runs until cancelled.
        """
        while True:
            before = self._checker.now()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._tick):
                    await self._back.wait()
            self._back.clear()
            try:
                if self._slept(before):
                    await asyncio.sleep(self._waking)
                    await self.at_start()
                else:
                    await self.check(await self._whose_turn())
            except Exception:  # a database that is busy now may be free at the next turn
                log.exception("checking again failed")

    async def _whose_turn(self) -> list[str]:
        """Those that are due, and still are what they were: somebody may have mended them."""
        due = self._retries.due(self._checker.now())
        if not due:
            return []
        reports = await self._accounts.reports()
        wanted = [one for one in due if one in reports and may_retry(reports[one])]
        self._retries.drop(set(due).difference(wanted))
        return wanted

    def _slept(self, since: datetime) -> bool:
        return abs(self._checker.now() - since) > SLEPT

    async def follow(self) -> None:
        """Notice what other processes write; runs until cancelled."""
        while True:
            await asyncio.sleep(POLL)
            try:
                if await self._accounts.changed_elsewhere():
                    self.tell()
            except Exception:  # a database that is busy now may be free at the next look
                log.exception("looking for changes by another process failed")

    async def _check_one(self, account_id: str, run: _Run) -> None:
        try:
            async with self._free:
                account = await self._accounts.get(account_id)
                if run.locked:
                    pass
                elif account and not account.paused:
                    report = await self._report(account)
                    run.locked |= stays_locked(report)
                    if self._retries.note(account_id, report):
                        self._back.set()
                    await self._accounts.save_report(report, account.revision)
                else:
                    self._retries.drop([account_id])
        except Exception:  # a disk that is full must not stop the other accounts' checks
            log.exception("a report could not be kept")
        self._running.pop(account_id, None)
        self._problems.pop(account_id, None)
        self.tell(account_id)

    async def _report(self, account: Account) -> Report:
        began = self._checker.now()
        checker = knowing(self._checker, await self._accounts.last_good(account.id))
        report = await self._check_stored(account, checker)
        if self._slept(began) and next_try(report) is not None:
            # The connection died in its sleep; that says nothing of the server.
            await asyncio.sleep(self._waking)
            self._running[account.id] = {}
            self._problems.pop(account.id, None)
            report = await self._check_stored(account, checker)
        return report

    async def _check_stored(self, account: Account, checker: Checker) -> Report:
        def see(side: Side, result: StageResult) -> None:
            legs = self._running.get(account.id, {})
            legs[side] = (*legs.get(side, ()), result)
            self.tell(account.id)

        def first(side: Side, diagnosis: Diagnosis) -> None:
            self._problems.setdefault(account.id, {})[side] = diagnosis
            self.tell(account.id)

        try:
            return await checker.check_stored(account, self._accounts, see, first)
        except Exception as error:  # our bug: shown as such, and the other accounts go on
            log.exception("a check broke")
            return self._checker.of_bug(account, type(error).__name__)
