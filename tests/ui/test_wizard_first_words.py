"""The first words of a failure stand at once, are refined in place, and one click corrects them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QMessageBox, QPushButton, QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.problem import Diagnosis, Doubt, Evidence, Fault, Fix, Look, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.wizard import failure, mending
from laifaxin_desktop.ui.wizard.foreign_host import ForeignHost

from .person import Person, use
from .sample_wizard import CODE, REFUSED, Servers, stored_account, until
from .test_wizard_check import SEEN, fail, whole

__all__ = ["whole"]

TIMEOUT = Evidence(Stage.CONNECT, Fault.TIMEOUT)
BLOCKED = {"known": frozenset({"smtp.qq.com"}), "works_at": frozenset({587})}
PORTAL = Evidence(Stage.GREETING, Fault.NOT_MAIL, spoken="http")


@pytest.fixture
def spoken(monkeypatch) -> list[str]:
    """What a screen reader is told besides."""
    said: list[str] = []
    monkeypatch.setattr(failure, "announce", lambda widget, words: said.append(words))
    return said


async def begin(person: Person, address: str = "li@qq.com") -> None:
    """Walk into a check that does not end yet, up to its first words."""
    await person.to_secret(address)
    person.wizard.current.take(CODE)
    await person.next()
    await until(lambda: person.wizard.current.cards and person.wizard.current.cards[0].isVisible())


def title(person: Person) -> list[str]:
    cards = person.wizard.current.cards
    return [card.findChild(QLabel, "failure_title").text() for card in cards]


def test_the_first_words_stand_while_the_closer_look_goes_on(tmp_path, languages, spoken):
    servers = Servers(fails={Side.SEND: TIMEOUT}, seen=asyncio.Event(), **BLOCKED)

    async def walk(person: Person) -> None:
        await begin(person)
        page = person.wizard.current
        assert page.busy
        assert title(person) == ["连接超时"]
        assert "检测还在进行，可能还会发现更多。" in person.seen()
        assert not page.cards[0].fix.isEnabled()  # nothing can be checked again yet
        assert page.ways_out.isHidden()
        assert "仍然保存" not in person.seen()
        card, top = page.cards[0], page.cards[0].y()
        servers.seen.set()
        await person.fail()
        assert page.cards == [card]
        assert card.y() == top
        assert title(person) == ["端口被拦截"]
        assert "检测还在进行，可能还会发现更多。" not in person.seen()
        await until(lambda: person.wizard.focusWidget() is card.fix)
        assert card.fix.accessibleName() == "改用 587 端口"
        assert title(person)[0] in card.fix.accessibleDescription()
        assert [words.partition(" ")[0] for words in spoken] == ["连接超时", "端口被拦截"]

    use(tmp_path, languages, walk, servers=servers)


def test_one_click_takes_the_port_that_answers_and_checks_again(tmp_path, languages):
    servers = Servers(fails={Side.SEND: TIMEOUT}, **BLOCKED)

    async def walk(person: Person) -> None:
        await fail(person)
        person.click("改用 587 端口")
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        outgoing = account.settings.outgoing
        assert (outgoing.host, outgoing.port) == ("smtp.qq.com", 587)
        assert outgoing.security is Security.STARTTLS
        assert len(servers.logins) == 4  # twice two servers

    use(tmp_path, languages, walk, servers=servers)


def test_a_corrected_account_of_the_list_keeps_its_secret(tmp_path, languages):
    servers = Servers(**BLOCKED)

    async def walk(person: Person) -> None:
        servers.fails = {Side.SEND: TIMEOUT}
        await person.next()
        await person.fail()
        person.click("改用 587 端口")
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.outgoing.port == 587

    use(
        tmp_path,
        languages,
        walk,
        servers=servers,
        reason=Reason.REPAIR,
        account=stored_account,
    )


def test_the_wrong_mode_is_corrected_by_what_was_spoken(tmp_path, languages):
    wrong = Evidence(Stage.TLS, Fault.WRONG_MODE, spoken="plain")
    servers = Servers(fails={Side.SEND: wrong}, known=frozenset({"smtp.qq.com"}))

    async def walk(person: Person) -> None:
        await fail(person)
        servers.fails = {}
        person.click("改用 STARTTLS")
        await person.reach(Step.DONE)
        [account] = await person.wizard.app.accounts.all()
        outgoing = account.settings.outgoing
        assert (outgoing.port, outgoing.security) == (465, Security.STARTTLS)

    use(tmp_path, languages, walk, servers=servers)


def test_a_refused_password_can_be_typed_again_before_the_other_side_answers(
    tmp_path, languages, spoken
):
    class SlowSending(Servers):
        async def _stage(self, stage, endpoint, login, observe):
            if endpoint.side is Side.SEND and stage is Stage.LOGIN:
                await self.go.wait()
            await super()._stage(stage, endpoint, login, observe)

    servers = SlowSending(fails={Side.RECEIVE: REFUSED})

    async def walk(person: Person) -> None:
        await begin(person)
        card = person.wizard.current.cards[0]
        assert person.wizard.current.busy
        await until(lambda: person.wizard.focusWidget() is card.fix)
        assert len(spoken) == 1
        person.click("重新输入授权码")
        assert person.step is Step.SECRET
        await until(lambda: servers.cancelled == 1)
        assert len(spoken) == 1

    use(tmp_path, languages, walk, servers=servers)


def test_what_has_the_keyboard_keeps_it_when_the_report_comes(tmp_path, languages, spoken):
    class SlowSending(Servers):
        async def _stage(self, stage, endpoint, login, observe):
            if endpoint.side is Side.SEND and stage is Stage.LOGIN:
                await self.go.wait()
            await super()._stage(stage, endpoint, login, observe)

    servers = SlowSending(fails=dict.fromkeys(Side, REFUSED))

    async def walk(person: Person) -> None:
        await begin(person)
        page = person.wizard.current
        await until(lambda: person.wizard.focusWidget() is page.cards[0].fix)
        toggle = person.button("服务器原话")
        person.click("服务器原话")
        toggle.setFocus()
        at = page.area.verticalScrollBar().value()
        servers.go.set()
        await person.fail()
        await asyncio.sleep(0.02)  # a focus would have moved with the next turn of the loop
        assert person.wizard.focusWidget() is toggle
        assert page.area.verticalScrollBar().value() == at
        assert person.wizard.findChild(QLabel, "server_reply").isVisible()
        assert len(spoken) == 1  # the same words are told once

    use(tmp_path, languages, walk, servers=servers)


def test_what_must_be_mended_stands_above_what_only_waits(tmp_path, languages):
    class SlowSending(Servers):
        async def _stage(self, stage, endpoint, login, observe):
            if endpoint.side is Side.SEND and stage is Stage.LOGIN:
                await self.go.wait()
            await super()._stage(stage, endpoint, login, observe)

    servers = SlowSending(fails={Side.RECEIVE: TIMEOUT, Side.SEND: REFUSED})

    async def walk(person: Person) -> None:
        await begin(person)
        page, [waits] = person.wizard.current, person.wizard.current.cards
        servers.go.set()
        await person.fail()
        assert [text[:3] for text in title(person)] == ["发信：", "收信："]
        assert page.cards[1] is waits
        assert page.cards[0].y() < waits.y()

    use(tmp_path, languages, walk, servers=servers)


def test_what_changes_under_the_pointer_takes_no_click_at_once(tmp_path, languages, monkeypatch):
    async def walk(person: Person) -> None:
        await fail(person)
        card = person.wizard.current.cards[0]
        wanted: list[object] = []
        card.fix_wanted.disconnect()
        card.fix_wanted.connect(lambda: wanted.append(None))
        monkeypatch.setattr(card.fix, "underMouse", lambda: True)
        other = replace(card.diagnosis, fix=Fix.REPORT_BUG)
        card.show_problem(other)
        card.fix.click()
        assert wanted == []
        monkeypatch.setattr(failure, "monotonic", lambda: card._sudden + 1)
        card.fix.click()
        assert wanted == [None]

    use(tmp_path, languages, walk, servers=Servers(right="another"))


# ---- a host that only the certificate names ----

THERE = Endpoint(Protocol.IMAP, "mail.hoster.example", 993, Security.TLS)


def foreign() -> Diagnosis:
    seen = Evidence(
        Stage.TLS,
        Fault.CERTIFICATE_WRONG_HOST,
        Protocol.IMAP,
        "imap.qq.com",
        993,
        Security.TLS,
        certificate=replace(SEEN.certificate, names=(THERE.host,)),
        looks=(Look(THERE, foreign=True),),
    )
    return Diagnosis("certificate_wrong_host", Fix.EDIT_SERVERS, seen)


@pytest.mark.parametrize("answer", ["keep_host", "take_host"])
def test_a_stranger_s_name_is_taken_only_by_somebody_who_knows_it(tmp_path, languages, answer):
    class Named(Servers):
        async def __call__(self, endpoint, login, observe):
            if login is not None and endpoint.host == THERE.host:
                self.fails = {}
            return await super().__call__(endpoint, login, observe)

    servers = Named(
        fails={Side.RECEIVE: replace(foreign().evidence, looks=())},
        known=frozenset({THERE.host}),
    )

    async def walk(person: Person) -> None:
        await fail(person)
        person.click("改用 mail.hoster.example…")
        question = person.wizard.findChild(QMessageBox, "foreign_host_question")
        assert question.isVisible()
        assert question.defaultButton().objectName() == "keep_host"
        assert "hoster.example" in question.informativeText()
        assert "qq.com" in question.informativeText()
        assert THERE.host not in {end.host for end, _ in servers.logins}
        question.findChild(QPushButton, answer).click()
        if answer == "take_host":
            await person.reach(Step.DONE)
            [account] = await person.wizard.app.accounts.all()
            assert account.settings.incoming.host == THERE.host
        else:
            await asyncio.sleep(0.02)  # a check would have begun by now
            assert person.wizard.draft.settings.incoming.host == "imap.qq.com"
            assert THERE.host not in {end.host for end, _ in servers.logins}

    use(tmp_path, languages, walk, servers=servers)


def test_neighbours_below_one_rented_domain_are_told_apart(languages):
    there = replace(THERE, host="mail.mallory.synology.me")
    parent = QWidget()
    question = ForeignHost("imap.alice.synology.me", there, parent)
    assert "mail.mallory.synology.me" in question.informativeText()
    assert "imap.alice.synology.me" in question.informativeText()


def test_no_stranger_is_offered_where_a_better_server_is_known(tmp_path, languages):
    better = replace(THERE, host="imap.qq.com", port=143)

    async def walk(person: Person) -> None:
        await fail(person)
        card = person.wizard.current.cards[0]
        card.show_problem(foreign())
        assert "改用 mail.hoster.example…" in person.seen()
        card.show_problem(replace(foreign(), suggestion=better))
        assert "改用 143 端口" in person.seen()
        seen = replace(foreign().evidence, fault=Fault.CAPTIVE_PORTAL)
        card.show_problem(replace(foreign(), evidence=seen))
        assert not any("hoster.example…" in words for words in person.seen())

    use(tmp_path, languages, walk, servers=Servers(right="another"))


# ---- a network that wants a sign-in first; a clock that is wrong ----


def test_nothing_is_trusted_before_it_is_known_whether_a_portal_showed_it(tmp_path, languages):
    """That both servers were shown one stranger is known only when the check has ended."""
    shown = replace(SEEN.certificate, doubts=(Doubt.SELF_SIGNED, Doubt.WRONG_HOST))
    alike = Evidence(Stage.TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=shown)
    servers = Servers(fails=dict.fromkeys(Side, alike), seen=asyncio.Event())

    async def walk(person: Person) -> None:
        await begin(person)
        [card] = person.wizard.current.cards
        assert title(person) == ["证书不受信任"]
        assert not card.fix.isEnabled()
        servers.seen.set()
        await person.fail()
        assert card.diagnosis.problem == "captive_portal"
        assert card.fix.isEnabled()
        assert person.wizard.findChild(QDialog, "certificate_dialog") is None

    use(tmp_path, languages, walk, servers=servers)


def test_after_the_network_s_own_page_it_is_checked_again(tmp_path, languages, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(mending, "open_page", lambda url, failed: opened.append(url))
    servers = Servers(fails=dict.fromkeys(Side, PORTAL))

    async def walk(person: Person) -> None:
        await fail(person)
        assert title(person) == ["要先登录这个网络"]
        assert servers.logins  # of the first check
        servers.logins.clear()
        person.click("打开登录页")
        assert opened == ["http://captive.apple.com/hotspot-detect.html"]
        browser = QWidget()
        browser.show()
        browser.activateWindow()
        await until(lambda: not person.wizard.isActiveWindow())
        await asyncio.sleep(0.02)  # nothing is checked while the person is away
        assert servers.logins == []
        servers.fails = {}
        browser.close()
        person.wizard.activateWindow()
        await person.reach(Step.DONE)
        assert len(servers.logins) == 2

    use(tmp_path, languages, walk, servers=servers)


def test_a_page_that_does_not_open_is_copied(tmp_path, languages, monkeypatch):
    monkeypatch.setattr(mending, "open_page", lambda url, failed: failed())

    async def walk(person: Person) -> None:
        await fail(person)
        person.click("打开登录页")
        link = "http://captive.apple.com/hotspot-detect.html"
        assert QGuiApplication.clipboard().text() == link
        assert "浏览器没有打开；网址已复制。" in person.seen()

    use(tmp_path, languages, walk, servers=Servers(fails=dict.fromkeys(Side, PORTAL)))


@pytest.mark.parametrize("language", Language)
def test_at_the_end_of_the_clock_s_steps_it_is_checked_again(tmp_path, languages, language):
    wrong = Evidence(Stage.TLS, Fault.CLOCK_WRONG, clock_off=-400 * 86400)
    servers = Servers(fails=dict.fromkeys(Side, wrong))

    async def walk(person: Person) -> None:
        await fail(person)
        languages.switch(language)
        await asyncio.sleep(0.02)  # the words change with the next turn of the loop
        servers.fails = {}
        person.wizard.current.cards[0].fix.click()
        dialog = person.wizard.findChild(QDialog, "guide_dialog")
        await until(dialog.isVisible)
        assert dialog.again.isHidden()  # no password is wrong
        [step] = dialog.view._cards.values()
        step.tick.click()
        await until(lambda: dialog.focusWidget() is dialog.check)
        dialog.check.click()
        await person.reach(Step.DONE)

    use(tmp_path, languages, walk, servers=servers)
    languages.switch(Language.ZH_CN)


def test_a_stage_light_and_its_time_stay_beside_the_first_words(tmp_path, languages):
    servers = Servers(fails={Side.SEND: TIMEOUT}, seen=asyncio.Event(), **BLOCKED)

    async def walk(person: Person) -> None:
        await begin(person)
        lane = person.wizard.current.lanes[Side.SEND]
        names = [label.accessibleName() for label in lane.findChildren(QLabel)]
        assert "查找服务器 ✓ 12 ms" in names
        assert "连接 ✕ 31 ms" in names
        servers.seen.set()
        await person.fail()
        names = [label.accessibleName() for label in lane.findChildren(QLabel)]
        assert "连接 ✕ 31 ms" in names

    use(tmp_path, languages, walk, servers=servers)


@pytest.mark.parametrize("sides", [(Side.SEND,), tuple(Side)])
def test_in_the_smallest_window_the_button_ends_up_in_view(tmp_path, languages, sides):
    fails = {Side.RECEIVE: TIMEOUT, Side.SEND: REFUSED}
    servers = Servers(fails={side: fails[side] for side in sides})

    async def walk(person: Person) -> None:
        person.wizard.resize(person.wizard.minimumSize())
        await fail(person)
        fix = person.wizard.current.cards[0].fix
        await until(lambda: person.wizard.focusWidget() is fix)
        await until(lambda: fix.visibleRegion().boundingRect().size() == fix.size())

    use(tmp_path, languages, walk, servers=servers)
