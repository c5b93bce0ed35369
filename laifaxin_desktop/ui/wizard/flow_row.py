"""Buttons side by side that go to the next line where there is no room; nothing is clipped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_GAP = 8


class FlowRow(QWidget):
    """Left to right, then down; a widget wider than the row gets the row's width.

    Not a QLayout of our own: Qt deletes a layout's items while Python still names them.
    """

    def __init__(self) -> None:
        super().__init__()
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
        wide = sum(size.width() for size in sizes) + _GAP * max(0, len(sizes) - 1)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        sizes = [widget.minimumSizeHint() for widget in self._shown()]
        wide = max((size.width() for size in sizes), default=0)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
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
            high = widget.heightForWidth(width) if widget.hasHeightForWidth() else hint.height()
            if not lines or width > left:
                lines.append([])
                left = room
            lines[-1].append((widget, QSize(width, high)))
            left -= width + _GAP
        return lines

    def _place(self) -> None:
        top = 0
        for line in self._lines(self.width()):
            x, high = 0, _height(line)
            for widget, size in line:
                y = top + (high - size.height()) // 2
                widget.setGeometry(QRect(x, y, size.width(), size.height()))
                x += size.width() + _GAP
            top += high + _GAP


def _height(line: list[tuple[QWidget, QSize]]) -> int:
    return max((size.height() for _, size in line), default=0)
