"""What the window shows before the first account: a drawing, one sentence, one button."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from .notice import label
from .picture import Picture
from .theme import set_icon, set_kind


class EmptyState(QFrame):
    """Fills the place of the list."""

    add_wanted = Signal()

    def __init__(self, resources: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty_state")
        set_kind(self, "card")
        drawing = Picture(resources / "icons" / "empty-list.svg", 240, self)
        self._title = QLabel(self)
        set_kind(self._title, "title")
        self._words = QLabel(self)
        set_kind(self._words, "secondary")
        self._words.setWordWrap(True)
        for one in (self._title, self._words):
            one.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(self)
        self.button.setObjectName("empty_add_button")
        set_kind(self.button, "primary")
        set_icon(self.button, "plus", "on_accent")
        self.button.clicked.connect(self.add_wanted)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        column.addWidget(drawing)
        column.addSpacing(8)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addSpacing(16)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        self._title.setText(self.tr("添加第一个邮箱"))
        self._words.setText(self.tr("输入邮箱地址，服务器自动填写，再一步步带您完成授权。"))
        label(self.button, self.tr("添加邮箱"))
