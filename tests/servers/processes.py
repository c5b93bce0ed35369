"""Starts other programs so that none outlives the tests, and tells when they listen."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

# Written into the environment of what we start. Session programs (a bus, a keychain) start
# further programs in groups of their own; the token is how the sweep recognises those.
TOKEN_NAME = "LAIFAXIN_TEST_BED"
_SYSTEM_FOLDERS = ("/usr/sbin", "/sbin", "/usr/libexec", "/usr/lib/postfix/sbin")
_POLL_SECONDS = 0.02
_running: weakref.WeakSet[Process] = weakref.WeakSet()


class MissingError(Exception):
    """Something of this machine that a real peer needs is not there; the text names it."""


def find(program: str) -> str:
    """The path of a program, also from the folders that an ordinary user's PATH leaves out."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS])
    found = shutil.which(program, path=path)
    if found is None:
        raise MissingError(f"program {program}")
    return found


def require_linux() -> None:
    """Refuse systems without /proc, namespaces and death signals."""
    if not sys.platform.startswith("linux"):
        raise MissingError(f"Linux (this is {sys.platform})")


def require_root(what: str) -> None:
    """Refuse an ordinary user, saying which part needs more."""
    if os.geteuid() != 0:
        raise MissingError(f"root rights ({what})")


def wait_until(check: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as `check` is true; fail with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        # A poll, because no event tells that another program has got so far.
        time.sleep(_POLL_SECONDS)


@contextlib.contextmanager
def short_folder(purpose: str) -> Iterator[Path]:
    """A folder of our own that other users may enter (servers drop their rights).

    Not pytest's tmp_path: that one is closed to others, and longer than a socket path may be.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"lfx-{purpose}-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port of loopback that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Process:
    """One program in a process group of its own, ended with the group."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        other_logs: Sequence[Path] = (),
        prefix: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        stdin: int | IO[Any] | None = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
        pipes: bool = False,
        changes_user: bool = False,
    ) -> None:
        require_linux()
        self._logs = [log, *other_logs]
        self.name = Path(argv[0]).name
        # setpriv, not preexec_fn: the latter may deadlock in a process that has threads.
        # The death signal covers an interpreter that is killed and cannot clean up.
        command = [find("setpriv"), "--pdeathsig", "TERM", "--", *prefix, find(argv[0]), *argv[1:]]
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if pipes else stdin,
                stdout=subprocess.PIPE if pipes else output,
                stderr=output,
                bufsize=0 if pipes else -1,
                env=None if env is None else dict(env),
                pass_fds=tuple(pass_fds),
                start_new_session=True,
            )
        self.pid = self.popen.pid
        self._guard: subprocess.Popen[bytes] | None = None
        _running.add(self)
        if changes_user:
            self._guard = self._start_guard()

    def _start_guard(self) -> subprocess.Popen[bytes]:
        # The kernel forgets the death signal of a program that changes its user. The guard never
        # changes and takes the program's group along, then its own.
        script = f'trap "kill -s KILL -- -{self.pid} -$$" TERM; sleep infinity & wait'
        return subprocess.Popen(
            [find("setpriv"), "--pdeathsig", "TERM", "--", find("sh"), "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def alive(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def check_alive(self) -> None:
        """Fail with the end of its output when it has ended."""
        if not self.alive():
            raise RuntimeError(f"{self.name} ended with {self.popen.returncode}\n{self.words()}")

    def wait_listening(self, ports: Sequence[int], seconds: float = 15) -> None:
        """Return when something listens on all `ports` of its network namespace.

        Read from /proc rather than tried by connecting: a trial connection would stand in the
        server's log, which tests count, and could not reach into another namespace.
        """

        def ready() -> bool:
            self.check_alive()
            return set(ports) <= listening_ports(self.pid)

        try:
            wait_until(ready, seconds, f"{self.name} to listen on {list(ports)}")
        except TimeoutError as error:
            raise TimeoutError(f"{error}\n{self.words()}") from None

    def words(self) -> str:
        """The end of its logs, for an error text."""
        return "\n".join(f"{path.name}:\n{tail(path)}" for path in self._logs)

    def stop(self) -> None:
        """End the whole group: politely, then not.

        The grace is short because a login process of Dovecot waits for its clients to go.
        """
        _running.discard(self)
        if self._guard is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._guard.pid, signal.SIGKILL)
            self._guard.wait(5)
        for number, seconds in ((signal.SIGTERM, 0.3), (signal.SIGKILL, 3.0)):
            if not self._signal_group(number):
                break
            with contextlib.suppress(TimeoutError):
                wait_until(self._group_gone, seconds, f"{self.name} to end")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.popen.wait(1)
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                pipe.close()

    def _signal_group(self, number: int) -> bool:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _group_gone(self) -> bool:
        self.popen.poll()  # reaps the leader
        return not any(_living_members(self.pid))


def listening_ports(pid: int) -> set[int]:
    """The TCP ports that somebody listens on in the network namespace of a process."""
    ports = set()
    for table in ("tcp", "tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A":  # TCP_LISTEN
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _living_members(group: int) -> Iterator[int]:
    # kill(2) with signal 0 would also find the dead that nobody has reaped yet.
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, member_of = path.read_text().rpartition(") ")[2].split()[:3]
            if int(member_of) == group and state not in "ZX":
                yield int(path.parent.name)


def tail(path: Path, lines: int = 40) -> str:
    """The last lines of a log, for an error text."""
    if not path.exists():
        return f"({path.name} was never written)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


def new_token() -> str:
    """A value of TOKEN_NAME for one group of programs."""
    return uuid.uuid4().hex


def sweep(token: str) -> None:
    """Kill what still runs with this token in its environment."""
    mark = f"{TOKEN_NAME}={token}".encode()
    for environ in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            pid = int(environ.parent.name)
            if pid != os.getpid() and mark in environ.read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)


@atexit.register
def _stop_all() -> None:
    for process in list(_running):
        process.stop()
