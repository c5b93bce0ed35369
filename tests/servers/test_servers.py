"""Each real peer does what the tests of the program rely on."""

from __future__ import annotations

import contextlib
import imaplib  # noqa: TID251 - a second opinion on the server, not a probe
import os
import poplib  # noqa: TID251 - likewise
import smtplib  # noqa: TID251 - likewise
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.fixtures_real import USERS, World

from .authority import Authority, ServerCertificate

if TYPE_CHECKING:
    from .desktop import Desktop
    from .dovecot import Dovecot
    from .keychain import Keychain
    from .postfix import Postfix

pytestmark = pytest.mark.real

LI = "li@qq.com"
ODD_PASSWORD = 'p w "\\%u:{}é漢'


@contextlib.contextmanager
def imap(server: Dovecot, authority: Authority) -> Iterator[imaplib.IMAP4_SSL]:
    with imaplib.IMAP4_SSL(
        "localhost", server.ports.imaps, ssl_context=authority.client_context(), timeout=30
    ) as client:
        yield client


def answered_with(words: bytes) -> Callable[[bytes], bytes]:
    return lambda challenge: words


def test_imap_over_tls_and_starttls(dovecot: Dovecot, authority: Authority) -> None:
    with imap(dovecot, authority) as client:
        client.login(LI, USERS[LI])
    with imaplib.IMAP4("localhost", dovecot.ports.imap, timeout=10) as plain:
        plain.starttls(authority.client_context())
        with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
            plain.login(LI, "wrong")
        plain.login(LI, USERS[LI])
    assert [each.ok for each in dovecot.attempts("imap", LI)] == [True, False, True]
    assert all(each.encrypted for each in dovecot.attempts())


def test_pop3_over_tls_and_starttls(dovecot: Dovecot, authority: Authority) -> None:
    context = authority.client_context()
    over_tls = poplib.POP3_SSL("localhost", dovecot.ports.pop3s, context=context, timeout=10)
    later = poplib.POP3("localhost", dovecot.ports.pop3, timeout=10)
    later.stls(context)
    for client in (over_tls, later):
        client.user(LI)
        client.pass_(USERS[LI])
        assert client.stat()[0] == 1
        client.quit()
    assert len(dovecot.attempts("pop3")) == 2


def test_a_wrong_password_is_refused_without_delay(dovecot: Dovecot, authority: Authority) -> None:
    with imap(dovecot, authority) as client:
        begin = time.monotonic()
        for user in (LI, "nobody@qq.com"):
            with pytest.raises(imaplib.IMAP4.error):
                client.login(user, "wrong")
        assert time.monotonic() - begin < 0.9


def test_with_delays_a_wrong_password_takes_its_time(
    certificate: ServerCertificate, authority: Authority, dovecot: Dovecot
) -> None:
    from .dovecot import run_dovecot

    with run_dovecot(certificate, USERS, delays=True) as slow, imap(slow, authority) as client:
        begin = time.monotonic()
        with pytest.raises(imaplib.IMAP4.error):
            client.login(LI, "wrong")
        assert time.monotonic() - begin > 1


def test_odd_passwords_and_names(dovecot: Dovecot, authority: Authority) -> None:
    for user in (LI, "no-domain", "odd+name/%u@例子.example"):
        dovecot.change_password(user, ODD_PASSWORD)
        with imap(dovecot, authority) as client:
            answer = f"\0{user}\0{ODD_PASSWORD}".encode()
            client.authenticate("PLAIN", answered_with(answer))
            client.select(readonly=True)
    assert all(each.ok for each in dovecot.attempts())


def test_a_password_changed_meanwhile_counts_at_once(
    dovecot: Dovecot, authority: Authority
) -> None:
    for new in ("aaaa", "bbbb", "cccc"):
        old = dovecot.password(LI)
        dovecot.change_password(LI, new)
        with imap(dovecot, authority) as client:
            with pytest.raises(imaplib.IMAP4.error):
                client.login(LI, old)
            client.login(LI, new)
    dovecot.remove_user(LI)
    with imap(dovecot, authority) as client, pytest.raises(imaplib.IMAP4.error):
        client.login(LI, "cccc")


def test_flags_are_seen_to_change(dovecot: Dovecot, authority: Authority) -> None:
    with imap(dovecot, authority) as client:
        client.login(LI, USERS[LI])
        client.select(readonly=True)
        assert dovecot.inbox(LI) == ("new/letter-1",)
        client.select()
        client.fetch("1", "(BODY[])")
    assert dovecot.inbox(LI) == ("cur/letter-1:2,S",)


