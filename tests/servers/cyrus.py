"""A real Cyrus IMAP 3.6 under a folder of its own: a second opinion beside Dovecot, with SASL."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from .authority import ServerCertificate
from .processes import MissingError, Process, find, free_port, require_root, short_folder

# Debian's, in nobody's PATH; where Dovecot is installed as well: packaging/debian_install.
_MASTER = Path("/usr/lib/cyrus/bin/master")
_IMAPD = (_MASTER.with_name("imapd"), Path("/usr/local/lib/cyrus/imapd"))
_USER = "cyrus"

_CONFIGURATION = """\
configdirectory: {folder}/conf
defaultpartition: default
partition-default: {folder}/spool
idlesocket: {folder}/conf/socket/idle
lmtpsocket: {folder}/conf/socket/lmtp
notifysocket: {folder}/conf/socket/notify
syslog_prefix: laifaxin-test
admins: nobody
allowplaintext: no
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_sasldb_path: {folder}/sasldb
sasl_mech_list: PLAIN
unixhierarchysep: yes
virtdomains: userid
defaultdomain: localhost
failedloginpause: 0
autocreate_quota: 0
autocreate_users: {boxes}
tls_server_cert: {folder}/chain.pem
tls_server_key: {folder}/key.pem
tls_versions: tls1_2 tls1_3
"""
_SERVICES = """\
SERVICES {{
  imap cmd="{imapd} -C {configuration}" listen="127.0.0.1:{imap}" prefork=1
  imaps cmd="{imapd} -s -C {configuration}" listen="127.0.0.1:{imaps}" prefork=1
}}
"""


class Cyrus:
    """A running server; made by `run_cyrus`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.imap = free_port()
        self.imaps = free_port()

    def change_password(self, user: str, new: str) -> None:
        """From now on `user` (new or known) logs in with this password."""
        name, _, realm = user.rpartition("@")
        subprocess.run(
            [find("saslpasswd2"), "-p", "-c", "-f", str(self.folder / "sasldb"), "-u", realm, name],
            input=new.encode(),
            check=True,
            capture_output=True,
            timeout=10,
        )
        _give(self.folder / "sasldb")


def _give(path: Path) -> None:
    cyrus = pwd.getpwnam(_USER)
    for each in (path, *path.rglob("*")):
        os.chown(each, cyrus.pw_uid, cyrus.pw_gid)


@contextmanager
def run_cyrus(
    certificate: ServerCertificate, users: Mapping[str, str], *, without_mailbox: Sequence[str] = ()
) -> Iterator[Cyrus]:
    """Run one until the block ends.

    `users` are whole addresses and passwords; those `without_mailbox` may log in and have none.
    """
    imapd = next((path for path in _IMAPD if path.exists()), None)
    if imapd is None or not _MASTER.exists():
        raise MissingError("program imapd of Cyrus")
    find("saslpasswd2")
    require_root("Cyrus changes its user")
    with short_folder("cyrus") as folder:
        server = Cyrus(folder)
        for part in ("socket", "proc", "db", "log"):
            (folder / "conf" / part).mkdir(parents=True)
        (folder / "spool").mkdir()
        shutil.copy(certificate.chain, folder / "chain.pem")
        shutil.copy(certificate.key, folder / "key.pem")
        configuration, services = folder / "imapd.conf", folder / "cyrus.conf"
        boxes = " ".join(user for user in users if user not in without_mailbox)
        configuration.write_text(_CONFIGURATION.format(folder=folder, boxes=boxes))
        services.write_text(
            _SERVICES.format(
                imapd=imapd, configuration=configuration, imap=server.imap, imaps=server.imaps
            )
        )
        for user, password in users.items():
            server.change_password(user, password)
        _give(folder)
        argv = [str(_MASTER), "-C", str(configuration), "-M", str(services)]
        process = Process(
            [*argv, "-p", str(folder / "pid"), "-D"],
            log=folder / "output.log",
            changes_user=True,
        )
        try:
            process.wait_listening([server.imap, server.imaps])
            yield server
        finally:
            process.stop()
