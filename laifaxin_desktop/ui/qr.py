"""A QR code as a picture: dark on light in either theme, because cameras expect that."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.tokens import LIGHT

_QUIET = 4  # modules of nothing around it (ISO/IEC 18004)
_SIDE = 148  # px at ordinary text size


class QrPicture(QWidget):
    """Shows one text; empty while there is none."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._rows: list[list[bool]] = []
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Another text; an empty one shows nothing."""
        self._rows = []
        if text:
            import segno  # only here: the window opens without it

            self._rows = [
                [bool(dark) for dark in row] for row in segno.make(text, micro=False).matrix
            ]
        self.update()

    def sizeHint(self) -> QSize:
        side = theme.theme().px(_SIDE)
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        modules = len(self._rows) + 2 * _QUIET
        # Whole device pixels for each module: edges stay sharp at every scale of the screen.
        ratio = self.devicePixelRatioF()
        one = max(1, int(min(self.width(), self.height()) * ratio / modules)) / ratio
        whole = one * modules
        left, top = (self.width() - whole) / 2, (self.height() - whole) / 2
        painter = QPainter(self)
        painter.fillRect(QRectF(left, top, whole, whole), QColor(LIGHT.card))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(LIGHT.text))
        for y, row in enumerate(self._rows, _QUIET):
            for x, dark in enumerate(row, _QUIET):
                if dark:
                    painter.drawRect(QRectF(left + x * one, top + y * one, one, one))
        painter.end()
