"""The servers: a summary where their source is trusted, a form where a person must look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    Step,
    with_proxy,
    with_settings,
    without_pin,
)
from laifaxin_desktop.engine.setup import settings_complete, stores_proxy_secret
from laifaxin_desktop.model.account import Account, Discovery, Found, NotFound, Settings
from laifaxin_desktop.model.problem import PROXY_FAULTS, Fault, Fix
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Side
from laifaxin_desktop.model.route import Pin
from laifaxin_desktop.ui.loop import spawn
from laifaxin_desktop.ui.server_form import ServerForm
from laifaxin_desktop.ui.wizard.asked import AskedList
from laifaxin_desktop.ui.wizard.exceptions import ExceptionList, unpinned
from laifaxin_desktop.ui.wizard.page import Page
from laifaxin_desktop.ui.wizard.parts import card, words
from laifaxin_desktop.ui.wizard.proxy_form import ProxyForm
from laifaxin_desktop.ui.wizard.servers_summary import ServersSummary

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard

_EDITS = (Fix.EDIT_SERVERS, Fix.EDIT_SENDER)
_AT_PORT = (Fault.REFUSED, Fault.WRONG_PROTOCOL)  # the server is there, and speaks elsewhere
_Shown = tuple[str, Discovery | None, Settings | None, bool]


class ServersPage(Page):
    """Where mail is fetched and sent, as whom, and by which way."""

    step = Step.SERVERS

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self._editing = False
        self._given: _Shown | None = None
        self.summary = ServersSummary(flow)
        self.form = ServerForm(flow.app.words)
        self.proxy = ProxyForm(flow.app.words)
        self.exceptions = ExceptionList(flow.app.words)
        self._note, inside = card("notice")
        self._note_words = words()
        inside.addWidget(self._note_words)
        self._tried, tried = card()
        self._tried_title = words("strong")
        self._asked = AskedList()
        tried.addWidget(self._tried_title)
        tried.addWidget(self._asked)
        shown = (self._note, self.summary, self.form, self.exceptions, self.proxy, self._tried)
        for part in shown:
            self.body.addWidget(part)
        self.body.addStretch(1)
        self.form.changed.connect(self._edited)
        self.proxy.changed.connect(self._edited)
        self.proxy.toggle.clicked.connect(self._show_unfolded)
        self.proxy.choice.activated.connect(self._show_unfolded)
        self.exceptions.revoked.connect(self._revoke)
        self.summary.edit.clicked.connect(self._edit)

    def isComplete(self) -> bool:
        return self.exceptions.isEnabled() and super().isComplete()

    def retranslate(self) -> None:
        """The words of form and summary."""
        trusted = self._may_only_read()
        lead = self.tr("从这里收信和发信。不确定的话，保持原样就好。")
        self.show_title(self.tr("服务器设置"), lead if trusted else self.tr("从这里收信和发信。"))
        self._tried_title.setText(self.tr("已经查过"))
        for part in (self.form, self.proxy, self.exceptions):
            part.retranslate(self.flow.languages.current)
        self._note_words.setText(self._note_sentence())
        self._note.setVisible(bool(self._note_words.text()))
        self.summary.retranslate()
        self._show_tried()

    def show_draft(self) -> None:
        """The servers; what is half typed stays in the form."""
        draft = self.draft
        self._editing = not self._may_only_read()
        address = str(draft.address) if draft.address else ""
        if self._given != self._shows():
            # Otherwise the form still holds what was typed, also what is not whole yet.
            self.form.show_settings(
                draft.settings,
                confirmed=draft.plain_confirmed,
                own_name=address,
                known=draft.provider.endpoints if draft.provider else (),
                graph=self._graph(),
            )
            self.proxy.show_way(draft.settings, draft.proxy_secret, stored=False)
            self._remember()
        self.proxy.show_stored(self._stores_secret(draft))
        self._place_proxy()
        self.exceptions.show_pins(draft.settings.pins if draft.settings else ())
        self.retranslate()
        self._show_mode()

    def forget(self) -> None:
        """The next draft fills the form anew; no password stays in a field."""
        self._given = None
        self.proxy.forget()

    def take_focus(self) -> None:
        """The first field, in view: what is asked for may stand below the others."""
        super().take_focus()
        if (field := self.first_field()) and self.isAncestorOf(field):
            self.area.ensureWidgetVisible(field, 0, 60)

    @property
    def _at_proxy(self) -> Fault | None:
        """The problem with a proxy that has led here; None where another has, or none."""
        led_by = self.flow.led_by
        fault = led_by.evidence.fault if led_by else None
        return fault if fault in PROXY_FAULTS else None

    def _show_unfolded(self) -> None:
        """What has just come out below is seen, as far as there is room."""

        def look() -> None:
            self.area.ensureWidgetVisible(self.proxy, 0, 12)
            self.area.ensureWidgetVisible(self.proxy.choice, 0, 24)

        QTimer.singleShot(0, self, look)  # the layout takes the new fields in first

    def _place_proxy(self) -> None:
        """Above the servers where it is what must be mended, else below them."""
        first = self._at_proxy is not None
        self.body.removeWidget(self.proxy)
        beside = self.summary if first else self._tried
        self.body.insertWidget(self.body.indexOf(beside), self.proxy)
        if first:
            self.proxy.unfold(True)

    def _stores_secret(self, draft: Draft) -> bool:
        """Whether the proxy's password may stay empty; not the one that was just refused."""
        return stores_proxy_secret(draft) and self._at_proxy is not Fault.PROXY_LOGIN

    def _remember(self) -> None:
        self._given = self._shows()

    def _shows(self) -> _Shown:
        """What of the draft stands in the form.

        Another way of signing in changes nothing there, but whether Graph may be chosen.
        """
        draft = self.draft
        settings = draft.settings
        if settings is not None:
            settings = replace(settings, auth=AuthWay.PASSWORD, sign_in=None, pins=())
        address = str(draft.address) if draft.address else ""
        return address, draft.discovery, settings, draft.signs_in

    def _graph(self) -> dict[Side, Endpoint]:
        """Graph for each half, where Microsoft signs in and has it."""
        provider = self.draft.provider if self.draft.signs_in else None
        found = {side: provider.endpoint(Protocol.GRAPH, side) for side in Side} if provider else {}
        return {side: end for side, end in found.items() if end}

    def first_field(self) -> QWidget | None:
        """The first server that is missing; 下一步 where nothing is."""
        if not self._editing:
            return self.flow.forward_button
        if fault := self._at_proxy:
            return self.proxy.field_for(fault)
        missing = (half.host for half in self.form.halves.values() if not half.host.text())
        return next(missing, self._field_in_question())

    def _field_in_question(self) -> QWidget:
        """What the problem that has led here is about."""
        problem = self.flow.led_by
        if problem is not None and problem.fix is Fix.EDIT_SENDER:
            return self.form.username
        sending = problem is not None and problem.evidence.protocol is Protocol.SMTP
        half = self.form.halves[Side.SEND if sending else Side.RECEIVE]
        at_port = problem is not None and problem.evidence.fault in _AT_PORT
        return half.port if at_port else half.host

    def _may_only_read(self) -> bool:
        """Whether there is nothing here that a person must look at."""
        draft = self.draft
        trusted = isinstance(draft.discovery, Found) and draft.discovery.trusted
        asked_for = draft.edit_servers or draft.reason is not Reason.ADD
        return trusted and not asked_for and settings_complete(draft)

    def _note_sentence(self) -> str:
        found = self.draft.discovery
        led_by = self.flow.led_by
        if led_by is not None and (self._at_proxy or led_by.fix in _EDITS):
            return self.flow.say(self.flow.app.table.explain(led_by, self.draft.provider).meaning)
        if self.draft.reason is not Reason.ADD or self.draft.edit_servers:
            return ""
        if isinstance(found, NotFound) and found.hint:
            return self.tr(
                "这些名称下有服务器回应，但它的证书不受信任。请向邮箱服务商或管理员核对名称；检测时会先让您看证书，再发送密码。"
            )
        if isinstance(found, NotFound):
            return self.tr(
                "没有自动找到服务器。请按邮箱服务商或管理员给的说明填写；网页邮箱的“帮助”里一般也有。"
            )
        if self.draft.signs_in and self._are_the_providers():
            return ""  # tokens go to Microsoft's own servers, and there is no password to send
        if isinstance(found, Found) and found.source == "probe":
            return self.tr(
                "这些服务器是按常见名称试探到的，它们有回应，证书也有效；但请核对名称是不是您的邮箱服务商的，再发送密码。"
            )
        if isinstance(found, Found) and not found.trusted:
            return self.tr(
                "这些服务器来自域名的邮件记录。请核对名称是不是您的邮箱服务商的，再发送密码。"
            )
        return ""

    def _are_the_providers(self) -> bool:
        """Whether every server stands in the provider's file."""
        draft = self.draft
        own = {end.host for end in draft.provider.endpoints} if draft.provider else set()
        ends = draft.settings.endpoints() if draft.settings else ()
        return all(end.host in own for end in ends)

    def _show_mode(self) -> None:
        self.summary.setVisible(not self._editing)
        for part in (self.form, self.proxy):
            part.setVisible(self._editing)

    def _show_tried(self) -> None:
        found = self.draft.discovery
        shown = self.draft.reason is Reason.ADD and isinstance(found, NotFound)
        tried = found.tried if shown and found else ()
        self._asked.show_tried(self.flow, tried)
        self._tried.setVisible(bool(tried))

    def _edit(self) -> None:
        self._editing = True
        self.flow.replace(replace(self.draft, edit_servers=True))
        self.retranslate()
        self._show_mode()
        self.take_focus()

    def _edited(self) -> None:
        # What is half typed stays in the form; the draft only ever holds whole servers.
        said, before = self.form.partial(), self.draft.settings
        kept = replace(
            said,
            auth=self.draft.way or said.auth,
            sign_in=before.sign_in if before else None,
            pins=before.pins if before else (),
        )
        draft = with_settings(self.draft, kept, plain_confirmed=self.form.confirmed)
        way = self.proxy.given()
        draft = with_proxy(draft, way.proxy, way.secret, directly=way.directly)
        self.proxy.show_stored(self._stores_secret(draft))
        self.flow.replace(draft)
        self._remember()

    def _revoke(self, pin: Pin) -> None:
        self.flow.replace(without_pin(self.draft, pin))
        self.exceptions.show_pins(self.draft.settings.pins if self.draft.settings else ())
        stored = self.draft.editing
        if stored is None or pin not in stored.settings.pins:
            self._revoked(None)
            return
        # Neither a check nor the next 撤销 may begin with the revision that this one ends.
        self.exceptions.setEnabled(False)
        self.completeChanged.emit()
        work = unpinned(self.flow.app, stored, pin)
        spawn(work, self, self._revoked, lambda _bug: self._revoked(None))

    def _revoked(self, stored: Account | None) -> None:
        self.exceptions.setEnabled(True)
        if stored is not None:
            self.flow.replace(replace(self.draft, editing=stored))
            self.flow.note(self.tr("已撤销，立即算数；下次检测时会再问您。"))
        else:
            self.flow.note(self.tr("已撤销，保存以后算数；下次检测时会再问您。"))
        self.completeChanged.emit()
        # Only after the new rows have been shown, with the next turn of the loop.
        QTimer.singleShot(0, self, self._focus_after_revoking)

    def _focus_after_revoking(self) -> None:
        left = self.exceptions.buttons
        (left[0] if left else self.flow.forward_button).setFocus()
