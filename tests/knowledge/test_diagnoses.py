"""The diagnosis table: complete words, no button that leads nowhere, servers suggested rightly."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.decode import ResourceError
from laifaxin_desktop.knowledge.diagnoses import ERRORS, SITE, DiagnosisTable
from laifaxin_desktop.knowledge.microsoft_errors import MicrosoftErrors
from laifaxin_desktop.knowledge.rules import Catalogue, Rule
from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fault, Fix, Problem, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Provider, Security
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import (
    SHOWN,
    TABLE,
    WITHOUT_DIALOGUE,
    WORDS,
    seen,
)

# CONTRACT.md: the words of the list; any other problem shows its own title there.
LIST_WORDS = {
    "需要重新授权",
    "密码或授权码错误",
    "服务未开启",
    "证书问题",
    "管理员限制",
    "网络或防火墙",
    "稍后重试",
}
PLACES = frozenset(
    {"host", "port", "protocol", "provider", "credential", "app_password", "reply", "names"}
    | {"issuer", "starts", "expires", "spoken", "date", "other_port", "enter_again", "backoff"}
    | {"number", "number_meaning", "number_advice", "permission", "side", "identity", "mailbox"}
    | {"reason", "redirect_port", "proxy", "lockout", "off_by"}
    | {"locked", "unlock"}
)
CONTRACT_IDS = """
    offline host_not_found lookup_failed bad_host_name connection_refused connection_timeout
    port_blocked network_unreachable connection_lost bridge_not_running
    proxy_unreachable proxy_login_failed proxy_target_failed proxy_wrong_type
    tls_wrong_mode starttls_missing tls_injection certificate_expired certificate_not_yet_valid
    certificate_wrong_host certificate_untrusted certificate_incomplete certificate_unfit
    client_certificate_needed tls_too_old tls_failed certificate_changed captive_portal clock_wrong
    wrong_protocol not_a_mail_server server_silent server_busy refused_by_policy garbled_reply
    wrong_password wrong_app_password needs_app_password basic_auth_disabled
    smtp_auth_disabled_tenant smtp_auth_disabled_mailbox blocked_by_security_defaults
    blocked_by_conditional_access service_not_enabled not_connected browser_sign_in_required
    account_abnormal unsafe_login too_many_attempts account_locked too_many_connections throttled
    password_expired account_disabled no_common_mechanism login_needs_encryption login_temporary
    login_refused mailbox_unavailable mailbox_full no_vault vault_locked secret_missing
    unrecognised
    signed_in_as_other sign_in_needed mfa_needed consent_needed consent_declined
    sign_in_cancelled sign_in_timeout admin_consent_needed missing_permission token_refused
    app_not_found app_wrong_platform app_secret_wrong app_secret_expired app_wrong_audience
    wrong_cloud tenant_not_found user_not_assigned sign_in_error authority_unreachable
    send_as_denied sender_refused recipient_refused message_too_large send_quota_reached
    sending_blocked access_denied graph_unavailable
