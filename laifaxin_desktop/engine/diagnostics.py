"""What may be handed to somebody who helps: Markdown about one account, without its secrets.

Addresses and names are shortened. One source for the window's 复制诊断信息 and for the command
line's --explain; in English, because it is read by whoever mends it.
"""

from __future__ import annotations

import platform
import re
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from laifaxin_desktop import __version__
from laifaxin_desktop.engine.closer import tried
from laifaxin_desktop.engine.network import Network
from laifaxin_desktop.engine.retry import locked_until
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Certificate, Diagnosis
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.report import Leg, Report, StageResult

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
# Anybody's address; both parts bounded, so that no text of a server can make this slow.
_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:=|/\\@]{1,64}@(?=([\w-]{1,63}(?:\.[\w-]{1,63}){1,8}))\1")
_SHORT = 3  # characters; a shorter name stands in other words, too


@dataclass(frozen=True, slots=True)
class Subject:
    """One account as it was checked, stored or not."""

    address: Address
    settings: Settings | None  # None: only the report is known
    provider: str  # its id
    status: str
    report: Report | None
    network: Network = Network.FINE  # what is true of all accounts

    def names(self) -> set[str]:
        """Every name that signs in, or is signed in to: none of them leaves this computer."""
        settings, legs = self.settings, self.report.legs if self.report else ()
        at = self.address
        found = {str(at), at.shown, at.key, at.local, f"{at.local}.{at.domain}"}
        if settings:
            found |= {settings.username, settings.proxy.username if settings.proxy else ""}
            found |= {settings.sign_in.identity if settings.sign_in else ""}
        for leg in legs:
            seen = leg.diagnosis.evidence if leg.diagnosis else None
            found |= {seen.identity, seen.mailbox} if seen else set()
        return {name for name in found if len(name) >= _SHORT}


def markdown(subject: Subject, *programs: str) -> str:
    """The diagnostics of one account.

    Names and addresses are shortened, also in the servers' replies (which were scrubbed of secrets
    when they were read).

    :param programs: what else it runs on, with versions
    """
    report, settings = subject.report, subject.settings
    versions = [f"laifaxin {__version__}", f"Python {platform.python_version()}", *programs]
    lines = [
        f"### {subject.address.shortened}",
        "",
        f"- {', '.join(versions)}, {ssl.OPENSSL_VERSION}",
        f"- {platform.platform()}",
        f"- provider: {subject.provider or '-'}; way: {settings.auth if settings else '-'};"
        f" status: {subject.status}",
        *(_sign_in(settings.sign_in) if settings and settings.sign_in else ()),
        *(_way(settings) if settings else ()),
        f"- network: {subject.network}",
    ]
    if report is None:
        return without_addresses("\n".join([*lines, "- never checked", ""]))
    lines.append(f"- checked: {_time(report.at)}, {report.ms} ms")
    if not report.ok:
        lines.append(f"- last passed: {_time(report.good_at) if report.good_at else 'not known'}")
    for leg in report.legs:
        lines += ["", *_leg(leg, report, subject.names())]
    # Once more over everything: somebody may have typed an address where a server belongs.
    return without_addresses("\n".join([*lines, ""]))


def shortened(name: str) -> str:
    """A name that somebody signs in with, as addresses are shortened."""
    local, at, domain = name.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else f"{name[:1]}***"


def without_names(text: str, names: Iterable[str]) -> str:
    """A server's words without the names and addresses that they may repeat."""
    for name in sorted(names, key=len, reverse=True):
        whole = rf"(?<![A-Za-z0-9_.@-]){re.escape(name)}(?![A-Za-z0-9_-])"
        short = shortened(name).replace("\\", r"\\")
        text = re.sub(whole, short, text, flags=re.IGNORECASE)
    return without_addresses(text)


def without_addresses(text: str) -> str:
    """The same with everybody's address shortened."""
    return _ADDRESS.sub(lambda hit: shortened(hit.group()), text)


def _time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _sign_in(app: SignIn) -> list[str]:
    """The app and who signed in by it; ids as far as they help to tell one from another."""
    kind = "with a secret" if app.confidential else "public"
    if app.secret_expires:
        kind += f" until {app.secret_expires.isoformat()}"
    who = f"; signed in: {shortened(app.identity)}" if app.identity else ""
    shared = "; shared mailbox" if app.shared else ""
    return [
        f"- cloud: {app.cloud}; tenant: {_id(app.tenant)}; app: {_id(app.client_id)}, {kind};"
        f" redirect: {app.redirect}{who}{shared}",
        f"- granted: {' '.join(app.granted) or '-'}",
    ]


