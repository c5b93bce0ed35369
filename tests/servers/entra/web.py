"""A small threaded web server, with TLS or without, that can also cut a connection."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_IDLE_SECONDS = 30.0
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked; names of header fields in lower case."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The fields of a form in the body; of anything else, none."""
        if "form-urlencoded" not in self.headers.get("content-type", ""):
            return {}
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass(frozen=True, slots=True)
class Reply:
    """What it gets."""

    status: int = 200
    body: bytes = b""
    type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def json(cls, value: object, status: int = 200, **headers: str) -> Reply:
        """A JSON answer; `headers` with `_` for `-`."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), headers=named)

    @classmethod
    def page(cls, html: str, status: int = 200) -> Reply:
        """A page."""
        return cls(status, html.encode(), "text/html; charset=utf-8")

    @classmethod
    def redirect(cls, url: str) -> Reply:
        """Go there."""
        return cls(302, b"", "text/html; charset=utf-8", {"Location": url})


# None: the connection is cut without a word.
Answer = Callable[[Request], Reply | None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Test-Entra", ""
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True  # head and body are two writes
    server: _Threads

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    def do_POST(self) -> None:
        """Answer."""
        self._answer()

    def _answer(self) -> None:
        length = min(int(self.headers.get("Content-Length") or 0), _MOST_BYTES)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            host=(self.headers.get("Host") or "").partition(":")[0].casefold(),
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            headers={name.casefold(): text for name, text in self.headers.items()},
            body=self.rfile.read(length),
        )
        reply = self.server.answer(request)
        if reply is None:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(reply.status)
        for name, text in {
            "Content-Type": reply.type,
            "Content-Length": str(len(reply.body)),
            "Cache-Control": "no-store, no-cache",
            **reply.headers,
        }.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *_: object) -> None:
        """The log of requests is the server's `requests`."""


class _Threads(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self, listener: socket.socket, answer: Answer, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(listener.getsockname()[:2], _Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.answer = answer
        self.errors: list[BaseException] = []
        self._context = context
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Shake hands in the client's own thread, so that a silent one holds up nobody."""
        link: socket.socket = request
        link.settimeout(_IDLE_SECONDS)
        if self._context is not None:
            link = self._context.wrap_socket(link, server_side=True)
        with link:
            with self._lock:
                self._open.add(link)
            try:
                super().finish_request(link, client_address)
            finally:
                with self._lock:
                    self._open.discard(link)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes, or trusts nobody, is no error; anything else is one of ours."""
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.errors.append(error)

    def hang_up(self) -> None:
        """End the connections that are kept open."""
        with self._lock:
            links = list(self._open)
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)


class WebServer:
    """Answers on one listening socket in threads; for `with`."""

    def __init__(
        self, listener: socket.socket, answer: Answer, context: ssl.SSLContext | None = None
    ) -> None:
        self.port: int = listener.getsockname()[1]
        self._threads = _Threads(listener, answer, context)
        self._loop = threading.Thread(
            target=self._threads.serve_forever, args=(0.05,), name="web", daemon=True
        )

    @property
    def errors(self) -> list[BaseException]:
        """Faults of the server itself; a test that meets one must fail."""
        return self._threads.errors

    def __enter__(self) -> WebServer:
        self._loop.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()
        self._loop.join(5)
        self._threads.server_close()
        self._threads.hang_up()
