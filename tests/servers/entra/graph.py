"""Microsoft Graph: who I am, how full the inbox is, and sending, with audience and rights."""

from __future__ import annotations

import base64
import binascii
import datetime
import email
import email.policy
import email.utils
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from .clouds import GRAPH_HOSTS, Cloud
from .directory import Mailbox
from .state import SentLetter, State
from .tokens import AccessToken
from .web import Reply, Request

_MOST_BYTES = 4 * 1024 * 1024
_PATH = re.compile(
    r"/v1\.0/(?:me|users/(?P<who>[^/]+))(?:/(?P<what>mailFolders/inbox|sendMail))?", re.IGNORECASE
)
_READ = frozenset({"Mail.ReadBasic", "Mail.Read", "Mail.ReadWrite"})
_READ_SHARED = frozenset(f"{each}.Shared" for each in _READ)


@dataclass(slots=True, eq=False)
class _DeniedError(Exception):
    status: int
    code: str
    text: str
    headers: Mapping[str, str] | None = None


def endpoint(path: str) -> str:
    """The name of what a path leads to."""
    found = _PATH.fullmatch(path)
    if found is None:
        return "graph"
    names = {None: "me", "mailfolders/inbox": "folder", "sendmail": "sendmail"}
    return names[found["what"].casefold() if found["what"] else None]


def answer(state: State, request: Request, endpoint: str) -> Reply:
    """One request to one of the Graph hosts."""
    cloud = GRAPH_HOSTS[request.host]
    try:
        token = _token(state, request, cloud)
        found = _PATH.fullmatch(request.path)
        if found is None:
            raise _DeniedError(404, "ResourceNotFound", "Resource could not be discovered.")
        who = found["who"] or token.user.oid
        match endpoint:
            case "me":
                return _person(state, request, token, who)
            case "folder":
                return _folder(state, request, token, who)
        return _send(state, request, token, who)
    except _DeniedError as denied:
        return _error(request, denied)


def _token(state: State, request: Request, cloud: Cloud) -> AccessToken:
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not text:
        raise _DeniedError(401, "InvalidAuthenticationToken", "Access token is empty.")
    token = state.tokens.access.get(text)
    if token is None:
        words = "IDX14100: JWT is not well formed, there are no dots (.)."
        raise _DeniedError(401, "InvalidAuthenticationToken", words)
    if token.resource != cloud.graph_root:
        words = "Access token validation failure. Invalid audience."
        raise _DeniedError(401, "InvalidAuthenticationToken", words)
    if not token.good:
        words = "Lifetime validation failed, the token is expired."
        raise _DeniedError(401, "InvalidAuthenticationToken", words)
    if token.user.claims_wanted and not token.claims_met:
        claims = base64.b64encode(token.user.claims_wanted.encode()).decode()
        challenge = (
            f'Bearer realm="", authorization_uri="https://{cloud.login}/common/oauth2/authorize", '
            f'error="insufficient_claims", claims="{claims}"'
        )
        raise _DeniedError(
            401,
            "InvalidAuthenticationToken",
            "Continuous access evaluation resulted in challenge with result: InteractionRequired",
            {"WWW-Authenticate": challenge},
        )
    return token


def _person(state: State, request: Request, token: AccessToken, who: str) -> Reply:
    user = token.user
    own = who.casefold() in (user.oid, user.upn.casefold())
    if "User.Read" not in token.permissions or not own:
        raise _DeniedError(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation.",
        )
    facts = {
        "id": user.oid.replace("-", "")[16:] if user.personal else user.oid,
        "displayName": user.name,
        "userPrincipalName": user.upn,
        "mail": user.mailbox.address if user.mailbox else None,
    }
    return Reply.json(_selected(request, facts))


def _mailbox(state: State, token: AccessToken, who: str) -> tuple[Mailbox, bool]:
    """The mailbox, and whether it is the signed-in person's own."""
    box = state.directory.mailbox(who, token.cloud)
    own = box is not None and box is token.user.mailbox
    if box is None and who not in (token.user.oid, token.user.upn):
        raise _DeniedError(404, "ErrorInvalidUser", f"The requested user '{who}' is invalid.")
    if box is None or "graph" not in box.switched_on:
        raise _DeniedError(
            404,
            "MailboxNotEnabledForRESTAPI",
            "The mailbox is either inactive, soft-deleted, or is hosted on-premise.",
        )
    return box, own


