"""The wizard with everything real but the servers and the keychain: for its tests and pictures."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from laifaxin_desktop.app import App, Knowledge
from laifaxin_desktop.engine.authorize import Authorizer
from laifaxin_desktop.engine.check import Checker
from laifaxin_desktop.engine.discover import Discoverer
from laifaxin_desktop.engine.draft import Draft, Reason, Step, with_discovery, with_secret
from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.engine.sources import Heard, MayAsk, NoSources
from laifaxin_desktop.engine.watch import Watch
from laifaxin_desktop.model.account import Account, Capabilities, Login
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, Side
from laifaxin_desktop.model.report import StageResult, stages_of
from laifaxin_desktop.model.route import DIRECT, Route
from laifaxin_desktop.places import Places
from laifaxin_desktop.store.accounts import AccountStore
from laifaxin_desktop.store.keychain import vault_error
from laifaxin_desktop.ui.languages import Languages
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import CLIENT, ScriptedOAuth

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
CODE = "abcdefghijklmnop"  # has the shape of an app password
# An administrator's file: with it one click signs in.
PRESET = f'client_id = "{CLIENT}"\nname = "Contoso Mail"\n'
_MS = dict(zip(Stage, (12, 31, 40, 8, 210, 35, 0, 0, 0), strict=True))
REFUSED = Evidence(
    Stage.LOGIN, Fault.REJECTED, codes=("NO", "LOGIN"), reply="LOGIN Login error or password error"
)


@dataclass
class Servers:
    """A probe: answers for every server of the world, as each test wants."""

    fails: dict[Side, Evidence] = field(default_factory=dict)
    holds_at: Stage | None = None  # hangs there until `go` is set
    known: frozenset[str] = frozenset()  # hosts that greet a probe without a login; empty: none
    seen: asyncio.Event | None = None  # a probe without a login waits for it
    works_at: frozenset[int] = frozenset()  # ports at which nothing fails
    right: str | None = None  # the one secret that is let in; None: all
    logins: list[tuple[Endpoint, Login]] = field(default_factory=list)
    cancelled: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        if login is None:
            await asyncio.sleep(0.01)  # lets a test look at what is shown meanwhile
            if self.seen is not None:
                await self.seen.wait()
            if endpoint.host in self.known:
                return Capabilities()
            raise MailError(Evidence(Stage.LOOKUP, Fault.NAME_NOT_FOUND))
        self.logins.append((endpoint, login))
        try:
            for stage in stages_of(endpoint):
                if stage is Stage.SIGN_IN:
                    continue  # the token is there already
                await self._stage(stage, endpoint, login, observe)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Capabilities()

    async def _stage(
        self, stage: Stage, endpoint: Endpoint, login: Login, observe: Observe
    ) -> None:
        await asyncio.sleep(0)
        if stage is self.holds_at:
            await self.go.wait()
        seen = None if endpoint.port in self.works_at else self.fails.get(endpoint.side)
        wrong = self.right is not None and login.secret.reveal() != self.right
        if wrong and stage is Stage.LOGIN:
            seen = REFUSED
        failed = seen is not None and (wrong or stage is seen.stage)
        observe(StageResult(stage, not failed, _MS[stage]))
        if failed and seen is not None:
            raise MailError(seen)


class Keys:
    """A keychain made of a dict; `absent` is a computer without one."""

    def __init__(self, *, absent: bool = False) -> None:
        self.absent = absent
        self._items: dict[str, str] = {}

    async def get(self, key_id: str) -> str | None:
        if self.absent:
            raise vault_error(Fault.NO_KEYCHAIN, "none")
        return self._items.get(key_id)

    def put_now(self, key_id: str, key: str) -> None:
        if self.absent:
            raise vault_error(Fault.NO_KEYCHAIN, "none")
        self._items[key_id] = key

    def drop_now(self, key_id: str) -> None:
        self._items.pop(key_id, None)

    def close(self) -> None:
        self.absent = True


async def no_mx(domain: str) -> tuple[str, ...]:
    """A domain without mail exchangers."""
    await asyncio.sleep(0.01)  # lets a test look at what is shown meanwhile
    return ()


async def offline_mx(domain: str) -> tuple[str, ...]:
    """A computer without a network."""
    raise MailError(Evidence(Stage.LOOKUP, Fault.OFFLINE))


async def sample_app(
    folder: Path,
    servers: Servers | None = None,
    keys: Keys | None = None,
    mx: Callable[[str], Awaitable[tuple[str, ...]]] = no_mx,
    oauth: ScriptedOAuth | None = None,
    preset: str = "",
) -> App:
    """The program with stand-ins for the network and the keychain; `preset`: see `PRESET`."""
    places = Places(RESOURCES, folder, folder, folder)
    if preset:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "microsoft.toml").write_text(preset, encoding="utf-8")
    known = Knowledge.load(places)
    accounts = await AccountStore.open(folder, keys or Keys())
    probe = servers or Servers()
    oauth = oauth or ScriptedOAuth()
    checker = Checker(
        probe,
        known.table.diagnose,
        known.book,
        lambda: datetime.now(UTC),
        time.monotonic,
        Authorizer(oauth, accounts),
    )
    return App(
        places,
        known.words,
        known.clouds,
        known.book,
        known.table,
        accounts,
        checker,
        Discoverer(known.book, mx, probe, time.monotonic),
        Watch(accounts, checker),
        oauth,
    )


async def stored_account(app: App, address: str = "li@qq.com") -> Account:
    """An account in the list, with a secret that once worked."""
    from laifaxin_desktop.model.secret import Secret

    at = Address.parse(address)
    draft = Draft(typed=address)
    draft = with_discovery(draft, await app.discover(at), app.other)
    draft = with_secret(draft, Secret("ponmlkjihgfedcba"))
    return await app.finish(replace(draft, report=await app.check(draft)))


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until something is true; the loop goes on meanwhile."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.005)  # the window has no signal for every state that is asked


class Records(NoSources):
    """A DNS that names the servers of a domain."""

    def __init__(self, at: str) -> None:
        self._at = at

    async def srv(self, domain: str, heard: Heard, may_ask: MayAsk) -> Offer | None:
        heard(f"_imaps._tcp.{domain}", f"imap.{self._at}:993")
        await asyncio.sleep(0.01)  # lets a test look at what is shown meanwhile
        return Offer(
            (
                Endpoint(Protocol.IMAP, f"imap.{self._at}", 993, Security.TLS),
                Endpoint(Protocol.SMTP, f"smtp.{self._at}", 465, Security.TLS),
            )
        )


# --- pictures -------------------------------------------------------------------------------------

NO_VAULT = "no_vault"


def _smtp_off() -> Evidence:
    return Evidence(
        Stage.LOGIN,
        Fault.REJECTED,
        codes=("535", "5.7.139"),
        reply="5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
        "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
    )


async def _to(wizard: SetupWizard, step: Step) -> None:
    """Walk to a step as a person does, giving every answer."""
    while wizard.current is not None and wizard.current.step is not step:
        page = wizard.current
        await until(page.isComplete)
        wizard.next()
        await asyncio.sleep(0.02)  # ticks are read from the store


async def pictures(folder: Path, languages: Languages) -> AsyncIterator[tuple[str, SetupWizard]]:
    """Every page with sample data, one after the other; grab it, then go on."""

    def typed(wizard: SetupWizard, address: str) -> None:
        wizard.pages_by_step[Step.ADDRESS].entry.setText(address)

    async def opened(
        name: str,
        address: str = "",
        servers: Servers | None = None,
        keys: Keys | None = None,
        mx: Callable[[str], Awaitable[tuple[str, ...]]] = no_mx,
        **more: Any,
    ) -> SetupWizard:
        app = await sample_app(folder / name, servers, keys, mx, **more)
        apps.append(app)
        wizard = SetupWizard(app, languages, Reason.ADD)
        wizard.show()
        await until(lambda: wizard.current)
        if address:
            typed(wizard, address)
        return wizard

    async def close(wizard: SetupWizard) -> None:
        wizard.done(0)
        await asyncio.sleep(0.02)  # the widget is deleted by the event loop
        await apps[-1].close()

    apps: list[App] = []
    wizard = await opened("address-empty")
    yield "address-empty", wizard
    await close(wizard)

    wizard = await opened("address-known", "zhang.wei＠outlook。com")
    await until(wizard.current.isComplete)
    yield "address-known", wizard
    await close(wizard)

    wizard = await opened("address-unknown", "li@example.net")
    await until(wizard.current.isComplete)
    yield "address-unknown", wizard
    await close(wizard)

    wizard = await opened("address-offline", "li@example.net", mx=offline_mx)
    await until(lambda: wizard.draft.discovery)
    yield "address-offline", wizard
    await close(wizard)

    wizard = await opened("address-alike", "li@gmai1.com")
    await until(wizard.current.isComplete)
    yield "address-alike", wizard
    await close(wizard)

    wizard = await opened("address-strangers")
    finder = replace(wizard.app.discoverer, sources=Records("0utlook.com"))
    wizard.app = replace(wizard.app, discoverer=finder)
    typed(wizard, "li@corp.net")
    await until(lambda: wizard.draft.discovery)
    yield "address-strangers", wizard
    await close(wizard)

    wizard = await opened("address-duplicate")
    await stored_account(wizard.app)
    typed(wizard, "li@qq.com")
    await until(
        lambda: wizard.findChild(type(wizard.current.again), "reauthorize_existing").isVisible()
    )
    yield "address-duplicate", wizard
    await close(wizard)

    wizard = await opened("way", "zhang.wei@outlook.com")
    await _to(wizard, Step.WAY)
    yield "way", wizard
    _choose_secret(wizard)
    yield "way-broken", wizard
    await _to(wizard, Step.GUIDE)
    await asyncio.sleep(0.05)  # ticks are read from the store
    yield "guide", wizard
    await close(wizard)

    wizard = await opened("guide-qq", "li@qq.com")
    await _to(wizard, Step.GUIDE)
    await asyncio.sleep(0.05)  # ticks are read from the store
    cards = list(wizard.current.view._cards.values())
    cards[0].tick.setChecked(True)
    yield "guide-ticked", wizard
    for card in cards:
        card.tick.setChecked(True)
    wizard.next()
    yield "secret-empty", wizard
    wizard.current.take("abcd efgh ijkl mnop")
    yield "secret-fits", wizard
    wizard.current.entry.setText("Hunter2!")
    yield "secret-doubtful", wizard
    await close(wizard)

    wizard = await opened("way-other", "li@example.net")
    await _to(wizard, Step.WAY)
    yield "way-two", wizard
    wizard.next()
    wizard.current.take("geheim")
    wizard.next()
    yield "servers-unknown", wizard
    await close(wizard)

    hosts = frozenset({"imap.example.net", "smtp.example.net"})
    wizard = await opened("probed", "li@example.net", Servers(known=hosts))
    await _to(wizard, Step.WAY)
    wizard.next()
    wizard.current.take("geheim")
    wizard.next()
    yield "servers-probed", wizard
    form = wizard.current.form.halves[Side.SEND]
    form.security.setCurrentIndex(2)
    form.host.setText("http://smtp.example.net/")
    form.host.editingFinished.emit()
    yield "servers-plain", wizard
    await close(wizard)

    from .sample_sign_in import sign_ins  # it stands on this module

    async for shown in sign_ins(opened, close):
        yield shown
    async for shown in _checks(opened, close):
        yield shown


def _choose_secret(wizard: SetupWizard) -> None:
    """A way with a password, where signing in with Microsoft comes first."""
    if wizard.draft.signs_in:
        ways = wizard.draft.provider.ways
        wizard.current.choose(next(way.way for way in ways if way.way not in SIGNED_IN))


async def _skip_to_secret(wizard: SetupWizard) -> None:
    await until(wizard.current.isComplete)
    wizard.next()
    while wizard.current.step is not Step.SECRET:
        if wizard.current.step is Step.WAY:
            _choose_secret(wizard)
        if wizard.current.step is Step.GUIDE:
            wizard.current.view.skip.click()
        else:
            wizard.next()
    wizard.current.take(CODE)


async def _checks(
    opened: Callable[..., Awaitable[SetupWizard]],
    close: Callable[[SetupWizard], Awaitable[None]],
) -> AsyncIterator[tuple[str, SetupWizard]]:
    wizard = await opened("check", "li@qq.com", Servers(holds_at=Stage.LOGIN))
    await _skip_to_secret(wizard)
    wizard.next()
    await asyncio.sleep(0.1)  # a few stages pass
    for lane in wizard.current.lanes.values():
        lane._slow.show()
    yield "check-running", wizard
    await close(wizard)

    for name, address, fails in (
        ("check-one-side", "sales@contoso.cn", {Side.SEND: _smtp_off()}),
        ("check-both-sides", "li@qq.com", {Side.RECEIVE: REFUSED, Side.SEND: _smtp_off()}),
        (
            "check-network",
            "li@qq.com",
            {s: Evidence(Stage.CONNECT, Fault.TIMEOUT) for s in Side},
        ),
    ):
        mx = contoso_mx if "contoso" in address else no_mx
        wizard = await opened(name, address, Servers(fails=fails), mx=mx)
        await _skip_to_secret(wizard)
        wizard.next()
        if wizard.current.step is Step.SERVERS:
            wizard.next()
        await until(lambda page=wizard.current: page.cards and not page.busy)
        await asyncio.sleep(0.05)  # scrolls to the card
        yield name, wizard
        await close(wizard)

    wizard = await opened("check-no-vault", "li@qq.com", keys=Keys(absent=True))
    await _skip_to_secret(wizard)
    wizard.next()
    await until(lambda: not wizard.current.keeping.isHidden())
    await asyncio.sleep(0.05)  # scrolls to the card
    yield "check-no-vault", wizard
    wizard.current.keeping.master.click()
    yield "check-main-password", wizard
    await close(wizard)

    wizard = await opened("done", "li@qq.com")
    await _skip_to_secret(wizard)
    wizard.next()
    await until(lambda: wizard.current.step is Step.DONE)
    yield "done", wizard
    await close(wizard)

    wizard = await opened("done-anyway", "li@qq.com", Servers(right="another"))
    await _skip_to_secret(wizard)
    wizard.next()
    await until(lambda: wizard.current.cards and not wizard.current.busy)
    wizard.current.save()
    await until(lambda: wizard.current.step is Step.DONE)
    yield "done-anyway", wizard
    await close(wizard)


async def contoso_mx(domain: str) -> tuple[str, ...]:
    """A company whose mail Microsoft keeps."""
    return ("contoso-cn.mail.protection.outlook.com",)
