"""A check box whose words wrap, with a hint below them: nothing is clipped at 200 % text."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from laifaxin_desktop.ui.wizard.parts import words


class Tick(QWidget):
    """A click on the words is a click on the box."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.box = QCheckBox()
        self.box.setObjectName(name)
        self._words = words()
        self._words.installEventFilter(self)
        self._hint = words("small")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(4)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.box, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._words, 0, 1, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self._hint, 1, 1)

    def put(self, text: str, hint: str) -> None:
        """The words, and the hint, which a screen reader hears as the description."""
        self._words.setText(text)
        self._hint.setText(hint)
        self.box.setAccessibleName(text)
        self.box.setAccessibleDescription(hint)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.MouseButtonRelease and self.box.isEnabled():
            self.box.click()
        return False
