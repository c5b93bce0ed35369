"""Setting an account up: the wizard as a table over one frozen draft; draws nothing, asks nothing.

    ADDRESS -> WAY -> GUIDE -> SECRET ---------> SERVERS -> CHECK -> DONE
                        |                          ^
                        '----> APP -> SIGN_IN -----'

A step that has nothing to ask is left out: WAY where there is one good way, GUIDE where nothing
must be prepared, APP where the program's own app signs in, SERVERS where their source is trusted.
Re-authorising is the same table, started at SECRET or SIGN_IN; repairing servers starts at SERVERS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from laifaxin_desktop.engine.draft import Draft, Reason, Step
from laifaxin_desktop.engine.ports import Accounts
from laifaxin_desktop.model.account import Account, Found, Offline
from laifaxin_desktop.model.provider import AuthWay, Security, Standing
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.model.typed_proxy import ProxyError, make_proxy, secret_fault

# --- the table ------------------------------------------------------------------------------------


def asks_way(draft: Draft) -> bool:
    """Whether there is something to choose, or a warning to read before going on."""
    ways = draft.provider.ways if draft.provider else ()
    return len(ways) > 1 or any(way.standing is Standing.BROKEN for way in ways)


def asks_servers(draft: Draft) -> bool:
    """Whether a person must see the servers: not trusted, not known, or asked for."""
    if draft.edit_servers or draft.reason is Reason.REPAIR or draft.settings is None:
        return True
    if len(draft.settings.endpoints()) < 2:
        return True
    if draft.reason is not Reason.ADD:
        return False
    found = draft.discovery
    if not isinstance(found, Found):
        return True
    # A token opens its provider's servers alone, and whoever signed in has said whose mail it is.
    return not (found.trusted or (draft.signs_in and found.provider is not None))


def _after_address(draft: Draft) -> Step:
    return Step.WAY if asks_way(draft) else _after_way(draft)


def asks_app(draft: Draft) -> bool:
    """Whether the app to sign in with must be given: one's own, or none comes with the program."""
    if not draft.signs_in:
        return False
    row = draft.chosen
    ended = row is not None and row.standing is Standing.BROKEN
    return draft.own_app or ended or draft.way is AuthWay.REFRESH_TOKEN


def _after_way(draft: Draft) -> Step:
    return Step.GUIDE if draft.guide and draft.guide.steps else _after_guide(draft)


def _after_guide(draft: Draft) -> Step:
    if draft.signs_in:
        return Step.APP if asks_app(draft) else Step.SIGN_IN
    return Step.SECRET


def _after_secret(draft: Draft) -> Step:
    return Step.SERVERS if asks_servers(draft) else Step.CHECK


NEXT: Mapping[Step, Callable[[Draft], Step | None]] = {
    Step.ADDRESS: _after_address,
    Step.WAY: _after_way,
    Step.GUIDE: _after_guide,
    Step.APP: lambda draft: Step.SIGN_IN,
    Step.SIGN_IN: _after_secret,
    Step.SECRET: _after_secret,
    Step.SERVERS: lambda draft: Step.CHECK,
    Step.CHECK: lambda draft: Step.DONE,
    Step.DONE: lambda draft: None,
}


def first_step(draft: Draft) -> Step:
    """Where the wizard starts."""
    if draft.begin is not None:
        return draft.begin
    if draft.reason is Reason.ADD:
        return Step.ADDRESS
    if draft.reason is Reason.REPAIR:
        return Step.SERVERS
    if draft.way is AuthWay.REFRESH_TOKEN:
        return Step.APP  # another token is asked for
    return Step.SIGN_IN if draft.signs_in else Step.SECRET


def route(draft: Draft) -> tuple[Step, ...]:
    """The steps from the first to the last, as the draft stands now: the rail at the left."""
    steps, step = [], first_step(draft)
    while step is not None:
        steps.append(step)
        following = NEXT[step](draft)
        if following is None:
            break
        step = following
    return tuple(steps)


def is_complete(step: Step, draft: Draft) -> bool:
    """Whether 下一步 is enabled: exactly when the page has its answer."""
    match step:
        case Step.ADDRESS:
            known = draft.discovery is not None and not isinstance(draft.discovery, Offline)
            accepted = not draft.strangers
            return draft.address is not None and known and accepted and not draft.closed
        case Step.WAY:
            return draft.way is not None
        case Step.GUIDE:
            return draft.guide_done
        case Step.APP:
            return app_complete(draft)
        case Step.SIGN_IN:
            return draft.tokens is not None
        case Step.SECRET:
            return bool(draft.secret) and is_sendable(draft.secret)
        case Step.SERVERS:
            return settings_complete(draft)
        case Step.CHECK:
            return draft.report is not None and draft.report.ok
        case Step.DONE:
            return True


MOST_SECRET = 1024  # characters; no server takes more


