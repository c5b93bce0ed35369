"""How an account gets to its servers, where that is not the plainest way; holds no secret."""

from __future__ import annotations

from PySide6.QtCore import QObject

from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.text import Language

from .languages import Languages


class WayWords(QObject):
    """A QObject for the sake of `tr`."""

    def __init__(self, languages: Languages, parent: QObject) -> None:
        super().__init__(parent)
        self._languages = languages

    def say(self, settings: Settings) -> str:
        """The account's own proxy and its exceptions to trust; empty where it has none."""
        said, proxy = [], settings.proxy
        if proxy is not None:
            through = self.tr("通过代理 {proxy}（{kind}）连接。")
            said.append(through.format(proxy=proxy, kind=proxy.kind.upper()))
        elif settings.directly:
            said.append(self.tr("直接连接，不用系统的代理。"))
        if settings.pins:
            places = dict.fromkeys(f"{pin.host}:{pin.port}" for pin in settings.pins)
            both = self.tr("、", "between two servers").join(places)
            said.append(self.tr("您允许过证书的服务器：{places}。").format(places=both))
        return ("" if self._languages.current is Language.ZH_CN else " ").join(said)
