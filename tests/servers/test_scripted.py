"""The scripted server replays what is written and notices what is not said."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time

import pytest

from .authority import Authority
from .dialogue import parse, parse_one
from .proxy import Faults, Proxy, swallowing_port
from .scripted import DialogueError, ScriptedServer

GMAIL = """\
# gmail, imap -> needs_app_password
S: * OK Gimap ready
C: a1 LOGIN ••••
S: a1 NO [ALERT] Application-specific password required
"""
STARTTLS = """\
# example, smtp -> ok
S: 220 hello
C: EHLO ••••
S: 250-hello
S: 250 STARTTLS
C: STARTTLS
S: 220 go
T:
C: EHLO ••••
S: 250 AUTH PLAIN
C: QUIT
"""


class Client:
    """Says lines and hears lines, blocking."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        if context is not None:
            self.encrypt(context)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def encrypt(self, context: ssl.SSLContext) -> None:
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def say(self, line: str) -> None:
        self.socket.sendall(line.encode() + b"\r\n")

    def hear(self, size: int = 65536) -> str:
        return self.socket.recv(size).decode()


def test_the_client_s_own_tag_comes_back() -> None:
    with ScriptedServer(parse_one(GMAIL)) as server, Client(server.port) as client:
        assert client.hear() == "* OK Gimap ready\r\n"
        client.say('X007 login "li" "secret"')
        assert client.hear().startswith("X007 NO [ALERT]")
        client.say("X008 LOGOUT")
    assert server.said()[0] == 'X007 login "li" "secret"'
    assert "secret" in server.conversations[0].in_the_clear()


def test_another_command_is_told_with_its_line() -> None:
    with (  # noqa: PT012 - the end of the block is what raises
        pytest.raises(DialogueError, match=r"dialogue:3 .*the client said: a CAPABILITY"),
        ScriptedServer(parse_one(GMAIL)) as server,
        Client(server.port) as client,
    ):
        client.hear()
        client.say("a CAPABILITY")
        assert client.hear() == ""


def test_more_than_the_dialogue_is_told() -> None:
    with (  # noqa: PT012 - as above
        pytest.raises(DialogueError, match="after the end"),
        ScriptedServer(parse_one(GMAIL)) as server,
        Client(server.port) as client,
    ):
        client.hear()
        client.say("a LOGIN li secret")
        client.hear()
        client.say("b LOGIN li secret")
        assert client.hear() == ""


def test_nobody_connected_is_told() -> None:
    with (
        pytest.raises(DialogueError, match="nobody connected"),
        ScriptedServer(parse_one(GMAIL)),
    ):
        pass


def test_starttls_in_mid_dialogue(authority: Authority) -> None:
    context = authority.issue().context()
    with (
        ScriptedServer(parse_one(STARTTLS), context=context) as server,
        Client(server.port) as client,
    ):
        client.hear()
        client.say("EHLO me")
        assert client.hear() == "250-hello\r\n250 STARTTLS\r\n"
        client.say("STARTTLS")
        client.hear()
        client.encrypt(authority.client_context())
        client.say("EHLO me")
        assert client.hear() == "250 AUTH PLAIN\r\n"
    talk = server.conversations[0]
    assert talk.handshakes == 1
    assert [each.encrypted for each in talk.said] == [False, False, True]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("expired", "expired"),
        ("not_yet_valid", "not yet valid"),
        ("other_host", "Hostname mismatch"),
        ("name_only_in_subject", "Hostname mismatch"),
        ("self_signed", "self-signed"),
        ("unknown_authority", "unable to get local issuer"),
        ("incomplete", "unable to get local issuer"),
        ("wrong_purpose", "purpose"),
    ],
)
def test_faulty_certificates_are_refused_for_their_fault(
    authority: Authority, fault: str, reason: str
) -> None:
    certificate = getattr(authority, fault)()
    client_context = authority.client_context()
    client_context.hostname_checks_common_name = False
    with (
        ScriptedServer(parse_one(GMAIL), context=certificate.context(), implicit=True) as server,
        pytest.raises(ssl.SSLCertVerificationError, match=reason),
    ):
        Client(server.port, client_context)
    assert server.conversations[0].handshake_error


