"""One check of one account: both legs at once, every stage seen, each failure named."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from laifaxin_desktop.engine.authorize import Authorizer, Tokens
from laifaxin_desktop.engine.closer import SECONDS, Closer, nobody_knows
from laifaxin_desktop.engine.gates import Gates
from laifaxin_desktop.engine.network import without_stand_in
from laifaxin_desktop.engine.ports import Accounts, AskClock, Book, Diagnose, Probe
from laifaxin_desktop.engine.visit import FirstWords, ObserveSide, Visit, unobserved, unsaid
from laifaxin_desktop.engine.ways import (
    AskSystem,
    by_route,
    no_system_proxy,
    proxy_secret_for,
    sign_in_route,
)
from laifaxin_desktop.model.account import Account, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Provider, Side
from laifaxin_desktop.model.report import Leg, Report, status_of
from laifaxin_desktop.model.secret import Secret

log = logging.getLogger(__name__)

AS_OTHER = "signed_in_as_other"  # the mailbox did not open to the person who signed in
UNPROVEN = "another name signed in"  # and the mailbox could not be asked whether it may


@dataclass(frozen=True, slots=True)
class Checker:
    """Runs checks with the parts it is given; keeps nothing."""

    probe: Probe
    diagnose: Diagnose
    book: Book
    now: Callable[[], datetime]  # UTC
    clock: Callable[[], float]  # seconds, monotonic
    authorizer: Authorizer
    ask_clock: AskClock = nobody_knows
    closer_seconds: float = SECONDS
    ask_system: AskSystem = no_system_proxy
    gates: Gates = field(default_factory=Gates)  # of the proxies that want a password

    async def check(
        self,
        address: Address,
        settings: Settings,
        secret: Secret,
        *,
        provider: Provider | None = None,
        account: str | None = None,
        observe: ObserveSide = unobserved,
        first: FirstWords = unsaid,
        proxy_secret: Secret | None = None,
    ) -> Report:
        """Log in to the receiving and the sending server with this very secret, once each.

        For an account that signs in with Microsoft the secret is what the sign-in gave. The
        password of its proxy is `proxy_secret`, else the stored one of this very proxy.
        Never raises for what the world does: each leg carries its diagnosis. `first` hears of a
        failure at once, before up to three seconds are spent on a closer look.
        """
        if settings.auth in SIGNED_IN and settings.sign_in is None:
            # else they would be handed in as a password
            raise ValueError("tokens cannot be used without the app they are for")
        accounts = self.authorizer.accounts
        try:
            word = await proxy_secret_for(settings, proxy_secret, account, accounts)
        except MailError as error:
            return self._unable(address, settings, account, error.evidence, provider)
        proof: Secret | Tokens = secret
        if settings.auth in SIGNED_IN and settings.sign_in:
            route = sign_in_route(settings, word)
            proof = self.authorizer.of_draft(settings.sign_in, secret, route)
        return await self._check(address, settings, word, proof, provider, account, observe, first)

    async def _check(
        self,
        address: Address,
        settings: Settings,
        proxy_secret: Secret | None,
        proof: Secret | Tokens,
        provider: Provider | None,
        account: str | None,
        observe: ObserveSide,
        first: FirstWords,
    ) -> Report:
        began, at = self.clock(), self.now()
        probe = await by_route(self.probe, settings, proxy_secret, self.ask_system, self.gates)
        visit = Visit(
            probe,
            self.diagnose,
            self.clock,
            address,
            settings,
            proof,
            provider,
            observe,
            self._closer(probe, address, provider),
            first,
        )
        async with asyncio.TaskGroup() as both:
            legs = [both.create_task(visit.leg(end)) for end in settings.endpoints()]
        ms = round((self.clock() - began) * 1000)
        seen = self._whose(tuple(leg.result() for leg in legs), address, settings)
        seen = without_stand_in(seen, lambda host: bool(self.book.by_host(host)), self.diagnose)
        return told(Report(address, at, ms, seen, account))

    def _closer(self, probe: Probe, address: Address, provider: Provider | None) -> Closer:
        return Closer(
            probe,
            self.book,
            self.now,
            self.clock,
            self.ask_clock,
            address,
            provider,
            self.closer_seconds,
        )

    def _whose(
        self, legs: tuple[Leg, ...], address: Address, settings: Settings
    ) -> tuple[Leg, ...]:
        """The legs, none of which passed by letting somebody else in.

        Graph sends for whoever signed in. Under another name than the mailbox's that is only right
        when the mailbox has opened to the same person.
        """
        app = settings.sign_in
        other = app is not None and not app.shared and app.is_other_than(str(address))
        receiving = next((leg for leg in legs if leg.side is Side.RECEIVE), None)
        found = receiving.diagnosis if receiving else None
        if not other or receiving is None or found is None or _let_in(receiving):
            return legs

        def judged(leg: Leg) -> Leg:
            if not leg.ok or leg.endpoint.protocol is not Protocol.GRAPH:
                return leg
            return replace(leg, diagnosis=_unproven(found, leg.endpoint))

        return tuple(map(judged, legs))

    async def check_stored(
        self,
        account: Account,
        accounts: Accounts,
        observe: ObserveSide = unobserved,
        first: FirstWords = unsaid,
        proxy_secret: Secret | None = None,
    ) -> Report:
        """Check a stored account with its stored secret; `proxy_secret` is as in `check`.

        A secret that cannot be had is a diagnosis of every leg, not an exception.
        """
        provider, settings = self.book.by_id(account.provider), account.settings
        try:
            if settings.auth in SIGNED_IN and settings.sign_in is None:
                raise MailError(Evidence(Stage.VAULT, Fault.MISSING, detail="no_app"))
            proof: Secret | Tokens = await accounts.secret(account.id)
            word = await proxy_secret_for(settings, proxy_secret, account.id, accounts)
            now = await accounts.get(account.id)
            if now is not None and now.revision != account.revision:
                # What was read may be tokens by now: never handed to a server as a password.
                raise MailError(Evidence(Stage.VAULT, Fault.MISSING, detail="changed_elsewhere"))
        except MailError as error:
            return self._unable(account.address, settings, account.id, error.evidence, provider)
        if settings.auth in SIGNED_IN and settings.sign_in:
            route = sign_in_route(settings, word)
            proof = self.authorizer.of_account(account, settings.sign_in, route)
        return await self._check(
            account.address, settings, word, proof, provider, account.id, observe, first
        )

    def _unable(
        self,
        address: Address,
        settings: Settings,
        account: str | None,
        evidence: Evidence,
        provider: Provider | None,
    ) -> Report:
        """The report of a check that nobody could begin: a secret cannot be had."""
        at_proxy = evidence.fault is Fault.PROXY_LOGIN
        evidence = replace(
            evidence,
            stage=evidence.stage if at_proxy else Stage.VAULT,
            provider=provider.id if provider else "",
        )
        return self._all_legs(address, settings, account, evidence)

    def of_bug(self, account: Account, name: str) -> Report:
        """The report of a check that broke on a mistake of ours: shown as such, never as 正常."""
        seen = Evidence(Stage.LOOKUP, Fault.BUG, detail=name)
        return self._all_legs(account.address, account.settings, account.id, seen)

    def _all_legs(
        self, address: Address, settings: Settings, account: str | None, evidence: Evidence
    ) -> Report:
        diagnosis = self.diagnose(replace(evidence, way=settings.auth))
        legs = tuple(Leg(end, (), diagnosis) for end in settings.endpoints())
        return told(Report(address, self.now(), 0, legs, account))


def _let_in(leg: Leg) -> bool:
    """Whether the mailbox's own server accepted whoever signed in, whatever failed afterwards."""
    passed = (stage.stage for stage in leg.stages if stage.ok)
    return leg.endpoint.protocol is not Protocol.GRAPH and Stage.LOGIN in passed


def _unproven(found: Diagnosis, at: Endpoint) -> Diagnosis:
    """What is wrong with Graph where `found` keeps the mailbox from opening."""
    seen = found.evidence
    if found.problem == AS_OTHER:
        # No server said no: the wrong person came back from the sign-in.
        own = replace(
            seen,
            stage=Stage.SIGN_IN,
            protocol=at.protocol,
            host=at.host,
            port=at.port,
            codes=(),
            reply="",
        )
    else:
        # Until the mailbox can be asked, nobody knows whether it was the right one.
        own = replace(seen, stage=Stage.SEND, detail=UNPROVEN)
    return replace(found, evidence=own, suggestion=None)


def told(report: Report) -> Report:
    """The report, after its line in the log: no address in the clear, no word of a server."""
    legs = (f"{leg.side} {leg.diagnosis.problem if leg.diagnosis else 'ok'}" for leg in report.legs)
    log.info(
        "checked %s: %s (%s)",
        report.address.shortened,
        status_of(report),
        ", ".join(legs),
        extra={"account": report.account, "ms": report.ms},
    )
    return report
