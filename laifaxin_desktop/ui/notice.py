"""Bars over the list and notes under it: a sentence with its buttons, never in the way."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from .announcing import announce
from .once import guard_double_click
from .theme import set_kind

_EDGE, _STEP = 24, 8  # px that a note keeps from the window's edges, and by which it gives way


class Notice(QFrame):
    """A bar: a sentence, at most one field, and buttons; `kind` is notice or failure."""

    def __init__(self, name: str, kind: str = "notice", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        set_kind(self, kind)
        self.words = QLabel(self)
        self.words.setObjectName(f"{name}_words")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.setSpacing(8)
        self._row.addWidget(self.words, 1)

    def say(self, words: str) -> None:
        """Show a sentence."""
        self.words.setText(words)
        self.words.setAccessibleName(words)

    def add(self, widget: QWidget) -> None:
        """Put a field at the right."""
        self._row.addWidget(widget)

    def button(self, name: str, act: Callable[[], object], kind: str = "") -> QPushButton:
        """Put a button at the right; its words are set with `label`."""
        made = QPushButton(self)
        made.setObjectName(name)
        if kind:
            set_kind(made, kind)
        made.clicked.connect(lambda: act())
        guard_double_click(made)
        self._row.addWidget(made)
        return made


def label(button: QPushButton, words: str) -> None:
    """Give a button its words, seen and spoken."""
    button.setText(words)
    button.setAccessibleName(words.replace("&", ""))


class Toast(QFrame):
    """A note at the lower edge that goes by itself; at most one button.

    One with a button keeps its place until its time is over: what is said meanwhile stands above.
    It covers nothing that can be clicked, and where it has no button clicks go through it.
    """

    def __init__(self, parent: QWidget, lift: int = 0) -> None:
        """`lift`: px over the lower edge that are kept free, for buttons that stand there."""
        super().__init__(parent)
        self._home = parent
        self.setObjectName("toast")
        set_kind(self, "toast")
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.action = QPushButton(self)
        self.action.setObjectName("toast_action")
        set_kind(self.action, "toast")
        self.action.clicked.connect(self._act)
        self._then: Callable[[], object] | None = None
        self._above: Toast | None = None
        self._lift = lift  # px over the lower edge's own distance
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(16)
        row.addWidget(self.words)
        row.addWidget(self.action)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.end)
        self.hide()

    def say(
        self,
        words: str,
        button: str = "",
        then: Callable[[], object] | None = None,
        seconds: float = 5,
    ) -> None:
        """Show a note for some seconds."""
        if self._then is not None and not button:
            if self._above is None:
                self._above = Toast(self._home)
            self._above._lift = self._over_me()
            self._above.say(words, seconds=seconds)
            return
        self.words.setText(words)
        self.setAccessibleName(words)
        self._then = then
        label(self.action, button)
        self.action.setVisible(bool(button))
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not button)
        self._timer.start(round(seconds * 1000))
        self.show()
        self.place()
        self.raise_()
        announce(self, words)

    def place(self) -> None:
        """Stand at the parent's lower edge, in the middle or where nothing is in the way."""
        home = self._home
        room = max(200, home.width() - 2 * _EDGE)
        self.words.setWordWrap(False)
        self.setMinimumWidth(0)
        self.setMaximumWidth(room)
        if self.sizeHint().width() > room:
            self.words.setWordWrap(True)
            self.setMinimumWidth(room)
        self.adjustSize()
        self.move(self._free())
        if self._above is not None and self._above.isVisible():
            self._above._lift = self._over_me()
            self._above.place()

    def _free(self) -> QPoint:
        """The lowest place without anything to click; the middle one where there is none."""
        home, kinds = self._home, (QAbstractButton, QLineEdit)
        taken = [
            each.visibleRegion().boundingRect().translated(each.mapTo(home, QPoint(0, 0)))
            for kind in kinds
            for each in home.findChildren(kind)
            if each.isVisible() and not isinstance(each.parent(), Toast)
        ]
        middle, far = (home.width() - self.width()) // 2, home.width() - self.width() - _EDGE
        low = home.height() - self.height() - _EDGE - self._lift
        for up in range(0, max(1, low - home.height() // 3), _STEP):
            for x in (middle, far, _EDGE):
                here = QRect(QPoint(x, low - up), self.size())
                if not any(here.intersects(one) for one in taken):
                    return here.topLeft()
        return QPoint(middle, low)

    def _over_me(self) -> int:
        """The lift of what stands on top of this one."""
        return self._home.height() - _EDGE - self.y() + 8

    def end(self) -> None:
        """Let the note go before its time."""
        self._timer.stop()
        self._then = None
        self.hide()

    def _act(self) -> None:
        then = self._then
        self.end()
        if then is not None:
            then()
