"""A ring round the button that the keyboard is on, and its Enter; never seen with the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen, QWindow
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QWidget,
)
from shiboken6 import isValid

from .theme import tokens

_GAP, _WIDTH, _RADIUS = 2, 2, 8
_MOVES = (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)
_CLICKS = (QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class FocusRing(QObject):
    """Follows the focus of every window; one for the program.

    A style sheet cannot tell a key from a click, and its border would be lost on a primary button.
    Enter clicks the button that has the ring: Qt itself does that in dialogs only, and there for
    the default button. In a field Enter keeps its own meaning.
    """

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._by_keys = False
        self._ring: _Ring | None = None
        self._watched: list[QWidget] = []
        app.focusChanged.connect(self._moved)
        app.focusWindowChanged.connect(self._watch)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _MOVES:
            if self._ring is not None and watched in self._watched:
                self._ring.follow()
        elif kind is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if not self._by_keys and event.key() not in (Qt.Key.Key_Control, Qt.Key.Key_Alt):
                self._by_keys = True
                self._moved(None, QApplication.focusWidget())
            if isinstance(watched, QWindow) and event.key() in _ENTER:
                return self._press(event)
        elif kind in _CLICKS and self._by_keys and isinstance(watched, QWindow):
            self._by_keys = False
            self._drop()
        return False

    def _press(self, event: QKeyEvent) -> bool:
        """Click the button under the ring; whether there was one."""
        button = QApplication.focusWidget()
        if (
            not isinstance(button, QPushButton)
            or not button.isEnabled()
            or QApplication.activePopupWidget() is not None
            or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            return False
        if not event.isAutoRepeat():
            button.click()
        return True

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.removeEventFilter(self)
            window.installEventFilter(self)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._drop()
        if not isinstance(now, QAbstractButton) or now.parentWidget() is None or not self._by_keys:
            return
        self._ring = _Ring(now)
        self._watched = [now]
        while (above := self._watched[-1].parentWidget()) is not None:
            self._watched.append(above)
            if above is self._ring.parentWidget():
                break
        for widget in self._watched:
            widget.installEventFilter(self)
        self._ring.follow()

    def _drop(self) -> None:
        for widget in self._watched:
            if isValid(widget):
                widget.removeEventFilter(self)
        if self._ring is not None and isValid(self._ring):
            self._ring.hide()
            self._ring.deleteLater()
        self._ring, self._watched = None, []


class _Ring(QWidget):
    """Stands in the widget that scrolls with the button, or in its window."""

    def __init__(self, button: QWidget) -> None:
        home = button
        while not home.isWindow() and (above := home.parentWidget()) is not None:
            scrolls = home is not button and isinstance(above.parentWidget(), QAbstractScrollArea)
            if scrolls:
                break
            home = above
        super().__init__(home)
        self._button, self._home = button, home
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def follow(self) -> None:
        """Stand round the button, no further than the home reaches."""
        if not isValid(self._button):
            return
        out = _GAP + _WIDTH
        drawn = _drawn(self._button)
        here = drawn.translated(self._button.mapTo(self._home, QPoint(0, 0)))
        self.setGeometry(here.adjusted(-out, -out, out, out).intersected(self._home.rect()))
        self.setVisible(self._button.isVisible())
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


def _drawn(button: QWidget) -> QRect:
    """What is seen of the button: a style sheet's margins stand inside its rectangle.

    Of a box whose words stand in a label beside it that is the box alone.
    """
    option, part = QStyleOptionButton(), QStyle.SubElement
    option.initFrom(button)
    if isinstance(button, QPushButton):
        return button.style().subElementRect(part.SE_PushButtonBevel, option, button)
    if isinstance(button, QAbstractButton) and not button.text():
        if isinstance(button, QCheckBox):
            return button.style().subElementRect(part.SE_CheckBoxIndicator, option, button)
        if isinstance(button, QRadioButton):
            return button.style().subElementRect(part.SE_RadioButtonIndicator, option, button)
    return button.rect()
