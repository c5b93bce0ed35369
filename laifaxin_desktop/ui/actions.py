"""What a person can do with the chosen accounts, and what each fix leads to."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget
from shiboken6 import isValid

from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.engine.retry import lockout_ends
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import Fault, MailError

from .account_menu import AccountMenu
from .account_row import Row
from .account_wizards import AccountWizards
from .admin_note import admin_note
from .app_secret_expiry import days_left, today
from .browser import open_page
from .diagnostics import markdown
from .fixes import FIXES
from .languages import Languages
from .loop import spawn
from .on_return import OnReturn

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

    from .guide_dialog import GuideDialog


class AccountActions(AccountWizards):
    """Does them; the rows are the window's."""

    told = Signal(str)  # a short note for the person
    delete_wanted = Signal(list)  # rows
    password_wanted = Signal()  # the main password, before any secret can be had

    def __init__(self, app: App, languages: Languages, window: QWidget) -> None:
        super().__init__(app, languages, window)
        self.account_menu = AccountMenu(app, languages, self, window)
        self.on_return = OnReturn()

    # ---- the verbs of fixes.py ----

    def mend(self, row: Row) -> None:
        """Do what the row's problem asks for, or what will be one soon."""
        act = FIXES[row.diagnosis.fix] if row.diagnosis else None
        if act is not None:
            act(self, row)
        elif row.diagnosis is None and days_left(row.account, today()) is not None:
            self.renew_app_secret(row)

    def check_again(self, row: Row) -> None:
        """Check it now."""
        self.check([row])

    def show_guide(self, row: Row) -> None:
        """The provider's steps; from there on to the secret, or straight to a check."""
        from .guide_dialog import APP_GUIDES, GuideDialog

        wanted = row.diagnosis.guide if row.diagnosis else None
        found = self._app.book.guide(row.provider.id, wanted) if wanted else None
        if found is None:
            self.reauthorize(row)
            return
        provider, guide = found
        way = row.account.settings.auth
        known = row.provider.way(way)
        dialog = GuideDialog(
            self._app,
            self._languages,
            provider,
            guide,
            self._window,
            way=way,
            credential=known.credential.name if known else None,
        )
        to_app = way in SIGNED_IN and guide.id in APP_GUIDES
        dialog.secret_wanted.connect(lambda: (self.edit_app if to_app else self.reauthorize)(row))
        dialog.check_wanted.connect(lambda: self.check([row]))
        dialog.open()

    def open_guide(self, guide_id: str) -> GuideDialog | None:
        """Steps that are about this computer, and no account's."""
        from .guide_dialog import GuideDialog

        found = self._app.book.guide(self._app.other.id, guide_id)
        if found is None:
            return None
        dialog = GuideDialog(self._app, self._languages, *found, self._window)
        dialog.open()
        return dialog

    def open_link(self, row: Row) -> None:
        """A page that the table knows, in the browser; never one that a server has named.

        After a network's own sign-in page it is checked again, since no password was sent yet.
        """
        found = row.diagnosis
        link = (found.link if found else None) or ""
        if not self._app.table.opens(link):
            self.copy_diagnostics(row)  # of another version of this program: no dead end
            return
        if found is not None and found.evidence.fault is Fault.CAPTIVE_PORTAL:
            self.on_return.wait(lambda: self.check([row]))

        def failed() -> None:
            if not isValid(self):  # a browser ends when it likes
                return
            QGuiApplication.clipboard().setText(link)
            self.told.emit(self.tr("浏览器没有打开；网址已复制：{url}").format(url=link))

        open_page(link, failed)

    def copy_for_admin(self, row: Row) -> None:
        """The exact switch, command and link, for an administrator."""
        if row.diagnosis is None:
            return
        account = row.account
        note = admin_note(
            self._app,
            row.diagnosis,
            row.provider,
            account.address,
            account.settings.sign_in,
            self._languages.current,
        )
        self._copy(note, self.tr("已复制中文和英文的说明，可以发给管理员。"))

    def copy_diagnostics(self, row: Row) -> None:
        """Everything a helper needs, without a secret."""
        self.copy_rows([row])

    # ---- the menu's verbs ----

    def copy_rows(self, rows: Sequence[Row]) -> None:
        """The diagnostics of several accounts."""
        words = self.tr("已复制诊断信息，其中没有密码，地址已缩短。")
        self._copy("\n".join(markdown(row) for row in rows), words)

    def check(self, rows: Sequence[Row]) -> None:
        """Check these now; paused ones are left alone."""
        ids = [row.id for row in rows if not row.account.paused]
        if ids:
            spawn(self._check(ids), self)
        else:
            self.told.emit(self.tr("已暂停的邮箱不检测；先恢复。"))

    def check_all(self, rows: Sequence[Row]) -> None:
        """Check them all, but for those that a server has locked: a try would make it longer."""
        now = self._app.checker.now()
        locked = {row.id for row in rows if (end := lockout_ends(row.report)) and end > now}
        if len(locked) < len(rows):
            self.check([row for row in rows if row.id not in locked])
        if locked:
            self.told.emit(self.tr("%n 个邮箱被服务器暂时锁定，没有检测。", "", len(locked)))

    def pause(self, rows: Sequence[Row], paused: bool) -> None:
        """Stop checking these, or begin again with a check."""
        spawn(self._pause([row.id for row in rows], paused), self)

    def remove_connection(self, row: Row) -> None:
        """Ask, then drop the tokens; the account stays."""
        from .revoke_dialog import RevokeDialog

        dialog = RevokeDialog(self._app, self._languages, row, self._window)
        dialog.removed.connect(lambda: self._app.watch.tell())
        dialog.removed.connect(lambda: self.check([row]) if not row.account.paused else None)
        dialog.open()

    def check_app(self, row: Row) -> None:
        """One real sign-in, which says what is wrong with the app's registration."""
        from .app_check_dialog import AppCheckDialog

        draft = self._app.begin(Reason.REAUTHORIZE, row.account)
        if draft.sign_in is not None:
            app, languages = self._app, self._languages
            AppCheckDialog(app, languages, draft, draft.sign_in, self._window).open()

    def menu(self, rows: Sequence[Row], where: QPoint) -> QMenu:
        """Open the menu of these accounts."""
        self.account_menu.show_rows(rows, where)
        return self.account_menu

    async def _check(self, ids: list[str]) -> None:
        """Where the main password is missing nothing is asked: a check would tell no news."""
        may_begin = True
        with contextlib.suppress(MailError):  # then the check says what is wrong with the file
            may_begin = await self._app.accounts.vault.may_begin()
        if may_begin:
            await self._app.watch.check(ids)
        else:
            self.told.emit(self.tr("先输入主密码，然后会自动检测。"))
            self.password_wanted.emit()

    async def _pause(self, ids: list[str], paused: bool) -> None:
        try:
            for account_id in ids:
                await self._app.accounts.set_paused(account_id, paused)
        except MailError:
            self.told.emit(self.tr("没有保存：邮箱列表文件现在不能写入。"))
        self._app.watch.tell()
        if not paused:
            await self._check(ids)

    def _copy(self, text: str, words: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(words)