def test_submission_takes_letters_of_those_who_logged_in(
    postfix: Postfix, dovecot: Dovecot, authority: Authority
) -> None:
    context = authority.client_context()
    with smtplib.SMTP("localhost", postfix.ports.starttls, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=context)
        client.login(LI, USERS[LI])
        client.sendmail(LI, ["friend@elsewhere.example"], "Subject: hello\n\nHello.\n")
    with smtplib.SMTP_SSL("localhost", postfix.ports.tls, context=context, timeout=10) as client:
        assert client.mail(LI)[0] == 250
        assert client.rcpt("friend@elsewhere.example")[0] == 554
        client.rset()
        client.user, client.password = LI, "wrong"
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.auth("PLAIN", client.auth_plain)
    first, second = postfix.conversations()
    assert (first.encrypted, first.logins, first.letters) == (True, 1, 1)
    assert (second.encrypted, second.logins, second.refused_logins) == (True, 0, 1)
    assert postfix.attempts() == len(dovecot.attempts("smtp")) == 2
    assert [b"Subject: hello" in letter for letter in postfix.letters(wait_for=1)] == [True]


ASK_KEYCHAIN = """
import keyring
try:
    keyring.set_password("test", "me", "hunter2-é-漢")
    print(keyring.get_password("test", "me"))
except keyring.errors.KeyringError as error:
    print(type(error).__name__, error)
"""


def ask(keychain: Keychain) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ASK_KEYCHAIN],
        env=keychain.environment | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=60,
        check=True,
    )
    return done.stdout.decode().strip()


def test_the_keychain_keeps_secrets_while_it_is_open(keychain: Keychain) -> None:
    assert ask(keychain) == "hunter2-é-漢"
    assert [secret.decode() for _, secret in keychain.items()] == ["hunter2-é-漢"]
    keychain.lock()
    assert ask(keychain).startswith("KeyringLocked")
    keychain.unlock()
    assert ask(keychain) == "hunter2-é-漢"
    keychain.stop()
    assert ask(keychain).startswith("NoKeyringError")


def test_a_locked_keychain(locked_keychain: Keychain) -> None:
    assert ask(locked_keychain).startswith("KeyringLocked")


def test_a_keychain_that_was_never_opened(keychain: Keychain) -> None:
    from .keychain import run_keychain

    with run_keychain(state="never opened") as new:
        assert "Prompt dismissed" in ask(new)


LOOK_AROUND = """
import dns.exception, dns.resolver, imaplib, smtplib, socket, ssl
context = ssl.create_default_context()
for host, user, secret in [
    ("outlook.office365.com", "someone@outlook.com", "outlooksecretabc"),
    ("outlook.office365.com", "wang@corp.example", "corpsecretabcdef"),
    ("imap.qq.com", "li@qq.com", "qqsecretcodeabcd"),
    ("imap.163.com", "chen@163.com", "NETEASESECRETABC"),
]:
    with imaplib.IMAP4(host, 143, timeout=10) as client:
        assert "LOGINDISABLED" in client.capabilities
    with imaplib.IMAP4_SSL(host, 993, ssl_context=context, timeout=10) as client:
        client.login(user, secret)
with smtplib.SMTP("smtp.office365.com", 587, timeout=10) as client:
    client.starttls(context=context)
    client.login("someone@outlook.com", "outlooksecretabc")
for host, user, secret in [
    ("smtp.qq.com", "li@qq.com", "qqsecretcodeabcd"),
    ("smtp.163.com", "chen@163.com", "NETEASESECRETABC"),
]:
    with smtplib.SMTP_SSL(host, 465, context=context, timeout=10) as client:
        client.login(user, secret)
print(dns.resolver.resolve("corp.example", "MX")[0].exchange)
for name in ("nowhere.example", "broken.example"):
    try:
        print(socket.getaddrinfo(name, 993))
    except OSError as error:
        print(name, error)
    try:
        print(dns.resolver.resolve(name, "MX"))
    except dns.exception.DNSException as error:
        print(name, type(error).__name__)
"""


def test_the_world_has_real_names_on_real_ports(world: World, tmp_path: Path) -> None:
    world.names.dns.set("broken.example", "SERVFAIL")
    done = world.run([sys.executable, "-c", LOOK_AROUND], tmp_path)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "corp-example.mail.protection.outlook.com.",
        "nowhere.example [Errno -2] Name or service not known",
        "nowhere.example NXDOMAIN",
        "broken.example [Errno -3] Temporary failure in name resolution",
        "broken.example NoNameservers",
    ]
    assert [each.user for each in world.dovecot.attempts()] == [
        "someone@outlook.com",
        "wang@corp.example",
        "li@qq.com",
        "chen@163.com",
        "someone@outlook.com",
        "li@qq.com",
        "chen@163.com",
    ]
    assert ("corp.example", "MX") in world.names.dns.asked()


def test_in_process_servers_can_stand_in_the_world(world: World, tmp_path: Path) -> None:
    from .dialogue import parse_one
    from .nameserver import LOOPBACK_ADDRESS
    from .scripted import ScriptedServer

    dialogue = parse_one("# any, imap -> any\nS: * OK from the test itself\n")
    server = world.names.inside(
        lambda: ScriptedServer(dialogue, address=LOOPBACK_ADDRESS, port=1993)
    )
    code = "import socket; print(socket.create_connection(('imap.qq.com', 1993)).recv(99))"
    with server:
        assert "from the test itself" in world.run([sys.executable, "-c", code], tmp_path).stdout


