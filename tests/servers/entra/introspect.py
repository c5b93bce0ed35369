"""Dovecot's question: whose is this token, and is it good for this protocol and mailbox?"""

from __future__ import annotations

from .directory import Directory
from .state import State
from .tokens import AccessToken
from .web import Reply, Request

_PERMISSIONS = {
    "imap": "IMAP.AccessAsUser.All",
    "pop3": "POP.AccessAsUser.All",
    "smtp": "SMTP.Send",
}


def introspect(state: State, request: Request) -> Reply:
    """Whether the token in the form is good for the protocol that the header names."""
    token = state.tokens.access.get(request.form.get("token", ""))
    protocol = request.headers.get("x-dovecot-auth-protocol", "")
    if token is None:
        return Reply.json({"active": False, "username": "nobody"})
    good = is_good(state.directory, token, protocol)
    return Reply.json({"active": good, "username": token.user.upn})


def is_good(directory: Directory, token: AccessToken, protocol: str) -> bool:
    """Whether time, audience and permission are right; of an unknown protocol, any of them."""
    outlook = directory.outlook[token.cloud.name][0]
    wanted = {_PERMISSIONS[protocol]} if protocol in _PERMISSIONS else set(_PERMISSIONS.values())
    return token.good and token.resource == outlook and bool(wanted & token.permissions)
