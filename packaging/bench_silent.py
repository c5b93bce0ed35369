"""Two hundred checks at once against servers that say nothing: the loop, the memory, the end.

Two programs of its own: the servers, and the client with the window's own loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench_figures import Figure, Runs, stalls, within

_RUNS = 3
_CHECKS = 200
_SCALE = 0.2  # of all deadlines
_HERE = Path(__file__)
_KINDS = ("nothing", "handshake", "greeting", "drip")


def figures(environment: dict[str, str]) -> list[Figure]:
    """Measured in programs of their own."""
    from bench_programs import Resting

    said, noise = [], []
    program = [sys.executable, str(_HERE)]
    print(f"        clocks run {1 / _SCALE:g} times faster: a server has 3 s for its greeting")
    with subprocess.Popen(
        [*program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as servers:
        try:
            assert servers.stdout
            ports = servers.stdout.readline().split()
            for _ in range(_RUNS):
                with Resting() as resting:
                    done = subprocess.run(
                        [*program, "check", *ports],
                        env={**os.environ, **environment, "QT_QPA_PLATFORM": "offscreen"},
                        capture_output=True,
                        text=True,
                        timeout=120,
                        check=False,
                    )
                if done.returncode != 0:
                    raise RuntimeError(done.stdout + done.stderr)
                noise.append(resting.longest)
                said.append(json.loads(done.stdout.splitlines()[-1]))
        finally:
            servers.kill()
    print(f"        a resting process was held up for {Runs(tuple(noise), 'ms')} meanwhile")
    print(f"        all of it took {Runs(tuple(each['ms'] for each in said), 'ms')}")

    def runs(word: str, unit: str) -> Runs:
        return Runs(tuple(each[word] for each in said), unit)

    name = f"{_CHECKS} silent checks"
    return [
        stalls(f"longest stall, {name}", runs("stall", "ms").values),
        within(f"memory of {name}", runs("mib", "MiB"), 60.0),
        within(f"after the deadline, the last words of {name}", runs("late", "ms"), 1000.0),
        within(f"left of {name}: tasks and sockets", runs("left", "left"), 0.5),
    ]


# The servers


async def serve() -> None:
    """Print one port for each kind of silence; be silent until the end."""

    async def silent(kind: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if kind == "handshake":  # half of one
                await reader.read(1)
                writer.write(b"\x16\x03\x03")
            elif kind == "greeting":
                writer.write(b"220 ready\r\n")
            elif kind == "drip":
                writer.write(b"220 ")
                while not writer.transport.is_closing():
                    writer.write(b"x")
                    await asyncio.sleep(1)
            await reader.read()
        except OSError:
            pass  # the client has gone
        finally:
            writer.transport.abort()

    def answering(kind: str) -> Any:
        return lambda reader, writer: silent(kind, reader, writer)

    started = [
        await asyncio.start_server(answering(kind), "127.0.0.1", 0, backlog=1000) for kind in _KINDS
    ]
    print(*(server.sockets[0].getsockname()[1] for server in started), flush=True)
    await asyncio.Event().wait()


# The client


def check(ports: list[int]) -> None:
    """Check all at once on the window's loop, and print what it cost."""
    import laifaxin_desktop.ui  # noqa: F401 - as the program does: before anything else brings Qt

    # isort: split
    from PySide6.QtWidgets import QApplication

    from laifaxin_desktop.ui import loop

    application = QApplication([])
    application.setQuitOnLastWindowClosed(False)

    async def main() -> int:
        print(json.dumps(await measured(application, ports)), flush=True)
        return 0

    sys.exit(loop.run(main()))


async def measured(owner: Any, ports: list[int]) -> dict[str, float]:
    """What two hundred at once take."""
    import socket

    from bench_seen import Stalls, weight

    from laifaxin_desktop.engine.authorize import Authorizer
    from laifaxin_desktop.engine.check import Checker
    from laifaxin_desktop.mail.course import Deadlines
    from laifaxin_desktop.mail.probe import MailProbe
    from laifaxin_desktop.mail.tls import client_context
    from laifaxin_desktop.model.account import Settings
    from laifaxin_desktop.model.address import Address
    from laifaxin_desktop.model.problem import Diagnosis
    from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
    from laifaxin_desktop.model.secret import Secret
    from tests.engine.sign_in import ScriptedOAuth
    from tests.knowledge.knowledge import BOOK, TABLE

    deadlines = Deadlines().scaled(_SCALE)
    probe = MailProbe(
        client_context(),
        deadlines,
        lambda _, port: [(socket.AF_INET, ("127.0.0.1", port))],
    )
    accounts: Any = None  # nothing is stored
    checker = Checker(
        probe,
        TABLE.diagnose,
        BOOK,
        lambda: datetime.now(UTC),
        time.monotonic,
        Authorizer(ScriptedOAuth(), accounts),
        closer_seconds=3 * _SCALE,
    )
    nothing, handshake, greeting, drip = ports
    late: list[float] = []

    def settings(number: int) -> Settings:
        receive = Endpoint(Protocol.IMAP, "mail.example", nothing, Security.TLS)
        if number % 2:
            receive = replace(receive, port=handshake)
        send = Endpoint(Protocol.SMTP, "mail.example", greeting, Security.STARTTLS)
        if number % 3 == 0:
            send = replace(send, port=drip)
        return Settings(receive, send, AuthWay.PASSWORD)

    async def one(number: int) -> None:
        began = time.monotonic()

        def first(side: Side, found: Diagnosis) -> None:
            waits = deadlines.tls if side is Side.RECEIVE or number % 3 == 0 else deadlines.reply
            late.append((time.monotonic() - began - waits) * 1000)
            if found.problem != "server_silent":
                raise RuntimeError(found.problem)

        address = Address.parse(f"you{number}@example.com")
        await checker.check(address, settings(number), Secret("hunter2-hunter2"), first=first)

    gc.collect()
    gc.freeze()  # as the window's own collector has done soon after the start
    before = asyncio.all_tasks()
    open_before = sockets()
    at_rest, began = weight(), time.monotonic()
    seen = Stalls(owner)
    running = [asyncio.create_task(one(number)) for number in range(_CHECKS)]
    await asyncio.sleep(deadlines.greeting * 0.8)
    most = seen.longest()  # weighing takes its time
    heaviest = weight() - at_rest
    seen.longest()
    await asyncio.gather(*running)
    took = time.monotonic() - began
    most = max(most, seen.longest())
    tasks = len(asyncio.all_tasks() - before)
    await asyncio.sleep(0.1)  # the system closes what was given up
    heaviest = max(heaviest, weight() - at_rest)
    left = tasks + max(0, sockets() - open_before)
    if len(late) != 2 * _CHECKS:
        raise RuntimeError(f"only {len(late)} of {2 * _CHECKS} legs were named")
    return {
        "stall": most,
        "mib": heaviest / 1024,
        "late": max(late),
        "left": float(left),
        "ms": took * 1000,
    }


def sockets() -> int:
    """How many this program holds."""
    held = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            held += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return held


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve())
    else:
        check([int(port) for port in sys.argv[2:]])
