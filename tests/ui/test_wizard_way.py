"""The ways of signing in: a card each, the best first, and what does not work says so."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QRadioButton

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.model.provider import AuthWay, Standing
from laifaxin_desktop.ui import browser, loop

from .person import Person, use
from .sample_wizard import PRESET, until

ADDRESS = "someone@outlook.com"


@pytest.fixture(autouse=True)
def whole(dressed, monkeypatch):
    """An error of ours anywhere fails the test; no browser opens."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    monkeypatch.setattr(browser, "open_page", lambda url, failed=None: None)
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


def _radios(person: Person) -> dict[str, bool]:
    """The names of the ways in their order, and which is chosen."""
    found = [button for button in person.wizard.findChildren(QRadioButton) if button.isVisible()]
    found.sort(key=lambda radio: radio.mapTo(person.wizard, radio.pos()).y())
    return {radio.accessibleName(): radio.isChecked() for radio in found}


async def to_ways(person: Person) -> None:
    person.type(ADDRESS)
    await person.next()
    await until(lambda: _radios(person))


def test_without_an_app_ones_own_comes_first_and_one_click_says_why(tmp_path, languages):
    async def walk(person: Person) -> None:
        await to_ways(person)
        names = _radios(person)
        assert list(names) == ["自己的应用", "ClientId + RefreshToken", "微软登录", "应用密码"]
        assert [name for name, chosen in names.items() if chosen] == ["自己的应用"]
        assert "这个版本没有内置应用，请用自己的应用" in person.seen()
        person.click("微软登录")
        draft = person.wizard.draft
        assert draft.chosen.standing is Standing.BROKEN
        assert (draft.way, draft.own_app) == (AuthWay.MICROSOFT, False)
        await person.next()
        assert person.step is Step.APP  # it leads on to one's own

    use(tmp_path, languages, walk)


def test_with_an_administrators_app_one_click_comes_first_and_names_it(tmp_path, languages):
    async def walk(person: Person) -> None:
        await to_ways(person)
        names = _radios(person)
        assert list(names)[:2] == ["微软登录", "自己的应用"]
        assert names["微软登录"]
        assert "使用管理员预设的应用：Contoso Mail" in person.seen()
        assert "Contoso Mail" in person.button("微软登录").accessibleDescription()

    use(tmp_path, languages, walk, preset=PRESET)


def test_both_ways_by_microsoft_are_told_apart(tmp_path, languages):
    async def walk(person: Person) -> None:
        await to_ways(person)
        for name, own_app, steps in (
            ("自己的应用", True, {Step.GUIDE, Step.APP, Step.SIGN_IN}),
            ("微软登录", False, {Step.SIGN_IN}),
            ("自己的应用", True, {Step.GUIDE, Step.APP, Step.SIGN_IN}),
        ):
            person.click(name)
            assert person.wizard.draft.way is AuthWay.MICROSOFT
            assert person.wizard.draft.own_app is own_app
            assert [chosen for chosen, on in _radios(person).items() if on] == [name]
            from laifaxin_desktop.engine.setup import route

            asked = {Step.GUIDE, Step.APP, Step.SIGN_IN, Step.SECRET}
            assert set(route(person.wizard.draft)) & asked == steps
            await person.next()
            person.click("上一步")
            await until(lambda: _radios(person))
            assert [chosen for chosen, on in _radios(person).items() if on] == [name]

    use(tmp_path, languages, walk, preset=PRESET)


def test_a_preset_that_is_wrong_is_said_and_stops_nobody(tmp_path, languages):
    async def walk(person: Person) -> None:
        await to_ways(person)
        assert any(words.startswith("预设没有生效") for words in person.seen())
        assert _radios(person)["自己的应用"]
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk, preset='client_id = "not an id"\n')
