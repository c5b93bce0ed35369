"""Dovecot's question: is this token good for this protocol and this mailbox?"""

from __future__ import annotations

from .directory import Mode
from .state import State
from .tokens import AccessToken
from .web import Reply, Request

_PERMISSIONS: dict[str, tuple[Mode, str]] = {
    "imap": ("imap", "IMAP.AccessAsUser.All"),
    "pop3": ("pop3", "POP.AccessAsUser.All"),
    "smtp": ("smtp", "SMTP.Send"),
}


def introspect(state: State, request: Request) -> Reply:
    """Answer it: user name and token come as in a password grant, the protocol in a header."""
    name = request.form.get("username", "")
    token = state.tokens.access.get(request.form.get("password", ""))
    protocol = request.headers.get("x-dovecot-auth-service", "")
    good = token is not None and opens(state, token, protocol, name)
    # Without a name Dovecot would report a passing fault of its own instead of a refusal.
    return Reply.json({"active": str(good).lower(), "username": name, "access_token": "-"})


def opens(state: State, token: AccessToken, protocol: str, name: str) -> bool:
    """Whether time, audience, permission and mailbox are right.

    A shared mailbox is opened by its members' tokens with its own address as the user name; one's
    own by the sign-in name or the main address, not by an alias.
    """
    outlook = state.directory.outlook[token.cloud.name][0]
    mode, permission = _PERMISSIONS[protocol]
    if not token.good or token.resource != outlook or permission not in token.permissions:
        return False
    box = state.directory.mailbox(name, token.cloud)
    if box is None or mode not in box.switched_on:
        return False
    if box is token.user.mailbox:
        return name.casefold() in token.user.sasl_names
    allowed = box.send_as if protocol == "smtp" else box.members
    return token.user.oid in allowed and name.casefold() == box.address.casefold()
