"""Finds a server's addresses and connects to the first that answers; refuses impossible names."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import functools
import ipaddress
import itertools
import socket
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.problem import Fault

from .faults import WORLD, fault_of

T = TypeVar("T")
Target = tuple[int, tuple[Any, ...]]  # address family, socket address
Resolve = Callable[[str, int], Sequence[Target]]  # blocks; raises OSError


def host_name(host: str) -> str:
    """The host as DNS and TLS want it: ASCII, lower case; an IP address without brackets.

    :raises UnicodeError: it cannot be a host name
    """
    bare = host.strip().removeprefix("[").removesuffix("]")
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    try:
        return ascii_host(host)
    except AddressError as error:
        raise UnicodeError("not a host name") from error


def system_resolve(host: str, port: int) -> Sequence[Target]:
    """Ask the operating system; blocks for as long as that likes.

    :raises OSError: socket.gaierror
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def in_thread(work: Callable[[], T]) -> T:
    """Run what blocks, without ever holding up the end of the program.

    Not in an executor's thread, which would be waited for when the interpreter ends: getaddrinfo
    cannot be cancelled. Nor by `threading`, whose start waits until the thread has run: a third of
    a millisecond each, on the loop.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        if not done.done():  # cancelled meanwhile
            outcome()

    def run() -> None:
        outcome = functools.partial(done.set_exception, RuntimeError("the thread died"))
        try:
            result = work()
            outcome = functools.partial(done.set_result, result)
        except WORLD as error:
            outcome = functools.partial(done.set_exception, error)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(settle, outcome)

    _thread.start_new_thread(run, ())
    return await done


def has_route() -> bool:
    """Whether this computer has a way to anywhere; nothing is sent.

    Connecting a datagram socket only asks the routing table (addresses: RFC 5737, RFC 3849).
    """
    for family, host in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((host, 9))
            return True
    return False


def interleave(targets: Sequence[Target]) -> list[Target]:
    """Address families in turn, the system's first choice first (RFC 8305 section 4)."""
    families = list(dict.fromkeys(family for family, _ in targets))
    rows = [[target for target in targets if target[0] == family] for family in families]
    return [t for turn in itertools.zip_longest(*rows) for t in turn if t is not None]


async def connect_first(targets: Sequence[Target], stagger: float) -> tuple[socket.socket, Target]:
    """Try one address after the other, `stagger` seconds apart; the first that answers wins.

    :raises OSError: the most telling of the errors, when every address failed
    """
    running: dict[asyncio.Task[socket.socket], Target] = {}
    with contextlib.ExitStack() as unless_taken:  # cancelled while the others are given up
        try:
            won = await _first(interleave(targets), stagger, running)
            target = running.pop(won)
            made = unless_taken.enter_context(won.result())
        finally:
            for task in running:
                task.add_done_callback(_close_late)
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        unless_taken.pop_all()
    return made, target


async def _first(
    waiting: list[Target], stagger: float, running: dict[asyncio.Task[socket.socket], Target]
) -> asyncio.Task[socket.socket]:
    """The task that connected first; those that are not over are left in `running`, and it too."""
    errors: list[OSError] = []
    while waiting or running:
        if waiting:
            target = waiting.pop(0)
            running[asyncio.create_task(_connect(target))] = target
        done, _ = await asyncio.wait(
            running,
            timeout=stagger if waiting else None,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in done:
            error = task.exception()
            if error is None:
                return task
            if not isinstance(error, OSError):
                raise error
            del running[task]
            errors.append(error)
    raise min(errors, key=_telling, default=socket.gaierror(socket.EAI_NONAME, "no address"))


def _close_late(task: asyncio.Task[socket.socket]) -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().close()


async def _connect(target: Target) -> socket.socket:
    family, address = target
    with contextlib.ExitStack() as closing:
        made = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
        made.setblocking(False)
        await asyncio.get_running_loop().sock_connect(made, address)
        closing.pop_all()  # connected: the caller closes it
    return made


def _telling(error: OSError) -> int:
    # A dead IPv6 must not hide what IPv4 said.
    order = (Fault.TIMEOUT, Fault.REFUSED, Fault.CLOSED, Fault.UNREACHABLE)
    fault = fault_of(error)
    return order.index(fault) if fault in order else len(order)
