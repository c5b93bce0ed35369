"""Everything about the chosen account: what is wrong, what it means, the button that mends it."""

from __future__ import annotations

from html import escape
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

from laifaxin_desktop.model.problem import Explanation, Fix
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Status

from .account_row import Row, explain, word
from .admin_note import has_note
from .app_secret_expiry import ExpiryWords, today
from .detail_calm import Calm
from .detail_legs import DetailLegs
from .languages import Languages
from .notice import label
from .once import guard_double_click
from .theme import set_icon, set_kind, theme, tokens
from .wizard.flow_row import FlowRow
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


class DetailPane(QScrollArea):
    """A card under the list; scrolls by itself where there is little room."""

    fix_wanted = Signal(str)
    check_wanted = Signal(str)
    resume_wanted = Signal(str)
    copy_wanted = Signal(str)
    certificate_wanted = Signal(str)
    note_wanted = Signal(str)

    def __init__(self, app: App, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("detail_pane")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._app, self._languages = app, languages
        self._row: Row | None = None
        self._most = 400
        self._calm, self._ends = Calm(self), ExpiryWords(self)
        self._build()

    # ---- what the window asks ----

    def show_row(self, row: Row | None) -> None:
        """Show an account; None: nothing is chosen."""
        if row is not None and (self._row is None or row.id != self._row.id):
            self._more.setChecked(False)
            self._reply.setChecked(False)
        self._row = row
        self.setVisible(row is not None)
        self.refresh()

    def refresh(self) -> None:
        """The account, the running check or the language changed."""
        row = self._row
        if row is None:
            return
        said = explain(self._app, row) if not row.checking else None
        language = self._languages.current
        self._draw_title((said.title if said else word(self._app, row)).say(language), row)
        self._meaning.setText(said.meaning.say(language) if said else self._calm.say(row))
        code = self.tr("微软的错误编号：{code}").format(code=said.code) if said else ""
        self._code.setText(code)
        self._code.setVisible(bool(said and said.code))
        self._expiry.setText(self._ends.sentence(row.account, today()))
        self._expiry.setVisible(bool(self._expiry.text()))
        self._legs.show_row(row)
        self._draw_buttons(row, said)
        self._draw_more(row, said)
        self._fit()

    def retranslate(self) -> None:
        """The language changed."""
        label(self._check, self.tr("立即检测"))
        label(self._resume, self.tr("恢复"))
        label(self._reply, self.tr("服务器原话"))
        label(self._copy, self.tr("复制诊断信息"))
        label(self._more, self.tr("其他办法"))
        label(self._certificate, self.tr("查看证书"))
        label(self._note, self._app.words("fix.ask_admin").say(self._languages.current))
        self.refresh()

    def focus_action(self) -> None:
        """Bring the keyboard to the button that mends, or to the next best."""
        for button in (self._fix, self._resume, self._check, self._copy):
            if button.isVisible():
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
        self._quoted = words("quote", "server_reply", selectable=True)
        self._code = words("small", "detail_code", selectable=True)
        self._expiry = words("warning", "detail_expiry")

        self._reply = self._button(card, "show_reply_button", "link", None)
        self._more = self._button(card, "show_steps_button", "link", None)
        for toggle in (self._reply, self._more):
            toggle.setCheckable(True)
            toggle.toggled.connect(self.refresh)
            set_icon(toggle, "chevron-right", "accent", 12)
        self._copy = self._button(card, "copy_diagnostics_button", "link", self.copy_wanted)
        self._certificate = self._button(
            card, "show_certificate_button", "link", self.certificate_wanted
        )
        self._note = self._button(card, "copy_note_button", "link", self.note_wanted)
        links = FlowRow(gap=16)
        for button in (self._reply, self._more, self._certificate, self._note, self._copy):
            links.add(button)

        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(6)
        column.addLayout(top)
        for part in (self._meaning, self._expiry, self._steps, self._code, self._legs):
            column.addWidget(part)
        column.addWidget(self._quoted)
        column.addWidget(links)
        self.setWidget(card)
        self._card = card
        self.retranslate()
        self.hide()

    def _button(
        self, parent: QWidget, name: str, kind: str, signal: SignalInstance | None
    ) -> QPushButton:
        made = QPushButton(parent)
        made.setObjectName(name)
        set_kind(made, kind)
        if signal is not None:
            made.clicked.connect(lambda: signal.emit(self._row.id) if self._row else None)
            guard_double_click(made)
        return made

    def _draw_title(self, title: str, row: Row) -> None:
        """The problem and, smaller, whose it is: one text, so that both wrap where it is narrow."""
        now, look = tokens(), theme()
        colour = getattr(now, _TITLES.get(row.status, "text"))
        self._title.setText(
            f'<span style="font-size:{look.px(20)}px; font-weight:600; color:{colour}">'
            f"{escape(title)}</span>&nbsp; "
            f'<span style="color:{now.secondary}">{escape(row.address)}</span>'
        )
        self._title.setAccessibleName(f"{title} {row.address}")

    def _draw_buttons(self, row: Row, said: Explanation | None) -> None:
        fix = row.diagnosis.fix if row.diagnosis and said else Fix.NONE
        ending = row.diagnosis is None and not row.checking and bool(self._expiry.text())
        if said:
            label(self._fix, said.button.say(self._languages.current))
        elif ending:
            label(self._fix, self._ends.renew())
        self._fix.setVisible(ending or (said is not None and fix is not Fix.NONE))
        again = fix in (Fix.RETRY, Fix.WAIT)
        self._check.setVisible(row.status is not Status.PAUSED and not again)
        self._check.setEnabled(not row.checking)
        set_kind(self._check, "primary" if row.status is Status.NEW else "")
        self._resume.setVisible(row.status is Status.PAUSED)

    def _draw_more(self, row: Row, said: Explanation | None) -> None:
        language = self._languages.current
        steps = [step.say(language) for step in said.steps] if said else []
        self._more.setVisible(bool(steps))
        self._steps.setText("\n".join(f"{n}. {step}" for n, step in enumerate(steps, 1)))
        self._steps.setVisible(bool(steps) and self._more.isChecked())
        legs = row.report.legs if row.report and said else ()
        replies = {
            leg.side: leg.diagnosis.evidence.reply
            for leg in legs
            if leg.diagnosis and leg.diagnosis.evidence.reply
        }
        names = {Side.RECEIVE: self.tr("收信"), Side.SEND: self.tr("发信")}
        self._quoted.setText("\n".join(f"{names[s]}  {reply}" for s, reply in replies.items()))
        for toggle in (self._more, self._reply):
            arrow = "chevron-down" if toggle.isChecked() else "chevron-right"
            set_icon(toggle, arrow, "accent", 12)
        self._reply.setVisible(bool(replies))
        self._quoted.setVisible(bool(replies) and self._reply.isChecked())
        shown = any(leg.diagnosis and leg.diagnosis.evidence.certificate for leg in legs)
        self._certificate.setVisible(shown)
        self._note.setVisible(bool(said and row.diagnosis and has_note(self._app, row.diagnosis)))
        self._copy.setVisible(row.report is not None)

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
