"""The list of accounts as Qt sees it: filters and sorts by itself, makes words when asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from laifaxin_desktop.model.provider import AuthWay

from .account_row import Group, Row, way_name
from .cell_words import CellWords, Column
from .languages import Languages

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

Index = QModelIndex | QPersistentModelIndex
ROW = Qt.ItemDataRole.UserRole
_NOWHERE = QModelIndex()
_KEYS: dict[int, str] = {
    Column.ADDRESS: "keys.address",
    Column.STATUS: "keys.status",
    Column.RECEIVE: "keys.receive",
    Column.SEND: "keys.send",
    Column.CHECKED: "keys.checked",
    Column.FIX: "keys.status",
}
_MOST_STEPS = 20  # rows put in or taken out one by one; more and the list is shown anew


class AccountModel(QAbstractTableModel):
    """All accounts, of which it shows those that fit the chip and the search, in order."""

    counted = Signal()  # the numbers on the chips changed
    aged = Signal()  # half a minute passed: times are said otherwise now

    def __init__(self, app: App, languages: Languages, parent: QObject) -> None:
        super().__init__(parent)
        self._app, self._languages = app, languages
        self._cells = CellWords(app, languages, self)
        self._all: dict[str, Row] = {}
        self._hidden: frozenset[str] = frozenset()  # deleted, can still be undone
        self._shown: list[Row] = []
        self._place: dict[str, int] = {}
        self._group, self._search = Group.ALL, ""
        self._column, self._down = -1, False
        clock = QTimer(self)
        clock.timeout.connect(self._tick)
        clock.start(30_000)

    # ---- what the window asks ----

    def row(self, account_id: str) -> Row | None:
        """The account's row, shown or not."""
        return self._all.get(account_id)

    def rows(self) -> list[Row]:
        """Every account that is not deleted."""
        return [row for row in self._all.values() if row.id not in self._hidden]

    def ids(self) -> list[str]:
        """Their ids."""
        return [row.id for row in self.rows()]

    def at(self, index: Index) -> Row | None:
        """The row under an index."""
        return self._shown[index.row()] if index.isValid() else None

    def index_of(self, account_id: str) -> QModelIndex:
        """Where an account is shown; invalid when it is not."""
        place = self._place.get(account_id)
        return _NOWHERE if place is None else self.index(place, 0)

    def counts(self) -> dict[Group, int]:
        """The numbers on the chips."""
        found = dict.fromkeys(Group, 0)
        for row in self.rows():
            found[Group.ALL] += 1
            if group := row.group:
                found[group] += 1
        return found

    # ---- what changes it ----

    def replace(self, rows: Iterable[Row]) -> None:
        """Take on the whole list."""
        self._all = {row.id: row for row in rows}
        self._arrange()
        self._say_all()

    def update(self, rows: Iterable[Row]) -> None:
        """Take on the truth of some accounts."""
        changed = {row.id: row for row in rows if self._all.get(row.id) != row}
        if not changed:
            return
        before = {i: self._all[i] for i in changed if i in self._all}
        self._all.update(changed)
        key = self._key()
        if len(before) < len(changed) or any(
            key(before[i]) != key(row) or before[i].group != row.group for i, row in changed.items()
        ):
            self._arrange()
        for account_id, row in changed.items():
            if (place := self._place.get(account_id)) is not None:
                self._shown[place] = row
                self._say(place)

    def repaint(self, ids: Iterable[str]) -> None:
        """Something that is not in the rows changed: how far a running check is."""
        for account_id in ids:
            if (place := self._place.get(account_id)) is not None:
                self._say(place)

    def hide(self, ids: frozenset[str]) -> None:
        """Leave these out, as if they were deleted."""
        self._hidden = ids
        self._arrange()

    def filter(self, group: Group, search: str) -> None:
        """Show only one chip's accounts, and of them those with all the words looked for."""
        self._group, self._search = group, search
        self._arrange()

    def retranslate(self) -> None:
        """The language changed."""
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._arrange()
        self._say_all()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order by a column; -1: as they were added."""
        self._column, self._down = column, order is Qt.SortOrder.DescendingOrder
        self._arrange()

    # ---- what Qt asks ----

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        spoken = role == Qt.ItemDataRole.AccessibleTextRole
        return self._cells.head(Column(section), spoken=spoken)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell's words, its row for the painter, its tool tip."""
        row = self.at(index)
        if row is None:
            return None
        if role == ROW:
            return row
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.AccessibleTextRole:
            return self.words(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole and index.column() != Column.FIX:
            return self._cells.hint(row, Column(index.column()))
        return None

    def words(self, row: Row, column: Column) -> str:
        """What a cell says."""
        return self._cells.say(row, column)

    # ---- the arrangement ----

    def _key(self) -> Callable[[Row], Any]:
        """What the chosen column sorts by."""
        if self._column == Column.WAY:
            return self._way_key()
        return attrgetter(_KEYS.get(self._column, "account.added_at"))

    def _way_key(self) -> Callable[[Row], str]:
        names: dict[tuple[str, AuthWay], str] = {}

        def name(row: Row) -> str:
            known = (row.provider.id, row.account.settings.auth)
            if known not in names:
                names[known] = way_name(self._app, row).say(self._languages.current)
            return names[known]

        return name

    def _fits(self, row: Row, words: list[str]) -> bool:
        if row.id in self._hidden or self._group not in (Group.ALL, row.group):
            return False
        return all(one in row.heap for one in words)

    def _arrange(self) -> None:
        words = self._search.casefold().split()
        wanted = [row for row in self._all.values() if self._fits(row, words)]
        key = self._key()
        wanted.sort(key=lambda row: (key(row), row.account.added_at), reverse=self._down)
        new = {row.id for row in wanted}
        old = self._place.keys()
        if len(new ^ old) > _MOST_STEPS:
            self.beginResetModel()
            self._set(wanted)
            self.endResetModel()
        else:
            self._take_out([place for one, place in self._place.items() if one not in new])
            self._put_in([row for row in wanted if row.id not in old])
            self._move(wanted)
        self.counted.emit()

    def _set(self, rows: list[Row]) -> None:
        self._shown = rows
        self._place = {row.id: place for place, row in enumerate(rows)}

    def _take_out(self, places: list[int]) -> None:
        for place in sorted(places, reverse=True):
            self.beginRemoveRows(_NOWHERE, place, place)
            self._set(self._shown[:place] + self._shown[place + 1 :])
            self.endRemoveRows()

    def _put_in(self, rows: list[Row]) -> None:
        if rows:
            end = len(self._shown)
            self.beginInsertRows(_NOWHERE, end, end + len(rows) - 1)
            self._set(self._shown + rows)
            self.endInsertRows()

    def _move(self, wanted: list[Row]) -> None:
        if [row.id for row in wanted] == [row.id for row in self._shown]:
            self._set(wanted)
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._shown[index.row()].id for index in before]
        self._set(wanted)
        after = [
            self.index(self._place[one], index.column())
            for one, index in zip(ids, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _say(self, place: int) -> None:
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(Column) - 1))

    def _say_all(self) -> None:
        if self._shown:
            last = self.index(len(self._shown) - 1, len(Column) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _tick(self) -> None:
        if self._shown:
            last = len(self._shown) - 1
            self.dataChanged.emit(self.index(0, Column.CHECKED), self.index(last, Column.CHECKED))
        self.aged.emit()
