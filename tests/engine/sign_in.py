"""Sign-ins without a network: an `OAuth` that does as a test tells it, tokens that rotate."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from laifaxin_desktop.model.microsoft import (
    Access,
    Granted,
    Permission,
    Renewed,
    SignIn,
    with_granted,
)
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Route
from laifaxin_desktop.model.secret import Secret

CLIENT = "11111111-2222-3333-4444-555555555555"
SEGMENTS = {
    Permission.IMAP: "imap.accessasuser.all",
    Permission.POP3: "pop.accessasuser.all",
    Permission.SMTP: "smtp.send",
    Permission.GRAPH_SEND: "mail.send",
    Permission.GRAPH_RECEIVE: "mail.readbasic",
}


def refused(code: str = "AADSTS50173", error: str = "INVALID_GRANT") -> MailError:
    """The platform says no."""
    seen = Evidence(
        Stage.SIGN_IN,
        Fault.REJECTED,
        host="login.microsoftonline.com",
        codes=(error, code),
        reply=f"{code}: The provided grant has expired.",
    )
    return MailError(seen)


@dataclass
class Waiting:
    """A browser or device flow that a test ends with `come_back`."""

    sign_in: SignIn
    url: str = "https://login.microsoftonline.com/common/oauth2/v2.0/authorize?client_id=x"
    code: str = "HJ7K-QM2P"
    page: str = "https://microsoft.com/devicelogin"
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(minutes=15))
    back: asyncio.Event = field(default_factory=asyncio.Event)
    outcome: Granted | MailError | None = None

    async def granted(self) -> Granted:
        await self.back.wait()
        if isinstance(self.outcome, Granted):
            return self.outcome
        raise self.outcome or refused()


@dataclass
class ScriptedOAuth:
    """The platform's part: who signs in, what is granted, how tokens rotate."""

    identity: str = "someone@outlook.com"
    granted: frozenset[str] = frozenset(SEGMENTS.values())
    fails: list[MailError | None] = field(default_factory=list)  # of the next calls of `access`
    strict: bool = False  # a token that was rotated is dead at once
    rotates: bool = True
    withholds: bool = False  # rotates, and gives no token: a permission is missing
    fresh: bool = True
    flows: list[Waiting] = field(default_factory=list)
    asked: list[tuple[Permission, bool, str]] = field(default_factory=list)
    pause: Callable[[], asyncio.Future[None]] | None = None
    open: int = 0  # flows that have not been left
    begin_fails: MailError | None = None
    ways: list[Route | None] = field(default_factory=list)
    _number: int = 0
    _dead: set[str] = field(default_factory=set)
    _next: dict[str, Secret] = field(default_factory=dict)

    def through(self, route: Route | None) -> ScriptedOAuth:
        """The same by another way; `ways` tells which were asked for."""
        self.ways.append(route)
        return self

    def kept(self) -> Secret:
        """A new secret to keep of a sign-in."""
        self._number += 1
        return Secret(json.dumps({"refresh": f"refresh-{self._number}"}))

    def come_back(self, outcome: MailError | None = None) -> None:
        """The person is done in the browser, or gives up."""
        flow = self.flows[-1]
        flow.outcome = outcome or self.of(flow.sign_in)
        flow.back.set()

    def of(self, sign_in: SignIn) -> Granted:
        """What signing in gives now."""

        return Granted(
            with_granted(replace(sign_in, identity=self.identity), self.granted), self.kept()
        )

    @asynccontextmanager
    async def browser(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        *,
        hint: str = "",
        client_secret: Secret | None = None,
    ) -> AsyncIterator[Waiting]:
        if self.begin_fails:
            raise self.begin_fails
        self.open += 1
        self.flows.append(Waiting(sign_in))
        try:
            yield self.flows[-1]
        finally:
            self.open -= 1

    @asynccontextmanager
    async def device(
        self, sign_in: SignIn, permissions: Collection[Permission]
    ) -> AsyncIterator[Waiting]:
        if self.begin_fails:
            raise self.begin_fails
        self.open += 1
        self.flows.append(Waiting(sign_in))
        try:
            yield self.flows[-1]
        finally:
            self.open -= 1

    async def redeem(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        refresh_token: Secret,
        *,
        client_secret: Secret | None = None,
    ) -> Granted:
        await asyncio.sleep(0)
        if self.begin_fails:
            raise self.begin_fails
        return self.of(sign_in)

    async def access(
        self,
        sign_in: SignIn,
        permission: Permission,
        secret: Secret,
        *,
        force: bool = False,
        claims: str = "",
    ) -> Renewed:
        self.asked.append((permission, force, claims))
        if self.pause:
            await self.pause()
        await asyncio.sleep(0)
        if self.fails and (failure := self.fails.pop(0)):
            raise failure
        if secret.reveal() in self._dead:
            raise refused("AADSTS70000")
        new = secret
        if self.rotates or force:
            new = self.kept()
            if self.strict:
                self._dead.add(secret.reveal())
        if self.withholds:
            self._next[secret.reveal()] = new
            raise MailError(Evidence(Stage.SIGN_IN, Fault.UNGRANTED, detail=permission))
        token = Secret(f"access-{permission}-{self._number}")
        ends = datetime.now(UTC) + timedelta(hours=1)
        return Renewed(Access(token, self.granted, ends, self.fresh or force), new)

    def latest(self, secret: Secret) -> Secret:
        return self._next.get(secret.reveal(), secret)
