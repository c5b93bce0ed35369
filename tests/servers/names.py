"""A network of its own in which real host names lead to loopback and nothing leads out."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from .authority import PROVIDER_NAMES
from .nameserver import LOOPBACK, Answer, NameServer
from .processes import MissingError, find, require_linux, require_root

_T = TypeVar("_T")
_CLONE_NEWNET = 0x40000000
_numbers = itertools.count(1)

# What the providers, a customer of Tencent and one of each of Microsoft's clouds look like.
WORLD: Mapping[str, Answer] = {
    **dict.fromkeys(PROVIDER_NAMES, LOOPBACK),
    "outlook.com": {"MX": ["5 outlook-com.olc.protection.outlook.com."]},
    "qq.com": {"MX": ["10 mx3.qq.com.", "20 mx2.qq.com."]},
    "163.com": {"MX": ["10 163mx01.mxmail.netease.com."]},
    "icloud.com": {"MX": ["10 mx01.mail.icloud.com."]},
    "gmail.com": {"MX": ["5 gmail-smtp-in.l.google.com."]},
    "company.example": {"MX": ["5 mxbiz1.qq.com.", "10 mxbiz2.qq.com."]},
    "corp.example": {"MX": ["0 corp-example.mail.protection.outlook.com."]},
    "agency.example": {"MX": ["0 agency-example.mail.protection.office365.us."]},
    "unit.example": {"MX": ["0 unit-example.mail.protection.office365.us."]},
    "kehu.example": {"MX": ["0 kehu-example.mail.protection.partner.outlook.cn."]},
}


class Names:
    """The network; made by `run_names`. Its DNS server is `dns`."""

    def __init__(self, namespace: str, dns: NameServer) -> None:
        self.namespace = namespace
        self.dns = dns
        # Put before a command, this runs it inside.
        self.prefix = (find("ip"), "netns", "exec", namespace)

    def inside(self, function: Callable[[], _T]) -> _T:
        """Call `function` where sockets are made inside; they stay there when it returns.

        Host names are not for it: /etc is the machine's own in this process. Use addresses.
        """
        return _inside(self.namespace, function)


def _inside(namespace: str, function: Callable[[], _T]) -> _T:
    results: list[_T] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            descriptor = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
            try:
                libc = ctypes.CDLL(None, use_errno=True)
                if libc.setns(descriptor, _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            finally:
                os.close(descriptor)
            results.append(function())
        except BaseException as error:  # handed to the caller below
            errors.append(error)

    # A thread of its own, because a thread that has moved does not come back.
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]


def _dns_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 53))
    return made


def _ip(*arguments: str) -> None:
    done = subprocess.run(
        [find("ip"), *arguments], capture_output=True, text=True, timeout=30, check=False
    )
    if done.returncode != 0:
        raise MissingError(f"network namespaces (ip {' '.join(arguments)}: {done.stderr.strip()})")


def _remove(namespace: str) -> None:
    with contextlib.suppress(MissingError):
        _ip("netns", "del", namespace)
    shutil.rmtree(Path("/etc/netns") / namespace, ignore_errors=True)
    with contextlib.suppress(OSError):
        Path("/etc/netns").rmdir()  # only when nobody else's is in it


def _remove_stale() -> None:
    # Of test runs that were killed: their number is in the name.
    for path in Path("/run/netns").glob("lfx-*-*"):
        if not Path("/proc", path.name.split("-")[1]).exists():
            _remove(path.name)


@contextmanager
def run_names(records: Mapping[str, Answer] = WORLD) -> Iterator[Names]:
    """Make the network, with a DNS server that answers from `records`, until the block ends."""
    require_linux()
    require_root("a network namespace")
    _remove_stale()
    namespace = f"lfx-{os.getpid()}-{next(_numbers)}"
    try:
        _ip("netns", "add", namespace)
        _ip("-n", namespace, "link", "set", "lo", "up")
        files = Path("/etc/netns") / namespace
        files.mkdir(parents=True)
        (files / "hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        (files / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        (files / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
        with NameServer(records, _inside(namespace, _dns_socket)) as dns:
            yield Names(namespace, dns)
    finally:
        _remove(namespace)
