"""The delicate first moments: encryption and greeting, and what it means when they go wrong."""

from __future__ import annotations

import asyncio
import contextlib

from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import Security

from .faults import WORLD
from .tls import excepting_context
from .trust import Upgrade, compare, explained
from .wire import NotTlsError, Wire
from .words import may_become_a_greeting, spoken_by

_MAIL = ("imap", "pop3", "smtp")


async def encrypt(wire: Wire, upgrade: Upgrade | None = None) -> None:
    """Handshake and verify; a refused certificate comes with its facts.

    `upgrade` talks a second connection to this point (STARTTLS), for a look at the certificate.
    """
    try:
        async with wire.within(wire.deadlines.tls):
            # Read later, it would pass for having come encrypted (CVE-2011-0411).
            if wire.endpoint.security is Security.STARTTLS and wire.said_early():
                raise wire.failure(Fault.INJECTION, reply=wire.first)
            await wire.handshake(excepting_context() if wire.pin else None)
    except NotTlsError:
        raise await _instead_of_tls(wire) from None
    except MailError as error:
        if error.evidence.fault.startswith("certificate_"):
            raise await explained(wire, error.evidence, upgrade) from None
        raise
    if wire.pin:
        await compare(wire, wire.pin, upgrade)


async def _instead_of_tls(wire: Wire) -> MailError:
    words = await wire.unencrypted_words()
    spoken = spoken_by(words)
    if wire.endpoint.security is Security.STARTTLS:
        return wire.failure(Fault.INJECTION, reply=words)
    if spoken == wire.endpoint.protocol:
        return wire.failure(Fault.WRONG_MODE, reply=words, spoken="plain")
    if spoken in _MAIL:
        return wire.failure(Fault.WRONG_PROTOCOL, reply=words, spoken=spoken)
    if spoken or (words.isascii() and words.strip().decode().isprintable()):
        return wire.failure(Fault.NOT_MAIL, reply=words, spoken=spoken)
    return wire.failure(Fault.TLS_FAILED, detail="no TLS record")


async def greeting(wire: Wire) -> bytes:
    """The server's first line, proven to be of the protocol that was asked for."""
    try:
        async with wire.within(wire.deadlines.greeting):
            if wire.encrypted:
                line = await _encrypted_line(wire)
            else:
                if not await wire.said_within(wire.deadlines.hint):
                    await _suspect_tls(wire)
                line = await wire.line()
    except MailError as error:
        fault, first = error.evidence.fault, wire.first
        if not first or fault not in (Fault.TIMEOUT, Fault.CLOSED, Fault.GARBLED):
            raise
        if spoken_by(first) == wire.endpoint.protocol:
            raise
        if fault is not Fault.GARBLED and not spoken_by(first) and may_become_a_greeting(first):
            raise
        line = first
    spoken = spoken_by(line)
    if spoken == wire.endpoint.protocol:
        return line
    if spoken in _MAIL:
        raise wire.failure(Fault.WRONG_PROTOCOL, reply=line, spoken=spoken)
    if spoken == "tls":
        raise wire.failure(Fault.WRONG_MODE, spoken=spoken)
    raise wire.failure(Fault.NOT_MAIL, reply=line, spoken=spoken)


async def _suspect_tls(wire: Wire) -> None:
    # Silence: a ClientHello, free of secrets, on a second connection may get an answer.
    spoken = ""
    with contextlib.suppress(MailError, *WORLD):
        async with asyncio.timeout(wire.deadlines.moment), wire.second() as second:
            await second.open()
            spoken = spoken_by(await second.answer_to_hello())
    if spoken == "tls":
        raise wire.failure(Fault.WRONG_MODE, spoken=spoken)
    if spoken in ("http", "ssh"):
        raise wire.failure(Fault.NOT_MAIL, spoken=spoken)


async def _encrypted_line(wire: Wire) -> bytes:
    # Read at once, not peeked at: an alert that comes instead is said only once.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(wire.deadlines.hint):
            return await wire.line()
    await _suspect_web(wire)
    return await wire.line()


async def _suspect_web(wire: Wire) -> None:
    # Silence under TLS: a web server waits to be asked. Asked on a second connection, no secret.
    if wire.endpoint.security is not Security.TLS:
        return
    spoken = ""
    with contextlib.suppress(MailError, NotTlsError, *WORLD):
        async with asyncio.timeout(wire.deadlines.moment), wire.second() as second:
            await second.open()
            await second.handshake()
            second.send(b"HEAD / HTTP/1.0")
            second.send(b"")
            spoken = spoken_by(await second.line())
    if spoken == "http":
        raise wire.failure(Fault.NOT_MAIL, spoken=spoken)
