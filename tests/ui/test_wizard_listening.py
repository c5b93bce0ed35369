"""While a person reads, the servers are listened to: what they will not take stands on the card."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest
from PySide6.QtWidgets import QRadioButton

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import Capabilities
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Standing
from laifaxin_desktop.ui import browser, loop
from laifaxin_desktop.ui.wizard import listening

from .person import Person, use
from .sample_wizard import PRESET, Servers, stored_account, until

NO_PASSWORD = "现在不接受密码登录"


@dataclass
class Talkative(Servers):
    """Servers that say how one signs in, to whoever asks without a secret."""

    says: dict[Protocol, str] = field(default_factory=dict)
    asked: list[Endpoint] = field(default_factory=list)
    cut: int = 0
    hold: asyncio.Event | None = None  # nobody answers before

    async def __call__(self, endpoint, login, observe):
        if login is not None or endpoint.protocol not in self.says:
            return await super().__call__(endpoint, login, observe)
        self.asked.append(endpoint)
        try:
            if self.hold is not None:
                await self.hold.wait()
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cut += 1
            raise
        return Capabilities(frozenset(self.says[endpoint.protocol].split()))


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


def _says(person: Person, words: str) -> bool:
    return any(words in seen for seen in person.seen())


def test_on_the_page_of_ways_the_card_says_so_and_the_best_one_left_is_chosen(tmp_path, languages):
    tokens = {Protocol.IMAP: "IMAP4REV1 AUTH=PLAIN", Protocol.SMTP: "AUTH AUTH=PLAIN"}
    servers = Talkative(says=tokens, hold=asyncio.Event())

    async def walk(person: Person) -> None:
        person.type("someone@outlook.com")
        await person.next()
        assert person.step is Step.WAY
        before = person.wizard.draft
        assert not _says(person, "现在不接受微软登录")
        buttons = person.wizard.current.findChildren(QRadioButton)
        servers.hold.set()
        await until(lambda: _says(person, "现在不接受微软登录"))
        after = person.wizard.draft
        # Whoever is about to press one presses it still.
        assert set(person.wizard.current.findChildren(QRadioButton)) == set(buttons)
        assert all(button.isVisible() for button in buttons)
        assert before.chosen.standing is not Standing.BROKEN
        assert all(way.standing is Standing.BROKEN for way in after.provider.ways)
        assert after.way is before.way  # none is left: whoever insists may go on
        await person.next()
        assert person.step is not Step.WAY

    use(tmp_path, languages, walk, servers=servers, preset=PRESET)


def test_where_the_code_is_asked_for_at_once_it_is_said_there(tmp_path, languages):
    only = {Protocol.IMAP: "IMAP4REV1 LOGINDISABLED AUTH=XOAUTH2", Protocol.SMTP: "AUTH AUTH=PLAIN"}
    servers = Talkative(says=only)

    async def walk(person: Person) -> None:
        person.type("li@gmail.com")
        await person.next()
        await until(lambda: _says(person, NO_PASSWORD))  # beside the guide, for a moment
        assert person.step is Step.GUIDE
        assert person.wizard.draft.way is AuthWay.APP_PASSWORD
        person.click("跳过")
        assert person.step is Step.SECRET
        assert _says(person, "服务器 imap.gmail.com 现在不接受密码登录")
        person.type("abcdabcdabcdabcd")
        assert person.wizard.draft.secret is not None
        assert {end.host for end in servers.asked} == {"imap.gmail.com", "smtp.gmail.com"}
        assert len(servers.asked) == 2  # once, although pages were turned

    use(tmp_path, languages, walk, servers=servers)


def test_servers_that_agree_or_are_silent_change_nothing(tmp_path, languages):
    agreed = {Protocol.IMAP: "IMAP4REV1 AUTH=PLAIN"}
    servers = Talkative(says=agreed)

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        await until(lambda: servers.asked)
        await asyncio.sleep(0.05)  # the answers are in
        assert not _says(person, "现在不接受")
        assert person.wizard.draft.provider is person.wizard.app.book.by_domain("qq.com")

    use(tmp_path, languages, walk, servers=servers)


def test_servers_that_were_mended_are_believed_again(tmp_path, languages, monkeypatch):
    refused = {Protocol.IMAP: "IMAP4REV1 LOGINDISABLED", Protocol.SMTP: "AUTH AUTH=PLAIN"}
    servers = Talkative(says=refused)

    async def there_and_back(person: Person) -> None:
        person.click("上一步")
        await person.reach(Step.GUIDE)
        person.click("跳过")
        await person.reach(Step.SECRET)

    async def walk(person: Person) -> None:
        await person.to_secret("li@gmail.com")
        await until(lambda: _says(person, "现在不让邮件程序登录"))
        asked = len(servers.asked)
        await there_and_back(person)
        assert len(servers.asked) == asked  # not at every turn of a page
        monkeypatch.setattr(listening, "AGAIN", 0.0)
        servers.says = {Protocol.IMAP: "IMAP4REV1 AUTH=PLAIN", Protocol.SMTP: "AUTH AUTH=PLAIN"}
        await there_and_back(person)
        await until(lambda: not _says(person, "现在不让邮件程序登录"))
        assert person.wizard.draft.provider == person.wizard.app.book.by_domain("gmail.com")
        asked = len(servers.asked)
        await there_and_back(person)
        assert len(servers.asked) == asked  # who agrees is asked no more

    use(tmp_path, languages, walk, servers=servers)


def test_the_way_that_was_left_for_the_servers_is_taken_again(tmp_path, languages, monkeypatch):
    monkeypatch.setattr(listening, "AGAIN", 0.0)
    servers = Talkative(says={Protocol.IMAP: "IMAP4REV1 AUTH=PLAIN"})

    def with_a_password(wizard) -> None:
        draft = wizard.draft
        ways = [
            replace(row, standing=Standing.OK) if row.way is AuthWay.APP_PASSWORD else row
            for row in draft.provider.ways
        ]
        wizard.replace(replace(draft, provider=replace(draft.provider, ways=tuple(ways))))

    async def walk(person: Person) -> None:
        person.type("someone@outlook.com")
        servers.hold = asyncio.Event()
        await person.next()
        assert person.step is Step.WAY
        with_a_password(person.wizard)
        before = person.wizard.draft
        assert before.signs_in
        servers.hold.set()
        await until(lambda: person.wizard.draft.way is AuthWay.APP_PASSWORD)
        servers.says = {Protocol.IMAP: "IMAP4REV1 AUTH=XOAUTH2", Protocol.SMTP: "AUTH AUTH=XOAUTH2"}
        person.wizard._listening.turned(Step.WAY)
        await until(lambda: person.wizard.draft.signs_in)
        assert (person.wizard.draft.way, person.wizard.draft.own_app) == (
            before.way,
            before.own_app,
        )

    use(tmp_path, languages, walk, servers=servers, preset=PRESET)


def test_whoever_signs_in_again_is_told_before_a_code_is_typed(tmp_path, languages):
    only = {Protocol.IMAP: "IMAP4REV1 LOGINDISABLED AUTH=XOAUTH2", Protocol.SMTP: "AUTH AUTH=PLAIN"}
    servers = Talkative(says=only)

    async def walk(person: Person) -> None:
        await until(lambda: person.step is Step.SECRET)
        await until(lambda: _says(person, "现在不接受密码登录"))
        draft = person.wizard.draft
        assert {end.host for end in servers.asked} == {
            end.host for end in draft.settings.endpoints()
        }
        assert draft.way is AuthWay.APP_PASSWORD  # nothing is chosen for somebody
        person.type("abcdabcdabcdabcd")
        assert person.wizard.draft.secret is not None

    use(
        tmp_path,
        languages,
        walk,
        reason=Reason.REAUTHORIZE,
        account=stored_account,
        servers=servers,
    )


def test_who_leaves_is_not_waited_for(tmp_path, languages):
    servers = Talkative(says={Protocol.IMAP: "", Protocol.SMTP: ""}, hold=asyncio.Event())

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        await until(lambda: len(servers.asked) == 2)
        person.wizard.done(0)
        await until(lambda: servers.cut == 2)

    use(tmp_path, languages, walk, servers=servers)
