"""packaging/install puts an icon where a double click opens the window; uninstall takes it away.

The tests stand in the order of a life: the last one uninstalls.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fixtures_real import cannot_run
from tests.servers.desktop import Desktop
from tests.servers.processes import MissingError, Process, find, wait_until
from tests.servers.screen import Screen, run_screen
from tests.servers.session import home_environment

ROOT = Path(__file__).resolve().parents[2]
TITLE = "来发信 · 邮箱助手"
SLOW = 30  # seconds; a shared machine starts a program slowly


def program(name: str) -> str:
    """The path of a program of the system, or a skipped test that says which is missing."""
    try:
        return find(name)
    except MissingError as error:
        cannot_run(error)


@dataclass(frozen=True)
class Installed:
    """A person's home with the program in it: HOME and the XDG folders."""

    folders: Mapping[str, str]

    def folder(self, name: str) -> Path:
        return Path(self.folders[name])

    @property
    def entry(self) -> Path:
        return self.folder("XDG_DATA_HOME") / "applications" / "laifaxin-desktop.desktop"

    @property
    def icon(self) -> Path:
        return self.folder("HOME") / "Desktop" / "laifaxin-desktop.desktop"

    @property
    def data(self) -> Path:
        return self.folder("XDG_DATA_HOME") / "laifaxin-desktop"

    def script(self, name: str) -> None:
        done = subprocess.run(
            [ROOT / "packaging" / name],
            env={**os.environ, **pip_settings(), **self.folders},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self, argv: list[str], desktop: Desktop) -> Process:
        log = self.folder("HOME") / "output.log"
        return Process(argv, log=log, env={**desktop.environment(), **self.folders})

    def running(self) -> bool:
        """Whether the installed program runs."""
        mark = os.fsencode(self.data)
        return any(mark in words for words in command_lines())


def command_lines() -> Iterator[bytes]:
    """Of every process."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:
            continue  # it has just ended


def pip_settings() -> dict[str, str]:
    """This person's cache and registry of wheels, for a home that has none."""
    asked = [sys.executable, "-m", "pip", "cache", "dir"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    found = {"PIP_CACHE_DIR": done.stdout.strip()} if done.returncode == 0 else {}
    configuration = Path.home() / ".config" / "pip" / "pip.conf"
    if configuration.exists():
        found["PIP_CONFIG_FILE"] = str(configuration)
    return {name: value for name, value in found.items() if name not in os.environ}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    for name in ("xdg-user-dir", "gio", "desktop-file-validate", "pcmanfm"):
        program(name)
    person = tmp_path_factory.mktemp("用户 的 $主目录")
    here = Installed(home_environment(person))
    (here.folder("HOME") / "Desktop").mkdir()
    here.script("install")
    return here


@contextmanager
def opened(desktop: Desktop, installed: Installed) -> Iterator[Screen]:
    """The window that was asked for, closed at the end as a person closes it."""
    with run_screen(desktop) as screen:
        frame = screen.wait("frame", TITLE, timeout=SLOW)
        screen.wait("push button", "添加邮箱", timeout=SLOW)
        yield screen
        # Keys go to whatever is active, and a window is seen before it is.
        wait_until(lambda: "active" in frame.states(), 15, "the window to be active")
        screen.press("alt+F4")
        try:
            wait_until(lambda: not installed.running(), 15, "the program to end")
        except TimeoutError as error:
            raise AssertionError(f"{error}; on the screen:\n{screen.tree()}") from error


def test_the_entry_is_valid(installed: Installed) -> None:
    for entry in (installed.entry, installed.icon):
        checked = [program("desktop-file-validate"), str(entry)]
        done = subprocess.run(checked, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout) == (0, "")
        assert entry.stat().st_mode & stat.S_IXUSR


def test_nobody_else_looks_into_its_folder(installed: Installed) -> None:
    assert stat.S_IMODE(installed.data.stat().st_mode) == 0o700


def test_launching_the_entry_opens_the_window(installed: Installed, desktop: Desktop) -> None:
    launch = installed.start(["gio", "launch", str(installed.entry)], desktop)
    try:
        with opened(desktop, installed) as screen:
            assert screen.has("push button", "添加邮箱")
    finally:
        launch.stop()


def test_a_double_click_on_the_icon_opens_the_window(
    installed: Installed, desktop: Desktop
) -> None:
    # This file manager asks before it starts anything unless it is told not to: its own box, not
    # ours. Others ask once ("allow launching"), or not at all.
    settings = installed.folder("XDG_CONFIG_HOME") / "libfm" / "libfm.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text("[config]\nquick_exec=1\nsingle_click=0\n")
    icons = installed.start(["pcmanfm", "--desktop"], desktop)
    try:
        wait_until(lambda: click_twice(desktop, installed), SLOW, "the window")
        with opened(desktop, installed) as window:
            assert window.has("push button", "添加邮箱")
    finally:
        icons.stop()


def click_twice(desktop: Desktop, installed: Installed) -> bool:
    """Double-click where the first icon of a desktop is; true when that started the program.

    Again and again, since nothing tells when the icon is there (its program speaks no AT-SPI); a
    second start only brings the first window to the front.
    """
    desktop.xdotool("mousemove", "60", "40", "click", "--repeat", "2", "--delay", "80", "1")
    with suppress(TimeoutError):
        wait_until(installed.running, 2, "the program")
    return installed.running()


def test_uninstalling_keeps_the_accounts_and_nothing_else(installed: Installed) -> None:
    assert (installed.data / "accounts.db").exists()
    installed.script("uninstall")
    assert not installed.icon.exists()
    left = {path.name for path in installed.data.iterdir()}
    assert left <= {"accounts.db", "window.lock"}
    assert list(installed.folder("XDG_DATA_HOME").iterdir()) == [installed.data]
