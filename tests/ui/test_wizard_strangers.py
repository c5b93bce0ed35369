"""Servers that only a public record names: shown, and accepted before a secret goes there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.model.account import Found, NotFound
from laifaxin_desktop.ui import loop

from .person import Person, use
from .sample_wizard import Records, until

TICK = "我认识这些服务器，可以把密码发给它们"
BY_HAND = "不认识，我自己填写"


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


async def look_up(person: Person, address: str, at: str) -> None:
    """Type an address whose domain's records name servers at another."""
    wizard = person.wizard
    finder = replace(wizard.app.discoverer, sources=Records(at))
    wizard.app = replace(wizard.app, discoverer=finder)
    wizard.current.entry.setText(address)
    wizard.current.entry.returnPressed.emit()
    await until(lambda: isinstance(wizard.draft.discovery, Found))


def test_they_are_shown_and_asked_for(tmp_path, languages):
    async def walk(person: Person) -> None:
        await look_up(person, "li@corp.net", "hoster.net")
        seen = "\n".join(person.seen())
        assert "imap.hoster.net\nsmtp.hoster.net" in seen
        assert "这些服务器不属于 corp.net" in seen
        assert not person.button("下一步").isEnabled()
        person.click(TICK)
        assert person.button("下一步").isEnabled()
        person.click(TICK)
        assert not person.button("下一步").isEnabled()
        person.click(TICK)
        person.click("下一步")
        assert person.step is not Step.ADDRESS
        person.click("上一步")
        assert person.button(TICK).isChecked()  # nothing is forgotten
        # Another domain is another question.
        person.wizard.current.entry.setText("li@other.net")
        person.wizard.current.entry.returnPressed.emit()
        await until(lambda: isinstance(person.wizard.draft.discovery, Found))
        assert not person.button(TICK).isChecked()
        assert not person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_whoever_does_not_know_them_fills_in_others(tmp_path, languages):
    async def walk(person: Person) -> None:
        await look_up(person, "li@corp.net", "hoster.net")
        person.click(BY_HAND)
        assert isinstance(person.wizard.draft.discovery, NotFound)
        assert person.wizard.draft.settings is None
        assert "imap.hoster.net\nsmtp.hoster.net" not in person.seen()
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_servers_of_the_domain_itself_need_no_tick(tmp_path, languages):
    async def walk(person: Person) -> None:
        await look_up(person, "li@corp.net", "corp.net")
        assert TICK not in [button.accessibleName() for button in person._buttons()]
        assert person.button("下一步").isEnabled()
        assert "来源：域名的公开记录" in person.seen()
        assert not any("SRV" in words for words in person.seen())
        person.click("查了哪里")  # the exact name is there
        assert "SRV 记录 · _imaps._tcp.corp.net — imap.corp.net:993" in person.seen()
        assert "服务器已自动填写 ✓" not in person.seen()

    use(tmp_path, languages, walk)


def test_a_domain_in_another_script_is_spelled_out(tmp_path, languages):
    async def walk(person: Person) -> None:
        await look_up(person, "li@gmаil.net", "xn--gmil-63d.net")
        assert any("xn--gmil-63d.net" in word and "真实写法" in word for word in person.seen())

    use(tmp_path, languages, walk)
