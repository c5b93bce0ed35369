"""What is known of mail providers: servers, ways to sign in with their standing, guides."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from .text import Text


class Protocol(StrEnum):
    """What is spoken to a server."""

    IMAP = "imap"
    POP3 = "pop3"
    SMTP = "smtp"
    GRAPH = "graph"


class Security(StrEnum):
    """How a connection is encrypted (RFC 8314): at once, by upgrade, or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


class Side(StrEnum):
    """The two halves of an account."""

    RECEIVE = "receive"
    SEND = "send"


class UsernameForm(StrEnum):
    """What a server wants as the user name."""

    EMAIL = "email"
    LOCALPART = "localpart"
    DOTTED = "dotted"  # the address with a dot for its @: name.example.org


class AuthWay(StrEnum):
    """How a person signs in; 授权码 is an app password with the provider's own name for it."""

    APP_PASSWORD = "app_password"  # noqa: S105 - a word of the contract
    PASSWORD = "password"  # noqa: S105
    MICROSOFT = "microsoft"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105


class Standing(StrEnum):
    """Whether a way works today: at once, after preparation, or no longer."""

    OK = "ok"
    NEEDS_PREPARATION = "needs_preparation"
    BROKEN = "broken"


class Quirk(StrEnum):
    """What a provider's servers need beyond the standard."""

    IMAP_ID = "imap_id"  # RFC 2971 ID after login and before SELECT, or "Unsafe Login"
    NO_SASL_IR = "no_sasl_ir"  # advertises SASL-IR (RFC 4959) but dislikes it


class PasteRule(StrEnum):
    """What may be taken out of a pasted secret."""

    KEEP = "keep"
    STRIP_SPACES = "strip_spaces"
    STRIP_SPACES_AND_DASHES = "strip_spaces_and_dashes"


# The port each protocol usually has under each security (RFC 8314, RFC 6409, RFC 9051).
USUAL_PORTS: dict[tuple[Protocol, Security], int] = {
    (Protocol.IMAP, Security.TLS): 993,
    (Protocol.IMAP, Security.STARTTLS): 143,
    (Protocol.IMAP, Security.PLAIN): 143,
    (Protocol.POP3, Security.TLS): 995,
    (Protocol.POP3, Security.STARTTLS): 110,
    (Protocol.POP3, Security.PLAIN): 110,
    (Protocol.SMTP, Security.TLS): 465,
    (Protocol.SMTP, Security.STARTTLS): 587,
    (Protocol.SMTP, Security.PLAIN): 587,
}


# Where else the same server usually listens, encrypted in the other way.
_SIBLING = {Security.TLS: Security.STARTTLS, Security.STARTTLS: Security.TLS}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server: what it speaks, where it is, how it is encrypted, what user name it wants."""

    protocol: Protocol
    host: str
    port: int
    security: Security
    username: UsernameForm = UsernameForm.EMAIL
    half: Side | None = None  # only Graph needs to be told: one host serves both halves

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def sibling(self) -> Endpoint | None:
        """The server's other usual port: 465 for 587, 143 for 993; None where there is none."""
        other = _SIBLING.get(self.security)
        port = USUAL_PORTS.get((self.protocol, other)) if other else None
        if other is None or port is None or port == self.port:
            return None
        return replace(self, port=port, security=other)

    @property
    def side(self) -> Side:
        """Which half of an account this server serves."""
        if self.half is not None:
            return self.half
        return Side.SEND if self.protocol is Protocol.SMTP else Side.RECEIVE


@dataclass(frozen=True, slots=True)
class Credential:
    """What the provider calls its secret, and a hint of its shape (never a reason to reject)."""

    name: Text
    length: int | None = None
    alphabet: str | None = None  # a regular expression's character class without brackets: "a-z"
    paste: PasteRule = PasteRule.KEEP

    def clean(self, pasted: str) -> str:
        """The secret without what the provider only prints for readability.

        An ordinary password is never touched, but for line breaks around it: those come from
        copying and can never be typed.
        """
        if self.paste is PasteRule.KEEP:
            return pasted.strip("\r\n")
        kept = re.sub(r"[\s\u00a0\u3000\u200b\ufeff]+", "", pasted)
        if self.paste is PasteRule.STRIP_SPACES_AND_DASHES:
            kept = re.sub(r"[-\u2010-\u2015]", "", kept)
        return kept

    def fits(self, secret: str) -> bool | None:
        """Whether a cleaned secret has the expected shape; None when no shape is known.

        Dashes do not count: Apple prints them and takes its passwords without them, too.
        """
        if self.length is None or self.alphabet is None:
            return None
        bare = secret.replace("-", "")
        return re.fullmatch(f"[{self.alphabet}]{{{self.length}}}", bare) is not None


