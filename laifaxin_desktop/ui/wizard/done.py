"""The end: how the account stands, truthfully, and the habits worth keeping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.provider import AuthWay, Protocol
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.ui.guide_view import habits_card
from laifaxin_desktop.ui.theme import set_kind
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import Mark, button, card, empty, put, row, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class DonePage(Page):
    """正常, or whatever is true where a person saved what does not work yet."""

    step = Step.DONE

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        frame, column = card(spacing=8)
        self._mark = Mark("check", "ok", 32)
        self._status = words("display", "done_status")
        self._address = words("secondary", "done_address", selectable=True)
        self._meaning = words("", "done_meaning")
        self.another = button("add_another", icon="plus")
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self._status, 1)
        column.addLayout(top)
        column.addWidget(self._address)
        column.addWidget(self._meaning)
        column.addSpacing(4)
        column.addLayout(row(self.another))
        self._habits = QVBoxLayout()
        self.body.addWidget(frame)
        self.body.addLayout(self._habits)
        self.body.addStretch(1)
        self.another.clicked.connect(flow.add_another)

    def retranslate(self) -> None:
        """The status, computed from the report, and the habits."""
        draft, flow = self.draft, self.flow
        status = status_of(draft.report)
        ok = status is Status.OK
        mended = draft.reason is not Reason.ADD
        self.show_title(self.tr("已更新") if mended else self.tr("已添加"))
        diagnosis = draft.report.diagnosis if draft.report else None
        said = flow.app.table.explain(diagnosis, draft.provider) if diagnosis else None
        by_problem = said is not None and status in (Status.ACTION, Status.WAITING)
        word = said.word if said and by_problem else flow.app.words(f"status.{status}")
        self._status.setText(flow.say(word))
        self._status.setAccessibleName(flow.say(word))
        set_kind(self._status, "display-ok" if ok else "display-failed")
        self._mark.show_icon("check" if ok else "warning", "ok" if ok else "action")
        self._address.setText(draft.address.shown if draft.address else "")
        if ok:
            kept = flow.saved
            memory = kept is not None and flow.app.accounts.vault.holds(kept.id)
            self._meaning.setText(
                self._signed_in(memory) if draft.signs_in else self._let_in(memory)
            )
        else:
            reason = flow.say(said.title) if said else ""
            self._meaning.setText(
                self.tr("已按您的意思保存，但还不能正常使用：{0}。可以在列表里随时修复。").format(
                    reason
                )
            )
        put(self.another, self.tr("再添加一个"))
        self.another.setVisible(not mended)
        self._show_habits()

    def _let_in(self, memory: bool) -> str:
        """What is true of an account with a password; `memory`: it is kept for this time only."""
        if memory:
            return self.tr("收信和发信服务器都已真实登录成功。密码只在本次使用，下次打开时再输入。")
        return self.tr("收信和发信服务器都已真实登录成功，密码已加密保存。")

    def _signed_in(self, memory: bool) -> str:
        """What is true of an account that signs in with Microsoft."""
        settings = self.draft.settings
        outgoing = settings.outgoing if settings else None
        if outgoing is not None and outgoing.protocol is Protocol.GRAPH:
            # Graph cannot be tried without sending: its proof is the first letter.
            proven = self.tr("收信已用微软登录真实成功；微软已确认可以用 Graph 发信。")
        else:
            proven = self.tr("收信和发信都已用微软登录真实成功。")
        forever = self.tr("登录已加密保存。")
        kept = self.tr("登录只在本次使用，下次打开时再登录。") if memory else forever
        return self.tr("{0}{1}", "two sentences").format(proven, kept)

    def first_field(self) -> QWidget:
        """完成, so that Enter ends it."""
        return self.flow.finish_button

    def _show_habits(self) -> None:
        empty(self._habits)
        draft = self.draft
        if draft.signs_in or draft.reason is Reason.REPAIR:
            return  # they are about app passwords, and nobody has made one
        general = next((g for g in self.flow.app.other.guides if g.habits), None)
        if draft.way is not AuthWay.APP_PASSWORD:
            general = None
        own = draft.guide
        guide = own if own and own.habits else general
        if guide is not None:
            language = self.flow.languages.current
            self._habits.addWidget(habits_card(guide, language, self.tr("三个值得保持的习惯")))
