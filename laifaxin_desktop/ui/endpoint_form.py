"""One server as a form; refuses what cannot be a server, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.address import ascii_host
from laifaxin_desktop.model.provider import (
    USUAL_PORTS,
    Endpoint,
    Protocol,
    Security,
    Side,
    UsernameForm,
)
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.choice_box import ChoiceBox
from laifaxin_desktop.ui.server_name import HostFault, host_fault, port_of
from laifaxin_desktop.ui.theme import set_kind, theme
from laifaxin_desktop.ui.wizard.parts import words

PROTOCOLS = {Side.RECEIVE: (Protocol.IMAP, Protocol.POP3), Side.SEND: (Protocol.SMTP,)}
_EXAMPLES = {
    Protocol.IMAP: "imap.example.com",
    Protocol.POP3: "pop.example.com",
    Protocol.SMTP: "smtp.example.com",
}
_NARROW = 400  # px at ordinary text size


@dataclass(frozen=True, slots=True)
class Entered:
    """What one half of the form says; `endpoint` None while it is not whole."""

    endpoint: Endpoint | None
    plain: bool


class EndpointForm(QFrame):
    """One server: what it speaks, its name, how the connection is encrypted, its port."""

    changed = Signal()

    def __init__(self, side: Side, vocabulary: Words) -> None:
        super().__init__()
        self.side, self._words = side, vocabulary
        self._username = UsernameForm.EMAIL
        self._known: tuple[Endpoint, ...] = ()
        self._graph: Endpoint | None = None
        self._language = Language.ZH_CN
        self.setProperty("kind", "card")
        self.setObjectName(f"{side}_form")
        self._title = words("heading")
        self.protocol = ChoiceBox(f"{side}_protocol", PROTOCOLS[side])
        self._by_graph = words("secondary", f"{side}_by_graph")
        self._labels = QLabel(), QLabel(), QLabel()
        self.host = QLineEdit()
        self.host.setObjectName(f"{side}_host")
        self.host.setMaxLength(255)
        self.security = ChoiceBox(f"{side}_security", tuple(Security))
        self.port = QLineEdit()
        self.port.setObjectName(f"{side}_port")
        self.port.setMaxLength(20)  # what is too much is named, not swallowed
        self.port.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
        self.port.setFixedWidth(theme().px(84))
        self._wrong = words("error", f"{side}_wrong")
        self._wrong.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self.protocol)
        column.addLayout(top)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(4)
        self._narrow: bool | None = None
        column.addLayout(self._grid)
        column.addWidget(self._by_graph)
        column.addWidget(self._wrong)
        for label, field in zip(self._labels, self._fields, strict=True):
            label.setBuddy(field)
        self._arrange(narrow=False)
        self.host.textChanged.connect(self._edited)
        self.host.editingFinished.connect(self._complain)
        self.port.textChanged.connect(self._edited)
        self.port.editingFinished.connect(self._complain)
        self.security.currentIndexChanged.connect(self._secured)
        self.protocol.currentIndexChanged.connect(self._spoken)
        self._before = self._mail_choice()  # what the fields stand for, also while they are hidden
        self._draw()

    @property
    def _fields(self) -> tuple[QWidget, QWidget, QWidget]:
        return self.host, self.security, self.port

    @property
    def _protocols(self) -> tuple[Protocol, ...]:
        return (*PROTOCOLS[self.side], *((Protocol.GRAPH,) if self._graph else ()))

    def show_endpoint(
        self,
        endpoint: Endpoint | None,
        known: tuple[Endpoint, ...] = (),
        graph: Endpoint | None = None,
    ) -> None:
        """Fill the form; None empties it.

        `known` are the provider's servers of this side; `graph` is there where the account may use
        Microsoft Graph instead, which needs no field.
        """
        by_graph = endpoint is not None and endpoint.protocol is Protocol.GRAPH
        self._known, self._graph = known, graph
        mail = next(iter(known), None) if by_graph else endpoint
        self._username = mail.username if mail else UsernameForm.EMAIL
        protocol = mail.protocol if mail else PROTOCOLS[self.side][0]
        security = mail.security if mail else Security.TLS
        port = mail.port if mail else USUAL_PORTS[protocol, security]
        widgets = (self.host, self.port, self.security, self.protocol)
        for widget in widgets:
            widget.blockSignals(True)
        self._name_protocols()
        self.protocol.choose(Protocol.GRAPH if by_graph and graph else protocol)
        self.host.setText(mail.host if mail else "")
        self.port.setText(str(port))
        self.security.choose(security)
        self._before = protocol, security
        for widget in widgets:
            widget.blockSignals(False)
        self._say("")
        for field in (self.host, self.port):
            set_kind(field, "")
        self._draw()

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        self._language = language
        side = self._words(f"side.{self.side}").say(language)
        spoken = self.tr("服务器"), self.tr("加密方式"), self.tr("端口")
        for label, field, text in zip(self._labels, self._fields, spoken, strict=True):
            label.setText(text)
            field.setAccessibleName(f"{side} {text}")
        self.protocol.setAccessibleName(f"{side} {self.tr('协议')}")
        self.security.put_words([self._words(f"security.{one}").say(language) for one in Security])
        self._name_protocols()
        self._draw()
        if not self._wrong.isHidden():
            self._complain()

    def _name_protocols(self) -> None:
        named = [self._words(f"protocol.{one}").say(self._language) for one in self._protocols]
        self.protocol.offer(self._protocols, named)

    def _draw(self) -> None:
        """The fields of a mail server, or the sentence that Graph needs none."""
        side = self._words(f"side.{self.side}").say(self._language)
        alone = len(self._protocols) == 1
        protocol = self._words(f"protocol.{self._protocols[0]}").say(self._language)
        self._title.setText(f"{side} · {protocol}" if alone else side)
        self.protocol.setVisible(not alone)
        by_graph = self._chosen_graph is not None
        for widget in (*self._labels, *self._fields):
            widget.setVisible(not by_graph)
        self._by_graph.setVisible(by_graph)
        if not by_graph:
            example = _EXAMPLES[self._mail_choice()[0]]
            self.host.setPlaceholderText(self.tr("例如 {0}").format(example))
        if self._graph is not None:
            said = self.tr("通过 {0} 的 HTTPS 接口，用同一次微软登录；没有别的要填。")
            self._by_graph.setText(said.format(self._graph.host))
        if by_graph:
            self._wrong.hide()

    @property
    def _chosen_graph(self) -> Endpoint | None:
        return self._graph if self.protocol.chosen == Protocol.GRAPH else None

    def entered(self) -> Entered:
        """What the form says now."""
        if self._chosen_graph is not None:
            return Entered(self._chosen_graph, False)
        protocol, security = self._mail_choice()
        host, port = self.host.text().strip(), port_of(self.port.text())
        plain = security is Security.PLAIN
        if host_fault(host) is not None or port is None:
            return Entered(None, plain)
        name = ascii_host(host)
        return Entered(Endpoint(protocol, name, port, security, self._username), plain)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(narrow=self.width() < theme().px(_NARROW))

    def _arrange(self, *, narrow: bool) -> None:
        """Name, security and port in one row, or the name above the two others."""
        if narrow is self._narrow:
            return
        self._narrow = narrow
        places = ((0, 0, 2), (2, 0, 1), (2, 1, 1)) if narrow else ((0, 0, 1), (0, 1, 1), (0, 2, 1))
        for label, field, (row, column, span) in zip(
            self._labels, self._fields, places, strict=True
        ):
            self._grid.addWidget(label, row, column, 1, span)
            self._grid.addWidget(field, row + 1, column, 1, span)
        for column, stretch in enumerate((1, 0, 0)):
            self._grid.setColumnStretch(column, stretch)

    def _mail_choice(self) -> tuple[Protocol, Security]:
        """What the fields stand for; not asked while Graph is chosen."""
        return Protocol(self.protocol.chosen), Security(self.security.chosen)

    def _secured(self) -> None:
        """The usual port follows the security; a port of one's own stays."""
        if self.port.text() in ("", str(USUAL_PORTS[self._before])):
            self.port.setText(str(USUAL_PORTS[self._mail_choice()]))
        self._before = self._mail_choice()
        self.changed.emit()

    def _spoken(self) -> None:
        """Another protocol: the provider's own server for it, else the usual port."""
        self._draw()
        if self._chosen_graph is not None:
            self.changed.emit()
            return
        old = next((e for e in self._known if e.protocol is self._before[0]), None)
        new = next((e for e in self._known if e.protocol is self._mail_choice()[0]), None)
        if old and new and new is not old and self.host.text().strip().lower() == old.host:
            self.show_endpoint(new, self._known, self._graph)
            self.changed.emit()
        else:
            self._secured()

    def _edited(self) -> None:
        if not self._wrong.isHidden():
            self._complain()
        self.changed.emit()

    def _complain(self) -> None:
        fault = host_fault(self.host.text())
        sentences = {
            HostFault.SCHEME: self.tr("只填服务器名称，去掉前面的 http:// 之类。"),
            HostFault.PATH: self.tr("只填服务器名称，去掉斜杠和后面的内容。"),
            HostFault.PORT: self.tr("端口填在右边，名称里不要带冒号。"),
            HostFault.SPACE: self.tr("服务器名称里不能有空格。"),
            HostFault.ADDRESS: self.tr("这里填服务器名称，不是邮箱地址，例如 imap.example.com。"),
            HostFault.BAD: self.tr("这不像服务器名称，请检查拼写，例如 imap.example.com。"),
        }
        said = sentences.get(fault, "") if fault else ""
        set_kind(self.host, "wrong" if said else "")
        bad_port = port_of(self.port.text()) is None
        set_kind(self.port, "wrong" if bad_port else "")
        if bad_port and not said:
            usual = USUAL_PORTS[self._before]
            said = self.tr("端口是 1 到 65535 之间的数字，这里常用 {0}。").format(usual)
        self._say(said)

    def _say(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
