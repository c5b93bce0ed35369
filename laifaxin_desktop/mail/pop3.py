"""Talks POP3 (RFC 1939, RFC 5034) up to the size of the mailbox; fetches and deletes nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Fault, MailError

from . import sasl
from .opening import greeting
from .wire import Wire
from .words import MOST_CAPABILITIES, keywords

_REPLY = re.compile(rb"(\+OK|-ERR)(?: ++(?:\[([^\]]++)\])?.*)?$", re.I | re.S)
_STAT = re.compile(rb"\+OK [0-9]+ [0-9]+", re.I)
_MOST_COMMAND = 253  # without CRLF (RFC 5034 section 4)


@dataclass(frozen=True, slots=True)
class _Reply:
    """+OK or -ERR, the response code (RFC 2449), and the whole line."""

    ok: bool
    code: str
    line: bytes


class Pop3:
    """One conversation; the wire under it may be encrypted half-way."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._words: frozenset[str] = frozenset()

    # The opening

    async def greet(self) -> None:
        """The greeting; its APOP stamp is not used."""
        self._want_ok(self._read(await greeting(self._wire)))

    async def start_tls(self) -> None:
        """STLS accepted (RFC 2595)."""
        reply = await self._command(b"STLS")
        if not reply.ok:
            codes = ("-ERR", reply.code)
            raise self._wire.failure(Fault.STARTTLS_MISSING, codes=codes, reply=reply.line)

    async def capabilities(self) -> frozenset[str]:
        """CAPA on the final connection; a server that does not know it has none."""
        words: set[str] = set()
        wire = self._wire
        async with wire.within(wire.deadlines.reply):
            if (await self._command(b"CAPA")).ok:
                while (line := await wire.line()) != b".":
                    if len(words) >= MOST_CAPABILITIES:
                        continue
                    keyword, *parameters = keywords(line) or [""]
                    words.add(keyword)
                    if keyword == "SASL":
                        words.update(f"AUTH={mechanism}" for mechanism in parameters)
        self._words = frozenset(words - {""})
        return self._words

    # Logging in

    async def log_in(self, login: Login) -> None:
        """Hand in the password or the token, once, by the best mechanism both know."""
        self._want_ok(await (self._token if login.bearer else self._password)(login))

    async def _token(self, login: Login) -> _Reply:
        end, token = self._wire.endpoint, login.secret.reveal()
        by = sasl.bearer(self._words, login.username, end.host, end.port, token)
        if by is None:
            raise self._no_mechanism()
        # Microsoft wants two lines, however short the token is.
        return await self._command(b"AUTH " + by.mechanism, by.payload, bow=by.bow, secret=True)

    async def _password(self, login: Login) -> _Reply:
        username, password = login.username, login.secret.reveal()
        if "AUTH=PLAIN" in self._words:
            payload = sasl.coded(sasl.plain(username, password))
            command = b"AUTH PLAIN " + payload
            if len(command) <= _MOST_COMMAND:
                return await self._command(command, secret=True)
            return await self._command(b"AUTH PLAIN", payload, secret=True)
        if self._words and "USER" not in self._words:
            raise self._no_mechanism()
        reply = await self._command(b"USER " + username.encode(), secret=True)
        if reply.ok:
            reply = await self._command(b"PASS " + password.encode(), secret=True)
        return reply

    def _no_mechanism(self) -> MailError:
        offered = sorted(word for word in self._words if word.startswith("AUTH="))
        return self._wire.failure(Fault.NO_MECHANISM, reply=" ".join(offered))

    async def open_mailbox(self, login: Login) -> None:
        """How many letters there are."""
        reply = await self._command(b"STAT")
        self._want_ok(reply)
        if not _STAT.match(reply.line):
            raise self._wire.failure(Fault.GARBLED, reply=reply.line)

    def leave(self) -> None:
        """Say good-bye; the answer is not waited for."""
        self._wire.send(b"QUIT")

    # Commands and replies

    async def _command(
        self,
        command: bytes,
        answer: bytes | None = None,
        *,
        bow: bytes | None = None,
        secret: bool = False,
    ) -> _Reply:
        """One command to its reply; one continuation request gets the answer.

        One more may be a failure challenge: it gets the bow, and only a refusal can follow.

        :raises MailError: garbled for words nobody asked for, for +OK before the answer or after
            the bow
        """
        wire, deadlines = self._wire, self._wire.deadlines
        async with wire.within(deadlines.auth if secret else deadlines.reply):
            if wire.said_early():
                raise wire.failure(Fault.GARBLED, reply=await wire.line())
            wire.send(command, secret=secret)
            line = await wire.line()
            if answer is not None:
                if _continues(line):
                    wire.send(answer, secret=secret)
                    line = await wire.line()
                elif self._read(line).ok:
                    raise wire.failure(Fault.GARBLED, reply=line)
            if bow is not None and _continues(line):
                reason = sasl.reason(line[1:])
                wire.send(bow)
                line = await wire.line()
                if self._read(line).ok:
                    raise wire.failure(Fault.GARBLED, reply=line)
                line += b" " + reason
        return self._read(line)

    def _read(self, line: bytes) -> _Reply:
        found = _REPLY.match(line)
        if not found:
            raise self._wire.failure(Fault.GARBLED, reply=line)
        code = (found[2] or b"").decode("latin-1").upper()
        return _Reply(found[1].upper() == b"+OK", code, line)

    def _want_ok(self, reply: _Reply) -> None:
        if not reply.ok:
            codes = ("-ERR", reply.code)
            raise self._wire.failure(Fault.REJECTED, codes=codes, reply=reply.line)


def _continues(line: bytes) -> bool:
    return line[:1] == b"+" and not _REPLY.match(line)
