"""One bar instead of many red rows, when this computer reaches nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.problem import Fault

from .account_row import Row
from .notice import Notice, label


class OfflineBar(Notice):
    """There while every account's last check ended with: no network."""

    def __init__(self, check_all: Callable[[], object], parent: QWidget | None = None) -> None:
        super().__init__("offline_bar", "notice", parent)
        self._retry = self.button("offline_retry_button", check_all, "primary")
        self.hide()
        self.retranslate()

    def look(self, rows: Iterable[Row]) -> None:
        """Decide whether to be there."""
        met = [row.diagnosis for row in rows if row.report and not row.account.paused]
        self.setVisible(bool(met) and all(d and d.evidence.fault is Fault.OFFLINE for d in met))

    def retranslate(self) -> None:
        """The language changed."""
        self.say(self.tr("这台电脑没有连上网络，邮箱暂时都不能检测。连上后点重试。"))
        label(self._retry, self.tr("重试"))
