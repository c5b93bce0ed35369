"""Reads what a person pastes about an app or an account; says what is wrong in closed words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from laifaxin_desktop.model.secret import Secret

from .redirect import RedirectError, RedirectSlip, parse_redirect

_GUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.I)
_TENANT = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9-]+)*")
_VISIBLE = re.compile("[!-~]+")
_QUOTES = "\"'`“”‘’「」{}()<>，。、；,; \t\r\n\u00a0\u3000\ufeff\u200b"
_BETWEEN = "----"
_SHORTEST_TOKEN = 64  # characters; real refresh tokens have hundreds


class Slip(StrEnum):
    """What is wrong with what was pasted; the words are elsewhere."""

    EMPTY = "empty"
    CLIENT_ID = "client_id"  # not a GUID
    TENANT = "tenant"  # neither a domain, an id, nor common, organizations, consumers
    SECRET = "secret"  # noqa: S105 - blanks or letters that no client secret has
    SECRET_ID = "secret_id"  # noqa: S105 - a GUID: the portal's id of the secret, not its value
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - too short, or letters that none has
    LINE = "line"  # neither address----password----clientid----refreshtoken nor a part of it
    SEVERAL = "several"  # accounts, where one is wanted
    REDIRECT_SCHEME = RedirectSlip.SCHEME.value
    REDIRECT_HOST = RedirectSlip.HOST.value
    REDIRECT_SHAPE = RedirectSlip.SHAPE.value


@dataclass(frozen=True, slots=True)
class Pasted:
    """What one paste told; a part that was not there is empty. A password in it is not kept."""

    client_id: str = ""
    refresh_token: Secret = Secret("")  # noqa: RUF009 - immutable
    address: str = ""


def read_client_id(text: str) -> str | Slip:
    """The application (client) id, lower case."""
    bare = text.strip(_QUOTES)
    if not bare:
        return Slip.EMPTY
    return bare.lower() if _GUID.fullmatch(bare) else Slip.CLIENT_ID


def read_tenant(text: str) -> str | Slip:
    """The tenant, lower case; nothing means common."""
    bare = text.strip(_QUOTES) or "common"
    return bare.lower() if _TENANT.fullmatch(bare) else Slip.TENANT


def read_client_secret(text: str) -> Secret | Slip:
    """The secret's value; its id, which the portal shows next to it, is recognised."""
    bare = text.strip()
    if not bare:
        return Slip.EMPTY
    if _GUID.fullmatch(bare.strip(_QUOTES)):
        return Slip.SECRET_ID
    return Secret(bare) if _VISIBLE.fullmatch(bare) else Slip.SECRET


def read_redirect(text: str) -> str | Slip:
    """The redirect address; nothing means http://localhost with any port."""
    try:
        return str(parse_redirect(text)) if text.strip() else "http://localhost"
    except RedirectError as error:
        return Slip(error.slip.value)


def read_refresh_token(text: str) -> Secret | Slip:
    """A refresh token; blanks and line breaks that mail and chat programs put in are taken out."""
    bare = "".join(text.split()).strip(_QUOTES)
    if not bare:
        return Slip.EMPTY
    if len(bare) < _SHORTEST_TOKEN or not _VISIBLE.fullmatch(bare):
        return Slip.REFRESH_TOKEN
    return Secret(bare)


def read_account(text: str) -> Pasted | Slip:
    """The paste of one account: a line with both, or both on lines of their own, or one of them.

    `address----password----clientid----refreshtoken`, the last two in any order.
    """
    text = re.sub("[—–―]{2,}", _BETWEEN, text.strip(_QUOTES))  # what word processors make of it
    if not text:
        return Slip.EMPTY
    if starts := [line for line in text.splitlines() if _starts_an_account(line)]:
        return Slip.SEVERAL if len(starts) > 1 else _line("".join(text.split()))
    words = [word for part in text.split(_BETWEEN) for word in part.split()]
    ids = [word for word in words if _GUID.fullmatch(word.strip(_QUOTES))]
    rest = [word for word in words if word not in ids]
    if len(set(ids)) > 1:
        return Slip.LINE
    client_id = ids[0].strip(_QUOTES).lower() if ids else ""
    if not rest:
        return Pasted(client_id)
    token = read_refresh_token("".join(rest))
    if isinstance(token, Slip):
        return token if client_id else Slip.LINE
    return Pasted(client_id, token)


def read_accounts(text: str) -> tuple[Pasted | Slip, ...]:
    """Several accounts, one a line; empty lines do not count."""
    return tuple(read_account(line) for line in text.splitlines() if line.strip(_QUOTES))


def _line(text: str) -> Pasted | Slip:
    address, *parts = text.split(_BETWEEN)
    # Passwords and tokens may hold dashes too: the id stands fixed, and the token is next to it.
    at = [number for number, part in enumerate(parts) if _GUID.fullmatch(part.strip(_QUOTES))]
    if not at or len(parts) < 3:
        return Slip.LINE if at or len(parts) < 3 else Slip.CLIENT_ID
    here = at[-1]
    behind = _BETWEEN.join(parts[here + 1 :])
    before = _BETWEEN.join(parts[1:here])
    if _BETWEEN in address or not _looks_like_an_address(address):
        return Slip.LINE
    token = read_refresh_token(behind or before)
    if isinstance(token, Slip):
        return Slip.REFRESH_TOKEN
    return Pasted(parts[here].strip(_QUOTES).lower(), token, address.strip(_QUOTES))


def _starts_an_account(line: str) -> bool:
    return _BETWEEN in line and "@" in line.partition(_BETWEEN)[0]


def _looks_like_an_address(text: str) -> bool:
    local, at, domain = text.strip(_QUOTES).rpartition("@")
    return bool(local and at and "." in domain)
