"""Looks for servers under the names that small providers use; sends no secret, offers only what
greeted us over verified encryption."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set

from laifaxin_desktop.engine.ports import Probe
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side

# The most secure first; IMAP before POP3, which keeps no folders.
_GUESSES: dict[Side, tuple[tuple[str, Protocol, int, Security], ...]] = {
    Side.RECEIVE: (
        ("imap", Protocol.IMAP, 993, Security.TLS),
        ("mail", Protocol.IMAP, 993, Security.TLS),
        ("imap", Protocol.IMAP, 143, Security.STARTTLS),
        ("mail", Protocol.IMAP, 143, Security.STARTTLS),
        ("pop", Protocol.POP3, 995, Security.TLS),
        ("mail", Protocol.POP3, 995, Security.TLS),
        ("pop", Protocol.POP3, 110, Security.STARTTLS),
        ("mail", Protocol.POP3, 110, Security.STARTTLS),
    ),
    Side.SEND: (
        ("smtp", Protocol.SMTP, 465, Security.TLS),
        ("mail", Protocol.SMTP, 465, Security.TLS),
        ("smtp", Protocol.SMTP, 587, Security.STARTTLS),
        ("mail", Protocol.SMTP, 587, Security.STARTTLS),
    ),
}


class Guesses:
    """All guesses for one domain."""

    def __init__(self, domain: str, probe: Probe, heard: Callable[[str, str], None]) -> None:
        self._probe, self._heard = probe, heard
        self._wanted = {
            side: [Endpoint(p, f"{name}.{domain}", port, s) for name, p, port, s in rows]
            for side, rows in _GUESSES.items()
        }
        self._answered: dict[Endpoint, bool] = {}
        self._untrusted: set[Endpoint] = set()  # they answered, with another certificate
        self._settled = asyncio.Event()

    async def look(self) -> None:
        """Ask all at once; over as soon as no better answer can come."""
        async with asyncio.TaskGroup() as looks:
            tasks = [
                looks.create_task(self._look_at(end))
                for ends in self._wanted.values()
                for end in ends
            ]
            await self._settled.wait()
            for task in tasks:
                task.cancel()

    async def _look_at(self, endpoint: Endpoint) -> None:
        try:
            await self._probe(endpoint, None, lambda result: None)
        except asyncio.CancelledError:
            self._heard(str(endpoint), "cut")  # asked it was
            raise
        except MailError as error:
            self._heard(str(endpoint), error.evidence.fault)
            self._answered[endpoint] = False
            if error.evidence.fault.startswith("certificate_"):
                self._untrusted.add(endpoint)
        else:
            self._heard(str(endpoint), "found")
            self._answered[endpoint] = True
        if all(self._decided(ends) for ends in self._wanted.values()):
            self._settled.set()

    def _decided(self, ends: list[Endpoint]) -> bool:
        for end in ends:
            if end not in self._answered:
                return False
            if self._answered[end]:
                return True
        return True

    def settings(self) -> Settings | None:
        """The best of what has answered; None when nothing has."""
        return self._best({end for end, greeted in self._answered.items() if greeted})

    def untrusted(self) -> Settings | None:
        """The best of what answered with a certificate that is not trusted: a hint to a person."""
        return self._best(self._untrusted)

    def _best(self, there: Set[Endpoint]) -> Settings | None:
        best = {
            side: next((end for end in ends if end in there), None)
            for side, ends in self._wanted.items()
        }
        if not any(best.values()):
            return None
        return Settings(best[Side.RECEIVE], best[Side.SEND], AuthWay.PASSWORD)
