"""Access tokens over IMAP, POP3 and SMTP: XOAUTH2, OAUTHBEARER, and how a token is refused."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from dataclasses import dataclass

import pytest

from laifaxin_desktop.mail import sasl
from laifaxin_desktop.model.problem import Fault, Stage
from laifaxin_desktop.model.provider import Protocol, Quirk, Security

from .peers import TOKEN, USER, Outcome, Peer, bearer, talk

IMAP, POP3, SMTP = Protocol.IMAP, Protocol.POP3, Protocol.SMTP
XOAUTH2 = f"user={USER}\x01auth=Bearer {TOKEN}\x01\x01"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CHALLENGE = b64('{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}')
READ = '{"status":"400","schemes":"Bearer","scope":"https://mail.example/"}'


@dataclass(frozen=True)
class Talk:
    """How one protocol opens, asks for the token, challenges, and says yes and no."""

    opening: str  # offers {}
    asks: str  # hears the mechanism's name, and asks for its message
    challenges: str
    yes: str
    no: str
    inside: str


TALKS = {
    IMAP: Talk(
        "S: * OK ready\nC: a1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 {}\nS: a1 OK\n",
        "C: a2 AUTHENTICATE {}\nS: + \n",
        "S: + {}\n",
        "S: a2 OK AUTHENTICATE completed.\n",
        "S: a2 NO AUTHENTICATE failed.\n",
        "C: a3 EXAMINE INBOX\nS: a3 OK\nC: a4 LOGOUT\nHANG",
    ),
    POP3: Talk(
        "S: +OK ready\nC: CAPA\nS: +OK\nS: USER\nS: SASL {}\nS: .\n",
        "C: AUTH {}\nS: + \n",
        "S: + {}\n",
        "S: +OK User successfully authenticated.\n",
        "S: -ERR Authentication failure: unknown user name or bad password.\n",
        "C: STAT\nS: +OK 1 1\nC: QUIT\nHANG",
    ),
    SMTP: Talk(
        "S: 220 ready\nC: EHLO *\nS: 250-mx\nS: 250 AUTH LOGIN {}\n",
        "C: AUTH {}\nS: 334 \n",
        "S: 334 {}\n",
        "S: 235 2.7.0 Authentication successful\n",
        "S: 535 5.7.3 Authentication unsuccessful [A.example]\n",
        "C: QUIT\nHANG",
    ),
}


def offer(protocol: Protocol, *names: str) -> str:
    return " ".join(f"AUTH={name}" if protocol is IMAP else name for name in names)


def opening(protocol: Protocol, *names: str) -> str:
    return TALKS[protocol].opening.format(offer(protocol, *names))


def ask(dialogue: str, protocol: Protocol, **more: object) -> tuple[Outcome, Peer]:
    more = {"who": bearer(), **more}
    return asyncio.run(talk(dialogue, protocol, **more))  # type: ignore[arg-type]


def tokens(peer: Peer) -> int:
    """How often the token was heard."""
    found = 0
    for line in peer.heard:
        for word in line.split() or [""]:
            try:
                raw = base64.b64decode(word, validate=True)
            except ValueError:
                raw = b""
            found += TOKEN.encode() in raw or TOKEN in word
    return found


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_xoauth2_in_two_lines(protocol: Protocol) -> None:
    by = TALKS[protocol]
    dialogue = opening(protocol, "PLAIN", "XOAUTH2", "OAUTHBEARER") + by.asks.format("XOAUTH2")
    outcome, peer = ask(dialogue + f"C: {b64(XOAUTH2)}\n" + by.yes + by.inside, protocol)
    assert outcome.evidence is None, peer.wrong
    assert not peer.wrong
    assert tokens(peer) == 1


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_oauthbearer_where_only_that_is_offered(protocol: Protocol) -> None:
    by = TALKS[protocol]
    dialogue = opening(protocol, "PLAIN", "OAUTHBEARER") + by.asks.format("OAUTHBEARER") + "C: *\n"
    outcome, peer = ask(
        dialogue + by.yes + by.inside, protocol, who=bearer(user="a=b,c@example.com")
    )
    assert outcome.evidence is None, peer.wrong
    said = next(base64.b64decode(line) for line in peer.heard if len(line) > 1000).decode()
    head, host, port, auth, *end = said.split("\x01")
    assert head == "n,a=a=3Db=2Cc@example.com,"
    assert (host, port) == ("host=localhost", f"port={peer.port}")
    assert (auth, end) == (f"auth=Bearer {TOKEN}", ["", ""])


def test_xoauth2_at_once_where_imap_takes_it() -> None:
    greeted = opening(IMAP, "XOAUTH2 SASL-IR")
    tail = "S: a2 OK\n" + TALKS[IMAP].inside
    outcome, peer = ask(greeted + f"C: a2 AUTHENTICATE XOAUTH2 {b64(XOAUTH2)}\n" + tail, IMAP)
    assert outcome.ok, peer.wrong
    waiting = "C: a2 AUTHENTICATE XOAUTH2\nS: +\nC: ?*\n"
    who = bearer(quirks=frozenset({Quirk.NO_SASL_IR}))
    outcome, peer = ask(greeted + waiting + tail, IMAP, who=who)
    assert outcome.ok, peer.wrong


def test_a_short_token_stands_in_the_command_where_smtp_takes_it_and_never_with_pop3() -> None:
    who = bearer("short-token")
    outcome, peer = ask(
        opening(SMTP, "XOAUTH2") + "C: AUTH XOAUTH2 ?*\n" + TALKS[SMTP].yes + "C: QUIT",
        SMTP,
        who=who,
    )
    assert outcome.ok, peer.wrong
    by = TALKS[POP3]
    dialogue = opening(POP3, "XOAUTH2") + by.asks.format("XOAUTH2") + "C: ?*\n" + by.yes
    outcome, peer = ask(dialogue + by.inside, POP3, who=who)
    assert outcome.ok, peer.wrong


@pytest.mark.parametrize(("name", "bow"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_a_failure_challenge_is_answered_and_kept(protocol: Protocol, name: str, bow: str) -> None:
    by = TALKS[protocol]
    dialogue = opening(protocol, name) + by.asks.format(name) + "C: ?*\n"
    dialogue += by.challenges.format(CHALLENGE) + f"C: {bow}\n" + by.no + "HANG"
    outcome, peer = ask(dialogue, protocol)
    assert not peer.wrong
    assert peer.heard[-1] == bow
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.evidence
    words = by.no.strip().removeprefix("S: ").removeprefix("a2 ")
    assert outcome.evidence.reply == f"{words} {READ}"
    assert outcome.codes == {IMAP: ("NO",), POP3: ("-ERR",), SMTP: ("535", "5.7.3")}[protocol]
    assert tokens(peer) == 1


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
@pytest.mark.parametrize(
    "challenge",
    ["", "!!!", b64("no json"), b64("[1]"), b64('"x"'), b64("[" * 20000), b64('{"status":[{}]}')],
)
def test_a_challenge_that_cannot_be_read_is_answered_all_the_same(
    protocol: Protocol, challenge: str
) -> None:
    by = TALKS[protocol]
    dialogue = opening(protocol, "XOAUTH2") + by.asks.format("XOAUTH2") + "C: ?*\n"
    dialogue += by.challenges.format(challenge) + "C: \n" + by.no + "HANG"
    outcome, peer = ask(dialogue, protocol)
    assert not peer.wrong
    assert outcome.fault is Fault.REJECTED
    assert outcome.evidence
    assert outcome.evidence.reply.startswith(by.no.split(" ", 1 + (protocol is IMAP))[-1].strip())


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_challenges_without_end_and_a_yes_after_one_are_nonsense(protocol: Protocol) -> None:
    by = TALKS[protocol]
    asked = opening(protocol, "XOAUTH2") + by.asks.format("XOAUTH2") + "C: ?*\n"
    again = by.challenges.format(CHALLENGE) + "C: \n"
    for after in (again * 50, again + by.yes):
        outcome, peer = ask(asked + after + "HANG", protocol)
        assert (outcome.fault, outcome.stage) == (Fault.GARBLED, Stage.LOGIN)
        assert tokens(peer) == 1
        assert peer.heard.count("") == 1


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
@pytest.mark.parametrize("ending", ["HANG", "RESET", ""])
def test_silence_after_a_challenge_is_no_refusal(protocol: Protocol, ending: str) -> None:
    by = TALKS[protocol]
    asked = opening(protocol, "XOAUTH2") + by.asks.format("XOAUTH2") + "C: ?*\n"
    outcome, _ = ask(asked + by.challenges.format(CHALLENGE) + f"C: \n{ending}", protocol)
    assert outcome.fault is (Fault.TIMEOUT if ending == "HANG" else Fault.CLOSED)


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
@pytest.mark.parametrize("names", [("PLAIN", "LOGIN"), ("XOAUTH",), ("PLAIN-CLIENTTOKEN",)])
def test_a_token_is_never_a_password(protocol: Protocol, names: tuple[str, ...]) -> None:
    outcome, peer = ask(opening(protocol, *names) + "C: *\nHANG", protocol)
    assert (outcome.fault, outcome.stage) == (Fault.NO_MECHANISM, Stage.LOGIN)
    assert outcome.evidence
    assert f"AUTH={names[0]}" in outcome.evidence.reply
    assert tokens(peer) == 0


@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP])
def test_the_token_stays_here_when_the_mechanism_is_refused_at_once(protocol: Protocol) -> None:
    by = TALKS[protocol]
    asked = by.asks.format("XOAUTH2").splitlines()[0] + "\n"
    for answer, fault in ((by.no, Fault.REJECTED), (by.yes, Fault.GARBLED)):
        outcome, peer = ask(opening(protocol, "XOAUTH2") + asked + answer + "C: *\nHANG", protocol)
        assert outcome.fault is fault
        assert tokens(peer) == 0


@pytest.mark.parametrize(
    "who",
    [
        bearer(""),
        bearer("to ken"),
        bearer("tok\x01en"),
        bearer("tok\r\nen"),
        bearer("tokén"),
        bearer(user="you\x01auth=Bearer x@example.com"),
    ],
    ids=["empty", "space", "^A", "CRLF", "letter", "name"],
)
@pytest.mark.parametrize("protocol", [IMAP, POP3, SMTP, Protocol.GRAPH])
def test_what_cannot_be_a_token_is_not_sent(protocol: Protocol, who: object) -> None:
    outcome, peer = ask("HANG", protocol, who=who)
    assert (outcome.fault, outcome.stage) == (Fault.UNSENDABLE, Stage.LOGIN)
    assert peer.connections == 0


def test_no_token_before_encryption(good: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    ehlo = "C: EHLO *\nS: 250-mx\nS: 250 AUTH XOAUTH2\n"
    outcome, peer = ask(
        "S: 220 hi\n" + ehlo + "C: STARTTLS\nS: 454 4.7.0 no\nC: *\nHANG",
        SMTP,
        security=Security.STARTTLS,
        starttls=good,
        context=trusting,
    )
    assert outcome.fault is Fault.STARTTLS_MISSING
    assert tokens(peer) == 0
    outcome, peer = ask(
        "S: 220 hi\n" + ehlo + "C: STARTTLS\nS: 220 go\nTLS\n" + ehlo + TALKS[SMTP].asks.format("*")
        + "C: ?*\n" + TALKS[SMTP].yes + "C: QUIT\nHANG",
        SMTP,
        security=Security.STARTTLS,
        starttls=good,
        context=trusting,
    )  # fmt: skip
    assert outcome.ok, peer.wrong
    assert tokens(peer) == 1


# Microsoft's own words (the answers to a token that reached the end)


@pytest.mark.parametrize(
    ("protocol", "answer", "codes"),
    [
        (IMAP, "a2 NO AUTHENTICATE failed.", ("NO",)),
        (IMAP, "a2 BAD User is authenticated but not connected.", ("BAD",)),
        (
            IMAP,
            "a2 BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds",
            ("BAD",),
        ),
        (IMAP, "a2 NO Server Unavailable. 15", ("NO",)),
        (IMAP, "a2 NO [UNAVAILABLE] later", ("NO", "UNAVAILABLE")),
        (POP3, "-ERR Authentication failure: unknown user name or bad password.", ("-ERR",)),
        (POP3, "-ERR [SYS/TEMP] later", ("-ERR", "SYS/TEMP")),
        (SMTP, "535 5.7.3 Authentication unsuccessful [X.prod.outlook.com]", ("535", "5.7.3")),
        (
            SMTP,
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
            " Mailbox. Visit https://aka.ms/smtp_auth_disabled for more information.",
            ("535", "5.7.139"),
        ),
        (
            SMTP,
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the"
            " Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.",
            ("535", "5.7.139"),
        ),
        (
            SMTP,
            "535 5.7.139 Authentication unsuccessful, the request did not meet the criteria to be"
            " authenticated successfully. Contact your administrator.",
            ("535", "5.7.139"),
        ),
        (SMTP, "432 4.3.2 Concurrent connections limit exceeded.", ("432", "4.3.2")),
        (SMTP, "451 4.7.0 Temporary server error. Please try again later.", ("451", "4.7.0")),
        (SMTP, "504 5.7.4 Unrecognized authentication type", ("504", "5.7.4")),
    ],
)
def test_refusals_at_the_login(protocol: Protocol, answer: str, codes: tuple[str, ...]) -> None:
    asked = opening(protocol, "XOAUTH2") + TALKS[protocol].asks.format("XOAUTH2") + "C: ?*\n"
    outcome, peer = ask(asked + f"S: {answer}\nHANG", protocol)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, Stage.LOGIN)
    assert outcome.codes == codes
    assert outcome.evidence
    assert outcome.evidence.reply == answer.removeprefix("a2 ")
    assert (tokens(peer), peer.connections) == (1, 1)


NOT_CONNECTED = "User is authenticated but not connected."
BYE = "S: * BYE Connection closed. 14\n"


@pytest.mark.parametrize(
    ("said", "stage", "codes"),
    [
        (f"S: a2 BAD {NOT_CONNECTED}\n" + BYE, Stage.LOGIN, ("BAD",)),
        (BYE + f"S: a2 BAD {NOT_CONNECTED}\n", Stage.LOGIN, ("BAD",)),
        (f"S: a2 NO {NOT_CONNECTED}\n" + BYE, Stage.LOGIN, ("NO",)),
        (f"S: * BAD {NOT_CONNECTED}\n" + BYE, Stage.LOGIN, ("BAD",)),
        ("S: a2 OK\nC: a3 *\n" + f"S: a3 BAD {NOT_CONNECTED}\n" + BYE, Stage.MAILBOX, ("BAD",)),
        ("S: a2 OK\nC: a3 *\n" + BYE + f"S: a3 BAD {NOT_CONNECTED}\n", Stage.MAILBOX, ("BAD",)),
        ("S: a2 OK\nC: a3 *\n" + f"S: * BAD {NOT_CONNECTED}\n" + BYE, Stage.MAILBOX, ("BAD",)),
        (f"S: a2 OK\nS: * BAD {NOT_CONNECTED}\n" + BYE, Stage.MAILBOX, ("BAD",)),
    ],
)
def test_not_connected_is_a_better_reason_than_good_bye(
    said: str, stage: Stage, codes: tuple[str, ...]
) -> None:
    greeted = opening(IMAP, "XOAUTH2 SASL-IR")
    outcome, _ = ask(greeted + "C: a2 *\n" + said + "HANG", IMAP)
    assert (outcome.fault, outcome.stage) == (Fault.REJECTED, stage)
    assert outcome.codes == codes
    assert outcome.evidence
    assert NOT_CONNECTED in outcome.evidence.reply
    assert "Connection closed" not in outcome.evidence.reply


# The token in the server's own words


@pytest.mark.parametrize(
    "quoted",
    [
        TOKEN,
        TOKEN.upper(),
        b64(XOAUTH2),
        b64(XOAUTH2)[:200],
        TOKEN[:40],
        TOKEN[700:760],
        b64("x" + TOKEN)[20:90],
        b64("xy" + TOKEN)[20:90],
        b64(f"n,a={USER},\x01host=h\x01port=1\x01auth=Bearer {TOKEN}\x01\x01"),
        "\u200b".join(TOKEN[:60]),
        "Bearer " + TOKEN[:30] + "...",
    ],
)
@pytest.mark.parametrize("where", ["words", "challenge"])
def test_no_part_of_the_token_is_kept(quoted: str, where: str) -> None:
    by = TALKS[SMTP]
    raw = quoted.encode().decode("latin-1").encode("unicode_escape").decode()
    asked = opening(SMTP, "XOAUTH2") + by.asks.format("XOAUTH2") + "C: ?*\n"
    said = f"S: 535 5.7.3 no {raw} end\n"
    if where == "challenge":
        said = by.challenges.format(b64(json.dumps({"scope": quoted}))) + "C: \n" + by.no
    outcome, peer = ask(asked + said + "HANG", SMTP)
    assert outcome.fault is Fault.REJECTED, peer.wrong
    assert outcome.evidence
    assert "••••" in outcome.evidence.reply


def test_sasl_messages_as_the_standards_print_them() -> None:
    # Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth"
    token = "EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA"
    said = b"user=test@contoso.onmicrosoft.com\x01auth=Bearer " + token.encode() + b"\x01\x01"
    assert sasl.coded(said).startswith(
        b"dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVy"
    )
    assert sasl.xoauth2("test@contoso.onmicrosoft.com", token) == said
    # RFC 7628 section 4.1
    example = (
        b"bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVy"
        b"IHZGOWRmdDRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
    )
    made = sasl.oauthbearer(
        "user@example.com", "server.example.com", 143, "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="
    )
    assert sasl.coded(made) == example
    # RFC 7628 section 4.3
    challenge = (
        b"eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIiwic2NvcGUiOiJleGFtcGxlX3Njb3BlIiwib3BlbmlkLWNvbmZpZ3Vy"
        b"YXRpb24iOiJodHRwczovL2V4YW1wbGUuY29tLy53ZWxsLWtub3duL29wZW5pZC1jb25maWd1cmF0aW9uIn0="
    )
    assert sasl.reason(challenge) == b'{"status":"invalid_token","scope":"example_scope"}'


def test_a_message_shows_nothing_of_the_token() -> None:
    made = sasl.bearer({"AUTH=XOAUTH2"}, USER, "h", 1, TOKEN)
    assert made
    assert TOKEN[:8] not in repr(made)
