"""The real window, where a Microsoft sign-in is revoked, another's, refused, given up, removed."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.dialogue import parse_one
from tests.servers.entra.cast import PERSON, WORKER
from tests.servers.fixtures_microsoft import MicrosoftWorld
from tests.servers.processes import find, wait_until
from tests.servers.scripted import ScriptedServer
from tests.test_black_box import SLOW
from tests.test_black_box_microsoft import (
    AT_HOME,
    MOST_CLICKS,
    Signer,
    focused,
    person,
)

__all__ = ["person"]  # the fixture

REFUSAL = Path(__file__).parent / "dialogues" / "m365_smtp_token_disabled_tenant.txt"
ELSEWHERE = "127.0.0.3"
CONSENT = "https://account.live.com/consent/Manage"  # where people look after what they agreed to


def stored(home: Path) -> list[tuple[str, int]]:
    """The ids of the accounts in the file, and how many secrets each of them has."""
    connection = sqlite3.connect(next(home.rglob("accounts.db")))
    try:
        return connection.execute(
            "SELECT id, (SELECT count(*) FROM secrets WHERE account = accounts.id) FROM accounts"
        ).fetchall()
    finally:
        connection.close()


def test_a_revoked_sign_in_is_mended_by_the_browsers_yes(
    person: Signer, microsoft_world: MicrosoftWorld
) -> None:
    entra, screen = microsoft_world.entra, person.screen
    person.sign_in(PERSON)
    person.finish()
    before = stored(person.home)
    entra.revoke(entra.user(PERSON))
    entra.expire_access_tokens()
    person.press("检测全部")
    person.expect({PERSON: ("需要重新授权", "IMAP 失败", "Graph 失败", "微软登录")})
    person.clicks = 0
    person.open_menu(PERSON, "重新授权…")
    person.wait_for_good()
    assert person.clicks <= MOST_CLICKS
    assert not screen.has("password text")
    person.finish()
    person.expect({PERSON: AT_HOME})
    assert stored(person.home) == before
    assert len(microsoft_world.browser.begun()) == 2
    assert {asked.values["login_hint"] for asked in entra.seen("authorize")} == {PERSON}


def test_another_person_answers(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    entra, screen = microsoft_world.entra, person.screen
    entra.signs_in(entra.user(WORKER))
    person.sign_in(PERSON)
    said = screen.wait("label", contains=f"登录的是 {WORKER}", timeout=SLOW)
    assert PERSON in said.text()
    # One problem, of both sides: Graph would have sent in the name of the other.
    assert len(screen.all("label", contains="登录的不是这个邮箱")) == 1
    assert not screen.has("label", contains="无法识别")
    assert stored(person.home) == []
    person.look()
    entra.signs_in(None)
    person.press("重新授权")
    person.finish()
    person.expect({PERSON: AT_HOME})


@contextmanager
def smtp_is_off(world: MicrosoftWorld) -> Iterator[ScriptedServer]:
    """Exchange, as it refuses everybody of an organisation."""
    # A token of its true length does not fit into the command's own line.
    answer_waits = "C: AUTH XOAUTH2\nS: 334 \nC: ••••\n"
    text = REFUSAL.read_text().replace("C: AUTH XOAUTH2 ••••\n", answer_waits)
    dialogue = parse_one(text, REFUSAL.name)
    context = world.authority.issue().context()
    with world.names.inside(
        lambda: ScriptedServer(
            dialogue, context=context, address=ELSEWHERE, port=587, looked_at=True
        )
    ) as server:
        world.names.dns.set("smtp.office365.com", {"A": [ELSEWHERE]})
        yield server


def test_where_smtp_is_off_graph_sends(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    with smtp_is_off(microsoft_world):
        person.sign_in(WORKER)
        person.screen.wait("label", "组织关闭了 SMTP 发信", timeout=SLOW)
        person.look()
        person.press("改用 Graph 发信")
        person.finish()
        person.expect({WORKER: ("正常", "IMAP 正常", "Graph 正常", "微软登录")})
    assert len(microsoft_world.browser.begun()) == 1


def test_pop3_and_graph_in_the_server_settings(
    person: Signer, microsoft_world: MicrosoftWorld
) -> None:
    entra = microsoft_world.entra
    person.sign_in(WORKER)
    person.finish()
    change_protocol(person, "收信", "shift+Tab", "Down")
    person.finish()
    person.expect({WORKER: ("正常", "POP3 正常", "SMTP 正常", "微软登录")})
    agreed = len(entra.seen("authorize"))
    change_protocol(person, "收信", "shift+Tab", "Down")
    # Reading through Graph is agreed to when it is wanted, and not before.
    person.screen.wait("label", "没有收信权限", timeout=SLOW)
    person.press("重新授权")
    person.finish()
    assert len(entra.seen("authorize")) == agreed + 1
    person.expect({WORKER: ("正常", "Graph 正常", "SMTP 正常", "微软登录")})


def change_protocol(person: Signer, side: str, *keys: str) -> None:
    """In the form of the servers, by keyboard from the server's name."""
    screen = person.screen
    person.open_menu(WORKER, "编辑服务器设置…")
    field = screen.wait("text", f"{side} 服务器", timeout=SLOW)
    wait_until(lambda: field.name in focused(screen), SLOW, "the keyboard to be in the form")
    screen.press(*keys)
    person.next()