"""
PROBLEMS = pytest.mark.parametrize("problem", TABLE.problems, ids=[p.id for p in TABLE.problems])


def plain(problem: str, **more: object) -> Diagnosis:
    """A diagnosis as it comes back from the database."""
    evidence = seen(Stage.LOGIN, Fault.REJECTED, **more)
    return Diagnosis(problem, TABLE.problem(problem).fix, evidence)


@pytest.mark.parametrize(("problem", "evidence"), WITHOUT_DIALOGUE)
def test_what_no_server_says_is_named(problem: str, evidence: Evidence) -> None:
    assert TABLE.diagnose(evidence).problem == problem


def test_the_catalogue_is_whole() -> None:
    ids = [problem.id for problem in TABLE.problems]
    assert set(CONTRACT_IDS.split()) <= set(ids)
    assert len(ids) == len(set(ids))
    assert {rule.problem for rule in TABLE.rules} == set(ids)
    assert len(set(TABLE.rules)) == len(TABLE.rules)


@PROBLEMS
def test_words_of_a_problem(problem: Problem) -> None:
    assert 1 <= len(problem.steps) <= 4
    texts = [problem.title, problem.meaning, problem.button, *problem.steps]
    for text in [*texts, problem.word or problem.title]:
        assert text.zh_CN.strip()
        assert text.en.strip()
        assert not re.search("[\u3000-\u303f\uff00-\uffef]", text.en), text.en
        for place in re.findall(r"\{(\w*)\}", text.zh_CN + text.en):
            assert place in PLACES, place
    assert problem.meaning.zh_CN.endswith(("。", "{reply}", "{number_meaning}"))
    if problem.word:
        assert problem.word.zh_CN in LIST_WORDS


def calling_it_differently() -> list[Provider | None]:
    """One provider of all that call their secrets the same: names are all that words hold."""
    known: dict[object, Provider | None] = {None: None}
    for provider in BOOK.all:
        names = tuple((way.way, way.credential.name, way.since) for way in provider.ways)
        known.setdefault(names, provider)
    return list(known.values())


DIFFERENT = calling_it_differently()


@PROBLEMS
def test_every_place_is_filled_and_titles_stay_short(problem: Problem) -> None:
    for provider in DIFFERENT:
        for way in (None, *AuthWay):
            for bare in (True, False):
                known: dict[str, object] = {} if bare else {"certificate": SHOWN, "reply": "No."}
                words = TABLE.explain(plain(problem.id, way=way, **known), provider)
                wide = sum(1 if ord(letter) > 0x2E80 else 0.5 for letter in words.title.zh_CN)
                assert wide <= 16, words.title.zh_CN
                for text in (words.title, words.meaning, words.button, words.word, *words.steps):
                    assert not re.search(r"\{\w*\}", text.zh_CN + text.en)


def test_a_credential_is_called_as_the_provider_calls_it() -> None:
    words = TABLE.explain(plain("wrong_app_password", provider="qq", way=AuthWay.APP_PASSWORD))
    assert words.title.zh_CN == "授权码不正确"
    assert words.button.zh_CN == "重新输入授权码"
    assert "QQ 邮箱" in words.meaning.zh_CN
    assert words.title.en == "Wrong authorization code"
    words = TABLE.explain(plain("needs_app_password", provider="m365_global", way=AuthWay.PASSWORD))
    assert words.title.zh_CN == "需要应用密码"


def test_a_stranger_s_braces_stay_what_they_are() -> None:
    words = TABLE.explain(plain("login_refused", reply="{host} {credential} <b>"))
    assert words.meaning.zh_CN.endswith("{host} {credential} <b>")


def test_a_problem_of_another_version_is_explained_honestly() -> None:
    old = replace(plain("offline"), problem="from_the_future")
    assert TABLE.explain(old).title == TABLE.problem("unrecognised").title


def test_another_fix_brings_its_own_button() -> None:
    evidence = seen(
        Stage.MAILBOX,
        Fault.REJECTED,
        codes=("NO", "OVERQUOTA"),
        provider="qq",
        way=AuthWay.APP_PASSWORD,
    )
    found = TABLE.diagnose(evidence)
    assert (found.fix, found.link) == (Fix.OPEN_LINK, "https://mail.qq.com/")
    assert TABLE.explain(found).button == WORDS("fix.open_link")


@pytest.mark.parametrize("provider", [p.id for p in BOOK.all if p.site])
def test_the_web_mail_is_the_provider_s_own(provider: str) -> None:
    full = seen(Stage.MAILBOX, Fault.REJECTED, codes=("OVERQUOTA",), provider=provider)
    page = BOOK.by_id(provider)
    assert page is not None
    assert TABLE.diagnose(full).link == page.site
    unsafe = replace(full, codes=("NO",), reply="NO EXAMINE Unsafe Login.")
    if provider.startswith("netease"):
        assert TABLE.diagnose(unsafe).link == page.site


def test_a_link_to_the_web_mail_of_nobody_is_refused() -> None:
    problem = replace(TABLE.problem("mailbox_full"), fix=Fix.OPEN_LINK, link=SITE)
    wrong = (
        Rule(problem.id),
        Rule(problem.id, provider=("other",), link=SITE),
        Rule(problem.id, provider=("qq", "other"), link=SITE),
    )
    for rule in wrong:
        with pytest.raises(ResourceError, match="web mail of nobody"):
            DiagnosisTable(
                Catalogue((problem,), (rule, Rule(problem.id))), BOOK, WORDS, MicrosoftErrors(())
            )


def test_who_can_switch_a_service_on() -> None:
    """Google's administrator for IMAP, a person for POP and for an Aliyun mailbox."""
    off = seen(Stage.LOGIN, Fault.REJECTED, provider="gmail", way=AuthWay.APP_PASSWORD)
    found = TABLE.diagnose(
        replace(off, reply="NO [ALERT] IMAP access is disabled for your domain.")
    )
    assert (found.problem, found.fix) == ("service_not_enabled", Fix.ASK_ADMIN)
    pop = replace(
        off, protocol=Protocol.POP3, reply="-ERR Your account is not enabled for POP access."
    )
    assert TABLE.diagnose(pop).guide == "turn_on_pop"
    assert BOOK.guide("gmail", "turn_on_pop") is not None
    aliyun = replace(off, provider="aliyun_personal", reply="535 UC_LOGIN_SOURCE_NOT_ALLOWED")
    assert TABLE.diagnose(aliyun).guide == "turn_on_service"
    company = replace(aliyun, provider="other")
    assert TABLE.diagnose(company).problem == "refused_by_policy"


