"""Asks before something typed is lost; never blocks the loop."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget

from laifaxin_desktop.ui.room import align
from laifaxin_desktop.ui.theme import theme


class Leaving(QMessageBox):
    """要放弃这次设置吗？ Open it with `open()`."""

    confirmed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("discard_question")
        self.setWindowTitle(parent.windowTitle())
        self.setText(self.tr("要放弃这次设置吗？"))
        self.setInformativeText(self.tr("已经填写的内容不会保存。"))
        stay = QPushButton(self.tr("继续设置"), self)  # with a parent: PySide keeps it
        leave = QPushButton(self.tr("放弃"), self)
        for button, name in ((stay, "keep_going"), (leave, "discard")):
            button.setObjectName(name)
            button.setAccessibleName(button.text())
        self.addButton(leave, QMessageBox.ButtonRole.DestructiveRole)
        self.addButton(stay, QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
        align(self, theme().px(300))
        self._leave = leave
        self.finished.connect(self._answered)

    def _answered(self) -> None:
        self.deleteLater()
        if self.clickedButton() is self._leave:
            self.confirmed.emit()
