"""A server's log as tests read it: complete, and from a chosen moment on."""

from __future__ import annotations

import time
from pathlib import Path

from .processes import wait_until

# Servers answer a client before their log process has written the line.
_QUIET_SECONDS = 0.1


class ServerLog:
    """One log file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_from = 0

    def text(self) -> str:
        """Everything since the last `forget`."""
        self._wait_at_rest()
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(self._read_from)
            return file.read().decode(errors="replace")

    def forget(self) -> None:
        """Read from here on."""
        self._wait_at_rest()
        self._read_from = self._size()

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _wait_at_rest(self) -> None:
        seen = -1
        since = time.monotonic()

        def at_rest() -> bool:
            nonlocal seen, since
            size = self._size()
            if size != seen:
                seen, since = size, time.monotonic()
            return time.monotonic() - since >= _QUIET_SECONDS

        wait_until(at_rest, 10, f"{self.path.name} to come to rest")