def _folder(state: State, request: Request, token: AccessToken, who: str) -> Reply:
    if not token.permissions & (_READ | _READ_SHARED):
        raise _access_denied()
    box, own = _mailbox(state, token, who)
    if not own and (token.user.oid not in box.members or not token.permissions & _READ_SHARED):
        raise _access_denied()
    if not token.permissions & (_READ if own else _READ_SHARED):
        raise _access_denied()
    facts = {
        "id": f"AQMk{uuid.uuid5(uuid.NAMESPACE_URL, box.address).hex}",
        "displayName": "Inbox",
        "totalItemCount": box.total,
        "unreadItemCount": box.unread,
    }
    return Reply.json(_selected(request, facts))


def _send(state: State, request: Request, token: AccessToken, who: str) -> Reply:
    if request.method != "POST":
        raise _DeniedError(405, "MethodNotAllowed", "The method is not allowed.")
    if len(request.body) > _MOST_BYTES:
        raise _DeniedError(413, "RequestEntityTooLarge", "The request entity is too large.")
    if not token.permissions & {"Mail.Send", "Mail.Send.Shared"}:
        raise _access_denied()
    box, own = _mailbox(state, token, who)
    if own and "Mail.Send" not in token.permissions:
        raise _access_denied()
    if not own and (
        token.user.oid not in box.members or "Mail.Send.Shared" not in token.permissions
    ):
        raise _access_denied()
    if box.full:
        raise _DeniedError(507, "ErrorQuotaExceeded", "The mailbox is full.")
    letter = _letter(request, box, token)
    _check_sender(state, token, letter.sender)
    state.letters.append(letter)
    return Reply(202, b"", headers={"request-id": str(uuid.uuid4())})


def _letter(request: Request, box: Mailbox, token: AccessToken) -> SentLetter:
    if request.headers.get("content-type", "").startswith("text/plain"):
        try:
            mime = base64.b64decode(request.body, validate=True)
        except binascii.Error:
            words = "Invalid base64 string for MIME content."
            raise _DeniedError(400, "ErrorMimeContentInvalidBase64String", words) from None
        parsed = email.message_from_bytes(mime, policy=email.policy.default)
        sender = email.utils.parseaddr(str(parsed.get("From", "")))[1]
        recipients = [str(parsed[name]) for name in ("To", "Cc", "Bcc") if parsed[name]]
        message = None
    else:
        mime = None
        try:
            message = json.loads(request.body)["message"]
            recipients = [
                each["emailAddress"]["address"] for each in message.get("toRecipients", [])
            ]
            sender = message.get("from", {}).get("emailAddress", {}).get("address", "")
        except (ValueError, KeyError, TypeError):
            words = "Unable to read JSON request payload."
            raise _DeniedError(400, "BadRequest", words) from None
    if not recipients or not all("@" in each for each in recipients):
        words = "At least one recipient is not valid."
        raise _DeniedError(400, "ErrorInvalidRecipients", words)
    return SentLetter(box.address, token.user.upn, sender or box.address, mime, message)


def _check_sender(state: State, token: AccessToken, sender: str) -> None:
    claimed = state.directory.mailbox(sender, token.cloud)
    if claimed is not None and claimed is token.user.mailbox:
        return
    allowed = claimed is not None and token.user.oid in claimed.send_as
    if not allowed or "Mail.Send.Shared" not in token.permissions:
        raise _DeniedError(
            403,
            "ErrorSendAsDenied",
            "The user account which was used to submit this request does not have the right to "
            "send mail on behalf of the specified sending account. Cannot submit message.",
        )


def _access_denied() -> _DeniedError:
    words = "Access is denied. Check credentials and try again."
    return _DeniedError(403, "ErrorAccessDenied", words)


def _selected(request: Request, facts: Mapping[str, object]) -> dict[str, object]:
    names = [each for each in request.query.get("$select", "").split(",") if each]
    chosen = {name: fact for name, fact in facts.items() if not names or name in (*names, "id")}
    return {"@odata.context": f"https://{request.host}/v1.0/$metadata#test", **chosen}


def _error(request: Request, denied: _DeniedError) -> Reply:
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    number = str(uuid.uuid4())
    inner = {"date": now, "request-id": number, "client-request-id": number}
    body = {"error": {"code": denied.code, "message": denied.text, "innerError": inner}}
    made = Reply.json(body, denied.status)
    return Reply(denied.status, made.body, made.type, denied.headers or {})
