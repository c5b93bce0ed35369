"""Setting an account up: the wizard as a table over one frozen draft; draws nothing, asks nothing.

    ADDRESS -> WAY -> GUIDE -> SECRET -> SERVERS -> CHECK -> DONE

A step that has nothing to ask is left out: WAY where there is one good way, GUIDE where nothing
must be prepared, SERVERS where their source is trusted. Re-authorising is the same table, started
at SECRET; repairing servers starts at SERVERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from laifaxin_desktop.engine.ports import Accounts
from laifaxin_desktop.model.account import Account, Discovery, Found, Offline, Settings
from laifaxin_desktop.model.address import Address, AddressError
from laifaxin_desktop.model.provider import (
    AuthWay,
    Credential,
    Guide,
    Protocol,
    Provider,
    Security,
    Standing,
    Way,
)
from laifaxin_desktop.model.report import Report
from laifaxin_desktop.model.secret import Secret


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
    SECRET = "secret"  # noqa: S105 - a page's name
    SERVERS = "servers"
    CHECK = "check"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a person has said so far; replaced, never changed."""

    reason: Reason = Reason.ADD
    typed: str = ""  # the address field, as typed
    discovery: Discovery | None = None
    found_for: str = ""  # the domain that provider, way, servers and secret belong to
    provider: Provider | None = None  # the discovered one, or `other`
    way: AuthWay | None = None
    settings: Settings | None = None
    guide_done: bool = False  # every step ticked, or skipped
    secret: Secret | None = None
    plain_confirmed: bool = False  # "no encryption" was chosen and confirmed
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
    def chosen(self) -> Way | None:
        """The provider's row for the chosen way of signing in."""
        return self.provider.way(self.way) if self.provider and self.way else None

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
    reason: Reason, account: Account | None = None, provider: Provider | None = None
) -> Draft:
    """The draft a wizard opens with; `provider` is the stored account's, or `other`."""
    if account is None:
        return Draft(reason)
    way = account.settings.auth
    return Draft(
        reason,
        typed=str(account.address),
        provider=provider,
        way=way,
        settings=account.settings,
        guide_done=True,
        editing=account,
    )


def with_typed(draft: Draft, typed: str) -> Draft:
    """Another address is being typed: it must be looked up before anything can go on.

    What was found and filled in is kept until then: it may be a correction within one domain.
    """
    new = replace(draft, typed=typed)
    if draft.address is not None and new.address == draft.address:
        return new
    return replace(new, discovery=None, report=None)


def with_discovery(draft: Draft, discovery: Discovery, other: Provider) -> Draft:
    """What was found for the address; `other` is the provider that is set up by hand.

    Within the same domain way, servers and secret stay as they are. For another domain they
    go: a secret never goes on to another provider's servers.
    """
    domain = draft.address.domain if draft.address else ""
    found = discovery if isinstance(discovery, Found) else None
    provider = found.provider if found and found.provider else other
    settings = found.settings if found else None
    if draft.found_for == domain and draft.way and provider.way(draft.way):
        settings = draft.settings or settings
        return replace(draft, discovery=discovery, provider=provider, settings=settings)
    draft = replace(
        draft,
        discovery=discovery,
        found_for=domain,
        provider=provider,
        settings=settings,
        guide_done=False,
        secret=draft.secret if draft.found_for in ("", domain) else None,
        plain_confirmed=False,
        edit_servers=False,
        report=None,
    )
    return with_way(draft, provider.ways[0].way)


def with_way(draft: Draft, way: AuthWay) -> Draft:
    """Another way of signing in; the servers stay, the guide is that way's own."""
    settings = replace(draft.settings, auth=way) if draft.settings else None
    same = way is draft.way
    return replace(
        draft, way=way, settings=settings, guide_done=draft.guide_done and same, report=None
    )


def with_settings(draft: Draft, settings: Settings, *, plain_confirmed: bool = False) -> Draft:
    """Servers from the form; a changed server makes the old report worthless."""
    return replace(draft, settings=settings, plain_confirmed=plain_confirmed, report=None)


def with_secret(draft: Draft, secret: Secret) -> Draft:
    """A secret from the field, cleaned by the rules of its kind."""
    if draft.credential:
        secret = Secret(draft.credential.clean(secret.reveal()))
    return replace(draft, secret=secret, report=draft.report if secret == draft.secret else None)


# --- the table ------------------------------------------------------------------------------------


def asks_way(draft: Draft) -> bool:
    """Whether there is something to choose, or a warning to read before going on."""
    ways = draft.provider.ways if draft.provider else ()
    return len(ways) > 1 or any(way.standing is Standing.BROKEN for way in ways)


