"""Judges what the sign-in service answered before msal reads it; keeps only what is understood.

msal writes an answer that is no JSON into its log, tokens and all, and stumbles over odd types;
so it is never given one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from laifaxin_desktop.model.problem import Evidence, Fault, Stage

from .refusal import refused
from .scopes import spelled_as_asked

Json = dict[str, Any]

_TOKEN = re.compile("[!-~]{1,65536}")
_DIGITS = re.compile("[0-9]{1,9}")
_USER_CODE = re.compile("[A-Za-z0-9-]{1,32}")
_RETRY = re.compile("[0-9]{1,5}")
# Fields of a request that must never be seen again.
_SECRETS = ("refresh_token", "code", "code_verifier", "client_secret", "device_code")
_MOST_SECONDS = 10 * 365 * 86400
# The hosts of one cloud under their old and new names (msal's authority.py, 1.39).
_ALIASES = (
    frozenset(
        {
            "login.microsoftonline.com",
            "login.microsoft.com",
            "login.windows.net",
            "sts.windows.net",
        }
    ),
    frozenset({"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}),
    frozenset({"login.microsoftonline.us", "login.usgovcloudapi.net"}),
)


class UnfitError(Exception):
    """An answer that is no answer to the question; `evidence` says what it was."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(str(evidence.fault))
        self.evidence = evidence


