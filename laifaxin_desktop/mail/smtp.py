"""Talks SMTP submission (RFC 6409, RFC 4954) up to the login; names no sender, sends no letter."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, replace

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import Security

from . import sasl
from .opening import greeting
from .wire import Wire
from .words import MOST_CAPABILITIES, keywords

_LINE = re.compile(rb"([2-5][0-9]{2})(?:([ -])(.*))?$", re.S)
_ENHANCED = re.compile(rb"[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=[ ,;:]|$)")  # RFC 3463
_MOST_TEXT = 64 * 1024  # bytes kept of one reply's lines, and what the last of them has more
_MOST_COMMAND = 510  # without CRLF: a longer first answer has to wait (RFC 4954 section 4)


@dataclass(frozen=True, slots=True)
class _Reply:
    """All lines of one reply: its code, then what follows the code in each line."""

    code: str
    texts: tuple[bytes, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The code, then the enhanced ones (RFC 2034)."""
        found = (_ENHANCED.match(text) for text in self.texts)
        return (self.code, *(match[0].decode() for match in found if match))

    @property
    def words(self) -> bytes:
        """All of it in one line."""
        return b" ".join((self.code.encode(), *self.texts))


class Smtp:
    """One conversation; the wire under it may be encrypted half-way."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._words: frozenset[str] = frozenset()  # EHLO keywords, and AUTH=mechanism

    # The opening

    async def greet(self) -> None:
        """The greeting, and EHLO where STARTTLS is to follow (Exim wants it first)."""
        first = await greeting(self._wire)
        async with self._wire.within(self._wire.deadlines.greeting):
            reply = await self._reply(first)
        self._expect(reply, "220")
        if self._wire.endpoint.security is Security.STARTTLS:
            await self._ehlo()  # what it lists in the clear decides nothing

    async def start_tls(self) -> None:
        """STARTTLS accepted; only a refusal counts as missing."""
        reply = await self._command(b"STARTTLS")
        if reply.code[0] in "45" and reply.code != "421":
            raise self._wire.failure(Fault.STARTTLS_MISSING, codes=reply.codes, reply=reply.words)
        self._expect(reply, "220")

    async def capabilities(self) -> frozenset[str]:
        """EHLO on the final connection: keywords, and mechanisms as AUTH=PLAIN."""
        reply = await self._ehlo()
        words: set[str] = set()
        for text in reply.texts[1:]:
            keyword, *parameters = keywords(re.sub(rb"(?i)^AUTH=", b"AUTH ", text)) or [""]
            if len(words) >= MOST_CAPABILITIES:
                break
            words.add(keyword)
            if keyword == "AUTH":
                words.update(f"AUTH={mechanism}" for mechanism in parameters)
        self._words = frozenset(words - {""})
        return self._words

    async def _ehlo(self) -> _Reply:
        reply = await self._command(b"EHLO " + self._own_name())
        self._expect(reply, "250")
        return reply

    def _own_name(self) -> bytes:
        # RFC 5321 4.1.3: an address literal, since a desktop rarely has a name of its own.
        try:
            address = ipaddress.ip_address(self._wire.own_address.split("%")[0])
        except ValueError:
            return b"localhost"
        return f"[{'IPv6:' if address.version == 6 else ''}{address}]".encode()

    # Logging in

    async def log_in(self, login: Login) -> None:
        """Hand in the password or the token, once, by the best mechanism both know."""
        self._expect(await (self._token if login.bearer else self._password)(login), "235")

    async def _token(self, login: Login) -> _Reply:
        end, token = self._wire.endpoint, login.secret.reveal()
        by = sasl.bearer(self._words, login.username, end.host, end.port, token)
        if by is None:
            raise self._no_mechanism()
        return await self._hand_in(b"AUTH " + by.mechanism, by.payload, bow=by.bow)

    async def _password(self, login: Login) -> _Reply:
        username, password = login.username, login.secret.reveal()
        if "AUTH=PLAIN" in self._words:
            return await self._hand_in(b"AUTH PLAIN", sasl.coded(sasl.plain(username, password)))
        if "AUTH=LOGIN" in self._words:
            answers = map(sasl.coded, sasl.login(username, password))
            return await self._command(b"AUTH LOGIN", *answers, secret=True)
        raise self._no_mechanism()

    async def _hand_in(self, command: bytes, payload: bytes, bow: bytes | None = None) -> _Reply:
        """The mechanism's one message: at once where it fits, else when it is asked for."""
        whole = command + b" " + payload
        if len(whole) <= _MOST_COMMAND:
            return await self._command(whole, bow=bow, secret=True)
        return await self._command(command, payload, bow=bow, secret=True)

    def _no_mechanism(self) -> MailError:
        offered = sorted(word for word in self._words if word.startswith("AUTH="))
        return self._wire.failure(Fault.NO_MECHANISM, reply=" ".join(offered))

    async def open_mailbox(self, login: Login) -> None:
        """There is none: a login proves all that can be proven without a letter."""

    def leave(self) -> None:
        """Say good-bye; the answer is not waited for."""
        self._wire.send(b"QUIT")

    # Commands and replies

    async def _command(
        self, command: bytes, *answers: bytes, bow: bytes | None = None, secret: bool = False
    ) -> _Reply:
        """One command to its reply; each 334 gets the next answer.

        One more may be a failure challenge: it gets the bow, and only a refusal can follow.

        :raises MailError: garbled for words nobody asked for, and for success too early or after
            the bow
        """
        wire, deadlines = self._wire, self._wire.deadlines
        async with wire.within(deadlines.auth if secret else deadlines.reply):
            if wire.said_early():
                early = await self._reply()
                raise self._unexpected(early, only=("421",))
            wire.send(command, secret=secret)
            reply = await self._reply()
            for answer in answers:
                if reply.code != "334":
                    if reply.code[0] not in "45":
                        raise self._unexpected(reply, only=())
                    break
                wire.send(answer, secret=secret)
                reply = await self._reply()
            if bow is not None and reply.code == "334":
                reason = sasl.reason(reply.texts[0])
                wire.send(bow)
                reply = await self._reply()
                if reply.code[0] not in "45":
                    raise self._unexpected(reply, only=())
                reply = replace(reply, texts=(*reply.texts, reason))
        return reply

    async def _reply(self, line: bytes | None = None) -> _Reply:
        """All lines of a reply, of which the first may have been read; inside `within`."""
        code, texts, more, left = "", list[bytes](), True, _MOST_TEXT
        while more:
            line = await self._wire.line() if line is None else line
            found = _LINE.match(line)
            if not found or (code and found[1].decode() != code):
                raise self._wire.failure(Fault.GARBLED, reply=line)
            code, more, line = found[1].decode(), found[2] == b"-", None
            if left > 0 or not texts:  # the rest is read over
                texts.append((found[3] or b"").strip())
                left -= len(texts[-1])
        return _Reply(code, tuple(texts))

    def _expect(self, reply: _Reply, code: str) -> None:
        if reply.code != code:
            raise self._unexpected(reply, only=("4", "5"))

    def _unexpected(self, reply: _Reply, *, only: tuple[str, ...]) -> MailError:
        """A refusal when the code starts with one of these, garbled otherwise."""
        if reply.code.startswith(only):
            return self._wire.failure(Fault.REJECTED, codes=reply.codes, reply=reply.words)
        return self._wire.failure(Fault.GARBLED, codes=reply.codes, reply=reply.words)
