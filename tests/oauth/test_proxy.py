"""Signing in through the account's own proxy: by it alone, and failing by its own names."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from laifaxin_desktop.mail.dial import Dialler, dial
from laifaxin_desktop.mail.reach import Target
from laifaxin_desktop.model.microsoft import Permission
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import DIRECT, Proxy, ProxyKind, Route
from laifaxin_desktop.model.secret import Secret
from tests.knowledge.knowledge import TABLE
from tests.mail.peers import Handler, Peer, serving
from tests.mail.proxies import PROXY_SECRET, PROXY_USER, Carrier, through
from tests.servers.processes import free_port
from tests.servers.proxy import swallowing_port

from .knocking import knock
from .signing import QUICK, Bench, seen, threads

HOST = "login.microsoftonline.com"
SOCKS5, HTTP = ProxyKind.SOCKS5, ProxyKind.HTTP
KINDS = pytest.mark.parametrize("kind", list(ProxyKind))


@pytest.fixture
def no_way_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name of the sign-in service is asked of nobody on this computer."""
    ask = socket.getaddrinfo

    def guarded(host: Any, *given: Any, **more: Any) -> Any:
        assert "microsoftonline" not in str(host)
        return ask(host, *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", guarded)


@contextlib.asynccontextmanager
async def carrying(
    bench: Bench, kind: ProxyKind, *, login: bool = True
) -> AsyncIterator[tuple[Carrier, Route]]:
    """A proxy that leads to the platform, whatever name it is asked for."""
    carrier = Carrier(bench.entra.https_port, login=login)
    async with serving(carrier.handler(kind)) as peer:
        yield carrier, through(kind, peer.port, login=login)


async def refused(bench: Bench, route: Route | None, **deadlines: float) -> Evidence:
    """How a sign-in ends by this way."""
    microsoft = bench.another(deadlines=replace(QUICK, **deadlines)).through(route)
    with pytest.raises(MailError) as caught:
        await microsoft.redeem(bench.app(), [Permission.IMAP], Secret("x" * 50))
    evidence = seen(caught)
    assert PROXY_SECRET not in repr(evidence)
    return evidence


@KINDS
@pytest.mark.usefixtures("no_way_round")
def test_a_whole_sign_in(bench: Bench, kind: ProxyKind) -> None:
    """Browser, renewal and device code; the environment's proxy has no say in it."""

    async def main() -> None:
        async with carrying(bench, kind) as (carrier, route):
            bench.microsoft = bench.another(proxies=nobodys).through(route)
            given = await bench.by_browser()
            before = len(carrier.asked)
            renewed = await bench.access(given, force=True)
            assert renewed.access.fresh
            assert len(carrier.asked) > before > 0
            async with bench.device() as flow:
                assert flow.code
            assert set(carrier.asked) == {(HOST, 443)}

    def nobodys(url: str) -> dict[str, str]:
        raise AssertionError(url)

    knock(main(), debug=False)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "http"])
