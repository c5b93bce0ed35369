"""Deleted accounts that can still be undone: hidden at once, removed after ten seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from PySide6.QtCore import QObject, QTimer, Signal

from laifaxin_desktop.model.problem import MailError

from .loop import spawn

UNDO = 10.0  # seconds


class Deletions(QObject):
    """Waits, removes, and brings back what could not be removed."""

    changed = Signal()  # what is hidden
    failed = Signal()  # something could not be removed and is back

    def __init__(
        self, remove: Callable[[str], Awaitable[None]], parent: QObject, seconds: float = UNDO
    ) -> None:
        super().__init__(parent)
        self._remove = remove
        self._waiting: tuple[str, ...] = ()
        self._leaving: set[str] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self.settle)

    @property
    def hidden(self) -> frozenset[str]:
        """The ids that the list leaves out."""
        return frozenset(self._waiting) | self._leaving

    def delete(self, ids: Iterable[str]) -> None:
        """Hide these; those deleted before them can no longer be undone."""
        self.settle()
        self._waiting = tuple(ids)
        self._timer.start()
        self.changed.emit()

    def undo(self) -> None:
        """Bring the last ones back; nothing was removed yet."""
        self._timer.stop()
        self._waiting = ()
        self.changed.emit()

    async def finish(self) -> None:
        """Remove everything that waits, now, and see what is being removed to its end."""
        self._timer.stop()
        self.settle()
        await asyncio.gather(*self._running)

    def settle(self) -> None:
        """Remove those that wait, now: they can no longer be undone."""
        if self._waiting:
            task = spawn(self._remove_all(self._take()), self)
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def _take(self) -> tuple[str, ...]:
        ids, self._waiting = self._waiting, ()
        self._leaving |= set(ids)
        return ids

    async def _remove_all(self, ids: tuple[str, ...]) -> None:
        for account_id in ids:
            try:
                await self._remove(account_id)
            except MailError:
                self.failed.emit()
        self._leaving -= set(ids)
        self.changed.emit()
