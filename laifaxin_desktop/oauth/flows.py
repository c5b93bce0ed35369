"""The two sign-ins that wait for a person: in the browser and on another device."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from laifaxin_desktop.model.microsoft import Cloud, Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret

from .door import Door
from .entra import Client, Token
from .errands import granted
from .refusal import refused
from .scopes import Resource, Spellings, misspelled, resources
from .stored import Json

T = TypeVar("T")
_MOST_SILENCES = 3  # failed questions after a device code, in a row


class Run(Protocol):
    """Runs an errand of a client in a thread, within its deadline."""

    def __call__(self, client: Client, work: Callable[[], T]) -> Awaitable[T]:
        """:raises MailError: what the errand raised, or fault timeout"""
        ...


@dataclass(frozen=True, slots=True)
class Case:
    """One sign-in while it lasts."""

    run: Run
    client: Client
    cloud: Cloud
    sign_in: SignIn
    permissions: tuple[Permission, ...]
    spellings: Spellings
    spelling: int

    def resources(self) -> list[Resource]:
        """What to ask for, resource by resource."""
        return resources(self.cloud, self.permissions, self.spelling)

    def first_wanted(self) -> Resource:
        """The resource of the first permission that is not granted yet, or simply the first."""
        new = [each for each in self.permissions if not self.sign_in.allows(self.cloud, each)]
        wanted = resources(self.cloud, new, self.spelling)
        groups = self.resources()
        return next((group for group in groups if wanted and wanted[0][0] in group), groups[0])

    async def ask(self, work: Callable[[], T]) -> T:
        """Run an errand; a scope that is not understood is spelled otherwise next time.

        A flow cannot try another spelling in its middle: a person would have to sign in again.
        """
        try:
            return await self.run(self.client, work)
        except MailError as error:
            self.learn(error.evidence)
            raise

    def learn(self, seen: Evidence) -> None:
        """See `ask`."""
        if misspelled(seen):
            self.spellings.failed(self.cloud)

    def granted(self, token: Token) -> Granted:
        """What the first token, and those it leads to, allow; blocks."""
        return granted(
            self.client, self.cloud, self.sign_in, self.permissions, token, self.spelling
        )


class Browser:
    """A sign-in that waits for a person in the browser."""

    def __init__(self, case: Case, door: Door, flow: Json) -> None:
        self._case, self._door, self._flow = case, door, flow

    @classmethod
    async def begin(cls, case: Case, door: Door, state: Secret, hint: str) -> Browser:
        """Make the address to open, with consent asked for all resources."""
        scopes = tuple(scope for group in case.resources() for scope in group)
        flow = await case.ask(
            lambda: case.client.begin_browser(scopes, door.url, state.reveal(), hint)
        )
        return cls(case, door, flow)

    @property
    def url(self) -> str:
        """The page to open; holds no secret, but is good for one sign-in."""
        return str(self._flow["auth_uri"])

    async def granted(self) -> Granted:
        """Wait until the browser comes back; once.

        :raises MailError: stage sign_in; fault waited when nobody came in time
        """
        case, fields = self._case, (await self._door.returned()).fields
        if "error" in fields:
            seen = refused(fields, case.client.host, (fields["state"],))
            case.learn(seen)
            raise MailError(seen)
        scopes = case.resources()[0]
        return await case.ask(
            lambda: case.granted(case.client.finish_browser(self._flow, fields, scopes))
        )


class Device:
    """A sign-in on another device, for one resource."""

    def __init__(
        self, case: Case, scopes: Resource, flow: Json, now: datetime, second: float
    ) -> None:
        self._case, self._scopes, self._flow, self._second = case, scopes, flow, second
        self._began = asyncio.get_running_loop().time()
        self._now = now

    @classmethod
    async def begin(cls, case: Case, now: Callable[[], datetime], second: float) -> Device:
        """Ask for a code.

        :param second: what an interval's second lasts
        """
        scopes = case.first_wanted()
        flow = await case.ask(lambda: case.client.begin_device(scopes))
        return cls(case, scopes, flow, now(), second)

    @property
    def code(self) -> str:
        """What is typed there."""
        return str(self._flow["user_code"])

    @property
    def page(self) -> str:
        """Where: as the sign-in service says, or the cloud's own."""
        return str(self._flow["verification_uri"]) or self._case.cloud.device_page

    @property
    def expires_at(self) -> datetime:
        """UTC; when the code stops being good."""
        return self._now + timedelta(seconds=self._flow["expires_in"])

    async def granted(self) -> Granted:
        """Ask again and again until somebody has typed the code and signed in; once.

        :raises MailError: stage sign_in; fault waited when the code has expired here
        """
        case, loop = self._case, asyncio.get_running_loop()
        end = self._began + self._flow["expires_in"] * self._second
        silences = 0
        while loop.time() < end:
            await asyncio.sleep(self._flow["interval"] * self._second)  # slow_down makes it longer
            try:
                token = await case.ask(
                    lambda: case.client.ask_after_device(self._flow, self._scopes)
                )
            except MailError as error:
                silences += 1
                if not _passes(error.evidence) or silences > _MOST_SILENCES:
                    raise
                continue
            silences = 0
            if token is not None:
                break
        else:
            raise MailError(Evidence(Stage.SIGN_IN, Fault.WAITED, host=case.client.host))
        found = token
        return await case.ask(lambda: case.granted(found))


def _passes(seen: Evidence) -> bool:
    """Whether asking again may help: the network's or the service's own trouble."""
    busy = bool(seen.codes) and seen.codes[-1] in ("429", "500", "502", "503", "504")
    return busy or seen.fault in (
        Fault.TIMEOUT, Fault.CLOSED, Fault.REFUSED, Fault.UNREACHABLE,
        Fault.NAME_NOT_FOUND, Fault.LOOKUP_FAILED, Fault.PROXY_UNREACHABLE, Fault.PROXY_TARGET,
    )  # fmt: skip
