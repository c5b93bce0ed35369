"""The browser without a window does what a person does, well or badly."""

from __future__ import annotations

import queue
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msal
import pytest

from .browser import Orders, browse
from .entra import Entra
from .entra.cast import CLIENT_ID, WORKER
from .processes import wait_until

if TYPE_CHECKING:
    from .browsing import Browser

SCOPES = ["https://graph.microsoft.com/Mail.Send"]


class Door:
    """Takes whatever comes, and writes down what was said."""

    def __init__(self) -> None:
        self.came: queue.Queue[tuple[str, dict[str, str], dict[str, str]]] = queue.Queue()
        came = self.came

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._take("GET", dict(parse_qsl(urlsplit(self.path).query)))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self._take("POST", dict(parse_qsl(body)))

            def _take(self, method: str, values: dict[str, str]) -> None:
                if "favicon" not in self.path:
                    came.put((method, values, {n.lower(): t for n, t in self.headers.items()}))
                self.send_response(200)
                self.end_headers()
                self.wfile.write("<h1>登录成功</h1>".encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def all(self) -> list[tuple[str, dict[str, str], dict[str, str]]]:
        return [self.came.get_nowait() for _ in range(self.came.qsize())]


@pytest.fixture
def door() -> Iterator[Door]:
    made = Door()
    with made.server:
        thread = threading.Thread(target=made.server.serve_forever, args=(0.02,))
        thread.start()
        yield made
        made.server.shutdown()
        thread.join()


def begin(door: Door, mode: str = "form_post") -> dict[str, Any]:
    flow: dict[str, Any] = msal.PublicClientApplication(CLIENT_ID).initiate_auth_code_flow(
        SCOPES,
        redirect_uri=f"http://localhost:{door.server.server_port}",
        login_hint=WORKER,
        response_mode="form_post",
    )
    flow["auth_uri"] = flow["auth_uri"].replace("form_post", mode)
    return flow


@pytest.mark.parametrize(("mode", "method"), [("form_post", "POST"), ("query", "GET")])
def test_it_signs_in(entra: Entra, door: Door, mode: str, method: str) -> None:
    flow = begin(door, mode)
    seen = browse(flow["auth_uri"])
    assert seen["end"] == "done"
    assert "登录成功" in seen["steps"][-1]["page"]
    [(used, values, headers)] = door.all()
    assert used == method
    assert values["state"] == flow["state"]
    assert headers["sec-fetch-mode"] == "navigate"
    app = msal.PublicClientApplication(CLIENT_ID)
    assert app.acquire_token_by_auth_code_flow(flow, values)["access_token"]


def test_it_declines(entra: Entra, door: Door) -> None:
    browse(begin(door)["auth_uri"], {"answer": "Cancel"})
    [(_, values, _)] = door.all()
    assert values["error"] == "access_denied"


@pytest.mark.parametrize(
    ("orders", "states"),
    [
        ({"close": "at once"}, []),
        ({"close": "at login"}, []),
        ({"twice": True}, ["right", "right"]),
        ({"wrong_state": "first"}, ["forged", "right"]),
        ({"wrong_state": "only"}, ["forged"]),
        ({"delay": 0.2, "idle": 2, "headers": {"Sec-Fetch-Mode": "cors"}}, ["right"]),
    ],
)
def test_it_misbehaves(entra: Entra, door: Door, orders: Orders, states: list[str]) -> None:
    flow = begin(door)
    seen = browse(flow["auth_uri"], orders)
    came = door.all()
    assert [values["state"].replace(flow["state"], "right") for _, values, _ in came] == states
    assert seen["end"] == ("closed" if "close" in orders else "done")
    if "headers" in orders:
        assert came[0][2]["sec-fetch-mode"] == "cors"


def test_an_error_that_stays_on_its_page(entra: Entra, door: Door) -> None:
    entra.user(WORKER).disabled = True
    seen = browse(begin(door)["auth_uri"])
    assert "AADSTS50057" in seen["steps"][-1]["page"]
    assert door.all() == []


@contextmanager
def started(browser: Browser, url: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([str(browser.program), url])
    with process:
        try:
            yield process
        finally:
            process.kill()


def test_as_a_program(entra: Entra, browser: Browser, door: Door) -> None:
    flow = begin(door)
    with started(browser, flow["auth_uri"]) as process:
        assert process.wait(20) == 0
    assert browser.begun() == [flow["auth_uri"]]
    assert "登录成功" in browser.last_page()["page"]
    assert len(door.all()) == 1
    browser.forget()
    browser.obey({"hang": True})
    with started(browser, flow["auth_uri"]) as process:
        wait_until(lambda: len(entra.seen("authorize")) == 2, 20, "the browser to begin")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
    assert browser.visits() == []
    assert door.all() == []


def test_it_finds_both_addresses_of_localhost(entra: Entra) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]

        def answer() -> None:
            link, _ = listener.accept()
            with link:
                link.recv(65536)
                link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nsix")

        thread = threading.Thread(target=answer)
        thread.start()
        seen = browse(f"http://localhost:{port}/", {"family": 6, "favicon": False})
        thread.join()
    assert seen["steps"][-1]["page"] == "six"
