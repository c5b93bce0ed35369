"""Seals one value for one account with AES-256-GCM; refuses whatever it did not seal for it."""

from __future__ import annotations

import base64
import secrets
import unicodedata
from dataclasses import dataclass

from laifaxin_desktop.model.secret import Secret

# A sealed value: MAGIC, key id (16 bytes), nonce (12 bytes), ciphertext with its tag (16 bytes).
MAGIC = b"LfX\x01"
_ID, _NONCE, _TAG = 16, 12, 16
_HEAD = len(MAGIC) + _ID + _NONCE
KEY_BYTES = 32


class SealError(Exception):
    """Not sealed by this key for this account, or changed since; never says what was inside."""


def new_key() -> bytes:
    """256 random bits."""
    return secrets.token_bytes(KEY_BYTES)


def new_key_id() -> str:
    """128 random bits in lower-case hex: names a key, tells nothing of it."""
    return secrets.token_hex(_ID)


def key_to_text(key: bytes) -> str:
    """A key as the keychain keeps it: 44 characters of base64, within every platform's limit."""
    return base64.b64encode(key).decode("ascii")


def key_from_text(text: str) -> bytes:
    """The key again.

    :raises SealError: cut, or never a key of ours
    """
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise SealError("not a key") from error
    if len(key) != KEY_BYTES:
        raise SealError("not a key")
    return key


def seal(key: bytes, key_id: str, account: str, kind: str, secret: Secret) -> bytes:
    """The sealed value, opened again and compared before it is handed out."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    clear = secret.reveal().encode("utf-8", "surrogatepass")
    sealed = AESGCM(key).encrypt(nonce, clear, _bound_to(account, kind, key_id))
    whole = MAGIC + bytes.fromhex(key_id) + nonce + sealed
    if unseal(key, account, kind, whole) != secret:
        raise SealError("does not open to what was sealed")
    return whole


def unseal(key: bytes, account: str, kind: str, sealed: bytes) -> Secret:
    """The secret again.

    :raises SealError: tampered with, of another account or kind, or under another key
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    key_id = key_id_of(sealed)
    nonce, body = sealed[_HEAD - _NONCE : _HEAD], sealed[_HEAD:]
    try:
        clear = AESGCM(key).decrypt(nonce, body, _bound_to(account, kind, key_id))
        return Secret(clear.decode("utf-8", "surrogatepass"))
    except (InvalidTag, UnicodeDecodeError):
        # Not chained: a UnicodeDecodeError carries the bytes it could not read.
        raise SealError("not sealed for this account by this key") from None


def key_id_of(sealed: bytes) -> str:
    """The id of the key that opens it, from the header.

    :raises SealError: no such header
    """
    if len(sealed) < _HEAD + _TAG or not sealed.startswith(MAGIC):
        raise SealError("not a sealed value")
    return sealed[len(MAGIC) : len(MAGIC) + _ID].hex()


def _bound_to(account: str, kind: str, key_id: str) -> bytes:
    """The associated data; each part carries its length, so that no two sets read the same."""
    parts = (account.encode(), kind.encode(), bytes.fromhex(key_id))
    return MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


# ---- the main password ----

# OWASP and RFC 9106 ask for at least 46 MiB and one pass; this is asked once in a run.
MEMORY_KIB, PASSES, LANES = 64 * 1024, 3, 4
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 1024 * 1024, 64, 64


@dataclass(frozen=True, slots=True)
class Stretching:
    """How a main password (主密码) becomes a key: Argon2id (RFC 9106) with these costs."""

    salt: bytes
    memory_kib: int = MEMORY_KIB
    passes: int = PASSES
    lanes: int = LANES

    @classmethod
    def fresh(cls) -> Stretching:
        """Today's costs with a new salt."""
        return cls(secrets.token_bytes(16))

    def stretch(self, password: Secret) -> bytes:
        """256 bits from the password; takes a fifth of a second: never on the loop.

        NFC first: two keyboards may spell the same é differently.

        :raises SealError: costs that no version of this program would have written
        """
        from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

        costs = (self.memory_kib, self.passes, self.lanes)
        most = (_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES)
        if any(not 0 < cost <= limit for cost, limit in zip(costs, most, strict=True)):
            raise SealError("costs out of bounds")
        typed = unicodedata.normalize("NFC", password.reveal()).encode("utf-8", "surrogatepass")
        return Argon2id(
            salt=self.salt,
            length=KEY_BYTES,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        ).derive(typed)


def wrap(stretched: bytes, key_id: str, key: bytes) -> bytes:
    """A key sealed under the stretched main password."""
    return seal(stretched, key_id, key_id, "key", Secret(key_to_text(key)))


def unwrap(stretched: bytes, key_id: str, wrapped: bytes) -> bytes:
    """The key again.

    :raises SealError: another password
    """
    return key_from_text(unseal(stretched, key_id, "key", wrapped).reveal())
