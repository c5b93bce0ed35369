"""Lets a Dovecot take access tokens (XOAUTH2, OAUTHBEARER) beside passwords.

Its OAuth client is used in the form of a password grant, because that one sends the user name
along: whether a token opens a shared mailbox depends on the name that was asked for. The service
(imap, pop3 or smtp) comes in a header, so each protocol is asked about by itself. What decides is
`entra.introspect`.
"""

from __future__ import annotations

from pathlib import Path

MECHANISMS = "xoauth2 oauthbearer"
_CLIENT = """\
grant_url = {url}
use_grant_password = yes
client_id = dovecot
send_auth_headers = yes
username_attribute = username
active_attribute = active
active_value = true
timeout_msecs = 10000
"""
_PASSDB = """\
passdb {{
  driver = oauth2
  mechanisms = {mechanisms}
  args = {file}
}}
# Only a password brings its userdb fields along.
userdb {{
  driver = dict
  args = {folder}/dict.conf
}}
"""
# Appended to the file that looks passwords up.
USERDB_LOOKUP = """\
key mailbox {
  key = mailbox/%u
  format = json
}
userdb_objects = mailbox
"""


def configuration(folder: Path, url: str) -> str:
    """Write the client's file below `folder`; what belongs into dovecot.conf, asking `url`."""
    file = folder / "tokens.conf"
    file.write_text(_CLIENT.format(url=url))
    return _PASSDB.format(mechanisms=MECHANISMS, file=file, folder=folder)
