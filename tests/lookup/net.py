"""A small internet in this process: web and mail servers under any name, a DNS, and their ledger.

Every name that is looked up is written down, whoever asks; a name that no server has does not
exist. TLS is real, by the test authority.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest import mock

import dns.resolver

from tests.servers.authority import ServerCertificate
from tests.servers.nameserver import Answer, NameServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a web server answers."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "text/xml"})


Talk = Callable[[socket.socket], None]  # for what no web server would say


@dataclass(frozen=True, slots=True)
class Request:
    """What a web server was asked."""

    url: str
    headers: Mapping[str, str]


class Net:
    """The servers, and what they were asked."""

    def __init__(
        self, certificate: ServerCertificate, listener: socket.socket | None = None
    ) -> None:
        """`listener` is where the web servers listen, if not on a free port."""
        self.certificate = certificate
        self.pages: dict[str, Reply | Talk] = {}  # by https address
        self.default = Reply(status=404)  # for every other
        self.requests: list[Request] = []
        self.looked_up: list[str] = []  # host names
        self.connected: list[str] = []  # addresses
        self.addresses: dict[str, str] = {}  # of hosts that are not here
        self._ports: dict[tuple[str, int], int] = {}
        self._closing = contextlib.ExitStack()
        self.dns = self._closing.enter_context(NameServer({}))
        self._web = self._closing.enter_context(_Web(self, listener))

    def close(self) -> None:
        """End every server."""
        self._closing.close()

    def forget(self) -> None:
        """A world without anything."""
        self.pages.clear()
        self.default = Reply(status=404)
        self.requests.clear()
        self.looked_up.clear()
        self.connected.clear()
        self.addresses.clear()
        self._ports.clear()
        self.dns.replace({})
        self.dns.forget()

    def serve(self, url: str, reply: Reply | Talk | bytes) -> None:
        """Put a page on the web."""
        self.pages[url] = Reply(reply) if isinstance(reply, bytes) else reply
        self._ports[url.split("/")[2], 443] = self._web.port

    def web_host(self, host: str) -> None:
        """A host that has a web server, and no page that anybody wants."""
        self._ports[host, 443] = self._web.port

    def mail(self, host: str, port: int, server: Mail) -> None:
        """Put a mail server on a port of a host."""
        self._ports[host, port] = server.port

    def lead(self, host: str, port: int, to: int) -> None:
        """Put whatever listens on another port of this computer on a port of a host."""
        self._ports[host, port] = to

    @property
    def port(self) -> int:
        """Where the web servers listen."""
        return self._web.port

    def records(self, records: Mapping[str, Answer]) -> None:
        """Fill the DNS."""
        self.dns.replace(records)

    def resolver(self) -> dns.resolver.Resolver:
        """What asks the DNS of here."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers, made.port = [LOOPBACK], self.dns.port
        return made

    def asked(self) -> set[str]:
        """Every name that anybody was asked about, or connected to."""
        return {*self.looked_up, *(name for name, _ in self.dns.asked())}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Until the block ends there is no other internet in this process."""
        look_up, connect = socket.getaddrinfo, socket.socket.connect

        def resolve(
            host: bytes | str | None, port: bytes | str | int | None, *more: Any, **named: Any
        ) -> list[Any]:
            name = host.decode() if isinstance(host, bytes) else host or ""
            if name == LOOPBACK:
                return look_up(host, port, *more, **named)
            self.looked_up.append(name)
            if address := self.addresses.get(name):
                return look_up(address, port, *more, **named)
            local = self._ports.get((name, int(port or 0)))
            here = {each for each, _ in self._ports}
            if local is None and name not in here:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return look_up(LOOPBACK, local or 9, *more, **named)  # nobody listens on 9

        def watched(line: socket.socket, address: Any) -> None:
            self.connected.append(str(address[0]))
            connect(line, address)

        with (
            mock.patch("socket.getaddrinfo", resolve),
            mock.patch.object(socket.socket, "connect", watched),
        ):
            yield


class _Web:
    """One HTTPS server for all hosts."""

    def __init__(self, net: Net, listener: socket.socket | None) -> None:
        context = net.certificate.context()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self) -> None:
                url = f"https://{self.headers['Host']}{self.path}"
                net.requests.append(Request(url, dict(self.headers.items())))
                reply = net.pages.get(url, net.default)
                if not isinstance(reply, Reply):
                    with contextlib.suppress(OSError):
                        reply(self.connection)
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                with contextlib.suppress(OSError):  # a client that has had enough
                    self.wfile.write(reply.body)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                with (
                    contextlib.suppress(OSError),  # a handshake that the client broke off
                    context.wrap_socket(request, server_side=True) as encrypted,
                ):
                    Handler(encrypted, client_address, self)

        self._server = Server((LOOPBACK, 0), Handler, bind_and_activate=False)
        self._server.socket.close()
        self._server.socket = listener or socket.create_server((LOOPBACK, 0))
        self.port: int = self._server.socket.getsockname()[1]

    def __enter__(self) -> _Web:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class ConnectProxy:
    """An HTTP proxy that has an internet of its own: it alone knows where hosts are."""

    def __init__(self, ports: Mapping[str, int]) -> None:
        """`ports` of this computer, by host."""
        self._ports = dict(ports)
        self.asked: list[str] = []  # host:port
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> ConnectProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError), line:
            line.settimeout(20)
            head = b""
            while b"\r\n\r\n" not in head and (more := line.recv(4096)):
                head += more
            where = head.split()[1].decode()
            self.asked.append(where)
            port = self._ports.get(where.partition(":")[0])
            if port is None:
                line.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            with socket.create_connection((LOOPBACK, port), 20) as server:
                line.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=_pass_on, args=(server, line), daemon=True)
                back.start()
                _pass_on(line, server)
                back.join()


def _pass_on(here: socket.socket, there: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := here.recv(1 << 16):
            there.sendall(data)
    with contextlib.suppress(OSError):
        there.shutdown(socket.SHUT_WR)


IMAP, POP3, SMTP = "imap", "pop3", "smtp"
_HELLO = {IMAP: b"* OK ready\r\n", POP3: b"+OK ready\r\n", SMTP: b"220 here ESMTP\r\n"}


class Mail:
    """A mail server that greets and says what it can, under TLS from the start; no more."""

    def __init__(self, kind: str, context: ssl.SSLContext) -> None:
        self._kind, self._context = kind, context
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self.heard: list[bytes] = []

    def __enter__(self) -> Mail:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(20)
            with self._context.wrap_socket(plain, server_side=True) as line:
                line.sendall(_HELLO[self._kind])
                with line.makefile("rb") as said:
                    for heard in said:
                        self.heard.append(heard)
                        line.sendall(self._answer(heard))

    def _answer(self, heard: bytes) -> bytes:
        words = heard.split()
        if self._kind == IMAP:
            return b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + words[0] + b" OK done\r\n"
        if self._kind == POP3:
            return b"+OK\r\nUSER\r\n.\r\n" if words[0] == b"CAPA" else b"+OK\r\n"
        return b"250-here\r\n250 AUTH PLAIN LOGIN\r\n" if words[0] == b"EHLO" else b"221 bye\r\n"


def settings_xml(*servers: str, domain: str = "corp.example") -> bytes:
    """A file of settings with these servers in it."""
    inside = "".join(servers)
    return (
        '<?xml version="1.0"?><clientConfig version="1.1">'
        f'<emailProvider id="{domain}"><domain>{domain}</domain>{inside}</emailProvider>'
        "</clientConfig>"
    ).encode()


def server_xml(
    kind: str = IMAP,
    host: str = "imap.corp.example",
    port: str = "993",
    security: str = "SSL",
    username: str = "%EMAILADDRESS%",
    logins: Sequence[str] = ("password-cleartext",),
) -> str:
    """One server, as a file writes it."""
    tag = "outgoingServer" if kind == SMTP else "incomingServer"
    ways = "".join(f"<authentication>{way}</authentication>" for way in logins)
    return (
        f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port>'
        f"<socketType>{security}</socketType><username>{username}</username>{ways}</{tag}>"
    )


def both_xml(receive: str = "imap.corp.example", send: str = "smtp.corp.example") -> bytes:
    """An ordinary file."""
    return settings_xml(server_xml(host=receive), server_xml(SMTP, send, "465"))
