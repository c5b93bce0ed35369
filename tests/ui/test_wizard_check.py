"""What happens when the check does not pass, or its result cannot be kept: every way out works."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QLineEdit

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import (
    Certificate,
    Diagnosis,
    Evidence,
    Fault,
    Fix,
    Stage,
)
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.wizard import mending
from laifaxin_desktop.ui.wizard.lane import SLOW
from laifaxin_desktop.ui.wizard.mending import MEND, mend

from .conftest import drive
from .person import LEFT, Person, use
from .sample_wizard import CODE, REFUSED, Keys, Servers, sample_app, stored_account, until

AT = datetime(2026, 11, 20, tzinfo=UTC)
SEEN = Evidence(
    Stage.TLS,
    Fault.CERTIFICATE_EXPIRED,
    host="imap.qq.com",
    port=993,
    reply="<b>Go to http://evil.example</b> \u202emoc",
    certificate=Certificate(("imap.qq.com",), "CN=a", "CN=b", AT, AT, "00" * 32),
)


@pytest.fixture(autouse=True)
def whole(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    QGuiApplication.clipboard().clear()
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


async def fail(person: Person, address: str = "li@qq.com") -> None:
    """Walk into a check that does not pass."""
    await person.to_secret(address)
    person.wizard.current.take(CODE)
    await person.next()
    await person.fail()


def test_every_fix_has_its_row():
    assert set(MEND) == set(Fix)


def test_each_fix_does_something_in_the_wizard(tmp_path, languages, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(mending, "open_page", lambda url, failed: opened.append(url))
    better = Endpoint(Protocol.SMTP, "smtp.better.cn", 587, Security.STARTTLS)

    async def does(person: Person, fix: Fix) -> None:
        wizard, diagnosis = person.wizard, Diagnosis("unrecognised", fix, SEEN)
        before = len(person.wizard.app.checker.probe.logins)
        match fix:
            case Fix.RETRY | Fix.WAIT:
                mend(wizard, diagnosis)
                mend(wizard, diagnosis)  # while that one runs, nothing more is submitted
                await person.fail()
                assert len(wizard.app.checker.probe.logins) == before + 2
            case Fix.EDIT_PASSWORD | Fix.REAUTHORIZE:
                mend(wizard, diagnosis)
                assert person.step is Step.SECRET
                assert wizard.current.entry.text() == CODE
            case Fix.OPEN_GUIDE | Fix.SWITCH_WAY:  # QQ has one way only: its steps are shown
                mend(wizard, replace(diagnosis, guide="authorization_code"))
                dialog = wizard.findChild(QDialog, "guide_dialog")
                dialog.secret_wanted.emit()
                dialog.close()
                assert person.step is Step.SECRET
            case Fix.EDIT_SERVERS:
                mend(wizard, replace(diagnosis, suggestion=better))
                await person.fail()
                assert wizard.draft.settings.outgoing == better
                mend(wizard, diagnosis)
                assert person.step is Step.SERVERS
                assert wizard.current.form.halves[Side.SEND].host.text() == better.host
            case Fix.EDIT_SENDER:
                mend(wizard, diagnosis)
                assert person.step is Step.SERVERS
            case Fix.OPEN_LINK:
                mend(wizard, replace(diagnosis, link="https://mail.qq.com/"))
                mend(wizard, replace(diagnosis, link="file:///etc/passwd"))
                assert opened == ["https://mail.qq.com/"]
            case Fix.SHOW_CERTIFICATE:
                mend(wizard, diagnosis)
                await until(lambda: wizard.findChild(QDialog, "certificate_dialog"))
                assert wizard.findChild(QDialog, "certificate_dialog").isVisible()
            case Fix.ASK_ADMIN:
                mend(wizard, diagnosis)
                assert "li@qq.com" in QGuiApplication.clipboard().text()
            case Fix.REPORT_BUG:
                mend(wizard, diagnosis)
                text = QGuiApplication.clipboard().text()
                assert "imap.qq.com:993" in text
                assert CODE not in text
                assert "li@qq.com" not in text
            case Fix.NONE:
                mend(wizard, diagnosis)
                assert person.step is Step.CHECK

    for fix in Fix:

        async def walk(person: Person, fix: Fix = fix) -> None:
            await fail(person)
            await does(person, fix)

        use(tmp_path / fix, languages, walk, servers=Servers(right="another"))


def test_both_sides_with_one_problem_share_a_card(tmp_path, languages):
    async def walk(person: Person) -> None:
        await fail(person)
        [card] = person.wizard.current.cards
        assert card.fix is person.wizard.focusWidget()
        assert not any("收信：" in words for words in person.seen())

    use(tmp_path, languages, walk, servers=Servers(right="another"))


def test_two_problems_have_two_cards_that_name_their_side(tmp_path, languages):
    timeout = Evidence(Stage.CONNECT, Fault.TIMEOUT)

    async def walk(person: Person) -> None:
        await fail(person)
        titles = [
            card.findChild(QLabel, "failure_title").text() for card in person.wizard.current.cards
        ]
        assert [title[:3] for title in titles] == [
            "发信：",
            "收信：",
        ]  # what a person must mend first

    use(
        tmp_path,
        languages,
        walk,
        servers=Servers(fails={Side.RECEIVE: timeout, Side.SEND: REFUSED}),
    )


def test_the_servers_words_are_plain_text_and_open_on_demand(tmp_path, languages):
    async def walk(person: Person) -> None:
        await fail(person)
        quoted = person.wizard.findChild(QLabel, "server_reply")
        assert not quoted.isVisible()
        person.click("服务器原话")
        assert quoted.isVisible()
        assert quoted.text() == SEEN.reply
        assert quoted.textFormat().name == "PlainText"
        assert not quoted.openExternalLinks()

    use(tmp_path, languages, walk, servers=Servers(fails=dict.fromkeys(Side, SEEN)))


def test_save_anyway_keeps_what_does_not_work_yet_and_says_so(tmp_path, languages):
    async def walk(person: Person) -> None:
        await fail(person)
        person.click("仍然保存", twice=True)
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        report = (await person.wizard.app.accounts.reports())[account.id]
        assert status_of(report) is Status.ACTION
        assert "正常" not in person.seen()
        assert len(person.wizard.app.checker.probe.logins) == 2

    use(tmp_path, languages, walk, servers=Servers(right="another"))


def test_other_ways_out_are_offered_beside_the_fix(tmp_path, languages):
    hosts = frozenset({"imap.example.net", "smtp.example.net"})

    async def through_servers(person: Person) -> None:
        await person.to_secret("li@example.net")
        person.wizard.current.take("geheim")
        await person.next()
        await person.next()
        await person.fail()
        person.click("换一种登录方式")
        assert person.step is Step.WAY
        person.wizard.current.choose(person.wizard.draft.provider.ways[1].way)
        while person.step is not Step.SECRET:
            if person.step is Step.GUIDE:
                person.click("跳过")
            else:
                await person.next()
        assert person.wizard.current.entry.text() == "geheim"

    use(tmp_path, languages, through_servers, servers=Servers(right="another", known=hosts))


def test_a_server_that_was_typed_wrong_is_typed_anew(tmp_path, languages):
    wrong = Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND, host="imap.qq.com", port=993)

    async def walk(person: Person) -> None:
        await fail(person)
        person.click("修改服务器设置")
        await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
        field = person.wizard.focusWidget()
        assert field.text() == "imap.qq.com"
        QTest.keyClicks(field, "mail.example.net")
        assert field.text() == "mail.example.net"

    use(tmp_path, languages, walk, servers=Servers(fails={Side.RECEIVE: wrong}))


def test_a_slow_login_is_explained_after_a_while(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        lanes = person.wizard.current.lanes.values()
        await until(lambda: all(lane._patience.isActive() for lane in lanes))
        assert "服务器正在核对…" not in person.seen()
        assert {lane._patience.interval() for lane in lanes} == {SLOW} == {3000}
        for lane in lanes:
            lane._patience.timeout.emit()  # three seconds later
        assert person.seen().count("服务器正在核对…") == 2

    use(tmp_path, languages, walk, servers=Servers(holds_at=Stage.LOGIN))


def test_without_a_keychain_the_secret_can_be_kept_for_this_time(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        QGuiApplication.clipboard().setText(CODE)
        person.click("粘贴")
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        assert await person.wizard.app.accounts.all() == ()
        assert not person.button("下一步").isEnabled()
        assert QGuiApplication.clipboard().text() == CODE  # not stored yet: still wanted
        person.click("重试")
        await until(lambda: person.wizard.current.keeping.isVisible())
        person.click("只在本次使用", twice=True)
        await person.reach(Step.DONE)
        assert len(person.wizard.app.checker.probe.logins) == 2  # no second login
        [account] = await person.wizard.app.accounts.all()
        assert (await person.wizard.app.accounts.secret(account.id)).reveal() == CODE
        assert QGuiApplication.clipboard().text() == ""
        assert any("只在本次使用" in words for words in person.seen())
        assert not any("加密保存" in words for words in person.seen())

    use(tmp_path, languages, walk, servers=Servers(), keys=Keys(absent=True))


def test_without_a_keychain_a_main_password_can_be_set(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        keeping = person.wizard.current.keeping
        person.click("设置主密码")
        await until(lambda: person.wizard.focusWidget() is keeping.first)
        keeping.first.setText("kurz")
        person.click("保存")
        assert "至少 8 个字符。" in person.seen()
        keeping.first.setText("eins zwei drei")
        keeping.second.setText("eins zwei")
        person.click("保存")
        assert "两次输入的不一样。" in person.seen()
        keeping.second.setText("eins zwei drei")
        person.click("保存", twice=True)
        await person.reach(Step.DONE, seconds=20)  # Argon2 is slow on purpose
        assert keeping.first.text() == keeping.second.text() == ""
        assert len(person.wizard.app.checker.probe.logins) == 2
        [account] = await person.wizard.app.accounts.all()
        assert (await person.wizard.app.accounts.secret(account.id)).reveal() == CODE

    use(tmp_path, languages, walk, servers=Servers(), keys=Keys(absent=True))


def test_repairing_servers_checks_with_the_stored_secret(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        assert person.wizard.windowTitle() == "编辑服务器设置"
        assert person.step is Step.SERVERS
        form = person.wizard.current.form
        assert form.halves[Side.SEND].host.text() == "smtp.qq.com"
        form.halves[Side.SEND].security.setCurrentIndex(1)
        assert form.halves[Side.SEND].port.text() == "587"
        await person.next()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.outgoing.port == 587
        assert {login.secret.reveal() for _, login in servers.logins} == {"ponmlkjihgfedcba"}

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REPAIR,
        account=stored_account,
    )


def test_a_repair_that_meets_a_wrong_secret_goes_on_to_the_secret(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        servers.right = CODE
        person.wizard.current.form.halves[Side.SEND].security.setCurrentIndex(1)
        await person.next()
        await person.fail()
        person.click("重新输入授权码")
        await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
        assert person.step is Step.SECRET
        person.type(CODE)
        await person.next()
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.outgoing.port == 587
        assert (await person.wizard.app.accounts.secret(account.id)).reveal() == CODE
        assert "再添加一个" not in person.seen()

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REPAIR,
        account=stored_account,
    )


def test_what_was_just_refused_is_not_praised_and_typing_replaces_it(tmp_path, languages):
    servers = Servers(right="another")

    async def walk(person: Person) -> None:
        await fail(person)
        assert person.button("仍然保存").property("kind") != "primary"
        person.click("重新输入授权码")
        await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
        assert "刚才没有通过的就是这个授权码；请换一个。" in person.seen()
        assert "看起来是 QQ 邮箱的授权码 ✓" not in person.seen()
        QTest.keyClicks(person.wizard.focusWidget(), "another")
        assert "刚才没有通过的就是这个授权码；请换一个。" not in person.seen()
        await person.next()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=servers)


def test_the_old_secret_stays_until_the_new_one_is_good(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        servers.right = "another"
        person.wizard.current.take(CODE)
        await person.next()
        await person.fail()
        person.click("取消")
        person.wizard.findChild(QAbstractButton, "discard").click()
        [account] = await person.wizard.app.accounts.all()
        secret = await person.wizard.app.accounts.secret(account.id)
        assert secret.reveal() == "ponmlkjihgfedcba"

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REAUTHORIZE,
        account=stored_account,
    )


def test_a_double_click_on_retry_checks_once(tmp_path, languages):
    servers = Servers(fails=dict.fromkeys(Side, Evidence(Stage.CONNECT, Fault.TIMEOUT)))

    async def walk(person: Person) -> None:
        await fail(person)
        button = person.button("重新检测")
        QTest.mouseClick(button, LEFT)
        QTest.mouseClick(button, LEFT)
        await asyncio.sleep(0.05)  # a second check would have begun by now
        await person.fail()
        assert len(servers.logins) == 4

    use(tmp_path, languages, walk, servers=servers)


def _with_main_password(folder: Path) -> None:
    """A list that is kept under a main password, closed again."""

    async def make() -> None:
        app = await sample_app(folder)
        await app.accounts.vault.set_master_password(Secret("eins zwei drei"))
        await stored_account(app)
        await app.close()

    drive(make())


def test_a_locked_vault_is_unlocked_and_saved_without_a_second_login(tmp_path, languages):
    _with_main_password(tmp_path)

    async def walk(person: Person) -> None:
        await person.to_secret("wang@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        assert "请输入主密码" in person.seen()
        await until(lambda: person.wizard.focusWidget() is person.wizard.current.keeping.first)
        person.type("eins zwei vier")
        person.click("解锁并继续")
        await until(lambda: "主密码不正确。" in person.seen(), seconds=20)  # Argon2 is slow
        person.type("eins zwei drei")
        person.click("解锁并继续", twice=True)
        await person.reach(Step.DONE, seconds=20)
        assert len(person.wizard.app.checker.probe.logins) == 2
        assert len(await person.wizard.app.accounts.all()) == 2

    use(tmp_path, languages, walk, servers=Servers())


def test_a_stored_secret_behind_a_main_password_is_unlocked_and_then_checked(tmp_path, languages):
    _with_main_password(tmp_path)

    async def stored(app: App) -> Account:
        [account] = await app.accounts.all()
        return account

    async def walk(person: Person) -> None:
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        await until(lambda: person.wizard.focusWidget() is person.wizard.current.keeping.first)
        assert person.wizard.app.checker.probe.logins == []
        person.type("eins zwei drei")
        person.click("解锁并继续")
        await person.reach(Step.DONE, seconds=20)
        assert len(person.wizard.app.checker.probe.logins) == 2
        assert "正常" in person.seen()

    use(
        tmp_path,
        languages,
        walk,
        servers=Servers(),
        reason=Reason.REPAIR,
        account=stored,
    )


class SlowKeys(Keys):
    """A keychain that waits for a person's word."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = asyncio.Event()

    async def get(self, key_id: str) -> str | None:
        await self.allowed.wait()
        return await super().get(key_id)


