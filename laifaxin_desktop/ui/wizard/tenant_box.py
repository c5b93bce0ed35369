"""The directory to sign in to: one of three known words, or anything typed."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox

TENANTS = ("common", "organizations", "consumers")


class TenantBox(QComboBox):
    """Out of view it has no entries, as `ui.choice_box` explains; the text stays."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setCompleter(None)  # type: ignore[arg-type]  # no guesses: what is typed is meant
        if (line := self.lineEdit()) is not None:
            line.setObjectName(f"{name}_text")
        self._words = TENANTS

    @property
    def text(self) -> str:
        """What is chosen or typed."""
        return self.currentText()

    def put(self, text: str) -> None:
        """Another directory."""
        if self.currentText() != text:
            self.setEditText(text)

    def showEvent(self, event: QShowEvent) -> None:
        if not self.count():
            text = self.currentText()
            with QSignalBlocker(self):
                self.addItems(self._words)
                self.setCurrentIndex(self.findText(text))
                self.setEditText(text)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.count() and not event.spontaneous():
            text = self.currentText()
            with QSignalBlocker(self):
                self.clear()
                self.setEditText(text)
