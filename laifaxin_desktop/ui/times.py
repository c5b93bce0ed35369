"""Times as a person says them: 刚刚, 2 分钟前, 昨天; knows no time zone but the computer's."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QCoreApplication, QDate, QLocale


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was; both times carry their zone."""
    seconds = (now - then).total_seconds()
    if seconds < 60:  # also when the clock was set back
        return QCoreApplication.translate("Times", "刚刚")
    if seconds < 3600:
        return QCoreApplication.translate("Times", "%n 分钟前", "", int(seconds // 60))
    days = (now.astimezone().date() - then.astimezone().date()).days
    if days == 0:
        return QCoreApplication.translate("Times", "%n 小时前", "", int(seconds // 3600))
    if days == 1:
        return QCoreApplication.translate("Times", "昨天")
    if days < 30:
        return QCoreApplication.translate("Times", "%n 天前", "", days)
    return day(then)


def day(when: datetime) -> str:
    """A date in the computer's own time and the reader's own form."""
    here = when.astimezone()
    date = QDate(here.year, here.month, here.day)
    return QLocale().toString(date, QLocale.FormatType.ShortFormat)


def took(ms: int) -> str:
    """A duration: 12 ms, 1.2 s."""
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s"