def test_the_switch_is_named_by_what_was_asked_for() -> None:
    closed = seen(Stage.LOGIN, Fault.REJECTED, reply="BAD User is authenticated but not connected.")
    for protocol in (Protocol.IMAP, Protocol.POP3):
        words = TABLE.explain(
            TABLE.diagnose(replace(closed, provider="outlook", protocol=protocol))
        )
        assert protocol.upper() in words.meaning.zh_CN
        assert protocol.upper() in words.steps[0].en


def leading_elsewhere() -> list[str]:
    """One provider of all whose ways have the same guides, and all that a rule names."""
    known: dict[object, str] = {None: ""}
    for provider in BOOK.all:
        guides = frozenset((way.way, way.guide) for way in provider.ways)
        first = provider.guides[0].id if provider.guides else None
        known.setdefault((guides, first, bool(provider.site)), provider.id)
    named = {provider for rule in TABLE.rules for provider in rule.provider}
    return sorted({*known.values(), *named})


@pytest.mark.parametrize("provider", leading_elsewhere())
@pytest.mark.parametrize("way", [None, AuthWay.APP_PASSWORD, AuthWay.PASSWORD])
def test_no_button_leads_nowhere(provider: str, way: AuthWay | None) -> None:
    for rule in TABLE.rules:
        evidence = Evidence(
            stage=(rule.stage or tuple(Stage))[0],
            fault=(rule.fault or (Fault.UNEXPECTED,))[0],
            protocol=(rule.protocol or (Protocol.IMAP,))[0],
            host=(rule.host or ("imap.example.org",))[0],
            port=993,
            security=(rule.security or (Security.TLS,))[0],
            codes=rule.code[:1],
            reply=(rule.reply or ("",))[0],
            provider=provider,
            way=way,
        )
        found = TABLE.diagnose(evidence)
        if found.fix is Fix.OPEN_GUIDE:
            assert BOOK.guide(provider, found.guide) is not None, rule
        if found.fix is Fix.OPEN_LINK:
            assert TABLE.opens(found.link), rule


def test_a_certificate_that_nobody_could_read_is_not_offered_to_be_shown() -> None:
    expired = seen(Stage.TLS, Fault.CERTIFICATE_EXPIRED)
    assert TABLE.diagnose(replace(expired, certificate=SHOWN)).fix is Fix.SHOW_CERTIFICATE
    assert TABLE.diagnose(expired).fix is Fix.REPORT_BUG


def test_the_guide_is_the_one_of_the_way() -> None:
    refused = seen(Stage.LOGIN, Fault.REJECTED, codes=("535",), way=AuthWay.APP_PASSWORD)
    for provider, guide in (("qq", "authorization_code"), ("other", "app_password")):
        found = TABLE.diagnose(replace(refused, provider=provider, shaped=False))
        assert (found.problem, found.guide) == ("needs_app_password", guide)
    closed = replace(refused, reply="BAD User is authenticated but not connected.")
    assert TABLE.diagnose(replace(closed, provider="outlook")).guide == "turn_on_imap"
    assert TABLE.diagnose(replace(closed, provider="m365_global")).fix is Fix.ASK_ADMIN


