"""When the secret cannot be kept safely: says why, offers the safe ways without a keychain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Guide, Provider
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.fault import StoreError
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.main_password import LEAST
from laifaxin_desktop.ui.wizard.flow_row import FlowRow
from laifaxin_desktop.ui.wizard.parts import WrappingButton, words
from laifaxin_desktop.ui.wizard.secret_field import SecretField

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def asks_main_password(seen: Evidence) -> bool:
    """Whether only the main password keeps a stored secret from being used."""
    return seen.stage is Stage.VAULT and seen.detail == "main_password"


class KeepingCard(QFrame):
    """Asks nothing of a mail server: the check has passed already, only the keeping is repeated."""

    kept = Signal()  # save again now
    asked = Signal()  # the fields have appeared

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__()
        self._flow = flow
        self._error: MailError | None = None
        self._setting = False
        self._unlocking = False
        self._busy = False
        self.setProperty("kind", "failure")
        self.setObjectName("keeping_card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        self._title = words("failure-title", "keeping_title")
        self._meaning = words("", "keeping_meaning", selectable=True)
        column.addWidget(self._title)
        column.addWidget(self._meaning)
        self._fields = QWidget()
        inside = QVBoxLayout(self._fields)
        inside.setContentsMargins(0, 4, 0, 4)
        inside.setSpacing(4)
        self._first_label, self._second_label = QLabel(), QLabel()
        self.first, self.second = SecretField("main_password"), SecretField("main_password_again")
        for label, field in ((self._first_label, self.first), (self._second_label, self.second)):
            label.setBuddy(field)
            inside.addWidget(label)
            inside.addWidget(field)
            field.pasted.connect(field.put)
            field.returnPressed.connect(self._set_password)
        self._hint = words("small")
        self._wrong = words("error", "main_password_wrong")
        inside.addWidget(self._hint)
        inside.addWidget(self._wrong)
        column.addWidget(self._fields)
        actions = FlowRow()
        self.memory = WrappingButton("use_memory")
        self.master = WrappingButton("use_main_password", "primary")
        self.again = WrappingButton("keep_again")
        self.guide = WrappingButton("keeping_guide", "link")
        for button in (self.master, self.memory, self.again, self.guide):
            actions.add(button)
        column.addWidget(actions)
        self.memory.clicked.connect(self._use_memory)
        self.master.clicked.connect(self._master)
        self.again.clicked.connect(self.kept)
        self.guide.clicked.connect(self._show_guide)

    def show_error(self, error: MailError) -> None:
        """Say why it could not be kept, and what can be done."""
        self._error, self._setting, self._busy = error, False, False
        self._unlocking = asks_main_password(error.evidence)
        self._wrong.hide()
        for field in (self.first, self.second):
            field.clear()
        self.retranslate()
        self.show()

    def retranslate(self) -> None:
        """Every word again."""
        error, flow = self._error, self._flow
        if error is None:
            return
        if isinstance(error, StoreError):
            text = flow.app.words(f"store.{error.kind}").fill({"path": str(error.path)})
            self._title.setText(self.tr("没有保存成功"))
            self._meaning.setText(flow.say(text))
        else:
            said = flow.app.table.explain(flow.app.table.diagnose(error.evidence))
            self._title.setText(flow.say(said.title))
            lines = [flow.say(said.meaning)]
            lines += [f"{n}. {flow.say(step)}" for n, step in enumerate(said.steps, 1)]
            self._meaning.setText("\n".join(lines))
        if self._unlocking:
            self._title.setText(self.tr("请输入主密码"))
            self._meaning.setText(self.tr("密码由主密码保护，输入后继续。"))
        self._first_label.setText(self.tr("主密码"))
        self.first.setAccessibleName(self.tr("主密码"))
        self._second_label.setText(self.tr("再输入一次"))
        self.second.setAccessibleName(self.tr("再输入一次"))
        self._hint.setText(self.tr("每次打开程序时要输入它。忘了就只能重新添加邮箱。"))
        self.memory.put(self.tr("只在本次使用"))
        setting = self.tr("保存") if self._setting else self.tr("设置主密码")
        self.master.put(self.tr("解锁并继续") if self._unlocking else setting)
        self.again.put(self.tr("重试"))
        self._fields.setVisible(self._setting or self._unlocking)
        for widget in (self._second_label, self.second, self._hint):
            widget.setVisible(self._setting)
        keychain = not isinstance(error, StoreError) and error.evidence.fault in (
            Fault.NO_KEYCHAIN,
            Fault.LOCKED,
        )
        self.memory.setVisible(keychain)
        self.master.setVisible(keychain)
        self.again.setVisible(not self._unlocking)
        self.guide.put(flow.word("fix.open_guide"))
        self.guide.setVisible(self._guide() is not None)

    def first_field(self) -> QWidget:
        """Where the focus goes."""
        if self._setting or self._unlocking:
            return self.first
        return self.again if self.master.isHidden() else self.master

    def _guide(self) -> tuple[Provider, Guide] | None:
        """The steps that mend it, where there are any."""
        error, app = self._error, self._flow.app
        if error is None or isinstance(error, StoreError) or self._unlocking:
            return None
        guide = app.table.diagnose(error.evidence).guide
        return app.book.guide(app.other.id, guide) if guide else None

    def _show_guide(self) -> None:
        if found := self._guide():
            self._flow.show_guide(*found)

    def _master(self) -> None:
        if self._setting or self._unlocking:
            self._set_password()
            return
        self._setting = True
        self.retranslate()
        self.asked.emit()

    def _set_password(self) -> None:
        if self._busy:
            return
        password = self.first.text()
        if self._setting and len(password) < LEAST:
            self._say(self.tr("至少 {0} 个字符。").format(LEAST))
        elif self._setting and password != self.second.text():
            self._say(self.tr("两次输入的不一样。"))
        elif password:
            self._begin(Secret(password))

    def _begin(self, password: Secret) -> None:
        vault, unlocking = self._flow.app.accounts.vault, self._unlocking
        self._busy = True
        self._wrong.hide()

        async def work() -> bool | MailError:
            try:
                if unlocking:
                    return await vault.unlock(password)
                await vault.set_master_password(password)
            except MailError as error:
                return error
            return True

        spawn(work(), self, self._done, self._broke)

    def _done(self, result: bool | MailError) -> None:
        self._busy = False
        if isinstance(result, MailError):
            self.show_error(result)
        elif result:
            for field in (self.first, self.second):
                field.clear()
            self.kept.emit()
        else:
            self._say(self.tr("主密码不正确。"))

    def _use_memory(self) -> None:
        vault = self._flow.app.accounts.vault

        async def work() -> bool | MailError:
            try:
                await vault.use_memory()
            except MailError as error:
                return error
            return True

        spawn(work(), self, self._done)

    def _broke(self, bug: BaseException) -> None:
        """An error of ours, shown already: what was typed stays and can be sent again."""
        self._busy = False

    def _say(self, sentence: str) -> None:
        self._wrong.setText(sentence)
        self._wrong.show()
        self.first.setFocus()
