"""The bars over the list: a mistake of ours, a question, then what is true of all accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QVBoxLayout, QWidget

from .delete_bar import DeleteBar
from .expiry_bar import ExpiryBar
from .languages import Languages
from .network_bar import NetworkBar
from .notice import Notice, label
from .own_files_bar import OwnFilesBar
from .vault_bar import VaultBar

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class Bars(QObject):
    """Holds them in their order; each decides by itself whether it is there."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.column = QVBoxLayout()
        self.column.setSpacing(8)
        self.bug = Notice("bug_bar", "failure", window)
        self._bug_close = self.bug.button("bug_close_button", self.bug.hide)
        self.bug.hide()
        self.delete = DeleteBar(window)
        for bar in (self.bug, self.delete):
            self.column.addWidget(bar)
        self._retranslated: tuple[NetworkBar | VaultBar | ExpiryBar | OwnFilesBar, ...] = ()

    def show_app(self, app: App, languages: Languages, window: QWidget) -> None:
        """The store is open: there are accounts to speak of."""
        self.network = NetworkBar(app, languages, window)
        self.vault = VaultBar(app, languages, window)
        self.vault.retranslate()
        self.expiry = ExpiryBar(app, window)
        self.own_files = OwnFilesBar(app, languages, window)
        self._retranslated = (self.network, self.vault, self.expiry, self.own_files)
        for bar in self._retranslated:
            self.column.addWidget(bar)

    def show_bug(self, bug: BaseException) -> None:
        """A mistake of ours: said once, where it disturbs least."""
        self.bug.say(
            self.tr("程序内部出错（{name}）。列表仍然可用；日志里有记录，其中没有密码。").format(
                name=type(bug).__name__
            )
        )
        self.bug.show()

    def retranslate(self) -> None:
        """The language changed."""
        label(self._bug_close, self.tr("知道了"))
        self.delete.retranslate()
        for bar in self._retranslated:
            bar.retranslate()
