"""What must never stand in the log, and what must."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from laifaxin_desktop import log
from laifaxin_desktop.log import DOTS, LIVE, LiveSecrets
from laifaxin_desktop.model.secret import Secret

VALUE = "hunter2-é-漢"
OURS = logging.getLogger("laifaxin_desktop.test")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the logs go; logging is as before afterwards."""
    root, ours = logging.getLogger(), logging.getLogger("laifaxin_desktop")
    levels = root.level, ours.level
    yield tmp_path / "日志 folder" / "logs"
    log.stop()
    root.setLevel(levels[0])
    ours.setLevel(levels[1])


def start(folder: Path, *, debug: bool = True) -> Path:
    path = log.start(SimpleNamespace(logs=folder), debug=debug)
    assert path is not None
    return path


FORMS = {
    "raw": VALUE,
    "base64": base64.b64encode(VALUE.encode()).decode(),
    "base64 url": base64.urlsafe_b64encode(VALUE.encode()).decode(),
    **{
        f"SASL PLAIN {user}": base64.b64encode(f"\0{user}\0{VALUE}".encode()).decode()
        for user in ("a", "ab", "abc")
    },
    "XOAUTH2": base64.b64encode(f"user=x\x01auth=Bearer {VALUE}\x01\x01".encode()).decode(),
    "URL": quote(VALUE, safe=""),
    "url": quote(VALUE, safe="").lower(),
    "form": quote_plus(VALUE),
    "repr": repr(VALUE),
    "ascii": ascii(VALUE),
    "bytes": repr(VALUE.encode()),
    "JSON": json.dumps({"x": VALUE}),
    "UTF-16 LE": repr(VALUE.encode("utf-16-le")),
    "UTF-16 BE": repr(VALUE.encode("utf-16-be")),
    "UTF-16": repr(VALUE.encode("utf-16")),
    "UTF-16 read as Latin-1": VALUE.encode("utf-16-le").decode("latin-1"),
    "mojibake": VALUE.encode().decode("latin-1"),
    "hex": VALUE.encode().hex(),
    "cut off": VALUE[:9],
    "repr cut off": f"{VALUE!r:.10}",
}


@pytest.mark.parametrize("name", FORMS)
def test_a_live_secret_is_removed_in_every_form(name: str) -> None:
    live = LiveSecrets()
    text = f"before {FORMS[name]} after"
    assert live.redact(text) == text
    with live.guarding(Secret(VALUE)):
        redacted = live.redact(text)
    assert redacted.startswith("before ")
    assert redacted.endswith(" after")
    assert DOTS in redacted
    for rest in ("hunter", "unter2", "漢", "é", "6L", "\\x00", "aHVudGVy"):
        assert rest not in redacted
    assert live.redact(text) == text  # forgotten


@given(st.text(min_size=4, max_size=30), st.text(max_size=10), st.text(max_size=10))
def test_any_secret_goes_whatever_stands_around_it(value: str, before: str, after: str) -> None:
    live = LiveSecrets()
    live.guard(Secret(value))
    redacted = live.redact(f"{before} {value} {after}")
    assert value not in redacted.replace(DOTS, "\0")


def test_guarded_twice_is_forgotten_twice() -> None:
    live = LiveSecrets()
    with live.guarding(Secret(VALUE)):
        with live.guarding(Secret(VALUE)):
            assert VALUE not in live.redact(VALUE)
        assert VALUE not in live.redact(VALUE)
    assert live.redact(VALUE) == VALUE
    live.forget(Secret(VALUE))  # once too often: nothing happens
    assert VALUE not in repr(vars(live))


def test_overlapping_secrets() -> None:
    live = LiveSecrets()
    live.guard(Secret("password"))
    live.guard(Secret("password123456"))
    assert live.redact("x password123456 y password z") == f"x {DOTS} y {DOTS} z"


