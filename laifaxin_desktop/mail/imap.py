"""Talks IMAP (RFC 9051, RFC 3501) up to the inbox; changes nothing there, gives in to no trick."""

from __future__ import annotations

import re
from collections.abc import Sequence

from laifaxin_desktop import __version__
from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.provider import Quirk, Security

from . import sasl
from .imap_lines import Status, arguments
from .opening import greeting
from .wire import Wire
from .words import MOST_CAPABILITIES, keywords

# RFC 2971; NetEase wants these four (163.com: "Unsafe Login" without them).
_ID = {
    "name": "laifaxin-desktop",
    "version": __version__,
    "vendor": "laifaxin",
    "support-email": "support@laifaxin.invalid",  # RFC 2606: nobody reads mail there yet
}
_FIRST = 1024  # bytes kept of data that has literals in it
_MOST_NOTES = 20  # of what a server says without a tag, for the report
_LITERAL = re.compile(rb"\{(\d+)\+?\}$")


class Imap:
    """One conversation; the wire under it may be encrypted half-way."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._number = 0
        self._words: set[str] = set()  # capabilities
        self._notes: list[Status] = []  # NO, BAD, BYE and alerts without a tag

    # The opening

    async def greet(self) -> None:
        """The greeting; what it says of capabilities counts only when it cannot be forged."""
        line = await greeting(self._wire)
        status = Status.read(line[2:])
        starttls = self._wire.endpoint.security is Security.STARTTLS
        if status is None or status.word not in ("OK", "PREAUTH", "BYE"):
            raise self._wire.failure(Fault.GARBLED, reply=line)
        if status.word == "BYE":
            raise self._rejected(status)
        if status.word == "PREAUTH":  # nobody asked for the password: nothing is proven
            fault = Fault.INJECTION if starttls else Fault.GARBLED
            raise self._wire.failure(fault, reply=line)
        if status.code == "CAPABILITY" and not starttls:
            self._learn(status.rest)

    async def start_tls(self) -> None:
        """STARTTLS accepted; exactly one line may answer it."""
        wire = self._wire
        async with wire.within(wire.deadlines.reply):
            await self._nothing_early()
            tag = self._tag()
            wire.send(tag + b" STARTTLS")
            line = await wire.line()
        mark, _, words = line.partition(b" ")
        status = Status.read(words)
        if status and mark == b"*" and status.word == "BYE":
            raise self._rejected(status)
        if mark != tag or status is None or status.word not in ("OK", "NO", "BAD"):
            raise wire.failure(Fault.INJECTION, reply=line)
        if status.word != "OK":
            codes = (status.word, status.code)
            raise wire.failure(Fault.STARTTLS_MISSING, codes=codes, reply=words)

    async def capabilities(self) -> frozenset[str]:
        """Asked on the final connection; a server that will not tell has none."""
        try:
            await self._command(b"CAPABILITY")
        except MailError as error:
            if error.evidence.codes[:1] not in (("NO",), ("BAD",)):
                raise
        return frozenset(self._words)

    def _learn(self, words: bytes) -> None:
        if len(self._words) < MOST_CAPABILITIES:
            self._words.update(keywords(words))

    # Logging in

    async def log_in(self, login: Login) -> None:
        """Hand in the password or the token, once, by the best mechanism both know."""
        if login.bearer:
            await self._hand_in_token(login)
            return
        username, password = login.username, login.secret.reveal()
        seconds = self._wire.deadlines.auth
        if "AUTH=PLAIN" in self._words:
            payload = sasl.coded(sasl.plain(username, password))
            if "SASL-IR" in self._words and Quirk.NO_SASL_IR not in login.quirks:
                await self._command(b"AUTHENTICATE PLAIN " + payload, seconds=seconds, secret=True)
            else:
                await self._command(b"AUTHENTICATE PLAIN", (payload,), seconds=seconds, secret=True)
        elif "LOGINDISABLED" not in self._words:
            first, *others = arguments(b"LOGIN", username, password)
            await self._command(first, others, seconds=seconds, secret=True)
        else:
            raise self._no_mechanism()

    async def _hand_in_token(self, login: Login) -> None:
        end, seconds = self._wire.endpoint, self._wire.deadlines.auth
        token = login.secret.reveal()
        by = sasl.bearer(self._words, login.username, end.host, end.port, token)
        if by is None:
            raise self._no_mechanism()
        first, answers = b"AUTHENTICATE " + by.mechanism, [by.payload]
        if "SASL-IR" in self._words and Quirk.NO_SASL_IR not in login.quirks:
            first, answers = first + b" " + by.payload, []
        await self._command(first, answers, bow=by.bow, seconds=seconds, secret=True)

    def _no_mechanism(self) -> MailError:
        offered = sorted(w for w in self._words if w.startswith(("AUTH=", "LOGIN")))
        return self._wire.failure(Fault.NO_MECHANISM, reply=" ".join(offered))

    async def open_mailbox(self, login: Login) -> None:
        """Open INBOX for reading only: nothing in it is marked or moved."""
        known = Quirk.IMAP_ID in login.quirks
        if known:
            await self._introduce()
        try:
            await self._command(b"EXAMINE INBOX")
        except MailError as error:
            # A domain of one's own may be hosted where the quirk is not known of.
            if known or "unsafe login" not in error.evidence.reply.lower():
                raise
            await self._introduce()
            await self._command(b"EXAMINE INBOX")

    async def _introduce(self) -> None:
        pairs = " ".join(f'"{key}" "{value}"' for key, value in _ID.items())
        try:
            await self._command(f"ID ({pairs})".encode())
        except MailError as error:
            if error.evidence.codes[:1] not in (("NO",), ("BAD",)):
                raise

    def leave(self) -> None:
        """Say good-bye; the answer is not waited for."""
        self._wire.send(self._tag() + b" LOGOUT")

    # Commands and replies

    def _tag(self) -> bytes:
        self._number += 1
        return b"a%d" % self._number

    async def _command(
        self,
        command: bytes,
        answers: Sequence[bytes] = (),
        *,
        bow: bytes | None = None,
        seconds: float | None = None,
        secret: bool = False,
    ) -> None:
        """One command to its tagged OK; each continuation request gets the next answer.

        One more may be a failure challenge: it gets the bow, and only a refusal can follow.

        :raises MailError: rejected for NO, BAD and BYE; garbled for one request too many, an OK
            before all was asked for or after the bow, or another tag
        """
        wire, waiting, reasons = self._wire, list(answers), list[bytes]()
        async with wire.within(seconds or wire.deadlines.reply):
            await self._nothing_early()
            self._notes.clear()
            tag = self._tag()
            wire.send(tag + b" " + command, secret=secret)
            while True:
                line = await self._response()
                if line.startswith(b"* "):
                    if self._note(line[2:]) == "BYE":
                        raise await self._bye(tag, reasons)
                elif line.startswith(b"+") and waiting:
                    wire.send(waiting.pop(0), secret=secret)
                elif line.startswith(b"+") and bow is not None and not reasons:
                    reasons.append(sasl.reason(line[1:]))
                    wire.send(bow)
                else:
                    break
        mark, _, words = line.partition(b" ")
        status = Status.read(words)
        if mark != tag or status is None or status.word not in ("OK", "NO", "BAD"):
            raise wire.failure(Fault.GARBLED, reply=line)
        if status.word != "OK":
            raise self._rejected(status, *self._notes, reasons=reasons)
        if waiting or reasons:
            raise wire.failure(Fault.GARBLED, reply=line)
        if status.code == "CAPABILITY":
            self._learn(status.rest)

    def _note(self, words: bytes) -> str:
        if words[:11].upper() == b"CAPABILITY ":
            self._learn(words[11:])
        status = Status.read(words)
        if status is None:
            return ""
        if status.word != "OK" or status.code == "ALERT":
            self._notes = [*self._notes[-_MOST_NOTES:], status]
        return status.word

    async def _response(self) -> bytes:
        line = await self._wire.line()
        # A status response is free text and has no literals, whatever it ends in.
        while line.startswith(b"* ") and not Status.read(line[2:]):
            if not (literal := _LITERAL.search(line)):
                break
            await self._wire.exactly(int(literal[1][:12]))
            # Data like this is read over: of all that a server may pile up here the start will do.
            line = line[: literal.start()][:_FIRST] + b"..." + await self._wire.line()
        return line

    async def _nothing_early(self) -> None:
        # Lines without a tag may come at any time; an answer to a question not yet asked may not.
        while self._wire.said_early():
            line = await self._response()
            if not line.startswith(b"* "):
                raise self._wire.failure(Fault.GARBLED, reply=line)
            if self._note(line[2:]) == "BYE":
                raise self._rejected(self._why())

    def _why(self) -> Status:
        """The best of what was said without a tag: that the server hangs up says less."""
        refusals = [status for status in self._notes if status.word in ("NO", "BAD")]
        return (refusals or self._notes)[-1]

    async def _bye(self, tag: bytes, reasons: Sequence[bytes]) -> MailError:
        """The server hangs up; a reason may still come with the tag. An OK does not count."""
        why = self._why()
        try:
            async with self._wire.within(self._wire.deadlines.moment):
                while not (line := await self._response()).startswith(tag + b" "):
                    pass
            last = Status.read(line[len(tag) + 1 :])
            if last and last.word in ("NO", "BAD"):
                why = last
        except MailError:
            pass  # silence is what BYE announced
        return self._rejected(why, reasons=reasons)

    def _rejected(self, *statuses: Status, reasons: Sequence[bytes] = ()) -> MailError:
        return self._wire.failure(
            Fault.REJECTED,
            codes=[code for status in statuses for code in (status.word, status.code)],
            reply=b" ".join([*(status.words for status in statuses), *reasons]),
        )
