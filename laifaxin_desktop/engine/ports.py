"""The shapes the engine is given; `app.py` plugs the real parts into them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol as Shape

from laifaxin_desktop.model.account import Account, Capabilities, Login
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Cloud, CloudId, Granted, Permission, Renewed, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence
from laifaxin_desktop.model.provider import Endpoint, Provider
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.model.route import DIRECT, Route
from laifaxin_desktop.model.secret import Secret

Observe = Callable[[StageResult], None]


class SecretKind(StrEnum):
    """What a stored secret is: part of what seals it.

    An account has one that lets it in, of either of the first two kinds, and its proxy's.
    """

    PASSWORD = "password"  # noqa: S105 - ordinary password, app password or 授权码
    SIGN_IN = "sign_in"  # tokens of a Microsoft sign-in, and the app's secret where it has one
    PROXY = "proxy"  # the password of the account's own proxy


class Probe(Shape):
    """Speaks to one server: up to the mailbox with a login, up to the capabilities without."""

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe, route: Route = DIRECT
    ) -> Capabilities:
        """Run every stage, telling `observe` of each as it ends.

        `route` is left out where the way is the plainest.

        :raises MailError: at the stage that failed (also told to `observe`, with ok=False)
        """
        ...


class Diagnose(Shape):
    """Names the problem behind what was seen."""

    def __call__(self, evidence: Evidence) -> Diagnosis:
        """The most specific row's diagnosis; never fails."""
        ...


class Book(Shape):
    """The directory of providers."""

    def by_id(self, provider_id: str | None) -> Provider | None:
        """The provider with this id."""
        ...

    def by_domain(self, domain: str) -> Provider | None:
        """The provider whose list of domains names this one (ASCII, lower case)."""
        ...

    def by_mx(self, host: str) -> Provider | None:
        """The provider whose mail exchangers this host belongs to."""
        ...

    def by_host(self, host: str) -> tuple[Provider, ...]:
        """The providers one of whose servers this is."""
        ...


class AskClock(Shape):
    """Asks trusted hosts for the time."""

    async def __call__(self) -> timedelta | None:
        """How far this computer's clock is ahead; behind: less than zero; None: nobody knows."""
        ...


class LookUpMx(Shape):
    """Asks the DNS for a domain's mail exchangers."""

    async def __call__(self, domain: str) -> tuple[str, ...]:
        """Host names, the most preferred first; empty when the domain has none.

        :raises MailError: stage lookup
        """
        ...


class LookUpTenant(Shape):
    """Asks Microsoft whether a domain has a directory there; names the domain, never an address."""

    async def __call__(self, domain: str, heard: Callable[[str, str], None]) -> str | None:
        """The id of the provider whose cloud it lives in; None where no cloud knows it.

        `heard` is told of every host that was asked, and its answer.

        :raises MailError: stage lookup
        """
        ...


class Accounts(Shape):
    """Accounts, their secrets and their last reports, on disk."""

    async def all(self) -> tuple[Account, ...]:
        """Every account, in the order they were added."""
        ...

    async def get(self, account_id: str) -> Account | None:
        """The account with this id."""
        ...

    async def find(self, address: Address) -> Account | None:
        """The account with this address, whatever its case."""
        ...

    async def save(
        self,
        account: Account,
        secret: Secret | None,
        report: Report | None,
        proxy_secret: Secret | None = None,
    ) -> None:
        """Add or replace: account, sealed secrets and report in one transaction, or nothing.

        `secret` None keeps the stored one, which must still be that of the account's revision;
        `proxy_secret` None keeps that of the very same proxy.

        :raises MailError: stage vault
        """
        ...

    async def secret(self, account_id: str) -> Secret:
        """The unsealed secret.

        :raises MailError: stage vault: missing, locked, no_keychain
        """
        ...

    async def proxy_secret(self, account_id: str) -> Secret:
        """The unsealed password of the account's own proxy.

        :raises MailError: stage vault: missing, locked, no_keychain
        """
        ...

    async def renew_secret(self, account_id: str, revision: int, old: Secret, new: Secret) -> bool:
        """Put rotated tokens in the place of the old ones, which must still be stored.

        False, and nothing is written, when the account is gone or of another revision, or
        another process has rotated first.

        :raises MailError: stage vault
        """
        ...

    async def set_paused(self, account_id: str, paused: bool) -> None:
        """Pause or resume."""
        ...

    async def remove(self, account_id: str) -> None:
        """Delete the account, its secret and its report, in one transaction."""
        ...

    async def reports(self) -> Mapping[str, Report]:
        """The last report of each account that has one."""
        ...

    async def last_good(self, account_id: str) -> datetime | None:
        """When the account last passed with the servers and secret it has now; None: not known."""
        ...

    async def save_report(self, report: Report, revision: int) -> None:
        """Keep a report on the account it names, if servers and secret are still those it tried."""
        ...


class Clouds(Shape):
    """Microsoft's clouds, as the files and an administrator's preset describe them."""

    def cloud(self, cloud_id: CloudId) -> Cloud:
        """One cloud; every id has one."""
        ...


class BrowserFlow(Shape):
    """A sign-in that waits for a person in the browser."""

    @property
    def url(self) -> str:
        """The page to open; holds no secret, but is good for one sign-in."""
        ...

    async def granted(self) -> Granted:
        """Wait until the browser comes back; once.

        :raises MailError: stage sign_in; fault waited when nobody came within ten minutes
        """
        ...


class DeviceFlow(Shape):
    """A sign-in on another device."""

    @property
    def code(self) -> str:
        """What is typed there."""
        ...

    @property
    def page(self) -> str:
        """Where."""
        ...

    @property
    def expires_at(self) -> datetime:
        """UTC; fifteen minutes from the start."""
        ...

    async def granted(self) -> Granted:
        """Ask again and again until it is done; once.

        :raises MailError: stage sign_in
        """
        ...


class OAuth(Shape):
    """Signs in with Microsoft and renews; every failure is stage sign_in.

    `secret`, what is kept of a sign-in, is opaque to everybody else.
    """

    def through(self, route: Route | None) -> OAuth:
        """The same by this way to the sign-in service; None: as the system's settings say.

        The browser itself goes its own way: it obeys the system.
        """
        ...

    def browser(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        *,
        hint: str = "",
        client_secret: Secret | None = None,
    ) -> AbstractAsyncContextManager[BrowserFlow]:
        """Open our door for the browser; leaving the block closes it, whatever runs.

        :raises MailError: fault port_taken when the redirect's own port is used by another program
        """
        ...

    def device(
        self, sign_in: SignIn, permissions: Collection[Permission]
    ) -> AbstractAsyncContextManager[DeviceFlow]:
        """Ask for a device code; public apps only."""
        ...

    async def redeem(
        self,
        sign_in: SignIn,
        permissions: Collection[Permission],
        refresh_token: Secret,
        *,
        client_secret: Secret | None = None,
    ) -> Granted:
        """Turn a refresh token from elsewhere into a sign-in of ours.

        :raises MailError: refused; of another app or person
        """
        ...

    async def access(
        self,
        sign_in: SignIn,
        permission: Permission,
        secret: Secret,
        *,
        force: bool = False,
        claims: str = "",
    ) -> Renewed:
        """A token for one resource, from the cache while it lives; `force` asks for a new one.

        `claims` is what a server's claims challenge wants (Graph, continuous access evaluation).

        :raises MailError: sign_in_needed and its kin; fault ungranted without the permission
        """
        ...

    def latest(self, secret: Secret) -> Secret:
        """What became of a secret: a renewal that ended badly may have rotated it all the same."""
        ...
