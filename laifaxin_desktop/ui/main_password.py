"""Asks for a new main password (主密码), twice; keeps neither."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.secret import Secret

from .notice import label
from .theme import set_kind

LEAST = 8  # characters of a main password: it alone guards every secret


class MainPasswordDialog(QDialog):
    """Accepted only when both are the same, and long enough."""

    chosen = Signal(object)  # Secret

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("main_password_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("设置主密码"))
        self.setMinimumWidth(460)
        why = QLabel(
            self.tr(
                "主密码用来加密保存的密码，每次打开程序时输入一次。忘记了无法找回，只能重新添加邮箱。"
            ),
            self,
        )
        why.setWordWrap(True)
        self.first = self._field("new_main_password_field", self.tr("主密码"))
        self.second = self._field("repeat_main_password_field", self.tr("再输入一次"))
        self.first.setPlaceholderText(self.tr("至少 {0} 个字符").format(LEAST))
        form = QFormLayout()
        form.addRow(self.tr("主密码"), self.first)
        form.addRow(self.tr("再输入一次"), self.second)
        self.hint = QLabel(self)
        set_kind(self.hint, "error")
        self.accept_button = QPushButton(self)
        self.accept_button.setObjectName("accept_main_password_button")
        label(self.accept_button, self.tr("使用这个主密码"))
        set_kind(self.accept_button, "primary")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        cancel = QPushButton(self)
        cancel.setObjectName("cancel_main_password_button")
        label(cancel, self.tr("取消"))
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addWidget(cancel)
        buttons.addStretch(1)
        buttons.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(why)
        column.addLayout(form)
        column.addWidget(self.hint)
        column.addLayout(buttons)
        self._look()

    def _field(self, name: str, words: str) -> QLineEdit:
        made = QLineEdit(self)
        made.setObjectName(name)
        made.setAccessibleName(words)
        made.setEchoMode(QLineEdit.EchoMode.Password)
        made.textChanged.connect(self._look)
        return made

    def _look(self) -> None:
        first, second = self.first.text(), self.second.text()
        short = len(first) < LEAST
        if first and short:
            self.hint.setText(self.tr("至少 {0} 个字符。").format(LEAST))
        else:
            differ = bool(second) and first != second
            self.hint.setText(self.tr("两次输入的不一样。") if differ else "")
        self.accept_button.setEnabled(not short and first == second)

    def _accept(self) -> None:
        self.chosen.emit(Secret(self.first.text()))
        self.first.clear()
        self.second.clear()
        self.accept()
