"""IMAP: what a check says and hears, from the greeting to the inbox."""

from __future__ import annotations

import asyncio
import base64
import ssl

import pytest

from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Endpoint, Protocol, Quirk, Security
from laifaxin_desktop.model.report import stages_of

from .peers import PASSWORD, USER, login, talk

TO_INBOX = r"""
S: * 3 EXISTS
S: * OK [UIDVALIDITY 1] ids
"""
GREETED = r"""
S: * OK ready
C: a1 CAPABILITY
S: * CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN
S: a1 OK done
"""
PASSES = (
    GREETED
    + r"""
C: a2 AUTHENTICATE PLAIN ?*
S: a2 OK in
C: a3 EXAMINE INBOX
S: * 3 EXISTS
S: a3 OK [READ-ONLY] done
C: a4 LOGOUT
"""
)
PAYLOAD = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()


@pytest.mark.parametrize("security", list(Security))
def test_a_good_account_passes_every_stage_in_the_order_people_see(
    security: Security, good: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    dialogue = PASSES
    if security is Security.STARTTLS:
        inside = PASSES.partition("S: * OK ready\n")[2]
        for number in (4, 3, 2, 1):
            inside = inside.replace(f"a{number} ", f"a{number + 1} ")
        dialogue = "S: * OK ready\nC: a1 STARTTLS\nS: a1 OK go\nTLS\n" + inside
    outcome, peer = asyncio.run(
        talk(
            dialogue,
            security=security,
            tls=good if security is Security.TLS else None,
            starttls=good,
            context=trusting,
        )
    )
    assert outcome.evidence is None
    assert not peer.wrong
    endpoint = Endpoint(Protocol.IMAP, "localhost", 1, security)
    assert tuple(s.stage for s in outcome.stages) == stages_of(endpoint)
    assert outcome.words == {"IMAP4REV1", "SASL-IR", "AUTH=PLAIN"}
    assert peer.secrets() == 1


def test_without_a_login_it_ends_after_the_capabilities() -> None:
    outcome, peer = asyncio.run(
        talk(
            "S: * OK hi\nC: a1 CAPABILITY\nS: * CAPABILITY X\nS: a1 OK\nC: a2 LOGOUT",
            secret_free=True,
        )
    )
    assert outcome.words == {"X"}
    assert peer.heard == ["a1 CAPABILITY", "a2 LOGOUT"]
    assert outcome.stages[-1].stage is Stage.GREETING


@pytest.mark.parametrize(
    ("said", "quirks", "expected"),
    [
        ("SASL-IR AUTH=PLAIN", frozenset(), [f"AUTHENTICATE PLAIN {PAYLOAD}"]),
        ("SASL-IR AUTH=PLAIN", {Quirk.NO_SASL_IR}, ["AUTHENTICATE PLAIN", PAYLOAD]),
        ("AUTH=PLAIN LOGINDISABLED", frozenset(), ["AUTHENTICATE PLAIN", PAYLOAD]),
        ("AUTH=XOAUTH2", frozenset(), [f'LOGIN "{USER}" {{14}}', PASSWORD]),
        ("", frozenset(), [f'LOGIN "{USER}" {{14}}', PASSWORD]),  # D12: none at all
    ],
)
def test_the_best_mechanism_and_nothing_else(
    said: str, quirks: set[Quirk], expected: list[str]
) -> None:
    first, *rest = expected
    rows = f"C: a2 {first.split('{')[0].split(' AG')[0]}*\n" + "S: + \nC: *\n" * len(rest)
    after = "S: a2 OK\nC: a3 EXAMINE INBOX\nS: a3 OK\nC: a4 LOGOUT"
    outcome, peer = asyncio.run(
        talk(
            f"S: * OK hi\nC: a1 CAPABILITY\nS: * CAPABILITY {said}\nS: a1 OK\n{rows}{after}",
            who=login(quirks=frozenset(quirks)),
        )
    )
    assert outcome.evidence is None, peer.wrong
    assert peer.heard[1 : 1 + len(expected)] == [f"a2 {first}", *rest]


@pytest.mark.parametrize(
    ("password", "sent"),
    [
        ("with space", '"with space"'),
        ('quote" and \\', '"quote\\" and \\\\"'),
        ("%s%d{}", '"%s%d{}"'),
        ("x" * 1000, '"' + "x" * 1000 + '"'),
        (" edges ", '" edges "'),
    ],
)
def test_e3_passwords_arrive_as_they_are(password: str, sent: str) -> None:
    outcome, peer = asyncio.run(
        talk(
            "S: * OK hi\nC: *\nS: a1 OK\nC: a2 LOGIN *\nS: a2 OK\nC: a3 *\nS: a3 OK\nC: *",
            who=login(password),
        )
    )
    assert outcome.evidence is None
    assert peer.heard[1] == f'a2 LOGIN "{USER}" {sent}'


@pytest.mark.parametrize(
    "dialogue",
    [
        # in odd case, split over lines
        "S: * ok hi\nC: a1 CAPABILITY\nS: * CapaBility imap4rev1\nS: * capability auth=plain\n"
        "S: a1 oK\nC: a2 AUTHENTICATE PLAIN\nS: + \nC: *\nS: a2 Ok\n",
        # only in the greeting; asked, it will not say
        "S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] hi\nC: a1 CAPABILITY\nS: a1 BAD what\n"
        "C: a2 AUTHENTICATE PLAIN ?*\nS: a2 OK\n",
        # with the tagged OK
        "S: * OK hi\nC: a1 CAPABILITY\nS: a1 OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR]\n"
        "C: a2 AUTHENTICATE PLAIN ?*\nS: a2 OK\n",
        # only after login, with news in between
        "S: * OK hi\nC: a1 CAPABILITY\nS: * CAPABILITY\nS: a1 OK\nC: a2 LOGIN * {14}\nS: + go\n"
        "C: *\nS: * 1 RECENT\nS: a2 OK [CAPABILITY IMAP4rev1 ID] in\n",
    ],
)
def test_d12_capabilities_in_every_shape(dialogue: str) -> None:
    outcome, peer = asyncio.run(talk(dialogue + "C: a3 EXAMINE INBOX\nS: a3 OK\nC: a4 LOGOUT"))
    assert outcome.evidence is None, peer.wrong


def test_nothing_we_speak_is_offered() -> None:
    outcome, peer = asyncio.run(
        talk("S: * OK hi\nC: *\nS: * CAPABILITY AUTH=XOAUTH2 LOGINDISABLED\nS: a1 OK\nC: *")
    )
    assert (outcome.fault, outcome.stage) == (Fault.NO_MECHANISM, Stage.LOGIN)
    assert outcome.evidence
    assert outcome.evidence.reply == "AUTH=XOAUTH2 LOGINDISABLED"
    assert len(peer.heard) == 1


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ("S: a2 NO [AUTHENTICATIONFAILED] Invalid (Failure)", ("NO", "AUTHENTICATIONFAILED")),
        ("S: a2 NO [unavailable] later", ("NO", "UNAVAILABLE")),  # E8
        ("S: a2 BAD what", ("BAD",)),
        ("S: * NO [WEBALERT https://x.example/] Web login\nS: a2 NO [ALERT] Please log in",
         ("NO", "ALERT", "WEBALERT")),
        # Microsoft: the reason, then the end
        ("S: a2 NO Basic authentication is disabled.\nS: * BYE signing off.", ("NO",)),
        ("S: * BYE Too many\nS: a2 NO [LIMIT] no", ("NO", "LIMIT")),
        # A16
        ("S: * BYE gone\nHANG", ("BYE",)),
        ("S: * BYE gone\nS: a2 OK welcome\nHANG", ("BYE",)),
        ("S: a2 NO [REFERRAL imap://evil.example/] go there", ("NO", "REFERRAL")),  # A10
    ],
)  # fmt: skip
def test_a_refusal_keeps_codes_and_words_and_is_not_repeated(
    answer: str, codes: tuple[str, ...]
) -> None:
    dialogue = GREETED + f"C: a2 AUTHENTICATE PLAIN ?*\n{answer}\nC: *"
    outcome, peer = asyncio.run(talk(dialogue))
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == codes
    assert outcome.evidence
    assert outcome.evidence.reply
    assert (peer.secrets(), peer.connections) == (1, 1)


