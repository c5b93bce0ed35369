"""The bar that opens the vault: main password, locked keychain, no keychain; keeps no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.fault import StoreError
from laifaxin_desktop.store.vault import VaultState

from .languages import Languages
from .loop import spawn
from .main_password import MainPasswordDialog
from .notice import Notice, label
from .theme import theme

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_PATIENCE = 2000  # ms that a keychain may take before it is named
_WAITING = "waiting"  # for the keychain's prompt


class VaultBar(Notice):
    """Shown only while secrets cannot be had; `opened` says that they can again."""

    opened = Signal()
    chosen = Signal()  # another safe: what only the keychain could open has to be typed anew

    def __init__(self, app: App, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__("vault_bar", "notice", parent)
        self._app, self._languages = app, languages
        self._want: Fault | str = ""
        self._wrong = False
        self._failed: MailError | None = None
        self.field = QLineEdit(self)
        self.field.setObjectName("main_password_field")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setMinimumWidth(theme().px(160))
        self.field.setMaximumWidth(theme().px(240))
        self.field.returnPressed.connect(self._unlock)
        self.add(self.field)
        self.unlock = self.button("unlock_button", self._unlock, "primary")
        self.retry = self.button("keychain_retry_button", self._retry, "primary")
        self.memory = self.button("memory_only_button", self._use_memory)
        self.password = self.button("set_main_password_button", self._ask_password, "primary")
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(lambda: spawn(self._look_again(), self))
        self.hide()

    def expect(self) -> None:
        """A check runs: if it waits for the keychain, that is said after a while."""
        if not self._later.isActive():
            self._later.start(_PATIENCE)

    async def _look_again(self) -> None:
        try:
            closed = await self._app.accounts.vault.state() is VaultState.CLOSED
        except MailError:
            return
        waits = closed and bool(self._app.watch.checking)
        if waits:
            self._later.start(_PATIENCE)
        if waits != (self._want == _WAITING):
            self._want = _WAITING if waits else ""
            self.retranslate()

    def ask(self) -> None:
        """Bring the keyboard to the main password's field."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    async def look(self, reports: dict[str, Report]) -> None:
        """Decide whether to be there, from the vault and from what the last checks met."""
        try:
            state = await self._app.accounts.vault.state()
        except MailError:
            return  # the file itself cannot be read: that is said elsewhere
        met = {
            leg.diagnosis.evidence.fault
            for report in reports.values()
            for leg in report.legs
            if leg.diagnosis and leg.diagnosis.evidence.stage is Stage.VAULT
        }
        if state is VaultState.LOCKED:
            want: Fault | str = "main_password"
        elif state is VaultState.OPEN:
            want = ""
        elif Fault.NO_KEYCHAIN in met:
            want = Fault.NO_KEYCHAIN
        else:
            want = Fault.LOCKED if Fault.LOCKED in met else ""
        if self._want == _WAITING and self._app.watch.checking:
            return
        if want != self._want:
            self._want, self._wrong, self._failed = want, False, None
            self.retranslate()

    def retranslate(self) -> None:
        """The language or the need changed."""
        self.say(
            self._sentence(self._failed)
            if self._failed is not None
            else {
                "main_password": self.tr("主密码不正确，请再输入一次。")
                if self._wrong
                else self.tr("输入主密码，才能检测和使用保存的密码。"),
                _WAITING: self.tr("正在等待系统钥匙串…请看看它是否在要求输入密码。"),
                Fault.LOCKED: self.tr("系统钥匙串已锁定，保存的密码暂时取不到。解锁后点重试。"),
                Fault.NO_KEYCHAIN: self.tr(
                    "没有找到安全的系统钥匙串。可以设一个主密码来保护密码，或者只在本次使用。"
                ),
            }.get(self._want, "")
        )
        label(self.unlock, self.tr("打开"))
        label(self.retry, self.tr("重试"))
        label(self.memory, self.tr("只在本次使用"))
        label(self.password, self.tr("设置主密码"))
        self.field.setPlaceholderText(self.tr("主密码"))
        self.field.setAccessibleName(self.tr("主密码"))
        for widget in (self.field, self.unlock):
            widget.setVisible(self._want == "main_password")
        self.retry.setVisible(self._want is Fault.LOCKED)
        for widget in (self.memory, self.password):
            widget.setVisible(self._want is Fault.NO_KEYCHAIN)
        self.setVisible(bool(self._want))

    def _unlock(self) -> None:
        if self.field.text():
            self.unlock.setEnabled(False)
            spawn(self._try(Secret(self.field.text())), self, self._tried)

    async def _try(self, password: Secret) -> bool | MailError:
        try:
            return await self._app.accounts.vault.unlock(password)
        except MailError as error:
            return error

    def _tried(self, right: bool | MailError) -> None:
        self.unlock.setEnabled(True)
        if isinstance(right, MailError):  # nothing is known of the password: it stays in the field
            self._fail(right)
            return
        self.field.clear()
        self._wrong, self._failed = not right, None
        if right:
            self._done()
        else:
            self.retranslate()
            self.field.setFocus()

    def _retry(self) -> None:
        self._done()

    def _use_memory(self) -> None:
        spawn(self._app.accounts.vault.use_memory(), self, lambda _: self._chosen())

    def _ask_password(self) -> None:
        dialog = MainPasswordDialog(self.window())
        dialog.chosen.connect(self._set_password)
        dialog.open()

    def _set_password(self, password: Secret) -> None:
        async def set_it() -> MailError | None:
            try:
                await self._app.accounts.vault.set_master_password(password)
            except MailError as error:
                return error
            return None

        spawn(set_it(), self, lambda error: self._fail(error) if error else self._chosen())

    def _fail(self, error: MailError) -> None:
        self._failed = error
        self.retranslate()

    def _sentence(self, error: MailError) -> str:
        if isinstance(error, StoreError):
            words = self._app.words(f"store.{error.kind}").fill({"path": str(error.path)})
        else:
            words = self._app.table.explain(self._app.table.diagnose(error.evidence)).meaning
        return words.say(self._languages.current)

    def _chosen(self) -> None:
        self._done()
        self.chosen.emit()

    def _done(self) -> None:
        self._want, self._failed = "", None
        self.retranslate()
        self.opened.emit()
