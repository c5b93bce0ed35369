"""The lower part of the detail pane: other ways out, the server's own words, what can be copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from laifaxin_desktop.model.problem import Fix, Stage
from laifaxin_desktop.model.provider import Side

from .account_row import Row, has_other_ways
from .admin_note import has_note
from .detail_words import Said
from .languages import Languages
from .notice import label
from .once import guard_double_click
from .theme import set_icon, set_kind
from .wizard.flow_row import FlowRow
from .wizard.parts import words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class DetailMore(QWidget):
    """Folded until it is asked for, and again for another account; signals name the account."""

    copy_wanted = Signal(str)
    certificate_wanted = Signal(str)
    note_wanted = Signal(str)
    servers_wanted = Signal(str)
    way_wanted = Signal(str)
    again_wanted = Signal(str)  # the secret, or the browser
    turned = Signal()  # something was folded or unfolded: another height

    def __init__(self, app: App, languages: Languages, parent: QWidget) -> None:
        super().__init__(parent)
        self._app, self._languages = app, languages
        self._id, self._quotes, self._ways = "", "", False
        self.reply = self._toggle("show_reply_button")
        self.ways = self._toggle("show_ways_button")
        self.copy = self._link("copy_diagnostics_button", self.copy_wanted)
        self.certificate = self._link("show_certificate_button", self.certificate_wanted)
        self.note = self._link("copy_note_button", self.note_wanted)
        self.again = self._link("reauthorize_button", self.again_wanted)
        self.way = self._link("switch_way_button", self.way_wanted)
        self.servers = self._link("edit_servers_button", self.servers_wanted)
        self.quoted = words("quote", "server_reply", selectable=True)
        self._others, self._links = FlowRow(gap=16), FlowRow(gap=16)
        for button in (self.again, self.way, self.servers):
            self._others.add(button)
        for button in (self.ways, self.reply, self.certificate, self.note, self.copy):
            self._links.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self._links, self._others, self.quoted):
            column.addWidget(part)

    def fold(self) -> None:
        """Another account: nothing of the last one stays open."""
        for toggle in (self.reply, self.ways):
            toggle.setChecked(False)

    def show_row(self, row: Row, said: Said) -> None:
        """Show what there is for this account."""
        self._id = row.id
        found = said.found or {}
        names = {Side.RECEIVE: self.tr("收信"), Side.SEND: self.tr("发信")}
        replies: dict[str, list[str]] = {}
        for side, each in found.items():
            if each.evidence.reply:
                replies.setdefault(each.evidence.reply, []).append(names[side])
        both = self.tr("、", "between two names")
        self._quotes = "\n".join(f"{both.join(who)}  {reply}" for reply, who in replies.items())
        self.quoted.setText(self._quotes)
        shown = any(each.evidence.certificate for each in found.values())
        self.certificate.setVisible(shown and said.fix is not Fix.SHOW_CERTIFICATE)
        self.note.setVisible(bool(said.main and has_note(self._app, said.main)))
        self.copy.setVisible(row.report is not None and said.fix is not Fix.REPORT_BUG)
        by_form = said.fix is Fix.EDIT_SENDER
        by_form |= said.fix is Fix.EDIT_SERVERS and not _is_corrected(said)
        of_sign_in = bool(said.main and said.main.evidence.stage is Stage.SIGN_IN)
        there = {
            self.again: said.fix not in (Fix.REAUTHORIZE, Fix.EDIT_PASSWORD),
            self.way: said.fix is not Fix.SWITCH_WAY and has_other_ways(row),
            self.servers: not by_form and not of_sign_in,
        }
        for button, useful in there.items():
            button.setVisible(useful)
        self._ways = said.main is not None and not said.running and any(there.values())
        self._draw()

    def retranslate(self) -> None:
        """The language changed."""
        language = self._languages.current
        label(self.reply, self.tr("服务器原话"))
        label(self.ways, self.tr("其他办法"))
        label(self.copy, self.tr("复制诊断信息"))
        label(self.certificate, self.tr("查看证书"))
        label(self.note, self._app.words("fix.ask_admin").say(language))
        label(self.again, self.tr("重新授权…"))
        label(self.way, self.tr("换一种登录方式…"))
        label(self.servers, self.tr("编辑服务器设置…"))

    def _draw(self) -> None:
        for toggle in (self.ways, self.reply):
            arrow = "chevron-down" if toggle.isChecked() else "chevron-right"
            set_icon(toggle, arrow, "accent", 12)
        self.reply.setVisible(bool(self._quotes))
        self.quoted.setVisible(bool(self._quotes) and self.reply.isChecked())
        self.ways.setVisible(self._ways)
        self._others.setVisible(self._ways and self.ways.isChecked())
        for part in (self._links, self._others, self):  # at once: the pane asks for their height
            part.updateGeometry()

    def _turn(self) -> None:
        self._draw()
        self.turned.emit()

    def _toggle(self, name: str) -> QPushButton:
        made = self._button(name)
        made.setCheckable(True)
        made.toggled.connect(self._turn)
        return made

    def _link(self, name: str, signal: SignalInstance) -> QPushButton:
        made = self._button(name)
        made.clicked.connect(lambda: signal.emit(self._id))
        return made

    def _button(self, name: str) -> QPushButton:
        made = QPushButton(self)
        made.setObjectName(name)
        set_kind(made, "link")
        guard_double_click(made)
        return made


def _is_corrected(said: Said) -> bool:
    """Whether the button tries another server at once: then the form is another way."""
    return any(each.suggestion for each in (said.found or {}).values())
