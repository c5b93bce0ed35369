"""Graph as Microsoft's double answers it: audience, rights, mailboxes, claims, throttling."""

from __future__ import annotations

import asyncio

import pytest

from laifaxin_desktop.mail.reach import system_resolve
from laifaxin_desktop.mail.tls import client_context
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security, Side
from tests.servers.entra import CHINA, DOD, GCC_HIGH, GLOBAL, Cloud, Entra
from tests.servers.entra.cast import (
    AGENT,
    CLIENT_IDS,
    CUSTOMER,
    PERSON,
    SHARED,
    SOLDIER,
    WORKER,
)

from .peers import PATIENT, Outcome, assert_no_token, bearer, check

RECEIVE, SEND = Side.RECEIVE, Side.SEND


def token(
    entra: Entra,
    name: str,
    *permissions: str,
    cloud: Cloud = GLOBAL,
    resource: str = "",
    claims_met: bool = False,
) -> str:
    """An access token of a person, as the platform would hand it out."""
    app = entra.state.directory.apps[CLIENT_IDS[cloud.name]]
    return entra.state.tokens.new_access(
        entra.user(name), app, resource or cloud.graph_root, frozenset(permissions), cloud,
        claims_met=claims_met,
    )  # fmt: skip


def ask(
    secret: str, half: Side, user: str, *, cloud: Cloud = GLOBAL, identity: str = ""
) -> Outcome:
    """One half of the real name's Graph."""
    outcome = asyncio.run(
        check(
            443,
            Protocol.GRAPH,
            Security.TLS,
            host=cloud.graph,
            context=client_context(),
            who=bearer(secret, user=user, identity=identity),
            half=half,
            deadlines=PATIENT,
            resolve=system_resolve,
        )
    )
    assert_no_token(repr(outcome), secret)
    return outcome


@pytest.mark.parametrize(
    ("name", "cloud"),
    [(PERSON, GLOBAL), (WORKER, GLOBAL), (AGENT, GCC_HIGH), (SOLDIER, DOD), (CUSTOMER, CHINA)],
)
def test_both_halves_of_every_cloud(entra: Entra, name: str, cloud: Cloud) -> None:
    reading = token(entra, name, "Mail.ReadBasic", cloud=cloud)
    sending = token(entra, name, "Mail.Send", "User.Read", cloud=cloud)
    assert ask(reading, RECEIVE, name, cloud=cloud).evidence is None
    assert ask(sending, SEND, name, cloud=cloud).evidence is None
    least = token(entra, name, "Mail.Send", cloud=cloud)
    assert ask(least, SEND, name, cloud=cloud).evidence is None, "User.Read is not asked for"
    assert [seen.endpoint for seen in entra.requests] == ["folder", "me", "me"]
    assert not entra.state.letters


def test_a_token_for_another_resource_or_cloud_or_time(entra: Entra) -> None:
    mail = token(entra, WORKER, "IMAP.AccessAsUser.All", resource="https://outlook.office.com")
    elsewhere = token(entra, CUSTOMER, "Mail.ReadBasic", cloud=CHINA)
    late = token(entra, WORKER, "Mail.ReadBasic")
    entra.expire_access_tokens()
    for secret in (mail, elsewhere, late, "made-up"):
        for half in (RECEIVE, SEND):
            outcome = ask(secret, half, WORKER)
            assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
            assert outcome.codes == ("401", "INVALIDAUTHENTICATIONTOKEN")


def test_reading_without_the_right_to(entra: Entra) -> None:
    outcome = ask(token(entra, WORKER, "Mail.Send"), RECEIVE, WORKER)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.MAILBOX)
    assert outcome.codes == ("403", "ERRORACCESSDENIED")


def test_a_mailbox_that_graph_does_not_serve(entra: Entra) -> None:
    mailbox = entra.user(WORKER).mailbox
    assert mailbox
    mailbox.switched_on -= {"graph"}
    outcome = ask(token(entra, WORKER, "Mail.ReadBasic"), RECEIVE, WORKER)
    assert (outcome.stage, outcome.codes) == (
        Stage.MAILBOX,
        ("404", "MAILBOXNOTENABLEDFORRESTAPI"),
    )


def test_a_shared_mailbox_is_received_as_the_person(entra: Entra) -> None:
    secret = token(entra, WORKER, "Mail.Read.Shared")
    assert ask(secret, RECEIVE, SHARED, identity=WORKER).evidence is None
    assert entra.seen("folder")[0].path == "/v1.0/users/info@corp.example/mailFolders/inbox"
    own = ask(token(entra, WORKER, "Mail.ReadBasic"), RECEIVE, SHARED, identity=WORKER)
    assert own.codes == ("403", "ERRORACCESSDENIED")
    nobody = ask(secret, RECEIVE, "nobody@corp.example", identity=WORKER)
    assert nobody.codes == ("404", "ERRORINVALIDUSER")


def test_claims_that_are_met_by_the_next_token(entra: Entra) -> None:
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}'
    entra.user(WORKER).claims_wanted = claims
    outcome = ask(token(entra, WORKER, "Mail.ReadBasic"), RECEIVE, WORKER)
    assert outcome.codes == ("401", "INVALIDAUTHENTICATIONTOKEN", "INSUFFICIENT_CLAIMS")
    assert outcome.evidence
    assert outcome.evidence.detail == f"claims:{claims}"
    assert ask(token(entra, WORKER, "Mail.ReadBasic", claims_met=True), RECEIVE, WORKER).ok


def test_throttled_down_cut_off_and_back(entra: Entra) -> None:
    secret = token(entra, WORKER, "Mail.ReadBasic")
    error = {"error": {"code": "ApplicationThrottled", "message": "Too many."}}
    entra.fail_next("folder", status=429, body=error, headers={"Retry-After": "12"})
    busy = ask(secret, RECEIVE, WORKER)
    assert busy.codes == ("429", "APPLICATIONTHROTTLED")
    assert busy.evidence
    assert busy.evidence.detail == "retry-after:12"
    entra.fail_next("folder", status=503, body="<html>Service Unavailable")
    assert ask(secret, RECEIVE, WORKER).codes == ("503",)
    entra.fail_next("folder", cut=True)
    assert ask(secret, RECEIVE, WORKER).fault is Fault.CLOSED
    assert ask(secret, RECEIVE, WORKER).ok
