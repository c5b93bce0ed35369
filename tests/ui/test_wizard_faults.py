"""What no server is to blame for: a broken store, a mistake of ours, an account gone meanwhile."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QLabel, QMessageBox, QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.problem import Stage
from laifaxin_desktop.model.provider import Side
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.store.fault import StoreError, StoreFault
from laifaxin_desktop.ui import loop

from .person import Person, use
from .sample_wizard import CODE, Keys, Servers, stored_account, until


@pytest.fixture(autouse=True)
def bugs(dressed) -> Iterator[list[BaseException]]:
    """The errors of ours that were shown; a test that wants none says so by leaving it empty."""
    seen: list[BaseException] = []
    loop.on_bug(seen.append)
    dressed.setQuitOnLastWindowClosed(False)
    yield seen
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert all(isinstance(bug, BrokenError | ExceptionGroup) for bug in seen)


class BrokenError(RuntimeError):
    """A mistake of ours."""


class SlowKeys(Keys):
    """A keychain that waits for a person's word."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed = asyncio.Event()

    async def get(self, key_id: str) -> str | None:
        await self.allowed.wait()
        return await super().get(key_id)


def test_nothing_asks_to_discard_what_is_being_saved(tmp_path, languages):
    keys = SlowKeys()

    async def walk(person: Person) -> None:
        wizard = person.wizard
        await person.to_secret("li@qq.com")
        wizard.current.take(CODE)
        await person.next()
        await until(lambda: "正在保存" in person.seen())
        assert not person.button("取消").isEnabled()
        QTest.keyClick(wizard, Qt.Key.Key_Escape)
        wizard.close()
        assert wizard.findChild(QMessageBox, "discard_question") is None
        assert wizard.isVisible()
        keys.allowed.set()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=Servers(), keys=keys)


def test_cancel_comes_back_when_saving_has_failed(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        person.click("取消")
        question = person.wizard.findChild(QMessageBox, "discard_question")
        assert question.isVisible()
        await until(lambda: question.width() > 200)
        labels = [one for one in question.findChildren(QLabel) if one.text() and one.isVisible()]
        assert {one.x() for one in labels} == {question.findChild(QDialogButtonBox).x()}

    use(tmp_path, languages, walk, servers=Servers(), keys=Keys(absent=True))


@pytest.mark.parametrize("answer", ["discard", "keep_going"])
def test_a_question_that_is_open_is_answered_before_anything_is_saved(tmp_path, languages, answer):
    servers = Servers(holds_at=Stage.LOGIN)

    async def walk(person: Person) -> None:
        wizard, app = person.wizard, person.wizard.app
        await person.to_secret("li@qq.com")
        wizard.current.take(CODE)
        await person.next()
        await until(lambda: len(servers.logins) == 2)
        person.click("取消")
        servers.go.set()
        await until(lambda: "检测通过" in person.seen())
        await asyncio.sleep(0.05)  # it would be stored by now
        assert await app.accounts.all() == ()
        wizard.findChild(QAbstractButton, answer).click()
        if answer == "keep_going":
            await person.reach(Step.DONE)
        else:
            await asyncio.sleep(0.05)  # it would be stored by now
            assert await app.accounts.all() == ()

    use(tmp_path, languages, walk, servers=servers)


def test_a_store_that_fails_while_looking_up_is_named_and_tried_again(
    tmp_path, languages, monkeypatch
):
    async def walk(person: Person) -> None:
        accounts = person.wizard.app.accounts
        find = accounts.find

        async def full(address: object) -> None:
            raise StoreError(StoreFault.FULL, accounts.path)

        monkeypatch.setattr(accounts, "find", full)
        person.type("li@qq.com")
        await until(lambda: any("磁盘已满" in words for words in person.seen()))
        assert "正在查找服务器…" not in person.seen()
        assert not person.button("下一步").isEnabled()
        monkeypatch.setattr(accounts, "find", find)
        person.click("重试")
        await until(person.wizard.current.isComplete)
        assert not any("磁盘已满" in words for words in person.seen())
        assert "QQ 邮箱" in person.seen()

    use(tmp_path, languages, walk)


def test_a_bug_while_looking_up_can_be_tried_again(tmp_path, languages, monkeypatch, bugs):
    async def walk(person: Person) -> None:
        accounts = person.wizard.app.accounts
        find = accounts.find

        async def broken(address: object) -> None:
            raise BrokenError

        monkeypatch.setattr(accounts, "find", broken)
        person.type("li@qq.com")
        await until(lambda: bugs)
        assert "正在查找服务器…" not in person.seen()
        monkeypatch.setattr(accounts, "find", find)
        person.click("重试")
        await until(person.wizard.current.isComplete)

    use(tmp_path, languages, walk)


def test_a_bug_in_a_check_ends_it_and_offers_another(tmp_path, languages, bugs):
    class Broken(Servers):
        broken = True

        async def __call__(self, *args: object) -> object:
            if self.broken:
                raise BrokenError
            return await super().__call__(*args)

    servers = Broken()

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await person.fail()
        assert "检测没有通过" in person.seen()
        assert "正在检测" not in person.seen()
        person.click("复制诊断信息")
        servers.broken = False
        person.click("重新检测")
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=servers)
    assert bugs


