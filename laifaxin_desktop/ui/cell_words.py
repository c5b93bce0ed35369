"""The words of the list's cells: shown, spoken by a screen reader, sought by the search."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from laifaxin_desktop.model.problem import Fix
from laifaxin_desktop.model.provider import Protocol, Side

from .account_row import Row, explain, way_name, word
from .app_secret_expiry import ExpiryWords, days_left, today
from .languages import Languages
from .times import Times

if TYPE_CHECKING:
    from laifaxin_desktop.app import App


class Column(IntEnum):
    """The columns, from the left."""

    ADDRESS = 0
    STATUS = 1
    RECEIVE = 2
    SEND = 3
    WAY = 4
    CHECKED = 5
    FIX = 6


def protocol_name(protocol: Protocol) -> str:
    """As people write it."""
    return "Graph" if protocol is Protocol.GRAPH else protocol.upper()


class CellWords(QObject):
    """Makes them when they are asked for."""

    def __init__(self, app: App, languages: Languages, parent: QObject) -> None:
        super().__init__(parent)
        self._app, self._languages, self._times = app, languages, Times(self)
        self._ends = ExpiryWords(self)

    def head(self, column: Column, *, spoken: bool) -> str:
        """A column's name; the last one's is only spoken."""
        return {
            Column.ADDRESS: self.tr("邮箱"),
            Column.STATUS: self.tr("状态"),
            Column.RECEIVE: self.tr("收信"),
            Column.SEND: self.tr("发信"),
            Column.WAY: self.tr("登录方式"),
            Column.CHECKED: self.tr("最近检测"),
            Column.FIX: self.tr("处理") if spoken else "",
        }[column]

    def say(self, row: Row, column: Column) -> str:
        """What one cell says."""
        language = self._languages.current
        match column:
            case Column.ADDRESS:
                return row.address
            case Column.STATUS:
                return word(self._app, row).say(language)
            case Column.RECEIVE:
                return self._leg(row, Side.RECEIVE)
            case Column.SEND:
                return self._leg(row, Side.SEND)
            case Column.WAY:
                return way_name(self._app, row).say(language)
            case Column.CHECKED:
                return self._checked(row)
            case Column.FIX:
                said = explain(self._app, row)
                if not row.checking and row.diagnosis is None:
                    ending = days_left(row.account, today()) is not None
                    return self._ends.renew() if ending else ""
                if said is None or row.checking or row.diagnosis is None:
                    return ""
                return "" if row.diagnosis.fix is Fix.NONE else said.button.say(language)

    def _checked(self, row: Row) -> str:
        """When it was checked; where nothing can be checked now, when it was last 正常."""
        if row.report is None:
            return "–"
        if row.held and row.report.last_good:
            ago = self._times.ago(row.report.last_good, datetime.now(UTC))
            return self.tr("{ago}正常", "a time ago").format(ago=ago)
        return self._times.ago(row.report.at, datetime.now(UTC))

    def _leg(self, row: Row, side: Side) -> str:
        if row.checking:
            seen = self._app.watch.stages(row.id).get(side, ())
            return (
                self._app.words(f"stage.{seen[-1].stage}").say(self._languages.current)
                if seen
                else "…"
            )
        leg = row.report.leg(side) if row.report and not row.account.paused else None
        if leg is None:
            return "–"
        words = self.tr("{protocol} 正常") if leg.ok else self.tr("{protocol} 失败")
        words = self.tr("{protocol} 没有连上") if row.held and not leg.ok else words
        return words.format(protocol=protocol_name(leg.endpoint.protocol))

    def hint(self, row: Row, column: Column) -> str | None:
        """What the pointer is told: the exact time, the problem's title, a long address."""
        if column is Column.CHECKED and row.report:
            checked = f"{row.report.at.astimezone():%Y-%m-%d %H:%M:%S}"
            if not row.held:
                return checked
            lines = [self.tr("最近检测：{time}").format(time=checked)]
            if good := row.report.last_good:
                time = f"{good.astimezone():%Y-%m-%d %H:%M:%S}"
                lines.insert(0, self.tr("上次正常：{time}").format(time=time))
            return "\n".join(lines)
        if column is Column.STATUS and (said := explain(self._app, row)):
            return said.title.say(self._languages.current)
        if column in (Column.STATUS, Column.FIX):
            return self._ends.sentence(row.account, today()) or None
        return row.address if column is Column.ADDRESS else None
