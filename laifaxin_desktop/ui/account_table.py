"""The table of accounts: says what a person does with the rows, does nothing by itself.

Ten thousand rows: every row has one height, and nothing is measured row by row.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QItemSelectionModel,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from laifaxin_desktop.model.text import Language

from .account_cells import AccountCells
from .account_model import AccountModel, Index
from .account_row import Row
from .cell_words import Column
from .languages import Languages
from .theme import theme

# What the words of each column need, in px at ordinary text size, and how spare room is shared.
_WIDTHS = {
    Language.ZH_CN: (208, 132, 84, 84, 104, 96, 104),
    Language.EN: (168, 164, 82, 86, 134, 90, 72),
}
_SHARES = {
    Language.ZH_CN: (0.2, 0.18, 0.06, 0.06, 0.06, 0.06),
    Language.EN: (0.26, 0.22, 0.03, 0.03, 0.03, 0.03),
}

_LEAST, _ADDRESS = 80, 140  # px of any column, and of the address, where there is too little room


class AccountTable(QTableView):
    """The list; rows are selected whole, several at once."""

    opened = Signal(str)  # Enter or a double click on an account
    menu_wanted = Signal(QPoint)  # global
    delete_wanted = Signal()
    fix_wanted = Signal(str)
    chosen = Signal()  # another selection

    def __init__(self, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("account_table")
        self._languages = languages
        self._by_hand = self._sharing = False
        self._gone = -1
        self._kept: tuple[set[str], str] = (set(), "")
        self._cells = AccountCells(languages, self)
        self._cells.fix_clicked.connect(self.fix_wanted)
        self._cells.more_clicked.connect(self._more)
        self.setItemDelegate(self._cells)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.setCornerButtonEnabled(False)
        side = self.verticalHeader()
        side.hide()
        side.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        side.setDefaultSectionSize(theme().px(40))
        top = self.horizontalHeader()
        top.setHighlightSections(False)
        top.setStretchLastSection(True)
        top.setFixedHeight(theme().px(42))
        # 修复 and ⋯ are never cut: the last column stretches from here, and never below.
        top.setMinimumSectionSize(theme().px(_LEAST))
        top.setDefaultSectionSize(theme().px(_LEAST))
        top.setSortIndicatorClearable(True)
        top.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def accounts(self) -> AccountModel:
        """The model behind the table."""
        model = self.model()
        assert isinstance(model, AccountModel)
        return model

    def show_accounts(self, model: AccountModel) -> None:
        """Give the table its accounts."""
        self.setModel(model)
        self.horizontalHeader().sectionResized.connect(self._resized)
        self.share_width()
        self.selectionModel().selectionChanged.connect(lambda: self.chosen.emit())
        self.selectionModel().currentRowChanged.connect(lambda: self.chosen.emit())
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._recall)
        model.rowsRemoved.connect(self._lost)

    def share_width(self) -> None:
        """Give every column what its words need, and what is left where it is most useful.

        Where there is too little the address is cut first: it is in the pane in full. Once a
        person has moved a column they all stay as they are.
        """
        if self._by_hand or self.model() is None:
            return
        language = self._languages.current
        least, shares = _WIDTHS[language], _SHARES[language]
        room = self.viewport().width() - theme().px(sum(least))
        self._sharing = True
        for column, width in enumerate(least[:-1]):
            extra = round(max(0, room) * shares[column])
            if column == Column.ADDRESS:
                extra += max(min(0, room), theme().px(_ADDRESS - width))
            self.setColumnWidth(column, theme().px(width) + extra)
        self._sharing = False

    def columns(self) -> QByteArray | None:
        """Widths and order to remember; None while nobody has touched them."""
        header = self.horizontalHeader()
        touched = self._by_hand or header.sortIndicatorSection() >= 0
        return header.saveState() if touched else None

    @property
    def by_hand(self) -> bool:
        """Whether a person has moved a column; an order alone leaves the widths to the words."""
        return self._by_hand

    def restore_columns(self, state: QByteArray, *, by_hand: bool) -> None:
        """Take on what was remembered; the widths only where they were chosen `by_hand`."""
        self._sharing = True
        restored = self.horizontalHeader().restoreState(state)
        self._sharing = False
        self._by_hand = by_hand and restored
        self.share_width()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.share_width()

    def _resized(self, column: int, _old: int, _new: int) -> None:
        if not self._sharing and column != Column.FIX:
            self._by_hand = True

    def selected(self) -> list[Row]:
        """The selected accounts, from the top."""
        if self.model() is None:
            return []
        found = (self.accounts().at(index) for index in self.selectionModel().selectedRows())
        return [row for row in found if row is not None]

    def current(self) -> Row | None:
        """The account the keys act upon."""
        return self.accounts().at(self.currentIndex()) if self.model() else None

    def select(self, account_id: str) -> None:
        """Select one account and bring it into view."""
        index = self.accounts().index_of(account_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        keys = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.setProperty("by_keyboard", event.reason() in keys)
        if not self.currentIndex().isValid() and self.model() and self.accounts().rowCount():
            self.setCurrentIndex(self.accounts().index(0, 0))
        super().focusInEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setProperty("by_keyboard", False)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position().toPoint()
        index = self.indexAt(where)
        over = index.column() == Column.FIX and self._cells.over_link(
            where, self.visualRect(index), str(index.data()), self.fontMetrics()
        )
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)  # so that its release is no second click on a link
        row = self.accounts().at(self.indexAt(event.position().toPoint())) if self.model() else None
        if row is not None and self.indexAt(event.position().toPoint()).column() != Column.FIX:
            self.opened.emit(row.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.setProperty("by_keyboard", True)
        key, row = event.key(), self.current()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and row is not None:
            self.opened.emit(row.id)
        elif key == Qt.Key.Key_Delete and self.selected():
            self.delete_wanted.emit()
        elif key == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            self._menu_by_keyboard()  # Qt itself knows the menu key only
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is not QContextMenuEvent.Reason.Mouse:
            self._menu_by_keyboard()
        elif self.selected():
            self.menu_wanted.emit(event.globalPos())

    def _menu_by_keyboard(self) -> None:
        if self.selected():
            cell = self.visualRect(self.currentIndex())
            self.menu_wanted.emit(self.viewport().mapToGlobal(cell.bottomLeft() + QPoint(16, -8)))

    def _more(self, account_id: str, button: QRect) -> None:
        if account_id not in {row.id for row in self.selected()}:
            self.select(account_id)
        self.menu_wanted.emit(self.viewport().mapToGlobal(button.bottomLeft()))

    def rowsAboutToBeRemoved(self, parent: Index, start: int, end: int) -> None:
        here = self.currentIndex().row()
        self._gone = start if start <= here <= end else -1
        super().rowsAboutToBeRemoved(parent, start, end)

    def _lost(self) -> None:
        """The current row went: the one that moved up into its place becomes current."""
        left = self.accounts().rowCount()
        if self._gone >= 0 and left:
            self.setCurrentIndex(self.accounts().index(min(self._gone, left - 1), 0))
        self._gone = -1

    def _remember(self) -> None:
        current = self.current()
        self._kept = ({row.id for row in self.selected()}, current.id if current else "")

    def _recall(self) -> None:
        ids, current = self._kept
        model, chosen = self.accounts(), QItemSelection()
        for index in map(model.index_of, ids):
            if index.isValid():
                chosen.select(index, index.siblingAtColumn(len(Column) - 1))
        flags = QItemSelectionModel.SelectionFlag
        here = model.index_of(current)
        if here.isValid():
            self.selectionModel().setCurrentIndex(here, flags.NoUpdate)
        self.selectionModel().select(chosen, flags.ClearAndSelect)
        self.chosen.emit()
