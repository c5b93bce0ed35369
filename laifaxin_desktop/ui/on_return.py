"""Does something once the person comes back from the browser; never while they are still away."""

from __future__ import annotations

from collections.abc import Callable


class OnReturn:
    """At most one deed waits; a later one takes its place."""

    def __init__(self) -> None:
        self._deed: Callable[[], object] | None = None
        self._away = False

    def wait(self, deed: Callable[[], object]) -> None:
        """The browser is about to come to the front."""
        self._deed, self._away = deed, False

    def forget(self) -> None:
        """What was waited for is over."""
        self._deed, self._away = None, False

    def turned_to(self, *, active: bool) -> None:
        """The window got the keyboard, or lost it to another."""
        if self._deed is None:
            return
        if not active:
            self._away = True
        elif self._away:
            deed = self._deed
            self.forget()
            deed()
