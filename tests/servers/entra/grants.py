"""The door for the program: /token and /devicecode."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Mapping

from .clouds import CONSUMERS, CONSUMERS_ID, LOGIN_HOSTS, PERSONAL_DEVICE_PAGE, Cloud
from .directory import App, Platform, User
from .errors import RefusedError
from .scopes import ALL, Scopes, parse, written
from .state import State, admit_app, admit_user, cloud_of, consented
from .tokens import DEVICE_SECONDS, client_info
from .web import Reply, Request

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def token(state: State, request: Request, tenant: str) -> Reply:
    """`/oauth2/v2.0/token`. Raises RefusedError."""
    form = request.form
    _note_secrets(state, form)
    cloud = LOGIN_HOSTS[request.host]
    secret = form.get("client_secret", "")
    app = admit_app(state, cloud, tenant, form.get("client_id", ""), secret=bool(secret))
    grant = form.get("grant_type", "")
    if grant == "authorization_code":
        return _by_code(state, request, tenant, app)
    if grant == "refresh_token":
        return _by_refresh_token(state, request, tenant, app)
    if grant in (DEVICE_GRANT, "device_code"):
        return _by_device_code(state, request, app)
    raise RefusedError.of(70003, grant=grant)


def device_code(state: State, request: Request, tenant: str) -> Reply:
    """`/oauth2/v2.0/devicecode`. Raises RefusedError."""
    form, door = request.form, LOGIN_HOSTS[request.host]
    app = admit_app(state, door, tenant, form.get("client_id", ""))
    device = state.tokens.new_device(app, tenant, form.get("scope", ""))
    personal = tenant.casefold() in (CONSUMERS, CONSUMERS_ID)
    page = PERSONAL_DEVICE_PAGE if personal else door.device_page
    return Reply.json(
        {
            "user_code": device.user_code,
            "device_code": device.text,
            "verification_uri": page,
            "expires_in": DEVICE_SECONDS,
            "interval": state.device_interval,
            "message": (
                f"To sign in, use a web browser to open the page {page} and enter the code "
                f"{device.user_code} to authenticate."
            ),
        }
    )


def _by_code(state: State, request: Request, tenant: str, app: App) -> Reply:
    form, door = request.form, LOGIN_HOSTS[request.host]
    code = state.tokens.redeem(form.get("code", ""), app)
    if code.redirect != form.get("redirect_uri", ""):
        raise RefusedError.of(500112, redirect=form.get("redirect_uri", ""))
    _authenticate(app, code.platform, request)
    if code.challenge and _challenge(form.get("code_verifier", "")) != code.challenge:
        raise RefusedError.of(501481)
    admit_user(state, door, tenant, app, code.user)
    cloud = cloud_of(code.user, door)
    asked = form.get("scope", "")
    scopes = parse(asked, cloud, state.directory, app.client_id, tenant) if asked else code.scopes
    if not scopes.resources and len(code.scopes.resources) > 1:
        raise RefusedError.of(28003)
    openid = scopes.openid & (code.scopes.openid or scopes.openid)
    scopes = Scopes(openid, scopes.wanted or code.scopes.wanted)
    reply = _issue(state, request, cloud, code.user, app, scopes, asked, nonce=code.nonce)
    code.redeemed = True
    return reply


def _by_refresh_token(state: State, request: Request, tenant: str, app: App) -> Reply:
    form, door = request.form, LOGIN_HOSTS[request.host]
    old = state.tokens.renew(form.get("refresh_token", ""), app)
    _authenticate(app, old.platform, request)
    admit_user(state, door, tenant, app, old.user)
    if old.user.at_renewal:
        raise RefusedError.of(old.user.at_renewal, resource="00000002-0000-0ff1-ce00-000000000000")
    cloud = cloud_of(old.user, door)
    asked = form.get("scope", "")
    scopes = parse(asked, cloud, state.directory, app.client_id, tenant)
    reply = _issue(state, request, cloud, old.user, app, scopes, asked)
    if state.strict_rotation:
        old.state = "replaced"
    return reply


def _by_device_code(state: State, request: Request, app: App) -> Reply:
    device = state.tokens.devices.get(request.form.get("device_code", ""))
    if device is None or device.app is not app:
        raise RefusedError.of(70018)
    if not app.device_allowed:
        _authenticate(app, "web", request)
    if device.state == "redeemed":
        raise RefusedError.of(70000)
    if time.time() > device.expires:
        raise RefusedError.of(70020)
    if device.state == "declined":
        raise RefusedError(65004, error="authorization_declined")
    if device.user is None:
        raise RefusedError.of(70016)
    cloud = cloud_of(device.user, LOGIN_HOSTS[request.host])
    scopes = parse(device.scope, cloud, state.directory, app.client_id, device.tenant)
    reply = _issue(state, request, cloud, device.user, app, scopes, device.scope)
    device.state = "redeemed"
    return reply


def _authenticate(app: App, platform: Platform, request: Request) -> None:
    """Whether the client is who it says; which proof is due depends on the redirect's platform."""
    given = request.form.get("client_secret", "")
    if not given and request.headers.get("authorization", "").startswith("Basic "):
        decoded = base64.b64decode(request.headers["authorization"][6:]).decode()
        given = decoded.partition(":")[2]
    if platform == "spa" and "origin" not in request.headers:
        raise RefusedError.of(9002327)
    if platform != "web":
        if given or request.form.get("client_assertion"):
            raise RefusedError.of(700025)
        return
    if not given:
        raise RefusedError.of(7000218)
    if not app.secret or not secrets.compare_digest(given.encode(), app.secret.encode()):
        raise RefusedError.of(7000215, client=app.client_id)
    if app.secret_expired:
        raise RefusedError.of(7000222, client=app.client_id)


