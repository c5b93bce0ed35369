"""What the program's own menu does: its language, its folders, its name; touches no account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places

from .about import AboutBox
from .languages import Languages
from .loop import spawn
from .notice import Toast
from .toolbar import Toolbar
from .window_state import keep_language

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class ProgramMenu(QObject):
    """Hears the toolbar's menu."""

    def __init__(
        self, toolbar: Toolbar, places: Places, languages: Languages, toast: Toast, window: QWidget
    ) -> None:
        super().__init__(window)
        self._places, self._languages = places, languages
        self._toast, self._window = toast, window
        self._app: App | None = None
        toolbar.language_chosen.connect(self._choose_language)
        toolbar.folder_wanted.connect(self.open_folder)
        toolbar.logs_wanted.connect(self.open_logs)
        toolbar.about_wanted.connect(lambda: AboutBox(window).open())

    def show_app(self, app: App) -> None:
        """The store is open: a language can be remembered."""
        self._app = app

    def open_folder(self) -> None:
        """Show the folder with the file of accounts."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.data)))

    def open_logs(self) -> None:
        """Show the folder with the log; it holds no secret and may be sent to whoever helps."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._places.logs)))

    def _choose_language(self, word: str) -> None:
        self._languages.switch(Language(word))
        if self._app is not None:
            spawn(self._remember(self._app, word), self)

    async def _remember(self, app: App, word: str) -> None:
        try:
            await keep_language(app.accounts, word)
        except MailError:
            self._toast.say(self.tr("没有保存：邮箱列表文件现在不能写入。"))