WINDOW = """
    import sys
    from PySide6.QtWidgets import (
        QApplication, QCheckBox, QDialog, QLabel, QLineEdit, QMainWindow, QPushButton,
        QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget,
    )

    app = QApplication(sys.argv)
    window = QMainWindow(windowTitle="来发信 · 邮箱助手")
    window.setCentralWidget(QWidget())
    address = QLineEdit(accessibleName="邮箱地址")
    secret = QLineEdit(accessibleName="授权码", echoMode=QLineEdit.EchoMode.Password)
    add = QPushButton("添加邮箱")
    further = QPushButton("下一步", enabled=False)
    done = QCheckBox("我已完成")
    said = QLabel("-")
    table = QTableWidget(1, 1)
    table.setItem(0, 0, QTableWidgetItem("正常"))
    layout = QVBoxLayout(window.centralWidget())
    for widget in (address, secret, add, further, done, said, table):
        layout.addWidget(widget)
    dialog = QDialog(window, windowTitle="添加邮箱")
    add.clicked.connect(lambda: said.setText(f"{address.text()} {secret.text()}"))
    done.toggled.connect(further.setEnabled)
    further.clicked.connect(dialog.open)
    window.show()
    app.exec()
"""


def test_the_screen_is_read_and_worked(world: World, desktop: Desktop, tmp_path: Path) -> None:
    program = tmp_path / "window.py"
    program.write_text(textwrap.dedent(WINDOW), encoding="utf-8")
    with world.window([sys.executable, str(program)], tmp_path / "home", desktop) as screen:
        address = screen.wait("text", "邮箱地址", timeout=30)
        assert screen.has("frame", "来发信 · 邮箱助手")
        address.type("li@例子.example")
        assert address.text() == "li@例子.example"
        address.type("li@qq.com", keys=True)
        screen.wait("password text", "授权码").type(ODD_PASSWORD)
        screen.wait("push button", "添加邮箱").click()
        assert screen.wait("label", contains="li@qq.com").text() == f"li@qq.com {ODD_PASSWORD}"

        with pytest.raises(AssertionError, match="is not enabled"):
            screen.wait("push button", "下一步").click()
        screen.wait("check box", "我已完成").click()
        assert screen.wait("check box", "我已完成", checked=True).checked()
        screen.wait("push button", "下一步", enabled=True).click()
        screen.wait("dialog", "添加邮箱")
        screen.press("Escape")
        screen.wait_gone("dialog", "添加邮箱")

        screen.wait("table cell", "正常").click_with_mouse()
        assert "selected" in screen.wait("table cell", "正常").states()
        assert {"邮箱地址", "正常", "下一步"} <= set(screen.texts())
        with pytest.raises(
            AssertionError, match=r"(?s)waited 0.1 s for .*没有.*push button \[下一步\]"
        ):
            screen.wait("label", "没有", timeout=0.1)
        picture = screen.screenshot(tmp_path / "screen.png")
        assert picture.read_bytes().startswith(b"\x89PNG")


HOLD_EVERYTHING = """
import pathlib, sys
from tests.servers.authority import Authority
from tests.servers.dovecot import run_dovecot
from tests.servers.desktop import run_desktop
from tests.servers.keychain import run_keychain
from tests.servers.postfix import run_postfix
certificate = Authority(pathlib.Path(sys.argv[1])).issue()
with (
    run_dovecot(certificate, {}) as dovecot,
    run_postfix(certificate, dovecot.sasl_socket) as postfix,
    run_keychain() as keychain,
    run_desktop(keychain.session) as desktop,
):
    print(dovecot.folder, postfix.folder, keychain.session.folder, flush=True)
    sys.stdin.read()
"""


def test_nothing_is_left_when_the_tests_are_killed(
    postfix: Postfix, keychain: Keychain, desktop: Desktop, tmp_path: Path
) -> None:
    from .processes import wait_until

    root = Path(__file__).parents[2]
    tests = subprocess.Popen(
        [sys.executable, "-c", HOLD_EVERYTHING, str(tmp_path)],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with tests:
        assert tests.stdout is not None
        folders = tests.stdout.readline().split()
        assert len(folders) == 3
        assert _mentioning(folders)
        tests.kill()
    wait_until(lambda: not _mentioning(folders), 10, "the servers of a killed test run to end")
    for folder in folders:  # those a killed run cannot take along
        subprocess.run(["rm", "-rf", "--", folder], check=True)


def _mentioning(folders: list[str]) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_text(errors="replace")
            if path.parent.name != str(os.getpid()) and any(each in words for each in folders):
                found.append(words)
    return found
