"""Microsoft accounts in the list: mended by a row's own button, disconnected, renewed in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason, Step, with_graph, with_way
from laifaxin_desktop.engine.setup import first_step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Side
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.keychain import vault_error
from laifaxin_desktop.ui import browser, loop, theme
from laifaxin_desktop.ui.account_wizards import with_suggestion
from laifaxin_desktop.ui.app_secret_expiry import ExpiryWords, days_left, today
from laifaxin_desktop.ui.cell_words import Column
from laifaxin_desktop.ui.diagnostics import markdown
from laifaxin_desktop.ui.guide_dialog import GuideDialog
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.revoke_dialog import RevokeDialog
from laifaxin_desktop.ui.wizard.cloud_dialog import CloudDialog
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import CLIENT, ScriptedOAuth, refused

from .conftest import RESOURCES, drive
from .person import LEFT, Person
from .sample_sign_in import signed_account
from .sample_switch import NO_PASSWORDS, NOT_CONNECTED, SMTP_OFF, Exchange, password_account
from .sample_wizard import PRESET, contoso_mx, sample_app, until

ADDRESS, WORK = "someone@outlook.com", "li@contoso.cn"
SOON = today() + timedelta(days=29)


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


@pytest.fixture(autouse=True)
def pages(monkeypatch):
    """The pages that a browser was told to open; none opens."""
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: opened.append(url))
    return opened


@asynccontextmanager
async def window_of(
    folder,
    languages,
    make: Callable[[App], Awaitable[Account]],
    *,
    checked: bool = True,
    off: dict[Protocol, Evidence] | None = None,
    **parts,
) -> AsyncIterator[tuple[MainWindow, Account]]:
    """The main window over one account, which is checked once; `off` begins after it was made."""
    servers = parts.setdefault("servers", Exchange())
    parts.setdefault("oauth", ScriptedOAuth(identity=ADDRESS))
    parts.setdefault("preset", PRESET)
    app = await sample_app(folder, **parts)
    account = await make(app)
    servers.off.update(off or {})
    window = MainWindow(app.places, languages)
    try:
        window.show()
        window.show_app(app)
        await until(lambda: window.accounts.model.ids())
        if checked:
            await app.watch.check([account.id])
            now = (await app.accounts.reports())[account.id]
            await until(lambda: window.accounts.model.row(account.id).report == now)
        window.accounts.table.select(account.id)
        yield window, account
    finally:
        for wizard in window.findChildren(SetupWizard):
            wizard.done(0)
        await window.finish()
        await loop.end_others()
        window.hide()
        window.deleteLater()
        await asyncio.sleep(0)
        await app.close()


def row_of(window: MainWindow, account: Account):
    return window.accounts.model.row(account.id)


def fix(window: MainWindow) -> QPushButton:
    return window.accounts.pane.findChild(QPushButton, "fix_button")


def menu_of(window: MainWindow, account: Account) -> dict[str, object]:
    menu = window.acts.menu([row_of(window, account)], QPoint(0, 0))
    found = {action.text(): action for action in menu.actions() if not action.isSeparator()}
    menu.close()
    return found


async def wizard_of(window: MainWindow) -> Person:
    await until(lambda: any(w.isVisible() for w in window.findChildren(SetupWizard)))
    return Person(next(w for w in window.findChildren(SetupWizard) if w.isVisible()))


async def come_back(person: Person, oauth: ScriptedOAuth) -> None:
    await person.reach(Step.SIGN_IN)
    await until(lambda: person.wizard.current.signing.url)
    oauth.come_back()


async def at_work(app: App) -> Account:
    app.oauth.identity = WORK
    return await signed_account(app, WORK)


def test_the_cells_say_how_it_signs_in_and_by_what_it_sends(tmp_path, languages):
    async def main():
        async with window_of(tmp_path, languages, signed_account) as (window, account):
            index = window.accounts.model.index_of(account.id)
            cells = [index.siblingAtColumn(column).data() for column in Column]
            meaning = window.accounts.pane._meaning.text()
            lines = [one.accessibleName() for one in window.accounts.pane._legs.lines.values()]
            return cells, meaning, lines

    cells, meaning, (receive, send) = drive(main())
    assert cells[Column.STATUS] == "正常"
    assert cells[Column.RECEIVE] == "IMAP 正常"
    assert cells[Column.SEND] == "Graph 正常"
    assert cells[Column.WAY] == "微软登录"
    assert meaning == "收信已用微软登录真实成功；微软已确认可以用 Graph 发信。"
    assert receive.startswith("收信 IMAP: 取得授权 通过")
    assert send.startswith("发信 Graph: 取得授权 通过")


def test_what_was_revoked_is_mended_in_place_by_two_clicks_and_the_browser(
    tmp_path, languages, pages
):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def main():
        async with window_of(tmp_path, languages, signed_account, checked=False, oauth=oauth) as (
            window,
            account,
        ):
            oauth.fails = [refused()] * 2
            await window.app.watch.check([account.id])
            await until(lambda: row_of(window, account).diagnosis)
            index = window.accounts.model.index_of(account.id)
            status = index.siblingAtColumn(Column.STATUS).data()
            code = window.accounts.pane.findChild(QLabel, "detail_code").text()
            QTest.mouseClick(fix(window), LEFT)
            person = await wizard_of(window)
            await come_back(person, oauth)
            await person.reach(Step.DONE)
            person.click("完成")
            await until(lambda: row_of(window, account).settled is Status.OK)
            assert len(window.accounts.model.ids()) == 1
            assert row_of(window, account).account.settings == account.settings
            return status, code, person.clicks

    status, code, clicks = drive(main())
    assert status == "需要重新授权"
    assert code == "微软的错误编号：AADSTS50173"
    assert clicks + 1 <= 3
    assert len(pages) == 1


def test_smtp_that_is_off_gives_way_to_graph_by_the_row_s_own_button(tmp_path, languages, pages):
    async def main():
        off = {Protocol.SMTP: SMTP_OFF}
        async with window_of(tmp_path, languages, at_work, off=off, mx=contoso_mx) as (
            window,
            account,
        ):
            assert row_of(window, account).settled is Status.RECEIVE_ONLY
            assert fix(window).text() == "改用 Graph 发信"
            QTest.mouseClick(fix(window), LEFT)
            person = await wizard_of(window)
            await person.reach(Step.DONE)
            person.click("完成")
            await until(lambda: row_of(window, account).settled is Status.OK)
            return row_of(window, account).account.settings, person.clicks

    settings, clicks = drive(main())
    assert settings.outgoing.protocol is Protocol.GRAPH
    assert settings.incoming.protocol is Protocol.IMAP
    assert clicks + 1 == 2
    assert pages == []  # with the sign-in there was


def test_where_graph_may_not_send_either_the_wizard_says_so_and_keeps_the_account(
    tmp_path, languages
):
    async def main():
        off = {Protocol.SMTP: SMTP_OFF, Protocol.GRAPH: NOT_CONNECTED}
        async with window_of(tmp_path, languages, at_work, off=off, mx=contoso_mx) as (
            window,
            account,
        ):
            QTest.mouseClick(fix(window), LEFT)
            person = await wizard_of(window)
            await person.reach(Step.CHECK)
            await person.fail()
            person.click("取消")
            await until(lambda: not person.wizard.isVisible() or person.wizard.asking)
            return await window.app.accounts.get(account.id)

    assert drive(main()).settings.outgoing.protocol is Protocol.SMTP


async def refused_password(app: App) -> Account:
    """A password that worked when it was stored."""
    servers = app.checker.probe
    servers.passwords.clear()
    account = await password_account(app)
    servers.passwords.update(dict.fromkeys(Protocol, NO_PASSWORDS))
    return account


def test_a_password_that_has_ended_gives_way_to_microsoft_in_one_click(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def main():
        async with window_of(tmp_path, languages, refused_password, oauth=oauth) as (
            window,
            account,
        ):
            assert row_of(window, account).diagnosis.problem == "basic_auth_disabled"
            assert fix(window).text() == "改用微软登录"
            QTest.mouseClick(fix(window), LEFT)
            person = await wizard_of(window)
            assert person.step is Step.SIGN_IN
            await come_back(person, oauth)
            await person.reach(Step.DONE)
            person.click("完成")
            await until(lambda: row_of(window, account).settled is Status.OK)
            assert list(window.accounts.model.ids()) == [account.id]
            return row_of(window, account).account.settings

    assert drive(main()).auth is AuthWay.MICROSOFT


def test_signing_in_again_by_a_way_that_has_ended_begins_with_the_choice(tmp_path, languages):
    async def main():
        async with window_of(tmp_path, languages, refused_password) as (window, account):
            menu_of(window, account)["重新授权…"].trigger()
            person = await wizard_of(window)
            step = person.step
            person.wizard.done(0)
            menu_of(window, account)["换一种登录方式…"].trigger()
            return step, (await wizard_of(window)).step

    assert drive(main()) == (Step.WAY, Step.WAY)


def test_removing_the_connection_asks_keeps_the_account_and_shows_where_microsoft_forgets(
    tmp_path, languages, pages
):
    async def main():
        async with window_of(tmp_path, languages, signed_account) as (window, account):
            app = window.app

            def ask() -> RevokeDialog:
                menu_of(window, account)["移除连接…"].trigger()
                return window.findChildren(RevokeDialog)[-1]

            dialog = ask()
            assert dialog.title.text() == f"移除 {ADDRESS} 的连接？"
            QTest.mouseClick(dialog.close_it, LEFT)
            assert await app.accounts.secret(account.id)
            dialog = ask()
            QTest.mouseClick(dialog.remove, LEFT)
            await until(dialog.page.isVisible)
            with pytest.raises(MailError) as gone:
                await app.accounts.secret(account.id)
            await until(lambda: row_of(window, account).diagnosis)
            QTest.mouseClick(dialog.page, LEFT)
            QTest.mouseClick(dialog.steps, LEFT)
            guide = dialog.findChild(GuideDialog)
            assert guide.windowTitle() == "收回授权"
            assert not guide.again.isVisible()
            index = window.accounts.model.index_of(account.id)
            status = index.siblingAtColumn(Column.STATUS).data()
            kept = await app.accounts.get(account.id)
            dialog.reject()
            return gone.value.evidence.fault, status, fix(window).text(), kept.settings

    fault, status, button, settings = drive(main())
    assert fault is Fault.MISSING
    assert status == "需要重新授权"
    assert button == "重新授权"
    assert settings.sign_in.identity == ADDRESS
    assert pages == ["https://account.live.com/consent/Manage"]


def test_a_connection_that_cannot_be_removed_is_said_to_be_there(tmp_path, languages, monkeypatch):
    async def fail(self, account_id):
        raise vault_error(Fault.LOCKED, "busy")

    async def main():
        async with window_of(tmp_path, languages, signed_account) as (window, account):
            monkeypatch.setattr(AccountStore, "forget_secret", fail)
            menu_of(window, account)["移除连接…"].trigger()
            dialog = window.findChildren(RevokeDialog)[-1]
            QTest.mouseClick(dialog.remove, LEFT)
            wrong = dialog.findChild(QLabel, "revoke_wrong")
            await until(wrong.isVisible)
            assert dialog.remove.isEnabled()
            dialog.reject()
            return dialog.title.text()

    assert drive(main()).startswith("移除")


def test_a_work_account_takes_consent_back_at_its_cloud(tmp_path, languages, pages):
    async def main():
        async with window_of(tmp_path, languages, at_work, mx=contoso_mx) as (window, account):
            menu_of(window, account)["移除连接…"].trigger()
            dialog = window.findChildren(RevokeDialog)[-1]
            QTest.mouseClick(dialog.remove, LEFT)
            await until(dialog.page.isVisible)
            QTest.mouseClick(dialog.page, LEFT)
            dialog.reject()

    drive(main())
    assert pages == ["https://myapps.microsoft.com/"]


def test_the_note_for_an_administrator_is_in_pane_and_menu(tmp_path, languages):
    async def main():
        off = {Protocol.SMTP: SMTP_OFF}
        async with window_of(tmp_path, languages, at_work, off=off, mx=contoso_mx) as (
            window,
            account,
        ):
            note = window.accounts.pane.findChild(QPushButton, "copy_note_button")
            assert note.isVisible()
            QTest.mouseClick(note, LEFT)
            copied = QGuiApplication.clipboard().text()
            QGuiApplication.clipboard().clear()
            menu_of(window, account)["复制给管理员的说明"].trigger()
            return copied, QGuiApplication.clipboard().text()

    by_pane, by_menu = drive(main())
    assert by_pane == by_menu
    assert by_pane.count(f"Set-CASMailbox -Identity '{WORK}'") == 2


def test_diagnostics_name_the_app_shortly_and_no_address_nor_token(tmp_path, languages):
    oauth = ScriptedOAuth(identity="boss.of.all@contoso.cn")
    said = replace(
        NOT_CONNECTED, reply="User is authenticated but not connected: boss.of.all@contoso.cn"
    )

    async def main():
        off = {Protocol.IMAP: said}
        async with window_of(tmp_path, languages, signed_account, off=off, oauth=oauth) as (
            window,
            account,
        ):
            secret = await window.app.accounts.secret(account.id)
            meaning = window.accounts.pane._meaning.text()
            return markdown(row_of(window, account)), secret.reveal(), meaning

    told, secret, meaning = drive(main())
    assert "boss.of.all@contoso.cn" in meaning
    assert ADDRESS in meaning
    assert "cloud: worldwide; tenant: common; app: 11111111…, public" in told
    assert "granted: imap.accessasuser.all" in told
    assert "signed in as b***@contoso.cn for s***@outlook.com" in told
    for kept in ("boss.of.all", ADDRESS, CLIENT, secret, "refresh-", "access-"):
        assert kept not in told


def test_diagnostics_carry_microsofts_number(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)

    async def main():
        async with window_of(tmp_path, languages, signed_account, checked=False, oauth=oauth) as (
            window,
            account,
        ):
            oauth.fails = [refused("AADSTS700082")] * 2
            await window.app.watch.check([account.id])
            await until(lambda: row_of(window, account).diagnosis)
            return markdown(row_of(window, account))

    assert "codes INVALID_GRANT AADSTS700082" in drive(main())


async def with_app_secret(app: App) -> Account:
    return await signed_account(app, ADDRESS, confidential=True, secret_expires=SOON)


def test_a_secret_that_ends_soon_is_said_with_the_way_to_a_new_one(tmp_path, languages):
    sentence = f"应用的客户端密码将于 {SOON} 到期（还有 29 天）"

    async def main():
        async with window_of(tmp_path, languages, with_app_secret) as (window, account):
            bar = window.bars.expiry
            await until(bar.isVisible)
            assert sentence in bar.words.text()
            index = window.accounts.model.index_of(account.id)
            link = index.siblingAtColumn(Column.FIX).data()
            assert index.siblingAtColumn(Column.STATUS).data() == "正常"
            said = window.accounts.pane.findChild(QLabel, "detail_expiry")
            assert said.isVisible()
            assert said.text() == sentence
            QTest.mouseClick(bar.heard, LEFT)
            assert not bar.isVisible()
            QTest.mouseClick(fix(window), LEFT)
            person = await wizard_of(window)
            step, button = person.step, fix(window).text()
            assert person.wizard.current.form.secret.box.isChecked()
            person.wizard.done(0)
            key = "app_secrets_told"
            while not (told := await window.app.accounts.state(key)):
                await asyncio.sleep(0.01)  # it is written in the background
            return link, button, step, told, account.id

    link, button, step, told, account_id = drive(main())
    assert link == button == "更换客户端密码"
    assert step is Step.APP
    assert told == {account_id: SOON.isoformat()}


def test_what_was_said_once_is_not_said_again(tmp_path, languages):
    async def put(app: App) -> Account:
        account = await with_app_secret(app)
        await app.accounts.set_state("app_secrets_told", {account.id: SOON.isoformat()})
        return account

    async def main():
        async with window_of(tmp_path, languages, put) as (window, _account):
            await until(lambda: window.bars.expiry._told)
            await asyncio.sleep(0.05)  # it would have come by now
            return window.bars.expiry.isVisible()

    assert drive(main()) is False


@pytest.mark.parametrize(
    ("days", "english"),
    [
        (1, "in 1 day)"),
        (30, "in 30 days)"),
        (0, "expires today"),
        (-2, "expired on"),
        (31, None),
    ],
)
def test_thirty_days_ahead_and_not_before(tmp_path, languages, days, english):
    async def main():
        app = await sample_app(tmp_path, Exchange(), oauth=ScriptedOAuth(identity=ADDRESS))
        when = today() + timedelta(days=days)
        account = await signed_account(app, ADDRESS, confidential=True, secret_expires=when)
        public = replace(account.settings.sign_in, confidential=False)
        bare = replace(account, settings=replace(account.settings, sign_in=public))
        assert days_left(bare, today()) is None
        languages.switch(Language.EN)
        said = ExpiryWords().sentence(account, today())
        await app.close()
        return days_left(account, today()), said

    left, said = drive(main())
    assert left == (days if english else None)
    assert (english or "") in said
    assert bool(said) is bool(english)


def test_a_failed_check_of_an_app_leads_to_its_page(tmp_path, languages):
    oauth = ScriptedOAuth(identity=ADDRESS)
    gone = MailError(
        Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=("UNAUTHORIZED_CLIENT", "AADSTS700016"))
    )

    async def main():
        async with window_of(tmp_path, languages, signed_account, checked=False, oauth=oauth) as (
            window,
            account,
        ):
            oauth.fails = [gone, gone]
            await window.app.watch.check([account.id])
            await until(lambda: row_of(window, account).diagnosis)
            QTest.mouseClick(fix(window), LEFT)
            return (await wizard_of(window)).step

    assert drive(main()) is Step.APP


def test_editing_servers_of_a_signed_in_account_offers_graph(tmp_path, languages):
    async def main():
        async with window_of(tmp_path, languages, at_work, mx=contoso_mx) as (window, account):
            menu_of(window, account)["编辑服务器设置…"].trigger()
            person = await wizard_of(window)
            half = person.wizard.current.form.halves[Side.SEND].protocol
            half.setCurrentIndex(half.findData(Protocol.GRAPH))
            await person.next()
            await person.reach(Step.DONE)
            stored = await window.app.accounts.get(account.id)
            report = (await window.app.accounts.reports())[account.id]
            return stored.settings, status_of(report)

    settings, status = drive(main())
    assert settings.outgoing.protocol is Protocol.GRAPH
    assert settings.sign_in is not None
    assert status is Status.OK


def test_a_suggested_graph_is_never_put_into_a_password_s_form(tmp_path, languages):
    async def main():
        async with window_of(tmp_path, languages, refused_password) as (window, account):
            row = row_of(window, account)
            draft = window.app.begin(Reason.REAUTHORIZE, account)
            signed = with_way(draft, AuthWay.MICROSOFT)
            graph = with_graph(signed, Side.SEND).settings.outgoing
            legs = tuple(
                replace(leg, diagnosis=replace(row.diagnosis, suggestion=graph))
                for leg in row.report.legs
            )
            changed = replace(row, report=replace(row.report, legs=legs))
            assert first_step(draft) is Step.SECRET
            return with_suggestion(changed).settings == account.settings

    assert drive(main()) is True


@pytest.mark.parametrize("scale", ["1", "2"])
def test_no_word_of_the_dialogs_is_clipped(dressed, tmp_path, languages, monkeypatch, scale):
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", scale)
    theme.dress(dressed, RESOURCES)
    languages.switch(Language.EN)

    def clipped(dialog) -> list[str]:
        labels = [label for label in dialog.findChildren(QLabel) if label.isVisible()]
        wrapped = [label for label in labels if label.wordWrap() and label.text()]
        return [w.text() for w in wrapped if w.height() < w.heightForWidth(w.width())]

    async def main():
        async with window_of(tmp_path, languages, at_work, mx=contoso_mx) as (window, account):
            row, found = row_of(window, account), []
            revoke = RevokeDialog(window.app, languages, row, window)
            clouds = window.app.clouds.all
            cloud = CloudDialog(clouds, clouds[0], Language.EN, window)
            for dialog in (revoke, cloud):
                dialog.open()
                await asyncio.sleep(0.05)  # layouts settle
                found += clipped(dialog)
            revoke.remove.click()
            await until(revoke.page.isVisible)
            await asyncio.sleep(0.05)  # layouts settle
            found += clipped(revoke)
            for dialog in (revoke, cloud):
                dialog.reject()
            return found

    try:
        assert drive(main()) == []
    finally:
        monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
        theme.dress(dressed, RESOURCES)


def test_deleting_says_that_the_sign_in_goes_too(tmp_path, languages):
    async def main():
        async with window_of(tmp_path, languages, signed_account) as (window, account):
            window.bars.delete.ask([row_of(window, account)])
            asked = window.bars.delete.words.text()
            QTest.mouseClick(window.bars.delete._delete, LEFT)
            told = window.toast.words.text()
            window.deletions.undo()
            return asked, told

    asked, told = drive(main())
    assert asked == f"删除 {ADDRESS}？邮箱和保存的微软登录都会从这台电脑上删除。"
    assert told == f"已删除 {ADDRESS} 和保存的微软登录。"
