"""Hands checks their access tokens; what was rotated is kept before anything is done with it.

A refresh token is good for one use where the platform is strict, so whoever used it must keep the
new one, whatever happens: renewals of one account take turns, are never cut off half-way, and are
written only over what they were made from.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import Any

from laifaxin_desktop.engine.ports import Accounts, OAuth
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import Access, Permission, Renewed, SignIn
from laifaxin_desktop.model.problem import MailError
from laifaxin_desktop.model.secret import Secret

_MOST_RACES = 4  # with other processes that rotate the same account's tokens
_MOST_REMEMBERED = 64  # rotations of drafts that are not stored yet


class Tokens:
    """One sign-in while a check uses it."""

    def __init__(self, authorizer: Authorizer, sign_in: SignIn, secret: Secret) -> None:
        self._of = authorizer
        self.sign_in = sign_in
        self._secret = secret
        self._turn = asyncio.Lock()

    async def access(
        self, permission: Permission, *, force: bool = False, claims: str = ""
    ) -> Access:
        """A token that allows this; see `engine.ports.OAuth.access`.

        :raises MailError: stage sign_in, or stage vault when a rotated one cannot be kept
        """
        async with self._turn:
            return await self._of.to_the_end(self._renew(permission, force, claims))

    async def _renew(self, permission: Permission, force: bool, claims: str) -> Access:
        oauth = self._of.oauth
        renewed = await oauth.access(
            self.sign_in, permission, self._secret, force=force, claims=claims
        )
        if renewed.secret != self._secret:
            self._of.remember(self._secret, renewed.secret)
            self._secret = renewed.secret
        return renewed.access


class StoredTokens(Tokens):
    """The sign-in of a stored account: others may be using it too."""

    def __init__(self, authorizer: Authorizer, account: Account, sign_in: SignIn) -> None:
        super().__init__(authorizer, sign_in, Secret(""))
        self._account = account
        self._turn = authorizer.turn(account.id)

    async def _renew(self, permission: Permission, force: bool, claims: str) -> Access:
        accounts, oauth, account = self._of.accounts, self._of.oauth, self._account
        for _ in range(_MOST_RACES):
            secret = await self._of.kept(account)
            try:
                renewed = await oauth.access(
                    self.sign_in, permission, secret, force=force, claims=claims
                )
            except MailError:
                if await accounts.secret(account.id) == secret:
                    raise
                continue  # somebody else has rotated in the meantime: theirs is the live one
            if renewed.secret == secret or await self._of.keep(account, secret, renewed):
                return renewed.access
            now = await accounts.get(account.id)
            if now is None or now.revision != account.revision:
                return renewed.access  # signed in anew or removed: theirs stays as it is
        return renewed.access


class Authorizer:
    """Makes `Tokens` for drafts and stored accounts, and remembers what is not yet on disk."""

    def __init__(self, oauth: OAuth, accounts: Accounts) -> None:
        self.oauth = oauth
        self.accounts = accounts
        self._turns: dict[str, asyncio.Lock] = {}
        self._unkept: dict[str, tuple[int, Secret, Renewed]] = {}
        self._moved: deque[tuple[Secret, Secret]] = deque(maxlen=_MOST_REMEMBERED)
        self._running: set[asyncio.Task[Access]] = set()

    def of_draft(self, sign_in: SignIn, secret: Secret) -> Tokens:
        """The tokens of a sign-in that is not stored yet."""
        return Tokens(self, sign_in, self._followed(secret))

    def of_account(self, account: Account, sign_in: SignIn) -> Tokens:
        """The tokens of a stored account."""
        return StoredTokens(self, account, sign_in)

    async def latest(self, secret: Secret) -> Secret:
        """What became of a draft's tokens while checks used them; forgets the way there."""
        if self._running:
            await asyncio.wait(tuple(self._running))
        found = self._followed(secret)
        self._moved = deque((pair for pair in self._moved if pair[1] != found), _MOST_REMEMBERED)
        return found

    def _followed(self, secret: Secret) -> Secret:
        for old, new in self._moved:  # in the order of time, so one pass follows a whole chain
            if old == secret:
                secret = new
        return secret

    # --- for Tokens ---

    def turn(self, account_id: str) -> asyncio.Lock:
        """One renewal of an account at a time, whoever checks it."""
        return self._turns.setdefault(account_id, asyncio.Lock())

    def remember(self, old: Secret, new: Secret) -> None:
        """A draft's tokens were rotated."""
        self._moved.append((old, new))

    async def kept(self, account: Account) -> Secret:
        """The stored tokens, after another try to keep those that could not be kept before.

        :raises MailError: stage vault
        """
        if unkept := self._unkept.get(account.id):
            revision, old, renewed = unkept
            await self.accounts.renew_secret(account.id, revision, old, renewed.secret)
            self._unkept.pop(account.id, None)
        return await self.accounts.secret(account.id)

    async def keep(self, account: Account, old: Secret, renewed: Renewed) -> bool:
        """Store rotated tokens; held in memory for the next try when the vault fails.

        :raises MailError: stage vault
        """
        self._unkept[account.id] = (account.revision, old, renewed)
        done = await self.accounts.renew_secret(account.id, account.revision, old, renewed.secret)
        self._unkept.pop(account.id, None)
        return done

    async def to_the_end(self, work: Coroutine[Any, Any, Access]) -> Access:
        """Run what must not be cut off; cancelling the caller lets it go on by itself."""
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def _over(self, task: asyncio.Task[Access]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever still waits; nobody else misses it
