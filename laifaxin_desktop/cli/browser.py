"""Opens a page in the person's browser; waits for nothing and lends it nothing of ours."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import threading


def open_page(url: str) -> None:
    """Try in a thread of its own: a browser may stay in the foreground, or never answer."""
    threading.Thread(target=_try, args=(url,), name="browser", daemon=True).start()


def _try(url: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        if commands := _chosen():
            any(_opened(command, url) for command in commands)
        else:
            _usual(url)


def _chosen() -> list[list[str]]:
    """What $BROWSER names, the first choice first; %s stands for the address."""
    commands = []
    for entry in os.environ.get("BROWSER", "").split(os.pathsep):
        if shutil.which(entry):  # a path may have blanks
            commands.append([entry])
        elif words := shlex.split(entry, posix=os.name != "nt"):
            commands.append(words[:-1] if words[-1] == "&" else words)
    return [command for command in commands if command]


def _opened(command: list[str], url: str) -> bool:
    """Whether the browser could be started, and did not say that it failed."""
    if not any("%s" in word for word in command):
        command = [*command, "%s"]
    try:
        # Nothing is inherited: a browser that lives on would keep our pipes open, and whoever
        # reads the answer from one would wait for it. In a session of its own Ctrl-C spares it.
        browser = subprocess.Popen(  # noqa: S603 - the person's own browser
            [word.replace("%s", url) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return browser.wait() == 0


def _usual(url: str) -> None:
    import webbrowser

    screens = [os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")]
    if sys.platform == "linux" and not any(screens):
        return  # only browsers of the terminal are left, and they cannot sign in there
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return  # the address was printed
    if isinstance(browser, webbrowser.GenericBrowser):
        _opened([browser.name, *browser.args], url)
    else:
        browser.open(url)
