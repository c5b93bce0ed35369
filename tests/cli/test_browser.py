"""The person's browser is started, whatever $BROWSER says, and never holds anything up."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
import time
import webbrowser
from pathlib import Path

import pytest

from laifaxin_desktop.cli.browser import _usual, open_page
from tests.servers.processes import wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the browsers here are shell scripts")
URL = "https://login.example/authorize?state=a&scope=b%20c"


def browser(folder: Path, name: str = "browser", *, exits: int = 0, stays: int = 0) -> Path:
    """A program that writes down its arguments."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(
        f'#!/bin/sh\necho noise; echo noise >&2\nprintf "%s\\n" "$@" > "{program}.new"\n'
        f'mv "{program}.new" "{program}.seen"\nsleep {stays}\nexit {exits}\n'
    )
    program.chmod(0o755)
    return program


def seen(program: Path) -> list[str]:
    """What it was started with."""
    told = Path(f"{program}.seen")
    wait_until(told.exists, 10, "the browser was started")
    return told.read_text().splitlines()


@pytest.mark.parametrize(
    ("form", "arguments"),
    [
        ("{path}", [URL]),
        ("{quoted}", [URL]),
        ("{quoted} --new-window", ["--new-window", URL]),
        ("{quoted} --app=%s x", [f"--app={URL}", "x"]),
        ("{quoted} %s &", [URL]),
        ("/no/such/browser:{quoted}", [URL]),
        ("false:{quoted}", [URL]),
        (":{quoted}", [URL]),
    ],
)
def test_every_form_of_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, arguments: list[str]
) -> None:
    program = browser(tmp_path / "带空格 folder")
    variable = form.format(path=program, quoted=shlex.quote(str(program)))
    monkeypatch.setenv("BROWSER", variable)
    open_page(URL)
    assert seen(program) == arguments


@pytest.mark.parametrize("variable", ["/no/such/browser", "'", "%s", "false"])
def test_a_browser_that_cannot_be_started_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("BROWSER", variable)
    open_page(URL)
    # A program that is still being written cannot be started while somebody else forks.
    for thread in threading.enumerate():
        if thread.name == "browser":
            thread.join(10)
    last = browser(tmp_path)
    monkeypatch.setenv("BROWSER", str(last))
    open_page(URL)
    assert seen(last) == [URL]


def test_a_browser_that_stays_keeps_nobody_waiting(tmp_path: Path) -> None:
    """Neither the program nor whoever reads its answer from a pipe; its noise is in no answer."""
    program = browser(tmp_path, stays=20)
    code = (
        "import sys, time; from pathlib import Path\n"
        "from laifaxin_desktop.cli.browser import open_page\n"
        f"open_page({URL!r})\n"
        f"while not Path({str(program) + '.seen'!r}).exists(): time.sleep(0.01)\n"
        "print('answer')\n"
    )
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "BROWSER": str(program)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert time.monotonic() - began < 15
    assert (done.stdout, done.stderr) == ("answer\n", "")


def test_without_a_screen_no_browser_of_the_terminal_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_browser = browser(tmp_path, "w3m")
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("TERM", "xterm")
    open_page(URL)
    last = browser(tmp_path)
    monkeypatch.setenv("BROWSER", str(last))
    open_page(URL)
    assert seen(last) == [URL]
    assert not Path(f"{text_browser}.seen").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize(
    ("screens", "opens"),
    [
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "wayland-0"}, True),
        ({"DISPLAY": ":0"}, True),
        ({"DISPLAY": ""}, False),
        ({}, False),
    ],
)
def test_the_usual_browser_wants_a_screen_of_either_kind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, screens: dict[str, str], opens: bool
) -> None:
    program = browser(tmp_path, "firefox")
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in screens.items():
        monkeypatch.setenv(name, value)
    found = webbrowser.GenericBrowser([str(program), "%s"])
    monkeypatch.setattr("webbrowser.get", lambda: found)
    _usual(URL)
    assert Path(f"{program}.seen").exists() is opens
