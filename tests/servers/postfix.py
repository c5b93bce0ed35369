"""A real Postfix under a folder of its own: submission with STARTTLS and with TLS, no mail out."""

from __future__ import annotations

import grp
import os
import pwd
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .authority import ServerCertificate
from .logs import ServerLog
from .processes import (
    MissingError,
    Process,
    find,
    free_port,
    require_root,
    short_folder,
    wait_until,
)

# What `postfix start` would make; its script is not run, for it wants the machine's /etc/postfix.
_QUEUES = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "maildrop",
    "pid",
    "private",
    "public",
    "saved",
    "trace",
]


@dataclass(frozen=True, slots=True)
class SubmissionPorts:
    """Where it takes letters: 587 is asked to switch to TLS, 465 begins with it."""

    starttls: int
    tls: int

    @classmethod
    def free(cls) -> SubmissionPorts:
        """Two that nobody uses."""
        return cls(free_port(), free_port())


WELL_KNOWN_SUBMISSION = SubmissionPorts(starttls=587, tls=465)


@dataclass(frozen=True, slots=True)
class Conversation:
    """One connection as the line written at its end counts it."""

    encrypted: bool
    logins: int
    refused_logins: int
    letters: int


class Postfix:
    """A running server; made by `run_postfix`."""

    def __init__(self, folder: Path, ports: SubmissionPorts) -> None:
        self.folder = folder
        self.ports = ports
        self.log = ServerLog(folder / "postfix.log")
        self._letters = folder / "letters"

    def letters(self, *, wait_for: int = 0) -> list[bytes]:
        """What was accepted and would have gone out, oldest first (only with `accept`).

        A letter arrives a moment after it was accepted: `wait_for` says how many must be there.
        """

        def arrived() -> list[Path]:
            return [path for path in self._letters.rglob("new/*") if path.is_file()]

        wait_until(lambda: len(arrived()) >= wait_for, 10, f"{wait_for} letters")
        return [path.read_bytes() for path in sorted(arrived(), key=lambda p: p.stat().st_mtime)]

    def forget(self) -> None:
        """Count conversations from here, and throw the letters away."""
        self.log.forget()
        for path in self._letters.rglob("new/*"):
            path.unlink()

    def conversations(self) -> list[Conversation]:
        """Every finished connection, in order."""
        return [
            Conversation(
                encrypted="starttls=1" in counts or service == "/smtps",
                logins=_count(counts, "auth")[0],
                refused_logins=_count(counts, "auth")[1],
                letters=_count(counts, "data")[0],
            )
            for service, counts in _DISCONNECT.findall(self.log.text())
        ]

    def attempts(self) -> int:
        """How many passwords were handed in."""
        return sum(each.logins + each.refused_logins for each in self.conversations())


_DISCONNECT = re.compile(r"postfix(\S*)/smtpd\[\d+\]: disconnect from \S+ (.*)")


def _count(counts: str, command: str) -> tuple[int, int]:
    # "auth=1" is one that went well, "auth=1/3" one of three.
    found = re.search(rf"\b{command}=(\d+)(?:/(\d+))?", counts)
    if found is None:
        return 0, 0
    good = int(found[1])
    return good, int(found[2] or good) - good


_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
mail_owner = postfix
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
myhostname = mail.test
mydomain = test
mydestination =
mynetworks =
inet_interfaces = loopback-only
alias_maps =
local_recipient_maps =
smtpd_peername_lookup = no
smtpd_banner = $myhostname ESMTP
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_auth_only = yes
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {sasl}
smtpd_sasl_security_options = noanonymous
smtpd_error_sleep_time = {error_sleep}
smtpd_hard_error_limit = 100
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = {recipients}
# Every domain is a domain of ours, delivered into a folder: nothing can leave.
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all/
virtual_mailbox_base = {folder}/letters
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
"""

# service  type  private  unprivileged  chroot  wakeup  limit  command
_MASTER = """\
{inet}
postlog   unix-dgram n - n - 1 postlogd
tlsmgr    unix - - n 1000? 1 tlsmgr
anvil     unix - - n - 1 anvil
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
virtual   unix - n n - - virtual
error     unix - - n - - error
discard   unix - - n - - discard
"""


@contextmanager
def run_postfix(
    certificate: ServerCertificate,
    sasl_socket: Path,
    *,
    ports: SubmissionPorts | None = None,
    prefix: Sequence[str] = (),
    accept: bool = False,
    delays: bool = False,
    addresses: Sequence[str] = ("127.0.0.1", "::1"),
    extra: str = "",
) -> Iterator[Postfix]:
    """Run one until the block ends.

    `sasl_socket` is `Dovecot.sasl_socket`; with `accept` letters of those who logged in are
    taken (and kept in `Postfix.letters`), otherwise every recipient is refused; `delays` leaves
    the pause after errors on; `extra` is more of main.cf.
    """
    require_root("Postfix's master")
    try:
        owner, post = pwd.getpwnam("postfix"), grp.getgrnam("postdrop")
    except KeyError as error:
        raise MissingError(f"user or group of Postfix ({error})") from None
    mail = pwd.getpwnam("mail")
    ports = ports or SubmissionPorts.free()
    with short_folder("postfix") as folder:
        configuration = folder / "etc"
        for made in ("etc", "queue", "data", "letters"):
            (folder / made).mkdir(mode=0o755)
        os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
        os.chown(folder / "letters", mail.pw_uid, mail.pw_gid)
        for name in _QUEUES:
            (folder / "queue" / name).mkdir(mode=0o755)
            if name != "pid":
                os.chown(folder / "queue" / name, owner.pw_uid, post.gr_gid)
        _write_settled(
            configuration / "main.cf",
            _MAIN.format(
                folder=folder,
                key=certificate.key,
                certificate=certificate.chain,
                sasl=sasl_socket,
                error_sleep="1s" if delays else "0",
                recipients="permit_sasl_authenticated, reject" if accept else "reject",
                uid=mail.pw_uid,
                gid=mail.pw_gid,
            )
            + extra,
        )
        _write_settled(configuration / "master.cf", _MASTER.format(inet=_inet(ports, addresses)))
        process = Process(
            [find("master"), "-c", str(configuration), "-d"],
            log=folder / "output.log",
            other_logs=[folder / "postfix.log"],
            changes_user=True,
            prefix=prefix,
        )
        try:
            process.wait_listening([ports.starttls, ports.tls])
            yield Postfix(folder, ports)
        finally:
            process.stop()


def _write_settled(path: Path, text: str) -> None:
    path.write_text(text)
    # Postfix waits two seconds before it trusts a file that was changed just now.
    earlier = time.time() - 60
    os.utime(path, (earlier, earlier))


def _inet(ports: SubmissionPorts, addresses: Sequence[str]) -> str:
    lines = []
    for address in addresses:
        host = f"[{address}]" if ":" in address else address
        lines.append(
            f"{host}:{ports.starttls} inet n - n - - smtpd"
            " -o syslog_name=postfix/submission -o smtpd_tls_security_level=encrypt"
        )
        lines.append(
            f"{host}:{ports.tls} inet n - n - - smtpd"
            " -o syslog_name=postfix/smtps -o smtpd_tls_wrappermode=yes"
        )
    return "\n".join(lines)
