"""Scope strings: one resource a request, and a spelling that the cloud understands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.model.microsoft import CloudId, Permission, SignIn
from laifaxin_desktop.model.problem import Evidence, Fault, Stage
from laifaxin_desktop.oauth.scopes import (
    Spellings,
    grants,
    misspelled,
    neighbours,
    resources,
    spelled_as_asked,
    unagreed,
)


def rejected(*codes: str) -> Evidence:
    """A refusal."""
    return Evidence(Stage.SIGN_IN, Fault.REJECTED, codes=codes)


@pytest.mark.parametrize("cloud_id", list(CloudId))
def test_a_group_is_one_resource(clouds: CloudBook, cloud_id: CloudId) -> None:
    cloud = clouds.cloud(cloud_id)
    groups = resources(cloud, tuple(reversed(Permission)), 0)
    assert [len(group) for group in groups] == [3, 2]  # mail first: its token is the first asked
    for group in groups:
        assert len({scope.rpartition("/")[0] for scope in group}) == 1
    assert resources(cloud, (), 0) == []
    assert resources(cloud, (Permission.GRAPH_SEND,), 5) == [cloud.scopes.graph_send]


def test_spellings_go_round(clouds: CloudBook) -> None:
    cloud = clouds.cloud(CloudId.GCC_HIGH)
    spellings = Spellings()
    assert list(spellings.all(cloud)) == [0, 1]
    spellings.failed(cloud)
    assert list(spellings.all(cloud)) == [1, 0]
    assert resources(cloud, (Permission.IMAP,), 1) == [cloud.scopes.imap[1:2]]
    spellings.failed(cloud)
    assert spellings.of(cloud) == 0
    spellings.works(cloud, 1)
    assert spellings.of(cloud) == 1
    assert spellings.of(clouds.cloud(CloudId.WORLDWIDE)) == 0
    one = replace(cloud, scopes=replace(cloud.scopes, imap=("a/b",), pop3=("a/c",), smtp=("a/d",)))
    alone = Spellings()
    alone.failed(one)
    assert alone.of(one) == 0


def test_one_token_for_all_that_is_granted(clouds: CloudBook) -> None:
    cloud = clouds.cloud(CloudId.WORLDWIDE)
    sign_in = SignIn("x", granted=("imap.accessasuser.all", "mail.send", "smtp.send"))
    imap, smtp = cloud.scopes.imap[0], cloud.scopes.smtp[0]
    assert neighbours(cloud, sign_in, Permission.IMAP, 0) == (imap, smtp)
    assert neighbours(cloud, sign_in, Permission.SMTP, 0) == (smtp, imap)
    assert neighbours(cloud, sign_in, Permission.GRAPH_SEND, 0) == cloud.scopes.graph_send
    assert neighbours(cloud, SignIn("x"), Permission.POP3, 0) == cloud.scopes.pop3[:1]


def test_granted_whatever_the_prefix(clouds: CloudBook) -> None:
    cloud = clouds.cloud(CloudId.CHINA)
    assert grants({"mail.send"}, cloud, Permission.GRAPH_SEND)
    assert not grants({"mail.send"}, cloud, Permission.SMTP)


def test_which_refusals_are_about_scopes() -> None:
    assert misspelled(rejected("INVALID_RESOURCE", "AADSTS500011"))
    assert misspelled(rejected("INVALID_SCOPE"))
    assert misspelled(rejected("INVALID_CLIENT", "AADSTS650053"))
    assert not misspelled(rejected("INVALID_GRANT", "AADSTS65001"))
    assert unagreed(rejected("INVALID_GRANT", "AADSTS65001", "CONSENT_REQUIRED"))
    assert not unagreed(rejected("INVALID_GRANT", "AADSTS50173"))
    assert not unagreed(Evidence(Stage.SIGN_IN, Fault.TIMEOUT))


def test_scopes_as_they_were_asked_for() -> None:
    asked = [
        "https://partner.outlook.cn/IMAP.AccessAsUser.All",
        "https://graph.microsoft.com/Mail.Send",
    ]
    given = ["openid", "https://outlook.office.com/imap.accessasuser.all", "Mail.Send", "User.Read"]
    assert spelled_as_asked(given, asked) == ["openid", *asked, "User.Read"]
