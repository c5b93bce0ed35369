"""Signing in with Microsoft, for tests and pictures: an account that once did, every page of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import (
    Draft,
    Step,
    permissions,
    with_discovery,
    with_granted,
    with_way,
)
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Stage
from laifaxin_desktop.model.provider import AuthWay
from laifaxin_desktop.ui import browser
from laifaxin_desktop.ui.wizard.signing import Means
from laifaxin_desktop.ui.wizard.window import SetupWizard
from tests.engine.sign_in import CLIENT, ScriptedOAuth, refused

from .sample_wizard import PRESET, Servers, _to, until


async def signed_account(app: App, address: str = "someone@outlook.com", **changes: Any) -> Account:
    """A Microsoft account in the list, whose sign-in once worked; `changes` to its app."""
    at = Address.parse(address)
    draft = Draft(typed=address)
    draft = with_discovery(draft, await app.discover(at), app.other)
    draft = with_way(draft, AuthWay.MICROSOFT, own_app=bool(changes))
    known = app.one_click(draft.provider) or SignIn(CLIENT)
    async with app.oauth.browser(replace(known, **changes), permissions(draft)):
        app.oauth.come_back()
        draft = with_granted(draft, await app.oauth.flows[-1].granted())
    return await app.finish(replace(draft, report=await app.check(draft)))


LINE = f"someone@outlook.com----hunter2----{CLIENT}----M.C5{'x' * 400}"


async def _to_app(wizard: SetupWizard, way: AuthWay, *, own_app: bool = False) -> None:
    await _to(wizard, Step.WAY)
    wizard.current.choose(way, own_app=own_app)
    wizard.next()
    if wizard.current.step is Step.GUIDE:
        wizard.current.view.skip.click()


async def sign_ins(
    opened: Callable[..., Awaitable[SetupWizard]],
    close: Callable[[SetupWizard], Awaitable[None]],
) -> AsyncIterator[tuple[str, SetupWizard]]:
    """Every page, grabbed as `sample_wizard.pictures` does; no browser opens."""
    with patch.object(browser, "open_page", lambda url, failed=None: None):
        async for shown in _apps(opened, close):
            yield shown
        async for shown in _flows(opened, close):
            yield shown


async def _apps(
    opened: Callable[..., Awaitable[SetupWizard]],
    close: Callable[[SetupWizard], Awaitable[None]],
) -> AsyncIterator[tuple[str, SetupWizard]]:
    wizard = await opened("app", "someone@outlook.com")
    await _to_app(wizard, AuthWay.MICROSOFT, own_app=True)
    yield "app-own", wizard
    form = wizard.current.form
    form.client_id.setText(CLIENT)
    form.secret.box.setChecked(True)
    form.secret.entry.setText("~8Q.abcdefghijklmnopqrstuvwxyz0123456789")
    form.secret.day.setText("2028/11/20")
    yield "app-own-secret", wizard
    form.client_id.setText("6731de76")
    form.tenant.put("my company")
    form.secret.entry.setText(CLIENT)
    form.secret.day.setText("soon")
    form.redirect.setText("https://example.com/back")
    for field in (
        form.id_field,
        form.tenant_field,
        form.redirect_field,
        form.secret.field,
        form.secret.day_field,
    ):
        field.complain()
    yield "app-own-wrong", wizard
    await close(wizard)

    wizard = await opened("token", "someone@outlook.com")
    await _to_app(wizard, AuthWay.REFRESH_TOKEN)
    yield "token", wizard
    wizard.current.tokens.read(LINE)
    yield "token-recognised", wizard
    wizard.current.tokens.read(LINE.replace("someone", "another"))
    wizard.current.more.click()
    yield "token-of-another", wizard
    await close(wizard)

    wizard = await opened("token-preset", "someone@outlook.com", preset=PRESET)
    await _to_app(wizard, AuthWay.REFRESH_TOKEN)
    yield "token-preset", wizard
    wizard.current.tokens.read("nothing of the kind")
    yield "token-unread", wizard
    await close(wizard)


async def _flows(
    opened: Callable[..., Awaitable[SetupWizard]],
    close: Callable[[SetupWizard], Awaitable[None]],
) -> AsyncIterator[tuple[str, SetupWizard]]:
    oauth = ScriptedOAuth(identity="boss@contoso.com")
    servers = Servers(holds_at=Stage.LOGIN)
    wizard = await opened("sign-in", "someone@outlook.com", servers, oauth=oauth, preset=PRESET)
    await _to(wizard, Step.WAY)
    yield "way-one-click", wizard
    wizard.next()
    yield "sign-in-opening", wizard
    page = wizard.current
    await until(lambda: page.signing.url)
    yield "sign-in-browser", wizard
    page.waiting.show_slow(True)
    page.waiting.trouble.click()
    yield "sign-in-slow", wizard
    page.waiting.device.click()
    await until(lambda: page.signing.code)
    yield "sign-in-code", wizard
    oauth.come_back(refused())
    await until(lambda: page.card)
    await asyncio.sleep(0.05)  # the focus lands
    yield "sign-in-failed", wizard
    page.start(Means.BROWSER)
    await until(lambda: page.signing.url)
    page.waiting.cancel.click()
    wizard.next()
    await until(lambda: page.signing.url)
    oauth.come_back()
    await until(lambda: wizard.current is not page)
    await asyncio.sleep(0.1)  # the note comes up
    yield "sign-in-went-on", wizard
    wizard.back()
    yield "sign-in-signed", wizard
    await close(wizard)

    wizard = await opened("re-sign-in", preset=PRESET)
    account = await signed_account(wizard.app)
    wizard.reauthorize(account)
    page = wizard.current
    await until(lambda: page.signing.url)
    page.waiting.cancel.click()
    yield "sign-in-stopped", wizard
    await close(wizard)
