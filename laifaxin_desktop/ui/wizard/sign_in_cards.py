"""What the sign-in page shows while it waits, when it is over, and the ways out of both."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import Mark, Spinner, WrappingButton, row, words
from laifaxin_desktop.ui.wizard.signing import Means
from laifaxin_desktop.ui.wizard.tick import Tick

_NUMBER = re.compile(r"(?<!\d)\d{5,8}(?!\d)")
_QUIET = 600  # ms after the last figure


class WaitingCard(QFrame):
    """The spinner, what is waited for, and the ways out.

    An error that stays on Microsoft's page never comes back to us: its number can be typed.
    """

    numbered = Signal(str)  # AADSTS and the number that the page shows

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
        self.trouble = WrappingButton("page_shows_error", "link")
        self._number = QLineEdit()
        self._number.setObjectName("error_number")
        self._number.setMaxLength(60)
        self._number.setPlaceholderText("AADSTS50011")
        self._number_field = Field(self._number)
        self._number_field.hide()
        self._quiet = QTimer(self, interval=_QUIET, singleShot=True)
        self._quiet.timeout.connect(self._tell)
        self._number.textChanged.connect(lambda: self._quiet.start())
        self._number.returnPressed.connect(self._tell)
        self.trouble.clicked.connect(self._ask_number)
        actions = FlowRow()
        for button in (self.reopen, self.copy, self.device, self.cancel):
            actions.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addLayout(top)
        for widget in (self._sentence, self._slow, actions, self._no_device):
            column.addWidget(widget)
        column.addLayout(row(self.trouble))
        column.addWidget(self._number_field)

    def retranslate(self) -> None:
        """The words of the buttons."""
        self.reopen.put(self.tr("重新打开浏览器"))
        self.copy.put(self.tr("复制链接"))
        self.device.put(self.tr("改用设备代码"))
        self.cancel.put(self.tr("取消登录"))
        self.trouble.put(self.tr("网页上显示错误？"))
        self._number_field.put(
            self.tr("错误编号"), self.tr("网页上“AADSTS”后面的数字；填好就能看到原因和办法。")
        )
        self._no_device.setText(self.tr("有密码的应用不能用设备代码登录：微软只对公共应用开放它。"))
        self._slow.setText(
            self.tr("已经等了 5 分钟。没有看到登录页的话，请重新打开浏览器，或者换一种办法。")
        )

    def show_means(self, means: Means, *, ready: bool, app: SignIn | None) -> None:
        """What is waited for: the platform, or (`ready`) the person in the browser."""
        titles = {
            Means.BROWSER: self.tr("正在准备登录页…"),
            Means.DEVICE: self.tr("正在向微软要一个设备代码…"),
            Means.REDEEM: self.tr("正在验证刷新令牌…"),
        }
        sentence = self.tr("微软会把它换成本程序自己的授权。") if means is Means.REDEEM else ""
        if ready:
            sentence = self.tr(
                "请在浏览器里登录微软账户并同意授权；密码不经过本程序。完成后这里会自己继续。"
            )
        self._title.setText(self.tr("正在等待浏览器…") if ready else titles[means])
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence))
        confidential = app is not None and app.confidential
        self.reopen.setVisible(ready)
        self.copy.setVisible(ready)
        self.trouble.setVisible(ready)
        if not ready:
            self._number_field.hide()
            self._number.clear()
        self.device.setVisible(means is Means.BROWSER and not confidential)
        self._no_device.setVisible(means is Means.BROWSER and confidential)

    def _ask_number(self) -> None:
        self._number_field.show()
        self._number.setFocus()

    def _tell(self) -> None:
        self._quiet.stop()
        if (number := _NUMBER.search(self._number.text())) and self._number.isVisible():
            self.numbered.emit(f"AADSTS{number[0]}")

    def show_slow(self, slow: bool) -> None:
        """Nobody came back for minutes: say so, and make the ways out plain."""
        self._slow.setVisible(slow)
        self.reopen.dress("primary" if slow else "")


class SignedCard(QFrame):
    """Who is signed in."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.setObjectName("signed_card")
        self.said = ""  # the card in one sentence
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

    def show_signed(self, draft: Draft) -> None:
        """Who it was, and a note where that is not the mailbox itself."""
        app, address = draft.sign_in, draft.address
        identity = app.identity if app else ""
        self._who.setText(
            self.tr("已登录为 {0}").format(identity) if identity else self.tr("已登录")
        )
        differs = app is not None and address is not None and app.is_other_than(str(address))
        shown = address.shown if address else ""
        self._note.setText(self.tr("检测时会确认它能打开 {0}。").format(shown))
        self._note.setVisible(differs)
        both = self.tr("登录身份：{0}；检测时会确认它能打开 {1}。").format(identity, shown)
        self.said = both if differs else self._who.text()
        self.another.put(self.tr("换一个账号登录"))

    def forget(self) -> None:
        """Nobody is."""
        self.said = ""
        self._who.clear()
        self._note.clear()


class SharedBox(Tick):
    """Says that the person signs in under another name than the mailbox's."""

    def __init__(self) -> None:
        super().__init__("shared_mailbox")

    def retranslate(self) -> None:
        """The box and what it is for."""
        self.put(
            self.tr("这个邮箱由别人授权给我使用"),
            self.tr("例如共享邮箱。登录时用您自己的账户，检测时会确认它能打开这个邮箱。"),
        )

    def show_app(self, app: SignIn | None, *, asked: bool) -> None:
        """Out of view where it was `asked` on the page before, and where nobody is to sign in."""
        self.box.setChecked(app is not None and app.shared)
        self.setVisible(app is not None and not asked)


class WaysOut(FlowRow):
    """What can be done when nobody is signed in and nothing runs."""

    def __init__(self) -> None:
        super().__init__()
        self.again = WrappingButton("sign_in_again")
        self.browser = WrappingButton("by_browser")
        self.device = WrappingButton("by_device_code")
        self.app = WrappingButton("edit_app")
        self.way = WrappingButton("switch_way")
        self.proxy = WrappingButton("edit_proxy")
        for button in (self.again, self.browser, self.device, self.app, self.way, self.proxy):
            self.add(button)

    def retranslate(self, means: Means, *, redeems: bool) -> None:
        """The words of the buttons, after what was tried last."""
        again = {
            Means.BROWSER: self.tr("重新打开浏览器"),
            Means.DEVICE: self.tr("再要一个代码"),
            Means.REDEEM: self.tr("再验证一次"),
        }
        self.again.put(again[means])
        self.browser.put(self.tr("改用浏览器"))
        self.device.put(self.tr("改用设备代码"))
        self.app.put(self.tr("重新粘贴令牌") if redeems else self.tr("修改应用信息"))
        self.way.put(self.tr("换一种登录方式"))
        self.proxy.put(self.tr("设置代理…"))

    def offer(
        self, means: Means, *, again: bool, public: bool, app: bool, way: bool, proxy: bool
    ) -> None:
        """Which of them there are; `again` is left out where the card's own button says it."""
        self.proxy.setVisible(proxy)
        self.again.setVisible(again)
        self.again.dress("primary" if again else "")
        self.browser.setVisible(means is Means.DEVICE)
        self.device.setVisible(public and means is Means.BROWSER)
        self.app.setVisible(app)
        self.way.setVisible(way)
