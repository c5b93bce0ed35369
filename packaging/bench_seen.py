"""Inside a measured program: says when its window was painted, how much it weighs, how it stalls.

Every word is one line of JSON on standard output, with the time of CLOCK_MONOTONIC.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
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
            QTimer.singleShot(0, lambda: tell("painted"))
        return False


def tell_when_painted(window: QWidget) -> None:
    """Say `painted` when everything that the first expose event asked for is on the screen."""
    handle = window.windowHandle()
    handle.installEventFilter(_Exposed(handle))


def weigh_and_end(end: Callable[[], object]) -> None:
    """After a rest, say the proportional set size (proc(5), smaps_rollup) and end."""

    def weigh() -> None:
        lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
        (size,) = (line.split()[1] for line in lines if line.startswith("Pss:"))
        tell("weighed", kib=int(size))
        end()

    QTimer.singleShot(_REST, weigh)


class Stalls(QObject):
    """How long at most the loop did nothing but one thing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last = time.perf_counter()
        self._longest = 0.0
        timer = QTimer(self)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._tick)
        timer.start(_TICK)

    def _tick(self) -> None:
        now = time.perf_counter()
        self._longest = max(self._longest, (now - self._last) * 1000 - _TICK)
        self._last = now

    def longest(self) -> float:
        """The longest stall since this was last asked, in ms."""
        self._tick()
        longest, self._longest = self._longest, 0.0
        return longest
