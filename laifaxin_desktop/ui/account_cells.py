"""Paints the cells of the account table: icons, dots beside words, the link that mends."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFontMetrics, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Status

from .account_model import ROW, AccountModel
from .account_row import Row
from .cell_words import Column, protocol_name
from .drawings import letter_icon
from .languages import Languages
from .theme import pixmap, theme, tokens

Index = QModelIndex | QPersistentModelIndex
_PAD, _ICON, _MORE = 8, 16, 32

# status -> the token of its dot and word
_COLOURS = {
    Status.OK: "ok",
    Status.RECEIVE_ONLY: "network",
    Status.SEND_ONLY: "network",
    Status.WAITING: "network",
    Status.ACTION: "action",
    Status.CHECKING: "accent",
    Status.NEW: "paused",
    Status.PAUSED: "paused",
}


def colour_of(status: Status) -> str:
    """The token of a status."""
    return _COLOURS[status]


@lru_cache(maxsize=256)
def _letter(letter: str, colour: str, side: int, ratio: float) -> QPixmap:
    return letter_icon(letter, colour, side, ratio)


class AccountCells(QStyledItemDelegate):
    """Every column's painter; tells of a click on the link or on ⋯, leaves the rest to the view."""

    fix_clicked = Signal(str)
    more_clicked = Signal(str, QRect)

    def __init__(self, languages: Languages, view: QTableView) -> None:
        super().__init__(view)
        self._languages, self._view = languages, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme().px(96), theme().px(40))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One cell: its ground, then what its column shows."""
        row: Row | None = index.data(ROW)
        if row is None:
            return
        painter.save()
        self._ground(painter, option, index)
        column, now = Column(index.column()), tokens()
        area = option.rect.adjusted(theme().px(_PAD), 0, -theme().px(_PAD), 0)
        words = str(index.data())
        match column:
            case Column.ADDRESS:
                side = theme().px(20)
                letter = row.provider.name.say(self._languages.current)
                if row.provider.id == "other":
                    letter = row.account.address.domain
                ratio = painter.device().devicePixelRatioF()
                icon = _letter(letter[:1], row.provider.color, side, ratio)
                painter.drawPixmap(area.left(), area.center().y() - side // 2 + 1, icon)
                area.setLeft(area.left() + side + theme().px(8))
                quiet = row.status is Status.PAUSED
                self._text(painter, area, words, now.secondary if quiet else now.text)
            case Column.STATUS:
                still = row.held and not row.checking  # a bar says it: no row need be loud
                quiet = still or row.status in (Status.PAUSED, Status.NEW)
                shape = "ring" if quiet else "dot"
                colour = "paused" if still else colour_of(row.status)
                self._marked(painter, area, shape, words, colour, side=14)
            case Column.RECEIVE | Column.SEND:
                self._leg(painter, area, row, column, words)
            case Column.WAY:
                self._text(painter, area, words, now.text)
            case Column.CHECKED:
                self._text(painter, area, words, now.secondary)
            case Column.FIX:
                self._fix(painter, option, area, words)
        painter.restore()

    # ---- the parts ----

    def _ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        now, states = tokens(), QStyle.StateFlag
        if option.state & states.State_Selected:
            painter.fillRect(option.rect, QColor(now.selected))
        elif option.state & states.State_MouseOver:
            painter.fillRect(option.rect, QColor(now.hover))
        painter.setPen(QColor(now.line))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        view = self._view
        here = view.currentIndex().row() == index.row()
        if here and view.property("by_keyboard") and view.hasFocus():
            ring, edge = QRect(option.rect), Column(index.column())
            painter.setClipRect(option.rect)
            ring.adjust(1 if edge == 0 else -9, 1, -1 if edge == max(Column) else 9, -1)
            painter.setPen(QPen(QColor(now.accent), 2))
            painter.drawRect(ring)

    def _text(self, painter: QPainter, area: QRect, words: str, colour: str) -> None:
        painter.setPen(QColor(colour))
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, words)

    def _marked(
        self, painter: QPainter, area: QRect, name: str, words: str, colour: str, side: int = _ICON
    ) -> None:
        side = theme().px(side)
        icon = pixmap(name, colour, side, painter.device().devicePixelRatioF())
        painter.drawPixmap(area.left(), area.center().y() - side // 2 + 1, icon)
        area.setLeft(area.left() + side + theme().px(6))
        self._text(painter, area, words, getattr(tokens(), colour))

    def _leg(self, painter: QPainter, area: QRect, row: Row, column: Column, words: str) -> None:
        side = Side.RECEIVE if column is Column.RECEIVE else Side.SEND
        leg = row.report.leg(side) if row.report and not row.account.paused else None
        if row.checking or leg is None:
            self._text(painter, area, words, tokens().secondary)
        elif row.held and not leg.ok:
            name = protocol_name(leg.endpoint.protocol)
            self._text(painter, area, name, tokens().secondary)
        elif leg.ok:
            self._marked(painter, area, "check", protocol_name(leg.endpoint.protocol), "ok")
        else:
            self._marked(painter, area, "cross", protocol_name(leg.endpoint.protocol), "action")

    def _fix(
        self, painter: QPainter, option: QStyleOptionViewItem, area: QRect, words: str
    ) -> None:
        link, more = self._halves(option.rect)
        self._text(painter, link, self._short(words, link, painter.fontMetrics()), tokens().accent)
        lively = option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected)
        side = theme().px(_ICON)
        icon = pixmap(
            "more", "text" if lively else "secondary", side, painter.device().devicePixelRatioF()
        )
        painter.drawPixmap(
            more.center().x() - side // 2 + 1, more.center().y() - side // 2 + 1, icon
        )

    def _short(self, words: str, link: QRect, metrics: QFontMetrics) -> str:
        """The button's own words, or 修复 where they do not fit."""
        fits = not words or metrics.horizontalAdvance(words) <= link.width()
        return words if fits else self.tr("修复")

    def _halves(self, cell: QRect) -> tuple[QRect, QRect]:
        more = QRect(cell)
        more.setLeft(cell.right() - theme().px(_MORE))
        link = cell.adjusted(theme().px(_PAD), 0, -theme().px(_MORE) - theme().px(_PAD), 0)
        return link, more

    # ---- the clicks ----

    def editorEvent(
        self,
        event: QEvent,
        model: AccountModel,  # type: ignore[override]
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click on the link or on ⋯; keyboards have the menu and the pane's button."""
        if (
            index.column() != Column.FIX
            or not isinstance(event, QMouseEvent)
            or event.type() is not QEvent.Type.MouseButtonRelease
            or event.button() is not Qt.MouseButton.LeftButton
        ):
            return super().editorEvent(event, model, option, index)
        _, more = self._halves(option.rect)
        row, where = model.at(index), event.position().toPoint()
        if row is None:
            return False
        if more.contains(where):
            self.more_clicked.emit(row.id, more)
        elif self.over_link(where, option.rect, str(index.data()), QFontMetrics(option.font)):
            self.fix_clicked.emit(row.id)
        return True

    def over_link(self, where: QPoint, cell: QRect, words: str, metrics: QFontMetrics) -> bool:
        """Whether a point of the last column's cell is on the link's words."""
        link, _ = self._halves(cell)
        wide = metrics.horizontalAdvance(self._short(words, link, metrics))
        link.setWidth(min(link.width(), wide))
        return bool(words) and link.contains(where)
