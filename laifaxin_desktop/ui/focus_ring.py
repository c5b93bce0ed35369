"""A ring round the button that the keyboard is on; whoever uses the mouse never sees it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from .theme import tokens

_GAP, _WIDTH, _RADIUS = 2, 2, 8


class FocusRing(QObject):
    """Follows the focus of every window; one for the program.

    A style sheet cannot tell a key from a click, and its border would be lost on a primary button.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._by_keys = False
        self._ring: _Ring | None = None
        self._on: QWidget | None = None
        app.focusChanged.connect(self._moved)
        app.focusWindowChanged.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if not self._by_keys and event.key() not in (Qt.Key.Key_Control, Qt.Key.Key_Alt):
                self._by_keys = True
                self._moved(None, QApplication.focusWidget())
        elif kind in (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin):
            if isinstance(watched, QWindow) and self._by_keys:
                self._by_keys = False
                self._drop()
        elif watched is self._on and self._ring is not None:
            if kind in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show):
                self._ring.follow(watched)
            elif kind is QEvent.Type.Hide:
                self._drop()
        return False

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._drop()
        home = now.parentWidget() if isinstance(now, QAbstractButton) else None
        if now is None or home is None or not self._by_keys:
            return
        self._on, self._ring = now, _Ring(home)
        now.installEventFilter(self)
        self._ring.follow(now)
        self._ring.show()

    def _drop(self) -> None:
        if self._on is not None and isValid(self._on):
            self._on.removeEventFilter(self)
        if self._ring is not None and isValid(self._ring):
            self._ring.hide()
            self._ring.deleteLater()
        self._on = self._ring = None


class _Ring(QWidget):
    """Stands in the button's parent, so that it scrolls with it."""

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)
        self._home = home
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def follow(self, button: QWidget) -> None:
        """Stand round the button, no further than its parent reaches."""
        out = _GAP + _WIDTH
        where = button.geometry().adjusted(-out, -out, out, out)
        self.setGeometry(where.intersected(self._home.rect()))
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(tokens().accent), _WIDTH))
        half = _WIDTH / 2
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(half, half, -half, -half), _RADIUS, _RADIUS
        )
        painter.end()
