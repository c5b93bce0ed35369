"""Remembers discovery documents for a day: a hundred accounts need not ask a hundred times."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_DAY = 86400.0  # seconds; msal's own memory, which lives as long as one application, has the same
_MOST = 256


class Documents:
    """Shared by threads; holds nothing secret."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, str]] = {}
        self._guard = threading.Lock()

    def get(self, url: str) -> str | None:
        """The document, while it is fresh."""
        with self._guard:
            until, text = self._kept.get(url, (0.0, ""))
            return text if text and self._clock() < until else None

    def keep(self, url: str, text: str) -> None:
        """Remember what was just fetched and judged."""
        with self._guard:
            while len(self._kept) >= _MOST:
                del self._kept[next(iter(self._kept))]
            self._kept[url] = (self._clock() + _DAY, text)
