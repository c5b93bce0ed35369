"""Servers that refuse what Microsoft's refuse: passwords, and protocols that are off."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Draft, with_discovery, with_secret, with_way
from laifaxin_desktop.engine.ports import Observe
from laifaxin_desktop.model.account import Account, Capabilities, Login
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Evidence, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol
from laifaxin_desktop.model.secret import Secret

from .sample_wizard import CODE, Servers

NO_PASSWORDS = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("NO", "LOGIN"),
    reply="LOGIN failed. Basic authentication is disabled.",
)
SMTP_OFF = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("535", "5.7.139"),
    reply="5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the "
    "Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
)
NOT_CONNECTED = Evidence(
    Stage.LOGIN,
    Fault.REJECTED,
    codes=("NO",),
    reply="User is authenticated but not connected.",
)


@dataclass
class Exchange(Servers):
    """Takes tokens only; `off` says what each protocol answers to them."""

    off: dict[Protocol, Evidence] = field(default_factory=dict)
    passwords: dict[Protocol, Evidence] = field(
        default_factory=lambda: dict.fromkeys(Protocol, NO_PASSWORDS)
    )

    async def __call__(
        self, endpoint: Endpoint, login: Login | None, observe: Observe
    ) -> Capabilities:
        told = self.off if login is None or login.bearer else self.passwords
        seen = told.get(endpoint.protocol)
        self.fails = {end: met for end, met in self.fails.items() if end is not endpoint.side}
        if seen is not None:
            self.fails[endpoint.side] = seen
        return await super().__call__(endpoint, login, observe)


async def password_account(app: App, address: str = "someone@outlook.com") -> Account:
    """A Microsoft mailbox in the list whose password once worked, and is what is stored."""
    draft = Draft(typed=address)
    draft = with_discovery(draft, await app.discover(Address.parse(address)), app.other)
    draft = with_secret(with_way(draft, AuthWay.APP_PASSWORD), Secret(CODE))
    report = await app.check(draft)
    good = replace(report, legs=tuple(replace(leg, diagnosis=None) for leg in report.legs))
    return await app.finish(replace(draft, report=good))
