"""What is done at the sign-in service for one verb, step by step; blocks, runs in a thread."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Iterator
from dataclasses import replace

from laifaxin_desktop.model.microsoft import (
    Cloud,
    Granted,
    Permission,
    SignIn,
    segment,
    with_granted,
)
from laifaxin_desktop.model.problem import Fault, MailError
from laifaxin_desktop.model.secret import Secret

from .entra import Client, Token
from .scopes import (
    Resource,
    Spellings,
    grants,
    misspelled,
    neighbours,
    resources,
    unagreed,
)
from .stored import pack


def granted(
    client: Client, cloud: Cloud, sign_in: SignIn, permissions: Collection[Permission],
    first: Token, spelling: int,
) -> Granted:  # fmt: skip
    """What a sign-in gave, its first token in hand: the other resources are asked for theirs.

    One that refuses does not undo the sign-in: its permissions are not among those granted, and
    the check of its leg says why.
    """
    segments = set(first.granted)
    missing = [each for each in permissions if not grants(segments, cloud, each)]
    for scopes in _tries(cloud, missing, spelling):
        if segments.issuperset(map(segment, scopes)):
            continue
        try:
            segments |= client.silent(scopes).granted
        except MailError as error:
            if error.evidence.fault is not Fault.REJECTED:
                break
    fresh = replace(
        sign_in,
        identity=_identity(first),  # never that of before: it may be somebody else now
        confidential=bool(client.app_secret),
        granted=(),
    )
    return Granted(
        with_granted(fresh, frozenset(segments)), pack(client.cache(), client.app_secret)
    )


def redeemed(
    client: Client, cloud: Cloud, sign_in: SignIn, permissions: Collection[Permission],
    refresh_token: Secret, spellings: Spellings,
) -> Granted:  # fmt: skip
    """Take over a refresh token: for all that is needed, or for as much as it allows.

    :raises MailError: the first refusal, when it allows nothing
    """
    refusal: MailError | None = None
    for spelling in spellings.all(cloud):
        for scopes in _tries(cloud, permissions, spelling):
            try:
                token = client.redeem(refresh_token.reveal(), scopes)
            except MailError as error:
                refusal = refusal or error
                if not unagreed(error.evidence):
                    raise refusal from None
                continue
            spellings.works(cloud, spelling)
            return granted(client, cloud, sign_in, permissions, token, spelling)
        if refusal is None or not misspelled(refusal.evidence):
            break
    if refusal is None:
        raise ValueError("no permission is asked for")
    raise refusal


def accessed(
    client: Client, cloud: Cloud, sign_in: SignIn, permission: Permission,
    spellings: Spellings, *, force: bool, claims: str,
) -> Token:  # fmt: skip
    """A token that allows this, for all that is granted at its resource or for this alone.

    :raises MailError: fault ungranted when the permission was never given
    """
    refusal: MailError | None = None
    for spelling in spellings.all(cloud):
        whole = neighbours(cloud, sign_in, permission, spelling)
        for scopes in dict.fromkeys([whole, whole[:1]]):
            try:
                token = client.silent(scopes, force=force, claims=claims)
            except MailError as error:
                refusal = refusal or error
                if not unagreed(error.evidence):
                    raise refusal from None
                continue
            spellings.works(cloud, spelling)
            return token
        if refusal is None or not misspelled(refusal.evidence):
            break
    if refusal is None:
        raise ValueError("a cloud without scopes")
    seen = refusal.evidence
    if sign_in.granted and not sign_in.allows(cloud, permission):
        # It was asked for when signing in, and not given: a new sign-in has to agree to it.
        seen = replace(seen, fault=Fault.UNGRANTED, detail=permission.value)
    raise MailError(seen) from None


def claims_of(given: str) -> str:
    """A claims challenge as JSON; servers give it in base64. Empty when it is neither."""
    for text in (given, _decoded(given)):
        try:
            if isinstance(json.loads(text), dict):
                return text
        except (ValueError, RecursionError):
            continue
    return ""


def _decoded(given: str) -> str:
    try:
        return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
    except ValueError:
        return ""


def _tries(cloud: Cloud, permissions: Collection[Permission], spelling: int) -> Iterator[Resource]:
    """Each resource at once, then, of those with several scopes, one by one."""
    groups = resources(cloud, permissions, spelling)
    yield from groups
    for group in groups:
        if len(group) > 1:
            yield from ((scope,) for scope in group)


def _identity(token: Token) -> str:
    """Who signed in (OpenID Connect; upn is what some tenants add instead).

    Not by `email`: anybody may write another's address there (learn.microsoft.com, "Secure
    applications and APIs by validating claims").
    """
    for claim in ("preferred_username", "upn"):
        if (found := str(token.claims.get(claim) or "")) and found.isprintable():
            return found
    return ""
