"""packaging/check-providers against real servers under the providers' own names."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from tests.fixtures_real import World
from tests.servers.names import WORLD
from tests.servers.nameserver import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, str(ROOT / "packaging" / "check_providers.py")]


def run(world: World, home: Path, *words: str, exits: int) -> tuple[str, str]:
    done = world.run([*COMMAND, *words], home, more={"PYTHONPATH": str(ROOT)})
    assert done.returncode == exits, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def only(*ids: str) -> list[str]:
    return [word for each in ids for word in ("--only", each)]


def test_what_is_as_it_should_be_is_counted(world: World, tmp_path: Path) -> None:
    out, told = run(world, tmp_path, *only("qq", "gmail"), exits=0)
    assert out == ""
    assert "0 differ: none" in told
    assert world.dovecot.attempts("imap") == []  # nobody tried to log in


def test_every_difference_is_named(world: World, tmp_path: Path) -> None:
    names: dict[str, Any] = dict(WORLD)
    del names["imap.gmail.com"]  # does not resolve
    names["imap.fastmail.com"] = LOOPBACK  # not in the certificate
    names["smtp.yandex.com"] = {"A": ["127.0.0.9"]}  # nobody listens there
    world.names.dns.replace(names)
    ids = ("gmail", "fastmail", "yandex", "outlook", "qq", "proton")
    out, told = run(world, tmp_path, *only(*ids), "--json", exits=1)
    rows = {f"{r['protocol']} {r['host']}:{r['port']}": r for r in json.loads(out)["servers"]}
    assert rows["imap imap.gmail.com:993"]["differs"] == ["name_not_found"]
    wrong = rows["imap imap.fastmail.com:993"]
    assert wrong["differs"] == ["certificate_wrong_host"]
    assert wrong["stage"] == "tls"
    assert "imap.qq.com" in wrong["certificate"]
    assert rows["smtp smtp.yandex.com:465"]["differs"] == ["refused"]
    # Ours lets nobody in by a token.
    assert rows["imap outlook.office365.com:993"]["differs"] == [
        "no_token (outlook, microsoft)",
        "no_token (outlook, refresh_token)",
    ]
    good = rows["imap imap.qq.com:993"]
    assert (good["differs"], good["stage"], good["providers"]) == ([], None, ["qq"])
    assert "AUTH=PLAIN" in good["capabilities"]
    assert not any(row["host"].startswith("127.") for row in rows.values())
    assert "name_not_found" in told


def test_without_a_network_it_gives_up_soon_and_says_so(world: World, tmp_path: Path) -> None:
    world.names.dns.replace({})
    out, told = run(world, tmp_path, exits=1)
    lines = out.splitlines()
    assert 30 <= len(lines) < 150  # of seven hundred
    assert all("name_not_found" in line for line in lines)
    assert "is this computer online?" in told
    assert "were not tried" in told


def test_a_provider_that_is_not_there(world: World, tmp_path: Path) -> None:
    _, told = run(world, tmp_path, "--only", "nobody", exits=2)
    assert "nobody" in told
