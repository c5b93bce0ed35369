"""The bar over the list when secrets cannot be had: what a choice leads to, what a failure says."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from laifaxin_desktop.app import open_app
from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.problem import Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.report import Leg, Report, Status
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.fault import StoreError, StoreFault
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.main_password import LEAST, MainPasswordDialog
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.wizard.sign_in import Phase
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import ScriptedOAuth

from .conftest import RESOURCES, drive, main_window, until
from .person import Person
from .sample_sign_in import signed_account
from .sample_wizard import Keys, sample_app, stored_account

LEFT = Qt.MouseButton.LeftButton


@asynccontextmanager
async def without_keychain(folder, languages):
    """The window over one account that was sealed while there was a keychain."""
    before = await sample_app(folder)
    account = await stored_account(before)
    await before.close()
    app = await sample_app(folder, keys=Keys(absent=True))
    window = MainWindow(app.places, languages)
    try:
        window.show()
        window.show_app(app)
        await until(lambda: window.accounts.model.row(account.id))
        await app.watch.at_start()
        await until(window.bars.vault.isVisible)
        yield window, account.id
    finally:
        await window.finish()
        await loop.end_others()
        window.hide()
        window.deleteLater()
        await app.close()


def test_without_a_keychain_a_choice_leads_to_typing_the_password_anew(tmp_path, languages):
    async def main():
        async with without_keychain(tmp_path, languages) as (window, account):
            row = window.accounts.model.row
            before = row(account).diagnosis
            QTest.mouseClick(window.bars.vault.memory, LEFT)
            await until(lambda: row(account).diagnosis.problem != before.problem)
            told = window.toast.words.text()
            return before, row(account).diagnosis, window.bars.vault.isVisible(), told

    before, after, bar, told = drive(main())
    assert before.problem == "no_vault"
    assert after.fix is Fix.EDIT_PASSWORD
    assert not bar
    assert told == "请重新输入这些邮箱的密码，或等钥匙串恢复。"


def test_a_main_password_that_cannot_be_set_says_why(tmp_path, languages, monkeypatch):
    async def main():
        async with without_keychain(tmp_path, languages) as (window, _account):
            vault = window.app.accounts.vault

            async def full(_password):
                raise StoreError(StoreFault.FULL, tmp_path / "accounts.db")

            monkeypatch.setattr(vault, "set_master_password", full)
            window.bars.vault._set_password(Secret("long enough"))
            asked = window.bars.vault.words.text()
            await until(lambda: window.bars.vault.words.text() != asked)
            return window.bars.vault.words.text(), window.bars.vault.isVisible(), window.app

    said, bar, app = drive(main())
    path = str(tmp_path / "accounts.db")
    assert said == app.words(f"store.{StoreFault.FULL}").fill({"path": path}).zh_CN
    assert bar


def test_a_vault_that_cannot_be_asked_accuses_no_password(tmp_path, languages, monkeypatch):
    async def main():
        async with without_keychain(tmp_path, languages) as (window, _account):
            bar, vault = window.bars.vault, window.app.accounts.vault

            async def busy(_password):
                raise StoreError(StoreFault.LOCKED, tmp_path / "accounts.db")

            monkeypatch.setattr(vault, "unlock", busy)
            bar._want = "main_password"
            bar.retranslate()
            bar.field.setText("the right one")
            asked = bar.words.text()
            QTest.mouseClick(bar.unlock, LEFT)
            await until(lambda: bar.words.text() != asked)
            return bar.words.text(), bar.field.text(), bar.unlock.isEnabled()

    said, typed, again = drive(main())
    assert "主密码不正确" not in said
    assert (typed, again) == ("the right one", True)


def test_a_short_main_password_is_not_taken(dressed, qtbot):
    dialog = MainPasswordDialog()
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    take = dialog.findChild(QPushButton, "accept_main_password_button")
    for text in ("1", "x" * (LEAST - 1)):
        dialog.first.setText(text)
        dialog.second.setText(text)
        assert not take.isEnabled()
        assert dialog.hint.text() == "至少 8 个字符。"
    for field in (dialog.first, dialog.second):
        field.setText("x" * LEAST)
    assert take.isEnabled()
    assert dialog.hint.text() == ""


def test_a_sign_in_that_needs_the_apps_secret_asks_for_the_main_password(
    tmp_path, languages, monkeypatch
):
    """The window's bar is out of reach while the wizard is open."""
    monkeypatch.setattr(browser, "open_page", lambda _url, failed=None: None)

    async def main():
        before = await sample_app(tmp_path, keys=Keys(absent=True), oauth=ScriptedOAuth())
        await before.accounts.vault.set_master_password(Secret("correct horse"))
        account = await signed_account(before, confidential=True)
        await before.close()
        oauth = ScriptedOAuth()
        app = await sample_app(tmp_path, keys=Keys(absent=True), oauth=oauth)
        wizard = SetupWizard(app, languages, Reason.REAUTHORIZE, account)
        wizard.show()
        try:
            person = Person(wizard)
            await person.reach(Step.SIGN_IN)
            page = wizard.current
            await until(page.keeping.isVisible)
            assert page.card is None
            await until(lambda: wizard.focusWidget() is page.keeping.first)
            person.type("wrong horse")
            person.click("解锁并继续")
            await until(lambda: "主密码不正确。" in person.seen())
            person.type("correct horse")
            person.click("解锁并继续")
            await until(lambda: page.signing.url)
            return page.keeping.isVisible(), page.phase
        finally:
            wizard.done(0)
            await loop.end_others()
            await app.close()

    assert drive(main()) == (False, Phase.RUNNING)


