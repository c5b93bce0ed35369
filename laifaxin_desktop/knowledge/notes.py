"""The text for an administrator: the exact switch, the cmdlet, the link; sends nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Cloud, CloudId, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Explanation
from laifaxin_desktop.model.text import Text

from .filling import Places, filled

_PLACE = re.compile(r"\{(\w+)\}")
# PowerShell takes typographic quotes for quotes, too (about_Quoting_Rules).
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")
# Tenants that are no directory of their own: the administrator who signs in says which it is.
_ANY_TENANT = ("", "common", "consumers", "organizations")


def quoted(text: str) -> str:
    """A literal of PowerShell: an address may hold ``$``, ``|``, ``&`` and quotes."""
    return "'" + _QUOTES.sub(r"\1\1", text) + "'"


def consent_link(sign_in: SignIn, cloud: Cloud) -> str:
    """Where an administrator allows an app for everybody (Entra, "Grant tenant-wide consent")."""
    tenant = "organizations" if sign_in.tenant in _ANY_TENANT else quote(sign_in.tenant, safe="")
    client = quote(sign_in.client_id, safe="")
    return f"{cloud.authority}/{tenant}/adminconsent?client_id={client}"


def places_of_note(
    diagnosis: Diagnosis,
    said: Explanation,
    connects: Mapping[CloudId, str],
    address: Address | None,
    sign_in: SignIn | None,
    cloud: Cloud | None,
) -> Places:
    """What is known for the places of a note; a place without a value is left out of it."""
    seen = diagnosis.evidence
    mailbox = str(address) if address else seen.mailbox
    identity = (sign_in and sign_in.identity) or seen.identity or mailbox
    cloud_id = cloud.id if cloud else sign_in.cloud if sign_in else CloudId.WORLDWIDE
    server = f"{seen.host}:{seen.port}" if seen.host and seen.port else seen.host
    known = {
        "address": address.shown if address else mailbox,
        "quoted_address": quoted(mailbox) if mailbox else "",
        "identity": identity,
        "quoted_identity": quoted(identity) if identity else "",
        "client_id": sign_in.client_id if sign_in else "",
        "tenant": sign_in.tenant if sign_in and sign_in.tenant not in _ANY_TENANT else "",
        "consent_link": consent_link(sign_in, cloud) if sign_in and cloud else "",
        "authority": cloud.authority if cloud else "",
        "portal": "https://" + urlsplit(cloud.portal).netloc if cloud else "",
        "admin": cloud.admin if cloud else "",
        "connect": connects.get(cloud_id, ""),
        "server": server,
        "code": said.code,
        "reply": seen.reply,
    }
    steps = zip(said.steps, range(1, len(said.steps) + 1), strict=True)
    lines = [(f"{n}. {step.zh_CN}", f"{n}. {step.en}") for step, n in steps]
    return {
        **{name: value for name, value in known.items() if value},
        "title": said.title,
        "meaning": said.meaning,
        "steps": Text("\n".join(zh for zh, _ in lines), "\n".join(en for _, en in lines)),
    }


def note(template: Text, places: Places) -> Text:
    """The note; a line with a place that nothing is known for is left out."""
    return filled(
        Text(_whole_lines(template.zh_CN, places), _whole_lines(template.en, places)), places
    )


def _whole_lines(words: str, places: Places) -> str:
    lines = words.strip().splitlines()
    kept = (line for line in lines if all(name in places for name in _PLACE.findall(line)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
