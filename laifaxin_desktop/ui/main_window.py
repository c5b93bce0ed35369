"""The window that opens: the account list over its detail pane; knows no mail, keeps no truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QMainWindow, QMenuBar, QVBoxLayout, QWidget

from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.fault import StoreError

from .account_list import AccountList
from .account_row import Group
from .actions import AccountActions
from .bars import Bars
from .deleting import Deleting
from .languages import Languages
from .live_rows import LiveRows
from .loop import spawn
from .middle import Middle
from .notice import Toast
from .program_menu import ProgramMenu
from .room import open_at
from .theme import theme
from .toolbar import Toolbar
from .window_state import Kept, keep

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class MainWindow(QMainWindow):
    """Shows itself at once; the accounts come when the store is open (`show_app`)."""

    closed = Signal()  # by a person: the program ends
    retry_wanted = Signal()
    new_list_wanted = Signal()

    def __init__(self, places: Places, languages: Languages) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setMinimumSize(860, 560)
        open_at(self, max(1080, theme().px(1080)), max(700, theme().px(700)))
        self._languages = languages
        self.app: App | None = None
        self.accounts: AccountList | None = None

        self.toolbar = Toolbar(self)
        self.toolbar.add_wanted.connect(self.add_account)
        self.toolbar.check_all_wanted.connect(self._check_all)
        self.toolbar.quit_wanted.connect(self.close)
        self.bars = Bars(self)
        self.bars.delete.kept.connect(self._to_list)
        self.middle = Middle(places.resources, self)
        self.middle.empty.add_wanted.connect(self.add_account)
        self.middle.store_problem.retry_wanted.connect(self._retry)
        self.middle.store_problem.new_list_wanted.connect(self.new_list_wanted)

        whole = QWidget(self)
        column = QVBoxLayout(whole)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.toolbar)
        column.addLayout(self.bars.column)
        column.addWidget(self.middle, 1)
        self.setCentralWidget(whole)
        # Qt leaves menus that pop up out of the accessibility tree, unless a menu bar owns them:
        # this one is never shown, and gives programs and screen readers a path to them.
        self._menus = QMenuBar(self)
        self._menus.setNativeMenuBar(False)
        self._menus.addMenu(self.toolbar.main_menu)
        self._menus.hide()
        self.toast = Toast(whole)
        self.menu = ProgramMenu(self.toolbar, places, languages, self.toast, self)
        self.middle.store_problem.folder_wanted.connect(self.menu.open_folder)
        for keys, act in (
            ("Ctrl+N", self.add_account),
            ("F5", self._check_selected),
            ("Ctrl+F", self._find),
        ):
            # A key that is held is one wish: each check hands in a password.
            QShortcut(QKeySequence(keys), self, act).setAutoRepeat(False)
        self.toolbar.fit(ready=False, empty=False)
        self.retranslate()

    # ---- life ----

    def show_app(self, app: App) -> None:
        """The store is open: show its accounts."""
        self.app = app
        self.menu.show_app(app)
        self.middle.forget_problem()
        self.acts = AccountActions(app, self._languages, self)
        self.acts.told.connect(lambda words: self.toast.say(words))
        self.acts.delete_wanted.connect(self.bars.delete.ask)
        self.acts.stored.connect(self._select_stored)
        self.acts.account_menu.setTitle(self.tr("邮箱操作"))
        self._menus.addMenu(self.acts.account_menu)
        self.deletions = Deleting(app, self.toast, self)
        self.deletions.changed.connect(self._hide_deleted)
        self.bars.delete.confirmed.connect(self.deletions.delete_rows)
        self._show_list(app)
        self._show_bars(app)
        self.rows.read.connect(self._read)
        self.rows.unreadable.connect(self._unreadable)

    def _show_list(self, app: App) -> None:
        self.accounts = AccountList(app, self._languages, self.acts, self)
        self.accounts.delete_wanted.connect(self.bars.delete.ask)
        self.accounts.model.counted.connect(self._count)
        self.accounts.clear_wanted.connect(self._clear_search)
        self.toolbar.chips.chosen.connect(self.accounts.choose_group)
        self.toolbar.searched.connect(self.accounts.search)
        self.middle.addWidget(self.accounts)
        self.rows = LiveRows(app, self.accounts.model, self)
        self.rows.going_on.connect(self.accounts.going_on)

    def _show_bars(self, app: App) -> None:
        bars = self.bars
        bars.show_app(app, self._languages, self)
        self.acts.password_wanted.connect(bars.vault.ask)
        bars.network.told.connect(self.toast.say)
        bars.vault.opened.connect(lambda: spawn(self.check_at_start(), self))
        bars.vault.chosen.connect(
            lambda: self.toast.say(self.tr("请重新输入这些邮箱的密码，或等钥匙串恢复。"))
        )
        self.rows.going_on.connect(lambda _ids: bars.vault.expect())
        if self.accounts is not None:
            bars.network.check_wanted.connect(self.accounts.check_held)
            bars.network.guide_wanted.connect(self.accounts.show_guide)
            bars.expiry.show_wanted.connect(self.accounts.select_when_there)

    async def check_at_start(self) -> None:
        """Check what the machine may check by itself; a file that cannot be read is said."""
        if self.app is not None:
            try:
                await self.app.watch.at_start()
            except MailError as error:
                self._unreadable(error)

    def show_store_problem(self, error: StoreError, sentence: Callable[[], str]) -> None:
        """The store cannot be opened: say why and what to do."""
        self.middle.show_problem(error, sentence)

    def show_bug(self, bug: BaseException) -> None:
        """A mistake of ours: said once, where it disturbs least."""
        self.bars.show_bug(bug)

    async def finish(self) -> None:
        """What must be done before the program ends: deletions, the window's own state."""
        if self.app is None:
            return
        self.rows.stop()
        await self.deletions.finish()
        table = self.accounts.table if self.accounts else None
        columns, by_hand = (table.columns(), table.by_hand) if table else (None, False)
        await keep(self.app.accounts, Kept(None, self.saveGeometry(), columns, by_hand))

    def restore_geometry(self, kept: Kept) -> None:
        """Take on the place and size of the last time, before the first paint."""
        if kept.geometry is not None and not self.isVisible():
            self.restoreGeometry(kept.geometry)

    def restore_columns(self, kept: Kept) -> None:
        """Take on the columns of the last time."""
        if kept.columns is not None and self.accounts is not None:
            self.accounts.restore_columns(kept.columns, by_hand=kept.by_hand)

    # ---- what a person wants ----

    def add_account(self) -> None:
        """Open the wizard."""
        if self.app is not None:
            # The address just deleted may be the very one that is added anew.
            self.deletions.settle_now()
            self.acts.open_wizard(Reason.ADD)

    def _retry(self) -> None:
        if self.app is None:
            self.retry_wanted.emit()
        else:
            self.rows.all_anew()

    def _to_list(self) -> None:
        if self.accounts is not None:
            self.accounts.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _find(self) -> None:
        self.toolbar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.toolbar.search.selectAll()

    def _check_all(self) -> None:
        if self.accounts is not None:
            self.accounts.check_all()

    def _check_selected(self) -> None:
        if self.accounts is not None:
            self.accounts.check_selected()

    def _clear_search(self) -> None:
        self.toolbar.search.clear()
        self.toolbar.chips.choose(Group.ALL)

    # ---- the truth ----

    def _read(self) -> None:
        if self.accounts is None or self.app is None:
            return
        self.accounts.refresh_pane()
        self._show_page()
        self.bars.network.look(self.rows.network)
        self.bars.expiry.look(self.accounts.model.rows())
        spawn(self.bars.vault.look(self.rows.reports), self)

    def _unreadable(self, error: MailError) -> None:
        app = self.app
        if app is None or not isinstance(error, StoreError):
            return
        words = app.words(f"store.{error.kind}").fill({"path": str(error.path)})
        self.show_store_problem(error, lambda: words.say(self._languages.current))

    def _show_page(self) -> None:
        if self.accounts is None:
            return
        wanted = self.accounts if self.accounts.model.ids() else self.middle.empty
        if self.middle.turn_to(wanted):
            self.toolbar.fit(ready=True, empty=self.middle.is_empty)
            if self.middle.is_empty:
                self._clear_search()  # its field is not there to be emptied
            first = self.middle.empty.button if self.middle.is_empty else self.accounts.table
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _count(self) -> None:
        if self.accounts is not None:
            self.toolbar.chips.count(self.accounts.model.counts())

    def _hide_deleted(self) -> None:
        if self.accounts is not None:
            self.accounts.model.hide(self.deletions.hidden)
            self._show_page()

    def _select_stored(self, account_id: str) -> None:
        if self.accounts is not None:
            self.accounts.select_when_there(account_id)
            self.accounts.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self.rows.all_anew()

    # ---- Qt's side ----

    def retranslate(self) -> None:
        """Every word of the window again."""
        self.setWindowTitle(self.tr("来发信 · 邮箱助手"))
        self.toolbar.show_language(self._languages.current)
        for part in (self.toolbar, self.bars, self.middle):
            part.retranslate()
        if self.accounts is not None:
            self.acts.account_menu.setTitle(self.tr("邮箱操作"))
            self.accounts.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange and hasattr(self, "toast"):
            self.retranslate()
        if event.type() is QEvent.Type.ActivationChange and self.app is not None:
            for waiting in (self.bars.network, self.acts.on_return):
                waiting.turned_to(active=self.isActiveWindow())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.toast.isVisible():
            self.toast.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()