def test_before_the_main_password_is_typed_nothing_is_checked_and_nothing_forgotten(
    tmp_path, languages, samples
):
    async def put(app):
        await app.accounts.vault.set_master_password(Secret("correct horse"))
        account = samples.sample_account(app, "a1", "li@qq.com", "qq", datetime.now(UTC))
        legs = tuple(Leg(end) for end in account.settings.endpoints())
        report = Report(account.address, datetime.now(UTC), 1, legs, account.id)
        await app.accounts.save(account, Secret("hunter2"), report)
        await app.close()

    async def main():
        places = Places(RESOURCES, tmp_path / "data", tmp_path / "config", tmp_path / "logs")
        await put(await open_app(places))
        async with main_window(tmp_path, languages) as window:
            bar, model, checked = window.bars.vault, window.accounts.model, []
            await until(bar.isVisible)
            await window.check_at_start()
            QTest.mouseClick(window.toolbar.check_all, LEFT)
            await until(window.toast.isVisible)
            before = window.app.watch.checking, model.row("a1").status
            told, field = window.toast.words.text(), window.focusWidget() is bar.field

            async def check(ids):
                checked.extend(ids)

            window.app.watch.check = check
            bar.field.setText("correct horse")
            QTest.keyClick(bar.field, Qt.Key.Key_Return)
            await until(lambda: checked)
            return before, told, field, checked

    before, told, field, checked = drive(main())
    assert before == (frozenset(), Status.OK)
    assert told == "先输入主密码，然后会自动检测。"
    assert field
    assert checked == ["a1"]


@pytest.mark.parametrize(
    ("detail", "zh_cn", "en"),
    [
        ("main_password", "还没有输入主密码", "Enter the main password"),
        ("", "系统钥匙串没有解锁", "Unlock the keychain"),
    ],
)
def test_what_is_locked_is_called_by_its_name(tmp_path, languages, detail, zh_cn, en):
    async def main():
        app = await sample_app(tmp_path)
        seen = Evidence(Stage.VAULT, Fault.LOCKED, detail=detail)
        said = app.table.explain(app.table.diagnose(seen))
        await app.close()
        return said

    said = drive(main())
    assert zh_cn in said.meaning.zh_CN
    assert en in said.steps[0].en
    assert said.title.zh_CN == "保存的密码还锁着"
