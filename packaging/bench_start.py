"""Start to visible window, and memory: the program against a bare window of Qt."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from bench_figures import Figure, Runs
from bench_programs import BARE, WINDOW, fill, measured

from tests.servers.desktop import Desktop

_RUNS = 7


def figures(desktop: Desktop, folder: Path) -> list[Figure]:
    """With no account and with a thousand."""
    homes = {"0": folder / "start-0", "1,000": folder / "start-1000"}
    homes["0"].mkdir()
    fill(homes["1,000"], {"count": 1000}, desktop.session.environment)
    found: dict[str, list[float]] = defaultdict(list)
    for turn in range(_RUNS + 1):
        # In turns, so that a machine that slows down slows all of them; the first turn warms up.
        words = {"bare": measured(desktop, BARE, homes["0"])}
        for count, home in homes.items():
            words[count] = measured(desktop, [*WINDOW, "start"], home)
        for name, said in words.items():
            if turn:
                # Less the waiting for a processor, which is the machine's doing.
                painted = said["painted"]
                found[f"{name} painted"].append(painted["ms"] - painted["waited"])
                found[f"{name} waited"].append(painted["waited"])
                found[f"{name} weighed"].append(said["weighed"]["kib"] / 1024)
                if "listed" in said:
                    found[f"{name} listed"].append(said["listed"]["ms"])
    start = Runs(tuple(found["bare painted"]), "ms")
    memory = Runs(tuple(found["bare weighed"]), "MB")
    waits = Runs(tuple(found["0 waited"]), "ms")
    print(f"        the program waited for a processor for {waits}, which is taken off")
    made = []
    for count in homes:
        visible = Runs(tuple(found[f"{count} painted"]), "ms")
        weight = Runs(tuple(found[f"{count} weighed"]), "MB")
        what = f"{count} accounts"
        made.append(Figure(f"start to window visible, {what}", visible, start, 3, "bare window"))
        made.append(Figure(f"memory (PSS), {what}", weight, memory, 2, "bare window"))
        print(f"        {what} are in the list after {Runs(tuple(found[f'{count} listed']), 'ms')}")
    return made
