"""The decision about a certificate: everything is said, nothing is agreed to by Enter or Esc."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import UNFIT, Certificate, Doubt, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security, Side
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.route import DIRECT, Pin
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.certificate_decision import Decision, decision, grouped
from laifaxin_desktop.ui.certificate_page import CertificatePage

from .conftest import RESOURCES
from .person import Person, use
from .sample_wizard import Servers, stored_account, until
from .test_wizard_check import fail, whole

__all__ = ["whole"]

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MARK, OTHER = "ab" * 32, "cd" * 32
SHOWN = Certificate(
    ("mail.corp.example",),
    "mail.corp.example",
    "Corp Root CA",
    NOW - timedelta(days=30),
    NOW + timedelta(days=300),
    MARK,
    key="RSA 2048",
    digest="SHA256",
    doubts=(Doubt.UNKNOWN_AUTHORITY,),
)
SEEN = Evidence(
    Stage.TLS,
    Fault.CERTIFICATE_UNKNOWN_AUTHORITY,
    Protocol.IMAP,
    "mail.corp.example",
    993,
    Security.TLS,
    certificate=SHOWN,
)
SELF = replace(SHOWN, self_signed=True, doubts=(Doubt.SELF_SIGNED,), issuer="mail.corp.example")


def self_signed(**more: Any) -> Evidence:
    return replace(SEEN, fault=Fault.CERTIFICATE_SELF_SIGNED, certificate=replace(SELF, **more))


def changed(**more: Any) -> Evidence:
    seen = replace(SEEN, fault=Fault.CERTIFICATE_CHANGED, pinned=OTHER)
    return replace(seen, certificate=replace(SELF, **more))


@pytest.fixture
def opened(languages, qtbot) -> Callable[..., CertificatePage]:
    def open_page(*seen: Evidence, portal: bool = False, language=Language.ZH_CN):
        languages.switch(language)
        words = Words.load(RESOURCES / "words.toml")
        asked = decision(seen[0], seen, portal=portal)
        page = CertificatePage(asked, "为什么", words, language)
        qtbot.addWidget(page)
        page.show()
        return page

    return open_page


def said(page: QDialog) -> str:
    labels = page.findChildren(QLabel)
    return "\n".join(label.text() for label in labels if label.isVisibleTo(page))


def buttons(page: QDialog) -> dict[str, QPushButton]:
    found = page.findChildren(QPushButton)
    return {one.objectName(): one for one in found if one.isVisibleTo(page)}


def test_everything_is_said_and_can_be_selected(opened):
    page = opened(SEEN)
    text = said(page)
    for part in ("mail.corp.example:993", "Corp Root CA", "RSA 2048", "SHA256", grouped(MARK)):
        assert part in text
    assert grouped(MARK).count("\n") == 3
    assert grouped(MARK).startswith("AB AB AB AB AB AB AB AB\n")
    mark = page.findChild(QLabel, "fingerprint")
    assert mark.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByMouse
    assert mark.textInteractionFlags() & Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert mark.textFormat() is Qt.TextFormat.PlainText
    buttons(page)["copy_certificate_button"].click()
    assert grouped(MARK) in QGuiApplication.clipboard().text()
    assert "Corp Root CA" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("doubt", Doubt)
def test_every_doubt_has_its_sentence(opened, doubt, language):
    page = opened(self_signed(doubts=(Doubt.SELF_SIGNED, doubt)), language=language)
    count = 1 if doubt is Doubt.SELF_SIGNED else 2
    lines = [page.findChild(QLabel, f"doubt_{n}") for n in range(1, count + 1)]
    assert all(line.text().endswith("。" if language is Language.ZH_CN else ".") for line in lines)
    assert not any("{" in line.text() for line in lines)


def test_what_is_agreed_to_is_said_and_enter_agrees_to_nothing(opened):
    page = opened(self_signed(doubts=(Doubt.SELF_SIGNED, Doubt.WRONG_HOST, Doubt.EXPIRED)))
    text = said(page)
    assert "只认这一张证书" in text
    assert "不再核对服务器名称" in text
    assert "不再理会到期的日子" in text
    assert "向管理员核对指纹" in text
    agreed: list[object] = []
    page.pins_wanted.connect(agreed.append)
    accept = buttons(page)["accept_certificate_button"]
    assert not accept.isDefault()
    assert not accept.autoDefault()
    assert buttons(page)["close_certificate_button"].isDefault()
    assert page.focusWidget() is page.close_button
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        page.show()
        QTest.keyClick(page, key)
        assert not page.isVisible()
    assert agreed == []
    page.show()
    accept.click()
    despite = (Doubt.WRONG_HOST, Doubt.EXPIRED)
    assert agreed == [(Pin("mail.corp.example", 993, MARK, despite),)]


@pytest.mark.parametrize(
    ("seen", "portal", "why"),
    [
        (SEEN, True, "网络要先登录"),
        *((self_signed(doubts=(Doubt.SELF_SIGNED, doubt)), False, "谁都能冒充") for doubt in UNFIT),
        (
            replace(
                SEEN,
                fault=Fault.CERTIFICATE_WRONG_HOST,
                certificate=replace(SHOWN, doubts=(Doubt.WRONG_HOST,)),
            ),
            False,
            "改正这里的服务器名称",
        ),
        (
            replace(
                SEEN,
                fault=Fault.CERTIFICATE_EXPIRED,
                certificate=replace(SHOWN, doubts=(Doubt.EXPIRED,)),
            ),
            False,
            "在服务器那边改好",
        ),
    ],
)
def test_what_may_not_be_excepted_has_no_button_and_says_why(opened, seen, portal, why):
    page = opened(seen, portal=portal)
    assert "accept_certificate_button" not in buttons(page)
    assert why in said(page)
    assert "允许它" not in said(page)


def test_a_changed_certificate_shows_both_and_offers_both_ways(opened):
    page = opened(changed())
    assert page.findChild(QLabel, "old_fingerprint").text() == grouped(OTHER)
    assert page.findChild(QLabel, "new_fingerprint").text() == grouped(MARK)
    names = {name: one.accessibleName() for name, one in buttons(page).items()}
    assert names["accept_certificate_button"] == "允许新的证书"
    assert names["drop_exception_button"] == "撤销以前的允许"
    dropped: list[object] = []
    page.old_unwanted.connect(lambda: dropped.append(None))
    page.drop.click()
    assert dropped == [None]


def test_a_good_certificate_in_the_place_of_an_excepted_one_needs_no_exception(opened):
    page = opened(changed(doubts=(), self_signed=False, issuer="Let's Encrypt"))
    assert "accept_certificate_button" not in buttons(page)
    assert "drop_exception_button" in buttons(page)
    assert "由受信任的机构签发" in said(page)


def test_a_bridge_on_this_computer_is_simple(opened):
    local = {"host": "127.0.0.1", "certificate": replace(SELF, names=("127.0.0.1",))}
    receive = replace(SEEN, fault=Fault.CERTIFICATE_SELF_SIGNED, port=1143, **local)
    send = replace(receive, protocol=Protocol.SMTP, port=1025)
    page = opened(receive, send)
    assert "不离开这台电脑" in said(page)
    assert "管理员" not in said(page)
    assert "127.0.0.1:1143、127.0.0.1:1025" in said(page)
    agreed: list[object] = []
    page.pins_wanted.connect(agreed.append)
    buttons(page)["accept_certificate_button"].click()
    assert [(pin.host, pin.port) for pin in agreed[0]] == [("127.0.0.1", 1143), ("127.0.0.1", 1025)]


def test_another_certificate_of_the_account_is_another_question():
    send = replace(SEEN, port=465, certificate=replace(SHOWN, sha256=OTHER))
    assert decision(SEEN, [SEEN, send], portal=False) == Decision((SEEN,), False)


# ---- in the wizard ----


class Pinned(Servers):
    """Lets in who has excepted the certificate, and nobody else."""

    async def __call__(self, endpoint, login, observe, route=DIRECT):
        if any(pin.is_for(endpoint) for pin in route.pins):
            self.fails = {side: seen for side, seen in self.fails.items() if side != endpoint.side}
        return await super().__call__(endpoint, login, observe, route)


@pytest.mark.parametrize("sides", [(Side.RECEIVE,), tuple(Side)])
def test_the_exception_is_made_and_checked_in_two_clicks(tmp_path, languages, sides):
    servers = Pinned(fails=dict.fromkeys(sides, self_signed()))

    async def walk(person: Person) -> None:
        await fail(person)
        clicks = person.clicks
        person.click("查看证书")
        await until(lambda: person.wizard.findChild(QDialog, "certificate_dialog"))
        assert len(servers.logins) == 2  # looking submits nothing
        person.click("允许这张证书")
        assert person.clicks == clicks + 2
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        hosts = {Side.RECEIVE: ("imap.qq.com", 993), Side.SEND: ("smtp.qq.com", 465)}
        assert {(pin.host, pin.port) for pin in account.settings.pins} == {
            hosts[side] for side in sides
        }
        assert {pin.sha256 for pin in account.settings.pins} == {MARK}

    use(tmp_path, languages, walk, servers=servers)


def test_dropping_the_old_exception_checks_without_it(tmp_path, languages):
    pin = Pin("imap.qq.com", 993, OTHER)
    servers = Servers()

    async def account(app: App) -> Account:
        made = await stored_account(app)
        return replace(made, settings=made.settings.pinning(pin))

    async def walk(person: Person) -> None:
        good = changed(doubts=(), self_signed=False)
        servers.fails = {Side.RECEIVE: good}
        await person.next()
        await person.fail()
        servers.fails = {}
        person.click("查看证书")
        await until(lambda: person.wizard.findChild(QDialog, "certificate_dialog"))
        person.click("撤销以前的允许")
        await person.reach(Step.DONE)
        [stored] = await person.wizard.app.accounts.all()
        assert stored.settings.pins == ()

    use(tmp_path, languages, walk, servers=servers, reason=Reason.REPAIR, account=account)


def test_behind_a_portal_that_other_accounts_see_nothing_is_excepted(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        app = person.wizard.app
        stored = await stored_account(app, "wang@qq.com")
        portal = replace(SEEN, fault=Fault.CAPTIVE_PORTAL, certificate=None)
        legs = tuple(
            Leg(end, (), app.table.diagnose(portal)) for end in stored.settings.endpoints()
        )
        report = Report(stored.address, datetime.now(UTC), 1, legs, stored.id)
        await app.accounts.save_report(report, stored.revision)
        servers.fails = dict.fromkeys(Side, self_signed())
        await fail(person)
        person.click("查看证书")
        await until(lambda: person.wizard.findChild(QDialog, "certificate_dialog"))
        page = person.wizard.findChild(QDialog, "certificate_dialog")
        assert "accept_certificate_button" not in buttons(page)
        assert "网络要先登录" in said(page)

    use(tmp_path, languages, walk, servers=servers)
