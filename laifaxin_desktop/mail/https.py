"""Asks one question over HTTPS, on a wire; follows no redirect, unpacks nothing, knows no proxy.

Imports httpx: import it late, and not on the loop.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpcore
import httpx

from laifaxin_desktop import __version__
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.secret import Secret

from .faults import detail_of, fault_of
from .wire import Wire
from .words import spoken_by

_AT_ONCE = 8 * 1024
MOST_ANSWER = 16 * 1024  # bytes of one answer, its head included; read, JSON may take 20 times that


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that came whole, or the head of a page; of the header, names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """Its media type, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON."""
        return self.kind == "application/json" or self.kind.endswith("+json")


async def ask(wire: Wire, question: str, token: Secret) -> Answer:
    """GET a path from the host at the other end, within the deadline of a login.

    :raises MailError: not_mail when it speaks no HTTP; garbled, closed, timeout
    """
    stream = _Stream(wire)
    headers = {
        "Authorization": f"Bearer {token.reveal()}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",  # what is small need not be able to swell
        "Connection": "close",
        "User-Agent": f"laifaxin-desktop/{__version__}",
    }
    port, path = wire.endpoint.port, question.encode("ascii")
    url = httpx.URL(scheme="https", host=wire.host, port=port, raw_path=path)
    # Its own time limits never reach the stream: ours are for the whole of it.
    client = httpx.AsyncClient(transport=_Transport(stream), trust_env=False)
    try:
        async with (
            wire.within(wire.deadlines.auth),
            client,
            client.stream("GET", url, headers=headers, follow_redirects=False) as response,
        ):
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise wire.failure(Fault.GARBLED, codes=(str(response.status_code),))
            answer = Answer(response.status_code, dict(response.headers), b"")
            if answer.kind == "text/html":  # a network's sign-in page, say, and may be a long one
                return answer
            return replace(answer, body=await response.aread())
    except (httpx.HTTPError, httpcore.ProtocolError) as error:
        # "from None": an error of httpx holds the request, and that holds the token.
        fault = Fault.CLOSED if stream.ended else fault_of(error)
        raise wire.failure(fault, detail=detail_of(error)) from None


class _Stream(httpcore.AsyncNetworkStream):
    """The wire, as httpcore wants it.

    httpcore's own connections would look names up in threads that the end of the program waits
    for, put their ALPN into the context that is shared with the mail servers, and wrap each error.
    """

    def __init__(self, wire: Wire) -> None:
        self.ended = False
        self._wire = wire
        self._left = MOST_ANSWER

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, nothing at the end; it is HTTP, and not too much of it."""
        wire = self._wire
        data = await wire.some(min(max_bytes, _AT_ONCE))
        self.ended = not data
        self._left -= len(data)
        if self._left < 0:
            raise wire.failure(Fault.GARBLED, detail="too much")
        # Others than web servers say one line and wait; httpcore would wait, too.
        if not b"HTTP/".startswith(wire.first[:5]):
            raise wire.failure(Fault.NOT_MAIL, reply=wire.first, spoken=spoken_by(wire.first))
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send, encrypted."""
        self._wire.send_sealed(buffer)

    async def aclose(self) -> None:
        """Leave it open: the wire's own `async with` closes it."""

    def get_extra_info(self, info: str) -> Any:
        """Nothing that httpcore needs."""
        return None


class _Transport(httpx.AsyncBaseTransport):
    """One request over one stream, which leads to one host whatever the URL says."""

    def __init__(self, stream: _Stream) -> None:
        self._stream = stream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask, and return as soon as the head of the answer has come."""
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        asked = httpcore.Request(request.method, url, headers=request.headers.raw, content=b"")
        connection = httpcore.AsyncHTTP11Connection(url.origin, self._stream)
        answer = await connection.handle_async_request(asked)
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        """No more of it is wanted."""
        await self._answer.aclose()
