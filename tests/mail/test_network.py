"""The network: names, dead addresses, silence, drips, floods."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
import ssl
import subprocess
import sys
import threading
import tracemalloc
import warnings
from collections.abc import Iterator

import pytest

from laifaxin_desktop.mail import reach
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.link import MOST_BYTES, Link
from laifaxin_desktop.mail.reach import Target
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from tests.servers.processes import MissingError

from .peers import FAST, Handler, Outcome, Peer, check, login, serving, talk
from .test_imap import GREETED, PASSES

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        port: int = made.getsockname()[1]
        return port


@contextlib.contextmanager
def dead_end(family: int = socket.AF_INET6, host: str = "::1") -> Iterator[Target]:
    """An address that never answers: its queue is full."""
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(socket.socket(family))
        listening.bind((host, 0))
        listening.listen(0)
        for _ in range(6):
            filling = stack.enter_context(socket.socket(family))
            filling.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                filling.connect(listening.getsockname())
        yield family, listening.getsockname()


@pytest.fixture
def no_route(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: False)


# Names


@pytest.mark.parametrize(
    "host",
    ["", "two words", "https://imap.example", "imap.example/", "a" * 64 + ".example", "x..y",
     "-a.b", "imap.example:993", "\ud800.example", "a\x00b", "a\r\nb", "汉" * 64],
)  # fmt: skip
def test_b18_impossible_names_are_found_before_any_network(host: str) -> None:
    def never(_: str, __: int) -> list[Target]:
        pytest.fail("was asked")

    outcome = asyncio.run(check(1, host=host, resolve=never))
    assert (outcome.fault, outcome.stage) == (Fault.BAD_HOST_NAME, Stage.LOOKUP)


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("IMAP.Example.", "imap.example"),
        ("邮箱.example", "xn--c0zu34b.example"),
        (" imap.example ", "imap.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("localhost", "localhost"),
    ],
)
def test_names_as_dns_wants_them(host: str, asked: str) -> None:
    assert reach.host_name(host) == asked


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), Fault.NAME_NOT_FOUND),  # B1
        (socket.gaierror(socket.EAI_NODATA, "no"), Fault.NAME_NOT_FOUND),  # B2
        (None, Fault.NAME_NOT_FOUND),
        (socket.gaierror(socket.EAI_AGAIN, "no"), Fault.LOOKUP_FAILED),  # B3
        (socket.gaierror(socket.EAI_FAIL, "no"), Fault.LOOKUP_FAILED),
        (UnicodeError("label too long"), Fault.BAD_HOST_NAME),
    ],
)
def test_look_ups_that_fail(error: Exception | None, fault: Fault) -> None:
    def resolve(_: str, __: int) -> list[Target]:
        if error:
            raise error
        return []

    outcome = asyncio.run(check(1, host="imap.example", resolve=resolve))
    assert outcome.fault is fault


def test_b4_a_silent_resolver_is_left_behind() -> None:
    release, ended = threading.Event(), threading.Event()

    def silent(_: str, __: int) -> list[Target]:
        release.wait(20)
        ended.set()
        return []

    try:
        outcome = asyncio.run(check(1, resolve=silent, deadlines=Deadlines(lookup=0.2)))
        assert (outcome.fault, outcome.stage) == (Fault.LOOKUP_FAILED, Stage.LOOKUP)
        assert not ended.is_set(), "it runs on: getaddrinfo cannot be cancelled"
    finally:
        release.set()
    assert ended.wait(5)


def test_the_end_of_the_program_does_not_wait_for_a_silent_resolver() -> None:
    program = """
import asyncio, time
from laifaxin_desktop.mail.reach import in_thread
async def main():
    try:
        async with asyncio.timeout(0.2):
            await in_thread(lambda: time.sleep(60))
    except TimeoutError:
        print("left behind")
asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("left behind\n", "")


@pytest.mark.usefixtures("no_route")
def test_b15_without_any_route_the_computer_is_offline() -> None:
    def again(_: str, __: int) -> list[Target]:
        raise socket.gaierror(socket.EAI_AGAIN, "no")

    def unknown(_: str, __: int) -> list[Target]:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    assert asyncio.run(check(1, resolve=again)).fault is Fault.OFFLINE
    assert asyncio.run(check(1, resolve=unknown)).fault is Fault.NAME_NOT_FOUND
    assert asyncio.run(check(free_port())).fault is Fault.REFUSED


