"""What the log tells of a check: enough to help, nothing that is secret, at either level."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from laifaxin_desktop import log
from laifaxin_desktop.app import App, open_app
from laifaxin_desktop.engine.draft import Draft
from laifaxin_desktop.log import LIVE, forms_of
from laifaxin_desktop.model.account import Settings
from laifaxin_desktop.model.provider import AuthWay, Endpoint, Protocol, Security
from laifaxin_desktop.model.secret import Secret
from laifaxin_desktop.places import Places
from tests.servers.authority import Authority
from tests.servers.dialogue import parse
from tests.servers.scripted import ScriptedServer

VALUE = "hunter2-é-漢"
# A server that repeats what it was told, address and password, in clear and in base64.
TALE = """\
# any, imap -> wrong_password
S: * OK [CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR] ready
C: a1 ••••
S: * CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR
S: a1 OK done
C: a2 ••••
S: a2 NO [AUTHENTICATIONFAILED] zhang@corp.example hunter2-é-漢 AHpoYW5nAGh1bnRlcjItw6kt5ryi
"""


@pytest.fixture
def quiet() -> Iterator[None]:
    """Logging is as before afterwards."""
    yield
    log.stop()


def checked(folder: Path, authority: Authority, *, debug: bool) -> tuple[str, str]:
    """The log of one check that fails, and the report's problem."""
    places = Places(Places.find().resources, folder / "data", folder / "config", folder / "logs")
    path = log.start(SimpleNamespace(logs=places.logs), debug=debug)
    assert path is not None
    [dialogue] = parse(TALE)

    async def check(app: App, port: int) -> str:
        end = Endpoint(Protocol.IMAP, "localhost", port, Security.TLS)
        settings = Settings(end, None, AuthWay.PASSWORD, "zhang@corp.example")
        draft = Draft(typed="zhang@corp.example", settings=settings, secret=Secret(VALUE))
        report = await app.check(draft)
        diagnosis = report.diagnosis
        assert diagnosis is not None
        return diagnosis.problem

    async def main() -> str:
        app = await open_app(places, look=False)
        server = ScriptedServer(dialogue, context=authority.issue().context(), implicit=True)
        try:
            with server:
                return await check(app, server.port)
        finally:
            await app.close()

    problem = asyncio.run(main())
    return path.read_text(encoding="utf-8"), problem


@pytest.mark.parametrize("debug", [False, True])
def test_a_check_is_told_without_its_secret_or_its_address(
    quiet: None,
    tmp_path: Path,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    debug: bool,
) -> None:
    for name, value in authority.environment().items():
        monkeypatch.setenv(name, value)
    text, problem = checked(tmp_path, authority, debug=debug)
    assert problem == "wrong_password"
    lines = text.splitlines()
    [line] = [line for line in lines if " INFO " in line]
    assert re.search(
        r"checked z\*\*\*@corp\.example: action \(receive wrong_password\) ms=\d+$", line
    )
    for form in (*forms_of(VALUE), "zhang", "emhhbmc"):
        assert form not in text, form
    if debug:
        stages = re.findall(r"DEBUG .* stage (passed|failed) .* stage=(\w+) ms=\d+", text)
        assert stages == [
            ("passed", "lookup"),
            ("passed", "connect"),
            ("passed", "tls"),
            ("passed", "greeting"),
            ("failed", "login"),
        ]
        assert "NO AUTHENTICATIONFAILED" in text
        assert "fault=rejected problem=wrong_password" in text
    else:
        assert len(lines) == 1
    assert VALUE not in repr(vars(LIVE))


def test_every_run_begins_with_what_runs(quiet: None, tmp_path: Path) -> None:
    path = log.start(SimpleNamespace(logs=tmp_path))
    assert path is not None
    log.began("window")
    assert re.search(r"INFO laifaxin_desktop window \d+\.\d+\.\d+, Python 3\.\d+", path.read_text())
