"""`laifaxin sign-in`: by the browser, by a code on another device, or by a refresh token."""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.arguments import InputError
from laifaxin_desktop.cli.browser import open_page
from laifaxin_desktop.cli.microsoft import Given
from laifaxin_desktop.cli.output import Plain
from laifaxin_desktop.cli.session import Session
from laifaxin_desktop.cli.storing import check_and_store, refusal
from laifaxin_desktop.engine.check import AS_OTHER
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    permissions,
    permissions_by_code,
    settings_of,
    with_discovery,
    with_granted,
    with_settings,
    with_sign_in,
    with_way,
)
from laifaxin_desktop.engine.ports import OAuth
from laifaxin_desktop.engine.setup import whom_to_expect
from laifaxin_desktop.log import LIVE
from laifaxin_desktop.model.account import Account, Found
from laifaxin_desktop.model.microsoft import CloudId, Granted, SignIn
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.provider import AuthWay, Provider, Side
from laifaxin_desktop.model.report import Leg, Report, StageResult
from laifaxin_desktop.store.keychain import vault_error
from laifaxin_desktop.store.vault import VaultState


async def sign_in(session: Session) -> bool:
    """Sign in with Microsoft, check and store; a stored account is re-authorised in place."""
    app, out = session.app, session.out
    given = Given.read(session.options, session.secrets, session.address, app.words)
    if app.clouds.preset_problem:
        out.note(app.clouds.preset_problem.say(out.language))
    stored = await app.accounts.find(session.address)
    draft = session.by_way(_with_servers(session, await _draft(session, given, stored), given))
    await session.unlock()
    if await app.accounts.vault.state() is VaultState.LOCKED:
        # Nobody is sent to the browser for tokens that cannot be kept.
        value: Plain = {"account": None, "report": None}
        lines = refusal(session, vault_error(Fault.LOCKED, "main_password"), value)
        out.result(value, lines)
        return True
    draft = replace(draft, report=await _as_other(app, stored))
    began = time.monotonic()
    try:
        with ExitStack() as guarded:
            for secret in session.secrets.values():
                guarded.enter_context(LIVE.guarding(secret))
            granted = await _granted(session, draft, given)
    except MailError as error:
        return _failed(session, draft, error.evidence, began)
    except asyncio.CancelledError:  # Ctrl-C: said, and then the program ends as it is asked to
        _failed(session, draft, Evidence(Stage.SIGN_IN, Fault.CANCELLED), began)
        raise
    if granted.sign_in.identity:
        out.note(out.say("cli.signed_in_as", identity=granted.sign_in.identity))
    return await check_and_store(session, with_granted(draft, granted))


async def _draft(session: Session, given: Given, stored: Account | None) -> Draft:
    """The account with the way, the app and the directory to sign in with.

    :raises InputError: its provider has no Microsoft sign-in, or there is no app
    """
    app = session.app
    if stored:
        draft = app.begin(Reason.REAUTHORIZE, stored)
    else:
        draft = await session.discovered(must=given.cloud is None)
    draft = _in_cloud(session, draft, given)
    provider, known = draft.provider, draft.sign_in
    if provider is None or not _clouds(provider):
        raise InputError(app.words, "cli.no_microsoft", address=session.address.shown)
    cloud = app.clouds.cloud(given.cloud or (known.cloud if known else CloudId(provider.cloud)))
    product = app.one_click(provider)
    if known is None or known.cloud is not cloud.id:
        known = None if given.client_id or given.refresh_token else product
        if known is None:
            if not given.client_id:
                key = "cli.client_id_of_token" if given.refresh_token else "cli.client_id_wanted"
                raise InputError(app.words, key, portal=cloud.portal)
            # A personal account may have the very name of a work mailbox.
            tenant = "organizations" if provider.id == cloud.provider else "common"
            known = SignIn(given.client_id, cloud.id, tenant)
    chosen = given.over(known)
    if given.device and chosen.confidential:
        raise InputError(app.words, "cli.device_needs_public")
    way = AuthWay.REFRESH_TOKEN if given.refresh_token else AuthWay.MICROSOFT
    other = product is None or product.client_id != chosen.client_id
    own_app = other and way is AuthWay.MICROSOFT
    if (draft.way, draft.own_app) != (way, own_app):
        draft = with_way(draft, way, own_app=own_app)
    return replace(with_sign_in(draft, chosen), client_secret=given.client_secret)


def _in_cloud(session: Session, draft: Draft, given: Given) -> Draft:
    """The draft with the provider of the cloud that was named, where it is another's."""
    app, provider = session.app, draft.provider
    if given.cloud is None or (provider and given.cloud in _clouds(provider)):
        return draft
    provider = app.book.by_id(app.clouds.cloud(given.cloud).provider)
    if provider is None:
        raise InputError(app.words, "cli.no_microsoft", address=session.address.shown)
    settings = settings_of(provider, provider.ways[0])
    if draft.settings:
        settings = settings.through(draft.settings.proxy, directly=draft.settings.directly)
    if draft.editing:
        return replace(draft, provider=provider, settings=settings)
    found = Found(settings, provider, "given", trusted=True)
    return with_discovery(replace(draft, found_for=""), found, app.other)


