"""Receiving and sending server as a form, with a word of warning for an unencrypted one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.provider import (
    AuthWay,
    Endpoint,
    Protocol,
    Side,
)
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.endpoint_form import EndpointForm
from laifaxin_desktop.ui.wizard.parts import card, put, words

NO_GRAPH: Mapping[Side, Endpoint] = {}
_NOTHING = Settings(None, None, AuthWay.PASSWORD)


class ServerForm(QWidget):
    """Both servers, the user name, and the word of warning for an unencrypted one."""

    changed = Signal()

    def __init__(self, vocabulary: Words) -> None:
        super().__init__()
        self.setObjectName("server_form")
        self.halves = {side: EndpointForm(side, vocabulary) for side in Side}
        self._given = _NOTHING
        self._name_label = QLabel()
        self.username = QLineEdit()
        self.username.setObjectName("username")
        self._name_label.setBuddy(self.username)
        self._plain, column = card("failure")
        self._plain.setObjectName("plain_warning")
        self._warning = words()
        column.addWidget(self._warning)
        self.agree = QCheckBox()
        self.agree.setObjectName("plain_agree")
        column.addWidget(self.agree)
        named, inside = card()
        inside.addWidget(self._name_label)
        inside.addWidget(self.username)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(12)
        for half in self.halves.values():
            outer.addWidget(half)
            half.changed.connect(self._changed)
        outer.addWidget(self._plain)
        outer.addWidget(named)
        self._plain.hide()
        self.username.textChanged.connect(self._changed)
        self.agree.toggled.connect(self._changed)

    def show_settings(
        self,
        settings: Settings | None,
        *,
        confirmed: bool = False,
        own_name: str = "",
        known: tuple[Endpoint, ...] = (),
        graph: Mapping[Side, Endpoint] = NO_GRAPH,
    ) -> None:
        """Fill the form.

        `own_name` is the user name used where the field is left empty, `known` are the provider's
        own servers: the choice between IMAP and POP3 takes them. `graph` is for accounts that sign
        in with Microsoft: no password opens it.
        """
        self._given = settings or _NOTHING
        for side, half in self.halves.items():
            own = tuple(e for e in known if e.side is side and e.protocol is not Protocol.GRAPH)
            end = settings.endpoint(side) if settings else None
            half.show_endpoint(end, own, graph.get(side))
        for widget in (self.username, self.agree):
            widget.blockSignals(True)
        self.username.setText(settings.username if settings else "")
        self.username.setPlaceholderText(own_name)
        self.agree.setChecked(confirmed)
        for widget in (self.username, self.agree):
            widget.blockSignals(False)
        self._plain.setVisible(self._any_plain())

    def settings(self) -> Settings | None:
        """What the form says; None while a server is not whole."""
        said = self.partial()
        return said if said.incoming and said.outgoing else None

    def partial(self) -> Settings:
        """What the form says, without a server that is not whole."""
        ends = {side: half.entered().endpoint for side, half in self.halves.items()}
        name = self.username.text().strip()
        return replace(
            self._given, incoming=ends[Side.RECEIVE], outgoing=ends[Side.SEND], username=name
        )

    @property
    def confirmed(self) -> bool:
        """Whether "no encryption" was chosen with open eyes."""
        return self._any_plain() and self.agree.isChecked()

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        for half in self.halves.values():
            half.retranslate(language)
        self._name_label.setText(self.tr("用户名"))
        self.username.setAccessibleName(self.tr("用户名"))
        self._warning.setText(
            self.tr("不加密时，密码和邮件内容会被途经的任何人看到。只在自己信任的内部网络里使用。")
        )
        put(self.agree, self.tr("我了解风险"))

    def _any_plain(self) -> bool:
        return any(half.entered().plain for half in self.halves.values())

    def _changed(self) -> None:
        plain = self._any_plain()
        self._plain.setVisible(plain)
        if not plain and self.agree.isChecked():
            self.agree.setChecked(False)  # chosen again later, it must be confirmed again
            return
        self.changed.emit()
