"""Says what this program is and where it keeps what it is told."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from laifaxin_desktop import __version__


class AboutBox(QMessageBox):
    """Opened with `open()`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("about_box")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("关于"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(self.tr("来发信 · 邮箱助手 {version}").format(version=__version__))
        self.setInformativeText(
            self.tr("密码加密后只保存在这台电脑上，只发送给邮箱自己的服务器。MIT 许可证。")
        )
        close = self.addButton(self.tr("关闭"), QMessageBox.ButtonRole.AcceptRole)
        close.setObjectName("about_close_button")
        close.setAccessibleName(close.text())
