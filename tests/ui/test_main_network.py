"""The network fails and comes back: one bar, quiet rows, and nobody has to click."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from laifaxin_desktop.app import open_app
from laifaxin_desktop.engine.network import Network
from laifaxin_desktop.engine.retry import PAUSES
from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.model.account import Account, Capabilities
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security
from laifaxin_desktop.model.report import StageResult
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui import loop, network_bar
from laifaxin_desktop.ui.account_row import Group
from laifaxin_desktop.ui.cell_words import Column

from .conftest import drive, main_window, until

OFFLINE = Evidence(Stage.LOOKUP, Fault.OFFLINE)
SILENT = Evidence(Stage.CONNECT, Fault.TIMEOUT)
PAGE = Evidence(Stage.GREETING, Fault.NOT_MAIL, spoken="http")
REFUSED = Evidence(Stage.LOGIN, Fault.REJECTED, codes=("NO", "AUTHENTICATIONFAILED"))
CLOCK = Evidence(Stage.TLS, Fault.CLOCK_WRONG, clock_off=40 * 86400)


@dataclass
class World:
    """Every server there is, and the clock of this computer, both turned by hand."""

    fault: Evidence | None = None
    own: dict[str, Evidence] = field(default_factory=dict)  # of one host, whatever the network
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    logins: list[str] = field(default_factory=list)
    hold: asyncio.Event | None = None  # a check waits for it, once its first words are said
    watched: list[str] = field(default_factory=list)

    async def __call__(self, endpoint, login, observe):
        await asyncio.sleep(0)
        met = self.own.get(endpoint.host, self.fault)
        if login is None:
            if self.hold is not None:
                await self.hold.wait()
            raise MailError(met or SILENT)
        self.logins.append(endpoint.host)
        if met is not None:
            observe(StageResult(met.stage, False, 12))
            raise MailError(met)
        observe(StageResult(Stage.LOGIN, True, 12))
        return Capabilities()

    async def app(self, places):
        """The program in this world; its watch turns a thousand times as fast."""
        made = await open_app(places)
        checker = replace(made.checker, probe=self, now=lambda: self.now, closer_seconds=5)
        watch = Watch(made.accounts, checker, tick=0.01, waking=0.01)
        return replace(made, checker=checker, watch=watch)


def settings_at(domain, known):
    ends = [Endpoint(Protocol.IMAP, f"imap.{domain}", 993, Security.TLS)]
    ends.append(Endpoint(Protocol.SMTP, f"smtp.{domain}", 465, Security.TLS))
    return replace(known, incoming=ends[0], outgoing=ends[1])


def people(samples, number):
    """So many accounts, each at a domain of its own."""

    async def put(app):
        await app.accounts.vault.use_memory()
        one = samples.sample_account(app, "x", "a@example.org", "other", datetime.now(UTC))
        for at in range(number):
            domain = f"firm{at}.example"
            account = Account(
                f"a{at}",
                Address("li", domain),
                "other",
                settings_at(domain, one.settings),
                one.added_at + timedelta(seconds=at),
            )
            await app.accounts.save(account, Secret("hunter2-é-漢"), None)

    return put


def statuses(window):
    model = window.accounts.model
    return [model.index(row, Column.STATUS).data() for row in range(model.rowCount())]


def checks(window):
    loop.spawn(window.app.watch.retry(), window)
    return window.app.watch.at_start()


@pytest.mark.parametrize(
    ("fault", "network", "begins", "button"),
    [
        (OFFLINE, Network.OFFLINE, "这台电脑没有连上网络", "重新检测"),
        (SILENT, Network.UNREACHABLE, "所有邮箱的服务器都连不上", "重新检测"),
        (PAGE, Network.CAPTIVE_PORTAL, "当前网络要先登录才能使用", "打开登录页"),
        (CLOCK, Network.CLOCK_WRONG, "这台电脑的日期不对", "查看步骤"),
    ],
)
def test_one_bar_that_goes_by_itself(
    tmp_path, languages, samples, monkeypatch, fault, network, begins, button
):
    """The rows keep what they know, nobody is told twice, and the machine notices the end."""
    world, told = World(), []
    monkeypatch.setattr(network_bar, "announce", lambda _widget, words: told.append(words))

    async def main():
        put = people(samples, 6)
        async with main_window(tmp_path, languages, put, world.app) as window:
            await checks(window)
            await until(lambda: statuses(window) == ["正常"] * 6)
            good, world.fault = world.now, fault
            world.now += timedelta(hours=3)
            await window.app.watch.check(window.accounts.model.ids())
            await until(window.bars.network.isVisible)
            bar, model = window.bars.network, window.accounts.model
            assert (window.rows.network, bar.network) == (network, network)
            words = bar.words.text()
            assert words.startswith(begins)
            assert bar.act.accessibleName() == button
            await until(lambda: all(row.held for row in model.rows()))  # two are enough for the bar
            assert all(row.report.last_good == good for row in model.rows())
            assert model.counts()[Group.ATTENTION] == 0
            assert {model.index(0, column).data() for column in (Column.RECEIVE, Column.SEND)} == {
                "IMAP 没有连上",
                "SMTP 没有连上",
            }
            assert model.index(0, Column.FIX).data() == ""
            window.accounts.table.select("a0")
            pane = window.accounts.pane
            assert begins in pane._meaning.text()
            assert "上次正常：" in pane._meaning.text()
            assert not pane._fix.isVisible()
            for _ in range(3):  # one account is asked for all, or none where that is no help
                world.now += PAUSES[0]
                await asyncio.sleep(0.05)
            assert bar.isVisible()
            world.fault = None
            world.now += PAUSES[0] if fault is not CLOCK else -timedelta(days=40)
            await until(lambda: statuses(window) == ["正常"] * 6)
            await until(bar.isHidden)
            return words

    assert told == [drive(main())]


def test_one_server_that_is_down_is_said_of_its_account_only(tmp_path, languages, samples):
    world = World(own={"imap.firm1.example": SILENT, "smtp.firm1.example": SILENT})

    async def main():
        async with main_window(tmp_path, languages, people(samples, 3), world.app) as window:
            await window.app.watch.at_start()
            await until(lambda: statuses(window).count("正常") == 2)
            await until(lambda: window.accounts.model.row("a1").report)
            window.accounts.table.select("a1")
            meaning = window.accounts.pane._meaning.text()
            return window.bars.network.isVisible(), window.accounts.model.row("a1").held, meaning

    visible, held, meaning = drive(main())
    assert (visible, held) == (False, False)
    assert meaning.endswith("其他邮箱都能连上，问题只在这台服务器。")


def test_a_refused_credential_is_tried_by_a_person_only(tmp_path, languages, samples):
    """However often the network comes and goes; a lockout says until when."""
    locked = replace(REFUSED, reply="454 4.7.0 Too many login attempts, try again in 15 minutes")
    locked = replace(locked, codes=("454", "4.7.0"))
    world = World(own={"imap.firm0.example": REFUSED, "imap.firm1.example": locked})

    async def main():
        async with main_window(tmp_path, languages, people(samples, 3), world.app) as window:
            await checks(window)
            for _ in range(2):
                world.fault = OFFLINE
                await window.app.watch.check(["a2"])
                world.now += PAUSES[-1]  # a sleep, too
                await asyncio.sleep(0.05)
                world.fault = None
                world.now += PAUSES[-1]
                await until(lambda: window.app.watch.checking == frozenset())
                await asyncio.sleep(0.05)
            await until(lambda: statuses(window)[2] == "正常")
            found = window.accounts.model.row("a1").diagnosis.problem
            return world.logins.count("imap.firm0.example"), found

    count, problem = drive(main())
    assert count == 1
    assert problem in ("too_many_attempts", "account_locked")
    assert world.logins.count("imap.firm1.example") == 1


def test_until_when_an_account_is_locked(tmp_path, languages, samples):
    locked = replace(REFUSED, reply="454 4.7.0 Too many login attempts, try again in 15 minutes")
    world = World(fault=replace(locked, codes=("454", "4.7.0")))

    async def main():
        async with main_window(tmp_path, languages, people(samples, 1), world.app) as window:
            await window.app.watch.at_start()
            await until(lambda: window.accounts.model.row("a0").report)
            window.accounts.table.select("a0")
            at = (world.now + timedelta(minutes=15)).astimezone()
            return window.accounts.pane._meaning.text(), f"{at:%H:%M} 之前不要再试。"

    meaning, wanted = drive(main())
    assert wanted in meaning


def test_the_network_s_own_page_is_opened_and_checked_upon_return(
    tmp_path, languages, samples, monkeypatch
):
    world, opened = World(fault=PAGE), []
    monkeypatch.setattr(network_bar, "open_page", lambda url, failed: opened.append(url))

    async def main():
        async with main_window(tmp_path, languages, people(samples, 4), world.app) as window:
            await window.app.watch.at_start()
            bar = window.bars.network
            await until(bar.isVisible)
            QTest.mouseClick(bar.act, Qt.MouseButton.LeftButton)
            bar.turned_to(active=True)  # still here
            world.fault, before = None, len(world.logins)
            bar.turned_to(active=False)
            assert len(world.logins) == before
            bar.turned_to(active=True)
            await until(lambda: statuses(window) == ["正常"] * 4)
            await until(bar.isHidden)

    drive(main())
    assert opened == ["http://captive.apple.com/hotspot-detect.html"]


def test_the_button_checks_those_that_wait(tmp_path, languages, samples):
    world = World(fault=SILENT)

    async def main():
        async with main_window(tmp_path, languages, people(samples, 3), world.app) as window:
            await window.app.watch.at_start()
            await until(window.bars.network.isVisible)
            languages.switch(Language.EN)
            await until(lambda: window.bars.network.act.text() == "Check again")
            world.fault = None
            QTest.mouseClick(window.bars.network.act, Qt.MouseButton.LeftButton)
            await until(lambda: statuses(window) == ["Normal"] * 3)

    drive(main())


def test_the_first_words_come_at_once_and_are_refined_in_place(tmp_path, languages, samples):
    world = World(fault=replace(SILENT, fault=Fault.REFUSED), hold=asyncio.Event())

    async def main():
        async with main_window(tmp_path, languages, people(samples, 1), world.app) as window:
            check = asyncio.create_task(window.app.watch.check(["a0"]))
            window.accounts.table.select("a0")
            pane = window.accounts.pane
            fix = pane.findChild(QPushButton, "fix_button")
            looking = pane.findChild(QLabel, "looking_closer")
            await until(looking.isVisible)
            early = pane._title.text(), pane._steps.text(), fix.isVisible(), fix.isEnabled()
            world.hold.set()
            await check
            await until(lambda: not looking.isVisible())
            return early, pane._title.text(), fix.isEnabled(), statuses(window)

    (title, steps, visible, enabled), after, later, status = drive(main())
    assert "li@firm0.example" in title
    assert steps.startswith("1. ")
    assert (visible, enabled, later) == (True, False, True)
    assert title == after
    assert status != ["正常"]


def test_of_many_accounts_one_is_asked_for_all(tmp_path, languages, samples):
    world = World()

    async def main():
        async with main_window(tmp_path, languages, people(samples, 40), world.app) as window:
            await checks(window)
            await until(lambda: statuses(window) == ["正常"] * 40)
            world.fault = SILENT
            world.now += timedelta(minutes=3)
            await window.app.watch.check(window.accounts.model.ids())
            await until(window.bars.network.isVisible)
            before = len(world.logins)
            for _ in range(4):
                world.now += PAUSES[0]
                await asyncio.sleep(0.05)  # five turns of the watch
            asked = len(world.logins) - before
            world.fault = None
            world.now += PAUSES[0]
            await until(lambda: statuses(window) == ["正常"] * 40)
            return asked

    assert drive(main()) <= 2 * 4  # both halves of one account a minute
