"""Encodes what SASL mechanisms send; pure, refuses nothing (the wire checks what may be sent)."""

from __future__ import annotations

import base64


def plain(username: str, password: str) -> bytes:
    """The one message of PLAIN (RFC 4616), no authorization identity, before base64."""
    return f"\0{username}\0{password}".encode("utf-8", "surrogatepass")


def login(username: str, password: str) -> tuple[bytes, bytes]:
    """The two answers of LOGIN (draft-murchison-sasl-login), before base64."""
    return username.encode("utf-8", "surrogatepass"), password.encode("utf-8", "surrogatepass")


def coded(message: bytes) -> bytes:
    """As it goes over IMAP, POP3 and SMTP: base64 in one line."""
    return base64.b64encode(message)
