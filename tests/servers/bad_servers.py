"""Servers that are not what was typed, each on a real socket, and the problem that names it."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from laifaxin_desktop.mail.course import Deadlines

from .authority import Authority, ServerCertificate
from .dialogue import parse
from .processes import free_port
from .proxy import swallowing_port
from .scripted import ScriptedServer

# For servers that are never waited for with success.
QUICK = Deadlines(connect=0.8, tls=3, greeting=1.2, hint=0.3, moment=0.5, certificate=3, total=10)
IMAP, POP3, SMTP = "* OK IMAP4rev1 ready", "+OK POP3 ready", "220 mail.example ESMTP"
EDIT, SHOW, RETRY, GUIDE = "edit_servers", "show_certificate", "retry", "open_guide"
ASK = "ask_admin"
Running = Callable[[Authority], AbstractContextManager[str]]


@dataclass(frozen=True)
class BadServer:
    """One of them; `running` gives it as HOST:PORT/SECURITY."""

    name: str
    protocol: str
    problem: str
    fix: str
    running: Running

    def __str__(self) -> str:
        return self.name


def _nobody(place: str) -> Running:
    @contextmanager
    def running(authority: Authority) -> Iterator[str]:
        yield place.format(free=free_port())

    return running


@contextmanager
def _hanging(authority: Authority) -> Iterator[str]:
    with swallowing_port() as port:
        yield f"127.0.0.1:{port}/tls"


def _says(greeting: str, security: str) -> Running:
    """A server that greets with this, in the clear, and says no more; none: it says nothing."""

    @contextmanager
    def running(authority: Authority) -> Iterator[str]:
        with _serving([greeting] if greeting else []) as port:
            yield f"127.0.0.1:{port}/{security}"

    return running


def _shows(
    certificate: Callable[[Authority], ServerCertificate],
    says: str = IMAP,
    tls: str = "tls",
    host: str = "localhost",
) -> Running:
    """A server with this certificate, under TLS from the start."""

    @contextmanager
    def running(authority: Authority) -> Iterator[str]:
        context = certificate(authority).context()
        with _serving([says], context) as port:
            yield f"{host}:{port}/{tls}"

    return running


def _for_the_name(authority: Authority) -> ServerCertificate:
    """A good certificate, but not for the address."""
    return authority.issue("localhost")


@contextmanager
def _serving(lines: list[str], context: ssl.SSLContext | None = None) -> Iterator[int]:
    text = "".join(f"S: {line}\n" for line in lines)
    [dialogue] = parse(f"# any, imap -> any\n{text}X: silence\n")
    server = ScriptedServer(dialogue, context=context, implicit=context is not None)
    server.__enter__()
    try:
        yield server.port
    finally:
        server.close()  # not judged: what matters is what the program says of it


def _website(*, encrypted: bool) -> Running:
    """A real web server, which waits for a request."""

    class Quiet(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """A client that goes is no error."""

    @contextmanager
    def running(authority: Authority) -> Iterator[str]:
        with ExitStack() as stack:
            server = stack.enter_context(Server(("127.0.0.1", 0), Quiet))
            if encrypted:
                server.socket = (
                    authority.issue().context().wrap_socket(server.socket, server_side=True)
                )
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            yield f"localhost:{server.server_port}/{'tls' if encrypted else 'starttls'}"

    return running


# name, protocol, problem, the button, and how it comes about
_ROWS: tuple[tuple[str, str, str, str, Running], ...] = (
    ("no such name", "imap", "host_not_found", EDIT, _nobody("no-such.invalid:993/tls")),
    # On this very computer it is a bridge that was not started.
    ("nobody listens", "imap", "bridge_not_running", GUIDE, _nobody("127.0.0.1:{free}/tls")),
    ("a port that hangs", "imap", "connection_timeout", RETRY, _hanging),
    ("says nothing", "imap", "server_silent", RETRY, _says("", "starttls")),
    ("a web server", "imap", "not_a_mail_server", EDIT, _website(encrypted=False)),
    ("a web server, TLS", "imap", "not_a_mail_server", EDIT, _website(encrypted=True)),
    ("SSH", "imap", "not_a_mail_server", EDIT, _says("SSH-2.0-OpenSSH_9.2", "starttls")),
    ("POP3 for IMAP", "imap", "wrong_protocol", EDIT, _says(POP3, "starttls")),
    ("SMTP for IMAP", "imap", "wrong_protocol", EDIT, _says(SMTP, "starttls")),
    ("IMAP for SMTP", "smtp", "wrong_protocol", EDIT, _says(IMAP, "starttls")),
    ("SMTP for POP3", "pop3", "wrong_protocol", EDIT, _shows(Authority.issue, SMTP)),
    ("TLS to plain", "imap", "tls_wrong_mode", EDIT, _says(IMAP, "tls")),
    ("TLS to plain, SMTP", "smtp", "tls_wrong_mode", EDIT, _says(SMTP, "tls")),
    ("STARTTLS to TLS", "imap", "tls_wrong_mode", EDIT, _shows(Authority.issue, tls="starttls")),
    ("expired", "imap", "certificate_expired", SHOW, _shows(Authority.expired)),
    ("not yet valid", "imap", "certificate_not_yet_valid", SHOW, _shows(Authority.not_yet_valid)),
    ("foreign", "imap", "certificate_wrong_host", EDIT, _shows(Authority.other_host)),
    ("self-signed", "imap", "certificate_untrusted", SHOW, _shows(Authority.self_signed)),
    ("stranger's", "imap", "certificate_untrusted", SHOW, _shows(Authority.unknown_authority)),
    ("incomplete", "imap", "certificate_incomplete", SHOW, _shows(Authority.incomplete)),
    ("CN only", "imap", "certificate_wrong_host", EDIT, _shows(Authority.no_alternative_names)),
    ("wildcard", "imap", "certificate_wrong_host", EDIT, _shows(Authority.wildcard_too_deep)),
    ("by IP", "imap", "certificate_wrong_host", EDIT, _shows(_for_the_name, host="127.0.0.1")),
    ("1024 bits", "imap", "certificate_unfit", ASK, _shows(Authority.weak_key)),
    ("SHA-1", "imap", "certificate_unfit", ASK, _shows(Authority.weak_digest)),
    ("a client's", "imap", "certificate_unfit", ASK, _shows(Authority.wrong_purpose)),
)
BAD_SERVERS = tuple(BadServer(*row) for row in _ROWS)
