"""The test's own Graph keeps to audience, permissions and rights, and fails as the real one."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from .entra import CHINA, DOD, GCC_HIGH, GLOBAL, Cloud, Entra, User
from .entra.cast import AGENT, CLIENT_IDS, CUSTOMER, PERSON, SHARED, SOLDIER, WORKER

FOLDER = "mailFolders/inbox"
MIME = b"From: %s\r\nTo: friend@elsewhere.example\r\nSubject: hello\r\n\r\nHello.\r\n"


def token(
    entra: Entra,
    user: User,
    *permissions: str,
    resource: str = "",
    claims_met: bool = False,
) -> str:
    cloud = user.tenant.cloud
    app = entra.state.directory.app(CLIENT_IDS[cloud.name], cloud, "common")
    given = frozenset(permissions)
    return entra.state.tokens.new_access(
        user, app, resource or cloud.graph_root, given, cloud, claims_met=claims_met
    )


class Graph:
    """A client with one token."""

    def __init__(self, text: str, cloud: Cloud = GLOBAL) -> None:
        self._top = f"{cloud.graph_root}/v1.0"
        self._headers = {"Authorization": f"Bearer {text}"}

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self._top}/{path}", headers=self._headers, timeout=10)

    def send(self, sender: str, path: str = "me/sendMail", mime: bytes = MIME) -> requests.Response:
        body = base64.b64encode(mime.replace(b"%s", sender.encode()))
        headers = {**self._headers, "Content-Type": "text/plain"}
        return requests.post(f"{self._top}/{path}", data=body, headers=headers, timeout=10)

    def send_json(self, message: dict[str, Any], path: str = "me/sendMail") -> requests.Response:
        body = json.dumps({"message": message})
        headers = {**self._headers, "Content-Type": "application/json"}
        return requests.post(f"{self._top}/{path}", data=body, headers=headers, timeout=10)


def said(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]["code"]


@pytest.mark.parametrize(
    ("who", "cloud"),
    [
        (WORKER, GLOBAL),
        (PERSON, GLOBAL),
        (AGENT, GCC_HIGH),
        (SOLDIER, DOD),
        (CUSTOMER, CHINA),
    ],
)
def test_who_i_am_and_how_full_the_inbox_is(entra: Entra, who: str, cloud: Cloud) -> None:
    user = entra.user(who)
    assert user.mailbox is not None
    user.mailbox.total, user.mailbox.unread = 7, 2
    mine = Graph(token(entra, user, "User.Read", "Mail.ReadBasic"), cloud)
    assert mine.get("me").json()["userPrincipalName"] == who
    for path in ("me", f"users/{who}"):
        found = mine.get(f"{path}/{FOLDER}?$select=totalItemCount,unreadItemCount").json()
        assert (found["totalItemCount"], found["unreadItemCount"]) == (7, 2)
        assert "displayName" not in found
    assert [each.endpoint for each in entra.seen("folder")] == ["folder"] * 2


def test_the_wrong_token(entra: Entra) -> None:
    worker = entra.user(WORKER)
    for text in (
        "",
        "x",
        token(entra, worker, "IMAP.AccessAsUser.All", resource=GLOBAL.outlook[0]),
        token(entra, entra.user(CUSTOMER), "User.Read", "Mail.ReadBasic"),
    ):
        assert said(Graph(text).get(f"me/{FOLDER}")) == (401, "InvalidAuthenticationToken")
    good = Graph(token(entra, worker, "Mail.ReadBasic"))
    assert good.get(f"me/{FOLDER}").ok
    entra.expire_access_tokens()
    late = good.get(f"me/{FOLDER}")
    assert said(late) == (401, "InvalidAuthenticationToken")
    assert "expired" in late.json()["error"]["message"]


def test_each_permission_is_for_one_thing(entra: Entra) -> None:
    worker = entra.user(WORKER)
    sending = Graph(token(entra, worker, "Mail.Send"))
    assert said(sending.get("me")) == (403, "Authorization_RequestDenied")
    assert said(sending.get(f"me/{FOLDER}")) == (403, "ErrorAccessDenied")
    assert sending.send(WORKER).status_code == 202
    reading = Graph(token(entra, worker, "Mail.Read"))
    assert reading.get(f"me/{FOLDER}").ok
    assert said(reading.send(WORKER)) == (403, "ErrorAccessDenied")
    assert said(Graph(token(entra, worker, "Mail.ReadBasic")).get("me/messages")) == (
        404,
        "ResourceNotFound",
    )


def test_letters_are_kept(entra: Entra) -> None:
    mine = Graph(token(entra, entra.user(WORKER), "Mail.Send"))
    assert mine.send(WORKER).content == b""
    address = {"emailAddress": {"address": "friend@elsewhere.example"}}
    assert mine.send_json({"subject": "x", "toRecipients": [address]}).status_code == 202
    first, second = entra.state.letters
    assert (first.mailbox, first.by, first.sender) == (WORKER, WORKER, WORKER)
    assert first.mime == MIME.replace(b"%s", WORKER.encode())
    assert second.message is not None
    assert (second.message["subject"], second.mime) == ("x", None)


def test_letters_that_are_wrong(entra: Entra) -> None:
    worker = entra.user(WORKER)
    assert worker.mailbox is not None
    mine = Graph(token(entra, worker, "Mail.Send"))
    nobody = MIME.replace(b"friend@elsewhere.example", b"friend")
    assert said(mine.send(WORKER, mime=nobody)) == (400, "ErrorInvalidRecipients")
    assert said(mine.send_json({"toRecipients": []})) == (400, "ErrorInvalidRecipients")
    headers = {**mine._headers, "Content-Type": "text/plain"}
    url = f"{GLOBAL.graph_root}/v1.0/me/sendMail"
    odd = requests.post(url, data=b"*not base64*", headers=headers, timeout=10)
    assert said(odd) == (400, "ErrorMimeContentInvalidBase64String")
    large = mine.send(WORKER, mime=MIME + b"x" * 3_300_000)
    assert said(large) == (413, "RequestEntityTooLarge")
    worker.mailbox.full = True
    assert said(mine.send(WORKER)) == (507, "ErrorQuotaExceeded")
    assert entra.state.letters == []


def test_other_peoples_mailboxes(entra: Entra) -> None:
    worker, person = entra.user(WORKER), entra.user(PERSON)
    own = Graph(token(entra, worker, "Mail.Read", "Mail.Send"))
    shared = Graph(
        token(entra, worker, "Mail.Read", "Mail.Send", "Mail.Read.Shared", "Mail.Send.Shared")
    )
    path = f"users/{SHARED}"
    assert said(own.get(f"{path}/{FOLDER}")) == (403, "ErrorAccessDenied")
    assert shared.get(f"{path}/{FOLDER}").ok
    assert said(shared.get(f"users/{PERSON}/{FOLDER}")) == (403, "ErrorAccessDenied")
    assert said(shared.get(f"users/nobody@corp.example/{FOLDER}")) == (404, "ErrorInvalidUser")
    assert said(own.send(SHARED)) == (403, "ErrorSendAsDenied")
    assert said(own.send(SHARED, f"{path}/sendMail")) == (403, "ErrorAccessDenied")
    assert shared.send(SHARED).status_code == 202
    assert shared.send(SHARED, f"{path}/sendMail").status_code == 202
    box = entra.state.directory.mailbox(SHARED, GLOBAL)
    assert box is not None
    box.send_as.clear()
    assert said(shared.send(SHARED, f"{path}/sendMail")) == (403, "ErrorSendAsDenied")
    assert said(shared.send("stranger@corp.example")) == (403, "ErrorSendAsDenied")
    assert [each.mailbox for each in entra.state.letters] == [WORKER, SHARED]
    assert person.oid not in box.members


def test_no_mailbox(entra: Entra) -> None:
    guest = entra.add_user("guest@corp.example", mailbox=False)
    nothing = (404, "MailboxNotEnabledForRESTAPI")
    assert said(Graph(token(entra, guest, "Mail.Read")).get(f"me/{FOLDER}")) == nothing
    worker = entra.user(WORKER)
    assert worker.mailbox is not None
    worker.mailbox.switched_on.remove("graph")
    mine = Graph(token(entra, worker, "Mail.Read", "Mail.Send"))
    assert said(mine.get(f"me/{FOLDER}")) == said(mine.send(WORKER)) == nothing


def test_a_claims_challenge(entra: Entra) -> None:
    worker = entra.user(WORKER)
    worker.claims_wanted = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    asked = Graph(token(entra, worker, "Mail.Read")).get(f"me/{FOLDER}")
    assert said(asked) == (401, "InvalidAuthenticationToken")
    challenge = asked.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    assert 'error="insufficient_claims"' in challenge
    claims = challenge.partition('claims="')[2].partition('"')[0]
    assert base64.b64decode(claims).decode() == worker.claims_wanted
    assert Graph(token(entra, worker, "Mail.Read", claims_met=True)).get(f"me/{FOLDER}").ok


def test_ordered_faults(entra: Entra) -> None:
    mine = Graph(token(entra, entra.user(WORKER), "Mail.Read", "Mail.Send"))
    busy = {"error": {"code": "ApplicationThrottled", "message": "…"}}
    entra.fail_next("sendmail", status=429, body=busy, headers={"Retry-After": "9"})
    entra.fail_next("folder", status=503)
    assert mine.get(f"me/{FOLDER}").status_code == 503
    slow = mine.send(WORKER)
    assert (said(slow), slow.headers["Retry-After"]) == ((429, "ApplicationThrottled"), "9")
    assert mine.send(WORKER).status_code == 202
    entra.fail_next("any", cut=True, host=GLOBAL.graph)
    with pytest.raises(requests.ConnectionError):
        mine.get(f"me/{FOLDER}")
    assert mine.get(f"me/{FOLDER}").ok
