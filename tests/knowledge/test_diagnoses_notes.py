"""What is sent to an administrator: the exact switch, cmdlet and link, and nothing half-filled."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from laifaxin_desktop.knowledge.clouds import CloudBook
from laifaxin_desktop.knowledge.notes import consent_link, quoted
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Security
from laifaxin_desktop.model.text import Text
from tests.knowledge.books import RESOURCES
from tests.knowledge.knowledge import TABLE

CLOUDS = CloudBook.load(RESOURCES / "microsoft.toml", Path("nowhere.toml"), {})
ADDRESS = Address.parse("li@example.org")
CLIENT = "11111111-2222-4333-8444-555555555555"
NOTES = [problem.id for problem in TABLE.problems if problem.note]
SMTP_OFF = "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled"


def diagnosis(problem: str, **more: object) -> Diagnosis:
    """A diagnosis at Microsoft's sending server."""
    known: dict[str, object] = {
        "protocol": Protocol.SMTP,
        "host": "smtp.office365.com",
        "port": 587,
        "security": Security.STARTTLS,
        "provider": "m365_global",
    }
    evidence = Evidence(Stage.LOGIN, Fault.REJECTED, **{**known, **more})  # type: ignore[arg-type]
    return Diagnosis(problem, TABLE.problem(problem).fix, evidence)


def note(problem: str, cloud: CloudId = CloudId.WORLDWIDE, **more: object) -> Text:
    """The note with everything known."""
    sign_in = SignIn(CLIENT, cloud, identity="wang@example.org")
    return TABLE.note_for_admin(
        diagnosis(problem, **more), address=ADDRESS, sign_in=sign_in, cloud=CLOUDS.cloud(cloud)
    )


def test_who_needs_a_note_has_one() -> None:
    wanted = "admin_consent_needed smtp_auth_disabled_tenant smtp_auth_disabled_mailbox "
    wanted += "blocked_by_security_defaults blocked_by_conditional_access user_not_assigned"
    assert set(wanted.split()) <= set(NOTES)


@pytest.mark.parametrize("cloud", CloudId)
@pytest.mark.parametrize("problem", [problem.id for problem in TABLE.problems])
def test_a_note_is_whole_in_both_languages(problem: str, cloud: CloudId) -> None:
    whole = note(problem, cloud, reply="NO.")
    bare = TABLE.note_for_admin(diagnosis(problem, host="", port=0, provider=""))
    for text in (whole.zh_CN, whole.en, bare.zh_CN, bare.en):
        assert text.strip() == text
        assert not re.search(r"\{\w*\}", text)
        assert "\n\n\n" not in text
    for text in (whole.zh_CN, whole.en):
        assert "li@example.org" in text
        assert "NO." in text
    assert not re.search("[\u3000-\u303f\uff00-\uffef]", whole.en)


def test_the_switch_for_smtp() -> None:
    for text in (note("smtp_auth_disabled_tenant").zh_CN, note("smtp_auth_disabled_mailbox").en):
        cmdlet = (
            "Set-CASMailbox -Identity 'li@example.org' -SmtpClientAuthenticationDisabled $false"
        )
        assert cmdlet in text
        assert "Authenticated SMTP" in text
        assert "https://admin.microsoft.com" in text
        assert "\n  Connect-ExchangeOnline\n" in text
    tenant = "Set-TransportConfig -SmtpClientAuthenticationDisabled $false"
    assert tenant in note("smtp_auth_disabled_tenant").en
    assert tenant not in note("smtp_auth_disabled_mailbox").en


@pytest.mark.parametrize(
    ("cloud", "environment"),
    [
        (CloudId.GCC_HIGH, "O365USGovGCCHigh"),
        (CloudId.DOD, "O365USGovDoD"),
        (CloudId.CHINA, "O365China"),
    ],
)
def test_each_cloud_has_its_own_way_in(cloud: CloudId, environment: str) -> None:
    text = note("smtp_auth_disabled_mailbox", cloud).zh_CN
    assert f"Connect-ExchangeOnline -ExchangeEnvironmentName {environment}\n" in text
    assert CLOUDS.cloud(cloud).admin in text
    assert "admin.microsoft.com" not in text


@pytest.mark.parametrize("cloud", CloudId)
def test_the_link_for_consent(cloud: CloudId) -> None:
    whole = CLOUDS.cloud(cloud)
    text = note("admin_consent_needed", cloud).en
    assert f"{whole.authority}/organizations/adminconsent?client_id={CLIENT}" in text
    assert f"https://{urlsplit(whole.portal).netloc} → Microsoft Entra ID" in text
    assert CLIENT in text
    own = SignIn(CLIENT, cloud, tenant="example.org")
    assert (
        consent_link(own, whole) == f"{whole.authority}/example.org/adminconsent?client_id={CLIENT}"
    )


def test_what_comes_from_a_form_cannot_leave_the_link() -> None:
    odd = SignIn("a&b=c", CloudId.WORLDWIDE, tenant="x/../y?z")
    link = consent_link(odd, CLOUDS.cloud(CloudId.WORLDWIDE))
    assert link.count("/") == 4
    assert link.endswith("/x%2F..%2Fy%3Fz/adminconsent?client_id=a%26b%3Dc")


def test_without_a_sign_in_no_line_is_half_filled() -> None:
    text = TABLE.note_for_admin(diagnosis("admin_consent_needed"), address=ADDRESS)
    for words in (text.zh_CN, text.en):
        assert "adminconsent" not in words
        assert "client ID" not in words
    assert "应用（ClientId）：" not in text.zh_CN


@pytest.mark.parametrize(
    ("typed", "literal"),
    [
        ("li@example.org", "'li@example.org'"),
        ("o'neil@example.org", "'o''neil@example.org'"),
        ("o\u2019neil@example.org", "'o\u2019\u2019neil@example.org'"),
        ("a|b$c`d&e@example.org", "'a|b$c`d&e@example.org'"),
    ],
)
def test_an_address_cannot_leave_its_quotes(typed: str, literal: str) -> None:
    assert quoted(typed) == literal
    address = Address.parse(typed)
    text = TABLE.note_for_admin(diagnosis("smtp_auth_disabled_mailbox"), address=address)
    assert f"-Identity {literal} " in text.en


def test_the_server_s_words_and_the_number_stand_at_the_end() -> None:
    seen = Evidence(
        Stage.SIGN_IN, Fault.REJECTED, codes=("ACCESS_DENIED", "AADSTS90094"), reply="{address} no"
    )
    text = TABLE.note_for_admin(TABLE.diagnose(seen), address=ADDRESS)
    assert text.zh_CN.endswith("微软错误编号：AADSTS90094\n服务器原话：{address} no")
    assert text.en.endswith("Microsoft’s error code: AADSTS90094\nThe server’s words: {address} no")


def test_any_other_problem_has_its_words_sent() -> None:
    found = diagnosis("tls_too_old")
    said = TABLE.explain(found)
    text = TABLE.note_for_admin(found, address=ADDRESS)
    for part in (
        said.title.zh_CN,
        said.meaning.zh_CN,
        said.steps[0].zh_CN,
        "smtp.office365.com:587",
    ):
        assert part in text.zh_CN
    assert TABLE.note_for_admin(Diagnosis("from_the_future", found.fix, found.evidence)).zh_CN