def test_a_bug_while_saving_can_be_tried_again(tmp_path, languages, monkeypatch, bugs):
    async def walk(person: Person) -> None:
        accounts = person.wizard.app.accounts
        save = accounts.save

        async def broken(*args: object) -> None:
            raise BrokenError

        monkeypatch.setattr(accounts, "save", broken)
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        assert bugs
        assert "正在保存" not in person.seen()
        assert person.button("取消").isEnabled()
        monkeypatch.setattr(accounts, "save", save)
        person.click("重试")
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=Servers())


def test_what_cannot_even_be_kept_for_this_time_is_said(tmp_path, languages, monkeypatch):
    async def walk(person: Person) -> None:
        accounts = person.wizard.app.accounts

        async def full() -> None:
            raise StoreError(StoreFault.FULL, accounts.path)

        monkeypatch.setattr(accounts.vault, "use_memory", full)
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        person.click("只在本次使用")
        await until(lambda: any("磁盘已满" in words for words in person.seen()))

    use(tmp_path, languages, walk, servers=Servers(), keys=Keys(absent=True))


def test_a_bug_in_the_vault_leaves_the_main_password_to_be_set_again(
    tmp_path, languages, monkeypatch, bugs
):
    async def walk(person: Person) -> None:
        vault = person.wizard.app.accounts.vault
        settle = vault.set_master_password

        async def broken(password: object) -> None:
            raise BrokenError

        monkeypatch.setattr(vault, "set_master_password", broken)
        await person.to_secret("li@qq.com")
        person.wizard.current.take(CODE)
        await person.next()
        await until(lambda: person.wizard.current.keeping.isVisible())
        keeping = person.wizard.current.keeping
        person.click("设置主密码")
        keeping.first.setText("eins zwei drei")
        keeping.second.setText("eins zwei drei")
        person.click("保存")
        await until(lambda: bugs)
        monkeypatch.setattr(vault, "set_master_password", settle)
        person.click("保存")
        await person.reach(Step.DONE, seconds=20)  # Argon2 is slow on purpose

    use(tmp_path, languages, walk, servers=Servers(), keys=Keys(absent=True))


def test_half_cleared_servers_keep_what_is_whole_on_another_way(tmp_path, languages):
    hosts = frozenset({"imap.example.net", "smtp.example.net"})

    async def walk(person: Person) -> None:
        wizard = person.wizard
        await person.to_secret("li@example.net")
        wizard.current.take("geheim")
        await person.next()
        assert person.step is Step.SERVERS
        wizard.current.form.halves[Side.RECEIVE].host.setText("")
        assert not person.button("下一步").isEnabled()
        wizard.go(Step.WAY)
        wizard.current.choose(wizard.draft.provider.ways[1].way)
        wizard.go(Step.SECRET)
        while person.step is not Step.SERVERS:
            if person.step is Step.GUIDE:
                person.click("跳过")
            else:
                await person.next()
        halves = wizard.current.form.halves
        assert halves[Side.SEND].host.text() == "smtp.example.net"
        assert halves[Side.RECEIVE].host.text() == ""
        assert wizard.draft.settings.outgoing.host == "smtp.example.net"
        halves[Side.RECEIVE].host.setText("imap.example.net")
        assert wizard.draft.settings.auth is wizard.draft.way
        await person.next()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=Servers(known=hosts))


