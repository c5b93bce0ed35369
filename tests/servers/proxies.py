"""Real proxies: microsocks (SOCKS5) and tinyproxy (HTTP CONNECT), each on a port of loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from .processes import Process, free_port, short_folder, wait_until

USER, SECRET = "bob", "open-sesame-7"


@dataclass(frozen=True, slots=True)
class RealProxy:
    """One that runs."""

    port: int


@contextmanager
def run_socks5(*, login: bool = False) -> Iterator[RealProxy]:
    """Run microsocks until the block ends; with `login` it wants USER and SECRET."""
    with short_folder("socks") as folder:
        port = free_port()
        who = ["-u", USER, "-P", SECRET] if login else []
        arguments = ["microsocks", "-i", "127.0.0.1", "-p", str(port), *who]
        yield from _running(arguments, folder, port)


@contextmanager
def run_http(*, login: bool = False, only_port: int | None = None) -> Iterator[RealProxy]:
    """Run tinyproxy until the block ends; `only_port` is all that it lets through."""
    with short_folder("http") as folder:
        port = free_port()
        rows = [f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 20"]
        rows += [f"BasicAuth {USER} {SECRET}"] if login else []
        rows += [f"ConnectPort {only_port}"] if only_port else []
        (folder / "tinyproxy.conf").write_text("\n".join(rows) + "\n")
        arguments = ["tinyproxy", "-d", "-c", str(folder / "tinyproxy.conf")]
        yield from _running(arguments, folder, port)


def _running(arguments: list[str], folder: Path, port: int) -> Iterator[RealProxy]:
    process = Process(arguments, log=folder / "log")

    def ready() -> bool:
        process.check_alive()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        return False

    try:
        wait_until(ready, 10, arguments[0])
        yield RealProxy(port)
    finally:
        process.stop()
