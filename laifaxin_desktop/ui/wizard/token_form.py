"""What another program gave: a whole line, or a token; shows neither, keeps no password."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.model.address import Address, AddressError
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.pasted import (
    Pasted,
    Slip,
    read_account,
    read_accounts,
    read_refresh_token,
)
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.parts import Mark, breakable, button, card, put, words
from laifaxin_desktop.ui.wizard.secret_field import SecretField

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_MOST_LINE, _MOST_TOKEN = 256 * 1024, 16 * 1024  # characters
_QUIET = 400  # ms after the last letter, before a typed line is read


class TokenForm(QWidget):
    """One field that takes a line apart and forgets it, and one that holds the token."""

    changed = Signal()
    recognised = Signal(str)  # the client id of a line

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self.flow = flow
        self._client_id = ""
        self._slip: Slip | None = None
        self._lines = 0  # of which none was for this mailbox
        self._foreign = ""  # the address of a line for another mailbox
        self.line = SecretField("account_line")
        self.line.setMaxLength(_MOST_LINE)
        self.paste = button("paste_line", icon="paste")
        self.line_field = Field(self.line, self.paste)
        self.line_field.judge = self._judge_line
        self._seen, column = card("notice")
        self._seen.setObjectName("recognised")
        self._said = words("", "recognised_words")
        self._warning = words("warning", "recognised_warning")
        ticked = QHBoxLayout()
        ticked.setSpacing(8)
        ticked.addWidget(Mark("check", "ok"), 0, Qt.AlignmentFlag.AlignTop)
        ticked.addWidget(self._said, 1)
        column.addLayout(ticked)
        column.addWidget(self._warning)
        self.token = SecretField("refresh_token")
        self.token.setMaxLength(_MOST_TOKEN)
        self.token_field = Field(self.token)
        self.token_field.judge = self._judge_token
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(14)
        outer.addWidget(self.line_field)
        outer.addWidget(self._seen)
        self._quiet = QTimer(self, interval=_QUIET, singleShot=True)
        self._quiet.timeout.connect(lambda: self.read(self.line.text()))
        self.line.textChanged.connect(self._typing)
        self.line.pasted.connect(self.read)
        self.paste.clicked.connect(self.line.paste_now)
        self.token.textChanged.connect(self.changed)
        self.token.pasted.connect(lambda text: self.token.put("".join(text.split())))

    @property
    def refresh_token(self) -> Secret | None:
        """The token, None where there is none or it cannot be one."""
        read = read_refresh_token(self.token.text())
        return read if isinstance(read, Secret) else None

    def retranslate(self) -> None:
        """The words of the fields, and what was recognised."""
        self.line_field.put(
            self.tr("粘贴一整行"),
            self.tr("邮箱----密码----客户端 ID----刷新令牌，后两项不分先后；密码不会保留。"),
        )
        put(self.paste, self.tr("粘贴"))
        self.token_field.put(self.tr("刷新令牌"))
        self._tell()

    def show_token(self, token: Secret | None) -> None:
        """Fill the field; a line is never put back."""
        with QSignalBlocker(self):
            self.token.put(token.reveal() if token else "")
        self._tell()

    def show_client_id(self, client_id: str) -> None:
        """What the field beside it holds, for the sentence."""
        self._client_id = client_id
        self._tell()

    def forget(self) -> None:
        """Neither line nor token outlives the wizard."""
        self._quiet.stop()
        self._slip, self._lines, self._foreign, self._client_id = None, 0, "", ""
        for field in (self.line, self.token):
            with QSignalBlocker(field):
                field.clear()
        self._tell()

    def read(self, text: str) -> None:
        """Take apart what was pasted; what is recognised leaves the field at once."""
        self._quiet.stop()
        self._lines, self._foreign = 0, ""
        found = self._of_this_mailbox(text)
        self._slip = found if isinstance(found, Slip) and found is not Slip.EMPTY else None
        if isinstance(found, Pasted):
            with QSignalBlocker(self.line):
                self.line.clear()
            if found.client_id:
                self._client_id = found.client_id
                self.recognised.emit(found.client_id)
            if found.refresh_token:
                self.token.put(found.refresh_token.reveal())
            self._foreign = "" if self._is_ours(found.address) else found.address
        elif text != self.line.text():
            with QSignalBlocker(self.line):
                self.line.put(text)  # hidden; nothing is lost
        self.line_field.complain()
        self._tell()

    def _of_this_mailbox(self, text: str) -> Pasted | Slip:
        """Of many lines the one that is for this mailbox."""
        lines = [line for line in text.splitlines() if line.strip()]
        if sum("@" in line for line in lines) < 2:
            return read_account(text)
        for found in read_accounts(text):
            if isinstance(found, Pasted) and found.address and self._is_ours(found.address):
                return found
        self._lines = len(lines)
        return Slip.LINE

    def _is_ours(self, address: str) -> bool:
        ours = self.flow.draft.address
        if not address or ours is None:
            return True
        try:
            return Address.parse(address) == ours
        except AddressError:
            return False

    def _typing(self, text: str) -> None:
        self._slip, self._lines = None, 0
        if text:
            self._quiet.start()

    def _tell(self) -> None:
        token = self.refresh_token
        shown = token is not None and bool(self._client_id)
        self._seen.setVisible(shown)
        if shown and token is not None:
            length = QLocale().toString(len(token.reveal()))
            said = self.tr("已识别：客户端 ID {0}，刷新令牌 {1} 个字符。")
            self._said.setText(said.format(breakable(self._client_id), length))
            warning = self.tr("这一行是 {0} 的，不是这个邮箱的；登录后会核对。")
            self._warning.setText(warning.format(self._foreign) if self._foreign else "")
            self._warning.setVisible(bool(self._foreign))

    def _judge_line(self) -> str:
        if self._lines:
            return self.tr("粘贴了 {0} 行，没有一行是这个邮箱的。").format(self._lines)
        match self._slip:
            case None:
                return ""
            case Slip.REFRESH_TOKEN:
                return self.tr("刷新令牌不完整：它有几百到几千个字符。请再复制一次。")
            case Slip.CLIENT_ID:
                return self.tr("这一行里没有客户端 ID（8-4-4-4-12 位的一串）。")
            case _:
                return self.tr("没有认出来。请粘贴一整行，或者在下面分开填写。")

    def _judge_token(self) -> str:
        if read_refresh_token(self.token.text()) is Slip.REFRESH_TOKEN:
            return self.tr("刷新令牌不完整：它有几百到几千个字符。请再复制一次。")
        return ""
