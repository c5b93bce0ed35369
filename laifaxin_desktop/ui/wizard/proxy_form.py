"""The proxy of one account as fields, folded away where nobody needs one; it asks nobody.

An address that is pasted, or typed whole, is taken apart; what cannot be a proxy has a sentence
under its field.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.route import USUAL_PROXY_PORTS, Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.model.typed_proxy import MOST_TYPED, ProxyError, ProxyFault, read_proxy
from laifaxin_desktop.ui.choice_box import ChoiceBox
from laifaxin_desktop.ui.theme import set_icon, theme
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.parts import WrappingButton, button, card, put, row
from laifaxin_desktop.ui.wizard.proxy_entry import (
    Choice,
    Given,
    given_of,
    password_fault,
    place_fault,
    put_in,
    username_fault,
    whole_address,
)
from laifaxin_desktop.ui.wizard.secret_field import SecretField

_QUIET = 800  # ms after the last letter, before a whole address is taken apart
_PORT = 84  # px at ordinary text size


class ProxyForm(QWidget):
    """按系统设置, 不使用代理, or a proxy of this account's own."""

    changed = Signal()

    def __init__(self, vocabulary: Words, *, folded: bool = True) -> None:
        """Not `folded`: for a place where nothing else is asked, so it cannot be folded."""
        super().__init__()
        self.setObjectName("proxy_form")
        self._words, self._language = vocabulary, Language.ZH_CN
        self._filling = self._stored = False
        self._before = ""  # in the first field: what comes in more than a letter was pasted
        self.toggle = WrappingButton("proxy_toggle", "link")
        self._folds = folded
        self._card, column = card(spacing=10)
        self._card.setObjectName("proxy_card")
        self.choice = ChoiceBox("proxy_choice", tuple(Choice))
        self.host = QLineEdit()
        self.port = _Port()
        self.username = QLineEdit()
        self.secret = SecretField("proxy_password")
        self.paste = button("paste_proxy_password", icon="paste")
        self.shown = button("show_proxy_password", icon="eye")
        for field, name in (
            (self.host, "proxy_host"),
            (self.port, "proxy_port"),
            (self.username, "proxy_username"),
        ):
            field.setObjectName(name)
        self.host.setMaxLength(2 * MOST_TYPED)  # what is too much is named, not cut
        self.port.setMaxLength(20)
        self.username.setMaxLength(2 * MOST_TYPED)
        self._way = Field(self.choice)
        self._place = Field(self.host, self.port)
        self._who = Field(self.username)
        self._word = Field(self.secret, self.paste, self.shown)
        for part, judge in (
            (self._place, self._judge_place),
            (self._who, self._judge_username),
            (self._word, self._judge_secret),
        ):
            part.judge = judge
        for part in (self._way, self._place, self._who, self._word):
            column.addWidget(part)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(6)
        outer.addLayout(row(self.toggle))
        outer.addWidget(self._card)
        (self._card if folded else self.toggle).hide()
        self._quiet = QTimer(self, interval=_QUIET, singleShot=True)
        self._quiet.timeout.connect(self._take_apart)
        self.toggle.clicked.connect(lambda: self.unfold(self._card.isHidden()))
        self.choice.currentIndexChanged.connect(self._chose)
        self.host.textEdited.connect(self._edited_host)
        self.host.editingFinished.connect(self._take_apart)
        for field in (self.host, self.port, self.username, self.secret):
            field.textChanged.connect(self._edited)
        self.port.textChanged.connect(lambda: self._place.complain_again())
        self.port.editingFinished.connect(self._place.complain)
        self.secret.pasted.connect(lambda text: self.secret.put(text.strip("\r\n")))
        self.paste.clicked.connect(self.secret.paste_now)
        self.shown.clicked.connect(lambda: self.reveal(not self.secret.revealed))

    # --- what is shown ---

    def show_way(self, settings: Settings | None, secret: Secret | None, *, stored: bool) -> None:
        """Fill the form, and unfold it where there is something to see.

        :param secret: as typed before
        :param stored: a password for this very proxy is kept, so none need be typed
        """
        proxy = settings.proxy if settings else None
        directly = settings is not None and settings.directly
        with self._fill():
            kind = Choice(proxy.kind.value) if proxy else None
            self.choice.choose(kind or (Choice.NONE if directly else Choice.SYSTEM))
            self._put_proxy(proxy or Proxy(ProxyKind.SOCKS5, "", 0))
            self.secret.put(secret.reveal() if secret else "")
        self._stored = stored
        self.reveal(False)
        self._draw()
        if proxy or directly:
            self.unfold(True)

    def show_stored(self, stored: bool) -> None:
        """Whether the password that is kept is for what now stands in the fields."""
        if stored is not self._stored:
            self._stored = stored
            self._name_secret()

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        self._language = language
        self.choice.put_words([self.tr("按系统设置"), self.tr("不使用代理"), "SOCKS5", "HTTP"])
        self._way.put(self.tr("代理"), self._hint())
        self._place.put(self.tr("主机名和端口"), self.tr("可以把整个代理地址粘贴到这里。"))
        self.port.setAccessibleName(self.tr("代理的端口"))
        self._who.put(self.tr("代理的用户名"), self.tr("代理不用登录，就留空。"))
        self._word.put(self.tr("代理的密码"))
        put(self.paste, self.tr("粘贴"))
        self.reveal(self.secret.revealed)
        self._name_secret()
        self._name_toggle()

    def unfold(self, shown: bool) -> None:
        """Show the fields, or fold them away; they keep what they hold."""
        self._card.setVisible(shown or not self._folds)
        self._name_toggle()

    def field_for(self, fault: Fault) -> QWidget:
        """Which field most likely mends what went wrong at a proxy."""
        if self._kind is None:
            return self.choice
        if fault is not Fault.PROXY_LOGIN:
            return self.choice if fault is Fault.PROXY_WRONG_TYPE else self.host
        return self.secret if self.username.text() else self.username

    def reveal(self, shown: bool) -> None:
        """Show or hide the password."""
        self.secret.reveal(shown)
        put(self.shown, self.tr("隐藏") if shown else self.tr("显示"))
        set_icon(self.shown, "eye-off" if shown else "eye")

    def forget(self) -> None:
        """Neither a password nor an address with one in it may outlive the wizard."""
        self._quiet.stop()
        self.show_way(None, None, stored=False)
        self.unfold(False)

    # --- what was given ---

    def given(self) -> Given:
        """What the form says now."""
        entered = self.host.text(), self.port.text(), self.username.text(), self.secret.text()
        return given_of(Choice(self.choice.chosen), *entered)

    @property
    def _kind(self) -> ProxyKind | None:
        return Choice(self.choice.chosen).kind

    # --- typing ---

    def _edited_host(self, text: str) -> None:
        pasted = put_in(self._before, text) > 1
        if whole_address(text, self._kind) is None:
            self._quiet.stop()
        elif pasted:
            self._take_apart()
        else:
            self._quiet.start()

    def _edited(self) -> None:
        self._before = self.host.text()
        if self._filling:
            return
        self.secret.setEnabled(bool(self.username.text().strip()))
        self.changed.emit()
        self._name_secret()

    def _chose(self) -> None:
        """The usual port follows the kind; a port of one's own stays."""
        if self._filling:
            return
        kind = self._kind
        usual = {str(port) for port in USUAL_PROXY_PORTS.values()}
        with self._fill():
            if kind is not None and (not self.port.text() or self.port.text() in usual):
                self.port.setText(str(USUAL_PROXY_PORTS[kind]))
        self._draw()
        self._place.complain_again()
        self._who.complain_again()
        self.changed.emit()

    def _take_apart(self) -> None:
        """An address that stands in the first field goes into the fields; a wrong one stays."""
        self._quiet.stop()
        address = whole_address(self.host.text(), self._kind)
        if address is None:
            return
        try:
            proxy, secret = read_proxy(address)
        except ProxyError:
            self._place.complain()
            return
        with self._fill():
            self.choice.choose(Choice(proxy.kind.value))
            another = bool(proxy.username) and proxy.username != self.username.text().strip()
            self._put_proxy(proxy)
            if secret is not None or another:  # one person's password is not for another
                self.secret.put(secret.reveal() if secret else "")
        self._draw()
        for part in (self._place, self._who, self._word):
            part.complain_again()
        self.changed.emit()

    def _put_proxy(self, proxy: Proxy) -> None:
        self.host.setText(proxy.host)
        self.port.setText(str(proxy.port) if proxy.port else "")
        if proxy.username or not proxy.host:  # an address without one says nothing about it
            self.username.setText(proxy.username)

    @contextmanager
    def _fill(self) -> Iterator[None]:
        self._filling = True
        try:
            yield
        finally:
            self._filling = False

    # --- judging ---

    def _say(self, fault: ProxyFault | None) -> str:
        return self._words(f"proxy.{fault}").say(self._language) if fault else ""

    def _judge_place(self) -> str:
        return self._say(place_fault(self._kind, self.host.text(), self.port.text()))

    def _judge_username(self) -> str:
        return self._say(username_fault(self._kind, self.username.text()))

    def _judge_secret(self) -> str:
        typed = self.secret.text()
        if self._stored and not typed:
            return ""
        return self._say(password_fault(self._kind, self.username.text(), typed))

    # --- drawing ---

    def _draw(self) -> None:
        own = self._kind is not None
        for part in (self._place, self._who, self._word):
            part.setVisible(own)
        self.secret.setEnabled(bool(self.username.text().strip()))
        self._way.put(self.tr("代理"), self._hint())
        self._name_secret()

    def _hint(self) -> str:
        match Choice(self.choice.chosen):
            case Choice.SYSTEM:
                return self.tr("电脑的系统设置里有代理就用它，没有就直接连接。")
            case Choice.NONE:
                return self.tr("直接连接；系统设置里有代理也不用。")
        return self.tr("这个邮箱的收信、发信和登录都经过这个代理，别的邮箱不变。")

    def _name_secret(self) -> None:
        kept = self._stored and bool(self.username.text().strip())
        self.secret.setPlaceholderText(self.tr("已保存，不用再填") if kept else "")

    def _name_toggle(self) -> None:
        name = self.tr("代理（一般不用设置）")
        self.toggle.put(f"{'▸' if self._card.isHidden() else '▾'} {name}", name)


class _Port(QLineEdit):
    """A field as wide as a port."""

    def __init__(self) -> None:
        super().__init__()
        self.setInputMethodHints(Qt.InputMethodHint.ImhDigitsOnly)

    def sizeHint(self) -> QSize:
        return QSize(theme().px(_PORT), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()
