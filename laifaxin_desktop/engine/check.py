"""One check of one account: both legs at once, every stage seen, each failure named."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from laifaxin_desktop.engine.ports import Accounts, Book, Diagnose, Probe
from laifaxin_desktop.model.account import Account, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, Fix, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Provider, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult, status_of
from laifaxin_desktop.model.secret import Secret

log = logging.getLogger(__name__)

# Problems that pass by themselves, but sooner when nobody tries.
LOCKOUTS = ("too_many_attempts", "account_locked")

CLOSER = 3.0  # seconds for a look at another port after a failure

ObserveSide = Callable[[Side, StageResult], None]


def unobserved(side: Side, result: StageResult) -> None:
    """For callers that only want the report."""


@dataclass(frozen=True, slots=True)
class Checker:
    """Runs checks with the parts it is given; keeps nothing."""

    probe: Probe
    diagnose: Diagnose
    book: Book
    now: Callable[[], datetime]  # UTC
    clock: Callable[[], float]  # seconds, monotonic

    async def check(
        self,
        address: Address,
        settings: Settings,
        secret: Secret,
        *,
        provider: Provider | None = None,
        account: str | None = None,
        observe: ObserveSide = unobserved,
    ) -> Report:
        """Log in to the receiving and the sending server with this very secret, once each.

        Never raises for what the world does: each leg carries its diagnosis.
        """
        began, at = self.clock(), self.now()
        ends = settings.endpoints()

        async def one(endpoint: Endpoint) -> Leg:
            username = settings.username_for(endpoint, address)
            quirks = provider.quirks if provider else frozenset()
            login = Login(username, secret, quirks)
            way = provider.way(settings.auth) if provider else None
            context = Evidence(
                Stage.LOGIN,
                Fault.REJECTED,
                provider=provider.id if provider else "",
                way=settings.auth,
                shaped=way.credential.fits(secret.reveal()) if way else None,
            )
            return await self._leg(endpoint, login, context, observe)

        async with asyncio.TaskGroup() as both:
            legs = [both.create_task(one(end)) for end in ends]
        ms = round((self.clock() - began) * 1000)
        return told(Report(address, at, ms, tuple(leg.result() for leg in legs), account))

    async def _leg(
        self, endpoint: Endpoint, login: Login, context: Evidence, observe: ObserveSide
    ) -> Leg:
        stages: list[StageResult] = []

        def see(result: StageResult) -> None:
            stages.append(result)
            observe(endpoint.side, result)
            log.debug(
                "stage passed" if result.ok else "stage failed",
                extra={**_place(endpoint), "stage": result.stage, "ms": result.ms},
            )

        try:
            await self.probe(endpoint, login, see)
        except MailError as error:
            evidence = replace(
                error.evidence,
                fault=await self._looked_closer(endpoint, error.evidence),
                protocol=endpoint.protocol,
                host=endpoint.host,
                port=endpoint.port,
                security=endpoint.security,
                provider=context.provider,
                way=context.way,
                shaped=context.shaped,
            )
            diagnosis = self.diagnose(evidence)
            log.debug(
                "seen: %s %s",
                " ".join(evidence.codes) or "no code",
                evidence.detail,
                extra={
                    **_place(endpoint),
                    "stage": evidence.stage,
                    "fault": evidence.fault,
                    "problem": diagnosis.problem,
                },
            )
            return Leg(endpoint, tuple(stages), diagnosis)
        return Leg(endpoint, tuple(stages))

    async def _looked_closer(self, endpoint: Endpoint, seen: Evidence) -> Fault:
        """Whether only this port is blocked: a look, without a secret, at the other usual one."""
        sibling = endpoint.sibling
        if seen.stage is not Stage.CONNECT or seen.fault is not Fault.TIMEOUT or sibling is None:
            return seen.fault
        with contextlib.suppress(MailError, TimeoutError):
            async with asyncio.timeout(CLOSER):
                await self.probe(sibling, None, lambda result: None)
                return Fault.PORT_BLOCKED
        return seen.fault

    async def check_stored(
        self, account: Account, accounts: Accounts, observe: ObserveSide = unobserved
    ) -> Report:
        """Check a stored account with its stored secret.

        A secret that cannot be had is a diagnosis of every leg, not an exception.
        """
        provider = self.book.by_id(account.provider)
        try:
            secret = await accounts.secret(account.id)
        except MailError as error:
            return self._without_secret(account, error.evidence, provider)
        return await self.check(
            account.address,
            account.settings,
            secret,
            provider=provider,
            account=account.id,
            observe=observe,
        )

    def _without_secret(
        self, account: Account, evidence: Evidence, provider: Provider | None
    ) -> Report:
        evidence = replace(
            evidence,
            stage=Stage.VAULT,
            provider=provider.id if provider else "",
            way=account.settings.auth,
        )
        return self._all_legs(account, evidence)

    def of_bug(self, account: Account, name: str) -> Report:
        """The report of a check that broke on a mistake of ours: shown as such, never as 正常."""
        way = account.settings.auth
        return self._all_legs(account, Evidence(Stage.LOOKUP, Fault.BUG, way=way, detail=name))

    def _all_legs(self, account: Account, evidence: Evidence) -> Report:
        diagnosis = self.diagnose(evidence)
        legs = tuple(Leg(end, (), diagnosis) for end in account.settings.endpoints())
        return told(Report(account.address, self.now(), 0, legs, account.id))


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


def _place(endpoint: Endpoint) -> dict[str, object]:
    return {"protocol": endpoint.protocol, "host": endpoint.host, "port": endpoint.port}


def asks_a_person(report: Report | None) -> bool:
    """Whether a credential was refused: the machine never tries that one again by itself.

    Trying again could lock the mailbox, and would not help; a locked one stays locked for longer.
    """
    found = [leg.diagnosis for leg in report.legs if leg.diagnosis] if report else []
    return any(
        each.problem in LOCKOUTS
        or (
            each.evidence.stage in (Stage.LOGIN, Stage.SIGN_IN)
            and each.evidence.fault is Fault.REJECTED
            and each.fix not in (Fix.RETRY, Fix.WAIT)
        )
        for each in found
    )
