"""Starts the measured programs and gathers what they say."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.servers.desktop import Desktop

HERE = Path(__file__).parent
BARE = [sys.executable, str(HERE / "bench_bare.py")]
WINDOW = [sys.executable, str(HERE / "bench_window.py")]
_MOST = 300  # seconds; then something hangs

Said = dict[str, dict[str, Any]]


def fill(home: Path, wanted: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Put accounts below `home`; see bench_accounts."""
    subprocess.run(
        [sys.executable, HERE / "bench_accounts.py"],
        input=json.dumps(wanted),
        env={**environment, "LAIFAXIN_HOME": str(home)},
        text=True,
        timeout=_MOST,
        check=True,
    )


def lines(desktop: Desktop, argv: Sequence[str], home: Path, **more: str) -> list[dict[str, Any]]:
    """Run a program to its end; what it said, each with `ms` since the start."""
    environment = desktop.environment()
    for name in ("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "QT_ACCESSIBILITY"):
        del environment[name]  # as for a person without a screen reader
    began = time.monotonic()
    done = subprocess.run(
        argv,
        env={**environment, "LAIFAXIN_HOME": str(home), **more},
        capture_output=True,
        text=True,
        timeout=_MOST,
        check=False,
    )
    if done.returncode != 0 or not done.stdout or '"failed"' in done.stdout:
        raise RuntimeError(f"{argv} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [{**each, "ms": (each["at"] - began) * 1000} for each in found]


def measured(desktop: Desktop, argv: Sequence[str], home: Path) -> Said:
    """The same, by word."""
    return {each["word"]: each for each in lines(desktop, argv, home)}


class Resting:
    """A process that only wakes up every 2 ms: how long this machine holds up the most idle one."""

    _PROGRAM = """
import sys, threading, time
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set())).start()
longest, last = 0.0, time.perf_counter()
while not ended.is_set():
    time.sleep(0.002)
    now = time.perf_counter()
    longest, last = max(longest, now - last - 0.002), now
print(longest * 1000)
"""

    def __enter__(self) -> Resting:
        self._process = subprocess.Popen(
            [sys.executable, "-c", self._PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self.longest = float(self._process.communicate(timeout=10)[0])