def test_a_careless_certificate_is_good(authority: Authority) -> None:
    client_context = authority.client_context()
    client_context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context = authority.careless().context()
    with (
        ScriptedServer(parse_one(GMAIL), context=context, implicit=True) as server,
        Client(server.port, client_context) as client,
    ):
        assert client.hear() == "* OK Gimap ready\r\n"


@pytest.mark.parametrize(
    ("rude", "heard"),
    [
        ("X: close", b""),
        ("X: bytes 00ff0d0a\nX: close", b"\x00\xff\r\n"),
        ("X: repeat 100 * OK spam\nX: close", b"* OK spam\r\n" * 100),
        ("X: fill 1000\nX: close", b"x" * 1000),
        ("X: wait 0.05\nX: close", b""),
    ],
)
def test_rude_behaviour(rude: str, heard: bytes) -> None:
    with (
        ScriptedServer(parse_one(f"# any, imap -> any\n{rude}\n")) as server,
        Client(server.port) as client,
    ):
        got = b""
        while chunk := client.socket.recv(65536):
            got += chunk
    assert got == heard


def test_reset_is_a_reset() -> None:
    with (
        ScriptedServer(parse_one("# any, imap -> any\nX: reset\n")) as server,
        pytest.raises(ConnectionResetError),  # which may come while the client still connects
        Client(server.port) as client,
    ):
        client.hear()


def test_silence_lasts_until_the_client_goes() -> None:
    with (
        ScriptedServer(parse_one("# any, imap -> any\nX: silence\n")) as server,
        Client(server.port) as client,
    ):
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.hear()


def test_serves_a_client_on_an_event_loop(authority: Authority) -> None:
    async def talk(port: int) -> bytes:
        reader, writer = await asyncio.open_connection(
            "localhost", port, ssl=authority.client_context()
        )
        greeting = await reader.readline()
        writer.write(b"t LOGIN a b\r\n")
        answer = await reader.readline()
        writer.close()
        await writer.wait_closed()
        return greeting + answer

    context = authority.issue().context()
    with ScriptedServer(parse_one(GMAIL), context=context, implicit=True) as server:
        assert asyncio.run(talk(server.port)).startswith(b"* OK Gimap ready\r\nt NO [ALERT]")


@pytest.mark.parametrize("bad", ["", "S: no head", "# a, imap -> b\nQ: what", "# a, b -> c\nX: no"])
def test_a_dialogue_that_cannot_be_read_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="dialogue"):
        parse(bad)


def test_latency_and_turns() -> None:
    with (
        ScriptedServer(parse_one(GMAIL)) as server,
        Proxy(server.port, round_trip=0.2) as proxy,
        Client(proxy.port) as client,
    ):
        client.hear()
        begin = time.monotonic()
        client.say("a LOGIN li secret")
        client.hear()
        assert 0.2 <= time.monotonic() - begin < 1
        assert proxy.turns == 1
        assert proxy.connections == 1


@pytest.mark.parametrize("at", [0, 1, 5])
def test_reset_at_an_offset(at: int) -> None:
    dialogue = parse_one("# any, imap -> any\nS: * OK hello\n")
    got = ""
    with (  # noqa: PT012 - the n-th turn raises
        ScriptedServer(dialogue) as server,
        Proxy(server.port, faults=Faults(reset_after=at)) as proxy,
        pytest.raises(ConnectionResetError),
        Client(proxy.port) as client,
    ):
        while True:
            got += client.hear(1)
    # What was not read before the RST is lost.
    assert "* OK hello".startswith(got)
    assert len(got) <= at


def test_silent_after_some_bytes_and_drip() -> None:
    dialogue = parse_one("# any, imap -> any\nS: * OK hello\n")
    faults = Faults(silent_after=4, drip_seconds=0.05)
    with (
        ScriptedServer(dialogue) as server,
        Proxy(server.port, faults=faults) as proxy,
        Client(proxy.port) as client,
    ):
        begin = time.monotonic()
        got = ""
        while len(got) < 4:
            got += client.hear()
        assert got == "* OK"
        assert time.monotonic() - begin >= 0.14
        client.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            client.hear()


def test_a_swallowing_port_answers_nothing() -> None:
    with swallowing_port() as port, pytest.raises(TimeoutError):
        socket.create_connection(("127.0.0.1", port), 0.3)
