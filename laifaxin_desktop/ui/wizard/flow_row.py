"""Widgets side by side that go below each other where there is no room; nothing is clipped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QWidget

from laifaxin_desktop.ui.theme import theme

_GAP = 8


class FlowRow(QWidget):
    """Left to right, then down; a widget wider than the row gets the row's width.

    Not a QLayout of our own: Qt deletes a layout's items while Python still names them.
    """

    def __init__(self, gap: int = _GAP) -> None:
        """`gap` is between widgets side by side, in px."""
        super().__init__()
        self._gap = gap
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """One more at the end."""
        widget.setParent(self)
        self._widgets.append(widget)
        self.updateGeometry()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        lines = self._lines(width)
        return sum(_height(line) for line in lines) + _GAP * max(0, len(lines) - 1)

    def sizeHint(self) -> QSize:
        sizes = [widget.sizeHint() for widget in self._shown()]
        wide = sum(size.width() for size in sizes) + self._gap * max(0, len(sizes) - 1)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        sizes = [widget.minimumSizeHint() for widget in self._shown()]
        wide = max((size.width() for size in sizes), default=0)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def showEvent(self, event: QShowEvent) -> None:
        """Out of view nobody tells of changed words: ask again."""
        super().showEvent(event)
        self.updateGeometry()
        self._place()

    def event(self, event: QEvent) -> bool:
        """A word on a button has changed: lay out again."""
        if event.type() is QEvent.Type.LayoutRequest:  # a word on a button has changed
            self._place()
            self.updateGeometry()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def _lines(self, room: int) -> list[list[tuple[QWidget, QSize]]]:
        lines: list[list[tuple[QWidget, QSize]]] = []
        left = 0
        for widget in self._shown():
            hint = widget.sizeHint()
            width = min(hint.width(), room)
            if not lines or width > left:
                lines.append([])
                left = room
            lines[-1].append((widget, QSize(width, _high(widget, width))))
            left -= width + self._gap
        return lines

    def _place(self) -> None:
        top = 0
        for line in self._lines(self.width()):
            x, high = 0, _height(line)
            for widget, size in line:
                y = top + (high - size.height()) // 2
                widget.setGeometry(QRect(x, y, size.width(), size.height()))
                x += size.width() + self._gap
            top += high + _GAP


def _height(line: list[tuple[QWidget, QSize]]) -> int:
    return max((size.height() for _, size in line), default=0)


class SideBySide(QWidget):
    """A row of larger things; below each other where they would have less than `least` px."""

    def __init__(self, *widgets: QWidget, least: int, stretch: tuple[int, ...]) -> None:
        """`least` is for all together at ordinary text size."""
        super().__init__()
        self._widgets, self._least = widgets, theme().px(least)
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_GAP + 4)
        for widget, share in zip(widgets, stretch, strict=True):
            self._box.addWidget(widget, share)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        shown = [widget for widget in self._widgets if not widget.isHidden()]
        if width >= self._least:
            return max((w.sizeHint().height() for w in shown), default=0)
        gaps = self._box.spacing() * max(0, len(shown) - 1)
        return sum(_high(widget, width) for widget in shown) + gaps

    def minimumSizeHint(self) -> QSize:
        sizes = [w.minimumSizeHint() for w in self._widgets if not w.isHidden()]
        return QSize(
            max((size.width() for size in sizes), default=0),
            max((size.height() for size in sizes), default=0),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        beside = self.width() >= self._least
        self._box.setDirection(directions.LeftToRight if beside else directions.TopToBottom)


def _high(widget: QWidget, width: int) -> int:
    return (
        widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
    )
