"""What the sign-in page shows while it waits, and when somebody is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from laifaxin_desktop.ui.theme import set_kind
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import Mark, Spinner, WrappingButton, row, words

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class WaitingCard(QFrame):
    """The spinner, what is waited for, and the ways out."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("waiting_card")
        self._title = words("strong", "waiting_title")
        self._sentence = words("secondary", "waiting_sentence")
        self._slow = words("warning", "waiting_slow")
        self._slow.hide()
        self._no_device = words("small", "no_device_code")
        self.reopen = WrappingButton("reopen_browser")
        self.copy = WrappingButton("copy_link")
        self.device = WrappingButton("use_device_code")
        self.cancel = WrappingButton("cancel_sign_in")
        top = QHBoxLayout()
        top.setSpacing(10)
        top.addWidget(Spinner(20), 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._title, 1)
        self._actions = FlowRow()
        for button in (self.reopen, self.copy, self.device, self.cancel):
            self._actions.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(top)
        for widget in (self._sentence, self._slow, self._actions, self._no_device):
            column.addWidget(widget)

    def retranslate(self) -> None:
        """The words of the buttons."""
        self.reopen.put(self.tr("重新打开浏览器"))
        self.copy.put(self.tr("复制链接"))
        self.device.put(self.tr("改用设备代码"))
        self.cancel.put(self.tr("取消登录"))
        self._no_device.setText(self.tr("有密码的应用不能用设备代码登录：微软只对公共应用开放它。"))
        self._slow.setText(
            self.tr("已经等了 5 分钟。没有看到登录页的话，请重新打开浏览器，或者换一种办法。")
        )

    def say(self, title: str, sentence: str) -> None:
        """What is waited for."""
        self._title.setText(title)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))

    def offer(self, *, link: bool, device: bool, confidential: bool) -> None:
        """Which ways out there are: a page to open again, a code on another device."""
        self.reopen.setVisible(link)
        self.copy.setVisible(link)
        self.device.setVisible(device)
        self._no_device.setVisible(link and confidential)

    def show_slow(self, slow: bool) -> None:
        """Nobody came back for minutes: say so, and make the ways out plain."""
        self._slow.setVisible(slow)
        set_kind(self.reopen, "primary" if slow else "")


class SignedCard(QFrame):
    """Who is signed in."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("signed_card")
        self._who = words("strong", "signed_in_as", selectable=True)
        self._note = words("secondary", "signed_in_note")
        self.another = WrappingButton("another_account")
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(Mark("check", "ok", 20), 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._who, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(top)
        column.addWidget(self._note)
        column.addLayout(row(self.another))

    def show_signed(self, flow: SetupWizard) -> None:
        """Who it was, and a note where that is not the mailbox itself."""
        app, address = flow.draft.sign_in, flow.draft.address
        identity = app.identity if app else ""
        shown = address.shown if address else ""
        said = self.tr("已登录为 {0}").format(identity) if identity else self.tr("已登录")
        self._who.setText(said)
        self._note.setText(self.note(identity, shown) if app and app.is_other_than(shown) else "")
        self._note.setVisible(bool(self._note.text()))
        self.another.put(self.tr("换一个账号登录"))

    def note(self, identity: str, mailbox: str) -> str:
        """Somebody else signed in: only the check tells whether the mailbox opens."""
        return self.tr("登录身份：{0}；检测时会确认它能打开 {1}。").format(identity, mailbox)
