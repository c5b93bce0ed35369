"""Draws the page of the check after many different failures: FOLDER [PART OF A NAME].

For a person to look at and read aloud: each in both languages, light and dark.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_SCALE_FACTOR"] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "packaging")]

from compile_translations import compile_translations  # noqa: E402 - the folders above first
from PySide6.QtWidgets import QApplication, QDialog  # noqa: E402

from laifaxin_desktop.app import App  # noqa: E402
from laifaxin_desktop.engine.draft import (  # noqa: E402
    Draft,
    Reason,
    Step,
    with_discovery,
    with_secret,
    with_way,
)
from laifaxin_desktop.model.account import Account  # noqa: E402
from laifaxin_desktop.model.address import Address  # noqa: E402
from laifaxin_desktop.model.microsoft import SIGNED_IN  # noqa: E402
from laifaxin_desktop.model.problem import (  # noqa: E402
    Certificate,
    Doubt,
    Evidence,
    Fault,
    Look,
    Stage,
)
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side  # noqa: E402
from laifaxin_desktop.model.route import Pin, Proxy, ProxyKind  # noqa: E402
from laifaxin_desktop.model.secret import Secret  # noqa: E402
from laifaxin_desktop.model.text import Language  # noqa: E402
from laifaxin_desktop.ui import loop, theme  # noqa: E402
from laifaxin_desktop.ui.languages import Languages  # noqa: E402
from laifaxin_desktop.ui.wizard.window import SetupWizard  # noqa: E402
from tests.ui.sample_wizard import CODE, Servers, sample_app, until  # noqa: E402

NOW = datetime.now(UTC)
OWN = Certificate(
    ("mail.corp.example",),
    "mail.corp.example",
    "mail.corp.example",
    NOW - timedelta(days=30),
    NOW + timedelta(days=300),
    "0123456789abcdef" * 4,
    self_signed=True,
    key="RSA 2048",
    digest="SHA256",
    doubts=(Doubt.SELF_SIGNED,),
)
OLD = replace(
    OWN,
    self_signed=False,
    issuer="GlobalSign RSA OV SSL CA 2018",
    not_after=NOW - timedelta(days=3),
    doubts=(Doubt.EXPIRED,),
)
FOREIGN = replace(OLD, names=("*.hoster.example", "hoster.example"), doubts=(Doubt.WRONG_HOST,))
WEAK = replace(OLD, key="RSA 1024", doubts=(Doubt.WEAK_KEY,))
PROXY = "10.8.0.1:3128"


@dataclass(frozen=True)
class Case:
    """One failure of one or both halves."""

    name: str
    fails: dict[Side, Evidence]
    address: str = "li@qq.com"
    servers: dict[str, Any] | None = None


def said(stage: Stage, *codes: str, reply: str = "") -> Evidence:
    """The server said no."""
    return Evidence(stage, Fault.REJECTED, codes=codes, reply=reply)


def both(seen: Evidence) -> dict[Side, Evidence]:
    return dict.fromkeys(Side, seen)


TLS, CONNECT, LOGIN = Stage.TLS, Stage.CONNECT, Stage.LOGIN
SMTP_OFF = said(
    LOGIN,
    "535",
    "5.7.139",
    reply="5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
    "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
)
ELSEWHERE = Endpoint(Protocol.IMAP, "imap.hoster.example", 993, Security.TLS)
CASES = (
    Case("code-wrong", both(said(LOGIN, "NO", reply="Login fail. Password is incorrect"))),
    Case(
        "needs-app-password",
        both(said(LOGIN, "NO", "ALERT", reply="Application-specific password required")),
        "li@gmail.com",
    ),
    Case(
        "service-off",
        both(said(LOGIN, "550", reply="User has no permission")),
        "li@163.com",
    ),
    Case("unknown-reply", both(said(LOGIN, "NO", reply="computer says no")), "li@gmx.de"),
    Case("smtp-off", {Side.SEND: SMTP_OFF}, "li@outlook.com"),
    Case(
        "port-blocked",
        {Side.SEND: Evidence(CONNECT, Fault.TIMEOUT)},
        servers={"known": frozenset({"smtp.qq.com"}), "works_at": frozenset({587})},
    ),
    Case(
        "wrong-mode",
        {Side.SEND: Evidence(TLS, Fault.WRONG_MODE, spoken="plain")},
        servers={"known": frozenset({"smtp.qq.com"})},
    ),
    Case("untrusted", both(Evidence(TLS, Fault.CERTIFICATE_SELF_SIGNED, certificate=OWN))),
    Case("expired", both(Evidence(TLS, Fault.CERTIFICATE_EXPIRED, certificate=OLD))),
    Case(
        "wrong-host",
        {
            Side.RECEIVE: Evidence(
                TLS,
                Fault.CERTIFICATE_WRONG_HOST,
                certificate=FOREIGN,
                looks=(Look(ELSEWHERE, foreign=True),),
            )
        },
    ),
    Case("unfit", both(Evidence(TLS, Fault.CERTIFICATE_UNFIT, certificate=WEAK))),
    Case(
        "changed",
        both(Evidence(TLS, Fault.CERTIFICATE_CHANGED, certificate=OWN, pinned="ab" * 32)),
    ),
    Case("clock", both(Evidence(TLS, Fault.CLOCK_WRONG, clock_off=-400 * 86400))),
    Case("portal", both(Evidence(Stage.GREETING, Fault.NOT_MAIL, spoken="http"))),
    Case("injection", both(Evidence(TLS, Fault.INJECTION))),
    Case("old-tls", both(Evidence(TLS, Fault.TLS_VERSION))),
    Case("no-such-host", both(Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND)), "li@example.net"),
    Case("refused", {Side.SEND: Evidence(CONNECT, Fault.REFUSED)}),
    Case("silent", both(Evidence(Stage.GREETING, Fault.TIMEOUT))),
    Case(
        "wrong-protocol",
        {Side.RECEIVE: Evidence(Stage.GREETING, Fault.WRONG_PROTOCOL, spoken="pop3")},
    ),
    Case("offline", both(Evidence(Stage.LOOKUP, Fault.OFFLINE))),
    Case(
        "too-often",
        both(said(LOGIN, "454", "4.7.0", reply="4.7.0 Too many login attempts, try later")),
        "li@gmail.com",
    ),
    Case(
        "two-different",
        {
            Side.RECEIVE: Evidence(CONNECT, Fault.TIMEOUT),
            Side.SEND: said(LOGIN, "535", reply="Error: authentication failed"),
        },
        "li@163.com",
    ),
    *(
        Case(f"proxy-{word}", both(Evidence(CONNECT, fault, proxy=PROXY)))
        for word, fault in (
            ("gone", Fault.PROXY_UNREACHABLE),
            ("login", Fault.PROXY_LOGIN),
            ("target", Fault.PROXY_TARGET),
            ("type", Fault.PROXY_WRONG_TYPE),
        )
    ),
)


async def stored(app: App, address: str) -> Account:
    """An account with a password that once worked."""
    draft = Draft(typed=address)
    draft = with_discovery(draft, await app.discover(Address.parse(address)), app.other)
    if draft.signs_in and draft.provider:
        row = next(row for row in draft.provider.ways if row.way not in SIGNED_IN)
        draft = with_way(draft, row.way)
    draft = with_secret(draft, Secret(CODE))
    return await app.finish(replace(draft, report=await app.check(draft)))


async def draw(case: Case, folder: Path, languages: Languages, end: str) -> None:
    """One failure; a click further where that opens something of its own."""
    with tempfile.TemporaryDirectory() as temporary:
        servers = Servers(**(case.servers or {}))
        app = await sample_app(Path(temporary), servers)
        if case.address == "li@example.net":
            servers.known = frozenset({"imap.example.net", "smtp.example.net"})
        account = await stored(app, case.address)
        if case.name.startswith("proxy"):
            kind = ProxyKind.SOCKS5 if case.name == "proxy-type" else ProxyKind.HTTP
            way = account.settings.through(Proxy(kind, "10.8.0.1", 3128, "zhang"))
            account = replace(account, settings=way)
            await app.accounts.save(account, None, None, Secret("open-sesame"))
            account = await app.accounts.get(account.id) or account
        if case.name == "changed":
            for place in account.settings.endpoints():
                pin = Pin(place.host, place.port, "ab" * 32)
                account = replace(account, settings=account.settings.pinning(pin))
        servers.fails = case.fails
        wizard = SetupWizard(app, languages, Reason.REPAIR, account, begin=Step.CHECK)
        wizard.show()
        wizard.resize(860, 700)
        page = wizard.pages_by_step[Step.CHECK]
        await until(lambda: wizard.current is page and page.cards and not page.busy, 20)
        await asyncio.sleep(0.15)  # layouts settle
        wizard.grab().save(str(folder / f"{case.name}-{end}.png"))
        page.cards[0].fix.click()
        await asyncio.sleep(0.3)  # what it opens is laid out
        dialog = next((d for d in wizard.findChildren(QDialog) if d.isVisible()), None)
        if dialog is not None:
            dialog.grab().save(str(folder / f"{case.name}-then-{end}.png"))
            dialog.close()
        elif wizard.current is not page:
            wizard.grab().save(str(folder / f"{case.name}-then-{end}.png"))
        wizard.done(0)
        await asyncio.sleep(0.02)  # the widget is deleted by the event loop
        await app.close()
        sys.stdout.write(f"{case.name}-{end}\n")


async def main(folder: Path, languages: Languages, part: str) -> int:
    """All of them, or those with `part` in their name."""
    for word in Language:
        for look in ("light", "dark"):
            os.environ["LAIFAXIN_THEME"] = look
            theme.theme().apply()
            languages.switch(word)
            for case in CASES:
                if part in case.name:
                    await draw(case, folder, languages, f"{word}-{look}")
    return 0


if __name__ == "__main__":
    compile_translations(ROOT / "resources" / "i18n")
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    dressed = theme.dress(application, ROOT / "resources")
    spoken = Languages(application, ROOT / "resources")
    spoken.changed.connect(lambda word: dressed.speak(Language(word)))
    spoken.start("zh_CN")
    target, wanted = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    target.mkdir(parents=True, exist_ok=True)
    sys.exit(loop.run(main(target, spoken, wanted)))
