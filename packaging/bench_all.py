"""Every figure of the program beside its limit, in one run; exit status 1 when one is over."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import bench_check
import bench_directory
import bench_faults
import bench_loop
import bench_microsoft
import bench_search
import bench_silent
import bench_start
from bench_figures import Figure

from tests.servers.authority import Authority
from tests.servers.desktop import run_desktop
from tests.servers.dovecot import run_dovecot
from tests.servers.keychain import run_keychain
from tests.servers.postfix import run_postfix
from tests.servers.session import run_session


def parts(stack: ExitStack) -> dict[str, Callable[[], list[Figure]]]:
    """The parts by name; what they need runs until the stack is closed."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    session = stack.enter_context(run_session())
    desktop = stack.enter_context(run_desktop(session))
    keychain = stack.enter_context(run_keychain(session))
    authority = Authority(folder / "authority")
    certificate = authority.issue()
    users = {**bench_loop.USERS, bench_check.USER: bench_check.SECRET}
    dovecot = stack.enter_context(run_dovecot(certificate, users))
    postfix = stack.enter_context(run_postfix(certificate, dovecot.sasl_socket))
    return {
        "start": lambda: bench_start.figures(desktop, folder),
        "check": lambda: bench_check.figures(dovecot, postfix, authority, folder / "check"),
        "faults": lambda: bench_faults.figures(authority),
        "silent": lambda: bench_silent.figures(session.environment),
        "window": lambda: bench_loop.checking(
            desktop, keychain, dovecot, postfix, authority, folder
        ),
        "list": lambda: bench_loop.listing(desktop, folder),
        "directory": bench_directory.figures,
        "search": lambda: bench_search.figures(authority),
        "microsoft": lambda: bench_microsoft.figures(desktop, keychain, authority, folder),
    }


def main(names: list[str]) -> int:
    """Measure the parts of these names, or all."""
    figures = []
    with ExitStack() as stack:
        known = parts(stack)
        if unknown := set(names) - set(known):
            print(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
            return 2
        load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
        print(f"{os.cpu_count()} processors, load {load}, Python {sys.version.split()[0]}")
        for name in names or known:
            print(f"\n==== {name} ====", flush=True)
            for figure in known[name]():
                print(figure.lines(), flush=True)
                figures.append(figure)
        bench_loop.knowledge()
    over = [figure.name for figure in figures if figure.over]
    print("\n  over: ".join([f"\n{len(figures)} figures, {len(over)} over their limit", *over]))
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
