"""What a closer look, or the past, adds to a problem's words; nothing where there was nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from laifaxin_desktop.model.problem import PROXY_FAULTS, Diagnosis, Evidence, Fix
from laifaxin_desktop.model.provider import Endpoint
from laifaxin_desktop.model.text import Text

from .words import Words

_MOST_STEPS = 4
# Its own words say which port answers.
_SAYS_SO = "port_blocked"


@dataclass(frozen=True, slots=True)
class Learned:
    """The sentence, the first step and the button's words; None: the problem's own do."""

    sentence: Text | None = None
    step: Text | None = None
    button: Text | None = None
    instead: tuple[Text, ...] = ()  # of the problem's own steps

    @classmethod
    def of(cls, diagnosis: Diagnosis, words: Words) -> Self:
        """What was learned about this problem."""
        seen, to = diagnosis.evidence, diagnosis.evidence.better
        if seen.worked and diagnosis.fix is Fix.RETRY:
            return cls._of_past(diagnosis.evidence, seen.worked, words)
        button = _button(diagnosis, words)
        if button is None:
            return cls(_stranger(seen, words) if to is None else None)
        here = diagnosis.suggestion is not None and diagnosis.suggestion.host == seen.host.lower()
        if diagnosis.problem == _SAYS_SO and here:
            return cls(button=button)
        step = words("learned.step").fill({"button": button})
        if to is None or (to.host, to.port) == (seen.host, seen.port):
            return cls(None, step, button)  # what it spoke is no news
        return cls(words("learned.works").fill(_places(to, words)), step, button)

    @classmethod
    def _of_past(cls, seen: Evidence, worked: datetime, words: Words) -> Self:
        """The settings worked until now: nobody is asked to go over them.

        A proxy's own steps stay: it is a program that may have to be started.
        """
        time = {"time": f"{worked.astimezone():%Y-%m-%d %H:%M}"}
        if seen.fault in PROXY_FAULTS:
            return cls(words("learned.worked_proxy").fill(time))
        steps = words("learned.wait"), words("learned.ask")
        return cls(words("learned.worked").fill(time), instead=steps)

    def meaning(self, meaning: Text) -> Text:
        """What the problem means, with what was learned at its end."""
        said = self.sentence
        if said is None:
            return meaning
        return Text(meaning.zh_CN + said.zh_CN, f"{meaning.en} {said.en}")

    def steps(self, steps: tuple[Text, ...]) -> tuple[Text, ...]:
        """The steps, the one that was learned first."""
        return (self.step, *steps)[:_MOST_STEPS] if self.step else self.instead or steps


def _stranger(seen: Evidence, words: Words) -> Text | None:
    """A server that only the certificate names: a person has to know whose it is."""
    if seen.clock_off or not seen.looks:
        return None
    found = next((look.at for look in seen.looks if look.foreign and look.fault is None), None)
    return words("learned.foreign").fill(_places(found, words)) if found else None


def _button(diagnosis: Diagnosis, words: Words) -> Text | None:
    """What one click changes, where it corrects a server."""
    seen, to = diagnosis.evidence, diagnosis.suggestion
    if diagnosis.fix is not Fix.EDIT_SERVERS or to is None:
        return None
    key = "use_port" if to.host == seen.host.lower() else "use_host"
    if key == "use_port" and to.port == seen.port:
        key = "use_mode"
    return words(f"learned.{key}").fill(_places(to, words))


def _places(to: Endpoint, words: Words) -> dict[str, Text | str]:
    security = words(f"security.{to.security}")
    return {"server": to.host, "port": str(to.port), "security": security}
