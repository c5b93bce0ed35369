"""Which of Microsoft's clouds a mailbox lives in, where the sign-in says: not in this one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from laifaxin_desktop.model.microsoft import Cloud
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.room import grow
from laifaxin_desktop.ui.theme import theme
from laifaxin_desktop.ui.wizard.parts import button, put, words


def named_in(reply: str, clouds: Sequence[Cloud]) -> Cloud | None:
    """The cloud that Microsoft's own words name: "… the National Cloud 'MicrosoftOnline.us'"."""
    said = reply.lower()
    for cloud in clouds:
        domain = urlsplit(cloud.authority).netloc.removeprefix("login.").removeprefix("partner.")
        if domain and domain in said:
            return cloud
    return None


class CloudDialog(QDialog):
    """One radio button a cloud; open it with `open()`."""

    chosen = Signal(str)  # the cloud's id

    def __init__(
        self, clouds: Sequence[Cloud], likely: Cloud, language: Language, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setObjectName("cloud_dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("换一个微软云"))
        title, lead = words("title"), words("secondary")
        title.setText(self.tr("这个邮箱在哪个微软云？"))
        lead.setText(self.tr("服务器会换成那个云的；应用也要登记在那里。填过的内容都还在。"))
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(lead)
        self._group = QButtonGroup(self)
        self.choices: dict[str, QRadioButton] = {}
        for cloud in clouds:
            choice = QRadioButton(self)
            choice.setObjectName(f"cloud_{cloud.id}")
            put(choice, cloud.name.say(language))
            choice.setChecked(cloud is likely)
            self._group.addButton(choice)
            self.choices[cloud.id] = choice
            column.addWidget(choice)
        column.addSpacing(8)
        stay, go = button("keep_cloud"), button("take_cloud", "primary")
        put(stay, self.tr("取消"))
        put(go, self.tr("换到这个云"))
        stay.clicked.connect(self.reject)
        go.clicked.connect(self._take)
        go.setDefault(True)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for each in (stay, go):
            buttons.addWidget(each)
        column.addStretch(1)
        column.addLayout(buttons)
        self.choices[likely.id].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        grow(self, theme().px(420))

    def _take(self) -> None:
        found = next((cloud for cloud, one in self.choices.items() if one.isChecked()), None)
        self.accept()
        if found is not None:
            self.chosen.emit(found)
