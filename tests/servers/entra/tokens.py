"""What is handed out: codes, access tokens for one resource each, refresh tokens, device codes."""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import secrets
import string
import time
from dataclasses import dataclass, field
from typing import Literal

from .clouds import Cloud
from .directory import App, Platform, User
from .errors import RefusedError
from .scopes import Scopes

CODE_SECONDS, DEVICE_SECONDS = 600, 900
# Letters that a form, a URL and base64 treat differently; Microsoft's tokens are full of them.
_PERSONAL = string.ascii_letters + string.digits + "!*$"
_WORK = string.ascii_letters + string.digits + "-_"


@dataclass(slots=True)
class Code:
    """What the browser carries back; good once."""

    text: str
    user: User
    app: App
    tenant: str
    redirect: str
    platform: Platform
    scopes: Scopes
    nonce: str
    challenge: str
    expires: float
    redeemed: bool = False


@dataclass(slots=True)
class RefreshToken:
    """Good for every consented scope of one person and one application."""

    text: str
    user: User
    app: App
    platform: Platform
    issued: float
    state: Literal["good", "revoked", "expired", "replaced"] = "good"


@dataclass(slots=True)
class AccessToken:
    """Good for one resource."""

    text: str
    user: User
    app: App
    resource: str
    permissions: frozenset[str]
    cloud: Cloud
    expires: float
    claims_met: bool

    @property
    def good(self) -> bool:
        """Whether its time is not over."""
        return time.time() < self.expires


@dataclass(slots=True)
class DeviceCode:
    """A code that a person types elsewhere."""

    text: str
    user_code: str
    app: App
    tenant: str
    scope: str
    expires: float
    user: User | None = None
    state: Literal["pending", "approved", "declined", "redeemed"] = "pending"


@dataclass(slots=True)
class Tokens:
    """All that was ever handed out or handed in, so that a test can search for it."""

    lifetime: int = 3599  # seconds an access token is good for
    codes: dict[str, Code] = field(default_factory=dict)
    refresh: dict[str, RefreshToken] = field(default_factory=dict)
    access: dict[str, AccessToken] = field(default_factory=dict)
    devices: dict[str, DeviceCode] = field(default_factory=dict)
    id_tokens: list[str] = field(default_factory=list)
    verifiers: list[str] = field(default_factory=list)
    client_secrets: list[str] = field(default_factory=list)

    def new_code(
        self,
        user: User,
        app: App,
        tenant: str,
        redirect: str,
        scopes: Scopes,
        nonce: str,
        challenge: str,
    ) -> Code:
        """An authorization code."""
        text = f"1.A{_letters(_WORK, 600)}" if not user.personal else f"M.C5_BL2.2.U.{_uuid()}"
        expires = time.time() + CODE_SECONDS
        platform = app.platform
        self.codes[text] = code = Code(
            text, user, app, tenant, redirect, platform, scopes, nonce, challenge, expires
        )
        return code

    def new_refresh(self, user: User, app: App, platform: Platform) -> str:
        """A refresh token of a little over 1,000 characters."""
        length = 1030 + secrets.randbelow(200)
        text = f"1.A{_letters(_WORK, length)}"
        if user.personal:
            text = f"M.C532_BL2.0.U.-{_letters(_PERSONAL, length)}$$"
        self.refresh[text] = RefreshToken(text, user, app, platform, time.time())
        return text

    def new_access(
        self,
        user: User,
        app: App,
        resource: str,
        permissions: frozenset[str],
        cloud: Cloud,
        *,
        claims_met: bool = False,
    ) -> str:
        """An access token of 1,500 to 2,500 characters; its inside is nobody's business."""
        length = 1500 + secrets.randbelow(900)
        if user.personal:
            text = "EwB" + base64.b64encode(secrets.token_bytes(length * 3 // 4)).decode()
        else:
            third = _letters(_WORK, 342)
            text = f"eyJ0eXAiOiJKV1Qi{_letters(_WORK, 60)}.{_letters(_WORK, length)}.{third}"
        expires = time.time() + self.lifetime
        self.access[text] = AccessToken(
            text, user, app, resource, permissions, cloud, expires, claims_met
        )
        return text

    def new_device(self, app: App, tenant: str, scope: str) -> DeviceCode:
        """A device code and the short one to type."""
        text = _letters(_WORK, 220)
        short = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(9))
        expires = time.time() + DEVICE_SECONDS
        self.devices[text] = code = DeviceCode(text, short, app, tenant, scope, expires)
        return code

    def new_id_token(self, user: User, app: App, cloud: Cloud, nonce: str) -> str:
        """Who signed in, as a JWT whose signature nobody can check (msal does not)."""
        now = int(time.time())
        claims = {
            "aud": app.client_id,
            "iss": f"https://{cloud.login}/{user.tenant.id}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + 86400,
            "name": user.name,
            "oid": user.oid,
            "preferred_username": user.upn,
            "sub": hashlib.sha256(f"{app.client_id}{user.oid}".encode()).hexdigest()[:43],
            "tid": user.tenant.id,
            "ver": "2.0",
        }
        if nonce:
            claims["nonce"] = nonce
        header = {"typ": "JWT", "alg": "RS256", "kid": "laifaxin-test"}
        text = f"{_part(header)}.{_part(claims)}.{_letters(_WORK, 342)}"
        self.id_tokens.append(text)
        return text

    def redeem(self, text: str, app: App) -> Code:
        """The code, which is used up when the caller says so. Raises RefusedError."""
        code = self.codes.get(text)
        if code is None or code.app is not app:
            raise RefusedError.of(70000)
        if code.redeemed:
            raise RefusedError.of(54005)
        if time.time() > code.expires:
            raise RefusedError.of(70008)
        return code

    def renew(self, text: str, app: App) -> RefreshToken:
        """The refresh token, if it is this application's and still good. Raises RefusedError."""
        token = self.refresh.get(text)
        if token is None or token.app is not app or token.state == "replaced":
            raise RefusedError.of(70000)
        if token.state == "revoked":
            raise RefusedError.of(50173)
        if token.state == "expired":
            stamp = datetime.datetime.fromtimestamp(token.issued, datetime.UTC)
            raise RefusedError.of(700082, issued=stamp.isoformat())
        return token

    def secrets(self) -> list[str]:
        """Everything that must never be seen in a log, a file or a window."""
        handed_out = (*self.codes, *self.refresh, *self.access, *self.devices, *self.id_tokens)
        return [*handed_out, *self.verifiers, *self.client_secrets]


def client_info(user: User) -> str:
    """Which account it is, for the client's cache."""
    return _part({"uid": user.oid, "utid": user.tenant.id})


def _part(value: dict[str, object] | dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _letters(alphabet: str, count: int) -> str:
    # Quick rather than even: a test makes hundreds of tokens.
    return "".join(alphabet[byte % len(alphabet)] for byte in secrets.token_bytes(count))


def _uuid() -> str:
    return _letters("0123456789abcdef", 32)
