"""Reads a domain's settings in the XML of Thunderbird's autoconfig; refuses DTDs and plain text.

The format: draft-ietf-mailmaint-autoconfig. Passwords, OAuth addresses and pages to visit that it
may hold are not read at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from laifaxin_desktop.model.address import AddressError, ascii_host
from laifaxin_desktop.model.offer import Offer
from laifaxin_desktop.model.provider import Endpoint, Protocol, Security, UsernameForm

from .web import Page

_MOST_DEPTH = 16
_MOST_ELEMENTS = 5_000
_MOST_SERVERS = 50  # read; of more, the first
_MOST_TEXT = 1_000  # characters of one element
_SECURITY = {"ssl": Security.TLS, "tls": Security.TLS, "starttls": Security.STARTTLS}
_KINDS = {
    ("incomingserver", "imap"): Protocol.IMAP,
    ("incomingserver", "pop3"): Protocol.POP3,
    ("outgoingserver", "smtp"): Protocol.SMTP,
}
_ORDER = (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)
_PASSWORDS = ("plain", "secure")  # the old words for password-cleartext and -encrypted
_FIELDS = ("hostname", "port", "sockettype", "username")
# What a page may call itself; many servers know no type for such a file.
_TYPES = ("", "text/plain", "application/octet-stream")
_FORMS = {
    "%EMAILADDRESS%": UsernameForm.EMAIL,
    "%EMAILLOCALPART%@%EMAILDOMAIN%": UsernameForm.EMAIL,
    "%EMAILLOCALPART%": UsernameForm.LOCALPART,
    "%EMAILLOCALPART%.%EMAILDOMAIN%": UsernameForm.DOTTED,
}
_PLACE = re.compile("%EMAIL(?:ADDRESS|LOCALPART|DOMAIN)%")
_PORT = re.compile("[0-9]{1,5}")


def offer_of(page: Page, domain: str) -> Offer | str:
    """The servers that a page names for a domain, or in one word why it names none.

    Words: not_settings (another kind of page), malformed, plain_only, nothing.
    """
    if page.kind not in _TYPES and not re.search("[/+]xml$", page.kind):
        return "not_settings"
    servers = _servers(page.body)
    if isinstance(servers, str):
        return servers
    offered = [end for server in servers if (end := server.endpoint(domain))]
    if not offered:
        plain = any(server.fields.get("sockettype", "").lower() == "plain" for server in servers)
        return "plain_only" if plain else "nothing"
    offered.sort(key=lambda each: _ORDER.index(each[0].protocol))  # stable: the rest is theirs
    # One account has one user name. Where it is made in an odd way, all servers must take it so.
    username = offered[0][1]
    return Offer(tuple(end for end, name in offered if name == username), username)


@dataclass
class _Server:
    """One server as the file writes it."""

    kind: tuple[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    logins: list[str] = field(default_factory=list)

    def endpoint(self, domain: str) -> tuple[Endpoint, str] | None:
        """Where it is and its odd user name, if it has one; None where it cannot be used."""
        protocol = _KINDS.get(self.kind)
        security = _SECURITY.get(self.fields.get("sockettype", "").lower())
        port = self.fields.get("port", "")
        if protocol is None or security is None or not _PORT.fullmatch(port):
            return None
        if not 0 < int(port) < 65536 or not self._takes_password():
            return None
        named = self.fields.get("hostname", "").replace("%EMAILDOMAIN%", domain)
        try:
            host = ascii_host(named, dots=1)
        except AddressError:
            return None
        form, odd = _form(self.fields.get("username", ""))
        if form is None:
            return None
        return Endpoint(protocol, host, int(port), security, form), odd

    def _takes_password(self) -> bool:
        """Whether a password opens it; what says nothing does."""
        if not self.logins:
            return True
        return any(word.startswith("password-") or word in _PASSWORDS for word in self.logins)


def _form(username: str) -> tuple[UsernameForm | None, str]:
    """What a file says of the user name: one of our forms, or one of its own to be filled in."""
    if not username:
        return UsernameForm.EMAIL, ""
    if known := _FORMS.get(username):
        return known, ""
    bare = _PLACE.sub("", username)
    # A name without the person in it would be one for everybody; a % is left of a nested place.
    if bare == username or "%" in bare or not bare.isprintable() or "EMAIL" not in username:
        return None, ""
    return UsernameForm.EMAIL, username


class _RefusedError(ValueError):
    """The file is more than settings."""


def _servers(body: bytes) -> list[_Server] | str:
    """The servers of a file; a file with a DTD is refused before anything of it is expanded."""
    from xml.parsers import expat

    reader = _Reader()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.buffer_text = True
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):  # the last two: its encoding
        return "malformed" if reader.settings else "not_settings"
    return reader.servers if reader.settings else "not_settings"


class _Reader:
    """Picks the servers out of the file, bounded in every direction."""

    def __init__(self) -> None:
        self.settings = False  # whether the root is that of settings
        self.servers: list[_Server] = []
        self._path: list[str] = []
        self._server: _Server | None = None  # whose fields are being read
        self._elements = 0
        self._text = ""

    def refuse(self, *_: object) -> int:
        """A DTD or an entity."""
        raise _RefusedError

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        name = name.rpartition(":")[2].lower()
        self._elements += 1
        if len(self._path) >= _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            raise _RefusedError
        if not self._path:
            self.settings = name == "clientconfig"
        self._path.append(name)
        self._text = ""
        if self._path[:2] == ["clientconfig", "emailprovider"] and len(self._path) == 3:
            kind = (name, attributes.get("type", "").lower())
            if kind in _KINDS and len(self.servers) < _MOST_SERVERS:
                self._server = _Server(kind)
                self.servers.append(self._server)

    def text(self, text: str) -> None:
        """Text, maybe a part of it."""
        if len(self._text) < _MOST_TEXT:
            self._text += text

    def end(self, name: str) -> None:
        """An element ends."""
        if self._server and len(self._path) == 4:
            value, which = self._text.strip(), self._path[3]
            if which == "authentication":
                self._server.logins.append(value.lower())
            elif which in _FIELDS:
                self._server.fields.setdefault(which, value)
        elif len(self._path) == 3:
            self._server = None
        self._path.pop()
        self._text = ""
