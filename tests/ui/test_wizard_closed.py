"""A provider without any open protocol says so under the address, and the wizard stops there."""

from __future__ import annotations

import asyncio

from laifaxin_desktop.ui import browser

from .person import Person, use


def test_it_is_said_under_the_address(tmp_path, dressed, languages, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: opened.append(url))

    async def walk(person: Person) -> None:
        page = person.wizard.current
        person.type("li@tuta.com")
        while page.busy or person.wizard.draft.discovery is None:
            await asyncio.sleep(0.01)
        seen = " ".join(person.seen())
        assert "Tuta 邮箱" in seen
        assert "Tuta 不提供 IMAP、POP3 和 SMTP" in seen
        assert "只能在 Tuta 的网页和应用里收发。" in seen
        assert "服务器已自动填写" not in seen
        assert "内置目录" not in seen
        assert "登录方式：" not in seen
        assert not page.isComplete()
        assert "打开它的网页邮箱" in seen
        person.type("li@qq.com")  # another address goes on
        while page.busy or not page.isComplete():
            await asyncio.sleep(0.01)
        assert "登录方式：授权码" in person.seen()
        assert "打开它的网页邮箱" not in person.seen()
        person.type("li@hey.com")
        while page.busy or person.wizard.draft.discovery is None:
            await asyncio.sleep(0.01)
        person.click("打开它的网页邮箱")
        assert opened == ["https://app.hey.com/"]

    use(tmp_path, languages, walk)


def test_what_needs_a_program_on_this_computer_says_so_there(tmp_path, dressed, languages):
    async def walk(person: Person) -> None:
        page = person.wizard.current
        person.type("li@proton.me")
        while page.busy or not page.isComplete():
            await asyncio.sleep(0.01)
        seen = " ".join(person.seen())
        assert "只能通过这台电脑上的 Bridge 程序收发，要付费套餐" in seen
        assert "打开它的网页邮箱" not in seen

    use(tmp_path, languages, walk)
