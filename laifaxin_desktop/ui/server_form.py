"""Receiving and sending server as a form; refuses what cannot be a server, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIntValidator, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.provider import (
    USUAL_PORTS,
    AuthWay,
    Endpoint,
    Protocol,
    Security,
    Side,
    UsernameForm,
)
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.theme import set_kind, theme
from laifaxin_desktop.ui.wizard.parts import card, put, words

PROTOCOLS = {Side.RECEIVE: (Protocol.IMAP, Protocol.POP3), Side.SEND: (Protocol.SMTP,)}
_NARROW = 400  # px at ordinary text size


class HostFault(StrEnum):
    """Why a text is no server name."""

    EMPTY = "empty"
    SCHEME = "scheme"  # https://…
    PATH = "path"  # …/webmail
    PORT = "port"  # …:993
    SPACE = "space"
    ADDRESS = "address"  # me@…
    BAD = "bad"


def host_fault(typed: str) -> HostFault | None:
    """What keeps a text from being a server's name; None when it is one.

    An IP address in digits is one too: some company servers have no name.
    """
    text = typed.strip()
    if not text:
        return HostFault.EMPTY
    for mark, fault in (
        ("://", HostFault.SCHEME),
        ("@", HostFault.ADDRESS),
        ("/", HostFault.PATH),
        ("\\", HostFault.PATH),
        (":", HostFault.PORT),
    ):
        if mark in text:
            return fault
    if any(char.isspace() for char in text):
        return HostFault.SPACE
    try:
        ascii_host(text)
    except AddressError:
        return HostFault.BAD
    return None


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
        self.setProperty("kind", "card")
        self.setObjectName(f"{side}_form")
        self._title = words("heading")
        self.protocol = QComboBox()
        self.protocol.setObjectName(f"{side}_protocol")
        for protocol in PROTOCOLS[side]:
            self.protocol.addItem(protocol.value, protocol)
        self.protocol.setVisible(len(PROTOCOLS[side]) > 1)
        self._labels = QLabel(), QLabel(), QLabel()
        self.host = QLineEdit()
        self.host.setObjectName(f"{side}_host")
        self.host.setMaxLength(255)
        self.security = QComboBox()
        self.security.setObjectName(f"{side}_security")
        for choice in Security:
            self.security.addItem(choice.value, choice)
        for box in (self.security, self.protocol):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.port = QLineEdit()
        self.port.setObjectName(f"{side}_port")
        self.port.setValidator(QIntValidator(1, 65535, self.port))
        self.port.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)
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
        column.addWidget(self._wrong)
        for label, field in zip(self._labels, self._fields, strict=True):
            label.setBuddy(field)
        self._arrange(narrow=False)
        self.host.textChanged.connect(self._edited)
        self.host.editingFinished.connect(self._complain)
        self.port.textChanged.connect(self._edited)
        self.security.currentIndexChanged.connect(self._secured)
        self.protocol.currentIndexChanged.connect(self._spoken)
        self._before = self._choice()

    @property
    def _fields(self) -> tuple[QWidget, QWidget, QWidget]:
        return self.host, self.security, self.port

    def show_endpoint(self, endpoint: Endpoint | None, known: tuple[Endpoint, ...] = ()) -> None:
        """Fill the form; None empties it. `known` are the provider's servers of this side."""
        self._known = known
        self._username = endpoint.username if endpoint else UsernameForm.EMAIL
        protocol = endpoint.protocol if endpoint else PROTOCOLS[self.side][0]
        security = endpoint.security if endpoint else Security.TLS
        port = endpoint.port if endpoint else USUAL_PORTS[protocol, security]
        widgets = (self.host, self.port, self.security, self.protocol)
        for widget in widgets:
            widget.blockSignals(True)
        self.protocol.setCurrentIndex(PROTOCOLS[self.side].index(protocol))
        self.host.setText(endpoint.host if endpoint else "")
        self.port.setText(str(port))
        self.security.setCurrentIndex(list(Security).index(security))
        self._before = self._choice()
        for widget in widgets:
            widget.blockSignals(False)
        self._say("")

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        side = self._words(f"side.{self.side}").say(language)
        protocol = self._words(f"protocol.{self._choice()[0]}").say(language)
        alone = len(PROTOCOLS[self.side]) == 1
        self._title.setText(f"{side} · {protocol}" if alone else side)
        spoken = self.tr("服务器"), self.tr("加密方式"), self.tr("端口")
        for label, field, text in zip(self._labels, self._fields, spoken, strict=True):
            label.setText(text)
            field.setAccessibleName(f"{side} {text}")
        self.protocol.setAccessibleName(f"{side} {self.tr('协议')}")
        for index, choice in enumerate(Security):
            self.security.setItemText(index, self._words(f"security.{choice}").say(language))
        for index, spoken_by in enumerate(PROTOCOLS[self.side]):
            self.protocol.setItemText(index, self._words(f"protocol.{spoken_by}").say(language))
        if not self._wrong.isHidden():
            self._complain()

    def entered(self) -> Entered:
        """What the form says now."""
        protocol, security = self._choice()
        host, port = self.host.text().strip(), self.port.text()
        plain = security is Security.PLAIN
        if host_fault(host) is not None or not port.isdigit() or not 0 < int(port) < 65536:
            return Entered(None, plain)
        name = ascii_host(host)
        return Entered(Endpoint(protocol, name, int(port), security, self._username), plain)

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
        for column, stretch in enumerate((3, 2, 0) if narrow else (8, 0, 2)):
            self._grid.setColumnStretch(column, stretch)

    def _choice(self) -> tuple[Protocol, Security]:
        return Protocol(self.protocol.currentData()), Security(self.security.currentData())

    def _secured(self) -> None:
        """The usual port follows the security; a port of one's own stays."""
        if self.port.text() in ("", str(USUAL_PORTS[self._before])):
            self.port.setText(str(USUAL_PORTS[self._choice()]))
        self._before = self._choice()
        self.changed.emit()

    def _spoken(self) -> None:
        """Another protocol: the provider's own server for it, else the usual port."""
        old = next((e for e in self._known if e.protocol is self._before[0]), None)
        new = next((e for e in self._known if e.protocol is self._choice()[0]), None)
        if old and new and self.host.text().strip().lower() == old.host:
            self.show_endpoint(new, self._known)
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
        self._say(sentences.get(fault, "") if fault else "")

    def _say(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.setVisible(bool(sentence))
        set_kind(self.host, "wrong" if sentence else "")


class ServerForm(QWidget):
    """Both servers, the user name, and the word of warning for an unencrypted one."""

    changed = Signal()

    def __init__(self, vocabulary: Words) -> None:
        super().__init__()
        self.setObjectName("server_form")
        self.halves = {side: EndpointForm(side, vocabulary) for side in Side}
        self._auth = AuthWay.PASSWORD
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
    ) -> None:
        """Fill the form.

        `own_name` is the user name used where the field is left empty, `known` are the provider's
        own servers: the choice between IMAP and POP3 takes them.
        """
        self._auth = settings.auth if settings else AuthWay.PASSWORD
        for side, half in self.halves.items():
            own = tuple(end for end in known if end.side is side)
            half.show_endpoint(settings.endpoint(side) if settings else None, own)
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
        ends = {side: half.entered().endpoint for side, half in self.halves.items()}
        if not all(ends.values()):
            return None
        name = self.username.text().strip()
        return Settings(ends[Side.RECEIVE], ends[Side.SEND], self._auth, name)

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
