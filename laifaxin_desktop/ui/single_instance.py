"""One window a person: a second start brings the first one to the front and ends."""

from __future__ import annotations

import contextlib
import logging
import time
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QLockFile, QObject, Signal

_PATIENCE = 2.0  # seconds that the first window has for its answer: it may just be starting
_LOOK = 0.02  # seconds between two looks for it
_log = logging.getLogger(__name__)


class SingleInstance(QObject):
    """Holds a lock beside the data; the lock of a program that crashed counts for nothing.

    A second start leaves a file beside the lock, and the first one takes it away as its answer: a
    folder can be watched without Qt's network library, whose three megabytes nobody else needs.
    """

    shown_again = Signal()  # another start asked for the window

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answered = True  # False: another one holds the lock, and cannot be reached
        self._wish = data / "window.show"
        self._lock = QLockFile(str(data / "window.lock"))
        self._lock.setStaleLockTime(0)  # a living holder keeps it for as long as it lives
        self._watcher = QFileSystemWatcher(self)
        self._watcher.directoryChanged.connect(self._look)

    def is_first(self) -> bool:
        """Whether this start may open the window; otherwise the first one was asked to show itself.

        Where the folder cannot be written there is nothing to protect: every start is the first.
        """
        until, asked = time.monotonic() + _PATIENCE, False
        while not self._lock.tryLock(0):
            if self._lock.error() is not QLockFile.LockError.LockFailedError:
                return True
            if asked and not self._wish.exists():
                return False
            if time.monotonic() > until:
                self.answered = False
                self._take_wish()
                return False
            asked = asked or self._leave_wish()
            time.sleep(_LOOK)
        if not self._watcher.addPath(str(self._wish.parent)):
            _log.warning("this window cannot be asked to the front: its folder cannot be watched")
        self._take_wish()  # whoever left it sees that a window comes
        return True

    def release(self) -> None:
        """Let the next start be the first."""
        if folders := self._watcher.directories():
            self._watcher.removePaths(folders)
        self._lock.unlock()

    def _leave_wish(self) -> bool:
        with contextlib.suppress(OSError):
            self._wish.touch()
            return True
        return False

    def _take_wish(self) -> bool:
        with contextlib.suppress(OSError):
            self._wish.unlink()
            return True
        return False

    def _look(self) -> None:
        """Something in the folder changed; most of it is the list's own file."""
        if self._take_wish():
            self.shown_again.emit()
