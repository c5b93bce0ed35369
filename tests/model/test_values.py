"""The central values: secrets stay mute, plain forms are strict, status follows the report."""

import copy
import json
import pickle
import traceback
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laifaxin_desktop.model.account import Account, Login, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.plain import PlainError, from_plain, to_plain
from laifaxin_desktop.model.problem import Certificate, Diagnosis, Evidence, Fault, Fix, Stage
from laifaxin_desktop.model.provider import (
    AuthWay,
    Credential,
    Endpoint,
    PasteRule,
    Protocol,
    Quirk,
    Security,
    UsernameForm,
)
from laifaxin_desktop.model.report import (
    Leg,
    Report,
    StageResult,
    Status,
    stages_of,
    status_of,
)
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Language, Text

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
IMAP = Endpoint(Protocol.IMAP, "imap.qq.com", 993, Security.TLS)
SMTP = Endpoint(Protocol.SMTP, "smtp.qq.com", 587, Security.STARTTLS)
ADDRESS = Address("li", "qq.com")
NAME = Text("授权码", "Authorization code")


def failed(end: Endpoint, fix: Fix) -> Leg:
    evidence = Evidence(Stage.LOGIN, Fault.REJECTED, reply="NO")
    return Leg(end, (), Diagnosis("wrong_password", fix, evidence))


def report(*legs: Leg) -> Report:
    return Report(ADDRESS, NOW, 1, legs)


def test_a_secret_is_mute() -> None:
    secret = Secret("hunter2-é-漢")
    login = Login("li", secret)
    for said in (repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", repr(login)):
        assert "hunter2" not in said
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copied(secret)
    with pytest.raises(TypeError):
        to_plain(login)
    raised = traceback.format_exception(ValueError(secret))
    assert "hunter2" not in "".join(raised)
    assert secret == Secret("hunter2-é-漢")
    assert secret != Secret("hunter2")
    assert len({hash(Secret("a")), hash(Secret("b"))}) == 1


@pytest.mark.parametrize(
    ("rule", "pasted", "kept"),
    [
        (PasteRule.KEEP, " my pass-word ", " my pass-word "),
        (PasteRule.KEEP, "secret\r\n", "secret"),
        (PasteRule.STRIP_SPACES, "abcd efgh\u00a0ij\u3000kl\n", "abcdefghijkl"),
        (PasteRule.STRIP_SPACES, "abcd-efgh", "abcd-efgh"),
        (PasteRule.STRIP_SPACES_AND_DASHES, "abcd-efgh\u2013ijkl mnop", "abcdefghijklmnop"),
    ],
)
def test_cleaning_a_pasted_secret(rule: PasteRule, pasted: str, kept: str) -> None:
    assert Credential(NAME, paste=rule).clean(pasted) == kept


def test_the_shape_is_a_hint() -> None:
    shaped = Credential(NAME, 16, "a-z")
    assert shaped.fits("abcdefghijklmnop") is True
    assert shaped.fits("MyPassw0rd") is False
    assert Credential(NAME).fits("anything") is None


def test_status_follows_the_report() -> None:
    good, waits, acts = Leg(IMAP), failed(IMAP, Fix.RETRY), failed(IMAP, Fix.EDIT_PASSWORD)
    sends, sends_not = Leg(SMTP), failed(SMTP, Fix.EDIT_PASSWORD)
    assert status_of(None) is Status.NEW
    assert status_of(report()) is Status.NEW
    assert status_of(report(good, sends)) is Status.OK
    assert status_of(report(good)) is Status.OK
    assert status_of(report(good, sends_not)) is Status.RECEIVE_ONLY
    assert status_of(report(waits, sends)) is Status.SEND_ONLY
    assert status_of(report(waits, failed(SMTP, Fix.WAIT))) is Status.WAITING
    assert status_of(report(waits, sends_not)) is Status.ACTION
    assert status_of(report(acts, failed(SMTP, Fix.RETRY))) is Status.ACTION
    assert status_of(report(good, sends), checking=True) is Status.CHECKING
    assert status_of(report(good, sends), checking=True, paused=True) is Status.PAUSED
    assert not report().ok


def test_what_a_person_must_mend_is_shown_first() -> None:
    shown = report(failed(IMAP, Fix.RETRY), failed(SMTP, Fix.EDIT_PASSWORD)).diagnosis
    assert shown is not None
    assert shown.fix is Fix.EDIT_PASSWORD


def test_the_stages_a_person_sees() -> None:
    assert [*stages_of(IMAP)] == ["lookup", "connect", "tls", "greeting", "login", "mailbox"]
    assert [*stages_of(SMTP)] == ["lookup", "connect", "greeting", "tls", "login"]
    plain = replace(SMTP, security=Security.PLAIN)
    assert [*stages_of(plain)] == ["lookup", "connect", "greeting", "login"]


def test_plain_and_back() -> None:
    certificate = Certificate(("a.example",), "CN=a", "CN=ca", NOW, NOW, "ab", True)
    evidence = Evidence(
        Stage.TLS, Fault.CERTIFICATE_EXPIRED, Protocol.IMAP, "a", 1, Security.TLS,
        codes=("NO",), reply="漢 \u2028", certificate=certificate, way=AuthWay.PASSWORD,
    )  # fmt: skip
    diagnosis = Diagnosis("certificate_expired", Fix.SHOW_CERTIFICATE, evidence, suggestion=SMTP)
    whole = Report(ADDRESS, NOW, 5, (Leg(IMAP, (StageResult(Stage.TLS, False, 3),), diagnosis),))
    assert from_plain(Report, json.loads(json.dumps(to_plain(whole)))) == whole
    account = Account("1", ADDRESS, "qq", Settings(IMAP, SMTP, AuthWay.APP_PASSWORD), NOW)
    assert from_plain(Account, json.loads(json.dumps(to_plain(account)))) == account
    login = frozenset({Quirk.IMAP_ID})
    assert to_plain(login) == ["imap_id"]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"hots": 1}, "hots"),
        ({"host": 1}, "host"),
        ({"host": None}, "host"),
        ({"port": "993"}, "port"),
        ({"port": True}, "port"),
        ({"security": "ssl"}, "security"),
    ],
)
def test_plain_is_strict(change: dict[str, object], names: str) -> None:
    with pytest.raises(PlainError, match=names):
        from_plain(Endpoint, {**to_plain(IMAP), **change}, "file.toml")
    short = to_plain(IMAP)
    del short["host"]
    with pytest.raises(PlainError, match=r"host.*missing"):
        from_plain(Endpoint, short)


def test_user_names() -> None:
    local = replace(IMAP, username=UsernameForm.LOCALPART)
    settings = Settings(local, SMTP, AuthWay.APP_PASSWORD)
    assert settings.username_for(local, ADDRESS) == "li"
    assert settings.username_for(SMTP, ADDRESS) == "li@qq.com"
    assert replace(settings, username="x").username_for(local, ADDRESS) == "x"
    assert Settings(None, SMTP, AuthWay.PASSWORD).endpoints() == (SMTP,)


def test_words() -> None:
    said = Text("{host} 拒绝了{credential}", "{host} refused the {credential}")
    filled = said.fill({"host": "{credential}", "credential": NAME})
    assert filled.say(Language.ZH_CN).endswith("拒绝了授权码")
    assert said.fill({"other": "x"}) == said
    for locale, language in (("zh-Hans-CN", "zh_CN"), ("zh_TW.UTF-8", "zh_CN"), ("de", "en")):
        assert Language.of(locale) == language