def smtp_said(words: str, **more: object) -> Diagnosis:
    """The diagnosis of Microsoft's 535 5.7.139 with these words."""
    reply = f"535 5.7.139 Authentication unsuccessful, {words}"
    codes = ("535", "5.7.139")
    known: dict[str, object] = {"provider": "m365_global", "protocol": Protocol.SMTP}
    evidence = seen(Stage.LOGIN, Fault.REJECTED, codes=codes, reply=reply, **{**known, **more})
    return TABLE.diagnose(evidence)


@pytest.mark.parametrize("provider", ["outlook", "m365_global"])
def test_an_expired_password_opens_one_page_however_it_is_said(provider: str) -> None:
    said = smtp_said("the password has expired.", provider=provider)
    coded = seen(Stage.LOGIN, Fault.REJECTED, codes=("NO", "EXPIRED"), provider=provider)
    assert said.problem == "password_expired"
    assert said.fix is Fix.OPEN_LINK
    assert said.link == TABLE.diagnose(coded).link


@pytest.mark.parametrize("words", ["service was unreachable.", "URL does not support HTTPS."])
def test_the_organisation_s_sign_in_server_is_the_administrator_s(words: str) -> None:
    found = smtp_said(f"federated STS {words}")
    assert found.problem in ("login_temporary", "login_refused")
    assert found.fix is Fix.ASK_ADMIN


def test_a_refusal_by_policy_shows_the_server_s_words() -> None:
    said = "504 5.5.2 <x>: Helo command rejected: need fully-qualified hostname"
    found = TABLE.diagnose(seen(Stage.GREETING, Fault.REJECTED, codes=("504", "5.5.2"), reply=said))
    words = TABLE.explain(found)
    assert found.problem == "refused_by_policy"
    for text in (words.meaning.zh_CN, words.meaning.en):
        assert said in text
    assert not any("VPN" in step.zh_CN + step.en for step in words.steps)


def suggested(problem: str, evidence: Evidence) -> str:
    """Host, port and security of what a diagnosis suggests, after checking its name."""
    found = TABLE.diagnose(evidence)
    assert found.problem == problem
    to = found.suggestion
    return f"{to}/{to.security}" if to else ""


def test_the_mode_is_corrected_where_the_server_showed_it() -> None:
    tls, starttls = Security.TLS, Security.STARTTLS
    plain_answer = seen(Stage.TLS, Fault.WRONG_MODE, spoken="plain", port=143, security=tls)
    assert suggested("tls_wrong_mode", plain_answer) == "imap.example.org:143/starttls"
    own_port = replace(plain_answer, port=11143)
    assert suggested("tls_wrong_mode", own_port) == "imap.example.org:11143/starttls"
    tls_answer = seen(Stage.GREETING, Fault.WRONG_MODE, spoken="tls", security=starttls)
    assert suggested("tls_wrong_mode", tls_answer) == "imap.example.org:993/tls"
    smtp = replace(plain_answer, protocol=Protocol.SMTP, host="smtp.qq.com", port=587)
    assert suggested("tls_wrong_mode", smtp) == "smtp.qq.com:587/starttls"


def test_other_suggestions() -> None:
    refused = seen(
        Stage.TLS,
        Fault.STARTTLS_MISSING,
        protocol=Protocol.SMTP,
        port=587,
        security=Security.STARTTLS,
    )
    assert suggested("starttls_missing", refused) == "imap.example.org:465/tls"
    wrong = seen(Stage.GREETING, Fault.WRONG_PROTOCOL, protocol=Protocol.SMTP, spoken="imap")
    assert suggested("wrong_protocol", wrong) == "imap.example.org:465/tls"
    clear = seen(Stage.LOGIN, Fault.REJECTED, codes=("530",), port=143, security=Security.PLAIN)
    assert suggested("login_needs_encryption", clear) == "imap.example.org:143/starttls"
    # Under TLS or after STARTTLS the same words come from a server that is set up wrongly.
    for security in (Security.TLS, Security.STARTTLS):
        secure = replace(clear, security=security, port=993)
        assert suggested("login_needs_encryption", secure) == ""
        known = replace(secure, provider="qq", host="mail.example.org")
        assert suggested("login_needs_encryption", known) == ""


