"""Reads what strangers wrote: which protocol it is, and plain words without any secret in them."""

from __future__ import annotations

import base64
import contextlib
import re
import unicodedata
from collections.abc import Iterable
from typing import AnyStr, Generic

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import MOST_REPLY

from .sasl import plain, xoauth2

_SIGNS = (  # the first bytes of each protocol's first line
    ("imap", b"* "),
    ("pop3", b"+OK"),
    ("pop3", b"-ERR"),
    ("http", b"HTTP/"),
    ("http", b"<!DOCTYPE"),
    ("http", b"<HTML"),
    ("ssh", b"SSH-"),
    ("tls", b"\x15\x03"),
    ("tls", b"\x16\x03"),
)
_MARK = "••••"
_PIECE = 12  # characters of a token that are recognised wherever they stand
_LONG = 200  # characters: patterns of a token's forms would take two megabytes and half a second
_SMALL = {ord(letter): ord(letter) + 32 for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_MOST_WORDS = 500  # capabilities in one line
MOST_CAPABILITIES = 1_000  # of one server in all: a megabyte of short words would take twenty
_MOST_READ = 8 * 1024  # of what is said: a megabyte would hold the loop up for half a second


def spoken_by(start: bytes) -> str:
    """The protocol that these first bytes belong to: imap pop3 smtp http ssh tls, or nothing."""
    if re.match(rb"[2-5][0-9]{2}([ \r\n-]|$)", start):
        return "smtp"
    return next((name for name, sign in _SIGNS if start.upper().startswith(sign)), "")


def may_become_a_greeting(start: bytes) -> bool:
    """Whether more bytes could still make this the first line of a known protocol."""
    if spoken_by(start) or re.fullmatch(rb"[2-5][0-9]{0,2}", start):
        return True
    return any(sign.startswith(start.upper()) for _, sign in _SIGNS)


def keywords(said: bytes) -> list[str]:
    """Capabilities, upper case; what cannot be one is left out."""
    words = said.decode("ascii", "replace").upper().split(maxsplit=_MOST_WORDS)[:_MOST_WORDS]
    return [word for word in words if re.fullmatch("[!-~]{1,64}", word)]


def readable(raw: bytes | str) -> str:
    """Text to show as it is: no controls, no direction marks, one line.

    UTF-8, else GB18030 (Chinese servers answer in it), else what each word allows.
    """
    text = raw if isinstance(raw, str) else _decoded(raw, "utf-8", "gb18030") or _by_word(raw)
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(map(_harmless, text)).split())


def _decoded(raw: bytes, *encodings: str) -> str:
    for encoding in encodings:
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return ""


def _by_word(raw: bytes) -> str:
    return " ".join(_decoded(word, "utf-8", "latin-1") for word in raw.split())


def _harmless(char: str) -> str:
    # C: controls, direction and zero-width marks, halves of pairs, private, not assigned; Z: breaks
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") else char


class Scrubber:
    """Takes secrets out of a server's words, whichever way the server quotes them."""

    def __init__(self, *logins: Login) -> None:
        self._logins = [login for login in logins if login.secret]
        self._ready = False
        self._bytes: _Forms[bytes] = _Forms(())
        self._text: _Forms[str] = _Forms(())
        self._token: frozenset[str] = frozenset()
        self._longest = 0  # of the secrets' forms

    def _get_ready(self) -> None:
        # When it is first needed: a token's patterns take milliseconds, and most checks pass.
        forms = {form for login in self._logins for form in _forms(login)}
        # Before decoding: next to other bytes a secret may decode to anything.
        raw = {variant.encode("utf-8", "surrogatepass") for variant in forms}
        raw |= {variant.encode("gb18030", "replace") for variant in forms}
        self._bytes = _Forms(raw)
        # After cleaning: marks strewn into a secret would have hidden it.
        clean = {readable(form) for form in forms} | forms
        self._text = _Forms(clean)
        tokens = (_forms(login) for login in self._logins if login.bearer)
        self._token = frozenset[str]().union(*tokens)
        self._longest = max(map(len, raw))
        self._ready = True

    def __call__(self, said: bytes | str) -> str:
        """Readable, without the secret, at most MOST_REPLY characters."""
        return self._hidden(said)[:MOST_REPLY]  # cut last: half a secret is not found

    def finds(self, text: str) -> bool:
        """Whether there is anything in it to take out."""
        return self._hidden(text) != readable(text)

    def _hidden(self, said: bytes | str) -> str:
        if not said:  # most failures of the network: what a token's patterns take is saved
            return ""
        if self._logins and not self._ready:
            self._get_ready()
        cut = len(said) > _MOST_READ + 2 * self._longest
        said = said[: _MOST_READ + 2 * self._longest]
        if isinstance(said, bytes):
            said = self._bytes.replaced(said, b"****")
        text = self._text.replaced(readable(said), "****")
        if self._token:
            text = _without_pieces(text, self._token)
        if cut:  # its end may be half a secret
            text = text[: -self._longest or None]
        return text.replace("****", _MARK)


