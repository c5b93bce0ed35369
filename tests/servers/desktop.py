"""A desktop without a screen: X server, window manager and accessibility bus in one session."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .processes import Process, find, require_linux, wait_until
from .session import Session, run_session

_START_SECONDS = 20.0


class Desktop:
    """The desktop; made by `run_desktop`."""

    def __init__(self, session: Session, display: str) -> None:
        self.session = session
        self.display = display

    def environment(self, language: str = "zh_CN") -> dict[str, str]:
        """For a program that is to show itself here."""
        return {
            **self.session.environment,
            "DISPLAY": self.display,
            "QT_QPA_PLATFORM": "xcb",
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "QT_ACCESSIBILITY": "1",
            "LANG": f"{language}.UTF-8",
            # Where the language's locale is not installed, C.UTF-8 always is: Qt asks LANG for
            # the language and LC_CTYPE for the encoding.
            "LC_CTYPE": "C.UTF-8",
        }

    def screenshot(self, path: Path) -> Path:
        """What can be seen now, as PNG."""
        self._run("import", "-silent", "-window", "root", f"png:{path}")
        return path

    def xdotool(self, *arguments: str) -> None:
        """Mouse and keyboard, as a person's."""
        self._run("xdotool", *arguments)

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [find(program), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout

    def _window_manager_there(self) -> bool:
        # The property of the EWMH by which a window manager says that it is at work.
        return "window id" in self._run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")


def _read_line(reader: int, server: Process) -> str:
    # Up to the end of the line: the server ends when the pipe closes before it has written all.
    said = b""
    while not said.endswith(b"\n"):
        if not select.select([reader], [], [], _START_SECONDS)[0]:
            raise TimeoutError(f"Xvfb\n{server.words()}")
        part = os.read(reader, 16)
        if not part:
            wait_until(lambda: not server.alive(), 5, "Xvfb to end")
            server.check_alive()
        said += part
    return said.decode().strip()


@contextmanager
def _own_number() -> Iterator[int]:
    """A display number that no other desktop of the tests has until the block ends.

    An X server which looks for a free one itself takes the socket of a server in another network
    namespace away: it sees that server's file, but not its abstract socket.
    """
    for number in range(90, 300):
        file = Path(tempfile.gettempdir()) / f".laifaxin-test-display-{number}"
        with file.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if not _in_use(number):
                yield number
                return
    raise RuntimeError("no display number is free")


def _in_use(number: int) -> bool:
    # The lock of an X server that was killed stays; the next one takes it over.
    with contextlib.suppress(FileNotFoundError, ValueError):
        return Path(f"/proc/{int(Path(f'/tmp/.X{number}-lock').read_text())}").exists()
    return False


def _start_display(session: Session, size: str, number: int) -> str:
    reader, writer = os.pipe()
    try:
        # It must not start over (and turn away who comes just then) when the first client leaves.
        options = ["-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"]
        server = session.start(
            ["Xvfb", f":{number}", "-displayfd", str(writer), *options], pass_fds=[writer]
        )
        os.close(writer)
        writer = -1
        return f":{_read_line(reader, server)}"
    finally:
        os.close(reader)
        if writer >= 0:
            os.close(writer)


def _start_accessibility(session: Session, display: str) -> Process:
    bus = session.start(
        [find("at-spi-bus-launcher"), "--launch-immediately"], more={"DISPLAY": display}
    )
    sockets = Path(session.environment["XDG_RUNTIME_DIR"]) / "at-spi"

    def ready() -> bool:
        bus.check_alive()
        return any(sockets.glob("bus*"))

    wait_until(ready, _START_SECONDS, f"the accessibility bus\n{bus.words()}")
    return bus


@contextmanager
def run_desktop(session: Session | None = None, *, size: str = "1280x960") -> Iterator[Desktop]:
    """Run one until the block ends, in this session (a keychain's, say) or in a new one."""
    require_linux()
    # Looked for at the start, so that what is missing is named then and not in mid-test.
    for program in ("xdotool", "import", "xprop", "openbox", "at-spi-bus-launcher"):
        find(program)
    with ExitStack() as stack:
        session = session or stack.enter_context(run_session())
        number = stack.enter_context(_own_number())
        display = _start_display(session, size, number)
        desktop = Desktop(session, display)
        # All three start side by side.
        manager = session.start(["openbox", "--sm-disable"], more={"DISPLAY": display})
        _start_accessibility(session, display)

        def managed() -> bool:
            manager.check_alive()
            with contextlib.suppress(RuntimeError):
                return desktop._window_manager_there()
            return False

        wait_until(managed, _START_SECONDS, f"openbox\n{manager.words()}")
        yield desktop
