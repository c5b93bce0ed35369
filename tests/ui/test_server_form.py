"""The server form: ports follow the security, names are judged in sentences, plain is confirmed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFrame, QLabel

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.server_form import ServerForm
from laifaxin_desktop.ui.server_name import HostFault, host_fault

from .conftest import RESOURCES

IMAP = Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS)
POP3 = Endpoint(Protocol.POP3, "pop.qq.com", 995, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.qq.com", 465, Security.TLS)
SETTINGS = Settings(IMAP, SMTP, AuthWay.APP_PASSWORD, "li")
GRAPH = {
    side: Endpoint(Protocol.GRAPH, "graph.microsoft.com", 443, Security.TLS, half=side)
    for side in Side
}
SIGNED = Settings(IMAP, SMTP, AuthWay.MICROSOFT, sign_in=SignIn("x", identity="li@qq.com"))


@pytest.fixture
def form(dressed, qtbot):
    made = ServerForm(Words.load(RESOURCES / "words.toml"))
    qtbot.addWidget(made)
    made.retranslate(Language.ZH_CN)
    made.show_settings(SETTINGS, known=(IMAP, POP3, SMTP))
    made.show()
    return made


def test_what_goes_in_comes_out(form):
    assert form.settings() == SETTINGS
    assert form.confirmed is False


@pytest.mark.parametrize(
    ("side", "security", "port"),
    [
        (Side.RECEIVE, Security.STARTTLS, "143"),
        (Side.RECEIVE, Security.PLAIN, "143"),
        (Side.SEND, Security.STARTTLS, "587"),
        (Side.SEND, Security.PLAIN, "587"),
    ],
)
def test_the_usual_port_follows_the_security_and_comes_back(form, side, security, port):
    half = form.halves[side]
    usual = half.port.text()
    half.security.setCurrentIndex(list(Security).index(security))
    assert half.port.text() == port
    half.security.setCurrentIndex(0)
    assert half.port.text() == usual


def test_a_port_of_ones_own_stays(form):
    half = form.halves[Side.RECEIVE]
    half.port.setText("1993")
    half.security.setCurrentIndex(1)
    assert half.port.text() == "1993"


def test_pop3_takes_the_provider_s_own_server(form):
    half = form.halves[Side.RECEIVE]
    half.protocol.setCurrentIndex(1)
    assert form.settings().incoming == POP3
    half.protocol.setCurrentIndex(0)
    assert form.settings().incoming == IMAP


def test_pop3_at_an_unknown_server_keeps_its_name(form):
    half = form.halves[Side.RECEIVE]
    half.host.setText("mail.example.net")
    half.protocol.setCurrentIndex(1)
    assert (half.host.text(), half.port.text()) == ("mail.example.net", "995")


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", HostFault.EMPTY),
        ("https://imap.qq.com", HostFault.SCHEME),
        ("imap.qq.com/mail", HostFault.PATH),
        ("imap.qq.com:993", HostFault.PORT),
        ("imap qq.com", HostFault.SPACE),
        ("li@qq.com", HostFault.ADDRESS),
        ("-imap.qq.com", HostFault.BAD),
        ("imap..qq.com", HostFault.BAD),
        ("a" * 64 + ".com", HostFault.BAD),
        ("imap.qq.com", None),
        (" imap.qq.com. ", None),
        ("邮件.中国", None),
        ("10.0.0.5", None),
        ("mailserver", None),
    ],
)
def test_names_of_servers(typed, fault):
    assert host_fault(typed) is fault


@pytest.mark.parametrize("fault", [f for f in HostFault if f is not HostFault.EMPTY])
def test_every_fault_has_a_sentence_after_leaving_the_field(form, fault):
    typed = {
        HostFault.SCHEME: "https://a.cn",
        HostFault.PATH: "a.cn/x",
        HostFault.PORT: "a.cn:1",
        HostFault.SPACE: "a b",
        HostFault.ADDRESS: "a@b.cn",
        HostFault.BAD: "-",
    }[fault]
    half = form.halves[Side.SEND]
    wrong = half.findChild(QLabel, "send_wrong")
    half.host.setText(typed)
    assert not wrong.isVisible()  # not while typing
    half.host.editingFinished.emit()
    assert wrong.isVisible()
    assert wrong.text()
    assert form.settings() is None
    half.host.setText("smtp.a.cn")
    assert not wrong.isVisible()
    assert form.settings().outgoing.host == "smtp.a.cn"


@pytest.mark.parametrize("port", ["", "0", "65536"])
def test_a_port_out_of_range_is_no_server(form, port):
    form.halves[Side.SEND].port.setText(port)
    assert form.settings() is None


@pytest.mark.parametrize("port", ["", "0", "70000"])
def test_a_port_that_is_none_is_named_when_the_field_is_left(form, port):
    half = form.halves[Side.SEND]
    wrong = half.findChild(QLabel, "send_wrong")
    half.port.setFocus()
    half.port.selectAll()
    QTest.keyClick(half.port, Qt.Key.Key_Delete)
    QTest.keyClicks(half.port, port)
    assert not wrong.isVisible()  # not while typing
    QTest.keyClick(half.port, Qt.Key.Key_Tab)
    assert wrong.isVisible()
    assert "65535" in wrong.text()
    half.port.setText("465")
    assert not wrong.isVisible()
    assert form.settings() is not None


def test_no_encryption_is_warned_of_and_confirmed_each_time(form):
    half = form.halves[Side.SEND]
    warning = form.findChild(QFrame, "plain_warning")
    assert not warning.isVisible()
    half.security.setCurrentIndex(2)
    assert warning.isVisible()
    assert form.confirmed is False
    form.agree.click()
    assert form.confirmed is True
    half.security.setCurrentIndex(0)
    assert not warning.isVisible()
    assert form.confirmed is False
    half.security.setCurrentIndex(2)
    assert form.confirmed is False


def test_an_empty_form_has_the_safest_choice(form):
    form.show_settings(None, own_name="li@example.net")
    assert form.settings() is None
    for half in form.halves.values():
        assert half.security.currentData() == Security.TLS
    assert form.username.placeholderText() == "li@example.net"


def test_it_changes_its_language(form):
    form.retranslate(Language.EN)
    assert form.halves[Side.SEND].host.accessibleName().startswith("Sending")
    assert form.halves[Side.SEND].security.itemText(2) == "No encryption"


def pick(half, protocol: Protocol) -> None:
    half.protocol.setCurrentIndex(half.protocol.findData(protocol))


def test_graph_is_a_choice_of_each_half_and_needs_no_field(form):
    form.show_settings(SIGNED, known=(IMAP, POP3, SMTP, *GRAPH.values()), graph=GRAPH)
    for side, half in form.halves.items():
        assert half.host.isVisible()
        pick(half, Protocol.GRAPH)
        assert not any(field.isVisible() for field in (half.host, half.port, half.security))
        assert half.findChild(QLabel, f"{side}_by_graph").isVisible()
    said = form.settings()
    assert (said.incoming, said.outgoing) == (GRAPH[Side.RECEIVE], GRAPH[Side.SEND])
    assert (said.sign_in, said.auth) == (SIGNED.sign_in, AuthWay.MICROSOFT)


def test_turning_back_from_graph_finds_what_was_typed(form):
    form.show_settings(SIGNED, known=(IMAP, POP3, SMTP), graph=GRAPH)
    sending, receiving = form.halves[Side.SEND], form.halves[Side.RECEIVE]
    sending.host.setText("smtp.example.net")
    sending.port.setText("2525")
    pick(sending, Protocol.GRAPH)
    pick(sending, Protocol.SMTP)
    assert sending.host.isVisible()
    assert (sending.host.text(), sending.port.text()) == ("smtp.example.net", "2525")
    pick(receiving, Protocol.GRAPH)
    pick(receiving, Protocol.POP3)
    assert form.settings().incoming == POP3


def test_an_account_that_uses_graph_finds_the_provider_s_servers_behind_it(form):
    by_graph = Settings(GRAPH[Side.RECEIVE], GRAPH[Side.SEND], AuthWay.MICROSOFT)
    form.show_settings(by_graph, known=(IMAP, POP3, SMTP), graph=GRAPH)
    assert form.settings() == by_graph
    assert not form.halves[Side.SEND].host.isVisible()
    pick(form.halves[Side.RECEIVE], Protocol.POP3)
    pick(form.halves[Side.SEND], Protocol.SMTP)
    assert (form.settings().incoming, form.settings().outgoing) == (POP3, SMTP)


def test_half_a_server_name_is_not_complained_of_behind_graph(form):
    form.show_settings(SIGNED, known=(SMTP,), graph=GRAPH)
    half = form.halves[Side.SEND]
    half.host.setText("http://x")
    half.host.editingFinished.emit()
    wrong = half.findChild(QLabel, "send_wrong")
    assert wrong.isVisible()
    pick(half, Protocol.GRAPH)
    assert not wrong.isVisible()
    assert form.settings() is not None


def test_a_password_never_chooses_graph(form):
    form.show_settings(SIGNED, known=(IMAP, POP3, SMTP), graph=GRAPH)
    form.show_settings(SETTINGS, known=(IMAP, POP3, SMTP))
    receiving, sending = form.halves[Side.RECEIVE].protocol, form.halves[Side.SEND].protocol
    assert [receiving.itemText(at) for at in range(receiving.count())] == ["IMAP", "POP3"]
    assert not sending.isVisible()
    assert form.settings() == SETTINGS


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            Language.ZH_CN,
            ("例如 imap.example.com", "例如 pop.example.com", "例如 smtp.example.com"),
        ),
        (Language.EN, ("e.g. imap.example.com", "e.g. pop.example.com", "")),
    ],
)
def test_an_empty_field_shows_an_example(form, languages, language, said):
    languages.switch(language)
    form.retranslate(language)
    form.show_settings(None)
    receive, send = form.halves[Side.RECEIVE], form.halves[Side.SEND]
    assert receive.host.placeholderText() == said[0]
    receive.protocol.setCurrentIndex(1)
    assert receive.host.placeholderText() == said[1]
    assert said[2] in send.host.placeholderText()
    assert form.settings() is None  # an example is no server
