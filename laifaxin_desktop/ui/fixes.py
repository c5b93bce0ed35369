"""What the window does for each fix: one row each, no button leads nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from laifaxin_desktop.model.problem import Fix

from .account_row import Row


class Mends(Protocol):
    """What a window can do about an account."""

    def check_again(self, row: Row) -> None:
        """Check it now."""
        ...

    def reauthorize(self, row: Row) -> None:
        """The wizard, started at the secret, or at the browser where Microsoft signs in."""
        ...

    def repair(self, row: Row) -> None:
        """The wizard, started at the servers, the suggested ones filled in."""
        ...

    def correct(self, row: Row) -> None:
        """What was filled in wrongly: the servers, or the app that signs in."""
        ...

    def switch_way(self, row: Row) -> None:
        """The wizard, turned to another way into the mailbox."""
        ...

    def show_guide(self, row: Row) -> None:
        """The provider's steps, then the wizard or a check."""
        ...

    def open_link(self, row: Row) -> None:
        """The provider's page in the browser."""
        ...

    def show_certificate(self, row: Row) -> None:
        """What the server presented."""
        ...

    def copy_for_admin(self, row: Row) -> None:
        """A text that a person can send to an administrator."""
        ...

    def copy_diagnostics(self, row: Row) -> None:
        """Everything a helper needs, without a secret."""
        ...


FIXES: Mapping[Fix, Callable[[Mends, Row], None] | None] = {
    Fix.RETRY: lambda window, row: window.check_again(row),
    Fix.WAIT: lambda window, row: window.check_again(row),
    Fix.REAUTHORIZE: lambda window, row: window.reauthorize(row),
    Fix.EDIT_PASSWORD: lambda window, row: window.reauthorize(row),
    Fix.OPEN_GUIDE: lambda window, row: window.show_guide(row),
    Fix.EDIT_SERVERS: lambda window, row: window.correct(row),
    Fix.EDIT_SENDER: lambda window, row: window.repair(row),
    Fix.SWITCH_WAY: lambda window, row: window.switch_way(row),
    Fix.OPEN_LINK: lambda window, row: window.open_link(row),
    Fix.SHOW_CERTIFICATE: lambda window, row: window.show_certificate(row),
    Fix.ASK_ADMIN: lambda window, row: window.copy_for_admin(row),
    Fix.REPORT_BUG: lambda window, row: window.copy_diagnostics(row),
    Fix.NONE: None,
}
