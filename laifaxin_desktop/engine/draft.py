"""What a person has said so far while an account is set up: one frozen value, replaced as it grows.

Asks nothing, sends nothing; which question comes next is in `engine/setup.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from laifaxin_desktop.model.account import Account, Discovery, Found, NotFound, Settings
from laifaxin_desktop.model.address import Address, AddressError
from laifaxin_desktop.model.microsoft import SIGNED_IN, Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Evidence
from laifaxin_desktop.model.provider import (
    AuthWay,
    Credential,
    Endpoint,
    Guide,
    Protocol,
    Provider,
    Side,
    Way,
)
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.route import Pin, Proxy, pin_of
from laifaxin_desktop.model.secret import Secret

_MAIL = frozenset({Permission.IMAP, Permission.POP3, Permission.SMTP})  # of one resource


class Reason(StrEnum):
    """Why the wizard is open."""

    ADD = "add"
    REAUTHORIZE = "reauthorize"
    REPAIR = "repair"


class Step(StrEnum):
    """One question a page."""

    ADDRESS = "address"
    WAY = "way"
    GUIDE = "guide"
    APP = "app"
    SIGN_IN = "sign_in"
    SECRET = "secret"  # noqa: S105 - a page's name
    SERVERS = "servers"
    CHECK = "check"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a person has said so far; replaced, never changed."""

    reason: Reason = Reason.ADD
    begin: Step | None = None  # the first page, where it is not the reason's own
    typed: str = ""  # the address field, as typed
    discovery: Discovery | None = None
    found_for: str = ""  # the domain that provider, way, servers and secret belong to
    provider: Provider | None = None  # the discovered one, or `other`
    way: AuthWay | None = None
    own_app: bool = False  # Microsoft sign-in by the person's own app registration
    settings: Settings | None = None
    guide_done: bool = False  # every step ticked, or skipped
    secret: Secret | None = None  # as typed; for the ways with a password
    sign_in: SignIn | None = None  # the app and directory to sign in with, as chosen or typed
    client_secret: Secret | None = None  # of an app that has one
    refresh_token: Secret | None = None  # as pasted
    tokens: Secret | None = None  # what signing in gave
    proxy_secret: Secret | None = None  # as typed, of `settings.proxy`; None: the stored one
    plain_confirmed: bool = False  # "no encryption" was chosen and confirmed
    accepted: tuple[str, ...] = ()  # hosts that the person knows, whoever named them
    edit_servers: bool = False  # 修改 was clicked: ask for the servers although they are trusted
    report: Report | None = None
    editing: Account | None = None  # the stored account that is being mended

    @property
    def address(self) -> Address | None:
        """The address, None while what was typed is not one."""
        if self.editing:
            return self.editing.address
        try:
            return Address.parse(self.typed)
        except AddressError:
            return None

    @property
    def strangers(self) -> tuple[str, ...]:
        """Hosts of these servers that must be accepted before a secret goes there."""
        found = self.discovery.foreign if isinstance(self.discovery, Found) else ()
        used = {end.host for end in self.settings.endpoints()} if self.settings else set()
        return tuple(host for host in found if host in used and host not in self.accepted)

    @property
    def signs_in(self) -> bool:
        """Whether the way ends in tokens instead of a password."""
        return self.way in SIGNED_IN

    @property
    def closed(self) -> bool:
        """Whether the provider lets no mail program in: nothing more is asked then."""
        return self.provider is not None and self.provider.closed

    @property
    def proof(self) -> Secret | None:
        """What is kept of this draft and lets the account in: the secret typed, or the tokens."""
        return self.tokens if self.signs_in else self.secret

    @property
    def chosen(self) -> Way | None:
        """The provider's row for the chosen way of signing in."""
        if self.provider is None or self.way is None:
            return None
        return self.provider.way(self.way, own_app=self.own_app) or self.provider.way(self.way)

    @property
    def credential(self) -> Credential | None:
        """What the secret is called and looks like here."""
        return self.chosen.credential if self.chosen else None

    @property
    def guide(self) -> Guide | None:
        """The guide of the chosen way."""
        if self.provider is None or self.chosen is None:
            return None
        return self.provider.guide(self.chosen.guide)


def start(
    reason: Reason,
    account: Account | None = None,
    provider: Provider | None = None,
    *,
    begin: Step | None = None,
    own_app: bool = False,
) -> Draft:
    """The draft a wizard opens with; `provider` is the stored account's, or `other`.

    `own_app` says that a stored Microsoft account signs in by an app of the person's own.
    """
    if account is None:
        return Draft(reason)
    return Draft(
        reason,
        begin,
        typed=str(account.address),
        provider=provider,
        way=account.settings.auth,
        own_app=own_app,
        settings=account.settings,
        sign_in=account.settings.sign_in,
        guide_done=True,
        editing=account,
    )