@pytest.mark.parametrize("during", ["check", "save"])
def test_an_account_removed_elsewhere_is_said_to_be_gone_and_can_be_added(
    tmp_path, languages, during
):
    async def walk(person: Person) -> None:
        wizard, app = person.wizard, person.wizard.app

        def gone() -> None:
            with sqlite3.connect(app.accounts.path) as other:
                other.execute("PRAGMA foreign_keys = ON")
                other.execute("DELETE FROM accounts")
            other.close()

        wizard.current.form.halves[Side.SEND].security.setCurrentIndex(1)
        if during == "check":
            gone()
        else:
            see = wizard.pages_by_step[Step.CHECK]._see
            wizard.pages_by_step[Step.CHECK]._see = lambda *args: (gone(), see(*args))
        await person.next()
        await until(lambda: "这个邮箱已在别处删除" in person.seen())
        assert not any("钥匙串" in words for words in person.seen())
        assert "仍然保存" not in person.seen()
        person.click("重新添加")
        assert wizard.windowTitle() == "添加邮箱"
        assert person.step is Step.ADDRESS
        assert wizard.current.entry.text() == "li@qq.com"
        await until(wizard.current.isComplete)

    use(
        tmp_path,
        languages,
        walk,
        servers=Servers(),
        reason=Reason.REPAIR,
        account=stored_account,
    )


def test_an_account_changed_elsewhere_is_not_overwritten(tmp_path, languages):
    async def walk(person: Person) -> None:
        wizard, app = person.wizard, person.wizard.app
        [account] = await app.accounts.all()
        page = wizard.pages_by_step[Step.CHECK]
        wizard.current.form.halves[Side.SEND].security.setCurrentIndex(1)
        check = app.check

        async def changed_meanwhile(*args: object) -> object:
            report = await check(*args)
            await app.accounts.save(account, Secret("qponmlkjihgfedcb"), None)
            return report

        wizard.app = SimpleNamespace(
            **{name: getattr(app, name) for name in dir(app) if name[0] != "_"}
            | {"check": changed_meanwhile}
        )
        await person.next()
        await until(lambda: "这个邮箱刚在别处改过" in person.seen())
        assert page.first_field() is page.elsewhere.begin
        wizard.app = app
        person.click("重新开始")
        assert person.step is Step.SERVERS
        assert wizard.current.form.halves[Side.SEND].port.text() == "465"
        wizard.current.form.halves[Side.SEND].security.setCurrentIndex(1)
        await person.next()
        await person.reach(Step.DONE)

    use(
        tmp_path,
        languages,
        walk,
        servers=Servers(),
        reason=Reason.REPAIR,
        account=stored_account,
    )


def _said_to_be_in_view(top: QWidget) -> list[str]:
    """The list entries below `top` that a screen reader is offered as visible or focused."""
    found, wanted = [], [QAccessible.queryAccessibleInterface(top)]
    while wanted:
        one = wanted.pop()
        state = one.state()
        if one.role() is QAccessible.Role.ListItem and (not state.invisible or state.focused):
            found.append(one.text(QAccessible.Text.Name))
        wanted += [one.child(at) for at in range(one.childCount())]
    return found


def test_a_screen_reader_meets_no_entries_of_a_form_out_of_view(tmp_path, languages):
    servers = Servers(right="another")

    async def walk(person: Person) -> None:
        wizard = person.wizard
        form = wizard.current.form
        assert "IMAP" in _said_to_be_in_view(form)
        form.halves[Side.RECEIVE].security.setCurrentIndex(1)
        before = form.settings()
        await person.next()
        await person.fail()
        assert _said_to_be_in_view(wizard) == []
        assert form.settings() == before
        languages.switch(Language.EN)
        assert _said_to_be_in_view(wizard) == []
        languages.switch(Language.ZH_CN)
        person.click("上一步")
        assert form.settings() == before == wizard.draft.settings
        security = form.halves[Side.RECEIVE].security
        assert security.currentText() == "STARTTLS"
        assert [security.itemText(at) for at in range(security.count())][-1] == "不加密"

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REPAIR,
        account=stored_account,
    )
