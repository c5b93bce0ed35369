"""What the servers themselves say of how one signs in, heard before a secret is typed; hands no
secret to anybody, holds nobody up, and believes nothing better than the directory knows."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum

from laifaxin_desktop.engine.draft import Draft, settings_of, with_way
from laifaxin_desktop.engine.ports import Probe
from laifaxin_desktop.model.account import Capabilities
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Provider, Standing, Way
from laifaxin_desktop.model.text import Text

SECONDS = 8.0  # for all servers together; whoever answers later is not heard
_MOST = 6  # servers

Heard = Mapping[Endpoint, Capabilities]

_BEARER = frozenset({"XOAUTH2", "OAUTHBEARER"})
_PASSWORD = frozenset({"PLAIN", "LOGIN"})


class Refusal(StrEnum):
    """What a server says that it will not take."""

    PASSWORD = "no_password"  # noqa: S105 - the sentence's key in words.toml
    TOKEN = "no_token"  # noqa: S105
    ANYTHING = "no_login"  # it lets nobody sign in here


def refusal(endpoint: Endpoint, said: Capabilities, way: AuthWay) -> Refusal | None:
    """Whether one server rules a way out by what it said over the encrypted connection.

    None also where it said nothing: CAPA and CAPABILITY may be unknown to it. IMAP's LOGIN and
    POP3's USER need no announcement of a mechanism, so that only their own words rule them out
    (RFC 9051 6.2.3, RFC 2449 6.3).
    """
    words, mechanisms = said.words, said.mechanisms
    if not words:
        return None
    match endpoint.protocol:
        case Protocol.IMAP:
            password = "LOGINDISABLED" not in words or "PLAIN" in mechanisms
        case Protocol.POP3:
            password = "USER" in words or "PLAIN" in mechanisms
        case Protocol.SMTP:
            password = bool(mechanisms & _PASSWORD)
        case _:
            return None
    token = bool(mechanisms & _BEARER)
    if token if way in SIGNED_IN else password:
        return None
    if not token and not password:
        return Refusal.ANYTHING
    return Refusal.TOKEN if way in SIGNED_IN else Refusal.PASSWORD


def servers(draft: Draft) -> tuple[Endpoint, ...]:
    """Whom to listen to: the servers that the ways would begin with, but for those of the web."""
    rows = draft.provider.ways if draft.provider else ()
    found = (end for row in rows for end in _servers_of(draft, row))
    asked = [end for end in found if end.protocol is not Protocol.GRAPH]
    return tuple(dict.fromkeys(asked))[:_MOST]


async def listen(
    endpoints: tuple[Endpoint, ...], probe: Probe, seconds: float = SECONDS
) -> dict[Endpoint, Capabilities]:
    """What each server said of itself; without those that could not be met in time."""
    heard: dict[Endpoint, Capabilities] = {}

    async def one(endpoint: Endpoint) -> None:
        with contextlib.suppress(MailError):  # what is wrong there the check will name
            heard[endpoint] = await probe(endpoint, None, lambda result: None)

    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for endpoint in endpoints:
                group.create_task(one(endpoint))
    return heard


def with_heard(
    draft: Draft, heard: Heard, reasons: Mapping[Refusal, Text], *, choose: bool
) -> Draft:
    """The draft, its provider's ways as the servers have them today; the same where they agree.

    A way that is ruled out stands back as one that has ended does: last, with its reason, and it
    may be chosen all the same. With `choose` nobody has decided yet, and the best one left is
    taken instead. Nothing typed is lost.
    """
    provider = draft.provider
    if provider is None:
        return draft
    marked = [_marked(draft, row, heard, reasons) for row in provider.ways]
    if all(new is old for new, old in zip(marked, provider.ways, strict=True)):
        return draft
    marked.sort(key=lambda row: row.standing is Standing.BROKEN)  # stable: the best still first
    works = marked[0].standing is not Standing.BROKEN
    rows = [replace(row, recommended=works and number == 0) for number, row in enumerate(marked)]
    new = replace(draft, provider=replace(provider, ways=tuple(rows)))
    chosen = new.chosen
    if choose and works and chosen is not None and chosen.standing is Standing.BROKEN:
        return with_way(new, rows[0].way, own_app=rows[0].own_app)
    return new


def _marked(draft: Draft, row: Way, heard: Heard, reasons: Mapping[Refusal, Text]) -> Way:
    if row.standing is Standing.BROKEN:
        return row
    for end in _servers_of(draft, row):
        said = heard.get(end)
        if said is not None and (why := refusal(end, said, row.way)):
            reason = reasons[why].fill({"server": end.host})
            return replace(row, standing=Standing.BROKEN, reason=reason, source=None, since=None)
    return row


def _servers_of(draft: Draft, row: Way) -> tuple[Endpoint, ...]:
    """Where this way would sign in: as the provider has it, else as was found for the domain.

    An account that is there already has servers of its own; tokens and passwords go to others.
    """
    provider: Provider | None = draft.provider
    own = draft.editing is not None and (row.way in SIGNED_IN) is draft.signs_in
    if own and draft.settings:
        return draft.settings.endpoints()
    if provider is not None and provider.endpoints:
        return settings_of(provider, row).endpoints()
    return draft.settings.endpoints() if draft.settings else ()
