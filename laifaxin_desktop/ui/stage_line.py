"""One leg of a check in one line: its stages in order, each with its mark and its time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from .theme import pixmap, theme, tokens
from .times import took


@dataclass(frozen=True, slots=True)
class Stop:
    """One stage as shown; `ok` None: not reached, or `going` on right now."""

    name: str
    ok: bool | None
    ms: int = 0
    going: bool = False

    @property
    def rest(self) -> str:
        """What stands in place of a mark where there is none yet."""
        return "…" if self.going else "–"


class StageLine(QLabel):
    """Wraps where the window is narrow; a screen reader hears it as one sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = self._widest = ""
        self._stops: tuple[Stop, ...] = ()
        rule = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        rule.setHeightForWidth(True)
        self.setSizePolicy(rule)

    def say(
        self, title: str, stops: tuple[Stop, ...], passed: str, failed: str, widest: str = ""
    ) -> None:
        """Show a leg; `passed` and `failed` are what the marks are called when spoken.

        `widest` is the widest title of the lines that stand over each other.
        """
        self._title, self._stops, self._widest = title, stops, widest or title
        marks = {True: passed, False: failed}
        told = [
            f"{s.name} {s.rest}" if s.ok is None else f"{s.name} {marks[s.ok]} {took(s.ms)}"
            for s in stops
        ]
        self.setText(f"{title}: " + ", ".join(told))
        self.setAccessibleName(self.text())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, self.heightForWidth(max(200, self.width())))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.fontMetrics().height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._flow(width, None)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._flow(self.width(), painter)
        painter.end()

    def _flow(self, width: int, painter: QPainter | None) -> int:
        """Lay the stops out, painting them when there is a painter; returns the height."""
        body, small = self.font(), QFont(self.font())
        small.setPixelSize(theme().px(12))
        wide, narrow = QFontMetrics(body), QFontMetrics(small)
        height, now, side = wide.height() + 4, tokens(), theme().px(14)
        indent = wide.horizontalAdvance(self._widest) + theme().px(12)
        at = QPoint(indent, 0)

        def text(words: str, x: int, y: int, font: QFont, colour: str) -> None:
            if painter is not None:
                painter.setFont(font)
                painter.setPen(QColor(colour))
                painter.drawText(QRect(x, y, width, height), Qt.AlignmentFlag.AlignVCenter, words)

        text(self._title, 0, 0, body, now.secondary)
        for number, stop in enumerate(self._stops):
            time = took(stop.ms) if stop.ok is not None and stop.ms else ""
            parts = wide.horizontalAdvance(stop.name) + side + 6
            parts += narrow.horizontalAdvance(time) + (4 if time else 0)
            arrow = theme().px(16) if number else 0
            if at.x() + arrow + parts > width and at.x() > indent:
                at = QPoint(indent, at.y() + height)
                arrow = 0
            if arrow:
                self._icon(painter, "chevron-right", "secondary", at.x(), at.y(), height, 10)
            x = at.x() + arrow
            waits = stop.ok is None and not stop.going
            text(stop.name, x, at.y(), body, now.secondary if waits else now.text)
            x += wide.horizontalAdvance(stop.name) + 4
            if stop.ok is None:
                text(stop.rest, x, at.y(), body, now.secondary)
            else:
                name, colour = ("check", "ok") if stop.ok else ("cross", "action")
                self._icon(painter, name, colour, x, at.y(), height, 14)
            text(time, x + side + 4, at.y(), small, now.secondary)
            at.setX(at.x() + arrow + parts + theme().px(4))
        return at.y() + height

    def _icon(
        self, painter: QPainter | None, name: str, colour: str, x: int, y: int, height: int, px: int
    ) -> None:
        if painter is not None:
            side = theme().px(px)
            drawn = pixmap(name, colour, side, self.devicePixelRatioF())
            painter.drawPixmap(x, y + (height - side) // 2 + 1, drawn)
