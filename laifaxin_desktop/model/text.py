"""Words a person reads, in every language of the program; refuses to be one-sided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Language(StrEnum):
    """The two languages; anything that is not Chinese is answered in English."""

    ZH_CN = "zh_CN"
    EN = "en"

    @classmethod
    def of(cls, locale: str) -> Language:
        """The language for a locale name such as ``zh-Hans-CN``, ``zh_TW.UTF-8`` or ``de_DE``."""
        return cls.ZH_CN if locale.lower().startswith("zh") else cls.EN


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of wording; may hold ``{host}``-like places that `fill` replaces."""

    zh_CN: str  # noqa: N815 - the language's own name, as in TOML and on the command line
    en: str

    def say(self, language: Language) -> str:
        """The wording in one language."""
        return self.zh_CN if language is Language.ZH_CN else self.en

    def fill(self, places: Mapping[str, Text | str]) -> Text:
        """The same wording with ``{name}`` replaced; an unknown name stays as it is.

        Plain replacement, not ``str.format``: the values come from servers, and a brace in them
        must never be read as an instruction.
        """
        zh, en = self.zh_CN, self.en
        for name, value in places.items():
            mark = "{" + name + "}"
            if mark in zh or mark in en:
                here = value if isinstance(value, Text) else Text(value, value)
                zh, en = zh.replace(mark, here.zh_CN), en.replace(mark, here.en)
        return Text(zh, en)
