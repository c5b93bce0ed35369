"""Scopes: which resource and which permission each word means, and what may stand together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .clouds import GRAPH_PERMISSIONS, MAIL_PERMISSIONS, Cloud
from .directory import Directory
from .errors import RefusedError

OPENID = frozenset({"openid", "profile", "email", "offline_access"})
ALL = ".default"


@dataclass(frozen=True, slots=True)
class Scopes:
    """What a request asks for, taken apart."""

    openid: frozenset[str]
    wanted: frozenset[tuple[str, str]]  # resource, permission

    @property
    def resources(self) -> frozenset[str]:
        """Whose permissions are among them."""
        return frozenset(resource for resource, _ in self.wanted)


def parse(text: str, cloud: Cloud, directory: Directory, client: str, tenant: str) -> Scopes:
    """Take `scope` apart; a permission without a resource is one of Graph.

    Raises RefusedError 500011 (no such resource in this cloud), 650053 (no such permission there)
    and 70011 (not a scope).
    """
    openid, wanted = set(), set()
    for word in text.split():
        if word in OPENID:
            openid.add(word)
            continue
        resource, _, permission = word.rpartition("/")
        if not permission or "," in word:
            raise RefusedError.of(70011, scope=word)
        known = _canonical(resource or cloud.graph_root, cloud, directory)
        if known is None:
            raise RefusedError.of(500011, resource=resource, tenant=tenant)
        offered = GRAPH_PERMISSIONS if known == cloud.graph_root else MAIL_PERMISSIONS
        if permission not in offered and permission != ALL:
            raise RefusedError.of(650053, client=client, scope=permission, resource=known)
        wanted.add((known, permission))
    return Scopes(frozenset(openid), frozenset(wanted))


def _canonical(resource: str, cloud: Cloud, directory: Directory) -> str | None:
    outlook = directory.outlook[cloud.name]
    if resource.casefold() == cloud.graph_root:
        return cloud.graph_root
    return outlook[0] if resource.rstrip("/").casefold() in outlook else None


def written(openid: Iterable[str], resource: str, permissions: Iterable[str]) -> str:
    """`scope` of an answer: what is really granted, under the resource's first spelling."""
    return " ".join([*sorted(openid), *(f"{resource}/{each}" for each in sorted(permissions))])
