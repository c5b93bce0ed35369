"""The secret kept of a sign-in: msal's cache of tokens and the app's own secret; survives damage.

Nobody else looks inside. What is broken in it is left out; when nothing usable remains, one has to
sign in again.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from typing import Any

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.secret import Secret

Json = dict[str, Any]

_FORMAT = "laifaxin sign-in"
_MOST_REMEMBERED = 1000  # rotations whose outcome the caller has not shown to know
# What msal (1.39) takes for granted of each entry; the schema is shared by all its siblings.
_NEEDED: Mapping[str, tuple[str, ...]] = {
    "AccessToken": ("secret", "target", "expires_on", "home_account_id", "environment", "realm"),
    "RefreshToken": ("secret", "home_account_id", "environment"),
    "IdToken": ("secret", "home_account_id", "environment"),
    "Account": ("home_account_id", "environment", "authority_type", "username"),
    "AppMetadata": ("environment", "client_id"),
}
_NUMBERS = (
    "expires_on",
    "extended_expires_on",
    "cached_at",
    "refresh_on",
    "last_modification_time",
)


class Stored:
    """What was kept, opened; mute."""

    def __init__(self, cache: Json, app_secret: str) -> None:
        self.cache, self.app_secret = cache, app_secret

    @property
    def text(self) -> str:
        """For msal."""
        return json.dumps(self.cache)


def pack(cache: str, app_secret: str) -> Secret:
    """What is to be kept of msal's serialized cache and the app's secret (empty: it has none)."""
    kept: Json = {"format": _FORMAT, "version": 1, "cache": json.loads(cache)}
    if app_secret:
        kept["app_secret"] = app_secret
    return Secret(json.dumps(kept, separators=(",", ":")))


def unpack(secret: Secret, now: float) -> Stored:
    """Open what was kept, by this version or another.

    :param now: seconds since 1970; tokens from the future (the clock was turned back) are left out
    :raises MailError: stage sign_in, fault missing: nothing usable is in it
    """
    opened = _opened(secret)
    cache = opened.get("cache") if opened else None
    kept = _sound(cache, now) if isinstance(cache, dict) else {}
    if not kept.get("Account"):
        raise MailError(Evidence(Stage.SIGN_IN, Fault.MISSING))
    app_secret = opened.get("app_secret") if opened else ""
    return Stored(kept, app_secret if isinstance(app_secret, str) else "")


def app_secret_of(given: Secret | None) -> str:
    """An app's secret: itself, or taken out of what was kept of an earlier sign-in."""
    if given is None:
        return ""
    opened = _opened(given)
    if opened is None:
        return given.reveal()
    found = opened.get("app_secret")
    return found if isinstance(found, str) else ""


def target_of(cache: str, token: str) -> str:
    """The scopes of a cached access token."""
    entries = json.loads(cache).get("AccessToken", {}).values()
    return next((entry.get("target") or "" for entry in entries if entry["secret"] == token), "")


def _opened(secret: Secret) -> Json | None:
    try:
        opened = json.loads(secret.reveal())
    except (ValueError, RecursionError):
        return None
    fits = isinstance(opened, dict) and opened.get("format") == _FORMAT
    return opened if fits else None


def _sound(cache: Json, now: float) -> Json:
    kept: Json = {}
    for kind, needed in _NEEDED.items():
        entries = cache.get(kind)
        for key, entry in entries.items() if isinstance(entries, dict) else ():
            fit = _fit(entry, needed)
            if fit is not None and int(fit.get("cached_at") or 0) <= now + 60:
                kept.setdefault(kind, {})[key] = fit
    return kept


def _fit(entry: object, needed: tuple[str, ...]) -> Json | None:
    if not isinstance(entry, dict):
        return None
    fit = {name: value for name, value in entry.items() if isinstance(value, str | None)}
    for name in _NUMBERS:
        value = fit.get(name)
        if value is not None and not (value.isascii() and value.isdigit() and len(value) < 15):
            del fit[name]
    return fit if all(isinstance(fit.get(name), str) for name in needed) else None


class Successors:
    """What became of secrets whose holder may never have learnt of it.

    A renewal that ends in an error, or after its deadline, may have rotated the refresh token all
    the same. Nothing but hashes of the old ones is kept.
    """

    def __init__(self) -> None:
        self._next: dict[bytes, tuple[bytes, Secret]] = {}  # by hash, with the new one's
        self._guard = threading.Lock()

    def note(self, old: Secret, new: Secret) -> None:
        """The old one was turned into the new one."""
        with self._guard:
            while len(self._next) >= _MOST_REMEMBERED:
                del self._next[next(iter(self._next))]
            self._next[_hash(old)] = (_hash(new), new)

    def latest(self, known: Secret) -> Secret:
        """The newest that grew out of this one; what led to this one is forgotten."""
        mark = _hash(known)
        with self._guard:
            for old in [old for old, (new, _) in self._next.items() if new == mark]:
                del self._next[old]
            for _ in range(_MOST_REMEMBERED):
                if mark not in self._next:
                    break
                mark, known = self._next[mark]
            return known


def _hash(secret: Secret) -> bytes:
    return hashlib.sha256(secret.reveal().encode("utf-8", "surrogatepass")).digest()
