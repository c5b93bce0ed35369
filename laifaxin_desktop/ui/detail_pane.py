"""Everything about the chosen account: what is wrong, what it means, the button that mends it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.problem import Diagnosis, Fix
from laifaxin_desktop.model.report import Report, Status

from .account_row import Row
from .app_secret_expiry import ExpiryWords, today
from .detail_legs import DetailLegs
from .detail_more import DetailMore
from .detail_way import WayWords
from .detail_words import WAITS, DetailWords, Said
from .languages import Languages
from .notice import label
from .once import guard_double_click
from .theme import set_kind, theme, tokens
from .wizard.parts import words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

# status -> the token of the title's colour
_TITLES = {
    Status.OK: "ok",
    Status.ACTION: "action",
    Status.RECEIVE_ONLY: "network",
    Status.SEND_ONLY: "network",
    Status.WAITING: "network",
}
_SUDDEN = 0.5  # seconds in which nobody can have read what a button under the pointer has become


class DetailPane(QScrollArea):
    """A card under the list; scrolls by itself where there is little room."""

    fix_wanted = Signal(str)
    check_wanted = Signal(str)
    resume_wanted = Signal(str)
    left = Signal()  # the button that had the keyboard is of no use now

    def __init__(
        self,
        app: App,
        languages: Languages,
        others: Callable[[], Iterable[Report]],
        parent: QWidget | None = None,
    ) -> None:
        """`others` gives the last reports of all accounts that are not paused."""
        super().__init__(parent)
        self.setObjectName("detail_pane")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._app, self._languages = app, languages
        self._row: Row | None = None
        self._deed: tuple[object, ...] = ()
        self._sudden = 0.0  # when the button changed under the pointer
        self._most = 400
        self._words, self._ends = DetailWords(app, languages, others, self), ExpiryWords(self)
        self._ways = WayWords(languages, self)
        self._build()

    # ---- what the window asks ----

    def show_row(self, row: Row | None) -> None:
        """Show an account; None: nothing is chosen."""
        if row is not None and (self._row is None or row.id != self._row.id):
            self._deed = ()
            self.more.fold()
        self._row = row
        self.setVisible(row is not None)
        self.refresh()

    def refresh(self) -> None:
        """The account, the running check or the language changed."""
        row = self._row
        if row is None:
            return
        said = self._words.of(row)
        self._draw_title(said, row)
        self._meaning.setText(said.meaning)
        self._steps.setText("\n".join(f"{n}. {step}" for n, step in enumerate(said.steps, 1)))
        self._steps.setVisible(bool(said.steps))
        self._code.setText(self.tr("微软的错误编号：{code}").format(code=said.code))
        self._code.setVisible(bool(said.code))
        self._expiry.setText(self._ends.sentence(row.account, today()))
        self._expiry.setVisible(bool(self._expiry.text()))
        self._looking.setVisible(said.running)
        self._legs.show_row(row, said)
        self._way.setText(self._ways.say(row.account.settings))
        self._way.setVisible(bool(self._way.text()))
        self._draw_buttons(row, said)
        self.more.show_row(row, said)
        self._fit()

    def retranslate(self) -> None:
        """The language changed."""
        label(self._check, self.tr("立即检测"))
        label(self._resume, self.tr("恢复"))
        self._looking.setText(self.tr("检测还在进行，可能还会发现更多。"))
        self.more.retranslate()
        self.refresh()

    def focus_action(self) -> None:
        """Bring the keyboard to the button that mends, or to the next best."""
        for button in (self._fix, self._resume, self._check, self.more.copy):
            if button.isVisible() and button.isEnabled():
                button.setFocus(Qt.FocusReason.TabFocusReason)
                return

    # ---- the parts ----

    def _build(self) -> None:
        card = QFrame(self)
        card.setObjectName("detail_card")
        set_kind(card, "card")
        self._title = words("", "detail_title", selectable=True)
        self._title.setTextFormat(Qt.TextFormat.RichText)  # of our own making, see _draw_title
        self._fix = self._button(card, "fix_button", "primary", self.fix_wanted)
        self._resume = self._button(card, "detail_resume_button", "primary", self.resume_wanted)
        self._check = self._button(card, "detail_check_button", "", self.check_wanted)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._title, 1)
        for button in (self._check, self._resume, self._fix):
            top.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)

        self._meaning = words("", "detail_meaning", selectable=True)
        self._steps = words("", "detail_steps", selectable=True)
        self._legs = DetailLegs(self._app, self._languages, card)
        self._code = words("small", "detail_code", selectable=True)
        self._expiry = words("warning", "detail_expiry")
        self._looking = words("small", "looking_closer")
        self._way = words("small", "detail_way", selectable=True)
        self.more = DetailMore(self._app, self._languages, card)
        self.more.turned.connect(self._fit)

        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(6)
        column.addLayout(top)
        for part in (self._meaning, self._expiry, self._steps, self._code, self._looking):
            column.addWidget(part)
        column.addWidget(self._legs)
        column.addWidget(self._way)
        column.addWidget(self.more)
        self.setWidget(card)
        self._card = card
        self.retranslate()
        self.hide()

    def _button(self, parent: QWidget, name: str, kind: str, signal: SignalInstance) -> QPushButton:
        made = QPushButton(parent)
        made.setObjectName(name)
        set_kind(made, kind)
        made.clicked.connect(lambda: self._click(made, signal))
        guard_double_click(made)
        return made

    def _click(self, button: QPushButton, signal: SignalInstance) -> None:
        sudden = button is self._fix and monotonic() - self._sudden < _SUDDEN
        if self._row is not None and not sudden:
            signal.emit(self._row.id)

    def _draw_title(self, said: Said, row: Row) -> None:
        """The problem and, smaller, whose it is: one text, so that both wrap where it is narrow."""
        now, look = tokens(), theme()
        name = _TITLES.get(row.status, "text")
        if row.checking and said.main is not None:
            name = "network" if said.fix in WAITS else "action"
        elif row.held and not row.checking:
            name = "text"
        self._title.setText(
            f'<span style="font-size:{look.px(20)}px; font-weight:600; color:{getattr(now, name)}">'
            f"{escape(said.title)}</span>&nbsp; "
            f'<span style="color:{now.secondary}">{escape(row.address)}</span>'
        )
        self._title.setAccessibleName(f"{said.title} {row.address}")

    def _draw_buttons(self, row: Row, said: Said) -> None:
        buttons = (self._fix, self._check, self._resume)
        held = next((button for button in buttons if button.hasFocus()), None)
        ending = said.main is None and not row.checking and bool(self._expiry.text())
        deed = _deed(said.main)
        if self._deed and deed != self._deed and self._fix.underMouse():
            self._sudden = monotonic()
        self._deed = deed
        if said.main is not None or ending:
            label(self._fix, said.button if said.main else self._ends.renew())
        self._fix.setVisible(ending or said.fix is not Fix.NONE)
        self._fix.setEnabled(ending or said.ready)
        set_kind(self._fix, "" if said.locked else "primary")  # nobody is invited to try yet
        self._check.setVisible(row.status is not Status.PAUSED and said.fix not in WAITS)
        self._check.setEnabled(not row.checking)
        set_kind(self._check, "primary" if row.status is Status.NEW else "")
        self._resume.setVisible(row.status is Status.PAUSED)
        if held is not None and not (held.isVisibleTo(self) and held.isEnabled()):
            self.left.emit()  # else Qt would give it to whatever stands next

    # ---- its height ----

    def give(self, height: int) -> None:
        """The most height there is for it; it takes what its words need."""
        self._most = height
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self.refresh()

    def _fit(self) -> None:
        if layout := self._card.layout():
            wanted = layout.totalHeightForWidth(max(200, self.viewport().width()))
            self.setFixedHeight(min(wanted, self._most))


def _deed(found: Diagnosis | None) -> tuple[object, ...]:
    """What the button does."""
    return (found.fix, found.suggestion, found.guide, found.link) if found else ()
