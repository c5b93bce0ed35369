"""The list with what belongs to it: the table, the words when nothing fits, the detail pane."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.report import Report

from .account_model import AccountModel
from .account_row import Group, Row, as_seen
from .account_table import AccountTable
from .actions import AccountActions
from .detail_pane import DetailPane
from .languages import Languages
from .notice import label
from .theme import set_kind, theme

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_GAP = 12
_REST = 120  # ms between two letters of somebody who types


class AccountList(QWidget):
    """Binds the three together."""

    delete_wanted = Signal(list)  # rows
    clear_wanted = Signal()

    def __init__(
        self, app: App, languages: Languages, actions: AccountActions, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._app, self._actions = app, actions
        self._group, self._search = Group.ALL, ""
        self._awaited = ""
        self._typing = QTimer(self, interval=_REST, singleShot=True)
        self._typing.timeout.connect(self._filter)
        self.model = AccountModel(app, languages, self)
        self.table = AccountTable(languages, self)
        self.table.show_accounts(self.model)
        self.pane = DetailPane(app, languages, self._reports, self)
        self._nothing = QFrame(self)
        set_kind(self._nothing, "card")
        self._nothing_words = QLabel(self._nothing)
        set_kind(self._nothing_words, "secondary")
        self._nothing_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._clear = QPushButton(self._nothing)
        self._clear.setObjectName("clear_search_button")
        set_kind(self._clear, "link")
        self._clear.clicked.connect(self.clear_wanted)
        inside = QVBoxLayout(self._nothing)
        inside.addStretch(1)
        inside.addWidget(self._nothing_words)
        inside.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignHCenter)
        inside.addStretch(1)
        self._either = QStackedWidget(self)
        self._either.setMinimumHeight(80)
        self.table.setMinimumHeight(80)
        self._either.addWidget(self.table)
        self._either.addWidget(self._nothing)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(self._either, 1)
        column.addWidget(self.pane)

        self.model.counted.connect(self._arranged)
        self.model.aged.connect(self.pane.refresh)
        self.table.chosen.connect(self.refresh_pane)
        self.table.opened.connect(lambda _id: self.pane.focus_action())
        self.table.menu_wanted.connect(self._menu)
        self.table.delete_wanted.connect(lambda: self.delete_wanted.emit(self.table.selected()))
        self.table.fix_wanted.connect(self._with(actions.mend))
        self.pane.fix_wanted.connect(self._with_seen(actions.mend))
        self.pane.check_wanted.connect(self._with(actions.check_again))
        self.pane.resume_wanted.connect(self._with(lambda row: actions.pause([row], False)))
        self.pane.left.connect(lambda: self.table.setFocus(Qt.FocusReason.OtherFocusReason))
        more = self.pane.more
        more.copy_wanted.connect(self._with_seen(actions.copy_diagnostics))
        more.certificate_wanted.connect(self._with_seen(actions.show_certificate))
        more.note_wanted.connect(self._with_seen(actions.copy_for_admin))
        more.servers_wanted.connect(self._with_seen(actions.repair))
        more.way_wanted.connect(self._with(actions.choose_way))
        more.again_wanted.connect(self._with(actions.reauthorize))
        self.retranslate()

    def choose_group(self, word: str) -> None:
        """Show only what one chip counts."""
        self._group = Group(word)
        self._filter()

    def search(self, words: str) -> None:
        """Show only what has these words, once the typing rests; nothing to look for: at once."""
        self._search = words
        if words:
            self._typing.start()
        else:
            self._filter()

    def _filter(self) -> None:
        self._typing.stop()
        self.model.filter(self._group, self._search)

    def going_on(self, ids: set[str]) -> None:
        """A running check got further."""
        self.model.repaint(ids)
        row = self.table.current()
        if row is not None and row.id in ids:
            self.pane.refresh()

    def refresh_pane(self) -> None:
        """Show the current account, as it is now."""
        several = len(self.table.selected()) > 1
        self.pane.show_row(None if several else self.table.current())

    def select_when_there(self, account_id: str) -> None:
        """Select an account that may still have to be read."""
        self._awaited = account_id
        self._arranged()

    def check_all(self) -> None:
        """Check every account; those that are locked or paused are left alone."""
        self._actions.check_all(self.model.rows())

    def check_held(self) -> None:
        """Check those that only wait for the network."""
        held = [row for row in self.model.rows() if row.held]
        self._actions.check(held or self.model.rows())

    def check_selected(self) -> None:
        """Check what is selected; all, where nothing is."""
        if rows := self.table.selected():
            self._actions.check(rows)
        else:
            self.check_all()

    def show_guide(self, guide: str) -> None:
        """Steps about this computer, then a check of those that waited for them."""
        if dialog := self._actions.open_guide(guide):
            dialog.check_wanted.connect(self.check_held)

    def restore_columns(self, state: QByteArray, *, by_hand: bool) -> None:
        """Take on the order of the last time, and the widths where a person chose them."""
        self.table.restore_columns(state, by_hand=by_hand)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_height()

    def _share_height(self) -> None:
        """The pane gets nine twentieths, and besides what the rows of all accounts leave free.

        The rows that a search hides count, so that the pane keeps its height while one types.
        """
        least = min(theme().px(128), round(self.height() * 0.4))
        head, side = self.table.horizontalHeader(), self.table.verticalHeader()
        rows = len(self.model.rows()) * side.defaultSectionSize()
        wanted = head.height() + rows + 2 * self.table.frameWidth()
        free = self.height() - max(least, wanted) - _GAP
        self.pane.give(max(96, free, round(self.height() * 0.45)))

    def retranslate(self) -> None:
        """The language changed."""
        self.table.setAccessibleName(self.tr("邮箱列表"))
        self._nothing_words.setText(self.tr("没有符合条件的邮箱"))
        label(self._clear, self.tr("显示全部"))
        self.model.retranslate()
        self.table.share_width()
        self.pane.retranslate()

    def _arranged(self) -> None:
        self._share_height()
        shown = self.model.rowCount() > 0
        self._either.setCurrentWidget(self.table if shown else self._nothing)
        if self._awaited and self.model.index_of(self._awaited).isValid():
            self.table.select(self._awaited)
            self._awaited = ""
        elif self.model.row(self._awaited) and (self._search or self._group is not Group.ALL):
            self.clear_wanted.emit()  # it is there, and what is looked for hides it
            return
        self.refresh_pane()

    def _menu(self, where: QPoint) -> None:
        if rows := self.table.selected():
            self._actions.menu(rows, where)

    def _reports(self) -> Iterator[Report]:
        """The last ones of all accounts that are not paused."""
        for row in self.model.rows():
            if row.report is not None and not row.account.paused:
                yield row.report

    def _with_seen(self, act: Callable[[Row], object]) -> Callable[[str], None]:
        """What the pane says is what its buttons are about, also while a check is running."""
        return self._with(lambda row: act(as_seen(self._app, row)))

    def _with(self, act: Callable[[Row], object]) -> Callable[[str], None]:
        def do(account_id: str) -> None:
            if (row := self.model.row(account_id)) is not None:
                act(row)

        return do
