"""检查我的应用: one sign-in, line by line; closing it at any time leaves no task and no door."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from shiboken6 import isValid

from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.model.microsoft import Permission, SignIn
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.app_check_dialog import AppCheckDialog
from tests.engine.sign_in import CLIENT, SEGMENTS, ScriptedOAuth, refused

from .conftest import drive
from .person import LEFT
from .sample_sign_in import signed_account
from .sample_switch import Exchange
from .sample_wizard import sample_app, until

ADDRESS = "someone@outlook.com"
PUBLIC = SignIn(CLIENT)


@pytest.fixture(autouse=True)
def whole(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
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


class Platform(ScriptedOAuth):
    """Notes what it is given, and refuses codes where a test wants that."""

    code_fails = None

    def __init__(self, **more):
        super().__init__(**more)
        self.given = []

    @asynccontextmanager
    async def device(self, sign_in, permissions):
        if self.code_fails:
            raise self.code_fails
        async with super().device(sign_in, permissions) as flow:
            yield flow

    def browser(self, sign_in, permissions, *, hint="", client_secret=None):
        self.given.append((frozenset(permissions), hint, client_secret))
        return super().browser(sign_in, permissions)


@asynccontextmanager
async def dialog_of(folder, languages, oauth, app_of=PUBLIC):
    app = await sample_app(folder, Exchange(), oauth=oauth)
    account = await signed_account(app, ADDRESS, confidential=app_of.confidential)
    oauth.given.clear()
    draft = app.begin(Reason.REAUTHORIZE, account)
    parent = QWidget()
    parent.show()
    dialog = AppCheckDialog(app, languages, draft, app_of, parent)
    dialog.open()
    try:
        yield dialog, app, account
    finally:
        if isValid(dialog):
            dialog.reject()
        await loop.end_others()
        parent.deleteLater()
        await asyncio.sleep(0)
        await app.close()
        assert oauth.open == 0


def marks(dialog) -> str:
    shown = {"通过": "✓", "不通过": "✕", "还不知道": "–"}
    names = (row[1].accessibleName() for row in dialog.lines.rows.values())
    return "".join(shown[name.rpartition(": ")[2]] for name in names)


def said(dialog, name: str) -> str:
    return dialog.findChild(QLabel, name).text()


def test_an_app_in_order_is_said_to_be(tmp_path, languages, pages):
    oauth = Platform(identity=ADDRESS)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, app, account):
            before = await app.accounts.secret(account.id)
            await until(lambda: dialog.looking.url)
            assert marks(dialog) == "✓––––––––"  # a code was given for the id
            assert dialog.reopen.isVisible()
            oauth.come_back()
            await until(lambda: dialog.outcome)
            assert await app.accounts.secret(account.id) == before  # nothing is kept
            return marks(dialog), said(dialog, "app_check_now"), dialog.reopen.isVisible()

    assert drive(main()) == ("✓✓✓–✓✓✓✓✓", "应用没有问题。", False)
    assert len(pages) == 1
    assert oauth.given == [(frozenset(Permission), ADDRESS, None)]


def test_permissions_that_were_not_given_are_named_with_what_to_add(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.looking.url)
            oauth.granted = frozenset(SEGMENTS.values()) - {"smtp.send", "mail.readbasic"}
            oauth.come_back()
            await until(lambda: dialog.outcome)
            hints = [row[2].text() for row in dialog.lines.rows.values() if not row[2].isHidden()]
            return marks(dialog), hints, said(dialog, "app_check_now")

    shown, hints, sentence = drive(main())
    assert shown == "✓✓✓–✓✓✕✓✕"
    assert "SMTP.Send" in hints[1]
    assert "Mail.ReadBasic" in hints[2]
    assert sentence == "应用可以登录，但有权限没有得到。"


def test_an_id_that_is_unknown_opens_no_browser(tmp_path, languages, pages):
    oauth = Platform()
    oauth.code_fails = refused("AADSTS700016", "UNAUTHORIZED_CLIENT")

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.outcome)
            assert "AADSTS700016" in said(dialog, "app_check_said")
            first = marks(dialog)
            oauth.code_fails = None
            QTest.mouseClick(dialog.again, LEFT)
            await until(lambda: dialog.looking.url)
            return first, marks(dialog)

    assert drive(main()) == ("✕––––––––", "✓––––––––")
    assert len(pages) == 1


def test_codes_may_be_forbidden_for_an_app_that_is_in_order(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)
    oauth.code_fails = refused("AADSTS7000218", "INVALID_CLIENT")

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.looking.url)
            oauth.come_back()
            await until(lambda: dialog.outcome)
            return marks(dialog)

    assert drive(main()) == "✓✓✓–✓✓✓✓✓"


def test_a_number_that_only_the_browser_shows_tells_as_much(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.code.isVisible())
            QTest.keyClicks(dialog.code, "AADSTS50011")
            shown = marks(dialog)
            hint = dialog.lines.rows["platform"][2].text()
            oauth.come_back(refused("AADSTS65004", "ACCESS_DENIED"))
            await until(lambda: not dialog.looking.running)
            return shown, hint, marks(dialog)

    shown, hint, after = drive(main())
    assert shown == after == "✓✕–––––––"
    assert "http://localhost" in hint


def test_the_stored_secret_of_the_app_is_tried_and_found_to_have_ended(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)

    async def main():
        web = replace(PUBLIC, confidential=True)
        async with dialog_of(tmp_path, languages, oauth, web) as (dialog, app, account):
            await until(lambda: dialog.looking.url)
            oauth.come_back(refused("AADSTS7000222", "INVALID_CLIENT"))
            await until(lambda: dialog.outcome)
            stored = await app.accounts.secret(account.id)
            return marks(dialog), oauth.given[-1][2] == stored

    assert drive(main()) == ("✓✓✓✕–––––", True)


@pytest.mark.parametrize("wait", [0, 1, 2, 5, 20])
def test_closing_it_at_any_time_leaves_nothing_behind(tmp_path, languages, wait):
    oauth = Platform(identity=ADDRESS)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            for _ in range(wait):
                await asyncio.sleep(0)
            task = dialog.looking.task
            QTest.mouseClick(dialog.close_it, LEFT)
            await until(lambda: task is None or task.done())
            return oauth.open

    assert drive(main()) == 0


def test_looking_again_waits_until_the_door_has_closed(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.looking.url)
            dialog.start()
            dialog.start()
            await until(lambda: dialog.looking.url)
            assert oauth.open == 1
            QTest.mouseClick(dialog.copy, LEFT)
            return QGuiApplication.clipboard().text() == dialog.looking.url

    assert drive(main())


def test_it_speaks_english(tmp_path, languages):
    oauth = Platform(identity=ADDRESS)
    languages.switch(Language.EN)

    async def main():
        async with dialog_of(tmp_path, languages, oauth) as (dialog, *_):
            await until(lambda: dialog.looking.url)
            texts = [label.text() for label in dialog.findChildren(QLabel)]
            return [
                text for text in texts if any("\u4e00" <= letter <= "\u9fff" for letter in text)
            ]

    assert drive(main()) == []


def test_the_list_s_menu_opens_it_for_an_app_of_one_s_own_only(tmp_path, languages):
    from .test_main_microsoft import menu_of, window_of

    async def own(app):
        return await signed_account(app, ADDRESS, client_id=CLIENT.replace("1", "9"))

    async def main():
        async with window_of(tmp_path / "own", languages, own) as (window, account):
            menu_of(window, account)["检查我的应用…"].trigger()
            opened = len(window.findChildren(AppCheckDialog))
            window.findChildren(AppCheckDialog)[0].reject()
        async with window_of(tmp_path / "ours", languages, signed_account) as (window, account):
            return opened, "检查我的应用…" in menu_of(window, account)

    assert drive(main()) == (1, False)
