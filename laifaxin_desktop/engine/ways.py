"""The way of one check: the account's exceptions and proxy, or the proxy that the system names.

A proxy's password goes to that proxy only, and a missing one is said before anything is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from laifaxin_desktop.engine.network import is_portal, without_stand_in
from laifaxin_desktop.engine.ports import Accounts, Book, Diagnose, Observe, Probe
from laifaxin_desktop.model.account import Capabilities, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.model.route import DIRECT, Proxy, Route, may_pin, through_system_proxy
from laifaxin_desktop.model.secret import Secret

# The system's own proxy settings, as `urllib.request.getproxies` gives them.
AskSystem = Callable[[], Awaitable[Mapping[str, str]]]


async def no_system_proxy() -> Mapping[str, str]:
    """For callers whose system has no proxy settings."""
    return {}


class _Gate:
    """One connection at a time says the password to a proxy, until it has let one through.

    The halves of an account would count as two wrong tries, and a company locks after a few.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._passed = False
        self._refusal: Evidence | None = None

    async def through(
        self, at: Endpoint, ask: Callable[[Observe], Awaitable[Capabilities]], observe: Observe
    ) -> Capabilities:
        """Ask when it is one's turn; where another was refused the password is not said again.

        :raises MailError:
        """
        await self._turn.acquire()
        waiting = True

        def let_on() -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self._turn.release()

        def see(result: StageResult) -> None:
            if result.ok and result.stage is Stage.CONNECT:
                self._passed = True
                let_on()
            observe(result)

        try:
            if self._passed:
                let_on()
            elif self._refusal is not None:
                observe(StageResult(Stage.CONNECT, ok=False, ms=0))
                raise MailError(_of(self._refusal, at))
            return await ask(see)
        except MailError as error:
            if error.evidence.fault is Fault.PROXY_LOGIN:
                self._refusal = error.evidence
            elif error.evidence.fault is Fault.PROXY_TARGET:  # it was let in, and no further
                self._passed = True
            raise
        finally:
            let_on()


def _of(seen: Evidence, at: Endpoint) -> Evidence:
    return replace(seen, protocol=at.protocol, host=at.host, port=at.port, security=at.security)


@dataclass(frozen=True, slots=True)
class ByRoute:
    """A probe that goes the account's own way, wherever it is sent; for one check."""

    probe: Probe
    route: Route
    system: Mapping[str, str]  # empty where the account says itself which way
    gates: dict[Proxy, _Gate] = field(default_factory=dict)

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        """See `Probe`; another route than the account's is not taken."""
        route = through_system_proxy(self.route, self.system, endpoint)
        if route == DIRECT:
            return await self.probe(endpoint, login, observe)
        if route.proxy is None or not route.proxy_secret:
            return await self.probe(endpoint, login, observe, route)
        gate = self.gates.setdefault(route.proxy, _Gate())
        return await gate.through(
            endpoint, lambda see: self.probe(endpoint, login, see, route), observe
        )


async def by_route(
    probe: Probe, settings: Settings, proxy_secret: Secret | None, ask_system: AskSystem
) -> ByRoute:
    """The probe for an account; the system is asked each time, so that a change is noticed."""
    own = settings.proxy is not None or settings.directly
    return ByRoute(probe, settings.route(proxy_secret), {} if own else await ask_system())


def sign_in_route(settings: Settings, proxy_secret: Secret | None) -> Route | None:
    """The way to the sign-in service; None: as the system's settings say."""
    if settings.proxy is None and not settings.directly:
        return None
    return Route(proxy=settings.proxy, proxy_secret=proxy_secret)


async def proxy_secret_for(
    settings: Settings, given: Secret | None, account: str | None, accounts: Accounts
) -> Secret | None:
    """The password for the proxy: as given, else what is stored for this very proxy.

    None where it takes none.

    :param account: the id of the stored account, if there is one
    :raises MailError: it is missing (as if the proxy had asked for it), or stage vault
    """
    proxy = settings.proxy
    if proxy is None or not proxy.username:
        return None
    if given is not None:
        return given
    stored = await accounts.get(account) if account else None
    if account and stored and stored.settings.proxy == proxy:
        try:
            secret = await accounts.proxy_secret(account)
        except MailError as error:
            if error.evidence.fault is not Fault.MISSING:
                raise
        else:
            now = await accounts.get(account)
            if now is None or now.revision != stored.revision:
                # Another process has just changed it: this may be another proxy's password.
                raise MailError(Evidence(Stage.VAULT, Fault.MISSING, detail="changed_elsewhere"))
            return secret
    raise MailError(
        Evidence(Stage.CONNECT, Fault.PROXY_LOGIN, proxy=str(proxy), detail="no_proxy_secret")
    )


async def look(
    address: Address,
    settings: Settings,
    probe: Probe,
    diagnose: Diagnose,
    book: Book,
    at: datetime,
) -> Report:
    """What the servers show without a secret: a report of what comes before a login."""

    async def leg(end: Endpoint) -> Leg:
        try:
            await probe(end, None, lambda result: None)
        except MailError as error:
            return Leg(end, (), diagnose(replace(error.evidence, way=settings.auth)))
        return Leg(end)

    async with asyncio.TaskGroup() as group:
        legs = [group.create_task(leg(end)) for end in settings.endpoints()]
    seen = tuple(each.result() for each in legs)
    seen = without_stand_in(seen, lambda host: bool(book.by_host(host)), diagnose)
    return Report(address, at, 0, seen)


def may_except(seen: Evidence, reports: Iterable[Report]) -> bool:
    """Whether a person may except the certificate that was seen; see `model.route.may_pin`.

    Not while something stands in for servers: what it shows is no server's.

    :param reports: the one that this evidence is of, and the last ones of the other accounts
    """
    return may_pin(seen) and not is_portal(reports)
