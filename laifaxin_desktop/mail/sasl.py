"""Encodes what SASL mechanisms send; pure, refuses nothing (the wire checks what may be sent)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass

# What is kept of a failure challenge (RFC 7628 section 3.2.2; XOAUTH2's is the same).
_REASONS = ("status", "schemes", "scope", "error", "error_description")


def plain(username: str, password: str) -> bytes:
    """The one message of PLAIN (RFC 4616), no authorization identity, before base64."""
    return f"\0{username}\0{password}".encode("utf-8", "surrogatepass")


def login(username: str, password: str) -> tuple[bytes, bytes]:
    """The two answers of LOGIN (draft-murchison-sasl-login), before base64."""
    return username.encode("utf-8", "surrogatepass"), password.encode("utf-8", "surrogatepass")


def xoauth2(username: str, token: str) -> bytes:
    """The one message of XOAUTH2 (Microsoft and Google document it), before base64."""
    message = f"user={username}\x01auth=Bearer {token}\x01\x01"
    return message.encode("utf-8", "surrogatepass")


def oauthbearer(username: str, host: str, port: int, token: str) -> bytes:
    """The one message of OAUTHBEARER (RFC 7628 section 3.1), before base64."""
    who = username.replace("=", "=3D").replace(",", "=2C")  # a saslname, RFC 5801 section 4
    message = f"n,a={who},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01"
    return message.encode("utf-8", "surrogatepass")


@dataclass(frozen=True, slots=True, repr=False)
class Bearer:
    """How a token is handed in: the mechanism, its message, the answer to a failure challenge."""

    mechanism: bytes
    payload: bytes  # base64
    bow: bytes  # base64; after it the server says its final no


def bearer(
    offered: Collection[str], username: str, host: str, port: int, token: str
) -> Bearer | None:
    """XOAUTH2 where it is offered as ``AUTH=XOAUTH2``, else OAUTHBEARER, else nothing.

    Never PLAIN or LOGIN: a token is no password.
    """
    if "AUTH=XOAUTH2" in offered:
        return Bearer(b"XOAUTH2", coded(xoauth2(username, token)), b"")
    if "AUTH=OAUTHBEARER" in offered:
        payload = coded(oauthbearer(username, host, port, token))
        return Bearer(b"OAUTHBEARER", payload, coded(b"\x01"))
    return None


def reason(challenge: bytes) -> bytes:
    """What a failure challenge says, as short JSON; nothing when it cannot be read."""
    try:
        said = json.loads(base64.b64decode(challenge.strip(), validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return b""
    if not isinstance(said, dict):
        return b""
    kept = {key: said[key] for key in _REASONS if isinstance(said.get(key), str | int)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "surrogatepass"
    )


def coded(message: bytes) -> bytes:
    """As it goes over IMAP, POP3 and SMTP: base64 in one line."""
    return base64.b64encode(message)
