"""Microsoft's clouds, whose app signs in there, and what that makes of a provider's ways; asks
nobody and signs nobody in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from laifaxin_desktop.model.microsoft import SIGNED_IN, Cloud, CloudId, SignIn
from laifaxin_desktop.model.provider import AuthWay, Provider, Standing, Way
from laifaxin_desktop.model.text import Text

from .decode import ResourceError, decode
from .preset import Preset, PresetWords, read_preset


@dataclass(frozen=True, slots=True)
class Retirement:
    """What Microsoft ended or will end, when, in which clouds (none named: in all), who says so."""

    id: str
    since: date
    text: Text
    source: str
    clouds: tuple[CloudId, ...] = ()


@dataclass(frozen=True, slots=True)
class _Words:
    without_app: Text
    other_app: Text
    own_app: Text
    preset_app: Text
    problem: PresetWords


@dataclass(frozen=True, slots=True)
class _Page:
    """The file, as it is written."""

    checked_on: date
    sources: tuple[str, ...]
    clouds: tuple[Cloud, ...]
    retirements: tuple[Retirement, ...]
    words: _Words


class CloudBook:
    """Every cloud, with an administrator's preset worked in."""

    def __init__(
        self, page: _Page, preset: Preset | None = None, problem: Text | None = None
    ) -> None:
        """Index the clouds; `problem` says why a preset, or a part of it, is left out.

        :raises ResourceError: a cloud is missing or there twice
        """
        ids = [cloud.id for cloud in page.clouds]
        if sorted(ids) != sorted(CloudId):
            raise ResourceError(f"microsoft.toml.clouds: each of {', '.join(CloudId)} once")
        self._page, self._preset, self._problem = page, preset, problem
        self._clouds = {cloud.id: _with_scopes(cloud, preset) for cloud in page.clouds}

    @classmethod
    def load(cls, file: Path, preset_file: Path, environ: Mapping[str, str]) -> CloudBook:
        """Read our file, and an administrator's where there is one.

        :raises ResourceError: our own file is wrong; a wrong preset only becomes `preset_problem`
        """
        page = decode(_Page, file)
        return cls(page, *read_preset(preset_file, environ, page.words.problem))

    @property
    def all(self) -> tuple[Cloud, ...]:
        """Every cloud, the largest first."""
        return tuple(self._clouds.values())

    @property
    def retirements(self) -> tuple[Retirement, ...]:
        """What ended or will end, the oldest first."""
        return self._page.retirements

    @property
    def preset(self) -> Preset | None:
        """What an administrator set; None where there is none, or it is unusable."""
        return self._preset

    @property
    def preset_problem(self) -> Text | None:
        """One sentence: which file or variable is left out, and why."""
        return self._problem

    def cloud(self, cloud_id: CloudId) -> Cloud:
        """One cloud; every id has one."""
        return self._clouds[cloud_id]

    def one_click(self, cloud_id: CloudId) -> SignIn | None:
        """How to sign in without an app of one's own: by the administrator's app, else by the
        program's; None where this cloud has neither.
        """
        cloud, preset = self._clouds[cloud_id], self._preset_of(cloud_id)
        tenant = "common" if cloud.personal else "organizations"
        client_id = (preset and preset.client_id) or cloud.client_id
        if not client_id:
            return None
        if preset is None:
            return SignIn(client_id, cloud_id, tenant)
        return SignIn(client_id, cloud_id, preset.tenant or tenant, preset.redirect)

    def one_click_at(self, provider: Provider) -> SignIn | None:
        """The same for one provider's mailboxes: an app of one organisation serves no personal
        mail, and one for personal accounts no work mail.

        One address may name a personal and a work account, each with a mailbox: at work only the
        latter gets in.
        """
        if provider.cloud not in list(CloudId):
            return None
        cloud = self._clouds[CloudId(provider.cloud)]
        sign_in, personal = self.one_click(cloud.id), provider.id != cloud.provider
        if sign_in is None:
            return None
        if sign_in.tenant == "common":
            return sign_in if personal else replace(sign_in, tenant="organizations")
        return sign_in if (sign_in.tenant == "consumers") is personal else None

    def named_by(self, cloud_id: CloudId) -> Text | None:
        """Whose app `one_click` is, for its card; None where there is none."""
        words, preset = self._page.words, self._preset_of(cloud_id)
        if preset and preset.client_id:
            return words.preset_app.fill({"name": preset.name or preset.client_id})
        return words.own_app if self._clouds[cloud_id].client_id else None

    def places(self, cloud_id: str) -> dict[str, Text | str]:
        """What fills the places of guides: the cloud's pages, and their hosts for menu paths."""
        if cloud_id not in list(CloudId):
            return {}
        cloud = self._clouds[CloudId(cloud_id)]
        pages = {"portal": cloud.portal, "admin": cloud.admin, "revoke": cloud.revoke}
        hosts = {f"{name}_host": urlsplit(url).netloc for name, url in pages.items()}
        return {"cloud": cloud.name, **pages, **hosts}

    def dress(self, provider: Provider) -> Provider:
        """The provider with its Microsoft ways in the order in which they work here.

        Without an app in its cloud the one-click way stands back, and says so.
        """
        rows = [way for way in provider.ways if way.way in SIGNED_IN]
        if not rows or provider.cloud not in list(CloudId):
            return provider
        if self.one_click_at(provider):
            rows.sort(key=lambda way: (way.way is AuthWay.REFRESH_TOKEN, way.own_app))
        else:
            rows.sort(key=lambda way: (_is_one_click(way), not way.own_app))
            app = self.one_click(CloudId(provider.cloud))
            reason = self._page.words.other_app if app else self._page.words.without_app
            rows = [_stood_back(way, reason) if _is_one_click(way) else way for way in rows]
        others = [way for way in provider.ways if way.way not in SIGNED_IN]
        ways = [replace(way, recommended=number == 0) for number, way in enumerate(rows + others)]
        return replace(provider, ways=tuple(ways))

    def _preset_of(self, cloud_id: CloudId) -> Preset | None:
        return self._preset if self._preset and self._preset.cloud == cloud_id else None


def _is_one_click(way: Way) -> bool:
    return way.way is AuthWay.MICROSOFT and not way.own_app


def _stood_back(way: Way, reason: Text) -> Way:
    return replace(way, standing=Standing.BROKEN, reason=reason, guide=None)


def _with_scopes(cloud: Cloud, preset: Preset | None) -> Cloud:
    """The cloud asking for what an administrator wrote, where that was written."""
    rows = preset.scopes.get(cloud.id, {}) if preset else {}
    spelled = {permission.value: scopes for permission, scopes in rows.items()}
    return replace(cloud, scopes=replace(cloud.scopes, **spelled))
