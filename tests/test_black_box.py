"""The real program under a real desktop, worked through its accessibility tree alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.fixtures_real import USERS, World
from tests.servers.desktop import Desktop
from tests.servers.screen import Screen

PROGRAM = [sys.executable, "-m", "laifaxin_desktop"]
SLOW = 30  # seconds; a shared machine starts a program slowly
CREDENTIALS = {
    "someone@outlook.com": "应用密码",
    "li@qq.com": "授权码",
    "chen@163.com": "授权码",
}


class Person:
    """Somebody who looks at the window and presses what it offers."""

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def press(self, name: str, role: str = "push button") -> None:
        self.screen.wait(role, name, enabled=True, timeout=SLOW).click()

    def next(self) -> None:
        self.press("下一步")

    def write(self, field: str, text: str) -> None:
        self.screen.wait(None, field, enabled=True, timeout=SLOW).type(text)

    def type_address(self, address: str) -> None:
        self.screen.wait("text", "邮箱地址", timeout=SLOW).type(address)

    def walk_to_secret(self, address: str) -> None:
        """From the open list to the page of the secret."""
        self.press("添加邮箱")
        self.type_address(address)
        self.next()
        credential = CREDENTIALS[address]
        if credential == "应用密码":
            self.screen.wait("radio button", "应用密码", timeout=SLOW)
            self.next()
        self.screen.wait("check box", "我已完成", timeout=SLOW)
        for box in self.screen.all("check box", "我已完成"):
            box.click()
        self.next()

    def add(self, address: str, secret: str) -> None:
        """The whole way."""
        self.walk_to_secret(address)
        self.give_secret(address, secret)

    def give_secret(self, address: str, secret: str) -> None:
        self.screen.wait("password text", CREDENTIALS[address], timeout=SLOW).type(secret)
        self.next()

    def status(self, address: str) -> str:
        """What the list says of an account."""
        self.screen.wait("table cell", contains=address, timeout=SLOW)
        return " ".join(cell.text() for cell in self.screen.all("table cell"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "用户 home"


@pytest.fixture
def opened(world: World, desktop: Desktop, home: Path) -> AbstractContextManager[Screen]:
    return world.window(PROGRAM, home, desktop)


@pytest.fixture
def person(opened: AbstractContextManager[Screen]) -> Iterator[Person]:
    with opened as screen:
        screen.wait("push button", "添加邮箱", timeout=SLOW)
        yield Person(screen)


@pytest.mark.parametrize("address", list(CREDENTIALS))
def test_from_the_first_start_to_normal(person: Person, world: World, address: str) -> None:
    person.add(address, USERS[address])
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    assert person.screen.has("table cell", contains=address)
    assert len(world.dovecot.attempts("imap", address)) == 1