def test_what_is_being_saved_cannot_be_left_half_way(tmp_path, languages):
    keys = SlowKeys()

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: "正在保存" in person.seen())
        assert not person.button("上一步").isEnabled()
        keys.allowed.set()
        await person.reach(Step.DONE)
        assert len(await person.wizard.app.accounts.all()) == 1
        assert len(person.wizard.app.checker.probe.logins) == 2

    use(tmp_path, languages, walk, servers=Servers(), keys=keys)


def test_a_stored_secret_goes_only_after_a_good_check(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.wizard.current.take("abcdefghijklmnop")
        await person.next()
        await person.fail()
        assert "仍然保存" not in person.seen()
        [account] = await person.wizard.app.accounts.all()
        assert (await person.wizard.app.accounts.secret(account.id)).reveal() == "ponmlkjihgfedcba"

    use(
        tmp_path,
        languages,
        walk,
        servers=Servers(right="ponmlkjihgfedcba"),
        reason=Reason.REAUTHORIZE,
        account=stored_account,
    )


@pytest.mark.parametrize(
    ("fails", "field"),
    [
        ({Side.SEND: Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND)}, "send_host"),
        ({Side.RECEIVE: Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND)}, "receive_host"),
        ({Side.SEND: Evidence(Stage.CONNECT, Fault.REFUSED)}, "send_port"),
    ],
)
def test_the_form_opens_at_what_is_wrong_and_says_why(tmp_path, languages, fails, field):
    servers = Servers()

    async def walk(person: Person) -> None:
        servers.fails = fails
        await person.next()
        await person.fail()
        [card] = person.wizard.current.cards
        meaning = card.findChild(QLabel, "failure_meaning").text()
        card.fix.click()
        await person.reach(Step.SERVERS)
        await until(lambda: person.wizard.focusWidget().objectName() == field)
        assert meaning in person.seen()
        servers.fails = {}
        await person.next()
        await person.reach(Step.DONE)
        assert person.wizard.led_by is None

    use(tmp_path, languages, walk, servers=servers, reason=Reason.REPAIR, account=stored_account)


def test_beside_a_known_correction_the_form_says_why_too(tmp_path, languages):
    """The card's own button corrects the server; the one beside it opens the form."""
    servers = Servers()

    async def walk(person: Person) -> None:
        seen = Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND, host="imap.qq.com")
        servers.fails = {Side.RECEIVE: seen}
        await person.next()
        await person.fail()
        page = person.wizard.current
        [(half, found)] = page.found.items()
        right = Endpoint(Protocol.IMAP, "mail.qq.com", 993, Security.TLS)
        page.found[half] = replace(found, suggestion=right)
        page.ways_out.show_beside(person.wizard.found)
        page.ways_out.servers.click()
        await person.reach(Step.SERVERS)
        assert any("没有名为 imap.qq.com 的服务器" in words for words in person.seen())

    use(tmp_path, languages, walk, servers=servers, reason=Reason.REPAIR, account=stored_account)
