"""A server's words: readable, bounded, plain text, and never with the secret in them."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop.mail import sasl
from laifaxin_desktop.mail.words import Scrubber, readable
from laifaxin_desktop.model.problem import MOST_REPLY, Fault
from laifaxin_desktop.model.provider import Protocol

from .peers import PASSWORD, TOKEN, USER, Handler, Peer, assert_no_secret, login, talk
from .test_imap import GREETED


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


QUOTED_BACK = [
    PASSWORD,
    PASSWORD.upper(),
    b64(PASSWORD),
    b64(f"\0{USER}\0{PASSWORD}"),
    b64(f"{USER}\0{USER}\0{PASSWORD}"),
    b64(f"x{PASSWORD}y"),
    b64(f"xx{PASSWORD}y"),
    "\u200b".join(PASSWORD),
    "\x01".join(PASSWORD),
    "\u202e" + PASSWORD,
    "x" * (MOST_REPLY - 12) + PASSWORD,  # where it is cut off
]


@pytest.mark.parametrize("quoted", QUOTED_BACK)
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_server_that_quotes_the_secret_back(quoted: str, encoding: str) -> None:
    raw = quoted.encode(encoding)

    async def handle(
        peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 AUTH PLAIN\r\n")
        await reader.readline()
        # A byte of no encoding; but strewn marks are found in what can be decoded only.
        broken = b"" if {"\u200b", "\x01"} & set(quoted) else b"\xff"
        writer.write(b"535-5.7.8 no: " + raw + b"\r\n535 5.7.8 " + broken + raw + b"\r\n")

    handler: Handler = handle
    outcome, _ = asyncio.run(talk(handler, Protocol.SMTP))
    assert outcome.codes == ("535", "5.7.8")
    assert outcome.evidence
    text = str(asdict(outcome.evidence))
    assert_no_secret(text)
    assert "hunter" not in text
    assert "••••" in outcome.evidence.reply or len(quoted) > MOST_REPLY - 20


def test_a_response_code_may_quote_it_too() -> None:
    line = f"S: a2 NO [{'hunter2'}-x] no"
    outcome, _ = asyncio.run(talk(GREETED + f"C: *\n{line}\nHANG", who=login("hunter2")))
    assert outcome.fault is Fault.REJECTED
    assert outcome.codes == ("NO",)


def test_a_response_code_is_no_place_for_an_address() -> None:
    line = "S: a2 NO [li@corp.example] no"
    outcome, _ = asyncio.run(talk(GREETED + f"C: *\n{line}\nHANG", who=login("hunter2")))
    assert outcome.codes == ("NO",)


@pytest.mark.parametrize("password", ["no", "BAD", "5.7.8", "535", "1"])
def test_a_password_that_is_a_word_of_the_protocol_hides_no_code(password: str) -> None:
    outcome, _ = asyncio.run(
        talk(
            "S: 220 hi\nC: *\nS: 250-hi\nS: 250 AUTH PLAIN\nC: *\nS: 535 5.7.8 no\nHANG",
            Protocol.SMTP,
            who=login(password),
        )
    )
    assert outcome.codes == ("535", "5.7.8")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("password", [TOKEN, (PASSWORD + "-Ab9\u0130") * 30])
def test_a_long_secret_is_found_in_any_case(password: str, encoding: str) -> None:
    scrub = Scrubber(login(password))
    swapped = "".join(char.swapcase() if char.isascii() else char for char in password)
    for quoted in (password, swapped, password.upper(), password.lower()):
        for broken in (b"", b"\xff"):  # a byte of no encoding
            said = b"535 \xc9 no: " + broken + quoted.encode(encoding) + b" and " + b"x" * 99
            shown = scrub(said)
            assert shown.count("••••") == 1, shown
            assert shown.endswith("and " + "x" * 99)
            assert password[20:28].lower() not in shown.lower()


# Shorter ones occur by chance in anything.
passwords = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=4, max_size=40
)


@given(passwords, st.sampled_from(["utf-8", "gb18030"]), st.binary(max_size=4), st.booleans())
def test_no_secret_gets_through(password: str, encoding: str, before: bytes, coded: bool) -> None:
    scrub = Scrubber(login(password))
    raw = password.encode()
    said = base64.b64encode(before + raw + b"!") if coded else before + password.encode(encoding)
    shown = scrub(b"535 " + said + b" end")
    plain = readable(password)
    if plain.strip("x5 3end") and len(plain) >= 4:
        assert plain not in shown.replace("••••", "")
    if coded and len(raw) >= 6:
        inner = base64.b64encode(raw).decode().rstrip("=")[:-1]
        assert inner not in shown or len(before) % 3


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("535 密码错误".encode(), "535 密码错误"),
        ("535 请使用授权码登录".encode("gbk"), "535 请使用授权码登录"),  # D14
        ("535 登録 中㊣".encode("gb18030"), "535 登録 中㊣"),
        ("密码 ".encode() + b"broken \xe5\xaf \xff", "密码 broken å¯ ÿ"),
        (b"535 m\xfcde \xff", "535 müde ÿ"),
        (b"a\tb\r\nc  d\x00\x07\x1b[31m", "a b c d[31m"),
        ("a\u202eb\u2066c\u200bd\ufeff\u2028e".encode(), "abcd e"),
        ("a\U0002ec30b\ufdd0c\ue000d".encode(), "abcd"),  # nobody's characters
        (b"<a href='http://evil.example'>x</a>", "<a href='http://evil.example'>x</a>"),  # A11
        (b"", ""),
    ],
)
def test_readable_whatever_it_was_written_in(raw: bytes, shown: str) -> None:
    assert readable(raw) == shown


def test_d14_a_reply_in_gbk_is_read_and_bounded() -> None:
    words = "请使用授权码登录。".encode("gbk").decode("latin-1").encode("unicode_escape").decode()
    dialogue = "S: 220 hi\nC: *\nS: 250-hi\nS: 250 AUTH PLAIN\nC: *\n"
    outcome, _ = asyncio.run(talk(f"{dialogue}S: 535 {words * 60}\nHANG", Protocol.SMTP))
    assert outcome.evidence
    assert outcome.evidence.reply.startswith("535 请使用授权码登录。")
    assert len(outcome.evidence.reply) == MOST_REPLY


def test_sasl_messages() -> None:
    assert sasl.plain("u", "p") == b"\0u\0p"
    assert sasl.login("ü", "漢") == ("ü".encode(), "漢".encode())
    assert sasl.coded(b"\0u\0p" * 40).count(b"\n") == 0