def test_a_very_short_secret_does_not_eat_the_log() -> None:
    live = LiveSecrets()
    live.guard(Secret("a"))
    live.guard(Secret(""))
    assert live.redact("a cat sat, a") == f"{DOTS} cat sat, {DOTS}"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("C: AUTH PLAIN AGxpAHNlY3JldA==", "AGxp"),
        ("AUTH LOGIN c2VjcmV0", "c2Vj"),
        ("a1 AUTHENTICATE XOAUTH2 dXNlcj14AWF1", "dXNl"),
        ("a1 AUTHENTICATE PLAIN\r\nAGxpAHNlY3JldA==", "nothing"),
        ('a1 LOGIN li@qq.com "open sesame"', "sesame"),
        ('a1 LOGIN "li x" sesame', "sesame"),
        ("b'a1 LOGIN li sesame\\r\\n'", "sesame"),
        ("PASS sesame street", "sesame"),
        ("> PASS sesame", "sesame"),
        ("C: AGxpAHNlY3JldGFuZG1vcmU=", "AGxp"),
        ("-> AGxpAHNlY3JldGFuZG1vcmU=", "AGxp"),
        ("Authorization: Bearer eyJ0eXAiOi.JKV1Qi.LCJ", "eyJ0"),
        ("Authorization: Basic bGk6c2VjcmV0", "bGk6"),
        ("a token Bearer eyJ0eXAiOiJKV1QiLCJhbGciOi", "eyJ0"),
        ("user=li@x.cn\x01auth=Bearer short\x01\x01", "short"),
        ('{"refresh_token": "0.AXoA-secret", "expires_in": 3600}', "AXoA"),
        ("client_secret=abc~123&grant_type=x", "abc~"),
        ("GET /?code=M.C507_BAY&state=xyz HTTP/1.1", "C507"),
        ("password: sesame", "sesame"),
        ("{'password': 'sesame'}", "sesame"),
    ],
)
def test_what_looks_like_a_login_goes_even_when_nobody_guards_it(line: str, secret: str) -> None:
    redacted = LiveSecrets().redact(line)
    assert secret not in redacted
    if secret != "nothing":
        assert DOTS in redacted


@pytest.mark.parametrize(
    "line",
    [
        "stage login failed after 12 ms",
        "LOGIN failed",
        "checking imap.qq.com:993 with app_password",
        "535 5.7.139 Authentication unsuccessful, basic authentication is disabled",
        "vault/locked main_password",
        "* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR] ready",
        "250-AUTH PLAIN",
        "Secret(••••)",
    ],
)
def test_what_is_worth_reading_stays(line: str) -> None:
    assert LiveSecrets().redact(line) == line


def test_no_address_is_written_whoever_said_it(folder: Path) -> None:
    """A server in a response code, a person who typed one for a host, an error's text."""
    path = start(folder, debug=True)
    OURS.debug("seen: NO LI.WEI@CORP.EXAMPLE", extra={"host": "li.wei@corp.example"})
    OURS.debug("checked l***@corp.example")
    OURS.debug("asked", extra={"host": "imap://li.wei:sesame@corp.example/"})
    try:
        raise ValueError("no such user: 李伟@例子.公司 <li.wei@corp.example>")
    except ValueError:
        OURS.exception("a check broke")
    text = path.read_text(encoding="utf-8")
    for secret in ("sesame", "li.wei", "LI.WEI", "李伟"):
        assert secret not in text
    assert "NO L***@CORP.EXAMPLE host=l***@corp.example" in text
    assert "checked l***@corp.example" in text
    assert "host=imap://••••@corp.example/" in text
    assert "no such user: 李***@例子.公司 <l***@corp.example>" in text


def test_an_endless_word_costs_the_log_no_time(folder: Path) -> None:
    path = start(folder)
    for hard in ("a" * 200_000, "a@" * 100_000, "a@b." * 50_000, "://" + "a" * 200_000):
        began = time.process_time()
        OURS.info(hard)
        assert time.process_time() - began < 5  # what goes back over its steps takes minutes
    assert path.stat().st_size > 0


def test_only_listed_fields_are_written(folder: Path) -> None:
    path = start(folder)
    OURS.info("checked", extra={"account": "id-1", "ms": 12, "stage": "login", "secret": "sesame"})
    line = path.read_text(encoding="utf-8")
    assert line.endswith("INFO laifaxin_desktop.test checked account=id-1 stage=login ms=12\n")


