"""Asks well-known hosts what time it is, by the Date of a trusted HTTPS answer; sends HEAD / only.

For when a certificate's dates look wrong: is it the certificate, or this computer's clock? The
answers' own certificates are verified in everything but their dates.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from .call import Call

_SECONDS = 3.0
_ENOUGH = 2  # answers; one may have a wrong clock itself
_MOST_HEAD = 16 * 1024  # bytes
_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of openssl/x509_vfy.h; ssl has no name for it

Contexts = Callable[[], ssl.SSLContext]


def dateless_context() -> ssl.SSLContext:
    """Verifies chain and host name, ignores all dates; blocks while it reads authorities' files.

    For the Date of an answer only. Not truststore, which cannot ignore dates; where OpenSSL knows
    of no authorities (macOS), those that httpx brings.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    if sys.platform == "darwin":
        import certifi

        context.load_verify_locations(certifi.where())
    else:
        context.load_default_certs()
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    # Last: the enum's own operators would drop a bit that they have no name for.
    context.verify_flags = ssl.VerifyFlags(int(context.verify_flags) | _NO_CHECK_TIME)
    return context


async def clock_off(
    hosts: Sequence[str],
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    seconds: float = _SECONDS,
    context: Contexts = dateless_context,
) -> timedelta | None:
    """How far this computer's clock is ahead of the hosts'; behind: less than zero.

    All are asked at once; of two answers the one that finds less fault with the clock counts. None
    where nobody could be believed within the time.
    """
    calls = [_Call(host, seconds, now, context) for host in hosts]
    waiting = {asyncio.ensure_future(call.answer()) for call in calls}
    found: list[timedelta] = []
    try:
        async with asyncio.timeout(seconds):
            while waiting and len(found) < _ENOUGH:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                found += [off for task in done if (off := task.result()) is not None]
    except TimeoutError:
        pass
    finally:
        for task in waiting:
            task.cancel()
        for call in calls:
            call.cut()
    return min(found, key=abs, default=None)


class _Call(Call[timedelta | None]):
    """The question for the time."""

    def __init__(
        self, host: str, seconds: float, now: Callable[[], datetime], context: Contexts
    ) -> None:
        super().__init__(host, seconds, "clock look-up")
        self._now, self._context = now, context

    async def answer(self) -> timedelta | None:
        """How far the clock is ahead; None where the host cannot be believed."""
        return await self._answered(None)

    def _ask(self) -> timedelta | None:
        try:
            with socket.create_connection((self._host, 443), self._seconds) as plain:
                if not self._hold(plain):
                    return None
                try:
                    head = self._talk(plain)
                finally:
                    self._let_go()
        except (OSError, UnicodeError):  # of the world; ssl.SSLError is among them
            return None
        date = _date_of(head)
        return self._now() - date if date else None

    def _talk(self, plain: socket.socket) -> bytes:
        """The head of the answer, or as much of it as is believable."""
        head = b""
        with self._context().wrap_socket(plain, server_hostname=self._host) as tls:
            lines = ("HEAD / HTTP/1.1", f"Host: {self._host}", "Connection: close", "", "")
            tls.sendall("\r\n".join(lines).encode("ascii"))
            while b"\r\n\r\n" not in head and len(head) < _MOST_HEAD:
                part = tls.recv(4096)
                if not part:
                    break
                head += part
        return head


def _date_of(head: bytes) -> datetime | None:
    """The Date of an HTTP answer (RFC 9110 section 6.6.1), whatever its status."""
    from email.utils import parsedate_to_datetime

    status, *lines = head.partition(b"\r\n\r\n")[0].decode("ascii", "replace").split("\r\n")
    if not status.startswith("HTTP/1."):
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip().lower() == "date":
            with contextlib.suppress(ValueError, TypeError, OverflowError):
                date = parsedate_to_datetime(value.strip())
                return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
