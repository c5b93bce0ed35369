"""One window a person: a second start brings the first one to the front and ends."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_PATIENCE = 500  # ms for one attempt to reach the first window
_ATTEMPTS = 6  # it may just be starting
_SHOW = b"show\n"
_log = logging.getLogger(__name__)


class SingleInstance(QObject):
    """Holds a lock beside the data; the lock of a program that crashed counts for nothing."""

    shown_again = Signal()  # another start asked for the window

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answered = True  # False: another one holds the lock, and cannot be reached
        mark = hashlib.sha256(str(data.absolute()).encode()).hexdigest()[:16]
        self._name = f"laifaxin-desktop-{mark}"
        self._lock = QLockFile(str(data / "window.lock"))
        self._lock.setStaleLockTime(0)  # a living holder keeps it for as long as it lives
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._asked)

    def is_first(self) -> bool:
        """Whether this start may open the window; otherwise the first one was asked to show itself.

        Where the folder cannot be written there is nothing to protect: every start is the first.
        """
        for _ in range(_ATTEMPTS):
            if self._lock.tryLock(0) or self._lock.error() is QLockFile.LockError.PermissionError:
                QLocalServer.removeServer(self._name)  # a crash left its socket behind
                if not self._server.listen(self._name):
                    why = self._server.errorString()
                    _log.warning("this window cannot be asked to the front: %s", why)
                return True
            if self._lock.error() is not QLockFile.LockError.LockFailedError:
                return True
            if self._ask():
                return False
        self.answered = False
        return False

    def release(self) -> None:
        """Let the next start be the first."""
        self._server.close()
        self._lock.unlock()

    def _ask(self) -> bool:
        socket = QLocalSocket(self)
        socket.connectToServer(self._name)
        if not socket.waitForConnected(_PATIENCE):
            return False
        socket.write(_SHOW)
        heard = socket.waitForBytesWritten(_PATIENCE) and socket.waitForReadyRead(_PATIENCE)
        socket.disconnectFromServer()
        return heard

    def _asked(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda one=socket: self._answer(one))

    def _answer(self, socket: QLocalSocket) -> None:
        if _SHOW.strip() in bytes(socket.read(64).data()):
            socket.write(b"ok\n")
            socket.flush()
            self.shown_again.emit()