@pytest.mark.parametrize(
    "answer",
    [
        "S: + \nC: *",  # A12: once more, please
        "S: a3 OK not yours",  # A15
        "S: a2 YES",
        "S: a2",
        "S: OK",
        "S: \\x80\\x81\\x82",
        "S: * 1 FETCH {4294967295}",  # D8
        "S: * 1 FETCH {70000}",
        "S: a2 OK\\x00",
        "S: a2 \\x0dOK",
        "s: a2 OK\\x0a",  # D10
    ],
)
def test_nonsense_after_the_password_is_no_success_and_no_refusal(answer: str) -> None:
    outcome, peer = asyncio.run(talk(GREETED + f"C: a2 AUTHENTICATE PLAIN ?*\n{answer}\nHANG"))
    assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.LOGIN)
    assert peer.secrets() == 1


@pytest.mark.parametrize(
    "dialogue",
    [
        # A15: answers to questions not yet asked
        "S: * OK hi\nS: a1 OK\nS: a2 OK\nS: a3 OK\nHANG",
        GREETED + "S: a2 OK in\nHANG",
        # success before the password
        "S: * OK hi\nC: *\nS: * CAPABILITY AUTH=PLAIN\nS: a1 OK\nC: a2 *\nS: a2 OK in\nHANG",
        "S: * OK hi\nC: *\nS: a1 OK\nC: a2 LOGIN*\nS: a2 OK in\nHANG",
    ],
)
def test_a15_success_too_early(dialogue: str) -> None:
    outcome, peer = asyncio.run(talk(dialogue))
    assert outcome.fault is Fault.GARBLED
    assert peer.secrets() == 0


