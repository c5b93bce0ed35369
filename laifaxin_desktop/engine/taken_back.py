"""Takes an exception of a stored account back at once; never touches what others have changed."""

from __future__ import annotations

from dataclasses import replace

from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.route import Pin

from .ports import Accounts


async def take_back(accounts: Accounts, account: Account, pin: Pin) -> Account | None:
    """Store `account` without the exception; its last report goes, because it relied on it.

    The account with its new revision; None where it was changed or removed elsewhere, or has no
    secret that could stay: nothing is written then.

    :raises MailError: stage vault, for anything else
    """
    kept = replace(account, settings=account.settings.unpinned(pin))
    try:
        await accounts.save(kept, None, None)
    except MailError as error:
        if error.evidence.fault is Fault.MISSING:
            return None
        raise
    return await accounts.get(account.id)
