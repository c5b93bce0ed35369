"""One row of diagnoses.toml: what must have been seen for a problem to be named; decides only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from laifaxin_desktop.model.microsoft import CloudId
from laifaxin_desktop.model.problem import Evidence, Fault, Fix, Problem, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security


class Shape(StrEnum):
    """Whether the secret looked like the provider's app password."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, shaped: bool | None) -> Shape:
        """The word for `Evidence.shaped`."""
        return cls.UNKNOWN if shaped is None else cls.YES if shaped else cls.NO


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions that must all hold (each: any of its words; empty: no condition), and a name."""

    problem: str
    provider: tuple[str, ...] = ()
    stage: tuple[Stage, ...] = ()
    fault: tuple[Fault, ...] = ()
    protocol: tuple[Protocol, ...] = ()
    security: tuple[Security, ...] = ()
    host: tuple[str, ...] = ()
    code: tuple[str, ...] = ()  # upper case; "4*" stands for every code that begins so
    reply: tuple[str, ...] = ()  # parts of the server's words, lower case
    way: tuple[AuthWay, ...] = ()
    shaped: tuple[Shape, ...] = ()
    issuer_url: bool | None = None  # whether the certificate names where its issuer's lies
    other_identity: bool | None = None  # whether somebody else signed in than the mailbox
    fix: Fix | None = None  # instead of the problem's own
    guide: str | None = None
    link: str | None = None

    def fits(self, seen: Evidence) -> bool:
        """Whether everything this rule asks for was seen."""
        return (
            _among(seen.provider, self.provider)
            and _among(seen.stage, self.stage)
            and _among(seen.fault, self.fault)
            and _among(seen.protocol, self.protocol)
            and _among(seen.security, self.security)
            and _among(seen.host.lower(), self.host)
            and _among(seen.way, self.way)
            and _among(Shape.of(seen.shaped), self.shaped)
            and (not self.code or any(_coded(seen.codes, code) for code in self.code))
            and (not self.reply or any(part in seen.reply.lower() for part in self.reply))
            and (self.issuer_url is None or self.issuer_url is _names_issuer(seen))
            and (self.other_identity is None or self.other_identity is _is_other(seen))
        )


@dataclass(frozen=True, slots=True)
class Console:
    """How an administrator of one cloud begins in PowerShell."""

    cloud: CloudId
    connect: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The whole of diagnoses.toml; rules are tried in the order of the file."""

    problems: tuple[Problem, ...]
    rules: tuple[Rule, ...]
    consoles: tuple[Console, ...] = ()


def _among(seen: object, wanted: tuple[object, ...]) -> bool:
    return not wanted or seen in wanted


def _coded(codes: tuple[str, ...], wanted: str) -> bool:
    if wanted.endswith("*"):
        return any(code.startswith(wanted[:-1]) for code in codes)
    return wanted in codes


def _names_issuer(seen: Evidence) -> bool:
    return bool(seen.certificate and seen.certificate.issuer_url)


def _is_other(seen: Evidence) -> bool:
    return bool(seen.identity) and seen.identity.casefold() != seen.mailbox.casefold()
