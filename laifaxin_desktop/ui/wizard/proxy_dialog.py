"""The proxy's fields in a window of their own, where a sign-in cannot get past a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.engine.draft import Draft, with_proxy
from laifaxin_desktop.engine.setup import proxy_complete, stores_proxy_secret
from laifaxin_desktop.model.problem import Diagnosis, Fault
from laifaxin_desktop.ui.room import open_at
from laifaxin_desktop.ui.theme import theme
from laifaxin_desktop.ui.wizard.parts import button, put, words
from laifaxin_desktop.ui.wizard.proxy_form import ProxyForm

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class ProxyDialog(QDialog):
    """Asks how the account connects; open it with `open()`. Nothing changes until it is agreed."""

    taken = Signal()  # the wizard's draft goes another way now

    def __init__(self, flow: SetupWizard, problem: Diagnosis | None = None) -> None:
        """`problem` is what the proxy has refused, if it was one."""
        super().__init__(flow)
        self._flow = flow
        self.setObjectName("proxy_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("代理"))
        draft = flow.draft
        title, lead = words("title"), words("secondary")
        title.setText(self.tr("这个邮箱怎样连接网络？"))
        said = flow.app.table.explain(problem, draft.provider) if problem else None
        lead.setText(flow.say(said.meaning) if said else "")
        lead.setVisible(bool(said))
        self.form = ProxyForm(flow.app.words, folded=False)
        self.form.retranslate(flow.languages.current)
        # The stored password that was just refused is not called stored.
        self._refused = problem is not None and problem.evidence.fault is Fault.PROXY_LOGIN
        self.form.show_way(draft.settings, draft.proxy_secret, stored=self._stores(draft))
        self._stay, self.take = button("keep_proxy"), button("take_proxy", "primary")
        put(self._stay, self.tr("取消"))
        put(self.take, self.tr("再试一次"))
        self._stay.clicked.connect(self.reject)
        self.take.clicked.connect(self._take)
        self.take.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for each in (self._stay, self.take):
            buttons.addWidget(each)
        self._inside = QWidget()
        self._inside.setProperty("kind", "scrolled")
        body = QVBoxLayout(self._inside)
        body.setContentsMargins(0, 0, 8, 0)
        body.setSpacing(10)
        for part in (title, lead, self.form):
            body.addWidget(part)
        body.addStretch(1)
        self._area = area = QScrollArea()  # large text may want more than a screen
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(self._inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 16, 16)
        column.setSpacing(10)
        column.addWidget(area, 1)
        column.addLayout(buttons)
        self.form.changed.connect(self._judge)
        self.finished.connect(self.form.forget)
        self._judge()
        self._first = self.form.field_for(problem.evidence.fault) if problem else self.form.choice

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()
        self._first.setFocus(Qt.FocusReason.OtherFocusReason)
        # Once it is laid out: at large text the field may stand below what is in view.
        QTimer.singleShot(0, self, lambda: self._area.ensureWidgetVisible(self._first))

    def _fit(self) -> None:
        wide = max(self.width(), theme().px(540))
        high = self._inside.heightForWidth(wide - 48) + theme().px(90)
        if high > self.height():
            open_at(self, wide, high)

    def _stores(self, draft: Draft) -> bool:
        return stores_proxy_secret(draft) and not self._refused

    def _draft(self) -> Draft:
        way = self.form.given()
        return with_proxy(self._flow.draft, way.proxy, way.secret, directly=way.directly)

    def _judge(self) -> None:
        draft = self._draft()
        self.form.show_stored(self._stores(draft))
        self.take.setEnabled(proxy_complete(draft))
        if self.isVisible():
            self._fit()  # other fields may be in view

    def _take(self) -> None:
        self._flow.replace(self._draft())
        self.accept()
        self.taken.emit()
