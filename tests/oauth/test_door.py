"""The door for the browser, under what browsers, pages and programs may send it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import resource
import socket
import time
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.oauth.door import Door

from .knocking import (
    CODE,
    PAGE,
    QUICK,
    SAFE,
    STATE,
    descriptors,
    fields,
    get,
    knock,
    let_in,
    opened,
    port_of,
    post,
    say,
)


def test_an_answer_in_the_address_or_in_a_form() -> None:
    async def main() -> None:
        for address in ("127.0.0.1", "::1"):
            for posted in (False, True):
                async with opened() as door:
                    port = port_of(door)
                    raw = post(port, fields()) if posted else get(port, f"/?{fields()}")
                    heard = await say(port, raw, address)
                    assert (heard.status, heard.look) == (200, "done")
                    assert (await door.returned()).fields == {
                        "code": CODE,
                        "state": STATE,
                        "session_state": "x",
                    }
                    assert SAFE.items() <= heard.headers.items()
                    assert "frame-ancestors 'none'" in heard.headers["content-security-policy"]
                    assert int(heard.headers["content-length"]) == len(heard.body.encode())

    knock(main())


def test_the_address_that_was_registered() -> None:
    async def main() -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port = probe.getsockname()[1]
        path = "/api/v1/outlook-authorization/code"
        async with opened(f"http://localhost:{port}{path}") as door:
            assert door.url == f"http://localhost:{port}{path}"
            assert (await say(port, get(port, f"/?{fields()}"))).status == 404
            assert (await say(port, get(port, f"{path}/?{fields()}"))).status == 404
            await let_in(door)
        async with opened(f"http://localhost{path}") as door:
            assert door.url == f"http://localhost:{port_of(door)}{path}"
            await let_in(door)
        async with opened("http://localhost") as door:
            assert door.url == f"http://localhost:{port_of(door)}"

    knock(main())


def test_a_refusal_is_an_answer_too() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            refusal = fields(code=None, error="access_denied", error_subcode="cancel")
            heard = await say(port, post(port, refusal))
            assert (heard.status, heard.look) == (200, "failed")
            assert (await door.returned()).fields["error"] == "access_denied"

    knock(main())


HOSTILE: dict[str, tuple[int, str]] = {
    # what: the status of the answer; the request, PORT and FIELDS filled in
    "wrong state": (400, "GET /?code=x&state=wrong HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "no state": (400, "GET /?code=x HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "empty state": (400, "GET /?code=x&state= HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "two states": (400, "GET /?FIELDS&state=wrong HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "two codes": (400, "GET /?FIELDS&code=other HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "code and error": (400, "GET /?FIELDS&error=x HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "neither code nor error": (
        400,
        f"GET /?state={STATE} HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
    ),
    "an error without state": (
        400,
        "GET /?error=access_denied HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
    ),
    "state beyond ASCII": (
        400,
        "GET /?code=x&state=%F0%9F%94%91%00 HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
    ),
    "33 fields": (
        400,
        "GET /?FIELDS" + "&a=b" * 33 + " HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
    ),
    "foreign host": (421, "GET /?FIELDS HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
    "our port under a foreign name": (
        421,
        "GET /?FIELDS HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n",
    ),
    "our host with another port": (421, "GET /?FIELDS HTTP/1.1\r\nHost: localhost:1\r\n\r\n"),
    "no host": (421, "GET /?FIELDS HTTP/1.0\r\n\r\n"),
    "two hosts": (
        400,
        "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nHost: evil.example\r\n\r\n",
    ),
    "a script's fetch": (
        403,
        "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nSec-Fetch-Mode: cors\r\n\r\n",
    ),
    "a script's fetch without cors": (
        403,
        "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nSec-Fetch-Mode: no-cors\r\n\r\n",
    ),
    "a web socket": (
        403,
        "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nSec-Fetch-Mode: websocket\r\n\r\n",
    ),
    "another page": (404, "GET /favicon.ico?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "a page above": (404, "GET /../?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "HEAD": (405, "HEAD /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "PUT": (405, "PUT /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "CONNECT": (405, "CONNECT localhost:PORT HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "OPTIONS": (405, "OPTIONS * HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n"),
    "a preflight": (
        405,
        "OPTIONS /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n"
        "Access-Control-Request-Method: GET\r\n\r\n",
    ),
    "an absolute address, as a proxy gets it": (
        400,
        "GET http://localhost:PORT/?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n",
    ),
    "noise": (400, "\x16\x03\x01 \x00\r\n\r\n"),
    "an empty request": (400, "\r\n\r\n"),
    "HTTP/2": (400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "a header that goes on": (
        400,
        "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nX: a\r\n b\r\n\r\n",
    ),
    "a header without name": (400, "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\n: a\r\n\r\n"),
    "a zero byte": (400, "GET /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nX: \x00\r\n\r\n"),
    "a form of unknown length": (
        411,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    ),
    "a form said to be huge": (
        413,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 9999999999\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    ),
    "a form of negative length": (
        400,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: -1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    ),
    "two lengths": (
        400,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 3\r\nContent-Length: 4\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b",
    ),
    "a form of another type": (
        415,
        "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 2\r\n"
        "Content-Type: application/json\r\n\r\n{}",
    ),
    "the answer in the address of a form": (
        400,
        "POST /?FIELDS HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 0\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    ),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_hostile_requests_are_refused_and_the_door_stays_open(what: str) -> None:
    status, request = HOSTILE[what]

    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            raw = request.replace("PORT", str(port)).replace("FIELDS", fields())
            heard = await say(port, raw.encode("latin-1"))
            assert (heard.status, heard.look) == (status, "strange")
            assert SAFE.items() <= heard.headers.items()
            assert STATE not in heard.body
            assert CODE not in heard.body
            await let_in(door)

    knock(main())


def test_a_query_and_a_form_of_a_megabyte() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            heard = await say(port, get(port, f"/?{fields()}&x={'y' * 2**20}"))
            assert (heard.status, heard.look) == (431, "strange")
            heard = await say(port, post(port, f"{fields()}&x={'y' * 2**20}"))
            assert (heard.status, heard.look) == (413, "strange")
            heard = await say(port, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000)
            assert (heard.status, heard.look) == (431, "strange")
            await let_in(door)

    knock(main())


def test_the_longest_answers_that_are_allowed() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            waiting = asyncio.create_task(door.returned())
            body = fields(code="c" * (16 * 1024 - len(fields(code=""))))
            assert len(body) == 16 * 1024
            assert (await say(port, post(port, body))).status == 200
            assert len((await waiting).fields["code"]) > 16_000
        async with opened() as door:
            port = port_of(door)
            waiting = asyncio.create_task(door.returned())
            spare = 8 * 1024 - len(get(port, f"/?{fields()}&x="))
            assert (await say(port, get(port, f"/?{fields()}&x={'y' * spare}"))).status == 200
            await waiting

    knock(main())


@pytest.mark.parametrize(
    "start",
    [b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n", post(80, fields())[:-1]],
    ids=["nothing", "a letter", "half a head", "a form but for a byte"],
)
def test_the_slow_do_not_keep_others_out_and_are_sent_away(start: bytes) -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            idle = await asyncio.gather(
                *(asyncio.open_connection("127.0.0.1", port) for _ in range(50))
            )
            for _, writer in idle:
                writer.write(start.replace(b"localhost:80", f"localhost:{port}".encode()))
            began = time.monotonic()
            await let_in(door)
            assert time.monotonic() - began < QUICK.request  # nobody was waited for
            for reader, writer in idle:
                with pytest.raises((EOFError, ConnectionError)):
                    await reader.readexactly(1)
                writer.close()

    knock(main())


def test_a_byte_now_and_then_does_not_buy_time() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            gone = asyncio.create_task(reader.read(1))
            sent = 0
            for byte in get(port, f"/?{fields()}"):
                if gone.done():
                    break
                writer.write(bytes([byte]))
                sent += 1
                await asyncio.sleep(0.05)  # the pace of the drip
            assert gone.done()
            assert sent < 40  # of a hundred
            with contextlib.suppress(ConnectionError):
                assert await gone == b""
            writer.close()
            await let_in(door)

    knock(main())


def test_a_thousand_connections() -> None:
    async def main() -> None:
        async with opened(deadlines=replace(QUICK, request=60.0)) as door:
            port = port_of(door)
            with contextlib.ExitStack() as closing:
                for number in range(1000):
                    many = closing.enter_context(socket.create_connection(("127.0.0.1", port)))
                    many.setblocking(False)
                    if number % 50 == 0:
                        await asyncio.sleep(0)  # the backlog is not what is looked at here
                before = descriptors()
                await let_in(door)
                assert descriptors() < min(before, 1000 + 64 + 40)

    knock(main(), debug=False)


def test_the_first_right_answer_wins() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            await let_in(door)
            for late in (fields(), fields(code="another"), fields(state="wrong"), ""):
                heard = await say(port, get(port, f"/?{late}"))
                assert (heard.status, heard.look) == (410, "already")

    knock(main())


def test_many_right_answers_at_once() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            waiting = asyncio.create_task(door.returned())
            answers = await asyncio.gather(
                *(say(port, get(port, f"/?{fields(code=f'code-{n}')}")) for n in range(20))
            )
            looks = sorted(heard.look for heard in answers)
            assert looks == ["already"] * 19 + ["done"]
            [winner] = [n for n, heard in enumerate(answers) if heard.look == "done"]
            assert (await waiting).fields["code"] == f"code-{winner}"

    knock(main())


def test_a_second_request_in_the_same_connection_is_not_read() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            wrong = get(port, "/?code=x&state=wrong")
            heard = await say(port, wrong + get(port, f"/?{fields()}"))
            assert heard.status == 400
            assert "HTTP/1.1 200" not in heard.body
            await let_in(door)

    knock(main())


def test_who_is_gone_before_our_page_has_won_all_the_same() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            waiting = asyncio.create_task(door.returned())
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(get(port, f"/?{fields()}"))
            writer.close()  # nothing is read
            assert (await waiting).fields["code"] == CODE

    knock(main())


def test_nobody_comes_back() -> None:
    async def main() -> None:
        async with opened(deadlines=replace(QUICK, browser=0.1)) as door:
            with pytest.raises(MailError) as caught:
                await door.returned()
            assert caught.value.evidence.stage is Stage.SIGN_IN
            assert caught.value.evidence.fault is Fault.WAITED
            port = port_of(door)
            assert (await say(port, get(port, f"/?{fields()}"))).look == "already"

    knock(main())


@pytest.mark.parametrize("family", ["127.0.0.1", "::1", "::", "0.0.0.0"])
def test_a_fixed_port_that_is_taken(family: str) -> None:
    async def main() -> None:
        kind = socket.AF_INET6 if ":" in family else socket.AF_INET
        with socket.create_server((family, 0), family=kind, reuse_port=False) as other:
            port = other.getsockname()[1]
            with pytest.raises(MailError) as caught:
                async with opened(f"http://localhost:{port}"):
                    pass
            seen = caught.value.evidence
            assert (seen.stage, seen.fault, seen.port) == (Stage.SIGN_IN, Fault.PORT_TAKEN, port)
            assert seen.detail == "EADDRINUSE"
        async with opened(f"http://localhost:{port}") as door:
            await let_in(door)
        async with opened(f"http://localhost:{port}") as door:  # old connections are still dying
            await let_in(door)

    knock(main())


def test_a_free_port_is_free_on_both_addresses() -> None:
    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                with socket.socket(family) as other, pytest.raises(OSError, match="in use"):
                    other.bind((address, port))

    knock(main())


def test_without_ipv6(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "has_ipv6", False)

    async def main() -> None:
        async with opened() as door:
            await let_in(door)
            with pytest.raises(ConnectionRefusedError):
                await say(port_of(door), b"", "::1")

    knock(main())


def test_too_many_open_files() -> None:
    """Nothing spins and nothing is lost: the door goes on when there is room again."""

    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            with socket.create_connection(("127.0.0.1", port)) as waiting:
                waiting.setblocking(False)
                lowest = os.open(os.devnull, os.O_RDONLY)
                os.close(lowest)  # the next descriptor that would be given out
                resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
                try:
                    await asyncio.sleep(0.25)  # it tries, pauses, tries again
                    assert not door._tasks
                finally:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                while not door._tasks:
                    await asyncio.sleep(0.01)  # until its pause is over
                await let_in(door)

    knock(main())


def test_on_a_loop_that_knows_no_readiness(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""

    def unknown(self: object, *given: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.SelectorEventLoop, "add_reader", unknown)

    async def main() -> None:
        async with opened() as door:
            port = port_of(door)
            await say(port, get(port, "/?code=x&state=wrong"), "::1")
            await let_in(door)

    knock(main())


def test_left_at_every_point_nothing_stays() -> None:
    """The one who waits is cancelled with connections in every state."""

    async def main() -> None:
        for steps in range(12):
            waiting = asyncio.Event()
            seen: list[Door] = []

            async def flow(waiting: asyncio.Event = waiting, seen: list[Door] = seen) -> None:
                async with opened() as door:
                    seen.append(door)
                    waiting.set()
                    await door.returned()

            task = asyncio.create_task(flow())
            await waiting.wait()
            port = port_of(seen[0])
            _, idle = await asyncio.open_connection("127.0.0.1", port)
            _, half = await asyncio.open_connection("127.0.0.1", port)
            half.write(get(port, f"/?{fields()}")[:-2])
            _, whole = await asyncio.open_connection("::1", port)
            whole.write(get(port, f"/?{fields(state='wrong')}"))
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(ConnectionRefusedError):
                await say(port, b"")
            for writer in (idle, half, whole):
                writer.close()

    knock(main())


def test_nothing_of_the_answer_is_written_anywhere(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> str:
        async with opened() as door:
            port = port_of(door)
            waiting = asyncio.create_task(door.returned())
            await say(port, get(port, f"/?{fields()}"))
            return f"{door!r} {waiting!r} {await waiting!r} {door._answer!r} {waiting!r}"

    with caplog.at_level(logging.DEBUG):
        shown = knock(main()) + caplog.text
    assert CODE not in shown
    assert STATE not in shown


class Reading(HTMLParser):
    """Collects what a page loads and which of its words belong to which language."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.sections: list[str] = []
        self.english = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.loads += [name for name in ("src", "href", "action") if name in given]
        self.loads += [tag] if tag in ("script", "link", "iframe", "img", "form", "object") else []
        if tag == "section":
            self.sections.append(given["id"] or "")
        self.english += given.get("lang") == "en"


def test_the_page_is_in_both_languages_and_loads_nothing() -> None:
    reading = Reading()
    reading.feed(PAGE)
    assert reading.loads == []
    assert reading.sections == ["done", "failed", "already", "strange"]
    assert reading.english == len(reading.sections)
    assert PAGE.count('class="strange"') == 1
    assert "url(" not in PAGE
    assert "@import" not in PAGE
    assert len(PAGE) < 8192
