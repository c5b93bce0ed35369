"""Opens a page in the person's own browser; nothing waits for it, and who asked hears of a no."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import webbrowser
from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

BROWSER = "BROWSER"  # environment: the command that opens pages, as everywhere on Unix


def open_page(url: str, failed: Callable[[], object] = lambda: None) -> None:
    """Open a page by $BROWSER where that is set, else as the system does.

    `failed` is called on the loop, perhaps much later: some commands run as long as the browser.
    """
    if not os.environ.get(BROWSER, "").strip():
        if not QDesktopServices.openUrl(QUrl(url)):
            failed()
        return
    loop = asyncio.get_running_loop()

    def run() -> None:
        if not webbrowser.open(url):
            with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(failed)

    threading.Thread(target=run, name="browser", daemon=True).start()