def _clouds(provider: Provider) -> tuple[CloudId, ...]:
    """The cloud of a provider whose mailboxes sign in with Microsoft."""
    signs_in = any(provider.way(AuthWay.MICROSOFT, own_app=own) for own in (False, True))
    return (CloudId(provider.cloud),) if signs_in and provider.cloud else ()


def _with_servers(session: Session, draft: Draft, given: Given) -> Draft:
    """Receiving and sending by what was asked for.

    :raises InputError: the provider has no such server
    """
    for protocol, side in ((given.receive, Side.RECEIVE), (given.send, Side.SEND)):
        settings, provider = draft.settings, draft.provider
        if protocol is None or settings is None:
            continue
        present = settings.endpoint(side)
        if present and present.protocol is protocol:
            continue  # a stored account's own server stays
        end = provider.endpoint(protocol, side) if provider else None
        if end is None:
            address = session.address.shown
            raise InputError(
                session.app.words, "cli.no_such_server", address=address, protocol=protocol.upper()
            )
        draft = with_settings(draft, settings.having(end), plain_confirmed=True)
    settings = draft.settings
    if settings is None or len(settings.endpoints()) < 2:
        raise InputError(session.app.words, "cli.not_found", address=session.address.shown)
    return draft


async def _as_other(app: App, stored: Account | None) -> Report | None:
    """The last report of a stored account, if it says that somebody else had signed in."""
    last = (await app.accounts.reports()).get(stored.id) if stored else None
    found = [leg.diagnosis.problem for leg in last.legs if leg.diagnosis] if last else []
    return last if AS_OTHER in found else None


async def _granted(session: Session, draft: Draft, given: Given) -> Granted:
    """Sign in.

    :raises MailError: stage sign_in, or stage vault for the stored secret of an app; the proxy's
        password is missing
    """
    app, out, chosen = session.app, session.out, draft.sign_in
    if chosen is None:
        raise ValueError("a draft without an app cannot be signed in")
    oauth = await app.signing(draft)
    if given.device:
        return await _by_codes(session, oauth, draft, chosen)
    wanted, client_secret = permissions(draft), await app.client_secret(draft)
    if given.refresh_token:
        out.note(out.say("cli.redeeming"))
        return await oauth.redeem(chosen, wanted, given.refresh_token, client_secret=client_secret)
    hint = whom_to_expect(draft)
    async with oauth.browser(chosen, wanted, hint=hint, client_secret=client_secret) as browser:
        out.note(out.say("cli.in_the_browser"))
        out.note(browser.url)
        open_page(browser.url)
        return await browser.granted()


async def _by_codes(session: Session, oauth: OAuth, draft: Draft, chosen: SignIn) -> Granted:
    """Sign in on another device; a code is good for one resource, so perhaps twice.

    :raises MailError: stage sign_in
    """
    out, cloud = session.out, session.app.clouds.cloud(chosen.cloud)
    needed, wanted = permissions_by_code(draft)
    missing = needed
    chosen = replace(chosen, granted=())  # what was agreed to long ago may have been taken back
    while True:
        async with oauth.device(chosen, wanted) as device:
            minutes = max(1, round((device.expires_at - datetime.now(UTC)).total_seconds() / 60))
            places = {"page": device.page, "code": device.code, "minutes": str(minutes)}
            out.note(out.say("cli.on_a_device", **places))
            granted = await device.granted()
        before = missing
        missing = frozenset(each for each in needed if not granted.sign_in.allows(cloud, each))
        if not missing or missing == before:
            return granted  # what is missing now is not given: the check says which
        chosen = granted.sign_in
        out.note(out.say("cli.once_more"))


def _failed(session: Session, draft: Draft, seen: Evidence, began: float) -> bool:
    """Say why nobody was signed in: no server was visited, the report has nothing but that."""
    app, out = session.app, session.out
    provider = draft.provider.id if draft.provider else ""
    diagnosis = app.table.diagnose(replace(seen, provider=provider, way=draft.way))
    address, settings = draft.address, draft.settings
    if address is None or settings is None:
        raise ValueError("a draft without address or servers signs nobody in")
    ms = round((time.monotonic() - began) * 1000)
    stages = (StageResult(Stage.SIGN_IN, False, ms),)
    legs = tuple(Leg(end, stages, diagnosis) for end in settings.endpoints())
    report = Report(address, datetime.now(UTC), ms, legs)
    if session.options.explain:
        out.evidence(report, settings)
    value: Plain = {"account": None, "report": out.report(report, settings)}
    value |= {"problem": diagnosis.problem, "fix": diagnosis.fix}
    kept = [out.say("cli.old_sign_in_kept")] if draft.editing else []
    out.result(value, [*out.problem_lines(diagnosis), *kept])
    return True
