"""Another way into the same mailbox: Microsoft sign-in, Graph, another cloud; asks nobody.

Everything typed is kept: whoever turns back finds the password where it was. A draft is only ever
turned to what the directory knows; where that knows nothing, there is no other way (None).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from laifaxin_desktop.engine.draft import Draft, Step, with_graph, with_way
from laifaxin_desktop.engine.setup import app_complete, asks_app
from laifaxin_desktop.model.microsoft import Cloud, CloudId, Permission
from laifaxin_desktop.model.problem import Diagnosis, Fault, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Provider, Side, Standing, Way
from laifaxin_desktop.model.report import Leg

WRONG_CLOUD = "wrong_cloud"  # the problem whose way out is another cloud
# Failures that another way in does not mend.
_ELSEWHERE = (Stage.SIGN_IN, Stage.VAULT)
_NOWHERE = (Fault.OFFLINE, Fault.BUG)
_AFTER_A_GREETING = (Stage.LOGIN, Stage.MAILBOX, Stage.SEND)


class Offer(StrEnum):
    """What may be tried instead of what has failed."""

    MICROSOFT = "microsoft"
    GRAPH_SEND = "graph_send"
    GRAPH_RECEIVE = "graph_receive"


def microsoft_way(provider: Provider | None) -> Way | None:
    """The best way of signing in with Microsoft that works here."""
    rows = provider.ways if provider else ()
    works = (row for row in rows if row.standing is not Standing.BROKEN)
    return next((row for row in works if row.way is AuthWay.MICROSOFT), None)


def to_microsoft(draft: Draft, keepers: Iterable[Provider]) -> Draft | None:
    """Sign in with Microsoft instead of by a password.

    :param keepers: each cloud's own provider: a mailbox that was set up by hand is recognised by
        its servers
    """
    draft = _at_its_keeper(draft, keepers)
    row = microsoft_way(draft.provider)
    return with_way(draft, row.way, own_app=row.own_app) if row else None


def by_graph(draft: Draft, side: Side, keepers: Iterable[Provider]) -> Draft | None:
    """Receive or send through Graph: with the sign-in there is, or after signing in.

    Not for a shared mailbox, which wants permissions of its own (Mail.Send.Shared).
    """
    if draft.sign_in and draft.sign_in.shared:
        return None
    signed = _at_its_keeper(draft, keepers) if draft.signs_in else to_microsoft(draft, keepers)
    new = with_graph(signed, side) if signed else None
    end = new.settings.endpoint(side) if new and new.settings else None
    return new if end and end.protocol is Protocol.GRAPH else None


def switched(draft: Draft, diagnosis: Diagnosis, keepers: Iterable[Provider]) -> Draft | None:
    """The draft as `Fix.SWITCH_WAY` wants it."""
    keepers = tuple(keepers)
    better = diagnosis.suggestion
    if better is not None and better.protocol is Protocol.GRAPH:
        return by_graph(draft, better.side, keepers)
    return None if draft.signs_in else to_microsoft(draft, keepers)


def at_cloud(draft: Draft, provider: Provider, cloud: Cloud) -> Draft | None:
    """The mailbox lives in another cloud: its servers are there, and so is the app.

    :param provider: the cloud's own
    """
    row = provider.way(draft.way, own_app=draft.own_app) if draft.way else None
    if row is None or row.standing is Standing.BROKEN:
        row = microsoft_way(provider)
    if row is None:
        return None
    app, settings = draft.sign_in, draft.settings
    if app is not None:
        anyone = app.tenant in ("common", "consumers") and not cloud.personal
        tenant = "organizations" if anyone else app.tenant
        app = replace(app, cloud=cloud.id, tenant=tenant, identity="", granted=())
    for end in settings.endpoints() if settings else ():
        there = provider.endpoint(end.protocol, end.side)
        settings = settings.having(there) if settings and there else settings
    one_click = row.way is AuthWay.MICROSOFT and not row.own_app
    return replace(
        with_way(replace(draft, provider=provider), row.way, own_app=row.own_app),
        settings=replace(settings, auth=row.way, sign_in=None) if settings else None,
        sign_in=None if one_click else app,
        tokens=None,
        report=None,
    )


def where_to_sign_in(draft: Draft) -> Step:
    """The page on which a draft that was turned goes on: the browser, unless an app is missing."""
    return Step.APP if asks_app(draft) and not app_complete(draft) else Step.SIGN_IN


def lacks_consent(draft: Draft, cloud: Cloud | None, permission: Permission) -> bool:
    """Whether what was granted is known, and this is not among it: somebody has to sign in anew."""
    app = draft.settings.sign_in if draft.settings else None
    known = app is not None and cloud is not None and bool(app.granted)
    return known and app is not None and cloud is not None and not app.allows(cloud, permission)


def lacked(draft: Draft, cloud: Cloud | None) -> frozenset[Permission]:
    """What the draft's servers need and its sign-in does not allow."""
    wanted = draft.settings.permissions() if draft.settings else ()
    return frozenset(each for each in wanted if lacks_consent(draft, cloud, each))


def offers(draft: Draft, keepers: Iterable[Provider]) -> frozenset[Offer]:
    """What the check page puts beside the fixes of what has failed."""
    keepers = tuple(keepers)
    failed = [leg for leg in draft.report.legs if _elsewhere_is_better(leg)] if draft.report else []
    if not draft.signs_in:
        refused = any(_stage(leg) in _AFTER_A_GREETING for leg in failed)
        there = refused and to_microsoft(draft, keepers) is not None
        return frozenset({Offer.MICROSOFT} if there else ())
    mail = [leg.side for leg in failed if leg.endpoint.protocol is not Protocol.GRAPH]
    named = {Side.RECEIVE: Offer.GRAPH_RECEIVE, Side.SEND: Offer.GRAPH_SEND}
    return frozenset(named[side] for side in mail if by_graph(draft, side, keepers))


def offered_by(diagnosis: Diagnosis, draft: Draft) -> Offer | None:
    """What the button of a problem does already."""
    if not draft.signs_in:
        return Offer.MICROSOFT
    better = diagnosis.suggestion
    if better is None or better.protocol is not Protocol.GRAPH:
        return None
    return Offer.GRAPH_SEND if better.side is Side.SEND else Offer.GRAPH_RECEIVE


def _elsewhere_is_better(leg: Leg) -> bool:
    seen = leg.diagnosis.evidence if leg.diagnosis else None
    return seen is not None and seen.stage not in _ELSEWHERE and seen.fault not in _NOWHERE


def _stage(leg: Leg) -> Stage | None:
    return leg.diagnosis.evidence.stage if leg.diagnosis else None


def _at_its_keeper(draft: Draft, keepers: Iterable[Provider]) -> Draft:
    """The draft at the provider that keeps its mailbox, where it was set up by hand."""
    if draft.provider is None or any(row.way is AuthWay.MICROSOFT for row in draft.provider.ways):
        return draft
    ends = draft.settings.endpoints() if draft.settings else ()
    hosts = {end.host.lower() for end in ends}
    for keeper in keepers:
        if keeper.cloud in list(CloudId) and any(end.host in hosts for end in keeper.endpoints):
            return replace(draft, provider=keeper)
    return draft
