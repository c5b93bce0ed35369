"""Says that an address is in the list already, and offers to re-authorise that account."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout

from laifaxin_desktop.ui.wizard.parts import button, put, row, words


class DuplicateCard(QFrame):
    """The button's click is for the page to follow."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "notice")
        self.setObjectName("address_duplicate")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        self._title, self._words = words("strong"), words()
        self.again = button("reauthorize_existing", "primary")
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addLayout(row(self.again))

    def retranslate(self) -> None:
        """Every word again."""
        self._title.setText(self.tr("这个邮箱已经在列表里"))
        self._words.setText(self.tr("不用再添加一次。如果它登录不上，可以重新授权。"))
        put(self.again, self.tr("重新授权"))
