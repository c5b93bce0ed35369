"""An account and how its servers were found; none of it is able to hold a secret but `Login`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from .address import Address
from .microsoft import Permission, SignIn, permission_for
from .provider import AuthWay, Endpoint, Protocol, Provider, Quirk, Side, UsernameForm
from .route import Pin, Proxy, Route
from .secret import Secret


@dataclass(frozen=True, slots=True)
class Settings:
    """Where an account receives and sends, as whom, how it signs in, and the way there."""

    incoming: Endpoint | None
    outgoing: Endpoint | None
    auth: AuthWay
    username: str = ""  # empty: derived from the address by each endpoint's own form
    sign_in: SignIn | None = None  # of the ways that sign in with Microsoft
    pins: tuple[Pin, ...] = ()  # certificates that a person has excepted
    proxy: Proxy | None = None  # of this account; its secret is in the vault
    directly: bool = False  # without `proxy`: not through the system's either

    def endpoint(self, side: Side) -> Endpoint | None:
        """The server of one half."""
        return self.incoming if side is Side.RECEIVE else self.outgoing

    def endpoints(self) -> tuple[Endpoint, ...]:
        """The servers of both halves, those that there are."""
        return tuple(end for end in (self.incoming, self.outgoing) if end)

    def permissions(self) -> frozenset[Permission]:
        """What a sign-in must allow for these servers to let us in."""
        return frozenset(map(permission_for, self.endpoints()))

    def having(self, endpoint: Endpoint) -> Settings:
        """The same with this server for its half."""
        if endpoint.side is Side.SEND:
            return replace(self, outgoing=endpoint)
        return replace(self, incoming=endpoint)

    def route(self, proxy_secret: Secret | None = None) -> Route:
        """The way to these servers; the system's proxy is asked for where it starts."""
        return Route(self.pins, self.proxy, proxy_secret if self.proxy else None)

    def pinning(self, pin: Pin) -> Settings:
        """The same with this exception, in the place of another for the same host and port."""
        return replace(self, pins=self.route().pinning(pin).pins)

    def unpinned(self, pin: Pin) -> Settings:
        """The same without this exception (撤销)."""
        return replace(self, pins=tuple(one for one in self.pins if one != pin))

    def through(self, proxy: Proxy | None, *, directly: bool = False) -> Settings:
        """The same by another way: through this proxy, or as the system's settings say.

        :param directly: without a proxy: not through the system's either
        """
        return replace(self, proxy=proxy, directly=directly and proxy is None)

    def username_for(self, endpoint: Endpoint, address: Address) -> str:
        """The user name that this server is given.

        A shared mailbox is received under its own address and sent from as the person
        (Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth").
        """
        if self.sign_in and self.sign_in.shared and endpoint.protocol is Protocol.SMTP:
            return self.sign_in.identity or str(address)
        if self.username:
            return self.username
        match endpoint.username:
            case UsernameForm.LOCALPART:
                return address.local
            case UsernameForm.DOTTED:
                return f"{address.local}.{address.domain}"
            case UsernameForm.EMAIL:
                return str(address)


@dataclass(frozen=True, slots=True)
class Account:
    """A mail account of the list."""

    id: str
    address: Address
    provider: str | None  # the provider's id
    settings: Settings
    added_at: datetime  # UTC
    label: str = ""
    paused: bool = False
    revision: int = 0  # counts its servers and secrets; a report speaks of one revision only


@dataclass(frozen=True, slots=True)
class Login:
    """What one server is told to let us in; short-lived."""

    username: str
    secret: Secret
    quirks: frozenset[Quirk] = frozenset()
    bearer: bool = False  # the secret is an OAuth 2.0 access token (RFC 6750), no password
    identity: str = ""  # who the token was issued to; empty: nobody knows


@dataclass(frozen=True, slots=True)
class Tried:
    """One source that was asked for settings, and what it answered."""

    source: str  # a word of words.toml: book, autoconfig, ispdb, mx, srv, pacc, exchange, probe
    url: str  # what was asked
    ms: int  # since the search began
    answer: str  # one word or line: found, nothing, timeout, a host


@dataclass(frozen=True, slots=True)
class Found:
    """Servers are known; `trusted` when the source cannot be forged by the network."""

    settings: Settings
    provider: Provider | None
    source: str
    trusted: bool
    tried: tuple[Tried, ...] = ()
    # Hosts outside the mail domain that only a source which can be forged names, and no file of
    # ours: a person must accept them before a secret goes there.
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotFound:
    """No source knew the domain; a person fills the servers in.

    `hint` are servers under usual names of the domain that answered with a certificate that is not
    trusted: the form begins with them, nothing else may use them.
    """

    tried: tuple[Tried, ...] = ()
    hint: Settings | None = None


@dataclass(frozen=True, slots=True)
class Offline:
    """Nothing could be asked: this computer has no network."""

    tried: tuple[Tried, ...] = ()


Discovery = Found | NotFound | Offline


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a server said of itself before any login, over the final connection."""

    words: frozenset[str] = field(default_factory=frozenset)  # upper case: IDLE, AUTH=PLAIN

    @property
    def mechanisms(self) -> frozenset[str]:
        """The SASL mechanisms offered."""
        return frozenset(w[5:] for w in self.words if w.startswith("AUTH="))
