"""Logging to a small rotating file; lets no secret, no address, no unlisted field in."""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, quote_plus

from laifaxin_desktop import __version__
from laifaxin_desktop.model.secret import Secret

MOST_BYTES, MOST_FILES = 1_000_000, 3  # one being written and two older ones
DOTS = "••••"
FIELDS = ("account", "provider", "protocol", "host", "port", "stage", "fault", "problem", "ms")
QUIET = ("asyncio", "keyring", "qasync", "concurrent.futures")
_OURS = "laifaxin_desktop"
_PREFIX = 8  # characters of a long secret that give it away where the rest was cut off

# What asks for hiding whatever the secret is: the pattern's group 1 stays, the rest of it goes.
_AUTH_LINES = tuple(
    re.compile(pattern, flags)
    for pattern, flags in (
        # IMAP and SMTP: AUTH PLAIN xxx, AUTHENTICATE XOAUTH2 xxx, AUTHENTICATE PLAIN\r\nxxx
        (r"(\bAUTH(?:ENTICATE)?\s+[A-Z0-9_-]+\s+)[^\s'\"\\][^\r\n]*", re.I),
        (r"(\bLOGIN\s+(?:\"[^\"]*\"|[^\s\"]+)\s+)\S[^\r\n]*", 0),  # IMAP: a1 LOGIN user xxx
        (r"((?:^|[\s>:'\"])PASS\s+)\S[^\r\n]*", 0),  # POP3
        # A dialogue's line that is nothing but base64, or a literal's
        (
            r"((?:^|\n)\s*(?:C|S|[-=]*>|>>|→)\s*:?\s*)(?:\+\s+)?[A-Za-z0-9+/_-]{12,}={0,2}(?=\s|$)",
            0,
        ),
        (r"(\bauth(?:orization)?[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic)\s+)[^\s\"']+", re.I),
        (r"(\bBearer\s+)[A-Za-z0-9._~+/=-]{20,}", re.I),
        (
            r"((?:password|passwd|secret|token|assertion|code_verifier|authorization)"
            r"[\"']?\s*[:=]\s*[\"']?)(?!Secret\()[^\s\"'&,}]+",
            re.I,
        ),
        (r"([?&](?:code|state|session_state)=)[^\s\"'&]+", re.I),
    )
)
# Anybody's address, wherever it stands: in a server's words, in a field of ours where somebody
# typed it for a host. Both parts bounded: no text of a server makes this slow.
_ADDRESS = re.compile(
    r"([^\s<>()\[\]\"',;:=|/\\@])[^\s<>()\[\]\"',;:=|/\\@]{0,63}"
    r"@(?=[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
)
_USERINFO = re.compile(r"(://)[^\s/@]{1,512}@")  # of a proxy's or a server's address


class LiveSecrets:
    """The secrets in use just now, in every form in which one could slip into a text."""

    def __init__(self) -> None:
        self._forms: dict[str, frozenset[str]] = {}
        self._uses: dict[str, int] = {}  # two checks of one account may guard the same secret
        self._guard = threading.Lock()

    def guard(self, secret: Secret) -> None:
        """Remove this secret from everything written, until it is forgotten as often."""
        if value := secret.reveal():
            with self._guard:
                self._uses[value] = self._uses.get(value, 0) + 1
                if value not in self._forms:
                    self._forms[value] = forms_of(value)

    def forget(self, secret: Secret) -> None:
        """One use of it is over; after the last one the copy kept here goes."""
        value = secret.reveal()
        with self._guard:
            left = self._uses.pop(value, 1) - 1
            if left:
                self._uses[value] = left
            else:
                self._forms.pop(value, None)

    @contextmanager
    def guarding(self, secret: Secret) -> Iterator[None]:
        """Guard for the length of a block."""
        self.guard(secret)
        try:
            yield
        finally:
            self.forget(secret)

    def redact(self, text: str) -> str:
        """The text with every live secret, and whatever looks like an AUTH line, dotted out."""
        with self._guard:
            live = {form for forms in self._forms.values() for form in forms}
        for form in sorted(live, key=len, reverse=True):
            if form in text:
                text = _whole(form).sub(DOTS, text)
        text = _without_beginnings(text, live)
        for pattern in _AUTH_LINES:
            text = pattern.sub(rf"\1{DOTS}", text)
        return text


LIVE = LiveSecrets()


def forms_of(value: str) -> frozenset[str]:
    """A secret as itself and as base64 (alone and inside a SASL payload), URL, repr and UTF-16."""
    raw = value.encode("utf-8", "surrogatepass")
    little, big = (value.encode(f"utf-16-{end}", "surrogatepass") for end in ("le", "be"))
    forms = {
        value,
        quote(value, safe="", errors="surrogatepass"),
        quote(value, safe="/", errors="surrogatepass"),
        quote_plus(value, errors="surrogatepass"),
        repr(value)[1:-1],
        ascii(value)[1:-1],
        json.dumps(value)[1:-1],
        value.replace("\\", "\\\\").replace('"', '\\"'),  # an IMAP quoted string
        raw.hex(),
    }
    forms |= {re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), form) for form in forms}
    for data in (raw, little, big):
        forms |= {data.decode("latin-1"), repr(data)[2:-1]}
        for skip in range(3):
            inner = _base64_inside(data, skip)
            forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return frozenset(form for form in forms if form)


