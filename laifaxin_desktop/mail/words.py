"""Reads what strangers wrote: which protocol it is, and plain words without any secret in them."""

from __future__ import annotations

import base64
import re
import unicodedata

from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.problem import MOST_REPLY

from .sasl import plain

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


def readable(raw: bytes | str) -> str:
    """Text to show as it is: no controls, no direction marks, one line.

    UTF-8, else GB18030 (Chinese servers answer in it), else Latin-1, which always succeeds.
    """
    text = raw if isinstance(raw, str) else _decoded(raw)
    return " ".join("".join(map(_harmless, text)).split())


def _decoded(raw: bytes) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def _harmless(char: str) -> str:
    # Cc controls, Cf direction and zero-width marks, Cs halves of pairs, Co private, Zl/Zp breaks
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") else char


class Scrubber:
    """Takes a secret out of a server's words, whichever way the server quotes it."""

    def __init__(self, login: Login | None = None) -> None:
        forms = _forms(login) if login and login.secret else set()
        longest_first = sorted(filter(None, forms), key=len, reverse=True)
        self._secret = (
            re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE)
            if longest_first
            else None
        )

    def __call__(self, raw: bytes | str) -> str:
        """Readable, without the secret, at most MOST_REPLY characters."""
        text = readable(raw)
        if self._secret:  # before cutting: half a secret is not recognised
            text = self._secret.sub(_MARK, text)
        return text[:MOST_REPLY]


def _forms(login: Login) -> set[str]:
    value = login.secret.reveal()
    raw = value.encode("utf-8", "surrogatepass")
    payload = plain(login.username, value)
    forms = {
        value,
        value.replace("\\", "\\\\").replace('"', '\\"'),
        # Echoed as UTF-8 in a line that is not UTF-8 as a whole.
        raw.decode("latin-1"),
        raw.decode("gb18030", "replace"),
        base64.b64encode(raw).decode(),
        base64.b64encode(payload).decode(),
    }
    # Inside any other base64 text the secret starts at one of three offsets.
    for offset in range(3):
        coded = base64.b64encode(b"\0" * offset + raw).decode()
        inner = coded[-(-offset * 4 // 3) : (offset + len(raw)) * 4 // 3]
        if len(inner) >= 4:
            forms.add(inner)
    return {readable(form) for form in forms} | {value}
