"""What the endpoints share, and the rules about who may come in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .clouds import CONSUMERS, GLOBAL, ORGANIZATIONS, SHARED_TENANTS, Cloud
from .directory import App, Directory, User
from .errors import RefusedError
from .faults import Faults
from .scopes import ALL, Scopes
from .tokens import Tokens


@dataclass(frozen=True, slots=True)
class SentLetter:
    """A letter that was accepted: whose mailbox sent it, who was signed in, and what was sent."""

    mailbox: str
    by: str
    sender: str
    mime: bytes | None
    message: Mapping[str, Any] | None


@dataclass(slots=True)
class State:
    """Everything a reset makes anew."""

    directory: Directory = field(default_factory=Directory)
    tokens: Tokens = field(default_factory=Tokens)
    faults: Faults = field(default_factory=Faults)
    person: User | None = None  # who answers the next sign-ins, whatever the hint says
    declines: int = 0  # how many consent pages are answered with no
    errors_return: bool = False  # errors that stay on a page come back to the program instead
    strict_rotation: bool = False  # a refresh token is dead once it was used
    device_interval: int = 5  # seconds; at 0 msal never stops asking
    letters: list[SentLetter] = field(default_factory=list)  # what Graph has accepted
    over: threading.Event = field(default_factory=threading.Event)  # wakes who is made to wait
    flows: dict[str, dict[str, str]] = field(default_factory=dict)  # sign-in pages that are open


def admit_app(
    state: State, cloud: Cloud, tenant: str, client_id: str, *, secret: bool = False
) -> App:
    """The application, if it may be used at this tenant's door. Raises RefusedError."""
    if not client_id:
        raise RefusedError.of(900144, name="client_id")
    wanted = state.directory.tenant(tenant)
    if wanted is not None and wanted.cloud.login != cloud.login:
        if tenant.casefold() == CONSUMERS:
            raise RefusedError.of(90002, tenant=tenant)
        if secret:
            raise RefusedError.of(900432)
        raise RefusedError.of(90038, tenant=tenant, cloud=wanted.cloud.instance)
    app = state.directory.app(client_id, cloud, tenant)
    consumers = wanted is not None and wanted.personal
    if app.audience == "personal" and not consumers:
        raise RefusedError.of(9002331, client=client_id)
    if app.audience in ("work", "tenant") and consumers:
        raise RefusedError.of(9002332, client=client_id)
    if app.audience == "tenant":
        if tenant.casefold() in SHARED_TENANTS:
            raise RefusedError.of(50194, client=client_id)
        if wanted is not state.directory.tenant(app.tenant):
            raise RefusedError.of(700016, client=client_id, tenant=tenant)
    return app


def admit_user(state: State, cloud: Cloud, tenant: str, app: App, user: User) -> None:
    """Let the person in at this tenant's door, or raise RefusedError."""
    if user not in state.directory.users:
        raise RefusedError.of(50034, user=user.upn, tenant=tenant)
    if user.tenant.cloud.login != cloud.login:
        raise RefusedError.of(90038, tenant=user.tenant.domain, cloud=user.tenant.cloud.instance)
    wanted = state.directory.tenant(tenant)
    foreign = RefusedError.of(
        50020,
        user=user.upn,
        provider="live.com" if user.personal else f"https://sts.windows.net/{user.tenant.id}/",
        tenant=tenant,
        client=app.client_id,
    )
    if user.personal:
        if app.audience in ("work", "tenant") or tenant.casefold() == ORGANIZATIONS:
            raise foreign
        if wanted not in (None, user.tenant):
            raise foreign
    elif wanted is not None and wanted.personal:
        raise RefusedError.of(50034, user=user.upn, tenant="Microsoft Account")
    elif wanted not in (None, user.tenant):
        raise foreign
    if user.disabled:
        raise RefusedError.of(50057)
    if user.locked:
        raise RefusedError.of(50053)


def consented(user: User, app: App) -> set[tuple[str, str]]:
    """What the person (or the administrator) has agreed to for this application."""
    return user.consents.setdefault(app.client_id, set())


def consent(user: User, app: App, scopes: Scopes) -> None:
    """Agree to all of it, but for what is quietly withheld."""
    agreed = consented(user, app)
    agreed.update(pair for pair in scopes.wanted if pair[1] not in (ALL, *user.withheld))
    for resource, permission in scopes.wanted:
        if permission == ALL:
            agreed.update((resource, each) for each in (app.permissions or ()))


def needs_consent(user: User, app: App, scopes: Scopes) -> bool:
    """Whether a page has to ask."""
    given = consented(user, app)
    return any(pair not in given and pair[1] not in (ALL, *user.withheld) for pair in scopes.wanted)


def cloud_of(user: User, door: Cloud) -> Cloud:
    """The person's own cloud: two share one door."""
    return user.tenant.cloud if door != GLOBAL else GLOBAL
