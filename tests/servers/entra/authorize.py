"""The door for the browser: /authorize, the page that asks who it is, and the page for devices."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from . import pages
from .clouds import CONSUMERS, LOGIN_HOSTS, ORGANIZATIONS
from .directory import App, User
from .errors import RefusedError
from .scopes import Scopes, parse
from .state import State, admit_app, admit_user, cloud_of, consent, needs_consent
from .tokens import client_info
from .web import Reply, Request

# These come back to the program; every other error stays on a page of the sign-in.
_RETURNED = frozenset(
    {28000, 50058, 50105, 65001, 65004, 70011, 90094, 90095, 500011, 650053, 650057}
)
CONTINUE, CANCEL = "Continue", "Cancel"


def authorize(state: State, request: Request, tenant: str) -> Reply:
    """Check what can be checked before anybody signs in, and ask who it is."""
    asked = dict(request.query) | request.form
    cloud = LOGIN_HOSTS[request.host]
    try:
        _app_and_redirect(state, request, tenant, asked)
    except RefusedError as refusal:
        return pages.error(refusal, request.host)
    if asked.get("response_type", "code") != "code":
        wrong = RefusedError.of(700054, type=asked["response_type"])
        return _refused(state, request, asked, wrong, returns=True)
    asked["tenant"] = tenant
    fault = state.faults.take("authorize", request.host)
    if fault is not None and fault.refusal is not None:
        return _refused(state, request, asked, fault.refusal, returns=True)
    if asked.get("prompt") == "none":
        return _answer(state, request, asked, typed="", silent=True)
    flow = secrets.token_urlsafe(24)
    state.flows[flow] = asked
    return pages.form(
        "Sign in to your account",
        f"https://{cloud.login}/{tenant}/login",
        {"flow": flow},
        fields=("login",),
        buttons=(CONTINUE, CANCEL),
        words=asked.get("login_hint", ""),
    )


def signed_in(state: State, request: Request) -> Reply:
    """The filled-in page: issue a code, or say why not."""
    asked = state.flows.pop(request.form.get("flow", ""), None)
    if asked is None:
        return pages.error(RefusedError.of(50058), request.host)
    if request.form.get("answer") == CANCEL:
        return _refused(state, request, asked, RefusedError.of(65004))
    return _answer(state, request, asked, typed=request.form.get("login", ""), silent=False)


def _answer(
    state: State, request: Request, asked: Mapping[str, str], *, typed: str, silent: bool
) -> Reply:
    door, tenant = LOGIN_HOSTS[request.host], asked["tenant"]
    try:
        app = _app_and_redirect(state, request, tenant, asked)
        hint = typed or asked.get("login_hint", "")
        user = _who(state, tenant, hint)
        admit_user(state, door, tenant, app, user)
        if user.at_sign_in:
            raise RefusedError.of(user.at_sign_in)
        cloud = cloud_of(user, door)
        scopes = parse(
            asked.get("scope", ""), cloud, state.directory, app.client_id, user.tenant.domain
        )
        if silent and needs_consent(user, app, scopes):
            raise RefusedError.of(50058)
        _agree(state, user, app, scopes)
        _satisfied(user)
    except RefusedError as refusal:
        return _refused(state, request, asked, refusal)
    code = state.tokens.new_code(
        user,
        app,
        tenant,
        asked["redirect_uri"],
        scopes,
        asked.get("nonce", ""),
        asked.get("code_challenge", ""),
    )
    values = {"code": code.text, "session_state": secrets.token_hex(16)}
    if asked.get("client_info"):
        values["client_info"] = client_info(user)
    return _back(asked, values)


def _app_and_redirect(state: State, request: Request, tenant: str, asked: Mapping[str, str]) -> App:
    client = asked.get("client_id", "")
    app = admit_app(state, LOGIN_HOSTS[request.host], tenant, client)
    if not app.accepts_redirect(asked.get("redirect_uri", "")):
        raise RefusedError.of(50011, redirect=asked.get("redirect_uri", ""), client=client)
    return app


def _who(state: State, tenant: str, hint: str) -> User:
    if state.person is not None:
        return state.person
    personal = {CONSUMERS: True, ORGANIZATIONS: False}.get(tenant.casefold())
    try:
        return state.directory.user(hint, personal=personal)
    except KeyError:
        pass
    try:
        return state.directory.user(hint)
    except KeyError:
        if not hint and len(state.directory.users) == 1:
            return state.directory.users[0]
        raise RefusedError.of(50034, user=hint or "(nobody)", tenant=tenant) from None


def _agree(state: State, user: User, app: App, scopes: Scopes) -> None:
    """The page of consent, answered as the test wants it. Raises RefusedError."""
    if app.permissions is not None:
        strange = {each for _, each in scopes.wanted} - app.permissions - {".default"}
        if strange:
            raise RefusedError.of(650057)
    if not needs_consent(user, app, scopes):
        return
    if app.admin_consent and not user.personal:
        raise RefusedError.of(app.admin_consent)
    if state.declines:
        state.declines -= 1
        raise RefusedError.of(65004)
    consent(user, app, scopes)


def _satisfied(user: User) -> None:
    # Who signs in anew has given the second factor and met the sign-in frequency.
    if user.at_renewal != 53003:
        user.at_renewal = 0


def _refused(
    state: State,
    request: Request,
    asked: Mapping[str, str],
    refusal: RefusedError,
    *,
    returns: bool = False,
) -> Reply:
    if not (returns or state.errors_return or refusal.number in _RETURNED):
        return pages.error(refusal, request.host)
    values = {
        "error": refusal.error,
        "error_description": refusal.described(),
        "error_uri": f"https://{request.host}/error?code={refusal.number}",
    }
    if refusal.suberror:
        values["error_subcode"] = refusal.suberror
    return _back(asked, values)


def _back(asked: Mapping[str, str], values: dict[str, str]) -> Reply:
    if "state" in asked:
        values["state"] = asked["state"]
    redirect = asked["redirect_uri"]
    if asked.get("response_mode") == "form_post":
        return pages.posted_back(redirect, values)
    if not urlsplit(redirect).path:
        redirect += "/"  # as the platform does in query and fragment (reply-url.md)
    return Reply.redirect(f"{redirect}?{urlencode(values)}")


def device_page(state: State, request: Request) -> Reply:
    """Where the short code is typed; then the same as any sign-in."""
    if request.method != "POST":
        return pages.form("Enter code", request.path, {}, fields=("otc", "login"))
    typed = request.form.get("otc", "").replace("-", "").upper()
    return enter_code(state, typed, request.form.get("login", ""), request.host)


def enter_code(state: State, typed: str, login: str, host: str) -> Reply:
    """Somebody types the code of a device in and signs in."""
    waiting = [each for each in state.tokens.devices.values() if each.user_code == typed]
    if not waiting or time.time() > waiting[0].expires or waiting[0].state != "pending":
        return pages.message("That code didn’t work. Check the code and try again.")
    [device] = waiting
    door = device.app.cloud
    try:
        user = _who(state, device.tenant, login)
        admit_user(state, door, device.tenant, device.app, user)
        if user.at_sign_in:
            raise RefusedError.of(user.at_sign_in)
        cloud = cloud_of(user, door)
        scopes = parse(
            device.scope, cloud, state.directory, device.app.client_id, user.tenant.domain
        )
        _agree(state, user, device.app, scopes)
        _satisfied(user)
    except RefusedError as refusal:
        if refusal.number == 65004:
            device.state = "declined"
        return pages.error(refusal, host)
    device.user, device.state = user, "approved"
    return pages.message("You have signed in", "You may now close this window.")
