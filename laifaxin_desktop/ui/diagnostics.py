"""What a person may hand to somebody who helps: Markdown about one account, no secret in it."""

from __future__ import annotations

import platform
import re
import ssl
from datetime import UTC

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion

from laifaxin_desktop import __version__
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SignIn
from laifaxin_desktop.model.problem import Certificate, Evidence
from laifaxin_desktop.model.report import Leg

from .account_row import Row
from .times import took

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def markdown(row: Row) -> str:
    """The diagnostics of one account; in English, because it is read by whoever mends it.

    The address is shortened, and taken out of the servers' replies (which were scrubbed of
    secrets when they were read).
    """
    account, report = row.account, row.report
    lines = [
        f"### {account.address.shortened}",
        "",
        f"- laifaxin {__version__}, Python {platform.python_version()}, Qt {qVersion()}"
        f" (PySide6 {pyside_version}), {ssl.OPENSSL_VERSION}",
        f"- {platform.platform()}",
        f"- provider: {account.provider or '-'}; way: {account.settings.auth};"
        f" status: {row.status}",
        *_sign_in(account.settings.sign_in),
    ]
    if report is None:
        return "\n".join([*lines, "- never checked", ""])
    lines.append(f"- checked: {report.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {report.ms} ms")
    for leg in report.legs:
        lines += ["", *_leg(leg, account)]
    return "\n".join([*lines, ""])


def _sign_in(app: SignIn | None) -> list[str]:
    """The app and who signed in by it; ids as far as they help to tell one from another."""
    if app is None:
        return []
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


def shortened(identity: str) -> str:
    """A name that somebody signs in with, as addresses are shortened."""
    local, at, domain = identity.rpartition("@")
    return f"{local[:1]}***@{domain}" if at else f"{identity[:1]}***"


def without_address(text: str, address: Address) -> str:
    """A server's words without the address they may repeat."""
    for whole in {str(address), address.shown, address.key}:
        text = text.replace(whole, address.shortened)
    return (
        text.replace(address.local, f"{address.local[:1]}***") if len(address.local) > 2 else text
    )


def _without_names(text: str, account: Account, seen: Evidence) -> str:
    """A server's words without any name that signs in."""
    app = account.settings.sign_in
    for name in {seen.identity, seen.mailbox, app.identity if app else ""} - {""}:
        text = re.sub(re.escape(name), shortened(name), text, flags=re.IGNORECASE)
    return without_address(text, account.address)


def _leg(leg: Leg, account: Account) -> list[str]:
    end = leg.endpoint
    lines = [
        f"**{leg.side}**: {end.protocol} {end.host}:{end.port} {end.security}",
        "",
        "| stage | passed | time |",
        "| --- | --- | --- |",
        *(f"| {s.stage} | {'yes' if s.ok else 'no'} | {took(s.ms)} |" for s in leg.stages),
    ]
    if leg.diagnosis:
        lines += ["", f"problem: `{leg.diagnosis.problem}`, fix: `{leg.diagnosis.fix}`"]
        lines += _evidence(leg.diagnosis.evidence, account)
    return lines


def _evidence(seen: Evidence, account: Account) -> list[str]:
    told = f"seen: {seen.stage}/{seen.fault}"
    if seen.codes:
        told += f", codes {' '.join(seen.codes)}"
    if seen.spoken:
        told += f", spoken {seen.spoken}"
    if seen.shaped is not None:
        told += f", shape of an app password: {'yes' if seen.shaped else 'no'}"
    if seen.identity:
        told += f", signed in as {shortened(seen.identity)} for {shortened(seen.mailbox)}"
    if seen.detail:
        told += f", {_without_names(seen.detail, account, seen)}"
    lines = [told]
    if seen.reply:
        said = _without_names(seen.reply, account, seen)
        lines += ["", *(f"    {line}" for line in said.splitlines())]
    if seen.certificate:
        lines += ["", *_certificate(seen.certificate)]
    return lines


def _certificate(shown: Certificate) -> list[str]:
    return [
        f"certificate: {', '.join(shown.names[:5]) or shown.subject}",
        f"issuer: {shown.issuer}; self-signed: {'yes' if shown.self_signed else 'no'}",
        f"valid: {shown.not_before:%Y-%m-%d} to {shown.not_after:%Y-%m-%d}",
        f"SHA-256: {shown.sha256}",
    ]