@pytest.mark.parametrize("ending", ["HANG", "RESET", ""])
def test_e9_silence_or_an_end_is_never_a_wrong_password(ending: str) -> None:
    outcome, _ = asyncio.run(talk(GREETED + f"C: a2 AUTHENTICATE PLAIN ?*\n{ending}"))
    assert outcome.stage is Stage.LOGIN
    assert outcome.fault is (Fault.TIMEOUT if ending == "HANG" else Fault.CLOSED)


def test_literals_and_news_are_read_over() -> None:
    outcome, peer = asyncio.run(
        talk(
            GREETED + 'C: a2 *\nS: * ID ("name" {6}\ns: a2 NO\\x0d \nS: )\nS: * OK {9} news\n'
            "S: a2 OK\nC: a3 EXAMINE INBOX\nS: a3 OK\nC: *"
        )
    )
    assert outcome.evidence is None, peer.wrong


def test_e6_the_inbox_is_refused() -> None:
    outcome, _ = asyncio.run(
        talk(GREETED + "C: a2 *\nS: a2 OK\nC: a3 EXAMINE INBOX\nS: a3 NO [NONEXISTENT] none\nC: *")
    )
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.MAILBOX)
    assert outcome.codes == ("NO", "NONEXISTENT")
    assert [s.ok for s in outcome.stages[-2:]] == [True, False]


def test_netease_is_told_who_calls_before_the_inbox() -> None:
    id_line = (
        'C: a3 ID ("name" * "version" * "vendor" * "support-email" *)\nS: * ID NIL\nS: a3 OK\n'
    )
    outcome, peer = asyncio.run(
        talk(
            GREETED + "C: a2 *\nS: a2 OK\n" + id_line + "C: a4 EXAMINE INBOX\nS: a4 OK\nC: *",
            who=login(quirks=frozenset({Quirk.IMAP_ID})),
        )
    )
    assert outcome.evidence is None, peer.wrong


def test_unsafe_login_is_answered_with_an_introduction_not_with_the_password() -> None:
    refused = "S: {} NO EXAMINE Unsafe Login. Please contact kefu@188.com for help\n"
    inside = (
        "C: a3 EXAMINE INBOX\n"
        + refused.format("a3")
        + "C: a4 ID (*)\nS: a4 OK\nC: a5 EXAMINE INBOX\n"
    )
    for end, ok in (("S: a5 OK\nC: *", True), (refused.format("a5") + "C: *", False)):
        outcome, peer = asyncio.run(talk(GREETED + "C: a2 *\nS: a2 OK\n" + inside + end))
        assert outcome.ok is ok
        assert peer.secrets() == 1


def test_d15_the_answer_to_logout_is_not_waited_for() -> None:
    outcome, peer = asyncio.run(talk(PASSES + "HANG"))
    assert outcome.ok
    assert peer.heard[-1] == "a4 LOGOUT"


def test_preauth_proves_nothing() -> None:
    outcome, peer = asyncio.run(talk("S: * PREAUTH welcome\nHANG"))
    assert outcome.fault is Fault.GARBLED
    assert not peer.heard
