"""Cut at every byte, dripping, cancelled at every await: an end in time, and nothing left."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
import types
from collections.abc import AsyncIterator, Coroutine, Generator, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from laifaxin_desktop.mail.reach import Target
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Quirk, Security
from laifaxin_desktop.model.route import ProxyKind
from tests.servers.dialogue import Dialogue, read
from tests.servers.scripted import ScriptedServer

from .peers import FAST, PATIENT, Outcome, Peer, assert_kept, check, login, reset, serving, talk
from .proxies import Carrier, through
from .test_attacks import TONGUES
from .test_network import assert_no_socket_left, dead_end, sockets

IMAP, SMTP, POP3 = Protocol.IMAP, Protocol.SMTP, Protocol.POP3
PROTOCOLS = pytest.mark.parametrize("protocol", [IMAP, SMTP, POP3])
DIALOGUES = Path(__file__).parents[1] / "dialogues"
# Recorded: a login that passes and an inbox that does not, and refusals of each kind.
RECORDED = (
    "netease_imap_unsafe",
    "outlook_imap_not_connected",
    "gmail_smtp_too_many",
    "qq_smtp_five_causes",
    "outlook_pop3_logon_failure",
    "pop3_in_use",
)


def whole(protocol: Protocol, security: Security, *, hang: bool = True) -> str:
    """A conversation in which everything is fine."""
    say, first = TONGUES[protocol], 2 if security is Security.STARTTLS else 1
    numbers = [str(number) for number in range(first, first + 4)]
    opening = say.clear + say.go + "TLS\n" if security is Security.STARTTLS else say.hello
    rest = (say.asked + say.capable + say.asks + say.yes + say.inside).format(*numbers)
    return opening + (rest if hang else rest.removesuffix("HANG"))


def refused(protocol: Protocol, security: Security) -> str:
    """The same up to a wrong password."""
    say, passes = TONGUES[protocol], whole(protocol, security)
    numbers = ("2", "3") if security is Security.STARTTLS else ("1", "2")
    head = passes.partition(say.asks.format(*numbers))
    return head[0] + head[1] + say.no.format(*numbers)


# Resets


class Cutting:
    """Stands before a server and resets after so many bytes of the server's."""

    def __init__(self, port: int) -> None:
        self.limit = 0
        self._port = port

    async def handle(
        self, _: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, to = await asyncio.open_connection("127.0.0.1", self._port)

        async def forth() -> None:
            with contextlib.suppress(OSError):
                while data := await reader.read(65536):
                    to.write(data)
            to.transport.abort()

        forward = asyncio.create_task(forth())
        left = self.limit
        try:
            while left > 0 and (data := await there.read(left)):
                writer.write(data)
                await writer.drain()
                left -= len(data)
            if left == 0:
                reset(writer)
        finally:
            forward.cancel()
            await asyncio.gather(forward, return_exceptions=True)
            to.transport.abort()


async def cut(
    port: int, protocol: Protocol, offsets: Iterable[int], **more: Any
) -> AsyncIterator[tuple[Outcome, Peer]]:
    """The outcome of a reset at each of these places."""
    cutting = Cutting(port)
    async with serving(cutting.handle) as between:
        for cutting.limit in offsets:
            between.received.clear()
            yield await check(between.port, protocol, **more), between


@pytest.mark.parametrize("name", RECORDED)
def test_b10_a_reset_at_every_byte_of_a_recorded_dialogue(name: str) -> None:
    (recorded,) = read(DIALOGUES / f"{name}.txt")
    lines = tuple(line for line in recorded.lines if line.kind in "SC")
    dialogue = Dialogue("any", recorded.protocol, "any", lines, name)
    said = sum(len(line.text.encode()) + 2 for line in lines if line.kind == "S")
    server = ScriptedServer(dialogue)
    server.__enter__()  # and not judged: it is cut off all the time

    quirks = frozenset({Quirk.IMAP_ID} if "netease" in name else ())
    who = login("hunter2-hunter2", quirks=quirks)

    async def run() -> None:
        protocol = Protocol(recorded.protocol)
        results = [each async for each, _ in cut(server.port, protocol, range(said + 1), who=who)]
        faults = [outcome.fault for outcome in results]
        whole = faults.index(Fault.REJECTED)  # from here on the refusal had been heard
        assert set(faults[:whole]) == {Fault.CLOSED}
        assert set(faults[whole:]) == {Fault.REJECTED}
        assert {Stage.GREETING, Stage.LOGIN} <= {outcome.stage for outcome in results}

    try:
        asyncio.run(run())
    finally:
        server.close()


@PROTOCOLS
def test_b10_a_reset_at_every_byte_of_a_conversation_that_passes(protocol: Protocol) -> None:
    dialogue = whole(protocol, Security.PLAIN, hang=False)
    rows = [row for row in dialogue.splitlines() if row.startswith("S:")]
    said = sum(len(row) - 3 + 2 for row in rows)
    before_login = sum(len(row) - 3 + 2 for row in TONGUES[protocol].hello.splitlines())

    async def run() -> None:
        async with serving(dialogue) as real:
            at = 0
            async for outcome, between in cut(real.port, protocol, range(said)):
                assert outcome.fault is Fault.CLOSED, at
                if at < before_login:
                    assert_kept(between.received)
                at += 1

    asyncio.run(run())


@PROTOCOLS
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_b10_and_c17_a_reset_anywhere_in_an_encrypted_conversation(
    protocol: Protocol, security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def run() -> list[Fault | None]:
        tls = good if security is Security.TLS else None
        dialogue = refused(protocol, security)
        async with serving(dialogue, tls=tls, starttls=good) as real:
            offsets = range(0, 4000, 37)
            more = {"security": security, "context": trusting}
            return [each.fault async for each, _ in cut(real.port, protocol, offsets, **more)]

    faults = asyncio.run(run())
    end = faults.index(Fault.REJECTED)  # from here on nothing is cut off any more
    assert set(faults[:end]) == {Fault.CLOSED}
    assert set(faults[end:]) == {Fault.REJECTED}
    assert end > 30


# Silence, drips, half-open connections


def places(protocol: Protocol, security: Security) -> list[tuple[str, Stage]]:
    """What is said before each of the server's turns, and the stage that this turn belongs to."""
    say, first = TONGUES[protocol], 2 if security is Security.STARTTLS else 1
    numbers = [str(number) for number in range(first, first + 4)]
    asked, capable, asks, yes, inside = (
        text.format(*numbers) for text in (say.asked, say.capable, say.asks, say.yes, say.inside)
    )
    if security is Security.STARTTLS:
        opening, known = say.clear + say.go + "TLS\n", Stage.TLS
        found = [("", Stage.GREETING), (say.clear, Stage.TLS), (say.clear + say.go, Stage.TLS)]
    else:
        opening, known = say.hello, Stage.GREETING
        found = [("", Stage.GREETING)]
    found += [(opening + asked, known), (opening + asked + capable + asks, Stage.LOGIN)]
    if protocol is not SMTP:
        opened = opening + asked + capable + asks + yes + inside.partition("\n")[0] + "\n"
        found.append((opened, Stage.MAILBOX))
    return found


@PROTOCOLS
@pytest.mark.parametrize("security", list(Security))
@pytest.mark.parametrize("how", ["silence", "drip", "half open", "drip of lines"])
def test_b11_to_b13_no_stage_is_stretched(
    protocol: Protocol,
    security: Security,
    how: str,
    good: ssl.SSLContext,
    trusting: ssl.SSLContext,
) -> None:
    """Wherever the server falls silent, says one byte at a time, or ends its half."""
    tls = good if security is Security.TLS else None
    drop = {
        "silence": "HANG",
        "half open": "",
        "drip": "".join(f"s: {byte}\nSLEEP 0.05\n" for byte in "* +OK 2 5 0 - x" * 9) + "HANG",
        "drip of lines": f"S: {line_without_end(protocol)}\nSLEEP 0.05\n" * 60 + "HANG",
    }[how]
    deadlines = replace(FAST.scaled(0.4), total=5)

    async def one(before: str, stage: Stage) -> None:
        outcome, _ = await talk(
            before + drop,
            protocol,
            security,
            tls=tls,
            starttls=good,
            context=trusting,
            deadlines=deadlines,
        )
        assert not outcome.ok
        if how in ("silence", "half open"):
            expected = Fault.TIMEOUT if how == "silence" else Fault.CLOSED
            assert (outcome.fault, outcome.stage) == (expected, stage), before

    async def run() -> None:
        async with asyncio.timeout(20):  # each place has less than two seconds
            for before, stage in places(protocol, security):
                await one(before, stage)

    asyncio.run(run())


def line_without_end(protocol: Protocol) -> str:
    """A line after which another must follow."""
    return {IMAP: "* OK more", SMTP: "250-more", POP3: "MORE"}[protocol]


# Cancelling


@types.coroutine
def cancelled_at(work: Coroutine[Any, Any, object], await_: int) -> Generator[Any, Any, int]:
    """Run it and cancel its task at this one of its awaits; how many there were, if fewer."""
    step, resume, value = 0, work.send, None
    while True:
        try:
            waiting = resume(value)  # type: ignore[arg-type]
        except StopIteration:
            return step
        step += 1
        if step == await_:
            task = asyncio.current_task()
            assert task
            task.cancel()
        try:
            value = yield waiting
            resume = work.send
        except BaseException as error:
            value, resume = error, work.throw  # type: ignore[assignment]


async def everywhere(peer: Peer, make: Any) -> int:
    """Cancel at every await of a check, one check each; how many awaits there are."""
    at = 0
    while True:
        at += 1
        before, open_sockets = asyncio.all_tasks(), sockets()

        async def probing(number: int = at) -> int:
            return await cancelled_at(make(), number)

        task = asyncio.create_task(probing())
        done, _ = await asyncio.wait([task], timeout=5)
        assert done, f"await {at}: it goes on"
        if not task.cancelled():
            assert task.result() < at
            return at - 1
        async with asyncio.timeout(2):
            # What the check itself opened is gone at once; the server notices in its own time.
            while peer.closed < peer.connections or sockets() > open_sockets:
                await asyncio.sleep(0.002)
        ours = asyncio.all_tasks() - before - {asyncio.current_task()}
        assert not [t for t in ours if "serving" not in repr(t.get_coro())], at


@PROTOCOLS
@pytest.mark.parametrize("security", list(Security))
def test_cancelling_at_every_await_leaves_nothing(
    protocol: Protocol, security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def run() -> None:
        tls = good if security is Security.TLS else None
        async with serving(whole(protocol, security), tls=tls, starttls=good) as peer:
            awaits = await everywhere(
                peer, lambda: check(peer.port, protocol, security, context=trusting)
            )
        assert awaits >= 6

    assert_no_socket_left(run)


@pytest.mark.parametrize("kind", list(ProxyKind))
def test_cancelling_at_every_await_behind_a_proxy(
    kind: ProxyKind, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def run() -> None:
        async with serving(whole(IMAP, Security.TLS), tls=good) as server:
            carrier = Carrier(server.port, login=True)
            async with serving(carrier.handler(kind)) as proxy:
                route = through(kind, proxy.port, login=True)
                more: Any = {"context": trusting, "route": route, "host": "localhost"}
                awaits = await everywhere(
                    proxy, lambda: check(server.port, IMAP, Security.TLS, **more)
                )
        assert awaits >= 9

    assert_no_socket_left(run)


def test_cancelling_while_a_refused_certificate_is_looked_at(
    authority: Any, trusting: ssl.SSLContext
) -> None:
    async def run() -> None:
        async with serving("HANG", tls=authority.expired().context()) as peer:
            awaits = await everywhere(
                peer, lambda: check(peer.port, IMAP, Security.TLS, context=trusting)
            )
        assert awaits >= 8

    assert_no_socket_left(run)


@PROTOCOLS
@pytest.mark.parametrize("security", list(Security))
def test_cancelling_is_prompt(
    protocol: Protocol, security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    """Within 250 ms wherever the server has fallen silent."""

    async def one(before: str) -> None:
        tls = good if security is Security.TLS else None
        async with serving(before + "HANG", tls=tls, starttls=good) as peer:
            probing = asyncio.create_task(
                check(peer.port, protocol, security, context=trusting, deadlines=PATIENT)
            )
            await asyncio.wait_for(peer.reached.wait(), 10)
            probing.cancel()
            async with asyncio.timeout(0.25):
                with pytest.raises(asyncio.CancelledError):
                    await probing

    async def run() -> None:
        for before, _ in places(protocol, security):
            await one(before)

    assert_no_socket_left(run)


def test_cancelling_a_connection_attempt_and_a_look_up() -> None:
    release = threading.Event()

    async def run() -> None:
        def slow(_: str, __: int) -> list[Target]:
            release.wait(10)
            return []

        with dead_end() as dead:
            for resolve in (slow, lambda *_: [dead, dead, dead]):
                probing = asyncio.create_task(check(1, resolve=resolve, deadlines=PATIENT))
                await asyncio.sleep(0.3)  # three attempts are under way, or the thread is
                probing.cancel()
                async with asyncio.timeout(0.25):
                    with pytest.raises(asyncio.CancelledError):
                        await probing
                release.set()

    assert_no_socket_left(run)


def test_c23_an_end_without_close_notify_in_every_protocol(
    good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    for protocol in (IMAP, SMTP, POP3):
        complete = whole(protocol, Security.TLS).rpartition("C: ")[0] + "RESET"
        outcome, _ = asyncio.run(talk(complete, protocol, Security.TLS, tls=good, context=trusting))
        assert outcome.ok, protocol
