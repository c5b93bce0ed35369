"""The window that opens: the account list over its detail pane; knows no mail, keeps no truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QLabel, QMainWindow, QMenuBar, QStackedWidget, QVBoxLayout, QWidget

from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.fault import StoreError

from .about import AboutBox
from .account_list import AccountList
from .account_row import Group, Row
from .actions import AccountActions
from .delete_bar import DeleteBar
from .deletions import Deletions
from .empty_state import EmptyState
from .expiry_bar import ExpiryBar
from .languages import Languages
from .live_rows import LiveRows
from .loop import spawn
from .network_bar import NetworkBar
from .notice import Notice, Toast, label
from .own_files_bar import OwnFilesBar
from .room import open_at
from .store_problem import StoreProblem
from .theme import set_kind, theme
from .toolbar import Toolbar
from .vault_bar import VaultBar
from .window_state import Kept, keep, keep_language

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
        self._places, self._languages = places, languages
        self.app: App | None = None
        self.accounts: AccountList | None = None
        self._problem: Callable[[], str] | None = None

        self.toolbar = Toolbar(self)
        self.toolbar.add_wanted.connect(self.add_account)
        self.toolbar.check_all_wanted.connect(self._check_all)
        self.toolbar.language_chosen.connect(self._choose_language)
        self.toolbar.folder_wanted.connect(self.open_folder)
        self.toolbar.logs_wanted.connect(self.open_logs)
        self.toolbar.about_wanted.connect(self._about)
        self.toolbar.quit_wanted.connect(self.close)
        self.bug = Notice("bug_bar", "failure", self)
        self._bug_close = self.bug.button("bug_close_button", self.bug.hide)
        self.bug.hide()
        self.delete_bar = DeleteBar(self)
        self.delete_bar.confirmed.connect(self._delete)
        self.delete_bar.kept.connect(self._to_list)
        self._bars = QVBoxLayout()
        self._bars.setSpacing(8)
        for bar in (self.bug, self.delete_bar):
            self._bars.addWidget(bar)

        self.opening = QLabel(self)
        self.opening.setAlignment(Qt.AlignmentFlag.AlignCenter)
        set_kind(self.opening, "secondary")
        self.empty = EmptyState(places.resources, self)
        self.empty.add_wanted.connect(self.add_account)
        self.store_problem = StoreProblem(self)
        self.store_problem.retry_wanted.connect(self._retry)
        self.store_problem.folder_wanted.connect(self.open_folder)
        self.store_problem.new_list_wanted.connect(self.new_list_wanted)
        self._pages = QStackedWidget(self)
        for page in (self.opening, self.empty, self.store_problem):
            self._pages.addWidget(page)

        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(self.toolbar)
        column.addLayout(self._bars)
        column.addWidget(self._pages, 1)
        self.setCentralWidget(middle)
        # Qt leaves menus that pop up out of the accessibility tree, unless a menu bar owns them:
        # this one is never shown, and gives programs and screen readers a path to them.
        self._menus = QMenuBar(self)
        self._menus.setNativeMenuBar(False)
        self._menus.addMenu(self.toolbar.main_menu)
        self._menus.hide()
        self.toast = Toast(middle)
        for keys, act in (
            ("Ctrl+N", self.add_account),
            ("F5", self._check_selected),
            ("Ctrl+F", self._find),
        ):
            QShortcut(QKeySequence(keys), self, act)
        self._enable()
        self.retranslate()

    # ---- life ----

    def show_app(self, app: App) -> None:
        """The store is open: show its accounts."""
        self.app = app
        self._problem = None
        self.acts = AccountActions(app, self._languages, self)
        self.acts.told.connect(lambda words: self.toast.say(words))
        self.acts.delete_wanted.connect(self.delete_bar.ask)
        self.acts.stored.connect(self._select_stored)
        self.acts.account_menu.setTitle(self.tr("邮箱操作"))
        self._menus.addMenu(self.acts.account_menu)
        self.deletions = Deletions(app.accounts.remove, self)
        self.deletions.changed.connect(self._hide_deleted)
        self.deletions.failed.connect(
            lambda: self.toast.say(self.tr("没有删除：邮箱列表文件现在不能写入。"))
        )
        self.network_bar = NetworkBar(app, self._languages, self)
        self.network_bar.check_wanted.connect(self._check_held)
        self.network_bar.guide_wanted.connect(self._show_guide)
        self.network_bar.told.connect(self.toast.say)
        self._bars.addWidget(self.network_bar)
        self.vault_bar = VaultBar(app, self._languages, self)
        self.vault_bar.retranslate()
        self.vault_bar.opened.connect(self._vault_opened)
        self.vault_bar.chosen.connect(
            lambda: self.toast.say(self.tr("请重新输入这些邮箱的密码，或等钥匙串恢复。"))
        )
        self._bars.addWidget(self.vault_bar)
        self.expiry_bar = ExpiryBar(app, self)
        self._bars.addWidget(self.expiry_bar)
        self.own_files_bar = OwnFilesBar(app, self._languages, self)
        self._bars.addWidget(self.own_files_bar)
        self.accounts = AccountList(app, self._languages, self.acts, self)
        self.accounts.delete_wanted.connect(self.delete_bar.ask)
        self.expiry_bar.show_wanted.connect(self.accounts.select_when_there)
        self.accounts.model.counted.connect(self._count)
        self.toolbar.chips.chosen.connect(self.accounts.choose_group)
        self.toolbar.searched.connect(self.accounts.search)
        self.accounts.clear_wanted.connect(self._clear_search)
        self._pages.addWidget(self.accounts)
        self.rows = LiveRows(app, self.accounts.model, self)
        self.rows.going_on.connect(self.accounts.going_on)
        self.rows.going_on.connect(lambda _ids: self.vault_bar.expect())
        self.rows.read.connect(self._read)
        self.rows.unreadable.connect(self._unreadable)

    async def check_at_start(self) -> None:
        """Check what the machine may check by itself; a file that cannot be read is said."""
        if self.app is not None:
            try:
                await self.app.watch.at_start()
            except MailError as error:
                self._unreadable(error)

    def show_store_problem(self, error: StoreError, sentence: Callable[[], str]) -> None:
        """The store cannot be opened: say why and what to do."""
        self._problem = sentence
        self.store_problem.say(error.kind, sentence())
        self._pages.setCurrentWidget(self.store_problem)

    def show_bug(self, bug: BaseException) -> None:
        """A mistake of ours: said once, where it disturbs least."""
        self.bug.say(
            self.tr("程序内部出错（{name}）。列表仍然可用；日志里有记录，其中没有密码。").format(
                name=type(bug).__name__
            )
        )
        self.bug.show()

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
            if self.deletions.hidden:
                # The address just deleted may be the very one that is added anew.
                self.deletions.settle()
                self.toast.end()
            self.acts.open_wizard(Reason.ADD)

    def open_folder(self) -> None:
        """Show the folder with the file of accounts."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.data)))

    def open_logs(self) -> None:
        """Show the folder with the log; it holds no secret and may be sent to whoever helps."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.logs)))

    def _retry(self) -> None:
        if self.app is None:
            self.retry_wanted.emit()
        else:
            self.rows.all_anew()

    def _to_list(self) -> None:
        if self.accounts is not None:
            self.accounts.table.setFocus(Qt.FocusReason.TabFocusReason)

    def _delete(self, rows: list[Row]) -> None:
        self.deletions.delete(row.id for row in rows)
        if len(rows) > 1:
            words = self.tr("已删除 %n 个邮箱和保存的密码。", "", len(rows))
        elif rows[0].account.settings.auth in SIGNED_IN:
            words = self.tr("已删除 {address} 和保存的微软登录。").format(address=rows[0].address)
        else:
            words = self.tr("已删除 {address} 和保存的密码。").format(address=rows[0].address)
        self.toast.say(words, self.tr("撤销"), self.deletions.undo, seconds=10)

    def _check_all(self) -> None:
        if self.app is not None and self.accounts is not None:
            self.acts.check_all(self.accounts.model.rows())

    def _check_held(self) -> None:
        """Those that only wait for the network."""
        if self.accounts is not None:
            held = [row for row in self.accounts.model.rows() if row.held]
            self.acts.check(held or self.accounts.model.rows())

    def _show_guide(self, guide: str) -> None:
        if dialog := self.acts.open_guide(guide):
            dialog.check_wanted.connect(self._check_held)

    def _check_selected(self) -> None:
        if self.accounts is not None and (rows := self.accounts.table.selected()):
            self.acts.check(rows)
        else:
            self._check_all()

    def _find(self) -> None:
        self.toolbar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.toolbar.search.selectAll()

    def _clear_search(self) -> None:
        self.toolbar.search.clear()
        self.toolbar.chips.choose(Group.ALL)

    def _vault_opened(self) -> None:
        if self.app is not None:
            spawn(self.check_at_start(), self)

    def _choose_language(self, word: str) -> None:
        self._languages.switch(Language(word))
        if self.app is not None:
            spawn(self._remember_language(self.app, word), self)

    async def _remember_language(self, app: App, word: str) -> None:
        try:
            await keep_language(app.accounts, word)
        except MailError:
            self.toast.say(self.tr("没有保存：邮箱列表文件现在不能写入。"))

    def _about(self) -> None:
        AboutBox(self).open()

    # ---- the truth ----

    def _read(self) -> None:
        if self.accounts is None or self.app is None:
            return
        self.accounts.refresh_pane()
        self._show_page()
        self.network_bar.look(self.rows.network)
        self.expiry_bar.look(self.accounts.model.rows())
        spawn(self.vault_bar.look(self.rows.reports), self)

    def _unreadable(self, error: MailError) -> None:
        app = self.app
        if app is None or not isinstance(error, StoreError):
            return
        words = app.words(f"store.{error.kind}").fill({"path": str(error.path)})
        self.show_store_problem(error, lambda: words.say(self._languages.current))

    def _show_page(self) -> None:
        if self.accounts is None:
            return
        wanted = self.accounts if self.accounts.model.ids() else self.empty
        if self._pages.currentWidget() is not wanted:
            self._pages.setCurrentWidget(wanted)
            self._enable()
            if wanted is self.empty:
                self._clear_search()  # its field is not there to be emptied
            first = self.accounts.table if wanted is self.accounts else self.empty.button
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
        self.rows.all_anew()

    def _enable(self) -> None:
        ready = self.app is not None
        empty = self._pages.currentWidget() is self.empty
        self.toolbar.add.setEnabled(ready)
        self.toolbar.check_all.setEnabled(ready and not empty)
        for widget in (
            self.toolbar.add,
            self.toolbar.check_all,
            self.toolbar.chips,
            self.toolbar.search,
        ):
            widget.setVisible(not empty)

    # ---- Qt's side ----

    def retranslate(self) -> None:
        """Every word of the window again."""
        self.setWindowTitle(self.tr("来发信 · 邮箱助手"))
        self.opening.setText(self.tr("正在打开邮箱列表…"))
        label(self._bug_close, self.tr("知道了"))
        self.toolbar.show_language(self._languages.current)
        for part in (
            self.toolbar,
            self.delete_bar,
            self.empty,
            self.store_problem,
        ):
            part.retranslate()
        if self._problem is not None:
            self.store_problem.words.setText(self._problem())
        if self.accounts is not None:
            self.acts.account_menu.setTitle(self.tr("邮箱操作"))
            self.network_bar.retranslate()
            self.vault_bar.retranslate()
            self.expiry_bar.retranslate()
            self.own_files_bar.retranslate()
            self.accounts.retranslate()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange and hasattr(self, "toast"):
            self.retranslate()
        if event.type() is QEvent.Type.ActivationChange and self.app is not None:
            for waiting in (self.network_bar, self.acts.on_return):
                waiting.turned_to(active=self.isActiveWindow())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.toast.isVisible():
            self.toast.place()

    def closeEvent(self, event: QCloseEvent) -> None:
        event.accept()
        self.closed.emit()
