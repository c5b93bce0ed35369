"""Which scope strings to ask for, resource by resource, and which spelling a cloud understands."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from laifaxin_desktop.model.microsoft import Cloud, CloudId, Permission, SignIn, segment
from laifaxin_desktop.model.problem import Evidence, Fault

Resource = tuple[str, ...]  # scopes of one resource: what one request for a token may name

# "No such resource here", "no such scope", "no such scope of this resource": perhaps misspelled.
_MISSPELLED = frozenset({"AADSTS500011", "AADSTS70011", "AADSTS650053"})
_MISSPELLED_WORDS = frozenset({"INVALID_SCOPE", "INVALID_RESOURCE"})
# Not agreed to; 70000 is what personal accounts say about it, and about much else.
_UNAGREED = frozenset({"AADSTS65001", "AADSTS650057", "AADSTS70000", "CONSENT_REQUIRED"})


class Spellings:
    """Where sources disagree about scope strings, the spelling that worked is remembered."""

    def __init__(self) -> None:
        self._works: dict[CloudId, int] = {}

    def of(self, cloud: Cloud) -> int:
        """The one to begin with."""
        return self._works.get(cloud.id, 0)

    def all(self, cloud: Cloud) -> Iterator[int]:
        """Every one, the one to begin with first."""
        count = max(len(cloud.scopes.of(permission)) for permission in Permission)
        first = self.of(cloud)
        yield from ((first + more) % count for more in range(count))

    def works(self, cloud: Cloud, spelling: int) -> None:
        """It was understood."""
        self._works[cloud.id] = spelling

    def failed(self, cloud: Cloud) -> None:
        """It was not: next time the next one."""
        self._works[cloud.id] = [*self.all(cloud), self.of(cloud)][1]


def spelled(cloud: Cloud, permission: Permission, spelling: int) -> str:
    """One permission's scope in one spelling; the last where it has fewer."""
    spellings = cloud.scopes.of(permission)
    return spellings[min(spelling, len(spellings) - 1)]


def resources(cloud: Cloud, permissions: Collection[Permission], spelling: int) -> list[Resource]:
    """The scopes of the permissions, one group a resource."""
    wanted = [spelled(cloud, each, spelling) for each in Permission if each in permissions]
    ordered = sorted(wanted, key=_resource)
    groups = [tuple(scopes) for _, scopes in groupby(ordered, key=_resource)]
    return sorted(groups, key=lambda group: wanted.index(group[0]))


def neighbours(cloud: Cloud, sign_in: SignIn, permission: Permission, spelling: int) -> Resource:
    """The permission's scope and the granted ones of its resource: one token does for all."""
    own = spelled(cloud, permission, spelling)
    others = [spelled(cloud, each, spelling) for each in Permission if sign_in.allows(cloud, each)]
    near = [each for each in others if _resource(each) == _resource(own)]
    return tuple(dict.fromkeys([own, *near]))


def spelled_as_asked(given: Collection[str], asked: Collection[str]) -> list[str]:
    """Scopes of an answer as the request spelled them.

    An answer may re-prefix them; msal finds a cached token only by the very strings.
    """
    own = {segment(scope): scope for scope in asked}
    return list(dict.fromkeys(own.get(segment(scope), scope) for scope in given))


def misspelled(seen: Evidence) -> bool:
    """Whether a refusal may be about the spelling."""
    return bool(_MISSPELLED & set(seen.codes) or _MISSPELLED_WORDS & set(seen.codes[:1]))


def unagreed(seen: Evidence) -> bool:
    """Whether a refusal may be about a permission that nobody agreed to."""
    return seen.fault is Fault.REJECTED and bool(_UNAGREED & set(seen.codes) or misspelled(seen))


def grants(segments: Collection[str], cloud: Cloud, permission: Permission) -> bool:
    """Whether a permission is among granted scopes, however they are prefixed."""
    return any(segment(scope) in segments for scope in cloud.scopes.of(permission))


def _resource(scope: str) -> str:
    return scope.rpartition("/")[0].lower()
