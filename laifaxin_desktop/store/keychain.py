"""The OS keychain, where our keys live; refuses every backend that is not known to seal them."""

from __future__ import annotations

import configparser
import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Protocol, TypeVar

from laifaxin_desktop.model.problem import Evidence, Fault, MailError, Stage

from .worker import Worker, answer_of

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

T = TypeVar("T")

SERVICE = "laifaxin-desktop"
LIMIT = 30.0  # seconds for one call: time enough to type the keychain's own password

# Whatever else is installed (keyrings.alt writes base64 to a file without a word) is never asked.
ALLOWED = (
    "keyring.backends.Windows.WinVaultKeyring",
    "keyring.backends.macOS.Keyring",
    "keyring.backends.SecretService.Keyring",
    "keyring.backends.libsecret.Keyring",
    "keyring.backends.kwallet.DBusKeyring",
)
_FOR_GOOD = ("backend_refused", "ItemNotFoundException")  # asking again changes nothing
_SOON = 2.0  # seconds; what took longer to fail is not asked again, it would use up the limit
_CHAINER = "keyring.backends.chainer.ChainerBackend"  # stands for "the best there is"

# What the allowed backends let out besides keyring's own errors; looked up only where loaded.
_FOREIGN = (
    ("secretstorage.exceptions", "SecretStorageException"),
    ("jeepney", "DBusErrorResponse"),
    ("jeepney.auth", "AuthenticationError"),
    ("dbus.exceptions", "DBusException"),
    ("gi.repository.GLib", "GError"),
    ("pywintypes", "error"),
    ("win32ctypes.pywin32.pywintypes", "error"),
)


class KeyPlace(Protocol):
    """Where keys are kept: the OS keychain, or a stand-in for it in tests."""

    async def get(self, key_id: str) -> str | None:
        """The key, None when there is none; the one call that may put a prompt on the screen."""
        ...

    def put_now(self, key_id: str, key: str) -> None:
        """Write, read back and compare; blocks, so only from a worker's thread."""
        ...

    def drop_now(self, key_id: str) -> None:
        """Delete; nothing when it is not there; blocks."""
        ...

    def close(self) -> None:
        """Accept no more calls; waits for none."""
        ...


def vault_error(fault: Fault, detail: str = "") -> MailError:
    """A failure of the vault; `detail` is a word of ours or an error's name, never its text."""
    return MailError(Evidence(Stage.VAULT, fault, detail=detail))