@pytest.mark.parametrize(
    ("protocol", "port", "security", "answers"),
    [
        (Protocol.SMTP, 587, Security.STARTTLS, "465/tls"),
        (Protocol.SMTP, 465, Security.TLS, "587/starttls"),
        (Protocol.IMAP, 993, Security.TLS, "143/starttls"),
        (Protocol.IMAP, 143, Security.STARTTLS, "993/tls"),
        (Protocol.POP3, 2110, Security.STARTTLS, "995/tls"),
        (Protocol.SMTP, 25, Security.PLAIN, "465/tls"),
    ],
)
def test_the_port_that_answers_is_suggested_and_named(
    protocol: Protocol, port: int, security: Security, answers: str
) -> None:
    evidence = seen(
        Stage.CONNECT,
        Fault.PORT_BLOCKED,
        protocol=protocol,
        port=port,
        security=security,
        provider="m365_global",  # its directory knows no port 465: what was seen counts more
    )
    assert suggested("port_blocked", evidence) == f"imap.example.org:{answers}"
    meaning = TABLE.explain(TABLE.diagnose(evidence)).meaning
    for text in (meaning.zh_CN, meaning.en):
        assert str(port) in text
        assert answers.split("/", maxsplit=1)[0] in text


def test_a_proxy_of_one_s_own_is_named_and_no_other_server_suggested() -> None:
    failed = seen(Stage.CONNECT, Fault.PROXY_LOGIN, host="imap.qq.com", provider="qq")
    for fault in (Fault.PROXY_UNREACHABLE, Fault.PROXY_LOGIN, Fault.PROXY_WRONG_TYPE):
        found = TABLE.diagnose(replace(failed, fault=fault, proxy="127.0.0.1:1080"))
        assert found.suggestion is None
        assert "127.0.0.1:1080" in TABLE.explain(found).meaning.en


def test_a_known_provider_s_server_is_suggested() -> None:
    typed = seen(Stage.LOOKUP, Fault.NAME_NOT_FOUND, host="imap.qq.con", provider="qq")
    assert suggested("host_not_found", typed) == "imap.qq.com:993/tls"
    blocked = seen(
        Stage.CONNECT,
        Fault.REFUSED,
        protocol=Protocol.SMTP,
        host="smtp.qq.com",
        port=465,
        provider="qq",
    )
    assert suggested("connection_refused", blocked) == "smtp.qq.com:587/starttls"
    impostor = replace(blocked, stage=Stage.TLS, fault=Fault.CERTIFICATE_WRONG_HOST)
    assert suggested("certificate_wrong_host", impostor) == ""
    unknown = seen(Stage.LOOKUP, Fault.NAME_NOT_FOUND)
    assert suggested("host_not_found", unknown) == ""


PROBLEM = """
[[problems]]
id = "unrecognised"
title = { zh_CN = "甲", en = "A" }
meaning = { zh_CN = "甲。", en = "A." }
steps = []
fix = "report_bug"
button = { zh_CN = "甲", en = "A" }
"""


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ('[[rules]]\nproblem = "nobody"', "no such problem"),
        ('[[rules]]\nproblem = "unrecognised"\nfault = ["closed"]', "last rule"),
        ('[[rules]]\nproblem = "unrecognised"\nfix = "open_link"', "without a link"),
        ('[[rules]]\nproblem = "unrecognised"\nguide = "nowhere"', "no such guide"),
        ('[[rules]]\nproblem = "unrecognised"\nwords = ["x"]', r"words\.toml|unknown key 'words'"),
        ('[[rules]]\nproblem = "unrecognised"\nstage = ["loggin"]', r"rules\[0\]\.stage"),
        ("rules = []", "last rule"),
    ],
)
def test_a_table_with_a_dead_end_is_refused(tmp_path: Path, rules: str, message: str) -> None:
    file = tmp_path / "diagnoses.toml"
    text = f"{rules}\n{PROBLEM}" if rules.startswith("rules") else f"{PROBLEM}\n{rules}\n"
    file.write_text(text, encoding="utf-8")
    file.with_name(ERRORS).write_text("errors = []", encoding="utf-8")
    with pytest.raises(ResourceError, match=message):
        DiagnosisTable.load(file, BOOK, WORDS)
