"""Shown instead of the list when the file of accounts cannot be used: why, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from laifaxin_desktop.store.fault import StoreFault

from .notice import label
from .theme import set_kind


class StoreProblem(QFrame):
    """Nothing was changed or deleted; only a click begins a new list, beside the old file."""

    retry_wanted = Signal()
    folder_wanted = Signal()
    new_list_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("store_problem")
        set_kind(self, "failure")
        self._title, self.words = QLabel(self), QLabel(self)
        self.words.setObjectName("store_problem_words")
        set_kind(self._title, "problem-title")
        for one in (self._title, self.words):
            one.setWordWrap(True)
            one.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.retry, self.folder = QPushButton(self), QPushButton(self)
        self.new_list = QPushButton(self)
        set_kind(self.retry, "primary")
        for button, name, signal in (
            (self.retry, "store_retry_button", self.retry_wanted),
            (self.folder, "store_folder_button", self.folder_wanted),
            (self.new_list, "store_new_list_button", self.new_list_wanted),
        ):
            button.setObjectName(name)
            button.clicked.connect(signal)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.retry, self.folder, self.new_list):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(12)
        for part in (self._title, self.words):
            column.addWidget(part)
        column.addLayout(buttons)
        column.addStretch(1)
        self.retranslate()

    def say(self, fault: StoreFault | None, sentence: str) -> None:
        """Name the reason; a new list is offered only for a damaged file."""
        self.words.setText(sentence)
        self.words.setAccessibleName(sentence)
        self.new_list.setVisible(fault is StoreFault.CORRUPT)

    def retranslate(self) -> None:
        """The language changed; the sentence is said anew by the window."""
        self._title.setText(self.tr("邮箱列表打不开"))
        label(self.retry, self.tr("重试"))
        label(self.folder, self.tr("打开数据文件夹"))
        label(self.new_list, self.tr("保留旧文件，新建列表"))
