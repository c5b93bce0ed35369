"""Signing in with Microsoft: every answer ends in a named problem, every number has its words."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.diagnoses import ERRORS
from laifaxin_desktop.knowledge.microsoft_errors import CodeMeaning, MicrosoftErrors
from laifaxin_desktop.model.microsoft import SIGNED_IN, Permission
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Explanation, Fault, Fix, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Side
from laifaxin_desktop.model.text import Text
from laifaxin_desktop.oauth.refusal import refused
from tests.knowledge.books import BOOK, RESOURCES
from tests.knowledge.knowledge import TABLE, WORDS, seen
from tests.knowledge.microsoft import (
    AUTHORITY,
    GRAPH,
    MAILBOX,
    NETWORK,
    NUMBERS,
    OTHER,
    SENDING,
    SIGN_IN,
    body,
    graph,
    sign_in,
)

CODES = MicrosoftErrors.load(RESOURCES / ERRORS)
TEST_BED = Path(__file__).parents[1] / "servers" / "entra" / "errors.toml"
# PROBLEMS.md, the column "fix".
FIXES = {
    "signed_in_as_other": Fix.REAUTHORIZE,
    "sign_in_needed": Fix.REAUTHORIZE,
    "mfa_needed": Fix.REAUTHORIZE,
    "consent_needed": Fix.REAUTHORIZE,
    "consent_declined": Fix.REAUTHORIZE,
    "sign_in_cancelled": Fix.REAUTHORIZE,
    "sign_in_timeout": Fix.REAUTHORIZE,
    "admin_consent_needed": Fix.ASK_ADMIN,
    "missing_permission": Fix.REAUTHORIZE,
    "token_refused": Fix.REAUTHORIZE,
    "app_not_found": Fix.EDIT_SERVERS,
    "app_wrong_platform": Fix.OPEN_GUIDE,
    "app_secret_wrong": Fix.OPEN_GUIDE,
    "app_secret_expired": Fix.OPEN_GUIDE,
    "app_wrong_audience": Fix.OPEN_GUIDE,
    "wrong_cloud": Fix.SWITCH_WAY,
    "tenant_not_found": Fix.EDIT_SERVERS,
    "user_not_assigned": Fix.ASK_ADMIN,
    "sign_in_error": Fix.REAUTHORIZE,
    "authority_unreachable": Fix.RETRY,
    "basic_auth_disabled": Fix.SWITCH_WAY,
    "smtp_auth_disabled_tenant": Fix.SWITCH_WAY,
    "smtp_auth_disabled_mailbox": Fix.SWITCH_WAY,
    "blocked_by_security_defaults": Fix.ASK_ADMIN,
    "blocked_by_conditional_access": Fix.ASK_ADMIN,
    "throttled": Fix.WAIT,
    "account_locked": Fix.WAIT,
    "mailbox_unavailable": Fix.ASK_ADMIN,
    "send_as_denied": Fix.EDIT_SENDER,
    "sender_refused": Fix.EDIT_SENDER,
    "recipient_refused": Fix.EDIT_SENDER,
    "message_too_large": Fix.NONE,
    "send_quota_reached": Fix.WAIT,
    "sending_blocked": Fix.ASK_ADMIN,
    "access_denied": Fix.REAUTHORIZE,
    "graph_unavailable": Fix.WAIT,
}
NAMED = (*SIGN_IN, *GRAPH, *SENDING)
_PLACE = re.compile(r"\{\w*\}")


def said(evidence: Evidence) -> Explanation:
    """The words for what was seen."""
    return TABLE.explain(TABLE.diagnose(evidence))


def both(text: Text) -> tuple[str, str]:
    """In both languages."""
    return text.zh_CN, text.en


@pytest.mark.parametrize(("problem", "evidence"), NAMED)
def test_an_answer_is_named(problem: str, evidence: Evidence) -> None:
    found = TABLE.diagnose(evidence)
    assert found.problem == problem
    if evidence.stage is Stage.SIGN_IN or evidence.way in SIGNED_IN:
        assert found.fix is not Fix.EDIT_PASSWORD
    words = TABLE.explain(found)
    for text in (words.title, words.meaning, words.button, words.word, *words.steps):
        assert not any(_PLACE.search(spoken) for spoken in both(text))


@pytest.mark.parametrize("problem", FIXES)
def test_the_fix_is_that_of_the_catalogue(problem: str) -> None:
    assert TABLE.problem(problem).fix is FIXES[problem]


@pytest.mark.parametrize("number", [n for numbers in NUMBERS.values() for n in numbers])
def test_every_number_has_a_meaning_and_is_shown(number: int) -> None:
    row = CODES.of((f"AADSTS{number}",))
    assert row is not None
    for words in both(row.meaning):
        assert words.endswith(("。", "."))
    evidence = refused(body("invalid_grant", number), AUTHORITY)
    found = TABLE.diagnose(evidence)
    words_of = TABLE.explain(found)
    assert words_of.code == f"AADSTS{number}"
    if found.problem == "sign_in_error":
        assert row.advice is not None
        assert row.meaning.zh_CN in words_of.meaning.zh_CN
        assert row.meaning.en in words_of.meaning.en
        assert words_of.steps[0] == row.advice
        assert str(number) in words_of.steps[1].zh_CN


@pytest.mark.parametrize("way", sorted(SIGNED_IN))
def test_the_platform_s_own_texts(way: AuthWay) -> None:
    """With the error word, text and suberror that the platform gives each number."""
    wanted = {number: problem for problem, numbers in NUMBERS.items() for number in numbers}
    for number, row in tomllib.loads(TEST_BED.read_text(encoding="utf-8")).items():
        answer = body(row["error"], int(number), row["text"], row.get("suberror", ""))
        evidence = refused(answer, AUTHORITY)
        found = TABLE.diagnose(replace(evidence, way=way))
        assert found.problem == wanted.get(int(number), "sign_in_error"), number
        assert "Trace ID" not in evidence.reply


def test_another_row_brings_its_own_fix_button_and_word() -> None:
    later = TABLE.diagnose(refused(body("server_error"), AUTHORITY))
    assert (later.fix, TABLE.explain(later).word.zh_CN) == (Fix.WAIT, "稍后重试")
    assert TABLE.explain(later).button == WORDS("fix.wait")
    app = TABLE.diagnose(refused(body("invalid_client", 700025), AUTHORITY))
    assert app.fix is Fix.EDIT_SERVERS
    assert app.suggestion is None  # an app is edited, no mail server
    words = TABLE.explain(app)
    assert words.button.zh_CN == "修改应用信息"
    assert words.word == words.title
    again = said(refused(body("interaction_required", 16000), AUTHORITY))
    assert (again.button.zh_CN, again.word.zh_CN) == ("重新授权", "需要重新授权")


def test_a_number_that_nobody_knows_shows_microsoft_s_words() -> None:
    words = said(refused(body("never_seen", 987654, "Brand new."), AUTHORITY))
    assert words.code == "AADSTS987654"
    for text in both(words.meaning):
        assert "Brand new." in text
    assert said(refused({}, AUTHORITY)).code == ""


def test_the_cause_inside_counts() -> None:
    """Entra wraps: the last number is the cause, and error_codes may hold several."""
    answer = body("invalid_grant", 50196, "Wrapped. AADSTS50126: Error validating credentials.")
    words = said(refused(answer, AUTHORITY))
    assert words.code == "AADSTS50126"
    assert "用户名或密码" in words.meaning.zh_CN


@pytest.mark.parametrize("provider", ["outlook", "m365_global", "m365_21vianet", "other", ""])
@pytest.mark.parametrize(
    ("number", "guide"),
    [
        (50011, "app_platform"),
        (7000215, "app_secret"),
        (7000222, "app_secret"),
        (9002332, "app_audience"),
        (650057, "own_app"),
    ],
)
def test_the_guide_is_the_one_of_the_app(provider: str, number: int, guide: str) -> None:
    for way in SIGNED_IN:
        found = TABLE.diagnose(
            sign_in(Fault.REJECTED, codes=(f"AADSTS{number}",), provider=provider, way=way)
        )
        assert (found.fix, found.guide) == (Fix.OPEN_GUIDE, guide)
        assert BOOK.guide(provider, found.guide) is not None


@pytest.mark.parametrize("permission", Permission)
def test_a_missing_permission_is_named(permission: Permission) -> None:
    words = said(sign_in(Fault.UNGRANTED, detail=permission))
    sends = permission in (Permission.SMTP, Permission.GRAPH_SEND)
    assert words.title.zh_CN == ("没有发信权限" if sends else "没有收信权限")
    assert (
        "此 ClientId 没有发信权限" if sends else "此 ClientId 没有收信权限"
    ) in words.meaning.zh_CN
    assert WORDS(f"permission.{permission}").zh_CN in words.meaning.zh_CN
    assert WORDS(f"permission.{permission}").en in words.meaning.en


@pytest.mark.parametrize("fault", NETWORK)
def test_why_the_sign_in_service_is_out_of_reach(fault: Fault) -> None:
    words = said(sign_in(fault))
    assert WORDS(f"reason.{fault}").zh_CN in words.meaning.zh_CN
    assert WORDS(f"reason.{fault}").en in words.meaning.en
    assert AUTHORITY in words.meaning.en


def test_both_names_are_said() -> None:
    refusal = graph(Stage.MAILBOX, "403", "ERRORACCESSDENIED", mailbox=MAILBOX, identity=OTHER)
    for text in both(said(refusal).meaning):
        assert MAILBOX in text
        assert OTHER in text
    # Only another spelling of the same name.
    same = graph(Stage.MAILBOX, "403", mailbox=MAILBOX, identity=MAILBOX.upper())
    assert TABLE.diagnose(same).problem == "access_denied"


def test_a_stranger_s_braces_are_no_places_of_ours() -> None:
    evidence = graph(
        Stage.MAILBOX, "403", mailbox="{reply}", identity="{mailbox}", reply="{identity}"
    )
    assert said(evidence).meaning.zh_CN == "登录的是 {mailbox}，服务器不让它打开 {reply}。"


@pytest.mark.parametrize(
    ("evidence", "zh", "en"),
    [
        (graph(Stage.LOGIN, "429", detail="retry-after:30"), " 30 秒", "30 s"),
        (graph(Stage.LOGIN, "429", detail="retry-after:300"), " 5 分钟", "5 min"),
        (graph(Stage.LOGIN, "429", detail="retry-after:0"), "几分钟", "a few minutes"),
        (graph(Stage.LOGIN, "429"), "几分钟", "a few minutes"),
        (graph(Stage.LOGIN, "503", detail="retry-after:121"), " 3 分钟", "3 min"),
        (
            seen(
                Stage.MAILBOX,
                Fault.REJECTED,
                reply="BAD Request is throttled. Suggested Backoff Time: 12345 milliseconds",
            ),
            " 13 秒",
            "13 s",
        ),
    ],
)
def test_how_long_to_wait_is_said(evidence: Evidence, zh: str, en: str) -> None:
    words = said(evidence)
    whole = both(words.meaning) + both(words.steps[0])
    assert any(f"过{zh}再" in text for text in whole)
    assert any(en in text for text in whole)


def test_the_port_that_is_taken_is_named() -> None:
    taken = said(Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN, port=22345))
    assert "22345 端口" in taken.meaning.zh_CN
    assert "port 22345" in taken.meaning.en
    nobody = said(Evidence(Stage.SIGN_IN, Fault.PORT_TAKEN))
    assert "重定向地址的端口" in nobody.meaning.zh_CN


def test_a_lost_sign_in_is_asked_for_in_the_browser() -> None:
    for way in SIGNED_IN:
        missing = Evidence(Stage.VAULT, Fault.MISSING, way=way)
        found = TABLE.diagnose(missing)
        words = TABLE.explain(found)
        assert found.fix is Fix.REAUTHORIZE
        assert "重新授权" in words.steps[0].zh_CN
        assert "密码" not in words.meaning.zh_CN + words.steps[0].zh_CN


@pytest.mark.parametrize("way", AuthWay)
@pytest.mark.parametrize("where", ["Tenant", "Mailbox"])
def test_where_smtp_is_off_graph_sends(way: AuthWay, where: str) -> None:
    reply = f"535 5.7.139 …, SmtpClientAuthentication is disabled for the {where}."
    for provider, host in (("outlook", ""), ("m365_21vianet", ""), ("other", "smtp.office365.com")):
        evidence = seen(
            Stage.LOGIN,
            Fault.REJECTED,
            protocol=Protocol.SMTP,
            host=host or "smtp.example.org",
            codes=("535", "5.7.139"),
            reply=reply,
            provider=provider,
            way=way,
        )
        found = TABLE.diagnose(evidence)
        assert found.fix is Fix.SWITCH_WAY
        assert TABLE.explain(found).button.zh_CN == "改用 Graph 发信"
        to = found.suggestion
        assert to is not None
        assert (to.protocol, to.side) == (Protocol.GRAPH, Side.SEND)


def test_a_refused_password_leads_to_microsoft_sign_in() -> None:
    refusal = seen(
        Stage.LOGIN,
        Fault.REJECTED,
        reply="NO Basic authentication is disabled.",
        provider="outlook",
    )
    found = TABLE.diagnose(refusal)
    assert (found.fix, found.suggestion) == (Fix.SWITCH_WAY, None)
    assert TABLE.explain(found).button.zh_CN == "改用微软登录"


def test_a_password_never_sees_the_words_of_tokens() -> None:
    for way in (AuthWay.PASSWORD, AuthWay.APP_PASSWORD):
        for problem, evidence in SENDING:
            found = TABLE.diagnose(replace(evidence, way=way))
            assert found.problem == problem
            assert found.problem not in ("token_refused", "signed_in_as_other")


def test_every_provider_that_a_rule_names_exists() -> None:
    for rule in TABLE.rules:
        for provider in rule.provider:
            assert BOOK.by_id(provider) is not None, rule


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ((CodeMeaning(("AADSTSx",), Text("甲。", "A.")),), "not a code"),
        ((CodeMeaning(("invalid_grant",), Text("甲。", "A.")),), "not a code"),
        ((CodeMeaning(("AADSTS1", "AADSTS1"), Text("甲。", "A.")),), "twice"),
        ((CodeMeaning(("AADSTS1",), Text("甲。", "A."), fix=Fix.OPEN_LINK),), "no page"),
    ],
)
def test_a_wrong_row_is_refused(rows: tuple[CodeMeaning, ...], message: str) -> None:
    with pytest.raises(ResourceError, match=message):
        MicrosoftErrors(rows)


def test_numbers_tell_more_than_words() -> None:
    number = CODES.of(("INVALID_GRANT", "AADSTS50173", "BAD_TOKEN"))
    assert number is not None
    assert number.codes == ("AADSTS50173",)
    suberror = CODES.of(("INVALID_GRANT", "CLIENT_MISMATCH"))
    assert suberror is not None
    assert suberror.codes == ("CLIENT_MISMATCH",)
    assert CODES.of(("AADSTS1", "NEVER_SEEN")) is None


def test_a_diagnosis_of_another_version_keeps_its_words() -> None:
    """Kept reports outlive the rows: a code that was dropped is still shown."""
    evidence = sign_in(Fault.REJECTED, codes=("AADSTS42",))
    old = Diagnosis("sign_in_error", Fix.OPEN_LINK, evidence)
    assert TABLE.explain(old).code == "AADSTS42"
