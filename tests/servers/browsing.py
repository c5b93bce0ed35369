"""The test's side of `browser`: gives orders, and reads what the browser saw."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import browser
from .browser import Orders
from .processes import wait_until


class Browser:
    """What $BROWSER starts; its files are in `folder`."""

    def __init__(self, folder: Path, routes: Mapping[str, int] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._routes = dict(routes or {})
        self.program = folder / "browser"
        # A file of its own, for not everybody who reads $BROWSER splits it into words.
        script = f'#!/bin/sh\nexec "{sys.executable}" "{browser.__file__}" "$@"\n'
        self.program.write_text(script)
        self.program.chmod(0o755)
        self.obey()

    def environment(self) -> dict[str, str]:
        """For the program under test."""
        return {"BROWSER": str(self.program), browser.FOLDER: str(self.folder)}

    def obey(self, orders: Orders | None = None) -> None:
        """How the next ones behave; nothing: like somebody who wants to sign in."""
        given: dict[str, Any] = {"routes": self._routes, **(orders or {})}
        fresh = self.folder / "orders.new"
        fresh.write_text(json.dumps(given))
        fresh.replace(self.folder / "orders.json")

    def begun(self) -> list[str]:
        """The addresses it was started with so far, in order."""
        return [path.read_text() for path in sorted(self.folder.glob("visit-*.begun"))]

    def visits(self, *, wait_for: int = 0, seconds: float = 20) -> list[dict[str, Any]]:
        """What was seen (`browser.browse`), of finished visits, in order."""

        def finished() -> list[Path]:
            return sorted(self.folder.glob("visit-*.json"))

        wait_until(lambda: len(finished()) >= wait_for, seconds, f"{wait_for} visits of a browser")
        return [json.loads(path.read_text()) for path in finished()]

    def last_page(self, *, seconds: float = 20) -> dict[str, Any]:
        """The last step of the latest visit: url, method, status, headers, page."""
        step: dict[str, Any] = self.visits(wait_for=1, seconds=seconds)[-1]["steps"][-1]
        return step

    def forget(self) -> None:
        """Nothing was seen yet."""
        for path in self.folder.glob("visit-*"):
            path.unlink()
