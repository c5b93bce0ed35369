"""What keeps the house honest: rules that no single room can see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from laifaxin_desktop.engine.draft import Step
from laifaxin_desktop.engine.setup import NEXT
from laifaxin_desktop.model.problem import Fix, Stage
from laifaxin_desktop.model.provider import AuthWay, Protocol, Security, Side, Standing
from laifaxin_desktop.model.report import Status

TOP = Path(__file__).resolve().parent.parent
PACKAGE = TOP / "laifaxin_desktop"


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield str(path.relative_to(TOP)), ast.parse(path.read_text(encoding="utf-8"))


def test_the_import_contracts_hold() -> None:
    lint = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    done = subprocess.run(
        [*lint, "--no-cache"], cwd=TOP, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_words_of_the_contract() -> None:
    """Other programs rely on these: a change here is a change of the contract."""
    words = {
        Protocol: "imap pop3 smtp graph",
        Security: "tls starttls plain",
        Side: "receive send",
        AuthWay: "app_password password microsoft refresh_token",
        Standing: "ok needs_preparation broken",
        Stage: "lookup connect tls greeting login mailbox send sign_in vault",
        Fix: "retry wait reauthorize edit_password open_guide edit_servers edit_sender "
        "switch_way open_link show_certificate ask_admin report_bug none",
        Status: "ok receive_only send_only waiting action checking new paused",
    }
    for enum, said in words.items():
        assert " ".join(member.value for member in enum) == said


def test_one_page_and_one_route_a_step() -> None:
    assert set(NEXT) == set(Step)
    pages = {path.stem for path in (PACKAGE / "ui" / "wizard").glob("*.py")}
    assert {str(step) for step in Step} <= pages


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in modules() if not ast.get_docstring(tree)]
    assert silent == []


def test_every_public_name_is_explained() -> None:
    silent = []
    for name, tree in modules():
        for node in ast.walk(tree):
            kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
            for child in node.body if isinstance(node, ast.Module | ast.ClassDef) else ():
                if not isinstance(child, kinds) or child.name.startswith("_"):
                    continue
                overrides = re.search("[a-z][A-Z]", child.name) is not None  # Qt's own names
                if not overrides and not ast.get_docstring(child):
                    silent.append(f"{name}: {child.name}")
    assert silent == []


def test_the_loop_is_never_blocked_by_a_dialog() -> None:
    """`exec()` inside a task kills another task for good; processEvents re-enters the loop."""
    found = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in ("exec", "exec_", "processEvents"):
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_everything_is_caught_in_three_places_only() -> None:
    """Where the loop must live on (spawn, watch) and where a command ends (cli.main)."""
    found = set()
    for name, tree in modules():
        for node in ast.walk(tree):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = (
                {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                if node.type
                else {"bare"}
            )
            if caught & {"Exception", "BaseException", "bare"}:
                found.add(name)
    assert found <= {
        "laifaxin_desktop/ui/loop.py",
        "laifaxin_desktop/engine/watch.py",
        "laifaxin_desktop/cli/__init__.py",
    }


@pytest.mark.parametrize(
    ("library", "where"),
    [("qasync", "laifaxin_desktop/ui/loop.py"), ("msal", "laifaxin_desktop/oauth/entra.py")],
)
def test_some_libraries_are_imported_once(library: str, where: str) -> None:
    users = [
        name
        for name, tree in modules()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any(a.name.startswith(library) for a in node.names))
        or (isinstance(node, ast.ImportFrom) and (node.module or "").startswith(library))
    ]
    assert users == [where]


def test_only_the_tokens_name_a_colour() -> None:
    named = re.compile(r"#[0-9A-Fa-f]{6}\b")
    guilty = [
        str(path.relative_to(TOP))
        for path in PACKAGE.rglob("*.py")
        if named.search(path.read_text(encoding="utf-8"))
        and path.relative_to(PACKAGE).as_posix() not in ("ui/tokens.py", "model/provider.py")
    ]
    assert guilty == []


@pytest.mark.parametrize("name", ["cli", "app", "engine.watch", "mail.probe", "store.accounts"])
def test_no_qt_below_the_window(name: str) -> None:
    """And what is slow to import is imported when it is first needed."""
    late = "PySide6 qasync keyring dns cryptography msal requests httpx jwt http.client segno"
    code = (
        f"import sys, laifaxin_desktop.{name}\n"
        f"print(*(m for m in {late.split()!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_qt_reads_no_source_of_what_is_imported_after_it() -> None:
    """PySide would, looking for `from __feature__ import …`, and would keep nine megabytes."""
    code = (
        "import linecache, laifaxin_desktop.ui\n"
        "before = set(linecache.cache)\n"
        "import laifaxin_desktop.ui.run, laifaxin_desktop.app\n"
        "print(*set(linecache.cache) - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_one_version() -> None:
    from laifaxin_desktop import __version__

    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert f"## {__version__}" in (TOP / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_top_level_is_as_agreed() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=TOP, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        return  # not a checkout: a source archive
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    agreed = {"pyproject.toml", "laifaxin_desktop", "resources", "tests", "packaging"}
    files = {"README.md", "LICENSE", "CHANGELOG.md"}
    assert {name for name in top if not name.startswith(".")} <= agreed | files
