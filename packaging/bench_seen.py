"""Inside a measured program: says when its window was painted, how much it weighs, how it stalls.

Every word is one line of JSON on standard output, with the time of CLOCK_MONOTONIC.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QWidget

_REST = 1500  # ms that a program is given to come to rest before it is weighed
_TICK = 2  # ms


def tell(word: str, **more: object) -> None:
    """One line for whoever measures."""
    line = json.dumps({"word": word, "at": time.monotonic(), **more})
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class _Exposed(QObject):
    """Waits for the first expose event of a window; painting follows within it."""

    def eventFilter(self, window: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() is QEvent.Type.Expose:
            window.removeEventFilter(self)
            QTimer.singleShot(0, lambda: tell("painted", waited=_waited() / 1e6))
        return False


def tell_when_painted(window: QWidget) -> None:
    """Say `painted` when everything that the first expose event asked for is on the screen."""
    handle = window.windowHandle()
    handle.installEventFilter(_Exposed(handle))


def weigh_and_end(end: Callable[[], object]) -> None:
    """After a rest, say how much memory it takes and end."""

    def weigh() -> None:
        tell("weighed", kib=weight())
        end()

    QTimer.singleShot(_REST, weigh)


def weight() -> int:
    """The proportional set size (proc(5), smaps) in KiB, as if nobody else used this Qt now.

    What is mapped from the virtual environment counts whole: other programs that run from it at the
    moment (tests, say) would make it look lighter.
    """
    size, field = 0, "Pss:"
    for line in Path("/proc/self/smaps").read_text().splitlines():
        first, _, rest = line.partition(" ")
        if "-" in first and not first.endswith(":"):
            field = "Rss:" if f" {sys.prefix}/" in line else "Pss:"
        elif first == field:
            size += int(rest.split()[0])
    return size


def _waited() -> int:
    """Nanoseconds that Qt's thread has waited for a processor so far."""
    return int(Path("/proc/thread-self/schedstat").read_text().split()[1])


class _Waits:
    """How long threads of this program waited for a processor: this machine's doing, not ours."""

    _ANEW = 50  # looks after which new threads are looked for

    def __init__(self) -> None:
        self._files: dict[str, int] = {}
        self._known: dict[str, int] = {}
        self._looks = 0

    def most(self) -> float:
        """The longest wait of one thread since this was last asked, in ms.

        Of any thread: who holds the interpreter's lock and waits lets the window wait as well.
        """
        if self._looks % self._ANEW == 0:
            self._find()
        self._looks += 1
        most = 0
        for thread, file in list(self._files.items()):
            try:
                # Nanoseconds run, nanoseconds waited, times run (Documentation/scheduler).
                waited = int(os.pread(file, 100, 0).split()[1])
            except (OSError, IndexError):
                os.close(self._files.pop(thread))
                continue
            most = max(most, waited - self._known.get(thread, waited))
            self._known[thread] = waited
        return most / 1e6

    def _find(self) -> None:
        for thread in os.listdir("/proc/self/task"):
            if thread not in self._files:
                with suppress(OSError):
                    path = f"/proc/self/task/{thread}/schedstat"
                    self._files[thread] = os.open(path, os.O_RDONLY | os.O_CLOEXEC)


class Stalls(QObject):
    """How long at most the loop did nothing but one thing, less the waiting for a processor."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waits = _Waits()
        self._last = time.perf_counter()
        self._longest = 0.0
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._tick)
        timer.start(_TICK)

    def _tick(self) -> None:
        now = time.perf_counter()
        stall = (now - self._last) * 1000 - _TICK - self._waits.most()
        self._longest = max(self._longest, stall)
        self._last = now

    def longest(self) -> float:
        """The longest stall since this was last asked, in ms."""
        self._tick()
        longest, self._longest = self._longest, 0.0
        return longest
