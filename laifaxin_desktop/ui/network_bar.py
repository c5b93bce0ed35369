"""One bar instead of a hundred rows: what is wrong with the network, and the button that helps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from laifaxin_desktop.engine.network import Network
from laifaxin_desktop.model.text import Language

from .account_row import PROBLEMS
from .announcing import announce
from .browser import open_page
from .languages import Languages
from .notice import Notice, label
from .on_return import OnReturn

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class NetworkBar(Notice):
    """There while the network, or this computer's clock, keeps the accounts from their servers."""

    check_wanted = Signal()  # of those that it speaks for
    guide_wanted = Signal(str)
    told = Signal(str)  # a short note for the person

    def __init__(self, app: App, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__("network_bar", "notice", parent)
        self._app, self._languages = app, languages
        self.network = Network.FINE
        self._return = OnReturn()
        self.act = self.button("network_button", self._act, "primary")
        self.hide()

    def look(self, network: Network) -> None:
        """Show another state, or go; whoever listens hears of it once."""
        if network is self.network:
            return
        self.network = network
        self._return.forget()
        self.retranslate()
        self.setVisible(network is not Network.FINE)
        if network is not Network.FINE:
            announce(self, self.words.text())

    def turned_to(self, *, active: bool) -> None:
        """The window got the keyboard, or lost it: back from the network's page it is checked."""
        self._return.turned_to(active=active)

    def retranslate(self) -> None:
        """The language or the state changed."""
        if self.network is Network.FINE:
            return
        language = self._languages.current
        told = self._app.words(f"network.{self.network}").say(language)
        between = "" if language is Language.ZH_CN else " "
        self.say(told + between + self.tr("恢复后会自动重新检测。"))
        problem = self._app.table.problem(PROBLEMS[self.network])
        again = self._app.words("fix.retry")
        own = self.network in (Network.CAPTIVE_PORTAL, Network.CLOCK_WRONG)
        label(self.act, (problem.button if own else again).say(language))

    def _act(self) -> None:
        if self.network is Network.CLOCK_WRONG:
            self.guide_wanted.emit("clock")
        elif self.network is Network.CAPTIVE_PORTAL:
            self._open_page()
        else:
            self.check_wanted.emit()

    def _open_page(self) -> None:
        link = self._app.table.problem(PROBLEMS[self.network]).link
        if link is None or not self._app.table.opens(link):
            return

        def failed() -> None:
            if not isValid(self):  # a browser ends when it likes
                return
            QGuiApplication.clipboard().setText(link)
            self.told.emit(self.tr("浏览器没有打开；网址已复制：{url}").format(url=link))

        self._return.wait(self.check_wanted.emit)
        open_page(link, failed)
