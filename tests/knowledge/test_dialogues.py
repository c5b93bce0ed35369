"""Every recorded dialogue, replayed through a real socket, ends at its first line's problem."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from laifaxin_desktop.knowledge.rules import Rule
from laifaxin_desktop.mail.course import Deadlines
from laifaxin_desktop.mail.probe import MailProbe
from laifaxin_desktop.model.account import Login
from laifaxin_desktop.model.microsoft import SIGNED_IN
from laifaxin_desktop.model.problem import Evidence, Fix, MailError
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Quirk, Security
from laifaxin_desktop.model.secret import Secret
from tests.knowledge.books import BOOK
from tests.knowledge.knowledge import DIALOGUES, TABLE, WITHOUT_DIALOGUE
from tests.knowledge.microsoft import GRAPH, SENDING, SIGN_IN
from tests.servers.authority import ALL_NAMES, Authority
from tests.servers.dialogue import Dialogue, read
from tests.servers.scripted import ScriptedServer

FILES = sorted(DIALOGUES.glob("*.txt"))
PASSWORD = "hunter2-hunter2"  # without CJK: LOGIN stays one line
MAILBOX = "someone@example.org"
_OTHER = re.compile(r"^# signed in as: (\S+)$", re.M)
_HOW = re.compile(r"^# signing in with: (\w+)(?: (shaped|unshaped))?$", re.M)
_SHAPED = {"shaped": True, "unshaped": False}


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side and the client's side of one throw-away authority."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    hosts = {endpoint_of(dialogue, 1).host for file in FILES for dialogue in read(file)}
    return authority.issue(*sorted(hosts | {*ALL_NAMES})).context(), authority.client_context()


def security_of(dialogue: Dialogue) -> Security:
    """TLS first, an upgrade on the way, or none."""
    kinds = [line.kind for line in dialogue.lines]
    if kinds[0] == "T":
        return Security.TLS
    upgrades = any(line.kind == "C" and "STARTTLS" in line.text for line in dialogue.lines)
    return Security.STARTTLS if "T" in kinds or upgrades else Security.PLAIN


def endpoint_of(dialogue: Dialogue, port: int) -> Endpoint:
    """The provider's own host name where there is one: it is led to the scripted server."""
    protocol = Protocol(dialogue.protocol)
    provider = BOOK.by_id(dialogue.provider)
    assert provider is not None, dialogue.source
    known = provider.endpoint(protocol)
    return Endpoint(protocol, known.host if known else "localhost", port, security_of(dialogue))


def replay(file: Path, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> tuple[str, Evidence]:
    """The problem that the file wants, and what the probe saw."""
    (dialogue,) = read(file)
    text = file.read_text(encoding="utf-8")
    how, other = _HOW.search(text), _OTHER.search(text)
    assert how is not None, f"{file.name}: no '# signing in with:'"
    way = AuthWay(how[1])
    secret = Secret(PASSWORD)
    login = Login(MAILBOX, secret, quirks_of(dialogue), bearer=way in SIGNED_IN)
    deadlines = Deadlines(hint=0.5)
    if any(line.text == "silence" for line in dialogue.lines):
        deadlines = replace(deadlines, greeting=0.5, auth=0.5)
    server_side, client_side = contexts
    with ScriptedServer(dialogue, context=server_side) as server:
        probe = MailProbe(
            client_side,
            deadlines,
            resolve=lambda host, port: [(socket.AF_INET, ("127.0.0.1", port))],
        )
        with pytest.raises(MailError) as caught:
            asyncio.run(probe(endpoint_of(dialogue, server.port), login, lambda result: None))
    seen = caught.value.evidence
    assert PASSWORD not in repr(seen)
    return dialogue.outcome, replace(
        seen,
        provider=dialogue.provider,
        way=way,
        shaped=_SHAPED.get(how[2]),
        mailbox=MAILBOX if other else "",
        identity=other[1] if other else "",
    )


def quirks_of(dialogue: Dialogue) -> frozenset[Quirk]:
    """What the provider's servers are known to need."""
    provider = BOOK.by_id(dialogue.provider)
    return provider.quirks if provider else frozenset()


SEEN: dict[str, Evidence] = {}  # in each dialogue
OTHERS = [seen for _, seen in (*WITHOUT_DIALOGUE, *SIGN_IN, *GRAPH, *SENDING)]


@pytest.mark.parametrize("file", FILES, ids=[file.stem for file in FILES])
def test_a_dialogue_is_named(file: Path, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    wanted, seen = replay(file, contexts)
    SEEN[file.stem] = seen
    found = TABLE.diagnose(seen)
    assert found.problem == wanted, seen
    if seen.way in SIGNED_IN:  # who signs in in the browser has no password to type
        assert found.fix is not Fix.EDIT_PASSWORD


@pytest.fixture(scope="module")
def firing(contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> dict[Rule, list[Evidence]]:
    """What fires each rule, of everything that is known to be said."""
    for file in FILES:
        if file.stem not in SEEN:  # the test that wants it was asked for alone
            SEEN[file.stem] = replay(file, contexts)[1]
    found: dict[Rule, list[Evidence]] = {rule: [] for rule in TABLE.rules}
    for seen in (*SEEN.values(), *OTHERS):
        found[TABLE.match(seen)].append(seen)
    return found


def test_every_rule_is_fired_and_none_shadowed(firing: dict[Rule, list[Evidence]]) -> None:
    never = [rule for rule, seen in firing.items() if not seen]
    assert not never, "\n".join(map(str, never))


def test_every_word_of_a_rule_fires_it_and_none_is_taken_by_another(
    firing: dict[Rule, list[Evidence]],
) -> None:
    dead = []
    for rule, seen in firing.items():
        for word, forms in alternatives(rule, seen):
            if not any(TABLE.match(form) is rule for form in forms):
                dead.append((rule.problem, word, [TABLE.match(form).problem for form in forms[:1]]))
    assert not dead, "\n".join(map(str, dead))


def alternatives(rule: Rule, seen: list[Evidence]) -> Iterator[tuple[str, list[Evidence]]]:
    """Each word of its conditions, with what fires it but for this word in place of its own."""
    for word in rule.reply:
        yield word, [replace(each, reply=word.upper()) for each in seen]
    for code in rule.code:
        own = [re.escape(other).replace(r"\*", ".*") for other in rule.code]
        kept = re.compile("|".join(own))
        yield (
            code,
            [
                replace(
                    each,
                    codes=(
                        *(other for other in each.codes if not kept.fullmatch(other)),
                        code.replace("*", "00"),
                    ),
                )
                for each in seen
            ],
        )
    for name in ("provider", "stage", "host", "way", "fault", "protocol", "security"):
        for value in getattr(rule, name):
            yield f"{name} {value}", [replace(each, **{name: value}) for each in seen]