class Judge:
    """Judges the answers of one host."""

    def __init__(self, host: str) -> None:
        self._host = host.casefold()

    def directory(self, status: int, headers: Mapping[str, str], body: bytes) -> Json:
        """The OIDC discovery document of a tenant.

        :raises UnfitError: refused, or its endpoints are another cloud's (90038)
        """
        found = self._object(status, headers, body)
        if status != 200:
            seen = refused(found, self._host)
            raise UnfitError(seen) if seen.codes else self._garbled(status)
        names = ("authorization_endpoint", "token_endpoint", "device_authorization_endpoint")
        endpoints = {name: found[name] for name in names if found.get(name)}
        for name in names[:2]:
            if name not in endpoints:
                raise self._garbled(status)
        for url in endpoints.values():
            self._own(url, status)
        return {"issuer": _text(found, "issuer"), **endpoints}

    def tokens(
        self, status: int, headers: Mapping[str, str], body: bytes, asked: Mapping[str, Any]
    ) -> Json:
        """Tokens, or an OAuth error without the secrets of the request in its words.

        :raises UnfitError:
        """
        found = self._object(status, headers, body)
        if "error" in found:
            return self._error(status, found, asked)
        kept: Json = {"access_token": self._token(found, "access_token", status)}
        if str(found.get("token_type", "Bearer")).lower() != "bearer":
            raise self._garbled(status)
        kept["token_type"] = "Bearer"  # noqa: S105 - RFC 6750
        for name in ("expires_in", "ext_expires_in", "refresh_in"):
            if seconds := _seconds(found.get(name)):
                kept[name] = seconds
        wanted = _scopes(asked.get("scope"))
        given = found.get("scope")
        if isinstance(given, str):
            kept["scope"] = " ".join(spelled_as_asked(given.split(), wanted))
        if found.get("refresh_token"):
            kept["refresh_token"] = self._token(found, "refresh_token", status)
        elif asked.get("grant_type") == "refresh_token":
            # RFC 6749 section 6: without a new one the old one stays.
            kept["refresh_token"] = asked["refresh_token"]
        if found.get("id_token"):
            self._claims(found, status)
            kept["id_token"] = found["id_token"]
        if found.get("client_info"):
            self._client_info(found, status)
            kept["client_info"] = found["client_info"]
        return kept

    def device_code(
        self, status: int, headers: Mapping[str, str], body: bytes, asked: Mapping[str, Any]
    ) -> Json:
        """A code to type elsewhere and how often to ask after it, or an OAuth error.

        :raises UnfitError:
        """
        found = self._object(status, headers, body)
        if "error" in found:
            return self._error(status, found, asked)
        shown = _text(found, "user_code")
        page = _text(found, "verification_uri") or _text(found, "verification_url")
        if not _USER_CODE.fullmatch(shown):
            raise self._garbled(status)
        return {
            "device_code": self._token(found, "device_code", status),
            "user_code": shown,
            "verification_uri": page if _is_web_page(page) else "",
            "expires_in": min(_seconds(found.get("expires_in")) or 900, 3600),
            "interval": min(_seconds(found.get("interval")) or 5, 60),
        }

    def _object(self, status: int, headers: Mapping[str, str], body: bytes) -> Json:
        """The body as a JSON object; troubles of the service itself are told apart first."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        if status >= 500 or status == 429:
            wait = headers.get("retry-after", "").strip()
            seen = refused(found if isinstance(found, dict) else {}, self._host)
            codes = (*seen.codes, str(status))
            detail = f"retry-after:{wait}" if _RETRY.fullmatch(wait) else ""
            raise UnfitError(self._evidence(Fault.REJECTED, codes, seen.reply, detail=detail))
        if isinstance(found, dict):
            return found
        page = "html" in headers.get("content-type", "").lower() or body.lstrip()[:1] == b"<"
        if page or 300 <= status < 400:
            raise UnfitError(self._evidence(Fault.NOT_MAIL, (str(status),), spoken="http"))
        raise self._garbled(status)

    def _error(self, status: int, found: Json, asked: Mapping[str, Any]) -> Json:
        secrets = [str(asked[name]) for name in _SECRETS if asked.get(name)]
        seen = refused(found, self._host, secrets)
        if not _text(found, "error") or not seen.codes:
            raise self._garbled(status)
        numbers = found.get("error_codes")
        return {
            "error": _text(found, "error"),
            "error_description": seen.reply,
            "error_codes": numbers if isinstance(numbers, list) else [],
            "suberror": _text(found, "suberror"),
        }

    def _own(self, url: object, status: int) -> None:
        """Endpoints of another host are either another cloud's or nobody's."""
        if not isinstance(url, str) or not _is_web_page(url):
            raise self._garbled(status)
        host = urlsplit(url).netloc.casefold()
        own = next((group for group in _ALIASES if self._host in group), frozenset({self._host}))
        if host in own:
            return
        if any(host in group for group in _ALIASES):
            raise UnfitError(
                self._evidence(Fault.REJECTED, ("AADSTS90038",), detail=f"directory at {host}")
            )
        raise self._garbled(status)

    def _token(self, found: Json, name: str, status: int) -> str:
        value = found.get(name)
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise self._garbled(status)
        return value

    def _claims(self, found: Json, status: int) -> None:
        parts = self._token(found, "id_token", status).split(".")
        claims = _decoded(parts[1]) if len(parts) == 3 else None
        if claims is None or not isinstance(claims.get("sub"), str):
            raise self._garbled(status)
        for name in ("preferred_username", "email", "upn", "oid"):
            if not isinstance(claims.get(name, ""), str | None):
                raise self._garbled(status)

    def _client_info(self, found: Json, status: int) -> None:
        info = _decoded(self._token(found, "client_info", status))
        if info is None or not all(isinstance(info.get(n), str) for n in ("uid", "utid")):
            raise self._garbled(status)

    def _garbled(self, status: int) -> UnfitError:
        return UnfitError(self._evidence(Fault.GARBLED, (str(status),)))

    def _evidence(
        self,
        fault: Fault,
        codes: tuple[str, ...],
        reply: str = "",
        *,
        spoken: str = "",
        detail: str = "",
    ) -> Evidence:
        return Evidence(
            Stage.SIGN_IN, fault, host=self._host, port=443,
            codes=codes, reply=reply, spoken=spoken, detail=detail,
        )  # fmt: skip


Judging = Callable[[int, Mapping[str, str], bytes], Json]


def _scopes(asked: object) -> list[str]:
    if isinstance(asked, str):
        return asked.split()
    return [str(scope) for scope in asked] if isinstance(asked, list | tuple | set) else []


def _text(found: Json, name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _seconds(value: object) -> int:
    """A number of seconds; 0 where there is none, or one that cannot be."""
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        value = int(value)
    if type(value) is int and 0 < value <= _MOST_SECONDS:
        return value
    return 0


def _is_web_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.scheme == "https" and parts.hostname and "@" not in parts.netloc)
    except ValueError:
        return False


def _decoded(part: str) -> Json | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
