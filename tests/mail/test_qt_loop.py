"""The same wire inside Qt's own loop, as the window runs it."""

from __future__ import annotations

import asyncio
import ssl

import pytest
from PySide6.QtWidgets import QApplication

from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.provider import Protocol, Security, Side
from laifaxin_desktop.model.route import Pin, ProxyKind
from laifaxin_desktop.ui.loop import run
from tests.servers.authority import Authority

from .peers import PATIENT, Outcome, bearer, check, serving, talk
from .proxies import Carrier, through
from .test_graph import COUNTS, http, saying
from .test_imap import GREETED, PASSES
from .test_network import dead_end, sockets

STARTTLS = (
    "S: * OK ready\nC: a1 STARTTLS\nS: a1 OK go\nTLS\nC: a2 CAPABILITY\n"
    "S: * CAPABILITY SASL-IR AUTH=PLAIN\nS: a2 OK\nC: a3 AUTHENTICATE *\nS: a3 OK\n"
    "C: a4 EXAMINE INBOX\nS: a4 OK\nC: a5 LOGOUT"
)


@pytest.mark.parametrize("security", list(Security))
def test_a_check_passes(
    security: Security, qapp: QApplication, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    async def main() -> int:
        tls = good if security is Security.TLS else None
        dialogue = STARTTLS if security is Security.STARTTLS else PASSES
        outcome, peer = await talk(
            dialogue, Protocol.IMAP, security, tls=tls, starttls=good, context=trusting
        )
        assert outcome.evidence is None, peer.wrong
        return 0

    assert run(main()) == 0


@pytest.mark.parametrize("dialogue", ["HANG", GREETED + "C: *\nHANG"])
def test_cancelling_is_prompt(dialogue: str, qapp: QApplication) -> None:
    async def main() -> int:
        async with serving(dialogue) as peer:
            before = sockets()
            probing = asyncio.create_task(check(peer.port, deadlines=PATIENT))
            await asyncio.wait_for(peer.reached.wait(), 10)
            probing.cancel()
            async with asyncio.timeout(0.25):
                with pytest.raises(asyncio.CancelledError):
                    await probing
            async with asyncio.timeout(2):
                while peer.closed < peer.connections or sockets() > before:
                    await asyncio.sleep(0.01)  # the server notices in its own time
        return 0

    assert run(main()) == 0


def test_graph(qapp: QApplication, good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    async def ask(port: int, half: Side) -> Outcome:
        return await check(
            port,
            Protocol.GRAPH,
            Security.TLS,
            context=trusting,
            who=bearer(),
            half=half,
            deadlines=PATIENT,
        )

    async def main() -> int:
        async with serving(saying(http(200, COUNTS)), tls=good) as peer:
            outcome = await ask(peer.port, Side.RECEIVE)
            assert outcome.evidence is None
        async with serving(saying(b"HTTP/1.1 200 x\r\n", "HANG"), tls=good) as peer:
            before = sockets()
            probing = asyncio.create_task(ask(peer.port, Side.SEND))
            await asyncio.wait_for(peer.reached.wait(), 10)
            probing.cancel()
            async with asyncio.timeout(0.25):
                with pytest.raises(asyncio.CancelledError):
                    await probing
            async with asyncio.timeout(2):
                while peer.closed < peer.connections or sockets() > before:
                    await asyncio.sleep(0.01)  # the server notices in its own time
        return 0

    assert run(main()) == 0


@pytest.mark.parametrize("kind", list(ProxyKind))
def test_behind_a_proxy_with_an_exception(
    kind: ProxyKind, qapp: QApplication, authority: Authority, trusting: ssl.SSLContext
) -> None:
    certificate = authority.self_signed()

    async def main() -> int:
        async with serving(PASSES, tls=certificate.context()) as server:
            carrier = Carrier(server.port, login=True)
            async with serving(carrier.handler(kind)) as proxy:
                pin = Pin("localhost", server.port, certificate.sha256())
                outcome = await check(
                    server.port,
                    security=Security.TLS,
                    context=trusting,
                    route=through(kind, proxy.port, login=True).pinning(pin),
                    deadlines=PATIENT,
                )
        assert outcome.evidence is None
        return 0

    assert run(main()) == 0


def test_cancelling_attempts_to_connect_leaves_no_notifier_behind(qapp: QApplication) -> None:
    async def main() -> int:
        with dead_end() as dead:
            before = sockets()
            for _ in range(5):
                probing = asyncio.create_task(
                    check(1, resolve=lambda *_: [dead, dead, dead], deadlines=PATIENT)
                )
                await asyncio.sleep(0.6)  # three attempts are under way
                probing.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await probing
            assert sockets() <= before  # one of an earlier test may have gone meanwhile
        # The numbers of those sockets are used again: a notifier left behind would confuse these.
        outcome, _ = await talk("S: * BYE busy\nHANG")
        assert outcome.fault is Fault.REJECTED
        return 0

    assert run(main()) == 0
