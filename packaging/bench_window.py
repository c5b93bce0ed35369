"""Inside a measured program: the real window, which says what happens and is worked by itself.

Its own code runs as it is. One argument says what to do: `start` opens, weighs and ends; `list`
works the list; `check` waits for the checks at start. Accounts are where LAIFAXIN_HOME says.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

import laifaxin_desktop.ui  # noqa: F401 - as the program does: before anything else brings Qt

# isort: split
from bench_routes import routed
from bench_seen import Stalls, tell, tell_when_painted, weigh_and_end
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QMainWindow

from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.model.report import Status
from laifaxin_desktop.ui import run
from laifaxin_desktop.ui.account_list import AccountList
from laifaxin_desktop.ui.account_row import Group
from laifaxin_desktop.ui.cell_words import Column
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.main_window import MainWindow

_FRAME = 0.016
_SETTLE = 0.25  # seconds in which what an action started comes to its end


class Watched(MainWindow):
    """The window, which tells when it is seen and then does what the argument says."""

    def show(self) -> None:
        QMainWindow.show(self)
        self.stalls = Stalls(self)
        tell_when_painted(self)
        spawn(self._work(sys.argv[1]), self)

    async def _work(self, what: str) -> None:
        try:
            accounts = await self._listed()
            tell("listed", stall=self.stalls.longest(), rows=accounts.model.rowCount())
            if what == "list":
                await asyncio.sleep(1)
                self.stalls.longest()
                await self._work_list(accounts)
            elif what == "check":
                await self._wait_for_checks(accounts)
        except Exception as error:
            tell("failed", error=repr(error))
            raise
        finally:
            weigh_and_end(self.close)

    async def _listed(self) -> AccountList:
        """Until the accounts, or the words that there are none, are on the screen."""
        while True:
            accounts = self.accounts
            if accounts is not None:
                shown = accounts if accounts.model.ids() else self.empty
                if shown.isVisible() and self.app is not None:
                    await asyncio.sleep(0)
                    return accounts
            await asyncio.sleep(0.002)

    async def _wait_for_checks(self, accounts: AccountList) -> None:
        model, watch = accounts.model, self.app.watch if self.app else None
        assert watch is not None
        while watch.checking or not all(  # noqa: ASYNC110 - two things to wait for
            row.report for row in map(model.row, model.ids()) if row
        ):
            await asyncio.sleep(_FRAME)
        rows = [row for row in map(model.row, model.ids()) if row]
        ok = sum(row.status is Status.OK for row in rows)
        tell("checked", stall=self.stalls.longest(), ok=ok, rows=len(rows))

    async def _did(self, action: str, act: Callable[..., object], *arguments: object) -> None:
        act(*arguments)
        await asyncio.sleep(_SETTLE)
        tell(action, stall=self.stalls.longest())

    async def _work_list(self, accounts: AccountList) -> None:
        table = accounts.table
        for letters in ("q", "qq", "qq.", "qq.com", "qq.com 7", ""):
            await self._did("filter", self.toolbar.search.setText, letters)
        for group in (*Group, Group.ALL):
            await self._did("filter", self.toolbar.chips.choose, group)
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
            for column in Column:
                await self._did("sort", table.sortByColumn, column, order)
        bar = table.verticalScrollBar()
        for to in range(0, bar.maximum(), bar.maximum() // 120):
            bar.setValue(to)
            await asyncio.sleep(_FRAME)
        await self._did("scroll", bar.setValue, 0)
        flags = QItemSelectionModel.SelectionFlag
        choose = table.selectionModel().setCurrentIndex
        for row in (5000, 9999, 0):
            index = accounts.model.index(row, 0)
            await self._did("select", choose, index, flags.SelectCurrent | flags.Rows)


async def _no_checks(_: Watch) -> None:
    """In place of the checks at start, where those are not what is measured."""


def main() -> None:
    """Open it."""
    if sys.argv[1] != "check":
        setattr(Watch, "at_start", _no_checks)  # noqa: B010 - on purpose
    setattr(run, "MainWindow", Watched)  # noqa: B010
    with routed():
        sys.exit(run.main())


if __name__ == "__main__":
    main()
