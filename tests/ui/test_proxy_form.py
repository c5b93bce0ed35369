"""The proxy's fields: folded away, taken apart when pasted, judged in sentences, never lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.model.typed_proxy import ProxyError, ProxyFault, make_proxy
from laifaxin_desktop.ui.wizard.proxy_entry import Choice, Given, clear_clipboard_of_proxy
from laifaxin_desktop.ui.wizard.proxy_form import ProxyForm

from .conftest import RESOURCES

PLAIN = Settings(None, None, AuthWay.PASSWORD)
OWN = Proxy(ProxyKind.HTTP, "proxy.corp.example", 3128, "bob")
WORDS = Words.load(RESOURCES / "words.toml")


@pytest.fixture
def form(dressed, qtbot):
    made = ProxyForm(WORDS)
    qtbot.addWidget(made)
    made.retranslate(Language.ZH_CN)
    made.show_way(PLAIN, None, stored=False)
    made.show()
    return made


@pytest.fixture
def socks(form):
    form.toggle.click()
    choose(form, Choice.SOCKS5)
    return form


def choose(form: ProxyForm, choice: Choice) -> None:
    form.choice.setCurrentIndex(form.choice.findData(choice))


def wrong(form: ProxyForm, name: str) -> str:
    label = form.findChild(QLabel, f"{name}_wrong")
    return label.text() if label.isVisibleTo(form) else ""


def paste(form: ProxyForm, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    form.host.setFocus()
    form.host.selectAll()
    form.host.paste()


def refused(given: Given) -> bool:
    proxy = given.proxy
    try:
        make_proxy(proxy.kind, proxy.host, proxy.port, proxy.username)
    except ProxyError:
        return True
    return False


def test_it_is_folded_away_where_nothing_is_set(form):
    assert not form.choice.isVisible()
    assert form.given() == Given(None, None, directly=False)
    form.toggle.click()
    assert form.choice.isVisible()
    assert not form.host.isVisible()
    form.toggle.click()
    assert not form.choice.isVisible()


@pytest.mark.parametrize(
    "settings", [PLAIN.through(OWN), PLAIN.through(None, directly=True)], ids=["own", "none"]
)
def test_what_an_account_has_is_in_view_at_once(form, settings):
    form.show_way(settings, Secret("s") if settings.proxy else None, stored=False)
    assert form.choice.isVisible()
    assert form.host.isVisible() is bool(settings.proxy)
    given = form.given()
    assert (given.proxy, given.directly) == (settings.proxy, settings.directly)
    assert given.secret == (Secret("s") if settings.proxy else None)


def test_the_usual_port_follows_the_kind_and_a_port_of_ones_own_stays(socks):
    assert socks.port.text() == "1080"
    choose(socks, Choice.HTTP)
    assert socks.port.text() == "8080"
    socks.port.setText("7890")
    choose(socks, Choice.SOCKS5)
    assert socks.port.text() == "7890"


@pytest.mark.parametrize(
    ("pasted", "proxy", "secret"),
    [
        ("socks5://h.example:7890", Proxy(ProxyKind.SOCKS5, "h.example", 7890), None),
        (
            " http://bob:open%3Asesame@h.example:3128/ ",
            Proxy(ProxyKind.HTTP, "h.example", 3128, "bob"),
            Secret("open:sesame"),
        ),
        ("127.0.0.1:7890", Proxy(ProxyKind.SOCKS5, "127.0.0.1", 7890), None),
        ("bob@h.example:1", Proxy(ProxyKind.SOCKS5, "h.example", 1, "bob"), None),
        ("h.example：7890", Proxy(ProxyKind.SOCKS5, "h.example", 7890), None),
        ("[::1]:1080", Proxy(ProxyKind.SOCKS5, "::1", 1080), None),
        ("::1", Proxy(ProxyKind.SOCKS5, "::1", 1080), None),
        ("H.Example", Proxy(ProxyKind.SOCKS5, "h.example", 1080), None),
    ],
)
def test_a_pasted_address_is_taken_apart(socks, pasted, proxy, secret):
    paste(socks, pasted)
    assert socks.given() == Given(proxy, secret, directly=False)
    assert "://" not in socks.host.text()
    assert not socks.host.isUndoAvailable() or secret is None


def test_a_password_does_not_stay_for_another_user_of_a_pasted_address(socks):
    paste(socks, "socks5://bob:sesame@proxy.corp.example:1080")
    paste(socks, "socks5://bob@other.corp.example:1080")
    assert socks.given().secret == Secret("sesame")  # as when the host alone is corrected
    paste(socks, "socks5://eve@elsewhere.example:1080")
    assert socks.given() == Given(
        Proxy(ProxyKind.SOCKS5, "elsewhere.example", 1080, "eve"), None, False
    )


def test_an_address_typed_letter_by_letter_is_taken_apart_when_it_is_whole(socks, qtbot):
    socks.host.setFocus()
    QTest.keyClicks(socks.host, "h.example:78")
    assert socks.host.text() == "h.example:78"  # not while it is being typed
    QTest.keyClicks(socks.host, "90")
    qtbot.waitUntil(lambda: socks.host.text() == "h.example")
    assert socks.given().proxy == Proxy(ProxyKind.SOCKS5, "h.example", 7890)


def test_leaving_the_field_takes_it_apart_at_once(socks):
    socks.host.setFocus()
    QTest.keyClicks(socks.host, "http://h.example:3128")
    QTest.keyClick(socks.host, Qt.Key.Key_Tab)
    assert socks.given().proxy == Proxy(ProxyKind.HTTP, "h.example", 3128)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", ProxyFault.EMPTY),
        ("socks4://h.example:1", ProxyFault.BAD_KIND),
        ("http://h.example:1/x", ProxyFault.MALFORMED),
        ("h example", ProxyFault.BAD_HOST),
        ("h.example:99999", ProxyFault.BAD_PORT),
        ("x" * 1100, ProxyFault.TOO_LONG),
        ("http://a%3Ab@h.example:1", ProxyFault.BAD_USERNAME),
    ],
)
@pytest.mark.parametrize("language", Language)
def test_what_can_be_no_proxy_has_its_sentence_and_stays_as_typed(socks, typed, fault, language):
    socks.retranslate(language)
    if typed:
        paste(socks, typed)
    socks.host.editingFinished.emit()
    socks._place.complain()
    assert socks.host.text() == typed
    assert wrong(socks, "proxy_host") == WORDS(f"proxy.{fault}").say(language)
    assert refused(socks.given())
    paste(socks, "socks5://h.example:1080")
    assert wrong(socks, "proxy_host") == ""
    assert not refused(socks.given())


@pytest.mark.parametrize("port", ["", "0", "70000", "x"])
def test_a_port_that_is_none_has_its_sentence(socks, port):
    socks.host.setText("h.example")
    socks.port.setText(port)
    socks.port.editingFinished.emit()
    assert wrong(socks, "proxy_host") == WORDS("proxy.bad_port").say(Language.ZH_CN)
    assert refused(socks.given())
    socks.port.setText("1080")
    assert wrong(socks, "proxy_host") == ""


@pytest.mark.parametrize(
    ("name", "fault"), [("a\x07b", ProxyFault.BAD_USERNAME), ("漢" * 90, ProxyFault.TOO_LONG)]
)
def test_a_user_name_that_is_none_has_its_sentence(socks, name, fault):
    socks.host.setText("h.example")
    socks.username.setText(name)
    socks.username.editingFinished.emit()
    assert wrong(socks, "proxy_username") == WORDS(f"proxy.{fault}").say(Language.ZH_CN)
    assert refused(socks.given())


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("", ProxyFault.SECRET_EMPTY),
        ("x" * 256, ProxyFault.SECRET_LONG),
        ("a\x07b", ProxyFault.SECRET_BROKEN),
    ],
)
def test_a_password_that_is_none_has_its_sentence(socks, typed, fault):
    socks.host.setText("h.example")
    assert not socks.secret.isEnabled()  # a proxy without a user name takes none
    socks.username.setText("bob")
    assert socks.secret.isEnabled()
    socks.secret.setText(typed)
    socks.secret.editingFinished.emit()
    assert wrong(socks, "proxy_password") == WORDS(f"proxy.{fault}").say(Language.ZH_CN)


def test_a_stored_password_need_not_be_typed_again(form):
    form.show_way(PLAIN.through(OWN), None, stored=True)
    assert form.secret.placeholderText() == "已保存，不用再填"
    form.secret.editingFinished.emit()
    assert wrong(form, "proxy_password") == ""
    form.show_stored(False)  # another proxy: what is stored is not for it
    assert form.secret.placeholderText() == ""


def test_turning_to_another_way_and_back_finds_what_was_typed(socks):
    paste(socks, "socks5://bob:word@h.example:7890")
    before = socks.given()
    choose(socks, Choice.SYSTEM)
    assert socks.given() == Given(None, None, directly=False)
    choose(socks, Choice.NONE)
    assert socks.given() == Given(None, None, directly=True)
    choose(socks, Choice.SOCKS5)
    assert socks.given() == before
    socks.toggle.click()
    socks.toggle.click()
    assert socks.given() == before


def test_a_pasted_address_is_told_whole(socks):
    told: list[object] = []
    paste(socks, "h")
    socks.changed.connect(lambda: told.append(socks.given()))
    socks.host.setText("")
    told.clear()
    paste(socks, "http://bob:word@h.example:3128")
    assert told[-1].proxy == Proxy(ProxyKind.HTTP, "h.example", 3128, "bob")
    assert told[-1].secret == Secret("word")


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        (Fault.PROXY_LOGIN, "secret"),
        (Fault.PROXY_UNREACHABLE, "host"),
        (Fault.PROXY_TARGET, "host"),
        (Fault.PROXY_WRONG_TYPE, "choice"),
    ],
)
def test_each_problem_of_a_proxy_leads_to_its_field(form, fault, field):
    assert form.field_for(fault) is form.choice  # the system's own: that is what can be left
    form.show_way(PLAIN.through(OWN), None, stored=True)
    assert form.field_for(fault) is getattr(form, field)


def test_nothing_secret_outlives_the_wizard(socks):
    paste(socks, "socks4://bob:word@h.example:1")
    socks.username.setText("bob")
    socks.secret.setText("word")
    socks.forget()
    assert (socks.host.text(), socks.username.text(), socks.secret.text()) == ("", "", "")


@pytest.mark.parametrize(
    ("held", "left"),
    [
        ("word", ""),
        ("socks5://bob:word@h.example:1\n", ""),
        ("socks5://bob:other@h.example:1", "socks5://bob:other@h.example:1"),
        ("a word of mine", "a word of mine"),
    ],
)
def test_the_clipboard_keeps_no_password_of_a_proxy(dressed, held, left):
    QGuiApplication.clipboard().setText(held)
    clear_clipboard_of_proxy(Secret("word"))
    assert QGuiApplication.clipboard().text() == left
