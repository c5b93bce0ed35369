"""The text that goes to an administrator, in both languages: theirs may be another; no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import Cloud, CloudId, SignIn
from laifaxin_desktop.model.problem import Diagnosis, Fix
from laifaxin_desktop.model.provider import Provider
from laifaxin_desktop.model.text import Language

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

_BETWEEN = "\n\n----------\n\n"


def admin_note(
    app: App,
    diagnosis: Diagnosis,
    provider: Provider | None,
    address: Address | None,
    sign_in: SignIn | None,
    language: Language,
) -> str:
    """The whole note, the reader's language first."""
    note = app.table.note_for_admin(
        diagnosis,
        provider,
        address=address,
        sign_in=sign_in,
        cloud=cloud_of(app, provider, sign_in),
    )
    others = [each for each in Language if each is not language]
    return _BETWEEN.join(note.say(each) for each in (language, *others)) + "\n"


def has_note(app: App, diagnosis: Diagnosis) -> bool:
    """Whether an administrator can mend it as well, beside what the button does."""
    if diagnosis.fix is Fix.ASK_ADMIN:
        return False  # the button itself copies the note
    return any(each.id == diagnosis.problem and each.note for each in app.table.problems)


def cloud_of(app: App, provider: Provider | None, sign_in: SignIn | None) -> Cloud | None:
    """The Microsoft cloud concerned; None where it is none of Microsoft's."""
    if sign_in is not None:
        return app.clouds.cloud(sign_in.cloud)
    known = provider is not None and provider.cloud in list(CloudId)
    return app.clouds.cloud(CloudId(provider.cloud)) if provider and known else None
