"""From an address to 正常 as a person goes: few clicks, and nothing typed is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.engine.setup import is_complete, route
from laifaxin_desktop.model.problem import Stage
from laifaxin_desktop.model.report import Status, status_of
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import loop, theme
from laifaxin_desktop.ui.wizard.window import PAGES, SetupWizard

from .conftest import RESOURCES, drive
from .person import Person, use
from .sample_wizard import CODE, Servers, contoso_mx, pictures, stored_account, until


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


def test_every_step_has_its_page():
    assert set(PAGES) == set(Step)
    assert all(PAGES[step].step is step for step in Step)


@pytest.mark.parametrize(
    ("address", "steps"),
    [
        ("li@qq.com", "address guide secret check done"),
        ("li@163.com", "address guide secret check done"),
        ("li@outlook.com", "address way guide secret check done"),
        ("li@example.net", "address way secret servers check done"),
    ],
)
def test_the_pages_come_in_the_table_s_order(tmp_path, languages, address, steps):
    hosts = frozenset({"imap.example.net", "smtp.example.net"})

    async def walk(person: Person) -> None:
        seen: list[Step] = []
        person.wizard.currentIdChanged.connect(lambda _: seen.append(person.step))
        await person.to_secret(address)
        person.type(CODE)
        await person.next()
        if person.step is Step.SERVERS:
            await person.next()
        await person.reach(Step.DONE)
        assert [Step.ADDRESS, *seen] == [Step(word) for word in steps.split()]
        assert route(person.wizard.draft) == (Step.ADDRESS, *seen)
        assert "正常" in person.seen()
        # The habits are about codes: whoever typed an ordinary password has made none.
        assert ("三个值得保持的习惯" in person.seen()) == (Step.GUIDE in seen)

    use(tmp_path, languages, walk, servers=Servers(known=hosts))


def test_seven_clicks_from_the_open_window_to_normal(tmp_path, languages):
    """The guide was done before; 添加邮箱 in the main window is the first click."""
    finished: list[str] = []

    async def walk(person: Person) -> None:
        app = person.wizard.app
        guide = app.book.by_domain("qq.com").guides[0]
        for step in guide.steps:
            await app.accounts.set_guide_step("qq", guide.id, step.id, True)
        person.clicks = 1
        person.wizard.finished_with.connect(finished.append)
        person.type("li@qq.com")
        await person.next()
        await person.next()
        QGuiApplication.clipboard().setText("abcd efgh ijkl mnop")
        person.click("粘贴")
        await person.next()
        await person.reach(Step.DONE)
        assert "正常" in person.seen()
        assert person.clicks <= 7
        assert QGuiApplication.clipboard().text() == ""
        person.click("完成")
        [account] = await app.accounts.all()
        assert finished == [account.id]
        assert (await app.accounts.secret(account.id)).reveal() == CODE
        assert status_of((await app.accounts.reports())[account.id]) is Status.OK

    use(tmp_path, languages, walk)


def test_a_tick_made_while_old_ones_are_read_stays(tmp_path, languages, monkeypatch):
    """A busy disk answers late; what was done meanwhile is not undone."""

    async def walk(person: Person) -> None:
        app = person.wizard.app
        guide = app.book.by_domain("qq.com").guides[0]
        read = asyncio.Event()

        async def slowly(self: object, provider: str, guide_id: str) -> frozenset[str]:
            await read.wait()
            return frozenset({guide.steps[-1].id})

        monkeypatch.setattr(type(app.accounts), "guide_done", slowly)
        person.type("li@qq.com")
        await person.next()
        page = person.wizard.current
        await until(lambda: page.view.first_card)
        page.view.first_card.tick.click()
        read.set()
        wanted = {guide.steps[0].id, guide.steps[-1].id}
        await until(lambda: page.view.done == wanted)

    use(tmp_path, languages, walk)


def test_three_clicks_re_authorise_in_place(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        [before] = await person.wizard.app.accounts.all()
        assert person.wizard.windowTitle() == "重新授权"
        assert "用于 li@qq.com" in person.seen()
        servers.right = CODE
        person.clicks = 1  # 重新授权… in the list
        QGuiApplication.clipboard().setText(CODE)
        person.click("粘贴")
        await person.next()
        await person.reach(Step.DONE)
        assert person.clicks <= 3
        [after] = await person.wizard.app.accounts.all()
        assert after == replace(before, revision=before.revision + 1)
        assert (await person.wizard.app.accounts.secret(after.id)).reveal() == CODE

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REAUTHORIZE,
        account=stored_account,
    )


def test_by_the_keyboard_alone(tmp_path, languages):
    async def walk(person: Person) -> None:
        def enter() -> None:
            QTest.keyClick(person.wizard.focusWidget(), Qt.Key.Key_Return)

        person.type("li@qq.com")
        await until(person.wizard.current.isComplete)
        enter()
        await person.reach(Step.GUIDE)
        await until(lambda: person.wizard.focusWidget().objectName().startswith("open_"))
        skip = person.button("跳过")
        skip.setFocus()
        QTest.keyClick(skip, Qt.Key.Key_Space)
        await person.reach(Step.SECRET)
        await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
        person.type(CODE)
        enter()
        await person.reach(Step.DONE)
        await until(lambda: person.wizard.focusWidget() is person.button("完成"))
        enter()
        await until(lambda: not person.wizard.isVisible())

    use(tmp_path, languages, walk)


def test_next_is_enabled_exactly_when_the_page_is_complete(tmp_path, languages):
    async def walk(person: Person) -> None:
        wizard = person.wizard

        def agrees(expected: bool) -> None:
            page = wizard.current
            assert page.isComplete() is expected
            assert person.button("下一步").isEnabled() is expected
            assert is_complete(page.step, wizard.draft) is expected

        agrees(False)
        for half in ("l", "li", "li@", "li@example", "li@example."):
            wizard.current.entry.setText(half)
            agrees(False)
        wizard.current.entry.setText("li@example.net")
        agrees(False)  # nothing is known yet
        await until(wizard.current.isComplete)
        agrees(True)
        wizard.current.entry.setText("li@qq.com")
        await until(wizard.current.isComplete)
        wizard.next()
        agrees(False)
        await asyncio.sleep(0.05)  # the kept ticks are read
        ticks = [card.tick for card in wizard.current.view._cards.values()]
        for tick in ticks:
            agrees(False)
            tick.click()
        agrees(True)
        ticks[0].click()
        agrees(False)
        ticks[0].click()
        wizard.next()
        agrees(False)
        person.type("x")
        agrees(True)
        wizard.current.entry.clear()
        agrees(False)

    use(tmp_path, languages, walk)


def test_nothing_typed_is_lost_by_back_and_forth(tmp_path, languages):
    async def walk(person: Person) -> None:
        wizard = person.wizard
        await person.to_secret("li@example.net")
        person.type("geheim 1")
        await person.next()
        form = wizard.current.form
        form.halves["receive"].host.setText("imap.half")
        form.halves["receive"].security.setCurrentIndex(1)
        form.halves["receive"].port.setText("1143")
        form.halves["send"].host.setText("not a host")
        form.username.setText("li.na")
        for _ in range(2):
            while person.step is not Step.ADDRESS:
                person.click("上一步")
            assert wizard.current.entry.text() == "li@example.net"
            while person.step is not Step.SERVERS:
                await person.next()
                if person.step is Step.SECRET:
                    assert wizard.current.entry.text() == "geheim 1"
        assert form.halves["receive"].host.text() == "imap.half"
        assert form.halves["receive"].port.text() == "1143"
        assert form.halves["receive"].security.currentIndex() == 1
        assert form.halves["send"].host.text() == "not a host"
        assert form.username.text() == "li.na"

    use(tmp_path, languages, walk)


def test_a_refused_secret_is_still_there_and_can_be_mended(tmp_path, languages):
    servers = Servers(right=CODE)

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type("abcdefghijklmnox")
        await person.next()
        await person.fail()
        person.clicks = 0
        person.click("重新输入授权码")
        await until(lambda: isinstance(person.wizard.focusWidget(), QLineEdit))
        assert person.wizard.focusWidget().text() == "abcdefghijklmnox"
        person.type(CODE)
        await person.next()
        await person.reach(Step.DONE)
        assert person.clicks <= 2
        assert len(servers.logins) == 4

    use(tmp_path, languages, walk, servers=servers)


def test_guide_ticks_survive_the_wizard(tmp_path, languages):
    async def tick(person: Person) -> None:
        person.type("li@qq.com")
        await person.next()
        await asyncio.sleep(0.05)  # the kept ticks are read
        person.click("我已完成")
        person.click("取消")
        await until(lambda: person.wizard.findChild(QAbstractButton, "discard"))
        person.wizard.findChild(QAbstractButton, "discard").click()
        await asyncio.sleep(0.05)  # the tick is written although the window is gone

    async def look(person: Person) -> None:
        person.type("li@qq.com")
        await person.next()
        view = person.wizard.current.view
        await until(lambda: len(view.done) == 1)
        assert view.done == {next(iter(view._cards))}

    use(tmp_path, languages, tick)
    use(tmp_path, languages, look)


def test_escape_asks_only_when_something_was_typed(tmp_path, languages):
    async def untouched(person: Person) -> None:
        QTest.keyClick(person.wizard, Qt.Key.Key_Escape)
        assert not person.wizard.isVisible()

    async def typed(person: Person) -> None:
        person.type("li@qq.com")
        QTest.keyClick(person.wizard, Qt.Key.Key_Escape)
        stay = person.wizard.findChild(QAbstractButton, "keep_going")
        assert stay.isVisible()
        stay.click()
        await until(lambda: person.wizard.findChild(QAbstractButton, "keep_going") is None)
        assert person.wizard.isVisible()
        assert person.wizard.current.entry.text() == "li@qq.com"
        person.wizard.close()
        person.wizard.findChild(QAbstractButton, "discard").click()
        await until(lambda: not person.wizard.isVisible())
        assert await person.wizard.app.accounts.all() == ()

    use(tmp_path / "a", languages, untouched)
    use(tmp_path / "b", languages, typed)


def test_a_double_click_is_one_click_everywhere(tmp_path, languages):
    servers = Servers()
    finished: list[str] = []

    async def walk(person: Person) -> None:
        person.wizard.finished_with.connect(finished.append)
        person.type("li@outlook.com")
        await until(person.wizard.current.isComplete)
        person.click("下一步", twice=True)
        assert person.step is Step.WAY
        await person.choose_secret()
        person.click("下一步", twice=True)
        assert person.step is Step.GUIDE
        person.click("跳过", twice=True)
        assert person.step is Step.SECRET
        person.click("上一步", twice=True)
        assert person.step is Step.GUIDE
        person.click("跳过", twice=True)
        QGuiApplication.clipboard().setText(CODE)
        person.click("粘贴", twice=True)
        person.click("显示", twice=True)
        assert person.wizard.current.entry.revealed
        person.click("下一步", twice=True)
        await person.reach(Step.DONE)
        assert len(servers.logins) == 2
        person.click("完成", twice=True)
        await until(lambda: not person.wizard.isVisible())
        assert len(finished) == 1
        assert len(await person.wizard.app.accounts.all()) == 1

    use(tmp_path, languages, walk, servers=servers)


def test_another_one_in_the_same_window(tmp_path, languages):
    finished: list[str] = []

    async def walk(person: Person) -> None:
        person.wizard.finished_with.connect(finished.append)
        for address in ("li@qq.com", "wang@163.com"):
            await person.to_secret(address)
            assert person.wizard.current.entry.text() == ""
            person.type(CODE)
            await person.next()
            await person.reach(Step.DONE)
            if address == "li@qq.com":
                person.click("再添加一个")
                assert person.step is Step.ADDRESS
                assert person.wizard.current.entry.text() == ""
                await asyncio.sleep(0)  # the focus lands with the next turn of the loop
        person.click("完成")
        assert len(finished) == 2

    use(tmp_path, languages, walk)


def test_the_guessed_provider_is_looked_at_before_anything_is_sent(tmp_path, languages):
    servers = Servers()

    async def walk(person: Person) -> None:
        await person.to_secret("sales@contoso.cn")
        person.type(CODE)
        await person.next()
        assert person.step is Step.SERVERS
        assert any("请核对" in words for words in person.seen())
        assert servers.logins == []

    use(tmp_path, languages, walk, servers=servers, mx=contoso_mx)


def test_the_forward_button_keeps_its_name(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.type("li@qq.com")
        await person.next()
        button = person.button("下一步")
        assert button.text() == "我有授权码了"

    use(tmp_path, languages, walk)


def _han(text: str) -> bool:
    return any("\u4e00" <= char <= "\u9fff" for char in text)


def test_a_switch_of_language_reaches_every_page_at_once(tmp_path, languages):
    async def walk(person: Person) -> None:
        wizard = person.wizard

        async def both() -> None:
            title = wizard.current.heading.text()
            languages.switch(Language.EN)
            await until(lambda: wizard.current.heading.text() != title)
            chinese = [words for words in person.seen() if _han(words)]
            assert chinese == [], wizard.current.step
            languages.switch(Language.ZH_CN)
            await until(lambda: wizard.current.heading.text() == title)

        await both()
        person.type("li@outlook.com")
        await until(wizard.current.isComplete)
        await both()
        assert wizard.current.entry.text() == "li@outlook.com"
        await person.next()
        await both()
        await person.choose_secret()
        await person.next()
        await both()
        person.click("跳过")
        person.wizard.current.take(CODE)
        await both()
        assert wizard.current.entry.text() == CODE
        await person.next()
        await person.fail()
        await both()
        wizard.current.ways_out.servers.click()
        await person.reach(Step.SERVERS)
        await both()

    use(tmp_path, languages, walk, servers=Servers(right="another"))


def test_every_widget_has_a_name_and_nothing_is_clipped(tmp_path, languages):
    """On every page, in every state that is drawn."""
    found: list[str] = []

    async def look() -> None:
        async for name, wizard in pictures(tmp_path, languages):
            wizard.resize(760, 580)

            def wrong(name: str = name, wizard: SetupWizard = wizard) -> list[str]:
                said = []
                for kind in (QAbstractButton, QLineEdit, QComboBox):
                    for widget in wizard.findChildren(kind):
                        if not widget.isVisible() or widget.objectName().startswith("qt_"):
                            continue
                        if not widget.objectName() or not widget.accessibleName():
                            said.append(f"{name}: {widget} has no name")
                        if widget.width() < widget.minimumSizeHint().width():
                            said.append(f"{name}: {widget.objectName()} is clipped")
                return said

            await asyncio.sleep(0.01)
            with suppress(TimeoutError):  # the layout settles; what stays is said below
                await until(lambda: not wrong())
            found.extend(wrong())

    drive(look())
    assert not found, "\n".join(found)


@pytest.fixture
def large(monkeypatch, dressed):
    """Twice the text, for one test."""
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "2")
    theme.dress(dressed, RESOURCES)
    yield
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
    theme.dress(dressed, RESOURCES)


@pytest.mark.parametrize("language", list(Language))
def test_nothing_is_clipped_at_the_least_size_with_twice_the_text(
    tmp_path, languages, large, language
):
    languages.switch(language)
    found: list[str] = []

    def cut(name: str, wizard: SetupWizard) -> Iterator[str]:
        area = wizard.current.area
        if area.widget().width() > area.viewport().width():
            yield f"{name}: wider than the window"
        for label in wizard.findChildren(QLabel):
            if not label.isVisible() or not label.text():
                continue
            if label.wordWrap():
                needed = label.heightForWidth(label.width())
                if label.height() < needed - 1:
                    yield f"{name}: {label.text()} has {label.height()} of {needed} px"
            elif label.width() < label.sizeHint().width() - 1:
                yield f"{name}: {label.text()} is cut"
        for button in wizard.findChildren(QAbstractButton):
            if button.isVisible() and button.height() < button.minimumSizeHint().height():
                yield f"{name}: {button.objectName()} is cut"

    async def look() -> None:
        async for name, wizard in pictures(tmp_path, languages):
            wizard.resize(760, 580)
            for _ in range(40):  # a busy computer is slow at laying out
                await asyncio.sleep(0.05)  # the layout settles
                still = list(cut(name, wizard))
                if not still:
                    break
            found.extend(still)

    drive(look())
    assert not found, "\n".join(found)


def test_twenty_wizards_come_and_go(tmp_path, languages):
    """Qt and Python own the parts of a wizard together: neither may delete the other's."""
    for number in range(20):

        async def walk(person: Person) -> None:
            person.type("li@qq.com")
            await person.next()

        use(tmp_path / str(number), languages, walk)


