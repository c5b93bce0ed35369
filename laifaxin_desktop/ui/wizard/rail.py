"""The steps at the left: which are done, which is now, which come later."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.wizard.parts import Mark, empty, words

_WIDTH = 190


class Rail(QFrame):
    """A list to look at; nothing in it is pressed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setProperty("kind", "card")
        width = min(theme.theme().px(_WIDTH), 260)
        self.setFixedWidth(width)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 20, 12, 16)
        self._column.setSpacing(theme.theme().px(14))
        self._shown: tuple[tuple[str, ...], int, str] | None = None

    def show_route(self, names: Sequence[str], now: int, done: str) -> None:
        """Draw the steps; `now` is the index of the open one, `done` the spoken word."""
        wanted = (tuple(names), now, done)
        if wanted == self._shown:
            return
        self._shown = wanted
        empty(self._column)
        for index, name in enumerate(names):
            self._column.addWidget(self._line(name, index - now, done))
        self._column.addStretch(1)

    @staticmethod
    def _line(name: str, place: int, done: str) -> QWidget:
        icon, token, kind = (
            ("check", "ok", "")
            if place < 0
            else ("dot", "accent", "strong")
            if place == 0
            else ("ring", "paused", "later")
        )
        line = QWidget()
        across = QHBoxLayout(line)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(8)
        label = words(kind)
        label.setText(name)
        label.setAccessibleName(f"{name} {done}" if place < 0 else name)
        across.addWidget(Mark(icon, token), 0, Qt.AlignmentFlag.AlignTop)
        across.addWidget(label, 1)
        return line
