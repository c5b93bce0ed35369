"""Microsoft's clouds and one sign-in at one of them; holds no secret, decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from .provider import AuthWay, Endpoint, Protocol, Side
from .secret import Secret
from .text import Text

# The ways that end in tokens instead of a password.
SIGNED_IN = frozenset({AuthWay.MICROSOFT, AuthWay.REFRESH_TOKEN})

LOCALHOST = "http://localhost"  # a redirect address without port: any free one serves (RFC 8252)


class CloudId(StrEnum):
    """Microsoft's national clouds: a token of one is worthless in another."""

    WORLDWIDE = "worldwide"  # and GCC
    GCC_HIGH = "gcc_high"
    DOD = "dod"
    CHINA = "china"  # 世纪互联, operated by 21Vianet


class Permission(StrEnum):
    """What an account's legs need of a sign-in; each is one scope of one resource."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    GRAPH_SEND = "graph_send"
    GRAPH_RECEIVE = "graph_receive"


def permission_for(endpoint: Endpoint) -> Permission:
    """What a sign-in must allow for this server to let us in."""
    if endpoint.protocol is Protocol.GRAPH:
        sends = endpoint.side is Side.SEND
        return Permission.GRAPH_SEND if sends else Permission.GRAPH_RECEIVE
    return Permission(endpoint.protocol.value)


def segment(scope: str) -> str:
    """A scope without its resource, lower case: answers may re-prefix it, so this is compared."""
    return scope.rstrip("/").rpartition("/")[2].lower()


@dataclass(frozen=True, slots=True)
class Scopes:
    """The full scope strings of one cloud; where sources disagree, all spellings, best first."""

    imap: tuple[str, ...]
    pop3: tuple[str, ...]
    smtp: tuple[str, ...]
    graph_send: tuple[str, ...]
    graph_receive: tuple[str, ...]

    def of(self, permission: Permission) -> tuple[str, ...]:
        """The spellings of one permission."""
        found: tuple[str, ...] = getattr(self, permission.value)
        return found


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud: where to sign in, what to ask for, where apps are registered."""

    id: CloudId
    name: Text
    provider: str  # the provider's id: its file holds mail hosts and MX suffixes
    authority: str  # https://login.microsoftonline.com, without tenant
    graph: str  # host of the Graph root
    scopes: Scopes
    portal: str  # where apps are registered
    device_page: str  # where a device code is typed
    revoke: str  # where a work account takes consent back
    admin: str = ""  # where an administrator looks after mailboxes
    personal: bool = False  # whether personal accounts exist here
    revoke_personal: str | None = None
    client_id: str = ""  # the product's own app; empty in the source
    autodiscover: tuple[str, ...] = ()  # hosts that a customer's autodiscover name leads to

    def spelled(self, permission: Permission) -> str:
        """The first spelling of a permission's scope."""
        return self.scopes.of(permission)[0]


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one account signs in: the app, the directory, and who it was that signed in."""

    client_id: str
    cloud: CloudId = CloudId.WORLDWIDE
    tenant: str = "common"  # common, organizations, consumers, an id or a domain
    redirect: str = LOCALHOST
    confidential: bool = False  # the app has a secret of its own: platform Web
    secret_expires: date | None = None  # of that secret, as the person typed it
    shared: bool = False  # the mailbox is shared: the person signs in under another name
    identity: str = ""  # who signed in (preferred_username); empty before
    granted: tuple[str, ...] = ()  # segments of the scopes granted so far, lower case, sorted

    def allows(self, cloud: Cloud, permission: Permission) -> bool:
        """Whether the permission was among those granted."""
        return any(segment(scope) in self.granted for scope in cloud.scopes.of(permission))

    def is_other_than(self, mailbox: str) -> bool:
        """Whether somebody else than the mailbox's own address signed in, as far as is known."""
        return bool(self.identity) and self.identity.casefold() != mailbox.casefold()


@dataclass(frozen=True, slots=True)
class Access:
    """An access token for one resource; opaque."""

    token: Secret
    granted: frozenset[str]  # segments of its scopes, lower case
    expires_at: datetime  # UTC
    fresh: bool  # issued just now, not taken from the cache


@dataclass(frozen=True, slots=True)
class Granted:
    """What a sign-in gave: who it was and what is allowed, and the secret to keep of it."""

    sign_in: SignIn
    secret: Secret  # what `OAuth.access` is given later; only oauth looks inside


@dataclass(frozen=True, slots=True)
class Renewed:
    """An access token, and the secret as it is to be kept from now on."""

    access: Access
    secret: Secret  # equal to the old one when nothing was rotated


def with_granted(sign_in: SignIn, granted: frozenset[str]) -> SignIn:
    """The sign-in with what is known to be granted now; sign-ins of several resources add up."""
    return replace(sign_in, granted=tuple(sorted({*sign_in.granted, *granted})))
