"""Times as a person says them: 刚刚, 2 分钟前, 昨天; knows no time zone but the computer's."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QDate, QLocale, QObject, QTime


class Times(QObject):
    """A QObject for the sake of `tr`: only there lupdate sees plural forms."""

    def ago(self, then: datetime, now: datetime) -> str:
        """How long ago something was; both times carry their zone."""
        seconds = int((now - then).total_seconds())
        minutes, hours = seconds // 60, seconds // 3600
        if minutes < 1:  # also when the clock was set back
            return self.tr("刚刚")
        if hours < 1:
            return self.tr("%n 分钟前", "", minutes)
        days = (now.astimezone().date() - then.astimezone().date()).days
        if days < 1:
            return self.tr("%n 小时前", "", hours)
        if days == 1:
            return self.tr("昨天")
        return self.tr("%n 天前", "", days) if days < 30 else day(then)


def day(when: datetime) -> str:
    """A date in the computer's own time and the reader's own form."""
    here = when.astimezone()
    date = QDate(here.year, here.month, here.day)
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def moment(when: datetime) -> str:
    """A time of today, with its day where it is another; in the reader's own form."""
    here = when.astimezone()
    time = QLocale().toString(QTime(here.hour, here.minute), "HH:mm")
    return time if here.date() == datetime.now().astimezone().date() else f"{day(when)} {time}"


def took(ms: int) -> str:
    """A duration: 12 ms, 1.2 s."""
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
