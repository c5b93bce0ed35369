"""Whatever is typed into the window: a clear sentence in both languages, and nothing is lost.

With LAIFAXIN_PICTURES naming a folder, what is seen is kept there for people to look at.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from shiboken6 import isValid

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.problem import Stage
from laifaxin_desktop.model.provider import Protocol, Security, Side
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.places import Places
from laifaxin_desktop.store import accounts
from laifaxin_desktop.store.database import Database
from laifaxin_desktop.ui import loop, theme
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.run import Program
from laifaxin_desktop.ui.wizard.secret_field import MOST_TAKEN
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.bad_input import CORRECTED, REFUSED, are_sentences
from tests.fixtures_real import authority
from tests.servers.bad_servers import BAD_SERVERS, QUICK, BadServer
from tests.store.bad_files import BAD_FILES, BadFile

from .conftest import RESOURCES, drive, main_window
from .person import LEFT, Person, use
from .sample_wizard import CODE, Keys, Servers, sample_app, until

__all__ = ["authority"]


@pytest.fixture(autouse=True)
def whole(dressed):
    """An error of ours anywhere fails the test; a closed window does not end the loop."""
    bugs: list[BaseException] = []
    loop.on_bug(bugs.append)
    dressed.setQuitOnLastWindowClosed(False)
    QGuiApplication.clipboard().clear()
    yield
    loop.on_bug(None)
    dressed.setQuitOnLastWindowClosed(True)
    assert bugs == []


async def in_both(
    languages, widget: QWidget, name: str, read: Callable[[], str]
) -> tuple[str, str]:
    """What is read in Chinese and in English."""
    said = []
    for language in (Language.ZH_CN, Language.EN):
        languages.switch(language)
        theme.theme().speak(language)
        await asyncio.sleep(0.02)  # the words change with the next turn of the loop
        said.append(read())
        if folder := os.environ.get("LAIFAXIN_PICTURES"):
            name = re.sub(r"[^\w.-]+", "-", name)
            widget.grab().save(f"{folder}/{name}.{language}.png")
    languages.switch(Language.ZH_CN)
    theme.theme().speak(Language.ZH_CN)
    await asyncio.sleep(0.02)  # likewise
    zh, en = said
    return zh, en


# ---- the address ----


def test_what_is_no_address_is_said(tmp_path, languages):
    async def walk(person: Person) -> None:
        page, words = person.wizard.current, person.wizard.app.words
        wrong = page.findChild(QLabel, "address_wrong")
        for typed, fault in REFUSED.items():
            if fault == "empty":
                continue  # an empty field is no mistake
            page.entry.setText(typed)
            page._patience.timeout.emit()  # a while later
            zh, en = await in_both(languages, person.wizard, f"address-{fault}", wrong.text)
            assert (zh, en) == (words(f"address.{fault}").zh_CN, words(f"address.{fault}").en)
            assert wrong.isVisible()
            assert not person.button("下一步").isEnabled()
            assert page.entry.text() == typed[: page.entry.maxLength()]

    use(tmp_path, languages, walk)


def test_what_is_corrected_is_shown(tmp_path, languages):
    async def walk(person: Person) -> None:
        page = person.wizard.current
        corrected = page.findChild(QLabel, "address_corrected")
        for typed, becomes in CORRECTED.items():
            page.entry.setText("")
            page.entry.setText(typed)
            await until(page.isComplete)
            said = await in_both(languages, person.wizard, "address-corrected", corrected.text)
            assert corrected.isVisible(), typed
            assert said == (f"将使用 {becomes}", f"{becomes} will be used"), typed
            assert str(person.wizard.draft.address) == becomes

    use(tmp_path, languages, walk)


# ---- the secret ----

SECRETS = {  # for QQ: what is typed, and whether it may be tried all the same
    "   ": False,
    "Hunter2!": True,
    "li@qq.com": True,
    "ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐ": True,
    "密码密码密码密码": True,
    "x" * 10_000: False,
    "ab\0cd": False,
}


@pytest.mark.parametrize("typed", SECRETS, ids=lambda typed: repr(typed[:12]))
def test_an_odd_secret_is_spoken_of(tmp_path, languages, typed):
    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        page = person.wizard.current
        page.entry.setText(typed)
        hint = page.findChild(QLabel, "secret_hint")
        name = f"secret-{list(SECRETS).index(typed)}"
        zh, en = await in_both(languages, person.wizard, name, hint.text)
        are_sentences(zh, en)
        assert hint.isVisible()
        assert person.button("下一步").isEnabled() is SECRETS[typed]
        assert page.entry.text() == typed[:MOST_TAKEN]

    use(tmp_path, languages, walk)


def test_a_line_break_in_a_password_is_spoken_of(tmp_path, languages):
    async def walk(person: Person) -> None:
        await person.to_secret("li@example.net")
        page = person.wizard.current
        page.take("first line\nsecond line")
        hint = page.findChild(QLabel, "secret_hint")
        zh, en = await in_both(languages, person.wizard, "secret-line-break", hint.text)
        are_sentences(zh, en)
        assert not person.button("下一步").isEnabled()

    use(tmp_path, languages, walk)


# ---- the servers, as typed ----

TYPED = {
    "https://imap.qq.com": "993",
    "imap.qq.com/mail": "993",
    "imap.qq.com:993": "993",
    "imap qq.com": "993",
    "li@qq.com": "993",
    "-imap.qq.com": "993",
    "imap.qq.com": "0",
    "imap.QQ.com": "70000",
    "IMAP.qq.com": "abc",
    "IMAP.QQ.com": "",
}


@pytest.mark.parametrize("host", TYPED)
def test_what_is_no_server_is_said(tmp_path, languages, host):
    async def walk(person: Person) -> None:
        await to_servers(person)
        form = person.wizard.current.form.halves[Side.RECEIVE]
        form.host.setText(host)
        form.port.setText(TYPED[host])
        form.port.editingFinished.emit()
        wrong = form.findChild(QLabel, "receive_wrong")
        name = f"server-{list(TYPED).index(host)}"
        zh, en = await in_both(languages, person.wizard, name, wrong.text)
        are_sentences(zh, en)
        assert wrong.isVisible()
        assert not person.button("下一步").isEnabled()
        assert (form.host.text(), form.port.text()) == (host, TYPED[host])

    use(tmp_path, languages, walk)


async def to_servers(person: Person) -> None:
    """Up to the form, for a domain that nobody knows."""
    await person.to_secret("li@example.net")
    person.wizard.current.take("hunter2")
    await person.next()
    assert person.step is Step.SERVERS


# ---- the servers, as they answer ----


@pytest.mark.parametrize("bad", BAD_SERVERS, ids=str)
def test_what_a_server_does_is_said(tmp_path, languages, bad: BadServer, authority, monkeypatch):
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)

    async def main() -> None:
        app = await sample_app(tmp_path)
        probe = MailProbe(client_context(), QUICK)
        checker = replace(app.checker, probe=probe)
        wizard = SetupWizard(replace(app, checker=checker), languages, Reason.ADD)
        wizard.show()
        wizard.activateWindow()
        await until(lambda: wizard.current)
        await asyncio.sleep(0)  # the focus lands with the next turn of the loop
        try:
            with bad.running(authority) as place:
                await walk(Person(wizard), place)
        finally:
            languages.switch(Language.ZH_CN)
            wizard.done(0)
            await asyncio.sleep(0.05)  # the widget is deleted by the event loop
            await app.close()

    async def walk(person: Person, place: str) -> None:
        await to_servers(person)
        halves = person.wizard.current.form.halves
        for half in halves.values():
            half.host.setText("no-such.invalid")
        host, port, security = re.split("[:/]", place)
        protocol = Protocol(bad.protocol)
        half = halves[Side.SEND if protocol is Protocol.SMTP else Side.RECEIVE]
        half.protocol.setCurrentIndex(half.protocol.findData(protocol))
        half.security.setCurrentIndex(list(Security).index(Security(security)))
        half.host.setText(host)
        half.port.setText(port)
        await person.next()
        page = person.wizard.current
        await until(lambda: page.cards and not page.busy, seconds=15)
        await asyncio.sleep(0.05)  # scrolls to the card
        problem = person.wizard.app.table.problem(bad.problem)

        def words() -> str:
            found = [card for card in person.wizard.current.cards if card.isVisible()]
            return "\n".join(label.text() for card in found for label in card.findChildren(QLabel))

        zh, en = await in_both(languages, person.wizard, f"check-{bad.name}", words)
        assert problem.title.zh_CN in zh
        assert problem.title.en in en
        person.click("上一步")
        assert half.host.text() == host

    drive(main())


# ---- the data ----


class First(QObject):
    """The only window."""

    shown_again = Signal()


@pytest.mark.parametrize("bad", BAD_FILES, ids=str)
def test_what_is_wrong_with_the_file_is_said(
    dressed, tmp_path, languages, bad: BadFile, monkeypatch
):
    monkeypatch.setattr(accounts, "Database", partial(Database, patience=0.1))
    places = Places(RESOURCES, tmp_path / "data", tmp_path / "config", tmp_path / "logs")

    seen: list[str] = []

    async def look(window: MainWindow) -> None:
        problem = window.middle.store_problem
        try:
            await until(lambda: problem.isVisible() and problem.words.text())
            name = f"file-{bad.name}"
            seen.extend(await in_both(languages, window, name, problem.words.text))
            QTest.mouseDClick(problem.retry, LEFT)  # a nervous person: the same words again
            await asyncio.sleep(0.3)  # the second attempt fails as the first did
            assert problem.isVisible()
            seen.append("the same")
        finally:
            window.close()

    async def main() -> None:
        program = Program(places, languages, First())
        looking = asyncio.ensure_future(look(program._window))
        await program.run()
        await looking

    with bad.made(tmp_path / "data"):
        drive(main())
    zh, en, again = seen
    are_sentences(zh, en)
    assert str(tmp_path / "data") in zh
    assert again


@pytest.mark.parametrize("fault", ["none", "locked"])
def test_no_keychain_or_a_locked_one_is_said(tmp_path, languages, fault):
    from laifaxin_desktop.model.problem import Fault
    from laifaxin_desktop.store.keychain import vault_error

    class Shut(Keys):
        async def get(self, key_id: str) -> str | None:
            raise vault_error(Fault.NO_KEYCHAIN if fault == "none" else Fault.LOCKED)

    async def walk(person: Person) -> None:
        await person.to_secret("li@qq.com")
        person.type(CODE)
        await person.next()
        page = person.wizard.current
        await until(lambda: page.keeping.isVisible())
        await asyncio.sleep(0.05)  # scrolls to the card
        meaning = page.keeping.findChild(QLabel, "keeping_meaning")
        zh, en = await in_both(languages, person.wizard, f"keychain-{fault}", meaning.text)
        are_sentences(zh, en)

    use(tmp_path, languages, walk, keys=Shut())


# ---- impatience ----

Reach = Callable[[Person], Awaitable[object]]


async def _stay(person: Person) -> None:
    """The first page."""


async def _known(person: Person) -> None:
    person.type("li@outlook.com")
    await until(person.wizard.current.isComplete)


async def _way(person: Person) -> None:
    await _known(person)
    await person.next()


async def _guide(person: Person) -> None:
    await _way(person)
    await person.next()
    await asyncio.sleep(0.05)  # ticks are read from the store


async def _secret(person: Person) -> None:
    await person.to_secret("li@outlook.com")
    person.wizard.current.take(CODE)


async def _checking(person: Person) -> None:
    await _secret(person)
    await person.next()
    await asyncio.sleep(0.02)  # a few stages pass


async def _failed(person: Person) -> None:
    await _secret(person)
    await person.next()
    await person.fail()


async def _done(person: Person) -> None:
    await _secret(person)
    await person.next()
    await person.reach(Step.DONE)


STAGES: dict[str, tuple[Reach, Callable[[], Servers]]] = {
    "address": (_stay, Servers),
    "address known": (_known, Servers),
    "way": (_way, Servers),
    "guide": (_guide, Servers),
    "secret": (_secret, Servers),
    "servers": (to_servers, Servers),
    "checking": (_checking, lambda: Servers(holds_at=Stage.LOGIN)),
    "failed": (_failed, lambda: Servers(right="another")),
    "done": (_done, Servers),
}


@pytest.mark.parametrize("stage", STAGES)
def test_double_clicks_and_closing_at_every_stage(tmp_path, languages, stage, monkeypatch):
    opened: list[str] = []
    monkeypatch.setattr(
        QDesktopServices, "openUrl", lambda url: opened.append(url.toString()) or True
    )
    reach, servers = STAGES[stage]
    names: list[str] = []

    def buttons(person: Person) -> list[QAbstractButton]:
        every = person.wizard.findChildren(QAbstractButton)
        return [b for b in every if b.isVisible() and b.isEnabled() and b.accessibleName()]

    async def look(person: Person) -> None:
        await reach(person)
        names.extend(dict.fromkeys(b.accessibleName() for b in buttons(person)))
        app = person.wizard.app
        await close(person)
        assert bool(await app.accounts.all()) is (stage == "done")

    async def close(person: Person) -> None:
        """By the cross; what was typed is given up."""
        async with asyncio.timeout(5):
            while isValid(person.wizard) and person.wizard.isVisible():
                person.wizard.close()  # heard, but not obeyed, while the account is being saved
                if discard := person.wizard.findChild(QAbstractButton, "discard"):
                    discard.click()
                await asyncio.sleep(0.02)  # what was cancelled comes to its end

    def twice(name: str) -> Reach:
        async def walk(person: Person) -> None:
            await reach(person)
            app = person.wizard.app
            person.click(name, twice=True)
            await asyncio.sleep(0.05)  # both clicks have had their effect
            await close(person)
            for account in await app.accounts.all():
                assert (await app.accounts.secret(account.id)).reveal() == CODE

        return walk

    use(tmp_path / "look", languages, look, servers=servers())
    assert names
    for number, name in enumerate(names):
        use(tmp_path / str(number), languages, twice(name), servers=servers())
    assert len(opened) <= len(names)


def test_double_clicks_in_the_main_window(tmp_path, languages, samples, monkeypatch):
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: True)

    async def put(app: App) -> None:
        await samples.put_samples(app, samples.datetime.now(samples.UTC))

    async def main() -> None:
        async with main_window(tmp_path, languages, put) as window:
            every = [b for b in window.findChildren(QAbstractButton) if b.isVisible()]
            for button in every:
                if button is window.toolbar.menu or not button.isEnabled():
                    continue
                QTest.mouseDClick(button, LEFT)
                await asyncio.sleep(0.02)  # its effect
                wizards = [w for w in window.findChildren(SetupWizard) if w.isVisible()]
                assert len(wizards) <= 1
                for wizard in wizards:
                    wizard.done(0)
            assert len(every) > 5

    drive(main())
