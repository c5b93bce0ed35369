"""A field for a secret: hidden, taught to no input method, without a history of changes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit, QMenu

from laifaxin_desktop.model.provider import Credential
from laifaxin_desktop.model.secret import Secret

MOST_TAKEN = 4096  # characters; a whole letter pasted by mistake is cut, and called too long

_HINTS = (
    Qt.InputMethodHint.ImhHiddenText
    | Qt.InputMethodHint.ImhSensitiveData
    | Qt.InputMethodHint.ImhNoPredictiveText
    | Qt.InputMethodHint.ImhNoAutoUppercase
)
_STEPS_BACK = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class SecretField(QLineEdit):
    """Hidden until `reveal(True)`; every way of pasting goes through `pasted`."""

    pasted = Signal(str)  # what the clipboard held, as it was

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMaxLength(MOST_TAKEN)
        self.setDragEnabled(False)
        self.setAcceptDrops(False)
        self.reveal(False)

    def reveal(self, shown: bool) -> None:
        """Show or hide what is typed; no input method learns it in either case."""
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.setEchoMode(mode)
        self.setInputMethodHints(_HINTS)  # setEchoMode replaces them

    @property
    def revealed(self) -> bool:
        """Whether it can be read now."""
        return self.echoMode() is QLineEdit.EchoMode.Normal

    def put(self, secret: str) -> None:
        """Replace the content and forget the history of changes."""
        if self.text() != secret:
            self.setText(secret)

    def paste_now(self) -> None:
        """Take what is on the clipboard: only text, only because somebody asked."""
        data = QGuiApplication.clipboard().mimeData()
        self.pasted.emit(data.text() if data is not None and data.hasText() else "")

    def event(self, event: QEvent) -> bool:
        """Undo is nobody else's shortcut while the field has the focus."""
        override = event.type() is QEvent.Type.ShortcutOverride
        if override and isinstance(event, QKeyEvent) and _steps_back(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if _steps_back(event):
            return
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste_now()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("粘贴"), self.paste_now)
        menu.popup(event.globalPos())


def _steps_back(event: QKeyEvent) -> bool:
    return any(event.matches(key) for key in _STEPS_BACK)


def clear_clipboard_of(*secrets: Secret | None) -> None:
    """Empty the clipboard if what it holds has one of these in it, in however many lines."""
    clipboard = QGuiApplication.clipboard()
    data = clipboard.mimeData()
    held = "".join(data.text().split()) if data is not None and data.hasText() else ""
    if any(secret and secret.reveal() in held for secret in secrets):
        clipboard.clear()


def clear_clipboard(secret: Secret | None, credential: Credential | None) -> None:
    """Empty the clipboard if it still holds this secret, as it was copied or as we cleaned it."""
    clipboard = QGuiApplication.clipboard()
    data = clipboard.mimeData()
    if secret is None or data is None or not data.hasText():
        return
    held = data.text()
    cleaned = credential.clean(held) if credential else held.strip("\r\n")
    if secret in (Secret(held), Secret(cleaned)):
        clipboard.clear()
