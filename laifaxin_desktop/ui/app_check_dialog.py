"""检查我的应用: one real sign-in, and what it says about the app, line by line; stores nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from laifaxin_desktop.engine.app_check import Finding, Outcome, State, findings
from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.model.microsoft import Granted, SignIn
from laifaxin_desktop.model.problem import Diagnosis

from . import browser
from .app_check_lines import AppCheckLines
from .app_check_run import AppCheckRun
from .languages import Languages
from .loop import spawn
from .room import open_at
from .theme import set_kind, theme
from .wizard.flow_row import FlowRow
from .wizard.parts import Spinner, WrappingButton, words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_NUMBER = re.compile(r"\d{5,8}")


class AppCheckDialog(QDialog):
    """Begins by itself; closing it ends the sign-in. Open it with `open()`."""

    def __init__(
        self, app: App, languages: Languages, draft: Draft, sign_in: SignIn, parent: QWidget
    ) -> None:
        """`draft` knows the mailbox and the app's secret; `sign_in` is the app to look at."""
        super().__init__(parent)
        self.setObjectName("app_check_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._app, self._language = app, languages.current
        self._cloud = app.clouds.cloud(sign_in.cloud)
        self._provider = draft.provider
        self.outcome: Outcome | None = None
        self._opened = ""
        self.looking = AppCheckRun(app, draft, sign_in, self._moved)
        self.setWindowTitle(self.tr("检查我的应用"))
        self.setMinimumSize(520, 420)
        open_at(self, theme().px(640), theme().px(740))
        self._title = words("title", "app_check_title")
        lead = words("secondary")
        lead.setText(
            self.tr("真实登录一次，看应用登记得对不对。登录得到的授权看完就丢掉，不会保存。")
        )
        self.lines = AppCheckLines(app, languages.current, self.looking.sign_in)
        self._spinner = Spinner(20)
        self._now = words("strong", "app_check_now")
        self._said = words("", "app_check_said", selectable=True)
        self.code = QLineEdit(self)
        self.code.setObjectName("app_check_code")
        self.code.setMaxLength(40)
        self.code.setPlaceholderText("AADSTS50011")
        self._ask = words("small", "app_check_ask")
        self._ask.setText(self.tr("浏览器停在出错的页面时，把它显示的编号填在这里："))
        self._ask.setBuddy(self.code)
        self.code.setAccessibleName(self._ask.text())
        self.reopen = WrappingButton("app_check_reopen")
        self.copy = WrappingButton("app_check_copy_link")
        self.again = WrappingButton("app_check_again")
        self.close_it = WrappingButton("app_check_close", "primary")
        self._build(lead)
        self.code.textChanged.connect(self._typed)
        self.reopen.clicked.connect(lambda: self._open(self.looking.url))
        self.copy.clicked.connect(self._copy)
        self.again.clicked.connect(self.start)
        self.close_it.clicked.connect(self.reject)
        self.close_it.setFocus(Qt.FocusReason.OtherFocusReason)
        self.start()

    @property
    def found(self) -> tuple[Finding, ...]:
        """The lines as they are now."""
        looking = self.looking
        return findings(looking.sign_in, self._cloud, self.outcome, found=looking.found)

    def start(self) -> None:
        """Look, or look again."""
        self.looking.stop()
        self.outcome, self._opened = None, ""
        self.code.clear()
        self.looking.task = spawn(self.looking.run(), self, self._over, self._broke)
        self._draw()

    def done(self, result: int) -> None:
        """The sign-in ends with the dialog."""
        self.looking.stop()
        super().done(result)

    # --- what happens ---

    def _moved(self) -> None:
        if self.looking.url and self.looking.url != self._opened:
            self._opened = self.looking.url
            self._open(self._opened)
        self._draw()
        if self.looking.url:
            self.reopen.setFocus(Qt.FocusReason.OtherFocusReason)

    def _over(self, outcome: Outcome) -> None:
        self.looking.task = None
        if self.outcome is None or isinstance(outcome, Granted):
            self.outcome = outcome  # what the browser showed tells more than that nobody came back
        self._draw()

    def _broke(self, bug: BaseException) -> None:
        self._over(self.looking.broken(bug))

    def _typed(self, text: str) -> None:
        """An error that stays on Microsoft's page: its number tells as much."""
        if number := _NUMBER.search(text):
            self.outcome = self.looking.named(f"AADSTS{number[0]}")
            self._draw()

    def _open(self, url: str) -> None:
        def failed() -> None:
            if isValid(self):  # a browser ends when it likes
                self._now.setText(self.tr("浏览器没有打开。请复制链接，粘贴到浏览器里。"))

        if url:
            browser.open_page(url, failed)

    def _copy(self) -> None:
        if self.looking.url:
            QGuiApplication.clipboard().setText(self.looking.url)

    # --- what is shown ---

    def _build(self, lead: QWidget) -> None:
        self.reopen.put(self.tr("重新打开浏览器"))
        self.copy.put(self.tr("复制链接"))
        self.again.put(self.tr("再检查一次"))
        self.close_it.put(self.tr("关闭"))
        now = QHBoxLayout()
        now.setSpacing(10)
        now.addWidget(self._spinner, 0, Qt.AlignmentFlag.AlignTop)
        now.addWidget(self._now, 1)
        actions = FlowRow()
        for button in (self.reopen, self.copy):
            actions.add(button)
        self._actions = actions
        inside = QWidget()
        set_kind(inside, "scrolled")
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 4, 0, 4)
        body.setSpacing(12)
        body.addWidget(self.lines)
        body.addWidget(self._said)
        body.addStretch(1)
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setAccessibleName(self.tr("检查我的应用"))  # the arrow keys scroll it
        ends = QHBoxLayout()
        ends.addStretch(1)
        ends.addWidget(self.again)
        ends.addWidget(self.close_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        for widget in (self._title, lead):
            column.addWidget(widget)
        column.addLayout(now)
        column.addWidget(actions)
        column.addWidget(area, 1)
        column.addWidget(self._ask)
        column.addWidget(self.code)
        column.addLayout(ends)

    def _draw(self) -> None:
        running, outcome = self.looking.running, self.outcome
        waits = running and bool(self.looking.url)
        self._title.setText(self.tr("检查我的应用"))
        self.lines.show_found(self.found)
        self._spinner.setVisible(running and outcome is None)
        self._now.setText(self._sentence())
        self._actions.setVisible(waits)
        for widget in (self._ask, self.code):
            widget.setVisible(waits or isinstance(outcome, Diagnosis))
        self.again.setVisible(outcome is not None)
        said = self._words_of(outcome) if isinstance(outcome, Diagnosis) else ""
        self._said.setText(said)
        self._said.setVisible(bool(said))

    def _words_of(self, outcome: Diagnosis) -> str:
        said, language = self._app.table.explain(outcome, self._provider), self._language
        lines = [said.title.say(language), said.meaning.say(language), said.code]
        return "\n".join(filter(None, lines))

    def _sentence(self) -> str:
        outcome = self.outcome
        if isinstance(outcome, Granted):
            missing = any(line.state is State.FAILED for line in self.found)
            if missing:
                return self.tr("应用可以登录，但有权限没有得到。")
            return self.tr("应用没有问题。")
        if outcome is not None:
            return self.tr("没有登录成功，检查到这里为止。")
        if self.looking.url:
            return self.tr("请在浏览器里登录微软账户并点“接受”；完成后这里会自己继续。")
        return self.tr("正在查找应用…")