def with_typed(draft: Draft, typed: str) -> Draft:
    """Another address is being typed: it must be looked up before anything can go on.

    What was found and filled in is kept until then: it may be a correction within one domain.
    Tokens are not: they are one person's. Servers that nobody has accepted are not either: the
    next answer may not name them, and would no longer ask for that.
    """
    new = replace(draft, typed=typed)
    if draft.address is not None and new.address == draft.address:
        return new
    app = replace(draft.sign_in, identity="", granted=()) if draft.sign_in else None
    known = None if draft.strangers else draft.settings
    return replace(new, discovery=None, settings=known, sign_in=app, tokens=None, report=None)


def with_discovery(draft: Draft, discovery: Discovery, other: Provider) -> Draft:
    """What was found for the address; `other` is the provider that is set up by hand.

    Within the same domain way, servers and secret stay as they are. For another domain they
    go: a secret never goes on to another provider's servers.
    """
    domain = draft.address.domain if draft.address else ""
    found = discovery if isinstance(discovery, Found) else None
    provider = found.provider if found and found.provider else other
    settings = found.settings if found else None
    if isinstance(discovery, NotFound):
        settings = discovery.hint  # the form begins with it; a person looks at it before a check
    if draft.found_for == domain and draft.way and provider.way(draft.way, own_app=draft.own_app):
        settings = draft.settings or settings
        return replace(draft, discovery=discovery, provider=provider, settings=settings)
    same = draft.found_for in ("", domain)
    if settings and draft.settings:  # this computer's way out is the same for everybody's servers
        settings = settings.through(draft.settings.proxy, directly=draft.settings.directly)
    draft = replace(
        draft,
        discovery=discovery,
        found_for=domain,
        provider=provider,
        settings=settings,
        guide_done=False,
        secret=draft.secret if same else None,
        sign_in=draft.sign_in if same else None,
        client_secret=draft.client_secret if same else None,
        refresh_token=draft.refresh_token if same else None,
        tokens=None,
        proxy_secret=draft.proxy_secret if settings and settings.proxy else None,
        plain_confirmed=False,
        accepted=(),
        edit_servers=False,
        report=None,
    )
    first = provider.ways[0]
    return with_way(replace(draft, way=first.way), first.way, own_app=first.own_app)


def with_accepted(draft: Draft, accepted: bool) -> Draft:
    """The servers that a stranger's record names are known to the person, or not after all."""
    hosts = draft.discovery.foreign if isinstance(draft.discovery, Found) else ()
    return replace(draft, accepted=hosts if accepted else ())


def by_hand(draft: Draft, other: Provider) -> Draft:
    """Nothing could be asked, or what was found is not the person's: they fill in the servers."""
    tried = draft.discovery.tried if draft.discovery else ()
    return with_discovery(replace(draft, found_for=""), NotFound(tried), other)


def with_way(draft: Draft, way: AuthWay, *, own_app: bool = False) -> Draft:
    """Another way of signing in; the guide is that way's own, everything typed is kept.

    The servers stay where the same ones serve both ways; Graph serves signed-in accounts only.
    """
    same = way is draft.way and own_app is draft.own_app
    before = draft.signs_in
    new = replace(
        draft,
        way=way,
        own_app=own_app,
        guide_done=draft.guide_done and same,
        tokens=draft.tokens if same else None,
        report=None,
    )
    settings = draft.settings
    if settings is None:
        return new
    if before is not new.signs_in and new.provider and new.chosen:
        settings = servers_for(settings, new.provider, new.chosen)
    sign_in = settings.sign_in if same else None
    return replace(new, settings=replace(settings, auth=way, sign_in=sign_in))


def with_settings(draft: Draft, settings: Settings, *, plain_confirmed: bool = False) -> Draft:
    """Servers from the form; a changed server makes the old report worthless.

    A proxy's password goes with its proxy.
    """
    same = draft.settings is not None and settings.proxy == draft.settings.proxy
    return replace(
        draft,
        settings=settings,
        proxy_secret=draft.proxy_secret if same else None,
        plain_confirmed=plain_confirmed,
        report=None,
    )


def with_proxy(
    draft: Draft, proxy: Proxy | None, secret: Secret | None = None, *, directly: bool = False
) -> Draft:
    """Another way to the servers; see `Settings.through`.

    :param secret: the proxy's password as typed; None: the stored one, where it is the same proxy
    """
    settings = draft.settings
    if settings is None:
        raise ValueError("without servers there is no way to them")
    settings = settings.through(proxy, directly=directly)
    secret = secret if proxy and proxy.username else None
    if settings == draft.settings and secret == draft.proxy_secret:
        return draft
    return replace(draft, settings=settings, proxy_secret=secret, report=None)