@dataclass(frozen=True, slots=True)
class Way:
    """One way of signing in at one provider, with its own standing, date and reason."""

    way: AuthWay
    standing: Standing
    credential: Credential
    title: Text
    why: Text  # one line under the title
    recommended: bool = False
    since: date | None = None  # when the standing began, or will
    reason: Text | None = None  # why it is broken or what stops when
    source: str | None = None  # the page that says so
    guide: str | None = None  # id of a guide of the same provider
    own_app: bool = False  # Microsoft sign-in by an app that the person registered
    receive: Protocol | None = None  # what this way receives by at first; None: IMAP
    send: Protocol | None = None  # what this way sends by at first; None: SMTP


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the provider: the button's words and the exact address (https only)."""

    label: Text
    url: str


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One card of a guide: two lines of text, a picture, a page to open and the path to it."""

    id: str
    title: Text
    body: Text
    menu_path: Text  # deep links change often: the way through the menus is always there too
    link: Link
    picture: str  # below guides/, without language; in a file: beside the provider's others


@dataclass(frozen=True, slots=True)
class Question:
    """What people ask, and the answer."""

    ask: Text
    answer: Text


@dataclass(frozen=True, slots=True)
class Guide:
    """How to prepare a mailbox: steps, the questions people ask, the habits worth keeping."""

    id: str
    title: Text
    intro: Text
    steps: tuple[GuideStep, ...]
    minutes: int = 3
    ready: Text | None = None  # the forward button's words: 我有应用密码了
    questions: tuple[Question, ...] = ()
    habits: tuple[Text, ...] = ()
    ends_like: str | None = None  # a guide for everybody, whose questions and habits end this one


@dataclass(frozen=True, slots=True)
class Branch:
    """Those of a provider's domains that have servers of their own."""

    domains: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]  # in place of the provider's, per protocol the best first


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider, as its file describes it."""

    id: str
    name: Text
    standing: Standing
    checked_on: date
    endpoints: tuple[Endpoint, ...]  # per protocol the best first
    ways: tuple[Way, ...]  # the best first
    domains: tuple[str, ...] = ()
    branches: tuple[Branch, ...] = ()
    mx: tuple[str, ...] = ()  # ".suffix" or exact host
    quirks: frozenset[Quirk] = frozenset()
    guides: tuple[Guide, ...] = ()  # may hold the places {provider} and {site}
    guides_of: str | None = None  # the provider whose guides serve this one, too
    ways_of: str | None = None  # the provider whose Microsoft sign-in serves this one, too
    cloud: str = ""  # the id of the Microsoft cloud that its mailboxes live in
    site: str = ""  # the web mail's address
    color: str = "#5B616B"  # of the letter icon
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    confidence: str = "medium"

    def endpoint(self, protocol: Protocol, side: Side | None = None) -> Endpoint | None:
        """The best server for a protocol, None where the provider has none.

        `side` says which half a Graph server is to serve.
        """
        found = next((e for e in self.endpoints if e.protocol is protocol), None)
        if found and protocol is Protocol.GRAPH:
            return replace(found, half=side or Side.RECEIVE)
        return found

    def at(self, domain: str) -> Provider:
        """The provider with the servers of one of its domains: most have the same for all."""
        for branch in self.branches:
            if domain in branch.domains:
                return replace(self, endpoints=branch.endpoints)
        return self

    @property
    def closed(self) -> bool:
        """Whether no mail program gets in: no servers, and no way that works or might.

        A mailbox set up by hand has no servers either, but ways.
        """
        return not self.endpoints and self.standing is Standing.BROKEN

    @property
    def bridged(self) -> bool:
        """Whether mail goes through a program on this computer, which must be there first."""
        return bool(self.endpoints) and self.endpoints[0].host.startswith("127.")

    def way(self, way: AuthWay, *, own_app: bool = False) -> Way | None:
        """The row of one way of signing in."""
        return next((w for w in self.ways if w.way is way and w.own_app is own_app), None)

    def guide(self, guide_id: str | None) -> Guide | None:
        """The guide with this id."""
        return next((g for g in self.guides if g.id == guide_id), None)