def test_a_network_of_loopback_alone_has_no_route() -> None:
    from tests.servers.names import run_names

    try:
        with run_names() as names:
            assert not names.inside(reach.has_route)
    except MissingError as missing:
        pytest.skip(str(missing))


# Addresses


def test_b5_refused() -> None:
    outcome = asyncio.run(check(free_port()))
    assert (outcome.fault, outcome.stage) == (Fault.REFUSED, Stage.CONNECT)


def test_b6_dropped() -> None:
    with dead_end() as dead:
        outcome = asyncio.run(
            check(993, resolve=lambda *_: [dead], deadlines=Deadlines(connect=0.5))
        )
    assert (outcome.fault, outcome.stage) == (Fault.TIMEOUT, Stage.CONNECT)


def test_b7_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "has_route", lambda: True)
    broadcast = (socket.AF_INET, ("255.255.255.255", 993))  # EACCES or ENETUNREACH, never out
    outcome = asyncio.run(check(993, resolve=lambda *_: [broadcast]))
    assert (outcome.fault, outcome.stage) == (Fault.UNREACHABLE, Stage.CONNECT)


def test_b8_dead_addresses_first_do_not_matter() -> None:
    async def run(*dead: Target) -> Outcome:
        async with serving(PASSES) as peer:
            alive = (socket.AF_INET, ("127.0.0.1", peer.port))
            return await check(peer.port, resolve=lambda *_: [*dead, alive])

    refused = (socket.AF_INET, ("127.0.0.1", free_port()))
    with dead_end() as silent:
        outcome = asyncio.run(run(silent, silent, refused))
    assert outcome.ok
    connect = next(s for s in outcome.stages if s.stage is Stage.CONNECT)
    assert connect.ms < FAST.connect * 1000 / 2, "not the whole deadline"


