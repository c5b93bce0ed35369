"""Small pieces the pages are built of: words, cards, links, the letter icon, the spinner."""

from __future__ import annotations

import re

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.ui import theme
from laifaxin_desktop.ui.drawings import letter_icon
from laifaxin_desktop.ui.once import guard_double_click

_HAN = "[\u4e00-\u9fff]"
_LATIN = "[A-Za-z0-9]"
_SEAM = re.compile(f"(?<={_HAN})(?={_LATIN})|(?<={_LATIN})(?={_HAN})")
_LINE = 40  # characters of a name that fit into any line, at ordinary text size
_PIECE = re.compile(r"[^.]{0,10}\.|[^.]{10}")
_TURN = 60  # ms between two positions of the spinner


def words(kind: str = "", name: str = "", *, selectable: bool = False) -> QLabel:
    """A label that wraps and never reads markup: what it shows may come from a server."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setObjectName(name)
    if kind:
        label.setProperty("kind", kind)
    if selectable:
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
    return label


def button(name: str, kind: str = "", icon: str = "") -> QPushButton:
    """A push button; its words come with `put`."""
    made = QPushButton()
    made.setObjectName(name)
    made.setAutoDefault(False)  # Enter means 下一步 on every page
    if kind:
        made.setProperty("kind", kind)
    if icon:
        theme.set_icon(made, icon, "on_accent" if kind == "primary" else "text")
    guard_double_click(made)
    return made


def put(widget: QWidget, text: str, name: str | None = None) -> None:
    """Show words on a button, box or label, and let a screen reader say the same."""
    widget.setText(text)  # type: ignore[attr-defined]
    widget.setAccessibleName(text.replace("&", "") if name is None else name)


def card(kind: str = "card", spacing: int = 8) -> tuple[QFrame, QVBoxLayout]:
    """A card and the column inside it."""
    frame = QFrame()
    frame.setProperty("kind", kind)
    column = QVBoxLayout(frame)
    column.setContentsMargins(16, 14, 16, 14)
    column.setSpacing(spacing)
    return frame, column


def row(*widgets: QWidget, spacing: int = 8, stretch: bool = True) -> QHBoxLayout:
    """Widgets side by side, at the left."""
    line = QHBoxLayout()
    line.setSpacing(spacing)
    for widget in widgets:
        line.addWidget(widget)
    if stretch:
        line.addStretch(1)
    return line


def empty(layout: QLayout) -> None:
    """Take everything out of a layout; the widgets go when Qt next has time."""
    while (item := layout.takeAt(0)) is not None:
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
        elif inner := item.layout():
            empty(inner)


def spaced(sentence: str) -> str:
    """A Chinese sentence with the thin space it wants beside Latin letters and figures."""
    return _SEAM.sub(" ", sentence)


def breakable(name: str) -> str:
    """An id that may go on in the next line after each of its dashes; not for copying."""
    return name.replace("-", "-\u200b")


def folded(sentence: str) -> str:
    """The same where a name longer than a line may go on in the next one; others stay whole.

    The end of a server's name says whose it is: it must never be out of view.
    """
    long = f"[!-~]{{{int(_LINE / theme.theme().scale)},}}"
    return re.sub(long, lambda name: _PIECE.sub("\\g<0>\u200b", name.group()), sentence)


class WrappingButton(QPushButton):
    """A button whose words wrap where there is no room: nothing is clipped at 200 % text."""

    _LEAST = 80  # px of words at ordinary text size

    def __init__(self, name: str, kind: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAutoDefault(False)  # Enter means 下一步 on every page
        if kind:
            self.setProperty("kind", kind)
        self._words = words()
        self._words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        line = QHBoxLayout(self)
        side, height = (4, 4) if kind == "link" else (17, 8)
        line.setContentsMargins(side, height, side, height)
        line.addWidget(self._words)
        self._around = QSize(2 * side, 2 * height)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        guard_double_click(self)

    def put(self, text: str, name: str | None = None) -> None:
        """The words of the button, and what a screen reader says."""
        self._words.setText(text)
        self.setAccessibleName(text if name is None else name)
        self.updateGeometry()

    def dress(self, kind: str) -> None:
        """Another kind of button; its words follow."""
        theme.set_kind(self, kind)
        self._words.style().unpolish(self._words)
        self._words.style().polish(self._words)

    def words(self) -> str:
        """What is written on it."""
        return self._words.text()

    def sizeHint(self) -> QSize:
        self._words.ensurePolished()
        metrics = self._words.fontMetrics()
        wide = metrics.horizontalAdvance(self._words.text()) + 4
        return QSize(wide, metrics.lineSpacing()) + self._around

    def minimumSizeHint(self) -> QSize:
        hint = self.sizeHint()
        least = theme.theme().px(self._LEAST) + self._around.width()
        return QSize(min(hint.width(), least), hint.height())

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = max(1, width - self._around.width())
        needed = self._words.heightForWidth(room)
        return max(needed, self._words.fontMetrics().lineSpacing()) + self._around.height()


class Mark(QLabel):
    """One of our icons as a still picture, in a token's colour; follows the theme."""

    def __init__(self, name: str = "", colour: str = "text", side: int = 16) -> None:
        super().__init__()
        self._name, self._colour, self._side = name, colour, side
        side = theme.theme().px(side)
        self.setFixedSize(side, side)
        theme.theme().changed.connect(self._draw)
        self._draw()

    def show_icon(self, name: str, colour: str) -> None:
        """Another icon; an empty name shows nothing."""
        self._name, self._colour = name, colour
        self._draw()

    def _draw(self) -> None:
        if not self._name:
            self.clear()
            return
        side = theme.theme().px(self._side)
        self.setPixmap(theme.pixmap(self._name, self._colour, side, self.devicePixelRatioF()))


class Letter(QLabel):
    """The first letter of a provider on its colour."""

    def __init__(self, side: int = 40) -> None:
        super().__init__()
        self._side = theme.theme().px(side)
        self.setFixedSize(self._side, self._side)

    def show_letter(self, name: str, colour: str) -> None:
        """Another provider."""
        ratio = self.devicePixelRatioF()
        self.setPixmap(letter_icon(name[:1], colour, self._side, ratio))


class Spinner(QWidget):
    """Turns while something is awaited; stands still where the system wants no motion."""

    def __init__(self, side: int = 16) -> None:
        super().__init__()
        side = theme.theme().px(side)
        self.setFixedSize(side, side)
        self._angle = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN)
        self._timer.timeout.connect(self._turn)

    def showEvent(self, event: QShowEvent) -> None:
        motion = QStyle.StyleHint.SH_Widget_Animation_Duration
        if self.style().styleHint(motion, None, self) > 0:
            self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        self._angle = (self._angle + 30) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.tokens()
        thick = max(2.0, self.width() / 8)
        where = QRectF(self.rect()).adjusted(thick, thick, -thick, -thick)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.line), thick))
        painter.drawEllipse(where)
        pen = QPen(QColor(colours.accent), thick)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawArc(where, (90 - self._angle) * 16, -100 * 16)
        painter.end()
