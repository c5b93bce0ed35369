"""What a person may hand to somebody who helps: Markdown about one account, no secret in it."""

from __future__ import annotations

import platform
import ssl
from datetime import UTC

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion

from laifaxin_desktop import __version__
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.problem import Certificate, Evidence
from laifaxin_desktop.model.report import Leg

from .account_row import Row
from .times import took


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
    ]
    if report is None:
        return "\n".join([*lines, "- never checked", ""])
    lines.append(f"- checked: {report.at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC, {report.ms} ms")
    for leg in report.legs:
        lines += ["", *_leg(leg, account.address)]
    return "\n".join([*lines, ""])


def without_address(text: str, address: Address) -> str:
    """A server's words without the address they may repeat."""
    for whole in {str(address), address.shown, address.key}:
        text = text.replace(whole, address.shortened)
    return (
        text.replace(address.local, f"{address.local[:1]}***") if len(address.local) > 2 else text
    )


def _leg(leg: Leg, address: Address) -> list[str]:
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
        lines += _evidence(leg.diagnosis.evidence, address)
    return lines


def _evidence(seen: Evidence, address: Address) -> list[str]:
    told = f"seen: {seen.stage}/{seen.fault}"
    if seen.codes:
        told += f", codes {' '.join(seen.codes)}"
    if seen.spoken:
        told += f", spoken {seen.spoken}"
    if seen.shaped is not None:
        told += f", shape of an app password: {'yes' if seen.shaped else 'no'}"
    if seen.detail:
        told += f", {seen.detail}"
    lines = [told]
    if seen.reply:
        lines += [
            "",
            *(f"    {line}" for line in without_address(seen.reply, address).splitlines()),
        ]
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
