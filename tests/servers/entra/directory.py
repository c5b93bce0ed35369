"""Who exists: applications, tenants, people and mailboxes, and what each of them may."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .clouds import CLOUDS, CONSUMERS, CONSUMERS_ID, GLOBAL, SHARED_TENANTS, Cloud
from .errors import RefusedError

Platform = Literal["public", "web", "spa"]
Audience = Literal["all", "work", "personal", "tenant"]
Mode = Literal["imap", "pop3", "smtp", "graph"]


@dataclass(slots=True)
class App:
    """One registration, in one cloud."""

    client_id: str
    redirects: tuple[str, ...]
    platform: Platform
    audience: Audience
    cloud: Cloud
    tenant: str
    secret: str
    secret_expired: bool
    permissions: frozenset[str] | None
    device_allowed: bool
    admin_consent: int  # 90094 or 90095 where a work account's administrator must agree; else 0

    def accepts_redirect(self, redirect: str) -> bool:
        """Whether it is registered: to the letter, but for the port of this computer."""
        return any(_without_port(redirect) == _without_port(known) for known in self.redirects)


def _without_port(url: str) -> str:
    # learn.microsoft.com/entra/identity-platform/reply-url: the port of localhost does not count,
    # the path does.
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    host, _, _ = authority.partition(":")
    if scheme == "http" and host in ("localhost", "127.0.0.1"):
        return f"http://{host}{slash}{path}"
    return url


@dataclass(slots=True)
class Tenant:
    """An organisation, or the one that all personal accounts are in."""

    id: str
    domain: str
    cloud: Cloud

    @property
    def personal(self) -> bool:
        """Whether it is the tenant of the personal accounts."""
        return self.id == CONSUMERS_ID


@dataclass(slots=True)
class Mailbox:
    """One mailbox; a shared one belongs to nobody and is opened by its members."""

    address: str
    cloud: Cloud
    aliases: tuple[str, ...] = ()
    members: set[str] = field(default_factory=set)  # object ids with full access
    send_as: set[str] = field(default_factory=set)  # object ids that may send as it
    switched_on: set[Mode] = field(default_factory=lambda: {"imap", "pop3", "smtp", "graph"})
    total: int = 3
    unread: int = 1
    full: bool = False  # Graph answers 507

    def called(self, name: str) -> bool:
        """Whether that is one of its addresses."""
        return name.casefold() in (each.casefold() for each in (self.address, *self.aliases))


@dataclass(slots=True, eq=False)
class User:
    """Somebody who signs in; `upn` is the name for that, `mailbox` what they own."""

    upn: str
    tenant: Tenant
    oid: str
    name: str
    mailbox: Mailbox | None
    consents: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    withheld: set[str] = field(default_factory=set)  # permissions that are quietly not given
    disabled: bool = False
    locked: bool = False
    # Refusals that hold until they are taken away: AADSTS numbers.
    at_sign_in: int = 0
    at_renewal: int = 0
    # Graph asks for a token that was got with these claims (JSON); "" for any token.
    claims_wanted: str = ""

    @property
    def personal(self) -> bool:
        """Whether it is a personal account."""
        return self.tenant.personal

    @property
    def names(self) -> tuple[str, ...]:
        """What they can type to sign in."""
        box = self.mailbox
        return (self.upn, *((box.address, *box.aliases) if box else ()))

    @property
    def sasl_names(self) -> frozenset[str]:
        """The names IMAP, POP and SMTP know them by: an alias is not among them."""
        own = (self.upn, self.mailbox.address) if self.mailbox else ()
        return frozenset(name.casefold() for name in own)


class Directory:
    """All of them."""

    def __init__(self) -> None:
        self.apps: dict[str, App] = {}
        self.users: list[User] = []
        self.mailboxes: list[Mailbox] = []
        self.tenants: dict[str, Tenant] = {}
        self.outlook: dict[str, tuple[str, ...]] = {each.name: each.outlook for each in CLOUDS}
        self.personal = Tenant(CONSUMERS_ID, "live.com", GLOBAL)
        self.tenants[CONSUMERS_ID] = self.personal

    def add_tenant(self, domain: str, cloud: Cloud, id: str = "") -> Tenant:
        """The tenant of that domain; the same domain always has the same id."""
        for known in self.tenants.values():
            if known.domain == domain.casefold() and not known.personal:
                return known
        digest = hashlib.sha256(domain.casefold().encode()).digest()
        tenant = Tenant(id or str(uuid.UUID(bytes=digest[:16])), domain.casefold(), cloud)
        self.tenants[tenant.id] = tenant
        return tenant

    def add_user(
        self, address: str, upn: str, tenant: Tenant, aliases: Sequence[str], mailbox: bool
    ) -> User:
        """A person, with a mailbox unless told otherwise."""
        digest = hashlib.sha256(f"{tenant.id} {upn.casefold()}".encode()).hexdigest()
        # The object id of a personal account is half zeros.
        oid = f"00000000-0000-0000-{digest[:4]}-{digest[4:16]}"
        if not tenant.personal:
            oid = str(uuid.UUID(hex=digest[:32]))
        box = Mailbox(address, tenant.cloud, tuple(aliases)) if mailbox else None
        if box is not None:
            box.members.add(oid)
            box.send_as.add(oid)
            self.mailboxes.append(box)
        user = User(upn, tenant, oid, address.partition("@")[0], box)
        self.users.append(user)
        return user

    def user(self, name: str, *, personal: bool | None = None) -> User:
        """Who signs in by that name; a work account where both kinds go by it and neither is named.

        Raises KeyError.
        """
        found = [
            user
            for user in self.users
            if name.casefold() in (each.casefold() for each in user.names)
            and personal in (None, user.personal)
        ]
        if not found:
            raise KeyError(name)
        return min(found, key=lambda user: user.personal)

    def mailbox(self, name: str, cloud: Cloud) -> Mailbox | None:
        """The mailbox of that address (or of its owner's sign-in name or id) in a cloud."""
        for user in self.users:
            if user.tenant.cloud == cloud and name.casefold() in (user.upn.casefold(), user.oid):
                return user.mailbox
        named = (box for box in self.mailboxes if box.cloud == cloud and box.called(name))
        return next(named, None)

    def tenant(self, path: str) -> Tenant | None:
        """The tenant of a path's first part: an id or a domain; None for common and organizations.

        Raises RefusedError 90002 for nobody's.
        """
        wanted = path.casefold()
        if wanted == CONSUMERS:
            return self.personal
        if wanted in SHARED_TENANTS:
            return None
        for tenant in self.tenants.values():
            if wanted in (tenant.id, tenant.domain):
                return tenant
        raise RefusedError.of(90002, tenant=path)

    def app(self, client_id: str, cloud: Cloud, tenant: str) -> App:
        """The registration; another cloud's counts as none. Raises RefusedError 700016."""
        app = self.apps.get(client_id.casefold())
        if app is None or app.cloud.login != cloud.login:
            raise RefusedError.of(700016, client=client_id, tenant=tenant)
        return app
