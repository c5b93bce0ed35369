"""The preparation: the provider's own steps with their ticks, kept as soon as they are made."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.ui.guide_view import GuideView
from laifaxin_desktop.ui.wizard.page import Page

if TYPE_CHECKING:
    from laifaxin_desktop.ui.wizard.window import SetupWizard


class GuidePage(Page):
    """Complete when every step is ticked, or skipped by somebody who did it before."""

    step = Step.GUIDE

    def __init__(self, flow: SetupWizard) -> None:
        super().__init__(flow)
        self.view = GuideView(flow.app.places.resources / "guides")
        self.body.addWidget(self.view)
        self.body.addStretch(1)
        self._drawn: tuple[str, str, str] | None = None
        self.view.ticked.connect(self._keep)
        self.view.skip.clicked.connect(self._skip)

    def retranslate(self) -> None:
        """The guide itself comes in both languages."""
        guide = self.draft.guide
        if guide is None:
            return
        lead = self.tr("{0}大约 {1} 分钟。").format(self.flow.say(guide.intro), guide.minutes)
        self.show_title(self.flow.say(guide.title), lead)
        self.view.retranslate()
        self._draw(self.view.done if self._drawn else frozenset())

    def show_draft(self) -> None:
        """The guide of the chosen way, with the ticks that were kept."""
        provider, guide = self.draft.provider, self.draft.guide
        if provider is None or guide is None:
            return
        self._draw(frozenset())

        async def progress() -> frozenset[str]:
            try:
                return await self.flow.app.accounts.guide_done(provider.id, guide.id)
            except MailError:  # unread ticks are no reason to stop anybody
                return frozenset()

        self.begin(progress(), self._restore)

    def first_field(self) -> QWidget | None:
        """The first step that is not done yet."""
        return self.view.first_open

    def forward_words(self) -> str | None:
        """The guide's own: 我有应用密码了."""
        guide = self.draft.guide
        return self.flow.say(guide.ready) if guide and guide.ready else None

    def _draw(self, done: frozenset[str]) -> None:
        provider, guide = self.draft.provider, self.draft.guide
        language = self.flow.languages.current
        if provider is None or guide is None:
            return
        wanted = (provider.id, guide.id, language.value)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self.view.show_guide(provider, guide, language, done)

    def _restore(self, done: frozenset[str]) -> None:
        self.view.set_done(done | self.view.done)  # a busy disk answers after the first ticks
        if self.view.complete:
            self._set_done(True)
        self.take_focus()
        if card := self.view.first_card:
            self.area.ensureWidgetVisible(card, 0, 0)

    def _keep(self, step: str, done: bool) -> None:
        provider, guide = self.draft.provider, self.draft.guide
        if provider is not None and guide is not None:
            # Not `begin`: leaving the page at once must not lose the tick.
            self.flow.keep(self.flow.app.accounts.set_guide_step(provider.id, guide.id, step, done))
        if self.view.complete or not done:  # a tick less than all leaves a 跳过 as it is
            self._set_done(self.view.complete)

    def _set_done(self, done: bool) -> None:
        if done != self.draft.guide_done:
            self.flow.replace(replace(self.draft, guide_done=done))

    def _skip(self) -> None:
        self.flow.replace(replace(self.draft, guide_done=True))
        self.flow.next()
