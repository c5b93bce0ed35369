"""Asks Microsoft Graph for the inbox's counts, or who one is; changes nothing, sends no letter.

Imports httpx: import it late, and not on the loop.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import quote, urlsplit

from laifaxin_desktop.model.account import Capabilities, Login
from laifaxin_desktop.model.problem import Fault, MailError, Stage
from laifaxin_desktop.model.provider import Side

from .https import Answer, ask
from .opening import encrypt
from .wire import Wire
from .words import readable

_MOST_CLAIMS = 2048  # characters of a claims challenge
_MOST_WAIT = 86_400  # seconds: a longer Retry-After is not believed
# What Graph answers when the token is good, but not for this question. Nothing else is asked of it
# here: whether letters may be sent stands in the granted scopes.
_NOT_FOR_THIS = ("AUTHORIZATION_REQUESTDENIED", "ERRORACCESSDENIED", "ACCESSDENIED", "FORBIDDEN")


async def probe(wire: Wire, login: Login | None) -> Capabilities:
    """Connect, encrypt and, with a login, ask one question; the wire tells of each stage.

    :raises MailError: at the stage that failed
    """
    sends = wire.endpoint.side is Side.SEND
    with wire.stage(Stage.CONNECT):
        await wire.look_up()
        await wire.reach()
    with wire.stage(Stage.TLS):
        await encrypt(wire)
    if login is None:
        return Capabilities()
    with wire.stage(Stage.LOGIN):
        judge = _Judge(wire, await ask(wire, _question(login, sends=sends), login.secret))
        judge.let_in()
        if sends:
            judge.knows_who()
    if not sends:
        with wire.stage(Stage.MAILBOX):
            judge.has_counts()
    return Capabilities()


def _question(login: Login, *, sends: bool) -> str:
    """The least that can be asked (user-get, mailfolder-get of the v1.0 reference)."""
    if sends:
        return "/v1.0/me?$select=id"
    own = login.identity.casefold() == login.username.casefold()
    # By its name unless it is the person's own for certain: "me" opens whoever's the token is.
    whose = "me" if own else f"users/{quote(login.username, safe='@')}"
    return f"/v1.0/{whose}/mailFolders/inbox?$select=totalItemCount,unreadItemCount"


# Judging


class _Judge:
    """What one answer proves; decides on numbers and codes, never on a message's words."""

    def __init__(self, wire: Wire, answer: Answer) -> None:
        self._wire = wire
        self._status, self._headers = answer.status, answer.headers
        self._is_json = answer.is_json
        self._said = _json(answer.body) if answer.is_json else None
        error = self._said.get("error") if self._said else None
        self._error: dict[str, Any] = error if isinstance(error, dict) else {}

    def let_in(self) -> None:
        """Pass when Graph has read the token and found it good."""
        if 300 <= self._status < 400:
            raise self._not_graph(f"redirect:{_host(self._headers.get('location', ''))}")
        challenge = self._headers.get("www-authenticate", "")
        if self._status in (401, 403) and "insufficient_claims" in challenge:
            raise self._no("INSUFFICIENT_CLAIMS", detail=self._claims(challenge))
        if self._status == 429 or self._status >= 500:
            raise self._no(detail=_wait(self._headers.get("retry-after", "")))
        if self._status == 401 and (self._error or "bearer" in challenge.lower()):
            raise self._no()
        if not self._is_json:
            raise self._not_graph(readable(self._headers.get("content-type", ""))[:80])
        if self._said is None or (self._status != 200 and not self._error):
            raise self._garbled()

    def knows_who(self) -> None:
        """Pass when it is told whose token this is, or that this is not for us to know."""
        if self._status == 403 and self._code(self._error) in _NOT_FOR_THIS:
            return
        if self._status != 200:
            raise self._no()
        if not self._said or not isinstance(self._said.get("id"), str):
            raise self._garbled()

    def has_counts(self) -> None:
        """Pass when the inbox was opened."""
        if self._status != 200:
            raise self._no()
        counts = [(self._said or {}).get(name) for name in ("totalItemCount", "unreadItemCount")]
        if not all(type(count) is int and count >= 0 for count in counts):
            raise self._garbled()

    def _no(self, *more: str, detail: str = "") -> MailError:
        inner = self._error.get("innerError") or self._error.get("innererror")
        codes = (
            str(self._status),
            self._code(self._error),
            self._code(inner if isinstance(inner, dict) else {}),
            *more,
        )
        message = self._error.get("message")
        reply = message if isinstance(message, str) else self._headers.get("x-ms-diagnostics", "")
        return self._wire.failure(Fault.REJECTED, codes=codes, reply=reply, detail=detail)

    def _not_graph(self, detail: str) -> MailError:
        code, words = str(self._status), f"HTTP {self._status}"
        return self._wire.failure(
            Fault.NOT_MAIL, codes=(code,), reply=words, spoken="http", detail=detail
        )

    def _garbled(self) -> MailError:
        return self._wire.failure(Fault.GARBLED, codes=(str(self._status),))

    def _code(self, error: dict[str, Any]) -> str:
        code = error.get("code")
        return code.upper() if isinstance(code, str) else ""

    def _claims(self, challenge: str) -> str:
        """What the sign-in is to ask for, as JSON behind ``claims:``; it holds no secret."""
        coded = re.search(r'\bclaims="([A-Za-z0-9+/_=-]+)"', challenge)
        if not coded:
            return ""
        text = coded[1].rstrip("=").replace("-", "+").replace("_", "/")
        try:
            found = _json(base64.b64decode(text + "=" * (-len(text) % 4), validate=True))
        except binascii.Error:
            return ""
        claims = json.dumps(found, separators=(",", ":")) if found else ""
        return f"claims:{claims}" if 0 < len(claims) <= _MOST_CLAIMS else ""


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _wait(seconds: str) -> str:
    if not re.fullmatch("[0-9]{1,5}", seconds):
        return ""
    return f"retry-after:{min(int(seconds), _MOST_WAIT)}"


def _host(location: str) -> str:
    try:
        return readable(urlsplit(location).hostname or "")[:255]
    except ValueError:
        return ""