class Keychain:
    """The keychain of this computer, asked from one thread of its own, 30 seconds at most.

    A call that a prompt holds up goes on in its thread; asking for the same key again waits for
    the same prompt instead of raising a second one.

    Every method raises `MailError`, stage vault: no_keychain (none that is safe), locked (locked,
    prompt dismissed or not answered in time).
    """

    def __init__(self, limit: float = LIMIT, find: Callable[[], KeyringBackend] | None = None):
        self._limit = limit
        self._find = find or find_backend
        self._worker = Worker("keychain")
        self._backend: KeyringBackend | None = None
        self._asked: dict[str, Future[str | None]] = {}
        self._guard = threading.Lock()

    async def get(self, key_id: str) -> str | None:
        """The key, None when the keychain has none with this id."""
        with self._guard:
            asked = self._asked.get(key_id)
            if asked is None or asked.done():
                asked = self._asked[key_id] = self._worker.submit(self._get, key_id)
        try:
            answer = await answer_of(asked, self._limit)
        except TimeoutError as error:
            raise vault_error(Fault.LOCKED, "timeout") from error
        with self._guard:
            self._asked.pop(key_id, None)  # a future keeps its answer: here a key
        return answer

    def put_now(self, key_id: str, key: str) -> None:
        """Write, read back and compare; blocks."""
        self._now(self._put, key_id, key)

    def drop_now(self, key_id: str) -> None:
        """Delete; nothing when it is not there; blocks."""
        self._now(self._drop, key_id)

    def close(self) -> None:
        """Accept no more calls; waits for none."""
        self._worker.close()

    def _now(self, work: Callable[..., T], *args: str) -> T:
        try:
            return self._worker.submit(work, *args).result(self._limit)
        except TimeoutError as error:
            raise vault_error(Fault.LOCKED, "timeout") from error

    # ---- everything below runs in the keychain's thread ----

    def _get(self, key_id: str) -> str | None:
        try:
            return self._call(lambda backend: backend.get_password(SERVICE, key_id))
        except MailError as error:
            # Found, and deleted by another process before it was read (freedesktop Secret Service).
            if error.evidence.detail == "ItemNotFoundException":
                return None
            raise

    def _put(self, key_id: str, key: str) -> None:
        self._call(lambda backend: backend.set_password(SERVICE, key_id, key))
        if self._get(key_id) != key:
            self._drop(key_id)
            raise vault_error(Fault.NO_KEYCHAIN, "reads_back_differently")

    def _drop(self, key_id: str) -> None:
        if self._get(key_id) is not None:
            self._call(lambda backend: backend.delete_password(SERVICE, key_id))

    def _call(self, work: Callable[[KeyringBackend], T]) -> T:
        began = time.monotonic()
        try:
            return self._try(work)
        except MailError as error:
            # A keychain that was started anew, or was busy for a moment, is there after all.
            gone = error.evidence.fault is Fault.NO_KEYCHAIN
            if not gone or error.evidence.detail in _FOR_GOOD or time.monotonic() - began > _SOON:
                raise
            return self._try(work)

    def _try(self, work: Callable[[KeyringBackend], T]) -> T:
        try:
            if self._backend is None:
                self._backend = self._find()
            return work(self._backend)
        except _expected() as error:
            self._backend = None  # it may have gone away: look again next time
            raise _named(error) from error


def find_backend() -> KeyringBackend:
    """The best allowed backend that works here.

    Not `keyring.get_keyring()`: that imports every plug-in that happens to be installed, remembers
    a failure for good, and obeys a path to load code from.

    :raises MailError: no_keychain; `detail` says whether something else was configured
    """
    configured = configured_name()
    if configured and configured != _CHAINER and configured not in ALLOWED:
        raise vault_error(Fault.NO_KEYCHAIN, "backend_refused")
    wanted = ALLOWED if configured in ("", _CHAINER) else (configured,)
    viable = [kind for name in wanted if (kind := _kind(name)) is not None and kind.viable]
    if not viable:
        raise vault_error(Fault.NO_KEYCHAIN)
    best: type[KeyringBackend] = max(viable, key=lambda kind: float(kind.priority))
    return best()


def configured_name() -> str:
    """The backend that the environment or keyringrc.cfg demands; empty when neither does."""
    if name := os.environ.get("PYTHON_KEYRING_BACKEND", "").strip():
        return name
    from keyring.util import platform_

    file = configparser.RawConfigParser()
    try:
        file.read(platform_.config_root() / "keyringrc.cfg", encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError, OSError):
        return ""  # keyring itself would not read it either
    return file.get("backend", "default-keyring", fallback="").strip()


def _kind(name: str) -> type[KeyringBackend] | None:
    module, _, attribute = name.rpartition(".")
    try:
        kind: type[KeyringBackend] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError):
        return None
    return kind


def _expected() -> tuple[type[Exception], ...]:
    from keyring.errors import KeyringError

    loaded = ((sys.modules.get(module), name) for module, name in _FOREIGN)
    foreign = (getattr(module, name) for module, name in loaded if hasattr(module, name))
    return (KeyringError, OSError, *foreign)


def _named(error: Exception) -> MailError:
    """Locked is what a retry can mend; everything else means there is no keychain to speak of."""
    from keyring import errors

    names = {type(e).__name__ for e in (error, error.__cause__, error.__context__) if e}
    locked = {"KeyringLocked", "LockedException", "PromptDismissedException"} & names
    if locked or isinstance(error, errors.PasswordSetError | errors.PasswordDeleteError):
        return vault_error(Fault.LOCKED, type(error).__name__)
    return vault_error(Fault.NO_KEYCHAIN, type(error).__name__)
