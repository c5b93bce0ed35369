"""Fixtures with real peers: servers, names, keychain, desktop.

Where a peer cannot run the test is skipped with the reason, and fails under CI=true; at the end
of the session those tests are listed by name. Load with pytest_plugins = ["tests.fixtures_real"].
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

from tests.servers.authority import Authority, ServerCertificate

if TYPE_CHECKING:  # these need Unix; on other systems the fixtures say so instead
    from tests.servers.desktop import Desktop
    from tests.servers.dovecot import Dovecot
    from tests.servers.keychain import Keychain
    from tests.servers.names import Names
    from tests.servers.postfix import Postfix
    from tests.servers.screen import Screen
    from tests.servers.session import Session

pytest_plugins = ["tests.servers.fixtures_microsoft"]

_T = TypeVar("_T")
_REASON = "real peer missing: "

USERS: Mapping[str, str] = {
    "someone@outlook.com": "outlooksecretabc",
    "li@qq.com": "qqsecretcodeabcd",
    "chen@163.com": "NETEASESECRETABC",
    "zhao@126.com": "NTqkWv7mHsXp2RyB",
    "sun@yeah.net": "JcZ8fLtGd4WnAoQe",
    "zhou@gmail.com": "xqvbtwkzmpladjrs",
    "wu@icloud.com": "ktzw-qmxb-vjhr-pdla",
    "wu": "ktzw-qmxb-vjhr-pdla",  # iCloud's IMAP knows people without their domain
    "zheng@company.example": "pL7sVq2TnXw9HbZd",
    "feng@aliyun.com": "Feng-yu 1987",
    "han@sina.com": "8f3c1d7a90be24f6",
    "yang@yahoo.com": "hvnqzjwpkxotbmce",
    "wang@corp.example": "corpsecretabcdef",
}


def cannot_run(reason: object) -> NoReturn:
    """Skip, or fail where everything has been promised to be there."""
    text = f"{_REASON}{reason}"
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail(f"{text} (a failure because CI is set; see tests/servers/PACKAGES.debian)")
    pytest.skip(text)


@contextmanager
def real(peer: AbstractContextManager[_T]) -> Iterator[_T]:
    """The peer, or the reason why there is none."""
    from tests.servers.processes import MissingError

    with ExitStack() as stack:
        try:
            running = stack.enter_context(peer)
        except MissingError as error:
            cannot_run(error)
        yield running


def require_unix() -> None:
    """Skip on systems where no server of the test bed runs."""
    if os.name != "posix":
        cannot_run(f"Linux (this is {os.name})")


# Each server runs once a session; the fixture without `_server` gives it fresh to every test.


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A throw-away certificate authority."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def certificate(authority: Authority) -> ServerCertificate:
    """A good certificate for all names of the test bed."""
    return authority.issue()


@pytest.fixture(scope="session")
def dovecot_server(certificate: ServerCertificate) -> Iterator[Dovecot]:
    """A Dovecot on free ports, shared by the session."""
    require_unix()
    from tests.servers.dovecot import run_dovecot

    with real(run_dovecot(certificate, USERS)) as server:
        yield server


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Dovecot:
    """A Dovecot on free ports: users as in USERS, untouched mailboxes, no attempts counted."""
    dovecot_server.reset()
    return dovecot_server


@pytest.fixture(scope="session")
def postfix_server(certificate: ServerCertificate, dovecot_server: Dovecot) -> Iterator[Postfix]:
    """A Postfix on free ports, shared by the session."""
    from tests.servers.postfix import run_postfix

    with real(run_postfix(certificate, dovecot_server.sasl_socket, accept=True)) as server:
        yield server


@pytest.fixture
def postfix(postfix_server: Postfix, dovecot: Dovecot) -> Postfix:
    """A Postfix on free ports: passwords from `dovecot`, letters kept, nothing counted yet."""
    postfix_server.forget()
    return postfix_server


@pytest.fixture(scope="session")
def session() -> Iterator[Session]:
    """A session bus that keychain and desktop share."""
    require_unix()
    from tests.servers.session import run_session

    with real(run_session()) as session:
        yield session


@pytest.fixture(scope="session")
def keychain_server(session: Session) -> Iterator[Keychain]:
    """A gnome-keyring, shared by the session."""
    from tests.servers.keychain import run_keychain

    with real(run_keychain(session)) as keychain:
        yield keychain


@pytest.fixture
def keychain(keychain_server: Keychain) -> Iterator[Keychain]:
    """A gnome-keyring, open and empty; a test may lock, freeze or stop it."""
    keychain_server.reset()
    yield keychain_server
    keychain_server.thaw()


@pytest.fixture
def locked_keychain() -> Iterator[Keychain]:
    """A gnome-keyring in a session of its own that is locked."""
    require_unix()
    from tests.servers.keychain import run_keychain

    with real(run_keychain(state="locked")) as keychain:
        yield keychain


@pytest.fixture(scope="session")
def desktop(session: Session) -> Iterator[Desktop]:
    """A desktop without a screen, with the keychain's session bus."""
    from tests.servers.desktop import run_desktop
    from tests.servers.processes import MissingError
    from tests.servers.screen import require_bindings

    try:
        require_bindings()
    except MissingError as error:
        cannot_run(error)
    with real(run_desktop(session)) as desktop:
        yield desktop


