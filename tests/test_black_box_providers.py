"""The real window, from an address to 正常, for every provider: by IMAP and by POP3.

One window takes them all, one after the other: a start costs as much as an account.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.cli.test_providers import PEOPLE, PRINTED
from tests.fixtures_real import USERS, World
from tests.servers.desktop import Desktop
from tests.servers.dovecot import Attempt
from tests.servers.processes import wait_until
from tests.servers.screen import Screen
from tests.test_black_box import PROGRAM, SLOW, Person

COLUMNS = 7  # of the list


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What a person meets on the way to one."""

    credential: str  # what the provider calls its secret
    imap: str
    pop3: str | None
    way: str | None = None  # what is chosen on the page 登录方式, where there is one
    form: bool = False  # found by MX: the servers are shown before a password is sent


OFFICE = "outlook.office365.com"
MAILBOXES = {
    "outlook": Mailbox("应用密码", OFFICE, OFFICE, way="应用密码"),
    "m365_global": Mailbox("应用密码", OFFICE, OFFICE, way="应用密码", form=True),
    "qq": Mailbox("授权码", "imap.qq.com", "pop.qq.com"),
    "netease163": Mailbox("授权码", "imap.163.com", "pop.163.com"),
    "netease126": Mailbox("授权码", "imap.126.com", "pop.126.com"),
    "netease_yeah": Mailbox("授权码", "imap.yeah.net", "pop.yeah.net"),
    "gmail": Mailbox("应用专用密码", "imap.gmail.com", "pop.gmail.com"),
    "icloud": Mailbox("App 专用密码", "imap.mail.me.com", None),
    "exmail": Mailbox(
        "客户端专用密码",
        "imap.exmail.qq.com",
        "pop.exmail.qq.com",
        way="客户端专用密码",
        form=True,
    ),
    "aliyun_personal": Mailbox("密码", "imap.aliyun.com", "pop3.aliyun.com", way="登录密码"),
    "sina": Mailbox("授权码", "imap.sina.com", "pop.sina.com", way="授权码"),
    "yahoo": Mailbox("应用密码", "imap.mail.yahoo.com", "pop.mail.yahoo.com"),
}


@contextmanager
def named(provider: str) -> Iterator[None]:
    """Whatever fails inside says whose mailbox it was."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"provider: {provider} ({PEOPLE[provider]})")
        raise


def walk(person: Person, provider: str) -> None:
    """From the open list to the page after the secret; the preparation was done before."""
    screen, mailbox, address = person.screen, MAILBOXES[provider], PEOPLE[provider]
    person.press("添加邮箱")
    person.type_address(address)
    person.next()
    if mailbox.way is not None:
        person.press(mailbox.way, "radio button")
        screen.wait("radio button", mailbox.way, checked=True, timeout=SLOW)
        person.next()
    person.press("跳过")
    secret = PRINTED.get(provider, USERS[address])
    screen.wait("password text", mailbox.credential, timeout=SLOW).type(secret)
    person.next()


def choose_protocol(person: Person, protocol: str, provider: str) -> None:
    """In the form of the servers, by keyboard; the provider's own server comes with it."""
    screen, mailbox = person.screen, MAILBOXES[provider]
    to_pop3 = protocol == "POP3"
    before, after = (mailbox.imap, mailbox.pop3) if to_pop3 else (mailbox.pop3, mailbox.imap)
    host = screen.wait("text", "收信 服务器", contains=before, timeout=SLOW)
    wait_until(lambda: "focused" in host.states(), SLOW, "the keyboard to be in the form")
    # The choice of protocol stands before the server's name.
    screen.press("shift+Tab", "Down" if to_pop3 else "Up")
    screen.wait("text", "收信 端口", contains="995" if to_pop3 else "993", timeout=SLOW)
    assert host.text() == after


def edit_protocol(person: Person, protocol: str, provider: str) -> None:
    """From the list: an account that is there already, to the other protocol."""
    row = person.screen.wait("table cell", PEOPLE[provider], timeout=SLOW)
    row.click_with_mouse(button=3)
    person.press("编辑服务器设置…", "menu item")
    choose_protocol(person, protocol, provider)
    person.next()
    finish(person)


def finish(person: Person) -> None:
    """Close the wizard; only a good check, or a click on 仍然保存, comes this far."""
    person.press("完成")
    person.screen.wait_gone("dialog", timeout=SLOW)


def rows(screen: Screen) -> dict[str, list[str]]:
    """The list as it is read out: status, receiving and sending, by address."""
    cells = [cell.name for cell in screen.all("table cell", showing=False)]
    return {cells[at]: cells[at + 1 : at + 4] for at in range(0, len(cells), COLUMNS)}


def expect_normal(screen: Screen, protocols: dict[str, str]) -> None:
    """These providers' accounts are the list, all 正常, each receiving by its protocol."""
    wanted = {
        PEOPLE[provider]: ["正常", f"{protocol} 正常", "SMTP 正常"]
        for provider, protocol in protocols.items()
    }
    with suppress(TimeoutError):  # the comparison below says more
        wait_until(lambda: rows(screen) == wanted, SLOW, "the list")
    assert rows(screen) == wanted


def users(attempts: list[Attempt]) -> list[str]:
    """Who logged in, in this order; nobody was refused or seen in the clear."""
    assert [one for one in attempts if not (one.ok and one.encrypted)] == []
    return [one.user for one in attempts]


def test_everybody_is_here() -> None:
    assert set(MAILBOXES) == set(PEOPLE)
    assert [provider for provider, box in MAILBOXES.items() if box.pop3 is None] == ["icloud"]


def test_every_provider_by_imap_and_by_pop3(world: World, desktop: Desktop, tmp_path: Path) -> None:
    """Where the servers are shown at first, POP3 is chosen there and IMAP later in the list.

    Elsewhere IMAP is taken without a question, and POP3 is chosen later in the list.
    """
    protocols: dict[str, str] = {}
    with world.window(PROGRAM, tmp_path / "home", desktop) as screen:
        person = Person(screen)
        for provider, mailbox in MAILBOXES.items():
            first, then = ("POP3", "IMAP") if mailbox.form else ("IMAP", "POP3")
            with named(provider):
                walk(person, provider)
                if mailbox.form:
                    choose_protocol(person, first, provider)
                    assert world.dovecot.attempts(user=PEOPLE[provider]) == []
                    person.next()
                finish(person)
                expect_normal(screen, protocols := protocols | {provider: first})
                if mailbox.pop3 is not None:
                    edit_protocol(person, then, provider)
                    expect_normal(screen, protocols := protocols | {provider: then})
    by_pop3 = [PEOPLE[provider] for provider, box in MAILBOXES.items() if box.pop3]
    assert users(world.dovecot.attempts("pop3")) == by_pop3
    # iCloud's IMAP wants the part before the @ alone.
    by_imap = ["wu" if one == "icloud" else PEOPLE[one] for one in MAILBOXES]
    assert users(world.dovecot.attempts("imap")) == by_imap
