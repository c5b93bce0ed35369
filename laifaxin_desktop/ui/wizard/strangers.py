"""Asks whether servers that only the domain's public records name are the person's own."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.model.account import Found
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import WrappingButton, folded, words
from laifaxin_desktop.ui.wizard.tick import Tick


class StrangersCard(QFrame):
    """Their names, a tick to accept them, and the way out for whoever does not know them."""

    accepted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self.setObjectName("strangers_card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        self._title = words("strong", "strangers_title")
        self._why = words("", "strangers_why")
        self._hosts = words("strong", "strangers_hosts", selectable=True)
        self.tick = Tick("strangers_accepted")
        self.unknown = WrappingButton("strangers_unknown")
        actions = FlowRow()
        actions.add(self.unknown)
        for part in (self._title, self._hosts, self._why, self.tick, actions):
            column.addWidget(part)
        self.tick.box.toggled.connect(self.accepted)
        self.hide()

    def retranslate(self) -> None:
        """The words that do not depend on what was found."""
        self._why.setText(
            self.tr(
                "它们的名称来自域名的公开记录，记录有可能被人改动。先看看名称是不是您的邮箱服务商的："
                "密码会发给它们。"
            )
        )
        self.tick.put(self.tr("我认识这些服务器，可以把密码发给它们"), "")
        self.unknown.put(self.tr("不认识，我自己填写"))

    def show_draft(self, draft: Draft) -> None:
        """The hosts to accept; out of view where there are none."""
        found = draft.discovery
        hosts = found.foreign if isinstance(found, Found) else ()
        self.setVisible(bool(hosts))
        if not hosts or draft.address is None:
            return
        title = self.tr("这些服务器不属于 {0}").format(draft.address.domain)
        self._title.setText(folded(title))
        self._hosts.setText(folded("\n".join(hosts)))
        self._hosts.setAccessibleName(", ".join(hosts))
        self.tick.box.blockSignals(True)
        self.tick.box.setChecked(not draft.strangers)
        self.tick.box.blockSignals(False)
