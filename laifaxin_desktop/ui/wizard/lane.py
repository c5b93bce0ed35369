"""One half of a check as it runs: its stages light up as they pass; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.problem import Stage
from laifaxin_desktop.model.provider import Endpoint, Side
from laifaxin_desktop.model.report import Leg, StageResult, stages_of
from laifaxin_desktop.model.route import DIRECT, Route
from laifaxin_desktop.model.text import Language
from laifaxin_desktop.ui.times import took
from laifaxin_desktop.ui.wizard.parts import Mark, Spinner, words

SLOW = 3000  # ms in the login stage: servers answer a wrong password late on purpose


class StageLight(QWidget):
    """A stage's mark, name and time."""

    def __init__(self) -> None:
        super().__init__()
        self._mark, self._spinner = Mark("ring", "paused"), Spinner()
        self._name, self._time = words(), words("small")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(6)
        line.addWidget(self._mark)
        line.addWidget(self._spinner)
        line.addWidget(self._name, 0)
        line.addWidget(self._time, 0)
        line.addStretch(1)
        for label in (self._name, self._time):
            label.setWordWrap(False)
        self._spinner.hide()

    def show_stage(self, name: str, result: StageResult | None, *, running: bool) -> None:
        """Not reached, running, passed or failed."""
        self._spinner.setVisible(running)
        self._mark.setVisible(not running)
        if result is not None:
            self._mark.show_icon(*(("check", "ok") if result.ok else ("cross", "action")))
        else:
            self._mark.show_icon("ring", "paused")
        self._name.setText(name)
        self._name.setProperty("kind", "" if result or running else "later")
        self._name.style().unpolish(self._name)
        self._name.style().polish(self._name)
        self._time.setText(took(result.ms) if result else "")
        mark = "" if result is None else ("✓" if result.ok else "✕")
        self._name.setAccessibleName(f"{name} {mark} {self._time.text()}".strip())


class Lane(QFrame):
    """收信 or 发信: server, stages, and a word when the server takes its time."""

    def __init__(self, side: Side, vocabulary: Words) -> None:
        super().__init__()
        self.side, self._words = side, vocabulary
        self._endpoint: Endpoint | None = None
        self._signed_in = False
        self._route = DIRECT
        self._results: dict[Stage, StageResult] = {}
        self._running = False
        self._language = Language.ZH_CN
        self.setProperty("kind", "card")
        self.setObjectName(f"{side}_lane")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        self._column.setSpacing(4)  # what a failure means has to stand below, in view
        self._title, self._server = words("heading"), words("small")
        self._column.addWidget(self._title)
        self._column.addWidget(self._server)
        self._lights: list[StageLight] = []
        self._slow = words("secondary", f"{side}_slow")
        self._slow.hide()
        self._column.addWidget(self._slow)
        self._column.addStretch(1)
        self._patience = QTimer(self, interval=SLOW, singleShot=True)
        self._patience.timeout.connect(self._slow.show)

    def start(
        self, endpoint: Endpoint | None, *, signed_in: bool = False, route: Route = DIRECT
    ) -> None:
        """A check of this server begins; None: this half is not checked.

        `signed_in` begins with a token. `route` is the account's own; what it has is said.
        """
        self._endpoint, self._results, self._signed_in = endpoint, {}, signed_in
        self._route = route
        self._running = endpoint is not None
        self._quiet()
        self.setVisible(endpoint is not None)
        self._draw()

    def see(self, result: StageResult) -> None:
        """A stage has ended; a second token begins anew: the first was refused."""
        if result.stage is Stage.SIGN_IN:
            self._results = {}
            self._running = True
        self._results[result.stage] = result
        if not result.ok:
            self._running = False
        self._draw()

    def end(self, leg: Leg | None) -> None:
        """The check is over; a leg that never reached its server shows no stage as passed."""
        self._running = False
        if leg is not None:
            self._results = {result.stage: result for result in leg.stages}
        self._draw()

    def stop(self) -> None:
        """The check was cancelled."""
        self._running = False
        self._draw()

    def retranslate(self, language: Language) -> None:
        """Every word again."""
        self._language = language
        self._slow.setText(self.tr("服务器正在核对…"))
        self._draw()

    def _draw(self) -> None:
        endpoint = self._endpoint
        if endpoint is None:
            return
        side = self._words(f"side.{self.side}").say(self._language)
        protocol = self._words(f"protocol.{endpoint.protocol}").say(self._language)
        self._title.setText(f"{side} · {protocol}")
        self._server.setText("\n".join([str(endpoint), *self._way(endpoint)]))
        stages = stages_of(endpoint, signed_in=self._signed_in)
        while len(self._lights) < len(stages):
            light = StageLight()
            self._lights.append(light)
            self._column.insertWidget(1 + len(self._lights), light)
        now = next((s for s in stages if s not in self._results), None) if self._running else None
        for index, light in enumerate(self._lights):
            light.setVisible(index < len(stages))
            if index < len(stages):
                stage = stages[index]
                name = self._words(f"stage.{stage}").say(self._language)
                light.show_stage(name, self._results.get(stage), running=stage is now)
        if now is Stage.LOGIN:
            if not self._patience.isActive() and self._slow.isHidden():
                self._patience.start()
        else:
            self._quiet()

    def _way(self, endpoint: Endpoint) -> Iterator[str]:
        """What is out of the ordinary about the way there."""
        if self._route.proxy:
            yield self.tr("经过代理 {0}").format(self._route.proxy)
        if self._route.pin_for(endpoint):
            yield self.tr("只认您允许过的那张证书")

    def _quiet(self) -> None:
        self._patience.stop()
        self._slow.hide()
