"""A real Dovecot 2.3 under a folder of its own: IMAP, POP3 and the SASL socket for Postfix."""

from __future__ import annotations

import grp
import json
import os
import pwd
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import dovecot_tokens
from .authority import ServerCertificate
from .logs import ServerLog
from .processes import MissingError, Process, find, free_port, short_folder, wait_until

LETTER = (
    b"From: Alice <alice@example.com>\r\nTo: you <you@example.com>\r\n"
    b"Subject: a letter nobody may mark as read\r\n"
    b"Date: Fri, 20 Nov 2026 08:00:00 +0000\r\nMessage-ID: <one@example.com>\r\n\r\nHello.\r\n"
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the four services listen."""

    imap: int
    imaps: int
    pop3: int
    pop3s: int

    @classmethod
    def free(cls) -> Ports:
        """Four that nobody uses."""
        return cls(free_port(), free_port(), free_port(), free_port())

    def all(self) -> list[int]:
        """Every one of them."""
        return [self.imap, self.imaps, self.pop3, self.pop3s]


WELL_KNOWN = Ports(imap=143, imaps=993, pop3=110, pop3s=995)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One password that was handed in: where, how, by whom, and whether it was right."""

    service: str
    mechanism: str
    encrypted: bool
    user: str
    ok: bool


@dataclass(frozen=True, slots=True)
class _Mailman:
    """The system user that owns the mailboxes and, for an ordinary user, runs everything."""

    uid: int
    gid: int
    internal: str
    login: str

    @classmethod
    def choose(cls) -> _Mailman:
        if os.geteuid() == 0:
            mail = pwd.getpwnam("mail")  # in every Debian; Dovecot refuses to read mail as root
            return cls(mail.pw_uid, mail.pw_gid, "dovecot", "dovenull")
        me = pwd.getpwuid(os.geteuid())
        return cls(me.pw_uid, me.pw_gid, me.pw_name, me.pw_name)


class Dovecot:
    """A running server; made by `run_dovecot`."""

    def __init__(self, folder: Path, ports: Ports, users: Mapping[str, str]) -> None:
        self.folder = folder
        self.ports = ports
        self.log = ServerLog(folder / "dovecot.log")
        self.sasl_socket = folder / "run" / "sasl"
        self._original = dict(users)
        self._users = dict(users)
        self._mailman = _Mailman.choose()
        self._homes: dict[str, Path] = {}
        self._write_users()
        for user in users:
            self.fill_inbox(user)

    # Users

    def change_password(self, user: str, new: str) -> None:
        """From now on `user` (new or known) logs in with this password."""
        known = user in self._users
        self._users[user] = new
        self._write_users()
        if not known:
            self.fill_inbox(user)

    def remove_user(self, user: str) -> None:
        """From now on nobody logs in under this name."""
        del self._users[user]
        self._write_users()

    def password(self, user: str) -> str:
        """What `user` logs in with now."""
        return self._users[user]

    def reset(self) -> None:
        """The users and mailboxes of the beginning, and a log that counts from here."""
        self._users = dict(self._original)
        self._write_users()
        for user in self._users:
            self.fill_inbox(user)
        self.log.forget()

    def _write_users(self) -> None:
        # A dict, not a passwd-file: Dovecot looks at that one only once a second, so a password
        # changed between two checks would pass unseen. JSON, so that a password may hold anything.
        lines = []
        for user, password in self._users.items():
            fields = {
                "password": password,
                "userdb_uid": str(self._mailman.uid),
                "userdb_gid": str(self._mailman.gid),
                "userdb_home": str(self._home(user)),
            }
            lines += [f"shared/{user}", json.dumps(fields)]
            place = {name.removeprefix("userdb_"): text for name, text in fields.items()}
            del place["password"]
            lines += [f"shared/mailbox/{user}", json.dumps(place)]
        fresh = self.folder / "users.new"
        fresh.write_text("\n".join(lines) + "\n")
        fresh.chmod(0o644)
        fresh.replace(self.folder / "users")

    def _home(self, user: str) -> Path:
        # Numbered: a user's name may hold what a path or Dovecot's % variables cannot.
        if user not in self._homes:
            self._homes[user] = self.folder / "homes" / str(len(self._homes) + 1)
        return self._homes[user]

    # Mailboxes

    def fill_inbox(self, user: str, letters: Sequence[bytes] = (LETTER,)) -> None:
        """The INBOX of `user` holds exactly these letters, all new."""
        box = self._home(user) / "Maildir"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
            for old in (box / part).iterdir():
                old.unlink()
        for number, letter in enumerate(letters, 1):
            (box / "new" / f"letter-{number}").write_bytes(letter)
        if os.geteuid() == 0:
            for path in (self._home(user), *self._home(user).rglob("*")):
                os.chown(path, self._mailman.uid, self._mailman.gid)

    def inbox(self, user: str) -> tuple[str, ...]:
        """The letters as they lie on disk: `new/letter-1` is untouched, without any flag.

        A client that selects the box moves it to `cur/letter-1:2,`; one that reads it adds `S`
        for seen (D: draft, F: flagged, R: answered, T: deleted).
        """
        box = self._home(user) / "Maildir"
        return tuple(
            sorted(f"{part}/{path.name}" for part in ("new", "cur") for path in _files(box / part))
        )

    # Log-ins

    def attempts(self, service: str | None = None, user: str | None = None) -> list[Attempt]:
        """Every password handed in since `log.forget()`; `service` is imap, pop3 or smtp."""
        return [
            attempt
            for attempt in _attempts(self.log.text())
            if service in (None, attempt.service) and user in (None, attempt.user)
        ]


def _files(folder: Path) -> Iterable[Path]:
    return folder.iterdir() if folder.is_dir() else ()


_ASKED = re.compile(r"client in: AUTH\t(\d+)\t(\S+)\tservice=(\S+)(.*)")
_ANSWERED = re.compile(r"client passdb out: (OK|FAIL)\t(\d+)\tuser=([^\t\n]*)")


def _attempts(log: str) -> list[Attempt]:
    # The numbers are per connection, so two connections may use the same one at the same time;
    # then the answers are dealt out in the order of the questions.
    waiting: dict[str, list[tuple[str, str, bool]]] = {}
    found = []
    for line in log.splitlines():
        if asked := _ASKED.search(line):
            waiting.setdefault(asked[1], []).append(
                # Postfix, which asks only after TLS here, says no more than "secured".
                (asked[3], asked[2], "\tsecured=tls" in asked[4] or asked[3] == "smtp")
            )
        elif (answered := _ANSWERED.search(line)) and waiting.get(answered[2]):
            service, mechanism, encrypted = waiting[answered[2]].pop(0)
            ok = answered[1] == "OK"
            found.append(Attempt(service, mechanism, encrypted, answered[3], ok))
    return found


def version() -> str:
    """Which Dovecot is installed; refuses 2.4, whose configuration reads differently."""
    answer = subprocess.run(
        [find("dovecot"), "--version"], capture_output=True, text=True, check=True, timeout=10
    )
    number = answer.stdout.split()[0]
    if not number.startswith("2.3."):
        raise MissingError(
            f"Dovecot 2.3 (this is {number}, whose configuration has another syntax)"
        )
    return number


_CONFIGURATION = """\
base_dir = {run}
state_dir = {run}
instance_name = laifaxin-test
protocols = imap pop3
listen = {listen}
log_path = {folder}/dovecot.log
log_timestamp = "%Y-%m-%d %H:%M:%S "
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:~/Maildir
ssl = required
ssl_cert = <{certificate}
ssl_key = <{key}
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = yes
auth_mechanisms = plain login {mechanisms}
# Every letter may stand in a name.
auth_username_chars =
# The lines that Attempt is read from; passwords are not among them.
auth_debug = yes
{nodelay}
passdb {{
  driver = dict
  mechanisms = plain login
  args = {folder}/dict.conf
}}
userdb {{
  driver = prefetch
}}
{tokens}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 1200
  process_min_avail = 1
  inet_listener imap {{
    port = {ports.imap}
  }}
  inet_listener imaps {{
    port = {ports.imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  client_limit = 1200
  process_min_avail = 1
  inet_listener pop3 {{
    port = {ports.pop3}
  }}
  inet_listener pop3s {{
    port = {ports.pop3s}
    ssl = yes
  }}
}}
service stats {{
  chroot =
}}
service anvil {{
  chroot =
{penalty}
}}
service auth {{
  client_limit = 8000
  unix_listener sasl {{
    mode = 0666
  }}
}}
{extra}
"""


# auth_failure_delay = 0 alone leaves a timer that ticks every half second; a field of the answer
# switches it off, but the fields of a passdb that refuses are dropped. So one that accepts
# everybody hands out the field, and the answer of the next one is what counts.
_NO_DELAY = """\
auth_failure_delay = 0
passdb {
  driver = static
  args = nopassword=y nodelay=y
  result_success = continue-fail
}
"""
_LOOKUP = """\
uri = file:{folder}/users
default_pass_scheme = PLAIN
key login {{
  key = %u
  format = json
}}
passdb_objects = login
"""


@contextmanager
def run_dovecot(
    certificate: ServerCertificate,
    users: Mapping[str, str],
    *,
    ports: Ports | None = None,
    prefix: Sequence[str] = (),
    delays: bool = False,
    addresses: Sequence[str] = ("127.0.0.1", "::1"),
    tokens_url: str = "",
    extra: str = "",
) -> Iterator[Dovecot]:
    """Run one until the block ends.

    `users` are names and passwords; `prefix` runs it elsewhere (`Names.prefix`); `delays` leaves
    the growing delays after wrong passwords on, which are off otherwise; with `tokens_url` (see
    `Entra.tokens_url`) access tokens are taken beside passwords; `extra` is more configuration,
    last of all, so it wins.

    Dovecot takes a client of its own address for safe and lets it log in without TLS; who wants
    to see it refuse must meet it at 127.0.0.2, which Linux calls from 127.0.0.1.
    """
    version()
    ports = ports or Ports.free()
    with short_folder("dovecot") as folder:
        (folder / "run").mkdir(mode=0o755)
        server = Dovecot(folder, ports, users)
        mailman = _Mailman.choose()
        penalty = "" if delays else "  unix_listener anvil-auth-penalty {\n    mode = 0\n  }"
        lookup = _LOOKUP.format(folder=folder)
        if tokens_url:
            lookup += dovecot_tokens.USERDB_LOOKUP
        (folder / "dict.conf").write_text(lookup)
        configuration = folder / "dovecot.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                run=folder / "run",
                folder=folder,
                listen=", ".join(addresses),
                internal=mailman.internal,
                internal_group="dovecot"
                if os.geteuid() == 0
                else grp.getgrgid(mailman.gid).gr_name,
                login=mailman.login,
                certificate=certificate.chain,
                key=certificate.key,
                ports=ports,
                penalty=penalty,
                nodelay="" if delays else _NO_DELAY,
                mechanisms=dovecot_tokens.MECHANISMS if tokens_url else "",
                tokens=dovecot_tokens.configuration(folder, tokens_url) if tokens_url else "",
                extra=extra,
            )
        )
        process = Process(
            ["dovecot", "-F", "-c", str(configuration)],
            log=folder / "output.log",
            other_logs=[folder / "dovecot.log"],
            prefix=prefix,
        )
        try:
            process.wait_listening(ports.all())
            wait_until(server.sasl_socket.exists, 5, "Dovecot's SASL socket")
            yield server
        finally:
            process.stop()
