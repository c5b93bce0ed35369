"""A provider without any open protocol says so under the address, and the wizard stops there."""

from __future__ import annotations

import asyncio

from .person import Person, use


def test_it_is_said_under_the_address(tmp_path, dressed, languages):
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
        person.type("li@qq.com")  # another address goes on
        while page.busy or not page.isComplete():
            await asyncio.sleep(0.01)
        assert "登录方式：授权码" in person.seen()

    use(tmp_path, languages, walk)
