"""The real program under a real desktop, worked through its accessibility tree alone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from laifaxin_desktop.log import forms_of
from tests.fixtures_real import USERS, World
from tests.servers.desktop import Desktop
from tests.servers.names import WORLD
from tests.servers.processes import wait_until
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
            self.press("应用密码", "radio button")
            self.next()
        self.screen.wait("check box", "我已完成", timeout=SLOW)
        for box in self.screen.all("check box", "我已完成"):
            if not box.checked():  # the ticks of an earlier account of this provider are kept
                box.click()
        self.next()

    def add(self, address: str, secret: str) -> None:
        """The whole way."""
        self.walk_to_secret(address)
        self.give_secret(address, secret)

    def give_secret(self, address: str, secret: str) -> None:
        self.screen.wait("password text", CREDENTIALS[address], timeout=SLOW).type(secret)
        self.next()

    def select(self, address: str) -> None:
        """Click an account's row."""
        self.screen.wait("table cell", contains=address, timeout=SLOW).click_with_mouse()

    def choose(self, item: str) -> None:
        """An item of the selected row's menu, opened by keyboard."""
        self.screen.press("shift+F10")
        self.screen.wait("menu item", item, timeout=SLOW).click()


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


def attempts(world: World, address: str) -> int:
    return len(world.dovecot.attempts("imap", address))


def stored(home: Path) -> list[tuple[str, str]]:
    """Ids and local parts in the file of accounts."""
    database = next(home.rglob("accounts.db"))
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT id, local FROM accounts").fetchall()
    finally:
        connection.close()


def test_a_wrong_secret_is_named_and_mended(person: Person, world: World) -> None:
    person.add("li@qq.com", "wrongwrongwrongx")
    person.screen.wait(contains="授权码不正确", timeout=SLOW)
    assert attempts(world, "li@qq.com") == 1
    person.press("重新输入授权码")
    person.give_secret("li@qq.com", USERS["li@qq.com"])
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    assert attempts(world, "li@qq.com") == 2


def test_kept_though_it_fails_then_signed_in_again(
    person: Person, world: World, home: Path
) -> None:
    person.add("li@qq.com", "wrongwrongwrongx")
    person.press("仍然保存")
    person.press("完成")
    person.screen.wait("table cell", "密码或授权码错误", timeout=SLOW)
    before = stored(home)
    person.select("li@qq.com")
    person.choose("重新授权…")
    person.give_secret("li@qq.com", USERS["li@qq.com"])
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    assert stored(home) == before


def test_the_password_changes_on_the_server(person: Person, world: World, home: Path) -> None:
    person.add("chen@163.com", USERS["chen@163.com"])
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    before = stored(home)
    world.dovecot.change_password("chen@163.com", "BRANDNEWCODEABCD")
    person.press("检测全部")
    person.screen.wait("table cell", "密码或授权码错误", timeout=SLOW)
    person.select("chen@163.com")
    person.choose("重新授权…")
    # A wrong one first: the old secret must not be replaced by it.
    person.give_secret("chen@163.com", "ANOTHERWRONGCODE")
    person.screen.wait(contains="授权码不正确", timeout=SLOW)
    person.press("重新输入授权码")
    person.give_secret("chen@163.com", "BRANDNEWCODEABCD")
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    assert stored(home) == before


def test_a_server_that_is_down_is_not_the_passwords_fault(person: Person, world: World) -> None:
    world.names.dns.replace({**WORLD, "imap.qq.com": {"A": ["127.0.0.77"], "AAAA": []}})
    person.add("li@qq.com", USERS["li@qq.com"])
    person.screen.wait(contains="服务器拒绝连接", timeout=SLOW)
    assert not person.screen.has(contains="授权码不正确")
    world.names.dns.replace(WORLD)
    person.press("重新检测")
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)


def test_back_and_forth_loses_nothing(person: Person, world: World) -> None:
    person.walk_to_secret("someone@outlook.com")
    field = person.screen.wait("password text", "应用密码", timeout=SLOW)
    field.type(USERS["someone@outlook.com"])
    for before in ("check box", "radio button", "text"):
        person.press("上一步")
        person.screen.wait(before, timeout=SLOW)
    assert person.screen.wait("text", "邮箱地址", timeout=SLOW).text() == "someone@outlook.com"
    person.next()
    person.screen.wait("radio button", "应用密码", timeout=SLOW)
    person.next()
    person.screen.wait("check box", "我已完成", timeout=SLOW)
    assert all(box.checked() for box in person.screen.all("check box", "我已完成"))
    person.next()
    person.screen.wait("password text", "应用密码", timeout=SLOW)
    person.next()  # the secret is still there
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)


