"""A real Dovecot, a real Postfix and the test's own Graph take the platform's tokens, or do not."""

from __future__ import annotations

import base64
import contextlib
import imaplib  # noqa: TID251 - a second opinion on the server, not a probe
import smtplib  # noqa: TID251 - likewise
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_real import USERS

from .authority import Authority
from .entra import GLOBAL, Entra
from .entra.cast import CLIENT_ID, PERSON, SHARED, WORKER

if TYPE_CHECKING:
    from .dovecot import Dovecot
    from .fixtures_microsoft import MicrosoftWorld
    from .postfix import Postfix

pytestmark = pytest.mark.real

IMAP, POP, SMTP = "IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send"
OUTLOOK, GRAPH = GLOBAL.outlook[0], GLOBAL.graph_root


def token(entra: Entra, who: str, *permissions: str, resource: str = OUTLOOK) -> str:
    app = entra.state.directory.app(CLIENT_ID, GLOBAL, "common")
    return entra.state.tokens.new_access(
        entra.user(who), app, resource, frozenset(permissions), GLOBAL
    )


def xoauth2(user: str, access: str) -> bytes:
    return f"user={user}\1auth=Bearer {access}\1\1".encode()


def oauthbearer(user: str, access: str) -> bytes:
    return f"n,a={user},\1host=h\1port=993\1auth=Bearer {access}\1\1".encode()


@contextlib.contextmanager
def imap(authority: Authority) -> Iterator[imaplib.IMAP4_SSL]:
    context = authority.client_context()
    with imaplib.IMAP4_SSL("outlook.office365.com", 993, ssl_context=context, timeout=20) as link:
        yield link