def test_closing_during_a_check_at_any_stage_cancels_it(tmp_path, languages):
    for stage in (Stage.LOOKUP, Stage.TLS, Stage.LOGIN, Stage.MAILBOX):
        servers = Servers(holds_at=stage)

        async def walk(person: Person, servers: Servers = servers) -> None:
            await person.to_secret("li@qq.com")
            person.type(CODE)
            await person.next()
            await until(lambda: len(servers.logins) == 2)
            await asyncio.sleep(0.02)  # up to the stage that hangs
            person.click("取消")
            person.wizard.findChild(QAbstractButton, "discard").click()
            await until(lambda: servers.cancelled >= 1)
            assert await person.wizard.app.accounts.all() == ()

        use(tmp_path / stage, languages, walk, servers=servers)


def test_back_during_a_check_cancels_it_and_next_checks_again(tmp_path, languages):
    servers = Servers(holds_at=Stage.LOGIN)

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type(CODE)
        await person.next()
        await until(lambda: len(servers.logins) == 2)
        assert not person.button("下一步").isEnabled()
        person.click("上一步")
        assert person.step is Step.SECRET
        await until(lambda: servers.cancelled == 2)
        assert person.wizard.current.entry.text() == CODE
        servers.holds_at = None
        await person.next()
        await person.reach(Step.DONE)
        assert len(servers.logins) == 4

    use(tmp_path, languages, walk, servers=servers)
