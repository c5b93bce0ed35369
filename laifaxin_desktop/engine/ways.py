"""The way of one check: the account's exceptions and proxy, or the proxy that the system names.

A proxy's password goes to that proxy only, and a missing one is said before anything is sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from laifaxin_desktop.engine.gates import Gates
from laifaxin_desktop.engine.network import is_portal, without_stand_in
from laifaxin_desktop.engine.ports import Accounts, Book, Diagnose, Observe, Probe
from laifaxin_desktop.model.account import Capabilities, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.report import Leg, Report
from laifaxin_desktop.model.route import DIRECT, Route, may_pin, through_system_proxy
from laifaxin_desktop.model.secret import Secret

# The system's own proxy settings, as `urllib.request.getproxies` gives them.
AskSystem = Callable[[], Awaitable[Mapping[str, str]]]


async def no_system_proxy() -> Mapping[str, str]:
    """For callers whose system has no proxy settings."""
    return {}


@dataclass(frozen=True, slots=True)
class ByRoute:
    """A probe that goes the account's own way, wherever it is sent."""

    probe: Probe
    route: Route
    system: Mapping[str, str]  # empty where the account says itself which way
    gates: Gates = field(default_factory=Gates)

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        """See `Probe`; another route than the account's is not taken."""
        route = through_system_proxy(self.route, self.system, endpoint)
        if route == DIRECT:
            return await self.probe(endpoint, login, observe)
        if route.proxy is None or not route.proxy_secret:
            return await self.probe(endpoint, login, observe, route)
        gate = self.gates.of(route.proxy, route.proxy_secret)
        return await gate.through(
            endpoint, lambda see: self.probe(endpoint, login, see, route), observe
        )


async def by_route(
    probe: Probe,
    settings: Settings,
    proxy_secret: Secret | None,
    ask_system: AskSystem,
    gates: Gates,
) -> ByRoute:
    """The probe for an account; the system is asked each time, so that a change is noticed."""
    own = settings.proxy is not None or settings.directly
    system = {} if own else await ask_system()
    return ByRoute(probe, settings.route(proxy_secret), system, gates)


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
