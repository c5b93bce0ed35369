"""The first page: the provider appears while typing, nothing is called wrong too early."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtWidgets import QLabel

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import NotFound, Offline
from laifaxin_desktop.model.address import AddressFault
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.wizard.address import COMPLAIN_AFTER, LOOK_AFTER

from .person import Person, use
from .sample_wizard import Servers, no_mx, offline_mx, stored_account, until


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


def test_a_known_domain_needs_no_waiting_and_no_network(tmp_path, languages):
    asked: list[str] = []

    async def mx(domain: str) -> tuple[str, ...]:
        asked.append(domain)
        return ()

    async def walk(person: Person) -> None:
        person.type("li@qq.com")
        assert not person.wizard.current._quiet.isActive()
        await until(person.wizard.current.isComplete, seconds=LOOK_AFTER / 1000)
        seen = person.seen()
        assert {"QQ 邮箱", "登录方式：授权码", "服务器已自动填写 ✓"} <= set(seen)
        assert asked == []

    use(tmp_path, languages, walk, mx=mx)


def test_what_was_corrected_is_shown(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.wizard.current.entry.setText("  li＠qq。com ")
        await until(person.wizard.current.isComplete)
        assert "将使用 li@qq.com" in person.seen()
        person.wizard.current.entry.setText("li@qq.com")
        assert "将使用 li@qq.com" not in person.seen()

    use(tmp_path, languages, walk)


def test_an_unknown_domain_is_looked_up_after_a_pause_and_once(tmp_path, languages):
    asked: list[str] = []

    async def mx(domain: str) -> tuple[str, ...]:
        asked.append(domain)
        return await no_mx(domain)

    async def walk(person: Person) -> None:
        page = person.wizard.current
        person.type("li@example.n")
        person.type("li@example.net")
        assert asked == []
        assert page._quiet.interval() == LOOK_AFTER
        page._quiet.timeout.emit()  # half a second later
        page._quiet.timeout.emit()
        await until(lambda: "正在查找服务器…" in person.seen())
        await until(lambda: any("MX 记录 · example.net" in words for words in person.seen()))
        await until(page.isComplete)
        assert asked == ["example.net"]
        assert isinstance(person.wizard.draft.discovery, NotFound)
        assert "没有找到这个邮箱的服务器" in person.seen()

    use(tmp_path, languages, walk, mx=mx)


def test_typing_on_cancels_the_look_up(tmp_path, languages):
    asked: list[str] = []
    ended: list[str] = []

    async def mx(domain: str) -> tuple[str, ...]:
        asked.append(domain)
        try:
            await asyncio.sleep(60)  # a resolver that hangs
        except asyncio.CancelledError:
            ended.append(domain)
            raise
        return ()

    async def walk(person: Person) -> None:
        person.type("li@example.net")
        person.wizard.current._quiet.timeout.emit()
        await until(lambda: "正在查找服务器…" in person.seen())
        await until(lambda: asked)
        person.wizard.current.entry.setText("li@qq.com")
        await until(lambda: ended == ["example.net"])
        await until(person.wizard.current.isComplete)
        assert person.wizard.draft.provider.id == "qq"

    use(tmp_path, languages, walk, mx=mx)


def test_enter_does_not_wait_for_the_pause(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.type("li@example.net")
        person.wizard.current.entry.returnPressed.emit()
        await until(lambda: "正在查找服务器…" in person.seen())
        assert person.step is Step.ADDRESS

    use(tmp_path, languages, walk)


def test_offline_is_said_and_can_be_tried_again(tmp_path, languages):
    answers = [offline_mx, no_mx]

    async def mx(domain: str) -> tuple[str, ...]:
        return await answers.pop(0)(domain)

    async def walk(person: Person) -> None:
        person.type("li@example.net")
        person.wizard.current.entry.returnPressed.emit()
        await until(lambda: isinstance(person.wizard.draft.discovery, Offline))
        assert "这台电脑没有连上网络" in person.seen()
        assert not person.button("下一步").isEnabled()
        person.click("重试", twice=True)
        await until(person.wizard.current.isComplete)
        assert person.wizard.current.entry.text() == "li@example.net"
        assert answers == []

    use(tmp_path, languages, walk, mx=mx)


def test_offline_leads_to_servers_and_proxy_by_hand(tmp_path, languages):
    """Where only a proxy leads to the net, it can be named."""

    async def walk(person: Person) -> None:
        person.type("li@example.net")
        person.wizard.current.entry.returnPressed.emit()
        await until(lambda: isinstance(person.wizard.draft.discovery, Offline))
        person.click("手动填写")
        assert isinstance(person.wizard.draft.discovery, NotFound)
        assert person.wizard.current.entry.text() == "li@example.net"
        await person.next()
        assert person.step is Step.WAY
        await person.next()
        person.type("secret")
        await person.next()
        assert person.step is Step.SERVERS
        assert "代理" in " ".join(person.seen())

    use(tmp_path, languages, walk, mx=offline_mx)


def test_a_fault_is_named_after_a_pause_never_while_typing(tmp_path, languages):
    async def walk(person: Person) -> None:
        page, words = person.wizard.current, person.wizard.app.words
        wrong = page.findChild(QLabel, "address_wrong")
        assert page._patience.interval() == COMPLAIN_AFTER
        for typed, fault in (
            ("li", AddressFault.NO_AT),
            ("li@", AddressFault.NO_DOMAIN),
            ("@qq.com", AddressFault.NO_LOCAL_PART),
            ("li@@qq.com", AddressFault.SEVERAL_AT),
            ("l i@qq.com", AddressFault.SPACE_INSIDE),
            ("li@qq..com", AddressFault.BAD_DOMAIN),
        ):
            person.type(typed)
            assert not wrong.isVisible(), typed
            page._patience.timeout.emit()  # a while later
            assert wrong.text() == words(f"address.{fault}").zh_CN
            assert wrong.isVisible()
        person.type("li@qq.com")
        assert not wrong.isVisible()
        page.entry.clear()
        page.entry.editingFinished.emit()
        assert not wrong.isVisible()  # an empty field is no mistake

    use(tmp_path, languages, walk)


def test_a_duplicate_leads_to_re_authorising_the_one_that_is_there(tmp_path, languages):
    async def walk(person: Person) -> None:
        app = person.wizard.app
        before = await stored_account(app)
        person.type("LI@qq.com")
        await until(lambda: "这个邮箱已经在列表里" in person.seen())
        assert not person.button("下一步").isEnabled()
        person.click("重新授权")
        assert person.wizard.windowTitle() == "重新授权"
        assert person.wizard.draft.reason is Reason.REAUTHORIZE
        assert person.wizard.draft.editing == before
        assert person.step is Step.SECRET

    use(tmp_path, languages, walk)


def test_guessed_servers_are_never_called_certain(tmp_path, languages):
    hosts = frozenset({"imap.example.net", "smtp.example.net"})

    async def walk(person: Person) -> None:
        person.type("li@example.net")
        person.wizard.current.entry.returnPressed.emit()
        await until(person.wizard.current.isComplete)
        assert "找到了可用的服务器" in person.seen()
        assert "服务器已自动填写 ✓" not in person.seen()

    use(tmp_path, languages, walk, servers=Servers(known=hosts))
