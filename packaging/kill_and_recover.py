"""Kills workers at random moments and judges what is left; a ledger tells what was promised.

After each kill the next start must find: a database that opens, every account whole (row, secret
that unseals, report that speaks of it) or absent, everything that was confirmed, and, once that
start has tidied up, one key, one keychain item, no other file and no sealed value of the past.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from kill_and_recover_judge import Found, judge
from kill_and_recover_work import Entry, Kind, Task, read_ledger
from secretstorage.exceptions import SecretStorageException

from tests.servers.keychain import Keychain, run_keychain
from tests.servers.session import run_session

SLOWEST = 30.0  # seconds for a worker to begin, or to end when told to
FIRST = 0.15  # seconds after the first piece of work began, which fetches the key; or else
SPAN = 4  # pieces of work of usual length after the first one ended: then it is killed
WARM = 0.7  # of the rounds wait for that
FRESH = 0.12  # of the rounds begin with no file and no key
EARLY = 0.15  # of the kills come while the worker is still opening the file; half where fresh


class Zygote:
    """The process that forks the workers."""

    def __init__(self, errors: Path) -> None:
        self.errors = errors
        with errors.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__).with_name("kill_and_recover_work.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def start(self, task: Task) -> int:
        """A new worker; its process id."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(task)) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=10)


@dataclass(slots=True)
class Tally:
    """What happened, for the summary."""

    killed: Counter[str] = field(default_factory=Counter)  # by what was under way
    landed: Counter[str] = field(default_factory=Counter)  # of those, what was there afterwards
    confirmed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    rounds: Counter[str] = field(default_factory=Counter)
    leftovers: Counter[str] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """For a person."""
        yield f"{self.killed.total()} kills in {self.rounds['rounds']} rounds"
        for what, number in sorted(self.killed.items()):
            named = what in self.landed
            after = f", {self.landed[what]} of them done all the same" if named else ""
            yield f"  {number:5}  during {what}{after}"
        for name, counter in (
            ("rounds", self.rounds),
            ("confirmed", self.confirmed),
            ("refused", self.refused),
            ("left by the kill, gone after the next start", self.leftovers),
        ):
            yield f"{name}: " + (", ".join(f"{n} {w}" for w, n in sorted(counter.items())) or "-")
        yield f"{len(self.complaints)} violations"
        yield from (f"  {complaint}" for complaint in self.complaints)


@dataclass(slots=True)
class Running:
    """One worker and what is to become of it."""

    pid: int
    task: Task
    entries: list[Entry] = field(default_factory=list)


