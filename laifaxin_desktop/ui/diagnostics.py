"""The diagnostics of one line of the list, with the versions of what draws the window."""

from __future__ import annotations

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import qVersion

from laifaxin_desktop.engine import diagnostics

from .account_row import Row


def markdown(row: Row) -> str:
    """What a person may hand to somebody who helps; see `engine.diagnostics`."""
    account = row.account
    subject = diagnostics.Subject(
        account.address,
        account.settings,
        account.provider or "",
        row.status,
        row.report,
        row.network,
    )
    return diagnostics.markdown(subject, f"Qt {qVersion()} (PySide6 {pyside_version})")