def opens(authority: Authority, user: str, access: str, mechanism: str = "XOAUTH2") -> bool:
    first = {"XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}[mechanism](user, access)
    answers = [first, b"\1"]
    with imap(authority) as client:
        try:
            client.authenticate(mechanism, lambda _: answers.pop(0))
        except imaplib.IMAP4.error as error:
            # Not a passing fault: that has another code.
            return "AUTHENTICATIONFAILED" not in str(error)
        return client.select(readonly=True)[0] == "OK"


def pops(authority: Authority, user: str, access: str, mechanism: str = "XOAUTH2") -> bool:
    first = {"XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}[mechanism](user, access)
    context = authority.client_context()
    with (
        socket.create_connection(("outlook.office365.com", 995), timeout=20) as link,
        context.wrap_socket(link, server_hostname="outlook.office365.com") as tls,
        tls.makefile("rwb") as lines,
    ):

        def command(text: bytes) -> bytes:
            lines.write(text + b"\r\n")
            lines.flush()
            return lines.readline()

        assert lines.readline().startswith(b"+OK")
        assert command(f"AUTH {mechanism}".encode()) == b"+ \r\n"
        answer = command(base64.b64encode(first))
        if answer.startswith(b"+ "):  # what is wrong, in JSON
            answer = command(base64.b64encode(b"\1"))
        return answer.startswith(b"+OK") and command(b"STAT").startswith(b"+OK 1 ")


def submits(authority: Authority, user: str, access: str, mechanism: str = "XOAUTH2") -> bool:
    first = {"XOAUTH2": xoauth2, "OAUTHBEARER": oauthbearer}[mechanism](user, access)
    with smtplib.SMTP("smtp.office365.com", 587, timeout=20) as client:
        client.starttls(context=authority.client_context())
        client.ehlo()
        assert client.docmd("AUTH", mechanism)[0] == 334
        code, _ = client.docmd(base64.b64encode(first).decode())
        if code == 334:  # what is wrong, in JSON
            code, _ = client.docmd("")
        return code == 235


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_opens_its_own_mailbox(
    entra: Entra, microsoft_dovecot: Dovecot, authority: Authority, mechanism: str
) -> None:
    for who in (WORKER, PERSON):
        assert opens(authority, who, token(entra, who, IMAP), mechanism)
        assert pops(authority, who, token(entra, who, POP), mechanism)
    assert [(each.service, each.mechanism) for each in microsoft_dovecot.attempts()] == [
        ("imap", mechanism),
        ("pop3", mechanism),
    ] * 2
    assert all(each.ok and each.encrypted for each in microsoft_dovecot.attempts())


def test_what_does_not_open_it(
    entra: Entra, microsoft_dovecot: Dovecot, authority: Authority
) -> None:
    right = token(entra, WORKER, IMAP)
    assert opens(authority, WORKER, right)
    assert not opens(authority, PERSON, right)
    assert not opens(authority, WORKER, token(entra, WORKER, POP, SMTP))
    assert not opens(authority, WORKER, token(entra, WORKER, IMAP, resource=GRAPH))
    assert not opens(authority, WORKER, f"{right}x")
    assert not pops(authority, WORKER, right)
    box = entra.user(WORKER).mailbox
    assert box is not None
    box.switched_on.remove("imap")
    assert not opens(authority, WORKER, right)
    box.switched_on.add("imap")
    entra.expire_access_tokens()
    assert not opens(authority, WORKER, right)
    with imap(authority) as client, pytest.raises(imaplib.IMAP4.error):
        client.login(WORKER, USERS[WORKER])
    assert len(microsoft_dovecot.attempts("imap")) == 8
    assert sum(each.ok for each in microsoft_dovecot.attempts()) == 1


def test_aliases_and_shared_mailboxes(
    entra: Entra, microsoft_dovecot: Dovecot, authority: Authority
) -> None:
    worker = entra.user(WORKER)
    assert worker.mailbox is not None
    worker.mailbox.aliases = ("w.wang@corp.example",)
    assert not opens(authority, "w.wang@corp.example", token(entra, WORKER, IMAP))
    assert opens(authority, SHARED, token(entra, WORKER, IMAP))
    assert not opens(authority, SHARED, token(entra, PERSON, IMAP))


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_submission_takes_a_token(
    entra: Entra,
    microsoft_postfix: Postfix,
    microsoft_dovecot: Dovecot,
    authority: Authority,
    mechanism: str,
) -> None:
    assert submits(authority, WORKER, token(entra, WORKER, SMTP), mechanism)
    assert submits(authority, SHARED, token(entra, WORKER, SMTP), mechanism)
    assert not submits(authority, WORKER, token(entra, WORKER, IMAP), mechanism)
    assert not submits(authority, WORKER, token(entra, WORKER, SMTP, resource=GRAPH), mechanism)
    assert [each.ok for each in microsoft_dovecot.attempts("smtp")] == [True, True, False, False]
    assert microsoft_postfix.attempts() == 4


LOOK_AROUND = """
import json, os, socket, subprocess, sys, msal, requests
place = "https://{host}/{tenant}/v2.0/.well-known/openid-configuration"
for host, tenant in [
    ("login.microsoftonline.com", "corp.example"),
    ("login.microsoftonline.us", "agency.example"),
    ("login.partner.microsoftonline.cn", "kehu.example"),
]:
    print(requests.get(place.format(host=host, tenant=tenant)).json()["msgraph_host"])
app = msal.PublicClientApplication(sys.argv[1])
door = socket.create_server(("127.0.0.1", 0))
scopes = ["https://outlook.office.com/IMAP.AccessAsUser.All"]
flow = app.initiate_auth_code_flow(
    scopes,
    redirect_uri=f"http://localhost:{door.getsockname()[1]}",
    login_hint=sys.argv[2],
    response_mode="form_post",
)
browser = subprocess.Popen([os.environ["BROWSER"], flow["auth_uri"]])
answer, _ = door.accept()
with door, answer:
    asked = answer.recv(65536).decode()
    while "state=" not in asked.partition("\\r\\n\\r\\n")[2]:
        asked += answer.recv(65536).decode()
    answer.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\n\\r\\ngood")
assert browser.wait() == 0
from urllib.parse import parse_qsl
result = app.acquire_token_by_auth_code_flow(
    flow, dict(parse_qsl(asked.partition("\\r\\n\\r\\n")[2]))
)
import imaplib, ssl
with imaplib.IMAP4_SSL("outlook.office365.com", ssl_context=ssl.create_default_context()) as imap:
    words = f"user={sys.argv[2]}\\1auth=Bearer {result['access_token']}\\1\\1"
    print(imap.authenticate("XOAUTH2", lambda _: words.encode())[0])
"""


def test_a_sign_in_in_the_world(microsoft_world: MicrosoftWorld, tmp_path: Path) -> None:
    """Another process, real names and ports, $BROWSER, and a mailbox opened with the token."""
    program = [sys.executable, "-W", "error", "-c", LOOK_AROUND, CLIENT_ID, WORKER]
    done = microsoft_world.run(program, tmp_path)
    assert done.stderr == ""
    hosts = ["graph.microsoft.com", "graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"]
    assert done.stdout.split() == [*hosts, "OK"]
    assert microsoft_world.browser.last_page()["page"] == "good"
    assert microsoft_world.dovecot.attempts("imap", WORKER)[0].ok
