"""Checks one server from look-up to inbox; refuses before the start what cannot be sent."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Protocol as Shape

from laifaxin_desktop.model.account import Capabilities, Login
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.route import DIRECT, Route

from .course import Deadlines, Observe
from .imap import Imap
from .opening import encrypt
from .pop3 import Pop3
from .reach import Resolve, in_thread, system_resolve
from .smtp import Smtp
from .wire import Wire


class _Talk(Shape):
    """What a check needs of a protocol, in this order."""

    async def greet(self) -> None:
        """Hear the greeting."""

    async def start_tls(self) -> None:
        """Agree on a handshake; only with STARTTLS."""

    async def capabilities(self) -> frozenset[str]:
        """Ask what the server can, on the final connection."""

    async def log_in(self, login: Login) -> None:
        """Hand in the password, once."""

    async def open_mailbox(self, login: Login) -> None:
        """See that letters are within reach, touching none; only where they are received."""

    def leave(self) -> None:
        """Say good-bye."""


class MailProbe:
    """Speaks to one server over trusted TLS; one login is one submission of the secret."""

    def __init__(
        self,
        context: ssl.SSLContext,
        deadlines: Deadlines | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._context = context
        self._deadlines = deadlines or Deadlines()
        self._resolve = resolve or system_resolve

    async def __call__(
        self,
        endpoint: Endpoint,
        login: Login | None,
        observe: Observe,
        route: Route = DIRECT,
    ) -> Capabilities:
        """Run every stage, telling `observe` of each as it ends; see `engine.ports.Probe`.

        Without a login it ends after the capabilities, and nothing secret exists.

        :raises MailError: at the stage that failed
        """
        wire = Wire(endpoint, self._context, observe, self._deadlines, self._resolve, login, route)
        async with wire:
            if login and not _sendable(login):
                with wire.stage(Stage.LOGIN):
                    raise wire.failure(Fault.UNSENDABLE)
            if endpoint.protocol is Protocol.GRAPH:
                ask = await in_thread(_graph)
                return await ask(wire, login)
            await wire.connect()
            talk, words = await _open(wire)
            if login:
                with wire.stage(Stage.LOGIN):
                    await talk.log_in(login)
                if endpoint.side is Side.RECEIVE:
                    with wire.stage(Stage.MAILBOX):
                        await talk.open_mailbox(login)
            talk.leave()
        return Capabilities(words)


def _graph() -> Callable[[Wire, Login | None], Awaitable[Capabilities]]:
    """What asks Graph; call it in a thread, since it imports httpx."""
    from .graph import probe

    return probe


def _sendable(login: Login) -> bool:
    if login.bearer and not re.fullmatch("[!-~]+", login.secret.reveal()):
        return False  # RFC 6750 section 2.1; a ^A would end the token within a SASL message
    if login.bearer and "\x01" in login.username:
        return False
    typed = login.username + login.secret.reveal()
    return not any(char in "\r\n\0" or "\ud800" <= char <= "\udfff" for char in typed)


def _talk(wire: Wire) -> _Talk:
    match wire.endpoint.protocol:
        case Protocol.IMAP:
            return Imap(wire)
        case Protocol.POP3:
            return Pop3(wire)
        case Protocol.SMTP:
            return Smtp(wire)
    raise ValueError(f"no probe speaks {wire.endpoint.protocol}")


async def _open(wire: Wire) -> tuple[_Talk, frozenset[str]]:
    """From the connection to capabilities that can be believed."""
    talk = _talk(wire)
    if wire.endpoint.security is Security.TLS:
        with wire.stage(Stage.TLS):
            await encrypt(wire)
    with wire.stage(Stage.GREETING):
        await talk.greet()
        if wire.endpoint.security is not Security.STARTTLS:
            return talk, await talk.capabilities()
    with wire.stage(Stage.TLS):
        await talk.start_tls()
        await encrypt(wire, _upgrade)
        return talk, await talk.capabilities()


async def _upgrade(second: Wire) -> None:
    talk = _talk(second)
    await talk.greet()
    await talk.start_tls()
