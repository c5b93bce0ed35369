"""The whole error model: what an adapter saw, what it means, what mends it.

the world                                       our bug
MailError(Evidence)                             any other exception
  stage  lookup connect tls greeting               logged scrubbed, shown as such,
         login mailbox send sign_in vault          the loop lives on
  fault  what happened, in one word
  codes, reply, spoken, certificate             (the server's own words, scrubbed)
    |
    |  rows of resources/diagnoses.toml, the most specific first
    v
Diagnosis(problem id, fix, suggestion)
    |
    v
Explanation (title, meaning, steps, the button's words) in the reader's language
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .provider import AuthWay, Endpoint, Protocol, Security
from .text import Text


class Stage(StrEnum):
    """How far a check got."""

    LOOKUP = "lookup"
    CONNECT = "connect"
    TLS = "tls"
    GREETING = "greeting"
    LOGIN = "login"
    MAILBOX = "mailbox"
    SEND = "send"
    SIGN_IN = "sign_in"
    VAULT = "vault"


class Fault(StrEnum):
    """What happened, before anybody interprets it."""

    # the network
    OFFLINE = "offline"  # this computer has no route to anywhere
    NAME_NOT_FOUND = "name_not_found"  # NXDOMAIN or no address
    LOOKUP_FAILED = "lookup_failed"  # SERVFAIL, refused, silent resolver
    BAD_HOST_NAME = "bad_host_name"  # cannot be a host name; nothing was asked
    REFUSED = "refused"  # RST at connect
    UNREACHABLE = "unreachable"  # no route to this host, or prohibited on the way
    TIMEOUT = "timeout"  # the stage's deadline passed
    PORT_BLOCKED = "port_blocked"  # no answer here, but the server's other usual port answers
    CLOSED = "closed"  # reset or end of stream in the middle
    CAPTIVE_PORTAL = "captive_portal"  # the network answers in place of different servers
    # the proxy on the way; at stage connect, or sign_in where it kept us from signing in
    PROXY_UNREACHABLE = "proxy_unreachable"  # no such name, refused, silent, no route to it
    PROXY_LOGIN = "proxy_login"  # it wants a login, or refuses the one it was given
    PROXY_TARGET = "proxy_target"  # it does not get through to the server, or may not
    PROXY_WRONG_TYPE = "proxy_wrong_type"  # no proxy of this kind answers there
    # encryption
    CERTIFICATE_EXPIRED = "certificate_expired"
    CERTIFICATE_NOT_YET_VALID = "certificate_not_yet_valid"
    CERTIFICATE_WRONG_HOST = "certificate_wrong_host"
    CERTIFICATE_SELF_SIGNED = "certificate_self_signed"
    CERTIFICATE_UNKNOWN_AUTHORITY = "certificate_unknown_authority"
    CERTIFICATE_UNFIT = "certificate_unfit"  # weak key or digest, wrong purpose, revoked
    CERTIFICATE_REFUSED = "certificate_refused"  # any other verification error
    CERTIFICATE_CHANGED = "certificate_changed"  # differs from the pinned one
    CLOCK_WRONG = "clock_wrong"  # the dates would be right, were it not for this computer's clock
    CLIENT_CERTIFICATE = "client_certificate"  # the server demands one
    TLS_VERSION = "tls_version"  # no common version
    TLS_FAILED = "tls_failed"
    WRONG_MODE = "wrong_mode"  # TLS spoken to a plain port or the reverse; `spoken` says which
    STARTTLS_MISSING = "starttls_missing"  # refused by the server
    INJECTION = "injection"  # bytes between the STARTTLS answer and the handshake, or PREAUTH
    # talk
    WRONG_PROTOCOL = "wrong_protocol"  # another mail protocol; `spoken` says which
    NOT_MAIL = "not_mail"  # HTTP, SSH, noise; `spoken` says which when known
    GARBLED = "garbled"  # over the limits, or broken syntax
    REJECTED = "rejected"  # the server said no; `codes` and `reply` say how
    NO_MECHANISM = "no_mechanism"  # nothing we speak is offered
    UNSENDABLE = "unsendable"  # CR, LF or NUL in a user name or secret; nothing was sent
    # signing in with Microsoft
    UNGRANTED = "ungranted"  # a permission is not among those granted; `detail` says which
    CANCELLED = "cancelled"  # a person gave up
    WAITED = "waited"  # nobody came back from the browser in time
    PORT_TAKEN = "port_taken"  # the redirect's own port is used by another program
    # the keychain
    NO_KEYCHAIN = "no_keychain"
    LOCKED = "locked"
    MISSING = "missing"  # the account is there, its secret is not
    # ours
    UNEXPECTED = "unexpected"  # an error that no map knows: shown honestly
    BUG = "bug"  # this program made a mistake; the world is not to blame


# The proxy's own failures: what mends them is how the account connects, whatever the stage.
PROXY_FAULTS = frozenset(
    {Fault.PROXY_UNREACHABLE, Fault.PROXY_LOGIN, Fault.PROXY_TARGET, Fault.PROXY_WRONG_TYPE}
)


class Fix(StrEnum):
    """The one button that mends a problem."""

    RETRY = "retry"
    WAIT = "wait"
    REAUTHORIZE = "reauthorize"
    EDIT_PASSWORD = "edit_password"  # noqa: S105 - a word of the contract
    OPEN_GUIDE = "open_guide"
    EDIT_SERVERS = "edit_servers"
    EDIT_SENDER = "edit_sender"
    SWITCH_WAY = "switch_way"
    OPEN_LINK = "open_link"
    SHOW_CERTIFICATE = "show_certificate"
    ASK_ADMIN = "ask_admin"
    REPORT_BUG = "report_bug"
    NONE = "none"


class Doubt(StrEnum):
    """One reason not to trust a certificate; a certificate may have several."""

    SELF_SIGNED = "self_signed"
    UNKNOWN_AUTHORITY = "unknown_authority"  # or its intermediate was not sent
    WRONG_HOST = "wrong_host"
    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    WEAK_KEY = "weak_key"  # RSA below 2048 bits, a curve below 224 (RFC 8813, NIST SP 800-57)
    WEAK_DIGEST = "weak_digest"  # signed with MD5 or SHA-1
    WRONG_PURPOSE = "wrong_purpose"  # not for servers, by its (extended) key usage
    REFUSED = "refused"  # revoked, or for a reason that only the verifier knows


# Whom it comes from is all that a person may decide; that it is fit, nobody can.
UNVOUCHED = frozenset({Doubt.SELF_SIGNED, Doubt.UNKNOWN_AUTHORITY})
UNFIT = frozenset({Doubt.WEAK_KEY, Doubt.WEAK_DIGEST, Doubt.WRONG_PURPOSE, Doubt.REFUSED})


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a server showed, for people to read; read without trusting it."""

    names: tuple[str, ...]
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    sha256: str  # of the DER, lower-case hex
    self_signed: bool = False
    issuer_url: str | None = None  # AIA caIssuers: known, so an intermediate may be missing
    key: str = ""  # "RSA 2048", "EC 256", "Ed25519"
    digest: str = ""  # what it is signed with: "SHA256"
    doubts: tuple[Doubt, ...] = ()  # all of them; none for a certificate that verifies


