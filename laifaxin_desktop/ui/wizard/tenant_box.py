"""The directory to sign in to: one of three known words, or anything typed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QLineEdit
from shiboken6 import isValid

TENANTS = ("common", "organizations", "consumers")


class TenantBox(QComboBox):
    """Out of view it has no entries, as `ui.choice_box` explains; the text stays."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._line = self.lineEdit() or QLineEdit(self)  # one that can be edited has its own
        self._line.setObjectName(f"{name}_text")
        self.setCompleter(None)  # type: ignore[arg-type]  # no guesses: what is typed is meant
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
            self._fill(self._words)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        # Where the program ends with the page in view, the field may be gone already.
        if self.count() and not event.spontaneous() and isValid(self._line):
            self._fill(())

    def _fill(self, words: Sequence[str]) -> None:
        """Other entries; the text stays, and nobody hears of anything."""
        text = self.currentText()
        with QSignalBlocker(self), QSignalBlocker(self._line):
            self.clear()
            self.addItems(words)
            self.setCurrentIndex(self.findText(text))
            self.setEditText(text)