class Campaign:
    """One run of many kills."""

    def __init__(self, folder: Path, keychain: Keychain, zygote: Zygote, seed: int) -> None:
        self._folder, self._keychain, self._zygote = folder, keychain, zygote
        self._chance = random.Random(seed)
        self._marks = 0
        self._data = folder / "0" / "data"
        self._found = Found()
        self.usual = dict.fromkeys(Kind, 0.02)  # seconds
        self.tally = Tally()

    def run(self, kills: int) -> None:
        """Round after round, the kinds in turn."""
        kinds: list[Kind] = []
        while self.tally.killed.total() < kills:
            if not kinds:
                kinds = self._chance.sample(list(Kind), len(Kind))
            before = len(self.tally.complaints)
            self._round(kinds.pop())
            self.tally.rounds["rounds"] += 1
            number = self.tally.rounds["rounds"]
            for complaint in self.tally.complaints[before:]:
                print(f"round {number}: {complaint}", flush=True)
            if number % 100 == 0:
                print(f"{self.tally.killed.total()} kills …", flush=True)

    def _round(self, kind: Kind) -> None:
        chance, early = self._chance, EARLY
        if chance.random() < FRESH:
            early = 0.5
            self.tally.rounds["with no file and no key"] += 1
            self._data = self._folder / str(self.tally.rounds["rounds"] + 1) / "data"
            self._keychain.clear()
            self._found = Found()
            kind = Kind.ADD
        number = chance.choices((1, 2, 3), (65, 25, 10))[0]
        self.tally.rounds[f"with {number} at once"] += 1
        kinds = [kind, *chance.choices(list(Kind), k=number - 1)]
        workers = [self._start(each) for each in kinds]
        warm = chance.random() < WARM
        if chance.random() >= early:
            end = time.monotonic() + SLOWEST
            for worker in workers:
                far_enough = partial(self._is_under_way, worker, ended=warm)
                self._until(far_enough, end, "a worker did not begin")
        self._pause(SPAN * self.usual[kind] if warm else FIRST)
        self._kill(workers[0])
        for worker in workers[1:]:
            if chance.random() < 0.5:
                self._pause(self.usual[worker.task.kind])
                self._kill(worker)
            else:
                self._stop(worker)
        self._judge(workers)

    def _mark(self) -> int:
        self._marks += 1
        return self._marks

    def _start(self, kind: Kind) -> Running:
        mark = self._mark()
        names = tuple(self._chance.sample(sorted(self._found.tokens), len(self._found.tokens)))
        ledger = self._folder / f"ledger-{mark}"
        task = Task(kind, mark, names, str(self._data), str(ledger))
        return Running(self._zygote.start(task), task)

    def _is_under_way(self, worker: Running, *, ended: bool) -> bool:
        """Whether its first piece of work has begun, or ended; true where it has none to do."""
        task, path = worker.task, Path(worker.task.ledger)
        if not task.names and task.kind in (Kind.REAUTHORIZE, Kind.DELETE):
            return True
        return path.exists() and path.read_bytes().count(b"\n") > ended

    def _pause(self, most: float) -> None:
        time.sleep(self._chance.uniform(0, most))  # the moment of the kill is the point

    def _until(self, check: Callable[[], bool], end: float, what: str) -> None:
        while not check():
            if time.monotonic() > end:
                self.tally.complaints.append(what)
                return
            time.sleep(0.0005)  # no child of ours: nothing tells

    def _kill(self, worker: Running) -> None:
        """As the power cut does, and wait until it is gone."""
        os.kill(worker.pid, signal.SIGKILL)
        self._gone(worker)
        under_way = next((e for e in worker.entries if not e.ended), None)
        what = under_way.kind if under_way else "opening" if not worker.entries else "a pause"
        self.tally.killed[what] += 1

    def _stop(self, worker: Running) -> None:
        """Let it finish its piece of work and close."""
        os.kill(worker.pid, signal.SIGTERM)
        self._gone(worker)

    def _gone(self, worker: Running) -> None:
        place = Path(f"/proc/{worker.pid}")
        self._until(lambda: not place.exists(), time.monotonic() + SLOWEST, "it does not end")
        path = Path(worker.task.ledger)
        worker.entries = read_ledger(path) if path.exists() else []
        path.unlink(missing_ok=True)

    def _judge(self, workers: list[Running]) -> None:
        entries = [entry for worker in workers for entry in worker.entries]
        for entry in entries:
            if entry.refusal:
                self.tally.refused[f"{entry.kind} ({entry.refusal})"] += 1
            elif entry.ended:
                self.tally.confirmed[entry.kind] += 1
                took = (entry.ended - entry.begun) / 1e9
                self.usual[entry.kind] += (took - self.usual[entry.kind]) / 20
        old = self._found
        try:
            self._keychain.items()
        except SecretStorageException:
            # The keychain's own end is no fault of ours: on a desktop, too, it is started again.
            daemon = self._keychain._daemon
            status = daemon.popen.poll() if daemon else None
            self.tally.rounds[f"in which the keychain itself ended with {status}"] += 1
            self._keychain.unlock()
        found, complaints = asyncio.run(judge(self._data, self._keychain, self._mark()))
        self.tally.leftovers += found.leftovers
        for name in {*old.tokens, *found.before, *(e.name for e in entries if e.name)}:
            may = allowed(old.tokens.get(name, 0), (e for e in entries if e.name == name))
            if (token := found.before.get(name, 0)) not in may:
                complaints.append(f"{name} holds {token}, may hold {sorted(may)}")
        rotated = any(e.kind is Kind.ROTATE and e.ended and not e.refusal for e in entries)
        if rotated and old.key and found.key == old.key:
            complaints.append("a confirmed rotation left the old key in use")
        for entry in entries:
            if not entry.ended and entry.name:
                self.tally.landed[entry.kind] += found.before.get(entry.name, 0) == entry.token
        if errors := self._zygote.errors.read_text():
            complaints.append(f"a worker broke:\n{errors[-3000:]}")
            self._zygote.errors.write_text("")
        self.tally.complaints += complaints
        self._found = found


def allowed(before: int, entries: Iterable[Entry]) -> set[int]:
    """What an account may hold: the last confirmed, or what was under way; 0: it may be absent.

    Of pieces of work that overlapped in time any may have come last.
    """
    done = [entry for entry in entries if not entry.refusal]
    confirmed = [entry for entry in done if entry.ended]
    last = {
        entry.token
        for entry in confirmed
        if not any(other.begun > entry.ended for other in confirmed)
    }
    return last | {e.token for e in done if not e.ended} | (set() if confirmed else {before})


@contextmanager
def campaign(seed: int) -> Iterator[Campaign]:
    """A session with a keychain, a folder and a zygote, until the block ends."""
    with (
        tempfile.TemporaryDirectory() as folder,
        run_session() as session,
        run_keychain(session) as keychain,
    ):
        ours = {n: v for n, v in keychain.environment.items() if n.startswith(("DBUS_", "XDG_"))}
        os.environ.update(ours)
        os.environ.pop("PYTHON_KEYRING_BACKEND", None)
        zygote = Zygote(Path(folder) / "errors")
        try:
            yield Campaign(Path(folder), keychain, zygote, seed)
        finally:
            zygote.close()


def main() -> int:
    """Kill, judge, print; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--kills", type=int, default=1000)
    options = parser.parse_args()
    print(f"seed {options.seed}, {options.kills} kills", flush=True)
    began = time.monotonic()
    with campaign(options.seed) as run:
        run.run(options.kills)
    usual = ", ".join(f"{kind} {ms * 1000:.0f} ms" for kind, ms in run.usual.items())
    print(*run.tally.lines(), f"usual length: {usual}", sep="\n")
    print(f"seed {options.seed}, {time.monotonic() - began:.0f} s")
    return 1 if run.tally.complaints else 0


if __name__ == "__main__":
    sys.exit(main())