@dataclass(frozen=True, slots=True)
class Look:
    """One look at another place after a failure, without a secret, and what came of it."""

    at: Endpoint
    fault: Fault | None = None  # None: a mail server greeted us there, encrypted and vouched for
    stage: Stage | None = None  # where it failed
    spoken: str = ""  # what was spoken there instead
    ms: int = 0
    foreign: bool = False  # only a stranger's certificate names it: a person has to know the name


MOST_REPLY = 300  # characters kept of a server's words


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen when something failed; holds no secret and is safe to store and to show."""

    stage: Stage
    fault: Fault
    protocol: Protocol | None = None
    host: str = ""
    port: int = 0
    security: Security | None = None
    codes: tuple[str, ...] = ()  # "535", "5.7.139"; "NO", "AUTHENTICATIONFAILED"; upper case
    reply: str = ""  # the server's own words, scrubbed, at most MOST_REPLY characters
    spoken: str = ""  # imap pop3 smtp http ssh tls plain
    certificate: Certificate | None = None
    provider: str = ""
    way: AuthWay | None = None
    shaped: bool | None = None  # the secret has the shape of the provider's app password
    detail: str = ""  # an error's own name, for the report
    mailbox: str = ""  # whose mailbox was asked for, where somebody else signed in
    identity: str = ""  # who that was
    proxy: str = ""  # "host:port" of the proxy that was asked to connect
    pinned: str = ""  # SHA-256 of the certificate that is the exception for this server, if any
    worked: datetime | None = None  # when these very settings last passed, where that is not long
    # What a closer look added:
    first: Fault | None = None  # what was seen before it, where that has another name now
    looks: tuple[Look, ...] = ()  # at other places, the best first
    clock_off: int = 0  # seconds by which this computer's clock is ahead; behind: less than zero

    @property
    def better(self) -> Endpoint | None:
        """The place that answers as it should, where a closer look found one.

        None where no other server would help, and for a name that only a stranger's certificate
        gives: going there would hand the password to whoever wrote it.
        """
        if self.fault in (Fault.CLOCK_WRONG, Fault.CAPTIVE_PORTAL):
            return None
        found = (one.at for one in self.looks if one.fault is None and not one.foreign)
        return next(found, None)


class MailError(Exception):
    """The world said no. The only exception that an adapter lets out."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(f"{evidence.stage}/{evidence.fault}")
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A named problem: the row's id, the button that mends it, and what was seen."""

    problem: str
    fix: Fix
    evidence: Evidence
    guide: str | None = None
    link: str | None = None
    suggestion: Endpoint | None = None  # what to use instead, for EDIT_SERVERS and SWITCH_WAY


@dataclass(frozen=True, slots=True)
class Problem:
    """One row of the catalogue: the words; `word` is what the list shows."""

    id: str
    title: Text  # at most 16 characters in Chinese
    meaning: Text
    steps: tuple[Text, ...]  # at most 4
    fix: Fix
    button: Text
    word: Text | None = None  # None: the title
    link: str | None = None
    note: Text | None = None  # ready to be sent to an administrator
    worked: Fix | None = None  # instead of EDIT_SERVERS, where the settings worked until now


@dataclass(frozen=True, slots=True)
class Explanation:
    """A diagnosis in words, its places filled; plain text only."""

    title: Text
    meaning: Text
    steps: tuple[Text, ...]
    button: Text
    word: Text
    code: str = ""  # Microsoft's own number (AADSTS50173), shown small; empty where there is none
