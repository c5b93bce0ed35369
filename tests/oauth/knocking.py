"""A door that is open for a test, and raw connections to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.deadlines import Deadlines
from laifaxin_desktop.oauth.door import Door, open_door
from laifaxin_desktop.oauth.redirect import parse_redirect
from tests.servers.processes import wait_until

T = TypeVar("T")
PAGE = Path(__file__).parents[2].joinpath("resources", "return_page.html").read_text("utf-8")
STATE, CODE = "state-5Zt8q-right", "code-1.AXkAh0-secret"
QUICK = replace(Deadlines(), browser=5.0, request=0.4, linger=0.2)
SAFE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-type": "text/html; charset=utf-8",
    "connection": "close",
}


def knock(work: Coroutine[Any, Any, T], *, debug: bool = True) -> T:
    """Run a test to its end; nothing of it may be left in this process."""
    before = descriptors()

    async def main() -> T:
        try:
            async with asyncio.timeout(60):
                return await work
        finally:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            assert not left, left

    result = asyncio.run(main(), debug=debug)
    # The platform is in this process, too, and hangs up in its own time.
    wait_until(lambda: descriptors() <= before, 10, "every socket to be closed")
    return result


def descriptors() -> int:
    """How many files and sockets this process has open."""
    return len(os.listdir("/proc/self/fd"))


@contextlib.asynccontextmanager
async def opened(
    redirect: str = "http://localhost", deadlines: Deadlines = QUICK
) -> AsyncIterator[Door]:
    """A door with the state that tests know."""
    async with open_door(parse_redirect(redirect), Secret(STATE), PAGE, deadlines) as door:
        yield door


def port_of(door: Door) -> int:
    """Where it listens."""
    port = urlsplit(door.url).port
    assert port
    return port


def fields(**changed: str | None) -> str:
    """What a browser brings back, encoded; None leaves a field out."""
    all_of_them = {"code": CODE, "state": STATE, "session_state": "x"} | changed
    return urlencode({name: value for name, value in all_of_them.items() if value is not None})


def get(port: int, target: str, *headers: str, host: str = "") -> bytes:
    """A browser's request."""
    lines = [f"GET {target} HTTP/1.1", f"Host: {host or f'localhost:{port}'}", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def post(port: int, body: str, *headers: str, target: str = "/") -> bytes:
    """A form that a page sends by itself (response_mode=form_post)."""
    lines = [
        f"POST {target} HTTP/1.1",
        f"Host: localhost:{port}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Origin: https://login.microsoftonline.com",
        "Sec-Fetch-Mode: navigate",
        *headers,
    ]
    return "\r\n".join([*lines, "", body]).encode()


class Heard:
    """An answer."""

    def __init__(self, raw: bytes) -> None:
        head, _, body = raw.partition(b"\r\n\r\n")
        start, *lines = head.decode("ascii").split("\r\n")
        self.status = int(start.split()[1]) if raw else 0
        self.headers = {
            name.lower(): value for name, value in (line.split(": ", 1) for line in lines)
        }
        self.body = body.decode()

    @property
    def look(self) -> str:
        """Which of the page's words are shown."""
        return self.body.partition('<body class="')[2].partition('"')[0]


async def say(port: int, raw: bytes, address: str = "127.0.0.1") -> Heard:
    """One connection, one answer (empty when it was closed without any)."""
    reader, writer = await asyncio.open_connection(address, port)
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(raw)
            await writer.drain()
        heard = b""
        with contextlib.suppress(ConnectionError):
            heard = await reader.read()
        return Heard(heard)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def let_in(door: Door) -> dict[str, str]:
    """The right answer still gets in, and is what is handed over."""
    port = port_of(door)
    waiting = asyncio.create_task(door.returned())
    path = urlsplit(door.url).path or "/"
    heard = await say(port, get(port, f"{path}?{fields()}"))
    assert (heard.status, heard.look) == (200, "done")
    returned = await waiting
    assert returned.fields["code"] == CODE
    return dict(returned.fields)
