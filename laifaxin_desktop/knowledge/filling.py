"""What fills the places in a problem's words, from what was seen; decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from laifaxin_desktop.model.microsoft import SIGNED_IN, Permission
from laifaxin_desktop.model.patience import asked_to_wait
from laifaxin_desktop.model.problem import Evidence, Stage
from laifaxin_desktop.model.provider import USUAL_PORTS, AuthWay, Provider, Security
from laifaxin_desktop.model.text import Text

from .microsoft_errors import MicrosoftErrors
from .providers import BY_HAND
from .words import Words

Places = Mapping[str, Text | str]

_PLACE = re.compile(r"\{(\w+)\}")
_SEAM = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
_SENDS = (Permission.SMTP, Permission.GRAPH_SEND)


def filled(text: Text, places: Places) -> Text:
    """A wording with its places filled in one pass; an unknown one stays as it is.

    One pass, because values come from strangers: a brace in a server's words must not become a
    place of ours.
    """

    def put(words: str, language: str) -> str:
        def value(found: re.Match[str]) -> str:
            here = places.get(found[1], found[0])
            said = str(getattr(here, language)) if isinstance(here, Text) else here
            before, after = words[: found.start()][-1:], words[found.end() :][:1]
            return f"{_seam(before, said[:1])}{said}{_seam(said[-1:], after)}"

        return _PLACE.sub(value, words)

    return Text(put(text.zh_CN, "zh_CN"), put(text.en, "en"))


def _seam(left: str, right: str) -> str:
    """What stands between two characters: Latin letters keep apart from Chinese ones."""
    return " " if _SEAM.fullmatch(left + right) else ""


def places_of(
    seen: Evidence, provider: Provider | None, words: Words, errors: MicrosoftErrors
) -> Places:
    """Every place that the words of diagnoses.toml may hold."""
    certificate = seen.certificate
    app_password = _name(provider, AuthWay.APP_PASSWORD) or words("way.app_password")
    way = provider.way(seen.way) if provider and seen.way else None
    known = provider is not None and provider.id != BY_HAND
    spoken = f"place.{seen.spoken or 'spoken'}"
    reason = f"reason.{seen.fault}"
    known_places: dict[str, Text | str] = {
        "host": seen.host or words("place.host"),
        "port": str(seen.port),
        "other_port": _other_port(seen) or words("place.other_port"),
        "redirect_port": words("place.redirect_port").fill({"port": str(seen.port)})
        if seen.port
        else words("place.redirect_port_unknown"),
        "protocol": words(f"protocol.{seen.protocol}")
        if seen.protocol
        else words("place.protocol"),
        "provider": provider.name if provider and known else words("place.provider"),
        "credential": _credential(seen, provider, words),
        "enter_again": words("place.sign_in_again")
        if _signs_in(seen)
        else words("fix.edit_password").fill({"credential": _credential(seen, provider, words)}),
        "app_password": _inside(app_password),
        "spoken": words(spoken) if spoken in words else seen.spoken.upper(),
        "names": ", ".join(certificate.names[:3])
        if certificate and certificate.names
        else words("place.names"),
        "issuer": (certificate and certificate.issuer) or words("place.issuer"),
        "expires": _day(certificate.not_after if certificate else None) or words("place.date"),
        "starts": _day(certificate.not_before if certificate else None) or words("place.date"),
        "date": _day(way.since if way else None) or words("place.date"),
        "reply": seen.reply or words("place.reply"),
        "reason": words(reason) if reason in words else words("place.reason"),
        "backoff": _wait(seen, words, "place.backoff"),
        "lockout": _wait(seen, words, "place.lockout"),
        "off_by": _off_by(seen, words),
        "proxy": seen.proxy or words("place.proxy"),
        "identity": seen.identity or words("place.identity"),
        "mailbox": seen.mailbox or words("place.mailbox"),
        "locked": words("place.locked_main" if _by_main_password(seen) else "place.locked"),
        "unlock": words("place.unlock_main" if _by_main_password(seen) else "place.unlock"),
        **_permission(seen, words),
    }
    return {**known_places, **_number(seen, known_places, words, errors)}


def code_of(seen: Evidence) -> str:
    """Microsoft's own number of a sign-in that failed."""
    return MicrosoftErrors.shown(seen.codes) if seen.stage is Stage.SIGN_IN else ""


def _number(seen: Evidence, places: Places, words: Words, errors: MicrosoftErrors) -> Places:
    row = errors.of(seen.codes)
    meaning = row.meaning if row else filled(words("place.number_meaning"), places)
    return {
        "number": code_of(seen) or words("place.number"),
        "number_meaning": meaning,
        "number_advice": (row and row.advice) or words("place.number_advice"),
    }


def _permission(seen: Evidence, words: Words) -> Places:
    found = next((p for p in Permission if p == seen.detail), None)
    if found is None:
        return {"permission": words("place.permission"), "side": words("place.side")}
    side = "send" if found in _SENDS else "receive"
    return {
        "permission": words(f"permission.{found}"),
        "side": _inside(words(f"side.{side}")),
    }


def _by_main_password(seen: Evidence) -> bool:
    """Whether a main password keeps the stored secrets, and no keychain."""
    return seen.detail == "main_password"


def _wait(seen: Evidence, words: Words, otherwise: str) -> Text:
    """How long the server asks to be left alone."""
    seconds = asked_to_wait(seen)
    if not seconds:
        return words(otherwise)
    if seconds < 120:
        return words("place.backoff_seconds").fill({"count": str(seconds)})
    if seconds < 7200:
        return words("place.backoff_minutes").fill({"count": str(-(-seconds // 60))})
    return words("place.backoff_hours").fill({"count": str(-(-seconds // 3600))})


def _off_by(seen: Evidence, words: Words) -> Text:
    """How far this computer's clock is off, and in which direction."""
    days = round(abs(seen.clock_off) / 86400)
    if not days:
        return words("place.off_by")
    count, unit = (round(days / 365.25), "years") if days >= 730 else (days, "days")
    direction = "ahead" if seen.clock_off > 0 else "behind"
    return words(f"place.{direction}").fill(
        {"span": words(f"place.{unit if count > 1 else unit[:-1]}").fill({"count": str(count)})}
    )


def _credential(seen: Evidence, provider: Provider | None, words: Words) -> Text:
    if _signs_in(seen):
        return words("place.sign_in")
    return _inside(_name(provider, seen.way) or words(f"way.{seen.way or AuthWay.PASSWORD}"))


def _signs_in(seen: Evidence) -> bool:
    return seen.way in SIGNED_IN or seen.stage is Stage.SIGN_IN


def _name(provider: Provider | None, way: AuthWay | None) -> Text | None:
    row = provider.way(way) if provider and way else None
    return row.credential.name if row else None


def _other_port(seen: Evidence) -> str:
    """The server's port that answers, else its other usual one."""
    if seen.better and seen.better.host == seen.host:
        return str(seen.better.port)
    security = Security.STARTTLS if seen.security is Security.TLS else Security.TLS
    port = USUAL_PORTS.get((seen.protocol, security)) if seen.protocol else None
    return str(port) if port and seen.security else ""


def _inside(name: Text) -> Text:
    """A name as it stands inside an English sentence."""
    return replace(name, en=name.en[:1].lower() + name.en[1:])


def _day(when: date | datetime | None) -> str:
    return when.strftime("%Y-%m-%d") if when else ""
