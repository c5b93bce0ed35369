"""A login session of its own: a D-Bus session bus, and folders that belong to nobody's home."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from .processes import TOKEN_NAME, Process, new_token, short_folder, sweep, wait_until

# What a person's own session would leak into ours, or ours into it.
_OURS = ("DBUS_", "XDG_", "DISPLAY", "WAYLAND_", "XAUTHORITY", "GNOME_", "SSH_AUTH_SOCK")


# Without the machine's service folders: a bus that starts services by itself would bring a
# keychain back that a test has taken away. The address is given on the command line.
_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=/nonexistent</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


class Session:
    """The session; made by `run_session`. `environment` is for every program that is part of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = new_token()
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith(_OURS)
        }
        self.environment |= {
            TOKEN_NAME: self.token,
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus",
            **home_environment(folder),
        }
        self._processes: list[Process] = []

    def start(
        self,
        argv: Sequence[str],
        *,
        more: Mapping[str, str] | None = None,
        stdin: int | IO[Any] | None = subprocess.DEVNULL,
        pass_fds: Sequence[int] = (),
    ) -> Process:
        """Start a program as part of the session; it ends with it."""
        process = Process(
            argv,
            log=self.folder / f"{Path(argv[0]).name}.log",
            env={**self.environment, **(more or {})},
            stdin=stdin,
            pass_fds=pass_fds,
        )
        self._processes.append(process)
        return process

    def close(self) -> None:
        """End everything, last come first."""
        for process in reversed(self._processes):
            with suppress(OSError):
                process.stop()
        # The accessibility bus starts its registry by itself.
        sweep(self.token)


def home_environment(folder: Path) -> dict[str, str]:
    """HOME and the XDG folders below `folder`, made; XDG_RUNTIME_DIR closed to others."""
    folders = {
        "HOME": folder / "home",
        "XDG_DATA_HOME": folder / "home" / "data",
        "XDG_CONFIG_HOME": folder / "home" / "config",
        "XDG_CACHE_HOME": folder / "home" / "cache",
        "XDG_STATE_HOME": folder / "home" / "state",
        "XDG_RUNTIME_DIR": folder / "runtime",
    }
    for path in folders.values():
        path.mkdir(parents=True, exist_ok=True)
    folders["XDG_RUNTIME_DIR"].chmod(0o700)
    return {name: str(path) for name, path in folders.items()}


def program_environment(base: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`base`, with home and XDG folders below `folder`: a program as if newly installed."""
    return {**base, **home_environment(folder)}


@contextmanager
def run_session() -> Iterator[Session]:
    """Run one until the block ends."""
    with short_folder("session") as folder:
        session = Session(folder)
        try:
            (folder / "bus.conf").write_text(_BUS)
            bus = session.start(
                [
                    "dbus-daemon",
                    "--nofork",
                    f"--config-file={folder}/bus.conf",
                    f"--address=unix:path={folder}/bus",
                ]
            )

            def ready() -> bool:
                bus.check_alive()
                return (folder / "bus").exists()

            wait_until(ready, 10, "the session bus")
            yield session
        finally:
            session.close()
