"""What one sign-in says about a registered app: found, of the right kind, allowed what mail needs.

Pure. Entra looks at things in an order: the id, then the redirect address, then who signs in, then
what is agreed to, and, once the browser is back, the secret. So a failure proves what came before
it; what comes after stays unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from laifaxin_desktop.model.microsoft import Cloud, Granted, Permission, SignIn
from laifaxin_desktop.model.problem import Diagnosis


class Item(StrEnum):
    """What is looked at, in the order in which Entra does; the permissions last."""

    CLIENT_ID = "client_id"
    PLATFORM = "platform"
    AUDIENCE = "audience"
    SECRET = "secret"  # noqa: S105 - a word
    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    GRAPH_SEND = "graph_send"
    GRAPH_RECEIVE = "graph_receive"


class State(StrEnum):
    """What is known of it."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list; `hint` is a key of [app_check] in words.toml, empty for none."""

    item: Item
    state: State
    hint: str = ""


Outcome = Granted | Diagnosis

_PASSED, _FAILED, _UNKNOWN = State.PASSED, State.FAILED, State.UNKNOWN
PERMISSIONS: dict[Item, Permission] = {Item(each.value): each for each in Permission}

# problem -> where Entra stopped, and what to do there; the rows of diagnoses.toml know the codes.
_STOPS: dict[str, tuple[Item, str]] = {
    "app_not_found": (Item.CLIENT_ID, "client_id_not_found"),
    "wrong_cloud": (Item.CLIENT_ID, "other_cloud"),
    "tenant_not_found": (Item.CLIENT_ID, "tenant_not_found"),
    "app_wrong_platform": (Item.PLATFORM, "platform_wrong"),
    "app_wrong_audience": (Item.AUDIENCE, "audience_wrong"),
    "user_not_assigned": (Item.AUDIENCE, "not_assigned"),
    "app_secret_wrong": (Item.SECRET, "secret_wrong"),
    "app_secret_expired": (Item.SECRET, "secret_expired"),
}
# Nobody agreed: who signs in, and by which app, was in order.
_NO_CONSENT: dict[str, str] = {
    "consent_needed": "consent",
    "consent_declined": "consent",
    "admin_consent_needed": "admin_consent",
    "missing_permission": "permission_missing",
}
# More exact than the problem: the same problem has several causes in the portal.
_CODES: dict[str, tuple[Item, str]] = {
    "AADSTS50011": (Item.PLATFORM, "redirect"),
    "AADSTS900971": (Item.PLATFORM, "redirect"),
    "AADSTS7000218": (Item.PLATFORM, "public_flows"),
    "AADSTS9002326": (Item.PLATFORM, "single_page"),
    "AADSTS9002327": (Item.PLATFORM, "single_page"),
    "AADSTS700025": (Item.PLATFORM, "no_secret_wanted"),
}
# What never comes back from Entra: its page in the browser shows the number, nobody else sees it.
_SILENT = ("sign_in_cancelled", "sign_in_timeout")


def findings(
    sign_in: SignIn, cloud: Cloud, outcome: Outcome | None = None, *, found: bool = False
) -> tuple[Finding, ...]:
    """One line an item, in order.

    :param outcome: how the sign-in ended; None while it runs
    :param found: the id was seen to exist before (a device code was given for it)
    """
    if isinstance(outcome, Granted):
        return (*_before(sign_in), *_granted(outcome.sign_in, cloud))
    if outcome is None:
        return _unknown(sign_in, found=found)
    codes = outcome.evidence.codes
    stop = next((_CODES[code] for code in codes if code in _CODES), None)
    stop = stop or _STOPS.get(outcome.problem)
    if stop is not None:
        return _stopped(sign_in, *stop)
    if hint := _NO_CONSENT.get(outcome.problem):
        asked = tuple(Finding(item, _UNKNOWN, hint) for item in PERMISSIONS)
        *first, secret = _before(sign_in)
        # The secret is only shown when the browser comes back with a yes.
        return (*first, replace(secret, state=_UNKNOWN), *asked)
    return _unknown(sign_in, found=found, hint="look" if outcome.problem in _SILENT else "")


def _before(sign_in: SignIn) -> tuple[Finding, ...]:
    """All but the permissions, passed; an app without a secret has none to judge."""
    public = Finding(Item.SECRET, _UNKNOWN, "no_secret")
    secret = Finding(Item.SECRET, _PASSED) if sign_in.confidential else public
    first = (Item.CLIENT_ID, Item.PLATFORM, Item.AUDIENCE)
    return (*(Finding(item, _PASSED) for item in first), secret)


def _granted(given: SignIn, cloud: Cloud) -> tuple[Finding, ...]:
    def judged(item: Item, permission: Permission) -> Finding:
        if given.allows(cloud, permission):
            return Finding(item, _PASSED)
        seldom = permission is Permission.GRAPH_RECEIVE  # only needed where Graph receives
        return Finding(item, _FAILED, "permission_seldom" if seldom else "permission_missing")

    return tuple(judged(item, permission) for item, permission in PERMISSIONS.items())


def _stopped(sign_in: SignIn, at: Item, hint: str) -> tuple[Finding, ...]:
    order = tuple(Item)
    lines = []
    for each in _unknown(sign_in):
        before = order.index(each.item) < order.index(at)
        if each.item is at:
            lines.append(Finding(at, _FAILED, hint))
        elif before and each.hint != "no_secret":
            lines.append(Finding(each.item, _PASSED))
        else:
            lines.append(each)
    return tuple(lines)


def _unknown(sign_in: SignIn, *, found: bool = False, hint: str = "") -> tuple[Finding, ...]:
    """Nothing is known yet; the hint stands at the first thing that is not."""
    hints = {Item.PLATFORM if found else Item.CLIENT_ID: hint}
    if not sign_in.confidential:
        hints[Item.SECRET] = "no_secret"
    lines = tuple(Finding(item, _UNKNOWN, hints.get(item, "")) for item in Item)
    return (Finding(Item.CLIENT_ID, _PASSED), *lines[1:]) if found else lines
