"""Says once a start which provider files of the config folder are passed over, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from .languages import Languages
from .notice import Notice, label

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class OwnFilesBar(Notice):
    """There from the start while a file was wrong, until a person has read it."""

    def __init__(self, app: App, languages: Languages, parent: QWidget | None = None) -> None:
        super().__init__("own_files_bar", "notice", parent)
        self._app, self._languages = app, languages
        self.folder = self.button("own_files_folder_button", self._open_folder)
        self.heard = self.button("own_files_heard_button", self.hide)
        self.setVisible(bool(app.book.passed_over))
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        label(self.folder, self.tr("打开文件夹"))
        label(self.heard, self.tr("知道了"))
        language, words = self._languages.current, self._app.words
        lines = [each.text(words).say(language) for each in self._app.book.passed_over]
        self.say("\n".join([*lines, self.tr("改好后，重新打开程序就会使用。")]))

    def _open_folder(self) -> None:
        folder = self._app.places.config / "providers"
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
