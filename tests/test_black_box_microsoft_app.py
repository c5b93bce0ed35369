"""The real window looks at an app that somebody registered, and says what is not right with it."""

from __future__ import annotations

import re

from tests.servers.entra.cast import WORKER
from tests.servers.fixtures_microsoft import MicrosoftWorld
from tests.test_black_box import SLOW
from tests.test_black_box_microsoft import AT_WORK, OWN_ID, Signer, focused, person
from tests.test_black_box_microsoft_mending import stored

__all__ = ["person"]  # the fixture

ELSEWHERE = ["http://localhost:5/nowhere"]


def number_on_the_page(world: MicrosoftWorld) -> str:
    """What a person reads in the browser where Microsoft keeps an error to itself."""
    found = re.search(r"AADSTS\d+", world.browser.last_page()["page"])
    assert found is not None
    return found[0]


def fill_the_form(person: Signer) -> None:
    """From the open list to the page of the app."""
    person.begin(WORKER)
    person.choose_way("自己的应用")
    person.press("跳过")
    person.screen.wait("text", "应用程序(客户端) ID", timeout=SLOW).type(OWN_ID)
    person.screen.wait("push button", "下一步", enabled=True, timeout=SLOW)


def test_an_app_is_looked_at_and_put_right(person: Signer, microsoft_world: MicrosoftWorld) -> None:
    entra, screen = microsoft_world.entra, person.screen
    entra.register_app(OWN_ID, redirects=ELSEWHERE)
    fill_the_form(person)
    person.press("检查我的应用")
    number = screen.wait("text", contains="编号", timeout=SLOW)
    assert all(focused(screen))
    number.type(number_on_the_page(microsoft_world))
    screen.wait("label", "平台正确: 不通过", timeout=SLOW)
    assert screen.has("label", "找到客户端 ID: 通过")
    person.look()
    entra.register_app(OWN_ID)
    person.press("再检查一次")
    screen.wait("label", "应用没有问题。", timeout=SLOW)
    assert not screen.has("label", contains="不通过")
    person.look()
    person.press("关闭")
    assert stored(person.home) == []
    person.next()
    person.finish()
    person.expect({WORKER: AT_WORK})


def test_the_program_ends_with_the_form_in_view(person: Signer) -> None:
    fill_the_form(person)


def test_an_error_that_only_the_browser_shows(
    person: Signer, microsoft_world: MicrosoftWorld
) -> None:
    entra, screen = microsoft_world.entra, person.screen
    entra.user(WORKER).disabled = True
    person.sign_in(WORKER)
    person.press("网页上显示错误？")
    screen.wait("text", "错误编号", timeout=SLOW).type(number_on_the_page(microsoft_world))
    screen.wait("label", contains="停用", timeout=SLOW)
    entra.user(WORKER).disabled = False
    person.press("重新打开浏览器")
    person.finish()
    person.expect({WORKER: AT_WORK})