def test_a_traceback_has_no_local_values_and_no_secret(folder: Path) -> None:
    path = start(folder)

    def login(password: str) -> None:
        try:
            raise ValueError(f"bad character in {password}")
        except ValueError as error:
            raise RuntimeError(password.encode()) from error

    with LIVE.guarding(Secret(VALUE)):
        try:
            login(VALUE)
        except RuntimeError:
            log.failure("it broke")
    text = path.read_text(encoding="utf-8")
    assert "ERROR laifaxin_desktop it broke" in text
    assert "ValueError: bad character in ••••" in text
    assert "RuntimeError: b'••••'" in text
    assert "in login" in text
    assert "hunter" not in text


def test_a_servers_words_cannot_forge_a_line(folder: Path) -> None:
    path = start(folder)
    OURS.warning(
        "server said %s", "NO\r\n2026-01-01 00:00:00,000 INFO root all is well\x1b[2J\u202e"
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert "\\r\\n2026" in lines[0]
    assert "\x1b" not in lines[0]
    assert "\u202e" not in lines[0]


def test_arguments_that_do_not_fit_are_no_second_failure(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = start(folder)
    record = logging.LogRecord("test", logging.INFO, "", 1, "%d of %s", (VALUE,), None)
    for handler in [h for h in logging.getLogger().handlers if isinstance(h, log.PrivateFile)]:
        handler.handle(record)
    assert "(arguments do not fit) %d of %s" in path.read_text(encoding="utf-8")
    assert VALUE not in path.read_text(encoding="utf-8")
    assert capsys.readouterr().err == ""


def test_surrogates_are_written_somehow(folder: Path) -> None:
    path = start(folder)
    OURS.info("odd %s", "\udcff")
    assert "odd \\udcff" in path.read_text(encoding="utf-8")


def test_levels(folder: Path) -> None:
    path = start(folder, debug=False)
    OURS.debug("ours debug")
    OURS.info("ours info")
    for name in ("asyncio", "keyring.backend", "qasync", "someone.else"):
        logging.getLogger(name).info("%s info", name)
        logging.getLogger(name).warning("%s warning", name)
    text = path.read_text(encoding="utf-8")
    assert "ours debug" not in text
    assert "ours info" in text
    for name in ("asyncio", "keyring.backend", "qasync", "someone.else"):
        assert f"{name} info" not in text
        assert f"{name} warning" in text
    start(folder, debug=True)
    OURS.debug("ours debug")
    logging.getLogger("asyncio").info("asyncio info")
    text = path.read_text(encoding="utf-8")
    assert "ours debug" in text
    assert "asyncio info" not in text


def test_others_go_through_the_same_filter(folder: Path) -> None:
    path = start(folder)

    async def broken() -> None:
        raise ValueError(VALUE)

    async def work() -> None:
        task = asyncio.create_task(broken())
        await asyncio.wait([task])
        asyncio.get_running_loop().call_exception_handler(
            {"message": f"{VALUE} was never retrieved", "exception": task.exception()}
        )

    with LIVE.guarding(Secret(VALUE)):
        asyncio.run(work())
    text = path.read_text(encoding="utf-8")
    assert "ERROR asyncio •••• was never retrieved" in text
    assert "hunter" not in text


@pytest.mark.skipif(os.name != "posix", reason="permission bits")
def test_files_are_private_small_and_few(folder: Path) -> None:
    before = os.umask(0)
    try:
        path = start(folder)
        for _ in range(40):
            OURS.info("x" * 100_000)
    finally:
        os.umask(before)
    files = sorted(folder.iterdir())
    assert [f.name for f in files] == ["laifaxin.log", "laifaxin.log.1", "laifaxin.log.2"]
    assert all(f.stat().st_size <= log.MOST_BYTES for f in files)
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    path.chmod(0o644)
    start(folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_writable_folder_the_program_runs_without_a_log(
    tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert log.start(SimpleNamespace(logs=tmp_path / "file" / "logs")) is None
    OURS.error("unheard")
    assert capsys.readouterr().err == ""


def test_a_failing_disk_says_nothing_on_the_terminal(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    start(folder)
    [handler] = [h for h in logging.getLogger().handlers if isinstance(h, log.PrivateFile)]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handler, "shouldRollover", full)
    OURS.error("password %s", VALUE)
    assert capsys.readouterr() == ("", "")


def test_starting_twice_writes_once(folder: Path) -> None:
    start(folder)
    path = start(folder)
    OURS.info("once")
    assert path.read_text(encoding="utf-8").count("once") == 1