def test_by_the_systems_settings(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """Those of this moment; an account that goes directly does not follow them."""

    async def main() -> None:
        kind = HTTP if scheme == "http" else SOCKS5
        async with carrying(bench, kind) as (carrier, route):
            address = f"{scheme}://{PROXY_USER}:{PROXY_SECRET}@{route.proxy}"
            monkeypatch.setenv("ALL_PROXY" if kind is SOCKS5 else "HTTPS_PROXY", address)
            assert (await refused(bench, None)).codes[0] == "INVALID_GRANT"
            assert carrier.asked
            carrier.asked.clear()
            assert (await refused(bench, DIRECT)).codes[0] == "INVALID_GRANT"
            monkeypatch.setenv("NO_PROXY", "microsoftonline.com")
            assert (await refused(bench, None)).codes[0] == "INVALID_GRANT"
            assert carrier.asked == []

    knock(main(), debug=False)


async def no(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """SOCKS5: not allowed by ruleset."""
    await reader.readexactly(3)
    writer.write(b"\x05\x00")
    await reader.readexactly(4)
    writer.write(b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")


async def quoting(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """HTTP: a refusal that says the password."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(f"HTTP/1.1 407 not {PROXY_SECRET}\r\n\r\n".encode())


async def silent(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Waits."""
    await reader.read()


async def speaking(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carries to what speaks first: no server of HTTPS."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n220 mail.example ESMTP\r\n")


FAILURES: dict[str, tuple[ProxyKind, Handler, Fault, str]] = {
    "may not": (SOCKS5, no, Fault.PROXY_TARGET, "proxy_target_failed"),
    "wrong password": (HTTP, quoting, Fault.PROXY_LOGIN, "proxy_login_failed"),
    "other kind": (SOCKS5, quoting, Fault.PROXY_WRONG_TYPE, "proxy_wrong_type"),
    "silent": (SOCKS5, silent, Fault.PROXY_WRONG_TYPE, "proxy_wrong_type"),
    "silent web": (HTTP, silent, Fault.PROXY_TARGET, "proxy_target_failed"),
    "somebody else": (HTTP, speaking, Fault.PROXY_WRONG_TYPE, "proxy_wrong_type"),
}


@pytest.mark.parametrize(("kind", "handler", "fault", "problem"), FAILURES.values(), ids=FAILURES)
@pytest.mark.usefixtures("no_way_round")
def test_failures_have_the_proxys_names(
    bench: Bench, kind: ProxyKind, handler: Handler, fault: Fault, problem: str
) -> None:
    async def main() -> Evidence:
        async with serving(handler) as peer:
            route = Route(
                proxy=Proxy(kind, "127.0.0.1", peer.port, "bob"), proxy_secret=Secret(PROXY_SECRET)
            )
            found = await refused(bench, route, connect=0.4)
            assert found.proxy == f"127.0.0.1:{peer.port}"
            return found

    found = knock(main(), debug=False)
    assert (found.stage, found.fault, found.host, found.port) == (
        Stage.SIGN_IN, fault, HOST, 443,
    )  # fmt: skip
    assert TABLE.diagnose(found).problem == problem


@KINDS
def test_nobody_there(bench: Bench, kind: ProxyKind) -> None:
    for proxy in (Proxy(kind, "127.0.0.1", free_port()), Proxy(kind, "nowhere.invalid", 1080)):
        found = knock(refused(bench, Route(proxy=proxy)), debug=False)
        assert found.fault in (Fault.PROXY_UNREACHABLE, Fault.OFFLINE)
        assert found.proxy == str(proxy)


def test_giving_up_leaves_nothing_behind(bench: Bench) -> None:
    """The connection to a silent proxy is cut like any other."""

    async def main() -> None:
        async with serving(silent) as peer:
            microsoft = bench.another().through(through(SOCKS5, peer.port))
            work = microsoft.redeem(bench.app(), [Permission.IMAP], Secret("x" * 50))
            task = asyncio.create_task(work)
            while not peer.received:
                await asyncio.sleep(0.01)  # until the proxy has been spoken to
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            async with asyncio.timeout(2):
                while threads():
                    await asyncio.sleep(0.01)  # the thread ends when its connection does

    knock(main(), debug=False)


@KINDS
def test_a_renewal_ends_behind_a_proxy_that_carries_nothing(bench: Bench, kind: ProxyKind) -> None:
    """It says yes and falls silent before the handshake; a renewal is never cut from outside."""
    yes = {
        HTTP: (b"HTTP/1.1 200 OK\r\n\r\n",),
        SOCKS5: (b"\x05\x00", b"\x05\x00\x00\x01" + bytes(6)),
    }

    async def swallow(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for answer in yes[kind]:
            await reader.read(1024)
            writer.write(answer)
        await reader.read()

    async def main() -> None:
        given = await bench.by_browser()
        async with serving(swallow) as peer:
            deadlines = replace(QUICK, connect=0.4, work=0.8)
            microsoft = bench.another(deadlines=deadlines).through(through(kind, peer.port))
            with pytest.raises(MailError):
                await microsoft.access(given.sign_in, Permission.IMAP, given.secret, force=True)
            async with asyncio.timeout(3):
                while threads():  # else each renewal would leave one, and its socket, for ever
                    await asyncio.sleep(0.01)

    knock(main(), debug=False)


def test_a_dead_address_of_the_proxy_does_not_use_up_the_time() -> None:
    """Its name has two, and the first one drops packets (FAULTS B8)."""

    async def yes(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        await reader.read()

    async def main() -> None:
        with swallowing_port() as dead:
            async with serving(yes) as peer:

                def both(host: str, port: int) -> list[Target]:
                    ports = (dead, peer.port)
                    return [(socket.AF_INET, ("127.0.0.1", each)) for each in ports]

                route = through(HTTP, peer.port, host="proxy.example")
                made: list[socket.socket] = []
                work = asyncio.to_thread(dial, route, "h.example", 443, 1.0, made.append, both)
                with await work as link:
                    assert made == [link]

    knock(main(), debug=False)


@KINDS
@pytest.mark.parametrize("good", [True, False])
def test_many_who_dial_at_once_are_one_try(kind: ProxyKind, good: bool) -> None:
    """A search does, from a dozen threads; a company locks an account after a few wrong tries."""

    async def main() -> None:
        async with serving("C: *") as server:
            carrier = Carrier(server.port, login=True)
            async with serving(carrier.handler(kind)) as peer:
                word = Secret(PROXY_SECRET if good else "wrong")
                route = replace(through(kind, peer.port, login=True), proxy_secret=word)
                dialler, seen = Dialler(), list[Evidence]()

                def one(number: int) -> None:
                    try:
                        dialler(route, f"{number}.example", 443, 5, lambda _: None).close()
                    except MailError as error:
                        seen.append(error.evidence)

                await asyncio.gather(*(asyncio.to_thread(one, number) for number in range(12)))
                assert peer.connections == (12 if good else 1)
                assert {(each.fault, each.host) for each in seen} == (
                    set()
                    if good
                    else {(Fault.PROXY_LOGIN, f"{number}.example") for number in range(12)}
                )

    knock(main(), debug=False)


@KINDS
def test_dialling_byte_by_byte(kind: ProxyKind) -> None:
    """Answers in as many packets as they have bytes, and no byte of the server's is taken."""

    async def main() -> None:
        async with serving("C: hello\nS: hello yourself") as server:
            carrier = Carrier(server.port, login=True, drip=True)
            async with serving(carrier.handler(kind)) as peer:
                route = through(kind, peer.port, login=True)
                made: list[socket.socket] = []
                with await asyncio.to_thread(dial, route, "h.example", 443, 5, made.append) as link:
                    assert made == [link]
                    assert link.gettimeout() == 5  # what is said next has as long
                    await asyncio.to_thread(link.sendall, b"hello\r\n")
                    said = b""
                    while not said.endswith(b"\r\n"):
                        said += await asyncio.to_thread(link.recv, 100)
                    assert said == b"hello yourself\r\n"
                assert carrier.asked == [("h.example", 443)]

    knock(main(), debug=False)