@dataclass(frozen=True)
class World:
    """All of it at once: real names and ports, a keychain, and a program in the midst."""

    authority: Authority
    names: Names
    dovecot: Dovecot
    postfix: Postfix
    keychain: Keychain
    users: Mapping[str, str]

    @property
    def prefix(self) -> Sequence[str]:
        """Put before a command, this runs it where the names lead to our servers."""
        return self.names.prefix

    def environment(self, home: Path, desktop: Desktop | None = None) -> dict[str, str]:
        """For a program that keeps its files below `home` (made here) and trusts our authority.

        With `desktop` it can show its windows there.
        """
        from tests.servers.session import program_environment

        base = self.keychain.environment if desktop is None else desktop.environment()
        crash = {"PYTHONFAULTHANDLER": "1"}  # its threads are named when it ends by a signal
        return program_environment(base, home) | self.authority.environment() | crash

    def run(
        self,
        argv: Sequence[str],
        home: Path,
        *,
        input: str = "",
        timeout: float = 60,
        more: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program inside to its end."""
        return subprocess.run(
            [*self.prefix, *argv],
            env=self.environment(home) | dict(more or {}),
            input=input,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    @contextmanager
    def window(
        self,
        argv: Sequence[str],
        home: Path,
        desktop: Desktop,
        *,
        more: Mapping[str, str] | None = None,
    ) -> Iterator[Screen]:
        """Run a program with a window inside, until the block ends, and look at it."""
        from tests.servers.processes import Process
        from tests.servers.screen import run_screen

        home.mkdir(parents=True, exist_ok=True)
        process = Process(
            argv,
            log=home / "output.log",
            prefix=self.prefix,
            env=self.environment(home, desktop) | dict(more or {}),
        )
        try:
            with run_screen(desktop, process.pid) as screen:
                yield screen
        except BaseException as error:
            state = "runs" if process.alive() else f"ended with {process.popen.returncode}"
            error.add_note(f"the program {state}; its last words: {process.words()}")
            raise
        finally:
            process.stop()
            print(process.words())  # seen where a test fails


@pytest.fixture(scope="session")
def world_server(
    authority: Authority, certificate: ServerCertificate, keychain_server: Keychain
) -> Iterator[World]:
    """The world, shared by the session."""
    from tests.servers.dovecot import WELL_KNOWN, run_dovecot
    from tests.servers.names import run_names
    from tests.servers.nameserver import LOOPBACK_ADDRESS
    from tests.servers.postfix import WELL_KNOWN_SUBMISSION, run_postfix

    with ExitStack() as stack:
        names = stack.enter_context(real(run_names()))
        dovecot = stack.enter_context(
            real(
                run_dovecot(
                    certificate,
                    USERS,
                    ports=WELL_KNOWN,
                    prefix=names.prefix,
                    addresses=[LOOPBACK_ADDRESS],
                )
            )
        )
        postfix = stack.enter_context(
            real(
                run_postfix(
                    certificate,
                    dovecot.sasl_socket,
                    ports=WELL_KNOWN_SUBMISSION,
                    prefix=names.prefix,
                    accept=True,
                    addresses=[LOOPBACK_ADDRESS],
                )
            )
        )
        yield World(authority, names, dovecot, postfix, keychain_server, USERS)


@pytest.fixture
def world(world_server: World, keychain: Keychain) -> World:
    """Real host names and ports of the providers and of two customers of theirs, and a keychain.

    993, 143, 995, 110, 587 (STARTTLS) and 465 (TLS); nothing leads out. Fresh for every test.
    """
    from tests.servers.names import WORLD

    world_server.names.dns.replace(WORLD)
    world_server.names.dns.forget()
    world_server.dovecot.reset()
    world_server.postfix.forget()
    return world_server


def pytest_sessionstart() -> None:
    """Let SIGTERM (of `timeout`, of a CI that gives up) clean up as Ctrl-C does."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say by name what could not run and why."""
    missing = [
        (report.nodeid, _reason(report))
        for outcome in ("skipped", "error", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if _REASON in str(getattr(report, "longrepr", ""))
    ]
    if missing:
        terminalreporter.section("could not run: real peers are missing")
        for name, reason in missing:
            terminalreporter.write_line(f"{name}: {reason}")


def _reason(report: Any) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(text).partition(_REASON)[2].splitlines()[0]
