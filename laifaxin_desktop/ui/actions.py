"""What a person can do with the chosen accounts: the menu, and what each fix leads to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from laifaxin_desktop.app import App
from laifaxin_desktop.engine.draft import Reason
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.problem import Fix, MailError
from laifaxin_desktop.model.provider import Side

from .account_row import Row, explain
from .certificate_dialog import CertificateDialog
from .diagnostics import markdown
from .fixes import FIXES
from .languages import Languages
from .loop import spawn

if TYPE_CHECKING:
    from .wizard.window import SetupWizard


class AccountActions(QObject):
    """Does them; the rows are the window's."""

    told = Signal(str)  # a short note for the person
    delete_wanted = Signal(list)  # rows
    stored = Signal(str)  # the id of an account that the wizard stored

    def __init__(self, app: App, languages: Languages, window: QWidget) -> None:
        super().__init__(window)
        self._app, self._languages, self._window = app, languages, window
        self.account_menu = QMenu(window)
        self.account_menu.setObjectName("account_menu")

    # ---- the verbs of fixes.py ----

    def mend(self, row: Row) -> None:
        """Do what the row's problem asks for."""
        act = FIXES[row.diagnosis.fix] if row.diagnosis else None
        if act is not None:
            act(self, row)

    def check_again(self, row: Row) -> None:
        """Check it now."""
        self.check([row])

    def reauthorize(self, row: Row) -> None:
        """The wizard, started at the secret."""
        self.open_wizard(Reason.REAUTHORIZE, row.account)

    def repair(self, row: Row) -> None:
        """The wizard, started at the servers; what the diagnosis suggests is filled in."""
        self.open_wizard(Reason.REPAIR, with_suggestion(row))

    def show_guide(self, row: Row) -> None:
        """The provider's steps; from there on to the secret, or straight to a check."""
        from .guide_dialog import GuideDialog

        wanted = row.diagnosis.guide if row.diagnosis else None
        found = self._app.book.guide(row.provider.id, wanted) if wanted else None
        if found is None:
            self.reauthorize(row)
            return
        provider, guide = found
        dialog = GuideDialog(self._app, self._languages, provider, guide, self._window)
        dialog.secret_wanted.connect(lambda: self.reauthorize(row))
        dialog.check_wanted.connect(lambda: self.check([row]))
        dialog.open()

    def open_link(self, row: Row) -> None:
        """The provider's page, over https only."""
        link = QUrl(row.diagnosis.link or "") if row.diagnosis else QUrl()
        if link.scheme() == "https" and QDesktopServices.openUrl(link):
            return
        QGuiApplication.clipboard().setText(link.toString())
        self.told.emit(self.tr("浏览器没有打开；网址已复制：{url}").format(url=link.toString()))

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
        """The problem in full, for an administrator."""
        said = explain(self._app, row)
        if said is None:
            return
        language = self._languages.current
        lines = [row.address, said.title.say(language), said.meaning.say(language)]
        lines += [f"{n}. {step.say(language)}" for n, step in enumerate(said.steps, 1)]
        if row.diagnosis and row.diagnosis.evidence.reply:
            lines += ["", row.diagnosis.evidence.reply]
        self._copy("\n".join(lines), self.tr("已复制，可以发给管理员。"))

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

    def open_wizard(self, reason: Reason, account: Account | None = None) -> SetupWizard:
        """Add, re-authorise or repair."""
        from .wizard.window import SetupWizard

        wizard = SetupWizard(self._app, self._languages, reason, account, self._window)
        wizard.finished_with.connect(self.stored)
        wizard.open()
        return wizard

    def menu(self, rows: Sequence[Row], where: QPoint) -> QMenu:
        """Open the menu of these accounts; what makes no sense for several is left out."""
        menu = self.account_menu
        menu.clear()
        one = rows[0] if len(rows) == 1 else None

        def add(name: str, words: str, act: Callable[[], object], keys: str = "") -> None:
            action = menu.addAction(words, lambda: act())
            action.setObjectName(name)
            if keys:
                action.setShortcut(keys)

        if one is not None:
            said = explain(self._app, one)
            if said and one.diagnosis and one.diagnosis.fix not in (Fix.NONE, Fix.REAUTHORIZE):
                button = said.button.say(self._languages.current)
                add("fix_action", button, lambda: self.mend(one))
                menu.addSeparator()
            add("reauthorize_action", self.tr("重新授权…"), lambda: self.reauthorize(one))
        if any(not row.account.paused for row in rows):
            add("check_action", self.tr("立即检测"), lambda: self.check(rows), "F5")
        if one is not None:
            add("edit_servers_action", self.tr("编辑服务器设置…"), lambda: self.repair(one))
        if going := [row for row in rows if not row.account.paused]:
            add("pause_action", self.tr("暂停"), lambda: self.pause(going, True))
        if resting := [row for row in rows if row.account.paused]:
            add("resume_action", self.tr("恢复"), lambda: self.pause(resting, False))
        menu.addSeparator()
        add("copy_action", self.tr("复制诊断信息"), lambda: self.copy_rows(rows))
        menu.addSeparator()
        add("delete_action", self.tr("删除…"), lambda: self.delete_wanted.emit(list(rows)), "Del")
        menu.popup(where)
        return menu

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
    """The account with the servers that its diagnoses suggest."""
    settings = row.account.settings
    for leg in row.report.legs if row.report else ():
        better = leg.diagnosis.suggestion if leg.diagnosis else None
        if better is None or settings.endpoint(leg.side) != leg.endpoint:
            continue
        if leg.side is Side.RECEIVE:
            settings = replace(settings, incoming=better)
        else:
            settings = replace(settings, outgoing=better)
    return replace(row.account, settings=settings)