def _issue(
    state: State,
    request: Request,
    cloud: Cloud,
    user: User,
    app: App,
    scopes: Scopes,
    asked: str,
    *,
    nonce: str = "",
) -> Reply:
    """One access token for one resource, with all that is agreed to there. Raises RefusedError."""
    if len(scopes.resources) > 1:
        raise RefusedError.of(28000, scope=asked)
    [resource] = scopes.resources or {cloud.graph_root}
    agreed = {each for where, each in consented(user, app) if where == resource}
    agreed -= user.withheld
    missing = {each for _, each in scopes.wanted} - agreed - user.withheld - {ALL}
    if missing or (scopes.wanted and not agreed):
        raise RefusedError.of(65001, client=app.client_id)
    permissions = frozenset(agreed)
    # Only Graph's answer repeats the words of OpenID (AzureAD/microsoft-authentication-library-for-
    # python#125).
    repeated = scopes.openid - {"offline_access"} if resource == cloud.graph_root else ()
    access = state.tokens.new_access(
        user, app, resource, permissions, cloud, claims_met="claims" in request.form
    )
    answer: dict[str, object] = {
        "token_type": "Bearer",
        "scope": written(repeated, resource, permissions),
        "expires_in": state.tokens.lifetime,
        "ext_expires_in": state.tokens.lifetime,
        "access_token": access,
    }
    if "offline_access" in scopes.openid:
        answer["refresh_token"] = state.tokens.new_refresh(user, app, app.platform)
    if "openid" in scopes.openid:
        answer["id_token"] = state.tokens.new_id_token(user, app, cloud, nonce)
    if request.form.get("client_info"):
        answer["client_info"] = client_info(user)
    return Reply.json(answer)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _note_secrets(state: State, form: Mapping[str, str]) -> None:
    if form.get("code_verifier"):
        state.tokens.verifiers.append(form["code_verifier"])
    if form.get("client_secret"):
        state.tokens.client_secrets.append(form["client_secret"])
