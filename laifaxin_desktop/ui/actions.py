"""What a person can do with the chosen accounts, and what each fix leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from laifaxin_desktop.engine.draft import Reason, Step
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import MailError, Stage
from laifaxin_desktop.model.provider import Protocol

from .account_menu import AccountMenu
from .account_row import Row, explain
from .admin_note import admin_note
from .app_secret_expiry import days_left, today
from .browser import open_page
from .certificate_dialog import CertificateDialog
from .diagnostics import markdown
from .fixes import FIXES
from .languages import Languages
from .loop import spawn

if TYPE_CHECKING:
    from laifaxin_desktop.app import App

    from .guide_dialog import GuideDialog
    from .wizard.window import SetupWizard


class AccountActions(QObject):
    """Does them; the rows are the window's."""

    told = Signal(str)  # a short note for the person
    delete_wanted = Signal(list)  # rows
    stored = Signal(str)  # the id of an account that the wizard stored

    def __init__(self, app: App, languages: Languages, window: QWidget) -> None:
        super().__init__(window)
        self._app, self._languages, self._window = app, languages, window
        self.account_menu = AccountMenu(app, languages, self, window)

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

    def reauthorize(self, row: Row) -> None:
        """The wizard, started at the secret, or at the browser where Microsoft signs in."""
        self.open_wizard(Reason.REAUTHORIZE, row.account)

    def choose_way(self, row: Row) -> None:
        """The wizard, started at the ways of signing in."""
        self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)

    def switch_way(self, row: Row) -> None:
        """The wizard, turned to another way into the mailbox; that is one click."""
        from .wizard import turning

        wizard = self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)
        if row.diagnosis is not None:
            turning.switch_way(wizard, row.diagnosis)

    def repair(self, row: Row) -> None:
        """The wizard, started at the servers; what the diagnosis suggests is filled in."""
        self.open_wizard(Reason.REPAIR, with_suggestion(row))

    def correct(self, row: Row) -> None:
        """What was filled in wrongly: the servers; of a sign-in, the app.

        Where the right server is known that is all: it is tried at once, and stored when it works.
        """
        from .wizard.foreign_host import ForeignHost, stranger_in

        found, corrected = row.diagnosis, with_suggestion(row)
        stranger = stranger_in(found) if found else None
        if found is not None and found.evidence.stage is Stage.SIGN_IN:
            self.edit_app(row)
        elif corrected != row.account:
            self._try(corrected)
        elif found is not None and stranger is not None:
            other = replace(row.account, settings=row.account.settings.having(stranger))
            question = ForeignHost(found.evidence.host, stranger, self._window)
            question.accepted_host.connect(lambda: self._try(other))
            question.open()
        else:
            self.repair(row)

    def _try(self, account: Account) -> None:
        """These servers with the stored secret, by the wizard: nothing is lost if they fail."""
        self.open_wizard(Reason.REPAIR, account, begin=Step.CHECK)

    def edit_app(self, row: Row) -> None:
        """The wizard, started at the app that signs in."""
        from .wizard import turning

        wizard = self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.WAY)
        turning.edit_app(wizard)

    def renew_app_secret(self, row: Row) -> None:
        """A new secret of the app, then the browser: the account keeps the rest."""
        self.open_wizard(Reason.REAUTHORIZE, row.account, begin=Step.APP)

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
        """A page that the table knows, in the browser; never one that a server has named."""
        link = (row.diagnosis.link if row.diagnosis else None) or ""
        if not self._app.table.opens(link):
            return

        def failed() -> None:
            QGuiApplication.clipboard().setText(link)
            self.told.emit(self.tr("浏览器没有打开；网址已复制：{url}").format(url=link))

        open_page(link, failed)

    def show_certificate(self, row: Row) -> None:
        """What the server presented."""
        said = explain(self._app, row)
        legs = row.report.legs if row.report else ()
        for leg in legs:
            if said and leg.diagnosis and leg.diagnosis.evidence.certificate:
                dialog = CertificateDialog(
                    leg.diagnosis.evidence.certificate,
                    str(leg.endpoint),
                    self._app.table.explain(leg.diagnosis, row.provider).meaning.say(
                        self._languages.current
                    ),
                    self._window,
                )
                dialog.copy.clicked.connect(
                    lambda _checked=False, one=dialog: self._copy(
                        one.text(), self.tr("已复制证书内容。")
                    )
                )
                dialog.open()
                return

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
            spawn(self._app.watch.check(ids), self)
        else:
            self.told.emit(self.tr("已暂停的邮箱不检测；先恢复。"))

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

    def open_wizard(
        self, reason: Reason, account: Account | None = None, *, begin: Step | None = None
    ) -> SetupWizard:
        """Add, re-authorise or repair; `begin` is the first page, where not the reason's own."""
        from .wizard.window import SetupWizard

        wizard = SetupWizard(self._app, self._languages, reason, account, self._window, begin=begin)
        wizard.finished_with.connect(self.stored)
        wizard.open()
        return wizard

    def menu(self, rows: Sequence[Row], where: QPoint) -> QMenu:
        """Open the menu of these accounts."""
        self.account_menu.show_rows(rows, where)
        return self.account_menu

    async def _pause(self, ids: list[str], paused: bool) -> None:
        try:
            for account_id in ids:
                await self._app.accounts.set_paused(account_id, paused)
        except MailError:
            self.told.emit(self.tr("没有保存：邮箱列表文件现在不能写入。"))
        self._app.watch.tell()
        if not paused:
            await self._app.watch.check(ids)

    def _copy(self, text: str, words: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.told.emit(words)


def with_suggestion(row: Row) -> Account:
    """The account with the servers that its diagnoses suggest; Graph has a button of its own."""
    settings = row.account.settings
    for leg in row.report.legs if row.report else ():
        better = leg.diagnosis.suggestion if leg.diagnosis else None
        if better is None or settings.endpoint(leg.side) != leg.endpoint:
            continue
        if better.protocol is not Protocol.GRAPH:
            settings = settings.having(better)
    return replace(row.account, settings=settings)
