"""The real window, from an address to 正常, where a provider's way differs from the first three."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures_real import USERS, World
from tests.servers.desktop import Desktop
from tests.test_black_box import PROGRAM, SLOW, Person


def walk(person: Person, address: str, credential: str, secret: str) -> None:
    """To the page after the secret; the ways are left as the program proposes them."""
    screen = person.screen
    person.press("添加邮箱")
    person.type_address(address)
    person.next()
    if credential in ("密码", "客户端专用密码"):  # two ways are known: the better one is chosen
        assert screen.wait("radio button", checked=True, timeout=SLOW)
        person.next()
    screen.wait("check box", "我已完成", timeout=SLOW)
    for box in screen.all("check box", "我已完成"):
        box.click()
    person.next()
    screen.wait("password text", credential, timeout=SLOW).type(secret)
    person.next()


def expect_normal(person: Person) -> None:
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)


@pytest.mark.parametrize(
    ("address", "credential", "printed", "user"),
    [
        ("zhou@gmail.com", "应用专用密码", "xqvb twkz mpla djrs", "zhou@gmail.com"),
        ("wu@icloud.com", "App 专用密码", USERS["wu@icloud.com"], "wu"),
        ("feng@aliyun.com", "密码", USERS["feng@aliyun.com"], "feng@aliyun.com"),
    ],
)
def test_by_imap(
    world: World,
    desktop: Desktop,
    tmp_path: Path,
    address: str,
    credential: str,
    printed: str,
    user: str,
) -> None:
    with world.window(PROGRAM, tmp_path / "home", desktop) as screen:
        person = Person(screen)
        walk(person, address, credential, printed)
        expect_normal(person)
        assert screen.has("table cell", contains=address)
    assert [attempt.user for attempt in world.dovecot.attempts("imap")] == [user]


def test_by_pop3_chosen_in_the_server_form(world: World, desktop: Desktop, tmp_path: Path) -> None:
    """A company at Tencent: found by MX, so the servers are shown before a password is sent."""
    address = "zheng@company.example"
    with world.window(PROGRAM, tmp_path / "home", desktop) as screen:
        person = Person(screen)
        walk(person, address, "客户端专用密码", USERS[address])
        host = screen.wait("text", "收信 服务器", timeout=SLOW)
        assert host.text() == "imap.exmail.qq.com"
        host.press("shift+Tab", "Down")  # the choice of protocol stands before the server's name
        screen.wait("text", "收信 服务器", contains="pop.exmail.qq.com", timeout=SLOW)
        assert screen.wait("text", "收信 端口", timeout=SLOW).text() == "995"
        assert world.dovecot.attempts() == []
        person.next()
        expect_normal(person)
    assert [attempt.user for attempt in world.dovecot.attempts("pop3")] == [address]
    assert world.dovecot.attempts("imap") == []
