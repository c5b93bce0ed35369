"""Keeps the list true: hears the watch, gathers its news, reads what changed, at most at ease."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from laifaxin_desktop.engine.network import Network, network_now
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.report import Report

from .account_model import AccountModel
from .account_row import row_of, rows_of
from .loop import spawn

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_FIRST = 20  # ms in which the window is painted: decoding meanwhile would hold up its every step
_SOON = 60  # ms in which news is gathered
_SLICE = 500  # rows brought up to date in one turn of the loop
_REST = 8  # times as long as a reading took, the next one waits: a large list leaves room to work


class LiveRows(QObject):
    """Reads accounts and reports into the model."""

    going_on = Signal(set)  # the ids of running checks that got further
    read = Signal()  # the model is up to date
    unreadable = Signal(object)  # the MailError

    def __init__(self, app: App, model: AccountModel, parent: QObject) -> None:
        super().__init__(parent)
        self._app, self._model = app, model
        self.reports: dict[str, Report] = {}
        self.network = Network.FINE  # what all reports together say of it
        self._dirty: set[str] = set()
        self._stale = True
        self._reading = False
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._look)
        self._unsubscribe = app.watch.subscribe(self._changed)
        self._soon.start(_FIRST)

    def stop(self) -> None:
        """Hear nothing any more."""
        self._unsubscribe()
        self._soon.stop()

    def all_anew(self) -> None:
        """The list itself may have changed."""
        self._changed(frozenset())

    def _changed(self, ids: frozenset[str]) -> None:
        if ids:
            self._dirty |= ids
        else:
            self._stale = True
        if not self._soon.isActive() and not self._reading:
            self._soon.start(_SOON)

    def _look(self) -> None:
        going = {one for one in self._dirty if self._only_further(one)}
        ended = self._dirty - going
        self._dirty = set()
        if going:
            self.going_on.emit(going)
        if self._stale or ended:
            stale, self._stale, self._reading = self._stale, False, True
            spawn(self._read(None if stale else ended), self)

    def _only_further(self, account_id: str) -> bool:
        row = self._model.row(account_id)
        return row is not None and row.checking and self._app.watch.is_checking(account_id)

    async def _read(self, ids: set[str] | None) -> None:
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            # A check that has only begun has no new report: only its row says 检测中 now.
            begun = ids is not None and all(map(self._app.watch.is_checking, ids))
            if not begun:
                self.reports = dict(await self._app.accounts.reports())
            found = await self._app.accounts.all() if ids is None else None
            if not begun and await self._network_changed(found):
                found = found or await self._app.accounts.all()
            if found is not None:
                given = self._app, found, self.reports, self.network
                self._model.replace(await asyncio.to_thread(rows_of, *given))
            else:
                known = [row for one in ids or () if (row := self._model.row(one)) is not None]
                for first in range(0, len(known), _SLICE):
                    self._model.update(
                        row_of(self._app, row.account, self.reports.get(row.id), self.network)
                        for row in known[first : first + _SLICE]
                    )
                    await asyncio.sleep(0)  # ten thousand at once would hold up the window
            self.read.emit()
        except MailError as error:
            self.unreadable.emit(error)
        finally:
            self._reading = False
            if self._stale or self._dirty:
                took = (clock() - began) * 1000
                self._soon.start(max(_SOON, min(2000, round(took * _REST))))

    async def _network_changed(self, found: Sequence[Account] | None) -> bool:
        """Whether the network's state is another one now: then every row may look otherwise."""
        accounts = found or [row.account for row in self._model.rows()]
        going = {account.id for account in accounts if not account.paused}
        reports = [report for one, report in self.reports.items() if one in going]
        before = self.network
        # In a thread: ten thousand reports of a dead network are looked at one by one.
        self.network = await asyncio.to_thread(network_now, reports, self._app.checker.now())
        return self.network is not before
