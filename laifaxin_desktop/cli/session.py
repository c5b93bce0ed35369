"""One run of the command line: what was given, and the draft that it makes; asks no server."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from dataclasses import replace
from typing import cast

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.arguments import AttentionError, InputError, address_of, endpoint_of
from laifaxin_desktop.cli.discovery import alike_lines
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.cli.way import GivenWay
from laifaxin_desktop.engine import setup
from laifaxin_desktop.engine.draft import (
    Draft,
    Reason,
    start,
    with_discovery,
    with_secret,
    with_settings,
    with_way,
)
from laifaxin_desktop.model.account import Account, Offline, Settings
from laifaxin_desktop.model.address import Address
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Side
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.store.vault import VaultMode

_MOST_LINE = 64 * 1024  # bytes of a secret's line; what is longer is no secret


class Session:
    """One run of the command line: the program, the options, the printer, the secrets given."""

    def __init__(self, app: App, options: object, out: Output) -> None:
        self.app, self.out = app, out
        self.options = cast(Namespace, options)
        self._corrected = ""
        # All at once and in the order of the contract: a line that one command has no use for
        # must never be taken for the next secret.
        self._vault_password = self._line() if self.options.vault_password_stdin else None
        self.secrets = {name: self._line() for name in getattr(self.options, "secrets", [])}
        self.way = GivenWay.read(self.options, self.secrets.get("proxy_password"), app.words)

    @property
    def given(self) -> Secret | None:
        """The password or code from standard input."""
        return self.secrets.get("password")

    @property
    def address(self) -> Address:
        """The address given.

        :raises InputError: it is none
        """
        typed = self.options.address or ""
        address = address_of(typed, self.app.words)
        if typed.strip() not in (str(address), address.shown, self._corrected):
            self._corrected = typed.strip()  # said once
            self.out.note(self.out.say("cli.corrected", address=address.shown))
        return address

    async def account(self) -> Account:
        """The stored account of the address given.

        :raises InputError: there is none
        """
        address = self.address
        if account := await self.app.accounts.find(address):
            return account
        raise InputError(self.app.words, "cli.no_such_account", address=address.shown)

    async def unlock(self) -> None:
        """Open the vault where it has a main password.

        :raises InputError: the password is wrong
        """
        vault = self.app.accounts.vault
        if await vault.mode() is not VaultMode.MASTER_PASSWORD:
            return
        password = self._vault_password
        if password is None and sys.stdin.isatty():
            password = Secret(getpass.getpass(self.out.say("cli.ask_vault_password") + " "))
        if password is not None and not await vault.unlock(password):
            raise InputError(self.app.words, "cli.wrong_vault_password")

    def with_secret(self, draft: Draft) -> Draft:
        """The draft with the account's secret, cleaned by the rules of its kind.

        Where the provider takes ordinary passwords too, one that does not look like its app
        password is taken for one, and left as it is.

        :raises InputError: there is none, or it can never be sent
        """
        secret = self.given
        if secret is None and sys.stdin.isatty():
            secret = Secret(getpass.getpass(self.out.say("cli.ask_password") + " "))
        if secret is None:
            raise InputError(self.app.words, "cli.password_wanted")
        whole = with_secret(draft, secret)
        ordinary = draft.provider.way(AuthWay.PASSWORD) if draft.provider else None
        if ordinary and whole.secret and _looks_ordinary(draft, whole.secret):
            whole = with_secret(with_way(draft, AuthWay.PASSWORD), secret)
        if not setup.is_sendable(whole.secret):
            text = whole.secret.reveal() if whole.secret else ""
            which = "long" if len(text) > setup.MOST_SECRET else "broken" if text else "empty"
            raise InputError(self.app.words, f"cli.secret_{which}")
        return whole

    async def draft(self, stored: Account | None = None) -> Draft:
        """What the options, the stored account or the discovery say about an account's password.

        :raises InputError: no servers are known and none were given, or it takes no password
        :raises AttentionError: they could not be looked up, or nobody vouches for them
        """
        given = self._servers()
        if stored:
            draft = start(Reason.REAUTHORIZE, stored, self.app.provider_of(stored))
        else:
            whole = {endpoint.side for endpoint in given} == set(Side)
            draft = await self.discovered(offline=whole, must=not given)
        draft = self._by_password(draft)
        settings = draft.settings or Settings(None, None, draft.way or AuthWay.PASSWORD)
        for endpoint in given:
            settings = settings.having(endpoint)
        if not settings.endpoints() and draft.closed and draft.chosen and draft.chosen.reason:
            raise InputError(self.app.words, "cli.closed", reason=draft.chosen.reason)
        if not settings.endpoints():
            raise InputError(self.app.words, "cli.not_found", address=self.address.shown)
        if self.options.username:
            settings = replace(settings, username=self.options.username)
        draft = replace(draft, accepted=tuple(endpoint.host for endpoint in given))
        self._refuse_strangers(replace(draft, settings=settings))
        return self.by_way(with_settings(draft, settings, plain_confirmed=True))

    def by_way(self, draft: Draft) -> Draft:
        """The draft by the way that was given; asks for the proxy's password where it can.

        :raises InputError: the password is missing, can be none, or is for nobody
        """
        way = self.way
        if way.wants_password(draft) and sys.stdin.isatty():
            typed = Secret(getpass.getpass(self.out.say("cli.ask_proxy_password") + " "))
            way = replace(way, secret=typed)
        return way.of(draft, self.app.words)

    def _refuse_strangers(self, draft: Draft) -> None:
        if strangers := draft.strangers:
            hosts, domain = ", ".join(strangers), self.address.domain
            raise AttentionError(self.app.words, "cli.strangers", hosts=hosts, domain=domain)

    async def discovered(self, *, offline: bool = False, must: bool = True) -> Draft:
        """A new account's draft with what the discovery says of its address.

        :raises AttentionError: this computer is offline, and it `must` be known
        """
        app, address = self.app, self.address
        found = await app.discover(address, offline=offline)
        if isinstance(found, Offline) and must:
            raise AttentionError(app.words, "cli.offline_now")
        for line in alike_lines(address, app.alike(address, found), self.out):
            self.out.note(line)
        return with_discovery(Draft(typed=str(address)), found, app.other)

    def only_given(self, draft: Draft) -> Draft:
        """Without the servers that were not named, where any was: for a check of one leg."""
        given, settings = self._servers(), draft.settings
        if not given or settings is None:
            return draft
        incoming = settings.incoming if settings.incoming in given else None
        outgoing = settings.outgoing if settings.outgoing in given else None
        settings = replace(settings, incoming=incoming, outgoing=outgoing)
        return with_settings(draft, settings, plain_confirmed=True)

    def names_servers(self) -> bool:
        """Whether servers, a user name or a way were given."""
        way = self.way != GivenWay()
        return way or bool(self._servers() or self.options.username)

    def _by_password(self, draft: Draft) -> Draft:
        """The draft by the provider's best way with a password, where it begins by signing in.

        :raises InputError: no password was given, or there is no such way
        """
        if not draft.signs_in:
            return draft
        ways = draft.provider.ways if draft.provider else ()
        row = next((way for way in ways if way.way not in SIGNED_IN), None)
        if row is None or self.given is None:
            address = self.address.shown
            raise InputError(self.app.words, "cli.sign_in_instead", address=address)
        return with_way(draft, row.way)

    def _servers(self) -> tuple[Endpoint, ...]:
        given = {
            protocol: endpoint_of(protocol, typed, self.app.words)
            for protocol in (Protocol.IMAP, Protocol.POP3, Protocol.SMTP)
            if (typed := getattr(self.options, protocol))
        }
        if Protocol.IMAP in given and Protocol.POP3 in given:
            raise InputError(self.app.words, "cli.one_incoming")
        return tuple(given.values())

    def _line(self) -> Secret:
        """The next line of standard input, which is UTF-8 whatever the system's encoding is."""
        try:
            return Secret(sys.stdin.buffer.readline(_MOST_LINE).decode().rstrip("\r\n"))
        except UnicodeDecodeError:
            raise InputError(self.app.words, "cli.secret_encoding") from None


def _looks_ordinary(draft: Draft, cleaned: Secret) -> bool:
    return draft.credential is not None and draft.credential.fits(cleaned.reveal()) is False
