"""The window as a screen reader meets it: what tests press, write into and read."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .desktop import Desktop
from .processes import MissingError, Process

# Not the one of the virtual environment: the bindings of AT-SPI are a package of the system.
_SYSTEM_PYTHON = "/usr/bin/python3"
# How much longer than its own waiting a request to the driver may take.
_ANSWER_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of the screen."""

    x: int
    y: int
    width: int
    height: int


class Element:
    """One thing in the window, by role and accessible name."""

    def __init__(self, screen: Screen, id_: int, role: str, name: str) -> None:
        self._screen = screen
        self.id = id_
        self.role = role
        self.name = name

    def __repr__(self) -> str:
        return f"{self.role} [{self.name}]"

    def states(self) -> set[str]:
        """Words such as showing, enabled, focused, checked, selected, editable."""
        return set(self._state()["states"])

    def enabled(self) -> bool:
        """Whether it can be worked."""
        return "enabled" in self.states()

    def checked(self) -> bool:
        """Whether a check box or radio button is set."""
        return "checked" in self.states()

    def text(self) -> str:
        """What a field or label holds; for anything else its name."""
        state = self._state()
        return str(state["text"] or state["name"])

    def description(self) -> str:
        """The accessible description."""
        return str(self._state()["description"])

    def area(self) -> Area:
        """Where on the screen it is."""
        return Area(*self._state()["area"])

    def click(self) -> None:
        """Press or toggle it as a screen reader would; with the mouse where it offers nothing."""
        if not self.enabled():
            raise AssertionError(f"{self} is not enabled\n{self._screen.tree()}")
        if not self._screen.ask(do="act", id=self.id)["done"]:
            self.click_with_mouse()

    def click_with_mouse(self, *, button: int = 1, times: int = 1) -> None:
        """Move the pointer to its middle and press."""
        area = self.area()
        x, y = area.x + area.width // 2, area.y + area.height // 2
        # Without --sync, which waits for ever when the pointer is there already.
        self._screen.desktop.xdotool(
            *("mousemove", str(x), str(y), "click"),
            *("--repeat", str(times), "--delay", "60", str(button)),
        )

    def type(self, text: str, *, keys: bool = False) -> None:
        """The field now holds this text; with `keys` it was typed on the keyboard."""
        # xdotool puts letters that the keyboard lacks on a spare key for a moment, and keys
        # pressed meanwhile are lost (tried at several speeds).
        if keys and not text.isascii():
            raise ValueError(f"cannot be typed on this keyboard: {text!r}")
        if not keys and self._screen.ask(do="write", id=self.id, text=text)["done"]:
            return
        self.click_with_mouse()
        self._screen.press("ctrl+a")
        self._screen.desktop.xdotool("type", "--clearmodifiers", "--delay", "5", "--", text)

    def press(self, *keys: str) -> None:
        """Give it the keyboard, then press keys by their X names (Return, Tab, ctrl+v)."""
        self._screen.ask(do="focus", id=self.id)
        self._screen.press(*keys)

    def _state(self) -> dict[str, Any]:
        return self._screen.ask(do="state", id=self.id)