def _id(text: str) -> str:
    """The first eight characters of a GUID; words and domains as they are."""
    return f"{text[:8]}…" if _GUID.fullmatch(text) else text


def _way(settings: Settings) -> list[str]:
    """The proxy without what it is told to let us in, and the exceptions to trust."""
    proxy, way = settings.proxy, "as the system says"
    if proxy is not None:
        login = f", logs in as {shortened(proxy.username)}" if proxy.username else ", no login"
        way = f"{proxy.kind} {proxy}{login}"
    elif settings.directly:
        way = "none"
    lines = [f"- proxy: {way}"]
    if settings.username:
        lines.append(f"- user name: {shortened(settings.username)}")
    for pin in settings.pins:
        despite = f", despite {' '.join(pin.despite)}" if pin.despite else ""
        lines.append(f"- exception to trust: {pin.host}:{pin.port} SHA-256 {pin.sha256}{despite}")
    return lines


def _leg(leg: Leg, report: Report, names: set[str]) -> list[str]:
    lines = [
        f"**{leg.side}**: {leg.endpoint.protocol} {_place(leg.endpoint)}",
        "",
        "| stage | passed | time |",
        "| --- | --- | --- |",
        *map(_stage, leg.stages),
    ]
    found = leg.diagnosis
    if found is None:
        return lines
    named = f"problem: `{found.problem}`, fix: `{found.fix}`"
    if found.suggestion:
        named += f", suggested: {_place(found.suggestion)}"
    if ends := locked_until(report, leg):
        named += f", locked until {_time(ends)}"
    return [*lines, "", named, *_evidence(found, names)]


def _place(end: Endpoint) -> str:
    return f"{end}/{end.security}"


def _stage(one: StageResult) -> str:
    return f"| {one.stage} | {'yes' if one.ok else 'no'} | {one.ms} ms |"


def _evidence(found: Diagnosis, names: set[str]) -> list[str]:
    seen = found.evidence
    first = f" (at first {seen.first})" if seen.first else ""
    parts = [f"seen: {seen.stage}/{seen.fault}{first}"]
    if seen.codes:
        parts.append(f"codes {' '.join(seen.codes)}")
    if seen.spoken:
        parts.append(f"spoken {seen.spoken}")
    if seen.shaped is not None:
        parts.append(f"shape of an app password: {'yes' if seen.shaped else 'no'}")
    if seen.identity:
        parts.append(f"signed in as {shortened(seen.identity)} for {shortened(seen.mailbox)}")
    if seen.proxy:
        parts.append(f"through the proxy {seen.proxy}")
    if seen.detail:
        parts.append(without_names(seen.detail, names))
    lines = [", ".join(parts)]
    if seen.looks or seen.clock_off:
        lines += ["", "| tried | result | time |", "| --- | --- | --- |"]
        lines += [f"| {at} | {came} | {_ms(ms)} |" for at, came, ms in tried(seen)]
    if seen.reply:
        said = without_names(seen.reply, names)
        lines += ["", *(f"    {line}" for line in said.splitlines())]
    if seen.certificate:
        lines += ["", *_certificate(seen.certificate, seen.pinned, names)]
    return lines


def _ms(ms: int) -> str:
    return f"{ms} ms" if ms >= 0 else "-"


def _certificate(shown: Certificate, pinned: str, names: set[str]) -> list[str]:
    whose = ", ".join(shown.names[:5]) or shown.subject
    lines = [
        f"- certificate: {without_names(whose, names)}",
        f"- issuer: {without_names(shown.issuer, names) or '-'};"
        f" self-signed: {'yes' if shown.self_signed else 'no'}",
        f"- valid: {shown.not_before:%Y-%m-%d} to {shown.not_after:%Y-%m-%d}",
        f"- key: {shown.key or '-'}; digest: {shown.digest or '-'};"
        f" doubts: {' '.join(shown.doubts) or '-'}",
        f"- SHA-256: {shown.sha256}",
    ]
    if pinned:
        same = "the same" if pinned == shown.sha256 else pinned
        lines.append(f"- excepted before: {same}")
    return lines
