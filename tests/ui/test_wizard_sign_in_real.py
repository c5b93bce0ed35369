"""The wizard with the real msal, our real door and a real browser, at the local platform."""

from __future__ import annotations

import socket

import pytest

from laifaxin_desktop.app import RETURN_PAGE
from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.mail.dial import dial
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.problem import Fault
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.oauth.microsoft import Microsoft
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.wizard.sign_in import SignInPage
from tests.servers.entra.cast import CLIENT_ID, PERSON, WORKER

from .person import Person, use
from .sample_wizard import RESOURCES, until

PRESET = f'client_id = "{CLIENT_ID}"\n'
SLOW = 30.0  # seconds; a browser and a platform in Python start in a few


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


@pytest.fixture
def oauth(entra, browser):
    """What the program itself uses; trusts the platform's certificate."""
    file = RESOURCES / "microsoft.toml"
    clouds = CloudBook.load(file, file.parent / "none.toml", {})
    page = (RESOURCES / RETURN_PAGE).read_text("utf-8")
    return Microsoft(clouds.cloud, client_context(), page=page, dial=dial)


async def to_sign_in(person: Person) -> SignInPage:
    person.type(PERSON)
    await person.next()
    await person.next()
    await person.reach(Step.SIGN_IN)
    return person.wizard.current


async def failed(page: SignInPage) -> None:
    await until(lambda: page.card is not None and page.card.isVisible(), SLOW)


def test_by_the_browser(tmp_path, languages, entra, browser, oauth):
    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await person.reach(Step.DONE, SLOW)
        [account] = await person.wizard.app.accounts.all()
        assert account.settings.auth is AuthWay.MICROSOFT
        assert account.settings.sign_in.identity == PERSON
        assert "imap.accessasuser.all" in account.settings.sign_in.granted
        assert "mail.send" in account.settings.sign_in.granted

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_by_codes(tmp_path, languages, entra, browser, oauth):
    """The browser hangs: a code, and another one for sending."""
    browser.obey({"hang": True})
    entra.state.device_interval = 1
    codes: list[str] = []

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await until(lambda: page.signing.url, SLOW)
        person.click("改用设备代码")
        for number in (1, 2):
            await until(
                lambda number=number: page.signing.code and page.signing.codes == number, SLOW
            )
            codes.append(page.device.code.text())
            entra.approve_device(entra.user(PERSON), codes[-1])
            if number == 1:
                await until(lambda: page.signing.codes == 2 or person.step is Step.DONE, SLOW)
        await person.reach(Step.DONE, SLOW)
        assert len(set(codes)) == 2

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_somebody_who_declines_and_then_agrees(tmp_path, languages, entra, browser, oauth):
    browser.obey({"answer": "Cancel"})

    async def walk(person: Person) -> None:
        page = await to_sign_in(person)
        await failed(page)
        assert page.diagnosis.problem in ("consent_declined", "sign_in_cancelled")
        browser.obey()
        page.card.fix.click()
        await person.reach(Step.DONE, SLOW)

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_somebody_else_signs_in(tmp_path, languages, entra, browser, oauth):
    entra.signs_in(entra.user(WORKER))

    async def walk(person: Person) -> None:
        await to_sign_in(person)
        await until(lambda: person.wizard.draft.tokens, SLOW)
        assert person.wizard.draft.sign_in.identity == WORKER
        assert f"登录身份：{WORKER}；检测时会确认它能打开 {PERSON}。" in person.seen()

    use(tmp_path, languages, walk, oauth=oauth, preset=PRESET)


def test_a_registered_port_is_taken_then_free_and_is_freed(
    tmp_path, languages, entra, browser, oauth
):
    browser.obey({"hang": True})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        address = f"http://localhost:{port}/api/v1/outlook-authorization/code"
        entra.register_app(CLIENT_ID, redirects=[address])

        async def walk(person: Person) -> None:
            page = await to_sign_in(person)
            await failed(page)
            assert page.diagnosis.evidence.fault is Fault.PORT_TAKEN
            taken.close()
            page.start(page.means)
            await until(lambda: page.signing.url, SLOW)
            person.click("取消登录")
            assert person.step is Step.WAY
            browser.obey()
            await person.next()  # on the same port, as soon as the last door is closed
            await person.reach(Step.DONE, SLOW)
            with (
                pytest.raises(ConnectionRefusedError),
                socket.create_connection(("127.0.0.1", port), 1),
            ):
                pass

        preset = f'{PRESET}redirect = "{address}"\n'
        use(tmp_path, languages, walk, oauth=oauth, preset=preset)
