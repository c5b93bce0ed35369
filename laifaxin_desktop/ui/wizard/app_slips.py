"""What can be wrong with the fields of a registered app; asks nobody, shows nothing."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum

from laifaxin_desktop.model.microsoft import Cloud
from laifaxin_desktop.oauth.redirect import RedirectError, RedirectSlip, parse_redirect

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+(?!\d+$){_LABEL}", re.IGNORECASE)
_NUMBERS = re.compile(r"\D+")


class Slip(StrEnum):
    """Why a text cannot be what its field asks for."""

    EMPTY = "empty"
    NOT_A_GUID = "not_a_guid"
    SPACES = "spaces"
    TENANT = "tenant"  # neither a known word nor an id nor a domain
    PERSONAL = "personal"  # consumers, in a cloud without personal accounts
    SECRET_ID = "secret_id"  # noqa: S105 - the id of a secret, where its value is wanted
    DAY = "day"  # no calendar day


def is_guid(text: str) -> bool:
    """Whether a text has the form of an id at Microsoft, 8-4-4-4-12 hexadecimal digits."""
    return _GUID.fullmatch(text.strip().strip("{}")) is not None


def client_id_slip(text: str) -> Slip | None:
    """What keeps a text from being a client id."""
    if not text.strip():
        return Slip.EMPTY
    return None if is_guid(text) else Slip.NOT_A_GUID


def tenant_slip(text: str, cloud: Cloud) -> Slip | None:
    """What keeps a text from naming a directory of this cloud."""
    text = text.strip().lower()
    if not text:
        return Slip.EMPTY
    if any(letter.isspace() for letter in text):
        return Slip.SPACES
    if text == "consumers" and not cloud.personal:
        return Slip.PERSONAL
    known = text in ("common", "organizations", "consumers")
    return None if known or is_guid(text) or _DOMAIN.fullmatch(text) else Slip.TENANT


def secret_slip(text: str) -> Slip | None:
    """What keeps a text from being an app's secret: its id is often copied in its place."""
    if not text.strip():
        return Slip.EMPTY
    return Slip.SECRET_ID if is_guid(text) else None


def redirect_slip(text: str) -> RedirectSlip | None:
    """What keeps a text from being a redirect address of this computer."""
    try:
        parse_redirect(text)
    except RedirectError as error:
        return error.slip
    return None


def day_of(text: str) -> date | None:
    """The day that a text names: 2028-11-20, 2028/11/20, 2028年11月20日, or 11/20/2028.

    The portal shows days in its language's order: the year is where four digits are.
    """
    numbers = [number for number in _NUMBERS.split(text.strip()) if number]
    if len(numbers) != 3:
        return None
    if len(numbers[2]) == 4:
        numbers = [numbers[2], numbers[0], numbers[1]]
    if len(numbers[0]) != 4:
        return None
    try:
        return date(*map(int, numbers))
    except ValueError:
        return None
