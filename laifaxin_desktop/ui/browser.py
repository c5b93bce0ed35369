"""Opens a page in the person's own browser; nothing waits for it, and who asked hears of a no."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import threading
import time
import webbrowser
from collections.abc import Callable

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

BROWSER = "BROWSER"  # environment: the commands that open pages, as everywhere on Unix
_AT_ONCE = 10.0  # seconds; a command that ends badly later has shown the page before


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
        if not any(_opened(command, url) for command in os.environ[BROWSER].split(os.pathsep)):
            with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(failed)

    threading.Thread(target=run, name="browser", daemon=True).start()


def _opened(command: str, url: str) -> bool:
    """Whether one command has opened the page; %s in it stands for the address.

    Not `webbrowser.open`: when the person ends their browser by force it opens the page in the next
    one that it knows.
    """
    began = time.monotonic()
    with contextlib.suppress(ValueError):  # quotes that do not end
        words = [command] if shutil.which(command) else shlex.split(command)
        words = words[:-1] if words[-1:] == ["&"] else words  # this thread is as far behind
        if words and not any("%s" in word for word in words):
            words.append("%s")
        if words and webbrowser.GenericBrowser(words).open(url):
            return True
    return time.monotonic() - began > _AT_ONCE
