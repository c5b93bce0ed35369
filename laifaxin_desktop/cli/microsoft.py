"""What is given of a Microsoft sign-in; judges it before anybody is asked, a sentence a slip."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from laifaxin_desktop.cli.arguments import InputError
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.address import Address, AddressError
from laifaxin_desktop.model.microsoft import CloudId, SignIn
from laifaxin_desktop.model.provider import Protocol
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.oauth.pasted import (
    Pasted,
    Slip,
    read_account,
    read_client_id,
    read_client_secret,
    read_redirect,
    read_tenant,
)

T = TypeVar("T")

MOST_CLIENT_SECRET = 1024  # characters; Entra's own have 40
MOST_TOKEN = 16 * 1024  # characters; refresh tokens have 2,000 at most so far
_MOST_SHOWN = 80
_SENTENCES = {
    Slip.CLIENT_ID: "bad_client_id",
    Slip.TENANT: "bad_tenant",
    Slip.SECRET: "bad_client_secret",
    Slip.SECRET_ID: "secret_id_given",
    Slip.REFRESH_TOKEN: "bad_refresh_token",
    Slip.LINE: "bad_refresh_token",
    Slip.SEVERAL: "bad_refresh_token",
    Slip.REDIRECT_SCHEME: "redirect_scheme",
    Slip.REDIRECT_HOST: "redirect_foreign",
    Slip.REDIRECT_SHAPE: "bad_redirect",
}


@dataclass(frozen=True, slots=True)
class Given:
    """The options of `sign-in`, each of them possible; what was not given is empty."""

    client_id: str = ""
    tenant: str = ""
    redirect: str = ""
    cloud: CloudId | None = None
    client_secret: Secret | None = None
    refresh_token: Secret | None = None
    device: bool = False
    receive: Protocol | None = None
    send: Protocol | None = None

    @classmethod
    def read(
        cls, options: Namespace, secrets: Mapping[str, Secret], address: Address, words: Words
    ) -> Given:
        """Judge every option.

        A refresh token may come in the line that is sold with it, which names its app too.

        :raises InputError: with the sentence that says what is wrong
        """

        def judged(found: T | Slip, typed: str) -> T:
            if isinstance(found, Slip):
                raise InputError(words, f"cli.{_SENTENCES[found]}", typed=typed[:_MOST_SHOWN])
            return found

        client_id, tenant, redirect = (
            judged(read(typed), typed.strip()) if typed.strip() else ""
            for read, typed in (
                (read_client_id, options.client_id),
                (read_tenant, options.tenant),
                (read_redirect, options.redirect_uri),
            )
        )
        cloud = _cloud_of(options.cloud, words)
        if tenant == "consumers" and cloud not in (None, CloudId.WORLDWIDE):
            raise InputError(words, "cli.no_personal_there")
        client_secret = pasted = None
        for name, line in secrets.items():  # in their order: the first slip is named
            if name == "client_secret":
                client_secret = judged(_client_secret_of(line.reveal()), "")
            elif name == "refresh_token":
                pasted = judged(_token_of(line.reveal()), "")
        if pasted and pasted.address and _key_of(pasted.address) != address.key:
            raise InputError(words, "cli.line_of_other", address=address.shown)
        if options.device_code and client_secret:
            raise InputError(words, "cli.device_needs_public")
        return cls(
            client_id or (pasted.client_id if pasted else ""),
            tenant,
            redirect,
            cloud,
            client_secret,
            pasted.refresh_token if pasted else None,
            options.device_code,
            Protocol(options.receive) if options.receive else None,
            Protocol(options.send) if options.send else None,
        )

    def over(self, known: SignIn) -> SignIn:
        """A sign-in with what was given in the place of what was known.

        Another app begins anew: nothing that is known of one is true of another.
        """
        if self.client_id and self.client_id != known.client_id:
            known = SignIn(self.client_id, known.cloud, known.tenant, shared=known.shared)
        return replace(
            known,
            tenant=self.tenant or known.tenant,
            redirect=self.redirect or known.redirect,
            confidential=known.confidential or self.client_secret is not None,
            secret_expires=None if self.client_secret else known.secret_expires,
        )


def _key_of(typed: str) -> str:
    try:
        return Address.parse(typed).key
    except AddressError:
        return ""


def _cloud_of(typed: str, words: Words) -> CloudId | None:
    plain = typed.strip().lower().replace("-", "_")
    if not plain:
        return None
    if plain not in set(CloudId):
        shown = typed.strip()[:_MOST_SHOWN]
        raise InputError(words, "cli.bad_cloud", typed=shown, clouds=", ".join(CloudId))
    return CloudId(plain)


def _client_secret_of(line: str) -> Secret | Slip:
    found = read_client_secret(line) if len(line) <= MOST_CLIENT_SECRET else Slip.SECRET
    return Slip.SECRET if found is Slip.EMPTY else found


def _token_of(line: str) -> Pasted | Slip:
    found = read_account(line) if len(line) <= MOST_TOKEN else Slip.REFRESH_TOKEN
    if isinstance(found, Slip):
        return Slip.REFRESH_TOKEN
    return found if found.refresh_token else Slip.REFRESH_TOKEN
