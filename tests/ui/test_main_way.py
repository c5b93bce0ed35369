"""From the list, over real servers: a proxy's password and a certificate, mended to 正常."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from PySide6.QtTest import QTest

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.route import Proxy, ProxyKind
from laifaxin_desktop.ui import loop
from laifaxin_desktop.ui.main_window import MainWindow
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.servers.authority import Authority
from tests.servers.proxies import SECRET, USER

from .conftest import drive, until
from .real_servers import HOST, RealProbe
from .sample_wizard import sample_app
from .test_certificate_real import showing, trusting_another
from .test_main_mending import Clerk
from .test_wizard_proxy import stored, world


@asynccontextmanager
async def clerk(
    folder: Path, languages: Any, authority: Authority, make: Any
) -> AsyncIterator[Clerk]:
    """The window over one account that `make` has stored, checked once."""
    probe = RealProbe(authority)
    app = await sample_app(folder, probe)
    account: Account = await make(app)
    window = MainWindow(app.places, languages)
    try:
        window.show()
        window.show_app(app)
        await until(lambda: window.accounts and window.accounts.model.row(account.id))
        await app.watch.check([account.id])
        made = Clerk(window, account.id, probe)
        await until(lambda: made.row.diagnosis)
        window.accounts.table.select(account.id)
        await until(lambda: made.fix.isVisible() and made.fix.isEnabled())
        yield made
    finally:
        for wizard in window.findChildren(SetupWizard):
            wizard.done(0)
        await window.finish()
        await loop.end_others()
        window.hide()
        window.deleteLater()
        await until(lambda: True)
        await app.close()


def test_a_wrong_password_of_the_proxy_is_mended_from_the_list(tmp_path, languages, authority):
    with world(authority, ProxyKind.SOCKS5) as (peers, port):
        proxy = Proxy(ProxyKind.SOCKS5, "127.0.0.1", port, USER)

        async def main() -> None:
            def make(app: Any) -> Any:
                return stored(app, peers=peers, proxy=proxy, word="old")

            async with clerk(tmp_path, languages, authority, make) as person:
                assert person.row.diagnosis.problem == "proxy_login_failed"
                person.press(person.fix)
                wizard = await person.reach(Step.SERVERS)
                form = wizard.current.proxy
                await until(lambda: wizard.focusWidget() is form.secret)
                QTest.keyClicks(form.secret, SECRET)
                person.say("下一步")
                await person.reach(Step.DONE)
                person.say("完成")
                await person.fine()

        drive(main())


def test_a_changed_certificate_is_allowed_from_the_list(tmp_path, languages, authority):
    certificate = authority.self_signed(HOST)
    with showing(certificate) as peers:

        async def main() -> None:
            def make(app: Any) -> Any:
                return trusting_another(app, peers=peers, sha256=certificate.sha256())

            async with clerk(tmp_path, languages, authority, make) as person:
                assert person.row.diagnosis.problem == "certificate_changed"
                person.press(person.fix)
                page = await person.certificate()
                person.press(page.accept_button)
                await person.reach(Step.DONE)
                person.say("完成")
                await person.fine()
                pins = person.row.account.settings.pins
                assert {pin.sha256 for pin in pins} == {certificate.sha256()}

        drive(main())