def test_the_keyboard_is_in_the_list_again_after_a_wizard_was_given_up(person: Person) -> None:
    """Only a real window manager shows it: two windows go at once."""
    person.press("添加邮箱")
    person.type_address("li@qq.com")
    person.press("取消")
    person.press("放弃")
    person.screen.wait_gone("dialog", timeout=SLOW)
    frame = person.screen.wait("frame", "来发信 · 邮箱助手", timeout=SLOW)
    wait_until(lambda: "active" in frame.states(), SLOW, "the list to have the keyboard")
    person.screen.press("ctrl+n")
    person.screen.wait("text", "邮箱地址", timeout=SLOW)


def test_closing_in_the_middle_leaves_nothing_but_the_guide(
    world: World, desktop: Desktop, home: Path
) -> None:
    with world.window(PROGRAM, home, desktop) as screen:
        person = Person(screen)
        person.walk_to_secret("li@qq.com")
        screen.wait("password text", "授权码", timeout=SLOW).type("halfway")
    assert stored(home) == []
    with world.window(PROGRAM, home, desktop) as screen:
        person = Person(screen)
        person.press("添加邮箱")
        person.type_address("li@qq.com")
        person.next()
        screen.wait("check box", "我已完成", timeout=SLOW)
        assert all(box.checked() for box in screen.all("check box", "我已完成"))


def test_deleting_takes_the_secret_with_it_and_can_be_undone(person: Person, home: Path) -> None:
    person.add("li@qq.com", USERS["li@qq.com"])
    person.press("完成")
    person.select("li@qq.com")
    person.choose("删除…")
    person.press("删除")
    person.screen.wait(contains="已删除", timeout=SLOW)
    person.press("撤销")
    person.select("li@qq.com")
    [(first, _)] = stored(home)
    person.choose("删除…")
    person.press("删除")
    # Added anew before the ten seconds are over: the old one goes for good, the new one stays.
    person.add("li@qq.com", USERS["li@qq.com"])
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    [(second, _)] = stored(home)
    assert second != first
    person.select("li@qq.com")
    person.choose("删除…")
    person.press("删除")
    person.screen.wait_gone("push button", "撤销", timeout=SLOW)
    wait_until(lambda: stored(home) == [], SLOW, "the account to be removed")


def test_the_second_start_shows_the_first_window(
    person: Person, world: World, desktop: Desktop, home: Path
) -> None:
    second = subprocess.run(
        [*world.prefix, *PROGRAM],
        env=world.environment(home, desktop),
        timeout=SLOW,
        check=False,
        capture_output=True,
    )
    assert second.returncode == 0
    assert second.stderr == b""
    assert person.screen.has("push button", "添加邮箱")


def test_the_command_line_and_the_window_see_each_other(
    person: Person, world: World, home: Path
) -> None:
    secret = USERS["li@qq.com"] + "\n"
    added = world.run([*PROGRAM, "add", "li@qq.com", "--password-stdin"], home, input=secret)
    assert added.returncode == 0, added.stderr
    person.screen.wait("table cell", contains="li@qq.com", timeout=SLOW)
    person.screen.wait("table cell", "正常", timeout=SLOW)
    world.run([*PROGRAM, "pause", "li@qq.com"], home)
    person.screen.wait("table cell", "已暂停", timeout=SLOW)
    person.add("chen@163.com", USERS["chen@163.com"])
    person.press("完成")
    checked = world.run([*PROGRAM, "check", "chen@163.com", "--stored"], home)
    assert checked.returncode == 0, checked.stderr
    assert len(world.keychain.items()) == 1  # one key, whoever made it


def copy(desktop: Desktop, text: str) -> None:
    """Put a text on the clipboard, as another program would."""
    subprocess.run(
        ["xclip", "-selection", "clipboard", "-in"],
        env=desktop.environment(),
        input=text.encode(),
        stdout=subprocess.DEVNULL,  # xclip stays behind to serve it, and would keep a pipe open
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=SLOW,
    )


def paste(desktop: Desktop) -> str:
    """What is on the clipboard; empty when nothing is."""
    out = ["xclip", "-selection", "clipboard", "-out"]
    done = subprocess.run(
        out, env=desktop.environment(), capture_output=True, check=False, timeout=SLOW
    )
    return done.stdout.decode()


SECRET = "hunter2-é-漢"


def test_no_secret_is_seen_or_kept_in_the_clear(
    person: Person, world: World, home: Path, desktop: Desktop
) -> None:
    world.dovecot.change_password("chen@163.com", SECRET)
    copy(desktop, SECRET + "\n")
    person.walk_to_secret("chen@163.com")
    person.screen.wait("password text", "授权码", timeout=SLOW)
    person.press("粘贴")
    seen = person.screen.tree()
    person.next()
    person.screen.wait("push button", "完成", timeout=SLOW)
    assert SECRET not in paste(desktop)
    person.press("完成")
    person.screen.wait("table cell", "正常", timeout=SLOW)
    seen += person.screen.tree()
    raw = seen.encode() + b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    for form in forms_of(SECRET):
        assert form.encode() not in raw, form
        assert form.encode("utf-16-le") not in raw, form
