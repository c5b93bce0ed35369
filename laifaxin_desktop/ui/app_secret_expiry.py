"""An app's secret that ends soon is said 30 days ahead: afterwards nobody could sign in."""

from __future__ import annotations

from datetime import UTC, date, datetime

from PySide6.QtCore import QObject

from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import SIGNED_IN

AHEAD = 30  # days


def today() -> date:
    """In the computer's own time."""
    return datetime.now(UTC).astimezone().date()


def days_left(account: Account, now: date) -> int | None:
    """Days until the secret of the account's app ends; None where that is far or unknown.

    Negative when it has ended.
    """
    settings = account.settings
    app = settings.sign_in if settings.auth in SIGNED_IN else None
    if app is None or not app.confidential or app.secret_expires is None:
        return None
    left = (app.secret_expires - now).days
    return left if left <= AHEAD else None


class ExpiryWords(QObject):
    """A QObject for the sake of `tr`: only there lupdate sees plural forms."""

    def sentence(self, account: Account, now: date) -> str:
        """What is to be said of one account; empty where nothing is."""
        left = days_left(account, now)
        app = account.settings.sign_in
        if left is None or app is None or app.secret_expires is None:
            return ""
        day = app.secret_expires.isoformat()
        if left < 0:
            return self.tr("应用的客户端密码已于 {day} 到期").format(day=day)
        if left == 0:
            return self.tr("应用密码今天到期")
        return self.tr("应用的客户端密码将于 {day} 到期（还有 %n 天）", "", left).format(day=day)

    def renew(self) -> str:
        """The button's words."""
        return self.tr("更换客户端密码")
