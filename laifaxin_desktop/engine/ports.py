"""The shapes the engine is given; `app.py` plugs the real parts into them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Protocol as Shape

from laifaxin_desktop.model.account import Account, Capabilities, Login
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Diagnosis, Evidence
from laifaxin_desktop.model.provider import Endpoint, Provider
from laifaxin_desktop.model.report import Report, StageResult
from laifaxin_desktop.model.secret import Secret

Observe = Callable[[StageResult], None]


class SecretKind(StrEnum):
    """What a stored secret is: part of what seals it."""

    PASSWORD = "password"  # noqa: S105 - ordinary password, app password or 授权码


class Probe(Shape):
    """Speaks to one server: up to the mailbox with a login, up to the capabilities without."""

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe
    ) -> Capabilities:
        """Run every stage, telling `observe` of each as it ends.

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


class LookUpMx(Shape):
    """Asks the DNS for a domain's mail exchangers."""

    async def __call__(self, domain: str) -> tuple[str, ...]:
        """Host names, the most preferred first; empty when the domain has none.

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

    async def save(self, account: Account, secret: Secret | None, report: Report | None) -> None:
        """Add or replace: account, sealed secret and report in one transaction, or nothing.

        `secret` None keeps the stored one, which must still be that of the account's revision.

        :raises MailError: stage vault
        """
        ...

    async def secret(self, account_id: str) -> Secret:
        """The unsealed secret.

        :raises MailError: stage vault: missing, locked, no_keychain
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

    async def save_report(self, report: Report, revision: int) -> None:
        """Keep a report on the account it names, if servers and secret are still those it tried."""
        ...
