"""Our door for the browser: listens on this computer alone and lets one right answer in.

msal's own receiver blocks on an idle connection (browsers open some ahead of need), cannot be
cancelled and logs the code.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hmac
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret

from .deadlines import Deadlines
from .redirect import Redirect
from .request import MOST_HEAD, BadRequestError, admit, form, parse_head

_MOST_OPEN = 64  # connections; a browser needs a handful
_BACKLOG = 128
_MOST_DISCARDED = 2 * 1024 * 1024  # bytes read after our answer, so that it is not lost by a reset
_TRIES = 16  # for a port that is free on both addresses
_HEADERS = (
    "Content-Type: text/html; charset=utf-8\r\n"
    "Cache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "Connection: close\r\n"
)


class Returned:
    """What the browser brought back; mute, since a code is among it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields


class Door:
    """Made by `open_door`; open until its block ends."""

    def __init__(
        self, redirect: Redirect, state: Secret, page: str, deadlines: Deadlines, port: int
    ) -> None:
        self.url = redirect.url(port)
        self._path, self._state = redirect.path, state.reveal().encode()
        authority = "localhost" if port == 80 else f"localhost:{port}"
        self._hosts = frozenset({authority, f"localhost:{port}"})
        self._page, self._deadlines = page, deadlines
        self._serving: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._over = False
        self._answer: asyncio.Future[Returned] = asyncio.get_running_loop().create_future()

    async def returned(self) -> Returned:
        """Wait for the first answer with the right state; once.

        :raises MailError: fault waited
        """
        try:
            async with asyncio.timeout(self._deadlines.browser):
                return await self._answer
        except TimeoutError:
            pass
        finally:
            self._over = True  # whoever comes late is told so
        raise MailError(Evidence(Stage.SIGN_IN, Fault.WAITED))

    def came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection was made; the longest-open one goes when there are too many."""
        if len(self._serving) >= _MOST_OPEN:
            oldest = next(iter(self._serving))
            self._serving.pop(oldest).transport.abort()
            oldest.cancel()
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._serving[task] = writer
        task.add_done_callback(lambda done: self._serving.pop(done, None))

    async def close(self) -> None:
        """Leave no task and no connection behind."""
        self._answer.cancel()
        tasks = dict(self._serving)
        for task, writer in tasks.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # an aborted transport closes its socket in the loop's next round

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        returned = None
        try:
            async with asyncio.timeout(self._deadlines.request):
                try:
                    returned = await self._read(reader)
                    status, look = (200, "failed" if "error" in returned.fields else "done")
                except _OverError:
                    status, look = 410, "already"
                except BadRequestError as error:
                    status, look = error.status, "strange"
                writer.transport.set_write_buffer_limits(0)  # so that drain waits for all of it
                writer.write(self._reply(status, look))
                await writer.drain()
                writer.write_eof()
            if returned is None:
                await self._let_it_read(reader)
        except (OSError, EOFError, TimeoutError):
            pass
        finally:
            # Won is won, even if the browser was gone before it could show our page.
            if returned is not None and not self._answer.done():
                self._answer.set_result(returned)
            writer.transport.abort()

    async def _read(self, reader: asyncio.StreamReader) -> Returned:
        """One request.

        :raises BadRequestError, _OverError, OSError, EOFError:
        """
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.LimitOverrunError:
            raise BadRequestError(431) from None
        request = parse_head(head)
        admit(request, self._hosts, self._path)
        encoded = request.query
        length = request.body_length
        if request.method == "POST":
            encoded = (await reader.readexactly(length)).decode("latin-1")
        fields = form(encoded)
        if self._over:
            raise _OverError
        given = fields.get("state", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._state):
            raise BadRequestError(400)
        if bool(fields.get("code")) == bool(fields.get("error")):
            raise BadRequestError(400)
        self._over = True
        return Returned(fields)

    def _reply(self, status: int, look: str) -> bytes:
        body = self._page.replace('class="strange"', f'class="{look}"').encode()
        allow = "Allow: GET, POST\r\n" if status == HTTPStatus.METHOD_NOT_ALLOWED else ""
        head = (
            f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{_HEADERS}{allow}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode("ascii") + body

    async def _let_it_read(self, reader: asyncio.StreamReader) -> None:
        """Closing with bytes unread would reset the connection and take our answer away."""
        left = _MOST_DISCARDED
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(self._deadlines.linger):
                while left > 0 and (part := await reader.read(65536)):
                    left -= len(part)


class _OverError(Exception):
    """A right or wrong answer after the first right one."""


@contextlib.asynccontextmanager
async def open_door(
    redirect: Redirect, state: Secret, page: str, deadlines: Deadlines
) -> AsyncIterator[Door]:
    """Listen on 127.0.0.1 and ::1 until the block ends.

    :param page: the HTML shown; its `class="strange"` becomes done, failed, already or strange
    :raises MailError: fault port_taken
    """
    sockets = _listen(redirect.port)
    with contextlib.ExitStack() as stack:
        for each in sockets:
            stack.callback(each.close)
        door = Door(redirect, state, page, deadlines, sockets[0].getsockname()[1])
        servers: list[asyncio.Server] = []
        try:
            for each in sockets:
                servers.append(
                    await asyncio.start_server(
                        door.came, sock=each, limit=MOST_HEAD, backlog=_BACKLOG
                    )
                )
            yield door
        finally:
            for server in servers:
                server.close()
            await door.close()


def _listen(port: int | None) -> list[socket.socket]:
    """One port of both loopback addresses; of the one there is, without IPv6."""
    error: OSError | None = None
    for _ in range(1 if port else _TRIES):
        with contextlib.ExitStack() as made:
            try:
                first = made.enter_context(_bound(socket.AF_INET, "127.0.0.1", port or 0))
                sockets = [first]
                if socket.has_ipv6:
                    with contextlib.suppress(_NoIpv6Error):
                        free = first.getsockname()[1]
                        sockets.append(made.enter_context(_bound(socket.AF_INET6, "::1", free)))
            except OSError as taken:
                error = taken
                continue
            made.pop_all()
            return sockets
    detail = errno.errorcode.get(error.errno or 0, "") if error else ""
    raise MailError(Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN, port=port or 0, detail=detail))


class _NoIpv6Error(Exception):
    """This computer has no ::1."""


def _bound(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    """A listening socket that nobody else can bind over.

    :raises OSError: taken, or not allowed
    """
    with contextlib.ExitStack() as closing:
        try:
            made = closing.enter_context(socket.socket(family, socket.SOCK_STREAM))
            if sys.platform == "win32":
                made.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:  # a fixed port is usable again while old connections to it are dying
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            made.setblocking(False)
            made.bind((address, port))
            made.listen(_BACKLOG)
        except OSError as error:
            if family is socket.AF_INET6 and error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise _NoIpv6Error from None
            raise
        closing.pop_all()
    return made
