"""A domain that nobody knows: every source shows as it answers, and nothing is a dead end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.engine.sources import Heard, MayAsk, NoSources
from laifaxin_desktop.model.account import Capabilities, Found, NotFound, Offline
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import loop, theme

from .person import Person, use
from .sample_wizard import RESOURCES, Records, offline_mx, until

CORRECT = "改为 li@gmail.com"


@pytest.fixture(autouse=True)
def whole(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


class Sources(NoSources):
    """Each answers when the test says so."""

    def __init__(self) -> None:
        self.autoconfig_answers: dict[str, asyncio.Event] = {}
        self.ispdb_answers = asyncio.Event()
        self.ended: list[str] = []  # domains whose search was cancelled
        self.offers: dict[str, Offer] = {}

    async def autoconfig(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        url = f"https://autoconfig.{domain}/mail/config-v1.1.xml"
        try:
            await self.autoconfig_answers.setdefault(domain, asyncio.Event()).wait()
        except asyncio.CancelledError:
            self.ended.append(domain)
            raise
        offer = self.offers.get(domain)
        heard(url, "found" if offer else "not_settings")
        return offer

    async def ispdb(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        await self.ispdb_answers.wait()
        heard(f"https://autoconfig.thunderbird.net/v1.1/{domain}", "nothing")
        return None


def offer(domain: str) -> Offer:
    return Offer(
        (
            Endpoint(Protocol.IMAP, f"imap.{domain}", 993, Security.TLS),
            Endpoint(Protocol.SMTP, f"smtp.{domain}", 465, Security.TLS),
        )
    )


def asking(person: Person) -> Sources:
    """The sources of this wizard, held until the test lets them answer."""
    sources, wizard = Sources(), person.wizard
    finder = replace(wizard.app.discoverer, sources=sources)
    wizard.app = replace(wizard.app, discoverer=finder)
    return sources


def look_up(person: Person, address: str) -> None:
    person.wizard.current.entry.setText(address)
    person.wizard.current.entry.returnPressed.emit()


def rows(person: Person) -> list[str]:
    return [words for words in person.seen() if " — " in words]


def test_each_source_shows_with_its_answer_as_it_comes(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        look_up(person, "li@corp.net")
        await until(lambda: any("MX 记录 · corp.net — 没有" in row for row in rows(person)))
        assert "正在查找服务器…" in person.seen()
        assert not any("Thunderbird" in row for row in rows(person))
        sources.ispdb_answers.set()
        await until(
            lambda: "Thunderbird 设置库 · autoconfig.thunderbird.net — 没有" in rows(person)
        )
        assert not any("域名自己公布" in row for row in rows(person))
        assert not person.button("下一步").isEnabled()
        sources.offers["corp.net"] = offer("corp.net")
        sources.autoconfig_answers["corp.net"].set()
        await until(lambda: isinstance(person.wizard.draft.discovery, Found))
        seen = person.seen()
        assert {"找到了可用的服务器", "来源：域名自己公布的设置", "服务器已自动填写 ✓"} <= set(seen)
        assert person.button("下一步").isEnabled()
        assert rows(person) == []  # the answer is there: they are behind the link

    use(tmp_path, languages, walk)


def test_where_was_asked_is_folded_once_the_answer_is_there(tmp_path, languages):
    async def mx(domain: str) -> tuple[str, ...]:
        return ("mxbiz1.qq.com",)

    async def walk(person: Person) -> None:
        sources, page = asking(person), person.wizard.current
        sources.ispdb_answers.set()
        look_up(person, "li@corp.net")
        await until(lambda: rows(person))
        assert not page.finding.asked.toggle.isVisible()  # they show as they come
        sources.autoconfig_answers["corp.net"].set()
        await until(lambda: person.wizard.draft.provider)
        assert person.wizard.draft.provider.id == "exmail"
        link = person.button("查了哪里")
        assert rows(person) == []
        assert link.words() == "查了哪里 ▸"
        assert (link.isChecked(), link.accessibleDescription()) == (False, "已收起")
        page.entry.setFocus()
        for _ in range(20):
            QTest.keyClick(person.wizard.focusWidget(), Qt.Key.Key_Tab)
            if link.hasFocus():
                break
        assert link.hasFocus()
        QTest.keyClick(link, Qt.Key.Key_Space)
        assert "MX 记录 · corp.net — mxbiz1.qq.com" in rows(person)
        assert link.words() == "查了哪里 ▾"
        assert (link.isChecked(), link.accessibleDescription()) == (True, "已展开")
        languages.switch(Language.EN)
        await until(lambda: link.accessibleName() == "Where we looked")
        assert rows(person)  # stays as it was turned
        link.click()
        assert rows(person) == []

    use(tmp_path, languages, walk, mx=mx)


def test_a_server_with_its_own_certificate_is_said_and_filled_in(tmp_path, languages):
    async def probe(endpoint: Endpoint, *more: object) -> Capabilities:
        own = endpoint.host == "mail.corp.net" and endpoint.port in (993, 465)
        fault = Fault.CERTIFICATE_SELF_SIGNED if own else Fault.NAME_NOT_FOUND
        raise MailError(Evidence(Stage.TLS, fault))

    async def walk(person: Person) -> None:
        sources, wizard = asking(person), person.wizard
        finder = replace(wizard.app.discoverer, probe=probe)
        wizard.app = replace(wizard.app, discoverer=finder)
        sources.ispdb_answers.set()
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: isinstance(wizard.draft.discovery, NotFound))
        said = "试探 · mail.corp.net:993 — 有服务器回应，但它的证书不受信任"
        await until(lambda: said in rows(person))
        await person.next()
        while person.step is not Step.SERVERS:
            if person.step is Step.SECRET:
                wizard.current.take("geheim")
            await person.next()
        hosts = [half.host.text() for half in wizard.current.form.halves.values()]
        assert hosts == ["mail.corp.net"] * 2
        assert any("有服务器回应，但它的证书不受信任。请" in words for words in person.seen())
        assert not wizard.draft.settings.pins  # nothing is trusted yet

    use(tmp_path, languages, walk)


def test_what_the_directory_knows_was_looked_for_nowhere_else(tmp_path, languages):
    async def walk(person: Person) -> None:
        look_up(person, "li@qq.com")
        await until(lambda: person.wizard.draft.provider)
        assert not person.wizard.current.finding.asked.isVisible()

    use(tmp_path, languages, walk)


def test_another_address_in_the_middle_of_a_search(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        sources.offers["corp.net"] = offer("corp.net")
        look_up(person, "li@corp.net")
        await until(lambda: "corp.net" in sources.autoconfig_answers and rows(person))
        look_up(person, "li@other.net")
        await until(lambda: "other.net" in sources.autoconfig_answers)
        await until(lambda: sources.ended == ["corp.net"])
        await until(lambda: any("other.net" in row for row in rows(person)))
        assert not any("corp.net" in row for row in rows(person))
        sources.autoconfig_answers["corp.net"].set()  # too late
        sources.autoconfig_answers["other.net"].set()
        await until(lambda: person.wizard.draft.discovery)
        assert isinstance(person.wizard.draft.discovery, NotFound)
        assert not any("corp.net" in words for words in person.seen())

    use(tmp_path, languages, walk)


@pytest.mark.parametrize("by", ["取消", "Esc"])
def test_a_search_is_left_at_once(tmp_path, languages, by: str):
    async def walk(person: Person) -> None:
        sources = asking(person)
        look_up(person, "li@corp.net")
        await until(lambda: "corp.net" in sources.autoconfig_answers and rows(person))
        if by == "Esc":
            QTest.keyClick(person.wizard, Qt.Key.Key_Escape)
        else:
            person.click("取消")
        # It asks first, for an address was typed; the answer ends everything at once.
        await until(lambda: person.wizard.findChild(object, "discard"))
        person.wizard.findChild(object, "discard").click()
        await until(lambda: not person.wizard.isVisible(), 1.0)
        await until(lambda: sources.ended == ["corp.net"], 1.0)

    use(tmp_path, languages, walk)


def test_nothing_found_leads_to_the_form_and_back(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: isinstance(person.wizard.draft.discovery, NotFound))
        assert "没有找到这个邮箱的服务器" in person.seen()
        assert person.button("查了哪里").isChecked()
        # Why, of each: a page that is no settings is not the same as no page.
        await until(
            lambda: (
                "域名自己公布的设置 · autoconfig.corp.net — 是别的网页，不是邮箱设置"
                in rows(person)
            )
        )
        await person.next()
        while person.step is not Step.SERVERS:
            if person.step is Step.SECRET:
                person.wizard.current.take("geheim")
            await person.next()
        assert person.wizard.current.form.isVisible()
        while person.step is not Step.ADDRESS:
            person.click("上一步")
        assert person.wizard.current.entry.text() == "li@corp.net"
        assert isinstance(person.wizard.draft.discovery, NotFound)  # not asked again
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_without_a_network_the_address_stays_and_can_be_tried_again(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: isinstance(person.wizard.draft.discovery, Offline))
        assert "这台电脑没有连上网络" in person.seen()
        await until(lambda: "MX 记录 · corp.net — 没有网络" in rows(person))
        sources.offers["corp.net"] = offer("corp.net")
        person.click("重试")
        await until(lambda: isinstance(person.wizard.draft.discovery, Found))
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk, mx=offline_mx)


def test_a_silent_dns_can_be_tried_again(tmp_path, languages):
    answers = iter([Fault.LOOKUP_FAILED, None])

    async def mx(domain: str) -> tuple[str, ...]:
        if fault := next(answers):
            raise MailError(Evidence(Stage.LOOKUP, fault, host=domain))
        return ()

    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: isinstance(person.wizard.draft.discovery, NotFound))
        await until(lambda: "MX 记录 · corp.net — 查询失败" in rows(person))
        assert person.button("下一步").isEnabled()  # or by hand, at once
        person.click("重试")
        await until(lambda: "MX 记录 · corp.net — 没有" in rows(person))
        await until(lambda: isinstance(person.wizard.draft.discovery, NotFound))
        assert "重试" not in person.seen()

    use(tmp_path, languages, walk, mx=mx)


# --- names that look like others ------------------------------------------------------------------


def test_a_mistyped_domain_is_asked_about_and_corrected_with_one_click(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        look_up(person, "li@gmai1.com")
        await until(lambda: CORRECT in person.seen())  # while it is still being looked up
        await until(lambda: "gmai1.com" in sources.autoconfig_answers)
        assert "gmai1.com 和 gmail.com 看起来很像，但不是同一个名称。" in person.seen()
        person.click(CORRECT)
        await until(lambda: person.wizard.draft.provider)
        assert person.wizard.draft.provider.id == "gmail"
        assert person.wizard.current.entry.text() == "li@gmail.com"
        assert CORRECT not in person.seen()
        await until(lambda: sources.ended == ["gmai1.com"])

    use(tmp_path, languages, walk)


def test_whoever_looked_again_goes_on(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        domain = "xn--gmil-63d.com"
        sources.offers[domain] = offer(domain)
        sources.autoconfig_answers[domain] = asyncio.Event()
        sources.autoconfig_answers[domain].set()
        look_up(person, "li@gmаil.com")  # а of another alphabet
        await until(lambda: isinstance(person.wizard.draft.discovery, Found))
        (asked,) = (words for words in person.seen() if domain in words and "gmail.com" in words)
        assert "不是" in asked
        assert person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


def test_a_server_that_looks_like_a_known_one(tmp_path, languages):
    async def mx(domain: str) -> tuple[str, ...]:
        return ("outlook.com.evil.example",)

    async def walk(person: Person) -> None:
        sources = asking(person)
        sources.ispdb_answers.set()
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: isinstance(person.wizard.draft.discovery, NotFound))
        seen = person.seen()
        assert "outlook.com.evil.example 里写着 outlook.com，但不属于 outlook.com。" in seen
        assert "请再看一遍，确认它是您的邮箱服务商的服务器。" in seen
        assert not any(words.startswith("改为") for words in seen)
        assert person.wizard.draft.provider.id == "other"

    use(tmp_path, languages, walk, mx=mx)


def test_what_is_known_is_like_nothing(tmp_path, languages):
    async def walk(person: Person) -> None:
        person.type("li@hotmail.lt")
        await until(person.wizard.current.isComplete)
        assert not person.wizard.current.alike.isVisible()

    use(tmp_path, languages, walk)


def test_what_must_be_accepted_is_in_view_in_the_smallest_window(tmp_path, languages):
    async def walk(person: Person) -> None:
        sources, page = asking(person), person.wizard.current
        sources.ispdb_answers.set()
        person.wizard.resize(760, 580)
        stranger = Offer(offer("0utlook.com").endpoints)

        async def srv(domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
            heard(f"_imaps._tcp.{domain}", "imap.0utlook.com:993")
            return stranger

        sources.srv = srv  # type: ignore[method-assign]
        sources.autoconfig_answers["corp.net"] = asyncio.Event()
        sources.autoconfig_answers["corp.net"].set()
        look_up(person, "li@corp.net")
        await until(lambda: page.strangers.isVisible())
        port, box = page.area.viewport(), page.strangers.tick.box
        await until(lambda: port.rect().contains(box.mapTo(port, box.rect().center())))
        assert "imap.0utlook.com 和 outlook.com 看起来很像，但不是同一个名称。" in person.seen()

    use(tmp_path, languages, walk)


@pytest.mark.parametrize("scale", ["1", "2"])
def test_the_end_of_a_long_name_is_in_view(tmp_path, languages, dressed, monkeypatch, scale: str):
    """It says whose the server is; a name is as long as its owner likes."""
    monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", scale)
    theme.dress(dressed, RESOURCES)

    async def walk(person: Person) -> None:
        page = person.wizard.current
        person.wizard.resize(760, 580)
        at = f"gmai1.com.{'c' * 60}.{'d' * 40}.net"
        finder = replace(person.wizard.app.discoverer, sources=Records(at))
        person.wizard.app = replace(person.wizard.app, discoverer=finder)
        look_up(person, f"li@{'a' * 60}.{'b' * 60}.net")
        await until(lambda: rows(person))
        await until(lambda: page.area.widget().width() <= page.area.viewport().width())
        await until(lambda: page.strangers.isVisible())
        await asyncio.sleep(0.05)  # the layout settles
        assert page.area.widget().width() <= page.area.viewport().width()
        assert any(words.replace("\u200b", "").endswith(at) for words in person.seen())

    try:
        use(tmp_path, languages, walk)
    finally:
        monkeypatch.setenv("LAIFAXIN_TEXT_SCALE", "1")
        theme.dress(dressed, RESOURCES)
