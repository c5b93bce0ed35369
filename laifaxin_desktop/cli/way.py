"""The way to the servers as given: a proxy with its password, certificates to except.

Refuses a password that stands in the command, and an exception for anything but what is shown.
"""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass

from laifaxin_desktop.app import App
from laifaxin_desktop.cli.arguments import AttentionError, InputError
from laifaxin_desktop.cli.output import Output
from laifaxin_desktop.engine.draft import Draft, with_pin, with_proxy, without_pin
from laifaxin_desktop.engine.setup import stores_proxy_secret
from laifaxin_desktop.knowledge.words import Words
from laifaxin_desktop.model.report import Leg
from laifaxin_desktop.model.route import Proxy, read_fingerprint
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.text import Text
from laifaxin_desktop.model.typed_proxy import ProxyError, read_proxy, secret_fault

SYSTEM, NONE = "system", "none"


@dataclass(frozen=True, slots=True)
class GivenWay:
    """The options, each of them possible."""

    named: bool = False  # whether --proxy was given
    proxy: Proxy | None = None
    directly: bool = False
    secret: Secret | None = None
    fingerprints: tuple[str, ...] = ()
    forget: bool = False  # all exceptions that there are

    @classmethod
    def read(cls, options: Namespace, secret: Secret | None, words: Words) -> GivenWay:
        """Judge every option, before anybody is asked.

        :raises InputError: with the sentence that says what is wrong
        """
        typed: str | None = getattr(options, "proxy", None)
        trusted: list[str] = getattr(options, "trust_certificate", [])
        proxy, word = None, (typed or "").strip().lower()
        if typed is not None and word not in (SYSTEM, NONE):
            try:
                proxy, shown = read_proxy(typed)
            except ProxyError as error:
                raise InputError(words, f"proxy.{error.fault}") from None
            if shown:
                raise InputError(words, "cli.proxy_secret_shown")
        try:
            named = [each for each in trusted if each.strip().lower() != NONE]
            fingerprints = tuple(dict.fromkeys(map(read_fingerprint, named)))
        except ValueError:
            raise InputError(words, "cli.bad_fingerprint") from None
        forget = len(named) < len(trusted)
        return cls(typed is not None, proxy, word == NONE, secret, fingerprints, forget)

    def wants_password(self, draft: Draft) -> bool:
        """Whether the proxy of this draft wants a password that was neither given nor stored."""
        whole = self._through(draft)
        proxy = whole.settings.proxy if whole.settings else None
        return bool(proxy and proxy.username and not self.secret) and not stores_proxy_secret(whole)

    def of(self, draft: Draft, words: Words) -> Draft:
        """The draft by this way.

        :raises InputError: the password is missing, can be none, or is for nobody
        """
        draft = self._through(draft)
        proxy = draft.settings.proxy if draft.settings else None
        if self.secret is not None and not (proxy and proxy.username):
            raise InputError(words, "cli.proxy_wanted")
        if proxy is None or (self.secret is None and stores_proxy_secret(draft)):
            return draft
        if self.secret is None and proxy.username:
            raise InputError(words, "cli.proxy_password_wanted")
        if fault := secret_fault(proxy, self.secret):
            raise InputError(words, f"proxy.{fault}")
        return with_proxy(draft, proxy, self.secret)

    def _through(self, draft: Draft) -> Draft:
        if draft.settings is None or not self.named:
            return draft
        return with_proxy(draft, self.proxy, directly=self.directly)


async def excepting(app: App, out: Output, given: GivenWay, draft: Draft) -> Draft:
    """The draft with the certificates excepted that were named, where a server shows just those.

    Looked at without a secret, before the check: no password goes to anybody meanwhile.

    :raises AttentionError: a server shows another one, one that may not be excepted, or none does
    :raises MailError: stage vault; the proxy's password is missing
    """
    for pin in (draft.settings.pins if draft.settings else ()) if given.forget else ():
        draft = without_pin(draft, pin)
    if not given.fingerprints:
        return draft
    report = await app.look(draft)
    shown = [leg for leg in report.legs if leg.diagnosis and leg.diagnosis.evidence.certificate]
    if not shown:
        raise AttentionError(app.words, "cli.no_certificate")
    for leg in shown:
        seen = leg.diagnosis.evidence if leg.diagnosis else None
        if seen is None or seen.certificate is None:
            continue
        sha256, server = seen.certificate.sha256, str(leg.endpoint)
        if sha256 not in given.fingerprints:
            raise AttentionError(app.words, "cli.other_certificate", server=server, sha256=sha256)
        if not await app.may_except(seen, report):
            raise AttentionError(
                app.words, "cli.no_exception", server=server, meaning=_meaning(app, leg)
            )
        out.note(out.say("cli.exception_made", server=server, sha256=sha256))
        draft = with_pin(draft, seen)
    return draft


def _meaning(app: App, leg: Leg) -> Text:
    if leg.diagnosis is None:
        raise ValueError("nothing is wrong with it")
    provider = app.book.by_id(leg.diagnosis.evidence.provider)
    return app.table.explain(leg.diagnosis, provider).meaning
