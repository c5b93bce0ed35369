"""The secret of an app that has one, and the day on which it ends."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.pasted import Slip, read_client_secret
from laifaxin_desktop.ui.theme import set_icon
from laifaxin_desktop.ui.wizard.field import Field
from laifaxin_desktop.ui.wizard.parts import button, put
from laifaxin_desktop.ui.wizard.secret_field import SecretField
from laifaxin_desktop.ui.wizard.tick import Tick

_NUMBERS = re.compile(r"\D+")
_EXAMPLE = "2028-11-20"


def day_of(text: str) -> date | None:
    """The day that a text names: 2028-11-20, 2028/11/20, 2028年11月20日, or 11/20/2028.

    The portal shows days in its language's order: the year is where four digits are.
    """
    numbers = [number for number in _NUMBERS.split(text.strip()) if number]
    if len(numbers) != 3:
        return None
    if len(numbers[2]) == 4:
        numbers = [numbers[2], numbers[0], numbers[1]]
    if len(numbers[0]) != 4:
        return None
    try:
        return date(*map(int, numbers))
    except ValueError:
        return None


class AppSecret(QWidget):
    """A tick, and below it the secret's value and its last day."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._stored = False
        self._tick = Tick("app_has_secret")
        self.box = self._tick.box
        self.entry = SecretField("client_secret")
        self.paste = button("paste_client_secret", icon="paste")
        self.shown = button("show_client_secret", icon="eye")
        self.field = Field(self.entry, self.paste, self.shown)
        self.field.judge = self._judge
        self.day = QLineEdit()
        self.day.setObjectName("secret_expires")
        self.day.setMaxLength(40)
        self.day.setPlaceholderText(_EXAMPLE)
        self.day_field = Field(self.day)
        self.day_field.judge = self._judge_day
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addWidget(self._tick)
        column.addWidget(self.field)
        column.addWidget(self.day_field)
        self.box.toggled.connect(self._ticked)
        self.entry.textChanged.connect(self.changed)
        self.entry.pasted.connect(lambda text: self.entry.put(text.strip()))
        self.day.textChanged.connect(self.changed)
        self.paste.clicked.connect(self.entry.paste_now)
        self.shown.clicked.connect(lambda: self.reveal(not self.entry.revealed))
        self._draw()

    def retranslate(self) -> None:
        """The words of the fields."""
        self._tick.put(
            self.tr("应用有密码"),
            self.tr("只在“身份验证”页上的平台是 Web 时才有；公共应用没有密码。"),
        )
        self.field.put(
            self.tr("客户端密码的值"), self.tr("“证书和密码”页上的“值”一列，不是“机密 ID”。")
        )
        self._name_stored()
        put(self.paste, self.tr("粘贴"))
        self.reveal(self.entry.revealed)
        self.day_field.put(self.tr("密码到期日（可以不填）"), self.tr("到期前 30 天会提醒。"))

    def show_secret(
        self, *, confidential: bool, expires: date | None, secret: Secret | None
    ) -> None:
        """Fill the fields."""
        self._stored = False
        with QSignalBlocker(self):
            self.box.setChecked(confidential)
            self.entry.put(secret.reveal() if secret else "")
            self.day.setText(expires.isoformat() if expires else "")
        self.reveal(False)
        self._draw()

    def forget(self) -> None:
        """The secret must not outlive the wizard."""
        self.show_secret(confidential=False, expires=None, secret=None)

    def whole(self, *, stored: bool) -> bool:
        """Whether the fields hold what they should; a `stored` secret need not be typed again."""
        if not self.box.isChecked():
            return True
        self._stored = stored
        self._name_stored()
        kept = stored and not self.entry.text()
        day = not self.day.text().strip() or self.expires is not None
        return (kept or self.secret is not None) and day

    @property
    def secret(self) -> Secret | None:
        """The secret typed, None where there is none or it cannot be one."""
        if not self.box.isChecked():
            return None
        read = read_client_secret(self.entry.text())
        return read if isinstance(read, Secret) else None

    @property
    def expires(self) -> date | None:
        """The secret's last day, where it is known."""
        return day_of(self.day.text()) if self.box.isChecked() else None

    def reveal(self, shown: bool) -> None:
        """Show or hide what is typed."""
        self.entry.reveal(shown)
        put(self.shown, self.tr("隐藏") if shown else self.tr("显示"))
        set_icon(self.shown, "eye-off" if shown else "eye")

    def _judge(self) -> str:
        read = read_client_secret(self.entry.text())
        if read is Slip.SECRET_ID:
            return self.tr("这是密码的 ID，不是密码本身。请复制“值”一列；它只在新建时显示一次。")
        if read is Slip.SECRET:
            return self.tr("里面有空格或中文，客户端密码没有。请只复制“值”一列。")
        return ""

    def _judge_day(self) -> str:
        if not self.day.text().strip():
            return ""
        day = day_of(self.day.text())
        if day is None:
            return self.tr("请写成 {0} 这样的日期，或者不填。").format(_EXAMPLE)
        if day < datetime.now(UTC).date():
            return self.tr("这一天已经过去，密码已经失效。请到门户新建一个密码。")
        return ""

    def _ticked(self) -> None:
        self._draw()
        self.changed.emit()

    def _name_stored(self) -> None:
        self.entry.setPlaceholderText(self.tr("沿用已保存的密码") if self._stored else "")

    def _draw(self) -> None:
        self.field.setVisible(self.box.isChecked())
        self.day_field.setVisible(self.box.isChecked())
