"""Deletes accounts of the list: says what went with them, and offers to take it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.microsoft import SIGNED_IN

from .account_row import Row
from .deletions import UNDO, Deletions
from .notice import Toast

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class Deleting(Deletions):
    """The same, with words."""

    def __init__(self, app: App, toast: Toast, window: QWidget) -> None:
        super().__init__(app.accounts.remove, window)
        self._toast = toast
        self.failed.connect(lambda: toast.say(self.tr("没有删除：邮箱列表文件现在不能写入。")))

    def delete_rows(self, rows: Sequence[Row]) -> None:
        """Hide these, and say so for as long as they can be brought back."""
        self.delete(row.id for row in rows)
        if len(rows) > 1:
            words = self.tr("已删除 %n 个邮箱和保存的密码。", "", len(rows))
        elif rows[0].account.settings.auth in SIGNED_IN:
            words = self.tr("已删除 {address} 和保存的微软登录。").format(address=rows[0].address)
        else:
            words = self.tr("已删除 {address} 和保存的密码。").format(address=rows[0].address)
        self._toast.say(words, self.tr("撤销"), self.undo, seconds=UNDO)

    def settle_now(self) -> None:
        """Nothing can be brought back any more; the note goes."""
        if self.hidden:
            self.settle()
            self._toast.end()