def doors(world: MicrosoftWorld, person: Signer) -> list[str]:
    """Where the program listens; nobody from outside can come there."""
    said = subprocess.run(
        [*world.prefix, find("ss"), "-ltnpH"], capture_output=True, text=True, check=True
    ).stdout
    ours = [line for line in said.splitlines() if f"pid={person.screen.pid}," in line]
    places = [line.split()[3] for line in ours]
    assert all(place.startswith(("127.0.0.1:", "[::1]:")) for place in places)
    return places


def test_a_browser_that_never_comes_back_leaves_no_door(
    person: Signer, microsoft_world: MicrosoftWorld
) -> None:
    world, screen = microsoft_world, person.screen
    world.browser.obey({"hang": True})

    def wait_for_the_browser() -> None:
        screen.wait("push button", "复制链接", timeout=SLOW)
        assert doors(world, person)

    person.begin(PERSON)
    for way_out in ("取消登录", "上一步", "取消"):
        screen.wait("radio button", "微软登录", timeout=SLOW)
        person.next()
        wait_for_the_browser()
        person.look()
        assert b"browser.py" in person.seen  # it is among the processes, with what it was told
        person.press(way_out)
        if way_out == "取消":
            person.press("放弃")
        wait_until(lambda: not doors(world, person), SLOW, "the door to close")
    assert stored(person.home) == []
    person.sign_in(PERSON)
    wait_for_the_browser()  # and then the program is ended


def test_no_then_silence_then_yes(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    browser, screen = microsoft_world.browser, person.screen
    browser.obey({"answer": "Cancel"})
    person.sign_in(PERSON)
    screen.wait("label", "没有同意授权", timeout=SLOW)
    assert stored(person.home) == []
    browser.obey({"close": "at login"})
    person.press("重新授权")
    browser.visits(wait_for=2)
    browser.obey()
    person.press("重新打开浏览器")
    person.finish()
    person.expect({PERSON: AT_HOME})


def test_a_connection_is_removed(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    browser, screen = microsoft_world.browser, person.screen
    person.sign_in(PERSON)
    person.finish()
    [(account, secrets)] = stored(person.home)
    assert secrets == 1
    person.open_menu(PERSON, "移除连接…")
    person.press("移除连接")
    screen.wait("label", "已移除连接", timeout=SLOW)
    assert stored(person.home) == [(account, 0)]
    browser.obey({"close": "at once"})
    person.press("打开收回授权的页面")
    wait_until(lambda: browser.begun()[-1] == CONSENT, SLOW, "the page of the permissions")
    person.press("关闭")
    person.expect({PERSON: ("需要重新授权", "IMAP 失败", "Graph 失败", "微软登录")})
    browser.obey()
    person.open_menu(PERSON, "重新授权…")
    person.finish()
    person.expect({PERSON: AT_HOME})
    assert stored(person.home) == [(account, 1)]
