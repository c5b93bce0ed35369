"""Both legs of one account's check, stage by stage, live while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import Diagnosis, Stage
from laifaxin_desktop.model.provider import Endpoint, Side
from laifaxin_desktop.model.report import StageResult, stages_of

from .account_row import Row
from .cell_words import protocol_name
from .detail_words import Said
from .languages import Languages
from .stage_line import StageLine, Stop
from .theme import set_kind

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class DetailLegs(QWidget):
    """A line for each leg; under it what is wrong with it, when that is not said above already."""

    def __init__(self, app: App, languages: Languages, parent: QWidget) -> None:
        super().__init__(parent)
        self._app, self._languages = app, languages
        self.lines = {side: StageLine(self) for side in Side}
        self.troubles = {side: QLabel(self) for side in Side}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for side in Side:
            trouble = self.troubles[side]
            trouble.setObjectName(f"detail_{side}_trouble")
            trouble.setTextFormat(Qt.TextFormat.PlainText)
            trouble.setWordWrap(True)
            set_kind(trouble, "error")
            column.addWidget(self.lines[side])
            column.addWidget(trouble)

    def show_row(self, row: Row, said: Said) -> None:
        """Show how far both legs of the account came, or are now; `said` stands above them."""
        live = self._app.watch.stages(row.id) if row.checking else None
        names = {Side.RECEIVE: self.tr("收信"), Side.SEND: self.tr("发信")}
        main, signed_in = said.main, row.account.settings.auth in SIGNED_IN
        legs: dict[Side, tuple[str, Endpoint, tuple[StageResult, ...]]] = {}
        for side in Side:
            end, leg = row.account.settings.endpoint(side), None
            if live is None and row.report is not None and not row.account.paused:
                leg = row.report.leg(side)
                end = leg.endpoint if leg else end
            seen = live.get(side, ()) if live is not None else leg.stages if leg else ()
            if end is not None:
                legs[side] = f"{names[side]} {protocol_name(end.protocol)}", end, seen
            found = (said.found or {}).get(side)
            other = found is not None and main is not None and found.problem != main.problem
            words = self._trouble(row, side, found) if found and other else ""
            self.troubles[side].setText(words)
            self.troubles[side].setVisible(bool(words))
        metrics = self.fontMetrics()
        widest = max((leg[0] for leg in legs.values()), key=metrics.horizontalAdvance, default="")
        for side, line in self.lines.items():
            line.setVisible(side in legs)
            if side in legs:
                title, end, seen = legs[side]
                course = stages_of(end, signed_in=signed_in)
                stops = self._stops(seen, course, going=live is not None)
                line.say(title, stops, self.tr("通过"), self.tr("失败"), widest)
                line.setToolTip(str(end))
        self.updateGeometry()  # at once: the pane asks for the height

    def _stops(
        self, seen: tuple[StageResult, ...], course: tuple[Stage, ...], *, going: bool
    ) -> tuple[Stop, ...]:
        """The stages seen, then those that a check of this server would pass next.

        While one is `going` on, the first of those is what it waits for.
        """
        reached = {result.stage for result in seen}
        stops = [Stop(self._stage(result.stage), result.ok, result.ms) for result in seen]
        failed = any(not result.ok for result in seen)
        left = [stage for stage in course if stage not in reached]
        for stage in left[:1] if failed else left:
            now = going and not failed and stage is left[0]
            stops.append(Stop(self._stage(stage), None, going=now))
        return tuple(stops)

    def _stage(self, stage: str) -> str:
        return self._app.words(f"stage.{stage}").say(self._languages.current)

    def _trouble(self, row: Row, side: Side, found: Diagnosis) -> str:
        said = self._app.table.explain(found, row.provider)
        colon = self.tr("：", "between a name and what is said of it")
        name = self.tr("收信") if side is Side.RECEIVE else self.tr("发信")
        return name + colon + said.title.say(self._languages.current)
