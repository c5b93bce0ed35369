"""Whatever is given of a Microsoft sign-in: a sentence in each language before anybody is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bad_input import are_sentences
from tests.cli.test_bad_input import CommandLine, laifaxin

__all__ = ["laifaxin"]

ID = "5f1c0b52-3d0e-4a53-9f0a-0c6a51d3a7e1"
OUTLOOK = ("sign-in", "someone@outlook.com")
WITH_ID = (*OUTLOOK, "--client-id", ID)


@pytest.fixture(autouse=True)
def no_app_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_ID", "TENANT", "CLOUD", "REDIRECT_URI"):
        monkeypatch.delenv(f"LAIFAXIN_MICROSOFT_{name}", raising=False)


WRONG = {
    "a name": ((*OUTLOOK, "--client-id", "my app"), "bad_client_id"),
    "a cut id": ((*OUTLOOK, "--client-id", ID[:-1]), "bad_client_id"),
    "a secret as id": ((*OUTLOOK, "--client-id", "abc8Q~secret.value"), "bad_client_id"),
    "a blank in the tenant": ((*WITH_ID, "--tenant", "corp example"), "bad_tenant"),
    "a URL as tenant": ((*WITH_ID, "--tenant", "https://corp.example"), "bad_tenant"),
    "no such cloud": ((*WITH_ID, "--cloud", "azure"), "bad_cloud"),
    "consumers in China": (
        (*WITH_ID, "--cloud", "china", "--tenant", "consumers"),
        "no_personal_there",
    ),
    "TLS at the redirect": ((*WITH_ID, "--redirect-uri", "https://localhost"), "redirect_scheme"),
    "TLS elsewhere": ((*WITH_ID, "--redirect-uri", "https://evil.example/x"), "redirect_scheme"),
    "another computer": ((*WITH_ID, "--redirect-uri", "http://evil.example"), "redirect_foreign"),
    "another name": (
        (*WITH_ID, "--redirect-uri", "http://localhost.evil.example/"),
        "redirect_foreign",
    ),
    "a user in it": ((*WITH_ID, "--redirect-uri", "http://a@localhost/"), "bad_redirect"),
    "a query": ((*WITH_ID, "--redirect-uri", "http://localhost/?a=b"), "bad_redirect"),
    "no port": ((*WITH_ID, "--redirect-uri", "http://localhost:70000"), "bad_redirect"),
    "port 0": ((*WITH_ID, "--redirect-uri", "http://localhost:0"), "bad_redirect"),
    "no scheme": ((*WITH_ID, "--redirect-uri", "localhost:8080"), "redirect_scheme"),
    "no address": ((*WITH_ID, "--redirect-uri", "http://[::"), "bad_redirect"),
    "a header in it": ((*WITH_ID, "--redirect-uri", "http://localhost/\r\nX: y"), "bad_redirect"),
    "no app": (OUTLOOK, "client_id_wanted"),
    "a token without its app": ((*OUTLOOK, "--refresh-token-stdin"), "client_id_of_token"),
    "not at Microsoft": (("sign-in", "li@qq.com", "--client-id", ID), "no_microsoft"),
    "a secret's id": ((*WITH_ID, "--client-secret-stdin"), "secret_id_given"),
    "a code and a secret": (
        (*WITH_ID, "--device-code", "--refresh-token-stdin"),
        "usage",
    ),
    "IMAP to send": ((*WITH_ID, "--send", "imap"), "usage"),
}
STDIN = {"a secret's id": f"{ID}\n", "a token without its app": "M." * 99}


@pytest.mark.parametrize("case", WRONG)
def test_a_slip_is_named(laifaxin: CommandLine, case: str) -> None:
    words, problem = WRONG[case]
    secret = STDIN.get(case, "").encode()
    zh, en = laifaxin.in_both(*words, secret=secret, exits=2)
    assert zh["problem"] == en["problem"] == f"cli.{problem}"
    if problem != "usage":
        are_sentences(zh["meaning"], en["meaning"])
    assert len(en["meaning"]) < 300
    assert laifaxin("accounts") == {"accounts": []}


SECRETS = {
    b"\n": "cli.bad_client_secret",
    b"": "cli.bad_client_secret",
    b"two words\n": "cli.bad_client_secret",
    b"ab\0cd\n": "cli.bad_client_secret",
    "密码\n".encode(): "cli.bad_client_secret",
    b"x" * 2000 + b"\n": "cli.bad_client_secret",
    b"x" * 100_000 + b"\n": "cli.bad_client_secret",
    "密码\n".encode("gb18030"): "cli.secret_encoding",
    f" {ID.upper()} \n".encode(): "cli.secret_id_given",
}


@pytest.mark.parametrize("given", SECRETS, ids=lambda given: repr(given[:12]))
def test_what_can_be_no_client_secret(laifaxin: CommandLine, given: bytes) -> None:
    words = (*WITH_ID, "--client-secret-stdin")
    zh, en = laifaxin.in_both(*words, secret=given, exits=2)
    assert zh["problem"] == en["problem"] == SECRETS[given]
    are_sentences(zh["meaning"], en["meaning"])
    assert "xxxx" not in laifaxin.stderr
    assert ID not in laifaxin.stderr.lower()


TOKENS = {
    b"\n": "cli.bad_refresh_token",
    b"0.AAcut\n": "cli.bad_refresh_token",
    ("0.AA" + "漢" * 200 + "\n").encode(): "cli.bad_refresh_token",
    b"x" * 20_000 + b"\n": "cli.bad_refresh_token",
    f"{ID}\n".encode(): "cli.bad_refresh_token",
    f"li@outlook.com----{ID}\n".encode(): "cli.bad_refresh_token",
    f"li@outlook.com----hunter2----{ID}----{'M.' * 99}\n".encode(): "cli.line_of_other",
}


@pytest.mark.parametrize("given", TOKENS, ids=lambda given: repr(given[:12]))
def test_what_can_be_no_refresh_token(laifaxin: CommandLine, given: bytes) -> None:
    words = (*WITH_ID, "--refresh-token-stdin")
    zh, en = laifaxin.in_both(*words, secret=given, exits=2)
    assert zh["problem"] == en["problem"] == TOKENS[given]
    are_sentences(zh["meaning"], en["meaning"])
    assert "xxxx" not in laifaxin.stderr
    assert "hunter2" not in laifaxin.stderr


def test_the_order_of_secrets_is_the_order_of_the_options(laifaxin: CommandLine) -> None:
    """The one that is refused tells which line was taken for which."""
    ours, theirs = b"two words\n", b"cut\n"
    first = (*WITH_ID, "--client-secret-stdin", "--refresh-token-stdin")
    assert laifaxin(*first, secret=ours + theirs, exits=2)["problem"] == "cli.bad_client_secret"
    second = (*WITH_ID, "--refresh-token-stdin", "--client-secret-stdin")
    assert laifaxin(*second, secret=ours + theirs, exits=2)["problem"] == "cli.bad_refresh_token"
    main = ("--vault-password-stdin", *first[2:])
    words = (*OUTLOOK, *main)
    three = b"main password\n" + ours + theirs
    assert laifaxin(*words, secret=three, exits=2)["problem"] == "cli.bad_client_secret"


def test_a_secret_forbids_a_device_code(laifaxin: CommandLine) -> None:
    words = (*WITH_ID, "--client-secret-stdin", "--device-code")
    zh, en = laifaxin.in_both(*words, secret=b"abc8Q~secret.value\n", exits=2)
    assert zh["problem"] == en["problem"] == "cli.device_needs_public"
    are_sentences(zh["meaning"], en["meaning"])


@pytest.mark.parametrize("command", ["add", "check"])
def test_without_a_password_the_way_to_sign_in_is_shown(
    laifaxin: CommandLine, command: str
) -> None:
    zh, en = laifaxin.in_both(command, "someone@outlook.com", exits=2)
    assert zh["problem"] == en["problem"] == "cli.sign_in_instead"
    for said in (zh, en):
        assert "laifaxin sign-in someone@outlook.com" in said["meaning"]


def test_a_preset_that_is_wrong_does_not_stop_anything(
    laifaxin: CommandLine, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "microsoft.toml").write_text('client_id = "nonsense"', encoding="utf-8")
    zh, _ = laifaxin.in_both(*OUTLOOK, exits=2)
    assert zh["problem"] == "cli.client_id_wanted"
    assert str(folder / "microsoft.toml") in laifaxin.stderr