def with_pin(draft: Draft, seen: Evidence) -> Draft:
    """The certificate that was seen is excepted; `engine.ways.may_except` was asked before.

    :raises ValueError: none may be made
    """
    pin = pin_of(seen)
    if draft.settings is None:
        raise ValueError("without servers there is nothing to except")
    return replace(draft, settings=draft.settings.pinning(pin), report=None)


def without_pin(draft: Draft, pin: Pin) -> Draft:
    """An exception is taken back (撤销)."""
    if draft.settings is None or pin not in draft.settings.pins:
        return draft
    return replace(draft, settings=draft.settings.unpinned(pin), report=None)


def with_secret(draft: Draft, secret: Secret) -> Draft:
    """A secret from the field, cleaned by the rules of its kind."""
    if draft.credential:
        secret = Secret(draft.credential.clean(secret.reveal()))
    return replace(draft, secret=secret, report=draft.report if secret == draft.secret else None)


def with_sign_in(draft: Draft, sign_in: SignIn) -> Draft:
    """Another app, directory or cloud to sign in with: tokens of the old one are worthless."""
    if sign_in == draft.sign_in:
        return draft
    return replace(draft, sign_in=sign_in, tokens=None, report=None)


def with_granted(draft: Draft, granted: Granted) -> Draft:
    """A sign-in has succeeded: who it was and what is allowed goes with the account."""
    settings = draft.settings
    if settings is not None and draft.way is not None:
        settings = replace(settings, auth=draft.way, sign_in=granted.sign_in)
    return replace(
        draft, sign_in=granted.sign_in, tokens=granted.secret, settings=settings, report=None
    )


def permissions(draft: Draft) -> frozenset[Permission]:
    """What consent is asked for: all that an account may need but what reads letters.

    One consent then serves a change from IMAP to POP3 or from SMTP to Graph; reading through Graph
    is asked for only where Graph receives.
    """
    wanted = frozenset(Permission) - {Permission.GRAPH_RECEIVE}
    return wanted | draft.settings.permissions() if draft.settings else wanted


def permissions_by_code(draft: Draft) -> tuple[frozenset[Permission], frozenset[Permission]]:
    """What the servers need of a device code, and what it asks for.

    A code is good for one resource, so only what is needed counts; whoever agrees to one protocol
    of mail is asked for all of them.
    """
    needed = draft.settings.permissions() if draft.settings else frozenset[Permission]()
    return needed, needed | _MAIL if needed & _MAIL else needed


def with_graph(draft: Draft, side: Side) -> Draft:
    """Receive or send through Graph, with the same sign-in."""
    graph = draft.provider.endpoint(Protocol.GRAPH, side) if draft.provider else None
    if graph is None or draft.settings is None:
        return draft
    return with_settings(draft, draft.settings.having(graph), plain_confirmed=draft.plain_confirmed)


def settings_of(provider: Provider, row: Way) -> Settings:
    """The settings a provider's file proposes for a way: IMAP before POP3, the first SMTP server.

    Where the way's row names other protocols it is those.
    """
    wanted = [row.receive] if row.receive else [Protocol.IMAP, Protocol.POP3]
    incoming = _first(provider, wanted, Side.RECEIVE)
    outgoing = _first(provider, [row.send or Protocol.SMTP], Side.SEND)
    return Settings(incoming, outgoing, row.way)


def servers_for(settings: Settings, provider: Provider, row: Way) -> Settings:
    """What is left of chosen servers when another way is chosen: POP3 stays POP3.

    Tokens go to the provider's own servers, and nobody signs in by a name that is no address.
    """
    proposed = settings_of(provider, row)
    signs_in, chosen = row.way in SIGNED_IN, settings.incoming
    if chosen and chosen.protocol is Protocol.POP3 and row.receive is None:
        own = provider.endpoint(Protocol.POP3) if signs_in else None
        proposed = replace(proposed, incoming=own or chosen)
    return replace(
        settings,
        username="" if signs_in and "@" not in settings.username else settings.username,
        incoming=proposed.incoming or _unless_graph(settings.incoming),
        outgoing=proposed.outgoing or _unless_graph(settings.outgoing),
    )


def _first(provider: Provider, wanted: list[Protocol], side: Side) -> Endpoint | None:
    found = (provider.endpoint(protocol, side) for protocol in wanted)
    return next((end for end in found if end), None)


def _unless_graph(end: Endpoint | None) -> Endpoint | None:
    return None if end and end.protocol is Protocol.GRAPH else end