class Screen:
    """All windows of one program (of all without `pid`); made by `run_screen`."""

    def __init__(self, desktop: Desktop, driver: Process, pid: int | None) -> None:
        self.desktop = desktop
        self.pid = pid
        self._driver = driver

    def wait(
        self,
        role: str | None = None,
        name: str | None = None,
        *,
        contains: str | None = None,
        enabled: bool | None = None,
        checked: bool | None = None,
        showing: bool = True,
        within: Element | None = None,
        timeout: float = 10,
    ) -> Element:
        """The first element that fits, as soon as there is one.

        `contains` looks for a part of the name or text; `enabled` and `checked` wait for those
        states, too: what `click` does happens a moment later.
        """
        wanted = _wanted(role, name, contains, enabled, checked, showing, within)
        found = self._find(timeout, wanted)
        if not found:
            raise AssertionError(
                f"waited {timeout:g} s for {_words(wanted)}; on the screen:\n{self.tree()}"
            )
        return found[0]

    def all(
        self,
        role: str | None = None,
        name: str | None = None,
        *,
        contains: str | None = None,
        enabled: bool | None = None,
        checked: bool | None = None,
        showing: bool = True,
        within: Element | None = None,
    ) -> list[Element]:
        """Every element that fits now."""
        return self._find(0, _wanted(role, name, contains, enabled, checked, showing, within))

    def has(
        self,
        role: str | None = None,
        name: str | None = None,
        *,
        contains: str | None = None,
        enabled: bool | None = None,
        checked: bool | None = None,
    ) -> bool:
        """Whether an element that fits shows now."""
        return bool(self._find(0, _wanted(role, name, contains, enabled, checked, True, None)))

    def wait_gone(
        self,
        role: str | None = None,
        name: str | None = None,
        *,
        contains: str | None = None,
        enabled: bool | None = None,
        checked: bool | None = None,
        timeout: float = 10,
    ) -> None:
        """Return as soon as nothing that fits shows any more."""
        wanted = _wanted(role, name, contains, enabled, checked, True, None)
        if not self.ask(do="gone", seconds=timeout, pid=self.pid, **wanted)["gone"]:
            raise AssertionError(
                f"after {timeout:g} s there still is {_words(wanted)}; on the screen:\n"
                f"{self.tree()}"
            )

    def focused(self) -> Element | None:
        """What has the keyboard."""
        for element in self.all():
            with suppress(GoneError):
                if "focused" in element.states() and element.role not in ("frame", "dialog"):
                    return element
        return None

    def texts(self) -> list[str]:
        """Every word that shows, each once."""
        return list(self.ask(do="texts", pid=self.pid)["texts"])

    def tree(self) -> str:
        """Everything, as indented text."""
        return str(self.ask(do="tree", pid=self.pid)["tree"]) or "(no window)"

    def press(self, *keys: str) -> None:
        """Press keys by their X names, wherever the keyboard is."""
        self.desktop.xdotool("key", "--clearmodifiers", "--", *keys)

    def screenshot(self, path: Path) -> Path:
        """What can be seen now, as PNG."""
        return self.desktop.screenshot(path)

    def ask(self, **request: Any) -> dict[str, Any]:
        """One question to the driver, which may wait `seconds` before it answers."""
        pipes = self._driver.popen
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        pipes.stdin.write(json.dumps(request).encode() + b"\n")
        pipes.stdin.flush()
        if not select.select([pipes.stdout], [], [], request.get("seconds", 0) + _ANSWER_SECONDS)[
            0
        ]:
            raise TimeoutError(f"no answer to {request} from the accessibility tree")
        line = pipes.stdout.readline()
        if not line:
            raise RuntimeError(f"the driver ended\n{self._driver.words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise GoneError(f"{request['do']}: {answer['error']}")
        return answer

    def _find(self, seconds: float, wanted: dict[str, Any]) -> list[Element]:
        answer = self.ask(do="find", seconds=seconds, pid=self.pid, **wanted)
        return [Element(self, each["id"], each["role"], each["name"]) for each in answer["found"]]


class GoneError(AssertionError):
    """The element is not there any more, or its program does not answer."""


def _wanted(
    role: str | None,
    name: str | None,
    contains: str | None,
    enabled: bool | None,
    checked: bool | None,
    showing: bool,
    within: Element | None,
) -> dict[str, Any]:
    return {
        "role": role,
        "name": name,
        "contains": contains,
        "states": {
            state: value
            for state, value in (
                ("enabled", enabled),
                ("checked", checked),
                ("showing", showing or None),
            )
            if value is not None
        },
        "within": None if within is None else within.id,
    }


def _words(wanted: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value!r}" for name, value in wanted.items() if value is not None)


def require_bindings() -> None:
    """Refuse a machine without the system's Python bindings of AT-SPI."""
    check = "import gi; gi.require_version('Atspi', '2.0')"
    with suppress(OSError):
        if subprocess.run([_SYSTEM_PYTHON, "-c", check], capture_output=True).returncode == 0:
            return
    raise MissingError("Debian packages python3-gi and gir1.2-atspi-2.0")


@contextmanager
def run_screen(desktop: Desktop, pid: int | None = None) -> Iterator[Screen]:
    """Look at the program `pid` (at all programs) until the block ends."""
    require_bindings()
    driver = Process(
        [_SYSTEM_PYTHON, "-u", str(Path(__file__).with_name("atspi.py"))],
        log=desktop.session.folder / f"atspi-{os.getpid()}.log",
        env=desktop.environment(),
        pipes=True,
    )
    try:
        yield Screen(desktop, driver, pid)
    finally:
        driver.stop()
