"""A mail address as typed by a person: corrected where safe, refused with a named reason."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import idna

# RFC 5321 4.5.3.1: 64 octets before the @, 255 in a domain; 254 in all (RFC 3696 erratum 1690).
_MOST_LOCAL, _MOST_ALL = 64, 254
_FULL_WIDTH = str.maketrans({"＠": "@", "。": ".", "．": ".", "｡": ".", "，": ",", "　": " "})
_IN_BRACKETS = re.compile(r"<\s*([^<>]*@[^<>]*?)\s*>\s*$")
_LOCAL = re.compile(r"^[^\s@<>()\[\],;:\\\"]+$")
_LABEL = re.compile(r"^(?!-)[a-z0-9-]{1,63}(?<!-)$")


class AddressFault(StrEnum):
    """Why a text is not a mail address."""

    EMPTY = "empty"
    NO_AT = "no_at"
    SEVERAL_AT = "several_at"
    NO_LOCAL_PART = "no_local_part"
    NO_DOMAIN = "no_domain"
    SPACE_INSIDE = "space_inside"
    BAD_LOCAL_PART = "bad_local_part"
    BAD_DOMAIN = "bad_domain"
    TOO_LONG = "too_long"


class AddressError(ValueError):
    """The text is not a mail address; `fault` says why."""

    def __init__(self, fault: AddressFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Address:
    """A mail address; `domain` is lower case and in its ASCII form (IDNA 2008, UTS 46)."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def shown(self) -> str:
        """As a person reads it: an international domain in its own script."""
        if "xn--" not in self.domain:  # decoding is slow, and a list asks for every row
            return str(self)
        try:
            return f"{self.local}@{idna.decode(self.domain)}"
        except idna.IDNAError:
            return str(self)

    @property
    def shortened(self) -> str:
        """``zhang@qq.com`` as ``z***@qq.com``: for what leaves this computer, and for the log."""
        return f"{self.local[:1]}***@{self.domain}"

    @property
    def key(self) -> str:
        """What two spellings of one mailbox share: compared, never shown or sent."""
        return str(self).lower()

    @classmethod
    def parse(cls, typed: str) -> Address:
        """Read what a person typed or pasted.

        Spaces and line breaks around it are trimmed, full-width ＠ and 。 corrected, ``mailto:``
        and a display name (``张三 <a@b.cn>``) dropped, a final dot removed.

        :raises AddressError: with the reason
        """
        text = unicodedata.normalize("NFC", typed).translate(_FULL_WIDTH).strip()
        text = text.strip("\ufeff\u200b\u200e\u200f\u2060").strip()
        if named := _IN_BRACKETS.search(text):
            text = named.group(1)
        if text.lower().startswith("mailto:"):
            text = text[7:].split("?")[0]
        if not text:
            raise AddressError(AddressFault.EMPTY)
        if len(text) > _MOST_ALL:
            raise AddressError(AddressFault.TOO_LONG)
        if "@" not in text:
            raise AddressError(AddressFault.NO_AT)
        if text.count("@") > 1:
            raise AddressError(AddressFault.SEVERAL_AT)
        local, domain = (part.strip() for part in text.split("@"))
        if not local:
            raise AddressError(AddressFault.NO_LOCAL_PART)
        domain = domain.removesuffix(".")
        if not domain:
            raise AddressError(AddressFault.NO_DOMAIN)
        if any(char.isspace() for char in local + domain):
            raise AddressError(AddressFault.SPACE_INSIDE)
        if len(local.encode()) > _MOST_LOCAL:
            raise AddressError(AddressFault.TOO_LONG)
        if not _LOCAL.match(local) or any(unicodedata.category(c)[0] == "C" for c in local):
            raise AddressError(AddressFault.BAD_LOCAL_PART)
        return cls(local, ascii_host(domain, AddressFault.BAD_DOMAIN, dots=1))


def ascii_host(name: str, fault: AddressFault = AddressFault.BAD_DOMAIN, *, dots: int = 0) -> str:
    """A host name in lower-case ASCII, with at least `dots` dots; IDNA 2008 with UTS 46 mapping.

    :raises AddressError: with `fault` when it cannot be a host name
    """
    name = name.strip().removesuffix(".")
    try:
        if not name.isascii():
            name = idna.encode(name, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError) as error:
        raise AddressError(fault) from error
    name = name.lower()
    labels = name.split(".")
    wrong = len(name) > 253 or len(labels) <= dots or not all(map(_LABEL.match, labels))
    if wrong or (dots and labels[-1].isdigit()):
        raise AddressError(fault)
    return name