def asks_servers(draft: Draft) -> bool:
    """Whether a person must see the servers: not trusted, not known, or asked for."""
    if draft.edit_servers or draft.reason is Reason.REPAIR or draft.settings is None:
        return True
    if len(draft.settings.endpoints()) < 2:
        return True
    found = draft.discovery
    return draft.reason is Reason.ADD and not (isinstance(found, Found) and found.trusted)


def _after_address(draft: Draft) -> Step:
    return Step.WAY if asks_way(draft) else _after_way(draft)


def _after_way(draft: Draft) -> Step:
    return Step.GUIDE if draft.guide and draft.guide.steps else Step.SECRET


def _after_secret(draft: Draft) -> Step:
    return Step.SERVERS if asks_servers(draft) else Step.CHECK


NEXT: Mapping[Step, Callable[[Draft], Step | None]] = {
    Step.ADDRESS: _after_address,
    Step.WAY: _after_way,
    Step.GUIDE: lambda draft: Step.SECRET,
    Step.SECRET: _after_secret,
    Step.SERVERS: lambda draft: Step.CHECK,
    Step.CHECK: lambda draft: Step.DONE,
    Step.DONE: lambda draft: None,
}

_FIRST = {Reason.ADD: Step.ADDRESS, Reason.REAUTHORIZE: Step.SECRET, Reason.REPAIR: Step.SERVERS}


def first_step(draft: Draft) -> Step:
    """Where the wizard starts."""
    return _FIRST[draft.reason]


def route(draft: Draft) -> tuple[Step, ...]:
    """The steps from the first to the last, as the draft stands now: the rail at the left."""
    steps, step = [], first_step(draft)
    while step is not None:
        steps.append(step)
        following = NEXT[step](draft)
        if following is None:
            break
        step = following
    return tuple(steps)


def is_complete(step: Step, draft: Draft) -> bool:
    """Whether 下一步 is enabled: exactly when the page has its answer."""
    match step:
        case Step.ADDRESS:
            known = draft.discovery is not None and not isinstance(draft.discovery, Offline)
            return draft.address is not None and known
        case Step.WAY:
            return draft.way is not None
        case Step.GUIDE:
            return draft.guide_done
        case Step.SECRET:
            return bool(draft.secret) and is_sendable(draft.secret)
        case Step.SERVERS:
            return settings_complete(draft)
        case Step.CHECK:
            return draft.report is not None and draft.report.ok
        case Step.DONE:
            return True


MOST_SECRET = 1024  # characters; no server takes more


def is_sendable(secret: Secret | None) -> bool:
    """Whether a secret can be sent at all: no line break or NUL inside, not absurdly long."""
    text = secret.reveal() if secret else ""
    return 0 < len(text) <= MOST_SECRET and not set(text) & set("\r\n\0")


def settings_complete(draft: Draft) -> bool:
    """Whether the servers are whole, and unencrypted ones were confirmed."""
    settings = draft.settings
    if settings is None or settings.incoming is None or settings.outgoing is None:
        return False
    ends = (settings.incoming, settings.outgoing)
    if not all(end.host and 0 < end.port < 65536 for end in ends):
        return False
    return draft.plain_confirmed or all(end.security is not Security.PLAIN for end in ends)


def settings_of(provider: Provider, way: AuthWay) -> Settings:
    """The settings a provider's file proposes: IMAP before POP3, the first sending server."""
    incoming = provider.endpoint(Protocol.IMAP) or provider.endpoint(Protocol.POP3)
    return Settings(incoming, provider.endpoint(Protocol.SMTP), way)


def may_keep(draft: Draft) -> bool:
    """Whether an account may be stored although it does not work (仍然保存).

    Not when that would replace a stored secret: the old one goes only after a good check.
    """
    failed = draft.report is not None and not draft.report.ok
    return failed and (draft.editing is None or draft.secret is None)


# --- the end --------------------------------------------------------------------------------------


async def finish(draft: Draft, accounts: Accounts, *, account_id: str, now: datetime) -> Account:
    """Store what the draft holds: account, sealed secret and report, whole or not at all.

    An account being mended keeps its id; a new one gets `account_id`.

    :raises MailError: stage vault, when the secret cannot be kept safely
    """
    address, settings, editing = draft.address, draft.settings, draft.editing
    if address is None or settings is None:
        raise ValueError("a draft without address or servers cannot be finished")
    if not (may_keep(draft) or (draft.report and draft.report.ok)):
        raise ValueError("a draft is stored after a good check, or where it may be kept without")
    if editing is None:
        provider = draft.provider.id if draft.provider else None
        account = Account(account_id, address, provider, settings, now)
    else:
        account = replace(editing, settings=settings)
    report = replace(draft.report, account=account.id) if draft.report else None
    await accounts.save(account, draft.secret, report)
    return account
