"""What time it is, asked of web servers on real sockets: honest, late, lying, silent, foreign."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.time_sources import time_sources
from laifaxin_desktop.lookup.clock import clock_off, dateless_context
from tests.knowledge.books import RESOURCES
from tests.servers.authority import Authority, ServerCertificate
from tests.servers.reroute import reroute

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
DAY = timedelta(days=1)
HOSTS = ("www.one.example", "www.two.example", "www.three.example")
Talk = Callable[[ssl.SSLSocket], None]


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Whatever a host does, nothing waits for it longer than the caller."""
    yield
    until = time.monotonic() + 5
    for thread in threading.enumerate():
        if thread.name == "clock look-up":
            thread.join(until - time.monotonic())
            assert not thread.is_alive()


@pytest.fixture
def trusting(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """This computer trusts the test authority, as it does real ones."""
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    return authority


class Web:
    """HTTPS servers under the names above, each with its certificate and its answer."""

    def __init__(self) -> None:
        self.routes: dict[tuple[str, int], tuple[str, int]] = {}
        self.heard: list[bytes] = []
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Web:
        self._closing.enter_context(reroute(self.routes))
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    def serve(self, host: str, certificate: ServerCertificate, talk: Talk) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        self.routes[host, 443] = ("127.0.0.1", listener.getsockname()[1])
        context = certificate.context()

        def run() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = listener.accept()
                    with (
                        contextlib.suppress(OSError),
                        plain,
                        context.wrap_socket(plain, server_side=True) as tls,
                    ):
                        self.heard.append(tls.recv(4096))
                        talk(tls)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        self._closing.callback(thread.join, 5)
        self._closing.callback(listener.close)
        self._closing.callback(listener.shutdown, socket.SHUT_RDWR)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as web:
        yield web


def says(date: datetime, status: str = "200 OK") -> Talk:
    head = f"HTTP/1.1 {status}\r\nServer: x\r\ndate: {format_datetime(date, usegmt=True)}\r\n\r\n"
    return lambda tls: tls.sendall(head.encode())


def off(*hosts: str, seconds: float = 5) -> timedelta | None:
    return asyncio.run(clock_off(hosts or HOSTS[:1], now=lambda: NOW, seconds=seconds))


@pytest.mark.parametrize("ahead", [timedelta(), 3650 * DAY, -3650 * DAY, timedelta(hours=5)])
def test_how_far_the_clock_is_off(ahead: timedelta, web: Web, trusting: Authority) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), says(NOW - ahead, "403 Forbidden"))
    assert off() == ahead


@pytest.mark.parametrize("kind", ["expired", "not_yet_valid"])
def test_dates_are_not_believed_and_not_needed(kind: str, web: Web, trusting: Authority) -> None:
    """By this computer's clock every certificate may be out of date: that is the question."""
    web.serve(HOSTS[0], getattr(trusting, kind)(*HOSTS), says(NOW))
    assert off() == timedelta()


@pytest.mark.parametrize(
    "kind", ["self_signed", "unknown_authority", "other_host", "wrong_purpose", "incomplete"]
)
def test_all_else_is_verified(kind: str, web: Web, trusting: Authority) -> None:
    """A captive portal cannot say what time it is."""
    made = getattr(trusting, kind)
    web.serve(HOSTS[0], made() if kind == "other_host" else made(*HOSTS), says(NOW - 900 * DAY))
    assert off() is None
    assert web.heard == []


def test_one_host_that_is_wrong_is_outvoted(web: Web, trusting: Authority) -> None:
    shown = trusting.issue(*HOSTS)
    web.serve(HOSTS[0], shown, says(NOW - 900 * DAY))
    web.serve(HOSTS[1], shown, says(NOW - timedelta(seconds=2)))
    assert off(*HOSTS[:2]) == timedelta(seconds=2)


def test_silent_hosts_do_not_hold_up_the_answer(web: Web, trusting: Authority) -> None:
    shown = trusting.issue(*HOSTS)
    web.serve(HOSTS[0], shown, _hold)
    web.serve(HOSTS[1], shown, says(NOW))
    web.serve(HOSTS[2], shown, says(NOW))
    began = time.monotonic()
    assert off(*HOSTS, seconds=20) == timedelta()
    assert time.monotonic() - began < 15


def test_one_answer_is_used_when_the_others_stay_away(web: Web, trusting: Authority) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), says(NOW - 9 * DAY))
    assert off(HOSTS[0], "nobody.one.invalid", seconds=2) == 9 * DAY
    assert off("nobody.one.invalid", seconds=1) is None
    assert off() is not None
    assert asyncio.run(clock_off(())) is None


def _hold(tls: ssl.SSLSocket) -> None:
    tls.recv(1)  # until the client goes


def _drip(tls: ssl.SSLSocket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 10_000:
        tls.sendall(bytes([byte]))
        time.sleep(0.05)  # as slow peers are


@pytest.mark.parametrize("talk", [_hold, _drip])
def test_the_deadline_holds_whatever_the_peer_does(
    talk: Talk, web: Web, trusting: Authority
) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), talk)
    assert off(seconds=0.5) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nDate: the day after tomorrow\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nDate: Fri, 99 Nov 2026 09:00:00 GMT\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 99999 09:00:00 GMT\r\n\r\n",
        b"* OK Date: Fri, 20 Nov 2026 09:00:00 GMT\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: "
        + b"x" * 100_000
        + b"\r\nDate: Fri, 20 Nov 2026 09:00:00 GMT\r\n\r\n",
        b"\x00\xff\r\nDate\r\n\r\n",
    ],
)
def test_answers_that_say_nothing(answer: bytes, web: Web, trusting: Authority) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), lambda tls: tls.sendall(answer))
    assert off() is None


def test_nothing_but_head_is_sent(web: Web, trusting: Authority) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), says(NOW))
    off()
    assert web.heard == [b"HEAD / HTTP/1.1\r\nHost: www.one.example\r\nConnection: close\r\n\r\n"]


def test_cancelled_in_the_middle(web: Web, trusting: Authority) -> None:
    web.serve(HOSTS[0], trusting.issue(*HOSTS), _hold)

    async def work() -> int:
        asking = asyncio.create_task(clock_off(HOSTS[:1], seconds=60))
        while not web.heard:
            await asyncio.sleep(0.01)  # until the host has been asked
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return len(asyncio.all_tasks())

    assert asyncio.run(work()) == 1


def test_quitting_does_not_wait() -> None:
    """A resolver that never answers holds a thread; the program ends all the same."""
    code = textwrap.dedent(
        """
        import asyncio, socket, time
        socket.getaddrinfo = lambda *_, **__: time.sleep(60)
        from laifaxin_desktop.lookup.clock import clock_off
        print(asyncio.run(clock_off(["www.one.example"], seconds=0.2)))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_its_own_context(trusting: Authority) -> None:
    context = dateless_context()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert int(context.verify_flags) & 0x200000
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_hosts_of_the_file() -> None:
    hosts = time_sources(RESOURCES / "clock.toml")
    assert len(hosts) == len(set(hosts)) >= 2


@pytest.mark.parametrize("host", ["https://a.cn", "a.cn/", "localhost", "A.cn", "1.2.3.4", ""])
def test_a_host_that_is_none_is_refused(host: str, tmp_path: object) -> None:
    file = RESOURCES.__class__(str(tmp_path)) / "clock.toml"
    file.write_text(f'hosts = ["a.cn", "{host}"]', encoding="utf-8")
    with pytest.raises(ResourceError, match=r"clock\.toml\.hosts\[1\]"):
        time_sources(file)
