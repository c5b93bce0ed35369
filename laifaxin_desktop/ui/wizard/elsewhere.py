"""The account was changed or removed elsewhere while it was mended here; overwrites nothing."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QVBoxLayout

from laifaxin_desktop.engine.draft import Reason, start
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Evidence, Fault, MailError
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import WrappingButton, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What became of the account meanwhile; None: it is gone."""

    now: Account | None


async def changed_elsewhere(flow: SetupWizard, seen: Evidence) -> Elsewhere | None:
    """Whether somebody else's change is why the secret was not found or nothing was stored."""
    editing = flow.draft.editing
    if editing is None or seen.fault is not Fault.MISSING:
        return None
    with contextlib.suppress(MailError):  # then what was met first is said
        now = await flow.app.accounts.get(editing.id)
        if now is None or seen.detail == "changed_elsewhere":
            return Elsewhere(now)
    return None


class ElsewhereCard(QFrame):
    """Says so, and begins again: with the account as it is now, or by adding it anew."""

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self._flow = flow
        self._found = Elsewhere(None)
        self.setProperty("kind", "failure")
        self.setObjectName("elsewhere_card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        self._title = words("failure-title", "elsewhere_title")
        self._meaning = words("", "elsewhere_meaning")
        self.begin = WrappingButton("begin_again", "primary")
        actions = FlowRow()
        actions.add(self.begin)
        for part in (self._title, self._meaning, actions):
            column.addWidget(part)
        self.begin.clicked.connect(self._begin)
        self.hide()

    def show_found(self, found: Elsewhere) -> None:
        """What to say."""
        self._found = found
        self.retranslate()
        self.show()

    def retranslate(self) -> None:
        """Every word again."""
        if self._found.now is None:
            self._title.setText(self.tr("这个邮箱已在别处删除"))
            self._meaning.setText(self.tr("列表里已经没有它，所以没有保存。还要用它，就重新添加。"))
            self.begin.put(self.tr("重新添加"))
        else:
            self._title.setText(self.tr("这个邮箱刚在别处改过"))
            self._meaning.setText(self.tr("为了不覆盖那边的修改，这里没有保存。请重新开始。"))
            self.begin.put(self.tr("重新开始"))

    def _begin(self) -> None:
        draft, now = self._flow.draft, self._found.now
        if now is None:
            anew = replace(
                start(Reason.ADD),
                typed=draft.typed,
                secret=draft.secret,
                sign_in=draft.sign_in,
                client_secret=draft.client_secret,
                refresh_token=draft.refresh_token,
            )
            self._flow.start_over(anew)
        else:
            self._flow.start_over(self._flow.app.begin(draft.reason, now))
