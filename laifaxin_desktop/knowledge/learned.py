"""What a closer look adds to the words of a problem; says nothing where it found nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from laifaxin_desktop.model.problem import Diagnosis, Evidence, Fix
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

    @classmethod
    def of(cls, diagnosis: Diagnosis, words: Words) -> Self:
        """What was learned about this problem."""
        seen, to = diagnosis.evidence, diagnosis.evidence.better
        if to is None:
            return cls(_stranger(seen, words))
        mode_only = (to.host, to.port) == (seen.host, seen.port)
        if diagnosis.fix is not Fix.EDIT_SERVERS or mode_only:
            return cls()
        here = to.host == seen.host
        places = _places(to, words)
        button = words("learned.use_port" if here else "learned.use_host").fill(places)
        if diagnosis.problem == _SAYS_SO and here:
            return cls(button=button)
        return cls(
            words("learned.works").fill(places),
            words("learned.step").fill({"button": replace(button, en=_lower(button.en))}),
            button,
        )

    def meaning(self, meaning: Text) -> Text:
        """What the problem means, with what was learned at its end."""
        said = self.sentence
        if said is None:
            return meaning
        return Text(meaning.zh_CN + said.zh_CN, f"{meaning.en} {said.en}")

    def steps(self, steps: tuple[Text, ...]) -> tuple[Text, ...]:
        """The steps, the one that was learned first."""
        return (self.step, *steps)[:_MOST_STEPS] if self.step else steps


def _stranger(seen: Evidence, words: Words) -> Text | None:
    """A server that only the certificate names: a person has to know whose it is."""
    if seen.clock_off or not seen.looks:
        return None
    found = next((look.at for look in seen.looks if look.foreign and look.fault is None), None)
    return words("learned.foreign").fill(_places(found, words)) if found else None


def _places(to: Endpoint, words: Words) -> dict[str, Text | str]:
    security = words(f"security.{to.security}")
    return {"server": to.host, "port": str(to.port), "security": security}


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
