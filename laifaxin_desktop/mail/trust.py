"""Lets a certificate pass that a person has excepted, exactly that one; explains the refused.

Nothing is sent before: neither here, nor over the second connections that only look.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import replace

from laifaxin_desktop.model.problem import UNFIT, Certificate, Doubt, Evidence, Fault, MailError
from laifaxin_desktop.model.route import Pin, despite

from .certificate import judged, read_certificate
from .faults import WORLD
from .reach import in_thread
from .wire import NotTlsError, Wire

Upgrade = Callable[[Wire], Awaitable[None]]
_BY_DOUBT = {
    Doubt.WRONG_HOST: Fault.CERTIFICATE_WRONG_HOST,
    Doubt.EXPIRED: Fault.CERTIFICATE_EXPIRED,
    Doubt.NOT_YET_VALID: Fault.CERTIFICATE_NOT_YET_VALID,
}


async def explained(wire: Wire, seen: Evidence, upgrade: Upgrade | None) -> MailError:
    """The error for a certificate that was refused, with its facts where it can be looked at."""
    facts = None
    # Python does not hand over a certificate that it refused: a second handshake, which verifies
    # nothing, sends nothing and hangs up.
    with contextlib.suppress(MailError, NotTlsError, *WORLD):
        async with asyncio.timeout(wire.deadlines.certificate):
            async with wire.second() as second:
                await _shake(second, upgrade)
                shown = second.certificate
            facts = await _read(wire, shown, seen.fault)
    return MailError(replace(seen, fault=judged(seen.fault, facts), certificate=facts))


async def compare(wire: Wire, pin: Pin, upgrade: Upgrade | None) -> None:
    """Pass if the handshake was made with exactly the excepted certificate, and it is still fit.

    :raises MailError: another one, even a good one; or a reason that the exception does not name
    """
    shown, fault = wire.certificate or b"", None
    if hashlib.sha256(shown).hexdigest() == pin.sha256:
        async with wire.within(wire.deadlines.tls):
            fault = _left(await _read(wire, shown, None), pin)
        if fault is None:
            return
    refused = await _refusal(wire, upgrade)
    async with wire.within(wire.deadlines.tls):
        facts = await _read(wire, shown, refused)
    error = wire.failure(fault or Fault.CERTIFICATE_CHANGED)
    raise MailError(replace(error.evidence, certificate=facts))


def _left(facts: Certificate | None, pin: Pin) -> Fault | None:
    """What the exception does not cover."""
    if facts is None or UNFIT & {*facts.doubts}:
        return Fault.CERTIFICATE_UNFIT
    left = [doubt for doubt in despite(facts) if doubt not in pin.despite]
    return _BY_DOUBT[left[0]] if left else None


async def _refusal(wire: Wire, upgrade: Upgrade | None) -> Fault | None:
    """Why the platform would refuse what the server shows; None when it would not."""
    with contextlib.suppress(MailError, NotTlsError, *WORLD):
        async with wire.second(wire.context) as second:
            try:
                await _shake(second, upgrade)
            except MailError as error:
                if error.evidence.fault.startswith("certificate_"):
                    return error.evidence.fault
                raise
            return None
    return Fault.CERTIFICATE_REFUSED  # it cannot be told: then it is not called good


async def _shake(second: Wire, upgrade: Upgrade | None) -> None:
    async with second.within(second.deadlines.certificate):
        await second.open()
        if upgrade:
            await upgrade(second)
        await second.handshake()


async def _read(wire: Wire, der: bytes | None, refused: Fault | None) -> Certificate | None:
    if not der:
        return None
    return await in_thread(functools.partial(read_certificate, der, wire.host, refused))
