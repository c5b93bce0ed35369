"""One of our own drawings, crisp at every scale and in the colours of the theme."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from .theme import picture, theme


class Picture(QLabel):
    """A drawing of a fixed width that grows with the text; decoration unless it is given words."""

    def __init__(self, path: Path, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path, self._width = path, width
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(picture(self._path, theme().px(self._width), self.devicePixelRatioF()))

    def showEvent(self, event: QShowEvent) -> None:
        self._draw()  # only now is it known on which screen
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.DevicePixelRatioChange):
            self._draw()
        super().changeEvent(event)
