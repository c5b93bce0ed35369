"""A hundred Microsoft accounts whose tokens are over: renewed silently and checked at start.

The platform, the mail servers and everybody's refresh tokens are the tests' own.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from bench_figures import Figure, Runs, stalls
from bench_programs import WINDOW, Resting, fill, lines
from bench_routes import ROUTES

from tests.servers.authority import MICROSOFT_MAIL_NAMES, MICROSOFT_WEB_NAMES, Authority
from tests.servers.desktop import Desktop
from tests.servers.dovecot import run_dovecot
from tests.servers.entra import Entra, run_entra
from tests.servers.entra.by_hand import SignIn
from tests.servers.entra.cast import CLIENT_ID
from tests.servers.entra.clouds import GLOBAL
from tests.servers.keychain import Keychain
from tests.servers.postfix import run_postfix
from tests.servers.reroute import Routes, reroute

_RUNS = 3
_USERS = [f"user{number}@corp.example" for number in range(100)]
_MAIL = ("IMAP.AccessAsUser.All", "POP.AccessAsUser.All", "SMTP.Send")
_OVER = 60  # seconds an access token lives: msal renews what ends within five minutes


def figures(
    desktop: Desktop, keychain: Keychain, authority: Authority, folder: Path
) -> list[Figure]:
    """The longest stall of the window's loop meanwhile."""
    certificate = authority.issue()
    with ExitStack() as stack:
        entra = stack.enter_context(run_entra(certificate))
        entra.register_app(CLIENT_ID)
        for user in _USERS:
            entra.add_user(user)
        entra.state.tokens.lifetime = _OVER
        users = dict.fromkeys(_USERS, "only tokens open this")
        dovecot = stack.enter_context(run_dovecot(certificate, users, tokens_url=entra.tokens_url))
        postfix = stack.enter_context(run_postfix(certificate, dovecot.sasl_socket))
        ports = {993: dovecot.ports.imaps, 587: postfix.ports.starttls}
        routes = {(name, 443): ("127.0.0.1", entra.https_port) for name in MICROSOFT_WEB_NAMES}
        for name in MICROSOFT_MAIL_NAMES:
            routes |= {(name, port): ("127.0.0.1", to) for port, to in ports.items()}
        environment = {
            **authority.environment(),
            ROUTES: json.dumps([[*a, *b] for a, b in routes.items()]),
        }
        return _measured(entra, routes, desktop, keychain, environment, folder)


def _measured(
    entra: Entra,
    routes: Routes,
    desktop: Desktop,
    keychain: Keychain,
    environment: dict[str, str],
    folder: Path,
) -> list[Figure]:
    longest, took, noise = [], [], []
    for turn in range(_RUNS):
        home = folder / f"microsoft-{turn}"
        keychain.clear()
        tokens = _refresh_tokens(routes, environment)
        wanted = {"client": CLIENT_ID, "tokens": tokens}
        fill(home, wanted, {**keychain.environment, **environment})
        before = len(entra.seen("token"))
        with Resting() as resting:
            said = lines(desktop, [*WINDOW, "check"], home, **environment)
        words = {each["word"]: each for each in said}
        if words["checked"]["ok"] != len(_USERS):
            raise RuntimeError(f"only {words['checked']['ok']} of {len(_USERS)} checks went well")
        renewed = len(entra.seen("token")) - before
        longest.append(max(words["listed"]["stall"], words["checked"]["stall"]))
        took.append(words["checked"]["ms"] - words["listed"]["ms"])
        noise.append(resting.longest)
    print(f"        {renewed} tokens renewed; 100 checks took {Runs(tuple(took), 'ms')}")
    print(f"        a resting process was held up for {Runs(tuple(noise), 'ms')} meanwhile")
    return [stalls("longest stall, 100 Microsoft accounts renewed and checked", longest)]


def _refresh_tokens(routes: Routes, environment: dict[str, str]) -> dict[str, str]:
    """Everybody signs in once, as a browser and a mail program would have it."""
    scope = " ".join(f"{GLOBAL.outlook[0]}/{name}" for name in _MAIL)
    found = {}
    with mock.patch.dict(os.environ, environment), reroute(routes):
        for user in _USERS:
            done = SignIn(who=user, scope=f"openid profile offline_access {scope}")
            found[user] = done.redeem()["refresh_token"]
    return found
