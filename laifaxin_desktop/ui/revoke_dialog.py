"""Removes a Microsoft connection: asks first, keeps the account, shows where Microsoft forgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from laifaxin_desktop.model.microsoft import Cloud
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import Guide, Provider

from . import browser
from .account_row import Row
from .admin_note import cloud_of
from .guide_dialog import GuideDialog
from .languages import Languages
from .loop import spawn
from .room import grow
from .theme import theme
from .wizard.parts import WrappingButton, words

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

GUIDE = "take_back"


def revoke_page(cloud: Cloud, provider: Provider, tenant: str) -> str:
    """Where consent is taken back: personal accounts have a page of their own."""
    personal = tenant == "consumers" or provider.id not in (cloud.provider, "other")
    return cloud.revoke_personal if personal and cloud.revoke_personal else cloud.revoke


class RevokeDialog(QDialog):
    """Open it with `open()`."""

    removed = Signal()

    def __init__(self, app: App, languages: Languages, row: Row, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("revoke_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._app, self._languages, self._row = app, languages, row
        self.setWindowTitle(self.tr("移除连接"))
        self.title, self._text = words("title", "revoke_title"), words("", "revoke_text")
        self._wrong = words("error", "revoke_wrong")
        self._wrong.hide()
        self.close_it = WrappingButton("keep_connection")
        self.remove = WrappingButton("remove_connection", "primary")
        self.steps = WrappingButton("revoke_steps")
        self.page = WrappingButton("open_revoke_page", "primary")
        self.title.setText(self.tr("移除 {0} 的连接？").format(row.address))
        self._text.setText(
            self.tr(
                "保存的微软登录会从这台电脑上删除，之后不能再收发。邮箱和设置都留着；要再用它，点“重新授权”。"
            )
        )
        self.close_it.put(self.tr("取消"))
        self.remove.put(self.tr("移除连接"))
        self.steps.put(app.words("fix.open_guide").say(languages.current))
        self.page.put(self.tr("打开收回授权的页面"))
        for button, act in (
            (self.close_it, self.reject),
            (self.remove, self._remove),
            (self.steps, self._show_steps),
            (self.page, self._open_page),
        ):
            button.clicked.connect(act)
        self.steps.hide()
        self.page.hide()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.close_it, self.steps, self.remove, self.page):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        for part in (self.title, self._text, self._wrong):
            column.addWidget(part)
        column.addStretch(1)
        column.addLayout(buttons)
        self.close_it.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit(self) -> None:
        """As high as the words are where they wrap."""
        grow(self, theme().px(520))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()  # the style sheet has given the words their size by now

    def _remove(self) -> None:
        self.remove.setEnabled(False)
        spawn(self._forget(), self, self._forgotten, lambda _bug: self._forgotten(False))

    async def _forget(self) -> bool:
        try:
            await self._app.accounts.forget_secret(self._row.id)
        except MailError:
            return False
        return True

    def _forgotten(self, done: bool) -> None:
        self.remove.setEnabled(True)
        self._wrong.setText("" if done else self.tr("没有移除：邮箱列表文件现在不能写入。"))
        self._wrong.setVisible(not done)
        if not done:
            self._fit()
            return
        self.title.setText(self.tr("已移除连接"))
        self._text.setText(
            self.tr(
                "这台电脑上已经没有它的微软登录。微软那边还记得这次授权；要一并收回，请打开微软的页面，删除这个应用的权限。"
            )
        )
        self.close_it.put(self.tr("关闭"))
        self.remove.hide()
        self.steps.setVisible(self._guide() is not None)
        self.page.setVisible(bool(self._url()))
        self._fit()
        self.page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.removed.emit()

    def _guide(self) -> tuple[Provider, Guide] | None:
        return self._app.book.guide(self._row.provider.id, GUIDE)

    def _show_steps(self) -> None:
        if found := self._guide():
            dialog = GuideDialog(self._app, self._languages, *found, self)
            for button in (dialog.check, dialog.again):
                button.hide()  # nothing of the account is to be done afterwards
            dialog.open()

    def _url(self) -> str:
        app, provider = self._row.account.settings.sign_in, self._row.provider
        cloud = cloud_of(self._app, provider, app)
        return revoke_page(cloud, provider, app.tenant if app else "") if cloud else ""

    def _open_page(self) -> None:
        url = self._url()

        def failed() -> None:
            if not isValid(self):  # a browser ends when it likes
                return
            QGuiApplication.clipboard().setText(url)
            self._wrong.setText(self.tr("浏览器没有打开；网址已复制：{0}").format(url))
            self._wrong.show()
            self._fit()

        browser.open_page(url, failed)
