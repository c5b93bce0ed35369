"""Which of the two languages the window speaks; switches every open window at once."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

from laifaxin_desktop.model.text import Language


class Languages(QObject):
    """Holds the translators: ours, and Qt's own for its menus and dialogs.

    Chinese is the language of the source, so only English has a file of ours.
    """

    changed = Signal(str)  # the new Language's word

    def __init__(self, app: QCoreApplication, resources: Path) -> None:
        super().__init__(app)
        self._app, self._folder = app, resources / "i18n"
        self._installed: list[QTranslator] = []
        self._current: Language | None = None

    @property
    def current(self) -> Language:
        """The language now; the system's before anybody switched."""
        return self._current or Language.of(QLocale.system().name())

    def start(self, remembered: str | None = None) -> None:
        """Begin with the remembered choice, or with the system's language."""
        system = Language.of(QLocale.system().name())
        self.switch(next((known for known in Language if known == remembered), system))

    def switch(self, language: Language) -> None:
        """Speak another language from now on; Qt sends LanguageChange to every widget.

        :raises FileNotFoundError: our translation was never compiled
        """
        if language is self._current:
            return
        made = []
        qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        own = QTranslator(self)
        if own.load(f"qtbase_{language.value}", qt_folder):
            made.append(own)
        if language is Language.EN:
            ours = QTranslator(self)
            if not ours.load("laifaxin_en", str(self._folder)):
                raise FileNotFoundError(self._folder / "laifaxin_en.qm")
            made.append(ours)
        self._current = language
        QLocale.setDefault(QLocale(language.value))
        for old in self._installed:
            self._app.removeTranslator(old)
            old.deleteLater()
        for new in made:
            self._app.installTranslator(new)
        self._installed = made
        self.changed.emit(language.value)
