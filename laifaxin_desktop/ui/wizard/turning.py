"""Turns the wizard to another way into the mailbox, in one click; everything typed is kept."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from laifaxin_desktop.engine.draft import Draft, Reason, Step
from laifaxin_desktop.engine.setup import asks_app, asks_way, first_step, route
from laifaxin_desktop.engine.switching import (
    WRONG_CLOUD,
    Offer,
    at_cloud,
    by_graph,
    lacks_consent,
    switched,
    to_microsoft,
    where_to_sign_in,
)
from laifaxin_desktop.model.microsoft import CloudId, permission_for
from laifaxin_desktop.model.problem import Diagnosis, Evidence
from laifaxin_desktop.model.provider import AuthWay, Provider, Side, Standing
from laifaxin_desktop.ui.admin_note import cloud_of
from laifaxin_desktop.ui.wizard.cloud_dialog import CloudDialog, named_in

if TYPE_CHECKING:
    from laifaxin_desktop.app import App
    from laifaxin_desktop.ui.wizard.window import SetupWizard


def keepers(app: App) -> tuple[Provider, ...]:
    """Who keeps the mailboxes of each cloud."""
    found = (app.book.by_id(cloud.provider) for cloud in app.clouds.all)
    return tuple(provider for provider in found if provider)


def turn(flow: SetupWizard, draft: Draft, step: Step) -> None:
    """Go on with another draft at a step; where its route began later, from the choice of ways."""
    if step in route(draft) and first_step(draft) is first_step(flow.draft):
        flow.replace(draft)
    else:
        reason = Reason.REAUTHORIZE if draft.reason is Reason.REPAIR else draft.reason
        flow.start_over(replace(draft, reason=reason, begin=Step.WAY))
    flow.go(step)


def switch_way(flow: SetupWizard, diagnosis: Diagnosis) -> bool:
    """What a problem's own button switches to; False where there is nothing to switch to."""
    if diagnosis.problem == WRONG_CLOUD:
        choose_cloud(flow, diagnosis.evidence)
        return True
    new = switched(flow.draft, diagnosis, keepers(flow.app))
    if new is not None:
        _take(flow, new)
        return True
    if other_ways(flow):
        choose_way(flow)
        return True
    return False


def take_offer(flow: SetupWizard, offer: Offer) -> None:
    """One of the ways out that stand beside a problem's own button."""
    draft, known = flow.draft, keepers(flow.app)
    side = Side.RECEIVE if offer is Offer.GRAPH_RECEIVE else Side.SEND
    by = to_microsoft(draft, known) if offer is Offer.MICROSOFT else by_graph(draft, side, known)
    if by is not None:
        _take(flow, by)


def choose_way(flow: SetupWizard) -> None:
    """The page with all ways."""
    turn(flow, flow.draft, Step.WAY)


def other_ways(flow: SetupWizard) -> bool:
    """Whether there is another way of signing in that still works."""
    draft = flow.draft
    ways = draft.provider.ways if draft.provider else ()
    works = any(w != draft.chosen and w.standing is not Standing.BROKEN for w in ways)
    return works and asks_way(draft)


def sign_in_again(flow: SetupWizard, seen: Evidence | None = None) -> None:
    """The browser once more, or another token; servers and app stay."""
    draft = replace(flow.draft, tokens=None, report=None)
    if seen is not None and seen.identity and draft.sign_in:
        # Somebody else came: this time the mailbox's own name is proposed.
        draft = replace(draft, sign_in=replace(draft.sign_in, identity="", granted=()))
    step = Step.APP if draft.way is AuthWay.REFRESH_TOKEN else where_to_sign_in(draft)
    if step in route(draft):
        flow.replace(draft)
        flow.go(step)
    else:
        flow.start_over(replace(draft, reason=Reason.REAUTHORIZE, begin=None))


def edit_app(flow: SetupWizard) -> None:
    """The app's own page; where the program's app was used, with room for another."""
    draft = flow.draft
    row = draft.provider.way(AuthWay.MICROSOFT, own_app=True) if draft.provider else None
    if draft.way is AuthWay.MICROSOFT and row is not None:
        draft = replace(draft, own_app=True)
    turn(flow, draft, Step.APP)


def choose_cloud(flow: SetupWizard, seen: Evidence) -> None:
    """Ask which cloud it is; the one that Microsoft's words name is proposed."""
    app, draft = flow.app, flow.draft
    now = cloud_of(app, draft.provider, draft.sign_in)
    others = [cloud for cloud in app.clouds.all if now is None or cloud.id is not now.id]
    likely = named_in(seen.reply, others) or others[-1]  # 世纪互联 stands last, and is likeliest
    dialog = CloudDialog(app.clouds.all, likely, flow.languages.current, flow)
    dialog.chosen.connect(lambda cloud: _go_to_cloud(flow, CloudId(cloud)))
    dialog.open()


def _go_to_cloud(flow: SetupWizard, cloud_id: CloudId) -> None:
    cloud = flow.app.clouds.cloud(cloud_id)
    provider = flow.app.book.by_id(cloud.provider)
    new = at_cloud(flow.draft, provider, cloud) if provider else None
    if new is not None:
        # The app is looked at again: one of another cloud's is not known here.
        turn(flow, new, Step.APP if asks_app(new) else Step.SIGN_IN)


def _take(flow: SetupWizard, new: Draft) -> None:
    """Check again where nothing but a server changed; else sign in, and that leads to a check."""
    if not flow.draft.signs_in:
        turn(flow, new, where_to_sign_in(new))
        return
    cloud = cloud_of(flow.app, new.provider, new.sign_in)
    before = flow.draft.settings.endpoints() if flow.draft.settings else ()
    ends = [end for end in new.settings.endpoints() if end not in before] if new.settings else []
    asks = any(lacks_consent(new, cloud, permission_for(end)) for end in ends)
    if asks and (new.way is AuthWay.MICROSOFT or new.refresh_token):
        turn(flow, replace(new, tokens=None), Step.SIGN_IN)
    elif Step.CHECK in route(new) and flow.current and flow.current.step is Step.CHECK:
        flow.replace(new)
        flow.check_again()
    else:
        flow.start_over(replace(new, begin=Step.CHECK))
