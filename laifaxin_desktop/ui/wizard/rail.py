"""The steps at the left: which are done, which is now, which come later."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.wizard.parts import Mark, empty, words

_WIDTH, _MOST_WIDTH = 190, 260  # px; at large text the page needs the room


class Rail(QFrame):
    """A list to look at; nothing in it is pressed. Scrolls where the text is large."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setProperty("kind", "card")
        self.setFixedWidth(min(theme.theme().px(_WIDTH), _MOST_WIDTH))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        inside = QWidget()
        inside.setProperty("kind", "scrolled")
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(16, 20, 12, 16)
        self._column.setSpacing(min(theme.theme().px(14), 20))
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.addWidget(self._area)
        self._shown: tuple[tuple[str, ...], int, str] | None = None

    def show_route(self, names: Sequence[str], now: int, done: str) -> None:
        """Draw the steps; `now` is the index of the open one, `done` the spoken word."""
        wanted = (tuple(names), now, done)
        if wanted == self._shown:
            return
        self._shown = wanted
        empty(self._column)
        for index, name in enumerate(names):
            line = self._line(name, index - now, done)
            self._column.addWidget(line)
            if index == now:
                QTimer.singleShot(0, line, lambda one=line: self._area.ensureWidgetVisible(one))
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
        mark = Mark(icon, token)
        mark.setFixedHeight(theme.theme().px(21))  # of one line: it stands beside the first
        across.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        across.addWidget(label, 1)
        return line
