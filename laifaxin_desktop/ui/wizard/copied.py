"""What the program itself put on the clipboard, so that it can be taken back when it is over."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication


class Copied:
    """One text at a time; what the person copied since is left alone."""

    def __init__(self) -> None:
        self._text = ""

    def put(self, text: str) -> None:
        """Copy."""
        self._text = text
        QGuiApplication.clipboard().setText(text)

    def take_back(self) -> None:
        """Empty the clipboard if it still holds it."""
        clipboard = QGuiApplication.clipboard()
        if self._text and clipboard.text() == self._text:
            clipboard.clear()
        self._text = ""