def is_sendable(secret: Secret | None) -> bool:
    """Whether a secret can be sent at all: no line break or NUL inside, not absurdly long."""
    text = secret.reveal() if secret else ""
    return 0 < len(text) <= MOST_SECRET and not set(text) & set("\r\n\0")


def app_complete(draft: Draft) -> bool:
    """Whether the app is whole: its id, its secret where it has one, the token where one is pasted.

    A secret that is stored already need not be typed again.
    """
    app = draft.sign_in
    if app is None or not app.client_id:
        return False
    if app.confidential and not draft.client_secret and not stores_app_secret(draft):
        return False
    return draft.way is not AuthWay.REFRESH_TOKEN or bool(draft.refresh_token)


def stores_app_secret(draft: Draft) -> bool:
    """Whether the secret of this very app is stored with the account that is being mended.

    Another app's is not for this one, nor is it for another cloud, which others operate.
    """
    app = draft.sign_in
    before = draft.editing.settings.sign_in if draft.editing else None
    if app is None or before is None or not (app.confidential and before.confidential):
        return False
    return (app.client_id, app.cloud) == (before.client_id, before.cloud)


def whom_to_expect(draft: Draft) -> str:
    """Whose name the browser is given before a sign-in; empty: it asks who it is to be.

    The one the account has had, else the mailbox's own name. Not whoever may just have been the
    wrong one: given a name, the browser takes the same person again without asking.
    """
    app, mailbox = draft.sign_in, str(draft.address or "")
    before = draft.editing.settings.sign_in if draft.editing else None
    if draft.report is not None and not draft.report.ok:
        return ""
    if app is None or not app.identity:  # nobody signs in under the name of a shared mailbox
        return "" if app and app.shared else mailbox
    known = not app.is_other_than(mailbox) or (before and before.identity == app.identity)
    return app.identity if known else ""


def settings_complete(draft: Draft) -> bool:
    """Whether the servers are whole, and unencrypted ones were confirmed."""
    settings = draft.settings
    if settings is None or settings.incoming is None or settings.outgoing is None:
        return False
    ends = (settings.incoming, settings.outgoing)
    if not all(end.host and 0 < end.port < 65536 for end in ends) or not proxy_complete(draft):
        return False
    return draft.plain_confirmed or all(end.security is not Security.PLAIN for end in ends)


def proxy_complete(draft: Draft) -> bool:
    """Whether the proxy, where there is one, is whole, and its password typed or stored."""
    proxy = draft.settings.proxy if draft.settings else None
    if proxy is None:
        return True
    try:
        make_proxy(proxy.kind, proxy.host, proxy.port, proxy.username)
    except ProxyError:
        return False
    if draft.proxy_secret is None and stores_proxy_secret(draft):
        return True
    return secret_fault(proxy, draft.proxy_secret) is None


def stores_proxy_secret(draft: Draft) -> bool:
    """Whether the password of this very proxy is stored: it need not be typed again.

    Of another host, port, kind or user name it is another's, and never sent there.
    """
    proxy = draft.settings.proxy if draft.settings else None
    before = draft.editing.settings.proxy if draft.editing else None
    return proxy is not None and bool(proxy.username) and proxy == before


def may_keep(draft: Draft) -> bool:
    """Whether an account may be stored although it does not work (仍然保存).

    Not when that would replace a stored secret: the old one goes only after a good check.
    """
    failed = draft.report is not None and not draft.report.ok
    return failed and (draft.editing is None or draft.proof is None)


# --- the end --------------------------------------------------------------------------------------


async def finish(
    draft: Draft,
    accounts: Accounts,
    *,
    account_id: str,
    now: datetime,
    proof: Secret | None,
) -> Account:
    """Store what the draft holds: account, sealed secret and report, whole or not at all.

    `proof` is the draft's own, or what became of it since: tokens are renewed while they are used.

    An account being mended keeps its id; a new one gets `account_id`.

    :raises MailError: stage vault, when the secret cannot be kept safely
    """
    address, settings, editing = draft.address, draft.settings, draft.editing
    if address is None or settings is None:
        raise ValueError("a draft without address or servers cannot be finished")
    if not (may_keep(draft) or (draft.report and draft.report.ok)):
        raise ValueError("a draft is stored after a good check, or where it may be kept without")
    if editing is None:
        provider = draft.provider.id if draft.provider else None
        account = Account(account_id, address, provider, settings, now)
    else:
        # Set up by hand once, and recognised as Microsoft's since: its cloud signs it in from now.
        known = draft.provider if draft.signs_in and draft.chosen else None
        account = replace(
            editing, settings=settings, provider=known.id if known else editing.provider
        )
    report = replace(draft.report, account=account.id) if draft.report else None
    await accounts.save(account, proof, report, draft.proxy_secret)
    return account
