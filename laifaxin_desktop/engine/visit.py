"""Visits one server for a check: a token where one is needed, every stage seen, failures named."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from laifaxin_desktop.engine.authorize import Tokens
from laifaxin_desktop.engine.closer import Closer
from laifaxin_desktop.engine.ports import Diagnose, Observe, Probe
from laifaxin_desktop.model.account import Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Access, permission_for
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import Endpoint, Provider, Side
from laifaxin_desktop.model.report import Leg, StageResult
from laifaxin_desktop.model.secret import Secret

log = logging.getLogger(__name__)

CLAIMS = "claims:"  # what a claims challenge wants, in `Evidence.detail` of Graph's refusal

ObserveSide = Callable[[Side, StageResult], None]
# Told of each leg that fails, at once; the report's diagnosis may know more, seconds later.
FirstWords = Callable[[Side, Diagnosis], None]


def unobserved(side: Side, result: StageResult) -> None:
    """For callers that only want the report."""


def unsaid(side: Side, diagnosis: Diagnosis) -> None:
    """For callers that wait for the report's last word."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One check of one account: what its legs share."""

    probe: Probe  # by the account's own route
    diagnose: Diagnose
    clock: Callable[[], float]  # seconds, monotonic
    address: Address
    settings: Settings
    proof: Secret | Tokens
    provider: Provider | None
    observe: ObserveSide
    closer: Closer
    first: FirstWords = unsaid

    async def leg(self, endpoint: Endpoint) -> Leg:
        """Visit one server."""
        stages: list[StageResult] = []

        def see(result: StageResult) -> None:
            stages.append(result)
            self.observe(endpoint.side, result)
            log.debug(
                "stage passed" if result.ok else "stage failed",
                extra={**_place(endpoint), "stage": result.stage, "ms": result.ms},
            )

        try:
            if isinstance(self.proof, Tokens):
                await self._by_token(endpoint, self.proof, see, stages)
            else:
                await self.probe(endpoint, self._login(endpoint, self.proof), see)
        except MailError as error:
            evidence = self._evidence(endpoint, error.evidence)
            self.first(endpoint.side, self.diagnose(evidence))
            evidence = await self.closer.look(endpoint, evidence)
            diagnosis = self.diagnose(evidence)
            log.debug(
                "seen: %s %s",
                " ".join(evidence.codes) or "no code",
                "claims" if evidence.detail.startswith(CLAIMS) else evidence.detail,
                extra={
                    **_place(endpoint),
                    "stage": evidence.stage,
                    "fault": evidence.fault,
                    "problem": diagnosis.problem,
                },
            )
            return Leg(endpoint, tuple(stages), diagnosis)
        return Leg(endpoint, tuple(stages))

    async def _by_token(
        self, endpoint: Endpoint, tokens: Tokens, see: Observe, stages: list[StageResult]
    ) -> None:
        """Get a token and hand it in; a refused one from the cache is replaced, once.

        It may have been revoked, or this computer's clock may be slow.
        """
        access = await self._access(endpoint, tokens, see)
        try:
            await self.probe(endpoint, self._login(endpoint, access.token), see)
            return
        except MailError as error:
            seen = error.evidence
            claims = seen.detail.removeprefix(CLAIMS) if seen.detail.startswith(CLAIMS) else ""
            refused = seen.stage is Stage.LOGIN and seen.fault is Fault.REJECTED
            if not refused or (access.fresh and not claims):
                raise
        stages.clear()
        access = await self._access(endpoint, tokens, see, force=True, claims=claims)
        await self.probe(endpoint, self._login(endpoint, access.token), see)

    async def _access(
        self,
        endpoint: Endpoint,
        tokens: Tokens,
        see: Observe,
        *,
        force: bool = False,
        claims: str = "",
    ) -> Access:
        began = self.clock()

        def took() -> int:
            return round((self.clock() - began) * 1000)

        try:
            access = await tokens.access(permission_for(endpoint), force=force, claims=claims)
        except MailError:
            see(StageResult(Stage.SIGN_IN, False, took()))
            raise
        see(StageResult(Stage.SIGN_IN, True, took()))
        return access

    def _login(self, endpoint: Endpoint, secret: Secret) -> Login:
        username = self.settings.username_for(endpoint, self.address)
        quirks = self.provider.quirks if self.provider else frozenset()
        sign_in = self.settings.sign_in if isinstance(self.proof, Tokens) else None
        if sign_in is None:
            return Login(username, secret, quirks)
        return Login(username, secret, quirks, bearer=True, identity=sign_in.identity)

    def _evidence(self, endpoint: Endpoint, seen: Evidence) -> Evidence:
        """What was seen, with all that the diagnosis goes by."""
        settings, provider = self.settings, self.provider
        row = provider.way(settings.auth) if provider else None
        secret = self.proof if isinstance(self.proof, Secret) else None
        sign_in = settings.sign_in if isinstance(self.proof, Tokens) else None
        mailbox = str(self.address)
        other = bool(sign_in and not sign_in.shared and sign_in.is_other_than(mailbox))
        signing = seen.stage is Stage.SIGN_IN
        return replace(
            seen,
            protocol=endpoint.protocol,
            host=seen.host if signing and seen.host else endpoint.host,
            port=seen.port if signing and seen.port else endpoint.port,
            security=endpoint.security,
            provider=provider.id if provider else "",
            way=settings.auth,
            shaped=row.credential.fits(secret.reveal()) if row and secret else None,
            mailbox=mailbox if other else "",
            identity=sign_in.identity if sign_in and other else "",
        )


def _place(endpoint: Endpoint) -> dict[str, object]:
    return {"protocol": endpoint.protocol, "host": endpoint.host, "port": endpoint.port}
