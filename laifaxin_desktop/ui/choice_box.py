"""A combo box whose entries exist only while it is in view; holds values, shows words."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QComboBox


class ChoiceBox(QComboBox):
    """One of a few values.

    Qt tells a screen reader that the entries of a list are showing, and the current one focused,
    also where the whole box is on a page out of view. So out of view there are none.
    """

    def __init__(self, name: str, values: Sequence[StrEnum]) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._values = tuple(values)
        self._words = [value.value for value in values]
        self._at = 0

    @property
    def chosen(self) -> StrEnum:
        """The value chosen, in view or not."""
        return self._values[self.currentIndex() if self.count() else self._at]

    def choose(self, value: StrEnum) -> None:
        """Another value."""
        self._at = self._values.index(value)
        self.setCurrentIndex(self._at)

    def put_words(self, words: Sequence[str]) -> None:
        """What the values are called, in their order."""
        self._words = list(words)
        for at in range(self.count()):
            self.setItemText(at, self._words[at])

    def offer(self, values: Sequence[StrEnum], words: Sequence[str]) -> None:
        """Other values; what was chosen stays chosen where it is among them."""
        chosen = self.chosen
        self._values, self._words = tuple(values), list(words)
        self._at = self._values.index(chosen) if chosen in self._values else 0
        if self.count():
            with QSignalBlocker(self):
                self.clear()
                self._fill()

    def _fill(self) -> None:
        for value, words in zip(self._values, self._words, strict=True):
            self.addItem(words, value)
        self.setCurrentIndex(self._at)

    def showEvent(self, event: QShowEvent) -> None:
        if not self.count():
            with QSignalBlocker(self):  # nothing is chosen anew
                self._fill()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self.count() and not event.spontaneous():  # the window may only be minimised
            self._at = self.currentIndex()
            with QSignalBlocker(self):
                self.clear()
