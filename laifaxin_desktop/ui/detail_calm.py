"""The sentence of the detail pane where nothing is wrong: says no more than was proven."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.provider import Protocol
from laifaxin_desktop.model.report import Status
from laifaxin_desktop.model.text import Language

from .account_row import Row
from .languages import Languages
from .times import Times, moment

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class Calm(QObject):
    """Made when it is asked for."""

    def __init__(self, app: App, languages: Languages, parent: QObject) -> None:
        super().__init__(parent)
        self._app, self._languages, self._times = app, languages, Times(self)

    def say(self, row: Row) -> str:
        """What is true of the account now."""
        signed_in = row.account.settings.auth in SIGNED_IN
        if row.held and not row.checking:
            return self._held(row)
        match row.status:
            case Status.OK if signed_in:
                return self._signed_in(row)
            case Status.OK:
                return self.tr("收信和发信都已用保存的密码真实登录成功。")
            case Status.CHECKING:
                return self.tr("正在真实登录收信和发信服务器；不会改动任何邮件。")
            case Status.PAUSED if signed_in:
                return self.tr("已停止检测；邮箱和保存的微软登录都还在。")
            case Status.PAUSED:
                return self.tr("已停止检测；邮箱和保存的密码都还在。")
            case Status.NEW:
                return self.tr("还没有检测过。")
        return ""

    def _held(self, row: Row) -> str:
        """What is known of an account that nobody can check now: when it was last 正常."""
        language = self._languages.current
        between = "" if language is Language.ZH_CN else " "
        said = self._app.words(f"network.{row.network}").say(language)
        good = row.report.last_good if row.report else None
        if good is None:
            return said + between + self.tr("恢复后会自动重新检测。")
        ago = self._times.ago(good, datetime.now(UTC))
        last = self.tr("上次正常：{ago}（{time}）。恢复后会自动重新检测。")
        return said + between + last.format(ago=ago, time=moment(good))

    def _signed_in(self, row: Row) -> str:
        outgoing = row.account.settings.outgoing
        if outgoing is not None and outgoing.protocol is Protocol.GRAPH:
            # Graph cannot be tried without sending: its proof is the first letter.
            return self.tr("收信已用微软登录真实成功；微软已确认可以用 Graph 发信。")
        return self.tr("收信和发信都已用微软登录真实成功。")
