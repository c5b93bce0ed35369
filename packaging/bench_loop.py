"""Stalls of the window's loop: with a hundred accounts checked, and with ten thousand listed."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from bench_figures import Figure, Runs, stalls
from bench_programs import WINDOW, Resting, fill, lines

from tests.servers.authority import Authority
from tests.servers.desktop import Desktop
from tests.servers.dovecot import Dovecot
from tests.servers.keychain import Keychain
from tests.servers.postfix import Postfix

_RUNS = 5
USERS: Mapping[str, str] = {f"user{n}@corp.example": f"secret of user {n}" for n in range(100)}


def checking(
    desktop: Desktop,
    keychain: Keychain,
    dovecot: Dovecot,
    postfix: Postfix,
    authority: Authority,
    folder: Path,
) -> list[Figure]:
    """A hundred accounts, newly added, whose check begins when the window opens."""
    longest, took, noise = [], [], []
    for turn in range(_RUNS):
        home = folder / f"checking-{turn}"
        keychain.clear()
        ports = {"imap": dovecot.ports.imaps, "smtp": postfix.ports.starttls}
        fill(home, {"users": dict(USERS), **ports}, keychain.environment)
        with Resting() as resting:
            said = lines(desktop, [*WINDOW, "check"], home, **authority.environment())
        words = {each["word"]: each for each in said}
        if words["checked"]["ok"] != len(USERS):
            raise RuntimeError(f"only {words['checked']['ok']} of {len(USERS)} checks went well")
        longest.append(max(words["listed"]["stall"], words["checked"]["stall"]))
        took.append(words["checked"]["ms"] - words["listed"]["ms"])
        noise.append(resting.longest)
    print(f"        100 checks took {Runs(tuple(took), 'ms')}")
    print(f"        a resting process was held up for {Runs(tuple(noise), 'ms')} meanwhile")
    return [stalls("longest stall, 100 accounts checked", longest)]


def listing(desktop: Desktop, folder: Path) -> list[Figure]:
    """Ten thousand accounts: opened, filtered, sorted, scrolled, selected."""
    home = folder / "list-10000"
    fill(home, {"count": 10_000}, desktop.session.environment)
    longest: dict[str, list[float]] = defaultdict(list)
    shown, noise = [], []
    for turn in range(_RUNS + 1):
        with Resting() as resting:
            said = lines(desktop, [*WINDOW, "list"], home)
        if not turn:
            continue  # warmed up
        noise.append(resting.longest)
        worst: dict[str, float] = defaultdict(float)
        for each in said:
            if "stall" in each:
                name = "open" if each["word"] == "listed" else each["word"]
                worst[name] = max(worst[name], each["stall"])
            if each["word"] == "listed":
                shown.append(each["ms"])
        for name, stall in worst.items():
            longest[name].append(stall)
    print(f"        10,000 accounts are in the list {Runs(tuple(shown), 'ms')} after the start")
    print(f"        a resting process was held up for {Runs(tuple(noise), 'ms')} meanwhile")
    return [stalls(f"longest stall, 10,000 accounts: {name}", v) for name, v in longest.items()]


def knowledge() -> None:
    """How long the program takes to read what it knows of providers (no limit of its own)."""
    import time

    from laifaxin_desktop.app import Knowledge
    from laifaxin_desktop.places import Places

    took = []
    for _ in range(_RUNS):
        began = time.perf_counter()
        Knowledge.load(Places.find())
        took.append((time.perf_counter() - began) * 1000)
    print(f"        providers, diagnoses and words are read in {statistics.median(took):.0f} ms")