def _base64_inside(data: bytes, skip: int) -> str:
    """The base64 characters that depend on `data` alone when `skip` bytes (mod 3) precede it."""
    text = base64.b64encode(b"\0" * skip + data).decode("ascii").rstrip("=")
    first = -(-skip * 8 // 6)
    return text[first : (skip + len(data)) * 8 // 6]


def _whole(form: str) -> re.Pattern[str]:
    escaped = re.escape(form)
    if len(form) < 4:  # a letter or two: only where it stands alone, or nothing would be readable
        return re.compile(rf"(?<!\w){escaped}(?!\w)")
    if re.fullmatch(r"[A-Za-z0-9+/_-]+", form):  # perhaps the middle of a longer base64 text
        return re.compile(rf"[A-Za-z0-9+/_-]*{escaped}[A-Za-z0-9+/_-]*={{0,2}}")
    return re.compile(escaped)


def _without_beginnings(text: str, forms: Iterable[str]) -> str:
    """Dot out what is left of a long secret whose end was cut off."""
    long = [form for form in forms if len(form) > _PREFIX]
    for head in {form[:_PREFIX] for form in long}:
        start = text.find(head)
        while start >= 0:
            rest = text[start:]
            most = max(_agreeing(rest, f) for f in long if f.startswith(head))
            text = text[:start] + DOTS + rest[most:]
            start = text.find(head, start + len(DOTS))
    return text


def _agreeing(text: str, form: str) -> int:
    pairs = enumerate(zip(text, form, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(text), len(form)))


class RedactingFormatter(logging.Formatter):
    """Time, level, logger, message and the fields of `FIELDS`; tracebacks without local values."""

    def __init__(self, live: LiveSecrets = LIVE) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._live = live

    def format(self, record: logging.LogRecord) -> str:
        """One line, and the traceback below it; changes nothing in the record."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"(arguments do not fit) {record.msg}"
        given = {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        fields = "".join(f" {name}={value}" for name, value in given.items() if value is not None)
        head = f"{self.formatTime(record)} {record.levelname} {record.name} "
        line = head + _one_line(self._safe(message + fields))
        if record.exc_info and record.exc_info[1] is not None:
            trace = traceback.TracebackException.from_exception(record.exc_info[1])
            line += "\n" + self._safe("".join(trace.format())).rstrip()
        return line

    def _safe(self, text: str) -> str:
        """The text without secrets, and with addresses shortened as the program's own are."""
        text = self._live.redact(text)
        if "@" not in text:
            return text
        text = _ADDRESS.sub(r"\1***@", text)
        return _USERINFO.sub(rf"\1{DOTS}@", text)


def _one_line(text: str) -> str:
    """Control characters spelt out: a server's words must not forge a line of the log."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class PrivateFile(RotatingFileHandler):
    """A rotating file that only its owner may read; says nothing when the disk is full."""

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        if hasattr(os, "fchmod"):
            os.fchmod(handle, 0o600)
        return open(handle, "a", encoding=self.encoding, errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Nothing: the default prints the record, unredacted, to standard error."""


class HasLogs(Protocol):
    """Whoever knows where logs go: `places.Places`."""

    @property
    def logs(self) -> Path:
        """The folder."""
        ...


def start(places: HasLogs, *, debug: bool = False, name: str = "laifaxin") -> Path | None:
    """Begin to log to `name`.log in the folder of logs.

    Others' loggers speak from WARNING up, ours from INFO, with `debug` from DEBUG.

    :returns: the file; None when it cannot be written: the program then runs without a log
    """
    folder, path = places.logs, places.logs / f"{name}.log"
    handler: logging.Handler
    try:
        for each in reversed([f for f in (folder, *folder.parents) if not f.exists()]):
            each.mkdir(mode=0o700, exist_ok=True)
        handler = PrivateFile(
            path, maxBytes=MOST_BYTES, backupCount=MOST_FILES - 1, encoding="utf-8"
        )
    except OSError:
        handler, path = logging.NullHandler(), Path()
    handler.setFormatter(RedactingFormatter())
    root = logging.getLogger()
    stop()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for quiet in QUIET:
        logging.getLogger(quiet).setLevel(logging.WARNING)
    logging.getLogger(_OURS).setLevel(logging.DEBUG if debug else logging.INFO)
    return path if path.name else None


def stop() -> None:
    """Take our handlers off the root logger and close the file."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h.formatter, RedactingFormatter)]:
        root.removeHandler(handler)
        handler.close()


def began(what: str) -> None:
    """The first line of a run: what runs, and on what."""
    python = sys.version.split()[0]
    words = what, __version__, python, sys.platform, os.getpid()
    logging.getLogger(_OURS).info("%s %s, Python %s on %s, process %d", *words)


def failure(what: str) -> None:
    """Log the exception being handled: a mistake of ours, with its traceback."""
    logging.getLogger(_OURS).error(what, exc_info=sys.exc_info())