def test_giving_up_between_two_addresses_leaves_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whenever it comes: also while the winner is waiting for the losers to be gone."""
    lost: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)  # a socket that nobody closed

    async def run() -> None:
        with dead_end(socket.AF_INET, "127.0.0.1") as dead, socket.create_server(("", 0)) as good:
            targets = [dead, (socket.AF_INET, ("127.0.0.1", good.getsockname()[1]))]
            for steps in range(12):
                trying = asyncio.create_task(reach.connect_first(targets, 0))
                for _ in range(steps):
                    await asyncio.sleep(0)
                trying.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    (await trying)[0].close()

    with warnings.catch_warnings():
        warnings.simplefilter("error", ResourceWarning)
        assert_no_socket_left(run)
        gc.collect()
    assert not lost


def test_addresses_take_turns_by_family() -> None:
    six, four = socket.AF_INET6, socket.AF_INET
    given: list[Target] = [(six, ("a",)), (six, ("b",)), (four, ("c",)), (six, ("d",))]
    assert [address for _, (address,) in reach.interleave(given)] == ["a", "c", "b", "d"]


def test_the_most_telling_error_wins() -> None:
    v6_unreachable = (socket.AF_INET6, ("not an address", 1, 0, 0))
    refused = (socket.AF_INET, ("127.0.0.1", free_port()))
    broadcast = (socket.AF_INET, ("255.255.255.255", 993))
    outcome = asyncio.run(check(1, resolve=lambda *_: [broadcast, refused]))
    assert outcome.fault is Fault.REFUSED
    assert v6_unreachable  # kept apart: a resolver never returns such


# Silence and drips


@pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
def test_b11_accepted_then_nothing(protocol: Protocol) -> None:
    outcome, peer = asyncio.run(talk("HANG", protocol))
    assert (outcome.fault, outcome.stage) == (Fault.TIMEOUT, Stage.GREETING)
    assert peer.secrets() == 0


@pytest.mark.parametrize(
    ("before", "words", "stage"),
    [
        ("", "* OK a greeting without an end", Stage.GREETING),
        (GREETED + "C: a2 *", "* OK a reply without an end", Stage.LOGIN),
        (GREETED + "C: a2 *\nS: a2 OK\nC: a3 *", "* 1 EXISTS and so on", Stage.MAILBOX),
    ],
)
def test_b12_one_byte_at_a_time_does_not_stretch_a_deadline(
    before: str, words: str, stage: Stage
) -> None:
    drip = "\n".join(f"s: {char if char != ' ' else chr(92) + 'x20'}\nSLEEP 0.1" for char in words)
    outcome, _ = asyncio.run(talk(f"{before}\n{drip}\nHANG"))
    assert (outcome.fault, outcome.stage) == (Fault.TIMEOUT, stage)


def test_the_whole_check_has_an_end_too() -> None:
    slow = "SLEEP 0.3\nS: * OK hi\nC: *\nSLEEP 0.3\nS: a1 OK\nC: *\nS: + \nC: *\nHANG"

    async def run() -> Outcome:
        async with asyncio.timeout(10):  # the stages alone would take a minute
            outcome, _ = await talk(slow, deadlines=Deadlines(total=1))
            return outcome

    outcome = asyncio.run(run())
    assert (outcome.fault, outcome.stage) == (Fault.TIMEOUT, Stage.LOGIN)


def test_a_slow_greeting_is_waited_for() -> None:
    late = f"SLEEP {FAST.hint * 2}\n" + PASSES
    outcome, _ = asyncio.run(talk(late))
    assert outcome.ok


# Floods


def flood(start: bytes, chunk: bytes) -> Handler:
    async def handle(_: Peer, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(start)
        while not writer.transport.is_closing():
            writer.write(chunk)
            await writer.drain()

    return handle


@pytest.mark.parametrize(
    ("start", "chunk"),
    [
        (b"* OK ", b"a" * 65536),  # D6
        (b"* OK hi\r\n", b"* OK more\r\n" * 6000),  # D7
        (b"* OK hi\r\n", b"* 1 EXISTS {60000}\r\n" + b"x" * 60000),
    ],
)
def test_endless_words_are_garbled_and_cost_no_memory(start: bytes, chunk: bytes) -> None:
    tracemalloc.start()
    try:
        outcome, _ = asyncio.run(talk(flood(start, chunk)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert outcome.fault is Fault.GARBLED
    assert peak < 12 * MOST_BYTES


def test_d9_a_reply_of_endless_lines() -> None:
    outcome, _ = asyncio.run(talk(flood(b"220-hi\r\n", b"220-and\r\n" * 5000), SMTP))
    assert outcome.fault is Fault.GARBLED


def test_d7_inside_tls(good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    endless = flood(b"* OK hi\r\n", b"* OK more\r\n" * 6000)
    outcome, _ = asyncio.run(talk(endless, security=Security.TLS, tls=good, context=trusting))
    assert outcome.fault is Fault.GARBLED


def test_the_link_never_holds_more_than_its_bound() -> None:
    async def run() -> int:
        link = Link()
        for _ in range(100):
            link.data_received(b"x" * 65536)
        return len(link.raw)

    assert asyncio.run(run()) <= MOST_BYTES


# What is left


def assert_no_socket_left(run: object) -> None:
    before = sockets()
    asyncio.run(run())  # type: ignore[operator]
    assert sockets() == before


def sockets() -> int:
    count = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            count += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return count


@pytest.mark.parametrize("end", ["S: * BYE", "S: garbage", "RESET", "HANG", "S: * OK hi\nHANG"])
def test_a_failure_leaves_nothing_either(end: str) -> None:
    async def run() -> None:
        async with serving(end) as peer:
            outcome = await check(peer.port)
            assert not outcome.ok
            async with asyncio.timeout(2):
                while peer.closed < peer.connections:
                    await asyncio.sleep(0.01)  # the server notices in its own time

    assert_no_socket_left(run)


# What cannot be sent


@pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
@pytest.mark.parametrize("secret", ["a\rb", "a\nb", "a\0b", "a\r\nMAIL FROM:<x>", "\ud800"])
def test_line_breaks_are_refused_before_any_network(protocol: Protocol, secret: str) -> None:
    def never(_: str, __: int) -> list[Target]:
        pytest.fail("was asked")

    for who in (login(secret), login(user=secret)):
        outcome = asyncio.run(check(1, protocol, who=who, resolve=never))
        assert (outcome.fault, outcome.stage) == (Fault.UNSENDABLE, Stage.LOGIN)
        assert outcome.evidence
        assert not outcome.evidence.reply