class _Forms(Generic[AnyStr]):
    """A secret's forms, found in any case; of long ones in any case of ASCII letters."""

    def __init__(self, forms: Iterable[AnyStr]) -> None:
        ordered = sorted(filter(None, forms), key=len, reverse=True)
        self._long: list[AnyStr] = list(
            dict.fromkeys(_small(form) for form in ordered if len(form) > _LONG)
        )
        self._short: list[AnyStr] = [form for form in ordered if len(form) <= _LONG]
        # Where both are ASCII a look tells that there is nothing: a pattern takes a millisecond.
        self._small: list[AnyStr] = [form.lower() for form in self._short if form.isascii()]
        self._all_small = len(self._small) == len(self._short)
        self._pattern: re.Pattern[AnyStr] | None = None

    def replaced(self, text: AnyStr, mark: AnyStr) -> AnyStr:
        """The text with a mark in place of each."""
        for form in self._long:
            parts: list[AnyStr] = []
            small, start = _small(text), 0
            while (at := small.find(form, start)) >= 0:
                parts.append(text[start:at])
                start = at + len(form)
            if parts:
                parts.append(text[start:])
                text = mark.join(parts)
        if not self._short or self._has_none(text):
            return text
        if self._pattern is None:
            escaped = [re.escape(form) for form in self._short]
            self._pattern = re.compile(_bar(escaped[0]).join(escaped), re.I)
        return self._pattern.sub(mark, text)

    def _has_none(self, text: AnyStr) -> bool:
        if not (self._all_small and text.isascii()):
            return False
        small = text.lower()
        return not any(form in small for form in self._small)


def _small(text: AnyStr) -> AnyStr:
    # Of text, not by lower(): as long as it was.
    return text.lower() if isinstance(text, bytes) else text.translate(_SMALL)


def _bar(of: AnyStr) -> AnyStr:
    return b"|" if isinstance(of, bytes) else "|"


def _without_pieces(text: str, forms: frozenset[str]) -> str:
    """The text without any part of a token: a server may quote its beginning only.

    Slow, as errors may be: a token has 2,000 characters.
    """
    text = text[: MOST_REPLY * 10]
    own = {text[at : at + _PIECE] for at in range(len(text) - _PIECE + 1)}
    pieces = own.intersection(  # the text is the shorter: its pieces take the less memory
        form[at : at + _PIECE] for form in forms for at in range(len(form) - _PIECE + 1)
    )
    hidden = [False] * len(text)
    for at in range(len(text) - _PIECE + 1):
        if text[at : at + _PIECE] in pieces:
            hidden[at : at + _PIECE] = [True] * _PIECE
    marked = "".join("\0" if gone else char for char, gone in zip(text, hidden, strict=True))
    return re.sub("\0+", _MARK, marked)


def _forms(login: Login) -> set[str]:
    value = login.secret.reveal()
    raw = value.encode("utf-8", "surrogatepass")
    forms = {
        value,
        value.upper(),  # bytes know of no other letters' cases than ASCII's
        value.lower(),
        value.replace("\\", "\\\\").replace('"', '\\"'),
        base64.b64encode(raw).decode(),
        base64.b64encode(plain(login.username, value)).decode(),
        base64.b64encode(xoauth2(login.username, value)).decode(),
        base64.b64encode(f"{login.username}:".encode("utf-8", "surrogatepass") + raw).decode(),
    }
    # Inside any other base64 text the secret starts at one of three offsets.
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode()
        inner = coded[-(-offset * 4 // 3) : (offset + len(raw)) * 4 // 3]
        if len(inner) >= 4:
            forms.add(inner)
    return forms
