"""Hands checks their access tokens; what was rotated is kept before anything is done with it.

A refresh token is good for one use where the platform is strict, so whoever used it must keep the
new one, whatever happens: renewals of one account take turns, are never cut off half-way, and are
written only over what they were made from.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from laifaxin_desktop.engine.ports import Accounts, OAuth
from laifaxin_desktop.model.account import Account
from laifaxin_desktop.model.microsoft import Access, Permission, SignIn
from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage
from laifaxin_desktop.model.route import Route
from laifaxin_desktop.model.secret import Secret

_MOST_RACES = 4  # with other processes that rotate the same account's tokens
_LOOKS, _PAUSE = 4, 0.2  # for what another process is about to store; seconds between them
_MOST_REMEMBERED = 64  # rotations of drafts that are not stored yet


class Tokens:
    """One sign-in while a check uses it."""

    def __init__(
        self, authorizer: Authorizer, sign_in: SignIn, secret: Secret, route: Route | None = None
    ) -> None:
        self._of = authorizer
        self._oauth = authorizer.oauth.through(route) if route else authorizer.oauth
        self.sign_in = sign_in
        self._secret = secret
        self._refusal: Evidence | None = None  # of the proxy on the way
        # An earlier check of the draft may have been cut off, and be renewing yet.
        self._turn = authorizer.turn(f"{sign_in.client_id} {sign_in.identity}")
        self._running = authorizer.drafting

    async def access(
        self, permission: Permission, *, force: bool = False, claims: str = ""
    ) -> Access:
        """A token that allows this; see `engine.ports.OAuth.access`.

        :raises MailError: stage sign_in, or stage vault when a rotated one cannot be kept
        """

        async def renew() -> Access:
            if self._refusal is not None:
                raise MailError(self._refusal)
            try:
                return await self._renew(permission, force, claims)
            except MailError as error:
                if error.evidence.fault is Fault.PROXY_LOGIN:
                    # Once in a check: a company locks an account after a few wrong tries.
                    self._refusal = error.evidence
                raise

        return await self._of.to_the_end(self._turn, self._running, renew)

    async def _renew(self, permission: Permission, force: bool, claims: str) -> Access:
        oauth, old = self._oauth, self._of.followed(self._secret)
        try:
            renewed = await oauth.access(self.sign_in, permission, old, force=force, claims=claims)
        except MailError:
            self._of.remember(old, oauth.latest(old))
            raise
        self._of.remember(old, renewed.secret)
        return renewed.access


class StoredTokens(Tokens):
    """The sign-in of a stored account: others may be using it too."""

    def __init__(
        self, authorizer: Authorizer, account: Account, sign_in: SignIn, route: Route | None = None
    ) -> None:
        super().__init__(authorizer, sign_in, Secret(""), route)
        self._account = account
        self._turn = authorizer.turn(account.id)
        self._running = authorizer.storing

    async def _renew(self, permission: Permission, force: bool, claims: str) -> Access:
        accounts, oauth, account = self._of.accounts, self._oauth, self._account
        refusal: MailError | None = None
        for _ in range(_MOST_RACES):
            secret = await self._of.kept(account.id)
            now = await accounts.get(account.id)
            if now is None or now.revision != account.revision:
                # Signed in anew or with other servers since: those tokens are not for this check.
                raise MailError(Evidence(Stage.VAULT, Fault.MISSING, detail="changed_elsewhere"))
            try:
                renewed = await oauth.access(
                    self.sign_in, permission, secret, force=force, claims=claims
                )
            except MailError as error:
                refusal, new = error, oauth.latest(secret)
            else:
                refusal, new = None, renewed.secret
            if new == secret or await self._of.keep(account.id, secret, new):
                if refusal is None:
                    return renewed.access
                if await self._are_still_stored(new, refusal):
                    break
            # Somebody else has rotated in the meantime: theirs is the live one.
        if refusal is not None:
            raise refusal
        return renewed.access

    async def _are_still_stored(self, tokens: Secret, refusal: MailError) -> bool:
        """Whether nobody else has put others in the place of those that were refused.

        Whoever used them up a moment ago is just about to store what they became.
        """
        spent = "INVALID_GRANT" in refusal.evidence.codes
        for look in range(_LOOKS if spent else 1):
            if look:
                await asyncio.sleep(_PAUSE)
            if await self._of.accounts.secret(self._account.id) != tokens:
                return False
        return True


class Authorizer:
    """Makes `Tokens` for drafts and stored accounts, and remembers what is not yet on disk."""

    def __init__(self, oauth: OAuth, accounts: Accounts) -> None:
        self.oauth = oauth
        self.accounts = accounts
        self._turns: dict[str, asyncio.Lock] = {}
        self._unkept: dict[str, tuple[Secret, Secret]] = {}
        self._moved: deque[tuple[Secret, Secret]] = deque(maxlen=_MOST_REMEMBERED)
        self.drafting: set[asyncio.Task[Access]] = set()  # renewals that are running
        self.storing: set[asyncio.Task[Access]] = set()
        self._ending = False

    def of_draft(self, sign_in: SignIn, secret: Secret, route: Route | None = None) -> Tokens:
        """The tokens of a sign-in that is not stored yet; `route` as `OAuth.through` takes it."""
        return Tokens(self, sign_in, secret, route)

    def of_account(self, account: Account, sign_in: SignIn, route: Route | None = None) -> Tokens:
        """The tokens of a stored account."""
        return StoredTokens(self, account, sign_in, route)

    async def latest(self, secret: Secret) -> Secret:
        """What became of a draft's tokens while checks used them."""
        if self.drafting:
            await asyncio.wait(tuple(self.drafting))
        return self.followed(secret)

    async def end(self, limit: float) -> None:
        """Begin no more renewals, and let those of stored accounts be stored.

        :param limit: seconds
        """
        self._ending = True
        if self.storing:
            await asyncio.wait(tuple(self.storing), timeout=limit)

    # --- for Tokens ---

    def turn(self, whose: str) -> asyncio.Lock:
        """One renewal of an account, or of a draft, at a time, whoever checks it."""
        return self._turns.setdefault(whose, asyncio.Lock())

    def remember(self, old: Secret, new: Secret) -> None:
        """What became of a draft's tokens."""
        if new != old:
            self._moved.append((old, new))

    def followed(self, secret: Secret) -> Secret:
        """The newest of a draft's tokens."""
        for old, new in self._moved:  # in the order of time, so one pass follows a whole chain
            if old == secret:
                secret = new
        return secret

    async def kept(self, account_id: str) -> Secret:
        """The stored tokens, after another try to keep those that could not be kept before.

        :raises MailError: stage vault
        """
        if unkept := self._unkept.get(account_id):
            await self.keep(account_id, *unkept)
        return await self.accounts.secret(account_id)

    async def keep(self, account_id: str, old: Secret, new: Secret) -> bool:
        """Store rotated tokens; held in memory for the next try when the vault fails.

        Of whatever revision: where only the servers were changed it is still the old ones that are
        stored. False, and nothing is written, when they are not.

        :raises MailError: stage vault
        """
        self._unkept[account_id] = (old, new)
        now, done = await self.accounts.get(account_id), False
        while now is not None and not done:
            done = await self.accounts.renew_secret(account_id, now.revision, old, new)
            before, now = now, await self.accounts.get(account_id)
            if now is not None and now.revision == before.revision:
                break
        self._unkept.pop(account_id, None)
        return done

    async def to_the_end(
        self,
        turn: asyncio.Lock,
        running: set[asyncio.Task[Access]],
        work: Callable[[], Coroutine[Any, Any, Access]],
    ) -> Access:
        """Run what must not be cut off; cancelling the caller lets it go on, and keep its turn."""
        await turn.acquire()
        if self._ending:
            turn.release()
            raise asyncio.CancelledError
        task = asyncio.ensure_future(work())
        running.add(task)

        def over(task: asyncio.Task[Access]) -> None:
            running.discard(task)
            turn.release()
            if not task.cancelled():
                task.exception()  # told to whoever still waits; nobody else misses it

        task.add_done_callback(over)
        return await asyncio.shield(task)
