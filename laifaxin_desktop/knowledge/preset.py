"""What an administrator set for Microsoft sign-in, in a file and the environment; strict, for a
half-understood preset would send people to a wrong app; never stops the program."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from laifaxin_desktop.model.microsoft import LOCALHOST, CloudId, Permission
from laifaxin_desktop.model.text import Text

# Environment: each replaces the file's value; a client id replaces the file's whole app.
CLIENT_ID = "LAIFAXIN_MICROSOFT_CLIENT_ID"
TENANT = "LAIFAXIN_MICROSOFT_TENANT"
CLOUD = "LAIFAXIN_MICROSOFT_CLOUD"
REDIRECT_URI = "LAIFAXIN_MICROSOFT_REDIRECT_URI"
_VARIABLES = {"client_id": CLIENT_ID, "tenant": TENANT, "cloud": CLOUD, "redirect": REDIRECT_URI}

_MOST = 64 * 1024  # bytes of the file
_MOST_NAME = 60
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}$)({_LABEL}\.)+(?!\d){_LABEL}")
_TENANTS = ("common", "organizations", "consumers")
# RFC 8252 7.3: plain http to this computer only; Entra ignores the port of localhost alone.
_REDIRECT = re.compile(r"http://localhost(:[1-9][0-9]{0,4})?(/[A-Za-z0-9._~/-]*)?")
_SCOPE = re.compile(r"(https|api)://[A-Za-z0-9.-]+(/[A-Za-z0-9._-]+)+")


@dataclass(frozen=True, slots=True)
class PresetWords:
    """Why a preset is not used; the places are {place}, {key}, {line}, {detail}."""

    environment: Text
    unreadable: Text
    not_utf8: Text
    not_toml: Text
    unknown_key: Text
    wrong_type: Text
    not_a_table: Text
    client_id: Text
    tenant: Text
    personal: Text
    cloud: Text
    redirect: Text
    scope: Text
    name: Text


@dataclass(frozen=True, slots=True)
class Preset:
    """The app of an administrator; without a client id it only changes what is asked for."""

    client_id: str = ""
    tenant: str = ""  # empty: as the cloud has it
    cloud: CloudId = CloudId.WORLDWIDE
    redirect: str = LOCALHOST
    name: str = ""  # what the administrator calls the app
    scopes: Mapping[CloudId, Mapping[Permission, tuple[str, ...]]] = field(default_factory=dict)


class _RefusedError(Exception):
    def __init__(self, problem: Text) -> None:
        super().__init__(problem.en)
        self.problem = problem


def read_preset(
    file: Path, environ: Mapping[str, str], words: PresetWords
) -> tuple[Preset | None, Text | None]:
    """The preset of the file, changed by the environment, and what is wrong where a part is left
    out; what is wrong never holds a value.
    """
    preset: Preset | None = None
    problem: Text | None = None
    try:
        preset = _from_file(file, words)
    except _RefusedError as refused:
        problem = refused.problem
    given = {
        key: text for key, name in _VARIABLES.items() if (text := environ.get(name, "").strip())
    }
    if given:
        # An app of its own: nothing of the file's app may mix into it.
        known = Preset(scopes=preset.scopes if preset else {})
        known = known if "client_id" in given else preset or known
        try:
            preset = _Reader(words.environment, words, _VARIABLES).preset(given, known)
        except _RefusedError as refused:
            problem = problem or refused.problem
    return preset, problem


def _from_file(file: Path, words: PresetWords) -> Preset | None:
    place = {"place": str(file)}
    try:
        with file.open("rb") as opened:
            raw = opened.read(_MOST + 1)
        # Editors on Windows put a byte order mark first.
        text = raw.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise _RefusedError(words.unreadable.fill({**place, "detail": detail})) from error
    except UnicodeDecodeError as error:
        raise _RefusedError(words.not_utf8.fill(place)) from error
    if len(raw) > _MOST:
        detail = f"> {_MOST // 1024} KiB"
        raise _RefusedError(words.unreadable.fill({**place, "detail": detail}))
    try:
        plain = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Of the parser's words the line alone: they may quote the file.
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else str(text.count("\n") + 1)
        raise _RefusedError(words.not_toml.fill({**place, "line": line})) from error
    return _Reader(str(file), words, {}).preset(plain, Preset())


class _Reader:
    """Reads tables of one place strictly."""

    def __init__(self, place: Text | str, words: PresetWords, names: Mapping[str, str]) -> None:
        """`names` says what the keys are called there, where they have other names."""
        self._place, self._words, self._names = place, words, names

    def preset(self, plain: Mapping[str, object], known: Preset) -> Preset:
        """`known` with what the table says otherwise."""
        found = known
        for key, value in plain.items():
            match key:
                case "client_id":
                    found = replace(found, client_id=self._matching(_GUID, key, value, lower=True))
                case "tenant":
                    found = replace(found, tenant=self._tenant(value))
                case "cloud":
                    found = replace(found, cloud=self._cloud(key, value))
                case "redirect":
                    found = replace(found, redirect=self._redirect(value))
                case "name":
                    found = replace(found, name=self._name(value))
                case "scopes":
                    found = replace(found, scopes=self._scopes(value))
                case _:
                    raise self._refused(self._words.unknown_key, key)
        if found.tenant == "consumers" and found.cloud is not CloudId.WORLDWIDE:
            raise self._refused(self._words.personal, "tenant")
        return found

    def _refused(self, words: Text, key: str) -> _RefusedError:
        shown = self._names.get(key, key)[:60]
        return _RefusedError(words.fill({"place": self._place, "key": shown}))

    def _text(self, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._refused(self._words.wrong_type, key)
        return value.strip()

    def _matching(
        self, pattern: re.Pattern[str], key: str, value: object, *, lower: bool = False
    ) -> str:
        text = self._text(key, value)
        text = text.lower() if lower else text
        if not pattern.fullmatch(text):
            raise self._refused(getattr(self._words, key), key)
        return text

    def _tenant(self, value: object) -> str:
        text = self._text("tenant", value).lower()
        if text in _TENANTS or _GUID.fullmatch(text) or _DOMAIN.fullmatch(text):
            return text
        raise self._refused(self._words.tenant, "tenant")

    def _cloud(self, key: str, value: object) -> CloudId:
        try:
            return CloudId(self._text(key, value).lower())
        except ValueError as error:
            raise self._refused(self._words.cloud, key) from error

    def _redirect(self, value: object) -> str:
        text = self._matching(_REDIRECT, "redirect", value)
        port = re.search(r":(\d+)", text.removeprefix("http:"))
        if port and int(port[1]) > 65535:
            raise self._refused(self._words.redirect, "redirect")
        return text

    def _name(self, value: object) -> str:
        text = self._text("name", value)
        if len(text) > _MOST_NAME or not text.isprintable():
            raise self._refused(self._words.name, "name")
        return text

    def _table(self, key: str, value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self._refused(self._words.not_a_table, key)
        return value

    def _scopes(self, value: object) -> dict[CloudId, dict[Permission, tuple[str, ...]]]:
        return {
            self._cloud(f"scopes.{cloud}", cloud): {
                self._permission(f"scopes.{cloud}.{word}", word): self._spellings(
                    f"scopes.{cloud}.{word}", spelled
                )
                for word, spelled in self._table(f"scopes.{cloud}", rows).items()
            }
            for cloud, rows in self._table("scopes", value).items()
        }

    def _permission(self, key: str, word: str) -> Permission:
        try:
            return Permission(word)
        except ValueError as error:
            raise self._refused(self._words.unknown_key, key) from error

    def _spellings(self, key: str, value: object) -> tuple[str, ...]:
        spelled = value if isinstance(value, list) else [value]
        texts = tuple(self._text(key, each) for each in spelled)
        if not texts or len(texts) > 8 or not all(map(_SCOPE.fullmatch, texts)):
            raise self._refused(self._words.scope, key)
        return texts
