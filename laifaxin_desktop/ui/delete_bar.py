"""Asks before accounts are deleted: a bar, not a dialog, so that the list stays visible."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.microsoft import SIGNED_IN

from .account_row import Row
from .notice import Notice, label


class DeleteBar(Notice):
    """Says that the secrets go too."""

    confirmed = Signal(list)  # rows
    kept = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("delete_bar", "failure", parent)
        self._rows: list[Row] = []
        self._cancel = self.button("delete_cancel_button", self._keep)
        self._delete = self.button("delete_button", self._confirm, "primary")
        self.hide()
        self.retranslate()

    def ask(self, rows: Sequence[Row]) -> None:
        """Ask about these; a second question replaces the first."""
        self._rows = list(rows)
        self.retranslate()
        self.show()
        self._delete.setFocus(Qt.FocusReason.TabFocusReason)

    def retranslate(self) -> None:
        """The language changed."""
        label(self._cancel, self.tr("取消"))
        label(self._delete, self.tr("删除"))
        if len(self._rows) == 1:
            words = self.tr("删除 {address}？邮箱和保存的密码都会从这台电脑上删除。")
            if self._rows[0].account.settings.auth in SIGNED_IN:
                words = self.tr("删除 {address}？邮箱和保存的微软登录都会从这台电脑上删除。")
            self.say(words.format(address=self._rows[0].address))
        else:
            words = self.tr(
                "删除 %n 个邮箱？邮箱和保存的密码都会从这台电脑上删除。", "", len(self._rows)
            )
            self.say(words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._keep()
        else:
            super().keyPressEvent(event)

    def _keep(self) -> None:
        self._rows = []
        self.hide()
        self.kept.emit()

    def _confirm(self) -> None:
        rows = self._rows
        self._keep()
        self.confirmed.emit(rows)
