"""The button of a row, for every fix: what it leads to in the window, and where that ends.

Microsoft's ways (switch_way, reauthorize) are in test_main_microsoft.py, the network's bar in
test_main_network.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QPushButton

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.model.problem import Certificate, Doubt, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.report import Leg, Report, Status
from laifaxin_desktop.model.route import DIRECT, Pin
from laifaxin_desktop.ui import actions as actions_module
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.account_wizards import is_about_app
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.wizard.window import SetupWizard

from .conftest import drive
from .sample_wizard import REFUSED, Servers, sample_app, stored_account, until

LEFT = Qt.MouseButton.LeftButton
MARK, OTHER = "ab" * 32, "cd" * 32
OWN = Certificate(
    ("mail.corp.example",),
    "CN=mail.corp.example",
    "CN=mail.corp.example",
    datetime(2025, 1, 1, tzinfo=UTC),
    datetime(2030, 1, 1, tzinfo=UTC),
    MARK,
    self_signed=True,
    doubts=(Doubt.SELF_SIGNED,),
)
SELF_SIGNED = Evidence(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=OWN)
SILENT = Evidence(Stage.CONNECT, Fault.TIMEOUT)
DOWN = Evidence(Stage.CONNECT, Fault.REFUSED)
ABNORMAL = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("NO",),
    reply="Login fail. Account is abnormal, service is not open, password is incorrect, login"
    " frequency limited, or system is busy.",
)
LOCKED = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("454", "4.7.0"),
    reply="454 4.7.0 Too many login attempts, try again in 15 minutes",
)
POLICY = Evidence(Stage.GREETING, Fault.REJECTED, codes=("554",), reply="554 access denied")
GARBLED = Evidence(Stage.GREETING, Fault.GARBLED)


@dataclass
class World(Servers):
    """Servers that let in whoever has made the exception for their certificate."""

    excepts: frozenset[str] = field(default_factory=lambda: frozenset({MARK}))
    held: asyncio.Event | None = None  # a closer look waits for it

    async def __call__(self, endpoint, login, observe, route=DIRECT):
        if login is None and self.held is not None:
            await self.held.wait()
        pin = route.pin_for(endpoint)
        seen = self.fails.get(endpoint.side)
        shown = seen.certificate if seen else None
        if pin is not None and shown is not None and pin.sha256 == shown.sha256:
            fine = replace(self, fails={s: e for s, e in self.fails.items() if s != endpoint.side})
            return await Servers.__call__(fine, endpoint, login, observe, route)
        return await super().__call__(endpoint, login, observe, route)


class Clerk:
    """Somebody at the list, who clicks what is visible and enabled, and counts."""

    def __init__(self, window: MainWindow, account_id: str, world: World) -> None:
        self.window, self.id, self.world, self.clicks = window, account_id, world, 0

    @property
    def row(self):
        """The account as the list has it."""
        return self.window.accounts.model.row(self.id)

    @property
    def fix(self) -> QPushButton:
        """The button of the pane that mends."""
        return self.window.accounts.pane._fix

    @property
    def wizard(self) -> SetupWizard | None:
        """The one that is open."""
        return next((w for w in self.window.findChildren(SetupWizard) if w.isVisible()), None)

    def dialog(self, name: str) -> QDialog | None:
        """An open dialog."""
        found = self.window.findChildren(QDialog, name)
        return next((one for one in found if one.isVisible()), None)

    def press(self, button: QAbstractButton) -> None:
        """One click."""
        assert (button.isVisible(), button.isEnabled()) == (True, True), button.text()
        self.clicks += 1
        QTest.mouseClick(button, LEFT)

    def say(self, name: str) -> None:
        """Click the visible button that a screen reader calls so."""
        found = self.window.findChildren(QAbstractButton)
        named = [b for b in found if b.isVisible() and b.accessibleName() == name]
        assert named, name
        self.press(named[-1])

    async def reach(self, step: Step) -> SetupWizard:
        """The wizard stands at this page."""

        def there() -> bool:
            page = self.wizard.current if self.wizard else None
            return page is not None and page.step is step

        await until(there)
        return self.wizard

    async def fine(self) -> None:
        """The list says 正常."""
        await until(lambda: self.row.status is Status.OK)

    async def certificate(self) -> QDialog:
        """The page of the certificate."""
        await until(lambda: self.dialog("certificate_dialog"))
        return self.dialog("certificate_dialog")


@asynccontextmanager
async def clerk(
    folder: Path,
    languages,
    world: World,
    spoil: Callable[[World], object],
    address: str = "li@qq.com",
    pins: tuple[Pin, ...] = (),
) -> AsyncIterator[Clerk]:
    """The window over one account that once worked, checked again after something went wrong."""
    app = await sample_app(folder, world)
    account = await stored_account(app, address)
    if pins:
        settings = account.settings
        for pin in pins:
            settings = settings.pinning(pin)
        account = replace(account, settings=settings)
        await app.accounts.save(account, None, None)
    spoil(world)
    world.logins.clear()
    window = MainWindow(app.places, languages)
    try:
        window.show()
        window.show_app(app)
        await until(lambda: window.accounts and window.accounts.model.row(account.id))
        await app.watch.check([account.id])
        made = Clerk(window, account.id, world)
        await until(lambda: made.row.diagnosis)
        world.logins.clear()
        window.accounts.table.select(account.id)
        yield made
    finally:
        for wizard in window.findChildren(SetupWizard):
            wizard.done(0)
        await window.finish()
        await loop.end_others()
        window.hide()
        window.deleteLater()
        await asyncio.sleep(0)
        await app.close()


def failing(seen: Evidence) -> Callable[[World], object]:
    """Both servers fail so."""
    return lambda world: world.fails.update(dict.fromkeys(Side, seen))


def said(dialog: QDialog) -> str:
    """Every word of a dialog."""
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


# ---- each fix, by the mouse, from a real failed check to its end ----


@pytest.mark.parametrize(("seen", "fix"), [(SILENT, Fix.RETRY), (LOCKED, Fix.WAIT)])
def test_checked_again_by_one_click_and_one_submission(tmp_path, languages, seen, fix):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(seen)) as person:
            assert person.row.diagnosis.fix is fix
            person.world.fails = {}
            person.press(person.fix)
            await person.fine()
            return len(person.world.logins), person.clicks

    assert drive(main()) == (2, 1)


def test_a_wrong_password_is_typed_anew(tmp_path, languages):
    def spoil(world):
        world.right = "abcdefghijklmnop"  # changed at the server

    async def main():
        async with clerk(tmp_path, languages, World(), spoil) as person:
            assert person.row.diagnosis.fix is Fix.EDIT_PASSWORD
            person.press(person.fix)
            wizard = await person.reach(Step.SECRET)
            await until(wizard.focusWidget)
            QTest.keyClicks(wizard.focusWidget(), "abcdefghijklmnop")
            await until(wizard.forward_button.isEnabled)
            person.press(wizard.forward_button)
            await person.reach(Step.DONE)
            person.say("完成")
            await person.fine()
            return person.clicks, len(person.world.logins)

    assert drive(main()) == (3, 2)


def test_a_port_that_is_blocked_is_corrected_and_checked_by_one_click(tmp_path, languages):
    def spoil(world):
        world.fails[Side.SEND] = SILENT
        world.works_at, world.known = frozenset({587}), frozenset({"smtp.qq.com"})

    async def main():
        async with clerk(tmp_path, languages, World(), spoil) as person:
            assert person.row.diagnosis.suggestion.port == 587
            assert "587" in person.fix.text()
            person.press(person.fix)
            await person.reach(Step.DONE)
            clicks = person.clicks
            person.say("完成")
            await person.fine()
            stored = await person.window.app.accounts.get(person.id)
            return clicks, str(stored.settings.outgoing), len(person.world.logins)

    assert drive(main()) == (1, "smtp.qq.com:587", 2)


def test_what_is_not_known_better_leads_to_the_form(tmp_path, languages):
    nowhere = Evidence(Stage.LOOKUP, Fault.BAD_HOST_NAME)

    async def main():
        async with clerk(tmp_path, languages, World(), failing(nowhere)) as person:
            assert person.row.diagnosis.fix is Fix.EDIT_SERVERS
            person.press(person.fix)
            await person.reach(Step.SERVERS)
            person.wizard.done(0)
            row, leg = person.row, person.row.report.legs[0]
            sender = replace(leg.diagnosis, fix=Fix.EDIT_SENDER)  # only a letter meets it
            report = replace(row.report, legs=(replace(leg, diagnosis=sender),))
            person.window.acts.mend(replace(row, report=report))
            await person.reach(Step.SERVERS)
            return person.clicks, person.world.logins

    assert drive(main()) == (1, [])


def test_steps_end_in_a_check(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(ABNORMAL)) as person:
            assert person.row.diagnosis.fix is Fix.OPEN_GUIDE
            person.press(person.fix)
            await until(lambda: person.dialog("guide_dialog"))
            person.world.fails = {}
            person.say("立即检测")
            await person.fine()
            return person.clicks, person.dialog("guide_dialog")

    assert drive(main()) == (2, None)


def test_the_provider_s_page_is_opened_and_nothing_is_submitted_behind_it(
    tmp_path, languages, monkeypatch
):
    unsafe = replace(REFUSED, codes=("NO", "EXAMINE"), reply="EXAMINE Unsafe Login. Please contact")
    opened = []
    monkeypatch.setattr(actions_module, "open_page", lambda url, _failed: opened.append(url))

    async def main():
        world, address = World(), "li@163.com"
        async with clerk(tmp_path, languages, world, failing(unsafe), address) as person:
            assert person.row.diagnosis.fix is Fix.OPEN_LINK
            person.press(person.fix)
            for active in (False, True):
                person.window.acts.on_return.turned_to(active=active)
            return person.row.diagnosis.link, person.window.app.watch.checking, world.logins

    link, checking, logins = drive(main())
    assert opened == [link]
    assert (checking, logins) == (frozenset(), [])


def test_after_the_network_s_own_page_it_is_checked_upon_return(tmp_path, languages, monkeypatch):
    opened = []
    monkeypatch.setattr(actions_module, "open_page", lambda url, _failed: opened.append(url))

    async def main():
        async with clerk(tmp_path, languages, World(), failing(SILENT)) as person:
            window, table = person.window, person.window.app.table
            found = table.diagnose(Evidence(Stage.GREETING, Fault.CAPTIVE_PORTAL, spoken="http"))
            leg = Leg(person.row.report.legs[0].endpoint, (), found)
            row = replace(person.row, report=replace(person.row.report, legs=(leg,)))
            person.world.fails = {}
            window.acts.mend(row)
            window.acts.on_return.turned_to(active=True)  # still here
            assert person.world.logins == []
            window.acts.on_return.turned_to(active=False)
            window.acts.on_return.turned_to(active=True)
            await person.fine()

    drive(main())
    assert opened == ["http://captive.apple.com/hotspot-detect.html"]


@pytest.mark.parametrize(("seen", "fix"), [(POLICY, Fix.ASK_ADMIN), (GARBLED, Fix.REPORT_BUG)])
def test_what_others_must_mend_is_copied_for_them(tmp_path, languages, seen, fix):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(seen)) as person:
            assert person.row.diagnosis.fix is fix
            QGuiApplication.clipboard().clear()
            person.press(person.fix)
            note = person.window.toast
            return QGuiApplication.clipboard().text(), note.words.text(), note.isVisible()

    copied, told, visible = drive(main())
    if fix is Fix.ASK_ADMIN:
        assert "imap.qq.com" in copied
        assert told == "已复制中文和英文的说明，可以发给管理员。"
    else:
        assert "problem: `garbled_reply`" in copied
        assert "li@qq.com" not in copied
        assert told == "已复制诊断信息，其中没有密码，地址已缩短。"
    assert visible


def test_a_link_that_is_known_no_more_is_no_dead_end(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(SILENT)) as person:
            leg = person.row.report.legs[0]
            stale = replace(leg.diagnosis, fix=Fix.OPEN_LINK, link="http://old.example/")
            report = replace(person.row.report, legs=(replace(leg, diagnosis=stale),))
            QGuiApplication.clipboard().clear()
            person.window.acts.mend(replace(person.row, report=report))
            return QGuiApplication.clipboard().text()

    assert "problem: `connection_timeout`" in drive(main())


def test_a_proxy_that_keeps_it_from_signing_in_is_no_matter_of_the_app(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(SILENT)) as person:
            table = person.window.app.table
            seen = Evidence(Stage.SIGN_IN, Fault.PROXY_LOGIN, proxy="proxy.corp.example:8080")
            app = Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=("AADSTS700016",))
            found = table.diagnose(seen), table.diagnose(app)
            leg = Leg(person.row.report.legs[0].endpoint, (), found[0])
            person.window.acts.mend(
                replace(person.row, report=replace(person.row.report, legs=(leg,)))
            )
            await person.reach(Step.SERVERS)
            return [(one.fix, is_about_app(one)) for one in found]

    assert drive(main()) == [(Fix.EDIT_SERVERS, False), (Fix.EDIT_SERVERS, True)]


# ---- certificates ----


@pytest.mark.parametrize("sides", [(Side.SEND,), tuple(Side)])
def test_an_exception_is_made_and_tried_in_two_clicks(tmp_path, languages, sides):
    def spoil(world):
        world.fails = dict.fromkeys(sides, SELF_SIGNED)

    async def main():
        async with clerk(tmp_path, languages, World(), spoil) as person:
            person.press(person.fix)
            page = await person.certificate()
            assert person.world.logins == []  # looking submits nothing
            assert "AB AB AB AB" in said(page)
            person.say("允许这张证书")
            await person.reach(Step.DONE)
            clicks = person.clicks
            person.say("完成")
            await person.fine()
            stored = await person.window.app.accounts.get(person.id)
            return clicks, {(pin.host, pin.sha256) for pin in stored.settings.pins}

    hosts = {Side.RECEIVE: "imap.qq.com", Side.SEND: "smtp.qq.com"}
    assert drive(main()) == (2, {(hosts[side], MARK) for side in sides})


def test_looking_at_a_certificate_and_leaving_changes_nothing(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(SELF_SIGNED)) as person:
            person.press(person.fix)
            page = await person.certificate()
            QTest.keyClick(page, Qt.Key.Key_Return)  # the way out is what Enter presses
            await until(lambda: person.dialog("certificate_dialog") is None)
            person.say("查看证书")  # the link under the words, too
            page = await person.certificate()
            QTest.keyClick(page, Qt.Key.Key_Escape)
            await until(lambda: person.dialog("certificate_dialog") is None)
            stored = await person.window.app.accounts.get(person.id)
            return person.wizard, stored.settings.pins, person.world.logins

    assert drive(main()) == (None, (), [])


def test_a_changed_certificate_shows_both_and_the_old_exception_can_go(tmp_path, languages):
    good = replace(OWN, doubts=(), self_signed=False, issuer="Example CA")
    seen = Evidence(Stage.TLS, Fault.CERTIFICATE_CHANGED, certificate=good, pinned=OTHER)
    pin = Pin("imap.qq.com", 993, OTHER)

    def spoil(world):
        world.fails = {Side.RECEIVE: replace(seen, host="imap.qq.com", port=993)}

    async def main():
        async with clerk(tmp_path, languages, World(), spoil, pins=(pin,)) as person:
            assert person.row.diagnosis.fix is Fix.SHOW_CERTIFICATE
            person.press(person.fix)
            page = await person.certificate()
            words = said(page)
            person.world.fails = {}
            person.say("撤销以前的允许")
            await person.reach(Step.DONE)
            stored = await person.window.app.accounts.get(person.id)
            return words, stored.settings.pins

    words, pins = drive(main())
    assert "CD CD CD CD" in words
    assert "AB AB AB AB" in words
    assert pins == ()


def test_behind_a_portal_that_other_accounts_see_nothing_is_excepted(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(SELF_SIGNED)) as person:
            app = person.window.app
            fails, person.world.fails = person.world.fails, {}
            other = await stored_account(app, "wang@qq.com")
            person.world.fails = fails
            found = app.table.diagnose(Evidence(Stage.GREETING, Fault.CAPTIVE_PORTAL))
            legs = tuple(Leg(end, (), found) for end in other.settings.endpoints())
            report = Report(other.address, datetime.now(UTC), 1, legs, other.id)
            await app.accounts.save_report(report, other.revision)
            person.window.acts.show_certificate(person.row)
            page = await person.certificate()
            buttons = [b.objectName() for b in page.findChildren(QAbstractButton) if b.isVisible()]
            return buttons, said(page)

    buttons, words = drive(main())
    assert "accept_certificate_button" not in buttons
    assert "网络要先登录" in words


def test_one_that_nobody_may_except_says_so(tmp_path, languages):
    old = replace(OWN, doubts=(Doubt.EXPIRED,), self_signed=False, issuer="Example CA")
    seen = Evidence(Stage.TLS, Fault.CERTIFICATE_EXPIRED, certificate=old)

    async def main():
        async with clerk(tmp_path, languages, World(), failing(seen)) as person:
            person.press(person.fix)
            page = await person.certificate()
            buttons = [b.objectName() for b in page.findChildren(QAbstractButton) if b.isVisible()]
            return buttons, said(page)

    buttons, words = drive(main())
    assert "accept_certificate_button" not in buttons
    assert "这样的证书不能允许" in words


# ---- by keyboard alone ----


def test_the_keyboard_comes_back_to_the_list_when_its_button_has_gone(tmp_path, languages):
    """Not to whatever stands beside it: the next Space would press that."""

    async def main():
        async with clerk(tmp_path, languages, World(), failing(SILENT)) as person:
            table = person.window.accounts.table
            table.setFocus()
            QTest.keyClick(table, Qt.Key.Key_Return)
            assert person.window.focusWidget() is person.fix
            person.world.fails = {}
            QTest.keyClick(person.fix, Qt.Key.Key_Space)
            await person.fine()
            return person.window.focusWidget() is table

    assert drive(main())


def test_after_the_wizard_the_keyboard_is_in_the_list(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(SELF_SIGNED)) as person:
            person.press(person.fix)
            await person.certificate()
            person.say("允许这张证书")
            await person.reach(Step.DONE)
            person.say("完成")
            await person.fine()
            return person.window.focusWidget() is person.window.accounts.table

    assert drive(main())


def test_a_server_that_is_down_is_waited_for_and_the_form_is_another_way(tmp_path, languages):
    """It worked until now: whoever is sent to the form spoils good settings."""

    async def main():
        async with clerk(tmp_path, languages, World(), failing(DOWN)) as person:
            pane = person.window.accounts.pane
            good = person.row.report.good_at.astimezone()
            first = person.row.status, person.fix.text(), pane._meaning.text()
            pane.more.ways.click()
            person.press(pane.more.servers)
            wizard = await person.reach(Step.SERVERS)
            wizard.done(0)
            person.world.fails = {}
            person.press(person.fix)
            await person.fine()
            return good, first

    good, (status, button, meaning) = drive(main())
    assert (status, button) == (Status.WAITING, "重新检测")
    assert f"{good:%Y-%m-%d %H:%M} 还是正常的" in meaning


# ---- what a running check says, and what is left alone ----


def test_the_button_is_about_what_the_pane_says_while_a_check_runs(tmp_path, languages):
    """The last report speaks of the network; the running check of the password."""

    async def main():
        async with clerk(tmp_path, languages, World(), failing(SILENT)) as person:
            world = person.world
            world.held = asyncio.Event()
            world.fails = {Side.RECEIVE: REFUSED, Side.SEND: SILENT}  # the second is looked into
            check = asyncio.create_task(person.window.app.watch.check([person.id]))
            pane = person.window.accounts.pane
            await until(lambda: pane._looking.isVisible() and person.fix.isEnabled())
            assert person.row.diagnosis.fix is Fix.RETRY
            person.press(person.fix)
            wizard = await person.reach(Step.SECRET)
            person.window.acts.copy_diagnostics(person.row)
            pane.more.copy.click()
            text = QGuiApplication.clipboard().text()
            wizard.done(0)
            world.held.set()
            await check
            return text

    text = drive(main())
    assert "status: checking" in text
    assert "problem: `wrong_app_password`" in text


def test_a_key_that_is_held_is_one_wish(tmp_path, languages):
    """A check hands in a password: a mailbox would be locked in the time a finger rests."""

    async def main():
        async with clerk(tmp_path, languages, World(), failing(REFUSED)) as person:
            keys = person.window.findChildren(QShortcut)
            [f5] = [one for one in keys if one.key().toString() == "F5"]
            QTest.keyClick(person.window.accounts.table, Qt.Key.Key_F5)
            await until(lambda: len(person.world.logins) == 2)
            return f5.autoRepeat()

    assert not drive(main())


def test_checking_all_leaves_a_locked_mailbox_alone_and_says_so(tmp_path, languages):
    async def main():
        async with clerk(tmp_path, languages, World(), failing(LOCKED)) as person:
            window, world = person.window, person.world
            window._check_all()
            told, first = window.toast.words.text(), (window.app.watch.checking, [*world.logins])
            world.fails = {}
            await stored_account(window.app, "wang@qq.com")
            window.rows.all_anew()
            await until(lambda: len(window.accounts.model.ids()) == 2)
            world.logins.clear()
            window._check_all()
            await until(lambda: len(world.logins) == 2)
            await until(lambda: not window.app.watch.checking)
            users = {login.username for _end, login in world.logins}
            later = window.app.checker.now() + timedelta(minutes=16)
            window.acts._app = replace(
                window.app, checker=replace(window.app.checker, now=lambda: later)
            )
            window._check_all()
            await person.fine()
            return told, first, users

    told, first, users = drive(main())
    assert told == "1 个邮箱被服务器暂时锁定，没有检测。"
    assert first == (frozenset(), [])
    assert users == {"wang@qq.com"}
